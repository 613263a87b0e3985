"""`flowcase list`: cases by owner, state and due moment, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from flowcase.case import Case
from flowcase.cli.desk import Desk, command
from flowcase.cli.dials import remaining_workdays
from flowcase.cli.looking import look_at
from flowcase.cli.shapes import case_shape, moment_shape
from flowcase.engine import Engine
from flowcase.errors import InvalidInput
from flowcase.listing import MOST_CASES, Page, Stuck, list_stuck
from flowcase.time import utc

_WITHIN = re.compile(r"([0-9]{1,4})(wd|d|h)")


@command(
    "list",
    database=True,
    acts=True,
    examples="""
    flowcase list --owner li
    flowcase list --mine --as li
    flowcase list --overdue --tier major --json
    flowcase list --due-within 2wd --workflow mayor_line
    flowcase list --all --limit 20 --after '…the `next` of the page before…'
    """,
)
@click.option("--workflow", metavar="NAME", help="Cases of this workflow.")
@click.option("--state", metavar="STATE")
@click.option("--owner", metavar="ID", help="An actor, a unit, or @role for a desk.")
@click.option("--party", metavar="ID")
@click.option("--mine", is_flag=True, help="With a part for who acts, his unit, desk or absentee.")
@click.option("--tier", metavar="TIER")
@click.option("--overdue", is_flag=True, help="With a clock past its due moment.")
@click.option(
    "--due-within",
    "within",
    metavar="SPAN",
    help="Due soon and not overdue: 24h, 2d (calendar days), 3wd (working days).",
)
@click.option("--finished", is_flag=True, help="Finished cases; without it, open ones.")
@click.option("--all", "everything", is_flag=True, help="Open and finished cases.")
@click.option("--stuck", is_flag=True, help="Cases with a clock that could not ring, and why.")
@click.option(
    "--limit", type=click.IntRange(1, MOST_CASES), default=50, show_default=True, help="Page size."
)
@click.option("--after", metavar="CURSOR", help="The `next` of the page before.")
def list_(desk: Desk, stuck: bool, mine: bool, **asked: Any) -> None:
    """List cases, those due first before the others; with --as, those that he sees."""
    engine = desk.engine()
    if mine:
        asked["participant"] = desk.actor()
    if stuck:
        _tell_stuck(desk, list_stuck(engine.store, asked["limit"]))
        return
    page = engine.cases(**_query(engine, **asked), actor=desk.viewer())
    shape = {"cases": [_shape(desk, engine, case) for case in page], "next": page.next}
    desk.tell(shape, lambda: _lines(desk, engine, page))


def _query(
    engine: Engine,
    *,
    within: str | None,
    finished: bool,
    everything: bool,
    overdue: bool,
    **rest: Any,
) -> dict[str, Any]:
    if finished and everything:
        raise click.UsageError("--finished or --all, not both")
    if overdue and within is not None:
        raise click.UsageError("--overdue or --due-within, not both")
    query: dict[str, Any] = {**rest, "finished": None if everything else finished}
    if overdue:
        query["overdue"] = True
    if within is not None:
        query |= {"overdue": False, "due_before": _horizon(engine, within, rest["workflow"])}
    return query


def _horizon(engine: Engine, within: str, workflow: str | None) -> datetime:
    """Return the moment before which a case is due within a span. Errors: InvalidInput."""
    found = _WITHIN.fullmatch(within)
    if found is None:
        raise InvalidInput(
            f"--due-within takes hours, days or working days: 24h, 2d, 3wd; got {within[:20]!r}"
        )
    amount, unit, now = int(found[1]), found[2], utc(engine.clock.now())
    if unit != "wd":
        return now + (timedelta(hours=amount) if unit == "h" else timedelta(days=amount))
    name = engine.library.workflow(workflow).document.calendar if workflow else "cn"
    calendar = engine.library.calendar(name)
    today = calendar.local_date(now)
    last = calendar.add_workdays(today, amount) if amount else today
    return calendar.end_of(last) + datetime.resolution  # due at 24:00 of that day is within


def _shape(desk: Desk, engine: Engine, case: Case) -> dict[str, Any]:
    look = look_at(desk, engine, case)
    overdue = case.due_at is not None and case.due_at <= look.now
    return case_shape(case, look.teller.zone) | {"overdue": overdue}


def _lines(desk: Desk, engine: Engine, page: Page) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    if not page.cases:
        yield desk.say("no cases", "没有事项")
        return
    headings = (
        desk.say("CASE", "事项"),
        desk.say("STATE, OWNER", "状态、责任方"),
        desk.say("DUE", "期限"),
    )
    yield table(headings, (_row(desk, engine, case) for case in page))
    if page.next is not None:
        yield desk.say(f"more: --after {page.next}", f"下一页：--after {page.next}")


def _row(desk: Desk, engine: Engine, case: Case) -> tuple[Any, ...]:
    from flowcase.cli.drawing import LATE, text

    look = look_at(desk, engine, case)
    teller = look.teller
    kind = [case.workflow, teller.title(case.tier, "words") if case.tier else "", case.party or ""]
    what = " · ".join(each for each in kind if each)
    if case.finished:
        when = text(f"{teller.moment(case.finished_at)}\n{teller.say('finished', '已结束')}")
    elif case.due_at is None:
        when = text("—")
    else:
        left = remaining_workdays(look.calendar, look.now, case.due_at)
        late = case.due_at <= look.now
        said = teller.overdue(left) if late else _left(teller.say, left)
        when = text(f"{teller.deadline(case.due_at)}\n{said}", LATE if late else "")
    owner = "" if case.finished else teller.who(case.owner)
    return f"{case.id}\n{what}", f"{teller.title(case.state, 'states')}\n{owner}", when


def _left(say: Any, days: int | None) -> str:
    if days is None:
        return ""
    if days <= 0:
        return str(say("last day", "最后一天"))
    return str(say(f"{days} working day{'s' * (days != 1)} left", f"还剩 {days} 个工作日"))


def _tell_stuck(desk: Desk, stuck: list[Stuck]) -> None:
    shape = {
        "stuck": [
            {
                "case": each.case_id,
                "revision": each.revision,
                "tries": each.tries,
                "retry_at": moment_shape(each.retry_at, UTC),
                "reason": each.reason,
            }
            for each in stuck
        ]
    }
    desk.tell(shape, lambda: _stuck_lines(desk, stuck))


def _stuck_lines(desk: Desk, stuck: list[Stuck]) -> Iterator[str]:
    if not stuck:
        yield desk.say("no case is stuck", "没有受阻的事项")
    for each in stuck:
        yield desk.say(
            f"{each.case_id}  tried {each.tries} times: {each.reason}",
            f"{each.case_id}  已试 {each.tries} 次：{each.reason}",
        )
