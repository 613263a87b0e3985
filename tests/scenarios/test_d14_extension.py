"""D14: more time is asked in time, once, for a definite length, and decided by somebody above."""

from __future__ import annotations

from tests.scenarios.conftest import Settle
from tests.scenarios.stories import do, due, end_of, told
from tests.world import COORDINATOR, LEAD, MAYOR, OFFICE, OTHER_COORDINATOR, World

WHY = {"reason": "须等省级批复。"}


def test_the_lead_asks_the_coordinator_grants_and_the_enterprise_is_told(city: World) -> None:
    case = city.assigned()
    assert due(city, case, "handling") == end_of("2022-08-09")
    case = do(city.at("2022-08-05 10:00"), case, "handling.ask_extension", LEAD, workdays=5, **WHY)
    assert due(city, case, "handling") == end_of("2022-08-09"), "asking alone gives no time"
    assert told(city, case) == {"li", "@mayor", "DG-0001", "section-industry"}
    case = do(city.at("2022-08-08 09:00"), case, "handling.grant_extension", COORDINATOR)
    assert due(city, case, "handling") == end_of("2022-08-16")
    assert told(city, case) == {"bureau-land", "DG-0001", "section-industry"}


def test_less_than_was_asked_may_be_granted_across_the_october_holiday(settle: Settle) -> None:
    city = settle("2022-09-23 09:00")
    case = city.assigned()
    assert due(city, case, "handling") == end_of("2022-10-12")
    case = do(city, case, "handling.ask_extension", LEAD, workdays=10, **WHY)
    case = do(city, case, "handling.grant_extension", COORDINATOR, workdays=2)
    assert due(city, case, "handling") == end_of("2022-10-14")


def test_a_month_is_extended_by_working_days_after_its_last_one(settle: Settle) -> None:
    city = settle("2022-08-24 09:00")
    case = city.coordinated(complexity="complex")
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    assert due(city, case, "handling") == end_of("2022-09-26")
    case = do(city, case, "handling.ask_extension", LEAD, workdays=3, **WHY)
    case = do(city, case, "handling.grant_extension", COORDINATOR)
    assert due(city, case, "handling") == end_of("2022-09-29")
    days = city.engine.explain(case.id, "handling").days
    assert [day.date.day for day in days if day.kind == "extended"] == [27, 28, 29]


def test_it_is_asked_at_the_latest_one_working_day_before_the_last_day(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-09 00:00")
    asked = {"workdays": 5, **WHY}
    assert city.refusal(case, "handling.ask_extension", LEAD, **asked) == {"too_late"}
    do(city.at("2022-08-08 23:59"), case, "handling.ask_extension", LEAD, **asked)


def test_it_is_granted_once(city: World) -> None:
    case = city.assigned()
    case = do(city, case, "handling.ask_extension", LEAD, workdays=1, **WHY)
    case = do(city, case, "handling.grant_extension", COORDINATOR)
    again = {"workdays": 1, **WHY}
    assert city.refusal(case, "handling.ask_extension", LEAD, **again) == {"times"}


def test_an_undecided_request_lapses_when_the_matter_is_due_and_it_climbs(city: World) -> None:
    case = city.assigned()
    case = do(city.at("2022-08-05 10:00"), case, "handling.ask_extension", LEAD, workdays=5, **WHY)
    city.tick("2022-08-10 00:00")
    case = city.engine.case(case.id)
    assert case.state == "escalated_to_vice_mayor"
    assert city.refusal(case, "handling.grant_extension", MAYOR) == {"request"}


def test_who_worked_on_it_does_not_decide_it_when_he_is_made_coordinator(city: World) -> None:
    case = city.assigned()
    case = do(city, case, "handling.ask_extension", LEAD, workdays=5, **WHY)
    case = do(city, case, "hand_over_coordinator", OFFICE, coordinator="wang", reason="调整")
    assert "separation" in city.refusal(case, "handling.grant_extension", LEAD)
    assert "role" in city.refusal(case, "handling.grant_extension", OTHER_COORDINATOR)
