"""Sheets: reads CSV files of people, cell by cell; says of every row that is wrong why."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Protocol, TypeVar

from flowcase.case import LONGEST_ID, identifier
from flowcase.errors import InvalidInput, Reason
from flowcase.workflows.language import Title

#: A file larger than this is refused before it is read whole, in bytes.
LARGEST_SHEET = 10 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST_NAME = 200
MOST_WORDS = 50

#: Words of a document. In a mapping, the titles they lead to, or their titles, are understood too.
Words = Collection[str]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What stands between several words of a cell; tried in turn, for a title may hold the later ones.
_SEPARATORS = (r"[;；]", r"[、,，]", r"\s+")
#: What no cell holds: controls, marks that turn text around, halves of characters, breaks.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


class Identified(Protocol):
    """Whoever a row tells of."""

    @property
    def id(self) -> str:
        """The id; "" if the row has none that can be used."""
        ...


Person = TypeVar("Person", bound=Identified)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken: the line it begins on (the file's first is 1), and why."""

    line: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line it begins on, and its cells by column, without blanks around them."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file that could be read, and those that could not."""

    rows: tuple[Row, ...]
    rejected: tuple[RejectedRow, ...]


def read_sheet(file: IO[bytes] | IO[str], columns: Mapping[str, str]) -> Sheet:
    """Read a CSV file in UTF-8. columns: every column there must be, and its Chinese name.

    Columns stand in any order, under either name. Rows without any text are passed over.
    Errors: InvalidInput if the file as a whole cannot be read; nothing of it counts then.
    """
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise InvalidInput(f"line 1, the columns' names, cannot be read: {error}") from None
    names = _names(header, columns)
    rows: list[Row] = []
    rejected: list[RejectedRow] = []
    for line, cells in _numbered(reader):
        if isinstance(cells, Reason):
            rejected.append(RejectedRow(line, cells))
        elif len(cells) != len(names):
            rejected.append(RejectedRow(line, _cell_count(len(cells), len(names))))
        else:
            rows.append(Row(line, dict(zip(names, cells, strict=True))))
        if len(rows) + len(rejected) > MOST_ROWS:
            raise InvalidInput(
                f"a file holds at most {MOST_ROWS:,} rows; divide it, nothing was imported"
            )
    return Sheet(tuple(rows), tuple(rejected))


def _text(file: IO[bytes] | IO[str]) -> str:
    try:
        content = _content(file)
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"not UTF-8: byte {error.start} is {error.object[error.start]:#04x}; save the file as "
            "“CSV UTF-8” in the spreadsheet, or: iconv -f GB18030 -t UTF-8 FILE > NEW"
        ) from None
    return text.removeprefix("\ufeff")


def _content(file: IO[bytes] | IO[str]) -> bytes | str:
    """Return what a file holds, read no further than it may reach."""
    parts: list[bytes | str] = []
    room = LARGEST_SHEET + 1
    while room > 0 and (part := file.read(room)):
        parts.append(part)
        room -= len(part)
    if room <= 0:
        raise InvalidInput(
            f"a file holds at most {LARGEST_SHEET // 2**20} MiB; divide it, nothing was imported"
        )
    if parts and isinstance(parts[0], str):
        return "".join(str(part) for part in parts)
    return b"".join(part for part in parts if isinstance(part, bytes))


def _names(header: list[str], columns: Mapping[str, str]) -> list[str]:
    """Return the columns in the file's order. Errors: InvalidInput unless each is there once."""
    english = {title: name for name, title in columns.items()} | {name: name for name in columns}
    there = [cell.strip() for cell in header]
    names = [english.get(cell) or english.get(cell.lower(), "") for cell in there]
    unknown = [cell for cell, name in zip(there, names, strict=True) if not name]
    twice = [name for name in columns if names.count(name) > 1]
    missing = [name for name in columns if name not in names]
    wrong = [
        f"{what}: {', '.join(repr(word[:40]) for word in words[:20])}"
        for what, words in (("missing", missing), ("unknown", unknown), ("twice", twice))
        if words
    ]
    if not wrong:
        return names
    wanted = ", ".join(f"{name} ({title})" for name, title in columns.items())
    raise InvalidInput(
        f"the first line names the columns, separated by commas: {wanted}; "
        f"it has {', '.join(repr(cell[:40]) for cell in there[:20]) or 'none'} ({'; '.join(wrong)})"
    )


def _numbered(reader: Any) -> Iterator[tuple[int, list[str] | Reason]]:
    """Return each row that is not blank with the line it begins on."""
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _unreadable(reader.line_num, str(error))
        else:
            if any(cells):
                yield line, cells


def _unreadable(last: int, error: str) -> Reason:
    if error != "unexpected end of data":
        return Reason("csv", f"cannot be read as CSV: {error}", f"不是合规的 CSV：{error}")
    return Reason(
        "quote",
        f"a quote is opened and never closed; from here to line {last} nothing could be read",
        f"引号未闭合，自此至末尾（第 {last} 行）无法读取",
    )


def _cell_count(there: int, wanted: int) -> Reason:
    return Reason(
        "cells",
        f"has {there} cells, the first line {wanted} columns; a text with a comma stands in quotes",
        f"有 {there} 格，表头有 {wanted} 列；含逗号的文字须加引号",
    )


class Meanings:
    """What the words of a cell mean: the word of the document, called by itself or by a title."""

    def __init__(self, what: str, words: Words) -> None:
        self.what = what
        self.words = tuple(words)
        titles = words if isinstance(words, Mapping) else {}
        self._called: dict[str, set[str]] = {}
        for word in words:
            title = _title(titles.get(word))
            for name in (word, *((title.zh, title.en) if title else ())):
                self._called.setdefault(name.casefold(), set()).add(word)

    def of(self, name: str) -> set[str]:
        """Return the words a name may mean: one, none, or several."""
        if name in self.words:
            return {name}
        return self._called.get(name.casefold(), set())


def _title(value: object) -> Title | None:
    """Return the title that a word leads to, or the title of what it leads to."""
    title = getattr(value, "title", value)
    return title if isinstance(title, Title) else None


class Cells:
    """The cells of one row, read one by one; `wrong` collects everything that cannot be."""

    def __init__(self, cells: Mapping[str, str], columns: Mapping[str, str]) -> None:
        self.wrong: list[Reason] = []
        self._cells = cells
        self._columns = columns

    def text(self, column: str, *, longest: int = LONGEST_NAME, empty: bool = False) -> str:
        """Return a text of one line. empty: whether it may be missing."""
        value = self._cells[column]
        if not value and not empty:
            self._find("empty", column, "is empty", "为空")
        elif len(value) > longest:
            self._find(
                "too_long",
                column,
                f"has {len(value):,} characters; at most {longest}",
                f"有 {len(value):,} 字；至多 {longest} 字",
            )
        elif unseen := _unseen(value):
            self._find("characters", column, f"contains {unseen}", f"含有不可见字符 {unseen}")
        else:
            return value
        return ""

    def identifier(self, column: str, *, empty: bool = False) -> str:
        """Return an id. empty: whether it may be missing."""
        value = self.text(column, longest=LONGEST_ID, empty=empty)
        try:
            return value and identifier(value, "somebody")
        except InvalidInput:
            self._find(
                "id",
                column,
                f"cannot be an id: printable, not beginning with '@'; got {value!r}",
                f"不能作编号：须为可见字符，且不以“@”开头；给出的是 {value!r}",
            )
            return ""

    def day(self, column: str) -> date | None:
        """Return a day; None if the cell is empty."""
        value = self._cells[column]
        if not value:
            return None
        try:
            if _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # written as a day, but there is none: 2022-02-30
        shown = repr(value[:40])
        self._find(
            "no_date",
            column,
            f"is a day, YYYY-MM-DD, or empty; got {shown}",
            f"应为日期 YYYY-MM-DD 或空；给出的是 {shown}",
        )
        return None

    def in_order(self, column: str, begins: date | None, ends: date | None) -> None:
        """Require that what ends does not end before it begins."""
        if begins and ends and ends < begins:
            self._find(
                "order", column, f"is {ends}, before it begins on {begins}", f"早于起始日 {begins}"
            )

    def word(self, column: str, meanings: Meanings) -> str:
        """Return the one word a cell means."""
        value = self.text(column)
        return self._meant(column, value, meanings) if value else ""

    def words(self, column: str, meanings: Meanings | None) -> tuple[str, ...]:
        """Return the words a cell means, sorted; with no meanings, the words as they stand."""
        value = self.text(column, longest=MOST_WORDS * LONGEST_ID, empty=True)
        words = set()
        for name in _split(value, meanings):
            if meanings is not None:
                words.add(self._meant(column, name, meanings))
            elif len(name) > LONGEST_ID:
                self._find(
                    "too_long",
                    column,
                    f"names a word of {len(name):,} characters; at most {LONGEST_ID}",
                    f"有一词长 {len(name):,} 字；至多 {LONGEST_ID} 字",
                )
            else:
                words.add(name)
        if len(words) > MOST_WORDS:
            self._find(
                "too_many",
                column,
                f"names {len(words)} words; at most {MOST_WORDS}",
                f"列了 {len(words)} 项；至多 {MOST_WORDS} 项",
            )
        return tuple(sorted(words))

    def goes_with(
        self, column: str, words: Collection[str], other: str, others: Collection[str]
    ) -> None:
        """Require that whoever has words in one column has some in the other."""
        if words and not others:
            self._find("alone", column, f"says nothing without {other}", f"须与“{other}”同时填写")

    def reason(self) -> Reason:
        """Return everything that is wrong as one reason."""
        if len(self.wrong) == 1:
            return self.wrong[0]
        return Reason(
            self.wrong[0].code,
            "; ".join(each.en for each in self.wrong),
            "；".join(each.zh for each in self.wrong),
            self.wrong[0].about,
        )

    def _meant(self, column: str, name: str, meanings: Meanings) -> str:
        words = sorted(meanings.of(name))
        if len(words) == 1:
            return words[0]
        shown = repr(name[:40])
        known = ", ".join(words or meanings.words[:30]) or "none"
        if words:
            en, zh = f"{shown} may mean {known}", f"{shown} 可指 {known}，须写明"
        else:
            en = f"no {meanings.what} is called {shown}; known: {known}"
            zh = f"没有 {shown}；可用的有：{known}"
        self._find("unknown_word", column, en, zh)
        return ""

    def _find(self, code: str, column: str, en: str, zh: str) -> None:
        self.wrong.append(Reason(code, f"{column}: {en}", f"{self._columns[column]}：{zh}", column))


def read_people(
    file: IO[bytes] | IO[str], columns: Mapping[str, str], read: Callable[[Cells], Person]
) -> tuple[list[Person], tuple[RejectedRow, ...]]:
    """Return the persons a file tells of, one a row, and its bad rows; both in its order.

    An id that stands there again is rejected the second time, whatever became of the first.
    Errors: InvalidInput if the file as a whole cannot be read.
    """
    sheet = read_sheet(file, columns)
    good: list[Person] = []
    rejected = list(sheet.rejected)
    lines: dict[str, int] = {}
    for row in sheet.rows:
        cells = Cells(row.cells, columns)
        person = read(cells)
        first = lines.setdefault(person.id, row.line) if person.id else row.line
        if first != row.line:
            cells.wrong.append(_duplicate(person.id, first))
        if cells.wrong:
            rejected.append(RejectedRow(row.line, cells.reason()))
        else:
            good.append(person)
    return good, tuple(sorted(rejected, key=lambda each: each.line))


def _duplicate(id_: str, first: int) -> Reason:
    """The id was given to a row before."""
    return Reason(
        "duplicate",
        f"id {id_!r} stands in line {first} already; each row needs an id of its own",
        f"编号 {id_!r} 已见于第 {first} 行；每行须有自己的编号",
        "id",
    )


def _split(text: str, meanings: Meanings | None, depth: int = 0) -> Iterator[str]:
    """Return the words of a cell; a title that holds a separator is one word if it is known."""
    if depth == len(_SEPARATORS) or (meanings is not None and meanings.of(text)):
        yield text
        return
    for part in re.split(_SEPARATORS[depth], text):
        if part.strip():
            yield from _split(part.strip(), meanings, depth + 1)


def _unseen(text: str) -> str:
    """Return the first character of a text that cannot be seen, as U+0000; "" if all can."""
    if text.isprintable():
        return ""
    return next((f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in _UNSEEN), "")
