"""Figures of nine cases, against what was worked out by hand, and of none and of one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

import flowcase
from flowcase.reports.figures import RATES, Report
from flowcase.reports.survey import survey
from tests.reports.city import BEGIN, settle
from tests.scenarios.stories import changed_rules
from tests.world import World

#: For each rate: numerator, denominator, who is left out and why.
BY_HAND = {
    "response": (6, 7, {"waiting": 1, "ended_unanswered": 1}),
    "conclusion": (4, 7, {"not_handled": 2}),
    "solving": (3, 5, {"open": 2, "not_handled": 2}),
    "satisfaction": (2, 3, {"no_value": 2, "open": 2, "not_handled": 2}),
    "on_time": (3, 4, {"not_due": 3, "not_handled": 2}),
    "reopening": (1, 5, {"open": 2, "not_handled": 2}),
    "return": (1, 5, {"no_unit": 4}),
    "extension": (1, 9, {}),
    "elevation": (2, 9, {}),
}


def rates(report: Report) -> dict[str, tuple[int, int, dict[str, int]]]:
    """Return every rate as it is written by hand."""
    return {
        name: (rate.numerator, rate.denominator, {str(k): n for k, n in rate.excluded.items()})
        for name, rate in report.total.rates.items()
    }


def test_nine_cases_come_to_the_figures_worked_out_by_hand(world: World) -> None:
    cases = settle(world)
    report = survey(world.engine)
    total = report.total
    assert (total.cases, total.open, total.overdue, total.due_soon) == (9, 5, 1, 3)
    assert [each.case_id for each in report.overdue] == [cases["d"].id]
    assert {each.case_id for each in report.due_soon} == {cases[name].id for name in "bei"}
    assert rates(report) == BY_HAND
    response, handling = total.spreads["response_days"], total.spreads["handling_days"]
    assert response.days == ((0, 4), (1, 2))
    assert (response.mean, response.percentile(90)) == (Fraction(1, 3), 1)
    assert dict(response.excluded) == {"unanswered": 3}
    assert handling.days == ((2, 1), (4, 1), (12, 2))
    assert (handling.mean, handling.percentile(90), handling.percentile(50)) == (
        Fraction(30, 4),
        12,
        4,
    )
    assert dict(handling.excluded) == {"reopened": 1, "open": 2, "not_handled": 2}
    for rate in total.rates.values():
        assert rate.denominator + sum(rate.excluded.values()) == 9, "nobody is lost"


def test_figures_by_group_add_up_to_the_whole(world: World) -> None:
    settle(world)
    expected: dict[flowcase.reports.figures.By, dict[str | None, int]] = {
        "unit": {"bureau-housing": 1, "bureau-land": 4, None: 4},
        "tier": {"general": 7, "important": 2},
        "month": {"2022-07": 8, "2022-08": 1},
        "workflow": {"mayor_line": 9},
    }
    for by, counts in expected.items():
        report = survey(world.engine, by=by)
        assert [(each.key, each.figures.cases) for each in report.groups] == list(counts.items())
        for name in RATES:
            groups = [
                each.figures.rates[name] for each in report.groups if name in each.figures.rates
            ]
            whole = report.total.rates[name]
            assert sum(rate.numerator for rate in groups) == whole.numerator
            assert sum(rate.denominator for rate in groups) == whole.denominator


def test_a_period_begins_and_ends_with_local_days(world: World) -> None:
    world.at("2022-07-15 00:00").open()
    world.at("2022-07-15 23:59").open()
    world.at("2022-07-16 00:00").open()

    def filed(since: str | None = None, until: str | None = None) -> int:
        first, last = (each and date.fromisoformat(each) for each in (since, until))
        return survey(world.engine, since=first or None, until=last or None).total.cases

    assert filed() == 3
    assert filed("2022-07-15", "2022-07-15") == 2, "though it began on the 14th in UTC"
    assert filed(since="2022-07-16") == filed("2022-07-16", "2022-07-16") == 1
    assert filed(until="2022-07-14") == 0


def test_an_empty_period_divides_by_nothing(world: World) -> None:
    settle(world)
    report = survey(world.engine, since=date(2023, 1, 1), by="unit")
    assert (report.total.cases, report.groups, report.overdue) == (0, (), ())
    for rate in report.total.rates.values():
        assert (rate.value, rate.per_mille) == (None, None)
    for spread in report.total.spreads.values():
        assert (spread.count, spread.mean, spread.percentile(90)) == (0, None, None)


def test_one_case_alone(world: World) -> None:
    world.open()
    total = survey(world.engine, workflow="mayor_line").total
    assert (total.cases, total.open, total.overdue, total.due_soon) == (1, 1, 0, 1)
    assert (total.rates["response"].denominator, total.rates["response"].value) == (0, None)
    assert (total.rates["conclusion"].denominator, total.rates["conclusion"].per_mille) == (1, 0)


def test_what_is_due_soon_depends_on_how_soon(world: World) -> None:
    settle(world)
    assert survey(world.engine, soon_workdays=0).total.due_soon == 1, "b is to be rated today"
    assert survey(world.engine, soon_workdays=3).total.due_soon == 4, "and c on Thursday"


def test_what_a_document_does_not_define_is_not_reported(sqlite_url: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "workflows" / "mayor_line.toml").read_text("utf-8")
    begin = text.index("[report]")
    table = text[begin : text.index("\n\n", begin)]
    world = World(sqlite_url, BEGIN, workflows=[changed_rules(tmp_path / "rules", [(table, "")])])
    settle(world)
    total = survey(world.engine).total
    world.close()
    assert set(total.rates) == {"conclusion", "reopening", "extension", "elevation"}
    assert total.rates["conclusion"].numerator == 4, "without it, what is final is concluded"
    assert set(total.spreads) == {"response_days", "handling_days"} - {"response_days"}


def test_a_survey_refuses_what_cannot_be(world: World) -> None:
    with pytest.raises(flowcase.InvalidInput, match="before it begins"):
        survey(world.engine, since=date(2022, 8, 1), until=date(2022, 7, 1))
    with pytest.raises(flowcase.InvalidInput, match="unit, tier, month, workflow"):
        survey(world.engine, by="moon")  # type: ignore[arg-type]  # what a caller may do
    with pytest.raises(flowcase.InvalidInput, match="0 to 250"):
        survey(world.engine, soon_workdays=-1)
    with pytest.raises(flowcase.NotFound, match="mayor_line"):
        survey(world.engine, workflow="no_line")


def test_a_survey_writes_nothing(world: World) -> None:
    cases = settle(world)
    before = {name: world.engine.history(case.id) for name, case in cases.items()}
    survey(world.engine, by="unit")
    assert {name: world.engine.history(case.id) for name, case in cases.items()} == before
    assert {name: world.engine.case(case.id) for name, case in cases.items()} == cases
