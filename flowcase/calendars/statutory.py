"""Statutory days: what the law alone makes certain of a year whose notice is not out yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flowcase.calendars.entries import Entries
from flowcase.terms import Naming

#: Estimates end here where every festival has a fixed date.
FURTHEST_YEAR = 2060


@dataclass(frozen=True, slots=True)
class StatutoryFestival:
    """A festival of one year: its statutory days, and what a notice may arrange around them.

    reach_days: how far from its days a make-up day or an exchanged day off may lie.
    """

    name: Naming
    document: str
    day: date
    days: tuple[date, ...]
    reach_days: int
    make_up_days_at_most: int


@dataclass(frozen=True, slots=True)
class _Kind:
    name: Naming
    month_day: tuple[int, int] | None
    dates: dict[int, date]
    reach_days: int
    make_up_days_at_most: int

    def in_year(self, year: int) -> date | None:
        if self.month_day is not None:
            return date(year, *self.month_day)
        return self.dates.get(year)


@dataclass(frozen=True, slots=True)
class _Regulation:
    document: str
    in_force: date
    statutory: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Statutory:
    """The statutory days of every year up to `last_year`.

    Estimates of a past year use the regulation that came to be in force, also where it was not
    known yet: a new law is not something an estimate can foresee.
    """

    kinds: dict[str, _Kind]
    regulations: tuple[_Regulation, ...]
    last_year: int

    def festivals(self, year: int) -> Iterator[StatutoryFestival]:
        """Yield the festivals of a year, also those which only may bring make-up days."""
        in_force = [rule for rule in self.regulations if rule.in_force <= date(year, 1, 1)]
        for key, kind in self.kinds.items():
            day = kind.in_year(year)
            if day is None or not in_force:
                continue
            first, count = in_force[-1].statutory.get(key, (0, 0))
            yield StatutoryFestival(
                name=kind.name,
                document=in_force[-1].document,
                day=day,
                days=tuple(day + timedelta(days=first + place) for place in range(count)),
                reach_days=kind.reach_days,
                make_up_days_at_most=kind.make_up_days_at_most,
            )


def read_statutory(entries: Entries) -> Statutory:
    """Read a statutory file; what is wrong goes to the findings of `entries`."""
    entries.naming("title", required=True)
    kinds: dict[str, _Kind] = {}
    for inner in entries.tables("festivals", required=True):
        kinds[inner.text("key", required=True) or ""] = _kind(inner)
        inner.finish()
    regulations = [
        _regulation(inner, kinds) for inner in entries.tables("regulations", required=True)
    ]
    entries.finish()
    regulations.sort(key=lambda regulation: regulation.in_force)
    named = {key for regulation in regulations[-1:] for key in regulation.statutory}
    years = [max(kind.dates) for key, kind in kinds.items() if key in named and kind.dates]
    return Statutory(kinds, tuple(regulations), min(years, default=FURTHEST_YEAR))


def _kind(entries: Entries) -> _Kind:
    fixed, dates = entries.text("every_year_on"), entries.days("on")
    if (fixed is None) == (not dates):
        entries.wrong("on", 'or every_year_on = "10-01" is given, one of them')
    return _Kind(
        name=entries.naming("name", required=True),
        month_day=_month_day(entries, fixed),
        dates={day.year: day for day in dates},
        reach_days=entries.whole("reach_days", least=0, most=60),
        make_up_days_at_most=entries.whole("make_up_days_at_most", least=0, most=10),
    )


def _month_day(entries: Entries, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            day = date(2001, int(text[:2]), int(text[3:]))  # no leap year: 29 February is refused
            return day.month, day.day
    except ValueError:
        pass
    entries.wrong("every_year_on", 'is a month and day that every year has, like "10-01"')
    return None


def _regulation(entries: Entries, kinds: dict[str, _Kind]) -> _Regulation:
    statutory: dict[str, tuple[int, int]] = {}
    for inner in entries.tables("statutory", required=True):
        festival = inner.text("festival", required=True) or ""
        if festival not in kinds:
            inner.wrong("festival", f"is one of {', '.join(kinds)}")
        first = inner.whole("first", least=-10, most=10, default=0)
        statutory[festival] = (first, inner.whole("days", least=1, most=10))
        inner.finish()
    document, in_force = (
        entries.text("document", required=True),
        entries.day("in_force", required=True),
    )
    entries.finish()
    return _Regulation(document or "", in_force or date.min, statutory)
