"""Statements: the SQL of the hot path, compiled once per database from the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ClauseElement,
    Column,
    Dialect,
    Select,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert, Update

from flowcase.tables import (
    AbsenceRow,
    AdmissionRow,
    CaseRow,
    ClaimRow,
    DocumentRow,
    DutyRow,
    HistoryRow,
    InstallationRow,
    KeyRow,
    ParticipantRow,
    PartyRow,
    ProofRow,
    StaffRow,
    StuckRow,
    TurnRow,
)

CASES = CaseRow.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
HISTORY = HistoryRow.__table__  # type: ignore[attr-defined]  # as above
KEYS = KeyRow.__table__  # type: ignore[attr-defined]  # as above
STUCK = StuckRow.__table__  # type: ignore[attr-defined]  # as above
PARTIES = PartyRow.__table__  # type: ignore[attr-defined]  # as above
STAFF = StaffRow.__table__  # type: ignore[attr-defined]  # as above
DOCUMENTS = DocumentRow.__table__  # type: ignore[attr-defined]  # as above
ADMISSIONS = AdmissionRow.__table__  # type: ignore[attr-defined]  # as above
DUTIES = DutyRow.__table__  # type: ignore[attr-defined]  # as above
CLAIMS = ClaimRow.__table__  # type: ignore[attr-defined]  # as above
TURNS = TurnRow.__table__  # type: ignore[attr-defined]  # as above
ABSENCES = AbsenceRow.__table__  # type: ignore[attr-defined]  # as above
PARTICIPANTS = ParticipantRow.__table__  # type: ignore[attr-defined]  # as above
INSTALLATIONS = InstallationRow.__table__  # type: ignore[attr-defined]  # as above
PROOFS = ProofRow.__table__  # type: ignore[attr-defined]  # as above

CASE_COLUMNS = tuple(column.name for column in CASES.columns)
HISTORY_COLUMNS = tuple(column.name for column in HISTORY.columns)
#: What a move may change; the rest of a case is fixed when it is opened.
MOVING = (
    "document",
    "state",
    "tier",
    "owner",
    "changed_at",
    "due_at",
    "wake_at",
    "finished_at",
    "unsettled",
    "sealed",
    "revision",
    "head",
    "body",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text for one database, and how its parameters are turned into what the driver takes."""

    text: str
    encoders: Mapping[str, Callable[[Any], Any]]
    defaults: Mapping[str, Any]
    names: tuple[str, ...]
    writes: bool

    def encode(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as the driver takes them."""
        encoders = self.encoders
        encoded = {
            name: encoders[name](value) if name in encoders else value
            for name, value in values.items()
        }
        return {**self.defaults, **encoded} if self.defaults else encoded


@dataclass(frozen=True, slots=True)
class Statements:
    """Every statement of the hot path for one database."""

    load: Statement
    load_keyed: Statement
    load_locked: Statement
    move: tuple[Statement, ...]
    open: tuple[Statement, ...]
    open_keyed: tuple[Statement, ...]
    key: Statement
    due: Statement
    opened: Statement
    opened_locked: Statement
    children: Statement
    count_down: Statement
    count_up: Statement
    behind: Statement
    behind_locked: Statement
    behind_count: Statement
    installed: Statement
    history: Statement
    document: Statement
    documents: Statement
    keep_document: Statement
    admission: Statement
    tries: Statement
    retry_at: Statement
    sleep: Statement
    stick: Statement
    unstick: Statement
    principal: Statement
    holders: Statement
    charged: Statement
    any_staff: Statement
    is_holder: Statement
    absent: Statement
    unit_of: Statement
    records: Statement
    turn: Statement
    claim: Statement
    free: Statement
    claimed: Statement
    take_part: Statement
    decoders: Mapping[str, Callable[[Any], Any]]

    def decode(self, column: str, value: Any) -> Any:
        """Return what the driver gave for a column as a value."""
        return self.decoders[column](value) if column in self.decoders else value


def dialect_of(name: str) -> Dialect:
    """Return a dialect whose statements take named parameters of the driver's style."""
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

        return PGDialect_psycopg()  # type: ignore[no-untyped-call]  # untyped there
    return sqlite.dialect(paramstyle="named")


class _Compiler:
    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __call__(self, statement: ClauseElement) -> Statement:
        compiled = statement.compile(dialect=self.dialect)
        encoders = {}
        for name, bind in compiled.binds.items():  # type: ignore[attr-defined]  # SQLCompiler's
            encode = bind.type.dialect_impl(self.dialect).bind_processor(self.dialect)
            if encode is not None:
                encoders[name] = encode
        defaults = {name: value for name, value in compiled.params.items() if value is not None}
        names = tuple(name for name in compiled.binds if name not in defaults)  # type: ignore[attr-defined]  # SQLCompiler's
        return Statement(
            str(compiled), encoders, defaults, names, not isinstance(statement, Select)
        )


def compile_statement(statement: ClauseElement, name: str) -> Statement:
    """Compile one more statement for "sqlite" or "postgresql"."""
    return _Compiler(dialect_of(name))(statement)


def compile_for(name: str) -> Statements:
    """Compile every statement for "sqlite" or "postgresql"."""
    dialect = dialect_of(name)
    compiled = _Compiler(dialect)
    single = name == "postgresql"
    by_id = CASES.c.id == bindparam("id", type_=CASES.c.id.type)
    load = select(*CASES.columns, PARTIES.c.principal).select_from(
        CASES.outerjoin(PARTIES, PARTIES.c.id == CASES.c.party)
    )
    keyed = select(
        *CASES.columns,
        PARTIES.c.principal,
        HISTORY.c.revision.label("keyed_revision"),
        HISTORY.c.trigger.label("keyed_trigger"),
        HISTORY.c.salt.label("keyed_salt"),
        HISTORY.c.commitment.label("keyed_commitment"),
        HISTORY.c.actor.label("keyed_actor"),
        HISTORY.c.at.label("keyed_at"),
    ).select_from(
        CASES.outerjoin(PARTIES, PARTIES.c.id == CASES.c.party).outerjoin(
            HISTORY, (HISTORY.c.case_id == CASES.c.id) & (HISTORY.c.key == bindparam("key"))
        )
    )
    locked = keyed.where(by_id)
    due = (
        load.where(CASES.c.wake_at <= bindparam("at", type_=CASES.c.wake_at.type))
        .order_by(CASES.c.wake_at, CASES.c.id.desc())  # of one moment, children before parents
        .limit(bindparam("limit"))
    )
    opened = (
        load.where(CASES.c.finished_at.is_(None), CASES.c.id > bindparam("after"))
        .order_by(CASES.c.id)
        .limit(bindparam("limit"))
    )
    opened_locked = opened
    elsewhere = (
        CASES.c.finished_at.is_(None),
        CASES.c.workflow == bindparam("workflow"),
        CASES.c.document != bindparam("document"),
    )
    behind = opened.where(*elsewhere[1:])
    behind_locked = behind
    if single:
        behind_locked = behind.with_for_update(key_share=True, of=CASES)
        opened_locked = opened.with_for_update(key_share=True, of=CASES)
        locked = locked.with_for_update(key_share=True, of=CASES)
        due = due.with_for_update(key_share=True, skip_locked=True, of=CASES)
    return Statements(
        load=compiled(load.where(by_id)),
        load_keyed=compiled(keyed.where(by_id)),
        load_locked=compiled(locked),
        move=tuple(map(compiled, _one_statement_move() if single else (_move(), _insert(HISTORY)))),
        open=tuple(
            map(
                compiled,
                _one_statement_open() if single else (_insert(CASES, "new_"), _insert(HISTORY)),
            )
        ),
        open_keyed=tuple(
            map(
                compiled,
                _one_statement_open(keyed=True)
                if single
                else (_claim(sqlite.insert), _insert(CASES, "new_"), _insert(HISTORY)),
            )
        ),
        key=compiled(
            select(KEYS.c.case_id).where(
                KEYS.c.workflow == bindparam("workflow"), KEYS.c.key == bindparam("key")
            )
        ),
        due=compiled(due),
        opened=compiled(opened),
        opened_locked=compiled(opened_locked),
        children=compiled(_children()),
        count_down=compiled(_count(-1)),
        count_up=compiled(_count(1).where(CASES.c.sealed.is_(False))),
        history=compiled(
            select(*HISTORY.columns)
            .where(HISTORY.c.case_id == bindparam("id"), HISTORY.c.revision > bindparam("after"))
            .order_by(HISTORY.c.revision)
            .limit(bindparam("limit"))
        ),
        document=compiled(
            select(DOCUMENTS.c.text).where(DOCUMENTS.c.digest == bindparam("digest"))
        ),
        behind=compiled(behind),
        behind_locked=compiled(behind_locked),
        behind_count=compiled(select(func.count()).select_from(CASES).where(*elsewhere)),
        installed=compiled(
            select(INSTALLATIONS.c.digest)
            .where(INSTALLATIONS.c.workflow == bindparam("workflow"))
            .order_by(INSTALLATIONS.c.version.desc())
            .limit(1)
        ),
        documents=compiled(select(DOCUMENTS.c.digest)),
        keep_document=compiled(
            _inserted(
                postgresql.insert if single else sqlite.insert, DOCUMENTS
            ).on_conflict_do_nothing()
        ),
        admission=compiled(
            select(ADMISSIONS.c.admitted_from, ADMISSIONS.c.admitted_until).where(
                ADMISSIONS.c.register == bindparam("register"),
                ADMISSIONS.c.party == bindparam("party"),
            )
        ),
        retry_at=compiled(select(STUCK.c.retry_at).where(STUCK.c.case_id == bindparam("id"))),
        tries=compiled(
            select(STUCK.c.case_id, STUCK.c.tries).where(
                STUCK.c.retry_at <= bindparam("at", type_=STUCK.c.retry_at.type)
            )
        ),
        sleep=compiled(
            update(CASES)
            .where(by_id, CASES.c.revision == bindparam("was"))
            .values(wake_at=bindparam("new_wake_at", type_=CASES.c.wake_at.type))
        ),
        stick=compiled(_stick(postgresql.insert if single else sqlite.insert)),
        unstick=compiled(STUCK.delete().where(STUCK.c.case_id == bindparam("id"))),
        principal=compiled(select(PARTIES.c.principal).where(PARTIES.c.id == bindparam("party"))),
        holders=compiled(
            select(DUTIES.c.staff)
            .where(DUTIES.c.role == bindparam("role"))
            .distinct()
            .order_by(DUTIES.c.staff)
            .limit(2)
        ),
        charged=compiled(
            select(DUTIES.c.staff)
            .where(DUTIES.c.role == bindparam("role"), DUTIES.c.charge == bindparam("charge"))
            .order_by(DUTIES.c.staff)
            .limit(2)
        ),
        any_staff=compiled(select(STAFF.c.id).limit(1)),
        is_holder=compiled(
            select(DUTIES.c.staff)
            .where(DUTIES.c.role == bindparam("role"), DUTIES.c.staff == bindparam("staff"))
            .limit(1)
        ),
        **_of_others(compiled, postgresql.insert if single else sqlite.insert),
        decoders=_decoders(dialect),
    )


def _of_others(compiled: _Compiler, insert_: Any) -> dict[str, Statement]:
    """Compile what is asked and written beside the case itself: records, claims, people away."""
    day = bindparam("day", type_=ABSENCES.c.begins.type)
    claim = [column == _bind(column) for column in CLAIMS.primary_key.columns]
    turn = insert_(TURNS).values(party=bindparam("party"), taken=1)
    part = _inserted(insert_, PARTICIPANTS)
    return {
        "absent": compiled(
            select(ABSENCES.c.begins, ABSENCES.c.ends, ABSENCES.c.deputy)
            .where(ABSENCES.c.staff == bindparam("staff"))
            .where(ABSENCES.c.begins <= day, ABSENCES.c.ends >= day)
            .order_by(ABSENCES.c.begins.desc())
            .limit(1)
        ),
        "unit_of": compiled(select(STAFF.c.unit).where(STAFF.c.id == bindparam("staff"))),
        "records": compiled(
            select(CASES.c.id, CASES.c.state, CASES.c.opened_at, CASES.c.body)
            .where(CASES.c.party == bindparam("party"), CASES.c.workflow == bindparam("workflow"))
            .where(CASES.c.opened_at >= bindparam("since", type_=CASES.c.opened_at.type))
            .limit(bindparam("limit"))
        ),
        "turn": compiled(
            turn.on_conflict_do_update(
                index_elements=[TURNS.c.party], set_={"taken": TURNS.c.taken + 1}
            )
        ),
        "claim": compiled(_inserted(insert_, CLAIMS).on_conflict_do_nothing()),
        "free": compiled(CLAIMS.delete().where(*claim)),
        "claimed": compiled(
            select(CLAIMS.c.case_id, CASES.c.state)
            .join(CASES, CASES.c.id == CLAIMS.c.case_id)
            .where(*claim)
        ),
        "take_part": compiled(
            part.on_conflict_do_update(
                index_elements=list(PARTICIPANTS.primary_key.columns),
                set_={"open": part.excluded.open},
            )
        ),
    }


def _inserted(insert_: Any, table: Any) -> Any:
    return insert_(table).values({column: _bind(column) for column in table.columns})


def _decoders(dialect: Dialect) -> dict[str, Callable[[Any], Any]]:
    """Return how what the driver gives back is turned into values, by column name."""
    decoders = {}
    for column in (
        *CASES.columns,
        *HISTORY.columns,
        *STUCK.columns,
        *ADMISSIONS.columns,
        *ABSENCES.columns,
    ):
        implementation = column.type.dialect_impl(dialect)
        decode = implementation.result_processor(dialect, None)
        if decode is not None:
            decoders[column.name] = decode
    return decoders


def _bind(column: Column[Any], prefix: str = "") -> Any:
    return bindparam(prefix + column.name, type_=column.type)


def _move() -> Update:
    """The conditional update: only if revision and open children are as they were seen."""
    return (
        update(CASES)
        .where(
            CASES.c.id == bindparam("id", type_=CASES.c.id.type),
            CASES.c.revision == bindparam("was", type_=CASES.c.revision.type),
            CASES.c.unsettled == bindparam("unsettled_was", type_=CASES.c.unsettled.type),
        )
        .values({CASES.c[name]: _bind(CASES.c[name], "new_") for name in MOVING})
    )


def _count(more: int) -> Update:
    """A child settled or was taken up again: the parent's counter, without a revision."""
    by_id = CASES.c.id == bindparam("id", type_=CASES.c.id.type)
    return update(CASES).where(by_id).values(unsettled=CASES.c.unsettled + more)


def _children() -> Select[Any]:
    """The children of a case, and beside each the parent's counter, as of one moment."""
    parent = CASES.alias("parent")
    return (
        select(*CASES.columns, parent.c.unsettled)
        .select_from(parent.outerjoin(CASES, CASES.c.parent_id == parent.c.id))
        .where(parent.c.id == bindparam("id", type_=parent.c.id.type))
        .order_by(CASES.c.id)
    )


def _insert(table: Any, prefix: str = "") -> Insert:
    return insert(table).values({column: _bind(column, prefix) for column in table.columns})


def _insert_from(table: Any, prefix: str, source: Any) -> Insert:
    """An insert that happens only if the statement before it did."""
    chosen = select(*(_bind(column, prefix) for column in table.columns)).select_from(source)
    return insert(table).from_select([column.name for column in table.columns], chosen)


def _one_statement_move() -> Sequence[Insert]:
    moved = _move().returning(CASES.c.id).cte("moved")
    return (_insert_from(HISTORY, "", moved),)


def _claim(insert_: Any) -> Any:
    return (
        insert_(KEYS)
        .values({column: _bind(column, "key_") for column in KEYS.columns})
        .on_conflict_do_nothing()
    )


def _one_statement_open(*, keyed: bool = False) -> Sequence[Insert]:
    if not keyed:
        one = select(literal_column("1").label("one")).cte("one")
        opened = _insert_from(CASES, "new_", one).returning(CASES.c.id).cte("opened")
    else:
        claimed = _claim(postgresql.insert).returning(KEYS.c.case_id).cte("claimed")
        opened = _insert_from(CASES, "new_", claimed).returning(CASES.c.id).cte("opened")
    return (_insert_from(HISTORY, "", opened),)


def _stick(insert_: Any) -> Any:
    """Set a case aside, or count one more try."""
    statement = insert_(STUCK).values({column: _bind(column) for column in STUCK.columns})
    return statement.on_conflict_do_update(
        index_elements=[STUCK.c.case_id],
        set_={
            name: statement.excluded[name] for name in ("revision", "tries", "retry_at", "reason")
        },
    )
