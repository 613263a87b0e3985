"""The closed loop of every shipped document: on the pure core, on SQLite, on PostgreSQL.

And of each guarantee, a control: a document or an engine with that very thing broken is found out.
"""

from __future__ import annotations

import unittest
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from flowcase import clocks
from flowcase.case import Actor, Case
from flowcase.errors import DocumentError, GuardFailed, InvalidInput, Refused
from flowcase.guards import Question
from flowcase.history import Changes
from flowcase.ledgers import Ledger
from flowcase.question import Asked, Wondered
from flowcase.testing import Broken, Core, closed_loop
from flowcase.testing.cast import PARTY, Cast
from flowcase.testing.guarantees import Watch
from flowcase.testing.loop import ClosedLoop
from flowcase.testing.stage import CoreStage, Stage
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import ClockRules, Workflow
from tests import small
from tests.world import World

SHIPPED = shipped_workflows()
MAYOR_LINE = SHIPPED["mayor_line"]

#: The same examples each time, so that a control finds what it found yesterday; none is shrunk.
CONTROL = settings(
    max_examples=300,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    database=None,
)


@pytest.fixture(params=list(SHIPPED.values()), ids=list(SHIPPED))
def workflow(request: pytest.FixtureRequest) -> Workflow:
    """Each shipped document in turn."""
    shipped: Workflow = request.param
    return shipped


def played(machine_of: type[ClosedLoop], how: settings | None = None) -> None:
    """Play a machine; then close its database, if it had one."""
    try:
        run_state_machine_as_test(machine_of, settings=how or machine_of.TestCase.settings)
    finally:
        if machine_of.theatre is not None:
            machine_of.theatre.close()


def test_the_closed_loop_holds_on_the_pure_core(workflow: Workflow) -> None:
    played(
        closed_loop(workflow), settings(closed_loop(workflow).TestCase.settings, max_examples=100)
    )


def test_the_closed_loop_holds_in_memory(workflow: Workflow) -> None:
    played(closed_loop(workflow, database="sqlite://"))


def test_the_closed_loop_holds_on_sqlite(workflow: Workflow, sqlite_url: str) -> None:
    played(closed_loop(workflow, database=sqlite_url))


def test_the_closed_loop_holds_on_postgresql(workflow: Workflow, postgres_url: str) -> None:
    played(closed_loop(workflow, database=postgres_url))


# -- controls: what the state machine must be able to see ------------------------------------------


def found(machine_of: type[ClosedLoop]) -> Broken:
    """Play a machine that must break; return what was found."""
    with pytest.raises(Broken) as broken:
        run_state_machine_as_test(machine_of, settings=CONTROL)
    return broken.value


def changed(text: str, *changes: tuple[str, str]) -> Workflow:
    """Return a document with each text replaced, which must be there, by another."""
    for old, new in changes:
        assert old in text, f"there is no {old!r} to change"
        text = text.replace(old, new)
    return read_workflow(text)


def promising(promise: str) -> Workflow:
    """Return the small document with a promise of its own."""
    return read_workflow(f"{small.DOCUMENT}\n[guarantees]\n{promise}")


@pytest.mark.parametrize(
    "old, new",
    [
        ('not_by = ["lead", "co_handler"]', ""),
        ('clears = ["result", "opinion", "outcome", "rating", "explanation"]\n', ""),
        ('when = { clocks = { triage = "running", handling = "running" } }\n', ""),
    ],
)
def test_a_rule_taken_out_of_the_mayor_line_breaks_a_promise_of_its_own(old: str, new: str) -> None:
    assert found(closed_loop(changed(MAYOR_LINE.text, (old, new)))).guarantee == "G4"


@pytest.mark.parametrize(
    "promise",
    [
        'passes = [{ state = "checked", after = ["done"] }]',
        "cycles_at_most = 1",
        'impossible = [{ trigger = "hand_over", by = "chief" }]',
        'impossible = [{ to = "working", from = "new" }]',
        'impossible = [{ raises = "high", by = "clock" }]',
        'impossible = [{ to = "done", was = ["worker"] }]',
        'impossible = [{ trigger = "paint", when = { colour = "red" } }]',
        'impossible = [{ trigger = "hand_over", when = { fired = { paint = { at_least = 1 } } } }]',
        'impossible = [{ trigger = "hand_over", when = { clocks = { work = "due" } } }]',
    ],
)
def test_a_promise_that_is_not_kept_is_found(promise: str) -> None:
    assert found(closed_loop(promising(promise))).guarantee == "G4"


@pytest.mark.parametrize(
    "promise",
    [
        'passes = [{ state = "done", after = ["checked"] }]',
        'impossible = [{ to = "checked", was = ["worker", "helper"] }]',
        'impossible = [{ to = "done", from = "new" }]',
        'impossible = [{ trigger = "paint", when = { fired = { paint = { at_least = 1 } } } }]',
        'unattended_reaches = { tier = "high", within_workdays = 6 }',
    ],
)
def test_a_promise_that_is_kept_is_not_denied(promise: str) -> None:
    played(closed_loop(promising(promise)), settings(CONTROL, max_examples=60))


def test_a_bound_that_is_too_tight_is_found() -> None:
    broken = found(
        closed_loop(promising('unattended_reaches = { tier = "high", within_workdays = 3 }'))
    )
    assert broken.guarantee == "G3"
    assert "promised: within 3" in broken.sentence


@pytest.mark.parametrize(
    "place, instead, guarantee",
    [
        ("flowcase.outcome._owner", lambda draft, state: None, "G1"),
        ("flowcase.outcome._owner", lambda draft, state: "@clerk", "G1"),
        ("flowcase.clocks.next_rung", lambda *anything: None, "G1"),
        ("flowcase.machine.next_rung", lambda *anything: None, "G3"),
        ("flowcase.outcome._tier", lambda draft, transition, state: draft.case.tier or "low", "G3"),
        ("flowcase.outcome._apply_given", lambda draft, given: None, "G5"),
        (
            "flowcase.outcome._tier",
            lambda draft, transition, state: "low" if transition.trigger == "again" else "high",
            "G7",
        ),
        ("flowcase.outcome._changes", lambda before, after: Changes({}), "G8"),
    ],
)
def test_a_part_of_the_engine_that_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, place: str, instead: object, guarantee: str
) -> None:
    monkeypatch.setattr(place, instead)
    if guarantee == "G5":  # or what was not kept would be missed, and refused
        monkeypatch.setattr("flowcase.outcome._unmet", lambda draft, state: [])
    assert found(closed_loop(read_workflow(small.DOCUMENT))).guarantee == guarantee


def test_a_clock_that_starts_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def starts(rules: ClockRules, before: Ledger | None, step: clocks.Step) -> bool:
        return step.entered and step.state in rules.runs_in

    monkeypatch.setattr("flowcase.clocks._starts", starts)
    broken = found(closed_loop(read_workflow(small.DOCUMENT)))
    assert broken.guarantee == "G6"
    assert "started work again" in broken.sentence


def test_a_due_moment_that_moves_later_for_no_cause_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    advance = clocks.advance

    def later(*given: Any) -> dict[str, Ledger]:
        day = timedelta(days=1)
        return {name: replace(one, due=one.due + day) for name, one in advance(*given).items()}

    monkeypatch.setattr("flowcase.clocks.advance", later)
    broken = found(closed_loop(read_workflow(small.DOCUMENT)))
    assert broken.guarantee == "G6"
    assert "for no cause" in broken.sentence


class Forgetful(Core):
    """A core that does not know its keys again."""

    def fire(
        self,
        trigger: str,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Case:
        again = any(entry.key == key for entry in self.history() if key is not None)
        return super().fire(trigger, actor, data, "another" if again else key)


class Careless(Core):
    """A core that notes down what it refuses as if somebody had done it."""

    def fire(
        self,
        trigger: str,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Case:
        try:
            return super().fire(trigger, actor, data, key)
        except Refused:
            self._case = replace(self.case(), revision=self.case().revision + 1)
            raise


class Restless(Core):
    """A core whose rungs do not remember that they rang."""

    def tick(self) -> int:
        return super().tick() + 1


@pytest.mark.parametrize(
    "core, guarantee", [(Forgetful, "G9"), (Careless, "G10"), (Restless, "G3")]
)
def test_an_engine_that_is_careless_is_found(core: type[Core], guarantee: str) -> None:
    class OnIt(closed_loop(read_workflow(small.DOCUMENT))):  # type: ignore[misc]  # made here
        def set_stage(self, cast: Cast, at: datetime) -> Stage:
            return CoreStage(
                core(self.book, at=at, directory=cast.directory(), calendar=self.calendar)
            )

    assert found(OnIt).guarantee == guarantee


def test_somebody_who_may_not_and_is_let_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    who = Asked.who
    monkeypatch.setattr(
        Asked, "who", lambda asked, each: who(asked, each) if isinstance(asked, Wondered) else []
    )
    broken = found(closed_loop(read_workflow(small.DOCUMENT)))
    assert broken.guarantee == "G10"
    assert "who may not" in broken.sentence


def test_clocks_that_ring_in_circles_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowcase.machine.rang", lambda ledger, rung, at: ledger)
    monkeypatch.setattr("flowcase.question.rang", lambda ledger, rung, at: ledger)
    monkeypatch.setattr(Watch, "_rings", lambda watch, workflow, step: None)
    broken = found(closed_loop(read_workflow(small.DOCUMENT)))
    assert broken.guarantee == "G3"
    assert "100 times at one moment" in broken.sentence


def test_a_rung_that_rings_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(ledger: Ledger, rung: clocks.Rung, at: datetime) -> Ledger:
        if ledger.rang_at is None and rung.name == "warn.0":
            return replace(ledger, rang_at=at)
        return clocks.rang(ledger, rung, at)

    monkeypatch.setattr("flowcase.machine.rang", forgetful)
    broken = found(closed_loop(read_workflow(small.DOCUMENT)))
    assert broken.guarantee == "G3"
    assert "rang warn.0" in broken.sentence
    assert "twice" in broken.sentence


# -- what it says, and what it does with what is the user's ----------------------------------------


def test_what_is_broken_is_told_with_the_story_so_far() -> None:
    broken = found(closed_loop(promising('impossible = [{ to = "working", from = "new" }]')))
    said = str(broken)
    assert said.startswith("G4 is broken (what the document promises in [guarantees] is kept): ")
    assert "from = ['new'], to = working" in broken.sentence
    story = said.partition("The story so far: ")[2].splitlines()
    assert story[0].startswith("small, staff: ")
    assert f"{PARTY}: open (" in story[1]
    assert " take (" in story[-1]
    assert "-> working" in story[-1]
    assert story[-1].rstrip().endswith(", owner " + story[-1].rpartition(" ")[2])
    assert said.count("The story so far") == 1


GUARDED = small.changed(
    ('requires = ["size", "ready"]', 'requires = ["size", "ready"]\nguards = ["weighed"]')
)


def test_guards_are_called_for_real() -> None:
    asked: list[str] = []

    def weighed(question: Question) -> str | None:
        asked.append(question.trigger)
        return None if question.data.get("size", 3) < 9 else "too heavy"

    played(
        closed_loop(read_workflow(GUARDED), guards={"weighed": weighed}),
        settings(CONTROL, max_examples=40),
    )
    assert set(asked) == {"check"}


def test_a_guard_that_fails_fails_the_test() -> None:
    def weighed(question: Question) -> str | None:
        raise ZeroDivisionError

    machine_of = closed_loop(read_workflow(GUARDED), guards={"weighed": weighed})
    with pytest.raises(GuardFailed, match="weighed"):
        run_state_machine_as_test(machine_of, settings=CONTROL)


def test_a_guard_that_is_not_given_is_named() -> None:
    with pytest.raises(DocumentError, match="no guard 'weighed' is registered"):
        closed_loop(read_workflow(GUARDED))


def test_a_database_with_cases_in_it_is_left_alone(sqlite_url: str) -> None:
    with closing(World(sqlite_url)) as world:
        case = world.open()
        with pytest.raises(InvalidInput, match="holds cases already"):
            run_state_machine_as_test(
                closed_loop(MAYOR_LINE, database=sqlite_url), settings=CONTROL
            )
        assert world.engine.case(case.id) == case


def test_three_lines_of_a_user_are_a_test(tmp_path: Path) -> None:
    (tmp_path / "my_line.toml").write_text(small.DOCUMENT, encoding="utf-8")
    case = closed_loop(tmp_path / "my_line.toml").TestCase
    result = unittest.TestResult()
    case.settings = settings(case.settings, max_examples=3)
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert (result.testsRun, result.wasSuccessful()) == (1, True)
