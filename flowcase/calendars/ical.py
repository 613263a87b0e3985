"""iCalendar: all-day entries read from a file and written to one; the only user of icalendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from flowcase.calendars.entries import Span
from flowcase.errors import CalendarError, Finding
from flowcase.time import utc

#: What is read of a file, in bytes, lines and entries: more is refused before it is parsed.
LARGEST_FILE = 1024 * 1024
MOST_LINES = 50_000
MOST_ENTRIES = 5_000
#: Clients of one maker colour days by it; so every other may read it without knowing a language.
_MARK = "X-APPLE-SPECIAL-DAY"
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class AllDay:
    """An entry as it is written.

    uid: stable, so that a client knows the entry again. stamp: when it was last true; aware.
    mark: WORK-HOLIDAY, ALTERNATE-WORKDAY or "". tentative: its days may still change.
    """

    uid: str
    days: Span
    summary: str
    stamp: datetime
    description: str = ""
    sequence: int = 0
    mark: str = ""
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """An entry as it was read. days: None, and `why`, if they cannot be told."""

    place: str
    summary: str
    mark: str
    days: Span | None
    why: str = ""


def write_calendar(title: str, language: str, entries: Sequence[AllDay]) -> bytes:
    """Return a calendar of all-day entries (RFC 5545), the same bytes for the same entries.

    Without entries it is a calendar without components: no client minds, and a subscription to
    somebody who has nothing to do is not an error.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//flowcase//flowcase//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", plain(title))
    for entry in entries:
        calendar.add_component(_event(entry, language))
    return bytes(calendar.to_ical())


def _event(entry: AllDay, language: str) -> Event:
    event = Event()
    stamp = utc(entry.stamp).replace(microsecond=0)
    event.add("uid", plain(entry.uid))
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.days.first)
    event.add("dtend", entry.days.last + timedelta(days=1))
    event.add("summary", plain(entry.summary), parameters={"LANGUAGE": language})
    if entry.description:
        lines = "\n".join(plain(line) for line in entry.description.split("\n"))
        event.add("description", lines, parameters={"LANGUAGE": language})
    event.add("status", "TENTATIVE" if entry.tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    if entry.mark:
        event.add(_MARK, entry.mark)
    return event


def plain(text: str) -> str:
    """Return a text on one line and without control characters, so that it stays one property."""
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.split())


def read_calendar(raw: bytes, label: str) -> list[Read]:
    """Return the entries of a calendar file, without those that are cancelled.

    label: what the file is called in messages. Errors: CalendarError if it is not one.
    """
    begins = raw.upper().count(b"BEGIN:")
    for found, most, unit in (
        (len(raw), LARGEST_FILE, "bytes"),
        (max(raw.count(b"\n"), raw.count(b"\r")), MOST_LINES, "lines"),
        (begins, MOST_ENTRIES, "entries"),
    ):
        if found > most:
            raise _unreadable(label, f"has more than {most:,} {unit}: give one year or a few")
    try:
        calendar = Calendar.from_ical(raw.decode("utf-8-sig"))
        events = calendar.walk("VEVENT")
    except UnicodeDecodeError:
        raise _unreadable(label, "is not UTF-8 text") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(label, f"is not iCalendar: {plain(str(error))[:200]}") from None
    return list(_read(events, label))


def _unreadable(label: str, sentence: str) -> CalendarError:
    return CalendarError(f"{label} cannot be read as a calendar", [Finding(label, sentence)])


def _read(events: Sequence[Any], label: str) -> Iterator[Read]:
    for number, event in enumerate(events, start=1):
        if _text(event, "STATUS").upper() == "CANCELLED":
            continue
        days, why = _days(event)
        yield Read(
            place=f"{label}: entry {number}",
            summary=_text(event, "SUMMARY")[:_LONGEST_TEXT],
            mark=_text(event, _MARK).upper(),
            days=days,
            why=why,
        )


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    return plain(str(value)) if isinstance(value, str) else ""


def _value(event: Any, name: str) -> object:
    """The value of a property; None if there is none, several, or a broken one."""
    try:
        return getattr(event.get(name), "dt", None)
    except ValueError:  # what icalendar raises of a value that it could not parse
        return None


def _days(event: Any) -> tuple[Span | None, str]:
    """The days of an entry, or why they cannot be told."""
    if any(name in event for name in ("RRULE", "RDATE", "EXDATE")):
        return None, "it repeats; give each day an entry of its own"
    first, end = _value(event, "DTSTART"), _value(event, "DTEND")
    if not isinstance(first, date) or isinstance(first, datetime):
        return None, "its DTSTART is not a day (VALUE=DATE)"
    if end is None and "DTEND" not in event:
        lasts = _value(event, "DURATION") if "DURATION" in event else timedelta(days=1)
        if not isinstance(lasts, timedelta) or lasts % timedelta(days=1):
            return None, "its DURATION is not a number of days"
        try:
            end = first + lasts
        except OverflowError:
            return None, "its DURATION goes too far"
    if not isinstance(end, date) or isinstance(end, datetime):
        return None, "its DTEND is not a day (VALUE=DATE)"
    if end < first:
        return None, "it ends before it begins"
    # DTEND is exclusive; some write the same day twice and mean that day.
    return Span(first, max(first, end - timedelta(days=1))), ""
