"""Moves: who can try what in a state, with which data, so that nothing that matters is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from flowcase.case import Actor
from flowcase.check.limits import TooLarge
from flowcase.check.nodes import Form
from flowcase.check.relatives import PARENT, PARTY
from flowcase.check.relevance import may_match, reads_of
from flowcase.data import bound
from flowcase.workflows import language
from flowcase.workflows.facts import Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Transition, Workflow

#: More ways to fill in the data of one move than this are not tried.
MOST_DATA = 4_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """A trigger that may be tried in a state, by people no rule tells apart.

    names: who they are, by role or participant. actor: one of them. data: what to give, one for
    each way that matters. inert: whatever comes of it, the case stays as it is in all that matters;
    only whether it is possible is to be asked. candidates: the transitions open to them.
    """

    trigger: str
    names: tuple[str, ...]
    candidates: tuple[Transition, ...]
    data: tuple[Mapping[str, Any], ...]
    inert: bool


def attempts(
    form: Form, patterns: Iterable[tuple[Pattern, Condition | None]]
) -> dict[str, list[Attempt]]:
    """Return by state what people may try there. Errors: TooLarge."""
    promised = tuple(patterns)
    return {
        state: list(_in_state(form, promised, state))
        for state, rule in form.workflow.document.states.items()
        if not rule.final
    }


def openings(form: Form) -> list[tuple[str | None, str, Mapping[str, Any]]]:
    """Return the ways a case may be opened: party, who opens it, with what data."""
    workflow = form.workflow
    intake = workflow.document.intake
    parties = {"required": (PARTY,), "optional": (PARTY, None), "none": (None,)}[intake.party]
    data = _data(form, (), workflow.intake, intake.dest)
    return [
        (party, name, each)
        for party in parties
        for name in intake.by
        if name != "party" or party is not None
        for each in data
    ]


def actor_of(workflow: Workflow, name: str) -> Actor:
    """Return somebody who is what `name` says, and nothing else."""
    if name in ("party", "parent"):
        return Actor(PARTY if name == "party" else PARENT)
    if name in workflow.document.participants:
        return Actor(name + "-1")
    if name in workflow.document.roles:
        return Actor(name + "-any", roles={name})
    return Actor("somebody")


def _in_state(
    form: Form, promised: tuple[tuple[Pattern, Condition | None], ...], state: str
) -> Iterator[Attempt]:
    for trigger, transitions in form.workflow.moves[state].items():
        people = [each for each in transitions if not each.by_clock and each.request is None]
        groups: dict[tuple[Any, ...], list[str]] = {}
        for name in dict.fromkeys(name for each in people for name in each.by):
            kind = (name == "parent", *(_open_to(each, name) for each in people))
            groups.setdefault(kind, []).append(name)
        for (_, *admitted), names in groups.items():
            candidates = tuple(each for each, yes in zip(people, admitted, strict=True) if yes)
            data: dict[str, Mapping[str, Any]] = {}
            for transition in candidates:
                for given in _data(form, promised, transition, state):
                    data[repr(sorted(given.items()))] = given
            yield Attempt(
                trigger,
                tuple(names),
                candidates,
                tuple(data.values()),
                len(people) == 1 and _inert(form, people[0], state),
            )


def _open_to(transition: Transition, name: str) -> bool:
    barred = name in transition.not_roles or name in transition.not_holders
    return not barred and (name in transition.by or "anyone" in transition.by)


def _inert(form: Form, transition: Transition, state: str) -> bool:
    """Whether a move changes nothing that matters: no state, tier, count, clock, live fact."""
    workflow, live = form.workflow, form.relevance.live[state]
    touched = {"fields." + name for name in (*transition.clears, *transition.data)}
    touched |= {"participants." + name for name in transition.data}
    touched.add("fired." + transition.trigger)
    touched |= {"participants." + name for name in workflow.sought[state]}
    held = {"participants." + name for name in _surely_held(workflow, state)}
    return (
        transition.dest in (None, state)
        and not transition.new_cycle
        and transition.tier is None
        and transition.trigger not in workflow.stepping
        and not workflow.opened_on(transition.trigger)
        and not (touched - held) & live
    )


def _surely_held(workflow: Workflow, state: str) -> set[str]:
    """Return the participants whom every case in a state has: they are in its needs."""
    needs = workflow.needs.get(state)
    if needs is None:
        return set()
    tables = [
        {ask.name for ask in table if ask.kind == "participants" and ask.presence}
        for table in needs.tables
    ]
    return set.intersection(*tables)


def _data(
    form: Form,
    promised: tuple[tuple[Pattern, Condition | None], ...],
    transition: Transition,
    state: str,
) -> list[dict[str, Any]]:
    """Return the data to try a transition with, one for each way that matters."""
    workflow, dest = form.workflow, transition.dest or state
    matter = reads_of(workflow, transition, state) | form.relevance.live[dest]
    for pattern, when in promised:
        if when is not None and may_match(pattern, transition, state):
            matter |= {ask.key for ask in when.asks()}
    names, choices = [], []
    for name in (*transition.requires, *transition.accepts):
        optional = name not in transition.requires
        relevant = f"fields.{name}" in matter or f"participants.{name}" in matter
        if optional and not relevant:
            continue
        values = _values(form, name) if relevant else _values(form, name)[:1]
        names.append(name)
        choices.append([*([None] if optional else []), *values])
    found = []
    for combination in product(*choices):
        found.append({n: v for n, v in zip(names, combination, strict=True) if v is not None})
        if len(found) > MOST_DATA:
            raise TooLarge(f"{transition.trigger!r} can be given data in too many ways")
    return found


def _values(form: Form, name: str) -> list[Any]:
    field = form.workflow.document.fields.get(name)
    match field:
        case None:
            participant = form.workflow.document.participants.get(name)
            several = participant is not None and participant.count == "many"
            return [name + ("-2" if several else "-1")]  # one more, where there may be many
        case language.ReferenceField():
            return [name + "-1"]
        case language.TextField():
            return ["x"]
        case language.DateField():
            return [_some_day(form, field)]
        case _:
            return list(form.relevance.values(name))


def _some_day(form: Form, field: language.DateField) -> str:
    """Return a day that may be given: today if it may, else the one nearest to it."""
    earliest, latest = bound(field.earliest, form.today), bound(field.latest, form.today)
    day = max(form.today, earliest) if earliest is not None else form.today
    return (min(day, latest) if latest is not None else day).isoformat()
