"""Notices: one dated source of days off, as a value, and what makes it a sound one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flowcase.calendars.entries import Entries, Hours, Span
from flowcase.terms import Naming


@dataclass(frozen=True, slots=True)
class Festival:
    """What a notice says of one festival: the days off, and the rest days worked in return."""

    name: Naming
    off: tuple[Span, ...] = ()
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class ShortDay:
    """Days worked, but not for the usual hours."""

    days: Span
    hours: Hours
    name: Naming


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. It is never changed: an amendment is a notice of its own.

    key: what it is called within its calendar: the name of its file, e.g. "2022".
    published: the day the public could know it; None when not known: it counts as always known.
    covers: the days it settles, also those it does not name; None for an amendment or an addition.
    amends: key of the notice it changes.
    ordinary: days that an earlier notice named, and that follow the week again.
    """

    key: str
    title: Naming
    document: str | None = None
    source: str | None = None
    published: date | None = None
    published_uncertain: bool = False
    covers: Span | None = None
    amends: str | None = None
    festivals: tuple[Festival, ...] = ()
    ordinary: tuple[date, ...] = ()
    short_days: tuple[ShortDay, ...] = ()

    @property
    def reference(self) -> str:
        """How an explanation cites it: its number, or its title where that is not known."""
        return self.document or self.title.zh

    def days_off(self) -> Iterator[tuple[date, Naming]]:
        """Yield every day off with its festival."""
        for festival in self.festivals:
            for span in festival.off:
                for day in span.days():
                    yield day, festival.name

    def days_worked(self) -> Iterator[tuple[date, Naming]]:
        """Yield every make-up day with its festival."""
        for festival in self.festivals:
            for day in festival.worked:
                yield day, festival.name

    @property
    def order(self) -> tuple[date, date, str]:
        """Sorts notices as they came out; those of unknown date first, by what they settle."""
        first = self.covers.first if self.covers else date.min
        return (self.published or date.min, first, self.key)


def read_notice(entries: Entries, key: str) -> Notice:
    """Read a notice; what is wrong goes to the findings of `entries`."""
    notice = Notice(
        key=key,
        title=entries.naming("title", required=True),
        document=entries.text("document"),
        source=entries.text("source"),
        published=entries.day("published"),
        published_uncertain=entries.flag("published_uncertain"),
        covers=entries.span("covers"),
        amends=entries.text("amends"),
        festivals=tuple(_festival(inner) for inner in entries.tables("festivals")),
        ordinary=entries.days("ordinary"),
        short_days=tuple(_short_days(entries)),
    )
    entries.finish()
    _check_days(notice, entries)
    return notice


def _festival(entries: Entries) -> Festival:
    festival = Festival(
        name=entries.naming("name", required=True),
        off=entries.spans("off"),
        worked=entries.days("worked"),
    )
    entries.finish()
    if not festival.off and not festival.worked:
        entries.wrong("", "names no day: give `off` or `worked`")
    return festival


def _short_days(entries: Entries) -> Iterator[ShortDay]:
    for inner in entries.tables("short_days"):
        days, hours = inner.spans("days"), inner.hours("hours")
        name = inner.naming("name", required=True)
        inner.finish()
        if hours is not None:
            yield from (ShortDay(span, hours, name) for span in days)


def _check_days(notice: Notice, entries: Entries) -> None:
    """Each day is said once, and lies within what the notice settles."""
    said: dict[date, str] = {}
    for what, days in (
        ("off", [day for day, _ in notice.days_off()]),
        ("worked", [day for day, _ in notice.days_worked()]),
        ("ordinary", list(notice.ordinary)),
    ):
        for day in days:
            if day in said:
                entries.wrong("", f"says {day} twice: {said[day]} and {what}")
            said[day] = what
            if notice.covers and day not in notice.covers:
                entries.wrong("", f"says {day}, which is outside what it covers")
    if not said and not notice.covers and not notice.short_days:
        entries.wrong("", "says nothing: no `festivals`, no `ordinary`, no `short_days`")
    if notice.amends and notice.covers:
        entries.wrong("covers", "is not given by an amendment: what it amends covers the days")
    if notice.amends and not notice.published:
        entries.wrong("published", "is missing: an amendment is followed from a date on")
