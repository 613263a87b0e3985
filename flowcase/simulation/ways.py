"""Ways: which moves of a document lead on, which are asked for, and which lead elsewhere.

No word of a document is known here; what a move is for follows from where it leads, from what the
states and transitions ahead ask, and from the clocks it stops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import Literal

from flowcase.case import Case, Move
from flowcase.workflows.facts import Condition
from flowcase.workflows.rules import RequestStep, Transition, Workflow

#: What a move is for: an answer that is awaited, a step towards the goal, a request, or neither.
Use = Literal["answer", "onward", "request", "other"]

#: How much longer a way is that raises the tier or begins a new cycle, or that a clock takes.
_DETOUR, _CLOCK = 10, 100


@dataclass(slots=True)
class _Wanted:
    """What lies between a state and the next: data not given yet, triggers not fired so often."""

    data: set[str] = field(default_factory=set)
    fired: dict[str, int] = field(default_factory=dict)

    def add(self, condition: Condition | None) -> None:
        for ask in () if condition is None else condition.asks():
            if ask.kind in ("fields", "participants") and ask.presence is not False:
                self.data.add(ask.name)
            elif ask.kind == "fired" and ask.at_least:
                self.fired[ask.name] = max(ask.at_least, self.fired.get(ask.name, 0))


class Ways:
    """The ways through a document towards its goal: the final states that take longest to reach.

    goal: the states meant instead. Where a guarantee says what a final state comes after, that
    state is the goal.
    """

    def __init__(self, workflow: Workflow, goal: Sequence[str] = ()) -> None:
        self.workflow = workflow
        self.requests: dict[str, RequestStep] = {
            each.trigger: each.request for each in workflow.transitions if each.request
        }
        self.goal = tuple(goal) or self._goal()
        self.distance = self._distances(self.goal)
        self._onward: dict[str, frozenset[str]] = {}
        self._wanted: dict[str, _Wanted] = {}
        for state in workflow.document.states:
            onward = [each for each in self._leaving(state) if self._leads_on(state, each)]
            self._onward[state] = frozenset(each.trigger for each in onward)
            self._wanted[state] = self._asked(state, onward)

    def use(self, case: Case, move: Move) -> Use:
        """Return what a move is for on a case as it stands."""
        step = self.requests.get(move.trigger)
        if step is not None:
            return {"grant": "answer", "refuse": "answer", "ask": "request"}.get(step.verb, "other")  # type: ignore[return-value]  # the values are uses
        if move.trigger in self._onward[case.state]:
            return "onward"
        if case.state not in move.dests:
            return "other"
        wanted = self._wanted[case.state].fired.get(move.trigger, 0)
        if self.missing(case, move) or case.facts.get("fired." + move.trigger, 0) < wanted:
            return "onward"
        answers = (
            move.trigger in rules.stops_on and self._counts(case, name)
            for name, rules in self.workflow.clocks.items()
        )
        return "answer" if any(answers) else "other"

    def missing(self, case: Case, move: Move) -> tuple[str, ...]:
        """Return the data a move could give that the way ahead asks for, and that is not there."""
        wanted = self._wanted[case.state].data
        return tuple(
            name
            for name in (*move.requires, *move.accepts)
            if name in wanted
            and f"fields.{name}" not in case.facts
            and f"participants.{name}" not in case.facts
        )

    def _counts(self, case: Case, clock: str) -> bool:
        ledger = case.facts.get("clocks." + clock)
        return ledger is not None and not ledger.get("stopped", False)

    def _leaving(self, state: str) -> list[Transition]:
        moves = self.workflow.moves[state].values()
        return [each for transitions in moves for each in transitions if not each.by_clock]

    def _leads_on(self, state: str, transition: Transition) -> bool:
        if transition.dest is None or self.distance[state] == inf:
            return False
        way = self._cost(state, transition) + self.distance[transition.dest]
        return way == self.distance[state]

    def _asked(self, state: str, onward: list[Transition]) -> _Wanted:
        """Return what the onward transitions ask, and what those ask that can answer it."""
        wanted = _Wanted()
        for each in onward:
            wanted.add(each.when)
            wanted.add(self.workflow.needs.get(str(each.dest)))
        inside = [each for each in self._leaving(state) if each.dest is None and not each.request]
        for _ in inside:
            for each in inside:
                if wanted.data & each.data or each.trigger in wanted.fired:
                    wanted.add(each.when)
        return wanted

    def _cost(self, state: str, transition: Transition) -> int:
        states = self.workflow.document.states
        rank = self.workflow.tier_rank
        dest = transition.dest or state
        raised = rank(transition.tier or states[dest].tier) > max(0, rank(states[state].tier))
        clock = _CLOCK if transition.by_clock else 0
        return 1 + _DETOUR * (raised + transition.new_cycle) + clock

    def _distances(self, goal: Sequence[str]) -> dict[str, float]:
        """Return how far each state is from the nearest goal."""
        into: dict[str, list[tuple[str, int]]] = {
            name: [] for name in self.workflow.document.states
        }
        for state, moves in self.workflow.moves.items():
            for each in (one for transitions in moves.values() for one in transitions):
                if each.dest is not None:
                    into[each.dest].append((state, self._cost(state, each)))
        distance: dict[str, float] = dict.fromkeys(into, inf)
        todo: list[tuple[float, str]] = []
        for state in goal:
            distance[state] = 0
            heappush(todo, (0, state))
        while todo:
            so_far, state = heappop(todo)
            for before, cost in into[state]:
                if so_far + cost < distance[before]:
                    distance[before] = so_far + cost
                    heappush(todo, (distance[before], before))
        return distance

    def _goal(self) -> tuple[str, ...]:
        document = self.workflow.document
        final = [name for name, state in document.states.items() if state.final]
        promised = [each.state for each in document.guarantees.passes if each.state in final]
        if promised or len(final) < 2:
            return tuple(promised or final)
        far = {name: self._distances([name])[document.intake.dest] for name in final}
        reached = {name: steps for name, steps in far.items() if steps < inf}
        return (max(reached, key=lambda name: reached[name]),) if reached else tuple(final)
