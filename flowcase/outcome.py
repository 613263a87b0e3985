"""Outcomes: what follows from a transition, as a new case and the entry that made it so. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flowcase import clocks, reasons
from flowcase.calendars.calendar import Calendar
from flowcase.case import ALONE, Actor, Case, Directory, Kin
from flowcase.clocks import Rung, Step
from flowcase.data import Given
from flowcase.errors import Reason
from flowcase.history import Changes, Entry
from flowcase.kin import against_leaving_rest, against_opening, open_children
from flowcase.ledgers import Ledger
from flowcase.requests import Request, acting, applied
from flowcase.snapshots import snapshot
from flowcase.time import written
from flowcase.workflows.facts import Ask, ClockPhase, shown
from flowcase.workflows.rules import Transition, Workflow

_ABSENT = object()

#: How far it is followed that who stands in is away himself, and has a deputy.
MOST_DEPUTIES = 5

#: A unique field, and its value as text.
Claim = tuple[str, str]

#: A part of a case, somebody who holds or held it, and whether he does now.
Part = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Ringing:
    """A rung that rings now, and how many whole seconds late."""

    rung: Rung
    late_s: int

    def as_fact(self) -> dict[str, Any]:
        """Return it as an entry keeps it."""
        return {
            "clock": self.rung.clock,
            "rung": self.rung.name,
            "at": written(self.rung.at),
            "late_s": self.late_s,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody fires a trigger: who, when, with what data, under which key. rung: a clock does.

    by_parent: the parent does, as it ends. tell: who is told, where no transition says it.
    """

    trigger: str
    actor: Actor
    at: datetime
    data: Mapping[str, Any]
    key: str | None = None
    rung: Ringing | None = None
    by_parent: bool = False
    tell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """What a decision rests on besides the case: the calendar as known now, who holds what, and
    what the cases it is tied to are like, and what the records answer to the questions that the
    call may raise.
    """

    calendar: Calendar
    directory: Directory
    kin: Kin = ALONE
    records: Mapping[str, bool] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision leads to: the case as it will be, and the entry to be written with it.

    The case's `head` is still that of the entry before; sealing the entry gives the new one.
    beside: what it does to other cases, written with it or not at all; those of one case in order.
    counts: by how many open children other cases have more or fewer.
    claimed, freed: values of unique fields that this case has from now on, or has no more.
    parts: who takes part otherwise than before: (part, actor, whether he holds it now).
    """

    case: Case
    entry: Entry
    beside: tuple[Beside, ...] = ()
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    claimed: frozenset[Claim] = frozenset()
    freed: frozenset[Claim] = frozenset()
    parts: frozenset[Part] = frozenset()

    @property
    def alone(self) -> bool:
        """Whether nothing is to be written but the case and its entry."""
        return not (self.beside or self.counts or self.claimed or self.freed or self.parts)

    @property
    def touched(self) -> frozenset[str]:
        """The cases that were there before and are written with this one."""
        moved = (each.before.id for each in self.beside if each.before is not None)
        return frozenset((*moved, *self.counts))


@dataclass(frozen=True, slots=True)
class Beside:
    """What a move does to another case: moves it, or opens it (there is none before)."""

    before: Case | None
    outcome: Outcome


class Draft:
    """A case being moved: its facts, and how they look to conditions after the move."""

    __slots__ = (
        "at",
        "case",
        "cycle",
        "expected",
        "facts",
        "ledgers",
        "measured",
        "party",
        "requested",
        "tier",
        "workflow",
        "world",
    )

    def __init__(
        self,
        workflow: Workflow,
        case: Case,
        world: World,
        at: datetime,
        ledgers: Mapping[str, Ledger],
    ) -> None:
        self.workflow = workflow
        self.case = case
        self.world = world
        self.at = at
        self.ledgers = ledgers
        self.requested: Request | None = None
        self.measured: Mapping[str, Ledger] | None = None
        self.facts: dict[str, Any] = dict(case.facts)
        self.tier = case.tier
        self.cycle = case.cycle
        self.party = case.party
        self.expected: frozenset[str] | None = None

    def phase(self, clock: str) -> ClockPhase:
        """Return the phase a clock was in before the move."""
        return clocks.phase(
            self.workflow.clocks[clock], self.ledgers.get(clock), self.case.state, self.at
        )

    def children(self, table: str) -> str:
        """Return whether the children of a table are settled, before the move."""
        return open_children(table, self.case, self.world.kin)


def conclude(
    draft: Draft, transition: Transition | None, call: Call, given: Given
) -> tuple[Outcome, list[Reason]]:
    """Return what follows from taking a transition (None: a clock only tells), and what is unmet.

    The outcome counts only if nothing is unmet.
    """
    case, facts = draft.case, draft.facts
    state = case.state
    unmet: list[Reason] = []
    if transition is not None:
        state = transition.dest or case.state
        if transition.request is None:  # a request's data is its own, and changes a ledger
            _apply_given(draft, given)
        _remember_who_acted(draft, transition, call.actor)
        for name in transition.records:
            if name in draft.world.records:
                facts["records." + name] = draft.world.records[name]
        for name in transition.clears:
            facts.pop("fields." + name, None)
        _count(draft, transition)
        draft.tier = _tier(draft, transition, state)
        _look_up(draft, state)
        unmet = [*_unmet(draft, state), *_unmet_by_kin(draft, transition.trigger, state, given)]
    owner = _owner(draft, state)
    after = _clocks(draft, transition, call, state, given)
    told = _told(draft, transition, call, owner)
    return _outcome(draft, call, state, owner, after, told=told, given=given), unmet


def settle_in(draft: Draft) -> list[Reason]:
    """Make a case under new rules what its state asks: tier, who is looked up; return what is
    unmet.
    """
    state = draft.case.state
    declared = draft.workflow.document
    tiers = [draft.case.tier or next(iter(declared.tiers), None), declared.states[state].tier]
    draft.tier = max(tiers, key=draft.workflow.tier_rank)
    _look_up(draft, state)
    return _unmet(draft, state)


def _apply_given(draft: Draft, given: Given) -> None:
    facts, fields = draft.facts, draft.workflow.document.fields
    for name, value in given.fields.items():
        long = fields[name].type == "text" and name not in draft.workflow.kept
        facts["fields." + name] = draft.case.revision + 1 if long else value
    for name, holders in given.participants.items():
        appoint(draft, name, holders)


def appoint(draft: Draft, name: str, holders: tuple[str, ...]) -> None:
    """Give a part to somebody; whoever had it before is remembered."""
    facts, key = draft.facts, "participants." + name
    if name == "recused":
        facts[key] = list(dict.fromkeys((*facts.get(key, ()), *holders)))
        _desks_for(draft, holders)
    elif draft.workflow.document.participants[name].count == "many":
        facts[key] = list(dict.fromkeys((*facts.get(key, ()), *holders)))
    else:
        before = facts.get(key)
        if before is not None and before != holders[0]:
            _remember(facts, name, before)
        facts[key] = holders[0]


def _desks_for(draft: Draft, recused: tuple[str, ...]) -> None:
    """Where a recused actor holds a part, his role's desk takes it, so that nobody is missing."""
    facts = draft.facts
    for name, participant in draft.workflow.document.participants.items():
        if participant.role is None:  # whom the parent binds, the parent replaces
            continue
        key, desk = "participants." + name, "@" + participant.role
        held = facts.get(key)
        if isinstance(held, list) and not set(held).isdisjoint(recused):
            facts[key] = [desk if each in recused else each for each in held]
        elif held in recused:
            facts[key] = desk
        else:
            continue
        for each in recused:
            _remember(facts, name, each)


def _remember(facts: dict[str, Any], name: str, who: str) -> None:
    """Keep who held a part or acted for it; a desk is nobody in particular."""
    ever = facts.get("held." + name, ())
    if who[:1] != "@" and who not in ever:
        facts["held." + name] = [*ever, who]


def _remember_who_acted(draft: Draft, transition: Transition, actor: Actor) -> None:
    """Keep who acted for a unit, a desk or somebody else, where a rule asks who ever did."""
    for name in transition.holders:
        if name in draft.workflow.watched:
            value = draft.case.facts.get("participants." + name)
            values = (value,) if isinstance(value, str) else value or ()
            if any(actor.holds(each) for each in values):
                for who in set(acting(actor)) - set(values):
                    _remember(draft.facts, name, who)


def _count(draft: Draft, transition: Transition) -> None:
    facts = draft.facts
    if transition.new_cycle:
        draft.cycle += 1
        facts["cycle"] = draft.cycle
        for key in [key for key in facts if key.startswith(("fired.", "clocks."))]:
            del facts[key]
    elif transition.trigger in draft.workflow.counted:
        key = "fired." + transition.trigger
        facts[key] = facts.get(key, 0) + 1


def _tier(draft: Draft, transition: Transition, state: str) -> str | None:
    document = draft.workflow.document
    lowest = document.tiers[0] if document.tiers else None
    reached = [draft.case.tier or lowest, transition.tier, document.states[state].tier]
    return max(reached, key=draft.workflow.tier_rank)


def _look_up(draft: Draft, state: str) -> None:
    """Appoint from the directory whom the state needs and nobody named."""
    for name in draft.workflow.sought[state]:
        if "participants." + name not in draft.facts:
            draft.facts["participants." + name] = _found(draft, name)


def _found(draft: Draft, name: str) -> str:
    """Return who is in charge, or stands in for him; else the only holder of the other role; else
    its desk.
    """
    participant = draft.workflow.document.participants[name]
    find, directory = participant.find, draft.world.directory
    assert find is not None, "only participants with a find are sought"
    recused = draft.facts.get("participants.recused", ())
    charge = draft.facts.get("fields." + find.in_charge_of)
    own = participant.role
    asked = [(own, str(charge))] if charge is not None and own is not None else []
    for role, of in (*asked, (find.otherwise, None)):
        holders = [who for who in directory.holders(role, of) if who not in recused]
        if len(holders) == 1 and (serving := _serving(draft, holders[0], recused)):
            return serving
    return "@" + find.otherwise


def _serving(draft: Draft, who: str, recused: Collection[str]) -> str | None:
    """Return who does somebody's work today: he, or whoever stands in for him while he is away."""
    day = draft.world.calendar.local_date(draft.at)
    for _ in range(MOST_DEPUTIES):
        absence = draft.world.directory.absence(who, day)
        if absence is None:
            return who
        if absence.deputy is None or absence.deputy in recused:
            return None
        who = absence.deputy
    return None


def _unmet(draft: Draft, state: str) -> list[Reason]:
    needs = draft.workflow.needs.get(state)
    if needs is None or needs.holds(draft):
        return []
    return [
        reasons.needs(state, ask.name, _so(ask, draft), ask.wanted()) for ask in needs.unmet(draft)
    ]


def _unmet_by_kin(draft: Draft, trigger: str, state: str, given: Given) -> Iterable[Reason]:
    rule = draft.workflow.document.states[state]
    yield from against_opening(draft.workflow, draft.case, state, trigger, given.participants)
    yield from against_leaving_rest(draft.case, rule.settled or rule.final, draft.world.kin)


def _so(ask: Ask, draft: Draft) -> str:
    present = ask.present(draft)
    return "missing" if present is None else shown(present)


def _owner(draft: Draft, state: str) -> str | None:
    owner = draft.workflow.document.states[state].owner
    if owner is None:
        return None
    if owner in draft.workflow.document.participants:
        held = draft.facts.get("participants." + owner)
        return str(held) if held is not None else None
    return "@" + owner


def _clocks(
    draft: Draft, transition: Transition | None, call: Call, state: str, given: Given
) -> dict[str, Ledger]:
    """Return the ledgers afterwards, and write into the facts those that changed."""
    rung = call.rung.rung.clock if call.rung is not None else None
    anew = transition is not None and transition.new_cycle
    changed: frozenset[str] = frozenset()
    if transition is not None and transition.request is None:
        changed = frozenset((*given.fields, *transition.clears))
    ledgers, requested = dict(draft.ledgers), None
    if draft.requested is not None:
        requested = draft.requested.step.clock
        ledgers[requested] = applied(draft.requested)
    if draft.measured is not None:
        ledgers = dict(draft.measured)
    reviewed = call.rung is not None and call.rung.rung.name == "review"
    if transition is None and not reviewed:
        after = ledgers
    else:
        step = Step(
            trigger=call.trigger,
            state=state,
            at=call.at,
            entered=state != draft.case.state or draft.case.revision == 0 or anew,
            new_cycle=anew,
            changed=changed,
            requested=rung if reviewed else requested,
        )
        after = clocks.advance(draft.workflow, ledgers, step, draft, draft.world.calendar)
    for name, ledger in after.items():
        if (
            ledger is not draft.ledgers.get(name)
            or name == rung
            or "clocks." + name not in draft.facts
        ):
            draft.facts["clocks." + name] = ledger.as_fact()
    return after


def _told(
    draft: Draft, transition: Transition | None, call: Call, owner: str | None
) -> tuple[str, ...]:
    """Return who is to be notified: names resolved to ids, desks and the party, as it is now."""
    names: list[str] = list(transition.tell if transition is not None else call.tell)
    if call.rung is not None:
        rules, rung = draft.workflow.clocks[call.rung.rung.clock], call.rung.rung
        warned = rung.name.startswith("warn.")
        names += rules.warn[int(rung.name[5:])].tell if warned else rules.tell
    recused = draft.facts.get("participants.recused", ())  # D19: he hears nothing of the matter
    return tuple(dict.fromkeys(who for who in _resolved(draft, names, owner) if who not in recused))


def _resolved(draft: Draft, names: Iterable[str], owner: str | None) -> Iterable[str]:
    for name in names:
        if name == "owner":
            last = owner or draft.case.owner  # a case that has ended has none any more
            yield from [last] if last else []
        elif name == "party":
            yield from [draft.party] if draft.party else []
        elif name in draft.workflow.document.roles:
            yield "@" + name
        else:
            for facts in (draft.facts, draft.case.facts):  # also who has just been replaced
                held = facts.get("participants." + name, ())
                yield from (held,) if isinstance(held, str) else held


def _outcome(
    draft: Draft,
    call: Call,
    state: str,
    owner: str | None,
    after: Mapping[str, Ledger],
    *,
    told: tuple[str, ...],
    given: Given,
) -> Outcome:
    case, workflow, calendar = draft.case, draft.workflow, draft.world.calendar
    final = workflow.document.states[state].final
    if workflow.document.states[state].settled:
        draft.facts["rest"] = True
    else:
        draft.facts.pop("rest", None)
    rung = None if final else clocks.next_rung(workflow, after, state, calendar)
    moved = Case(
        id=case.id,
        workflow=case.workflow,
        document=workflow.digest,  # its own, but for a migration
        state=state,
        tier=draft.tier,
        owner=owner,
        party=case.party,
        parent_id=case.parent_id,
        opened_at=case.opened_at,
        changed_at=call.at,
        due_at=None if final else clocks.earliest_due(workflow, after, state),
        wake_at=rung.at if rung else None,
        finished_at=call.at if final else None,
        unsettled=case.unsettled,
        sealed=state in workflow.sealing,
        revision=case.revision + 1,
        head=case.head,
        facts=MappingProxyType(draft.facts),
    )
    before = snapshot(case) if case.revision else {}
    entry = Entry(
        case_id=case.id,
        revision=moved.revision,
        at=call.at,
        trigger=call.trigger,
        source=case.state if case.revision else None,
        dest=state,
        actor=call.actor.id,
        on_behalf_of=call.actor.on_behalf_of,
        key=call.key,
        rung=call.rung.as_fact() if call.rung is not None else None,
        told=told,
        changes=_changes(before, snapshot(moved)),
        details=given.details(),
    )
    was = claims_of(workflow, case) if case.revision else frozenset()
    is_ = claims_of(workflow, moved)
    parts = parts_of(draft.facts) - (parts_of(case.facts) if case.revision else frozenset())
    return Outcome(moved, entry, claimed=is_ - was, freed=was - is_, parts=parts)


def parts_of(facts: Mapping[str, Any]) -> frozenset[Part]:
    """Return who holds a part of a case, and who held it or acted for whoever did."""
    parts: dict[tuple[str, str], bool] = {}
    for prefix, is_open in (("held.", False), ("participants.", True)):
        for key, value in facts.items():
            if key.startswith(prefix):
                who = (value,) if isinstance(value, str) else value
                parts |= {(key[len(prefix) :], each): is_open for each in who}
    return frozenset((role, actor, is_open) for (role, actor), is_open in parts.items())


def claims_of(workflow: Workflow, case: Case) -> frozenset[Claim]:
    """Return the values of unique fields that nobody else may have while this case is open."""
    if case.finished or not workflow.unique:
        return frozenset()
    found = ((name, case.facts.get("fields." + name)) for name in workflow.unique)
    return frozenset((name, str(value)) for name, value in found if value is not None)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    changed = {
        name: value
        for name, value in after.items()
        if (was := before.get(name, _ABSENT)) is not value
        and (was != value or type(was) is not type(value))
    }
    return Changes(changed, tuple(name for name in before if name not in after))
