"""`flowcase tick`: ring every clock that is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import rung_in_words, teller_for, workflow_of
from flowcase.engine import Engine
from flowcase.sweep import Rang, TickReport
from flowcase.time import parse, utc


@command(
    "tick",
    database=True,
    examples="""
    flowcase tick
    flowcase tick --json
    flowcase tick --at 2026-11-22T09:00+08:00
    flowcase tick --limit 500
    """,
)
@click.option("--limit", type=click.IntRange(1), help="Ring at most about this many cases.")
@click.option(
    "--at",
    metavar="MOMENT",
    help="Ring what was due by then: a moment that has come, ISO 8601 with a zone.",
)
def tick(desk: Desk, limit: int | None, at: str | None) -> None:
    """Ring every rung that is due: warn, tell, escalate. Run it every minute or so.

    Any number of ticks may run at once; each rung rings once.
    """
    engine = desk.engine()
    moment = parse(at) if at is not None else utc(engine.clock.now())
    report = engine.tick(limit=limit, at=moment)
    shape = {
        "at": moment.isoformat(),
        "rang": [_rang_shape(rang) for rang in report.rang],
        "set_aside": [{"case": each.case_id, "reason": each.reason} for each in report.set_aside],
    }
    desk.tell(shape, lambda: _lines(desk, engine, report))


def _rang_shape(rang: Rang) -> dict[str, Any]:
    return {
        "case": rang.case_id,
        "clock": rang.clock,
        "rung": rang.rung,
        "trigger": rang.trigger,
        "source": rang.source,
        "dest": rang.dest,
        "late_s": rang.late_s,
        "told": list(rang.told),
    }


def _lines(desk: Desk, engine: Engine, report: TickReport) -> Iterator[Any]:
    for rang in report.rang:
        workflow = workflow_of(engine, engine.case(rang.case_id).document)
        teller = teller_for(desk, engine, workflow, rang.told)
        said = rung_in_words(rang.clock, rang.rung, teller)
        if rang.dest != rang.source:
            said += f" {teller.title(rang.source, 'states')} → {teller.title(rang.dest, 'states')}"
        yield f"{rang.case_id}  {said}"
        if rang.told:
            yield f"{'':36}  {desk.say('told: ', '通知：')}{teller.whom(rang.told)}"
    for each in report.set_aside:
        yield f"{each.case_id}  {desk.say('set aside: ', '暂搁：')}{each.reason}"
    if not report.rang and not report.set_aside:
        yield desk.say("nothing was due", "没有到期的时限")
