"""Figures recomputed another way: from the raw rows, with none of the package's own reading."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from sqlalchemy import create_engine, text

from flowcase.reports.figures import RATES
from flowcase.reports.survey import survey
from tests.wandering import wander
from tests.world import CHINA, World

RULES = tomllib.loads(
    (Path(__file__).parents[2] / "workflows" / "mayor_line.toml").read_text(encoding="utf-8")
)
RESPONSE = {"coordinate", "ask_supplement", "reject", "elevate", "take_over"}
FINAL = {name for name, state in RULES["states"].items() if state.get("final")}

Row = dict[str, Any]


def rows(url: str, table: str, order: str) -> list[Row]:
    """Return the rows of a table as the database gives them."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}"))
        told = [dict(row) for row in found.mappings()]
    engine.dispose()
    return told


def at(value: Any) -> datetime:
    """Return a moment, however a database gives it."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC)


def workdays(begun: Any, ended: Any) -> int:
    """Count the working days after a day, up to another, with another library's calendar."""
    first: date = at(begun).astimezone(CHINA).date()
    last: date = at(ended).astimezone(CHINA).date()
    days = (first + timedelta(days=number + 1) for number in range((last - first).days))
    return sum(chinese_calendar.is_workday(day) for day in days)


class Life:
    """A case by its raw rows."""

    def __init__(self, case: Row, entries: list[Row], now: datetime) -> None:
        self.case, self.entries, self.now = case, entries, now
        self.body = json.loads(case["body"])
        self.changes = [json.loads(entry["changes"]) for entry in entries]
        self.open = case["finished_at"] is None
        self.conclusions = [
            number
            for number, entry in enumerate(entries)
            if entry["dest"] == "closed" and entry["source"] != "closed"
        ]
        after = (
            [entry["dest"] for entry in entries[self.conclusions[-1] :]] if self.conclusions else []
        )
        self.concluded = bool(after) and set(after) <= {"closed", *FINAL}
        self.answered = next((e for e in entries if e["trigger"] in RESPONSE), None)

    def late(self, clock: str) -> bool:
        """Whether a clock that counts is past its due moment now."""
        ledger = self.body.get(f"clocks.{clock}")
        if ledger is None or not self.open or "stopped" in ledger or "floor" in ledger:
            return False
        standing = bool(ledger.get("pauses")) and ledger["pauses"][-1][1] is None
        counts = self.case["state"] in RULES["clocks"][clock]["runs_in"] and not standing
        return counts and at(ledger["due"]) <= self.now

    def rang(self) -> bool:
        """Whether any due moment ever rang, or is past."""
        rungs = (json.loads(entry["rung"])["rung"] for entry in self.entries if entry["rung"])
        return "due" in rungs or any(self.late(clock) for clock in RULES["clocks"])

    def given(self, field: str) -> bool:
        """Whether a field was ever given."""
        told = (json.loads(entry["details"]) for entry in self.entries)
        return any(field in details for details in told)

    def in_time(self, number: int) -> bool:
        """Whether the entry was before the due moment then promised."""
        promised = [
            change["set"]["clocks.handling"]
            for change in self.changes[: number + 1]
            if "clocks.handling" in change["set"]
        ]
        return at(self.entries[number]["at"]) < at(promised[-1]["due"])


def fraction(
    lives: list[Life], among: Callable[[Life], bool], counted: Callable[[Life], bool]
) -> Any:
    """Return how many of which cases."""
    asked = [life for life in lives if among(life)]
    return sum(counted(life) for life in asked), len(asked)


def recount(lives: list[Life]) -> dict[str, Any]:
    """Return every rate, each as a sentence about a case."""
    triggers = {id(life): {entry["trigger"] for entry in life.entries} for life in lives}
    on_time = [all(life.in_time(n) for n in life.conclusions) for life in lives]
    late = dict(zip(map(id, lives), (not each for each in on_time), strict=True))
    return {
        "response": fraction(
            lives, lambda it: bool(it.answered) or it.rang(), lambda it: bool(it.answered)
        ),
        "conclusion": fraction(lives, lambda it: it.open or it.concluded, lambda it: it.concluded),
        "solving": fraction(
            lives,
            lambda it: it.given("outcome"),
            lambda it: it.body.get("fields.outcome") == "solved",
        ),
        "satisfaction": fraction(
            lives,
            lambda it: it.given("rating"),
            lambda it: it.body.get("fields.rating") in ("4", "5"),
        ),
        "on_time": fraction(
            lives,
            lambda it: late[id(it)] or it.concluded or it.late("handling"),
            lambda it: not late[id(it)] and it.concluded,
        ),
        "reopening": fraction(
            lives, lambda it: bool(it.conclusions), lambda it: it.body.get("cycle", 1) > 1
        ),
        "return": fraction(
            lives,
            lambda it: "participants.lead" in it.body,
            lambda it: "return" in triggers[id(it)],
        ),
        "extension": fraction(
            lives, lambda _: True, lambda it: "handling.grant_extension" in triggers[id(it)]
        ),
        "elevation": fraction(
            lives, lambda _: True, lambda it: it.case["tier"] != it.changes[0]["set"]["tier"]
        ),
    }


@pytest.mark.parametrize("seed", [3, 6])
def test_figures_are_what_the_raw_rows_say(seed: int, database_url: str) -> None:
    world = World(database_url)
    wander(world, seed, cases=40)
    report, now = survey(world.engine, workflow="mayor_line"), world.clock.now()
    world.close()
    entries: dict[str, list[Row]] = {}
    for entry in rows(database_url, "flowcase_history", "case_id, revision"):
        entries.setdefault(entry["case_id"], []).append(entry)
    cases = rows(database_url, "flowcase_case", "id")
    lives = [
        Life(case, entries[case["id"]], now) for case in cases if case["workflow"] == "mayor_line"
    ]
    total = report.total
    assert {name: (r.numerator, r.denominator) for name, r in total.rates.items()} == recount(lives)
    assert total.cases == len(lives) >= 40
    assert total.open == sum(life.open for life in lives)
    assert total.overdue == sum(any(map(life.late, RULES["clocks"])) for life in lives)
    expected = {
        "response_days": [
            workdays(life.case["opened_at"], life.answered["at"]) for life in lives if life.answered
        ],
        "handling_days": [
            workdays(life.case["opened_at"], life.entries[life.conclusions[-1]]["at"])
            for life in lives
            if life.concluded
        ],
    }
    for name, spread in total.spreads.items():
        days = sorted(expected[name])
        assert [day for day, cases in spread.days for _ in range(cases)] == days
        rank = next(n for n in range(1, len(days) + 1) if n * 10 >= len(days) * 9)
        assert spread.percentile(90) == days[rank - 1]
    said = {name for name, rate in total.rates.items() if 0 < rate.numerator < rate.denominator}
    assert said == set(RATES), "the control: the lives are wild enough to ask each rate something"
