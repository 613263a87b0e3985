"""`flowcase staff`: staff and units, the roles they hold, and what they are in charge of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from flowcase.absences import absences_of
from flowcase.case import Absence
from flowcase.cli.desk import Desk, command
from flowcase.cli.imports import opened, tell_import
from flowcase.directory import MOST_LISTED, Member, list_staff
from flowcase.engine import Engine

DAY = click.DateTime(["%Y-%m-%d"])


@command(
    "import",
    database=True,
    examples="""
    flowcase staff import staff.csv
    flowcase staff import - <staff.csv
    """,
)
@click.argument("file", metavar="FILE.csv")
def import_(desk: Desk, file: str) -> None:
    """Import staff and units: id, name, roles, unit, in_charge_of.

    Roles and fields are words of the workflows, or their titles. Good rows are imported, bad ones
    are listed with line and reason, and the exit code is then 3. The same file again changes
    nothing.
    """
    with opened(file) as source:
        engine = desk.engine(create=True)
        report = engine.import_staff(source)
    tell_import(desk, report)


@command(
    "list",
    database=True,
    examples="""
    flowcase staff list
    flowcase staff list --role deputy_mayor --json
    """,
)
@click.option("--role", metavar="ROLE", help="Those who hold it.")
@click.option("--in-charge-of", "charge", metavar="FIELD", help="Those in charge of it.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_LISTED), default=50, show_default=True, help="Page size."
)
@click.option("--after", metavar="ID", help="The last id of the page before.")
def list_(desk: Desk, role: str | None, charge: str | None, limit: int, after: str | None) -> None:
    """List staff and units in the order of their ids: name, unit, roles, charges, absences."""
    engine = desk.engine()
    found = list_staff(engine.store, role, charge, limit, after)
    following = found[-1].id if len(found) == limit else None
    away = absences_of(engine.store, [member.id for member in found], engine.today())
    shape = {"staff": [_shape(each, away.get(each.id, ())) for each in found], "next": following}
    desk.tell(shape, lambda: _lines(desk, engine, found, following, away))


@command(
    "away",
    database=True,
    examples="""
    flowcase staff away li --from 2026-08-03 --until 2026-08-14 --deputy lin
    flowcase staff away li --from 2026-08-03 --cancel
    """,
)
@click.argument("staff", metavar="ID")
@click.option("--from", "begins", type=DAY, required=True, help="The first day, YYYY-MM-DD.")
@click.option("--until", "ends", type=DAY, help="The last day, inclusive.")
@click.option("--deputy", metavar="ID", help="Who stands in, and may act on his behalf.")
@click.option("--cancel", is_flag=True, help="Take back the absence that begins on that day.")
def away(
    desk: Desk,
    staff: str,
    begins: datetime,
    ends: datetime | None,
    deputy: str | None,
    cancel: bool,
) -> None:
    """Note that ID is away on these days, and who stands in.

    While away he is not looked up for new parts: his deputy is. The deputy acts for him with
    --as DEPUTY --for ID, which is recorded; what one of the two may not do, neither may.
    """
    engine, first = desk.engine(), begins.date()
    if cancel:
        if ends is not None or deputy is not None:
            raise click.UsageError("--cancel takes --from alone")
        engine.cancel_absence(staff, first)
        said = (f"{staff} is not away from {first}", f"已撤销 {staff} 自 {first} 起的外出")
        desk.tell(
            {"staff": staff, "from": str(first), "cancelled": True}, lambda: _said(desk, said)
        )
        return
    if ends is None:
        raise click.UsageError("say until when: --until YYYY-MM-DD")
    absence = engine.set_absence(staff, first, ends.date(), deputy)
    said = (f"{staff} is {_away(absence)[0]}", f"{staff} {_away(absence)[1]}")
    desk.tell({"staff": staff, **_absence(absence)}, lambda: _said(desk, said))


def _said(desk: Desk, said: tuple[str, str]) -> Iterator[str]:
    yield desk.say(*said)


def _absence(absence: Absence) -> dict[str, Any]:
    begins, ends = absence.begins.isoformat(), absence.ends.isoformat()
    return {"from": begins, "until": ends, "deputy": absence.deputy}


def _away(absence: Absence) -> tuple[str, str]:
    """Return an absence in English and Chinese."""
    days, deputy = (absence.begins, absence.ends), absence.deputy
    return (
        f"away {days[0]} to {days[1]}, " + (f"deputy {deputy}" if deputy else "no deputy"),
        f"外出 {days[0]} 至 {days[1]}，" + (f"由 {deputy} 代行" if deputy else "无代行人"),
    )


def _shape(member: Member, absences: tuple[Absence, ...]) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": member.name,
        "unit": member.unit,
        "roles": list(member.roles),
        "in_charge_of": list(member.in_charge_of),
        "away": [_absence(each) for each in absences],
    }


def _lines(
    desk: Desk,
    engine: Engine,
    found: tuple[Member, ...],
    following: str | None,
    away: Mapping[str, tuple[Absence, ...]],
) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    if not found:
        yield desk.say("no staff", "没有人员")
        return
    titles = {**(engine.library.charges() or {}), **engine.library.roles()}

    def titled(words: tuple[str, ...]) -> str:
        said = (
            titles[word].in_language(desk.language) if word in titles else word for word in words
        )
        return desk.say(", ", "、").join(said)

    headings = (
        desk.say("ID", "编号"),
        desk.say("NAME", "姓名"),
        desk.say("UNIT", "单位"),
        desk.say("ROLES", "职责"),
        desk.say("IN CHARGE OF", "分管"),
        *([desk.say("ABSENCES", "外出")] if away else []),
    )
    rows = (
        (
            *(each.id, each.name, each.unit or "", titled(each.roles), titled(each.in_charge_of)),
            *(["; ".join(desk.say(*_away(one)) for one in away.get(each.id, ()))] if away else []),
        )
        for each in found
    )
    yield table(headings, rows)
    if following is not None:
        yield desk.say(f"more: --after {following}", f"下一页：--after {following}")
