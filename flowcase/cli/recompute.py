"""`flowcase calendar recompute`: what later notices do to the clocks of open cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.shapes import moment_shape
from flowcase.cli.telling import Tongue

if TYPE_CHECKING:
    from flowcase.recount import Recounted

_KINDS = {
    "workday": ("working day", "工作日"),
    "makeup": ("make-up working day", "调休上班日"),
    "rest": ("weekend", "周末"),
    "holiday": ("day off", "放假日"),
}


@command(
    "recompute",
    database=True,
    acts=True,
    examples="""
    flowcase calendar recompute cn --dry-run
    flowcase calendar recompute cn --as ma
    """,
)
@click.argument("name", metavar="CALENDAR")
@click.option("--dry-run", is_flag=True, help="Say what would move, and change nothing.")
def recompute(desk: Desk, name: str, dry_run: bool) -> None:
    """Measure the clocks of open cases again under the notices known now.

    Each case whose clock moves gets one entry; finished ones are never touched, and nothing is
    brought forward to before the end of the next working day. May be interrupted and run again.
    """
    engine = desk.engine()
    zone = zone_named(engine.library.calendar(name).timezone)
    actor = desk.actor() if desk.actor_id is not None else None
    moved: list[Recounted] = []
    looked_at = 0
    with _progress(desk) as advance:
        for size, found in engine.recompute(name, dry_run=dry_run, actor=actor):
            looked_at += size
            moved += found
            advance(size)
    shape = {
        "calendar": name,
        "dry_run": dry_run,
        "cases": looked_at,
        "moved": [_shape(each, zone) for each in moved],
    }
    desk.tell(shape, lambda: _lines(desk, Tongue(desk.language, zone), moved, looked_at, dry_run))


def _progress(desk: Desk) -> Any:
    """Return what shows how many cases were looked at, on stderr; nothing where nobody looks."""
    from flowcase.cli.drawing import counting

    return counting(desk.say("cases", "事项"))


def _shape(each: Recounted, zone: Any) -> dict[str, Any]:
    return {
        "case": each.case_id,
        "clock": each.clock,
        "direction": each.direction,
        "due_before": moment_shape(each.due_before, zone),
        "due_after": moment_shape(each.due_after, zone),
        "known_before": each.known_before and each.known_before.isoformat(),
        "known_after": each.known_after and each.known_after.isoformat(),
        "settled": each.settled,
        "days": [
            {
                "date": day.date.isoformat(),
                "before": day.before,
                "after": day.after,
                "notice": day.notice,
            }
            for day in each.days
        ],
    }


def _lines(
    desk: Desk, tongue: Tongue, moved: list[Recounted], looked_at: int, dry_run: bool
) -> Iterator[str]:
    for each in moved:
        before, after = tongue.deadline(each.due_before), tongue.deadline(each.due_after)
        way = {"later": ("later", "延后"), "sooner": ("sooner", "提前")}.get(
            each.direction, ("settled", "确定")
        )
        yield f"{each.case_id}  {each.clock}  {before} → {after}  {desk.say(*way)}"
        for day in each.days:
            was, now = desk.say(*_KINDS[day.before]), desk.say(*_KINDS[day.after])
            notice = f"  {day.notice}" if day.notice else ""
            yield f"{'':38}{tongue.day(day.date)}  {was} → {now}{notice}"
    count = len({each.case_id for each in moved})
    verb = desk.say("would move", "将变动") if dry_run else desk.say("moved", "已变动")
    yield desk.say(
        f"open cases looked at: {looked_at}; {verb}: {count}",
        f"查看未结事项 {looked_at} 件；{verb} {count} 件",
    )
