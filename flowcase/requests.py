"""Requests: extensions and suspensions of a clock, from asking to granting, refusing and lapsing.

A document says in `[clocks.x.extension]` and `[clocks.x.suspension]` who asks and who decides.
From that come transitions of their own, called `x.ask_extension`, `x.grant_extension`,
`x.refuse_extension`, the same three for a suspension, and `x.resume`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flowcase import reasons
from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor
from flowcase.errors import Reason
from flowcase.ledgers import Ledger, Pending
from flowcase.terms import Term
from flowcase.workflows.rules import RequestRules, RequestStep


@dataclass(frozen=True, slots=True)
class Request:
    """One step of a request, about to be taken: which, by whom, when, with what data.

    ledger, running: the clock's ledger, and whether it is running, at the moment `at`.
    """

    step: RequestStep
    actor: Actor
    at: datetime
    fields: Mapping[str, Any]
    ledger: Ledger | None
    running: bool


def against(request: Request, calendar: Calendar) -> list[Reason]:
    """Return what speaks against the step, whatever data is given with it."""
    step, ledger = request.step, request.ledger
    pending = ledger.pending if ledger is not None else None
    if step.verb == "resume":
        suspended = ledger is not None and ledger.review is not None
        return [] if suspended else [reasons.not_suspended(step.clock)]
    if step.verb == "ask":
        return _asking_against(request, pending, calendar)
    if pending is None or pending.kind != step.kind:
        return [reasons.nothing_asked(step.clock, step.kind)]
    if not set(pending.by).isdisjoint(acting(request.actor)):
        return [reasons.own_request(request.actor.id, step.kind)]
    return [] if request.running else [reasons.clock_not_running(step.clock)]


def _asking_against(request: Request, pending: Pending | None, calendar: Calendar) -> list[Reason]:
    step, ledger = request.step, request.ledger
    if ledger is None or not request.running:
        return [reasons.clock_not_running(step.clock)]
    if pending is not None:
        return [reasons.already_asked(step.clock, pending.kind)]
    found: list[Reason] = []
    done = len(ledger.extended) if step.kind == "extension" else ledger.suspensions
    if done >= step.rules.times:
        found.append(reasons.times(step.trigger, step.rules.times))
    before = step.rules.ask_before_due
    if before is not None:
        last = calendar.add_workdays(ledger.last_day, -before.amount)
        if request.at >= calendar.end_of(last):
            found.append(reasons.asked_too_late(step.clock, last))
    return found


def data_against(request: Request, calendar: Calendar) -> list[Reason]:
    """Return what speaks against the length asked for or granted."""
    step, ledger = request.step, request.ledger
    if ledger is None or step.verb not in ("ask", "grant"):
        return []
    if step.kind == "extension":
        return _too_long(request, step.rules, ledger)
    return _too_late(request, step.rules, ledger, calendar)


def _too_long(request: Request, rules: RequestRules, ledger: Ledger) -> list[Reason]:
    asked = request.fields.get(rules.unit)
    if asked is None:
        return []
    most = rules.at_most.amount
    if request.step.verb == "grant" and ledger.pending is not None:
        most = int(ledger.pending.value)
    return [] if 1 <= asked <= most else [reasons.too_much(rules.unit, str(asked), f"1..{most}")]


def _too_late(
    request: Request, rules: RequestRules, ledger: Ledger, calendar: Calendar
) -> list[Reason]:
    text = request.fields.get("review_on")
    if text is None:
        return []
    today, review = calendar.local_date(request.at), date.fromisoformat(text)
    left = rules.at_most.amount
    if rules.total is not None:
        left = min(left, rules.total.amount - paused(ledger, rules.total, calendar))
    latest = later(today, rules.at_most.of(max(left, 0)), calendar)
    if request.step.verb == "grant" and ledger.pending is not None:
        latest = min(latest, date.fromisoformat(str(ledger.pending.value)))
    if today < review <= latest:
        return []
    return [reasons.too_much("review_on", text, f"> {today}, <= {latest}")]


def acting(actor: Actor) -> tuple[str, ...]:
    """Return who acts: the actor, and the one he acts for."""
    return (actor.id, actor.on_behalf_of) if actor.on_behalf_of else (actor.id,)


def later(day: date, term: Term, calendar: Calendar) -> date:
    """Return the day so many working days or days later."""
    if term.unit == "workdays":
        return calendar.add_workdays(day, term.amount) if term.amount else day
    return date.fromordinal(day.toordinal() + term.amount)


def paused(ledger: Ledger, total: Term, calendar: Calendar) -> int:
    """Return how many working days or days a clock has stood still, closed pauses only."""
    count = 0
    for begin, end in ledger.pauses:
        if end is not None:
            first, last = calendar.local_date(begin), calendar.local_date(end)
            days = (last - first).days
            count += calendar.workdays_between(first, last) if total.unit == "workdays" else days
    return count


def applied(request: Request) -> Ledger:
    """Return the clock's ledger after the step; a suspension that begins opens its pause."""
    step, ledger = request.step, request.ledger
    assert ledger is not None, "a step against nothing was refused before"
    pending = ledger.pending
    match step.verb:
        case "ask":
            name = step.rules.unit if step.kind == "extension" else "review_on"
            return replace(
                ledger, pending=Pending(step.kind, request.fields[name], acting(request.actor))
            )
        case "refuse":
            return replace(ledger, pending=None)
        case "resume":
            return replace(ledger, review=None)
    assert pending is not None, "what is granted was asked"
    if step.kind == "extension":
        granted = int(request.fields.get(step.rules.unit, pending.value))
        return replace(ledger, pending=None, extended=(*ledger.extended, granted))
    review = date.fromisoformat(str(request.fields.get("review_on", pending.value)))
    return replace(ledger, pending=None, review=review, suspensions=ledger.suspensions + 1)
