"""Drawing: tables and timelines on a terminal; the only user of rich."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from shutil import get_terminal_size
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.containers import Lines
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

#: Width where there is no terminal, so that what is written to a file does not depend on one.
PLAIN_WIDTH = 100
NARROWEST, WIDEST = 60, 120

#: Colours of what is said: styles by meaning.
LATE, WARN, GOOD, DIM, STRONG = "red", "yellow", "green", "dim", "bold"

#: What a line is not broken within: a word, or a wide character with the marks that cling to it.
_PIECE = re.compile(
    r"[（［《]*[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff][，。、；：！？）］》…”]*\s*"
    r"|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]+\s*|\s+"
)


def drawn(line: RenderableType) -> str:
    """Return something drawn as text: plain unless for a terminal that may be coloured."""
    terminal = sys.stdout.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or not terminal
    where = Console(
        file=StringIO(),
        width=min(_width(terminal), WIDEST),
        color_system=None if plain else "standard",
        force_terminal=not plain,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with where.capture() as captured:
        where.print(line)
    return "\n".join(each.rstrip() for each in captured.get().splitlines())


def _width(terminal: bool) -> int:
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return max(int(asked), NARROWEST)
    return max(get_terminal_size().columns, NARROWEST) if terminal else PLAIN_WIDTH


class Prose(Text):
    """A text that may be broken between Chinese characters as well as between words."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        """Break the text into lines of at most so many columns."""
        if options.get("no_wrap"):
            return super().wrap(console, width, **options)
        lines = Lines()
        for line in self.split(allow_blank=True):
            for part in line.divide(_breaks(line.plain, width)):
                part.rstrip()
                lines.append(part)
        return lines


def _breaks(line: str, width: int) -> list[int]:
    """Return where a line is broken: each part takes at most `width` columns."""
    breaks: list[int] = []
    used = 0
    for piece in _PIECE.finditer(line):
        needed = cell_len(piece.group().rstrip())
        if used and used + needed > width:
            breaks.append(piece.start())
            used = 0
        if needed > width:
            for offset, character in enumerate(piece.group().rstrip(), start=piece.start()):
                if used + cell_len(character) > width:
                    breaks.append(offset)
                    used = 0
                used += cell_len(character)
        else:
            used += cell_len(piece.group())
    return breaks


def text(content: str, style: str = "") -> Text:
    """Return a text as it stands, without markup."""
    return Prose(content, style=style)


def stacked(parts: Iterable[Text]) -> Text:
    """Return texts as the lines of one."""
    whole = Prose()
    for number, part in enumerate(parts):
        whole.append("\n" if number else "")
        whole.append_text(part)
    return whole


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table under headings; the last column takes what room is left."""
    drawn = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
    )
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(each if isinstance(each, Text) else text(each) for each in row))
    return drawn


def pairs(rows: Iterable[tuple[str, str | Text]], *, indent: int = 0) -> Padding:
    """Return names and values in two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), value if isinstance(value, Text) else text(value))
    return Padding(grid, (0, 0, 0, indent))


def columns(rows: Iterable[Sequence[str | Text]], *, indent: int = 0) -> Padding:
    """Return rows in columns without headings; the last column takes what room is left."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    made = [[each if isinstance(each, Text) else text(each) for each in row] for row in rows]
    for number in range(len(made[0]) if made else 0):
        last = number + 1 == len(made[0])
        grid.add_column(overflow="fold", no_wrap=not last)
    for row in made:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, indent))


@contextmanager
def counting(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show on stderr how many of something were done; nothing where nobody watches.

    total: how many there are, if that is known: then as a bar.
    """
    counted = TextColumn("{task.completed:,} {task.description}")
    shown: tuple[ProgressColumn, ...] = (SpinnerColumn(), counted, TimeElapsedColumn())
    if total is not None:
        shown = (BarColumn(), MofNCompleteColumn(), *shown[1:])
    progress = Progress(*shown, console=Console(stderr=True), transient=True)
    progress.disable = not sys.stderr.isatty()
    with progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)
