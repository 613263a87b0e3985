"""Timetables: working minutes on the days of a calendar, added and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flowcase.calendars.calendar import Calendar
from flowcase.simulation.profiles import minutes_of

_DAY = timedelta(days=1)
#: Nobody waits longer than this for a working minute.
_MOST_DAYS = 4000


class Timetable:
    """The working minutes of a kind of people: the same hours on every working day."""

    def __init__(self, calendar: Calendar, hours: Sequence[str]) -> None:
        self._calendar = calendar
        self._spans = [minutes_of(span) for span in hours]
        self._begins: dict[date, datetime] = {}
        self._worked: dict[date, bool] = {}
        self.minutes_a_day = sum(end - begin for begin, end in self._spans)

    def after(
        self, moment: datetime, minutes: float, absent: frozenset[date] = frozenset()
    ) -> datetime:
        """Return when so many working minutes have passed; for 0, the next moment of work."""
        day = self._calendar.local_date(moment)
        from_ = (moment - self._start(day)).total_seconds() / 60
        for _ in range(_MOST_DAYS):
            if day not in absent and self.works(day):
                for begin, end in self._spans:
                    start = max(begin, from_)
                    if start < end:
                        if minutes < end - start or (minutes and minutes == end - start):
                            return self._start(day) + timedelta(minutes=start + minutes)
                        minutes -= end - start
            day, from_ = day + _DAY, 0.0
        raise AssertionError("there is always another working day")

    def between(self, begin: datetime, end: datetime) -> float:
        """Return how many working days lie between two moments; a day is as long as its hours."""
        first, last = self._calendar.local_date(begin), self._calendar.local_date(end)
        if first == last:
            return (self._until(end, last) - self._until(begin, first)) / self.minutes_a_day
        whole = self._calendar.workdays_between(first, last) - self.works(last)
        rest = self._until(end, last) - self._until(begin, first)
        return whole + (rest / self.minutes_a_day) + self.works(first)

    def works(self, day: date) -> bool:
        """Whether the day is worked."""
        if day not in self._worked:
            self._worked[day] = self._calendar.is_workday(day)
        return self._worked[day]

    def _until(self, moment: datetime, day: date) -> float:
        """Return the working minutes of a day before a moment of it."""
        if not self.works(day):
            return 0.0
        minute = (moment - self._start(day)).total_seconds() / 60
        return sum(max(0.0, min(minute, end) - begin) for begin, end in self._spans)

    def _start(self, day: date) -> datetime:
        if day not in self._begins:
            self._begins[day] = self._calendar.start_of(day)
        return self._begins[day]
