"""The closed loop of the mayor line: on the pure core, on SQLite, on PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from flowcase.case import Actor, Case, Move
from flowcase.errors import DocumentError, Refused
from flowcase.history import Changes, Entry
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import Workflow
from tests.core import Core
from tests.postgres import Postgres
from tests.properties.closed_loop import (
    FILED,
    THE_CROOKED_WAY,
    THE_STRAIGHT_WAY,
    WAYS,
    ClosedLoop,
    Driver,
    Steps,
)
from tests.world import World

WORKFLOW = shipped_workflows()["mayor_line"]


class OnDatabase:
    """Cases in a database, through the engine."""

    workflow: Workflow = WORKFLOW

    def __init__(self, url: str, resources: ExitStack) -> None:
        self._world = World(url)
        self._resources = resources
        self._id = ""

    def open(self, data: Mapping[str, Any]) -> Case:
        case = self._world.engine.open("mayor_line", data=data, **FILED)  # type: ignore[arg-type]  # party and actor
        self._id = case.id
        return case

    def fire(self, trigger: str, actor: Actor, data: Mapping[str, Any], key: str | None) -> Case:
        return self._world.engine.fire(self._id, trigger, actor, data, key=key)

    def tick(self) -> int:
        return len(self._world.engine.tick().rang)

    def advance(self, by: timedelta) -> None:
        self._world.clock.move_to(self._world.clock.now() + by)

    def available(self, actor: Actor | None) -> list[Move]:
        return self._world.engine.available(self._id, actor)

    def case(self) -> Case:
        return self._world.engine.case(self._id)

    def history(self) -> list[Entry]:
        return self._world.engine.history(self._id)

    def close(self) -> None:
        assert self._world.engine.verify(self._id) is None
        self._world.close()
        self._resources.close()


def test_the_closed_loop_holds_on_the_pure_core() -> None:
    class OnTheCore(ClosedLoop):
        def make(self) -> Driver:
            return Core(WORKFLOW)

    run_state_machine_as_test(
        OnTheCore,
        settings=settings(settings.get_profile("ci"), max_examples=120, stateful_step_count=40),
    )


def test_the_closed_loop_holds_on_sqlite() -> None:
    class OnSqlite(ClosedLoop):
        def make(self) -> Driver:
            resources = ExitStack()
            folder = resources.enter_context(tempfile.TemporaryDirectory())
            return OnDatabase(f"sqlite:///{Path(folder) / 'loop.db'}", resources)

    run_state_machine_as_test(OnSqlite, settings=settings.get_profile("database"))


@pytest.mark.postgres
def test_the_closed_loop_holds_on_postgresql(postgres_server: Postgres) -> None:
    class OnPostgresql(ClosedLoop):
        def make(self) -> Driver:
            resources = ExitStack()
            return OnDatabase(resources.enter_context(postgres_server.database()), resources)

    run_state_machine_as_test(OnPostgresql, settings=settings.get_profile("database"))


# -- controls: what the state machine must be able to see ------------------------------------


def _broken(document: str, begin: tuple[Steps, ...] = WAYS) -> None:
    """Run the state machine on a broken document, or with a broken part, on the pure core."""
    workflow = read_workflow(document)

    class OnBroken(ClosedLoop):
        ways = begin

        def make(self) -> Driver:
            return Core(workflow)

    shallow = settings(
        settings.get_profile("ci"),
        max_examples=400,
        stateful_step_count=30,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        database=None,
    )
    run_state_machine_as_test(OnBroken, settings=shallow)


@pytest.mark.parametrize(
    "rule, instead, begin, guarantee",
    [
        ('not_by = ["lead", "co_handler"]', "", THE_CROOKED_WAY, "G4"),
        ("fired = { call_back = { at_least = 2 } }, ", "", THE_STRAIGHT_WAY[:5], "G4"),
        (
            'source = "escalated_to_vice_mayor"\ndest = "escalated_to_mayor"\nby = ["clock"]',
            'source = "escalated_to_vice_mayor"\nby = ["clock"]',
            (),
            "G3|no clock rings on",
        ),
    ],
)
def test_a_rule_taken_out_of_the_document_is_missed(
    rule: str, instead: str, begin: Steps, guarantee: str
) -> None:
    assert rule in WORKFLOW.text, "the control must change something"
    with pytest.raises((AssertionError, DocumentError), match=guarantee):
        _broken(WORKFLOW.text.replace(rule, instead), (begin,))


@pytest.mark.parametrize(
    "place, broken, guarantee",
    [
        ("flowcase.outcome._owner", lambda draft, state: None, "G1"),
        ("flowcase.outcome._tier", lambda draft, transition, state: "general", "G3|G7"),
        (
            "flowcase.clocks._starts",
            lambda rules, before, step: step.entered and step.state in rules.runs_in,
            "G6",
        ),
        ("flowcase.outcome._changes", lambda before, after: Changes({}), "G8"),
        ("flowcase.outcome._apply_given", lambda draft, given: None, "needs"),
    ],
)
def test_a_part_of_the_engine_that_is_broken_is_seen(
    monkeypatch: pytest.MonkeyPatch, place: str, broken: object, guarantee: str
) -> None:
    monkeypatch.setattr(place, broken)
    with pytest.raises((AssertionError, Refused, KeyError), match=guarantee):
        _broken(WORKFLOW.text)
