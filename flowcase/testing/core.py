"""The pure core on its own: one case in memory, decided by the same functions as everywhere.

No database, no threads, no files: for properties, which decide many thousand times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flowcase import intake, machine
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.case import Actor, Admission, Case, Directory, Move, Verdict, new_case_id
from flowcase.clocks import Rung
from flowcase.errors import DocumentError
from flowcase.guards import Guard, missing_guards
from flowcase.history import Entry, seal
from flowcase.machine import RuleBook
from flowcase.outcome import Call, Outcome, World
from flowcase.roster import MemoryDirectory
from flowcase.snapshots import rebuilt
from flowcase.time import utc
from flowcase.workflows.rules import Workflow

#: Admitted for good.
ADMITTED = Admission(None, None)

#: More rings than this at one moment are a clock that rings in circles.
MOST_RINGS = 100


class RingsInCircles(RuntimeError):
    """A clock rings again and again at one moment: each ring makes the next one due."""


def rule_book(workflow: Workflow, guards: Mapping[str, Guard] | None = None) -> RuleBook:
    """Return a document made ready to decide with, once for many cases.

    Errors: DocumentError for a guard that the document names and `guards` has not.
    """
    missing = missing_guards(workflow, guards or {})
    if missing:
        raise DocumentError(f"workflow {workflow.name!r} may not run here", missing)
    return RuleBook(workflow, guards or {})


class Core:
    """One case of a workflow, kept in memory, and a clock that stands until it is moved.

    at: where the clock stands, aware. directory: who holds which office; nobody by default.
    calendar: the one the document names, with every notice there is, by default.
    """

    def __init__(
        self,
        rules: Workflow | RuleBook,
        *,
        at: datetime,
        directory: Directory | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self._book = rules if isinstance(rules, RuleBook) else rule_book(rules)
        self.workflow = self._book.workflow
        self.calendar = calendar or load_calendar(self.workflow.document.calendar)
        self._now = utc(at)
        self._entries: list[Entry] = []
        self._case: Case | None = None
        self.directory = directory or MemoryDirectory()

    # -- the clock ------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return where the clock stands, in UTC."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move the clock, forward or back. Errors: InvalidInput if the moment has no zone."""
        self._now = utc(moment)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    # -- writing --------------------------------------------------------------------------------

    def open(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        actor: Actor,
        party: str | None = None,
        admission: Admission | None = ADMITTED,
    ) -> Case:
        """Open the case. admission: the party's, in the register of the intake. Errors: Refused."""
        call = Call("open", actor, self._now, data or {})
        case_id = new_case_id(self._now)
        outcome = intake.decide_opening(
            self.workflow, case_id, party, call, self._world(), admission
        )
        return self._apply(outcome, outcome.case.head)

    def fire(
        self,
        trigger: str,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Case:
        """Fire a trigger; the same key again gives the first result. Errors: Refused."""
        for entry in self._entries:
            if key is not None and entry.key == key:
                return rebuilt(self.case(), self._entries[: entry.revision])
        call = Call(trigger, actor, max(self._now, self.case().changed_at), data or {}, key)
        outcome = machine.decide(self._book, self.case(), call, self._world())
        return self._apply(outcome, self.case().head)

    def tick(self) -> int:
        """Ring what is due; return how many rungs rang. A rung that is refused holds up no other.

        Errors: RingsInCircles.
        """
        rang, refused = 0, set[Rung]()
        while rang < MOST_RINGS:
            at = max(self._now, self.case().changed_at)
            outcome = machine.ring(self._book, self.case(), at, self._world(), frozenset(refused))
            if isinstance(outcome, Outcome):
                self._apply(outcome, self.case().head)
                rang += 1
            elif isinstance(outcome, machine.NotRung):
                refused.add(outcome.rung)
            else:
                return rang
        raise RingsInCircles(f"rang {MOST_RINGS} times at one moment; look at its clocks")

    # -- reading --------------------------------------------------------------------------------

    def case(self) -> Case:
        """Return the case, which must have been opened."""
        assert self._case is not None, "open a case first"
        return self._case

    def history(self, after: int = 0) -> list[Entry]:
        """Return its entries in order, those after number `after`."""
        return self._entries[after:]

    def available(self, actor: Actor | None = None) -> list[Move]:
        """Return the triggers `actor` may fire now; without one, those somebody may."""
        return machine.available(self._book, self.case(), actor, self._now, self._world())

    def may(self, trigger: str, actor: Actor, **data: Any) -> Verdict:
        """Answer whether `actor` may fire `trigger` now, or every reason why not."""
        return machine.may(
            self._book, self.case(), Call(trigger, actor, self._now, data), self._world()
        )

    # -- inside ---------------------------------------------------------------------------------

    def _world(self) -> World:
        return World(self.calendar.as_known(self.calendar.local_date(self._now)), self.directory)

    def _apply(self, outcome: Outcome, head: str) -> Case:
        entry = seal(outcome.entry, head)
        self._entries.append(entry)
        self._case = replace(outcome.case, head=entry.digest)
        return self._case
