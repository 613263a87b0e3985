"""The daybook: every day of a calendar, settled or estimated, laid out for counting.

Days are places in lists, counted from the first covered day: a number of working days is the
difference of two items, the n-th working day an item.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate, compress
from typing import Literal, TypeVar

from flowcase.calendars.entries import Hours
from flowcase.calendars.files import CalendarSource, OfficeHours, WeeklyRest
from flowcase.calendars.forecast import Forecast
from flowcase.calendars.rulings import covered_by, known_notices, rulings_of
from flowcase.errors import CalendarError, NotCovered
from flowcase.terms import Naming

WorkdayKind = Literal["workday", "makeup", "rest", "holiday"]
Since = TypeVar("Since", WeeklyRest, OfficeHours)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a calendar.

    kind: workday · makeup (a weekly rest day that is worked) · rest (of the week) · holiday.
    name, notice: festival and document, where a notice or the law decides.
    provisional: not settled by a notice; `kind` is an estimate.
    """

    date: date
    kind: WorkdayKind
    name: Naming | None = None
    notice: str | None = None
    provisional: bool = False


#: Turns 1 into 0 and 0 into 1, byte by byte.
_OPPOSITE = bytes([1, 0]) + bytes(254)


class Daybook:
    """The days of one calendar as known at one date. Never changed once made.

    coverage: the first run of days that notices settle. first, last: ordinals of the first and the
    last day the book speaks of, estimates included. worked: 1 for each working day. rank: for each
    place, how many working days there are up to it. workdays: the place of each working day.
    unsettled: for each place, how many days up to it no notice settles.
    """

    def __init__(self, source: CalendarSource, known_at: date | None) -> None:
        self.source, self.known_at = source, known_at
        covered = covered_by(source, known_at)
        if not covered:
            when = ", as known then" if known_at else ""
            message = f"calendar {source.name!r} has no notice that covers any day{when}"
            raise CalendarError(message)
        self.coverage = covered[0]
        self.first = covered[0].first.toordinal()
        self.last = max(covered[-1].last.toordinal(), _furthest(source))
        self._week = self._week_of(source)
        self._settled = bytearray(len(self._week))
        for span in covered:
            start, end = span.first.toordinal(), span.last.toordinal() + 1
            self._settled[start - self.first : end - self.first] = b"\1" * (end - start)
        rulings = rulings_of(source, known_at)
        self._rulings = {
            ordinal - self.first: ruling
            for ordinal, ruling in rulings.items()
            if self.first <= ordinal <= self.last
        }
        self.worked = bytearray(self._week)
        for place, ruling in self._rulings.items():
            self.worked[place] = ruling.worked
        self.forecast = self._forecast()
        for place in self.forecast.rulings:
            self.worked[place] = 0
        self.rank = list(accumulate(self.worked))
        self.workdays = list(compress(range(len(self.worked)), self.worked))
        self.unsettled = list(accumulate(self._settled.translate(_OPPOSITE)))

    def _forecast(self) -> Forecast:
        layers = self.source.layers()
        ground = next((layer for layer in reversed(layers) if layer.statutory), None)
        years = range(self.coverage.last.year, date.fromordinal(self.last).year + 1)
        return Forecast(
            first=self.first,
            week=self._week,
            worked=bytes(self.worked),
            settled=bytes(self._settled),
            ruled=set(self._rulings),
            statutory=ground.statutory if ground else None,
            years=years,
            balanced=ground is None or self._week_of(ground) == self._week,
        )

    def _week_of(self, source: CalendarSource) -> bytes:
        """1 for each day worked by the week alone."""
        timeline = _timeline([layer.weekly_rest for layer in source.layers()])
        ends = [since for since, _ in timeline[1:]] + [self.last + 1]
        week = bytearray()
        for (_, rest), end in zip(timeline, ends, strict=True):
            start = self.first + len(week)
            count = max(0, min(end, self.last + 1) - start)
            # Ordinal 1 was a Monday: (ordinal - 1) % 7 is the day of the week.
            pattern = bytes((start - 1 + day) % 7 not in rest.weekdays for day in range(7))
            week += (pattern * (count // 7 + 1))[:count]
        return bytes(week)

    def place(self, day: date) -> int:
        """Return the place of a date. Errors: NotCovered before the first and after the last."""
        place = day.toordinal() - self.first
        if not 0 <= place < len(self.rank):
            raise self.not_covered(place)
        return place

    def date_at(self, place: int) -> date:
        """Return the date at a place. Errors: NotCovered."""
        if not 0 <= place < len(self.rank):
            raise self.not_covered(place)
        return date.fromordinal(place + self.first)

    def not_covered(self, place: int) -> NotCovered:
        """Return the error that says of which days the calendar can speak."""
        name = self.source.name
        if place < 0:
            message = f"calendar {name!r} begins on {self.coverage.first}; this lies before"
            return NotCovered(message)
        message = (
            f"calendar {name!r} is settled until {self.coverage.last} and estimated until "
            f"{date.fromordinal(self.last)}; this lies after"
        )
        return NotCovered(message)

    def nth(self, number: int) -> int:
        """Return the place of a working day by its number, 1 for the first. Errors: NotCovered."""
        if number < 1:
            raise self.not_covered(-1)
        if number > len(self.workdays):
            raise self.not_covered(len(self.rank))
        return self.workdays[number - 1]

    def workday_from(self, place: int) -> int:
        """Return the place of the first working day at or after a place. Errors: NotCovered."""
        if place >= len(self.rank):
            raise self.not_covered(place)
        return self.nth(self.rank[place] - self.worked[place] + 1)

    def provisional(self, first: int, last: int) -> bool:
        """Whether any day of the places from first to last is settled by no notice."""
        return self.unsettled[last] > (self.unsettled[first - 1] if first else 0)

    def day(self, place: int) -> CalendarDay:
        """Return what is known of the day at a place. Errors: NotCovered."""
        day = self.date_at(place)
        provisional = not self._settled[place]
        ruling = self._rulings.get(place) or self.forecast.rulings.get(place)
        if ruling is None:
            kind: WorkdayKind = "workday" if self.worked[place] else "rest"
            return CalendarDay(day, kind, provisional=provisional)
        kind = "holiday"
        if ruling.worked:
            kind = "workday" if self._week[place] else "makeup"
        return CalendarDay(day, kind, ruling.name, ruling.reference, provisional)

    def hours(self, place: int) -> Hours:
        """Return the office hours of a day, were it worked."""
        return self.short_days.get(place) or self._usual_hours(place)

    def _usual_hours(self, place: int) -> Hours:
        since = [office for begins, office in self._office if begins <= place + self.first]
        return since[-1].hours

    @cached_property
    def short_days(self) -> dict[int, Hours]:
        """The office hours of the days that have others than usual, by place."""
        found: dict[int, Hours] = {}
        for layer in self.source.layers():
            for notice in known_notices(layer, self.known_at):
                for short in notice.short_days:
                    for day in short.days.days():
                        if self.first <= day.toordinal() <= self.last:
                            found[day.toordinal() - self.first] = short.hours
        return found

    @cached_property
    def _office(self) -> list[tuple[int, OfficeHours]]:
        return _timeline([layer.office_hours for layer in self.source.layers()])

    @cached_property
    def work_minutes(self) -> list[int]:
        """For each place, how many office minutes are worked up to the end of that day."""
        return self._minutes_of(self.worked)

    @cached_property
    def possible_work_minutes(self) -> list[int]:
        """The same, were every day worked that may turn out to be."""
        return self._minutes_of(self.forecast.possible)

    def _minutes_of(self, worked: bytes | bytearray) -> list[int]:
        minutes = [0] * len(worked)
        ends = [since for since, _ in self._office[1:]] + [self.last + 1]
        for (since, office), end in zip(self._office, ends, strict=True):
            whole = sum(until - begin for begin, until in office.hours.spans)
            for place in range(max(0, since - self.first), min(end, self.last + 1) - self.first):
                minutes[place] = whole * worked[place]
        for place, hours in self.short_days.items():
            minutes[place] = sum(until - begin for begin, until in hours.spans) * worked[place]
        return list(accumulate(minutes))


def _furthest(source: CalendarSource) -> int:
    """Ordinal of the last day that can be estimated: without statutory days, none."""
    years = [layer.statutory.last_year for layer in source.layers() if layer.statutory]
    return date(years[-1], 12, 31).toordinal() if years else 0


def _timeline(layers: list[tuple[Since, ...]]) -> list[tuple[int, Since]]:
    """Dated entries from the ground up as one: an upper layer rules from its first date on."""
    timeline: list[tuple[int, Since]] = []
    for entries in layers:
        dated = [(entry.since.toordinal() if entry.since else 0, entry) for entry in entries]
        if dated:
            timeline = [item for item in timeline if item[0] < dated[0][0]] + dated
    return timeline
