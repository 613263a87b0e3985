"""The schema: makes an empty SQLite database ready, refuses any other revision, and upgrades."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select

from flowcase.database import connect, masked
from flowcase.errors import SchemaMismatch
from flowcase.store import Store
from flowcase.tables import METADATA, SCHEMA_REVISION, VERSION_TABLE, SchemaRow

_VERSIONS = SchemaRow.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it


def make_ready(store: Store) -> None:
    """Make an empty SQLite database ready; require the right revision of any other.

    Errors: SchemaMismatch naming the command to run.
    """
    engine = store.engine
    with engine.connect() as connection:
        found = revision_of(connection)
    if found is None and engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            if revision_of(connection) is None:  # nobody else was first
                _create(connection)
            found = revision_of(connection)
    if found != SCHEMA_REVISION:
        raise SchemaMismatch(_mismatch(found, engine))


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the schema in a database; None if flowcase has none there."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_VERSIONS.c.version_num)).scalar()


def upgrade(database: str | Engine) -> tuple[str | None, str]:
    """Bring a database to this version's schema; return the revision it had and the one it has."""
    from alembic import command  # here, or every start of the program would pay for it
    from alembic.config import Config

    engine, owned = connect(database)
    try:
        with engine.connect() as connection:
            before = revision_of(connection)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return before, SCHEMA_REVISION
    finally:
        if owned:
            engine.dispose()


def include_name(name: str | None, type_: str, parent_names: object) -> bool:
    """Tell a host's Alembic to leave flowcase's tables alone: pass it as `include_name`."""
    return not (type_ == "table" and name is not None and name.startswith("flowcase_"))


def _create(connection: Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(_VERSIONS.insert().values(version_num=SCHEMA_REVISION))


def _mismatch(found: str | None, engine: Engine) -> str:
    address = masked(engine.url.render_as_string(hide_password=True))
    if found is None:
        state = "has no flowcase tables yet"
    else:
        state = f"has schema {found}, this flowcase works with {SCHEMA_REVISION}"
    return f"the database {address} {state}; run: flowcase db upgrade --db {address}"
