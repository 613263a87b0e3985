"""`flowcase export`: what an officer's own programs can use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import click

from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import names_of, workflow_of
from flowcase.cli.shapes import moment_shape
from flowcase.deadlines import Deadline, deadlines, deadlines_ics
from flowcase.engine import Engine
from flowcase.errors import InvalidInput

#: More open cases than this are not one officer's.
MOST_CASES = 10_000
_PAGE = 500


@command(
    "ics",
    database=True,
    examples="""
    flowcase export ics --owner li
    flowcase export ics --owner @office --lang zh
    flowcase export ics --party DG-0001 --workflow mayor_line
    """,
)
@click.option("--owner", metavar="ID", help="An actor, a unit, or @role for a desk.")
@click.option("--party", metavar="ID", help="Cases of this party.")
@click.option("--workflow", metavar="NAME", help="Cases of this workflow.")
def ics(desk: Desk, owner: str | None, party: str | None, workflow: str | None) -> None:
    """Print the due moments of somebody's open cases as iCalendar, to subscribe to.

    Each clock that counts is an all-day entry on its last day; a provisional one, on the earliest
    day it can turn out to be. The same cases give the same file.
    """
    if owner is None and party is None:
        raise click.UsageError("say whose cases: --owner ID, --party ID, or both")
    engine = desk.engine()
    cases = list(_open_cases(engine, owner=owner, party=party, workflow=workflow))
    workflows = {digest: workflow_of(engine, digest) for digest in {c.document for c in cases}}
    calendars = {each.document.calendar for each in workflows.values()}
    zones = {name: zone_named(engine.library.calendar(name).timezone) for name in calendars}
    if not desk.json:
        title = _title(desk, engine, owner, party)
        told = deadlines_ics(cases, workflows, zones, language=desk.language, title=title)
        click.echo(told, nl=False)  # bytes: iCalendar's line ends are its own
        return
    shape = {
        "owner": owner,
        "party": party,
        "deadlines": [
            _shape(each, zones[workflows[case.document].document.calendar])
            for case in cases
            for each in deadlines(case, workflows[case.document])
        ],
    }
    desk.tell(shape, lambda: iter(()))


def _open_cases(engine: Engine, **asked: Any) -> Iterator[Case]:
    """Yield every open case asked for. Errors: InvalidInput if they are too many for one file."""
    after, count = None, 0
    while True:
        page = engine.cases(finished=False, limit=_PAGE, after=after, **asked)
        count += len(page)
        if count > MOST_CASES:
            raise InvalidInput(
                f"there are more than {MOST_CASES:,} open cases; narrow them with --owner, "
                "--party or --workflow"
            )
        yield from page
        after = page.next
        if after is None:
            return


def _title(desk: Desk, engine: Engine, owner: str | None, party: str | None) -> str:
    """What clients call the calendar: whose deadlines they are."""
    names = names_of(engine, [owner, party])
    whose = " · ".join(names.get(each, each) for each in (owner, party) if each is not None)
    return desk.say(f"Deadlines: {whose}", f"办理期限：{whose}")


def _shape(deadline: Deadline, zone: tzinfo) -> dict[str, Any]:
    case = deadline.case
    return {
        "uid": deadline.uid,
        "case": case.id,
        "workflow": case.workflow,
        "state": case.state,
        "tier": case.tier,
        "party": case.party,
        "clock": deadline.clock,
        "due_at": moment_shape(deadline.due_at, zone),
        "last_day": deadline.last_day.isoformat(),
        "provisional": deadline.provisional,
        "floor": moment_shape(deadline.floor, zone),
        "revision": case.revision,
        "changed_at": moment_shape(case.changed_at, zone),
    }
