"""Reach: what may be so in each state of a workflow, and which transitions may be taken there.

An over-approximation: whatever can happen to a case is among what is found here, but not all that
is found here can happen. So "never" is certain, and "may" is not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flowcase.workflows.facts import Ask, Condition
from flowcase.workflows.rules import Transition, Workflow

#: Why a transition is never taken from a state: nobody can hold what `by` names; no clock rings
#: its trigger there; `when` asks what never is; an earlier transition is always taken first; the
#: state it leads to needs what is never known by then.
Why = Literal["nobody", "no_clock", "when", "shadowed", "needs"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case in a state.

    may: fields and participants that may be given by then; must: those that are, whatever
    happened. tiers: those the case may have reached; {None} without tiers.
    """

    may: frozenset[str]
    must: frozenset[str]
    tiers: frozenset[str | None]

    def merged(self, other: Known) -> Known:
        """Return what is known if either may be so."""
        return Known(self.may | other.may, self.must & other.must, self.tiers | other.tiers)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a transition is never taken from a state. about: the words it depends on; first: the
    transition that is taken in its place.
    """

    why: Why
    about: tuple[str, ...] = ()
    first: Transition | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition that may be taken from a state."""

    source: str
    transition: Transition
    dest: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a case may get to.

    known: by state that may be reached. edges: what may be taken there. blocked: by transition's
    index and state that may be reached, what is never taken there. opening: why no case can ever
    be opened, or None. paths: by state, the shortest way there.
    """

    known: Mapping[str, Known]
    edges: tuple[Edge, ...]
    blocked: Mapping[tuple[int, str], Blocked]
    opening: Blocked | None
    paths: Mapping[str, tuple[Edge, ...]]


def explore(workflow: Workflow) -> Reach:
    """Find what may be so in each state, from the opening on, until nothing new is found."""
    lowest = workflow.document.tiers[0] if workflow.document.tiers else None
    bound = (name for name, each in workflow.document.participants.items() if each.role is None)
    blank = Known(frozenset(bound), frozenset(), frozenset((lowest,)))
    first = _led_to(workflow, workflow.intake, workflow.intake.dest or "", blank, blank.tiers)
    if isinstance(first, Blocked):
        return Reach({}, (), {}, first, {})
    known = {workflow.document.intake.dest: first}
    todo = deque(known)
    while todo:
        state = todo.popleft()
        for transition, dest in leaving(workflow, state):
            after = _after(workflow, state, transition, known[state])
            if isinstance(after, Known):
                merged = known[dest].merged(after) if dest in known else after
                if known.get(dest) != merged:
                    known[dest] = merged
                    todo.append(dest)
    edges, blocked = _judged(workflow, known)
    return Reach(known, edges, blocked, None, _paths(workflow, edges))


def leaving(workflow: Workflow, state: str) -> Iterator[tuple[Transition, str]]:
    """Return the transitions written for a state and where each leads, in the document's order."""
    for transitions in workflow.moves[state].values():
        for transition in transitions:
            yield transition, transition.dest or state


def written(workflow: Workflow, transition: Transition) -> bool:
    """Whether a transition stands in the document; else a clock has it, with data of its own."""
    return transition.index < len(workflow.document.transitions)


def ringing_in(workflow: Workflow, trigger: str, state: str) -> list[str]:
    """Return the clocks that fire a trigger in a state."""
    return [
        clock.name
        for clock in workflow.clocks.values()
        if clock.on_due == trigger and state in clock.runs_in
    ]


def place_of(transition: Transition) -> str:
    """Return where a transition stands in its document."""
    return f"transitions[{transition.index}]({transition.trigger})"


def way_of(path: Iterable[Edge], start: str) -> str:
    """Return a path as people read it: submitted -coordinate-> coordinated."""
    return start + "".join(f" -{edge.transition.trigger}-> {edge.dest}" for edge in path)


def _judged(
    workflow: Workflow, known: Mapping[str, Known]
) -> tuple[tuple[Edge, ...], dict[tuple[int, str], Blocked]]:
    edges: list[Edge] = []
    blocked: dict[tuple[int, str], Blocked] = {}
    for state in (name for name in workflow.document.states if name in known):
        for transition, dest in leaving(workflow, state):
            after = _after(workflow, state, transition, known[state])
            if isinstance(after, Blocked):
                blocked[transition.index, state] = after
            else:
                edges.append(Edge(state, transition, dest))
    return tuple(edges), blocked


def _after(workflow: Workflow, state: str, transition: Transition, known: Known) -> Known | Blocked:
    """Return what is known after a transition, or why it is never taken."""
    for earlier in workflow.moves[state][transition.trigger]:
        if earlier.index < transition.index and covers(earlier, transition):
            return Blocked("shadowed", first=earlier)
    if transition.by_clock:
        if not ringing_in(workflow, transition.trigger, state):
            return Blocked("no_clock")
    elif not _anybody(transition, known):
        return Blocked("nobody", transition.holders)
    tiers = _tiers(workflow, transition, known)
    if not tiers:
        may, must = _with_data(workflow, transition, known)
        return Blocked("when", _lacking(transition.when, may, must))
    return _led_to(workflow, transition, transition.dest or state, known, tiers)


def _anybody(transition: Transition, known: Known) -> bool:
    return bool(
        transition.roles
        or not {"party", "anyone", "parent"}.isdisjoint(transition.by)
        or not known.may.isdisjoint(transition.holders)
    )


def _tiers(workflow: Workflow, transition: Transition, known: Known) -> frozenset[str | None]:
    """Return the tiers at which `when` may hold and `unless` does not surely hold."""
    may, must = _with_data(workflow, transition, known)
    tiers = known.tiers
    if transition.when is not None:
        tiers = frozenset(
            tier
            for table in transition.when.tables
            if all(_may_hold(ask, may, must) for ask in table)
            for tier in tiers
            if all(tier in (ask.among or ()) for ask in table if ask.kind == "tier")
        )
    for table in transition.unless.tables if transition.unless is not None else ():
        if all(ask.kind == "tier" for ask in table):
            excluded = {tier for tier in tiers if all(tier in (ask.among or ()) for ask in table)}
            tiers -= excluded
    return tiers


def _with_data(
    workflow: Workflow, transition: Transition, known: Known
) -> tuple[frozenset[str], frozenset[str]]:
    """Return what may and what must be known with the data of a transition."""
    if not written(workflow, transition):
        return known.may, known.must
    return known.may | transition.data, known.must | frozenset(transition.requires)


def _may_hold(ask: Ask, may: frozenset[str], must: frozenset[str]) -> bool:
    """Whether a fact may be as asked."""
    if ask.kind not in ("fields", "participants"):
        return True
    if ask.presence is False:
        return ask.name not in must
    return ask.name in may


def _lacking(
    condition: Condition | None, may: frozenset[str], must: frozenset[str]
) -> tuple[str, ...]:
    """Return the words for which a condition never holds."""
    asks = condition.asks() if condition is not None else ()
    never = [ask.name for ask in asks if ask.kind == "tier" or not _may_hold(ask, may, must)]
    return tuple(dict.fromkeys(never))


def _led_to(
    workflow: Workflow,
    transition: Transition,
    dest: str,
    known: Known,
    tiers: frozenset[str | None],
) -> Known | Blocked:
    """Return what is known in the state a transition leads to, or why that state refuses it."""
    needs, sought = workflow.needs.get(dest), frozenset(workflow.sought[dest])
    cleared = frozenset(transition.clears)
    asked = _asked_of_all(transition.when)
    may, must = _with_data(workflow, transition, known)
    may, must = (may - cleared) | sought, ((must | asked) - cleared) | sought
    if needs is not None:
        tables = [all(_may_hold(ask, may, must) for ask in table) for table in needs.tables]
        if not any(tables):
            return Blocked("needs", _lacking(needs, may, must))
        must |= _asked_of_all(needs)
    reached = (workflow.document.states[dest].tier, transition.tier)
    return Known(
        may,
        must & may,
        frozenset(max((tier, *reached), key=workflow.tier_rank) for tier in tiers),
    )


def _asked_of_all(condition: Condition | None) -> frozenset[str]:
    """Return the fields and participants that are given whenever a condition holds."""
    if condition is None:
        return frozenset()
    tables = [
        frozenset(
            ask.name
            for ask in table
            if ask.kind in ("fields", "participants") and ask.presence is not False
        )
        for table in condition.tables
    ]
    return frozenset.intersection(*tables) if tables else frozenset()


def _paths(workflow: Workflow, edges: Iterable[Edge]) -> dict[str, tuple[Edge, ...]]:
    paths: dict[str, tuple[Edge, ...]] = {workflow.document.intake.dest: ()}
    todo = deque(paths)
    out: dict[str, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge.source, []).append(edge)
    while todo:
        state = todo.popleft()
        for edge in out.get(state, ()):
            if edge.dest not in paths:
                paths[edge.dest] = (*paths[state], edge)
                todo.append(edge.dest)
    return paths


# -- which transition is taken first ---------------------------------------------------------------


def covers(earlier: Transition, later: Transition) -> bool:
    """Whether `earlier`, tried first, is taken whenever `later` could be."""
    return (
        earlier.times is None
        and set(earlier.guards) <= set(later.guards)
        and _by_covers(earlier, later)
        and _follows(earlier.when, later.when)
        and (
            earlier.unless is None
            or (later.unless is not None and _follows(later.unless, earlier.unless))
        )
    )


def _by_covers(earlier: Transition, later: Transition) -> bool:
    if earlier.by_clock or later.by_clock:
        return earlier.by_clock and later.by_clock
    not_by = {*earlier.not_holders, *earlier.not_roles} <= {*later.not_holders, *later.not_roles}
    return not_by and ("anyone" in earlier.by or set(later.by) <= set(earlier.by))


def _follows(weaker: Condition | None, stronger: Condition | None) -> bool:
    """Whether `weaker` holds whenever `stronger` does; None holds always."""
    if weaker is None:
        return True
    if stronger is None:
        return False
    return all(
        any(all(any(_implies(b, a) for b in strong) for a in weak) for weak in weaker.tables)
        for strong in stronger.tables
    )


def _implies(given: Ask, asked: Ask) -> bool:
    """Whether `asked` is so whenever `given` is."""
    if given == asked:
        return True
    if given.key != asked.key or given.presence is False or asked.presence is False:
        return False
    if asked.presence:
        return True
    if given.among is not None and asked.among is not None:
        return set(given.among) <= set(asked.among)
    if given.among is not None or asked.among is not None or given.presence is not None:
        return False
    low = asked.at_least is None or (
        given.at_least is not None and given.at_least >= asked.at_least
    )
    high = asked.at_most is None or (given.at_most is not None and given.at_most <= asked.at_most)
    return low and high
