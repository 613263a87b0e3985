"""Resolving: turns a document whose words fit together into the rules the machine goes by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flowcase.terms import Term
from flowcase.workflows import language
from flowcase.workflows.facts import Ask, Condition, Reader
from flowcase.workflows.rules import (
    ClockRules,
    RequestKind,
    RequestRules,
    RequestStep,
    RequestVerb,
    TermOption,
    Transition,
    Warn,
    Workflow,
)


def resolve(document: language.Document, raw: bytes, reader: Reader) -> Workflow:
    """Return the rules a document makes; what `reader` cannot read goes to its findings."""
    written = [
        _transition(document, index, rule, reader)
        for index, rule in enumerate(document.transitions)
    ]
    transitions = (*written, *_requests(document, len(written), reader))
    clocks = {
        name: _clock(index, name, rule, reader)
        for index, (name, rule) in enumerate(document.clocks.items())
    }
    needs = {
        name: condition
        for name, state in document.states.items()
        if (condition := reader.condition(state.needs, f"states.{name}.needs"))
    }
    for place, patterns in (
        ("possible", document.guarantees.possible),
        ("impossible", document.guarantees.impossible),
    ):
        for number, pattern in enumerate(patterns):
            reader.condition(pattern.when, f"guarantees.{place}[{number}].when")
    return Workflow(
        document=document,
        digest=hashlib.sha256(raw).hexdigest(),
        text=raw.decode(),
        transitions=transitions,
        moves=_moves(document, transitions),
        clocks=MappingProxyType(clocks),
        needs=MappingProxyType(needs),
        intake=_transition(document, -1, _intake(document), reader),
        sought={name: _sought(document, name, needs.get(name)) for name in document.states},
        kept=frozenset(
            (
                *(each.find.in_charge_of for each in document.participants.values() if each.find),
                *(each.party for each in document.successors.values() if each.party),
            )
        ),
        measuring=frozenset(name for each in clocks.values() for name in each.reads),
        stepping=frozenset(
            name for each in clocks.values() for name in (*each.starts_on, *each.stops_on)
        ),
        request_fields={
            each.request.trigger: each.request.fields for each in transitions if each.request
        },
        counted=_counted(transitions, needs.values()),
        watched=_watched(document, transitions),
        sealing=_sealing(document, needs),
    )


def _watched(document: language.Document, transitions: Iterable[Transition]) -> frozenset[str]:
    """Return the participants whose past holders count; of a child all do, its parent may ask."""
    if "parent" in document.intake.by:
        return frozenset(document.participants)
    return frozenset(name for each in transitions for name in each.not_holders)


def _sealing(document: language.Document, needs: Mapping[str, Condition]) -> frozenset[str]:
    """Return the states in which children stay as they are."""
    if not document.children:
        return frozenset()
    final = [name for name, state in document.states.items() if state.final]
    asking = [name for name, asked in needs.items() if any(map(_settles, asked.asks()))]
    return frozenset((*final, *asking))


def _settles(ask: Ask) -> bool:
    return ask.kind == "children" and "settled" in (ask.among or ())


def _intake(document: language.Document) -> language.Transition:
    """Return `[intake]` as the transition it is: the one before the first."""
    intake = document.intake
    return language.Transition(
        trigger="open",
        source=[],
        dest=intake.dest,
        by=intake.by,
        requires=intake.requires,
        accepts=intake.accepts,
        tell=intake.tell,
    )


def _sought(document: language.Document, state: str, needs: Condition | None) -> tuple[str, ...]:
    """Return the participants a state cannot do without and the directory can tell."""
    asked = (
        [ask.name for ask in needs.asks() if ask.kind == "participants" and ask.presence]
        if needs
        else []
    )
    owner = document.states[state].owner
    names = dict.fromkeys([*asked, *([owner] if owner else [])])
    return tuple(
        name for name in names if name in document.participants and document.participants[name].find
    )


def _counted(transitions: Iterable[Transition], needs: Iterable[Condition]) -> frozenset[str]:
    limited = [each.trigger for each in transitions if each.times]
    conditions = [
        condition
        for each in transitions
        for condition in (each.when, each.unless)
        if condition is not None
    ]
    asked = [
        ask.name
        for condition in (*conditions, *needs)
        for ask in condition.asks()
        if ask.kind == "fired"
    ]
    return frozenset((*limited, *asked))


def _moves(
    document: language.Document, transitions: Iterable[Transition]
) -> Mapping[str, Mapping[str, tuple[Transition, ...]]]:
    moves: dict[str, dict[str, tuple[Transition, ...]]] = {name: {} for name in document.states}
    for transition in transitions:
        for source in transition.sources:
            if source in moves:
                at = moves[source]
                at[transition.trigger] = (*at.get(transition.trigger, ()), transition)
    return MappingProxyType({name: MappingProxyType(at) for name, at in moves.items()})


def _transition(
    document: language.Document, index: int, rule: language.Transition, reader: Reader
) -> Transition:
    path = f"transitions[{index}]({rule.trigger})"
    sources = (
        tuple(name for name, state in document.states.items() if not state.final)
        if rule.source == "*"
        else tuple(rule.source)
    )
    participants = document.participants
    return Transition(
        index=index,
        trigger=rule.trigger,
        sources=sources,
        dest=rule.dest,
        by=tuple(rule.by),
        holders=tuple(name for name in rule.by if name in participants),
        roles=frozenset(name for name in rule.by if name in document.roles),
        not_holders=tuple(name for name in rule.not_by if name in participants),
        not_roles=frozenset(name for name in rule.not_by if name in document.roles),
        requires=tuple(rule.requires),
        accepts=tuple(rule.accepts),
        data=frozenset((*rule.requires, *rule.accepts)),
        when=reader.condition(rule.when, f"{path}.when"),
        unless=reader.condition(rule.unless, f"{path}.unless"),
        guards=tuple(rule.guards),
        times=rule.times,
        clears=tuple(rule.clears),
        new_cycle=rule.new_cycle,
        tier=rule.tier,
        tell=tuple(rule.tell),
    )


def _requests(document: language.Document, first: int, reader: Reader) -> Iterator[Transition]:
    """Return the transitions by which extensions and suspensions are asked and decided."""
    index = first
    for name, clock in document.clocks.items():
        kinds: tuple[tuple[RequestKind, language.Extension | language.Suspension | None], ...] = (
            ("extension", clock.extension),
            ("suspension", clock.suspension),
        )
        for kind, table in kinds:
            if table is None:
                continue
            for verb in _VERBS[kind]:
                step = _request_step(name, kind, verb, table)
                rule = _request_rule(document, step, clock.runs_in, table)
                yield replace(
                    _transition(document, index, rule, reader), trigger=step.trigger, request=step
                )
                index += 1


_VERBS: Mapping[RequestKind, tuple[RequestVerb, ...]] = {
    "extension": ("ask", "grant", "refuse"),
    "suspension": ("ask", "grant", "refuse", "resume"),
}


def _request_step(
    clock: str,
    kind: RequestKind,
    verb: RequestVerb,
    table: language.Extension | language.Suspension,
) -> RequestStep:
    early = table.ask_before_due if isinstance(table, language.Extension) else None
    rules = RequestRules(
        times=table.times,
        at_most=_term(table.at_most),
        total=_term(table.total) if isinstance(table, language.Suspension) else None,
        ask_before_due=_term(early) if early else None,
    )
    length: dict[str, language.AnyField] = (
        {
            rules.unit: language.IntegerField(
                type="integer", at_least=1, at_most=rules.at_most.amount
            )
        }
        if kind == "extension"
        else {"review_on": language.DateField(type="date")}
    )
    reason: dict[str, language.AnyField] = {"reason": language.TextField(type="text")}
    return RequestStep(
        trigger=f"{clock}.resume" if verb == "resume" else f"{clock}.{verb}_{kind}",
        clock=clock,
        kind=kind,
        verb=verb,
        rules=rules,
        fields={**length, **reason} if verb in ("ask", "grant") else reason,
    )


def _request_rule(
    document: language.Document,
    step: RequestStep,
    states: list[str],
    table: language.Extension | language.Suspension,
) -> language.Transition:
    """Return a request's step as the transition it is: internal, for those the table names."""
    length = [name for name in step.fields if name != "reason"]
    asking = step.verb == "ask"
    resuming = step.verb == "resume"
    workers = [name for name in table.ask if name in document.participants]
    return language.Transition(
        trigger="request",  # the name is the step's own
        source=states,
        by=list(dict.fromkeys((*table.ask, *table.decide)))
        if resuming
        else table.ask
        if asking
        else table.decide,
        not_by=[] if asking or resuming else workers,
        requires=[*length, "reason"] if asking else ["reason"] if step.verb == "refuse" else [],
        accepts=[] if asking or step.verb == "refuse" else [*length, "reason"],
        tell=list(dict.fromkeys([*(table.decide if asking else table.ask), *table.tell])),
    )


def _clock(index: int, name: str, rule: language.ClockRule, reader: Reader) -> ClockRules:
    terms = tuple(
        _term_option(option, reader, f"clocks.{name}.terms[{number}]")
        for number, option in enumerate(rule.terms)
    )
    asked = [ask.name for option in terms if option.when for ask in option.when.asks()]
    return ClockRules(
        index=index,
        name=name,
        runs_in=frozenset(rule.runs_in),
        pauses_in=frozenset(rule.pauses_in),
        starts_on=frozenset(rule.starts_on),
        stops_on=frozenset(rule.stops_on),
        terms=terms,
        warn=tuple(Warn(_term(warn.before), tuple(warn.tell)) for warn in rule.warn),
        on_due=rule.on_due,
        tell=tuple(rule.tell),
        repeat=_term(rule.repeat) if rule.repeat else None,
        repeat_fires=bool(rule.repeat and rule.repeat.fire),
        extension=_request_step(name, "extension", "ask", rule.extension).rules
        if rule.extension
        else None,
        reads=frozenset([*asked, *(option.until for option in terms if option.until)]),
        follows=frozenset(option.clock for option in terms if option.clock),
    )


def _term_option(rule: language.TermRule, reader: Reader, path: str) -> TermOption:
    options: dict[str, Any] = {
        "counts_from": rule.counts_from,
        "ends": rule.ends,
        "roll": rule.roll,
    }
    amount: dict[str, Any] = {
        unit: getattr(rule, unit)
        for unit in language.Span.model_fields
        if getattr(rule, unit) is not None
    }
    return TermOption(
        when=reader.condition(rule.when, f"{path}.when"),
        term=Term(**amount, **options) if amount else None,
        until=rule.until,
        clock=rule.clock,
        before=_term(rule.before) if rule.before else None,
        after=_term(rule.after) if rule.after else None,
        at_least=_term(rule.at_least) if rule.at_least else None,
        options=MappingProxyType(options),
    )


def _term(span: language.Span | language.Distance) -> Term:
    amount: dict[str, Any] = {**span.units()}
    return Term(**amount)
