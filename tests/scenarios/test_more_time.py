"""D14, D16: how much more time there may be, how often, and who may grant it."""

from __future__ import annotations

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.stories import do, due, end_of, with_the_mayor
from tests.world import (
    COORDINATION,
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    PRINCIPAL,
    SECTION,
    STRANGER,
    VICE_MAYOR,
    World,
)

WHY = {"reason": "等待法院裁定。"}
EXTENSION = {"workdays": 3, **WHY}
SUSPENSION = {"review_on": "2022-08-12", **WHY}


def with_the_vice_mayor(city: World) -> Case:
    return do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")


def test_ten_working_days_may_be_asked_for_and_no_more(city: World) -> None:
    case = city.assigned()
    for workdays in (0, 11):
        asked = {"workdays": workdays, **WHY}
        assert city.refusal(case, "handling.ask_extension", LEAD, **asked)
    case = do(city, case, "handling.ask_extension", LEAD, workdays=10, **WHY)
    case = do(city, case, "handling.grant_extension", COORDINATOR)
    assert due(city, case, "handling") == end_of("2022-08-23")


@pytest.mark.parametrize("kind, asked", [("extension", EXTENSION), ("suspension", SUSPENSION)])
def test_only_the_lead_unit_asks_and_says_why(
    city: World, kind: str, asked: dict[str, object]
) -> None:
    case = city.assigned(co_handler="bureau-housing")
    for actor in (OFFICE, SECTION, COORDINATOR, MAYOR, PRINCIPAL, STRANGER):
        assert "role" in city.refusal(case, f"handling.ask_{kind}", actor, **asked)
    assert city.refusal(case, f"handling.ask_{kind}", LEAD) == {"missing_data"}


@pytest.mark.parametrize("decider", [COORDINATOR, VICE_MAYOR, MAYOR], ids=lambda who: who.id)
@pytest.mark.parametrize("kind, asked", [("extension", EXTENSION), ("suspension", SUSPENSION)])
def test_the_coordinator_and_the_leaders_decide_and_nobody_else(
    city: World, kind: str, asked: dict[str, object], decider: Actor
) -> None:
    case = do(city, with_the_vice_mayor(city), f"handling.ask_{kind}", LEAD, **asked)
    for actor in (OFFICE, SECTION, PRINCIPAL, STRANGER):
        assert "role" in city.refusal(case, f"handling.grant_{kind}", actor)
    before = due(city, case, "handling")
    case = do(city, case, f"handling.grant_{kind}", decider)
    if kind == "extension":
        assert before == end_of("2022-08-09")
        assert due(city, case, "handling") == end_of("2022-08-12")


def test_a_matter_stands_once_in_a_cycle(city: World) -> None:
    case = do(city, city.assigned(), "handling.ask_suspension", LEAD, **SUSPENSION)
    case = do(city, case, "handling.grant_suspension", COORDINATOR)
    case = do(city.at("2022-07-29 09:00"), case, "handling.resume", COORDINATOR)
    assert city.refusal(case, "handling.ask_suspension", LEAD, **SUSPENSION) == {"times"}


def test_all_its_pauses_together_are_twenty_working_days(city: World) -> None:
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充用地红线图。")
    city.at("2022-08-02 09:00")  # it stood for five: 27-29 July, 1 and 2 August
    case = do(city, case, "supply", PRINCIPAL, supplement="已补充。")
    case = do(city, case, "coordinate", OFFICE, **COORDINATION)
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    longer = {"review_on": "2022-08-24", **WHY}
    assert city.refusal(case, "handling.ask_suspension", LEAD, **longer) == {"too_much"}
    do(city, case, "handling.ask_suspension", LEAD, review_on="2022-08-23", **WHY)


def test_a_leaders_term_follows_the_matters_when_it_is_extended(city: World) -> None:
    for case, clock in (
        (with_the_vice_mayor(city), "vice_mayor_term"),
        (with_the_mayor(city), "mayor_term"),
    ):
        asked = do(city, case, "handling.ask_extension", LEAD, **EXTENSION)
        granted = do(city, asked, "handling.grant_extension", MAYOR)
        assert due(city, granted, clock) == end_of("2022-08-12")
