"""Notices that come later: running clocks follow them, once, with an entry, and never too soon."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import flowcase
from flowcase import recount
from flowcase.assets import packaged_folder
from flowcase.ledgers import read_ledgers
from flowcase.recount import Recounted
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from tests.world import moment

DATA = Path(__file__).parent / "data" / "calendars" / "vectors_asof.csv"
ROWS = list(csv.DictReader(DATA.read_text(encoding="utf-8").splitlines()))
STARTS = sorted({(row["amendment"], row["start_date"]) for row in ROWS})

TERMS = {
    "wd5": "workdays = 5",
    "wd10": "workdays = 10",
    "wd15": "workdays = 15",
    "month1": "months = 1",
}
DOCUMENT = f"""
name = "matter"
version = 1
closed_loop = false
calendar = "town"
title = {{ zh = "事项", en = "matter" }}
[intake]
dest = "running"
by = ["anyone"]
party = "none"
[roles.clerk]
title = {{ zh = "办事员", en = "clerk" }}
[states.running]
[states.done]
final = true
{
    "".join(
        f'''
[clocks.{name}]
runs_in = ["running"]
terms = [{{ {term} }}]
tell = ["clerk"]
'''
        for name, term in TERMS.items()
    )
}
[[transitions]]
trigger = "finish"
source = "running"
dest = "done"
by = ["anyone"]
"""
PUBLISHED = {"2015": "2015-05-13", "2019": "2019-03-22", "2020": "2020-01-27"}
ANYBODY = flowcase.Actor("anybody")


class Town:
    """A town with a calendar of its own, which may lack what the State Council has announced."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self.calendars, self.workflows = folder / "calendars", folder / "workflows"
        shutil.copytree(packaged_folder("calendars") / "cn", self.calendars / "town")
        head = self.calendars / "town" / "calendar.toml"
        text = head.read_text(encoding="utf-8")
        head.write_text(text.replace('name = "cn"', 'name = "town"'), encoding="utf-8")
        self.workflows.mkdir()
        (self.workflows / "matter.toml").write_text(DOCUMENT, encoding="utf-8")
        self.clock = ManualClock(moment("2015-01-01 09:00"))
        if url.startswith("postgresql"):
            upgrade(url)
        self.engine: flowcase.Engine | None = None

    def without(self, amendment: str) -> Town:
        """Take an amendment away, as if nobody had put it there yet."""
        shutil.move(self._file(amendment), self.calendars / f"{amendment}.kept")
        return self.reopened()

    def announced(self, amendment: str) -> Town:
        """Put the amendment there, on the day it was published or today if that is later."""
        published = moment(f"{PUBLISHED[amendment]} 09:00")
        self.clock.move_to(max(published, self.clock.now()))
        shutil.move(self.calendars / f"{amendment}.kept", self._file(amendment))
        return self.reopened()

    def reopened(self) -> Town:
        """Open the engine anew, as after a restart."""
        self.close()
        self.engine = flowcase.open_engine(
            self.url, workflows=[self.workflows], calendars=[self.calendars], clock=self.clock
        )
        return self

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()

    def _file(self, amendment: str) -> Path:
        return self.calendars / "town" / f"{amendment}-amendment.toml"

    def open(self, day: str) -> flowcase.Case:
        assert self.engine is not None
        self.clock.move_to(moment(f"{day} 09:00"))
        return self.engine.open("matter", actor=ANYBODY)

    def recompute(self, *, dry_run: bool = False) -> list[Recounted]:
        assert self.engine is not None
        return [
            each for _, moved in self.engine.recompute("town", dry_run=dry_run) for each in moved
        ]

    def last_days(self, case: flowcase.Case) -> dict[str, date]:
        assert self.engine is not None
        book = self.engine.library.current("matter")
        ledgers = read_ledgers(self.engine.case(case.id).facts, book.workflow)
        return {name: ledger.last_day for name, ledger in ledgers.items()}


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path, database_url)
    yield town
    town.close()


def _expected(amendment: str, start: str, column: str) -> dict[str, date]:
    return {
        row["rule"]: date.fromisoformat(row[column])
        for row in ROWS
        if (row["amendment"], row["start_date"]) == (amendment, start)
    }


@pytest.mark.parametrize("amendment, start", STARTS)
def test_each_amendment_of_history_moves_running_clocks_by_what_the_vectors_say(
    town: Town, amendment: str, start: str
) -> None:
    case = town.without(amendment).open(start)
    before = _expected(amendment, start, "due_before")
    after = _expected(amendment, start, "due_after")
    assert town.last_days(case) == before
    town.announced(amendment)
    planned = town.recompute(dry_run=True)
    assert town.last_days(case) == before, "a dry run changes nothing"
    done = town.recompute()
    assert done == planned
    assert town.last_days(case) == after
    assert {each.clock for each in done} == {rule for rule in before if before[rule] != after[rule]}
    assert town.recompute() == [], "a second run changes nothing"
    assert town.engine is not None
    assert town.engine.verify(case.id) is None
    entries = [each for each in town.engine.history(case.id) if each.trigger == "recompute"]
    assert len(entries) == (1 if done else 0), "one entry for each case that moved"


def test_a_move_says_which_days_made_the_difference(town: Town) -> None:
    town.without("2020").open("2020-01-20")
    moved = {each.clock: each for each in town.announced("2020").recompute()}
    assert moved["wd5"].direction == "later"
    days = {(each.date, each.before, each.after) for each in moved["wd5"].days}
    assert days == {
        (date(2020, 1, 31), "workday", "holiday"),
        (date(2020, 2, 1), "makeup", "holiday"),
        (date(2020, 2, 2), "rest", "holiday"),
    }


@pytest.mark.parametrize(
    "recounted_at, last_day",
    [
        ("2019-04-10 09:00", date(2019, 4, 28)),
        ("2019-04-27 09:00", date(2019, 4, 28)),
        ("2019-04-28 09:00", date(2019, 4, 29)),
    ],
)
def test_a_deadline_brought_forward_is_never_before_the_end_of_the_next_working_day(
    town: Town, recounted_at: str, last_day: date
) -> None:
    """28 April 2019 became a working day; until then the month ended on the 29th."""
    case = town.without("2019").open("2019-03-28")
    assert town.last_days(case)["month1"] == date(2019, 4, 29)
    town.clock.move_to(moment(recounted_at))
    town.announced("2019").recompute()
    assert town.last_days(case)["month1"] == last_day


def test_what_is_finished_is_never_touched(town: Town) -> None:
    case = town.without("2020").open("2020-01-20")
    assert town.engine is not None
    finished = town.engine.fire(case.id, "finish", ANYBODY)
    assert town.announced("2020").recompute() == []
    assert town.engine.case(case.id) == finished


def test_interrupted_and_run_again_each_case_is_moved_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recount, "BATCH", 2)
    cases = [town.without("2020").open("2020-01-20")]
    cases += [town.open("2020-01-20") for _ in range(6)]
    town.announced("2020")
    assert town.engine is not None
    run = town.engine.recompute("town")
    assert next(run)[0] == 2
    run.close()  # type: ignore[attr-defined]  # a generator
    moved = {each.case_id for each in town.recompute()}
    assert len(moved) == 5
    for case in cases:
        triggers = [each.trigger for each in town.engine.history(case.id)]
        assert triggers == ["open", "recompute"]


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}]
import flowcase
from flowcase import recount
from flowcase.time import ManualClock
from tests.world import moment
recount.BATCH = 2
engine = flowcase.open_engine({url!r}, workflows=[{workflows!r}], calendars=[{calendars!r}],
    clock=ManualClock(moment("2020-01-28 09:00")))
for number, _ in enumerate(engine.recompute("town")):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_in_the_middle_and_run_again_each_case_is_moved_once(town: Town) -> None:
    cases = [town.without("2020").open("2020-01-20")]
    cases += [town.open("2020-01-20") for _ in range(7)]
    town.clock.move_to(moment("2020-01-28 09:00"))
    town.announced("2020")
    program = KILLED.format(
        root=str(Path(__file__).parent.parent),
        url=town.url,
        workflows=str(town.workflows),
        calendars=str(town.calendars),
    )
    done = subprocess.run([sys.executable, "-c", program], env=os.environ, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert town.engine is not None
    so_far = [case for case in cases if town.engine.case(case.id).revision == 2]
    assert len(so_far) == 4, "whole batches, and not all of them"
    town.recompute()
    for case in cases:
        assert [each.trigger for each in town.engine.history(case.id)] == ["open", "recompute"]
        assert town.engine.verify(case.id) is None
