"""Documents in a real engine, on SQLite and a manual clock: paths walked again, and wandering."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flowcase import open_engine
from flowcase.case import Actor, Case
from flowcase.check.proof import Step
from flowcase.errors import Refused
from flowcase.guards import Guard
from flowcase.history import Entry
from flowcase.question import holding
from flowcase.sweep import TickReport
from flowcase.testing import ManualClock
from flowcase.time import utc
from flowcase.workflows import language
from flowcase.workflows.document import conditions_reader
from flowcase.workflows.reading import read_model
from flowcase.workflows.resolve import resolve
from flowcase.workflows.rules import Workflow
from tests.world import moment

PARTY = "party-1"
MOST_RINGS = 200
A_MINUTE = timedelta(minutes=1)


def read_as_it_is(path: Path) -> Workflow:
    """Read a document though its words do not fit together, which reading it would refuse."""
    return read_text_as_it_is(path.read_bytes())


def read_text_as_it_is(raw: bytes) -> Workflow:
    """Read the text of a document, as `read_as_it_is` does."""
    document = read_model(raw, language.Document, "workflow document")
    return resolve(document, raw, conditions_reader(document))


class Replay:
    """One case of a document in an engine of its own."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.clock = ManualClock(moment("2023-03-01 10:00"))
        self.refusing: frozenset[str] = frozenset()
        names = {name for each in workflow.transitions for name in each.guards}
        guards: dict[str, Guard] = {name: self._guard(name) for name in names}
        self.engine = open_engine("sqlite://", clock=self.clock, guards=guards)
        # Past every gate: what is asked here is what a document does, not whether it may be used.
        self.engine.library.workflows[workflow.name] = workflow
        with self.engine.store.writing() as transaction:
            transaction.keep_document(workflow, utc(self.clock.now()))
        self.case_id = ""
        self.outage = False

    def _guard(self, name: str) -> Guard:
        return lambda question: "no" if name in self.refusing else None

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.engine.case(self.case_id)

    def history(self) -> list[Entry]:
        """Its entries."""
        return self.engine.history(self.case_id)

    # -- a path ---------------------------------------------------------------------------------

    def walk(self, steps: Iterable[Step]) -> Replay:
        """Walk a path: each step at its moment, by its actor, with its data."""
        seen = len(self.history()) if self.case_id else 0
        for step in steps:
            assert step.at is not None, "a path is laid on days"
            self.refusing = frozenset(step.refusing)
            if step.trigger == "wait":
                self.outage = True  # its due moment passes, and nothing ticks
            elif step.who == "clock":
                self.outage = False
                self.tick_until(utc(step.at))
            elif not self.outage:
                self.tick_until(utc(step.at))
            self.clock.move_to(max(utc(step.at), self.clock.now()))
            if step.who != "clock":
                self.act(step.trigger, step.who, step.actor, step.data, party=step.party)
            if step.trigger != "wait":
                seen = self._happened(step, seen)
        return self

    def _happened(self, step: Step, seen: int) -> int:
        """Require that a step was made after so many entries, and return how many there are then.

        Of several rungs of one moment a tick rings all, so it need not be the last entry.
        """
        after = [entry for entry in self.history() if entry.revision > seen]
        for entry in after:
            if (entry.trigger, entry.dest) == (step.trigger, step.dest):
                return entry.revision
        raise AssertionError(f"{step.trigger} to {step.dest} did not happen, but {after}")

    def act(
        self,
        trigger: str,
        who: str,
        actor: str,
        data: Mapping[str, Any],
        *,
        party: str | None = None,
    ) -> Case:
        """Open the case, or fire a trigger, as somebody."""
        if trigger == "open":
            opened = self.engine.open(
                self.workflow.name, actor=self.actor(who, actor), party=party, data=data
            )
            self.case_id = opened.id
            return opened
        return self.engine.fire(self.case_id, trigger, self.actor(who, actor), data)

    def actor(self, who: str, actor: str = "") -> Actor:
        """Return somebody who acts as `who`: with its role, or holding its part."""
        document = self.workflow.document
        if who == "party":
            return Actor(PARTY)
        if who in document.participants:
            held = holding(self.case.facts, who)
            if held and held[0][:1] == "@":
                return Actor(actor or f"{who}-1", roles={held[0][1:]})
            return Actor(actor or held[0])
        return Actor(actor or f"{who}-any", roles={who} & set(document.roles))

    # -- time -----------------------------------------------------------------------------------

    def ring(self) -> TickReport | None:
        """Let time pass to the next rung and ring it; None if none will ever ring."""
        wake = self.case.wake_at if self.case_id else None
        if wake is None:
            return None
        self.clock.move_to(max(wake, self.clock.now()))
        return self.engine.tick()

    def tick_until(self, at: Any) -> None:
        """Ring everything that is due by a moment, each at its own."""
        for _ in range(MOST_RINGS):
            wake = self.case.wake_at if self.case_id else None
            if wake is None or wake > at:
                return
            report = self.ring()
            if report is not None and report.set_aside:
                return
        raise AssertionError("rings in circles")

    # -- wandering ------------------------------------------------------------------------------

    def wander(self, seed: int, moves: int = 40, without: str | None = None) -> list[Entry]:
        """Do whatever may be done, at random, and let time pass; return all that happened.

        without: who does nothing from now on.
        """
        chance = random.Random(seed)
        patience = chance.choice([0.2, 0.5, 0.8])
        if not self.case_id:
            self._open(chance)
        for _ in range(moves):
            if self.case.finished:
                break
            options = [
                (each, who)
                for each in self.engine.available(self.case_id)
                for who in each.by
                if who != without
            ]
            if not options or chance.random() < patience:
                self.ring()
                continue
            move, who = chance.choice(options)
            self.clock.move_to(self.clock.now() + A_MINUTE)
            some = [name for name in move.accepts if chance.random() < 0.5]
            data = {name: self._value(chance, move.trigger, name) for name in move.requires}
            data |= {name: self._value(chance, move.trigger, name) for name in some}
            self.refusing = frozenset()
            try:
                self.act(move.trigger, who, "", data)
            except (Refused, IndexError):
                continue
        return self.history()

    def _open(self, chance: random.Random) -> None:
        intake = self.workflow.document.intake
        data = {
            name: self._value(chance, "open", name)
            for name in (*intake.requires, *intake.accepts)
            if name in intake.requires or chance.random() < 0.5
        }
        party = {"required": PARTY, "optional": chance.choice([PARTY, None]), "none": None}
        self.act("open", chance.choice(intake.by), "", data, party=party[intake.party])

    def _value(self, chance: random.Random, trigger: str, name: str) -> Any:
        fields: dict[str, Any] = dict(self.workflow.document.fields)
        fields |= self.workflow.request_fields.get(trigger, {})
        day = (self.clock.now() + timedelta(days=chance.randint(2, 30))).date().isoformat()
        match fields.get(name):
            case language.TextField():
                return "x"
            case language.ChoiceField(options=options):
                return chance.choice(options)
            case language.FlagField():
                return chance.random() < 0.5
            case language.IntegerField(at_least=low, at_most=high):
                return chance.randint(low, min(high, low + 9))
            case language.DateField():
                return day
            case _:
                return f"{name}-{chance.randint(1, 2)}"
