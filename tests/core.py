"""The pure core to test on: cases in memory, decided by the same functions as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flowcase import intake, machine
from flowcase.calendars.calendar import load_calendar
from flowcase.case import Actor, Admission, Case, Move, Verdict
from flowcase.engine import new_case_id
from flowcase.errors import Reason, Refused
from flowcase.guards import Guard
from flowcase.history import Entry, seal
from flowcase.machine import RuleBook
from flowcase.outcome import Call, Outcome, World
from flowcase.snapshots import rebuilt
from flowcase.testing import MemoryDirectory
from flowcase.workflows.rules import Workflow
from tests.world import DUTIES_HELD, PARTY, PRINCIPAL, moment

#: Admitted for good.
ADMITTED = Admission(None, None)

CALENDAR = load_calendar("cn")


class Core:
    """Cases in memory: decided by the same functions, kept in a list."""

    def __init__(
        self,
        workflow: Workflow,
        guards: Mapping[str, Guard] | None = None,
        at: str = "2022-07-26 09:00",
    ) -> None:
        self.workflow = workflow
        self._book = RuleBook(workflow, guards or {})
        self._now = moment(at)
        self._entries: list[Entry] = []
        self._case: Case | None = None
        self._directory = MemoryDirectory(DUTIES_HELD, {PARTY: "zhang"})

    def at(self, text: str) -> Core:
        """Move the clock to a local moment."""
        self._now = moment(text)
        return self

    def open(
        self,
        data: Mapping[str, Any],
        *,
        actor: Actor = PRINCIPAL,
        party: str | None = PARTY,
        admission: Admission | None = ADMITTED,
    ) -> Case:
        """Open a case."""
        call = Call("open", actor, self._now, data)
        outcome = intake.decide_opening(
            self.workflow, new_case_id(self._now), party, call, self._world(), admission
        )
        return self._apply(outcome, outcome.case.head)

    def fire(
        self,
        trigger: str,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Case:
        """Fire a trigger."""
        for entry in self._entries:
            if key is not None and entry.key == key:
                return rebuilt(self.case(), self._entries[: entry.revision])
        call = Call(trigger, actor, self._now, data or {}, key)
        return self._apply(
            machine.decide(self._book, self.case(), call, self._world()), self.case().head
        )

    def tick(self, text: str | None = None) -> int:
        """Move the clock, if a moment is given, and ring what is due."""
        if text is not None:
            self.at(text)
        rang = 0
        while isinstance(
            outcome := machine.ring(self._book, self.case(), self._now, self._world()), Outcome
        ):
            self._apply(outcome, self.case().head)
            rang += 1
            assert rang < 50, "rings in circles"
        return rang

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by

    def available(self, actor: Actor | None) -> list[Move]:
        """Return what may be done now."""
        return machine.available(self._book, self.case(), actor, self._now, self._world())

    def case(self) -> Case:
        """Return the case."""
        assert self._case is not None
        return self._case

    def may(self, trigger: str, actor: Actor, **data: Any) -> Verdict:
        """Ask whether it may be fired."""
        return machine.may(
            self._book, self.case(), Call(trigger, actor, self._now, data), self._world()
        )

    def refusal(self, trigger: str, actor: Actor, **data: Any) -> list[Reason]:
        """Fire what must be refused; return the reasons, and require that nothing changed."""
        before = self.case()
        try:
            self.fire(trigger, actor, data)
        except Refused as refused:
            assert self.case() is before
            return list(refused.reasons)
        raise AssertionError(f"{trigger} by {actor.id} was not refused")

    def history(self) -> list[Entry]:
        """Return its entries."""
        return list(self._entries)

    def close(self) -> None:
        """Nothing is held."""

    def _world(self) -> World:
        known = CALENDAR.as_known(CALENDAR.local_date(self._now))
        return World(known, self._directory)

    def _apply(self, outcome: Outcome, head: str) -> Case:
        entry = seal(outcome.entry, head)
        self._entries.append(entry)
        self._case = replace(outcome.case, head=entry.digest)
        return self._case
