"""`flowcase explain`: how a clock's due moment came about, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.days import days_table
from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import Look, look_at
from flowcase.cli.shapes import day_shape, moment_shape
from flowcase.explanation import Explanation


@command(
    "explain",
    database=True,
    acts=True,
    examples="""
    flowcase explain CASE handling
    flowcase explain CASE handling --json
    """,
)
@click.argument("case_id", metavar="CASE")
@click.argument("clock")
def explain(desk: Desk, case_id: str, clock: str) -> None:
    """Explain CLOCK of CASE: its term, and every day on the way, counted or not, and why."""
    engine = desk.engine()
    actor = desk.viewer()
    found = engine.explain(case_id, clock, actor=actor)
    look = look_at(desk, engine, engine.case(case_id, actor=actor))
    zone = look.teller.zone
    shape = {
        "case": found.case_id,
        "clock": found.clock,
        "phase": found.phase,
        "term": {"en": found.term_en, "zh": found.term_zh},
        "since": moment_shape(found.since, zone),
        "due_at": moment_shape(found.due_at, zone),
        "last_day": found.last_day.isoformat() if found.last_day else None,
        "provisional": found.provisional,
        "floor": moment_shape(found.floor, zone),
        "known": found.known.isoformat() if found.known else None,
        "days": [day_shape(day) for day in found.days],
    }
    desk.tell(shape, lambda: _lines(look, found))


def _lines(look: Look, found: Explanation) -> Iterator[Any]:
    from flowcase.cli.drawing import pairs

    teller = look.teller
    yield f"{teller.title(found.clock, 'clocks')} · {teller.phase(found.phase)}"
    rows = [(teller.say("term", "期限长度"), teller.say(found.term_en, found.term_zh))]
    if found.since is not None:
        rows.append((teller.say("since", "起算"), teller.moment(found.since)))
        rows.append((teller.say("due", "到期"), teller.deadline(found.due_at)))
    if found.provisional:
        rows.append((teller.say("not before", "不早于"), teller.deadline(found.floor)))
    if found.known is not None:
        rows.append((teller.say("newest notice", "所用最新通知"), str(found.known)))
    yield pairs(rows, indent=2)
    if found.days:
        yield ""
        yield from days_table(found.days, teller)
