"""What every test may ask for: databases, and how long Hypothesis searches.

`sqlite_url`, `postgres_url`: a new, empty database. `database_url`: both in turn, for whatever must
hold on either. `FLOWCASE_TEST_POSTGRES` names a server to use in place of our own, as a URL whose
user may create databases.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import Phase, settings

from tests.postgres import Postgres, embedded_postgres

# "ci" is what runs everywhere; --hypothesis-profile=thorough searches longer. "database" is for
# properties whose every step is a transaction: `@settings.get_profile("database")` on a test, or
# `TestCase.settings = settings.get_profile("database")` for a state machine. Explaining a failure
# runs the test again and again, which a database makes too slow.
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=False)
settings.register_profile("thorough", settings.get_profile("ci"), max_examples=2_000)
settings.register_profile(
    "database",
    settings.get_profile("ci"),
    max_examples=15,
    stateful_step_count=25,
    phases=set(Phase) - {Phase.explain},
)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that -m "not postgres" leaves all of it out."""
    for item in items:
        if "postgres_server" in cast("pytest.Function", item).fixturenames:
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The server of this test run; started for the first test that needs it."""
    if elsewhere := os.environ.get("FLOWCASE_TEST_POSTGRES"):
        yield Postgres.at(elsewhere)
    else:
        with embedded_postgres() as server:
            yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A new, empty database on PostgreSQL; dropped after the test, whoever is still connected."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new, empty database in a file of SQLite's."""
    return f"sqlite:///{tmp_path / 'flowcase.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new, empty database; the test runs once on each kind."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return cast("str", request.getfixturevalue(fixture))
