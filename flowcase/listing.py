"""Listing: read-only questions about many cases, and the long texts of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from flowcase.case import Case
from flowcase.errors import InvalidInput
from flowcase.rows import read_case
from flowcase.statements import CASES, PARTICIPANTS, PARTIES, STUCK
from flowcase.store import Store, Transaction
from flowcase.time import read, written
from flowcase.visibility import View
from flowcase.workflows.rules import Workflow

MOST_CASES = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases are asked for; None: whatever it is. due_before: exclusive. held_by: who holds a
    part of it now, or is accountable, any of these. view: what somebody sees.
    """

    workflow: str | None = None
    state: str | None = None
    owner: str | None = None
    party: str | None = None
    tier: str | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    finished: bool | None = None
    held_by: tuple[str, ...] = ()
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases by their due moments. next: what to give as `after`; None at the end."""

    cases: tuple[Case, ...]
    next: str | None = None

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A case whose rung could not ring: how often it was tried, when it is tried again, and why."""

    case_id: str
    revision: int
    tries: int
    retry_at: datetime
    reason: str


def list_cases(store: Store, query: Query, limit: int, after: str | None, now: datetime) -> Page:
    """Return a page of cases: first those with a due moment, earliest first, then the others."""
    if type(limit) is not int or not 1 <= limit <= MOST_CASES:
        raise InvalidInput(f"limit is a whole number from 1 to {MOST_CASES}; got {limit!r}")
    statement = select(*CASES.columns).where(*_conditions(query, now))
    if after is not None:
        statement = statement.where(_beyond(*_cursor(after)))
    statement = statement.order_by(CASES.c.due_at.is_(None), CASES.c.due_at, CASES.c.id)
    found = [read_case(row, {}) for row in store.select(statement.limit(limit + 1))]
    cases = tuple(found[:limit])
    return Page(cases, _after(cases[-1]) if len(found) > limit else None)


def list_stuck(store: Store, limit: int = MOST_CASES) -> list[Stuck]:
    """Return the cases set aside, those tried most often first."""
    unfinished = (CASES.c.id == STUCK.c.case_id) & CASES.c.finished_at.is_(None)
    statement: Select[Any] = (
        select(*STUCK.columns)
        .join(CASES, unfinished)
        .order_by(STUCK.c.tries.desc(), STUCK.c.case_id)
    )
    return [Stuck(*row) for row in store.select(statement.limit(limit))]


def texts_of(transaction: Transaction, case: Case, workflow: Workflow) -> dict[str, Any]:
    """Return every field of a case with its value: long texts are fetched from the history.

    A text that was redacted is None.
    """
    fields = case.fields()
    document = workflow.document.fields
    where = {
        name: value
        for name, value in fields.items()
        if document[name].type == "text" and name not in workflow.kept
    }
    for revision in sorted(set(where.values())):
        entries = transaction.history(case.id, after=revision - 1, limit=1)
        details = entries[0].details if entries else {}
        fields |= {name: details.get(name) for name, at in where.items() if at == revision}
    return fields


def _conditions(query: Query, now: datetime) -> Iterator[ColumnElement[bool]]:
    for name in ("workflow", "state", "owner", "party", "tier"):
        value = getattr(query, name)
        if value is not None:
            yield CASES.c[name] == value
    if query.overdue is not None:
        late = CASES.c.due_at <= now
        yield late if query.overdue else or_(CASES.c.due_at.is_(None), CASES.c.due_at > now)
    if query.due_before is not None:
        yield CASES.c.due_at < query.due_before
    if query.held_by:
        now_held = PARTICIPANTS.c.open & (PARTICIPANTS.c.role != "recused")
        parts = select(PARTICIPANTS.c.case_id).where(PARTICIPANTS.c.actor.in_(query.held_by))
        yield CASES.c.owner.in_(query.held_by) | CASES.c.id.in_(parts.where(now_held))
    if query.view is not None:
        yield _seen(query.view)
    finished = query.finished
    if finished is None and (query.overdue or query.due_before is not None):
        finished = False  # only a case still open is due; saying so lets the index help
    if finished is not None:
        yield CASES.c.finished_at.is_not(None) if finished else CASES.c.finished_at.is_(None)


def _seen(view: View) -> ColumnElement[bool]:
    """What visibility.sees says, for the database."""
    part = select(PARTICIPANTS.c.case_id)
    held = part.where(PARTICIPANTS.c.actor.in_(view.values), PARTICIPANTS.c.role != "recused")
    recused = part.where(PARTICIPANTS.c.actor.in_(view.kept_out), PARTICIPANTS.c.role == "recused")
    of_parties = select(PARTIES.c.id)
    own = CASES.c.party.in_(of_parties.where(PARTIES.c.principal.in_(view.people))) | (
        CASES.c.party.in_(view.people) & CASES.c.party.not_in(of_parties)
    )
    desks = [
        (CASES.c.document == digest) & CASES.c.state.in_(states)
        for digest, states in view.desks.items()
    ]
    shown = or_(CASES.c.document.in_(view.whole), CASES.c.id.in_(held), *desks)
    return or_(own, and_(shown, CASES.c.id.not_in(recused)))


def _beyond(due_at: datetime | None, case_id: str) -> ColumnElement[bool]:
    later = and_(CASES.c.due_at.is_(None), CASES.c.id > case_id)
    if due_at is None:
        return later
    return or_(
        CASES.c.due_at > due_at,
        and_(CASES.c.due_at == due_at, CASES.c.id > case_id),
        CASES.c.due_at.is_(None),
    )


def _after(case: Case) -> str:
    return f"{written(case.due_at) if case.due_at else '-'}/{case.id}"


def _cursor(text: str) -> tuple[datetime | None, str]:
    due, slash, case_id = text.partition("/")
    try:
        if slash and case_id:
            return (None if due == "-" else read(due)), case_id
    except ValueError:
        pass  # said below, with the remedy
    raise InvalidInput(
        f"{text[:80]!r} is not where a page ended; give the `next` of the page before"
    )
