"""Who may do what in which state, giving what, and who is told: the rules as three tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import flowcase
from flowcase.case import Actor, Case
from tests.scenarios.stories import CLOSING, REFUSAL, do, parts_approved, rated_one_star, told
from tests.scenarios.test_d10_closed_loop import waiting
from tests.world import (
    COORDINATION,
    COORDINATOR,
    EVERYBODY,
    LEAD,
    MAYOR,
    OFFICE,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
    World,
)

WHY = {"reason": "理由如下。"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all rows of the tables: every row files a case of its own."""
    world = World(f"sqlite:///{tmp_path_factory.mktemp('tables') / 'flowcase.db'}")
    yield world
    world.close()


def handed(city: World) -> Case:
    return city.assigned(co_handler="bureau-housing")


def reported(city: World) -> Case:
    return do(city, parts_approved(city, handed(city)), "report", LEAD, result="已办结。")


def with_vice_mayor(city: World) -> Case:
    return do(city, reported(city), "elevate", COORDINATOR, **WHY)


def with_mayor(city: World) -> Case:
    return do(city, with_vice_mayor(city), "submit_to_mayor", VICE_MAYOR, **WHY)


def closed(city: World) -> Case:
    return do(city, reported(city), "close", COORDINATOR, **CLOSING)


def unread_with_vice_mayor(city: World) -> Case:
    return do(city, city.open(sector="land"), "elevate", OFFICE, **WHY)


def unread_with_mayor(city: World) -> Case:
    return do(city, city.open(sector="land"), "take_over", MAYOR, **WHY)


#: zhang files; ma receives; qian follows; li coordinates; wang leads; wu helps; chen is vice mayor
#: and zhao the mayor. Who is not named may do nothing.
TABLE: list[tuple[Callable[[World], Case], dict[str, str]]] = [
    (
        World.open,
        {
            "zhang": "withdraw",
            "ma": "coordinate reject ask_supplement merge elevate recuse note",
            "zhao": "take_over recuse note",
        },
    ),
    (
        waiting,
        {"zhang": "supply withdraw", "ma": "recuse note", "zhao": "recuse note"},
    ),
    (
        World.coordinated,
        {
            "zhang": "withdraw",
            "ma": "reject merge elevate hand_over_coordinator hand_over_section recuse note",
            "qian": "note",
            "li": "reject assign reclassify merge split_off elevate recuse note",
            "zhao": "take_over hand_over_coordinator hand_over_section recuse note",
        },
    ),
    (
        handed,
        {
            "zhang": "withdraw",
            "ma": "merge elevate hand_over_coordinator hand_over_section recuse note",
            "qian": "note",
            "li": "designate add_co_handler reclassify merge split_off elevate recuse note",
            "wang": "sign return report note",
            "wu": "note",
            "zhao": "take_over hand_over_coordinator hand_over_section recuse note",
        },
    ),
    (
        reported,
        {
            "zhang": "withdraw",
            "ma": "merge elevate hand_over_coordinator hand_over_section recuse note",
            "qian": "note",
            "li": "designate add_co_handler reclassify merge split_off send_back elevate close "
            "recuse note",
            "wang": "report note",
            "wu": "note",
            "zhao": "take_over hand_over_coordinator hand_over_section recuse note",
        },
    ),
    (
        with_vice_mayor,
        {
            "zhang": "withdraw",
            "ma": "hand_over_coordinator hand_over_section hand_over_vice_mayor recuse note",
            "qian": "note",
            "li": "assign add_co_handler split_off send_back recuse note",
            "wang": "report note",
            "wu": "note",
            "chen": "assign send_back submit_to_mayor instruct close hand_over_section recuse note",
            "zhao": "assign send_back take_over instruct hand_over_coordinator hand_over_section "
            "hand_over_vice_mayor recuse note",
        },
    ),
    (
        with_mayor,
        {
            "zhang": "withdraw",
            "ma": "hand_over_coordinator hand_over_section recuse note",
            "qian": "note",
            "li": "assign add_co_handler split_off send_back recuse note",
            "wang": "report note",
            "wu": "note",
            "chen": "assign send_back instruct hand_over_section recuse note",
            "zhao": "assign send_back instruct close hand_over_coordinator hand_over_section "
            "recuse note",
        },
    ),
    (
        closed,
        {
            "zhang": "rate",
            "ma": "hand_over_coordinator hand_over_section hand_over_vice_mayor recuse note",
            "qian": "call_back note",
            "li": "recuse note",
            "wang": "note",
            "wu": "note",
            "chen": "hand_over_section recuse note",
            "zhao": "hand_over_coordinator hand_over_section hand_over_vice_mayor recuse note",
        },
    ),
    (
        unread_with_vice_mayor,
        {
            "zhang": "withdraw",
            "ma": "coordinate hand_over_coordinator hand_over_section hand_over_vice_mayor "
            "recuse note",
            "qian": "note",
            "li": "assign split_off recuse note",
            "chen": "coordinate reject assign submit_to_mayor instruct hand_over_section "
            "recuse note",
            "zhao": "coordinate assign take_over instruct hand_over_coordinator "
            "hand_over_section hand_over_vice_mayor recuse note",
        },
    ),
    (
        unread_with_mayor,
        {
            "zhang": "withdraw",
            "ma": "coordinate hand_over_coordinator hand_over_section recuse note",
            "qian": "note",
            "li": "assign split_off recuse note",
            "zhao": "coordinate reject assign instruct hand_over_coordinator hand_over_section "
            "recuse note",
        },
    ),
]


@pytest.mark.parametrize("reach, expected", TABLE, ids=[reach.__name__ for reach, _ in TABLE])
def test_everybody_may_do_what_the_table_says_and_nothing_else(
    city: World, reach: Callable[[World], Case], expected: dict[str, str]
) -> None:
    case = reach(city)
    triggers = city.engine.library.current("mayor_line").workflow.document.triggers
    found = {
        actor.id: {each for each in triggers if city.engine.may(case.id, each, actor)}
        for actor in EVERYBODY
    }
    assert {who: what for who, what in found.items() if what} == {
        who: set(what.split()) for who, what in expected.items()
    }


#: What each trigger cannot do without: where, by whom, what is required.
REQUIRED: list[tuple[Callable[[World], Case], str, Actor, str]] = [
    (World.open, "coordinate", OFFICE, "coordinator section complexity sector"),
    (World.open, "reject", OFFICE, "refusal_ground reason where_to_go"),
    (World.open, "ask_supplement", OFFICE, "question"),
    (World.open, "withdraw", PRINCIPAL, "reason"),
    (World.open, "elevate", OFFICE, "reason"),
    (World.open, "take_over", MAYOR, "reason"),
    (World.open, "recuse", OFFICE, "recused reason"),
    (World.open, "merge", OFFICE, "merged_into reason"),
    (handed, "split_off", COORDINATOR, "part_subject part_content"),
    (World.open, "note", OFFICE, "note"),
    (waiting, "supply", PRINCIPAL, "supplement"),
    (World.coordinated, "reject", COORDINATOR, "refusal_ground reason where_to_go"),
    (World.coordinated, "assign", COORDINATOR, "lead"),
    (handed, "return", LEAD, "reason"),
    (handed, "designate", COORDINATOR, "lead reason"),
    (handed, "add_co_handler", COORDINATOR, "co_handler"),
    (handed, "reclassify", COORDINATOR, "complexity reason"),
    (handed, "report", LEAD, "result"),
    (reported, "send_back", COORDINATOR, "reason"),
    (reported, "close", COORDINATOR, "opinion outcome"),
    (with_vice_mayor, "close", VICE_MAYOR, "opinion outcome"),
    (with_vice_mayor, "assign", VICE_MAYOR, "lead"),
    (with_vice_mayor, "submit_to_mayor", VICE_MAYOR, "reason"),
    (with_vice_mayor, "instruct", VICE_MAYOR, "instruction"),
    (with_vice_mayor, "hand_over_vice_mayor", OFFICE, "vice_mayor reason"),
    (with_mayor, "close", MAYOR, "opinion outcome"),
    (with_mayor, "withdraw", PRINCIPAL, "reason"),
    (closed, "call_back", SECTION, "call_note"),
    (closed, "hand_over_coordinator", OFFICE, "coordinator reason"),
    (closed, "hand_over_section", OFFICE, "section reason"),
    (unread_with_vice_mayor, "coordinate", VICE_MAYOR, "complexity"),
    (unread_with_vice_mayor, "reject", VICE_MAYOR, "refusal_ground reason where_to_go"),
    (unread_with_mayor, "reject", MAYOR, "refusal_ground reason where_to_go"),
]


@pytest.mark.parametrize("reach, trigger, actor, required", REQUIRED)
def test_each_act_says_all_that_it_must_say(
    city: World, reach: Callable[[World], Case], trigger: str, actor: Actor, required: str
) -> None:
    case = reach(city)
    with pytest.raises(flowcase.Refused) as refused:
        city.engine.fire(case.id, trigger, actor, {})
    missing = {each.about for each in refused.value.reasons if each.code == "missing_data"}
    assert missing == set(required.split())


#: What may be given besides, and who is told: where, who does what, giving what.
HOUSING = {"lead": "bureau-housing", "co_handler": "bureau-land"}
HELP = {"co_handler": "bureau-housing"}
TOLD: list[tuple[Callable[[World], Case], str, Actor, dict[str, Any], str]] = [
    (World.open, "coordinate", OFFICE, dict(COORDINATION), "li section-industry DG-0001"),
    (World.open, "reject", OFFICE, REFUSAL, "DG-0001"),
    (World.open, "withdraw", PRINCIPAL, WHY, "@office"),
    (
        World.open,
        "elevate",
        OFFICE,
        {**WHY, "vice_mayor": "cai", "sector": "land"},
        "cai section-industry li DG-0001",
    ),
    (World.open, "take_over", MAYOR, WHY, "ma xu DG-0001"),
    (waiting, "supply", PRINCIPAL, {"supplement": "已补充。"}, "@office"),
    (World.coordinated, "reject", COORDINATOR, REFUSAL, "DG-0001 section-industry li"),
    (
        World.coordinated,
        "assign",
        COORDINATOR,
        {**HOUSING, "instruction": "请尽快。"},
        "bureau-housing bureau-land",
    ),
    (handed, "sign", LEAD, {}, "li"),
    (handed, "return", LEAD, WHY, "li section-industry"),
    (
        handed,
        "designate",
        COORDINATOR,
        {**HOUSING, **WHY},
        "bureau-housing bureau-land section-industry",
    ),
    (
        handed,
        "add_co_handler",
        COORDINATOR,
        {"co_handler": "bureau-housing"},
        "bureau-housing bureau-land",
    ),
    (
        handed,
        "reclassify",
        COORDINATOR,
        {"complexity": "complex", **WHY},
        "DG-0001 bureau-land section-industry",
    ),
    (handed, "report", LEAD, {"result": "已办结。"}, "li section-industry bureau-land"),
    (
        handed,
        "split_off",
        COORDINATOR,
        {"part_subject": "入学", "part_content": "子女入学。"},
        "DG-0001 section-industry @office",
    ),
    (handed, "elevate", COORDINATOR, WHY, "chen section-industry li bureau-land DG-0001"),
    (handed, "take_over", MAYOR, WHY, "section-industry li bureau-land DG-0001"),
    (reported, "send_back", COORDINATOR, WHY, "bureau-land section-industry"),
    (reported, "close", COORDINATOR, CLOSING, "DG-0001 section-industry li bureau-land"),
    (
        with_vice_mayor,
        "assign",
        COORDINATOR,
        {**HOUSING, "instruction": "请尽快。"},
        "bureau-housing bureau-land section-industry",
    ),
    (
        with_vice_mayor,
        "withdraw",
        PRINCIPAL,
        WHY,
        "@office section-industry li bureau-land bureau-housing chen",
    ),
    (
        with_vice_mayor,
        "instruct",
        VICE_MAYOR,
        {"instruction": "请尽快。"},
        "bureau-land bureau-housing li section-industry",
    ),
    (
        with_vice_mayor,
        "submit_to_mayor",
        VICE_MAYOR,
        WHY,
        "@mayor section-industry li bureau-land DG-0001",
    ),
    (
        with_vice_mayor,
        "take_over",
        MAYOR,
        WHY,
        "chen section-industry li bureau-land DG-0001",
    ),
    (with_vice_mayor, "report", LEAD, {"result": "已办结。"}, "li section-industry chen"),
    (with_vice_mayor, "close", VICE_MAYOR, CLOSING, "DG-0001 section-industry li bureau-land"),
    (
        with_mayor,
        "withdraw",
        PRINCIPAL,
        WHY,
        "@office section-industry li bureau-land bureau-housing chen @mayor",
    ),
    (with_mayor, "report", LEAD, {"result": "已办结。"}, "li section-industry @mayor"),
    (
        with_mayor,
        "close",
        MAYOR,
        {**CLOSING, "explanation": "受规划所限。"},
        "DG-0001 section-industry li bureau-land",
    ),
    (
        closed,
        "rate",
        PRINCIPAL,
        {"rating": "3", "comment": "尚可。"},
        "section-industry li bureau-land",
    ),
    (
        closed,
        "rate",
        PRINCIPAL,
        {"rating": "1", "comment": "没有解决。"},
        "section-industry li bureau-land chen",
    ),
    (closed, "call_back", SECTION, {"call_note": "无人接听。"}, ""),
    (
        closed,
        "hand_over_coordinator",
        OFFICE,
        {"coordinator": "lin", **WHY},
        "lin li section-industry bureau-land",
    ),
    (
        closed,
        "hand_over_section",
        OFFICE,
        {"section": "section-industry", **WHY},
        "li section-industry",
    ),
    (
        closed,
        "hand_over_vice_mayor",
        OFFICE,
        {"vice_mayor": "cai", **WHY},
        "cai chen section-industry",
    ),
    (closed, "recuse", OFFICE, {"recused": "lin", **WHY}, "section-industry li"),
    (closed, "note", OFFICE, {"note": "备注"}, ""),
    (
        unread_with_vice_mayor,
        "coordinate",
        OFFICE,
        {**COORDINATION, "coordinator": "lin", "sector": "other"},
        "lin li section-industry DG-0001",
    ),
    (unread_with_vice_mayor, "reject", VICE_MAYOR, REFUSAL, "DG-0001 section-industry li"),
    (with_vice_mayor, "send_back", VICE_MAYOR, WHY, "bureau-land section-industry"),
    (with_vice_mayor, "add_co_handler", COORDINATOR, HELP, "bureau-housing bureau-land"),
    (unread_with_mayor, "coordinate", MAYOR, dict(COORDINATION), "li section-industry DG-0001"),
    (unread_with_mayor, "reject", MAYOR, REFUSAL, "DG-0001 section-industry li"),
]


@pytest.mark.parametrize("reach, trigger, actor, data, expected", TOLD)
def test_each_act_tells_whom_it_concerns(
    city: World,
    reach: Callable[[World], Case],
    trigger: str,
    actor: Actor,
    data: dict[str, Any],
    expected: str,
) -> None:
    case = do(city, reach(city), trigger, actor, **data)
    assert told(city, case) == set(expected.split())
    given = city.engine.history(case.id)[-1].details
    assert set(given) == set(data), "all that was given is on record"


def test_a_matter_that_comes_back_to_the_mayor_is_told_to_him_and_the_unit(city: World) -> None:
    case = do(city, with_mayor(city), "close", MAYOR, **CLOSING)
    case = rated_one_star(city, case)
    assert told(city, case) == {"@mayor", "section-industry", "li", "bureau-land"}


def test_what_a_filing_may_say_besides_is_kept(city: World) -> None:
    case = city.open(sector="land", contact="0769-12345678", confidential=True)
    fields = city.engine.fields(case.id)
    assert (fields["sector"], fields["contact"], fields["confidential"]) == (
        "land",
        "0769-12345678",
        True,
    )


@pytest.mark.parametrize("part", ["lead", "co_handler"])
@pytest.mark.parametrize("leader", ["vice_mayor", "mayor"])
def test_no_leader_closes_what_his_own_unit_led_or_helped(
    city: World, part: str, leader: str
) -> None:
    unit = {"lead": "bureau-land", "co_handler": "bureau-housing"}[part]
    case = with_vice_mayor(city) if leader == "vice_mayor" else with_mayor(city)
    actor = Actor("chen", unit=unit) if leader == "vice_mayor" else Actor("zhao", ["mayor"], unit)
    assert "separation" in city.refusal(case, "close", actor, **CLOSING)
