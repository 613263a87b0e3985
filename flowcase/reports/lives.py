"""Lives: what a report counts of one case, read from its history. Pure.

A case answers to each rate with "yes" (it is in the numerator), "no" (in the denominator only) or
the reason why it is left out; to each spread with a number of working days or such a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.clocks import active, phase
from flowcase.errors import NotCovered
from flowcase.history import Entry
from flowcase.ledgers import Ledger, read_ledger, read_ledgers
from flowcase.reports.figures import Exclusion, RateName, SpreadName
from flowcase.workflows.language import Measured
from flowcase.workflows.rules import Workflow

Answer = Literal["yes", "no"] | Exclusion


@dataclass(frozen=True, slots=True)
class Moment:
    """When a report is made: now, what is due soon (exclusive), and the calendar as known now."""

    now: datetime
    soon: datetime
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Life:
    """One case as a report counts it. next_due: of its open clocks, the floor while provisional."""

    case: Case
    unit: str | None
    overdue: bool
    due_soon: bool
    next_due: datetime | None
    rates: Mapping[RateName, Answer]
    spreads: Mapping[SpreadName, int | Exclusion]


@dataclass(slots=True)
class _Course:
    """What happened to a case, as far as a report asks; filled entry by entry.

    standing: when it was concluded, if it was not taken up again. ontime: for each conclusion
    whether it was in time; None: its due moment was provisional, and behind its floor.
    """

    concluded_in: frozenset[str]
    ledger: dict[str, Any] | None = None
    first_tier: str | None = None
    responded_at: datetime | None = None
    standing: datetime | None = None
    ever_concluded: bool = False
    clockless: bool = False
    ontime: list[bool | None] = field(default_factory=list)
    ever_due: bool = False
    returned: bool = False
    extended: bool = False
    given: set[str] = field(default_factory=set)


def concluding(workflow: Workflow) -> frozenset[str]:
    """Return the states in which a case's work is done: those the document names, or the final."""
    document = workflow.document
    named = document.report.concluded
    return frozenset(named or (name for name, state in document.states.items() if state.final))


def telling(workflow: Workflow) -> frozenset[str]:
    """Return the triggers whose entries' details a life is read from: those that may give a field
    that is counted, since one emptied at once stands in the details alone.
    """
    report = workflow.document.report
    fields = {each.field for each in (report.solved, report.satisfied) if each is not None}
    return frozenset(each.trigger for each in workflow.transitions if fields & each.data)


def read_life(workflow: Workflow, case: Case, entries: Sequence[Entry], moment: Moment) -> Life:
    """Return what a report counts of a case with this history."""
    course = _course(workflow, entries)
    overdue, next_due = _due(workflow, case, moment)
    unit = workflow.document.report.unit
    held = case.facts.get("participants." + unit) if unit else None
    return Life(
        case=case,
        unit=held,
        overdue=overdue,
        due_soon=not overdue and next_due is not None and next_due <= moment.soon,
        next_due=next_due,
        rates=_rates(workflow, case, course, held, moment),
        spreads=_spreads(workflow, case, course, moment.calendar),
    )


def _course(workflow: Workflow, entries: Sequence[Entry]) -> _Course:
    report, states = workflow.document.report, workflow.document.states
    course = _Course(concluding(workflow))
    measured = [each.field for each in (report.solved, report.satisfied) if each is not None]
    for entry in entries:
        set_ = entry.changes.set
        if entry.revision == 1:
            course.first_tier = set_.get("tier")
        if report.clock is not None:
            course.ledger = _kept(course.ledger, entry, f"clocks.{report.clock}")
        course.given.update(
            name for name in measured if f"fields.{name}" in set_ or name in entry.details
        )
        if entry.trigger in report.response and course.responded_at is None:
            course.responded_at = entry.at
        course.returned |= entry.trigger in report.returned
        course.extended |= entry.trigger.endswith(".grant_extension")
        course.ever_due |= entry.rung is not None and entry.rung["rung"] == "due"
        if entry.dest in course.concluded_in:
            if course.standing is None:
                _conclude(course, entry)
        elif not states[entry.dest].final:
            course.standing = None
    return course


def _kept(ledger: dict[str, Any] | None, entry: Entry, key: str) -> dict[str, Any] | None:
    if key in entry.changes.removed:
        return None
    found: dict[str, Any] | None = entry.changes.set.get(key, ledger)
    return found


def _conclude(course: _Course, entry: Entry) -> None:
    course.standing, course.ever_concluded = entry.at, True
    if course.ledger is None:
        course.clockless = True
    else:
        course.ontime.append(_in_time(read_ledger(course.ledger), entry.at))


def _in_time(ledger: Ledger, at: datetime) -> bool | None:
    """Whether something was in time; None where no notice says yet when time was up."""
    if ledger.floor is None:
        return at < ledger.due
    return True if at < ledger.floor else None


def _due(workflow: Workflow, case: Case, moment: Moment) -> tuple[bool, datetime | None]:
    """Return whether an open clock is overdue, and when the next of them is or was due."""
    if case.finished:
        return False, None
    overdue, moments = False, []
    for name, ledger in read_ledgers(case.facts, workflow).items():
        rules = workflow.clocks[name]
        if active(rules, ledger, case.state):
            overdue |= phase(rules, ledger, case.state, moment.now) == "due"
            moments.append(ledger.due if ledger.floor is None else ledger.floor)
    return overdue, min(moments, default=None)


def _rates(
    workflow: Workflow, case: Case, course: _Course, unit: str | None, moment: Moment
) -> dict[RateName, Answer]:
    report, document = workflow.document.report, workflow.document
    extensible = any(clock.extension is not None for clock in document.clocks.values())
    climbs = len(document.tiers) > 1
    returns: Answer = "yes" if course.returned else "no"
    if report.unit is not None and unit is None and not course.returned:
        returns = "no_unit"
    return {
        "response": _response(case, course, moment, workflow) if report.response else "undefined",
        "conclusion": _conclusion(case, course),
        "solving": _judged(report.solved, case, course),
        "satisfaction": _judged(report.satisfied, case, course),
        "on_time": _on_time(workflow, case, course, moment) if report.clock else "undefined",
        "reopening": _reopening(case, course),
        "return": returns if report.returned else "undefined",
        "extension": ("yes" if course.extended else "no") if extensible else "undefined",
        "elevation": ("no" if case.tier == course.first_tier else "yes") if climbs else "undefined",
    }


def _response(case: Case, course: _Course, moment: Moment, workflow: Workflow) -> Answer:
    if course.responded_at is not None:
        return "yes"
    if course.ever_due or _due(workflow, case, moment)[0]:
        return "no"
    return "ended_unanswered" if case.finished else "waiting"


def _conclusion(case: Case, course: _Course) -> Answer:
    if course.standing is not None:
        return "yes"
    return "not_handled" if case.finished else "no"


def _judged(measured: Measured | None, case: Case, course: _Course) -> Answer:
    """What is on record now counts; a value that was given once and emptied since is none."""
    if measured is None:
        return "undefined"
    if case.facts.get("fields." + measured.field) in measured.values:
        return "yes"
    if measured.field in course.given:
        return "no"
    if course.standing is not None:
        return "no_value"
    return "not_handled" if case.finished else "reopened" if course.ever_concluded else "open"


def _on_time(workflow: Workflow, case: Case, course: _Course, moment: Moment) -> Answer:
    """A case is on time if every conclusion was, and it is not overdue now."""
    if False in course.ontime:
        return "no"
    if course.standing is None and not case.finished:
        clock = workflow.document.report.clock
        assert clock is not None, "asked only where a clock is named"
        ledger = None if course.ledger is None else read_ledger(course.ledger)
        late = phase(workflow.clocks[clock], ledger, case.state, moment.now) == "due"
        return "no" if late else "not_due"
    if course.standing is None:
        return "not_handled"
    if None in course.ontime:
        return "provisional"
    return "no_clock" if course.clockless else "yes"


def _reopening(case: Case, course: _Course) -> Answer:
    if case.cycle > 1:
        return "yes"
    if course.ever_concluded:
        return "no"
    return "not_handled" if case.finished else "open"


def _spreads(
    workflow: Workflow, case: Case, course: _Course, calendar: Calendar
) -> dict[SpreadName, int | Exclusion]:
    left: Exclusion = "not_handled" if case.finished else "open"
    if course.ever_concluded and not case.finished:
        left = "reopened"
    responds = bool(workflow.document.report.response)
    unanswered: Exclusion = "unanswered" if responds else "undefined"
    return {
        "response_days": _took(case, course.responded_at, unanswered, calendar),
        "handling_days": _took(case, course.standing, left, calendar),
    }


def _took(
    case: Case, until: datetime | None, missing: Exclusion, calendar: Calendar
) -> int | Exclusion:
    """Return the working days from the filing, whose day is not counted, until a moment."""
    if until is None:
        return missing
    begun, ended = calendar.local_date(case.opened_at), calendar.local_date(until)
    try:
        return calendar.workdays_between(begun, ended)
    except NotCovered:
        return "not_covered"
