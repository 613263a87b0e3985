"""What is odd in the files of a calendar: readable, but hardly what its authors meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from flowcase.assets import asset_folders
from flowcase.calendars.daybook import Daybook
from flowcase.calendars.entries import Span
from flowcase.calendars.files import WEEKDAYS, CalendarSource, read_calendar
from flowcase.calendars.notices import Festival, Notice
from flowcase.calendars.rulings import covered_by
from flowcase.calendars.statutory import StatutoryFestival
from flowcase.errors import CalendarError, Finding

#: Festivals no farther apart are arranged as one: each may pay for the other's days off.
_NEIGHBOURS_DAYS = 7
#: Where no statutory festival says how far a make-up day may lie from the days off it pays for.
_USUAL_REACH_DAYS = 14


def check_calendar(folder: str | Path) -> tuple[Finding, ...]:
    """Return everything wrong or odd with a calendar, given its folder or single file.

    Wrong is what keeps it from loading: an entry that cannot be read, notices that cover the same
    days, a make-up day on a weekday or on a day off. Odd is a gap in what the notices cover, a
    notice or a festival whose days do not balance, a statutory day that is worked, days off or
    make-up days far from their festival, a notice published after the days it settles began,
    notices that contradict each other, an amendment that changes nothing, hours for a day that is
    not worked. Calendars it extends are found beside it, then where calendars are found.
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
        yield from _late(notice, path)
        for festival in festivals:
            for day in festival.days:
                if day in _off(notice) or day not in (notice.covers or ()):
                    continue
                yield Finding(path, f"works on {day}, a statutory day of {festival.name.en}")
        for named in notice.festivals:
            yield from _stranded(named, festivals, path)
    yield from _contradictory(source)
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
        return
    for group in _neighbours(festivals):
        yield from _unbalanced_group(source, notice, group, path)


def _neighbours(festivals: list[StatutoryFestival]) -> list[list[StatutoryFestival]]:
    """Festivals in groups that are arranged together, each by itself as a rule."""
    groups: list[list[StatutoryFestival]] = []
    for festival in sorted(festivals, key=lambda each: each.days):
        last = max((each.days[-1] for each in groups[-1]), default=None) if groups else None
        if last is not None and (festival.days[0] - last).days <= _NEIGHBOURS_DAYS:
            groups[-1].append(festival)
        else:
            groups.append([festival])
    return groups


def _unbalanced_group(
    source: CalendarSource, notice: Notice, group: list[StatutoryFestival], path: str
) -> Iterator[Finding]:
    """Each festival balances too: else a day of one stands under the name of another."""
    names = [festival.name for festival in group]
    mine = [festival for festival in notice.festivals if festival.name in names]
    if len({festival.name for festival in mine}) < len(set(names)):
        return  # told under a name of its own, perhaps that of two festivals in one
    days = {day for festival in mine for span in festival.off for day in span.days()}
    off = sum(1 for day in days if day.weekday() not in source.weekdays_off(day))
    worked = sum(len(festival.worked) for festival in mine)
    owed = sum(len(festival.days) for festival in group)
    if off - worked != owed:
        sentence = (
            f"{off} weekdays off less {worked} make-up days at {names[0].en} are {off - worked}; "
            f"its statutory days are {owed}"
        )
        yield Finding(path, sentence)


def _late(notice: Notice, path: str) -> Iterator[Finding]:
    """A notice that came after the days it settles: the year of one of the dates is wrong."""
    if notice.covers and notice.published and notice.published > notice.covers.first:
        sentence = f"is {notice.published}, after the days it settles began ({notice.covers.first})"
        yield Finding(f"{path}.published", sentence)


def _contradictory(source: CalendarSource) -> Iterator[Finding]:
    """Notices of one calendar that say different things of a day, and do not amend each other."""
    said: dict[date, tuple[Notice, str]] = {}
    for notice in source.notices:
        path, changes = f"{source.name}/{notice.key}", bool(notice.short_days)
        for day, what in _said(notice):
            before = said.get(day)
            changes = changes or before is None or before[1] != what
            if before is not None and before[1] != what and notice.amends is None:
                sentence = f"says {day} is {what}, but {before[0].key} says {before[1]}"
                yield Finding(path, f"{sentence}; a change is an amendment")
            said[day] = (notice, what)
        if notice.amends is not None and not changes:
            yield Finding(path, f"changes nothing: {notice.amends} says all of it already")


def _said(notice: Notice) -> Iterator[tuple[date, str]]:
    yield from ((day, "off") for day, _ in notice.days_off())
    yield from ((day, "worked") for day, _ in notice.days_worked())
    yield from ((day, "ordinary") for day in notice.ordinary)


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
