"""The kit: what it gives without Hypothesis, an engine in memory, casts and data of a document."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowcase
import flowcase.testing
from flowcase.data import read_data
from flowcase.testing import Core, ManualClock, memory_engine, strategies
from flowcase.testing.cast import PARTY, cast_of
from flowcase.testing.core import rule_book
from flowcase.testing.stage import Theatre
from flowcase.workflows.document import read_workflow, shipped_workflows
from tests import small

SMALL = read_workflow(small.DOCUMENT)
MAYOR_LINE = shipped_workflows()["mayor_line"]
AT = datetime(2022, 8, 1, 1, 0, tzinfo=UTC)
TODAY = date(2022, 8, 1)
PRINCIPAL = flowcase.Actor(PARTY)


def _without_hypothesis(program: str) -> subprocess.CompletedProcess[str]:
    blocked = "import sys; sys.modules['hypothesis'] = None; "
    return subprocess.run(
        [sys.executable, "-c", blocked + program], capture_output=True, text=True, check=False
    )


def test_a_clock_and_an_engine_are_to_be_had_without_hypothesis() -> None:
    done = _without_hypothesis(
        "from flowcase.testing import Core, ManualClock, MemoryDirectory, memory_engine; "
        "memory_engine().close()"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["closed_loop", "strategies"])
def test_what_needs_hypothesis_says_how_to_get_it(name: str) -> None:
    done = _without_hypothesis(f"from flowcase.testing import {name}")
    assert done.returncode == 1
    assert "pip install 'flowcase[testing]'" in done.stderr.splitlines()[-1]


def test_every_name_of_the_kit_is_to_be_had_twice() -> None:
    assert list(flowcase.testing.__all__) == sorted(flowcase.testing.__all__)
    for name in 2 * flowcase.testing.__all__:
        assert getattr(flowcase.testing, name) is not None
    assert callable(flowcase.testing.closed_loop)
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = flowcase.testing.nothing_such


def test_each_engine_in_memory_is_one_of_its_own() -> None:
    one, other = (memory_engine(workflows=[SMALL], clock=ManualClock(AT)) for _ in range(2))
    try:
        case = one.open("small", party=PARTY, actor=PRINCIPAL, data={"what": "x"})
        assert one.case(case.id) == case
        with pytest.raises(flowcase.CaseNotFound):
            other.case(case.id)
    finally:
        one.close()
        other.close()


def test_threads_share_an_engine_in_memory() -> None:
    engine = memory_engine(workflows=[SMALL], clock=ManualClock(AT))
    clerk = flowcase.Actor("ann", roles={"clerk"})
    case = engine.open("small", party=PARTY, actor=PRINCIPAL, data={"what": "x"})

    def work(number: int) -> str:
        opened = engine.open("small", party=PARTY, actor=PRINCIPAL, data={"what": str(number)})
        engine.fire(opened.id, "take", clerk, {"worker": "bob"})
        try:
            engine.fire(case.id, "take", clerk, {"worker": "bob"})
        except (flowcase.Refused, flowcase.Conflict):
            return opened.id
        return case.id

    try:
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(work, range(40)))
        assert ids.count(case.id) == 1, "of all who took it, one did"
        assert {engine.case(each).state for each in ids} == {"working"}
        assert all(engine.verify(each) is None for each in ids)
    finally:
        engine.close()


@pytest.mark.parametrize("workflow", [*shipped_workflows().values(), SMALL], ids=lambda w: w.name)
@settings(max_examples=30)
@given(draw=st.data())
def test_data_made_for_a_trigger_can_be_read(
    workflow: flowcase.Workflow, draw: st.DataObject
) -> None:
    triggers = ["open", *(each.trigger for each in workflow.transitions)]
    trigger = draw.draw(st.sampled_from(triggers))
    data = draw.draw(strategies.data(workflow, trigger, today=TODAY))
    own = workflow.request_fields.get(trigger)
    read, wrong = read_data(workflow, data, TODAY, own)
    assert wrong == []
    assert read.names == {name for name, value in data.items() if value is not None}


def test_a_trigger_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no trigger 'fly'; it has: again, check"):
        strategies.data(SMALL, "fly", today=TODAY)


@given(at=strategies.moments(MAYOR_LINE))
def test_moments_are_within_the_filing_window(at: datetime) -> None:
    intake = MAYOR_LINE.document.intake
    assert intake.from_ is not None
    assert intake.until is not None
    local = flowcase.load_calendar("cn").local_date(at)
    assert intake.from_ <= local <= intake.until


@given(actor=strategies.actors(MAYOR_LINE))
def test_actors_are_of_the_document(actor: flowcase.Actor) -> None:
    assert actor.roles <= set(MAYOR_LINE.document.roles)


def test_a_cast_imports_as_it_stands_in_memory() -> None:
    """The directory the core asks and the staff list the engine asks are the same."""
    for staffing in ("many", "few", "shared"):
        cast = cast_of(MAYOR_LINE, staffing)
        directory = cast.directory()
        theatre = Theatre("sqlite://", MAYOR_LINE, guards={}, calendars=(), begin=AT)
        try:
            theatre.play(cast, AT)
            with theatre.engine.store.reading() as transaction:
                for role in MAYOR_LINE.document.roles:
                    for charge in (None, "industry", "technology", "land"):
                        expected = directory.holders(role, charge)
                        stored = transaction.holders(role, charge)
                        assert set(stored) <= set(expected)
                        assert len(stored) == min(len(expected), 2)
                assert transaction.principal(PARTY) == directory.principal(PARTY)
        finally:
            theatre.close()


def test_the_core_rings_what_is_not_refused() -> None:
    core = Core(rule_book(SMALL), at=AT)
    core.open({"what": "x"}, actor=PRINCIPAL, party=PARTY)
    core.move_to(datetime(2022, 8, 10, tzinfo=UTC))
    assert core.tick() == 2
    assert [entry.trigger for entry in core.history()] == ["open", "ring", "climb"]
    assert core.tick() == 0
