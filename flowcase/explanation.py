"""Explanations: how a due moment came about, day by day, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.clocks import extension_of, lengthened, phase
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.terms import Day, DayKind, Term
from flowcase.workflows.facts import ClockPhase
from flowcase.workflows.rules import TermOption, Workflow


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a clock of a case came to its due moment.

    term: what was promised, in words. known: the newest notice used; None if none is dated.
    days: from the start to the last day, where days were counted; empty where the due moment was
    taken from a date or another clock, which `term` then says.
    """

    case_id: str
    clock: str
    phase: ClockPhase
    since: datetime | None
    due_at: datetime | None
    last_day: date | None
    provisional: bool
    floor: datetime | None
    known: date | None
    term_en: str
    term_zh: str
    days: tuple[Day, ...]


def explain_clock(
    workflow: Workflow, case: Case, clock: str, calendar: Calendar, at: datetime
) -> Explanation:
    """Explain a clock of a case as it stands at `at`, under the notices it was measured with."""
    rules = workflow.clocks[clock]
    ledger = read_ledgers(case.facts, workflow).get(clock)
    now = phase(rules, ledger, case.state, at)
    if ledger is None:
        return Explanation(
            case.id, clock, now, None, None, None, False, None, None, "not started", "尚未开始", ()
        )
    option = rules.terms[ledger.option]
    counted = _counted(option, ledger)
    days: tuple[Day, ...] = ()
    if counted is not None:
        then = calendar if ledger.known is None else calendar.as_known(ledger.known)
        pauses = [(begin, end) for begin, end in ledger.pauses if end is not None]
        more = extension_of(rules, ledger)
        days = then.explain(ledger.since, lengthened(counted, more), pauses)
        days = _extended(days, counted, more, ledger.last_day, then)
    en, zh = _in_words(option, extension_of(rules, ledger))
    return Explanation(
        case_id=case.id,
        clock=clock,
        phase=now,
        since=ledger.since,
        due_at=ledger.due,
        last_day=ledger.last_day,
        provisional=ledger.provisional,
        floor=ledger.floor,
        known=ledger.known,
        term_en=en,
        term_zh=zh,
        days=days if not days or days[-1].date == ledger.last_day else (),
    )


def _extended(
    days: tuple[Day, ...], term: Term, more: Term | None, last_day: date, calendar: Calendar
) -> tuple[Day, ...]:
    """Return the days with those of an extension marked; added, if it is counted otherwise."""
    if more is None or not days:
        return days
    if more.unit == term.unit:
        return tuple(
            replace(day, kind="extended")
            if day.kind in ("counted", "makeup") and day.count > term.amount
            else day
            for day in days
        )
    added: list[Day] = []
    count, day = days[-1].count, days[-1].date
    while day < last_day:
        day += timedelta(days=1)
        found = calendar.day(day)
        worked = found.kind in ("workday", "makeup")
        counts = worked or more.unit != "workdays"
        count += counts
        kind: DayKind = "extended" if counts else "rest" if found.kind == "rest" else "holiday"
        added.append(Day(day, kind, found.name, found.notice, count, found.provisional))
    return (*days, *added)


def _counted(option: TermOption, ledger: Ledger) -> Term | None:
    """Return the term whose days were counted: the clock's own, or the least it is to have."""
    return option.term if option.term is not None else option.at_least


_UNITS = {
    "workdays": ("working day", "个工作日"),
    "months": ("month", "个月"),
    "days": ("day", "日"),
    "hours": ("hour", "小时"),
    "work_minutes": ("office minute", "分钟（办公时间）"),
}


def amount_in_words(term: Term) -> tuple[str, str]:
    """Return an amount of time in English and Chinese."""
    en, zh = _UNITS[term.unit]
    return f"{term.amount} {en}{'' if term.amount == 1 else 's'}", f"{term.amount}{zh}"


def _in_words(option: TermOption, more: Term | None) -> tuple[str, str]:
    if option.term is not None:
        en, zh = amount_in_words(option.term)
    elif option.until is not None:
        en, zh = f"until {option.until}", f"至“{option.until}”"
    else:
        en, zh = f"due with clock {option.clock}", f"与时限“{option.clock}”同时到期"
    for term, word_en, word_zh in (
        (option.before, "before that", "之前"),
        (option.after, "after that", "之后"),
        (option.at_least, "at least", "至少"),
        (more, "of extension", "延期"),
    ):
        if term is not None:
            amount_en, amount_zh = amount_in_words(term)
            en, zh = f"{en}, {amount_en} {word_en}", f"{zh}，{word_zh}{amount_zh}"
    return en, zh
