"""The city of every scenario: Tuesday 2022-07-26, nine o'clock, nothing filed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.stories import changed_rules
from tests.world import World

Settle = Callable[..., World]


@pytest.fixture
def settle(sqlite_url: str, tmp_path: Path) -> Iterator[Settle]:
    """Settle a city: `settle("2022-09-23 09:00", ("not_by = …", ""))` under rules so changed."""
    worlds: list[World] = []

    def build(at: str = "2022-07-26 09:00", *changes: tuple[str, str]) -> World:
        folder = changed_rules(tmp_path / f"rules{len(worlds)}", changes) if changes else None
        url = sqlite_url.replace("flowcase.db", f"flowcase{len(worlds)}.db")
        worlds.append(World(url, at, workflows=[folder] if folder else [], trust=changes != ()))
        return worlds[-1]

    yield build
    for world in worlds:
        world.close()


@pytest.fixture
def city(settle: Settle) -> World:
    """The city under the rules as they are."""
    return settle()
