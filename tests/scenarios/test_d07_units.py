"""D7: one lead unit, any number of co-handlers; they carry out what the leaders ask."""

from __future__ import annotations

from tests.scenarios.stories import do, holder, told
from tests.world import (
    CO_HANDLER,
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    SECTION,
    VICE_MAYOR,
    World,
)


def test_a_matter_has_one_lead_unit(city: World) -> None:
    case = city.coordinated()
    assert "missing_data" in city.refusal(case, "assign", COORDINATOR)
    assert "invalid_data" in city.refusal(
        case, "assign", COORDINATOR, lead=["bureau-land", "bureau-housing"]
    )
    assert city.refusal(case, "assign", COORDINATOR, lead="li") == {"not_in_role"}
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    assert (case.state, case.owner, holder(case, "lead")) == (
        "assigned",
        "bureau-land",
        "bureau-land",
    )


def test_any_number_of_units_help(city: World) -> None:
    case = city.assigned(co_handler=["bureau-housing"])
    assert told(city, case) == {"bureau-land", "bureau-housing"}
    case = do(city, case, "add_co_handler", COORDINATOR, co_handler="bureau-land")
    assert holder(case, "co_handler") == ["bureau-housing", "bureau-land"]
    assert city.refusal(case, "add_co_handler", LEAD, co_handler="bureau-housing") == {"role"}


def test_only_the_lead_unit_reports(city: World) -> None:
    case = city.assigned(co_handler="bureau-housing")
    for actor in (CO_HANDLER, COORDINATOR, SECTION, OFFICE):
        assert city.refusal(case, "report", actor, result="已办结。") == {"role"}
    case = do(city, case, "report", LEAD, result="已办结。")
    assert {"li", "section-industry"} <= told(city, case)


def test_what_a_leader_asks_reaches_everybody_who_works_on_it(city: World) -> None:
    case = city.assigned(co_handler="bureau-housing")
    # He has no part in it yet, so he is not even told that it is too early.
    assert city.refusal(case, "instruct", VICE_MAYOR, instruction="请加快。") == {"role"}
    case = do(city, case, "elevate", COORDINATOR, reason="跨部门。")
    case = do(city, case, "instruct", VICE_MAYOR, instruction="请一周内解决。")
    assert told(city, case) == {"bureau-land", "bureau-housing", "li", "section-industry"}
    assert city.engine.fields(case.id)["instruction"] == "请一周内解决。"
    case = do(city, case, "instruct", MAYOR, instruction="同意。")
    assert city.refusal(case, "instruct", COORDINATOR, instruction="请加快。") == {"role"}


def test_a_unit_that_takes_over_the_lead_reports_anew(city: World) -> None:
    case = city.reported()
    case = do(city, case, "designate", COORDINATOR, lead="bureau-housing", reason="职责调整。")
    closing = {"opinion": "同意。", "outcome": "solved"}
    assert city.refusal(case, "close", COORDINATOR, **closing) == {"needs"}
    case = do(city, case, "report", CO_HANDLER, result="住建局已办结。")
    assert do(city, case, "close", COORDINATOR, **closing).state == "closed"


def test_at_a_leader_too_a_new_lead_unit_reports_anew(city: World) -> None:
    case = do(city, city.reported(), "elevate", COORDINATOR, reason="跨部门。")
    case = do(city, case, "assign", VICE_MAYOR, lead="bureau-housing")
    closing = {"opinion": "同意。", "outcome": "solved"}
    assert city.refusal(case, "close", VICE_MAYOR, **closing) == {"needs"}
