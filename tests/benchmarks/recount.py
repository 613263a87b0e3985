"""How long a recount of open cases takes on PostgreSQL: python -m tests.benchmarks.recount 100000.

The cases are filed under the notices known before 27 January 2020 and all of them move by the
amendment of that day; each gets its entry. The server keeps fsync on.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flowcase import intake
from flowcase.case import new_case_id
from flowcase.history import first_link
from flowcase.outcome import Call, Outcome, World
from flowcase.testing import MemoryDirectory
from tests.postgres import Postgres, embedded_postgres
from tests.test_recount import ANYBODY, Town
from tests.world import moment


def main(count: int) -> None:
    """File `count` cases, announce the amendment, recount, and print seconds and cases a second."""
    with (
        embedded_postgres(durable=True) as server,
        server.database() as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        town = Town(Path(folder), url).without("2020")
        assert town.engine is not None
        town.clock.move_to(moment("2020-01-20 09:00"))
        started = time.perf_counter()
        for _ in range(0, count, 500):
            with (
                town.engine.store.writing() as transaction
            ):  # filed in bulk: only the recount counts
                for case in _copies(town, min(500, count)):
                    transaction.open(case, None)
        filed = time.perf_counter() - started
        with Postgres.at(url).connect() as connection:
            connection.execute("ANALYZE flowcase_case")  # as autovacuum does within a minute
        town.announced("2020")
        started = time.perf_counter()
        moved = sum(
            len({each.case_id for each in found})  # kept no longer than it is looked at
            for _, found in town.engine.recompute("town")
        )
        seconds = time.perf_counter() - started
        print(f"filed {count:,} cases in {filed:.1f} s")
        print(f"recounted {moved:,} cases in {seconds:.1f} s, {moved / seconds:,.0f} a second")
        town.close()


def _copies(town: Town, count: int) -> Iterator[Outcome]:
    assert town.engine is not None
    book = town.engine.library.current("matter")
    calendar = town.engine.library.calendar("town").as_known(town.clock.now().date())
    world = World(calendar, MemoryDirectory())
    call = Call("open", ANYBODY, town.clock.now(), {})
    for _ in range(count):
        case_id = new_case_id(call.at)
        outcome = intake.decide_opening(book.workflow, case_id, None, call, world, None)
        head = first_link(case_id, book.workflow.digest)
        yield replace(outcome, case=replace(outcome.case, head=head))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
