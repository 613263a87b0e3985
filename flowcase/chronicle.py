"""Chronicles: the cases filed in a period, each with its history, read page by page.

Reading costs one pass over the cases' primary key and, for those of the period, over their entries.
A page of cases and of entries is held at once, never all. Each case is told as it stood when its
page was read: entries written since are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, case, null, select, tuple_

from flowcase.case import Case
from flowcase.history import Entry
from flowcase.rows import read_case, read_entry
from flowcase.statements import CASES, HISTORY
from flowcase.store import Store
from flowcase.time import utc

#: Cases, and entries, that are read at once.
PAGE_CASES = 100
PAGE_ENTRIES = 2_000

#: No zone is further from UTC than this.
_FURTHEST = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Chronicle:
    """A case, and every entry of its history up to the case's revision."""

    case: Case
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Which cases are told of: a workflow's, filed from `since` until `until` (inclusive days).

    details: of entries of which triggers the details are read; None: of all.
    """

    workflow: str | None = None
    since: date | None = None
    until: date | None = None
    finished: bool | None = None
    details: frozenset[str] | None = frozenset()

    def holds(self, day: date) -> bool:
        """Whether a case filed on this day, in the zone of its own calendar, is told of."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


def chronicles(store: Store, span: Span) -> Iterator[Chronicle]:
    """Yield the cases of a span in the order of their ids, which is that of their opening.

    Which days they were filed on, only their calendars know: here a day more is read on either
    side, and `Span.holds` decides.
    """
    after = ""
    while cases := _cases(store, span, after):
        histories = groupby(_entries(store, span, cases), key=lambda entry: entry.case_id)
        told = {case_id: tuple(entries) for case_id, entries in histories}
        for each in cases:
            yield Chronicle(
                each, tuple(e for e in told.get(each.id, ()) if e.revision <= each.revision)
            )
        after = cases[-1].id


def documents(store: Store, span: Span) -> list[str]:
    """Return the digests of the documents that the cases of a span are bound to, in order."""
    rows = store.select(select(CASES.c.document).where(*_conditions(span)).distinct())
    return sorted(str(row[0]) for row in rows)


def _cases(store: Store, span: Span, after: str) -> list[Case]:
    statement = select(*CASES.columns).where(CASES.c.id > after, *_conditions(span))
    rows = store.select(statement.order_by(CASES.c.id).limit(PAGE_CASES))
    return [read_case(row, {}) for row in rows]


def _conditions(span: Span) -> Iterator[ColumnElement[bool]]:
    if span.workflow is not None:
        yield CASES.c.workflow == span.workflow
    if span.since is not None:
        yield CASES.c.opened_at >= datetime.combine(span.since, time(), UTC) - _FURTHEST
    if span.until is not None:
        yield CASES.c.opened_at < datetime.combine(span.until, time.max, UTC) + _FURTHEST
    if span.finished is not None:
        yield CASES.c.finished_at.is_not(None) if span.finished else CASES.c.finished_at.is_(None)


def _entries(store: Store, span: Span, cases: Sequence[Case]) -> Iterator[Entry]:
    ids = [each.id for each in cases]
    place = tuple_(HISTORY.c.case_id, HISTORY.c.revision)
    statement = (
        select(*_columns(span))
        .where(HISTORY.c.case_id.in_(ids))
        .order_by(HISTORY.c.case_id, HISTORY.c.revision)
        .limit(PAGE_ENTRIES)
    )
    page = [read_entry(row, {"at": utc}) for row in store.select(statement)]
    while page:
        yield from page
        if len(page) < PAGE_ENTRIES:
            return
        last = (page[-1].case_id, page[-1].revision)
        page = [read_entry(row, {"at": utc}) for row in store.select(statement.where(place > last))]


def _columns(span: Span) -> list[ColumnElement[Any]]:
    """Return a history's columns; texts that nobody asked for stay in the database."""
    columns: list[ColumnElement[Any]] = list(HISTORY.columns)
    if span.details is None:
        return columns
    asked = HISTORY.c.trigger.in_(sorted(span.details))
    details = case((asked, HISTORY.c.details), else_=null()) if span.details else null()
    return [details.label("details") if each is HISTORY.c.details else each for each in columns]
