"""The world every database has to bear."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A small city on an empty database, at nine o'clock on 26 July 2022."""
    world = World(database_url)
    yield world
    world.close()
