"""Replays: a path of the search, walked by a case on real days, by the rules as they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flowcase import intake, machine
from flowcase.calendars.calendar import Calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.case import Actor, Admission, Case
from flowcase.check.graph import Edge, Graph
from flowcase.check.moves import actor_of
from flowcase.check.nodes import PARTY
from flowcase.check.proof import Step
from flowcase.check.search import first_moment
from flowcase.errors import FlowcaseError
from flowcase.guards import Guard
from flowcase.ledgers import read_ledgers
from flowcase.machine import RuleBook
from flowcase.outcome import Call, Outcome, World
from flowcase.question import holding
from flowcase.roster import MemoryDirectory
from flowcase.workflows.rules import Workflow

_CASE = "0"
_A_WHILE = timedelta(minutes=1)
#: More rungs than this before the one a path waits for, and it is given up.
MOST_RUNGS = 400


class Lost(Exception):
    """A path cannot be walked as the search found it."""


def steps_of(
    workflow: Workflow, graph: Graph, edges: Iterable[Edge], calendar: Calendar
) -> tuple[Step, ...]:
    """Return a path as steps on real days; without days if it cannot be walked so."""
    path = list(edges)
    try:
        return tuple(_Walk(workflow, graph, calendar).along(path))
    except (Lost, FlowcaseError):
        return tuple(_step(graph, edge) for edge in path)


def _step(graph: Graph, edge: Edge, at: datetime | None = None, actor: str = "") -> Step:
    source = graph.nodes[edge.source].state if edge.source >= 0 else None
    return Step(
        who=edge.names[0],
        trigger=edge.trigger,
        source=source,
        dest=graph.nodes[edge.dest].state,
        actor=actor,
        data=edge.data,
        rung=edge.rung,
        at=at,
    )


class _Walk:
    def __init__(self, workflow: Workflow, graph: Graph, calendar: Calendar) -> None:
        self.workflow = workflow
        self.graph = graph
        self.now = first_moment(workflow, calendar)
        self.calendar = calendar
        self.refusing: frozenset[str] = frozenset()
        names = {name for each in workflow.transitions for name in each.guards}
        guards: dict[str, Guard] = {name: self._guard(name) for name in names}
        self.book = RuleBook(workflow, guards)
        self.case: Case | None = None

    def along(self, edges: Iterable[Edge]) -> list[Step]:
        """Walk a path. Errors: Lost, or what the machine says."""
        steps: list[Step] = []
        for edge in edges:
            self.refusing = edge.guards
            if edge.kind == "act":
                steps.append(self._act(edge))
            elif edge.kind == "wait":
                steps.append(self._wait(edge))
            else:
                steps.append(self._ring(edge))
            if self._case.state != self.graph.nodes[edge.dest].state:
                raise Lost
        return steps

    def _guard(self, name: str) -> Guard:
        return lambda question: "no" if name in self.refusing else None

    @property
    def _case(self) -> Case:
        assert self.case is not None, "a path begins with an opening"
        return self.case

    def _local(self) -> datetime:
        return self.now.astimezone(zone_named(self.calendar.timezone))

    def _world(self) -> World:
        known = self.calendar.as_known(self.calendar.local_date(self.now))
        return World(known, MemoryDirectory())

    def _act(self, edge: Edge) -> Step:
        self.now += _A_WHILE
        if edge.source < 0:
            party = self.graph.nodes[edge.dest].case.party
            actor = actor_of(self.workflow, edge.names[0])
            call = Call("open", actor, self.now, edge.data)
            admitted = Admission(None, None)
            self.case = intake.decide_opening(
                self.workflow, _CASE, party, call, self._world(), admitted
            ).case
        else:
            actor = self._actor(edge.names[0])
            call = Call(edge.trigger, actor, self.now, edge.data)
            self.case = machine.decide(self.book, self._case, call, self._world()).case
        return _step(self.graph, edge, self._local(), actor.id)

    def _actor(self, name: str) -> Actor:
        if name == "party":
            return Actor(PARTY)
        if name not in self.workflow.document.participants:
            return actor_of(self.workflow, name)
        held = holding(self._case.facts, name)
        if not held:
            raise Lost
        if held[0][:1] == "@":
            return Actor(name + "-1", roles={held[0][1:]})
        return Actor(held[0])

    def _wait(self, edge: Edge) -> Step:
        ledger = read_ledgers(self._case.facts, self.workflow)[edge.rung or ""]
        self.now = max(self.now, ledger.due)
        return _step(self.graph, edge, self._local())

    def _ring(self, edge: Edge) -> Step:
        clock = (edge.rung or "").partition(" ")[0]
        for _ in range(MOST_RUNGS):
            rung = machine.next_due(self.book, self._case, self._world())
            if rung is None:
                raise Lost
            self.now = max(self.now, rung.at)
            before = self._case
            rang = machine.ring(self.book, before, self.now, self._world())
            if not isinstance(rang, Outcome):
                raise Lost
            self.case = rang.case
            if rung.clock == clock and rung.name in ("due", "repeat", "review"):
                return _step(self.graph, edge, self._local())
            if self.case.state != before.state or self.case.tier != before.tier:
                raise Lost
        raise Lost
