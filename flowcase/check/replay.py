"""Replays: a path of the search, walked by a case on real days, by the rules as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, combinations, islice

from flowcase import intake, machine
from flowcase.calendars.calendar import Calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.case import Actor, Admission, Case
from flowcase.check.graph import Edge, Graph
from flowcase.check.moves import actor_of
from flowcase.check.nodes import Form
from flowcase.check.proof import Step
from flowcase.check.relatives import PARTY, Relatives, origin_of, stood, with_children
from flowcase.check.search import Searched, first_moment
from flowcase.check.verdicts import Found
from flowcase.clocks import Rung
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
#: So many ways to walk are tried of one path: somebody acts at once, or just before a clock rings.
MOST_WALKS = 24
#: So many other ways to where a path leads are tried.
MOST_DETOURS = 12


class Lost(Exception):
    """A path cannot be walked as the search found it."""


class Days:
    """Lays paths on real days. The search lets clocks ring in any order; a calendar does not."""

    def __init__(self, workflow: Workflow, found: Searched, calendar: Calendar) -> None:
        self.workflow = workflow
        self.found = found
        self.calendar = calendar
        self._into: dict[int, list[Edge]] = {}

    def laid(self, found: Found) -> tuple[Step, ...] | None:
        """Return a path as steps on real days; None if it cannot be walked so."""
        for path in self._ways(found.edges):
            acts = [number for number, edge in enumerate(path) if edge.kind == "act"]
            lates = chain.from_iterable(combinations(acts[1:], size) for size in (0, 1, 2))
            for late in islice(lates, MOST_WALKS):
                try:
                    return tuple(_Walk(self, found, frozenset(late)).along(path))
                except (Lost, FlowcaseError):
                    continue
        return None

    def unlaid(self, found: Found) -> tuple[Step, ...]:
        """Return a path as the search found it, without days."""
        return tuple(_step(self.found.graph, edge) for edge in found.edges)

    def _ways(self, path: Sequence[Edge]) -> Iterator[list[Edge]]:
        """Return a path, and others that come to it from aside."""
        yield list(path)
        graph = self.found.graph
        if not self._into:
            for edge in graph.edges:
                self._into.setdefault(edge.dest, []).append(edge)
        others = (
            [*graph.along(aside), *path[number:]]
            for number in range(len(path) - 1, 0, -1)
            for aside in self._into[path[number].source]
            if aside is not path[number - 1]
        )
        yield from islice(others, MOST_DETOURS)


def _step(graph: Graph, edge: Edge, walk: _Walk | None = None, actor: str = "") -> Step:
    source = graph.nodes[edge.source].state if edge.source >= 0 else None
    return Step(
        who=edge.names[0],
        trigger=edge.trigger,
        source=source,
        dest=graph.nodes[edge.dest].state,
        actor=actor,
        data=walk.given(edge) if walk is not None else edge.data,
        rung=edge.rung,
        at=walk.local() if walk is not None else None,
        refusing=tuple(sorted(edge.guards)),
    )


class _Walk:
    """One walk. late: which moves are made just before the next rung that leads on."""

    def __init__(self, days: Days, found: Found, late: frozenset[int]) -> None:
        self.workflow = days.workflow
        self.graph = days.found.graph
        self.relevance = days.found.relevance
        self.calendar = days.calendar
        self.found = found
        self.late = late
        self.now = first_moment(days.workflow, days.calendar)
        self.refusing: frozenset[str] = frozenset()
        names = {name for each in self.workflow.transitions for name in each.guards}
        guards: dict[str, Guard] = {name: self._guard(name) for name in names}
        self.book = RuleBook(self.workflow, guards)
        self.case: Case | None = None

    def along(self, edges: list[Edge]) -> list[Step]:
        """Walk a path. Errors: Lost, or what the machine says."""
        steps: list[Step] = []
        waiting = False
        for number, edge in enumerate(edges):
            self.refusing = edge.guards
            if edge.kind == "act":
                if number in self.late and not waiting:
                    self._let_it_come()
                steps.append(self._act(edge, last=number == len(edges) - 1))
            elif edge.kind == "child":
                table, _, status = str(edge.data["children"]).partition(" ")
                self.case = stood(self._case, table, status)
                steps.append(_step(self.graph, edge, self))
            elif edge.kind == "wait":
                waiting = True
                steps.append(self._wait(edge))
            else:
                waiting = False
                steps.append(self._ring(edge))
            self._require(edge.dest)
        if self.found.refused is not None:
            self._require_refusal(self.found.refused)
        return steps

    def given(self, edge: Edge) -> dict[str, object]:
        """Return the data of a move; who is to be two people at once is appointed as one."""
        if self.found.same is None:
            return dict(edge.data)
        part, name = self.found.same
        return {
            key: f"{part}-1" if value == f"{name}-1" else value for key, value in edge.data.items()
        }

    def local(self) -> datetime:
        """Return the moment it is, in the calendar's zone."""
        return self.now.astimezone(zone_named(self.calendar.timezone))

    def _guard(self, name: str) -> Guard:
        return lambda question: "no" if name in self.refusing else None

    @property
    def _case(self) -> Case:
        assert self.case is not None, "a path begins with an opening"
        return self.case

    def _world(self) -> World:
        known = self.calendar.as_known(self.calendar.local_date(self.now))
        return World(known, MemoryDirectory(), Relatives(self.workflow, self.now, self.case))

    # -- people ---------------------------------------------------------------------------------

    def _act(self, edge: Edge, *, last: bool) -> Step:
        self.now += _A_WHILE
        if edge.source < 0:
            party = self.graph.nodes[edge.dest].case.party
            actor = actor_of(self.workflow, edge.names[0])
            call = Call("open", actor, self.now, self.given(edge))
            origin = origin_of(self.workflow) if edge.names == ("parent",) else None
            after = intake.decide_opening(
                self.workflow,
                _CASE,
                party,
                call,
                self._world(),
                Admission(None, None),
                origin=origin,
            ).case
        else:
            actor = self._actor(edge.names[0])
            if last and self.found.same is not None:
                actor = self._same(*self.found.same)
            by_parent = edge.names == ("parent",)
            call = Call(edge.trigger, actor, self.now, self.given(edge), by_parent=by_parent)
            after = machine.decide(self.book, self._case, call, self._world()).case
        self.case = with_children(self.workflow, self.case, after, edge.trigger, call.data)
        return _step(self.graph, edge, self, actor.id)

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

    def _same(self, part: str, name: str) -> Actor:
        """Return whoever has a part, acting as somebody else he is, too."""
        held = [each for each in holding(self._case.facts, part) if each[:1] != "@"]
        if not held:
            raise Lost
        return Actor(held[0], roles={name} & set(self.workflow.document.roles))

    # -- time -----------------------------------------------------------------------------------

    def _next(self) -> Rung | None:
        return machine.next_due(self.book, self._case, self._world())

    def _rung(self) -> tuple[Rung, Outcome | machine.NotRung]:
        """Let time pass until a clock rings. Errors: Lost if none does."""
        rung = self._next()
        if rung is None:
            raise Lost
        self.now = max(self.now, rung.at)
        rang = machine.ring(self.book, self._case, self.now, self._world())
        if not isinstance(rang, Outcome | machine.NotRung):
            raise Lost
        return rung, rang

    def _only_told(self, rang: Outcome | machine.NotRung) -> bool:
        """Whether a ring changed nothing but that somebody was told."""
        return (
            isinstance(rang, Outcome)
            and rang.case.state == self._case.state
            and rang.case.tier == self._case.tier
            and rang.entry.trigger == "ring"
        )

    def _let_it_come(self) -> None:
        """Let time pass until just before the next rung that does more than tell."""
        start, case = self.now, self._case
        for _ in range(MOST_RUNGS):
            rung = self._next()
            if rung is None:
                break
            self.now = max(self.now, rung.at)
            rang = machine.ring(self.book, self._case, self.now, self._world())
            if not isinstance(rang, Outcome) or not self._only_told(rang):
                if rung.at - 2 * _A_WHILE > start:
                    self.now = rung.at - 2 * _A_WHILE
                    return
                break
            self.case = rang.case
        self.now, self.case = start, case
        raise Lost

    def _wait(self, edge: Edge) -> Step:
        """Let a due moment pass while no clock rings, as when nothing ticks."""
        ledger = read_ledgers(self._case.facts, self.workflow).get(edge.rung or "")
        if ledger is None:
            raise Lost
        self.now = max(self.now, ledger.due)
        return _step(self.graph, edge, self)

    def _ring(self, edge: Edge) -> Step:
        clock = (edge.rung or "").partition(" ")[0]
        for _ in range(MOST_RUNGS):
            rung, rang = self._rung()
            if isinstance(rang, machine.NotRung):
                raise Lost
            told = self._only_told(rang)
            self.case = rang.case
            if rung.clock == clock and rung.name in ("due", "repeat", "review"):
                return _step(self.graph, edge, self)
            if not told:
                raise Lost
        raise Lost

    def _require_refusal(self, clock: str) -> None:
        for _ in range(MOST_RUNGS):
            rung, rang = self._rung()
            if isinstance(rang, machine.NotRung) and rung.clock == clock:
                return
            if isinstance(rang, machine.NotRung) or not self._only_told(rang):
                raise Lost
            self.case = rang.case
        raise Lost

    # -- where it is ----------------------------------------------------------------------------

    def _require(self, number: int) -> None:
        """Require that the case is what the search took it for. Errors: Lost."""
        form = Form(self.relevance, self.now, self.calendar.local_date(self.now))
        node = self.graph.nodes[number]
        if self._kind(form, self._case) != self._kind(form, node.case):
            raise Lost

    def _kind(self, form: Form, case: Case) -> tuple[object, ...]:
        """What tells a case from others, but for counts and for how late it is."""
        _, fixed, clocks = form.of(case)
        phases = {
            name: "counting" if status == "overdue" and name not in self.relevance.asked else status
            for name, status in clocks.items()
        }
        known = {
            key: value
            for key, value in fixed.facts.items()
            if key.startswith(("fields.", "participants."))
        }
        return fixed.state, fixed.tier, fixed.party, fixed.facts.get("cycle"), phases, known
