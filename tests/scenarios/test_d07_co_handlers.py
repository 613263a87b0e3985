"""D7, D13, D17: each co-handler owes its part earlier, and the matter waits for it."""

from __future__ import annotations

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import CLOSING, do, due, end_of, phase, told
from tests.world import (
    CO_HANDLER,
    COORDINATOR,
    LEAD,
    OFFICE,
    OTHER_COORDINATOR,
    PRINCIPAL,
    VICE_MAYOR,
    World,
)

WHY = {"reason": "不属本局职责。"}


def with_a_part(city: World, **data: str) -> tuple[Case, Case]:
    """The appeal in the land bureau's hands, and the housing bureau's part of it."""
    case = city.assigned(co_handler="bureau-housing", **data)
    (part,) = city.engine.children(case.id)
    return case, part


def reported(city: World, part: Case) -> Case:
    """The housing bureau signs for its part and reports."""
    do(city, part, "accept", CO_HANDLER)
    return do(city, part, "report", CO_HANDLER, result="住建部分已核实。")


def now(city: World, case: Case) -> Case:
    return city.engine.case(case.id)


# -- the part itself -------------------------------------------------------------------------------


def test_each_co_handler_gets_a_part_with_its_own_owner_and_clock(city: World) -> None:
    case = city.assigned(co_handler=["bureau-housing"])
    case = do(city, case, "add_co_handler", COORDINATOR, co_handler="bureau-land")
    parts = city.engine.children(case.id)
    assert [(part.state, part.owner) for part in parts] == [
        ("assigned", "bureau-housing"),
        ("assigned", "bureau-land"),
    ]
    assert city.engine.fields(parts[0].id)["subject"] == "扩建厂房用地"
    assert "bureau-housing" in told(city, parts[0])


@pytest.mark.parametrize(
    "filed, complexity, part_due, matter_due",
    [
        ("2022-07-26 09:00", "general", "2022-08-03", "2022-08-09"),  # the 6th and the 10th day
        ("2022-09-23 09:00", "general", "2022-10-08", "2022-10-12"),  # a Saturday, made up
        ("2022-08-24 09:00", "complex", "2022-09-14", "2022-09-26"),  # eight days before a month
    ],
)
def test_the_part_is_due_on_the_sixth_of_ten_working_days(
    settle: Settle, filed: str, complexity: str, part_due: str, matter_due: str
) -> None:
    city = settle(filed)
    case = do(
        city,
        city.coordinated(complexity=complexity),
        "assign",
        COORDINATOR,
        lead="bureau-land",
        co_handler="bureau-housing",
    )
    (part,) = city.engine.children(case.id)
    assert due(city, part, "part") == end_of(part_due)
    assert due(city, case, "handling") == end_of(matter_due)


def test_a_co_handler_called_in_late_has_a_working_day_all_the_same(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-09 16:00")  # the last day of the matter
    case = do(city, case, "add_co_handler", COORDINATOR, co_handler="bureau-housing")
    (part,) = city.engine.children(case.id)
    assert due(city, part, "part") == end_of("2022-08-10")


def test_a_co_handler_returns_its_part_once_within_its_working_day(city: World) -> None:
    _, part = with_a_part(city)
    part = do(city, part, "return", CO_HANDLER, **WHY)
    assert (part.owner, phase(city, part, "ruling")) == ("bureau-housing", "running")
    assert "li" in told(city, part)
    assert city.refusal(part, "return", CO_HANDLER, **WHY) == {"times"}
    part = do(city, part, "designate", COORDINATOR, unit_holding="bureau-housing", reason="指定。")
    assert "unless" in city.refusal(part, "return", CO_HANDLER, **WHY)


def test_a_day_later_it_is_too_late_to_return_it(city: World) -> None:
    _, part = with_a_part(city)
    city.at("2022-07-28 00:00")
    assert city.refusal(part, "return", CO_HANDLER, **WHY) == {"when"}


def test_the_part_is_checked_by_the_lead_unit_and_done_again_if_it_will_not_do(
    city: World,
) -> None:
    _, part = with_a_part(city)
    part = reported(city, part)
    assert (part.state, part.owner) == ("reported", "bureau-land")
    part = do(city, part, "redo", LEAD, reason="缺少测绘图。")
    assert (part.state, part.owner) == ("accepted", "bureau-housing")
    assert "result" not in city.engine.fields(part.id)
    part = do(city, part, "report", CO_HANDLER, result="已补测绘图。")
    part = do(city, part, "approve", LEAD)
    assert (part.state, part.settled, part.owner) == ("approved", True, None)


def test_nobody_approves_his_own_part(city: World) -> None:
    case = city.assigned(co_handler="bureau-land")  # the lead unit helps itself
    (part,) = city.engine.children(case.id)
    do(city, part, "accept", LEAD)
    do(city, part, "report", LEAD, result="已办。")
    assert city.refusal(part, "approve", LEAD) == {"separation"}
    assert do(city, part, "approve", COORDINATOR).state == "approved"


# -- the part and the matter -----------------------------------------------------------------------


def test_the_matter_is_not_closed_before_every_part_is_approved(city: World) -> None:
    case, part = with_a_part(city)
    do(city, case, "report", LEAD, result="手续已办结。")
    assert city.refusal(case, "close", COORDINATOR, **CLOSING) == {"needs"}
    part = reported(city, part)
    assert city.refusal(case, "close", COORDINATOR, **CLOSING) == {"needs"}
    do(city, part, "approve", LEAD)
    assert do(city, case, "close", COORDINATOR, **CLOSING).state == "closed"


def test_without_that_need_it_would_be(settle: Settle) -> None:
    city = settle("2022-07-26 09:00", (', children = "settled" }', " }"))
    case, _ = with_a_part(city)
    do(city, case, "report", LEAD, result="手续已办结。")
    assert do(city, case, "close", COORDINATOR, **CLOSING).state == "closed"


def test_a_part_is_taken_up_again_while_the_matter_is_handled_but_not_once_it_is_closed(
    city: World,
) -> None:
    case, part = with_a_part(city)
    part = do(city, reported(city, part), "approve", LEAD)
    part = do(city, part, "redo", LEAD, reason="情况有变。")
    assert now(city, case).unsettled == 1
    do(city, part, "report", CO_HANDLER, result="重新核实。")
    do(city, part, "approve", LEAD)
    do(city, case, "report", LEAD, result="手续已办结。")
    do(city, case, "close", COORDINATOR, **CLOSING)
    assert city.refusal(part, "redo", LEAD, reason="情况又变。") == {"sealed"}


def test_after_one_star_the_parts_can_be_taken_up_again(city: World) -> None:
    case, part = with_a_part(city)
    do(city, reported(city, part), "approve", LEAD)
    do(city, case, "report", LEAD, result="手续已办结。")
    do(city, case, "close", COORDINATOR, **CLOSING)
    do(city, case, "rate", PRINCIPAL, rating="1", comment="没有解决。")
    assert do(city, part, "redo", LEAD, reason="企业不满意。").state == "accepted"
    do(city, case, "report", LEAD, result="再办。")
    assert city.refusal(case, "close", VICE_MAYOR, **CLOSING) == {"needs"}


def test_whoever_worked_on_a_part_does_not_close_the_matter(city: World) -> None:
    case, part = with_a_part(city)
    do(city, part, "accept", Actor("wang", unit="bureau-housing"))  # on loan to the housing bureau
    do(city, part, "report", CO_HANDLER, result="已核实。")
    sun = Actor("sun", unit="bureau-land")
    do(city, part, "approve", sun)
    do(city, case, "report", sun, result="手续已办结。")
    do(city, case, "hand_over_coordinator", OFFICE, coordinator="wang", reason="分工。")
    assert city.refusal(case, "close", Actor("wang"), **CLOSING) == {"separation"}


def test_a_part_that_is_late_is_told_before_the_matter_itself_is_late(city: World) -> None:
    case, part = with_a_part(city)
    do(city, part, "accept", CO_HANDLER)
    rings = []
    for day in ("2022-08-01", "2022-08-02", "2022-08-04", "2022-08-05"):
        report = city.tick(f"{day} 00:00")
        rings += [
            (day, ring.rung, set(ring.told)) for ring in report.rang if ring.case_id == part.id
        ]
    late = {"bureau-housing", "bureau-land", "li"}
    assert rings == [
        ("2022-08-02", "warn.0", {"bureau-housing"}),
        ("2022-08-04", "due", late),
        ("2022-08-05", "repeat", late),
    ]
    assert due(city, case, "handling") == end_of("2022-08-09")


def test_a_hand_over_of_the_lead_or_the_coordinator_reaches_the_parts(city: World) -> None:
    case, part = with_a_part(city)
    do(city, case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="分工。")
    assert now(city, part).participants()["overseer"] == "lin"
    reported(city, part)
    do(city, case, "designate", OTHER_COORDINATOR, lead="bureau-housing", reason="改主办。")
    assert now(city, part).owner == "bureau-housing", "who approves it now"
    assert city.refusal(part, "approve", LEAD) == {"role"}
    assert city.refusal(part, "approve", CO_HANDLER) == {"separation"}, "its own part"
    assert do(city, part, "approve", OTHER_COORDINATOR).state == "approved"


def test_a_part_handed_to_another_unit_makes_that_unit_a_co_handler(city: World) -> None:
    case, part = with_a_part(city)
    do(city, part, "designate", COORDINATOR, unit_holding="bureau-land", reason="职责所在。")
    assert now(city, case).participants()["co_handler"] == ["bureau-housing", "bureau-land"]
    assert len(city.engine.children(case.id)) == 1


def test_who_is_recused_from_the_matter_is_recused_from_its_parts(city: World) -> None:
    case, part = with_a_part(city)
    do(city, case, "recuse", OFFICE, recused="bureau-housing", reason="有利害关系。")
    assert now(city, part).owner == "@unit", "the desk takes it, so that nobody is missing"
    assert city.refusal(part, "accept", CO_HANDLER) == {"recused"}
    do(city, case, "recuse", OFFICE, recused="li", reason="有利害关系。")
    assert now(city, part).participants()["overseer"] == "@deputy_secretary_general"
    assert city.engine.verify(part.id) is None


@pytest.mark.parametrize("end", ["withdraw", "merge"])
def test_when_the_matter_ends_the_parts_end_with_it(city: World, end: str) -> None:
    case, part = with_a_part(city)
    if end == "withdraw":
        do(city, case, "withdraw", PRINCIPAL, reason="已自行解决。")
    else:
        do(city, case, "merge", OFFICE, merged_into=city.open().id, reason="重复。")
    part = now(city, part)
    assert (part.state, now(city, case).unsettled) == ("withdrawn", 0)
    assert "bureau-housing" in told(city, part)
    for each in (case, part):
        assert city.engine.verify(each.id) is None


def test_the_matter_climbs_though_a_part_is_open_and_the_part_goes_on(city: World) -> None:
    case, part = with_a_part(city)
    city.tick("2022-08-10 00:00")
    assert now(city, case).state == "escalated_to_vice_mayor"
    assert now(city, part).state == "assigned"
    do(city, reported(city, part), "approve", LEAD)
    do(city, case, "report", LEAD, result="手续已办结。")
    assert do(city, case, "close", VICE_MAYOR, **CLOSING).state == "closed"


def test_no_co_handler_is_called_in_before_there_is_a_lead_unit(city: World) -> None:
    case = city.open()
    case = do(city, case, "elevate", OFFICE, reason="重要。", sector="land")
    assert city.refusal(case, "add_co_handler", COORDINATOR, co_handler="bureau-land") == {"when"}


def test_without_not_by_a_unit_approves_its_own_part(settle: Settle) -> None:
    city = settle(
        "2022-07-26 09:00", ('by = ["approver", "overseer"]\nnot_by', 'by = ["approver"]\n#')
    )
    case = city.assigned(co_handler="bureau-land")
    (part,) = city.engine.children(case.id)
    do(city, part, "accept", LEAD)
    do(city, part, "report", LEAD, result="已办。")
    assert do(city, part, "approve", LEAD).state == "approved", "the control"
