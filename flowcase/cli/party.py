"""`flowcase party`: parties, and the registers they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.imports import opened, tell_import
from flowcase.directory import MOST_LISTED, Party, Registration, list_parties
from flowcase.engine import Engine
from flowcase.workflows.language import Title


@command(
    "import",
    database=True,
    examples="""
    flowcase party import parties.csv
    flowcase party import - --register key_enterprises <parties.csv
    """,
)
@click.argument("file", metavar="FILE.csv")
@click.option("--register", metavar="NAME", help="Needed where workflows name several registers.")
def import_(desk: Desk, file: str, register: str | None) -> None:
    """Import parties into a register: id, name, category, principal, admitted_from, admitted_until.

    The columns may have their Chinese names. Good rows are imported, bad ones are listed with line
    and reason, and the exit code is then 3. The same file again changes nothing; nobody is removed.
    """
    with opened(file) as source:
        engine = desk.engine(create=True)
        if register is None and len(engine.library.registers()) > 1:
            raise click.UsageError("say which register: --register NAME")
        report = engine.import_parties(source, register=register)
    tell_import(desk, report)


@command(
    "list",
    database=True,
    examples="""
    flowcase party list
    flowcase party list --register key_enterprises --limit 200 --json
    """,
)
@click.option("--register", metavar="NAME", help="Those of one register.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_LISTED), default=50, show_default=True, help="Page size."
)
@click.option("--after", metavar="ID", help="The last id of the page before.")
def list_(desk: Desk, register: str | None, limit: int, after: str | None) -> None:
    """List parties in the order of their ids: name, principal, category, admission."""
    engine = desk.engine()
    name = engine.library.register(register) if register is not None else None
    found = list_parties(engine.store, name, limit, after)
    following = found[-1].id if len(found) == limit else None
    shape = {"parties": [_shape(party) for party in found], "next": following}
    desk.tell(shape, lambda: _lines(desk, engine, found, following))


def _shape(party: Party) -> dict[str, Any]:
    def day(each: Any) -> str | None:
        return None if each is None else str(each.isoformat())

    return {
        "id": party.id,
        "name": party.name,
        "principal": party.principal,
        "registrations": [
            {
                "register": each.register,
                "category": each.category,
                "admitted_from": day(each.admitted_from),
                "admitted_until": day(each.admitted_until),
            }
            for each in party.registrations
        ],
    }


def _lines(
    desk: Desk, engine: Engine, found: tuple[Party, ...], following: str | None
) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    if not found:
        yield desk.say("no parties", "没有提出方")
        return
    titles = {
        name: title
        for register in engine.library.registers().values()
        for name, title in register.categories.items()
    }
    headings = (
        desk.say("ID", "编号"),
        desk.say("NAME", "名称"),
        desk.say("PRINCIPAL", "负责人"),
        desk.say("ADMITTED", "列入"),
    )
    rows = (
        (
            party.id,
            party.name,
            party.principal,
            "\n".join(_admitted(desk, each, titles) for each in party.registrations),
        )
        for party in found
    )
    yield table(headings, rows)
    if following is not None:
        yield desk.say(f"more: --after {following}", f"下一页：--after {following}")


def _admitted(desk: Desk, registration: Registration, titles: dict[str, Title]) -> str:
    title = titles.get(registration.category)
    category = title.in_language(desk.language) if title else registration.category
    begins, ends = registration.admitted_from, registration.admitted_until
    span = "" if begins is None and ends is None else f" {begins or ''}…{ends or ''}"
    return category + span
