"""Who is told, where everybody is somebody else: nobody hears of it by another name."""

from __future__ import annotations

from typing import Any

import pytest

import flowcase
from flowcase.case import Actor, Case
from tests.scenarios.stories import (
    CLOSING,
    appoint,
    do,
    rated_one_star,
    sleep,
    told,
    with_the_mayor,
)
from tests.scenarios.test_who_may_do_what import handed, with_vice_mayor
from tests.world import COORDINATOR, LEAD, MAYOR, OFFICE, VICE_MAYOR, World

WHY = {"reason": "理由如下。"}

#: The unit newly named, one that is newly to help; both the old lead unit and the new one hear.
ANEW = {"lead": "bureau-water", "co_handler": "bureau-power"}
BOTH = {"bureau-land", "bureau-water"}


@pytest.fixture
def units(city: World) -> World:
    """The city with two more units."""
    for unit in ANEW.values():
        appoint(city, unit, "unit")
    return city


@pytest.mark.parametrize(
    "reach, trigger, actor, data",
    [
        (handed, "designate", COORDINATOR, {**ANEW, **WHY}),
        (with_vice_mayor, "assign", VICE_MAYOR, ANEW),
    ],
    ids=["designate", "assign"],
)
def test_when_another_unit_is_named_all_units_and_the_section_are_told(
    units: World, reach: Any, trigger: str, actor: Actor, data: dict[str, Any]
) -> None:
    case: Case = do(units, reach(units), trigger, actor, **data)
    assert told(units, case) == BOTH | {"bureau-housing", "bureau-power", "section-industry"}


def test_a_suspension_is_told_to_those_who_decide_and_to_the_enterprise(city: World) -> None:
    case = city.assigned()
    case = do(city, case, "handling.ask_suspension", LEAD, review_on="2022-08-12", **WHY)
    assert told(city, case) == {"li", "@mayor", "DG-0001", "section-industry"}
    case = do(city, case, "handling.grant_suspension", COORDINATOR)
    assert told(city, case) == {"bureau-land", "DG-0001", "section-industry"}


def test_a_leader_is_told_when_the_matter_he_drives_is_due(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, **WHY)
    rings = [ring for ring in sleep(city, case, 5) if ring[1] == "handling.due"]
    assert rings == [
        (
            "2022-08-10 00:00",
            "handling.due",
            {"DG-0001", "section-industry", "li", "bureau-land", "chen"},
        )
    ]


def in_the_third_cycle(city: World) -> Case:
    """Rated one star twice after the mayor closed it, and reported for the third time."""
    case = with_the_mayor(city)
    for _ in range(2):
        case = do(city, case, "report", LEAD, result="已办理。")
        case = rated_one_star(city, do(city, case, "close", MAYOR, **CLOSING))
    return do(city, case, "report", LEAD, result="再次办理。")


def test_the_third_closing_is_the_mayors_he_explains_and_everybody_is_told(city: World) -> None:
    case = in_the_third_cycle(city)
    for actor in (COORDINATOR, VICE_MAYOR, LEAD):
        assert city.refusal(case, "close", actor, **CLOSING, explanation="说明。") >= {"role"}
    with pytest.raises(flowcase.Refused) as refused:
        do(city, case, "close", MAYOR)
    missing = {(each.code, each.about) for each in refused.value.reasons}
    assert missing == {("missing_data", each) for each in ("opinion", "outcome", "explanation")}
    case = do(city, case, "close", MAYOR, **CLOSING, explanation="受规划所限。")
    assert told(city, case) == {"DG-0001", "section-industry", "li", "bureau-land"}


@pytest.mark.parametrize("unit", ["bureau-land", "bureau-housing"])
def test_the_third_closing_is_not_his_whose_unit_did_the_work(city: World, unit: str) -> None:
    case = in_the_third_cycle(city)
    case = do(city, case, "add_co_handler", COORDINATOR, co_handler="bureau-housing")
    mayor = Actor("zhao", ["mayor"], unit)
    closing = {**CLOSING, "explanation": "受规划所限。"}
    assert "separation" in city.refusal(case, "close", mayor, **closing)


def test_a_recusal_is_told_to_whoever_is_responsible(city: World) -> None:
    case = do(city, handed(city), "recuse", OFFICE, recused="lin", **WHY)
    assert told(city, case) == {"bureau-land", "li", "section-industry"}
