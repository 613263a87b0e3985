"""The co-handler's part: its clocks, who may do what, who is told, what each act must say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.stories import Ring, do, due, end_of, local, phase, told
from tests.world import (
    CO_HANDLER,
    COORDINATION,
    COORDINATOR,
    EVERYBODY,
    LEAD,
    OFFICE,
    PRINCIPAL,
    World,
)

Reach = Callable[[World], Case]

WHY = {"reason": "不属本局职责。"}
RESULT = {"result": "住建部分已核实。"}

HOUSING, LAND, LI = "bureau-housing", "bureau-land", "li"


def part_of(city: World) -> Case:
    """The part of the housing bureau, of an appeal filed and assigned on Tuesday 26 July."""
    case = city.assigned(co_handler=HOUSING)
    (part,) = city.engine.children(case.id)
    return part


def accepted(city: World) -> Case:
    return do(city, part_of(city), "accept", CO_HANDLER)


def reported(city: World) -> Case:
    return do(city, accepted(city), "report", CO_HANDLER, **RESULT)


def returned(city: World) -> Case:
    return do(city, part_of(city), "return", CO_HANDLER, **WHY)


def approved(city: World) -> Case:
    return do(city, reported(city), "approve", LEAD)


def rings_of(city: World, part: Case, clock: str, count: int) -> list[Ring]:
    """The first rings of one clock of the part, whatever else rings meanwhile."""
    found: list[Ring] = []
    while len(found) < count:
        wakes = city.engine.case(part.id).wake_at
        assert wakes is not None, f"{clock} is silent"
        city.clock.move_to(wakes)
        found += [
            (local(wakes), ring.rung, set(ring.told))
            for ring in city.tick().rang
            if ring.case_id == part.id and ring.clock == clock
        ]
    return found


def three(told: set[str]) -> list[Ring]:
    """Due at the end of Wednesday 27 July, and again every working day."""
    return [
        ("2022-07-28 00:00", "due", told),
        ("2022-07-29 00:00", "repeat", told),
        ("2022-08-01 00:00", "repeat", told),
    ]


# -- clocks ----------------------------------------------------------------------------------------


def test_signing_rings_every_working_day_to_the_unit_and_the_lead_unit(city: World) -> None:
    assert rings_of(city, part_of(city), "signing", 3) == three({HOUSING, LAND})


def test_signing_starts_anew_for_the_unit_designated(city: World) -> None:
    part = returned(city)
    city.at("2022-07-28 16:00")
    part = do(city, part, "designate", COORDINATOR, unit_holding=HOUSING, reason="指定。")
    assert due(city, part, "signing") == end_of("2022-07-29")
    assert phase(city, part, "ruling") == "stopped"


def test_the_coordinator_rules_on_a_return_within_a_working_day(city: World) -> None:
    assert phase(city, part_of(city), "ruling") != "running"
    assert rings_of(city, returned(city), "ruling", 3) == three({LI})


def test_what_is_reported_is_read_within_a_working_day(city: World) -> None:
    assert rings_of(city, reported(city), "approval", 3) == three({LAND, LI})


def test_the_readers_time_is_not_the_units(city: World) -> None:
    part = reported(city)
    assert phase(city, part, "part") == "paused"
    part = do(city.at("2022-07-29 10:00"), part, "redo", LEAD, reason="缺少测绘图。")
    assert phase(city, part, "part") == "running"
    assert due(city, part, "part") == end_of("2022-08-03"), "the day that was named stays"


@pytest.mark.parametrize("complexity", ["general", "complex"])
def test_a_unit_called_in_late_has_one_working_day_and_no_more(
    city: World, complexity: str
) -> None:
    case = city.coordinated(complexity=complexity)
    case = do(city, case, "assign", COORDINATOR, lead=LAND)
    city.at("2022-08-09 16:00" if complexity == "general" else "2022-08-26 16:00")
    case = do(city, case, "add_co_handler", COORDINATOR, co_handler=HOUSING)
    (part,) = city.engine.children(case.id)
    assert due(city, part, "part") == end_of(
        "2022-08-10" if complexity == "general" else "2022-08-29"
    )


# -- who may do what -------------------------------------------------------------------------------

TABLE = [
    (
        part_of,
        {"wu": "accept return note", "wang": "note", "li": "designate withdraw note"},
    ),
    (accepted, {"wu": "report note", "wang": "note", "li": "designate withdraw note"}),
    (
        reported,
        {"wu": "note", "wang": "approve redo note", "li": "approve redo withdraw note"},
    ),
    (approved, {"wang": "redo", "li": "redo withdraw"}),
]


@pytest.mark.parametrize("reach, expected", TABLE, ids=[row[0].__name__ for row in TABLE])
def test_everybody_may_do_what_the_table_says_and_nothing_else(
    city: World, reach: Reach, expected: dict[str, str]
) -> None:
    part = reach(city)
    triggers = city.engine.library.current("department_task").workflow.document.triggers
    found = {
        actor.id: {each for each in triggers if city.engine.may(part.id, each, actor)}
        for actor in EVERYBODY
    }
    assert {who: what for who, what in found.items() if what} == {
        who: set(what.split()) for who, what in expected.items()
    }


# -- what is said, and who is told -----------------------------------------------------------------

AGAIN = {"unit_holding": HOUSING, "reason": "指定住建局。"}
#: Where, by whom, what is done giving what; who is told.
ACTS: list[tuple[Reach, str, Actor, dict[str, Any], set[str]]] = [
    (part_of, "accept", CO_HANDLER, {}, {LAND}),
    (part_of, "return", CO_HANDLER, WHY, {LI}),
    (returned, "designate", COORDINATOR, AGAIN, {HOUSING, LAND}),
    (accepted, "report", CO_HANDLER, RESULT, {LAND}),
    (reported, "approve", LEAD, {}, {HOUSING, LI}),
    (reported, "redo", LEAD, WHY, {HOUSING}),
    (part_of, "withdraw", COORDINATOR, WHY, {HOUSING, LAND}),
    (accepted, "note", LEAD, WHY, set()),
]


@pytest.mark.parametrize(
    "reach, trigger, actor, data, expected", ACTS, ids=[row[1] for row in ACTS]
)
def test_each_act_says_all_that_it_must_and_tells_whom_it_concerns(
    city: World,
    reach: Reach,
    trigger: str,
    actor: Actor,
    data: dict[str, Any],
    expected: set[str],
) -> None:
    part = reach(city)
    for left_out in data:
        rest = {name: value for name, value in data.items() if name != left_out}
        assert city.refusal(part, trigger, actor, **rest) == {"missing_data"}
    assert told(city, do(city, part, trigger, actor, **data)) == expected


def test_the_unit_is_told_that_its_part_ended_with_the_matter(city: World) -> None:
    case = city.assigned(co_handler=HOUSING)
    (part,) = city.engine.children(case.id)
    do(city, case, "withdraw", PRINCIPAL, reason="已解决。")
    ended = city.engine.case(part.id)
    assert (ended.state, told(city, ended)) == ("withdrawn", {HOUSING})


def test_texts_may_be_this_long_and_no_longer(city: World) -> None:
    part = part_of(city)
    long, longer = {"reason": "字" * 2000}, {"reason": "字" * 2001}
    assert city.refusal(part, "return", CO_HANDLER, **longer) == {"invalid_data"}
    do(city, part, "return", CO_HANDLER, **long)
    part = accepted(city)
    assert city.refusal(part, "report", CO_HANDLER, result="字" * 4001) == {"invalid_data"}
    do(city, part, "report", CO_HANDLER, result="字" * 4000)


def test_the_part_says_what_the_matter_says_however_long_that_is(city: World) -> None:
    case = city.open(subject="字" * 200, content="字" * 8000)
    case = do(city, case, "coordinate", OFFICE, **COORDINATION)
    case = do(city, case, "assign", COORDINATOR, lead=LAND, co_handler=HOUSING)
    (part,) = city.engine.children(case.id)
    fields = city.engine.fields(part.id)
    assert (len(fields["subject"]), len(fields["content"])) == (200, 8000)
