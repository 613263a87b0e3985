"""`flowcase history`: the record of a case, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import Look, look_at, what_happened, who_acted
from flowcase.cli.shapes import entry_shape
from flowcase.history import Entry

#: Entries printed at once; `--after` goes on.
MOST_ENTRIES = 1000


@command(
    "history",
    database=True,
    acts=True,
    examples="""
    flowcase history CASE
    flowcase history CASE --as li
    flowcase history CASE --verify
    flowcase history CASE --after 20 --json
    """,
)
@click.argument("case_id", metavar="CASE")
@click.option("--after", type=click.IntRange(0), default=0, help="Entries after this number.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_ENTRIES), default=MOST_ENTRIES, show_default=True
)
@click.option("--verify", is_flag=True, help="Check the chain of digests, and replay the record.")
@click.pass_context
def history(
    context: click.Context, desk: Desk, case_id: str, after: int, limit: int, verify: bool
) -> None:
    """Print every entry of CASE: when, who, what, the data given, who was told.

    With --verify the record is checked as well; exits with 1 if it is not whole.
    """
    engine = desk.engine()
    actor = desk.viewer()
    case = engine.case(case_id, actor=actor)
    entries = engine.history(case_id, after=after, limit=limit, actor=actor)
    look = look_at(desk, engine, case, entries)
    wrong = engine.verify(case_id) if verify else None
    shape: dict[str, Any] = {
        "case": case_id,
        "entries": [entry_shape(entry, look.teller.zone) for entry in entries],
    }
    if verify:
        shape["whole"] = wrong is None
        shape["wrong"] = wrong
    desk.tell(shape, lambda: _lines(look, entries, verify=verify, wrong=wrong))
    context.exit(1 if wrong is not None else 0)


def _lines(look: Look, entries: list[Entry], *, verify: bool, wrong: str | None) -> Iterator[Any]:
    from flowcase.cli.drawing import GOOD, LATE, columns, pairs, text

    teller = look.teller
    for entry in entries:
        clock = entry.rung is not None
        who = teller.say("clock", "时限") if clock else who_acted(entry, teller)
        number = f"{entry.revision:>3}"
        yield columns([(number, teller.moment(entry.at), who, what_happened(entry, teller))])
        rows = [
            (teller.title(name), teller.value(name, entry.details[name])) for name in entry.details
        ]
        if entry.rung is not None and entry.rung["late_s"]:
            late = int(entry.rung["late_s"]) // 60
            rows.append(
                (teller.say("rang late", "迟响"), teller.say(f"{late} min", f"{late} 分钟"))
            )
        if entry.told:
            rows.append((teller.say("told", "通知"), teller.whom(entry.told)))
        if rows:
            yield pairs(rows, indent=5)
    if wrong is not None:
        yield text(teller.say(f"NOT WHOLE: {wrong}", f"记录不完整：{wrong}"), LATE)
    elif verify:
        head, count = look.case.head[:16], look.case.revision
        said = teller.say(
            f"whole: {count} entries, the chain holds and replays to the case; head {head}…",
            f"记录完整：共 {count} 条，摘要链无误，重放结果与现状一致；链首 {head}…",
        )
        yield text(said, GOOD)
