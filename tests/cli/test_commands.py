"""Every command runs: in English, in Chinese and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowcase.assets import asset_folders, packaged_folder
from flowcase.calendars.exchange import export_json
from flowcase.calendars.files import read_calendar
from tests.cli.conftest import APPEAL, COORDINATION, PARTIES, STAFF, Terminal
from tests.cli.test_tree import paths

Check = Callable[[Any], bool]

LINE_2 = (packaged_folder("workflows") / "mayor_line.toml").read_text(encoding="utf-8")
LINE_2 = LINE_2.replace("version = 1\n", "version = 2\n", 1)
YEAR_2026 = export_json(read_calendar("cn", asset_folders("calendars")), 2026)

#: For every command: how it is run in the city ("CASE" is the appeal's id), what is read on stdin,
#: a piece of what it says in English and in Chinese, and what holds of its JSON.
RUNS: dict[tuple[str, ...], tuple[list[str], str | None, str, str, Check]] = {
    ("demo",): (
        [],
        None,
        "The three timelines",
        "三条时间线",
        lambda found: len(found["stories"]) == 3,
    ),
    ("open",): (
        ["mayor_line", "--party", "DG-0001", "--as", "zhang", *APPEAL, "--key", "once"],
        None,
        "handling   2022-10-12 24:00 · 10 working days left",
        "还剩 10 个工作日",
        lambda found: found["due_at"] == "2022-09-28T00:00:00+08:00",
    ),
    ("fire",): (
        ["CASE", "coordinate", "--as", "ma", *COORDINATION, "--key", "once"],
        None,
        "submitted → coordinated",
        "状态      已协调",
        lambda found: found["state"] == "coordinated" and found["owner"] == "li",
    ),
    ("may",): (
        ["CASE", "coordinate", "--as", "ma"],
        None,
        "yes",
        "可以",
        lambda found: found == {"ok": True, "reasons": []},
    ),
    ("show",): (
        ["CASE"],
        None,
        "handling   2022-10-12 24:00  10 working days left",
        "办理时限  2022-10-12 24:00  还剩 10 个工作日",
        lambda found: (
            [clock["remaining_workdays"] for clock in found["clocks"]] == [2, 10]
            and found["fields"]["content"] == "请协调"
        ),
    ),
    ("list",): (
        [],
        None,
        "mayor_line · general · DG-0001",
        "还剩 2 个工作日",
        lambda found: len(found["cases"]) == 1 and found["next"] is None,
    ),
    ("history",): (
        ["CASE", "--verify"],
        None,
        "whole: 1 entries",
        "记录完整：共 1 条",
        lambda found: found["whole"] and found["entries"][0]["trigger"] == "open",
    ),
    ("explain",): (
        ["CASE", "handling"],
        None,
        "2022-10-08 Sat     6     counted, make-up day   National Day [1]",
        "计入（调休上班）",
        lambda found: found["last_day"] == "2022-10-12" and found["days"][-1]["count"] == 10,
    ),
    ("tick",): (
        [],
        None,
        "[handling: time is up] submitted → with the vice mayor",
        "已提交 → 提级：分管副市长",
        lambda found: found["rang"][-1]["dest"] == "escalated_to_vice_mayor",
    ),
    ("calendar", "due"): (
        ["cn", "--from", "2022-09-23", "--workdays", "10"],
        None,
        "last day  2022-10-12 Wed",
        "最后一天  2022-10-12 周三",
        lambda found: found["at"] == "2022-10-13T00:00:00+08:00" and not found["provisional"],
    ),
    ("calendar", "explain"): (
        ["cn", "--from", "2022-08-24", "--months", "1"],
        None,
        "rest day, ends later",
        "休息日，顺延",
        lambda found: found["days"][-1]["date"] == found["last_day"] == "2022-09-26",
    ),
    ("calendar", "show"): (
        ["cn", "2022"],
        None,
        "October",
        "10月",
        lambda found: len(found["days"]) == 365,
    ),
    ("calendar", "check"): (
        ["cn"],
        None,
        "nothing wrong with cn",
        "未发现问题：cn",
        lambda found: found == {"calendars": ["cn"], "findings": []},
    ),
    ("calendar", "new"): (
        ["cn", "2027", "--out", "-"],
        None,
        "# 春节, 国务院令第795号: 2027-02-05 friday",
        "待填",
        lambda found: found["path"] is None and "FILL IN" in found["text"],
    ),
    ("calendar", "diff"): (
        ["cn", "2026", "--with", "-"],
        YEAR_2026,
        "no difference to stdin",
        "与 stdin 一致",
        lambda found: found["equal"] and found["differences"] == [],
    ),
    ("calendar", "import"): (
        ["cn", "2027", "-", "--published", "2026-11-10", "--out", "-"],
        '{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}',
        "off = [2027-01-01]",
        "off = [2027-01-01]",
        lambda found: found["unclear"] == [] and "published = 2026-11-10" in found["text"],
    ),
    ("calendar", "export"): (
        ["cn", "2026"],
        None,
        "SUMMARY;LANGUAGE=en:Spring Festival: day off",
        "SUMMARY;LANGUAGE=zh:春节 休",
        lambda found: found["format"] == "ics" and "BEGIN:VEVENT" in found["text"],
    ),
    ("calendar", "status"): (
        ["cn"],
        None,
        "open cases with a provisional due moment: 0",
        "期限暂定的未结事项：0",
        lambda found: found["cases"]["undecided"] == 0,
    ),
    ("calendar", "recompute"): (
        ["cn", "--dry-run"],
        None,
        "open cases looked at: 1; would move: 0",
        "查看未结事项 1 件；将变动 0 件",
        lambda found: found["cases"] == 1 and found["moved"] == [],
    ),
    ("export", "ics"): (
        ["--party", "DG-0001"],
        None,
        "SUMMARY;LANGUAGE=en:handling · Enterprise-to-mayor direct line · DG-0001",
        "SUMMARY;LANGUAGE=zh:办理时限 · 企业市长直通车 · DG-0001",
        lambda found: [each["clock"] for each in found["deadlines"]] == ["triage", "handling"],
    ),
    ("report",): (
        ["--workflow", "mayor_line", "--by", "month"],
        None,
        "cases filed 1 · open 1 · overdue 0 · due soon 1",
        "提交事项 1 · 未办结 1 · 已逾期 0 · 即将到期 1",
        lambda found: (
            found["total"]["cases"] == 1
            and found["total"]["rates"]["response"]["excluded"] == {"waiting": 1}
            and [each["key"] for each in found["groups"]] == ["2022-09"]
        ),
    ),
    ("export", "csv"): (
        ["--workflow", "mayor_line"],
        None,
        "DG-0001,1,2022-09-23T10:12:00+08:00,open,,submitted,general,zhang",
        "DG-0001,1,2022-09-23T10:12:00+08:00,open,,submitted,general,zhang",
        lambda found: [each["activity"] for each in found["cases"][0]["events"]] == ["open"],
    ),
    ("export", "xes"): (
        ["--with-details"],
        None,
        '<string key="concept:name" value="open"/>',
        '<string key="details:content" value="请协调"/>',
        lambda found: found["cases"][0]["events"][0]["details"]["content"] == "请协调",
    ),
    ("export", "ocel"): (
        [],
        None,
        '"id": "party:DG-0001", "type": "party"',
        '"id": "party:DG-0001", "type": "party"',
        lambda found: [each["type"] for each in found["events"]] == ["open"],
    ),
    ("export", "pnml"): (
        ["mayor_line"],
        None,
        "<name><text>coordinate</text></name>",
        "<name><text>coordinate</text></name>",
        lambda found: "closed" in found["places"] and found["final"] == ["[end]"],
    ),
    ("check",): (["mayor_line"], None, "0 errors", "错误 0", lambda found: found["ok"]),
    ("schema",): (
        [],
        None,
        '"$schema"',
        '"$schema"',
        lambda found: "transitions" in found["required"],
    ),
    ("simulate",): (
        ["mayor_line", "--cases", "4", "--days", "20"],
        None,
        "no guarantee was broken in 4 cases",
        "4 件均未违反任何保证",
        lambda found: found["opened"] == 4 and found["broken"] == [],
    ),
    ("diagram",): (
        ["mayor_line", "--format", "svg"],
        None,
        ">with the vice mayor</text>",
        ">已提交</text>",
        lambda found: found["svg"].startswith("<svg "),
    ),
    ("workflow", "list"): (
        [],
        None,
        "Enterprise-to-mayor direct line",
        "企业市长直通车",
        lambda found: "mayor_line" in [each["name"] for each in found["workflows"]],
    ),
    ("workflow", "show"): (
        ["mayor_line"],
        None,
        "closed, to be rated",
        "已办结，待评价",
        lambda found: found["document"]["intake"]["register"] == "key_enterprises",
    ),
    ("workflow", "diff"): (
        ["mayor_line", "-"],
        LINE_2,
        "document: version: 1 → 2",
        "文档：版本：1 → 2",
        lambda found: [each["attribute"] for each in found["changes"]] == ["version"],
    ),
    ("workflow", "install"): (
        ["-", "--as", "ma"],
        LINE_2,
        "proved",
        "已证明",
        lambda found: [each["actor"] for each in found["installations"]] == ["ma"],
    ),
    ("workflow", "history"): (
        ["mayor_line"],
        None,
        "no document was installed",
        "没有安装过文档",
        lambda found: found["installations"] == [],
    ),
    ("workflow", "migrate"): (
        ["mayor_line", "--to", "1", "--dry-run"],
        None,
        "open cases of other versions: 0; can move: 0",
        "其他版本的未结事项 0 件；可以移动 0 件",
        lambda found: found["to"]["version"] == 1 and found["cases"] == [],
    ),
    ("party", "import"): (
        ["-"],
        PARTIES,
        "0 added, 0 changed, 1 unchanged, 0 rejected",
        "未变 1",
        lambda found: found == {"added": 0, "changed": 0, "unchanged": 1, "rejected": []},
    ),
    ("party", "list"): (
        [],
        None,
        "东莞一厂",
        "国家高新技术企业",
        lambda found: found["parties"][0]["principal"] == "zhang",
    ),
    ("staff", "import"): (
        ["-"],
        STAFF,
        "9 unchanged",
        "未变 9",
        lambda found: found["unchanged"] == 9 and not found["rejected"],
    ),
    ("staff", "list"): (
        ["--role", "deputy_mayor"],
        None,
        "vice mayor",
        "副市长",
        lambda found: [each["id"] for each in found["staff"]] == ["chen"],
    ),
    ("staff", "away"): (
        ["li", "--from", "2022-09-26", "--until", "2022-09-30", "--deputy", "ma"],
        None,
        "li is away 2022-09-26 to 2022-09-30, deputy ma",
        "li 外出 2022-09-26 至 2022-09-30，由 ma 代行",
        lambda found: (found["from"], found["deputy"]) == ("2022-09-26", "ma"),
    ),
    ("db", "status"): ([], None, "up to date", "已是最新", lambda found: found["current"]),
    ("db", "upgrade"): ([], None, "nothing to do", "无须更改", lambda found: not found["changed"]),
}


def test_every_command_is_run_here() -> None:
    assert {*RUNS, ("worker",)} == set(paths()), "the worker runs until stopped: test_worker.py"


@pytest.mark.parametrize("path", [path for path in RUNS if path != ("tick",)], ids=" ".join)
def test_a_command_answers_people_and_programs(
    path: tuple[str, ...], city: Terminal, case: str
) -> None:
    args, stdin, english, chinese, holds = RUNS[path]
    typed = [*path, *(case if word == "CASE" else word for word in args)]
    assert english in city.ok(*typed, stdin=stdin).out
    assert chinese in city.ok(*typed, "--lang", "zh", stdin=stdin).out
    assert chinese in city.ok(*typed, stdin=stdin, LANG="zh_CN.UTF-8").out
    assert holds(city.ok(*typed, "--json", stdin=stdin).json)


@pytest.mark.parametrize("form", ["en", "zh", "json"])
def test_a_tick_tells_what_rang_and_rings_once(form: str, city: Terminal, case: str) -> None:
    args, _, english, chinese, holds = RUNS["tick",]
    later = {"FLOWCASE_NOW": "2022-10-13T00:00+08:00"}
    said = city.ok("tick", *args, *(["--json"] if form == "json" else ["--lang", form]), **later)
    assert holds(said.json) if form == "json" else {"en": english, "zh": chinese}[form] in said.out
    assert case in said.out
    assert "nothing was due" in city.ok("tick", *args, **later).out
