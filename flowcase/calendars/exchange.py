"""Exchange: a year of a calendar given to others, and compared with what they say of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby

from flowcase.calendars import ical
from flowcase.calendars.calendar import Calendar
from flowcase.calendars.daybook import CalendarDay
from flowcase.calendars.entries import Span
from flowcase.calendars.files import CalendarSource
from flowcase.calendars.notice_files import (
    WEEKLY_REST,
    WEEKLY_WORK,
    period_of,
    statements_for,
    year_of,
    yearly_notices,
)
from flowcase.calendars.notices import Notice
from flowcase.calendars.second_sources import SecondSource
from flowcase.errors import NotCovered
from flowcase.terms import Naming

#: What whoever reads the data of others takes for granted: they rest on Saturday and Sunday.
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class Difference:
    """A day on which a second source and a calendar do not agree whether it is worked.

    ours: what the calendar knows of it. worked: what the second source says. name: the festival
    it says so for; None where it names no day and so leaves it to the week.
    """

    day: date
    ours: CalendarDay
    worked: bool
    name: str | None


def differences(
    source: CalendarSource, year: int, second: SecondSource, known_at: date | None = None
) -> tuple[Difference, ...]:
    """Return each day of a year's notice that a second source has otherwise, in order.

    Days it does not name are left to the calendar's own week. Where no notice settles the year,
    it is compared with the estimate, and the days say that they are provisional. known_at: leave
    out the notices published later. Errors: CalendarError if it is of another year or says
    nothing of this one; NotCovered.
    """
    said = {each.day: each for each in statements_for(source, year, second)}
    calendar = Calendar(source, known_at)
    found = []
    for day in period_of(source, year).days():
        statement = said.get(day)
        worked = not statement.off if statement else day.weekday() not in source.weekdays_off(day)
        if worked != calendar.is_workday(day):
            name = statement.name if statement else None
            found.append(Difference(day, calendar.day(day), worked, name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Exception:
    """A day that is not as Monday to Friday would have it."""

    day: date
    off: bool
    name: Naming


def export_json(source: CalendarSource, year: int) -> str:
    """Return a year in the form of the public holiday-cn data set.

    The days are those of the year's notice as amended since, the last days of December before it
    included; also, for a city, each day that its own week has otherwise than Monday to Friday.
    papers: the notices that settle them. Errors: NotCovered for a year without its notice.
    """
    days = [
        {"name": each.name.zh, "date": each.day.isoformat(), "isOffDay": each.off}
        for each in _exceptions(source, year)
    ]
    table = {"year": year, "papers": _papers(source, year), "days": days}
    return json.dumps(table, ensure_ascii=False, indent=4) + "\n"


def export_ics(source: CalendarSource, year: int, language: str = "zh") -> bytes:
    """Return a year as iCalendar: an all-day entry for each run of days off or make-up days.

    language: "zh"; anything else is English. The same bytes for the same notices. Errors:
    NotCovered for a year without its notice.
    """
    words = "zh" if language == "zh" else "en"
    stamp = _stamp(source, year)
    entries = [
        ical.AllDay(
            uid=f"{source.name}-{run.first:%Y%m%d}-{'off' if off else 'work'}@calendar.flowcase",
            days=run,
            summary=_summary(name, words, off=off),
            stamp=stamp,
            sequence=len(_papers(source, year)) - 1,
            mark="WORK-HOLIDAY" if off else "ALTERNATE-WORKDAY",
        )
        for run, off, name in _runs(source, year)
    ]
    title = f"{source.title.in_language(words)} {year}"
    return ical.write_calendar(title, words, entries)


def _summary(name: Naming, words: str, *, off: bool) -> str:
    if words == "zh":
        return f"{name.zh} {'休' if off else '班'}"
    return f"{name.en}: {'day off' if off else 'working day'}"


def _exceptions(source: CalendarSource, year: int) -> Iterator[_Exception]:
    if year not in yearly_notices(source):
        message = f"no notice of {source.name!r} settles {year}: an estimate is not given to others"
        raise NotCovered(message)
    calendar = Calendar(source)
    for day in period_of(source, year).days():
        known = calendar.day(day)
        off = known.kind in {"holiday", "rest"}
        if known.name is not None and known.kind in {"holiday", "makeup"}:
            yield _Exception(day, off, known.name)
        elif off != (day.weekday() in _WEEKEND):
            yield _Exception(day, off, WEEKLY_REST if off else WEEKLY_WORK)


def _runs(source: CalendarSource, year: int) -> Iterator[tuple[Span, bool, Naming]]:
    """Neighbouring days with one name and one meaning, as runs."""
    exceptions = enumerate(_exceptions(source, year))
    grouped = groupby(
        exceptions,
        key=lambda pair: (pair[1].day.toordinal() - pair[0], pair[1].off, pair[1].name),
    )
    for (_, off, name), run in grouped:
        days = [each.day for _, each in run]
        yield Span(days[0], days[-1]), off, name


def _papers(source: CalendarSource, year: int) -> list[str]:
    """What settles a year: its notice, and what amends it."""
    found = []
    for layer in source.layers():
        keys = {notice.key for notice in layer.notices if year_of(notice) == year}
        found += [
            notice.reference
            for notice in layer.notices
            if notice.key in keys or notice.amends in keys
        ]
    return found


def _stamp(source: CalendarSource, year: int) -> datetime:
    """When what is said of a year was last true for anybody: the day of its newest notice."""
    period = period_of(source, year)
    published = [
        notice.published
        for layer in source.layers()
        for notice in layer.notices
        if notice.published is not None and _speaks_of(notice, period)
    ]
    return datetime.combine(max(published, default=period.first), time(), UTC)


def _speaks_of(notice: Notice, period: Span) -> bool:
    if notice.covers is not None:
        return notice.covers == period
    said = [*notice.days_off(), *notice.days_worked()]
    return any(day in period for day in (*(day for day, _ in said), *notice.ordinary))
