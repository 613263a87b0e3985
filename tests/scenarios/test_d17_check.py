"""D17: who did the work does not close it; then the enterprise is asked, and called."""

from __future__ import annotations

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.stories import CLOSING, appoint, do, holder, parts_approved, sleep, told
from tests.world import (
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

CALL = {"call_note": "无人接听。"}


def hand_over(city: World, case: Case, who: str) -> Case:
    appoint(city, who, "deputy_secretary_general")
    return do(city, case, "hand_over_coordinator", OFFICE, coordinator=who, reason="分工调整。")


def test_closing_needs_a_result_an_opinion_and_an_outcome(city: World) -> None:
    case = city.assigned()
    assert city.refusal(case, "close", COORDINATOR, **CLOSING) == {"needs"}
    case = do(city, case, "report", LEAD, result="已办结。")
    assert "missing_data" in city.refusal(case, "close", COORDINATOR, opinion="同意。")
    assert "missing_data" in city.refusal(case, "close", COORDINATOR, outcome="solved")
    case = do(city, case, "close", COORDINATOR, **CLOSING)
    assert (case.state, case.owner) == ("closed", "section-industry")
    assert told(city, case) == {"DG-0001", "section-industry", "li", "bureau-land"}


def test_nobody_closes_but_the_coordinator(city: World) -> None:
    case = city.reported()
    for actor in (OFFICE, SECTION, VICE_MAYOR, MAYOR, PRINCIPAL, STRANGER):
        assert "role" in city.refusal(case, "close", actor, **CLOSING)
    assert city.refusal(case, "close", LEAD, **CLOSING) >= {"role", "separation"}


def test_a_lead_made_coordinator_does_not_close_his_own_work(city: World) -> None:
    case = hand_over(city, city.reported(), "wang")
    same_man = Actor("wang", unit="bureau-land")
    assert city.refusal(case, "close", same_man, **CLOSING) == {"separation"}


def test_nor_after_another_unit_has_become_the_lead(city: World) -> None:
    case = do(city, city.assigned(), "designate", COORDINATOR, lead="bureau-housing", reason="改。")
    case = do(city, case, "report", Actor("wu", unit="bureau-housing"), result="已办结。")
    case = hand_over(city, case, "wang")
    assert city.refusal(case, "close", Actor("wang", unit="bureau-land"), **CLOSING) == {
        "separation"
    }


def test_nor_after_he_has_left_the_unit_he_reported_for(city: World) -> None:
    case = hand_over(city, city.reported(), "wang")
    assert city.refusal(case, "close", Actor("wang"), **CLOSING) == {"separation"}


def test_nor_does_a_colleague_of_a_unit_that_helped(city: World) -> None:
    case = parts_approved(city, city.assigned(co_handler="bureau-housing"))
    case = do(city, case, "report", LEAD, result="已办结。")
    case = hand_over(city, case, "feng")
    assert city.refusal(case, "close", Actor("feng", unit="bureau-housing"), **CLOSING) == {
        "separation"
    }
    assert do(city, case, "close", Actor("feng", unit="elsewhere"), **CLOSING).state == "closed"


def test_nor_does_he_as_vice_mayor_or_mayor(city: World) -> None:
    case = do(city, city.reported(), "elevate", COORDINATOR, reason="重要事项。")
    appoint(city, "wang", "deputy_mayor")
    case = do(city, case, "hand_over_vice_mayor", OFFICE, vice_mayor="wang", reason="分工。")
    assert city.refusal(case, "close", Actor("wang", unit="bureau-land"), **CLOSING) == {
        "separation"
    }
    case = do(city, case, "take_over", MAYOR, reason="重大事项。")
    promoted = Actor("wang", roles={"mayor"})
    assert "separation" in city.refusal(case, "close", promoted, **CLOSING)


def test_a_result_that_does_not_stand_the_check_is_sent_back(city: World) -> None:
    assert city.refusal(city.assigned(), "send_back", COORDINATOR, reason="不完整。") == {"when"}
    case = do(city, city.reported(), "send_back", COORDINATOR, reason="不完整。")
    assert told(city, case) == {"bureau-land", "section-industry"}
    assert city.refusal(case, "close", COORDINATOR, **CLOSING) == {"needs"}
    case = do(city, case, "report", LEAD, result="已补充办理。")
    assert do(city, case, "close", COORDINATOR, **CLOSING).state == "closed"


@pytest.mark.parametrize("calls", [0, 1])
def test_no_reply_needs_two_documented_calls(city: World, calls: int) -> None:
    case = city.closed()
    for _ in range(calls):
        case = do(city, case, "call_back", SECTION, **CALL)
    city.at("2022-08-03 00:00")
    assert city.refusal(case, "conclude_no_reply", SECTION) == {"when"}


def test_no_reply_is_concluded_after_the_enterprises_own_time(city: World) -> None:
    case = city.closed()
    assert city.refusal(case, "call_back", SECTION) == {"missing_data"}
    case = do(city, case, "call_back", SECTION, **CALL)
    case = do(city.at("2022-08-02 10:00"), case, "call_back", SECTION, **CALL)
    city.at("2022-08-02 23:59")
    assert city.refusal(case, "conclude_no_reply", SECTION) == {"when"}
    city.at("2022-08-03 00:00")
    for actor in (COORDINATOR, OFFICE, LEAD, MAYOR):
        assert "role" in city.refusal(case, "conclude_no_reply", actor)
    case = do(city, case, "conclude_no_reply", SECTION)
    assert case.state == "verified"
    assert "rating" not in case.fields(), "no rating was given, and none is made up"
    assert told(city, case) == {"DG-0001", "li"}


def test_who_did_the_work_does_not_conclude_that_nobody_replied(city: World) -> None:
    case = city.closed()
    appoint(city, "wang", "office_section")
    case = do(city, case, "hand_over_section", OFFICE, section="wang", reason="分工。")
    assert city.refusal(case, "call_back", LEAD, **CALL) == {"separation"}
    city.at("2022-08-03 00:00")
    assert "separation" in city.refusal(case, "conclude_no_reply", LEAD)


def test_the_calls_of_one_cycle_do_not_count_in_the_next(city: World) -> None:
    case = city.closed()
    for _ in range(2):
        case = do(city, case, "call_back", SECTION, **CALL)
    case = do(city, case, "rate", PRINCIPAL, rating="1", comment="没有解决。")
    case = do(city, case, "report", LEAD, result="再次办理。")
    case = do(city, case, "close", VICE_MAYOR, **CLOSING)
    city.tick("2022-08-03 00:00")
    assert city.refusal(case, "conclude_no_reply", SECTION) == {"when"}


def test_late_but_before_the_conclusion_the_enterprise_may_still_rate(city: World) -> None:
    case = city.closed()
    city.tick("2022-08-20 09:00")
    assert do(city, case, "rate", PRINCIPAL, rating="5").state == "verified"


def test_a_closing_that_nobody_follows_up_climbs_to_the_mayor_and_goes_on_telling(
    city: World,
) -> None:
    case = city.closed()
    assert sleep(city, case, 5)[2:] == [
        ("2022-08-10 00:00", "verification.due", {"section-industry", "li", "chen"}),
        ("2022-08-17 00:00", "verification.repeat", {"section-industry", "li", "chen", "@mayor"}),
        ("2022-08-24 00:00", "verification.repeat", {"section-industry", "li", "chen", "@mayor"}),
    ]
    case = city.engine.case(case.id)
    assert (case.state, case.tier, case.owner) == ("closed", "major", "section-industry")
    assert holder(case, "vice_mayor") == "chen"
