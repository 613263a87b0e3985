"""An engine in memory: `open_engine` with nothing on disk, for tests of systems that use flowcase.

It is the same engine on the same store: SQLite keeps its pages in memory and nothing else differs,
so that threads, locks and transactions are those of production. What it kept is gone when it is
closed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from flowcase.engine import Engine, open_engine
from flowcase.guards import Guard
from flowcase.time import Clock
from flowcase.workflows.rules import Workflow

IN_MEMORY = "sqlite://"


def memory_engine(
    *,
    workflows: Iterable[str | Path | Workflow] = (),
    calendars: Iterable[str | Path] = (),
    guards: Mapping[str, Guard] | None = None,
    clock: Clock | None = None,
) -> Engine:
    """Open an engine in memory. Each call gives one of its own; threads may share it.

    workflows: folders as for `open_engine`, and documents: their files, or as they were read.
    Errors: as for `open_engine`.
    """
    return engine_with(IN_MEMORY, workflows, calendars=calendars, guards=guards, clock=clock)


def engine_with(
    database: str,
    workflows: Iterable[str | Path | Workflow],
    *,
    calendars: Iterable[str | Path] = (),
    guards: Mapping[str, Guard] | None = None,
    clock: Clock | None = None,
) -> Engine:
    """Open an engine on a database, documents among its folders. Errors: as for `open_engine`."""
    folders: list[str | Path] = []
    with tempfile.TemporaryDirectory() as written:
        for each in workflows:
            if isinstance(each, Workflow):
                (Path(written) / f"{each.name}.toml").write_bytes(each.text.encode())
            elif Path(each).is_file():
                (Path(written) / Path(each).name).write_bytes(Path(each).read_bytes())
            else:
                folders.append(each)
        return open_engine(
            database,
            workflows=[written, *folders],
            calendars=calendars,
            guards=guards,
            clock=clock,
            trust=True,  # what a test tries out may be refuted: that is what it is tried for
        )
