"""The nine cases, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.city import BEGIN
from tests.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A small city on an empty database, on 15 July 2022."""
    world = World(database_url, BEGIN)
    yield world
    world.close()
