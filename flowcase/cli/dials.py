"""Dials: what a case's clocks show at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.clocks import phase
from flowcase.errors import NotCovered
from flowcase.ledgers import read_ledgers
from flowcase.workflows.facts import ClockPhase
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Dial:
    """One clock of a case, read at a moment.

    remaining: working days left after today, the last day included; negative when they are past;
    None while it stands, or where the calendar cannot say.
    """

    name: str
    phase: ClockPhase
    since: datetime
    due_at: datetime
    last_day: date
    floor: datetime | None
    remaining: int | None

    @property
    def overdue(self) -> bool:
        """Whether its due moment is past and it still counts; never so while provisional."""
        return self.phase == "due"

    @property
    def counting(self) -> bool:
        """Whether it runs now, or is overdue."""
        return self.phase in ("running", "due")


def read_dials(workflow: Workflow, case: Case, calendar: Calendar, now: datetime) -> list[Dial]:
    """Return the clocks that of this cycle, those counting first, the earliest due first."""
    dials = []
    for name, ledger in read_ledgers(case.facts, workflow).items():
        state = phase(workflow.clocks[name], ledger, case.state, now)
        counting = state in ("running", "due")
        dials.append(
            Dial(
                name=name,
                phase=state,
                since=ledger.since,
                due_at=ledger.due,
                last_day=ledger.last_day,
                floor=ledger.floor,
                remaining=remaining_workdays(calendar, now, ledger.due) if counting else None,
            )
        )
    order = ("due", "running", "paused", "stopped", "not_started")
    return sorted(dials, key=lambda dial: (dial.phase not in order[:2], dial.due_at))


def remaining_workdays(calendar: Calendar, now: datetime, due: datetime) -> int | None:
    """Return how many working days are left, or None where the calendar cannot say."""
    try:
        return calendar.remaining_workdays(now, due)
    except NotCovered:
        return None
