"""D12: what is not admissible is refused with its ground, the reason, and where to go instead."""

from __future__ import annotations

import pytest

from tests.scenarios.stories import REFUSAL, do, told
from tests.world import COORDINATOR, LEAD, OFFICE, PRINCIPAL, SECTION, STRANGER, World


@pytest.mark.parametrize(
    "ground", ["other_track", "secret", "outside_city", "nothing_new", "not_admissible"]
)
def test_the_enterprise_learns_the_ground_the_reason_and_where_to_go(
    city: World, ground: str
) -> None:
    case = do(city, city.open(), "reject", OFFICE, **{**REFUSAL, "refusal_ground": ground})
    assert (case.state, case.finished) == ("rejected", True)
    assert told(city, case) == {"DG-0001"}
    assert city.engine.fields(case.id)["refusal_ground"] == ground
    assert city.engine.fields(case.id)["where_to_go"] == REFUSAL["where_to_go"]


@pytest.mark.parametrize("left_out", ["refusal_ground", "reason", "where_to_go"])
def test_a_refusal_without_any_of_them_is_none(city: World, left_out: str) -> None:
    given = {name: value for name, value in REFUSAL.items() if name != left_out}
    assert city.refusal(city.open(), "reject", OFFICE, **given) == {"missing_data"}


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_blank_reason_is_no_reason(city: World, reason: str) -> None:
    assert "invalid_data" in city.refusal(
        city.open(), "reject", OFFICE, **{**REFUSAL, "reason": reason}
    )


def test_a_ground_outside_the_list_is_none(city: World) -> None:
    assert city.refusal(
        city.open(), "reject", OFFICE, **{**REFUSAL, "refusal_ground": "inconvenient"}
    ) == {"invalid_data"}


def test_the_reception_and_the_coordinator_refuse_nobody_else(city: World) -> None:
    case = city.open()
    for actor in (COORDINATOR, SECTION, PRINCIPAL, STRANGER):
        assert city.refusal(case, "reject", actor, **REFUSAL) == {"role"}
    case = do(city, city.coordinated(), "reject", COORDINATOR, **REFUSAL)
    assert case.state == "rejected"
    assert told(city, case) == {"DG-0001", "section-industry", "li"}


def test_once_a_unit_has_it_it_is_handled_not_refused(city: World) -> None:
    case = city.assigned()
    for actor in (OFFICE, COORDINATOR, LEAD):
        assert city.refusal(case, "reject", actor, **REFUSAL) == {"wrong_state"}


def test_a_refusal_is_final(city: World) -> None:
    case = do(city, city.open(), "reject", OFFICE, **REFUSAL)
    assert city.refusal(case, "withdraw", PRINCIPAL, reason="不同意。") == {"wrong_state"}
    assert city.open(content="补充了新的事实。").state == "submitted", (
        "with new facts, a new filing"
    )
