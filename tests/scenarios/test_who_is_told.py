"""Who is told, where everybody is somebody else: nobody hears of it by another name."""

from __future__ import annotations

from typing import Any

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.stories import appoint, do, sleep, told
from tests.scenarios.test_who_may_do_what import handed, with_vice_mayor
from tests.world import COORDINATOR, LEAD, VICE_MAYOR, World

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
