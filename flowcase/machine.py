"""The machine: decides whether a trigger may be fired. Pure; the only user of transitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from transitions import EventData, Machine, State

from flowcase import reasons, requests
from flowcase.case import Actor, Case, Move, Verdict
from flowcase.clocks import Rung, next_rung, rang, settled
from flowcase.data import NOTHING, hint
from flowcase.errors import Conflict, FlowcaseError, Reason, Refused
from flowcase.guards import Guard
from flowcase.kin import against_references
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.outcome import Call, Draft, Outcome, Ringing, World, conclude
from flowcase.question import Asked, Wondered, holding
from flowcase.workflows.rules import Transition, Workflow

CLOCK = Actor("clock")

#: Codes of reasons that are about who asks.
_WHO = ("role", "separation", "recused")


@dataclass(frozen=True, slots=True)
class NotRung:
    """A rung whose moment has come and that could not ring, and why."""

    rung: Rung
    reason: str


class _Table(Machine):
    """A transitions machine that never imports what a name says: callables only."""

    @staticmethod
    def resolve_callable(func: Any, event_data: EventData) -> Any:
        return func


class _Carrier:
    """What a transitions event is fired on, and thrown away after."""

    __slots__ = ("_state", "asked")

    def __init__(self, state: str, asked: Asked) -> None:
        self._state = state
        self.asked = asked


class RuleBook:
    """A workflow made ready to decide with: one per document digest, shared by all threads."""

    __slots__ = ("_events", "guards", "workflow")

    def __init__(self, workflow: Workflow, guards: Mapping[str, Guard]) -> None:
        self.workflow = workflow
        self.guards = guards
        table = _Table(
            model=None,
            states=[State(name) for name in workflow.document.states],
            initial=workflow.document.intake.dest,
            auto_transitions=False,  # or anyone could jump with to_closed()
            send_event=True,  # conditions get the event, so they can tell why not
            queued=False,  # one event on one carrier; nothing to queue
            ordered_transitions=False,
            model_attribute="_state",  # no trigger can be called so: words begin with a letter
            ignore_invalid_triggers=False,
        )
        for transition in workflow.transitions:
            table.add_transition(
                transition.trigger,
                list(transition.sources),
                transition.dest,  # None: internal, the state is kept
                conditions=[_condition(transition)],
            )
        self._events = table.events

    def choose(self, asked: Asked) -> Transition | None:
        """Return the first transition, in the document's order, that nothing speaks against."""
        self._events[asked.call.trigger].trigger(_Carrier(asked.case.state, asked))
        return asked.chosen


def _condition(transition: Transition) -> Callable[[EventData], bool]:
    """Return the condition of a transition: true if nothing speaks against it, or it says what."""

    def nothing_against(event: EventData) -> bool:
        carrier = event.model
        assert isinstance(carrier, _Carrier), "only our carriers are fired on"
        asked = carrier.asked
        against = asked.against(transition)
        if against:
            asked.refusals.append((transition, against))
            return False
        asked.chosen = transition
        return True

    return nothing_against


def decide(book: RuleBook, case: Case, call: Call, world: World) -> Outcome:
    """Decide a call on a case. Errors: Refused with every reason."""
    asked = Asked(book.workflow, book.guards, case, call, world)
    transition = _taken(book, asked)
    against = [*asked.invalid, *_data_against(asked, transition)]
    draft = Draft(book.workflow, case, world, call.at, asked.ledgers)
    if transition.request is not None and not against:
        draft.requested = asked.request(transition.request)
    outcome, unmet = conclude(draft, transition, call, asked.given)
    if against or unmet:
        told = {reason.about for reason in against}
        raise refused(
            book.workflow, [*against, *(each for each in unmet if each.about not in told)]
        )
    return outcome


def _taken(book: RuleBook, asked: Asked) -> Transition:
    """Return the transition to take. Errors: Refused if there is none."""
    workflow, state, trigger = asked.workflow, asked.case.state, asked.call.trigger
    if trigger not in workflow.moves[state]:
        if not any(trigger in moves for moves in workflow.moves.values()):
            known = {each.trigger for each in workflow.transitions}
            raise refused(workflow, [reasons.unknown_trigger(trigger, known)])
        possible = possible_from(workflow, state)
        raise refused(workflow, [reasons.wrong_state(trigger, state, possible)])
    chosen = book.choose(asked)
    if chosen is None:
        raise refused(workflow, [*asked.invalid, *_nearest(asked)])
    return chosen


def possible_from(workflow: Workflow, state: str) -> list[str]:
    """Return the triggers somebody may fire in a state."""
    return [
        trigger
        for trigger, transitions in workflow.moves[state].items()
        if not all(each.by_clock or each.by_parent_alone for each in transitions)
    ]


def _nearest(asked: Asked) -> list[Reason]:
    """Return the reasons against the alternatives that were open to this actor, or against all."""
    ranked = [
        (sum(reason.code in _WHO for reason in against), transition, against)
        for transition, against in asked.refusals
    ]
    least = min(rank for rank, _, _ in ranked)
    found: list[Reason] = []
    given = asked.given.names
    for rank, transition, against in ranked:
        if rank > least:
            continue
        if least and len(ranked) > 1:  # nobody's business: what else is asked there is noise
            found += [reason for reason in against if reason.code in _WHO]
            continue
        awaited = {name for name in transition.requires if name not in given}
        found += [
            reasons.missing_data(reason.about, hint(asked.workflow, reason.about))
            if reason.code == "when" and reason.about in awaited
            else reason
            for reason in against
        ]
    return found


def _data_against(asked: Asked, transition: Transition) -> list[Reason]:
    """Return what is missing from, or too much in, the data for the transition taken."""
    workflow, given = asked.workflow, asked.given
    bad = {reason.about for reason in asked.invalid}
    found = [
        reasons.missing_data(name, hint(workflow, name, asked.own))
        for name in transition.requires
        if name not in given.names and name not in bad
    ]
    if transition.request is not None:
        return [
            *found,
            *requests.data_against(asked.request(transition.request), asked.world.calendar),
        ]
    found += [
        reasons.unexpected_data(name, (*transition.requires, *transition.accepts))
        for name in sorted(given.names - transition.data)
    ]
    for name, holders in given.participants.items():
        found += holders_against(workflow, asked.case, asked.world, name, holders)
    found += against_references(workflow, asked.case, given.fields, asked.world.kin)
    changed = workflow.measuring.intersection((*given.fields, *transition.clears))
    if changed and not transition.new_cycle:
        found += _measure_against(asked, changed)
    return found


def _measure_against(asked: Asked, changed: frozenset[str]) -> list[Reason]:
    """Return what speaks against changing fields that clocks are measured by."""
    found = []
    for rules in asked.workflow.clocks.values():
        names, now = rules.reads & changed, asked.phase(rules.name)
        if names and now not in ("not_started", "running", "paused"):
            found += [reasons.term_fixed(name, rules.name, now) for name in sorted(names)]
    return found


def holders_against(
    workflow: Workflow, case: Case, world: World, name: str, holders: tuple[str, ...]
) -> list[Reason]:
    """Return what speaks against giving a part to somebody: recusal, or not holding its role."""
    if name == "recused":
        principal = world.directory.principal(case.party) if case.party is not None else None
        found = [reasons.own_matter(who) for who in holders if who == principal]
        return [*found, *(reasons.bound(who) for who in holders if _is_bound(workflow, case, who))]
    role = workflow.document.participants[name].role
    assert role is not None, "what the parent binds is not given"
    recused = case.facts.get("participants.recused", ())
    found = [reasons.recused(who) for who in holders if who in recused]
    found += [
        reasons.not_in_role(name, who, role)
        for who in holders
        if world.directory.is_holder(who, role) is False
    ]
    return found


def _is_bound(workflow: Workflow, case: Case, who: str) -> bool:
    """Whether somebody holds a part through the parent."""
    return any(
        participant.role is None and who in holding(case.facts, name)
        for name, participant in workflow.document.participants.items()
    )


def may(book: RuleBook, case: Case, call: Call, world: World) -> Verdict:
    """Answer whether a call would be taken, or every reason why not; data may still be missing."""
    asked = Wondered(book.workflow, book.guards, case, call, world)
    try:
        transition = _taken(book, asked)
    except Refused as no:
        return Verdict(False, no.reasons)
    against = [
        reason
        for reason in (*asked.invalid, *_data_against(asked, transition))
        if reason.code != "missing_data"
    ]
    draft = Draft(book.workflow, case, world, call.at, asked.ledgers)
    _, unmet = conclude(draft, transition, call, asked.given)
    awaited = transition.data - asked.given.names
    against += [reason for reason in unmet if reason.about not in awaited]
    return Verdict(not against, refused(book.workflow, against).reasons)


def available(
    book: RuleBook, case: Case, actor: Actor | None, at: datetime, world: World
) -> list[Move]:
    """Return the triggers `actor` may fire now; with None, those somebody may fire."""
    moves = []
    for trigger, transitions in book.workflow.moves[case.state].items():
        asked = Wondered(
            book.workflow, book.guards, case, Call(trigger, actor or CLOCK, at, {}), world
        )
        people = [each for each in transitions if not each.by_clock and not each.by_parent_alone]
        open_ = [each for each in people if _open(asked, each, actor)]
        if open_:
            moves.append(_move(case, trigger, open_))
    return moves


def _open(asked: Wondered, transition: Transition, actor: Actor | None) -> bool:
    """Whether nothing speaks against a transition but what its data may still put right."""
    against = asked.against(transition)
    if actor is None:
        against = [each for each in against if each.code not in (*_WHO, "guard")]
    if against:
        return False
    draft = Draft(asked.workflow, asked.case, asked.world, asked.call.at, asked.ledgers)
    _, unmet = conclude(draft, transition, asked.call, NOTHING)
    return all(reason.about in transition.data for reason in unmet)


def _move(case: Case, trigger: str, transitions: list[Transition]) -> Move:
    def merged(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for words in lists for word in words))

    first = transitions[0]
    always = [name for name in first.requires if all(name in each.requires for each in transitions)]
    some = merged([each.requires + each.accepts for each in transitions])
    return Move(
        trigger=trigger,
        dests=tuple(dict.fromkeys(each.dest or case.state for each in transitions)),
        by=merged([each.by for each in transitions]),
        requires=tuple(always),
        accepts=tuple(name for name in some if name not in always),
    )


def next_due(book: RuleBook, case: Case, world: World) -> Rung | None:
    """Return the rung of a case that rings next; None if it is finished or has no clock."""
    if case.finished:
        return None
    ledgers = read_ledgers(case.facts, book.workflow)
    return next_rung(book.workflow, ledgers, case.state, world.calendar)


def ring(
    book: RuleBook,
    case: Case,
    at: datetime,
    world: World,
    refused_before: frozenset[Rung] = frozenset(),
) -> Outcome | NotRung | datetime | None:
    """Ring the next rung of a case if its moment has come; else return that moment, or None.

    refused_before: rungs that could not ring just now, and hold up no others. A rung that is
    refused now is returned with its reason; nothing rang then.
    """
    if case.finished:
        return None
    ledgers = read_ledgers(case.facts, book.workflow)
    rung = next_rung(book.workflow, ledgers, case.state, world.calendar, refused_before)
    if rung is None or rung.at > at:
        return None if rung is None else rung.at
    try:
        return _rung(book, case, at, world, ledgers, rung)
    except Conflict:
        raise  # the database's, while it was asked: the whole batch is to be taken again
    except FlowcaseError as error:  # refused, or its guard or calendar has no answer
        return NotRung(rung, str(error))


def _rung(
    book: RuleBook,
    case: Case,
    at: datetime,
    world: World,
    ledgers: dict[str, Ledger],
    rung: Rung,
) -> Outcome:
    rules = book.workflow.clocks[rung.clock]
    ringing = Ringing(rung, max(0, int((at - rung.at).total_seconds())))
    fires = rules.on_due is not None and (
        rung.name == "due" or (rung.name == "repeat" and rules.repeat_fires)
    )
    if fires:
        assert rules.on_due is not None
        return decide(book, case, Call(rules.on_due, CLOCK, at, {}, rung=ringing), world)
    draft = Draft(book.workflow, case, world, at, ledgers)
    if rung.name == "provisional":
        ledgers[rung.clock] = settled(book.workflow, ledgers, rung.clock, draft, world.calendar)
    ledgers[rung.clock] = rang(ledgers[rung.clock], rung, at)
    call = Call("ring", CLOCK, at, {}, rung=ringing)
    outcome, _ = conclude(draft, None, call, NOTHING)
    return outcome


def refused(workflow: Workflow, found: Iterable[Reason]) -> Refused:
    """Return the refusal, each reason once, the document's words in Chinese by their titles."""
    once = dict.fromkeys(found)
    return Refused(reasons.in_chinese(once, lambda word: workflow.title(word, "zh")))
