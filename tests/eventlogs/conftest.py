"""Lives to make logs of, on each database, and the judge of the logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.judging import judged_by, python_of_judge
from tests.wandering import wander
from tests.world import World

Judge = Callable[..., dict[str, Any]]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """A city in which twenty cases have lived."""
    world = World(database_url)
    wander(world, seed=3, cases=20)
    yield world
    world.close()


@pytest.fixture(scope="session")
def judge() -> Judge:
    """What pm4py says of a log: `judge(log, net, distinct net)`; skipped where there is none."""
    python_of_judge()

    def ask(*paths: Path) -> dict[str, Any]:
        (found,) = judged_by(Path(__file__).with_name("judge.py"), paths)
        return found

    return ask
