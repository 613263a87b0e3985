"""D13: a unit returns a matter once, within its working day; clock and duty run on."""

from __future__ import annotations

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import do, due, end_of, holder, phase, told
from tests.world import CO_HANDLER, COORDINATOR, LEAD, OFFICE, World

WHY = {"reason": "不属本局职责。"}
LAND_AGAIN = {"lead": "bureau-land", "reason": "指定自然资源局主办。"}
HOUSING = {"lead": "bureau-housing", "reason": "改由住建局主办。"}


def returned(city: World) -> Case:
    return do(city, city.assigned(), "return", LEAD, **WHY)


def test_a_unit_may_return_until_midnight_of_its_working_day(city: World) -> None:
    case = city.assigned()  # on Tuesday 26 July
    assert due(city, case, "signing") == end_of("2022-07-27")
    city.at("2022-07-27 23:59")
    assert do(city, case, "return", LEAD, **WHY).state == "assigned"


def test_a_minute_later_it_is_too_late_though_nothing_has_rung_yet(city: World) -> None:
    case = city.assigned()
    city.at("2022-07-28 00:00")
    assert city.refusal(case, "return", LEAD, **WHY) == {"when"}


@pytest.mark.parametrize(
    "assigned, last_day",
    [
        ("2022-07-29 17:00", "2022-08-01"),  # Friday: Monday
        ("2022-09-09 09:00", "2022-09-13"),  # before the Mid-Autumn Festival
        ("2022-09-30 17:00", "2022-10-08"),  # before National Day: a Saturday, made up
    ],
)
def test_the_one_working_day_is_a_working_day(settle: Settle, assigned: str, last_day: str) -> None:
    city = settle(assigned)
    assert due(city, city.assigned(), "signing") == end_of(last_day)


def test_the_first_unit_stays_responsible_and_the_clock_runs_on(city: World) -> None:
    case = city.assigned()
    before = due(city, case, "handling")
    city.at("2022-07-27 10:00")
    case = do(city, case, "return", LEAD, **WHY)
    assert (case.state, case.owner, holder(case, "lead")) == (
        "assigned",
        "bureau-land",
        "bureau-land",
    )
    assert told(city, case) == {"li", "section-industry"}
    assert due(city, case, "handling") == before == end_of("2022-08-09")
    assert phase(city, case, "handling") == "running"
    assert due(city, case, "ruling") == end_of("2022-07-28")


def test_a_return_has_a_reason(city: World) -> None:
    assert city.refusal(city.assigned(), "return", LEAD) == {"missing_data"}


def test_only_the_lead_unit_returns(city: World) -> None:
    case = city.assigned(co_handler="bureau-housing")
    for actor in (CO_HANDLER, COORDINATOR, OFFICE):
        assert city.refusal(case, "return", actor, **WHY) == {"role"}


def test_nothing_is_returned_twice(city: World) -> None:
    assert city.refusal(returned(city), "return", LEAD, **WHY) == {"times", "when"}


def test_what_was_signed_for_is_not_returned(city: World) -> None:
    case = do(city, city.assigned(), "sign", LEAD)
    assert told(city, case) == {"li"}
    assert city.refusal(case, "return", LEAD, **WHY) == {"when"}


def test_signing_is_possible_late_but_not_twice(city: World) -> None:
    case = city.assigned()
    city.tick("2022-07-29 09:00")
    case = do(city, case, "sign", LEAD)
    assert phase(city, case, "signing") == "stopped"
    assert city.refusal(case, "sign", LEAD) == {"when"}


def test_the_unit_designated_does_not_return_it_again(city: World) -> None:
    case = do(city, returned(city), "designate", COORDINATOR, **HOUSING)
    assert (case.owner, holder(case, "lead")) == ("bureau-housing", "bureau-housing")
    assert told(city, case) == {"bureau-housing", "bureau-land", "section-industry"}
    housing = Actor("wu", unit="bureau-housing")
    assert city.refusal(case, "return", housing, **WHY) == {"times", "unless"}
    assert city.refusal(case, "return", LEAD, **WHY) >= {"role"}
    assert city.engine.may(case.id, "sign", housing)


def test_the_first_unit_may_be_designated_itself(city: World) -> None:
    case = do(city, returned(city), "designate", COORDINATOR, **LAND_AGAIN)
    assert case.owner == "bureau-land"
    assert phase(city, case, "ruling") == "stopped"
    assert city.refusal(case, "return", LEAD, **WHY) == {"times", "unless"}


def test_a_unit_that_got_it_by_designation_never_had_a_return(city: World) -> None:
    case = do(city, city.assigned(), "designate", COORDINATOR, **HOUSING)
    housing = Actor("wu", unit="bureau-housing")
    assert city.refusal(case, "return", housing, **WHY) == {"unless"}


def test_only_the_coordinator_designates_and_says_why(city: World) -> None:
    case = returned(city)
    for actor in (LEAD, OFFICE):
        assert city.refusal(case, "designate", actor, **HOUSING) == {"role"}
    assert city.refusal(case, "designate", COORDINATOR, lead="bureau-housing") == {"missing_data"}


def test_a_return_nobody_rules_on_does_not_stop_the_matter(city: World) -> None:
    case = returned(city)
    city.tick("2022-08-10 00:00")
    case = city.engine.case(case.id)
    assert (case.state, holder(case, "lead")) == ("escalated_to_vice_mayor", "bureau-land")
