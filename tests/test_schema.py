"""The schema: fresh is the same as upgraded, and any other revision is refused with the remedy."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Inspector

import flowcase
from flowcase.schema import include_name, upgrade
from flowcase.tables import METADATA, SCHEMA_REVISION


def _where(index: Mapping[str, Any]) -> dict[str, str]:
    """Return what a partial index says of the rows it holds, and the like."""
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def _shape(inspector: Inspector) -> dict[str, object]:
    """Return everything a database says about its tables."""
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            sorted(inspector.get_pk_constraint(table)["constrained_columns"]),
            sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]), str(_where(i)))
                for i in inspector.get_indexes(table)
            ),
        )
        for table in sorted(inspector.get_table_names())
    }


def test_a_fresh_schema_is_the_same_as_every_migration_run(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    migrated = _shape(inspect(engine))
    with engine.begin() as connection:
        for table in migrated:
            connection.execute(text(f"DROP TABLE {table}"))
        METADATA.create_all(connection)
    fresh = _shape(inspect(engine))
    engine.dispose()
    assert len(fresh) == 16
    assert fresh == migrated


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    assert upgrade(database_url) == (None, SCHEMA_REVISION)
    assert upgrade(database_url) == (SCHEMA_REVISION, SCHEMA_REVISION)


def test_an_empty_sqlite_file_is_made_ready(sqlite_url: str) -> None:
    flowcase.open_engine(sqlite_url).close()
    assert upgrade(sqlite_url) == (SCHEMA_REVISION, SCHEMA_REVISION)


def test_an_empty_postgresql_database_is_refused_with_the_command(postgres_url: str) -> None:
    with pytest.raises(
        flowcase.SchemaMismatch, match=r"no flowcase tables yet; run: flowcase db upgrade --db"
    ):
        flowcase.open_engine(postgres_url)


def test_another_revision_is_refused_and_left_alone(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE flowcase_schema SET version_num = '9999'"))
    with pytest.raises(
        flowcase.SchemaMismatch,
        match=f"has schema 9999, this flowcase works with {SCHEMA_REVISION}",
    ):
        flowcase.open_engine(database_url)
    with engine.connect() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM flowcase_schema")).scalar() == "9999"
        )
    engine.dispose()


def test_a_hosts_alembic_can_be_told_to_leave_our_tables_alone() -> None:
    assert not include_name("flowcase_case", "table", {})
    assert include_name("ticket", "table", {})
    assert include_name("flowcase_case", "column", {})


@pytest.mark.parametrize(
    "address, error, sentence",
    [
        ("mysql://u:secret@h/db", flowcase.InvalidInput, "flowcase runs on sqlite and postgresql"),
        ("not an address", flowcase.InvalidInput, "not the address of a database"),
        ("sqlite:////nowhere/at/all/x.db", flowcase.DatabaseError, "there is no folder"),
        (
            "postgresql://u:secret@127.0.0.1:1/db",
            flowcase.DatabaseError,
            "cannot open the database",
        ),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(
    address: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        flowcase.open_engine(address)
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(raised.value.__cause__)
