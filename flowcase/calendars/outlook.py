"""Outlook: how far the notices of a calendar reach, and when the next one is to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from flowcase.calendars.daybook import Daybook
from flowcase.calendars.entries import Span
from flowcase.calendars.files import CalendarSource
from flowcase.calendars.notice_files import yearly_notices
from flowcase.calendars.notices import Notice
from flowcase.calendars.rulings import covered_by

#: So many of the newest notices say when one is usually published.
RECENT = 10


@dataclass(frozen=True, slots=True)
class Season:
    """When the notice of a year may be expected, from when those before it came out.

    first, last: as the earliest and the latest that is known. usual: as the middle one of late.
    """

    first: date
    usual: date
    last: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a calendar can speak.

    settled: the days that notices settle without a gap. gaps: days that none settles between
    others. estimated_until: the last day that can be estimated; None if none can. next_year: the
    year whose notice is the next to come. season: None where no notice is dated.
    """

    settled: Span
    gaps: tuple[Span, ...]
    estimated_until: date | None
    next_year: int
    season: Season | None

    @property
    def estimated_years(self) -> range:
        """The years whose notice is not out, as far as they can be estimated."""
        last = self.estimated_until
        return range(self.next_year, last.year + 1 if last is not None else self.next_year)


def outlook(source: CalendarSource, known_at: date | None = None) -> Outlook:
    """Return how far a calendar can speak; known_at: with the notices published by then only.

    Errors: CalendarError if no notice covers any day.
    """
    book = Daybook(source, known_at)
    covered = covered_by(source, known_at)
    gaps = [
        Span(before.last + timedelta(days=1), after.first - timedelta(days=1))
        for before, after in pairwise(covered)
    ]
    last = date.fromordinal(book.last)
    notices = {
        year: notice
        for year, notice in yearly_notices(source).items()
        if notice.covers is not None and notice.covers.last <= covered[-1].last
    }
    next_year = max(notices, default=covered[-1].last.year) + 1
    return Outlook(
        settled=covered[0],
        gaps=tuple(gaps),
        estimated_until=last if last > covered[-1].last else None,
        next_year=next_year,
        season=_season(notices, next_year),
    )


def _season(notices: dict[int, Notice], year: int) -> Season | None:
    """The days on which the notice of a year would be out, were it as early or late as others."""
    ahead = [
        (date(before, 1, 1) - notice.published).days
        for before, notice in sorted(notices.items())
        if notice.published is not None and not notice.published_uncertain
    ]
    if not ahead:
        return None
    begins = date(year, 1, 1)
    first, usual, last = (
        begins - timedelta(days=days) for days in (max(ahead), _middle(ahead[-RECENT:]), min(ahead))
    )
    return Season(first, usual, last)


def _middle(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2]
