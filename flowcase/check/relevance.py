"""Relevance: which facts of a case can still make a difference, in each state.

A fact that no path reads before it is written or cleared may be forgotten: two cases that differ
in nothing else have the same future. Without this a search of the mayor line never ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowcase.check.reach import leaving
from flowcase.workflows import language
from flowcase.workflows.facts import Ask, Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import ClockRules, Transition, Workflow

#: Kinds of facts that are part of every node, or asked anew each time, and need no analysis.
_ALWAYS = frozenset({"tier", "cycle", "party", "records"})


@dataclass(frozen=True, slots=True)
class Relevance:
    """What matters of a workflow's facts.

    workflow: the rules to search by: clocks that can never matter are left out, warnings too, and
    every trigger whose count somebody asks about is counted. live: by state, the keys of facts
    some path from there still reads. kinds: by field, its values, sorted into kinds no condition
    tells apart; each kind is named by its first value. counts: by trigger, the highest count that
    makes a difference. cycles: likewise. asked: clocks whose phase a condition asks about.
    """

    workflow: Workflow
    live: Mapping[str, frozenset[str]]
    kinds: Mapping[str, Mapping[Any, Any]]
    counts: Mapping[str, int]
    cycles: int
    asked: frozenset[str]

    def values(self, field: str) -> tuple[Any, ...]:
        """Return one value of each kind a field may have."""
        return tuple(dict.fromkeys(self.kinds[field].values()))


def relevance_of(
    workflow: Workflow,
    patterns: Iterable[tuple[Pattern, Condition | None]],
    *,
    forget: bool = True,
) -> Relevance:
    """Find out what matters to the moves of a workflow and to the patterns promised of them.

    forget: false where everything is to matter everywhere, to see that forgetting loses nothing.
    """
    promised = tuple(patterns)
    asks = [*_all_asks(workflow), *(ask for _, when in promised if when for ask in when.asks())]
    asked = frozenset(ask.name for ask in asks if ask.kind == "clocks")
    counted = frozenset(ask.name for ask in asks if ask.kind == "fired")
    pruned = _pruned(workflow, asked, counted, everything=not forget)
    return Relevance(
        workflow=pruned,
        live=_live(pruned, promised) if forget else _everything(pruned),
        kinds={name: _kinds(name, field, asks) for name, field in workflow.document.fields.items()},
        counts=_counts(workflow, asks),
        cycles=_highest(
            (ask for ask in asks if ask.kind == "cycle"),
            (workflow.document.guarantees.cycles_at_most or 0) + 1,
        ),
        asked=asked,
    )


def may_match(pattern: Pattern, transition: Transition, source: str) -> bool:
    """Whether a transition from a state can be what a pattern speaks of, as far as names tell."""
    entered = transition.dest if transition.dest != source else None
    return (
        pattern.trigger in (None, transition.trigger)
        and (not pattern.from_ or source in pattern.from_)
        and (pattern.to is None or pattern.to == entered)
        and (pattern.by is None or pattern.by in transition.by or "anyone" in transition.by)
    )


def reads_of(workflow: Workflow, transition: Transition, source: str) -> set[str]:
    """Return the keys of the facts a transition is decided by, its own data among them."""
    dest = transition.dest or source
    found = {ask.key for ask in _asks_of(workflow, transition, dest) if ask.kind not in _ALWAYS}
    if transition.times:
        found.add("fired." + transition.trigger)
    return found


def _asks_of(workflow: Workflow, transition: Transition, dest: str) -> Iterator[Ask]:
    for condition in (transition.when, transition.unless, workflow.needs.get(dest)):
        if condition is not None:
            yield from condition.asks()


def _all_asks(workflow: Workflow) -> Iterator[Ask]:
    conditions = [
        *workflow.needs.values(),
        *(each.when for each in workflow.transitions),
        *(each.unless for each in workflow.transitions),
    ]
    return (ask for condition in conditions if condition is not None for ask in condition.asks())


def _pruned(
    workflow: Workflow, asked: frozenset[str], counted: frozenset[str], *, everything: bool
) -> Workflow:
    """Return the rules without clocks that cannot matter, and without warnings."""
    matter = {name for name, _ in _alone(workflow)} | ({*workflow.clocks} if everything else set())
    matter |= {
        name
        for name, clock in workflow.clocks.items()
        if clock.on_due is not None or clock.follows or name in asked or _requests(workflow, name)
    }
    while True:  # what a clock that matters goes by, matters
        more = {each for name in matter for each in workflow.clocks[name].follows} - matter
        if not more:
            break
        matter |= more
    clocks = {
        name: replace(clock, warn=()) for name, clock in workflow.clocks.items() if name in matter
    }
    return replace(workflow, clocks=clocks, counted=workflow.counted | counted)


def rings_on(clock: ClockRules, state: str) -> bool:
    """Whether a clock goes on ringing in a state, whatever happens there."""
    always = not clock.starts_on and not clock.stops_on and clock.repeat is not None
    return always and state in clock.runs_in


def _alone(workflow: Workflow) -> set[tuple[str, str]]:
    """Return the clocks, by state, without which a state might be silent."""
    clocks = workflow.clocks.values()
    silent = [
        state
        for state, rule in workflow.document.states.items()
        if not rule.final and not any(rings_on(clock, state) for clock in clocks)
    ]
    if not workflow.document.closed_loop:
        return set()
    return {(clock.name, state) for clock in clocks for state in silent if state in clock.runs_in}


def _requests(workflow: Workflow, clock: str) -> bool:
    rule = workflow.document.clocks[clock]
    return rule.extension is not None or rule.suspension is not None


def _live(
    workflow: Workflow, promised: tuple[tuple[Pattern, Condition | None], ...]
) -> dict[str, frozenset[str]]:
    live: dict[str, set[str]] = {
        state: {
            *(
                "clocks." + each.name
                for each in workflow.clocks.values()
                if _counts_in(each, state)
            ),
            *("children." + table for table in workflow.document.children),
        }
        for state in workflow.document.states
    }
    for name, state in _alone(workflow):
        live[state].add("clocks." + name)
    changed = True
    while changed:
        changed = False
        for state, known in live.items():
            before = len(known)
            for transition, dest in leaving(workflow, state):
                known.update(_read(workflow, promised, transition, state))
                known.update(live[dest] - _overwritten(workflow, transition, dest))
            followed = {
                "clocks." + name
                for clock in workflow.clocks.values()
                if "clocks." + clock.name in known
                for name in clock.follows
            }
            known.update(followed)
            changed = changed or len(known) != before
    return {state: frozenset(known) for state, known in live.items()}


def _everything(workflow: Workflow) -> dict[str, frozenset[str]]:
    document = workflow.document
    facts = {
        *("fields." + name for name in document.fields),
        *("participants." + name for name in document.participants),
        *("fired." + name for name in workflow.counted),
        *("clocks." + name for name in workflow.clocks),
        *("children." + name for name in document.children),
    }
    return {state: frozenset(facts) for state in document.states}


def _counts_in(clock: ClockRules, state: str) -> bool:
    """Whether what a clock does in a state makes a difference: it fires, or goes by another."""
    return (clock.on_due is not None or bool(clock.follows)) and state in clock.runs_in


def _read(
    workflow: Workflow,
    promised: tuple[tuple[Pattern, Condition | None], ...],
    transition: Transition,
    source: str,
) -> set[str]:
    """Return what a transition reads of the case as it was before."""
    dest = transition.dest or source
    found = reads_of(workflow, transition, source)
    for pattern, when in promised:
        if may_match(pattern, transition, source):
            found |= {ask.key for ask in when.asks() if ask.kind not in _ALWAYS} if when else set()
            found |= {"participants." + name for name in pattern.was}
    owner = workflow.document.states[dest].owner
    if owner in workflow.document.participants:
        found.add(f"participants.{owner}")
    found |= {"participants." + name for name in transition.holders}
    found |= {"participants." + name for name in let_in(workflow, transition)}
    given = {"fields." + name for name in transition.requires}
    given |= {
        "participants." + name for name in transition.requires if name not in transition.holders
    }
    sought = {"participants." + name for name in workflow.sought[dest]} - {
        "participants." + name for name in transition.holders
    }
    return {key for key in found - given - sought if _known(workflow, key)}


def let_in(workflow: Workflow, transition: Transition) -> set[str]:
    """Return the parts whose holders another way to the same state keeps out, and this one not.

    Another way is one by the same trigger, or from one of the same states: accepting one's own part
    is not another way of approving it.
    """
    if transition.dest is None or transition.by_clock:
        return set()
    kept_out = {
        name
        for each in workflow.transitions
        if each.dest == transition.dest
        and (
            each.trigger == transition.trigger
            or not set(each.sources).isdisjoint(transition.sources)
        )
        for name in each.not_holders
    }
    return kept_out - set(transition.not_holders)


def _known(workflow: Workflow, key: str) -> bool:
    return not key.startswith("clocks.") or key[7:] in workflow.clocks


def _overwritten(workflow: Workflow, transition: Transition, dest: str) -> set[str]:
    """Return the facts whose value before a transition is lost by it, whatever it was."""
    lost = {"fields." + name for name in (*transition.clears, *transition.requires)}
    lost |= {"participants." + name for name in (*transition.requires, *workflow.sought[dest])}
    if transition.new_cycle:
        lost |= {"fired." + name for name in workflow.counted}
        lost |= {"clocks." + name for name in workflow.clocks}
    lost |= {
        "clocks." + clock.name
        for clock in workflow.clocks.values()
        if transition.trigger in clock.starts_on and dest in clock.runs_in
    }
    return lost


def _counts(workflow: Workflow, asks: list[Ask]) -> dict[str, int]:
    limits = {each.trigger: each.times for each in workflow.transitions if each.times}
    names = {ask.name for ask in asks if ask.kind == "fired"} | set(limits)
    return {
        name: _highest(
            (ask for ask in asks if ask.kind == "fired" and ask.name == name), limits.get(name) or 0
        )
        for name in names
    }


def _highest(asks: Iterable[Ask], least: int) -> int:
    """Return the highest number that some bound tells from the next one."""
    numbers = [least]
    for ask in asks:
        numbers += [ask.at_least] if ask.at_least is not None else []
        numbers += [ask.at_most + 1] if ask.at_most is not None else []
    return max(numbers)


def _kinds(name: str, field: language.AnyField, asks: list[Ask]) -> dict[Any, Any]:
    """Return for each value of a field the value that stands for its kind."""
    about = [ask for ask in asks if ask.kind == "fields" and ask.name == name]
    match field:
        case language.ChoiceField():
            options: list[Any] = list(field.options)
        case language.FlagField():
            options = [True, False]
        case language.IntegerField():
            options = sorted(
                {
                    number
                    for ask in about
                    for bound in (ask.at_least, ask.at_most)
                    if bound is not None
                    for number in (bound - 1, bound, bound + 1)
                    if field.at_least <= number <= field.at_most
                }
                | {field.at_least, field.at_most}
            )
        case _:
            return {}
    first: dict[tuple[bool, ...], Any] = {}
    kinds: dict[Any, Any] = {}
    for option in options:
        answers = tuple(_admits(ask, option) for ask in about)
        kinds[option] = first.setdefault(answers, option)
    return kinds


def _admits(ask: Ask, value: Any) -> bool:
    if ask.presence is not None:
        return ask.presence
    if ask.among is not None:
        return any(value == each and type(value) is type(each) for each in ask.among)
    low = ask.at_least is None or value >= ask.at_least
    high = ask.at_most is None or value <= ask.at_most
    return low and high
