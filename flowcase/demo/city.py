"""A small city: who handles and who files, as the files that are imported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: id, Chinese name, English name, roles, unit, in charge of.
STAFF = (
    ("ma", "马丽", "Ma Li", "office", "", ""),
    ("section-2", "市府办综合二科", "Section 2", "office_section", "", "land finance"),
    ("qian", "钱进", "Qian Jin", "", "section-2", ""),
    ("li", "李强", "Li Qiang", "deputy_secretary_general", "", "land"),
    ("lin", "林静", "Lin Jing", "deputy_secretary_general", "", "finance"),
    ("xu", "徐立", "Xu Li", "secretary_general", "", ""),
    ("land-bureau", "市自然资源局", "Land Bureau", "unit", "", ""),
    ("wang", "王伟", "Wang Wei", "", "land-bureau", ""),
    ("finance-bureau", "市金融工作局", "Finance Bureau", "unit", "", ""),
    ("zhou", "周敏", "Zhou Min", "", "finance-bureau", ""),
    ("chen", "陈国强", "Chen Guoqiang", "deputy_mayor", "", "land"),
    ("cai", "蔡敏", "Cai Min", "deputy_mayor", "", "finance"),
    ("he", "何涛", "He Tao", "executive_deputy_mayor", "", ""),
    ("zhao", "赵宏", "Zhao Hong", "mayor", "", ""),
)

#: id, Chinese name, English name, category, principal, the principal's names.
PARTIES = (
    (
        "DG-0001",
        "华拓精密制造公司",
        "Huatuo Precision",
        "little_giant",
        "zhang",
        "张华",
        "Zhang Hua",
    ),
    (
        "DG-0007",
        "云帆冷链物流公司",
        "Yunfan Cold Chain",
        "service_sector",
        "luo",
        "罗敏",
        "Luo Min",
    ),
    ("DG-0012", "绿源新材料公司", "Lvyuan Materials", "high_tech", "sun", "孙磊", "Sun Lei"),
)


def staff_csv(language: str) -> str:
    """Return the staff list as a file, names in `language`."""
    rows = (
        (id_, zh if language == "zh" else en, roles, unit, charges)
        for id_, zh, en, roles, unit, charges in STAFF
    )
    return _csv(("id", "name", "roles", "unit", "in_charge_of"), rows)


def parties_csv(language: str) -> str:
    """Return the register as a file, names in `language`; all are admitted from its first day."""
    rows = (
        (id_, zh if language == "zh" else en, category, principal, "2022-07-15", "")
        for id_, zh, en, category, principal, _, _ in PARTIES
    )
    columns = ("id", "name", "category", "principal", "admitted_from", "admitted_until")
    return _csv(columns, rows)


def names(language: str) -> dict[str, str]:
    """Return what everybody is called, by id."""
    zh = language == "zh"
    found = {id_: name_zh if zh else name_en for id_, name_zh, name_en, *_ in STAFF}
    for id_, name_zh, name_en, _, principal, principal_zh, principal_en in PARTIES:
        found[id_] = name_zh if zh else name_en
        found[principal] = principal_zh if zh else principal_en
    return found


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue()
