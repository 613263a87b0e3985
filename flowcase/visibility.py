"""Visibility: which cases an actor sees, and what of them is hidden from him (G13). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flowcase.case import Actor, Case
from flowcase.history import Changes, Entry
from flowcase.ledgers import read_ledgers
from flowcase.outcome import Draft, World, parts_of
from flowcase.question import acts_for_party, names
from flowcase.workflows.rules import Workflow


def sees(workflow: Workflow, case: Case, actor: Actor, world: World) -> bool:
    """Whether an actor sees a case: as its party, as somebody who holds or held a part of it, at a
    desk that is accountable or may act in its state, or by a role that sees all. Who is recused
    never does.
    """
    if acts_for_party(case, actor, world):
        return True
    if any(names(actor, value, world) for value in case.facts.get("participants.recused", ())):
        return False
    return (
        sees_all(workflow, actor)
        or case.state in desk_states(workflow, actor)
        or any(actor.holds(value) for _, value, _ in parts_of(case.facts))
    )


def sees_all(workflow: Workflow, actor: Actor) -> bool:
    """Whether one of an actor's roles sees every case of a workflow."""
    roles = workflow.document.roles
    return any(role in roles and roles[role].sees == "all" for role in actor.roles)


def desk_states(workflow: Workflow, actor: Actor) -> frozenset[str]:
    """Return the states in which a desk the actor sits at is accountable, or may act."""
    return frozenset(
        name
        for name, state in workflow.document.states.items()
        if state.owner in actor.roles
        or any(
            not each.roles.isdisjoint(actor.roles)
            for moves in workflow.moves[name].values()
            for each in moves
        )
    )


@dataclass(frozen=True, slots=True)
class View:
    """What an actor sees, for questions about many cases; as `sees` says it of one.

    values: under which he holds parts. people: he, and whom he acts for. kept_out: under which he
    is recused. whole: documents of which he sees every case. desks: by document, the states.
    """

    values: tuple[str, ...]
    people: tuple[str, ...]
    kept_out: tuple[str, ...]
    whole: tuple[str, ...]
    desks: Mapping[str, tuple[str, ...]]


def standing(actor: Actor) -> tuple[str, ...]:
    """Return the values an actor holds parts under: he, his unit, his desks, whom he acts for."""
    own = (actor.id, actor.unit, actor.on_behalf_of)
    return (*(each for each in own if each), *sorted("@" + role for role in actor.roles))


def view_of(actor: Actor, other_unit: str | None, workflows: Iterable[Workflow]) -> View:
    """Return what an actor sees of some workflows; other_unit: the unit of whom he acts for."""
    known = list(workflows)
    people = (actor.id, actor.on_behalf_of) if actor.on_behalf_of else (actor.id,)
    desks = {each.digest: tuple(sorted(desk_states(each, actor))) for each in known}
    return View(
        values=standing(actor),
        people=people,
        kept_out=(*standing(actor), *([other_unit] if other_unit else [])),
        whole=tuple(each.digest for each in known if sees_all(each, actor)),
        desks={digest: states for digest, states in desks.items() if states},
    )


def hidden_fields(
    workflow: Workflow, case: Case, actor: Actor, world: World, at: datetime
) -> frozenset[str]:
    """Return the fields of a case that are hidden from an actor; none is hidden from the party."""
    if not workflow.hidden or acts_for_party(case, actor, world):
        return frozenset()
    draft = Draft(workflow, case, world, at, read_ledgers(case.facts, workflow))
    parts = parts_of(case.facts)
    found = set()
    for name, rule in workflow.hidden.items():
        hidden = not actor.roles.isdisjoint(rule.whom) or any(
            actor.holds(value) for part, value, _ in parts if part in rule.whom
        )
        if hidden and (rule.when is None or rule.when.holds(draft)):
            found.add(name)
    return frozenset(found)


def without(case: Case, hidden: Iterable[str]) -> Case:
    """Return a case as who may not know these fields sees it."""
    gone = {"fields." + name for name in hidden}
    return replace(case, facts=MappingProxyType(_left(case.facts, gone))) if gone else case


def entry_without(entry: Entry, hidden: Iterable[str]) -> Entry:
    """Return an entry as who may not know these fields sees it; its digest is that of the whole."""
    names_ = frozenset(hidden)
    gone = {"fields." + name for name in names_}
    changes = Changes(_left(entry.changes.set, gone), entry.changes.removed)
    return replace(entry, changes=changes, details=_left(entry.details, names_))


def _left(facts: Mapping[str, Any], gone: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in gone}
