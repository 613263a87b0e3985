"""Transfers: whether a case can stand under another document of its workflow, and as what. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from flowcase import clocks, objections, reasons
from flowcase.case import Actor, Case
from flowcase.data import NOTHING
from flowcase.errors import Reason
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.outcome import Call, Draft, Outcome, World, claims_of, conclude, settle_in
from flowcase.workflows import language
from flowcase.workflows.rules import ClockRules, Workflow

TRIGGER = "migrate"
_KINDS = ("fields", "participants", "held")


@dataclass(frozen=True, slots=True)
class Carried:
    """What becomes of a clock: it goes on as it was, with another due moment, or begins, or ends.

    due_before: None where it begins. due_after: None where the new document has no such clock.
    """

    clock: str
    becomes: Literal["kept", "measured", "started", "dropped"]
    due_before: datetime | None
    due_after: datetime | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a case would be under another document; `outcome` is None if `reasons` speak against.

    dropped: facts the new document has no word for ("fields.x"); the history keeps them.
    """

    outcome: Outcome | None
    reasons: tuple[Reason, ...]
    clocks: tuple[Carried, ...]
    dropped: tuple[str, ...]


def transferred(
    old: Workflow, new: Workflow, case: Case, world: World, at: datetime, actor: Actor
) -> Transfer:
    """Return what becomes of an open case under another document of its workflow.

    world: as seen by the new document. Every reason against it is told, not only the first.
    """
    against = list(_structure_against(new, case))
    if against:  # without its state or tier nothing else can be asked
        return Transfer(None, _told(new, against), (), ())
    ledgers = {
        name: ledger for name, ledger in read_ledgers(case.facts, old).items() if name in new.clocks
    }
    draft = Draft(new, case, world, at, ledgers)
    draft.facts, dropped = _facts(new, case)
    against += _people_against(old, new, draft)
    against += _fields_against(old, new, case)
    against += _requests_against(old, new, ledgers)
    against += _family_against(old, new, case)
    if against:
        return Transfer(None, _told(new, against), (), dropped)
    against += settle_in(draft)
    draft.measured = carried(old, new, ledgers, draft)
    draft.facts["documents"] = [
        *([since, digest] for since, digest in case.documents),
        [case.revision + 1, new.digest],
    ]
    outcome, _ = conclude(draft, None, Call(TRIGGER, actor, at, {}), NOTHING)
    at_rest = new.document.states[case.state].settled
    if new.document.closed_loop and outcome.case.wake_at is None and not at_rest:
        against.append(objections.no_clock(case.state))
    freed = claims_of(old, case) - claims_of(new, outcome.case)
    outcome = replace(outcome, freed=freed)
    moved = tuple(_carried(case, old, draft.measured))
    return Transfer(None if against else outcome, _told(new, against), moved, dropped)


def _told(new: Workflow, against: list[Reason]) -> tuple[Reason, ...]:
    once = dict.fromkeys(against)
    return tuple(reasons.in_chinese(once, lambda word: new.title(word, "zh")))


def _structure_against(new: Workflow, case: Case) -> Iterator[Reason]:
    document = new.document
    state = document.states.get(case.state)
    if state is None or state.final:
        open_ = [name for name, each in document.states.items() if not each.final]
        yield objections.no_state(case.state, document.version, open_, final=state is not None)
    if case.tier is not None and case.tier not in document.tiers:
        yield objections.no_tier(case.tier, document.version, document.tiers)
    if case.party is None and document.intake.party == "required":
        yield reasons.party_required()


def _facts(new: Workflow, case: Case) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the facts that the new document has words for, and the names of the others."""
    document = new.document
    known = {
        "fields": document.fields.keys(),
        "participants": {*document.participants, "recused"},
        "held": {*document.participants, "recused"},
        "clocks": document.clocks.keys(),
    }
    facts: dict[str, Any] = {}
    for name, value in case.facts.items():
        kind, _, word = name.partition(".")
        if kind not in known or word in known[kind]:
            facts[name] = value
            part = document.participants.get(word)
            if kind == "participants" and part and part.count == "many" and isinstance(value, str):
                facts[name] = [value]
            elif kind == "participants" and part and part.count == "one" and len(value) == 1:
                facts[name] = value[0]  # of a list; an id of one character is the same
    dropped = tuple(
        name for name in case.facts if name not in facts and name.partition(".")[0] in _KINDS
    )
    return facts, dropped


def _people_against(old: Workflow, new: Workflow, draft: Draft) -> Iterator[Reason]:
    """Return what speaks against who holds which part: how many, and in what role."""
    for name, part in new.document.participants.items():
        value = draft.facts.get("participants." + name)
        if value is None:
            continue
        holders = (value,) if isinstance(value, str) else tuple(value)
        if part.count == "one" and not isinstance(value, str):
            yield objections.too_many_holders(name, len(holders))
        before, role = old.document.participants.get(name), part.role
        asked = role if before is None or before.role != role else None
        for who in holders:
            if who[:1] == "@":
                if who[1:] not in new.document.roles:
                    yield objections.no_desk(name, who, new.document.roles)
            elif asked is not None and draft.world.directory.is_holder(who, asked) is False:
                yield reasons.not_in_role(name, who, asked)


def _fields_against(old: Workflow, new: Workflow, case: Case) -> Iterator[Reason]:
    """Return what speaks against the values given so far: type, options, bounds."""
    version = new.document.version
    for name, value in case.fields().items():
        before, after = old.document.fields.get(name), new.document.fields.get(name)
        if before is None or after is None:
            continue
        if before.type != after.type or _points_to(before) != _points_to(after):
            yield objections.other_type(name, before.type, after.type, version)
        elif name in new.unique - old.unique:
            yield objections.newly_unique(name, version)
        elif before.type == "text" and (name in old.kept) != (name in new.kept):
            yield objections.other_keeping(name, version)
        elif isinstance(after, language.ChoiceField) and value not in after.options:
            yield objections.no_longer_possible(
                name, str(value), " | ".join(after.options), version
            )
        elif (
            isinstance(after, language.IntegerField)
            and not after.at_least <= value <= after.at_most
        ):
            bounds = f"{after.at_least}..{after.at_most}"
            yield objections.no_longer_possible(name, str(value), bounds, version)


def _points_to(field: language.AnyField) -> str | None:
    return field.to if isinstance(field, language.ReferenceField) else None


def _family_against(old: Workflow, new: Workflow, case: Case) -> Iterator[Reason]:
    """Return what its parent and its children count on, and the new document does otherwise."""
    version = new.document.version
    for table, rule in old.document.children.items():
        if "children." + table in case.facts:
            after = new.document.children.get(table)
            same = ("workflow", "per", "as_", "participants")
            if after is None or any(getattr(rule, each) != getattr(after, each) for each in same):
                yield objections.other_children(table, version)
    if case.parent_id is None:
        return
    bound = {key[6:] for key in case.facts if key.startswith("bound.")} - {"recused"}
    bound |= {case.facts["parent.as"]} if "parent.as" in case.facts else set()
    for name in sorted(bound - new.document.participants.keys()):
        yield objections.no_part(name, version)
    if new.document.states[case.state].settled != case.settled:
        yield objections.other_rest(case.state, version)


def _requests_against(
    old: Workflow, new: Workflow, ledgers: Mapping[str, Ledger]
) -> Iterator[Reason]:
    """Return which extensions granted, or asked for, the new document could not count."""
    for name, ledger in ledgers.items():
        before, after = old.clocks[name].extension, new.clocks[name].extension
        asked = ledger.pending is not None and ledger.pending.kind == "extension"
        if before is None or not (ledger.extended or (asked and after is not None)):
            continue
        if after is None or after.unit != before.unit:
            yield objections.other_extension(
                name, before.unit, after.unit if after else None, new.document.version
            )


# -- clocks ---------------------------------------------------------------------------------------


def carried(
    old: Workflow, new: Workflow, ledgers: Mapping[str, Ledger], draft: Draft
) -> dict[str, Ledger]:
    """Return the clocks of a case under its new document.

    A clock of the same name keeps its start, pauses, extensions and the rungs that rang, and is
    measured again from the same start, never due before the end of the next working day. What is
    late, or was stopped, keeps its due moment. One that is new and that entering the state would
    have started starts now.
    """
    calendar, at, state = draft.world.calendar, draft.at, draft.case.state
    step = clocks.Step(TRIGGER, state, at, entered=False, new_cycle=False, changed=frozenset())
    after: dict[str, Ledger] = {}
    for name, rules in new.clocks.items():
        before = ledgers.get(name)
        if before is None:
            if _would_run(new, rules, state):
                begun = clocks.start(rules, step, draft, after, calendar)
                after[name] = clocks.stood(rules, begun, step, after)
            continue
        ledger = clocks.stood(rules, _undecided(new.document.clocks[name], before), step, after)
        passed = at >= before.due and not (before.provisional or before.standing)
        late = passed or "due" in before.rung
        measured = clocks.measured_again(rules, ledger, draft, after, calendar, at)
        if late or ledger.stopped:
            measured = replace(ledger, option=measured.option)
        after[name] = replace(measured, rung=_rung(old.clocks[name], rules, before))
    return after


def _would_run(new: Workflow, rules: ClockRules, state: str) -> bool:
    """Whether a case that is in `state` would have this clock, however it got there."""
    if state not in rules.runs_in:
        return False
    if not rules.starts_on:
        return True
    ways = [
        each.trigger
        for each in (new.intake, *new.transitions)
        if each.dest == state and set(each.sources) != {state}
    ]
    return bool(ways) and rules.starts_on.issuperset(ways)


def _undecided(rule: language.ClockRule, ledger: Ledger) -> Ledger:
    """Return the ledger without a request that nobody can decide any more: its table is gone."""
    if ledger.pending is not None and getattr(rule, ledger.pending.kind) is None:
        return replace(ledger, pending=None)
    return ledger


def _rung(old: ClockRules, new: ClockRules, ledger: Ledger) -> tuple[str, ...]:
    """Return which rungs rang, by the new document's names: warnings are known by their terms."""
    warned = [old.warn[int(name[5:])].before for name in ledger.rung if name[:5] == "warn."]
    again = [f"warn.{number}" for number, each in enumerate(new.warn) if each.before in warned]
    return (*again, *(name for name in ledger.rung if name[:5] != "warn."))


def _carried(case: Case, old: Workflow, after: Mapping[str, Ledger]) -> Iterator[Carried]:
    """Return what became of each clock."""
    before = read_ledgers(case.facts, old)
    for name, ledger in before.items():
        if name not in after:
            yield Carried(name, "dropped", ledger.due, None)
        else:
            kept = after[name].due == ledger.due
            yield Carried(name, "kept" if kept else "measured", ledger.due, after[name].due)
    for name, ledger in after.items():
        if name not in before:
            yield Carried(name, "started", None, ledger.due)
