"""Calendar files: finds a calendar by its name and reads its folder into frozen values.

A calendar is a folder `cn/` with a head (`calendar.toml`), a file for each notice, and perhaps
`statutory.toml`; or one file `name.toml` that is a head with its `[[notices]]`. The same folder in
several places is one calendar: of two files with one name the first found wins, so a city adds
the notice of a new year by putting `cn/2027.toml` into a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flowcase.calendars.entries import Entries, Hours, read_entries
from flowcase.calendars.notices import Notice, read_notice
from flowcase.calendars.statutory import Statutory, read_statutory
from flowcase.errors import CalendarError, Finding
from flowcase.terms import Naming

HEAD = "calendar.toml"
STATUTORY = "statutory.toml"
MOST_FILES = 400
MOST_LAYERS = 6
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WeeklyRest:
    """The rest days of the week from a date on (0 is Monday); None: from the beginning."""

    since: date | None
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The office hours of every working day from a date on; None: from the beginning."""

    since: date | None
    hours: Hours


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """Everything the files say of one calendar, and the calendar it extends."""

    name: str
    title: Naming
    timezone: str
    weekly_rest: tuple[WeeklyRest, ...]
    office_hours: tuple[OfficeHours, ...]
    notices: tuple[Notice, ...]
    statutory: Statutory | None
    extends: CalendarSource | None

    def layers(self) -> tuple[CalendarSource, ...]:
        """Return the calendars this one stands on, from the ground up, itself last."""
        below = self.extends.layers() if self.extends else ()
        return (*below, self)

    def weekdays_off(self, day: date) -> frozenset[int]:
        """Return the weekly rest days in force on a date."""
        for layer in reversed(self.layers()):
            for rest in reversed(layer.weekly_rest):
                if rest.since is None or rest.since <= day:
                    return rest.weekdays
        return frozenset()


def read_calendar(name: str, folders: Sequence[Path]) -> CalendarSource:
    """Read the calendar of this name, looking in `folders` in order.

    Errors: CalendarError, with every finding at once, if it is not there or not sound.
    """
    findings: list[Finding] = []
    source = _read(name, folders, findings, ())
    if findings or source is None:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        message = f"calendar {str(name)[:60]!r} cannot be used: {count}"
        raise CalendarError(message, findings)
    return source


def _read(
    name: str, folders: Sequence[Path], findings: list[Finding], above: tuple[str, ...]
) -> CalendarSource | None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        sentence = "a calendar's name is small letters, digits and _, starting with a letter"
        findings.append(Finding("name", sentence))
        return None
    if name in above or len(above) >= MOST_LAYERS:
        chain = " -> ".join([*above, name])
        findings.append(Finding(f"{above[-1]}.extends", f"goes in a circle or too deep: {chain}"))
        return None
    files = _files(name, folders)
    if HEAD not in files:
        findings.append(
            Finding(name, f"is in none of {', '.join(map(str, folders)) or 'no folder'}")
        )
        return None
    if len(files) > MOST_FILES:
        findings.append(Finding(name, f"has {len(files)} files; at most {MOST_FILES} are read"))
        return None
    head = read_entries(files[HEAD], findings)
    if head is None:
        return None
    extends = head.text("extends")
    parent = _read(extends, folders, findings, (*above, name)) if extends else None
    return _source(name, head, parent, files, findings)


def _files(name: str, folders: Sequence[Path]) -> dict[str, Path]:
    """Each file of a calendar by its name; a single-file calendar is its own head."""
    files: dict[str, Path] = {}
    for folder in folders:
        alone = folder / f"{name}.toml"
        if alone.is_file():
            return files if HEAD in files else files | {HEAD: alone}
        for path in sorted((folder / name).glob("*.toml")):
            if not path.name.startswith("."):
                files.setdefault(path.name, path)
    return files


def _source(
    name: str,
    head: Entries,
    parent: CalendarSource | None,
    files: dict[str, Path],
    findings: list[Finding],
) -> CalendarSource:
    said = head.text("name", required=True)
    if said is not None and said != name:
        head.wrong("name", f"is {said!r}, but the file is that of {name!r}")
    title = head.naming("title", required=True)
    source = CalendarSource(
        name=name,
        title=title,
        timezone=_timezone(head, parent),
        weekly_rest=_weekly_rest(head, required=parent is None),
        office_hours=_office_hours(head, required=parent is None),
        notices=_notices(head, files, findings),
        statutory=_statutory(files, findings),
        extends=parent,
    )
    head.finish()
    findings.extend(_unsound(source))
    return source


def _timezone(head: Entries, parent: CalendarSource | None) -> str:
    text = head.text("timezone", required=parent is None)
    if text is None:
        return parent.timezone if parent else "UTC"
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        head.wrong("timezone", f"is the name of a time zone, like Asia/Shanghai; {text!r} is not")
        return "UTC"
    return text


def _weekly_rest(head: Entries, *, required: bool) -> tuple[WeeklyRest, ...]:
    found = []
    for inner in head.tables("weekly_rest", required=required):
        since, days = inner.day("from"), inner.items("days", required=True)
        for place, day in days:
            if day not in WEEKDAYS:
                inner.wrong(place, f"is one of {', '.join(WEEKDAYS)}")
        names = [day for _, day in days if isinstance(day, str) and day in WEEKDAYS]
        inner.finish()
        if len(set(names)) == len(WEEKDAYS):
            inner.wrong("days", "leaves no working day")
        found.append(WeeklyRest(since, frozenset(WEEKDAYS.index(day) for day in names)))
    _check_order(head, "weekly_rest", [rest.since for rest in found])
    return tuple(found)


def _office_hours(head: Entries, *, required: bool) -> tuple[OfficeHours, ...]:
    found = []
    for inner in head.tables("office_hours", required=required):
        since, hours = inner.day("from"), inner.hours("hours")
        inner.finish()
        if hours is not None:
            found.append(OfficeHours(since, hours))
    _check_order(head, "office_hours", [office.since for office in found])
    return tuple(found)


def _check_order(head: Entries, key: str, dates: list[date | None]) -> None:
    known = [day or date.min for day in dates]
    if known != sorted(set(known)):
        head.wrong(key, "stand in the order of their `from`; only the first may do without")


def _notices(head: Entries, files: dict[str, Path], findings: list[Finding]) -> tuple[Notice, ...]:
    found = []
    for place, inner in enumerate(head.tables("notices")):
        key = inner.text("key", required=True)
        found.append(read_notice(inner, key or str(place)))
    for file_name, path in files.items():
        if file_name not in {HEAD, STATUTORY}:
            entries = read_entries(path, findings)
            if entries is not None:
                found.append(read_notice(entries, path.stem))
    return tuple(sorted(found, key=lambda notice: notice.order))


def _statutory(files: dict[str, Path], findings: list[Finding]) -> Statutory | None:
    if STATUTORY not in files:
        return None
    entries = read_entries(files[STATUTORY], findings)
    return read_statutory(entries) if entries is not None else None


def _unsound(source: CalendarSource) -> list[Finding]:
    """What can only be seen with all notices of a calendar side by side."""
    findings = []
    keys = [notice.key for notice in source.notices]
    for notice in source.notices:
        path = f"{source.name}/{notice.key}"
        if keys.count(notice.key) > 1:
            findings.append(Finding(path, "is the key of more than one notice"))
        if notice.amends is not None and notice.amends not in keys:
            findings.append(
                Finding(f"{path}.amends", f"names {notice.amends!r}, which is not there")
            )
        for day, _ in notice.days_worked():
            if day.weekday() not in source.weekdays_off(day):
                sentence = (
                    f"{day} is a {WEEKDAYS[day.weekday()]}, which is worked anyway; "
                    "a day off that is taken back is `ordinary`"
                )
                findings.append(Finding(f"{path}.worked", sentence))
    covering = sorted((n.covers, n.key) for n in source.notices if n.covers is not None)
    for (span, key), (later, later_key) in pairwise(covering):
        if later.first <= span.last:
            sentence = f"overlaps with what {key} covers"
            findings.append(Finding(f"{source.name}/{later_key}.covers", sentence))
    return findings
