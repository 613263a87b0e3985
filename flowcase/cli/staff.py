"""`flowcase staff`: staff and units, the roles they hold, and what they are in charge of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.imports import opened, tell_import
from flowcase.directory import MOST_LISTED, Member, list_staff
from flowcase.engine import Engine


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
    """List staff and units in the order of their ids: name, unit, roles, charges."""
    engine = desk.engine()
    found = list_staff(engine.store, role, charge, limit, after)
    following = found[-1].id if len(found) == limit else None
    shape = {"staff": [_shape(member) for member in found], "next": following}
    desk.tell(shape, lambda: _lines(desk, engine, found, following))


def _shape(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": member.name,
        "unit": member.unit,
        "roles": list(member.roles),
        "in_charge_of": list(member.in_charge_of),
    }


def _lines(
    desk: Desk, engine: Engine, found: tuple[Member, ...], following: str | None
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
    )
    rows = (
        (each.id, each.name, each.unit or "", titled(each.roles), titled(each.in_charge_of))
        for each in found
    )
    yield table(headings, rows)
    if following is not None:
        yield desk.say(f"more: --after {following}", f"下一页：--after {following}")
