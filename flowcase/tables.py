"""Tables: what flowcase keeps, as SQLModel classes in metadata of its own.

Everything is called `flowcase_…`, so that it can live in a host's database. Two tables are hot:
the case, a snapshot, and its history, append-only. No row knows another case by foreign key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Index,
    MetaData,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from flowcase.time import read, utc, written

#: The revision of the schema this version of flowcase works with.
SCHEMA_REVISION = "0003"
VERSION_TABLE = "flowcase_schema"

_registry = registry(
    metadata=MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
)
METADATA = _registry.metadata


class Moment(TypeDecorator[datetime]):
    """An instant: refuses naive datetimes, stores UTC, gives aware datetimes back.

    PostgreSQL keeps a timestamptz; SQLite, which would drop the offset, a text that sorts as time.
    """

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is stored. Errors: InvalidInput for a moment without a zone."""
        if value is None:
            return None
        return utc(value) if dialect.name == "postgresql" else written(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the instant, aware, in UTC."""
        if value is None:
            return None
        return utc(value if isinstance(value, datetime) else read(value))


class Table(SQLModel, registry=_registry):
    """Base of the tables."""


def _id(length: int = 100, **options: Any) -> Any:
    return Field(sa_column=Column(String(length), **options))


class CaseRow(Table, table=True):
    """A case as it stands: what lists and decisions need. `body` holds the facts, canonical."""

    __tablename__ = "flowcase_case"

    id: str = _id(36, primary_key=True)
    workflow: str = _id(64, nullable=False)
    document: str = _id(64, nullable=False)
    state: str = _id(64, nullable=False)
    tier: str | None = _id(64)
    owner: str | None = _id(101)
    party: str | None = _id()
    parent_id: str | None = _id(36)
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    due_at: datetime | None = Field(sa_column=Column(Moment))
    wake_at: datetime | None = Field(sa_column=Column(Moment))
    finished_at: datetime | None = Field(sa_column=Column(Moment))
    unsettled: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed: bool = Field(sa_column=Column(Boolean, nullable=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    head: str = _id(64, nullable=False)
    body: str = Field(sa_column=Column(Text, nullable=False))

    __table_args__ = (
        # None of these names a column that changes with every transition, but for wake and due.
        Index(
            "ix_flowcase_case_wake",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL"),
            sqlite_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "ix_flowcase_case_owner",
            "owner",
            "due_at",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_flowcase_case_due",
            "due_at",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        # The workflow before the day, so that what is asked of the records is one stretch of it.
        Index("ix_flowcase_case_party", "party", "workflow", "opened_at", "id"),
        Index(
            "ix_flowcase_case_parent",
            "parent_id",
            postgresql_where=text("parent_id IS NOT NULL"),
            sqlite_where=text("parent_id IS NOT NULL"),
        ),
    )


class HistoryRow(Table, table=True):
    """One entry of a case's history. Only `details` and `salt` may ever be emptied."""

    __tablename__ = "flowcase_history"

    case_id: str = _id(36, primary_key=True)
    revision: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    trigger: str = _id(64, nullable=False)
    source: str | None = _id(64)
    dest: str = _id(64, nullable=False)
    actor: str = _id(nullable=False)
    on_behalf_of: str | None = _id()
    key: str | None = _id(200)
    rung: str | None = Field(sa_column=Column(Text))
    told: str | None = Field(sa_column=Column(Text))
    changes: str = Field(sa_column=Column(Text, nullable=False))
    details: str | None = Field(sa_column=Column(Text))
    salt: str | None = _id(32)
    commitment: str = _id(64, nullable=False)
    digest: str = _id(64, nullable=False)

    __table_args__ = (
        Index(
            "uq_flowcase_history_key",
            "case_id",
            "key",
            unique=True,
            postgresql_where=text("key IS NOT NULL"),
            sqlite_where=text("key IS NOT NULL"),
        ),
    )


class KeyRow(Table, table=True):
    """Which case an opening under a key led to."""

    __tablename__ = "flowcase_key"

    workflow: str = _id(64, primary_key=True)
    key: str = _id(200, primary_key=True)
    case_id: str = _id(36, nullable=False)


class ClaimRow(Table, table=True):
    """Which open case has this value of a field that no two may have the same of."""

    __tablename__ = "flowcase_claim"

    workflow: str = _id(64, primary_key=True)
    field: str = _id(64, primary_key=True)
    value: str = _id(200, primary_key=True)
    case_id: str = _id(36, nullable=False)


class TurnRow(Table, table=True):
    """Whose turn it is to ask the records of a party: who asks holds this row until he is done."""

    __tablename__ = "flowcase_turn"

    party: str = _id(primary_key=True)
    taken: int = Field(sa_column=Column(BigInteger, nullable=False))


class AbsenceRow(Table, table=True):
    """That somebody is away, from when until when, inclusive local days, and who stands in."""

    __tablename__ = "flowcase_absence"

    staff: str = _id(primary_key=True)
    begins: date = Field(sa_column=Column(Date, primary_key=True))
    ends: date = Field(sa_column=Column(Date, nullable=False))
    deputy: str | None = _id()

    __table_args__ = (Index("ix_flowcase_absence_deputy", "deputy", "ends"),)


class ParticipantRow(Table, table=True):
    """That somebody holds a part of a case, or (not open) held it or acted for whoever did."""

    __tablename__ = "flowcase_participant"

    case_id: str = _id(36, primary_key=True)
    role: str = _id(64, primary_key=True)
    actor: str = _id(101, primary_key=True)
    open: bool = Field(sa_column=Column(Boolean, nullable=False))

    __table_args__ = (Index("ix_flowcase_participant_actor", "actor", "case_id"),)


class StuckRow(Table, table=True):
    """A case whose rung could not ring: since which revision, how often tried, when next, why."""

    __tablename__ = "flowcase_stuck"

    case_id: str = _id(36, primary_key=True)
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    tries: int = Field(sa_column=Column(BigInteger, nullable=False))
    retry_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))


class DocumentRow(Table, table=True):
    """A workflow document by its digest; cases stay with the one they were opened under."""

    __tablename__ = "flowcase_document"

    digest: str = _id(64, primary_key=True)
    name: str = _id(64, nullable=False)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    stored_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class InstallationRow(Table, table=True):
    """That a document was installed for new cases: who, when, why, and what its proof said.

    checker: the version of the prover that was asked. verdict: what it judged, canonical JSON.
    """

    __tablename__ = "flowcase_installation"

    workflow: str = _id(64, primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: str = _id(64, nullable=False)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    actor: str | None = _id()
    reason: str | None = Field(sa_column=Column(Text))
    checker: str = _id(64, nullable=False)
    verdict: str = Field(sa_column=Column(Text, nullable=False))


class ProofRow(Table, table=True):
    """What a version of the prover said of a document, so that it is asked once."""

    __tablename__ = "flowcase_proof"

    digest: str = _id(64, primary_key=True)
    checker: str = _id(64, primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    verdict: str = Field(sa_column=Column(Text, nullable=False))


class PartyRow(Table, table=True):
    """Who files: an enterprise, and the principal who acts for it."""

    __tablename__ = "flowcase_party"

    id: str = _id(primary_key=True)
    name: str = _id(200, nullable=False)
    principal: str = _id(nullable=False)


class AdmissionRow(Table, table=True):
    """That a party stands in a register: under which category, from when until when, inclusive."""

    __tablename__ = "flowcase_admission"

    register_: str = Field(sa_column=Column("register", String(64), primary_key=True))
    party: str = _id(primary_key=True)
    category: str = _id(64, nullable=False)
    admitted_from: date | None = Field(sa_column=Column(Date))
    admitted_until: date | None = Field(sa_column=Column(Date))


class StaffRow(Table, table=True):
    """A member of staff, or a unit."""

    __tablename__ = "flowcase_staff"

    id: str = _id(primary_key=True)
    name: str = _id(200, nullable=False)
    unit: str | None = _id()


class DutyRow(Table, table=True):
    """That somebody holds a role, in charge of a field; "" for the role as such."""

    __tablename__ = "flowcase_duty"

    role: str = _id(64, primary_key=True)
    charge: str = _id(primary_key=True)
    staff: str = _id(primary_key=True)

    __table_args__ = (Index("ix_flowcase_duty_staff", "staff"),)


class SchemaRow(Table, table=True):
    """The revision of the schema, in the form Alembic keeps it."""

    __tablename__ = VERSION_TABLE

    version_num: str = _id(32, primary_key=True)
