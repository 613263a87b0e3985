"""Second sources: what somebody else says of days off and make-up days, read as plain statements.

Two forms are read: the JSON of the public holiday-cn data set, and iCalendar, whose entries say by
X-APPLE-SPECIAL-DAY or by their summary ("春节 休", "春节（班）", "上班(补春节假期)", "day off")
which days are off and which are worked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from flowcase.calendars import ical
from flowcase.calendars.entries import FIRST_YEAR, LAST_YEAR, Entries
from flowcase.errors import CalendarError, Finding

LARGEST_FILE = ical.LARGEST_FILE
LONGEST_NAME = 60
#: No run of days off is longer; an entry that is means something else, a school holiday perhaps.
LONGEST_ENTRY_DAYS = 40

_MARKS = {"WORK-HOLIDAY": True, "ALTERNATE-WORKDAY": False}
_OFF = ("休", "休息", "休假", "放假", "假期", "day off", "public holiday", "holiday")
_WORKED = ("班", "补班", "上班", "调休上班", "调休补班", "make-up day", "working day", "workday")
_WORDS = "|".join(sorted((*_OFF, *_WORKED), key=len, reverse=True))
#: "休｜春节"; "上班(补春节假期)"; "Working day for Spring Festival".
_BEFORE = re.compile(
    rf"({_WORDS})\s*(?:[|｜:：·-]|[(（]补|\bfor\b)\s*(.+?)(?:假期)?[)）]?", re.IGNORECASE
)
#: "春节 休", "春节（班）", "元旦假期". Not 值班, 加班 (on duty, overtime), 轮休; nor
#: 调休 alone, which some write for the day off and some for the day worked.
_AFTER = re.compile(
    rf"(.*?)[\s(（\[【|｜:：·-]*(?<![值加轮调])({_WORDS})[\s)）\]】]*", re.IGNORECASE
)
#: A summary with one of these may say the contrary, or less than a whole day.
_DOUBTFUL = re.compile(r"[不无非未半]|\b(?:non|not|no|half)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a second source says of one day. name: the festival, as it is called there."""

    day: date
    off: bool
    name: str


@dataclass(frozen=True, slots=True)
class SecondSource:
    """What a second source says.

    label: what it is called in messages. year: the year it says it is of; None if it does not.
    statements: one a day, in order. papers: the documents it names. unclear: the entries that say
    of no day, without a doubt, whether it is off or worked.
    """

    label: str
    year: int | None
    statements: tuple[Statement, ...]
    papers: tuple[str, ...] = ()
    unclear: tuple[Finding, ...] = ()


def read_second_source(raw: bytes, label: str) -> SecondSource:
    """Read a second source, whichever form it has; label: what it is called in messages.

    Errors: CalendarError with every finding, if it has neither form or contradicts itself.
    """
    label = ical.plain(label)[-100:] or "the file"
    if len(raw) > LARGEST_FILE:
        raise _wrong(label, [Finding(label, f"has more than {LARGEST_FILE:,} bytes")])
    begins = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].upper()
    if begins.startswith(b"{"):
        return _from_json(raw, label)
    if begins.startswith(b"BEGIN:VCALENDAR"):
        return _from_ical(raw, label)
    sentence = "is neither a year of holiday-cn ({…} in JSON) nor iCalendar (BEGIN:VCALENDAR)"
    raise _wrong(label, [Finding(label, sentence)])


def _wrong(label: str, findings: list[Finding]) -> CalendarError:
    count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    return CalendarError(f"{label} cannot be used: {count}", findings[:50])


# ------------------------------------------------------------------------------------------- JSON


def _from_json(raw: bytes, label: str) -> SecondSource:
    findings: list[Finding] = []
    table = _table(raw, label)
    entries = Entries(table, label, findings)
    year = entries.whole("year", least=FIRST_YEAR, most=LAST_YEAR)
    papers = [ical.plain(paper) for _, paper in entries.items("papers") if isinstance(paper, str)]
    if table.get("days", []) is None:
        entries.wrong("days", "is a list of days, and not null")
    read = [_statement(inner, year) for inner in entries.tables("days", required=True)]
    statements = _one_a_day((each for each in read if each is not None), label, findings)
    if findings:
        raise _wrong(label, findings)
    return SecondSource(label, year, statements, tuple(paper for paper in papers if paper))


def _table(raw: bytes, label: str) -> dict[str, object]:
    try:
        table = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _wrong(label, [Finding(label, "is not UTF-8 text")]) from None
    except json.JSONDecodeError as error:
        sentence = f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        raise _wrong(label, [Finding(label, sentence)]) from None
    except (RecursionError, ValueError):  # a number of more digits than Python reads
        sentence = "is nested too deeply, or holds a number that is too long"
        raise _wrong(label, [Finding(label, sentence)]) from None
    assert isinstance(table, dict), "what begins with { is an object"
    return table


def _statement(entries: Entries, year: int) -> Statement | None:
    name = _name(entries.text("name", required=True) or "")
    text, off = entries.text("date", required=True), entries.take("isOffDay", required=True)
    if not name:
        entries.wrong("name", f"is a name of 1 to {LONGEST_NAME} printable characters")
    if not isinstance(off, bool):
        entries.wrong("isOffDay", "is true or false")
    day = _day(text or "")
    if day is None:
        entries.wrong("date", 'is a date like "2027-01-01"')
    elif abs(day.year - year) > 1:
        entries.wrong("date", f"{day} is no day of a notice for {year}")
    return Statement(day, off, name) if day is not None and isinstance(off, bool) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}", text) else None
    except ValueError:
        return None


def _name(text: str) -> str:
    """A name on one line, without what is not shown; nothing if it is too long."""
    name = ical.plain(text)
    return name if len(name) <= LONGEST_NAME else ""


# -------------------------------------------------------------------------------------- iCalendar


def _from_ical(raw: bytes, label: str) -> SecondSource:
    findings: list[Finding] = []
    unclear: list[Finding] = []
    statements = _one_a_day(_statements(ical.read_calendar(raw, label), unclear), label, findings)
    if findings:
        raise _wrong(label, findings)
    return SecondSource(label, None, statements, unclear=tuple(unclear))


def _statements(read: Iterable[ical.Read], unclear: list[Finding]) -> Iterator[Statement]:
    for entry in read:
        said, days, why = said_by(entry.summary, entry.mark), entry.days, entry.why
        if said is None:
            why = "it does not say whether the day is off or worked (休, 班)"
        elif days is not None and (days.last - days.first).days >= LONGEST_ENTRY_DAYS:
            why = f"it is longer than {LONGEST_ENTRY_DAYS} days"
        if said is None or days is None or why:
            when = f" on {days.first}" if days is not None else ""
            sentence = f"{entry.summary[:LONGEST_NAME]!r}{when} is left out: {why}"
            unclear.append(Finding(entry.place, sentence))
            continue
        for day in days.days():
            yield Statement(day, *said)


def said_by(summary: str, mark: str = "") -> tuple[bool, str] | None:
    """Return whether an entry's summary says off, and of which festival; None if it is in doubt.

    mark: its X-APPLE-SPECIAL-DAY, which goes before the words.
    """
    before, after = _BEFORE.fullmatch(summary), _AFTER.fullmatch(summary)
    word, name = (before[1], before[2]) if before else (after[2], after[1]) if after else ("", "")
    name = _name(name.strip("，,。 ")) or _name(summary) or summary[:LONGEST_NAME]
    if mark in _MARKS:
        return _MARKS[mark], name
    if not word or _DOUBTFUL.search(summary):
        return None
    return word.lower() in _OFF, name


# ------------------------------------------------------------------------------------------- both


def _one_a_day(
    statements: Iterable[Statement], label: str, findings: list[Finding]
) -> tuple[Statement, ...]:
    """Sort statements by day; of two that agree the first is kept, two that do not are wrong."""
    said: dict[date, Statement] = {}
    for each in statements:
        if not FIRST_YEAR <= each.day.year <= LAST_YEAR:
            continue
        first = said.setdefault(each.day, each)
        if first.off != each.off:
            sentence = (
                f"says of {each.day} both that it is off and that it is worked "
                f"({first.name}, {each.name})"
            )
            findings.append(Finding(label, sentence))
    return tuple(said[day] for day in sorted(said))
