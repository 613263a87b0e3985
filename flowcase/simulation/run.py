"""Runs: one trial from beginning to end, in a database in memory that is thrown away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flowcase.calendars.calendar import Calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.engine import open_engine
from flowcase.errors import InvalidInput
from flowcase.guards import Guard
from flowcase.simulation.figures import Figures, figures_of
from flowcase.simulation.profiles import Profile
from flowcase.simulation.trial import Plan, Trial
from flowcase.time import ManualClock
from flowcase.workflows.rules import Workflow

MOST_CASES, MOST_DAYS = 100_000, 3650


def simulate(
    workflow: Workflow,
    profile: Profile,
    plan: Plan,
    *,
    calendars: Sequence[str | Path] = (),
    guards: Mapping[str, Guard] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Figures:
    """Run a trial of a workflow and return its figures; the same plan gives the same figures.

    guards: as for `open_engine`; those the document names and that are left out say yes.
    progress: called with the number of cases that finished since it was called last.
    Errors: InvalidInput for a plan that cannot be; DocumentError, CalendarError.
    """
    if not (1 <= plan.cases <= MOST_CASES and 1 <= plan.days <= MOST_DAYS):
        raise InvalidInput(
            f"a simulation has 1 to {MOST_CASES:,} cases in 1 to {MOST_DAYS:,} days; "
            f"got {plan.cases:,} in {plan.days:,}"
        )
    named = {name for each in workflow.transitions for name in each.guards}
    asked = {**dict.fromkeys(named, _yes), **(guards or {})}
    clock = ManualClock(
        datetime.combine(plan.begins, time(), zone_named("UTC")) - timedelta(days=1)
    )
    with TemporaryDirectory(prefix="flowcase-simulation-") as folder:
        path = Path(folder) / f"{workflow.name}.toml"
        path.write_bytes(workflow.text.encode())
        engine = open_engine(
            "sqlite://",
            workflows=[folder],
            calendars=calendars,
            guards=asked,
            clock=clock,
            trust=True,  # a draft is tried out before it is proved
        )
    with closing(engine):
        trial = Trial(engine, clock, engine.library.workflow(workflow.name), profile, plan)
        trial.run(progress)
        return figures_of(trial)


def _yes(_question: object) -> None:
    """Let every case pass a guard that is not there."""


def default_beginning(workflow: Workflow, calendar: Calendar, days: int) -> date:
    """Return the day a trial begins unless one is named: the first day cases may be opened, or the
    latest year that the calendar's notices settle as a whole.
    """
    begins = workflow.document.intake.from_
    if begins is not None:
        return begins
    first, last = calendar.coverage
    return max(first, last - timedelta(days=days - 1)).replace(day=1)
