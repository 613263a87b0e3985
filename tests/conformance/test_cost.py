"""What one transition costs: one read and one durable write, counted by the driver itself."""

import os
import re
import tempfile
from pathlib import Path

import pytest

import flowcase
from tests.world import CO_HANDLER, COORDINATION, COORDINATOR, LEAD, OFFICE, World


def sqlite_statements(engine: flowcase.Engine, work: object) -> list[str]:
    """Return what the driver traced while `work` ran."""
    seen: list[str] = []
    pooled = engine.store.engine.raw_connection()
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
    seen = sqlite_statements(
        world.engine, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"})
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
    world.engine.fire(case.id, "note", LEAD, {"note": "warm"})
    seen = sqlite_statements(
        world.engine, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"}, key="k")
    )
    world.close()
    assert len(seen) == 5


def test_on_sqlite_appointing_reads_the_directory_once_for_each_appointed(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.open()
    seen = sqlite_statements(
        world.engine, lambda: world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION)
    )
    world.close()
    assert [statement.split()[0] for statement in seen] == [
        *("SELECT", "SELECT", "SELECT"),
        *("BEGIN", "UPDATE", "INSERT", "INSERT", "INSERT", "COMMIT"),
    ], "each appointed is written down as taking part"


def postgresql_statements(engine: flowcase.Engine, work: object) -> int:
    """Return how many statements went to the server while `work` ran, by libpq's own trace."""
    pooled = engine.store.engine.raw_connection()
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
    world.engine.fire(case.id, "note", LEAD, {"note": "warm"})
    count = postgresql_statements(
        world.engine, lambda: world.engine.fire(case.id, "note", LEAD, {"note": "x"}, key=key)
    )
    appointing = world.open()
    more = postgresql_statements(
        world.engine, lambda: world.engine.fire(appointing.id, "coordinate", OFFICE, COORDINATION)
    )
    world.close()
    assert count == 2
    assert more == 8, "the control: for each of two appointed a read and a row; BEGIN and COMMIT"


def _kinds(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements if statement.split()[0] != "SELECT"]


def test_on_sqlite_a_child_costs_its_own_rows_and_one_count_more(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.coordinated()
    assigning = sqlite_statements(
        world.engine,
        lambda: world.engine.fire(
            case.id,
            "assign",
            COORDINATOR,
            {"lead": "bureau-land", "co_handler": ["bureau-housing", "bureau-land"]},
        ),
    )
    part = world.engine.children(case.id)[0]
    signing = sqlite_statements(
        world.engine, lambda: world.engine.fire(part.id, "accept", CO_HANDLER)
    )
    world.engine.fire(part.id, "report", CO_HANDLER, {"result": "x"})
    settling = sqlite_statements(world.engine, lambda: world.engine.fire(part.id, "approve", LEAD))
    world.close()
    own = ["BEGIN", "UPDATE", "INSERT"]
    parts = 3 + 2 * 3  # of the lead and two co-handlers; in each child of three who are bound
    assert _kinds(assigning) == [*own, *["INSERT"] * (2 * 2 + parts), "COMMIT"]
    reads = sum(statement.startswith("SELECT") for statement in assigning)
    # The case; three appointed, two again as part-holders; each part's texts, and its document.
    assert reads == 10
    assert [each.split()[0] for each in signing] == [
        "SELECT",
        "BEGIN",
        "UPDATE",
        "INSERT",
        "INSERT",  # who acted for the unit
        "COMMIT",
    ]
    assert [each.split()[0] for each in settling] == [
        *("SELECT", "BEGIN", "UPDATE"),  # the parent's counter first
        *("UPDATE", "INSERT", "INSERT", "COMMIT"),  # last, who acted for the lead
    ]


def test_on_postgresql_settling_a_child_is_one_statement_more(postgres_url: str) -> None:
    world = World(postgres_url)
    case = world.assigned(co_handler="bureau-housing")
    (part,) = world.engine.children(case.id)
    world.engine.fire(part.id, "accept", CO_HANDLER)
    reporting = postgresql_statements(
        world.engine, lambda: world.engine.fire(part.id, "report", CO_HANDLER, {"result": "x"})
    )
    settling = postgresql_statements(
        world.engine, lambda: world.engine.fire(part.id, "approve", LEAD)
    )
    world.close()
    assert reporting == 2
    assert settling == 6, "BEGIN, the parent's counter, who acted for the lead, COMMIT"
