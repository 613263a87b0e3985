"""Ticks: what is due rings once, in order, however late; what cannot ring is set aside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import flowcase
from flowcase.guards import Question
from flowcase.listing import list_stuck
from flowcase.schema import upgrade
from flowcase.sweep import retry_after
from flowcase.time import ManualClock
from tests.small import changed
from tests.world import World, moment

ROOT = Path(__file__).parents[2]
GUARDED = changed(
    ('trigger = "climb"', 'trigger = "climb"\nguards = ["lift_works"]'),
    ('by = ["party"]\nrequires', 'by = ["anyone"]\nrequires'),
)
ANYBODY = flowcase.Actor("anybody")


class Lift:
    """A town whose escalation depends on a guard of its own, which may refuse."""

    def __init__(self, url: str, folder: Path) -> None:
        (folder / "small.toml").write_text(GUARDED, encoding="utf-8")
        if url.startswith("postgresql"):
            upgrade(url)
        self.clock = ManualClock(moment("2022-07-26 09:00"))
        self.broken: set[str] = set()
        self.engine = flowcase.open_engine(
            url, workflows=[folder], guards={"lift_works": self._works}, clock=self.clock
        )

    def _works(self, question: Question) -> str | None:
        return "the lift is out of order" if question.case.id in self.broken else None

    def open(self, *, broken: bool = False) -> str:
        case = self.engine.open("small", party="DG-1", actor=ANYBODY, data={"what": "漏水"})
        if broken:
            self.broken.add(case.id)
        return case.id

    def tick(self, at: str) -> flowcase.TickReport:
        self.clock.move_to(moment(at))
        return self.engine.tick()


@pytest.fixture
def lift(database_url: str, tmp_path: Path) -> Iterator[Lift]:
    folder = tmp_path / "rules"
    folder.mkdir()
    lift = Lift(database_url, folder)
    yield lift
    lift.engine.close()


def test_a_rung_that_is_refused_is_set_aside_and_holds_nobody_up(lift: Lift) -> None:
    before, broken, after = lift.open(), lift.open(broken=True), lift.open()
    report = lift.tick("2022-08-03 09:00")
    assert [(each.case_id, each.reason) for each in report.set_aside] == [
        (broken, "the lift is out of order")
    ]
    assert {lift.engine.case(each).tier for each in (before, after)} == {"high"}
    assert lift.engine.case(broken).tier == "low"
    (stuck,) = list_stuck(lift.engine.store)
    assert (stuck.case_id, stuck.tries, stuck.reason) == (broken, 1, "the lift is out of order")
    assert stuck.retry_at == moment("2022-08-03 09:01")
    assert lift.engine.verify(broken) is None, "being set aside is no entry"


def test_it_is_tried_again_with_a_growing_pause_and_forgiven_when_it_rings(lift: Lift) -> None:
    broken = lift.open(broken=True)
    lift.tick("2022-08-03 09:00")
    assert lift.tick("2022-08-03 09:00").set_aside == (), "not again at once"
    assert len(lift.tick("2022-08-03 09:01").set_aside) == 1
    assert list_stuck(lift.engine.store)[0].retry_at == moment("2022-08-03 09:03")
    lift.broken.clear()
    assert lift.tick("2022-08-03 09:02").rang == ()
    assert lift.tick("2022-08-03 09:03").rang[-1].trigger == "climb"
    assert list_stuck(lift.engine.store) == []
    assert lift.engine.case(broken).tier == "high"


def test_the_pause_doubles_up_to_a_day() -> None:
    minutes = [retry_after(tries) / timedelta(minutes=1) for tries in range(1, 14)]
    assert minutes[:5] == [1, 2, 4, 8, 16]
    assert minutes[-1] == minutes[-2] == 24 * 60


def test_somebody_who_moves_a_case_set_aside_wakes_it_rightly(lift: Lift) -> None:
    broken = lift.open(broken=True)
    lift.tick("2022-08-03 09:00")
    clerk = flowcase.Actor("ma", roles={"clerk"})
    lift.engine.fire(broken, "take", clerk, {"worker": "wang"})
    lift.broken.clear()
    assert [rang.trigger for rang in lift.engine.tick().rang] == ["climb"]


def test_more_cases_than_a_batch_are_all_rung(lift: Lift) -> None:
    cases = [lift.open() for _ in range(230)]
    report = lift.tick("2022-08-03 09:00")
    assert len(report.rang) == 2 * len(cases)
    assert {lift.engine.case(each).tier for each in cases} == {"high"}
    assert lift.engine.tick() == flowcase.TickReport()


def test_a_limit_leaves_the_rest_for_the_next_tick(lift: Lift) -> None:
    for _ in range(7):
        lift.open()
    lift.clock.move_to(moment("2022-08-03 09:00"))
    assert len({rang.case_id for rang in lift.engine.tick(limit=3).rang}) == 3
    assert len({rang.case_id for rang in lift.engine.tick().rang}) == 4


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1), timedelta(days=-400)])
def test_a_clock_that_jumps_loses_no_rung_and_doubles_none(lift: Lift, jump: timedelta) -> None:
    case = lift.open()
    lift.tick("2022-08-01 00:00")
    lift.clock.move_to(moment("2022-08-01 00:30") + jump)
    lift.engine.tick()
    lift.tick("2022-08-03 00:00")
    lift.engine.tick()
    rungs = [(each.rung or {}).get("rung") for each in lift.engine.history(case) if each.rung]
    assert rungs == ["warn.0", "due"]
    ats = [each.at for each in lift.engine.history(case)]
    assert ats == sorted(ats)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Nowhere/Bogus", ""])
def test_the_zone_of_the_machine_does_not_matter(database_url: str, zone: str) -> None:
    world = World(database_url)
    case = world.open()
    program = (
        "import flowcase; from flowcase.time import ManualClock; from tests.world import moment\n"
        "clock = ManualClock(moment('2022-07-29 00:00'))\n"
        f"e = flowcase.open_engine({database_url!r}, clock=clock)\n"
        f"print(len(e.tick().rang), e.case({case.id!r}).due_at.isoformat()); e.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    world.close()
    assert done.stdout.split() == ["1", "2022-07-28T16:00:00+00:00"]


def test_a_late_tick_gives_each_tier_its_full_term_from_when_it_is_told(database_url: str) -> None:
    world = World(database_url)
    case = world.assigned()
    world.tick("2022-08-31 10:00")
    assert world.engine.case(case.id).state == "escalated_to_vice_mayor"
    assert world.engine.explain(case.id, "vice_mayor_term").due_at == moment("2022-09-08 00:00")
    world.tick("2022-09-30 10:00")
    assert world.engine.case(case.id).state == "escalated_to_mayor"
    assert world.engine.explain(case.id, "mayor_term").due_at == moment("2022-10-13 00:00")
    late = [(each.rung or {})["late_s"] for each in world.engine.history(case.id) if each.rung]
    assert all(seconds > 0 for seconds in late)
    world.close()
