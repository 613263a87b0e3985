"""Clocks: a ledger of what happened to a term, and the moments that follow from it.

A ledger keeps the start, the term chosen, the pauses and the rings; the due moment in it was
promised under the notices known then, and moves only for a recorded cause. Whether a clock is
running, due or overdue is derived at the moment it is asked, and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.ledgers import Ledger
from flowcase.terms import Due, Term
from flowcase.time import read
from flowcase.workflows.facts import ClockPhase, View
from flowcase.workflows.rules import ClockRules, TermOption, Workflow

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """A point on a clock that is to ring: which, and when."""

    clock: str
    name: str
    at: datetime

    @property
    def is_due(self) -> bool:
        """Whether this is the due moment itself or a repeat after it."""
        return self.name in ("due", "repeat")


def rung_of(fact: Mapping[str, Any]) -> Rung:
    """Return a rung as an entry keeps it."""
    return Rung(fact["clock"], fact["rung"], read(fact["at"]))


def phase(rules: ClockRules, ledger: Ledger | None, state: str, at: datetime) -> ClockPhase:
    """Return what a clock is doing in `state` at the moment `at`."""
    if ledger is None:
        return "not_started"
    if ledger.stopped:
        return "stopped"
    if ledger.standing:
        return "paused"
    if state not in rules.runs_in:
        return "stopped"
    return "due" if at >= ledger.due and not ledger.provisional else "running"


def active(rules: ClockRules, ledger: Ledger, state: str) -> bool:
    """Whether the clock is counting in `state`: its rungs ring."""
    return state in rules.runs_in and not ledger.stopped and not ledger.standing


def rungs(rules: ClockRules, ledger: Ledger, calendar: Calendar) -> Iterator[Rung]:
    """Return the rungs still ahead of a counting clock, in no order."""
    base, last_day = ledger.due, ledger.last_day
    if ledger.floor is not None:
        base, last_day = ledger.floor, calendar.local_date(ledger.floor - _INSTANT)
    for number, warning in enumerate(rules.warn):
        name = f"warn.{number}"
        if name not in ledger.rung:
            moment = _before(base, last_day, warning.before, calendar)
            if moment > ledger.since:
                yield Rung(rules.name, name, moment)
    if ledger.floor is not None:
        yield Rung(rules.name, "provisional", _each_workday(ledger.floor, ledger.rang_at, calendar))
    elif "due" not in ledger.rung:
        yield Rung(rules.name, "due", ledger.due)
    elif rules.repeat is not None and ledger.rang_at is not None:
        yield Rung(rules.name, "repeat", _later(ledger.rang_at, rules.repeat, calendar))


def next_rung(
    workflow: Workflow,
    ledgers: Mapping[str, Ledger],
    state: str,
    calendar: Calendar,
    without: frozenset[Rung] = frozenset(),
) -> Rung | None:
    """Return the rung that rings next: the earliest, of one moment the document's first clock.

    without: rungs that are left out, because they could not ring.
    """
    first: Rung | None = None
    for name, ledger in ledgers.items():
        rules = workflow.clocks[name]
        if active(rules, ledger, state):
            for rung in rungs(rules, ledger, calendar):
                if (first is None or rung.at < first.at) and rung not in without:
                    first = rung
        elif ledger.review is not None:
            review = Rung(name, "review", calendar.end_of(ledger.review))
            if first is None or review.at < first.at:
                first = review
    return first


def earliest_due(workflow: Workflow, ledgers: Mapping[str, Ledger], state: str) -> datetime | None:
    """Return the earliest due moment of the clocks counting in `state`."""
    return min(
        (
            ledger.due
            for name, ledger in ledgers.items()
            if active(workflow.clocks[name], ledger, state)
        ),
        default=None,
    )


def rang(ledger: Ledger, rung: Rung, at: datetime) -> Ledger:
    """Return the ledger after a rung really rang at `at`."""
    if rung.name in ("repeat", "provisional"):
        return replace(ledger, rang_at=at)
    if rung.name == "review":
        return replace(ledger, review=None)
    rung_now = replace(ledger, rung=(*ledger.rung, rung.name))
    if rung.name != "due":
        return rung_now
    return replace(rung_now, rang_at=at, pending=None)  # what nobody decided lapses now


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a case, as far as its clocks are concerned.

    changed: the fields given or cleared. entered: whether a state was entered.
    requested: the clock whose ledger a request has changed already.
    """

    trigger: str
    state: str
    at: datetime
    entered: bool
    new_cycle: bool
    changed: frozenset[str]
    requested: str | None = None


def advance(
    workflow: Workflow, ledgers: Mapping[str, Ledger], step: Step, view: View, calendar: Calendar
) -> dict[str, Ledger]:
    """Return the ledgers after a step: started, stopped, paused, resumed, measured anew."""
    if not (
        step.entered
        or step.requested is not None
        or step.trigger in workflow.stepping
        or not workflow.measuring.isdisjoint(step.changed)
    ):
        return dict(ledgers)
    after: dict[str, Ledger] = {}
    for name, rules in workflow.clocks.items():
        before = None if step.new_cycle else ledgers.get(name)
        if _starts(rules, before, step):
            begun = start(rules, step, view, after, calendar)
            after[name] = stood(rules, begun, step, after)
        elif before is not None:
            ledger = stood(rules, _moved(rules, before, step), step, after)
            if _measured_anew(rules, before, ledger, step, ledgers, after):
                ledger = measured_again(rules, ledger, view, after, calendar, step.at)
            after[name] = ledger
    return after


def settled(
    workflow: Workflow, ledgers: Mapping[str, Ledger], name: str, view: View, calendar: Calendar
) -> Ledger:
    """Return a provisional ledger measured again with the notices known now."""
    return _chosen(workflow.clocks[name], ledgers[name], view, ledgers, calendar)


def extension_of(rules: ClockRules, ledger: Ledger) -> Term | None:
    """Return all the time granted beyond the term; None if none was."""
    if not ledger.extended or rules.extension is None:
        return None
    amount: dict[str, Any] = {rules.extension.unit: sum(ledger.extended)}
    return Term(**amount)


def lengthened(term: Term, more: Term | None) -> Term:
    """Return a term with an extension of the same unit added to it."""
    if more is None or more.unit != term.unit:
        return term
    return term.of(term.amount + more.amount)


def measure(
    rules: ClockRules,
    option: TermOption,
    ledger: Ledger,
    facts: Mapping[str, Any],
    ledgers: Mapping[str, Ledger],
    calendar: Calendar,
) -> Due:
    """Return when a term is over that started with `ledger`, with its pauses."""
    pauses = [(begin, end) for begin, end in ledger.pauses if end is not None]
    more = extension_of(rules, ledger)
    if option.term is not None:
        due = calendar.due(ledger.since, lengthened(option.term, more), pauses)
    else:
        due = _borrowed(option, ledger, facts, ledgers, calendar)
    if more is not None and (option.term is None or option.term.unit != more.unit):
        due = _shifted(due, more, 1, calendar)
    if option.at_least is not None:
        own = calendar.due(ledger.since, option.at_least, pauses)
        due = max(due, own, key=lambda each: each.at)
    if ledger.least is not None and due.at < ledger.least:
        due = _ending(ledger.least, calendar)
    return due


def _starts(rules: ClockRules, before: Ledger | None, step: Step) -> bool:
    if step.trigger in rules.starts_on:
        return step.state in rules.runs_in
    return before is None and not rules.starts_on and step.entered and step.state in rules.runs_in


def _moved(rules: ClockRules, ledger: Ledger, step: Step) -> Ledger:
    """Return the ledger stopped, and without what lapses, as the step says."""
    if step.trigger in rules.stops_on:
        ledger = replace(ledger, stopped=True)
    if step.state not in rules.runs_in and (ledger.pending or ledger.review):
        ledger = replace(ledger, pending=None, review=None)  # a request does not outlive its state
    return ledger


def stood(rules: ClockRules, ledger: Ledger, step: Step, after: Mapping[str, Ledger]) -> Ledger:
    """Return the ledger standing or going on: by state, by suspension, with the clock it follows.

    What is due already cannot be made to stand: that would take its lateness away.
    """
    still = not ledger.stopped and (
        step.state in rules.pauses_in
        or ledger.review is not None
        or any(after[name].standing for name in rules.follows if name in after)
    )
    if ledger.standing and not still:
        return replace(ledger, pauses=(*ledger.pauses[:-1], (ledger.pauses[-1][0], step.at)))
    late = step.at >= ledger.due and not ledger.provisional
    if still and not ledger.standing and not late:
        return replace(ledger, pauses=(*ledger.pauses, (step.at, None)))
    return ledger


def _measured_anew(
    rules: ClockRules,
    before: Ledger,
    ledger: Ledger,
    step: Step,
    ledgers: Mapping[str, Ledger],
    after: Mapping[str, Ledger],
) -> bool:
    resumed = before.standing and not ledger.standing
    followed = any(
        name in after and name in ledgers and after[name].due != ledgers[name].due
        for name in rules.follows
    )
    requested = step.requested == rules.name
    return resumed or followed or requested or not rules.reads.isdisjoint(step.changed)


def start(
    rules: ClockRules, step: Step, view: View, ledgers: Mapping[str, Ledger], calendar: Calendar
) -> Ledger:
    """Return the ledger of a clock that starts with this step."""
    blank = Ledger(step.at, 0, step.at, calendar.local_date(step.at), None, calendar.edition)
    return _chosen(rules, blank, view, ledgers, calendar)


def measured_again(
    rules: ClockRules,
    ledger: Ledger,
    view: View,
    ledgers: Mapping[str, Ledger],
    calendar: Calendar,
    at: datetime,
) -> Ledger:
    """Measure a running clock anew from the same start; what lies behind stays rung."""
    free = ledger if ledger.least is None else replace(ledger, least=None)
    anew = _chosen(rules, free, view, ledgers, calendar)
    soonest = calendar.end_of(calendar.add_workdays(calendar.local_date(at), 1))
    least = min(ledger.due, soonest)
    if anew.due < least:
        anew = _chosen(rules, replace(ledger, least=least), view, ledgers, calendar)
    if anew.due <= ledger.due or not anew.rung:
        return anew
    ahead = {rung.name for rung in rungs(rules, replace(anew, rung=()), calendar) if rung.at > at}
    return replace(anew, rung=tuple(name for name in anew.rung if name not in ahead))


def _chosen(
    rules: ClockRules,
    ledger: Ledger,
    view: View,
    ledgers: Mapping[str, Ledger],
    calendar: Calendar,
) -> Ledger:
    index = next(
        number
        for number, option in enumerate(rules.terms)
        if option.when is None or option.when.holds(view)
    )
    due = measure(rules, rules.terms[index], ledger, view.facts, ledgers, calendar)
    return replace(
        ledger,
        option=index,
        due=due.at,
        last_day=due.last_day,
        floor=due.floor if due.provisional else None,
        known=calendar.edition,
    )


def _borrowed(
    option: TermOption,
    ledger: Ledger,
    facts: Mapping[str, Any],
    ledgers: Mapping[str, Ledger],
    calendar: Calendar,
) -> Due:
    """Return a due moment taken from a date or from another clock, earlier or later by so much.

    Where the date was never given, or the other clock never started, time is up at the end of
    the day this clock started: it rings too early rather than never.
    """
    other = ledgers.get(option.clock) if option.clock is not None else None
    given = facts.get(f"fields.{option.until}") if option.until is not None else None
    if other is not None:
        due = Due(other.due, other.last_day, other.provisional, other.floor or other.due)
    elif given is not None:
        due = _whole_day(date.fromisoformat(given), calendar)
    else:
        due = _whole_day(calendar.local_date(ledger.since), calendar)
    if option.before is not None:
        return _shifted(due, option.before, -1, calendar)
    if option.after is not None:
        return _shifted(due, option.after, 1, calendar)
    return due


def _shifted(due: Due, term: Term, sign: int, calendar: Calendar) -> Due:
    if term.unit == "workdays":
        return _whole_day(calendar.add_workdays(due.last_day, sign * term.amount), calendar)
    if term.unit == "days":
        return _whole_day(due.last_day + timedelta(days=sign * term.amount), calendar)
    return _ending(due.at + sign * timedelta(hours=term.amount), calendar)


def _whole_day(day: date, calendar: Calendar) -> Due:
    at = calendar.end_of(day)
    return Due(at, day, False, at)


def _ending(at: datetime, calendar: Calendar) -> Due:
    return Due(at, calendar.local_date(at - _INSTANT), False, at)


def _before(due: datetime, last_day: date, term: Term, calendar: Calendar) -> datetime:
    if term.unit == "workdays":
        return calendar.start_of(calendar.add_workdays(last_day, -term.amount))
    if term.unit == "days":
        return calendar.start_of(last_day - timedelta(days=term.amount))
    return due - timedelta(hours=term.amount)


def _later(rang_at: datetime, term: Term, calendar: Calendar) -> datetime:
    """Return when to ring again: at the beginning of a day, so that a late ring costs no day."""
    day = calendar.local_date(rang_at)
    if term.unit == "workdays":
        return calendar.start_of(calendar.add_workdays(day, term.amount))
    if term.unit == "days":
        return calendar.start_of(day + timedelta(days=term.amount))
    return rang_at + timedelta(hours=term.amount)


def _each_workday(floor: datetime, rang_at: datetime | None, calendar: Calendar) -> datetime:
    """Return when to remind of a provisional date: at its floor, then every working day."""
    if rang_at is None or rang_at < floor:
        return floor
    return calendar.start_of(calendar.add_workdays(calendar.local_date(rang_at), 1))
