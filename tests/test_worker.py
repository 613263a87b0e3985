"""The worker: rings what is due in a process of its own, and ends cleanly when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

import flowcase
from flowcase.errors import DatabaseError
from flowcase.sweep import TickReport
from flowcase.worker import work
from tests.world import World, moment

ROOT = Path(__file__).parent.parent


@contextmanager
def worker(url: str, *options: str, now: str) -> Iterator[subprocess.Popen[str]]:
    """A worker as an operator starts it."""
    address = url.replace("postgresql+psycopg://", "postgresql://")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "flowcase.cli",
            "worker",
            "--db",
            address,
            "--every",
            "0.05",
            *options,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "FLOWCASE_NOW": now, "LANG": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _wait_until(done: object) -> None:
    for _ in range(200):
        if done():  # type: ignore[operator]  # a plain function
            return
        time.sleep(0.05)
    raise AssertionError("nothing happened in ten seconds")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_rings_what_is_due_and_ends_cleanly(
    database_url: str, number: signal.Signals
) -> None:
    world = World(database_url)
    cases = [world.assigned() for _ in range(3)]
    with worker(database_url, "--json", now="2022-08-10T09:00+08:00") as process:
        _wait_until(lambda: world.engine.case(cases[-1].id).state == "escalated_to_vice_mayor")
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert json.loads(out) == {"rang": 9}
    logged = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert sum(line["rang"] for line in logged) == 9
    assert "Traceback" not in err
    for case in cases:
        assert world.engine.verify(case.id) is None
    world.close()


@pytest.mark.postgres
def test_several_workers_share_the_work_and_each_rung_rings_once(postgres_url: str) -> None:
    world = World(postgres_url)
    cases = [world.assigned() for _ in range(40)]
    now = "2022-08-10T09:00+08:00"
    with worker(postgres_url, now=now) as one, worker(postgres_url, now=now) as two:
        _wait_until(
            lambda: len(world.engine.cases(state="escalated_to_vice_mayor", limit=100)) == 40
        )
        for process in (one, two):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    for case in cases:
        rungs = [(e.rung or {}).get("rung") for e in world.engine.history(case.id) if e.rung]
        assert sorted(map(str, rungs)) == ["due", "due", "warn.0"]
    world.close()


class Flaky:
    """An engine whose database is away twice before it is back."""

    def __init__(self) -> None:
        self.calls = 0

    def tick(self, limit: int) -> TickReport:
        self.calls += 1
        if self.calls <= 2:
            raise DatabaseError("away")
        return TickReport()


def test_a_database_that_is_away_is_waited_for() -> None:
    engine, stop, logged = Flaky(), Event(), list[TickReport | Exception]()

    def log(done: TickReport | Exception) -> None:
        logged.append(done)
        if len(logged) == 2:
            stop.set()

    work(engine, 0.01, stop, log)  # type: ignore[arg-type]  # only what a worker asks of it
    assert [str(each) for each in logged] == ["away", "away"]


def test_a_stopped_worker_finishes_what_it_began(sqlite_url: str) -> None:
    world = World(sqlite_url)
    case = world.assigned()
    world.at("2022-08-10 09:00")
    stop = Event()
    work(world.engine, 0.01, stop, lambda _: stop.set())
    assert world.engine.case(case.id).state == "escalated_to_vice_mayor"
    assert world.engine.tick() == TickReport()
    world.close()


def test_the_clock_of_a_try_out_is_never_silent(sqlite_url: str) -> None:
    world = World(sqlite_url)
    assert datetime.now(UTC) > moment("2022-08-10 09:00")
    with worker(sqlite_url, now="2022-07-26T09:00+08:00") as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert "FLOWCASE_NOW sets the clock to 2022-07-26T01:00:00+00:00" in said
    assert isinstance(world.engine, flowcase.Engine)
    world.close()
