"""Entries: reads the typed entries of a TOML table and collects everything that is wrong with them.

Plain code and not pydantic, because every command that asks for a date reads some thirty files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from flowcase.errors import Finding
from flowcase.terms import Naming

#: A larger file is refused before it is parsed, in bytes.
LARGEST_FILE = 256 * 1024
LONGEST_LIST = 1_000
LONGEST_TEXT = 300
#: A run of days off longer than this is a slip of the pen.
LONGEST_SPAN_DAYS = 1_100
FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Yield each day of the span."""
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            yield date.fromordinal(ordinal)


@dataclass(frozen=True, slots=True)
class Hours:
    """Office hours of one day: pairs of minutes after midnight, ascending, end excluded."""

    spans: tuple[tuple[int, int], ...]

    @property
    def close(self) -> int:
        """Minute of the day at which the office closes for the day."""
        return self.spans[-1][1]


class Entries:
    """The entries of one table; what is wrong goes to `findings`, with its path."""

    def __init__(self, table: Mapping[str, object], path: str, findings: list[Finding]) -> None:
        self._left = dict(table)
        self._known: list[str] = []
        self.path = path
        self.findings = findings

    def wrong(self, key: str, sentence: str) -> None:
        """Note what is wrong with an entry."""
        self.findings.append(Finding(f"{self.path}.{key}" if key else self.path, sentence))

    def take(self, key: str, *, required: bool = False) -> object:
        """Return the raw value of an entry, None if there is none."""
        self._known.append(key)
        if required and key not in self._left:
            self.wrong(key, "is missing")
        return self._left.pop(key, None)

    def finish(self) -> None:
        """Note every entry that nobody asked for."""
        for key in self._left:
            self.wrong(key[:60], f"is not known here; known are {', '.join(self._known)}")

    def text(self, key: str, *, required: bool = False) -> str | None:
        """Return a text of at most LONGEST_TEXT characters."""
        value = self.take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
            self.wrong(key, f"is a text of 1 to {LONGEST_TEXT} characters")
            return None
        return value

    def day(self, key: str, *, required: bool = False) -> date | None:
        """Return a date."""
        value = self.take(key, required=required)
        return None if value is None else self._day(key, value)

    def flag(self, key: str) -> bool:
        """Return true or false; false if there is no such entry."""
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "is true or false")
        return value is True

    def whole(self, key: str, *, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number from `least` to `most`."""
        value = self.take(key, required=default is None)
        if value is None:
            return least if default is None else default
        if type(value) is not int or not least <= value <= most:
            self.wrong(key, f"is a whole number from {least} to {most}")
            return least
        return value

    def naming(self, key: str, *, required: bool = False) -> Naming:
        """Return a name in both languages: `{ zh = "…", en = "…" }`."""
        inner = self.table(key, required=required)
        if inner is None:
            return Naming("", "")
        zh, en = inner.text("zh", required=True), inner.text("en", required=True)
        inner.finish()
        return Naming(zh or "", en or "")

    def table(self, key: str, *, required: bool = False) -> Entries | None:
        """Return the entries of a table within."""
        value = self.take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, "is a table: { … }")
            return None
        return Entries(value, f"{self.path}.{key}", self.findings)

    def tables(self, key: str, *, required: bool = False) -> list[Entries]:
        """Return the entries of each table of a list."""
        found = []
        for place, value in self.items(key, required=required):
            if isinstance(value, dict):
                found.append(Entries(value, f"{self.path}.{place}", self.findings))
            else:
                self.wrong(place, "is a table: { … }")
        return found

    def items(self, key: str, *, required: bool = False) -> list[tuple[str, object]]:
        """Return the items of a list, each with its place, e.g. `off[2]`."""
        value = self.take(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            self.wrong(key, f"is a list of at most {LONGEST_LIST} items: [ … ]")
            return []
        return [(f"{key}[{place}]", item) for place, item in enumerate(value)]

    def days(self, key: str) -> tuple[date, ...]:
        """Return a list of dates."""
        found = [self._day(place, item) for place, item in self.items(key)]
        return tuple(day for day in found if day is not None)

    def span(self, key: str, *, required: bool = False) -> Span | None:
        """Return a `{ from = …, until = … }`."""
        value = self.take(key, required=required)
        return None if value is None else self._span(key, value)

    def spans(self, key: str) -> tuple[Span, ...]:
        """Return a list of dates and of `{ from = …, until = … }`."""
        found: list[Span | None] = []
        for place, item in self.items(key):
            if isinstance(item, dict):
                found.append(self._span(place, item))
            else:
                day = self._day(place, item)
                found.append(Span(day, day) if day else None)
        return tuple(span for span in found if span is not None)

    def hours(self, key: str) -> Hours | None:
        """Return office hours: a list of "09:00-12:00", ascending."""
        minutes: list[int] = []
        for place, item in self.items(key, required=True):
            match = (
                re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", item)
                if isinstance(item, str)
                else None
            )
            numbers = [int(number) for number in match.groups()] if match else []
            if not numbers or max(numbers[1], numbers[3]) > 59:
                self.wrong(place, 'is a span of hours like "09:00-12:00"')
            else:
                minutes += [numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]]
        if not minutes:
            return None
        if minutes != sorted(set(minutes)) or minutes[-1] > 24 * 60:
            self.wrong(
                key, "run forward through one day without touching, e.g. 09:00-12:00, 14:30-17:30"
            )
            return None
        return Hours(tuple(zip(minutes[::2], minutes[1::2], strict=True)))

    def _day(self, place: str, value: object) -> date | None:
        if not isinstance(value, date) or isinstance(value, datetime):
            self.wrong(place, "is a date without quotes: 2022-10-01")
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.wrong(place, f"is a date of the years {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return value

    def _span(self, place: str, value: object) -> Span | None:
        if not isinstance(value, dict):
            self.wrong(place, "is { from = 2022-10-01, until = 2022-10-07 }")
            return None
        inner = Entries(value, f"{self.path}.{place}", self.findings)
        first, last = inner.day("from", required=True), inner.day("until", required=True)
        inner.finish()
        if first is None or last is None:
            return None
        if not 0 <= (last - first).days < LONGEST_SPAN_DAYS:
            self.wrong(
                place, f"runs forward, {LONGEST_SPAN_DAYS} days at most; {first} to {last} does not"
            )
            return None
        return Span(first, last)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Mapping[str, object]:
    """Return what a file says; a national calendar is read again for each city that extends it."""
    return tomllib.loads(text)


def read_entries(path: Path, findings: list[Finding]) -> Entries | None:
    """Read one TOML file; None, and a finding, if it cannot be."""
    label = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            findings.append(Finding(label, f"a calendar file has at most {LARGEST_FILE:,} bytes"))
            return None
        return Entries(_parsed(raw.decode("utf-8")), label, findings)
    except OSError as error:
        findings.append(Finding(label, f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        findings.append(Finding(label, "is not UTF-8 text"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        findings.append(Finding(label, f"is not TOML: {str(error)[:200]}"))
    return None
