"""Notice files: writes the file of a coming year's notice, to be filled in or from a second source.

What is written is read again before it is returned: a file that could not be loaded is an error
here, not on the day it is used. The one thing a template lacks, its day of publication, is marked
so that it cannot be loaded by mistake.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from flowcase.calendars.entries import FIRST_YEAR, LAST_YEAR, LONGEST_TEXT, Entries, Span
from flowcase.calendars.files import WEEKDAYS, CalendarSource
from flowcase.calendars.ical import plain
from flowcase.calendars.notices import Notice, read_notice
from flowcase.calendars.second_sources import SecondSource, Statement
from flowcase.calendars.statutory import StatutoryFestival
from flowcase.errors import CalendarError, Finding
from flowcase.terms import Naming

#: How days are named that follow another week than Monday to Friday, in what is exported.
WEEKLY_REST = Naming("每周休息日", "Weekly rest day")
WEEKLY_WORK = Naming("每周工作日", "Weekly working day")
#: Stands where the day of publication belongs; not a date, so that the file cannot be loaded.
_UNPUBLISHED = "FILL IN: the day it was published, without quotes, e.g. 2026-11-04"


def year_of(notice: Notice) -> int | None:
    """Return the year whose days a notice settles; None for an amendment or an addition."""
    if notice.covers is None:
        return None
    middle = (notice.covers.first.toordinal() + notice.covers.last.toordinal()) // 2
    return date.fromordinal(middle).year


def yearly_notices(source: CalendarSource) -> dict[int, Notice]:
    """Return the notice of each year, of the uppermost calendar that has notices for years."""
    for layer in reversed(source.layers()):
        years = [(year_of(notice), notice) for notice in layer.notices]
        found = {year: notice for year, notice in years if year is not None}
        if found:
            return found
    return {}


def period_of(source: CalendarSource, year: int) -> Span:
    """Return the days that the notice of a year settles; of a year to come, as in other years.

    Errors: CalendarError for a year no calendar file may speak of.
    """
    if not FIRST_YEAR < year < LAST_YEAR:
        sentence = f"{year} is not a year from {FIRST_YEAR + 1} to {LAST_YEAR - 1}"
        raise CalendarError(sentence)
    notices = yearly_notices(source)
    if year in notices:
        return _covers(notices[year])
    if not notices:
        return Span(date(year, 1, 1), date(year, 12, 31))
    nearest = min(notices, key=lambda other: (abs(other - year), other))
    ends = _in_year(_covers(notices[max(notices)]).last, year - max(notices))
    begins = _in_year(_covers(notices[nearest]).first, year - nearest)
    # The year after the last one begins where the last one ends, whatever the first one did.
    before = _covers(notices[year - 1]).last + timedelta(days=1) if year - 1 in notices else begins
    return Span(before, ends)


def _covers(notice: Notice) -> Span:
    assert notice.covers is not None, "the notice of a year covers days"
    return notice.covers


def _in_year(day: date, years: int) -> date:
    """The same day of another year; the last of February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def require_unwritten(source: CalendarSource, year: int) -> None:
    """Require that a notice of this year is still to be written, and belongs into this calendar.

    Errors: CalendarError saying what would do instead.
    """
    period_of(source, year)
    own = [notice for notice in source.notices if notice.covers is not None]
    if source.extends is not None and not own:
        ground = next((layer for layer in source.layers() if layer.notices), source.extends)
        raise CalendarError(
            f"calendar {source.name!r} takes the days it settles from {ground.name!r}: the notice "
            f"of {year} belongs there"
        )
    for notice in own:
        if year_of(notice) == year:
            raise CalendarError(
                f"calendar {source.name!r} has the notice of {year} already: {notice.key}.toml, "
                f"“{notice.title.zh}”; a change to it is an amendment, in a file of its own"
            )


# -------------------------------------------------------------------------------------- templates


def template(source: CalendarSource, year: int) -> str:
    """Return the file of a year's notice with the statutory days, and marks for what is missing.

    It cannot be loaded before its day of publication is filled in. Errors: CalendarError if the
    calendar has the notice already, or if it is not the one whose notices settle days.
    """
    require_unwritten(source, year)
    period = period_of(source, year)
    festivals = statutory_festivals(source, period)
    lines = [
        f"# The notice of {year}, to be filled in: every place is marked FILL IN (待填).",
        "# The days below are those the law names; the notice adds the days exchanged with them,",
        "# and names the rest days worked in return. Check the file when it is filled in:",
        f"#   flowcase calendar check FOLDER/{source.name}",
        *_head(source, year, period, None, None, None),
        "",
    ]
    taken: set[date] = set()
    for festival in festivals:
        lines += _to_fill_in(festival, taken)
    text = "\n".join(lines).rstrip() + "\n"
    _require_readable(text.replace(_quoted(_UNPUBLISHED), f"{year - 1}-11-01"), str(year))
    return text


def statutory_festivals(source: CalendarSource, period: Span) -> list[StatutoryFestival]:
    """Return the festivals with statutory days whose date lies in a period, in order.

    Errors: CalendarError where the dates of some are not known.
    """
    ground = next((layer for layer in reversed(source.layers()) if layer.statutory), None)
    if ground is None or ground.statutory is None:
        return []
    if period.last.year > ground.statutory.last_year:
        raise CalendarError(
            f"{ground.name}/statutory.toml knows the festivals up to {ground.statutory.last_year}; "
            f"add their dates of {period.last.year} first"
        )
    years = range(period.first.year, period.last.year + 1)
    found = [each for year in years for each in ground.statutory.festivals(year)]
    mine = [each for each in found if each.days and each.day in period]
    return sorted(mine, key=lambda each: each.days)


def _to_fill_in(festival: StatutoryFestival, taken: set[date]) -> Iterator[str]:
    days = [day for day in festival.days if day not in taken]
    taken.update(days)
    said = ", ".join(f"{day} {WEEKDAYS[day.weekday()]}" for day in festival.days)
    yield f"# {festival.name.zh}, {festival.document}: {said}."
    if not days:
        yield "# These days are off already, by the festival above."
        yield ""
        return
    yield "[[festivals]]"
    yield f"name = {_naming(festival.name)}"
    yield f"off = [{_spans(days)}]  # FILL IN 待填: all days off, weekends between them included"
    yield "worked = []  # FILL IN 待填: rest days worked in return; none: leave it empty"
    yield ""


# ------------------------------------------------------------------------- from a second source


def import_notice(
    source: CalendarSource,
    year: int,
    second: SecondSource,
    *,
    published: date,
    document: str | None = None,
) -> str:
    """Return the file of a year's notice with the days that a second source says.

    The file is equal in effect: with it, every day is off or worked as the second source has it.
    What it leaves out because it was in doubt stands in comments at the end.
    Errors: CalendarError if the source is of another year, says nothing of this one, or says what
    no notice can.
    """
    period = period_of(source, year)
    statements = statements_for(source, year, second)
    findings = [
        Finding(second.label, f"{each.day} is worked anyway, a {WEEKDAYS[each.day.weekday()]}")
        for each in statements
        if not each.off and each.day.weekday() not in source.weekdays_off(each.day)
    ]
    if findings:
        raise CalendarError(f"{second.label} says what no notice can", findings)
    origin = "; ".join(second.papers)
    origin = origin if 0 < len(origin) <= LONGEST_TEXT else second.label
    lines = [
        f"# Made of {second.label}, a second source: check it against the notice itself.",
        *_head(source, year, period, document, origin, published),
        "",
        *_festivals(source, statements),
        *(f"# Left out: {finding}" for finding in second.unclear),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    _require_readable(text, str(year))
    return text


def statements_for(
    source: CalendarSource, year: int, second: SecondSource
) -> tuple[Statement, ...]:
    """Return what a second source says of the days that a year's notice settles.

    Days that only follow the week of the calendar are left out. Errors: CalendarError if it is of
    another year, says nothing of this one, or speaks of days that another notice settles.
    """
    period = period_of(source, year)
    if second.year not in (None, year):
        raise CalendarError(f"{second.label} is of {second.year}, not of {year}")
    mine = [each for each in second.statements if each.day in period]
    if not mine:
        said = "it names no day at all"
        if second.statements:
            said = f"its days are of {second.statements[0].day} to {second.statements[-1].day}"
        raise CalendarError(f"{second.label} says nothing of {year}: {said}")
    beyond = [each.day for each in second.statements if each.day not in period]
    if second.year == year and beyond:
        sentence = (
            f"{beyond[0]} is not settled by the notice of {year}, which settles the days from "
            f"{period.first} to {period.last}"
        )
        raise CalendarError(f"{second.label} does not fit", [Finding(second.label, sentence)])
    weekly = {*_both(WEEKLY_REST), *_both(WEEKLY_WORK)}
    return tuple(
        each
        for each in mine
        if not (
            each.name in weekly
            and each.off == (each.day.weekday() in source.weekdays_off(each.day))
        )
    )


def _both(name: Naming) -> tuple[str, str]:
    return name.zh, name.en


def _festivals(source: CalendarSource, statements: Sequence[Statement]) -> Iterator[str]:
    by_name: dict[str, list[Statement]] = {}
    for each in statements:
        by_name.setdefault(each.name, []).append(each)
    known = list(_known_names(source))
    for text, mine in sorted(by_name.items(), key=lambda item: _first_day(item[1])):
        name = _known(text, known)
        yield "[[festivals]]"
        yield f"name = {_naming(name)}" + ("  # FILL IN the English name" * (name.zh == name.en))
        off = [each.day for each in mine if each.off]
        worked = [each.day for each in mine if not each.off]
        if off:
            yield f"off = [{_spans(off)}]"
        if worked:
            yield f"worked = [{', '.join(map(str, worked))}]"
        yield ""


def _first_day(statements: Sequence[Statement]) -> date:
    return min((each.day for each in statements if each.off), default=statements[0].day)


def _known_names(source: CalendarSource) -> Iterator[Naming]:
    for layer in source.layers():
        if layer.statutory is not None:
            yield from (kind.name for kind in layer.statutory.kinds.values())
        for notice in layer.notices:
            yield from (festival.name for festival in notice.festivals)


def _known(text: str, known: Iterable[Naming]) -> Naming:
    """The name of a festival, or of several told in one, in both languages where they are known."""
    by_text = {word: name for name in known for word in (name.zh, name.en, name.zh + "节")}
    by_text |= {name.zh.removesuffix("节"): name for name in list(by_text.values())}
    parts = [part.strip() for part in re.split(r"[、,，/和]| and ", text) if part.strip()]
    names = [by_text.get(part) for part in parts]
    if text in by_text:
        return by_text[text]
    if names and all(names):
        several = [name for name in names if name is not None]
        return Naming(
            "、".join(each.zh for each in several), " and ".join(each.en for each in several)
        )
    return Naming(text, text)


# ------------------------------------------------------------------------------------------- TOML


def _head(
    source: CalendarSource,
    year: int,
    period: Span,
    document: str | None,
    origin: str | None,
    published: date | None,
) -> Iterator[str]:
    title = _title(source, year)
    yield f"title = {_naming(title)}"
    if document is not None:
        yield f"document = {_quoted(plain(document))}"
    elif published is None:
        yield '# document = "国办发明电〔…〕…号"  # FILL IN 待填: its number; none: leave it out'
    if origin is not None:
        yield f"source = {_quoted(origin)}"
    yield f"published = {published or _quoted(_UNPUBLISHED)}"
    yield f"covers = {_span(period)}"


def _title(source: CalendarSource, year: int) -> Naming:
    """The title of the newest notice with the year changed; a plain one where it names no year."""
    notices = yearly_notices(source)
    if notices:
        newest = max(notices)
        title, old = notices[newest].title, str(newest)
        if old in title.zh and old in title.en:
            return Naming(title.zh.replace(old, str(year)), title.en.replace(old, str(year)))
    return Naming(f"{year}年放假安排", f"Days off and make-up days of {year}")


def _naming(name: Naming) -> str:
    return f"{{ zh = {_quoted(name.zh)}, en = {_quoted(name.en)} }}"


def _quoted(text: str) -> str:
    """A basic string of TOML. JSON's differs in one character only."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _span(span: Span) -> str:
    return f"{{ from = {span.first}, until = {span.last} }}"


def _spans(days: Sequence[date]) -> str:
    return ", ".join(
        str(span.first) if span.first == span.last else _span(span) for span in runs(days)
    )


def runs(days: Iterable[date]) -> list[Span]:
    """Return ascending days as runs without a gap."""
    numbered = enumerate(day.toordinal() for day in days)
    grouped = (list(run) for _, run in groupby(numbered, key=lambda pair: pair[1] - pair[0]))
    return [Span(date.fromordinal(run[0][1]), date.fromordinal(run[-1][1])) for run in grouped]


def _require_readable(text: str, key: str) -> None:
    """Require that a file can be read as a notice. Errors: CalendarError with every finding."""
    findings: list[Finding] = []
    read_notice(Entries(tomllib.loads(text), f"{key}.toml", findings), key)
    if findings:
        raise CalendarError(f"no sound notice of {key} can be made of this", findings)
