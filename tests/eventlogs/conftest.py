"""Lives to make logs of, on each database, and the judge of the logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
    python = os.environ.get("FLOWCASE_JUDGE") or str(Path(sys.prefix, "judge", "bin", "python"))
    if not Path(python).exists():
        pytest.skip(f"pm4py is not installed: no {python}; `make judge` installs it")

    def ask(*paths: Path) -> dict[str, Any]:
        done = subprocess.run(
            [python, str(Path(__file__).with_name("judge.py")), *map(str, paths)],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return ask
