"""What is odd in the files of a calendar: readable, but hardly what its authors meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from flowcase.assets import asset_folders
from flowcase.calendar_files import WEEKDAYS, CalendarSource, read_calendar
from flowcase.daybook import Daybook
from flowcase.entries import Span
from flowcase.errors import CalendarError, Finding
from flowcase.notices import Festival, Notice
from flowcase.rulings import covered_by
from flowcase.statutory import StatutoryFestival

#: Where no statutory festival says how far a make-up day may lie from the days off it pays for.
_USUAL_REACH_DAYS = 14


def check_calendar(folder: str | Path) -> tuple[Finding, ...]:
    """Return everything wrong or odd with a calendar, given its folder or single file.

    Wrong is what keeps it from loading; odd is a gap in what the notices cover, a notice whose
    days do not balance, a statutory day that is worked, days off or make-up days far from their
    festival. Calendars it extends are found beside it, then where calendars are found.
    """
    path = Path(folder)
    try:
        source = read_calendar(path.stem, (path.parent, *asset_folders("calendars")))
    except CalendarError as error:
        return error.findings or (Finding(path.stem, error.message),)
    return tuple(_odd(source))


def _odd(source: CalendarSource) -> Iterator[Finding]:
    covered = covered_by(source, None)
    if not covered:
        yield Finding(source.name, "has no notice that covers any day")
        return
    for before, after in pairwise(covered):
        yield Finding(source.name, f"no notice covers the days from {before.last} to {after.first}")
    book = Daybook(source, None)
    for notice in source.notices:
        path = f"{source.name}/{notice.key}"
        festivals = _statutory(source, notice.covers) if notice.covers else []
        yield from _unbalanced(source, notice, festivals, path)
        for festival in festivals:
            for day in festival.days:
                if day in _off(notice) or day not in (notice.covers or ()):
                    continue
                yield Finding(path, f"works on {day}, a statutory day of {festival.name.en}")
        for named in notice.festivals:
            yield from _stranded(named, festivals, path)
    yield from _needless(source, book)


def _statutory(source: CalendarSource, covers: Span) -> list[StatutoryFestival]:
    """The festivals with statutory days in a span."""
    if source.statutory is None:
        return []
    years = range(covers.first.year, covers.last.year + 1)
    found = (festival for year in years for festival in source.statutory.festivals(year))
    return [festival for festival in found if festival.days and festival.day in covers]


def _off(notice: Notice) -> set[date]:
    return {day for day, _ in notice.days_off()}


def _unbalanced(
    source: CalendarSource, notice: Notice, festivals: list[StatutoryFestival], path: str
) -> Iterator[Finding]:
    """Each make-up day buys one weekday off: what is left are the statutory days."""
    owed = sum(len(festival.days) for festival in festivals)
    if not owed:
        return
    off = sum(1 for day in _off(notice) if day.weekday() not in source.weekdays_off(day))
    worked = sum(1 for _ in notice.days_worked())
    if off - worked != owed:
        sentence = (
            f"{off} weekdays off less {worked} make-up days are {off - worked}; "
            f"the statutory days of its time are {owed}"
        )
        yield Finding(path, sentence)


def _stranded(named: Festival, festivals: list[StatutoryFestival], path: str) -> Iterator[Finding]:
    """Days of a festival that lie far from it."""
    same = [festival for festival in festivals if festival.name == named.name]
    reach = timedelta(days=same[0].reach_days if same else _USUAL_REACH_DAYS)
    anchors = [day for festival in same for day in festival.days]
    anchors = anchors or [day for span in named.off for day in span.days()]
    for day in (*named.worked, *(day for span in named.off for day in span.days())):
        nearest = min((abs(day - anchor) for anchor in anchors), default=None)
        if nearest is None:
            sentence = f"{day} is worked, but no day off of {named.name.en} pays for it"
            yield Finding(path, sentence)
        elif nearest > reach:
            sentence = f"{day} lies {nearest.days} days from {named.name.en}; a slip of the pen?"
            yield Finding(path, sentence)


def _needless(source: CalendarSource, book: Daybook) -> Iterator[Finding]:
    """Hours for days that are not worked."""
    for notice in source.notices:
        for short in notice.short_days:
            for day in short.days.days():
                known = book.first <= day.toordinal() <= book.last
                if known and not book.worked[book.place(day)]:
                    sentence = f"gives hours for {day}, a {WEEKDAYS[day.weekday()]} not worked"
                    yield Finding(f"{source.name}/{notice.key}.short_days", sentence)
