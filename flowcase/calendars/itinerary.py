"""The itinerary of a term: each day from start to due, and why it counted or did not."""

from __future__ import annotations

from datetime import datetime, timedelta

from flowcase.calendars.daybook import CalendarDay
from flowcase.calendars.reckoning import OfficeTime, Reckoned, Reckoning, at_minute, months_after
from flowcase.terms import Day, DayKind


def itinerary(reckoning: Reckoning) -> tuple[Day, ...]:
    """Return the days of a term in order. It agrees with `Reckoning.due`: the last one is the last
    day, and the count of the last one is the term's amount.
    """
    found = reckoning.reckon(earliest=False)
    walk = _Walk(reckoning, found)
    return tuple(walk.day(place) for place in range(reckoning.filed, found.last + 1))


class _Walk:
    """Goes through the places in order, and remembers how much is consumed."""

    def __init__(self, reckoning: Reckoning, found: Reckoned) -> None:
        self.reckoning, self.found, self.term = reckoning, found, reckoning.term
        self.book = reckoning.book
        self.paused = reckoning.paused_days()
        self.count = 0
        #: Calendar days consumed, which months are counted by.
        self.days = 0

    def day(self, place: int) -> Day:
        known = self.book.day(place)
        kind = self._kind(place, known)
        return Day(known.date, kind, known.name, known.notice, self.count, known.provisional)

    def _kind(self, place: int, known: CalendarDay) -> DayKind:
        if self.term.hours is not None or self.term.work_minutes is not None:
            return self._by_time(place, known)
        if place <= self.found.zero:
            return "start" if place == self.found.zero else "skipped"
        if any(begins < place <= ends for begins, ends in self.paused):
            return "paused"
        if self.term.workdays is not None:
            return self._by_workdays(place, known)
        return self._by_days(place)

    def _by_workdays(self, place: int, known: CalendarDay) -> DayKind:
        if not self.book.worked[place]:
            return "holiday" if known.kind == "holiday" else "rest"
        self.count += 1
        return "makeup" if known.kind == "makeup" else "counted"

    def _by_days(self, place: int) -> DayKind:
        if place <= self.found.end:
            self.days += 1
            self.count = self._units()
        if self.found.end <= place < self.found.last:
            return "rolled"
        return "counted"

    def _units(self) -> int:
        """Days, or the whole months that so many days of this term make."""
        if self.term.months is None:
            return self.days
        zero = self.book.date_at(self.found.zero)
        months = self.count
        while months < self.term.months:
            if (months_after(zero, months + 1) - zero).days > self.days:
                break
            months += 1
        return months

    def _by_time(self, place: int, known: CalendarDay) -> DayKind:
        before = self.count
        self.count = self._consumed(place)
        if place == self.reckoning.filed:
            return "start"
        if self.count == before and self._touched_by_pause(place):
            return "paused"
        if self.term.hours is not None:
            return "counted" if place >= self.found.zero else "skipped"
        if not self.book.worked[place]:
            return "holiday" if known.kind == "holiday" else "rest"
        return "makeup" if known.kind == "makeup" else "counted"

    def _consumed(self, place: int) -> int:
        """Whole hours or minutes consumed by the end of a day."""
        walk = self.reckoning
        begins = walk.begins(self.found.zero)
        ends = min(at_minute(self.book.date_at(place), 24 * 60, walk.zone), self.found.at)
        if ends <= begins:
            return 0
        spans = _without(begins, ends, walk.pauses)
        if self.term.hours is not None:
            return sum((last - first for first, last in spans), timedelta()) // timedelta(hours=1)
        axis = OfficeTime(self.book, walk.zone, earliest=False)
        worked = sum(axis.worked_until(last) - axis.worked_until(first) for first, last in spans)
        return worked // 60_000_000

    def _touched_by_pause(self, place: int) -> bool:
        day = self.book.date_at(place)
        first, last = (at_minute(day, minute, self.reckoning.zone) for minute in (0, 24 * 60))
        return any(begins < last and ends > first for begins, ends in self.reckoning.pauses)


def _without(
    first: datetime, last: datetime, pauses: list[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """The parts of a stretch of time outside the pauses."""
    left = []
    for begins, ends in pauses:
        if ends <= first or begins >= last:
            continue
        if begins > first:
            left.append((first, begins))
        first = ends
    return [*left, (first, last)] if first < last else left
