"""Working days: loads calendars and counts days the way an office does.

    calendar = load_calendar("cn")
    calendar.due(start, Term(workdays=10)).at

Moments go in and come out aware; those that come out are in UTC. Days are dates of the calendar's
own time zone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from flowcase.assets import asset_folders
from flowcase.calendars.daybook import CalendarDay, Daybook
from flowcase.calendars.files import CalendarSource, read_calendar
from flowcase.calendars.itinerary import itinerary
from flowcase.calendars.reckoning import Pause, Reckoning, at_minute, zone_named
from flowcase.calendars.rulings import known_notices
from flowcase.terms import Day, Due, Naming, Term
from flowcase.time import utc


def load_calendar(
    name: str, known_at: date | None = None, folders: Sequence[str | Path] = ()
) -> Calendar:
    """Load a calendar, looking in `folders`, then FLOWCASE_CALENDARS, then what is packaged.

    known_at: leave out the notices published later, "as known then"; None: use all.
    Errors: CalendarError with every finding if it is not there or not sound.
    """
    calendar = Calendar(read_calendar(name, asset_folders("calendars", folders)))
    return calendar if known_at is None else calendar.as_known(known_at)


class Calendar:
    """A calendar as known at one date. Never changes; may be shared between threads.

    Days past its coverage are estimated, and said to be provisional where a `Due` or a day is
    returned; days before it, and days too late to be estimated, raise NotCovered.
    """

    def __init__(
        self,
        source: CalendarSource,
        known_at: date | None = None,
        editions: dict[date | None, Calendar] | None = None,
    ) -> None:
        self._source = source
        self._book = Daybook(source, known_at)
        self._zone = zone_named(source.timezone)
        layers = source.layers()
        self._published = sorted(
            {n.published for layer in layers for n in layer.notices if n.published}
        )
        self._editions: dict[date | None, Calendar] = {} if editions is None else editions
        known = (n for layer in layers for n in known_notices(layer, known_at))
        #: Publication date of the newest notice known; None if none is dated.
        self.edition = max((n.published for n in known if n.published), default=None)

    @property
    def name(self) -> str:
        """The name it is loaded by."""
        return self._source.name

    @property
    def title(self) -> Naming:
        """What it is called, in both languages."""
        return self._source.title

    @property
    def timezone(self) -> str:
        """Name of the time zone its days are days of."""
        return self._source.timezone

    @property
    def coverage(self) -> tuple[date, date]:
        """The first and the last day of the days settled by notices without a gap."""
        return self._book.coverage.first, self._book.coverage.last

    def as_known(self, day: date) -> Calendar:
        """Return this calendar with the notices published by `day`; the same one for days
        between which nothing was published. Errors: CalendarError if none covered any day.
        """
        newest = bisect_right(self._published, day)
        edition = self._published[newest - 1] if newest else None
        if edition not in self._editions:
            known_at = edition or date.min
            self._editions[edition] = Calendar(self._source, known_at, self._editions)
        return self._editions[edition]

    def due(self, start: datetime, term: Term, pauses: Sequence[Pause] = ()) -> Due:
        """Return when a term that starts at `start` is over.

        pauses: moments from and until which the clock stood still. A working-day term does not
        count the days after the one a pause began on, up to the one it ended on; months and
        calendar days are pushed back by as many days; hours and office minutes by the time.
        Errors: InvalidInput for a moment without a zone; NotCovered.
        """
        return Reckoning(self._book, self._zone, start, term, pauses).due()

    def explain(self, start: datetime, term: Term, pauses: Sequence[Pause] = ()) -> tuple[Day, ...]:
        """Return each day from the start to the last one, and why it counted or did not.

        Errors: as `due`.
        """
        return itinerary(Reckoning(self._book, self._zone, start, term, pauses))

    def day(self, day: date) -> CalendarDay:
        """Return what kind of day it is, and by which notice. Errors: NotCovered."""
        return self._book.day(self._book.place(day))

    def covers(self, day: date) -> bool:
        """Whether a notice settles the day."""
        place = day.toordinal() - self._book.first
        return 0 <= place < len(self._book.rank) and not self._book.provisional(place, place)

    def is_workday(self, day: date) -> bool:
        """Whether it is worked; past the coverage, whether it is estimated to be.

        Errors: NotCovered.
        """
        return bool(self._book.worked[self._book.place(day)])

    def add_workdays(self, day: date, count: int) -> date:
        """Return the count-th working day after `day`, before it where `count` is negative; for 0
        the day itself or the next working day. Past the coverage it is an estimate.

        Errors: NotCovered.
        """
        book = self._book
        place = book.place(day)
        if count > 0:
            number = book.rank[place] + count
        else:
            number = book.rank[place] - book.worked[place] + 1 + count
        return date.fromordinal(book.nth(number) + book.first)

    def workdays_between(self, after: date, until: date) -> int:
        """Return how many working days come after `after`, up to and including `until`; negative
        if `until` is the earlier one. Errors: NotCovered.
        """
        book = self._book
        return book.rank[book.place(until)] - book.rank[book.place(after)]

    def remaining_workdays(self, now: datetime, due: datetime) -> int:
        """Return how many working days are left after today until a due moment, its last day
        included; negative when it is past. Errors: InvalidInput, NotCovered.
        """
        # The due moment is exclusive: one at 00:00 belongs to the day before.
        last = utc(due) - datetime.resolution
        return self.workdays_between(self.local_date(now), self.local_date(last))

    def local_date(self, moment: datetime) -> date:
        """Return the day of an instant in the calendar's zone. Errors: InvalidInput."""
        return utc(moment).astimezone(self._zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the instant a day begins, in UTC."""
        return at_minute(day, 0, self._zone)

    def end_of(self, day: date) -> datetime:
        """Return the instant a day is over, in UTC: the start of the next."""
        return at_minute(day, 24 * 60, self._zone)
