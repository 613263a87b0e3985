"""Cells: writes CSV that a spreadsheet shows and never computes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

#: What a spreadsheet takes for the beginning of a formula, also in the full-width forms that
#: Chinese input methods write; tab and carriage return are skipped by some before they look.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: What tells Excel that a file is UTF-8: it takes any other for the system's old encoding.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

Value = str | int | float | bool | None


def safe(value: Value) -> str:
    """Return a value as a cell. A text that would begin a formula is preceded by an apostrophe.

    Numbers stay numbers, a negative one as well; None is an empty cell.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    text = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Iterable[Value]]) -> Iterator[str]:
    """Yield each row as a line of CSV (RFC 4180: CRLF, quotes doubled), its cells made safe."""
    buffer = StringIO()
    write = csv.writer(buffer).writerow
    for row in rows:
        write([safe(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
