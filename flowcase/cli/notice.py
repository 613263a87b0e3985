"""`flowcase calendar new, diff, import, export`: the notice of a year, written, compared, given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowcase.assets import asset_folders
from flowcase.calendars.files import CalendarSource, read_calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.imports import opened
from flowcase.cli.telling import Tongue
from flowcase.errors import InvalidInput

if TYPE_CHECKING:  # icalendar is loaded when a second source is read, not for help
    from flowcase.calendars.exchange import Difference
    from flowcase.calendars.second_sources import SecondSource

#: Exit code of `diff` when there are differences, as that of diff(1).
DIFFERENT = 1

_NAME = click.argument("name", metavar="CALENDAR")
_YEAR = click.argument("year", type=int)
_OUT = click.option(
    "--out",
    metavar="DIR",
    default=".",
    show_default=True,
    help="Folder of calendars to write into, as DIR/CALENDAR/YEAR.toml; - is stdout.",
)


@command(
    "new",
    calendars=True,
    examples="""
    flowcase calendar new cn 2027
    flowcase calendar new cn 2027 --out /etc/flowcase/calendars
    flowcase calendar new cn 2027 --out - --lang zh
    """,
)
@_NAME
@_YEAR
@_OUT
def new(desk: Desk, name: str, year: int, out: str) -> None:
    """Write the file of a year's notice: the statutory days, and marks for what is to be filled in.

    It cannot be loaded before its day of publication is filled in. A file is never written over.
    """
    from flowcase.calendars.notice_files import template

    text = template(source_of(desk, name), year)
    _put(desk, name, year, text, out)


@command(
    "diff",
    calendars=True,
    examples="""
    flowcase calendar diff cn 2026 --with 2026.json
    flowcase calendar diff cn 2026 --with holidays.ics --json
    """,
)
@_NAME
@_YEAR
@click.option(
    "--with",
    "other",
    metavar="FILE",
    required=True,
    help="A year of holiday-cn in JSON, or iCalendar; - is stdin.",
)
@click.option("--known-at", metavar="DAY", help="With the notices published by then only.")
@click.pass_context
def diff(
    context: click.Context, desk: Desk, name: str, year: int, other: str, known_at: str | None
) -> None:
    """Print each day of a year that a second source has otherwise: off here, worked there.

    Exits with 0 if there is none, with 1 if there are some.
    """
    from flowcase.calendars.exchange import differences

    source, second = source_of(desk, name), _second(other)
    known = None if known_at is None else day_given(known_at)
    found = differences(source, year, second, known)
    shape = {
        "calendar": name,
        "year": year,
        "with": second.label,
        "equal": not found,
        "differences": [_difference_shape(each) for each in found],
        "unclear": [str(finding) for finding in second.unclear],
    }
    tongue = Tongue(desk.language, zone_named(source.timezone))
    desk.tell(shape, lambda: _difference_lines(desk, tongue, second, found))
    context.exit(DIFFERENT if found else 0)


@command(
    "import",
    calendars=True,
    examples="""
    flowcase calendar import cn 2027 2027.json --published 2026-11-04
    flowcase calendar import cn 2027 holidays.ics --published 2026-11-04 --out my/calendars
    """,
)
@_NAME
@_YEAR
@click.argument("file")
@click.option(
    "--published",
    metavar="DAY",
    required=True,
    help="When the notice was published: from then on it is known.",
)
@click.option("--document", metavar="NO", help="Its number, as explanations cite it.")
@_OUT
def import_(desk: Desk, name: str, year: int, file: str, out: str, **said: str | None) -> None:
    """Write the file of a year's notice as a second source has it: FILE, - is stdin.

    What is in doubt in the source is left out, and said. A file is never written over.
    """
    from flowcase.calendars.notice_files import import_notice, require_unwritten

    source = source_of(desk, name)
    require_unwritten(source, year)
    second, published = _second(file), day_given(said["published"] or "")
    text = import_notice(source, year, second, published=published, document=said["document"])
    _put(desk, name, year, text, out, second)


@command(
    "export",
    calendars=True,
    examples="""
    flowcase calendar export cn 2026 --format json
    flowcase calendar export cn 2026 --format ics --lang zh
    """,
)
@_NAME
@_YEAR
@click.option(
    "--format",
    "form",
    type=click.Choice(["ics", "json"]),
    default="ics",
    show_default=True,
    help="iCalendar, or JSON as the holiday-cn data set has it.",
)
def export(desk: Desk, name: str, year: int, form: str) -> None:
    """Print the days off and make-up days of a year for other programs.

    Exits with 7 for a year without its notice: an estimate is not given to others.
    """
    from flowcase.calendars.exchange import export_ics, export_json

    source = source_of(desk, name)
    if form == "json":
        text = export_json(source, year)
    else:
        text = export_ics(source, year, desk.language).decode()
    shape = {"calendar": name, "year": year, "format": form, "text": text}
    if desk.json:
        desk.tell(shape, lambda: iter(()))
    else:
        click.echo(text.encode(), nl=False)  # as bytes: iCalendar's line ends are its own


def source_of(desk: Desk, name: str) -> CalendarSource:
    """Return what the files say of a calendar. Errors: CalendarError."""
    return read_calendar(name, asset_folders("calendars", desk.calendars))


def day_given(text: str) -> date:
    """Return a day as it was typed. Errors: InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"a day is written YYYY-MM-DD; got {text[:20]!r}") from None


def _second(name: str) -> SecondSource:
    """Read a second source; it is called by its file's name, so that no file names this machine."""
    from flowcase.calendars.second_sources import LARGEST_FILE, read_second_source

    with opened(name) as content:
        raw = content.read(LARGEST_FILE + 1)
    return read_second_source(raw, "stdin" if name == "-" else Path(name).name)


def _put(
    desk: Desk, name: str, year: int, text: str, out: str, second: SecondSource | None = None
) -> None:
    unclear = [str(finding) for finding in second.unclear] if second is not None else []
    path = None if out == "-" else Path(out) / name / f"{year}.toml"
    if path is not None:
        _write_new(path, text)
    if not desk.json:
        for each in unclear:
            click.echo(desk.say(f"left out: {each}", f"未采用：{each}"), err=True)
    shape: dict[str, Any] = {
        "calendar": name,
        "year": year,
        "path": None if path is None else str(path),
        "text": text,
        "unclear": unclear,
    }
    desk.tell(shape, lambda: iter([text.rstrip()]) if path is None else _written(desk, path))


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Errors: InvalidInput if it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidInput(f"there is a file {path} already; it is never written over") from None


def _written(desk: Desk, path: Path) -> Iterator[str]:
    yield desk.say(f"wrote {path}", f"已写入 {path}")
    yield desk.say(
        f"fill it in where needed, then check it: flowcase calendar check {path.parent}",
        f"请补全并检查：flowcase calendar check {path.parent}",
    )


def _difference_shape(found: Difference) -> dict[str, Any]:
    ours = found.ours
    return {
        "date": found.day.isoformat(),
        "ours": {
            "kind": ours.kind,
            "worked": not found.worked,
            "name": {"zh": ours.name.zh, "en": ours.name.en} if ours.name is not None else None,
            "notice": ours.notice,
            "provisional": ours.provisional,
        },
        "theirs": {"worked": found.worked, "name": found.name},
    }


def _difference_lines(
    desk: Desk, tongue: Tongue, second: SecondSource, found: tuple[Difference, ...]
) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    say = desk.say
    if not found:
        yield say(f"no difference to {second.label}", f"与 {second.label} 一致")
    else:
        headings = (say("DAY", "日期"), say("HERE", "本历"), say("THERE", "对方"))
        yield table(headings, (_row(tongue, each) for each in found))
    if any(each.ours.provisional for each in found):
        yield say(
            "the year has no notice here: compared with an estimate",
            "本历尚无该年通知：按估计比较",
        )
    for finding in second.unclear:
        yield say(f"left out: {finding}", f"未采用：{finding}")


def _row(tongue: Tongue, found: Difference) -> tuple[str, str, str]:
    ours = found.ours.name.in_language(tongue.language) if found.ours.name is not None else ""
    return (
        tongue.day(found.day),
        f"{_said(tongue, worked=not found.worked)} {ours}".rstrip(),
        f"{_said(tongue, worked=found.worked)} {found.name or ''}".rstrip(),
    )


def _said(tongue: Tongue, *, worked: bool) -> str:
    return tongue.say("worked", "上班") if worked else tongue.say("off", "休息")
