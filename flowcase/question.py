"""Questions: a call on a case, read and ready to be judged; what speaks against a transition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowcase import reasons, requests
from flowcase.case import Case
from flowcase.clocks import phase, rang
from flowcase.data import NOTHING, Given, read_data
from flowcase.errors import GuardFailed, Reason
from flowcase.guards import Guard, Question
from flowcase.history import writable
from flowcase.kin import helpers, open_children
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.outcome import Call, World
from flowcase.requests import Request
from flowcase.workflows.facts import Ask, ClockPhase, shown
from flowcase.workflows.rules import RequestStep, Transition, Workflow


class Asked:
    """One question to the machine: a call on a case, read and ready to be judged."""

    __slots__ = (
        "_capacities",
        "_ledgers",
        "call",
        "case",
        "chosen",
        "cycle",
        "expected",
        "facts",
        "given",
        "guards",
        "invalid",
        "own",
        "party",
        "refusals",
        "tier",
        "workflow",
        "world",
    )

    def __init__(
        self,
        workflow: Workflow,
        guards: Mapping[str, Guard],
        case: Case,
        call: Call,
        world: World,
    ) -> None:
        self.workflow = workflow
        self.guards = guards
        self.case = case
        self.call = call
        self.world = world
        self.tier = case.tier
        self.cycle = case.cycle
        self.party = case.party
        self.expected: frozenset[str] | None = None
        self.chosen: Transition | None = None
        self.refusals: list[tuple[Transition, list[Reason]]] = []
        self._ledgers: dict[str, Ledger] | None = None
        self.given: Given = NOTHING
        self.invalid: list[Reason] = []
        self.facts: Mapping[str, Any] = case.facts
        self.own = workflow.request_fields.get(call.trigger)
        if call.data:
            today = world.calendar.local_date(call.at)
            self.given, self.invalid = read_data(workflow, call.data, today, self.own)
        if call.data and self.own is None:
            self.facts = dict(case.facts)
            for name, value in self.given.fields.items():
                self.facts["fields." + name] = value
            for name, holders in self.given.participants.items():
                self.facts["participants." + name] = holders

    @property
    def ledgers(self) -> dict[str, Ledger]:
        """The clocks' ledgers, read once; a rung that is ringing counts as rung."""
        if self._ledgers is None:
            self._ledgers = read_ledgers(self.case.facts, self.workflow)
            ringing = self.call.rung
            if ringing is not None:
                ledger = self._ledgers[ringing.rung.clock]
                self._ledgers[ringing.rung.clock] = rang(ledger, ringing.rung, self.call.at)
        return self._ledgers

    def phase(self, clock: str) -> ClockPhase:
        """Return the phase of a clock at the moment of the call."""
        rules = self.workflow.clocks[clock]
        return phase(rules, self.ledgers.get(clock), self.case.state, self.call.at)

    def children(self, table: str) -> str:
        """Return whether the children of a table are settled."""
        return open_children(table, self.case, self.world.kin)

    def against(self, transition: Transition) -> list[Reason]:
        """Return everything that speaks against a transition: who, how often, when, guards."""
        found = self.who(transition)
        if transition.times is not None and self._done(transition.trigger) >= transition.times:
            found.append(reasons.times(transition.trigger, transition.times))
        if transition.when is not None or transition.unless is not None:
            found += self._conditions(transition)
        if transition.request is not None:
            found += requests.against(self.request(transition.request), self.world.calendar)
        for name in transition.guards:
            found += self._guard(name)
        return found

    def request(self, step: RequestStep) -> Request:
        """Return a step of an extension or suspension as it would be taken now."""
        return Request(
            step=step,
            actor=self.call.actor,
            at=self.call.at,
            fields=self.given.fields,
            ledger=self.ledgers.get(step.clock),
            running=self.phase(step.clock) == "running",
        )

    def who(self, transition: Transition) -> list[Reason]:
        """Return what speaks against the actor: role, recusal, separation of duties."""
        actor, call = self.call.actor, self.call
        if call.rung is not None:
            return [] if transition.by_clock else [reasons.clock_only(transition.trigger)]
        if call.by_parent:
            by_parent = "parent" in transition.by
            return [] if by_parent else [reasons.parent_only(transition.trigger, transition.by)]
        if transition.by_clock:
            return [reasons.clock_only(transition.trigger)]
        facts = self.case.facts
        is_party = self._is_party()
        if is_party and "party" in transition.by:
            return []  # whose matter it is cannot be kept out of it
        if any(actor.holds(value) for value in facts.get("participants.recused", ())):
            return [reasons.recused(actor.id)]
        found: list[Reason] = []
        if not self._entitled(transition):
            found.append(
                reasons.role(
                    transition.trigger, actor.id, transition.by, self._holders_of(transition.by)
                )
            )
        elif is_party and "anyone" not in transition.by:  # nobody handles his own matter
            found.append(reasons.separation(transition.trigger, actor.id, "party"))
        found += [
            reasons.separation(transition.trigger, actor.id, name)
            for name in transition.not_holders
            if any(actor.holds(value) for value in self._ever_held(name))
        ]
        found += [
            reasons.separation(transition.trigger, actor.id, name)
            for name in sorted(transition.not_roles & actor.roles)
        ]
        return found

    def _ever_held(self, name: str) -> tuple[str, ...]:
        """Return who ever held a part, or did its work in a child case."""
        return (
            *ever_held(self.case.facts, name),
            *helpers(self.workflow, self.case, name, self.world.kin),
        )

    def _done(self, trigger: str) -> int:
        return int(self.case.facts.get("fired." + trigger, 0))

    def _entitled(self, transition: Transition) -> bool:
        actor = self.call.actor
        if not actor.roles.isdisjoint(transition.roles):
            return True
        facts = self.case.facts
        for name in transition.holders:
            if any(actor.holds(value) for value in holding(facts, name)):
                return True
        return "anyone" in transition.by

    def _is_party(self) -> bool:
        party, actor = self.case.party, self.call.actor
        if party is None:
            return False
        return self.world.directory.principal(party) in (actor.id, actor.on_behalf_of)

    def _holders_of(self, names: tuple[str, ...]) -> list[str]:
        return [value for name in names for value in holding(self.case.facts, name)]

    def _conditions(self, transition: Transition) -> list[Reason]:
        self.expected = self.awaited(transition)
        found: list[Reason] = []
        if transition.when is not None and not transition.when.holds(self):
            found += [
                reasons.condition(ask.name, told_of(ask, self), ask.wanted())
                for ask in transition.when.unmet(self)
            ]
        if transition.unless is not None and transition.unless.surely_holds(self):
            so = ", ".join(f"{ask.name} = {told_of(ask, self)}" for ask in transition.unless.asks())
            found.append(reasons.excluded(transition.trigger, so))
        return found

    def awaited(self, transition: Transition) -> frozenset[str] | None:
        """Return what may still be given with the trigger; None when it is really fired."""
        return None

    def _guard(self, name: str) -> list[Reason]:
        call = self.call
        question = Question(self.case, call.trigger, call.actor, call.data, call.at)
        try:
            answer: object = self.guards[name](question)
        except Exception as error:  # the host's code: told apart from ours, and never a yes
            raise GuardFailed(f"guard {name!r} failed: {type(error).__name__}") from error
        if answer is None:
            return []
        if isinstance(answer, Reason):
            return [answer]
        if isinstance(answer, str) and answer.strip() and writable(answer):
            return [reasons.guard(name, answer)]
        raise GuardFailed(f"guard {name!r} answers None, a sentence why not, or a Reason")


class Wondered(Asked):
    """A question without all the data: what the trigger itself may give counts as fulfillable."""

    __slots__ = ()

    def awaited(self, transition: Transition) -> frozenset[str] | None:
        """Return the data of the transition that was not given with the question."""
        return transition.data - self.given.names


def holding(facts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return who holds a part now: none, one, or several."""
    value = facts.get("participants." + name)
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def ever_held(facts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return who holds a part, ever held it, or ever acted for it on this case."""
    return (*holding(facts, name), *facts.get("held." + name, ()))


def told_of(ask: Ask, asked: Asked) -> str:
    """Return what is so, as a condition would write it."""
    present = ask.present(asked)
    if ask.presence is not None:
        return "missing" if present is None else "given"
    return "missing" if present is None else shown(present)
