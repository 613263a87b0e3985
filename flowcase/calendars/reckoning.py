"""Reckoning: from a start, a term and its pauses to the due moment, over one daybook.

Every unit is counted along an axis of its own (places of days, ranks of working days,
microseconds, microseconds of office time); a pause pushes the target back on that axis. Past the
coverage the same is reckoned twice: once as estimated, once with every day worked that may be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pendulum

from flowcase.calendars.daybook import Daybook
from flowcase.calendars.forecast import pushed_back
from flowcase.errors import InvalidInput
from flowcase.terms import Due, Term
from flowcase.time import utc

#: A pause: from, until.
Pause = tuple[datetime, datetime]

_MINUTE_US = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One answer: the exclusive instant, and the places of the days on the way.

    zero: day zero. end: the last day before it was moved off a rest day. last: the last day.
    """

    at: datetime
    zero: int
    end: int
    last: int


class Reckoning:
    """Reckons one term from one start. `earliest` counts every day that may be worked."""

    def __init__(
        self, book: Daybook, zone: ZoneInfo, start: datetime, term: Term, pauses: Sequence[Pause]
    ) -> None:
        self.book, self.zone, self.term = book, zone, term
        self.start = utc(start)
        self.local = self.start.astimezone(zone)
        self.filed = book.place(self.local.date())
        self.pauses = merged(pauses) if pauses else []

    def due(self) -> Due:
        """Return the due moment, with its floor where it is provisional."""
        found = self.reckon(earliest=False)
        last_day = self.book.date_at(found.last)
        if not self.is_provisional(found):
            return Due(found.at, last_day, False, found.at)
        floor = self.reckon(earliest=True).at
        return Due(found.at, last_day, True, min(floor, found.at))

    def is_provisional(self, found: Reckoned) -> bool:
        """Whether a notice still to come could move what was found."""
        book, term = self.book, self.term
        if term.counts_from.startswith("next_workday") and book.provisional(self.filed, found.zero):
            return True
        if term.workdays is not None or term.work_minutes is not None:
            return book.provisional(self.filed, found.last)
        if term.hours is not None or term.roll == "none":
            return False
        return book.provisional(found.end, found.last)

    def reckon(self, *, earliest: bool) -> Reckoned:
        """Return the due moment as estimated, or the earliest it can turn out to be."""
        zero = self.day_zero(earliest=earliest)
        if self.term.workdays is not None:
            end = last = self._after_workdays(zero, self.term.workdays, earliest=earliest)
        elif self.term.months is not None or self.term.days is not None:
            end, last = self._after_days(zero, earliest=earliest)
        else:
            at = self._after_time(zero, earliest=earliest)
            # The instant is exclusive: a term over at 00:00 ran out on the day before.
            local = (at - _MICROSECOND if at > self.start else at).astimezone(self.zone)
            end = last = self.book.place(local.date())
            return Reckoned(at, zero, end, last)
        return Reckoned(self._ends(last), zero, end, last)

    def day_zero(self, *, earliest: bool) -> int:
        """Return the place of the day that is not counted."""
        counts_from = self.term.counts_from
        if counts_from == "filing_day":
            return self.filed
        if counts_from == "next_day":
            return self.filed + 1
        after_hours = counts_from == "next_workday_after_hours" and (
            self.local.hour * 60 + self.local.minute >= self.book.hours(self.filed).close
        )
        return self._workday_from(self.filed + after_hours, earliest=earliest)

    def paused_days(self) -> list[tuple[int, int]]:
        """Return each pause as places: the days after the first up to the second do not count."""
        places = []
        for begins, ends in self.pauses:
            first, last = (moment.astimezone(self.zone).date() for moment in (begins, ends))
            if last > first and last.toordinal() > self.book.first:
                begin = max(first.toordinal() - self.book.first, 0)
                places.append((begin, self.book.place(last)))
        return places

    def _workday_from(self, place: int, *, earliest: bool) -> int:
        return (
            self.book.forecast.earliest_from(place) if earliest else self.book.workday_from(place)
        )

    def _after_workdays(self, zero: int, count: int, *, earliest: bool) -> int:
        book = self.book
        if not count:
            return self._workday_from(zero, earliest=earliest)
        paused = self.paused_days() if self.pauses else []
        if earliest:
            return book.forecast.earliest_after(zero, count, paused)
        rank = book.rank
        ranks = [(rank[begins], rank[ends]) for begins, ends in paused]
        if zero >= len(rank):
            raise book.not_covered(zero)
        return book.nth(pushed_back(rank[zero] + count, rank[zero], ranks))

    def _after_days(self, zero: int, *, earliest: bool) -> tuple[int, int]:
        """Calendar days and months. On the way to the working day the term is moved to, paused
        days are as rest days, or it would be over while it stands still.
        """
        end = zero + (self.term.days or 0)
        if self.term.months:
            end = months_after(self.book.date_at(zero), self.term.months).toordinal()
            end -= self.book.first
        last = self._rolled(end, earliest=earliest)
        for begins, ends in self.paused_days() if self.pauses else ():
            if last <= begins:
                break
            if end > begins:
                end += max(0, ends - max(begins, zero))
                last = self._rolled(end, earliest=earliest)
            elif last <= ends:
                last = self._rolled(ends + 1, earliest=earliest)
        return end, last

    def _rolled(self, place: int, *, earliest: bool) -> int:
        if self.term.roll == "none":
            return place
        return self._workday_from(place, earliest=earliest)

    def _after_time(self, zero: int, *, earliest: bool) -> datetime:
        """Elapsed hours, or minutes inside the office hours."""
        begins = self.begins(zero)
        if self.term.hours is not None:
            origin = (begins - _EPOCH) // _MICROSECOND
            pauses = [
                ((first - _EPOCH) // _MICROSECOND, (last - _EPOCH) // _MICROSECOND)
                for first, last in self.pauses
            ]
            target = pushed_back(origin + self.term.hours * 60 * _MINUTE_US, origin, pauses)
            return _EPOCH + timedelta(microseconds=target)
        if not self.term.work_minutes:
            return begins
        axis = OfficeTime(self.book, self.zone, earliest=earliest)
        origin = axis.worked_until(begins)
        pauses = [
            (axis.worked_until(first), axis.worked_until(last)) for first, last in self.pauses
        ]
        needed = self.term.work_minutes * _MINUTE_US
        return axis.reached(pushed_back(origin + needed, origin, pauses))

    def begins(self, zero: int) -> datetime:
        """Return when time starts to run: at the start itself, or when a later day zero begins.

        That is midnight and not the opening of the office: who files at one in the morning of a
        working day must not be due before who filed on the Sunday before it.
        """
        if zero == self.filed:
            return self.start
        return at_minute(self.book.date_at(zero), 0, self.zone)

    def _ends(self, last: int) -> datetime:
        day, ends = self.book.date_at(last), self.term.ends
        if ends == "midnight":
            return at_minute(day, 24 * 60, self.zone)
        if ends == "close":
            return max(at_minute(day, self.book.hours(last).close, self.zone), self.start)
        return datetime.combine(day, self.local.time(), self.zone).astimezone(UTC)


class OfficeTime:
    """Worked time as an axis: microseconds of office time since the first day of the book."""

    def __init__(self, book: Daybook, zone: ZoneInfo, *, earliest: bool) -> None:
        self._book, self._zone = book, zone
        self.minutes = book.possible_work_minutes if earliest else book.work_minutes

    def worked_until(self, moment: datetime) -> int:
        """Return how much office time has passed at an instant."""
        local = moment.astimezone(self._zone)
        place = self._book.place(local.date())
        before = self.minutes[place - 1] if place else 0
        if self.minutes[place] == before:
            return before * _MINUTE_US
        passed = (local.hour * 60 + local.minute) * _MINUTE_US
        passed += local.second * 1_000_000 + local.microsecond
        spans = self._book.hours(place).spans
        worked = sum(
            min(max(passed - begin * _MINUTE_US, 0), (end - begin) * _MINUTE_US)
            for begin, end in spans
        )
        return before * _MINUTE_US + worked

    def reached(self, target: int) -> datetime:
        """Return the earliest instant at which so much office time has passed."""
        place = bisect_left(self.minutes, -(-target // _MINUTE_US))
        day = self._book.date_at(place)
        left = target - (self.minutes[place - 1] if place else 0) * _MINUTE_US
        for begin, end in self._book.hours(place).spans:
            length = (end - begin) * _MINUTE_US
            if left <= length:
                return at_minute(day, begin, self._zone, microseconds=left)
            left -= length
        raise AssertionError("the day's minutes are the sum of its hours")


def at_minute(day: date, minute: int, zone: ZoneInfo, microseconds: int = 0) -> datetime:
    """Return the instant, in UTC, of a wall-clock minute of a day; 1440 is 24:00."""
    if minute == 24 * 60 and not microseconds:
        day, minute = date.fromordinal(day.toordinal() + 1), 0
    local = datetime.combine(day, time(), zone)
    if minute or microseconds:
        local += timedelta(minutes=minute, microseconds=microseconds)  # wall time: no zone involved
    return local.astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """Return the same day-number so many months later, or the last day of a shorter month (202)."""
    later = pendulum.date(day.year, day.month, day.day).add(months=months)
    return date(later.year, later.month, later.day)


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of this name."""
    return pendulum.timezone(name)


def merged(pauses: Sequence[Pause]) -> list[Pause]:
    """Return pauses in UTC, ascending and apart. Errors: InvalidInput if one runs backwards."""
    apart: list[Pause] = []
    for begins, ends in sorted((utc(begins), utc(ends)) for begins, ends in pauses):
        if ends < begins:
            raise InvalidInput(f"a pause runs forward; this one runs from {begins} to {ends}")
        if apart and begins <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], ends))
        else:
            apart.append((begins, ends))
    return apart
