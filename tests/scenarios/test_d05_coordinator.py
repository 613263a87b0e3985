"""D5: every matter has exactly one deputy secretary-general who coordinates it."""

from __future__ import annotations

import pytest

from flowcase.case import Actor
from tests.scenarios.stories import CLOSING, appoint, do, holder, told
from tests.world import (
    COORDINATION,
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    OTHER_COORDINATOR,
    SECTION,
    VICE_MAYOR,
    World,
)


def test_without_a_coordinator_nothing_is_coordinated(city: World) -> None:
    case = city.open()
    without = {name: value for name, value in COORDINATION.items() if name != "coordinator"}
    assert city.refusal(case, "coordinate", OFFICE, **without) == {"missing_data"}


def test_two_cannot_coordinate_one_matter(city: World) -> None:
    case = city.open()
    both = {**COORDINATION, "coordinator": ["li", "lin"]}
    assert city.refusal(case, "coordinate", OFFICE, **both) == {"invalid_data"}


def test_only_a_deputy_secretary_general_coordinates(city: World) -> None:
    case = city.open()
    for who in ("chen", "bureau-land", "stranger"):
        wrong = {**COORDINATION, "coordinator": who}
        assert city.refusal(case, "coordinate", OFFICE, **wrong) == {"not_in_role"}


def test_the_coordinator_is_accountable_until_a_unit_has_it(city: World) -> None:
    case = city.coordinated()
    assert case.owner == "li"
    assert told(city, case) == {"li", "section-industry", "DG-0001"}
    assert do(city, case, "assign", COORDINATOR, lead="bureau-land").owner == "bureau-land"


def test_handing_over_replaces_the_coordinator_and_says_why(city: World) -> None:
    case = city.coordinated()
    assert city.refusal(case, "hand_over_coordinator", OFFICE, coordinator="lin") == {
        "missing_data"
    }
    case = do(city, case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="分工调整。")
    assert (holder(case, "coordinator"), case.owner) == ("lin", "lin")
    assert told(city, case) == {"lin", "li", "section-industry"}
    assert city.refusal(case, "assign", COORDINATOR, lead="bureau-land") == {"role"}
    assert do(city, case, "assign", OTHER_COORDINATOR, lead="bureau-land").state == "assigned"


def test_only_the_office_and_the_mayor_hand_the_coordination_over(city: World) -> None:
    case = city.assigned()
    for actor in (COORDINATOR, LEAD, SECTION, VICE_MAYOR):
        assert city.refusal(
            case, "hand_over_coordinator", actor, coordinator="lin", reason="换人。"
        ) == {"role"}
    case = do(city, case, "hand_over_coordinator", MAYOR, coordinator="lin", reason="换人。")
    assert holder(case, "coordinator") == "lin"


def test_before_there_is_a_coordinator_there_is_nothing_to_hand_over(city: World) -> None:
    case = city.open()
    assert city.refusal(
        case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="换人。"
    ) == {"wrong_state"}


def test_a_matter_is_not_handed_to_somebody_recused_from_it(city: World) -> None:
    case = do(city, city.coordinated(), "recuse", OFFICE, recused="lin", reason="亲属任职。")
    assert city.refusal(
        case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="换人。"
    ) == {"recused"}


def test_the_desk_takes_over_from_a_coordinator_who_is_recused(city: World) -> None:
    case = do(city, city.coordinated(), "recuse", OFFICE, recused="li", reason="亲属任职。")
    assert holder(case, "coordinator") == case.owner == "@deputy_secretary_general"
    assert told(city, case) == {"@deputy_secretary_general", "section-industry"}
    recused = Actor("li", roles={"deputy_secretary_general"})
    assert city.refusal(case, "assign", recused, lead="bureau-land") == {"recused"}
    colleague = Actor("lin", roles={"deputy_secretary_general"})
    assert do(city, case, "assign", colleague, lead="bureau-land").state == "assigned"


@pytest.mark.parametrize("sector, coordinator", [("land", "li"), ("finance", "xu"), (None, "xu")])
def test_a_matter_that_climbs_unread_gets_its_coordinator_from_the_staff_list(
    city: World, sector: str | None, coordinator: str
) -> None:
    # Nobody coordinates "finance": the secretary-general does.
    case = city.open(**({"sector": sector} if sector else {}))
    city.tick("2022-08-10 00:00")
    case = city.engine.case(case.id)
    assert case.state == "escalated_to_vice_mayor"
    assert holder(case, "coordinator") == coordinator


def test_there_is_one_coordinator_at_every_step_of_a_life(city: World) -> None:
    case = city.reported()
    appoint(city, "guo", "deputy_secretary_general")
    for coordinator in ("lin", "guo", "li"):
        case = do(
            city, case, "hand_over_coordinator", OFFICE, coordinator=coordinator, reason="调整。"
        )
        assert holder(case, "coordinator") == coordinator
    assert do(city, case, "close", COORDINATOR, **CLOSING).state == "closed"
