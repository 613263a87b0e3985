"""The stage: acts on one case after another, moves the clock, and writes down what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from flowcase.case import Actor, Case
from flowcase.directory import actor_named
from flowcase.engine import Engine
from flowcase.errors import Reason, Refused
from flowcase.explanation import Explanation
from flowcase.history import Entry
from flowcase.ledgers import read_ledgers
from flowcase.snapshots import rebuilt
from flowcase.terms import Naming
from flowcase.time import ManualClock
from flowcase.workflows.rules import Workflow

#: The zone of the dates in the stories.
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, or was refused.

    actor: None where a clock rang: then clock and rung say which, and times how often in a row, the
    last time at `until`. what: in words; None where the trigger's title says enough.
    before: None for an opening.
    deadlines: the clocks that began or moved with this step, explained. reasons: why not.
    """

    at: datetime
    actor: str | None
    trigger: str
    what: Naming | None
    before: Case | None
    after: Case
    clock: str | None = None
    rung: str | None = None
    until: datetime | None = None
    times: int = 1
    deadlines: tuple[Explanation, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Stage:
    """Where one case lives: everybody acts at a moment, and clocks ring on the way there."""

    def __init__(self, engine: Engine, clock: ManualClock, workflow: Workflow) -> None:
        self.engine = engine
        self.clock = clock
        self.workflow = workflow
        self.steps: list[Step] = []
        self._case: Case | None = None

    @property
    def case(self) -> Case:
        """The case as it stands."""
        assert self._case is not None, "a story begins with an opening"
        return self._case

    def file(
        self, when: str, who: str, party: str, data: Mapping[str, Any], what: Naming | None = None
    ) -> None:
        """File the appeal."""
        self.clock.move_to(local(when))
        actor = self._actor(who)
        self._case = self.engine.open(self.workflow.name, party=party, actor=actor, data=data)
        self._write_down(who, "open", what, None)

    def act(
        self,
        when: str,
        who: str,
        trigger: str,
        data: Mapping[str, Any] | None = None,
        what: Naming | None = None,
    ) -> None:
        """Let somebody fire a trigger; what is due before it rings first."""
        self.wait(when)
        before = self.case
        self._case = self.engine.fire(before.id, trigger, self._actor(who), data)
        self._write_down(who, trigger, what, before)

    def try_(
        self, when: str, who: str, trigger: str, data: Mapping[str, Any], what: Naming
    ) -> None:
        """Let somebody fire a trigger that is refused."""
        self.wait(when)
        try:
            self.engine.fire(self.case.id, trigger, self._actor(who), data)
        except Refused as refused:
            now = self.clock.now()
            step = Step(now, who, trigger, what, self.case, self.case, reasons=refused.reasons)
            self.steps.append(step)
        else:
            raise AssertionError(f"{who} may not {trigger}")

    def wait(self, when: str) -> None:
        """Let time pass, and ring each rung at its moment."""
        end = local(when)
        while self.case.wake_at is not None and self.case.wake_at <= end:
            self.clock.move_to(self.case.wake_at)
            self.engine.tick()
            self._write_down_rings()
        self.clock.move_to(end)

    def _actor(self, who: str) -> Actor:
        return actor_named(self.engine.store, who)

    def _write_down_rings(self) -> None:
        """Write down each rung that rang in one tick, with the case as it was after it."""
        now = self.engine.case(self.case.id)
        entries = self.engine.history(now.id)
        for entry in entries[self.case.revision :]:
            before, self._case = self.case, rebuilt(now, entries[: entry.revision])
            self._write_down(None, entry.trigger, None, before, entry)
        self._case = now

    def _write_down(
        self,
        who: str | None,
        trigger: str,
        what: Naming | None,
        before: Case | None,
        rang: Entry | None = None,
    ) -> None:
        step = Step(
            at=self.clock.now(),
            actor=who,
            trigger=trigger,
            what=what,
            before=before,
            after=self.case,
            clock=str(rang.rung["clock"]) if rang is not None and rang.rung is not None else None,
            rung=str(rang.rung["rung"]) if rang is not None and rang.rung is not None else None,
            deadlines=tuple(self._deadlines(before)),
        )
        self.steps.append(step)

    def _deadlines(self, before: Case | None) -> list[Explanation]:
        """Explain the clocks that began with the last step, or whose due moment it moved."""
        were = read_ledgers(before.facts, self.workflow) if before is not None else {}
        return [
            self.engine.explain(self.case.id, name)
            for name, ledger in read_ledgers(self.case.facts, self.workflow).items()
            if name not in were or (were[name].since, were[name].due) != (ledger.since, ledger.due)
        ]


def local(text: str) -> datetime:
    """Return a moment of the stories: "2022-07-26 09:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)
