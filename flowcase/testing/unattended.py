"""Left alone: what becomes of a case on which nobody acts any more (G3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.ledgers import read_ledgers
from flowcase.testing.guarantees import Broken
from flowcase.testing.stage import Stage
from flowcase.workflows.language import UnattendedReaches
from flowcase.workflows.rules import Workflow

#: A case that has not reached the top after so many rings will not.
MOST_RINGS = 300

#: At the top, or without tiers, so many rings more show that it keeps ringing.
RINGS_ON = 3

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Vigil:
    """A case that is left alone, ticked at each of its rungs.

    look: what is asked after each tick.
    """

    workflow: Workflow
    stage: Stage
    calendar: Calendar
    look: Callable[[], Case]

    def keep(self) -> None:
        """Tick until it is finished, or has climbed to the top and rung on. Errors: Broken."""
        self.stage.tick()
        case = self.look()
        begin, standing, rings = self.stage.now(), 0, 0
        promised = self.workflow.document.guarantees.unattended_reaches
        tiers = self.workflow.document.tiers
        awaited = promised is not None and not self._reached(case, promised.tier)
        while tiers and not case.finished and not self._reached(case, tiers[-1]):
            if rings > MOST_RINGS:
                raise Broken("G3", f"rang {rings} times and is still at tier {case.tier}")
            before, case = case, self._ring(case)
            rings += 1
            if awaited and promised is not None:
                if {before.state, case.state} & set(promised.not_in):
                    awaited = False
                standing += self._stood(before, case)
                if awaited and self._reached(case, promised.tier):
                    awaited = False
                    self._in_time(promised, self._days(begin, case.changed_at) - standing)
        for _ in range(RINGS_ON):
            if not case.finished:
                case = self._ring(case)

    def _ring(self, case: Case) -> Case:
        """Move to the next rung and tick; something must have rung."""
        assert case.wake_at is not None, "G1 was asked of it"
        self.stage.move_to(max(self.stage.now(), case.wake_at))
        self.stage.tick()
        after = self.look()
        if after.revision == case.revision:
            raise Broken("G3", f"nothing rang in {case.state} at {case.wake_at.isoformat()}")
        return after

    def _reached(self, case: Case, tier: str) -> bool:
        return self.workflow.tier_rank(case.tier) >= self.workflow.tier_rank(tier)

    def _days(self, begin: datetime, end: datetime) -> int:
        """Return the working days from the day of one moment to the day another ends."""
        local = self.calendar.local_date
        return self.calendar.workdays_between(local(begin), local(end - _INSTANT))

    def _stood(self, before: Case, after: Case) -> int:
        """Return the working days on which a clock stood between two rings: they do not count."""
        ledgers = read_ledgers(before.facts, self.workflow)
        if not any(ledger.standing for ledger in ledgers.values()):
            return 0
        return self._days(before.changed_at, after.changed_at)

    def _in_time(self, promised: UnattendedReaches, days: int) -> None:
        if days > promised.within_workdays:
            raise Broken(
                "G3",
                f"left alone it reached {promised.tier} on working day {days}; "
                f"promised: within {promised.within_workdays}",
            )
