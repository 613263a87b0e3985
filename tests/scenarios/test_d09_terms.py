"""D9: general matters in 10 working days, complex ones in a month; lateness blocks nothing."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Settle
from tests.scenarios.stories import CLOSING, do, due, end_of, local, sleep
from tests.world import COORDINATION, COORDINATOR, LEAD, OFFICE, PRINCIPAL, VICE_MAYOR, World

#: The same rules in force half a year earlier, for the Spring Festival of 2022.
EARLIER = ("from = 2022-07-15", "from = 2022-01-01")


@pytest.mark.parametrize(
    "filed, last_day",
    [
        ("2022-07-26 09:00", "2022-08-09"),  # 27-29 July, 1-5 and 8-9 August
        ("2022-07-30 09:00", "2022-08-12"),  # a Saturday: 1-5 and 8-12 August
        (
            "2022-08-29 23:59",
            "2022-09-13",
        ),  # the Mid-Autumn Festival of 10-12 September lies between
        (
            "2022-09-23 09:00",
            "2022-10-12",
        ),  # 26-30 September, 8 and 9 (make-up days), 10-12 October
        ("2022-09-30 00:00", "2022-10-19"),  # 8-14 October without a rest day, 17-19
        ("2022-12-20 09:00", "2023-01-04"),  # over New Year, by the notice of 2023
        (
            "2023-01-16 09:00",
            "2023-02-02",
        ),  # Spring Festival 2023: 17-20, 28 and 29 (make-up), 30 …
    ],
)
def test_a_general_matter_has_ten_working_days(settle: Settle, filed: str, last_day: str) -> None:
    city = settle(filed)
    assert due(city, city.coordinated(), "handling") == end_of(last_day)


@pytest.mark.parametrize(
    "filed, last_day",
    [
        ("2022-07-26 09:00", "2022-08-26"),  # the same day-number
        ("2022-08-24 09:00", "2022-09-26"),  # 24 September is a Saturday
        (
            "2022-09-01 09:00",
            "2022-10-08",
        ),  # 1 October is a holiday; 8 October, a Saturday, is worked
        ("2022-10-31 09:00", "2022-11-30"),  # November has no 31st
    ],
)
def test_a_complex_matter_has_one_month(settle: Settle, filed: str, last_day: str) -> None:
    city = settle(filed)
    assert due(city, city.coordinated(complexity="complex"), "handling") == end_of(last_day)


@pytest.mark.parametrize(
    "filed, complexity, last_day",
    [
        ("2022-01-20 09:00", "general", "2022-02-08"),  # 29 and 30 January are worked
        ("2022-01-05 09:00", "complex", "2022-02-07"),  # 5 February lies in the festival
        (
            "2022-01-31 09:00",
            "complex",
            "2022-02-28",
        ),  # filed on the eve; February ends on the 28th
    ],
)
def test_the_terms_hold_across_the_spring_festival_of_2022(
    settle: Settle, filed: str, complexity: str, last_day: str
) -> None:
    city = settle(filed, EARLIER)
    assert due(city, city.coordinated(complexity=complexity), "handling") == end_of(last_day)


def test_the_term_runs_from_the_filing_not_from_the_coordination(city: World) -> None:
    case = city.open()
    assert due(city, case, "handling") == end_of("2022-08-09"), "until it is classified: general"
    city.at("2022-07-28 16:00")
    case = do(city, case, "coordinate", OFFICE, **{**COORDINATION, "complexity": "complex"})
    assert due(city, case, "handling") == end_of("2022-08-26")


def test_the_explanation_names_the_days_that_were_counted(settle: Settle) -> None:
    city = settle("2022-09-23 09:00")
    days = city.engine.explain(city.coordinated().id, "handling").days
    made_up = [day.date.isoformat() for day in days if day.kind == "makeup"]
    holidays = [day.date.isoformat() for day in days if day.kind == "holiday"]
    assert made_up == ["2022-10-08", "2022-10-09"]
    assert holidays == [f"2022-10-0{number}" for number in range(1, 8)]
    assert days[-1].count == 10


def test_late_does_not_keep_anybody_from_finishing_and_finishing_does_not_erase_it(
    city: World,
) -> None:
    case = city.coordinated()
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    city.tick("2022-08-10 00:00")
    city.at("2022-08-12 15:00")
    case = do(city, case, "report", LEAD, result="迟了三天，已办结。")
    case = do(city, case, "close", VICE_MAYOR, **CLOSING)
    case = do(city, case, "rate", PRINCIPAL, rating="4")
    assert case.state == "verified"
    rings = [entry for entry in city.engine.history(case.id) if entry.rung]
    assert ("handling", "due") in [
        (entry.rung["clock"], entry.rung["rung"]) for entry in rings if entry.rung
    ]
    closed_at = next(e.at for e in city.engine.history(case.id) if e.trigger == "close")
    last_moment = due(city, case, "handling")
    assert last_moment == end_of("2022-08-09")
    assert local(closed_at) == "2022-08-12 15:00", "three days late, for good"


def test_a_matter_that_is_overdue_before_the_clock_was_heard_can_be_finished_too(
    city: World,
) -> None:
    case = city.assigned()
    city.at("2022-08-10 08:30")  # overdue since midnight; nothing has rung yet
    assert [each.id for each in city.engine.cases(overdue=True)] == [case.id]
    case = do(city, case, "report", LEAD, result="已办结。")
    case = do(city, case, "close", COORDINATOR, **CLOSING)
    assert case.state == "closed"
    assert due(city, case, "handling") == end_of("2022-08-09")


def test_an_overdue_matter_stays_on_the_list_until_it_is_closed(city: World) -> None:
    case = city.assigned()
    sleep(city, case, 4)
    assert local(city.clock.now()) >= "2022-08-01 00:00"
    city.tick("2022-08-10 00:00")
    assert [each.id for each in city.engine.cases(overdue=True)] == [case.id]
    case = do(city, case, "report", LEAD, result="已办结。")
    do(city, case, "close", VICE_MAYOR, **CLOSING)
    assert city.engine.cases(overdue=True).cases == ()


def test_the_coordinator_reclassifies_once_and_the_enterprise_is_told(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-01 09:00")
    for actor in (LEAD, OFFICE, PRINCIPAL):
        assert city.refusal(
            case, "reclassify", actor, complexity="complex", reason="涉及规划调整。"
        ) == {"role"}
    assert city.refusal(case, "reclassify", COORDINATOR, complexity="complex") == {"missing_data"}
    case = do(city, case, "reclassify", COORDINATOR, complexity="complex", reason="涉及规划调整。")
    assert due(city, case, "handling") == end_of("2022-08-26")
    last = city.engine.history(case.id)[-1]
    assert set(last.told) == {"DG-0001", "bureau-land", "section-industry"}
    assert city.refusal(case, "reclassify", COORDINATOR, complexity="general", reason="误判。") == {
        "times"
    }


def test_a_matter_found_to_be_simple_is_not_overdue_at_once(city: World) -> None:
    case = city.coordinated(complexity="complex")
    city.at("2022-08-15 09:00")  # ten working days were over on 9 August
    case = do(city, case, "reclassify", COORDINATOR, complexity="general", reason="并不复杂。")
    assert due(city, case, "handling") == end_of("2022-08-16"), "the next working day"


def test_what_is_overdue_cannot_be_reclassified_into_being_in_time(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-09 23:59")
    assert city.engine.may(case.id, "reclassify", COORDINATOR)
    city.at("2022-08-10 00:00")  # not yet rung: the moment itself is what counts
    assert city.refusal(
        case, "reclassify", COORDINATOR, complexity="complex", reason="请延长。"
    ) == {"when"}
    assert due(city, case, "handling") == end_of("2022-08-09")
    city.tick()
    assert city.refusal(
        case, "reclassify", COORDINATOR, complexity="complex", reason="请延长。"
    ) == {"wrong_state"}
