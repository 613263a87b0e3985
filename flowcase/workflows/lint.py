"""Findings: which words of a document do not fit together. Every finding at once, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowcase.errors import Finding
from flowcase.workflows.language import RESERVED, RESERVED_TRIGGERS, ClockRule, Document, Transition


def findings_in(document: Document) -> list[Finding]:
    """Return everything wrong with a document whose grammar is right."""
    found: list[Finding] = []
    for judge in (
        _names,
        _intake,
        _people,
        _states,
        _clocks,
        _transitions,
        _fields,
        _guarantees,
        _closed_loop,
    ):
        found += [finding for finding in judge(document) if finding not in found]
    return found


def _unknown(
    path: str, words: Iterable[str], known: Iterable[str], what: str, *, also: str = ""
) -> Iterator[Finding]:
    choices = sorted(set(known))
    for word in words:
        if word not in choices:
            listed = ", ".join(choices[:30]) or "none"
            yield Finding(path, f"no {what} is called {word!r}; known: {listed}{also}")


def _place(index: int, transition: Transition) -> str:
    return f"transitions[{index}]({transition.trigger})"


def _names(document: Document) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for kind in ("roles", "participants", "fields"):
        for word in getattr(document, kind):
            if word in RESERVED:
                yield Finding(
                    f"{kind}.{word}", f"{word!r} has a meaning of its own; choose another word"
                )
            if word in seen:
                yield Finding(
                    f"{kind}.{word}",
                    f"{word!r} is already one of the {seen[word]}; one word, one meaning",
                )
            seen.setdefault(word, kind)
    for index, transition in enumerate(document.transitions):
        if transition.trigger in RESERVED_TRIGGERS:
            yield Finding(
                _place(index, transition), f"{transition.trigger!r} is the engine's own entry"
            )
    triggers = {transition.trigger for transition in document.transitions}
    yield from _unknown("triggers", document.triggers, triggers, "trigger of a transition")


def _actors(document: Document) -> list[str]:
    return [*document.roles, *document.participants]


def _told(document: Document) -> list[str]:
    return [*_actors(document), "owner", "party"]


def _given(document: Document) -> list[str]:
    return [*document.fields, *document.participants]


def _intake(document: Document) -> Iterator[Finding]:
    intake = document.intake
    yield from _unknown("intake.dest", [intake.dest], document.states, "state")
    by = [name for name in intake.by if name not in ("party", "anyone", "parent")]
    yield from _unknown("intake.by", by, document.roles, "role", also=", party, anyone, parent")
    yield from _unknown(
        "intake.requires", intake.requires, _given(document), "field or participant"
    )
    yield from _unknown("intake.accepts", intake.accepts, _given(document), "field or participant")
    yield from _both("intake", intake.requires, intake.accepts)
    yield from _unknown(
        "intake.tell", intake.tell, _told(document), "role or participant", also=", owner, party"
    )
    if intake.register_ is not None:
        yield from _unknown("intake.register", [intake.register_], document.registers, "register")
        if intake.party != "required":
            yield Finding("intake.party", 'only admitted parties may open, so party = "required"')
    if "party" in intake.by and intake.party != "required":
        yield Finding("intake.by", 'the party opens it, so party = "required"')
    if intake.from_ and intake.until and intake.until < intake.from_:
        yield Finding("intake.until", f"ends on {intake.until}, before it begins on {intake.from_}")


def _both(path: str, requires: Iterable[str], accepts: Iterable[str]) -> Iterator[Finding]:
    for word in set(requires) & set(accepts):
        yield Finding(f"{path}.accepts", f"{word!r} is required already; name it once")


def _people(document: Document) -> Iterator[Finding]:
    for name, participant in document.participants.items():
        path = f"participants.{name}"
        if participant.role is not None:
            yield from _unknown(f"{path}.role", [participant.role], document.roles, "role")
        if participant.find is None:
            continue
        yield from _unknown(
            f"{path}.find.otherwise", [participant.find.otherwise], document.roles, "role"
        )
        yield from _unknown(
            f"{path}.find.in_charge_of", [participant.find.in_charge_of], document.fields, "field"
        )
        field = document.fields.get(participant.find.in_charge_of)
        if field is not None and field.type not in ("choice", "text"):
            yield Finding(
                f"{path}.find.in_charge_of", f"is a {field.type}; staff are in charge of words"
            )
        if participant.count == "many":
            yield Finding(f"{path}.find", 'looks up one holder, so count = "one"')


def _states(document: Document) -> Iterator[Finding]:
    for name, state in document.states.items():
        path = f"states.{name}"
        if state.owner is not None:
            yield from _unknown(
                f"{path}.owner", [state.owner], _actors(document), "role or participant"
            )
            participant = document.participants.get(state.owner)
            if participant is not None and participant.count == "many":
                yield Finding(
                    f"{path}.owner", f"{state.owner!r} may be several; exactly one is accountable"
                )
            if (
                participant is not None
                and not participant.find
                and not _needed(state.needs, state.owner)
            ):
                yield Finding(
                    f"{path}.owner",
                    f'{state.owner!r} may be missing here: let needs say {state.owner} = "given", '
                    "or give the participant a find",
                )
        if state.tier is not None:
            yield from _unknown(f"{path}.tier", [state.tier], document.tiers, "tier")
        if state.final and state.owner:
            yield Finding(
                f"{path}.owner", "nobody is accountable for what is finished; leave it out"
            )


def _needed(needs: list[dict[str, object]] | None, name: str) -> bool:
    return needs is not None and all(table.get(name) == "given" for table in needs)


def _clocks(document: Document) -> Iterator[Finding]:
    order = list(document.clocks)
    for name, clock in document.clocks.items():
        path = f"clocks.{name}"
        for key, states in (("runs_in", clock.runs_in), ("pauses_in", clock.pauses_in)):
            yield from _unknown(f"{path}.{key}", states, document.states, "state")
            for state in states:
                if state in document.states and document.states[state].final:
                    yield Finding(f"{path}.{key}", f"{state!r} is final; no clock runs in it")
        for state in set(clock.runs_in) & set(clock.pauses_in):
            yield Finding(f"{path}.pauses_in", f"in {state!r} it either runs or stands")
        triggers = {transition.trigger for transition in document.transitions}
        yield from _unknown(f"{path}.starts_on", clock.starts_on, triggers | {"open"}, "trigger")
        yield from _unknown(f"{path}.stops_on", clock.stops_on, triggers, "trigger")
        for key, told in (
            ("tell", clock.tell),
            *((f"warn[{i}].tell", w.tell) for i, w in enumerate(clock.warn)),
        ):
            yield from _unknown(
                f"{path}.{key}", told, _told(document), "role or participant", also=", owner, party"
            )
        yield from _requests(document, path, clock)
        yield from _rings(document, path, clock)
        yield from _terms(document, path, clock, order[: order.index(name)])


def _requests(document: Document, path: str, clock: ClockRule) -> Iterator[Finding]:
    for kind, table in (("extension", clock.extension), ("suspension", clock.suspension)):
        if table is None:
            continue
        where = f"{path}.{kind}"
        for key, names in (("ask", table.ask), ("decide", table.decide)):
            yield from _unknown(f"{where}.{key}", names, _actors(document), "role or participant")
        yield from _unknown(
            f"{where}.tell",
            table.tell,
            _told(document),
            "role or participant",
            also=", owner, party",
        )
        for name in set(table.ask) & set(table.decide):
            yield Finding(f"{where}.decide", f"{name!r} asks for it; somebody else decides")
    if clock.extension is not None:
        early = clock.extension.ask_before_due
        if early is not None and early.workdays is None:
            yield Finding(f"{path}.extension.ask_before_due", "is counted in working days")
    if clock.suspension is not None:
        units = {*clock.suspension.at_most.units(), *clock.suspension.total.units()}
        if len(units) > 1 or "hours" in units:
            yield Finding(
                f"{path}.suspension", "at_most and total are both in workdays, or both in days"
            )


def _rings(document: Document, path: str, clock: ClockRule) -> Iterator[Finding]:
    if clock.on_due is None:
        if clock.repeat and clock.repeat.fire:
            yield Finding(f"{path}.repeat", "there is no on_due to fire again")
        if not clock.tell:
            yield Finding(path, "rings without effect: name an on_due or whom to tell")
        return
    taking = {
        source
        for transition in document.transitions
        if transition.trigger == clock.on_due and "clock" in transition.by
        for source in (document.states if transition.source == "*" else transition.source)
    }
    if not taking:
        yield Finding(f"{path}.on_due", f'no transition {clock.on_due!r} is by = ["clock"]')
        return
    for state in clock.runs_in:
        if state in document.states and state not in taking:
            yield Finding(
                f"{path}.on_due",
                f"in state {state!r} the clock would ring into a refusal: no transition "
                f"{clock.on_due!r} by the clock begins there",
            )


def _terms(
    document: Document, path: str, clock: ClockRule, earlier: list[str]
) -> Iterator[Finding]:
    for number, term in enumerate(clock.terms):
        where = f"{path}.terms[{number}]"
        if term.until is not None:
            yield from _unknown(f"{where}.until", [term.until], document.fields, "field")
            field = document.fields.get(term.until)
            if field is not None and field.type != "date":
                yield Finding(f"{where}.until", f"{term.until!r} is a {field.type}, not a date")
        if term.clock is not None:
            yield from _unknown(f"{where}.clock", [term.clock], earlier, "clock above this one")
        for table in term.when or []:
            for word in table:
                if word not in document.fields:
                    yield Finding(f"{where}.when.{word}", "terms are chosen by fields")
        if term.when is None and number < len(clock.terms) - 1:
            yield Finding(
                f"{path}.terms[{number + 1}]", "is never reached: the one before holds always"
            )
    if clock.terms[-1].when is not None:
        yield Finding(f"{path}.terms", "the last term must hold always: leave its `when` out")


def _transitions(document: Document) -> Iterator[Finding]:
    rung = {clock.on_due for clock in document.clocks.values() if clock.on_due}
    for index, transition in enumerate(document.transitions):
        path = _place(index, transition)
        if transition.source != "*":
            yield from _unknown(f"{path}.source", transition.source, document.states, "state")
            for source in transition.source:
                if source in document.states and document.states[source].final:
                    yield Finding(
                        f"{path}.source", f"{source!r} is final; nothing leads on from it"
                    )
        if transition.dest is not None:
            yield from _unknown(f"{path}.dest", [transition.dest], document.states, "state")
        yield from _who(document, path, transition, rung)
        for key in ("requires", "accepts"):
            yield from _unknown(
                f"{path}.{key}",
                getattr(transition, key),
                [*_given(document), "recused"],
                "field or participant",
            )
        yield from _both(path, transition.requires, transition.accepts)
        yield from _unknown(f"{path}.clears", transition.clears, document.fields, "field")
        if transition.tier is not None:
            yield from _unknown(f"{path}.tier", [transition.tier], document.tiers, "tier")
        yield from _unknown(
            f"{path}.tell",
            transition.tell,
            _told(document),
            "role or participant",
            also=", owner, party",
        )


def _who(
    document: Document, path: str, transition: Transition, rung: set[str]
) -> Iterator[Finding]:
    special = ("party", "clock", "anyone", "parent")
    named = [name for name in transition.by if name not in special]
    also = ", party, clock, anyone, parent"
    yield from _unknown(f"{path}.by", named, _actors(document), "role or participant", also=also)
    yield from _unknown(
        f"{path}.not_by", transition.not_by, _actors(document), "role or participant"
    )
    if "party" in transition.by and document.intake.party == "none":
        yield Finding(f"{path}.by", 'cases of this workflow have no party (intake.party = "none")')
    if "clock" in transition.by:
        if len(transition.by) > 1:
            yield Finding(f"{path}.by", "what a clock fires no person fires; write two transitions")
        if transition.requires:
            yield Finding(f"{path}.requires", "a clock has no data to give")
        if transition.trigger not in rung:
            yield Finding(f"{path}.by", f"no clock has on_due = {transition.trigger!r}")


def _fields(document: Document) -> Iterator[Finding]:
    for name, field in document.fields.items():
        if field.type == "integer" and field.at_most < field.at_least:
            yield Finding(f"fields.{name}.at_most", f"is below at_least = {field.at_least}")


def _guarantees(document: Document) -> Iterator[Finding]:
    promised = document.guarantees
    if promised.unattended_reaches is not None:
        reaches = promised.unattended_reaches
        yield from _unknown(
            "guarantees.unattended_reaches.tier", [reaches.tier], document.tiers, "tier"
        )
        yield from _unknown(
            "guarantees.unattended_reaches.not_in", reaches.not_in, document.states, "state"
        )
    for number, passes in enumerate(promised.passes):
        path = f"guarantees.passes[{number}]"
        yield from _unknown(f"{path}.state", [passes.state], document.states, "state")
        yield from _unknown(f"{path}.after", passes.after, document.states, "state")
    triggers = {transition.trigger for transition in document.transitions}
    for place in ("possible", "impossible"):
        for number, pattern in enumerate(getattr(promised, place)):
            path = f"guarantees.{place}[{number}]"
            yield from _unknown(
                f"{path}.trigger", [w for w in [pattern.trigger] if w], triggers, "trigger"
            )
            yield from _unknown(f"{path}.from", pattern.from_, document.states, "state")
            yield from _unknown(
                f"{path}.to", [w for w in [pattern.to] if w], document.states, "state"
            )
            actors = [*_actors(document), "party", "clock", "anyone", "parent"]
            yield from _unknown(
                f"{path}.by", [w for w in [pattern.by] if w], actors, "role or participant"
            )
            yield from _unknown(f"{path}.was", pattern.was, document.participants, "participant")
            yield from _unknown(
                f"{path}.raises", [w for w in [pattern.raises] if w], document.tiers, "tier"
            )


def _closed_loop(document: Document) -> Iterator[Finding]:
    """Every state that is not final has an owner and a clock, unless closed_loop = false."""
    if not document.closed_loop:
        return
    for name, state in document.states.items():
        if state.final or state.settled:  # what is settled is its parent's to take up again
            continue
        if state.owner is None:
            sentence = "has no owner: in a closed loop somebody is always accountable"
            yield Finding(f"states.{name}", sentence)
        if not any(_rings_on(document, clock, name) for clock in document.clocks.values()):
            yield Finding(
                f"states.{name}",
                "no clock rings on in it: in a closed loop something rings until somebody acts, "
                "by a repeat, or by an on_due that always leads on (a clock with starts_on or "
                "stops_on does not count, it may stand)",
            )
    yield from _circles(document)


def _rings_on(document: Document, clock: ClockRule, state: str) -> bool:
    """Whether a clock keeps ringing in a state, or leads on from it for good."""
    if state not in clock.runs_in or clock.starts_on or clock.stops_on:
        return False
    if clock.repeat is not None:
        return True
    dests = [
        transition.dest
        for transition in document.transitions
        if transition.trigger == clock.on_due
        and "clock" in transition.by
        and (transition.source == "*" or state in transition.source)
    ]
    return bool(dests) and all(
        dest is not None and state not in _within_cycle(document, dest) for dest in dests
    )


def _within_cycle(document: Document, state: str) -> set[str]:
    """Return the states that may be reached from a state, itself included, in the same cycle."""
    reached, todo = {state}, [state]
    while todo:
        here = todo.pop()
        for transition in document.transitions:
            leads = transition.source == "*" or here in transition.source
            dest = transition.dest
            if leads and dest and not transition.new_cycle and dest not in reached:
                reached.add(dest)
                todo.append(dest)
    return reached


def _circles(document: Document) -> Iterator[Finding]:
    """What clocks could do to each other for ever, with nobody acting."""
    rung = {clock.on_due for clock in document.clocks.values() if clock.on_due}
    for index, transition in enumerate(document.transitions):
        if transition.new_cycle and "clock" in transition.by:
            sentence = "a clock begins no new cycle: it would ring in circles with nobody acting"
            yield Finding(f"{_place(index, transition)}.new_cycle", sentence)
    for name, clock in document.clocks.items():
        for trigger in sorted(set(clock.starts_on) & rung):
            yield Finding(
                f"clocks.{name}.starts_on",
                f"{trigger!r} is fired by a clock: clocks that start each other ring in circles",
            )
