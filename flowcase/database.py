"""Databases: how flowcase connects to SQLite and PostgreSQL, and what it makes of their errors."""

from __future__ import annotations

import os
import re
import uuid
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import QueuePool

from flowcase.errors import Conflict, DatabaseError, InvalidInput, OutcomeUnknown
from flowcase.statements import Statement

#: Options of a connection that only reads: it does not wait for the writers' lock.
READING: Mapping[str, Any] = {"flowcase_reading": True}

SUPPORTED = ("sqlite", "postgresql")

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers do not wait for the writer
    "PRAGMA synchronous = FULL",  # an acknowledged commit survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA busy_timeout = 30000",  # a waiter was seen to wait 4.6 s
)

_POSTGRESQL_SETTINGS = (
    "timezone=UTC",
    "statement_timeout=60s",
    "idle_in_transaction_session_timeout=60s",  # a host that hangs must not hold a case for ever
)

#: SQLSTATEs after which the same transaction may succeed when run again.
_TRY_AGAIN = ("40001", "40P01")
#: SQLSTATEs of a COMMIT whose outcome nobody knows: connection lost, shutdown, recovery.
_LOST = ("08", "57P")


def connect(database: str | Engine) -> tuple[Engine, bool]:
    """Return a SQLAlchemy Engine, and whether it is flowcase's own.

    Errors: InvalidInput, DatabaseError.
    """
    if isinstance(database, Engine):
        _require_supported(database.dialect.name)
        return database, False
    url = _url(database)
    _require_supported(url.get_backend_name())
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    _tell_errors(engine)
    _leave_to_parent(engine)
    return engine, True


def _leave_to_parent(engine: Engine) -> None:
    """Let a forked child open connections of its own: one shared would mix up two programs."""
    if hasattr(os, "register_at_fork"):
        known = weakref.ref(engine)

        def forget() -> None:
            inherited = known()
            if inherited is not None:
                inherited.dispose(close=False)

        os.register_at_fork(after_in_child=forget)


def masked(text: str) -> str:
    """Return a text without the passwords that an address in it may hold."""
    text = re.sub(r"((?:ssl)?password|passwd)=[^&\s]*", r"\1=***", text, flags=re.IGNORECASE)
    return re.sub(r":[^\s\"'/:]*@(?=\S)|(?<=//)[^\s\"'/@]*@[^\s\"'/]*@", ":***@", text)


def _tell_errors(engine: Engine) -> None:
    """Let what SQLAlchemy runs for us fail as a DatabaseError where the database cannot be used."""

    @event.listens_for(engine, "handle_error")
    def tell(context: ExceptionContext) -> None:
        error = context.original_exception
        assert isinstance(error, Exception), "drivers raise Exceptions"
        if context.connection is None:
            raise DatabaseError(_unreachable(engine, error))
        if isinstance(context.sqlalchemy_exception, OperationalError):
            raise DatabaseError(f"the database refused a statement: {_safe(error)}")


def _url(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise InvalidInput(
            "this is not the address of a database; write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None


def _require_supported(name: str) -> None:
    if name not in SUPPORTED:
        raise InvalidInput(f"flowcase runs on {' and '.join(SUPPORTED)}, not on {name!r}")


def _sqlite(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    if not in_memory and not Path(str(url.database)).resolve().parent.is_dir():
        raise DatabaseError(
            f"there is no folder for the database file {masked(str(url.database))}; make it first"
        )
    engine = create_engine(
        _in_memory() if in_memory else url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30},
        poolclass=QueuePool,  # SQLAlchemy keeps one for files only, and a memory is one as well
    )
    if in_memory:
        _keep_alive(engine)

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say BEGIN
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        if READING.items() <= connection.get_execution_options().items():
            return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # or two readers both decide to write

    return engine


def _in_memory() -> URL:
    """Return the address of a database of its own in memory, which threads may share: each has a
    connection, and waits for the writer as it would on a file.
    """
    name = f"file:/flowcase-{uuid.uuid4().hex}"
    return URL.create("sqlite", database=name, query={"vfs": "memdb", "uri": "true"})


def _keep_alive(engine: Engine) -> None:
    """Hold a database in memory until its engine is disposed of: it lives as long as its last
    connection, and the pool may close any of its own.
    """
    kept = engine.raw_connection()
    kept.detach()

    @event.listens_for(engine, "engine_disposed")
    def let_go(_engine: Engine) -> None:
        kept.close()


def _postgresql(url: URL) -> Engine:
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(
            url,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            pool_pre_ping=False,
            connect_args={
                "application_name": "flowcase",
                "options": " ".join(f"-c {setting}" for setting in _POSTGRESQL_SETTINGS),
            },
        )
    except (NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseError(
            "PostgreSQL needs its driver: pip install 'flowcase[postgres]'"
        ) from None


def commits_by_itself(connection: sqlalchemy.Connection) -> bool:
    """Whether a host's connection has no transaction that what we write could join."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        return bool(raw.autocommit)
    return raw.isolation_level is None and not raw.in_transaction


class Connection:
    """A driver's connection: runs compiled statements, and says what its errors mean."""

    def __init__(self, raw: Any, dialect: Any, *, hosted: bool) -> None:
        self._raw = raw
        self._cursor = raw.cursor()
        self._driver = dialect.dbapi
        self._single = dialect.name == "postgresql"
        self.lost = False
        self._inside = hosted

    @classmethod
    @contextmanager
    def borrowed(cls, engine: Engine) -> Iterator[Connection]:
        """Give a connection of the pool in autocommit, and return it as it was found."""
        try:
            pooled = engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as error:  # the pool gives them as the driver does
            raise DatabaseError(_unreachable(engine, error)) from None
        try:
            raw: Any = pooled.driver_connection
            with _autocommit(raw, engine.dialect.name):
                connection = cls(raw, engine.dialect, hosted=False)
                try:
                    yield connection
                finally:
                    connection._cursor.close()
                    if connection.lost:  # so are the others: the next call begins afresh
                        pooled.invalidate()
                        engine.dispose()
        finally:
            pooled.close()

    @classmethod
    def of_host(cls, connection: sqlalchemy.Connection) -> Connection:
        """Give the host's connection, inside the host's transaction."""
        return cls(connection.connection.driver_connection, connection.dialect, hosted=True)

    def one(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run a question and return its first row, or None."""
        self._execute(statement, values)
        row: Sequence[Any] | None = self._cursor.fetchone()
        return row

    def all(self, statement: Statement, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """Run a question and return its rows."""
        self._execute(statement, values)
        rows: list[Sequence[Any]] = self._cursor.fetchall()
        return rows

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Run a change and return how many rows it touched."""
        self._execute(statement, values)
        return int(self._cursor.rowcount)

    def run_many(self, statement: Statement, values: Iterable[Mapping[str, Any]]) -> int:
        """Run a change once for each of `values`, in bulk; only inside a transaction.

        Returns how many rows it touched in all.
        """
        assert self._inside, "many changes are one only inside a transaction"
        try:
            self._cursor.executemany(statement.text, [statement.encode(each) for each in values])
        except self._driver.Error as error:
            raise self._meaning(error, committing=False) from None
        return int(self._cursor.rowcount)

    def write(self, statements: Sequence[Statement], values: Mapping[str, Any]) -> bool:
        """Run statements as one: all, or none if the first touches no row. Durable when it returns,
        unless a transaction is open that will be.
        """
        if len(statements) == 1 or self._inside:
            return self._all(statements, values)
        with self.transaction():
            return self._all(statements, values)

    def _all(self, statements: Sequence[Statement], values: Mapping[str, Any]) -> bool:
        return all(
            self.run(statement, {name: values[name] for name in statement.names}) == 1
            for statement in statements
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold a transaction: committed at the end, rolled back on errors; a host's stays open."""
        if self._inside:
            yield
            return
        self._plain("BEGIN" if self._single else "BEGIN IMMEDIATE")
        self._inside = True
        try:
            yield
        except BaseException:
            self._inside = False
            self._plain("ROLLBACK")
            raise
        self._inside = False
        self._plain("COMMIT")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all that is written inside or nothing of it, also inside a transaction."""
        if not self._inside:
            with self.transaction():
                yield
            return
        if not self._single and not self._raw.in_transaction:
            self._plain("BEGIN")  # or releasing the savepoint would commit what is the host's
        self._plain("SAVEPOINT flowcase")
        try:
            yield
        except BaseException:
            self._plain("ROLLBACK TO SAVEPOINT flowcase")
            raise
        self._plain("RELEASE SAVEPOINT flowcase")

    def _plain(self, text: str) -> None:
        try:
            self._cursor.execute(text)
        except self._driver.Error as error:
            raise self._meaning(error, committing=text == "COMMIT") from None

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        try:
            self._cursor.execute(statement.text, statement.encode(values))
        except self._driver.Error as error:
            raise self._meaning(error, committing=not self._inside and statement.writes) from None

    def _meaning(self, error: Exception, *, committing: bool) -> Exception:
        """Return the error a driver's error amounts to; its text may hold data and stays here."""
        state = str(getattr(error, "sqlstate", None) or "")
        if state in _TRY_AGAIN:
            return Conflict("the database gave way to another transaction: roll back and try again")
        lost = state.startswith(_LOST) or (
            not state and isinstance(error, self._driver.OperationalError)
        )
        if self._single and lost:
            self.lost = True
            if committing:
                return OutcomeUnknown(
                    "the connection was lost while the change was being committed: it may or may "
                    "not have happened; ask again with the same key"
                )
            return DatabaseError("the connection to the database was lost; nothing was changed")
        if "locked" in str(error) or "busy" in str(error):
            return Conflict("the database was busy for 30 seconds; try again")
        detail = state or getattr(error, "sqlite_errorname", "") or type(error).__name__
        return DatabaseError(f"the database refused a statement ({detail}): {_safe(error)}")


def _safe(error: Exception) -> str:
    """Return the part of a driver's message that names no data."""
    diagnosis = getattr(error, "diag", None)
    text = getattr(diagnosis, "message_primary", None) if diagnosis is not None else str(error)
    return str(text or "").splitlines()[0][:200] if text else "no message"


def _unreachable(engine: Engine, error: Exception) -> str:
    address = engine.url.render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", error)).strip().splitlines()
    said = reason[0][:200] if reason else type(error).__name__
    return masked(f"cannot open the database {address}: {said}")


@contextmanager
def _autocommit(raw: Any, dialect: str) -> Iterator[None]:
    """Let a connection commit each statement by itself, and put it back as it was."""
    name, wanted = ("autocommit", True) if dialect == "postgresql" else ("isolation_level", None)
    was = getattr(raw, name)
    if was == wanted:
        yield
        return
    setattr(raw, name, wanted)
    try:
        yield
    finally:
        setattr(raw, name, was)
