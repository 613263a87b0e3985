"""D6: the section of the municipal office follows every matter throughout."""

from __future__ import annotations

import pytest

from flowcase.case import Actor
from tests.scenarios.stories import CLOSING, appoint, do, holder, rated_one_star, sleep, told
from tests.world import (
    COORDINATION,
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    SECTION,
    STRANGER,
    VICE_MAYOR,
    World,
)


def test_without_a_section_nothing_is_coordinated(city: World) -> None:
    without = {name: value for name, value in COORDINATION.items() if name != "section"}
    assert city.refusal(city.open(), "coordinate", OFFICE, **without) == {"missing_data"}


def test_the_section_hears_of_every_turn_a_matter_takes(city: World) -> None:
    case = city.coordinated()
    assert "section-industry" in told(city, case)
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    case = do(city, case, "return", LEAD, reason="不属本局职责。")
    assert "section-industry" in told(city, case)
    case = do(city, case, "designate", COORDINATOR, lead="bureau-housing", reason="指定。")
    assert "section-industry" in told(city, case)
    housing = Actor("wu", unit="bureau-housing")
    case = do(city, case, "report", housing, result="已办理。")
    assert "section-industry" in told(city, case)
    case = do(city, case, "send_back", COORDINATOR, reason="不完整。")
    assert "section-industry" in told(city, case)
    case = do(city, case, "elevate", COORDINATOR, reason="涉及多部门。")
    assert "section-industry" in told(city, case)
    case = do(city, case, "instruct", VICE_MAYOR, instruction="请加快办理。")
    assert "section-industry" in told(city, case)
    case = do(city, case, "report", housing, result="已办结。")
    case = do(city, case, "close", VICE_MAYOR, **CLOSING)
    assert "section-industry" in told(city, case)
    assert case.owner == "section-industry"
    case = rated_one_star(city, case)
    assert "section-industry" in told(city, case)
    assert all("section-industry" in who for _, _, who in sleep(city, case, 8))


@pytest.mark.parametrize("actor", [OFFICE, MAYOR])
def test_a_section_that_sleeps_is_replaced(city: World, actor: Actor) -> None:
    appoint(city, "section-trade", "office_section")
    case = do(
        city, city.closed(), "hand_over_section", actor, section="section-trade", reason="调整。"
    )
    assert (holder(case, "section"), case.owner) == ("section-trade", "section-trade")
    assert city.refusal(case, "call_back", SECTION, call_note="无人接听。") == {"role"}
    successor = Actor("pan", unit="section-trade")
    assert do(city, case, "call_back", successor, call_note="无人接听。").state == "closed"


def test_the_vice_mayor_who_hears_of_an_unanswered_closing_may_replace_the_section(
    city: World,
) -> None:
    appoint(city, "section-trade", "office_section")
    case = city.closed()
    city.tick("2022-08-10 00:00")
    assert "chen" in told(city, case)
    case = do(city, case, "hand_over_section", VICE_MAYOR, section="section-trade", reason="调整。")
    assert case.owner == "section-trade"


def test_a_stranger_follows_nothing(city: World) -> None:
    assert city.refusal(city.closed(), "call_back", STRANGER, call_note="无人接听。") == {"role"}


def test_a_matter_that_climbs_unread_gets_its_section_from_the_staff_list(city: World) -> None:
    known, unknown = city.open(sector="land"), city.open(sector="finance")
    city.tick("2022-08-10 00:00")
    assert holder(city.engine.case(known.id), "section") == "section-industry"
    assert holder(city.engine.case(unknown.id), "section") == "ma", "the intake desk's only clerk"
