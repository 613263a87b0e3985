"""What one transition costs: one read and one durable write, counted by the driver itself."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from tests.world import CO_HANDLER, COORDINATION, COORDINATOR, LEAD, OFFICE, World


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


def _kinds(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements if statement.split()[0] != "SELECT"]


def test_on_sqlite_a_child_costs_its_own_rows_and_one_count_more(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.coordinated()
    assigning = _sqlite_statements(
        world,
        lambda: world.engine.fire(
            case.id,
            "assign",
            COORDINATOR,
            {"lead": "bureau-land", "co_handler": ["bureau-housing", "bureau-land"]},
        ),
    )
    part = world.engine.children(case.id)[0]
    signing = _sqlite_statements(world, lambda: world.engine.fire(part.id, "accept", CO_HANDLER))
    world.engine.fire(part.id, "report", CO_HANDLER, {"result": "x"})
    settling = _sqlite_statements(world, lambda: world.engine.fire(part.id, "approve", LEAD))
    world.close()
    own = ["BEGIN", "UPDATE", "INSERT"]
    assert _kinds(assigning) == [*own, *("INSERT", "INSERT") * 2, "COMMIT"]
    reads = sum(statement.startswith("SELECT") for statement in assigning)
    assert reads == 8, "the case; three appointed, two again as part-holders; each part's texts"
    assert [each.split()[0] for each in signing] == [
        "SELECT",
        "BEGIN",
        "UPDATE",
        "INSERT",
        "COMMIT",
    ]
    assert [each.split()[0] for each in settling] == [
        *("SELECT", "BEGIN", "UPDATE"),  # the parent's counter first
        *("UPDATE", "INSERT", "COMMIT"),
    ]


def test_on_postgresql_settling_a_child_is_one_statement_more(postgres_url: str) -> None:
    world = World(postgres_url)
    case = world.assigned(co_handler="bureau-housing")
    (part,) = world.engine.children(case.id)
    world.engine.fire(part.id, "accept", CO_HANDLER)
    reporting = _postgresql_statements(
        world, lambda: world.engine.fire(part.id, "report", CO_HANDLER, {"result": "x"})
    )
    settling = _postgresql_statements(world, lambda: world.engine.fire(part.id, "approve", LEAD))
    world.close()
    assert reporting == 2
    assert settling == 5, "BEGIN, the parent's counter, COMMIT"
