"""What one transition costs: one read and one durable write, counted by the driver itself."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from tests.world import COORDINATION, LEAD, OFFICE, World


def _sqlite_statements(world: World, work: object) -> list[str]:
    """Return what the driver traced while `work` ran."""
    seen: list[str] = []
    pooled = world.engine.store.engine.raw_connection()
    driver = pooled.driver_connection
    pooled.close()
    driver.set_trace_callback(seen.append)  # type: ignore[union-attr]  # sqlite3's
    try:
        work()  # type: ignore[operator]  # a plain function
    finally:
        driver.set_trace_callback(None)  # type: ignore[union-attr]  # sqlite3's
    return [" ".join(statement.split()) for statement in seen]


def test_on_sqlite_a_transition_is_one_select_and_one_transaction(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.assigned()
    world.engine.fire(case.id, "note", LEAD, {"note": "warm"})
    seen = _sqlite_statements(
        world, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"})
    )
    world.close()
    assert [statement.split()[0] for statement in seen] == [
        "SELECT",
        "BEGIN",
        "UPDATE",
        "INSERT",
        "COMMIT",
    ]


def test_on_sqlite_a_key_costs_no_statement_more(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.assigned()
    seen = _sqlite_statements(
        world, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"}, key="k")
    )
    world.close()
    assert len(seen) == 5


def test_on_sqlite_appointing_reads_the_directory_once_for_each_appointed(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.open()
    seen = _sqlite_statements(
        world, lambda: world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION)
    )
    world.close()
    assert [statement.split()[0] for statement in seen] == [
        *("SELECT", "SELECT", "SELECT"),
        *("BEGIN", "UPDATE", "INSERT", "COMMIT"),
    ]


def _postgresql_statements(world: World, work: object) -> int:
    """Return how many statements went to the server while `work` ran, by libpq's own trace."""
    pooled = world.engine.store.engine.raw_connection()
    driver = pooled.driver_connection
    pooled.close()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        file = os.open(path, os.O_CREAT | os.O_RDWR)
        driver.pgconn.trace(file)  # type: ignore[union-attr]  # psycopg's
        try:
            work()  # type: ignore[operator]  # a plain function
        finally:
            driver.pgconn.untrace()  # type: ignore[union-attr]  # psycopg's
            os.close(file)
        trace = path.read_text(errors="replace")
    return len(re.findall(r"\bF\s+\d+\s+(?:Query|Execute)\b", trace))


@pytest.mark.parametrize("key", [None, "k"])
def test_on_postgresql_a_transition_is_two_statements(postgres_url: str, key: str | None) -> None:
    world = World(postgres_url)
    case = world.assigned()
    count = _postgresql_statements(
        world, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"}, key=key)
    )
    appointing = world.open()
    more = _postgresql_statements(
        world, lambda: world.engine.fire(appointing.id, "coordinate", OFFICE, COORDINATION)
    )
    world.close()
    assert count == 2
    assert more == 4, "the control: two appointments are two reads more"
