"""Drawing: tables and timelines on a terminal; the only user of rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from shutil import get_terminal_size

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

#: Width where there is no terminal, so that what is written to a file does not depend on one.
PLAIN_WIDTH = 100
NARROWEST, WIDEST = 40, 120

#: Colours of what is said: styles by meaning.
LATE, WARN, GOOD, DIM, STRONG = "red", "yellow", "green", "dim", "bold"


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


def text(content: str, style: str = "") -> Text:
    """Return a text as it stands, without markup."""
    return Text(content, style=style)


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
        drawn.add_row(*(each if isinstance(each, Text) else Text(each) for each in row))
    return drawn


def pairs(rows: Iterable[tuple[str, str | Text]], *, indent: int = 0) -> Padding:
    """Return names and values in two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), value if isinstance(value, Text) else Text(value))
    return Padding(grid, (0, 0, 0, indent))


def columns(rows: Iterable[Sequence[str | Text]], *, indent: int = 0) -> Padding:
    """Return rows in columns without headings; the last column takes what room is left."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    made = [[each if isinstance(each, Text) else Text(each) for each in row] for row in rows]
    for number in range(len(made[0]) if made else 0):
        last = number + 1 == len(made[0])
        grid.add_column(overflow="fold", no_wrap=not last)
    for row in made:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, indent))
