"""Stages: what carries a case while a document is tried: the pure core, or an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from flowcase.case import Actor, Case, Move
from flowcase.engine import Engine
from flowcase.errors import InvalidInput
from flowcase.guards import Guard
from flowcase.history import Entry
from flowcase.schema import upgrade
from flowcase.tables import METADATA
from flowcase.testing.cast import Cast
from flowcase.testing.core import Core, RingsInCircles
from flowcase.testing.guarantees import Broken
from flowcase.testing.memory import IN_MEMORY, engine_with
from flowcase.time import ManualClock
from flowcase.workflows.rules import Workflow

#: The table without which those with a `case_id` are about nothing.
CASES = "flowcase_case"


class Stage(Protocol):
    """What carries one case, and a clock that is moved by hand."""

    def now(self) -> datetime: ...  # noqa: D102 - as everywhere
    def move_to(self, moment: datetime) -> None: ...  # noqa: D102
    def open(self, actor: Actor, party: str | None, data: Mapping[str, Any]) -> Case: ...  # noqa: D102
    def fire(  # noqa: D102
        self, trigger: str, actor: Actor, data: Mapping[str, Any], key: str | None
    ) -> Case: ...
    def tick(self) -> int: ...  # noqa: D102
    def available(self, actor: Actor | None) -> list[Move]: ...  # noqa: D102
    def case(self) -> Case: ...  # noqa: D102
    def history(self, after: int) -> list[Entry]: ...  # noqa: D102
    def close(self) -> str | None:
        """End the case's play; return what is wrong with what was stored, or None."""
        ...


class CoreStage:
    """A case on the pure core."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.now = core.now
        self.move_to = core.move_to
        self.fire = core.fire
        self.available = core.available
        self.case = core.case
        self.history = core.history

    def open(self, actor: Actor, party: str | None, data: Mapping[str, Any]) -> Case:
        """Open the case."""
        return self._core.open(data, actor=actor, party=party)

    def tick(self) -> int:
        """Ring what is due; return how many rungs rang. Errors: Broken, if they ring in circles."""
        try:
            return self._core.tick()
        except RingsInCircles as error:
            raise Broken("G3", str(error)) from None

    def close(self) -> str | None:
        """Nothing is held, and nothing was stored."""
        return None


class EngineStage:
    """A case in a database, through the engine."""

    def __init__(self, engine: Engine, clock: ManualClock, workflow: str) -> None:
        self._engine = engine
        self._workflow = workflow
        self._id = ""
        self.now = clock.now
        self.move_to = clock.move_to

    def open(self, actor: Actor, party: str | None, data: Mapping[str, Any]) -> Case:
        """Open the case."""
        case = self._engine.open(self._workflow, actor=actor, party=party, data=data)
        self._id = case.id
        return case

    def fire(self, trigger: str, actor: Actor, data: Mapping[str, Any], key: str | None) -> Case:
        """Fire a trigger on the case."""
        return self._engine.fire(self._id, trigger, actor, data, key=key)

    def tick(self) -> int:
        """Ring what is due of this case; return how many rungs rang."""
        return sum(rung.case_id == self._id for rung in self._engine.tick().rang)

    def available(self, actor: Actor | None) -> list[Move]:
        """Return what may be done now."""
        return self._engine.available(self._id, actor)

    def case(self) -> Case:
        """Return the case as it is stored."""
        return self._engine.case(self._id)

    def history(self, after: int) -> list[Entry]:
        """Return its entries, those after number `after`."""
        return self._engine.history(self._id, after=after)

    def close(self) -> str | None:
        """Return what is wrong with what was stored, or None; the engine is kept."""
        return self._engine.verify(self._id) if self._id else None


class Theatre:
    """An engine on a database of the tests', emptied of cases before each play."""

    def __init__(
        self,
        database: str,
        workflow: Workflow,
        *,
        guards: Mapping[str, Guard],
        calendars: Sequence[str | Path],
        begin: datetime,
    ) -> None:
        if database != IN_MEMORY:
            upgrade(database)
        self._workflow = workflow
        self._clock = ManualClock(begin)
        self.engine = engine_with(
            database, [workflow], calendars=calendars, guards=guards, clock=self._clock
        )
        page = self.engine.cases(limit=1)
        if page.cases:
            self.engine.close()
            raise InvalidInput(
                "the database for closed_loop() holds cases already, and would be emptied; "
                "give it one of its own"
            )

    def play(self, cast: Cast, at: datetime) -> EngineStage:
        """Set the stage for one case: no other is there, and the cast is."""
        with self.engine.store.engine.begin() as connection:
            for table in reversed(METADATA.sorted_tables):
                if table.name == CASES or "case_id" in table.columns:
                    connection.execute(table.delete())
        self._clock.move_to(at)
        self.engine.import_staff(cast.staff_file())
        if self._workflow.document.intake.register_ is not None:
            self.engine.import_parties(
                cast.party_file(), register=self._workflow.document.intake.register_
            )
        return EngineStage(self.engine, self._clock, self._workflow.name)

    def close(self) -> None:
        """Close the database."""
        self.engine.close()
