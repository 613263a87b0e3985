"""Search: follows every move from every case a document can lead to, decided by the machine."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, combinations
from typing import Any

from flowcase import intake, machine
from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor, Admission, Case
from flowcase.check.asking import Setting, ask_and_grant
from flowcase.check.graph import Edge, EdgeKind, Graph, RefusedRung
from flowcase.check.limits import Limits, TooLarge
from flowcase.check.moves import Attempt, actor_of, attempts, openings
from flowcase.check.nodes import Form, Key, Node
from flowcase.check.relatives import Relatives, may_change, origin_of, stood, with_children
from flowcase.check.relevance import Relevance, may_match, relevance_of
from flowcase.errors import Refused
from flowcase.guards import Guard
from flowcase.outcome import Call, Outcome, Ringing, World
from flowcase.question import Asked
from flowcase.roster import MemoryDirectory
from flowcase.workflows.facts import Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Transition, Workflow

#: So many moves that fit a promise are kept: the first may be one that no real days allow.
MOST_MATCHES = 12

_CASE = "0"
_FOR_GOOD = Admission(None, None)
_NOBODY: frozenset[str] = frozenset()

Promises = list[tuple[tuple[str, int], Pattern, Condition | None]]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and what was taken to matter."""

    graph: Graph
    relevance: Relevance


def search(
    workflow: Workflow,
    promises: Promises,
    calendar: Calendar,
    limits: Limits,
    *,
    forget: bool = True,
) -> Searched:
    """Find every case a workflow can lead to, as far as it matters. Errors: TooLarge."""
    patterns = [(pattern, when) for _, pattern, when in promises]
    relevance = relevance_of(workflow, patterns, forget=forget)
    searching = _Search(workflow, relevance, promises, calendar, limits)
    return Searched(searching.run(), searching.form.relevance)


def first_moment(workflow: Workflow, calendar: Calendar) -> datetime:
    """Return a moment on a day that a notice settles at which a case may be opened."""
    intake_ = workflow.document.intake
    first, last = calendar.coverage
    day = max(intake_.from_ or date(2023, 3, 1), first)
    day = min(day, intake_.until or day, max(first, last - timedelta(days=400)))
    return calendar.start_of(day) + timedelta(hours=10)


def answering(world: World, workflow: Workflow, answered: frozenset[str]) -> World:
    """Return a world in which the questions to the records named (`records.x`) are answered yes."""
    names = workflow.document.records
    if not names:
        return world
    return replace(world, records={name: "records." + name in answered for name in names})


class _Answers:
    """Guards and records whose answer is chosen by the search, so that both are followed.

    refusing: the guards that say no, and the questions to the records (`records.x`) answered yes.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.refusing: frozenset[str] = _NOBODY
        names = {name for each in workflow.transitions for name in each.guards}
        self.guards: dict[str, Guard] = {name: self._guard(name) for name in names}

    def _guard(self, name: str) -> Guard:
        return lambda question: "no" if name in self.refusing else None


class _Search:
    def __init__(
        self,
        workflow: Workflow,
        relevance: Relevance,
        promises: Promises,
        calendar: Calendar,
        limits: Limits,
    ) -> None:
        moment = first_moment(workflow, calendar)
        self.form = Form(relevance, moment, calendar.local_date(moment))
        self.workflow = relevance.workflow
        self.promises = promises
        self.limits = limits
        self.answers = _Answers(workflow)
        self.book = machine.RuleBook(self.workflow, self.answers.guards)
        self.kin = Relatives(self.workflow, moment)
        known = calendar.as_known(calendar.local_date(moment))
        self._plain_world = World(known, MemoryDirectory(), self.kin)
        self.setting = Setting(self.book, self._plain_world, self.form, self._somebody)
        patterns = [(pattern, when) for _, pattern, when in promises]
        self.attempts = attempts(self.form, patterns)
        self.actors = {
            name: actor_of(workflow, name)
            for each in (*workflow.transitions, workflow.intake)
            for name in each.by
        }
        self.graph = Graph()
        self.numbers: dict[Key, int] = {}
        self.todo: deque[Node] = deque()
        self.seen: set[tuple[Any, ...]] = set()

    @property
    def world(self) -> World:
        """The world, with what the records answer now."""
        return answering(self._plain_world, self.workflow, self.answers.refusing)

    def run(self) -> Graph:
        """Search until nothing new is found."""
        until = time.process_time() + self.limits.seconds
        self._open()
        while self.todo:
            node = self.todo.popleft()
            self.kin.case = node.case
            for attempt in self.attempts.get(node.state, ()):
                self._try(node, attempt)
            if not node.case.finished:
                self._request(node)
                self._let_time_pass(node)
                self._let_children_move(node)
            if time.process_time() > until:
                raise TooLarge(
                    f"{len(self.graph.nodes):,} cases that differ were found in "
                    f"{self.limits.seconds:.0f} s, and there are more"
                )
        return self.graph

    # -- moves ----------------------------------------------------------------------------------

    def _open(self) -> None:
        for party, name, data in openings(self.form):
            call = Call("open", self.actors[name], self.form.at, data)
            try:
                outcome = intake.decide_opening(
                    self.workflow,
                    _CASE,
                    party,
                    call,
                    self.world,
                    _FOR_GOOD,
                    origin=origin_of(self.workflow) if name == "parent" else None,
                )
            except Refused:
                continue
            opened = with_children(self.workflow, None, outcome.case, "open", data)
            self._reached("act", -1, opened, self.workflow.intake, (name,), data)

    def _try(self, node: Node, attempt: Attempt) -> None:
        names = tuple(name for name in attempt.names if self._there(node, name))
        if not names:
            return
        actor = self.actors[names[0]]
        guards = self._opaque(node.state, attempt)
        for refusing in _subsets(guards):
            self.answers.refusing = refusing
            for data in attempt.data:
                call = Call(
                    attempt.trigger, actor, self.form.at, data, by_parent=names == ("parent",)
                )
                if attempt.inert:
                    self._ask(node, attempt.candidates[0], call, names)
                else:
                    self._decide(node, call, names, refusing)
        self.answers.refusing = _NOBODY

    def _opaque(self, state: str, attempt: Attempt) -> list[str]:
        """Return the guards and questions to the records whose answers are to be tried: those the
        transitions ask, and those a promise asks of such a move, or a promise that a transition
        no longer asks about would seem to be kept.
        """
        names = {name for each in attempt.candidates for name in each.opaque}
        if self.workflow.document.records:
            names |= {
                "records." + ask.name
                for _, pattern, when in self.promises
                if when is not None
                and any(may_match(pattern, each, state) for each in attempt.candidates)
                for ask in when.asks()
                if ask.kind == "records"
            }
        return sorted(names)

    def _there(self, node: Node, name: str) -> bool:
        if name == "party":
            return node.case.party is not None
        if name in self.workflow.document.participants:
            return "participants." + name in node.case.facts
        return name != "parent" or node.case.parent_id is not None

    def _ask(self, node: Node, transition: Transition, call: Call, names: tuple[str, ...]) -> None:
        """Follow a move that leaves the case as it is: only whether it is possible is asked."""
        asked = Asked(self.workflow, self.answers.guards, node.case, call, self.world)
        if not asked.against(transition):
            number, refusing = node.number, self.answers.refusing
            edge = Edge("act", number, number, call.trigger, names, transition, call.data, refusing)
            self._keep(edge, call)

    def _decide(
        self, node: Node, call: Call, names: tuple[str, ...], refusing: frozenset[str]
    ) -> None:
        try:
            outcome = machine.decide(self.book, node.case, call, self.world)
        except Refused:
            return
        transition = self._chosen(node.case, call)
        after = with_children(self.workflow, node.case, outcome.case, call.trigger, call.data)
        self._reached("act", node.number, after, transition, names, call.data, call=call)

    def _chosen(self, case: Case, call: Call) -> Transition:
        asked = Asked(self.workflow, self.answers.guards, case, call, self.world)
        chosen = self.book.choose(asked)
        assert chosen is not None, "what was decided was chosen"
        return chosen

    def _request(self, node: Node) -> None:
        """Follow requests for more time. An extension leaves a clock counting, as it was: that it
        can be had is all that is asked. A suspension makes it stand.
        """
        for clock, status in node.clocks.items():
            rules = self.workflow.clocks[clock]
            if status != "counting" or node.state not in rules.runs_in:
                continue
            for kind, tried in ask_and_grant(self.setting, node, clock):
                for transition, names, data in tried.steps:
                    edge = Edge(
                        "act", node.number, node.number, transition.trigger, names, transition, data
                    )
                    self.graph.taken.setdefault(transition.index, edge)
                if tried.by_himself is not None:
                    self.graph.by_himself.append((node.number, clock, tried.by_himself))
                if kind == "suspension" and tried.case is not None and tried.grant is not None:
                    transition, names, data = tried.grant
                    self._reached("act", node.number, tried.case, transition, names, data)

    def _somebody(self, node: Node, name: str) -> Actor | None:
        return self.actors[name] if self._there(node, name) else None

    # -- time -----------------------------------------------------------------------------------

    def _let_time_pass(self, node: Node) -> None:
        for name, status in node.clocks.items():
            rules = self.workflow.clocks[name]
            if status == "suspended":
                self._ring(node, name)
            elif node.state in rules.runs_in and self._may_come_first(node, name):
                if status == "counting" and (name in self.form.relevance.asked) and rules.on_due:
                    passed = self.form.overdue(node.case, name)
                    self._reached("wait", node.number, passed, None, ("clock",), {}, rung=name)
                elif status in ("counting", "overdue") or (status == "due" and rules.repeat_fires):
                    self._ring(node, name)

    def _may_come_first(self, node: Node, name: str) -> bool:
        """Whether a clock can be due before those it follows."""
        rules = self.workflow.clocks[name]
        earlier = any(option.before is not None for option in rules.terms)
        return earlier or not any(
            node.clocks.get(each) == "counting" and node.state in self.workflow.clocks[each].runs_in
            for each in rules.follows
        )

    def _ring(self, node: Node, clock: str) -> None:
        rules = self.workflow.clocks[clock]
        trigger = rules.on_due or ""
        candidates = self.workflow.moves[node.state].get(trigger, ())
        guards = sorted({name for each in candidates for name in each.opaque})
        case = self.form.due_now(node.case, clock, node.clocks[clock])
        for refusing in _subsets(guards):
            self.answers.refusing = refusing
            rang = machine.ring(self.book, case, self.form.at, self.world)
            if isinstance(rang, machine.NotRung):
                self.graph.refused.append(RefusedRung(node.number, clock, rang.reason, refusing))
                continue
            assert isinstance(rang, Outcome), "it was made to be due"
            transition = self._rung_by(case, clock, rang.entry.trigger)
            told = f"{clock} {rang.entry.rung['rung'] if rang.entry.rung else ''}"
            after = with_children(self.workflow, case, rang.case, rang.entry.trigger, {})
            self._reached("ring", node.number, after, transition, ("clock",), {}, rung=told)
        self.answers.refusing = _NOBODY

    def _rung_by(self, case: Case, clock: str, trigger: str) -> Transition | None:
        if trigger == "ring":
            return None
        rung = machine.next_due(self.book, case, self.world)
        assert rung is not None, "the clock was made to be next"
        ringing = Ringing(rung, 0)
        return self._chosen(case, Call(trigger, machine.CLOCK, self.form.at, {}, rung=ringing))

    def _let_children_move(self, node: Node) -> None:
        for table, status in may_change(self.workflow, node.case):
            moved = stood(node.case, table, status)
            told = {"children": f"{table} {status}"}
            self._reached("child", node.number, moved, None, ("child",), told)

    # -- what is found --------------------------------------------------------------------------

    def _reached(
        self,
        kind: EdgeKind,
        source: int,
        case: Case,
        transition: Transition | None,
        names: tuple[str, ...],
        data: Mapping[str, Any],
        *,
        call: Call | None = None,
        rung: str | None = None,
    ) -> None:
        key, fixed, clocks = self.form.of(case)
        number = self.numbers.get(key)
        fresh = number is None
        if number is None:
            number = len(self.graph.nodes)
            if number >= self.limits.nodes:
                raise TooLarge(f"there are more than {self.limits.nodes:,} cases that differ")
            self.numbers[key] = number
            node = Node(number, fixed, clocks)
            self.graph.nodes.append(node)
            self.graph.out.append([])
            self.todo.append(node)
            if not case.settled and case.owner is None and kind not in ("wait", "child"):
                self.graph.ownerless.append(number)
        edge = Edge(
            kind=kind,
            source=source,
            dest=number,
            trigger=transition.trigger if transition is not None else kind,
            names=names,
            transition=transition,
            data=data,
            guards=self.answers.refusing,
            rung=rung,
        )
        if fresh:
            self.graph.first.append(edge)
        self._keep(edge, call)

    def _keep(self, edge: Edge, call: Call | None) -> None:
        graph, transition = self.graph, edge.transition
        index = transition.index if transition is not None else None
        if transition is not None:
            graph.taken.setdefault(transition.index, edge)
            self._match(edge, transition, call)
        same = (edge.source, edge.dest, index, edge.names, edge.rung)
        if same not in self.seen:
            self.seen.add(same)
            graph.edges.append(edge)
            if edge.source >= 0:
                graph.out[edge.source].append(edge)

    def _match(self, edge: Edge, transition: Transition, call: Call | None) -> None:
        """Note which patterns a move is the first to fit."""
        if edge.source < 0:
            return
        before = self.graph.nodes[edge.source].case
        asked: Asked | None = None
        for which, pattern, when in self.promises:
            matched = self.graph.matched.setdefault(which, [])
            if len(matched) >= MOST_MATCHES or not self._fits(edge, transition, pattern):
                continue
            if when is not None:
                called = call or Call(transition.trigger, machine.CLOCK, self.form.at, edge.data)
                asked = asked or Asked(
                    self.workflow, self.answers.guards, before, called, self.world
                )
            if when is None or (asked is not None and when.holds(asked)):
                matched.append(edge)

    def _fits(self, edge: Edge, transition: Transition, pattern: Pattern) -> bool:
        """Whether a move is what a pattern speaks of, but for its condition."""
        nodes = self.graph.nodes
        before, after = nodes[edge.source].case, nodes[edge.dest].case
        raised = after.tier == pattern.raises and before.tier != after.tier
        return (
            may_match(pattern, transition, before.state)
            and (pattern.by is None or not {pattern.by, "anyone"}.isdisjoint(edge.names))
            and (pattern.raises is None or raised)
            and (not pattern.was or self._did(edge, transition, pattern, before))
        )

    @staticmethod
    def _did(edge: Edge, transition: Transition, pattern: Pattern, before: Case) -> bool:
        """Whether the one who moves may have held a part before: nothing in the move forbids it.

        Whoever may be appointed twice may hold both parts, one after the other.
        """
        if edge.names in (("clock",), ("party",)):
            return False
        held = [name for name in pattern.was if "participants." + name in before.facts]
        return any(name not in transition.not_holders for name in held)


def _subsets(names: list[str]) -> Iterator[frozenset[str]]:
    """Return every set of guards that may refuse, the empty one first."""
    several = range(len(names) + 1) if len(names) <= 4 else (0, 1, len(names))
    return map(frozenset, chain.from_iterable(combinations(names, size) for size in several))
