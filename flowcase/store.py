"""The store: the only opener of database sessions; loads cases, and writes what was decided.

Statements run on plain driver cursors: on connections of flowcase's own pool in autocommit, or on
the host's connection inside the host's transaction, which is flushed and never committed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, Select
from sqlalchemy.orm import Session

from flowcase import rows
from flowcase.case import Case
from flowcase.database import READING, Connection, commits_by_itself, connect
from flowcase.errors import CaseNotFound, Conflict, InvalidInput
from flowcase.history import Entry, seal
from flowcase.lookups import Lookups
from flowcase.outcome import Outcome
from flowcase.statements import Statement, Statements, compile_for
from flowcase.workflows.rules import Workflow

#: How often a decision is taken anew when somebody else moved the case first.
MOST_TRIES = 3
#: How many entries one read of a history returns at most.
MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Keyed:
    """The entry that was already written under a key."""

    revision: int
    trigger: str
    salt: str | None
    commitment: str
    actor: str
    at: datetime


class StaleCase(Exception):
    """The case was moved between reading and writing."""


class Transaction(Lookups):
    """Reads and writes of one decision, on one connection."""

    def __init__(
        self, connection: Connection, statements: Statements, stack: ExitStack | None = None
    ) -> None:
        super().__init__(connection, statements)
        self.turn: str | None = None
        self._stack = stack
        #: Whether the decision rests on which children are open: then it is taken under the lock.
        self.exact = False

    # -- cases --------------------------------------------------------------------------------

    def load(
        self, case_id: str, key: str | None = None, *, lock: bool = False
    ) -> tuple[Case, Keyed | None]:
        """Return a case, and the entry under `key` if there is one. Errors: CaseNotFound."""
        if not str(case_id).isprintable():
            raise CaseNotFound(
                f"there is no case {str(case_id)[:80]!r}; ids are as `list` shows them"
            )
        if lock:
            statement = self.statements.load_locked
        else:
            statement = self.statements.load_keyed if key is not None else self.statements.load
        values = {"id": case_id, "key": key} if lock or key is not None else {"id": case_id}
        row = self.connection.one(statement, values)
        if row is None:
            raise self.not_found(case_id)
        case = rows.read_case(row, self.statements.decoders)
        principal, *keyed = rows.beside(row)
        if case.party is not None:
            self.principals[case.party] = principal
        if not keyed or keyed[0] is None:
            return case, None
        revision, trigger, salt, commitment, actor, at = keyed
        moment = self.statements.decode("at", at)
        return case, Keyed(revision, trigger, salt, commitment, actor, moment)

    @staticmethod
    def not_found(case_id: str) -> CaseNotFound:
        """Return the error for a case that does not exist, or that who asks does not see."""
        return CaseNotFound(
            f"there is no case {case_id[:80]!r}; `flowcase list` shows the cases there are"
        )

    def find(self, case_id: str) -> Case | None:
        """Return a case by its id; None if there is none."""
        try:
            return self.load(case_id)[0]
        except CaseNotFound:
            return None

    def children(self, case_id: str, *, exact: bool = False) -> list[Case]:
        """Return the children of a case in the order of their ids."""
        self.exact |= exact
        return self.counted_children(case_id)[1]

    def counted_children(self, case_id: str) -> tuple[int, list[Case]]:
        """Return how many children a case says are open, and its children, as of one moment."""
        found = self.connection.all(self.statements.children, {"id": case_id})
        counted = int(rows.beside(found[0])[0]) if found else 0
        own = [row for row in found if row[0] is not None]
        return counted, [rows.read_case(row, self.statements.decoders) for row in own]

    def load_due(self, at: datetime, limit: int) -> list[Case]:
        """Return the cases with a rung to ring by `at`, earliest first, skipping those in work."""
        return self._cases(self.statements.due, {"at": at, "limit": limit})

    def load_open(self, after: str, limit: int, *, lock: bool) -> list[Case]:
        """Return open cases in the order of their ids, those after `after`."""
        statement = self.statements.opened_locked if lock else self.statements.opened
        return self._cases(statement, {"after": after, "limit": limit})

    def load_behind(
        self, workflow: str, document: str, after: str, limit: int, *, lock: bool
    ) -> list[Case]:
        """Return open cases of a workflow that stand under another document, by their ids."""
        values = {"workflow": workflow, "document": document, "after": after, "limit": limit}
        statement = self.statements.behind_locked if lock else self.statements.behind
        return self._cases(statement, values)

    def count_behind(self, workflow: str, document: str) -> int:
        """Return how many open cases of a workflow stand under another document."""
        values = {"workflow": workflow, "document": document}
        row = self.connection.one(self.statements.behind_count, values)
        return 0 if row is None else int(row[0])

    def _cases(self, statement: Statement, values: Mapping[str, Any]) -> list[Case]:
        found = self.connection.all(statement, values)
        cases = [rows.read_case(row, self.statements.decoders) for row in found]
        for case, row in zip(cases, found, strict=True):
            if case.party is not None:
                self.principals[case.party] = rows.beside(row)[0]
        return cases

    def move(self, before: Case, outcome: Outcome) -> Case:
        """Write a move: the case if it is as it was seen, the entry, and what it does to other
        cases; all or nothing. Errors: StaleCase.
        """
        if outcome.alone:
            return self._move(before, outcome)
        with self.connection.together():
            return self._with_kin(before, outcome)[before.id]

    def _with_kin(self, before: Case | None, outcome: Outcome) -> dict[str, Case]:
        """Write a move and all beside it in the order of the cases' ids.

        A parent's id is smaller than its children's, and everybody goes by this order: so no two
        wait for each other.
        """
        moves: dict[str, list[tuple[Case | None, Outcome]]] = {}
        for was, each in ((before, outcome), *((o.before, o.outcome) for o in outcome.beside)):
            moves.setdefault(each.case.id, []).append((was, each))
        now: dict[str, Case] = {}
        for case_id in sorted({*moves, *outcome.counts}):
            if outcome.counts.get(case_id):
                self._count(case_id, outcome.counts[case_id])
            for was, each in moves.get(case_id, ()):
                if was is not None:
                    now[case_id] = self._move(replace(was, head=now.get(case_id, was).head), each)
                elif each is not outcome:  # whoever opens it on its own has written it already
                    self._open(each)
        return now

    def _count(self, case_id: str, more: int) -> None:
        """Count a child that settled, or is open again. Errors: StaleCase if it may not be."""
        statement = self.statements.count_up if more > 0 else self.statements.count_down
        if not self.connection.run(statement, {"id": case_id}):
            raise StaleCase(case_id)

    def _move(self, before: Case, outcome: Outcome) -> Case:
        sealed = seal(outcome.entry, before.head)
        values = {
            **rows.moving_values(before, outcome.case, sealed.digest),
            **rows.entry_values(sealed),
        }
        if not self.connection.write(self.statements.move, values):
            raise StaleCase(before.id)
        self._write_beside(outcome)
        return replace(outcome.case, head=sealed.digest)

    def move_all(self, moves: Sequence[tuple[Case, Outcome]]) -> None:
        """Write moves of different cases in bulk, inside an open transaction. Errors: StaleCase.

        None of them touches other cases.
        """
        values = []
        for before, outcome in moves:
            sealed = seal(outcome.entry, before.head)
            moving = rows.moving_values(before, outcome.case, sealed.digest)
            values.append({**moving, **rows.entry_values(sealed)})
        for statement in self.statements.move:
            chosen = [{name: each[name] for name in statement.names} for each in values]
            if self.connection.run_many(statement, chosen) != len(moves):
                raise StaleCase(moves[0][0].id)
        for _, outcome in moves:
            assert not outcome.touched, "what touches other cases is moved singly"
            if not outcome.alone:
                self._write_beside(outcome)

    def open(self, outcome: Outcome, key: str | None) -> Case | None:
        """Write an opening and what it does to other cases; None if the key was taken already.

        Errors: StaleCase if a value that must be unique was taken since it was decided.
        """
        if outcome.alone:
            return self._open(outcome, key)
        with self.connection.together():
            opened = self._open(outcome, key)
            if opened is not None:
                self._with_kin(None, outcome)
            return opened

    def _open(self, outcome: Outcome, key: str | None = None) -> Case | None:
        sealed = seal(outcome.entry, outcome.case.head)
        values = {**rows.opening_values(outcome.case, sealed.digest), **rows.entry_values(sealed)}
        if key is None:
            self.connection.write(self.statements.open, values)
        else:
            values |= {
                "key_workflow": outcome.case.workflow,
                "key_key": key,
                "key_case_id": outcome.case.id,
            }
            if not self.connection.write(self.statements.open_keyed, values):
                return None
        self._write_beside(outcome)
        return replace(outcome.case, head=sealed.digest)

    def _begin(self) -> None:
        """Let all that is written from now on be one transaction, committed with the reading."""
        if self._stack is not None:
            self._stack.enter_context(self.connection.transaction())

    def _write_beside(self, outcome: Outcome) -> None:
        """Write what goes with a move: values freed and claimed, who takes part now."""
        case, run = outcome.case, self.connection.run
        for name, value in sorted(outcome.freed):
            claim = {"workflow": case.workflow, "field": name, "value": value}
            run(self.statements.free, claim)
        for name, value in sorted(outcome.claimed):
            claim = {"workflow": case.workflow, "field": name, "value": value, "case_id": case.id}
            if not run(self.statements.claim, claim):
                raise StaleCase(case.id)  # decided anew, it is refused and says why
        for role, actor, is_open in sorted(outcome.parts):
            part = {"case_id": case.id, "role": role, "actor": actor, "open": is_open}
            run(self.statements.take_part, part)

    # -- records of the same party ----------------------------------------------------------------

    def take_turn(self, party: str) -> None:
        """Wait until nobody else asks the records of a party, and keep others waiting until this
        transaction is over: of two who each would be the first, one sees the other.
        """
        self._begin()
        if self.turn != party:
            self.connection.run(self.statements.turn, {"party": party})
        self.turn = party

    def case_under_key(self, workflow: str, key: str) -> str | None:
        """Return the case an opening under this key led to."""
        row = self.connection.one(self.statements.key, {"workflow": workflow, "key": key})
        return None if row is None else str(row[0])

    def history(self, case_id: str, after: int = 0, limit: int = MOST_ENTRIES) -> list[Entry]:
        """Return entries of a case in order, those after number `after`."""
        values = {"id": case_id, "after": after, "limit": limit}
        found = self.connection.all(self.statements.history, values)
        return rows.read_entries(found, self.statements.decoders)

    def whole_history(self, case_id: str) -> Iterator[Entry]:
        """Return every entry of a case in order, however many."""
        after = 0
        while entries := self.history(case_id, after):
            yield from entries
            after = entries[-1].revision

    def retry_at(self, case_id: str) -> datetime | None:
        """Return when a case set aside is tried again; None if it is not set aside."""
        row = self.connection.one(self.statements.retry_at, {"id": case_id})
        return None if row is None else self.statements.decode("retry_at", row[0])

    # -- rungs that cannot ring -----------------------------------------------------------------

    def set_aside(self, case: Case, tries: int, retry_at: datetime, reason: str) -> None:
        """Set aside a rung that could not ring: the case sleeps until it is tried again."""
        values = {
            "case_id": case.id,
            "revision": case.revision,
            "tries": tries,
            "retry_at": retry_at,
            "reason": reason,
        }
        self.connection.run(self.statements.stick, values)
        self.sleep(case, retry_at)

    def sleep(self, case: Case, wake_at: datetime | None) -> None:
        """Move the moment a case is looked at again; no entry is written, nothing was decided."""
        self.connection.run(
            self.statements.sleep, {"id": case.id, "was": case.revision, "new_wake_at": wake_at}
        )

    def tries(self, at: datetime) -> dict[str, int]:
        """Return how often each case set aside, and to be tried again by `at`, was tried."""
        return {
            str(row[0]): int(row[1])
            for row in self.connection.all(self.statements.tries, {"at": at})
        }

    def forgive(self, case_id: str) -> None:
        """Take a case off the list of those set aside."""
        self.connection.run(self.statements.unstick, {"id": case_id})

    # -- documents --------------------------------------------------------------------------------

    def document(self, digest: str) -> str | None:
        """Return a workflow document by its digest."""
        row = self.connection.one(self.statements.document, {"digest": digest})
        return None if row is None else str(row[0])

    def installed(self, workflow: str) -> str | None:
        """Return the digest of the newest document installed under a name; None if none is."""
        row = self.connection.one(self.statements.installed, {"workflow": workflow})
        return None if row is None else str(row[0])

    def documents(self) -> frozenset[str]:
        """Return the digests of the documents kept."""
        return frozenset(str(row[0]) for row in self.connection.all(self.statements.documents, {}))

    def keep_document(self, workflow: Workflow, at: datetime) -> None:
        """Keep a workflow document by its digest, for the cases opened under it."""
        values = {
            "digest": workflow.digest,
            "name": workflow.name,
            "version": workflow.document.version,
            "text": workflow.text,
            "stored_at": at,
        }
        self.connection.run(self.statements.keep_document, values)


class Store:
    """Everything flowcase keeps, in one database."""

    def __init__(self, database: str | Engine) -> None:
        self.engine, self._owned = connect(database)
        self.statements = compile_for(self.engine.dialect.name)

    @contextmanager
    def reading(self, session: Session | None = None) -> Iterator[Transaction]:
        """Give reads: each sees what was committed before it, or the host's transaction.

        What is then written is one statement, or a transaction of its own that ends with this.
        """
        with self._connection(session) as connection, ExitStack() as stack:
            yield Transaction(connection, self.statements, stack)

    @contextmanager
    def writing(self, session: Session | None = None) -> Iterator[Transaction]:
        """Give a transaction that holds the database's write lock from its beginning (SQLite), or
        its rows' locks (PostgreSQL), and commits at the end; in a host's session, its own.
        """
        with self._connection(session) as connection, connection.transaction():
            yield Transaction(connection, self.statements)

    def decide_and_move(
        self,
        case_id: str,
        key: str | None,
        decide: Callable[[Transaction, Case], Outcome],
        session: Session | None = None,
    ) -> Case | tuple[Case, Keyed]:
        """Load, decide, write; again if somebody else was first: then under the case's lock.

        Returns the case moved, or (the case now, the entry already under the key).
        Errors: CaseNotFound, Conflict, and whatever `decide` raises.
        """
        tries = 1 if session is not None else MOST_TRIES
        touched, turns = {case_id}, set[str]()
        for attempt in range(tries):
            lock = attempt > 0
            try:
                with self.writing(session) if lock else self.reading(session) as transaction:
                    return _attempt(
                        transaction,
                        touched,
                        turns,
                        case_id,
                        key,
                        decide,
                        lock=lock,
                        hosted=session is not None,
                    )
            except StaleCase:
                if attempt + 1 < tries:
                    time.sleep(random.uniform(0, 0.002))  # noqa: S311 - spreads writers, no secret
        raise Conflict(_conflict(case_id, session))

    def select(self, question: Select[Any]) -> list[Sequence[Any]]:
        """Run a question composed of the tables' columns, and return its rows, decoded.

        It reads what is committed and holds nobody up.
        """
        with self.engine.connect().execution_options(**READING) as connection:
            return list(connection.execute(question).all())

    def close(self) -> None:
        """Close the connections, if they are flowcase's own."""
        if self._owned:
            self.engine.dispose()

    @contextmanager
    def _connection(self, session: Session | None) -> Iterator[Connection]:
        if session is None:
            with Connection.borrowed(self.engine) as connection:
                yield connection
        else:
            yield Connection.of_host(_host_connection(session, self.engine))


def _attempt(
    transaction: Transaction,
    touched: set[str],
    turns: set[str],
    case_id: str,
    key: str | None,
    decide: Callable[[Transaction, Case], Outcome],
    *,
    lock: bool,
    hosted: bool,
) -> Case | tuple[Case, Keyed]:
    """Load, decide and write once; `touched` are the cases the attempts so far would write.

    With `lock` they are locked first, in the order of their ids, as everybody locks them; before
    them, as the first try did it, the `turns` at the records of parties.
    Errors: StaleCase if somebody was first, or another attempt has to lock more.
    """
    for party in turns:
        transaction.take_turn(party)
    found = {
        each: transaction.load(each, key if each == case_id else None, lock=lock)
        for each in sorted(touched if lock else [case_id])
    }
    case, keyed = found[case_id]
    if keyed is not None:
        return case, keyed
    outcome = decide(transaction, case)
    if transaction.exact and not lock:  # again, with the children's counter held still
        if not hosted:
            raise StaleCase(case_id)
        case, _ = transaction.load(case_id, lock=True)
        outcome = decide(transaction, case)
    touched |= outcome.touched
    turns |= {transaction.turn} if transaction.turn is not None else set()
    if lock and not touched <= found.keys():
        raise StaleCase(case_id)
    return transaction.move(case, outcome)


def _host_connection(session: Session, engine: Engine) -> sqlalchemy.Connection:
    """Return the host's connection, inside its transaction, with what it wrote flushed."""
    if not isinstance(session, Session):
        raise InvalidInput(
            f"session= takes a SQLAlchemy or SQLModel Session; got {type(session).__name__}"
        )
    session.flush()
    connection = session.connection()
    if connection.dialect.name != engine.dialect.name:
        raise InvalidInput(
            f"the session is on {connection.dialect.name}, flowcase on {engine.dialect.name}; "
            "open the engine on the same database"
        )
    if commits_by_itself(connection):
        raise InvalidInput(
            "the session commits by itself (AUTOCOMMIT); give one with a transaction"
        )
    return connection


def _conflict(case_id: str, session: Session | None) -> str:
    if session is not None:
        return f"case {case_id} was moved since your transaction began: roll back and try again"
    return f"case {case_id} was moved by somebody else {MOST_TRIES} times over; look and try again"
