"""Clocks of the small workflow and the mayor line: what moves a due moment, and what does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flowcase.calendars.calendar import load_calendar
from flowcase.case import ALONE, Actor
from flowcase.clocks import phase
from flowcase.ledgers import Ledger, read_ledger, read_ledgers
from flowcase.workflows.document import read_workflow
from tests.core import CALENDAR, Core
from tests.small import DOCUMENT, changed
from tests.test_machine import CHIEF, CLERK, NoStaff
from tests.world import moment


def ledger(core: Core, clock: str = "work") -> Ledger:
    return read_ledgers(core.case().facts, core.workflow)[clock]


@pytest.fixture
def core() -> NoStaff:
    core = NoStaff()
    core.open({"what": "漏水"})
    return core


def test_a_clock_starts_with_its_term_and_tells_when_it_is_due(core: NoStaff) -> None:
    assert ledger(core).due == moment("2022-08-03 00:00")
    assert ledger(core).last_day == date(2022, 8, 2)
    assert core.case().due_at == moment("2022-08-03 00:00")
    assert core.case().wake_at == moment("2022-08-01 00:00"), "the warning, one working day before"


def test_rungs_ring_in_order_each_once_and_tell_whom_they_should(core: NoStaff) -> None:
    assert core.tick("2022-07-31 23:59") == 0
    assert core.tick("2022-08-01 00:00") == 1
    assert core.history()[-1].rung == {
        "clock": "work",
        "rung": "warn.0",
        "at": "2022-07-31T16:00:00.000000Z",
        "late_s": 0,
    }
    assert core.history()[-1].told == ("@clerk",)
    assert core.tick() == 0
    assert core.tick("2022-08-02 23:59") == 0
    assert core.tick("2022-08-03 00:00") == 1
    assert core.history()[-1].trigger == "climb"
    assert core.history()[-1].told == ("@chief", "DG-0001")
    assert core.case().tier == "high"


def test_after_the_due_moment_it_rings_at_the_beginning_of_each_working_day(core: NoStaff) -> None:
    core.tick("2022-08-03 00:00")
    days = []
    for _ in range(24 * 9 - 1):
        core.advance(timedelta(hours=1))
        if core.tick():
            days.append(core.history()[-1].at)
    assert days == [moment(f"2022-08-{day} 00:00") for day in ("04", "05", "08", "09", "10", "11")]


def test_an_outage_yields_one_repeat_and_a_late_ring_costs_no_working_day(core: NoStaff) -> None:
    core.tick("2022-08-03 00:00")
    assert core.tick("2022-08-11 09:30") == 1
    assert core.tick("2022-08-11 23:59") == 0
    assert core.tick("2022-08-12 00:00") == 1


def test_late_rungs_ring_in_order_with_their_lateness(core: NoStaff) -> None:
    assert core.tick("2022-08-03 10:00") == 2
    warned, due = core.history()[-2:]
    assert (warned.rung or {})["rung"] == "warn.0"
    assert (warned.rung or {})["late_s"] == (2 * 24 + 10) * 3600
    assert (due.rung or {})["rung"] == "due"
    assert (due.rung or {})["late_s"] == 10 * 3600


def test_leaving_and_re_entering_a_state_never_starts_a_clock_again(core: NoStaff) -> None:
    due = ledger(core).due
    core.at("2022-07-29 09:00").fire("take", CLERK, {"worker": "wang"})
    assert ledger(core).due == due
    core.at("2022-08-01 09:00").fire("hand_over", CHIEF, {"worker": "li"})
    assert ledger(core).due == due


def test_a_field_that_measures_a_clock_measures_it_again_from_the_same_start(core: NoStaff) -> None:
    core.at("2022-07-26 15:00").fire("paint", CLERK, {"colour": "red"})
    assert ledger(core).due == moment("2022-07-29 00:00"), "two working days from the opening"


def test_a_term_made_shorter_never_ends_before_the_next_working_day_is_over(core: NoStaff) -> None:
    core.at("2022-08-01 09:00").fire("paint", CLERK, {"colour": "red"})
    assert ledger(core).due == moment("2022-08-03 00:00"), "29 July has passed; 2 August is left"


def test_a_warning_rings_again_when_the_due_moment_moves_beyond_it() -> None:
    longer = changed(
        (
            '{ when = { colour = "red" }, workdays = 2 }',
            '{ when = { colour = "red" }, workdays = 20 }',
        )
    )
    core = NoStaff(longer)
    core.open({"what": "漏水"})
    assert core.tick("2022-08-02 09:00") == 1
    core.fire("paint", CLERK, {"colour": "red"})
    assert ledger(core).last_day == date(2022, 8, 23)
    assert core.tick("2022-08-21 09:00") == 0
    assert core.tick("2022-08-22 00:00") == 1, "warned again before the new due moment"


PAUSED = changed(
    ("[states.done]", '[states.waiting]\nowner = "clerk"\n[states.done]'),
    (
        'runs_in = ["new", "working", "checked"]',
        'runs_in = ["new", "working", "checked"]\npauses_in = ["waiting"]',
    ),
    (
        '[[transitions]]\ntrigger = "climb"',
        (
            '[clocks.patience]\nruns_in = ["waiting"]\nterms = [{ workdays = 30 }]\n'
            'tell = ["clerk"]\nrepeat = { workdays = 1 }\n'
            '[[transitions]]\ntrigger = "ask"\nsource = "new"\ndest = "waiting"\nby = ["clerk"]\n'
            '[[transitions]]\ntrigger = "answer"\nsource = "waiting"\ndest = "new"\n'
            'by = ["party"]\n'
            '[[transitions]]\ntrigger = "climb"'
        ),
    ),
)


def test_a_pause_moves_the_due_moment_by_the_working_days_it_lasted() -> None:
    core = NoStaff(PAUSED)
    core.open({"what": "漏水"})
    core.at("2022-07-28 09:00").fire("ask", CLERK)
    assert ledger(core).standing
    assert core.case().due_at == moment("2022-09-09 00:00"), "only the patience clock is counting"
    assert core.tick("2022-08-03 09:00") == 0, "what stands does not ring"
    core.at("2022-08-04 09:00").fire("answer", Actor("zhang"))
    # Paused after 28 July up to 4 August: 29 July and 1-4 August, five working days.
    assert ledger(core).due == moment("2022-08-10 00:00")


def test_a_pause_that_ends_the_same_day_changes_nothing() -> None:
    core = NoStaff(PAUSED)
    core.open({"what": "漏水"})
    due = ledger(core).due
    core.at("2022-07-28 09:00").fire("ask", CLERK)
    core.at("2022-07-28 17:00").fire("answer", Actor("zhang"))
    assert ledger(core).due == due


@pytest.mark.parametrize(
    "state, at, expected",
    [
        ("new", "2022-07-26 09:00", "running"),
        ("new", "2022-08-02 23:59", "running"),
        ("new", "2022-08-03 00:00", "due"),
        ("elsewhere", "2022-08-03 00:00", "stopped"),
    ],
)
def test_the_phase_is_derived_from_the_ledger_and_the_moment(
    core: NoStaff, state: str, at: str, expected: str
) -> None:
    assert phase(core.workflow.clocks["work"], ledger(core), state, moment(at)) == expected


def test_a_clock_that_never_started_is_not_started() -> None:
    workflow = read_workflow(DOCUMENT)
    assert phase(workflow.clocks["work"], None, "new", moment("2022-07-26 09:00")) == "not_started"


def test_a_ledger_is_stored_and_read_without_loss() -> None:
    core = NoStaff(PAUSED)
    core.open({"what": "漏水"})
    core.at("2022-07-28 09:00").fire("ask", CLERK)
    for name, fact in core.case().facts.items():
        if name.startswith("clocks."):
            assert read_ledger(fact).as_fact() == fact


def test_a_date_past_the_notices_is_provisional_and_never_called_overdue() -> None:
    core = NoStaff()
    core._world = type(  # type: ignore[method-assign]  # as known in October 2021
        "Then",
        (),
        {
            "calendar": load_calendar("cn", known_at=date(2021, 10, 1)),
            "directory": core.directory,
            "kin": ALONE,
        },
    )
    core.at("2021-12-27 09:00").open({"what": "漏水"})
    assert ledger(core).provisional
    wake_at = core.case().wake_at
    assert wake_at is not None
    assert wake_at <= ledger(core).due
    core.tick("2022-01-20 09:00")
    assert (
        phase(core.workflow.clocks["work"], ledger(core), "new", moment("2022-01-20 09:00"))
        == "running"
    )
    assert core.case().tier == "low", "nothing climbs on an estimate"
    assert any((entry.rung or {}).get("rung") == "provisional" for entry in core.history())
    del core._world  # the notice of 25 October 2021 is known now
    core.tick("2022-01-21 09:00")
    assert not ledger(core).provisional
    assert ledger(core).last_day == date(2022, 1, 4)
    assert core.case().tier == "high"


def test_a_ledger_keeps_under_which_notices_it_was_measured(core: NoStaff) -> None:
    assert ledger(core).known == date(2021, 10, 25)
    assert CALENDAR.as_known(date(2021, 10, 25)).edition == date(2021, 10, 25)
