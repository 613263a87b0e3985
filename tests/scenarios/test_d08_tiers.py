"""D8: the vice mayor in charge drives important matters, the mayor individual major ones."""

from __future__ import annotations

import pytest

from tests.scenarios.stories import (
    CLOSING,
    REFUSAL,
    appoint,
    do,
    due,
    end_of,
    holder,
    told,
    with_the_mayor,
)
from tests.world import (
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
    World,
)


def test_an_important_matter_goes_to_the_vice_mayor_in_charge(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="涉及三个部门。")
    assert (case.state, case.tier, case.owner) == ("escalated_to_vice_mayor", "important", "chen")
    assert told(city, case) == {"chen", "section-industry", "li", "bureau-land", "DG-0001"}


@pytest.mark.parametrize("sector, leader", [("land", "chen"), ("finance", "he"), (None, "he")])
def test_where_no_vice_mayor_is_in_charge_the_executive_one_is(
    city: World, sector: str | None, leader: str
) -> None:
    case = city.open(**({"sector": sector} if sector else {}))
    case = do(city, case, "elevate", OFFICE, reason="重要事项。")
    assert (holder(case, "vice_mayor"), case.owner) == (leader, leader)


def test_where_two_vice_mayors_are_in_charge_the_executive_one_decides(city: World) -> None:
    appoint(city, "cai", "deputy_mayor", "land")
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert case.owner == "he"


def test_a_matter_is_handed_to_the_vice_mayor_it_belongs_to(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。", vice_mayor="cai")
    assert case.owner == "cai"
    case = do(city, case, "hand_over_vice_mayor", MAYOR, vice_mayor="chen", reason="分工。")
    assert case.owner == "chen"
    assert told(city, case) == {"chen", "cai", "section-industry"}


def test_a_major_matter_goes_to_the_mayor(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert city.refusal(case, "submit_to_mayor", COORDINATOR, reason="重大事项。") == {"role"}
    case = do(city, case, "submit_to_mayor", VICE_MAYOR, reason="重大事项。")
    assert (case.state, case.tier, case.owner) == ("escalated_to_mayor", "major", "@mayor")
    assert told(city, case) == {"@mayor", "section-industry", "li", "bureau-land", "DG-0001"}


def test_the_mayor_takes_over_what_he_chooses(city: World) -> None:
    case = city.open()
    assert city.refusal(case, "take_over", VICE_MAYOR, reason="重大事项。") == {"role"}
    case = do(city, case, "take_over", MAYOR, reason="重大事项。")
    assert (case.tier, case.owner) == ("major", "@mayor")
    assert holder(case, "coordinator") == "xu", (
        "nobody coordinated it yet: the staff list tells who"
    )


def test_units_sections_and_enterprises_do_not_elevate(city: World) -> None:
    case = city.assigned()
    for actor in (LEAD, SECTION, PRINCIPAL):
        assert city.refusal(case, "elevate", actor, reason="请提级。") == {"role"}


def test_at_a_leaders_tier_only_that_leader_closes(city: World) -> None:
    case = do(city, city.reported(), "elevate", COORDINATOR, reason="重要事项。")
    for actor in (COORDINATOR, MAYOR, OFFICE, LEAD):
        assert "role" in city.refusal(case, "close", actor, **CLOSING)
    case = do(city, case, "take_over", MAYOR, reason="重大事项。")
    for actor in (COORDINATOR, VICE_MAYOR, OFFICE):
        assert "role" in city.refusal(case, "close", actor, **CLOSING)
    assert do(city, case, "close", MAYOR, **CLOSING).state == "closed"


def test_the_tier_never_falls(city: World) -> None:
    case = with_the_mayor(city)
    case = do(city, case, "report", LEAD, result="已办结。")
    case = do(city, case, "close", MAYOR, **CLOSING)
    assert case.tier == "major"
    case = do(city, case, "rate", PRINCIPAL, rating="3")
    assert (case.state, case.tier) == ("verified", "major")


def test_elevating_does_not_lengthen_the_term_and_leaves_the_leader_five_days(
    city: World,
) -> None:
    early = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert due(city, early, "handling") == end_of("2022-08-09")
    assert due(city, early, "vice_mayor_term") == end_of("2022-08-09")
    late = do(city.at("2022-07-26 10:00"), city.assigned(), "note", OFFICE, note="备注")
    city.at("2022-08-08 10:00")
    late = do(city, late, "elevate", COORDINATOR, reason="重要事项。")
    assert due(city, late, "handling") == end_of("2022-08-09"), "the matter's own term stays"
    assert due(city, late, "vice_mayor_term") == end_of("2022-08-15"), "9, 10, 11, 12, 15 August"


def test_a_matter_elevated_unread_is_classified_once_while_there_is_time(city: World) -> None:
    case = do(city, city.open(sector="land"), "elevate", OFFICE, reason="重要事项。")
    assert city.refusal(case, "coordinate", LEAD, complexity="complex") == {"role"}
    case = do(city, case, "coordinate", VICE_MAYOR, complexity="complex", coordinator="lin")
    assert holder(case, "coordinator") == "lin"
    assert due(city, case, "handling") == end_of("2022-08-26")
    assert due(city, case, "vice_mayor_term") == end_of("2022-08-26"), "it follows the matter"
    assert city.refusal(case, "coordinate", VICE_MAYOR, complexity="general") == {"times"}


def test_what_climbed_because_it_was_late_is_not_given_a_longer_term(city: World) -> None:
    case = city.open()
    city.tick("2022-08-10 00:00")
    assert city.refusal(case, "coordinate", OFFICE, complexity="complex") == {"when"}
    assert due(city, case, "handling") == end_of("2022-08-09")


def test_a_leader_may_refuse_what_climbed_unread_until_a_unit_has_it(city: World) -> None:
    case = city.open(sector="land")
    city.tick("2022-08-10 00:00")
    assert city.refusal(case, "reject", OFFICE, **REFUSAL) == {"role"}
    assigned = do(city, case, "assign", VICE_MAYOR, lead="bureau-land")
    assert city.refusal(assigned, "reject", VICE_MAYOR, **REFUSAL) == {"when"}
    unread = city.open(sector="land")
    unread = do(city, unread, "elevate", OFFICE, reason="重要事项。")
    assert do(city, unread, "reject", VICE_MAYOR, **REFUSAL).state == "rejected"
    taken = do(city, city.open(), "take_over", MAYOR, reason="重大事项。")
    assert do(city, taken, "reject", MAYOR, **REFUSAL).state == "rejected"
