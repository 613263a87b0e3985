"""`flowcase calendar`: when a term is over and why, a year as a picture, oddities in the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from flowcase.assets import asset_folders
from flowcase.calendars.almanac import year_picture
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.calendars.lint import check_calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.cli.days import days_table
from flowcase.cli.desk import Desk, command
from flowcase.cli.shapes import day_shape, moment_shape
from flowcase.cli.telling import Tongue
from flowcase.errors import CalendarError, InvalidInput, NotCovered, NotFound
from flowcase.explanation import amount_in_words
from flowcase.terms import AMOUNTS, CountsFrom, Day, Due, Ends, Term
from flowcase.time import parse

Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Question:
    """When a term is over that starts at a moment, by a calendar."""

    calendar: Calendar
    start: datetime
    term: Term
    tongue: Tongue


def _term_options(function: Function) -> Function:
    """Add what a term is counted from, and by what."""
    options = (
        click.option(
            "--from",
            "start",
            required=True,
            metavar="DAY|MOMENT",
            help="YYYY-MM-DD, or ISO 8601 with a zone.",
        ),
        click.option("--workdays", type=int, metavar="N", help="So many working days."),
        click.option("--months", type=int, metavar="N", help="So many months."),
        click.option("--days", type=int, metavar="N", help="So many calendar days."),
        click.option("--hours", type=int, metavar="N", help="So many hours."),
        click.option("--work-minutes", type=int, metavar="N", help="Minutes of office time."),
        click.option(
            "--counts-from",
            type=click.Choice(get_args(CountsFrom)),
            default="filing_day",
            show_default=True,
            help="Which day is day zero.",
        ),
        click.option(
            "--ends",
            type=click.Choice(get_args(Ends)),
            default="midnight",
            show_default=True,
            help="When the last day ends.",
        ),
        click.option("--no-roll", is_flag=True, help="A rest day may be the last day."),
        click.option("--known-at", metavar="DAY", help="With the notices published by then only."),
        click.option(
            "--final", is_flag=True, help="Refuse a provisional answer, with exit code 7."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command(
    "due",
    calendars=True,
    examples="""
    flowcase calendar due cn --from 2022-09-23 --workdays 10
    flowcase calendar due cn --from 2022-09-01 --months 1 --json
    flowcase calendar due cn --from 2020-01-17 --workdays 10 --known-at 2020-01-20
    """,
)
@click.argument("name", metavar="CALENDAR")
@_term_options
def due(desk: Desk, name: str, **asked: Any) -> None:
    """Print when a term is over: its last day, and the instant from which it is too late.

    Exits with 7 for days before the calendar's coverage. Past it, the answer is provisional: an
    estimate, with the earliest day it can turn out to be.
    """
    question = _question(desk, name, asked)
    found = question.calendar.due(question.start, question.term)
    if asked["final"] and found.provisional:
        last = question.calendar.coverage[1]
        raise NotCovered(
            f"the answer is provisional: calendar {name!r} is settled up to {last}, "
            f"and the term ends about {found.last_day}"
        )
    shape = _due_shape(question, found)
    desk.tell(shape, lambda: _due_lines(question, found))


@command(
    "explain",
    calendars=True,
    examples="""
    flowcase calendar explain cn --from 2022-09-23 --workdays 10
    flowcase calendar explain cn --from 2022-09-01 --months 1 --lang zh
    """,
)
@click.argument("name", metavar="CALENDAR")
@_term_options
def explain(desk: Desk, name: str, **asked: Any) -> None:
    """Print every day from the start to the last day of a term: counted or not, and why."""
    question = _question(desk, name, asked)
    found = question.calendar.due(question.start, question.term)
    days = question.calendar.explain(question.start, question.term)
    shape = _due_shape(question, found) | {"days": [day_shape(day) for day in days]}
    desk.tell(shape, lambda: _explain_lines(question, found, days))


@command(
    "show",
    calendars=True,
    examples="""
    flowcase calendar show cn 2022
    flowcase calendar show cn 2026 --lang zh
    """,
)
@click.argument("name", metavar="CALENDAR")
@click.argument("year", type=int)
@click.option("--known-at", metavar="DAY", help="With the notices published by then only.")
def show(desk: Desk, name: str, year: int, known_at: str | None) -> None:
    """Print a year: every month, with days off and make-up working days marked."""
    calendar = _calendar(desk, name, known_at)
    picture = year_picture(calendar, year, desk.language)
    days: list[dict[str, Any]] = []
    if desk.json:
        first = date(year, 1, 1)
        length = (date(year + 1, 1, 1) - first).days
        days = [_day_of_year(calendar, first + timedelta(days=each)) for each in range(length)]
    desk.tell({"calendar": name, "year": year, "days": days}, lambda: iter([picture]))


@command(
    "check",
    calendars=True,
    examples="""
    flowcase calendar check
    flowcase calendar check cn
    flowcase calendar check my/calendars/dongguan.toml
    """,
)
@click.argument("names", metavar="[CALENDAR|FOLDER]...", nargs=-1)
def check(desk: Desk, names: tuple[str, ...]) -> None:
    """Look for what is wrong or odd in calendars: all that are found, or those named.

    Exits with 6 if anything was found.
    """
    places = [_place(desk, name) for name in names] or list(_every_place(desk))
    findings = [finding for place in places for finding in check_calendar(place)]
    if findings:
        count = len(findings)
        raise CalendarError(f"{count} finding{'s' * (count != 1)}", findings)
    checked = [place.stem for place in places]
    said = ", ".join(checked)
    line = desk.say(f"nothing wrong with {said}", f"未发现问题：{said}")
    desk.tell({"calendars": checked, "findings": []}, lambda: iter([line]))


def _question(desk: Desk, name: str, asked: dict[str, Any]) -> Question:
    calendar = _calendar(desk, name, asked["known_at"])
    amounts = {unit: asked[unit] for unit in AMOUNTS if asked[unit] is not None}
    try:
        term = Term(
            **amounts,
            counts_from=asked["counts_from"],
            ends=asked["ends"],
            roll="none" if asked["no_roll"] else "next_workday",
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    start = _start(calendar, asked["start"], term)
    return Question(calendar, start, term, Tongue(desk.language, zone_named(calendar.timezone)))


def _start(calendar: Calendar, text: str, term: Term) -> datetime:
    """Return the moment a term starts: a day begins at midnight, if no time of day is asked."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse(text)
    if term.unit in ("hours", "work_minutes") or term.ends == "same_time":
        raise InvalidInput(f"this term needs a moment, not a day; write e.g. {day}T09:00+08:00")
    return calendar.start_of(day)


def _calendar(desk: Desk, name: str, known_at: str | None) -> Calendar:
    day = None if known_at is None else _day(known_at)
    return load_calendar(name, day, desk.calendars)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"a day is written YYYY-MM-DD; got {text[:20]!r}") from None


def _due_shape(question: Question, found: Due) -> dict[str, Any]:
    zone, term = question.tongue.zone, question.term
    return {
        "calendar": question.calendar.name,
        "from": moment_shape(question.start, zone),
        "term": {
            term.unit: term.amount,
            "counts_from": term.counts_from,
            "ends": term.ends,
            "roll": term.roll,
        },
        "last_day": found.last_day.isoformat(),
        "at": moment_shape(found.at, zone),
        "provisional": found.provisional,
        "floor": moment_shape(found.floor, zone),
    }


def _due_lines(question: Question, found: Due) -> Iterator[Any]:
    from flowcase.cli.drawing import WARN, pairs, text

    tongue, say = question.tongue, question.tongue.say
    rows: list[tuple[str, Any]] = [
        (say("term", "期限"), say(*amount_in_words(question.term))),
        (say("last day", "最后一天"), tongue.day(found.last_day)),
        (
            say("over at", "届满"),
            f"{tongue.deadline(found.at)}  ({found.at.astimezone(tongue.zone).isoformat()})",
        ),
    ]
    if found.provisional:
        settled = question.calendar.coverage[1]
        why = say(
            f"an estimate: no notice settles the days after {settled}",
            f"暂定：{settled} 之后尚无放假通知",
        )
        rows.append((say("provisional", "说明"), text(why, WARN)))
        rows.append((say("not before", "不早于"), tongue.deadline(found.floor)))
    yield pairs(rows)


def _explain_lines(question: Question, found: Due, days: tuple[Day, ...]) -> Iterator[Any]:
    yield from _due_lines(question, found)
    yield ""
    yield from days_table(days, question.tongue)


def _day_of_year(calendar: Calendar, day: date) -> dict[str, Any]:
    known = calendar.day(day)
    return {
        "date": day.isoformat(),
        "kind": known.kind,
        "name": {"zh": known.name.zh, "en": known.name.en} if known.name is not None else None,
        "notice": known.notice,
        "provisional": known.provisional,
    }


def _place(desk: Desk, name: str) -> Path:
    """Return the folder or file of a calendar, named or given as a path. Errors: NotFound."""
    if "/" in name or name.endswith(".toml") or name == ".":
        path = Path(name).resolve()
        if not path.exists():
            raise NotFound(f"there is no calendar at {name}")
        return path
    for place in _every_place(desk):
        if place.stem == name:
            return place
    known = ", ".join(place.stem for place in _every_place(desk)) or "none"
    raise NotFound(f"there is no calendar {name[:80]!r}; there are: {known}")


def _every_place(desk: Desk) -> Iterator[Path]:
    """Return where each calendar lies; of one name, the first found."""
    found: dict[str, Path] = {}
    for folder in asset_folders("calendars", desk.calendars):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix == ".toml" or (path / "calendar.toml").is_file():
                found.setdefault(path.stem, path)
    return iter(found.values())
