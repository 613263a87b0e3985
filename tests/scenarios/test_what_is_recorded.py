"""What can be recorded of a matter: which words may be chosen, and how long a text may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import flowcase
from flowcase.case import Actor, Case
from tests.scenarios.stories import CLOSING, REFUSAL, do, rated_one_star
from tests.scenarios.test_d10_closed_loop import waiting
from tests.scenarios.test_who_may_do_what import (
    closed,
    handed,
    reported,
    with_mayor,
    with_vice_mayor,
)
from tests.world import (
    APPEAL,
    COORDINATION,
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
    World,
)

#: Where a word or text is given: how a matter gets there, the act, by whom, and what else it says.
Place = tuple[Callable[[World], Case], str, Actor, dict[str, Any]]

COORDINATE: Place = (World.open, "coordinate", OFFICE, dict(COORDINATION))
REJECT: Place = (World.open, "reject", OFFICE, REFUSAL)
CLOSE: Place = (reported, "close", COORDINATOR, CLOSING)
RATE: Place = (closed, "rate", PRINCIPAL, {"rating": "1", "comment": "没有解决。"})

FILED: dict[str, list[Any]] = {
    "kind": ["appeal", "suggestion"],
    "addressee": ["mayor", "vice_mayor"],
    "confidential": [True, False],
}
CHOSEN: list[tuple[str, str, Place]] = [
    (
        "sector",
        "industry technology land construction environment labour finance trade other",
        COORDINATE,
    ),
    ("complexity", "general complex", COORDINATE),
    ("refusal_ground", "other_track secret outside_city nothing_new not_admissible", REJECT),
    ("outcome", "solved partly explained", CLOSE),
    ("rating", "1 2 3 4 5", RATE),
]
WRITTEN: list[tuple[str, int, Place]] = [
    ("question", 2000, (World.open, "ask_supplement", OFFICE, {})),
    ("supplement", 8000, (waiting, "supply", PRINCIPAL, {})),
    ("where_to_go", 1000, REJECT),
    ("reason", 2000, REJECT),
    ("instruction", 2000, (World.coordinated, "assign", COORDINATOR, {"lead": "bureau-land"})),
    ("note", 2000, (handed, "note", LEAD, {})),
    ("result", 4000, (handed, "report", LEAD, {})),
    ("opinion", 2000, CLOSE),
    ("explanation", 4000, (with_mayor, "close", MAYOR, CLOSING)),
    ("comment", 2000, RATE),
    ("call_note", 1000, (closed, "call_back", SECTION, {})),
]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all rows of the tables: every row files a case of its own."""
    world = World(f"sqlite:///{tmp_path_factory.mktemp('records') / 'flowcase.db'}")
    yield world
    world.close()


def refusals(city: World, field: str, value: Any, place: Place) -> set[tuple[str, str]]:
    reach, trigger, actor, data = place
    verdict = city.engine.may(reach(city).id, trigger, actor, {**data, field: value})
    return {(each.code, each.about) for each in verdict.reasons}


@pytest.mark.parametrize("field, words, place", CHOSEN, ids=[row[0] for row in CHOSEN])
def test_each_of_these_words_may_be_chosen_and_no_other(
    city: World, field: str, words: str, place: Place
) -> None:
    for word in words.split():
        assert refusals(city, field, word, place) == set(), word
    assert refusals(city, field, "whatever", place) == {("invalid_data", field)}


@pytest.mark.parametrize("field, longest, place", WRITTEN, ids=[row[0] for row in WRITTEN])
def test_each_text_may_be_this_long_and_no_longer(
    city: World, field: str, longest: int, place: Place
) -> None:
    assert refusals(city, field, "字" * longest, place) == set()
    assert refusals(city, field, "字" * (longest + 1), place) == {("invalid_data", field)}


@pytest.mark.parametrize("field", FILED)
def test_what_a_filing_may_choose(city: World, field: str) -> None:
    for value in FILED[field]:
        assert city.engine.fields(city.open(**{field: value}).id)[field] == value


@pytest.mark.parametrize("field, longest", [("subject", 200), ("content", 8000), ("contact", 200)])
def test_each_text_of_a_filing_may_be_this_long_and_no_longer(
    city: World, field: str, longest: int
) -> None:
    assert city.open(**{field: "字" * longest}).state == "submitted"
    with pytest.raises(flowcase.Refused) as refused:
        city.engine.open(
            "mayor_line",
            party="DG-0001",
            actor=PRINCIPAL,
            data={**APPEAL, field: "字" * (longest + 1)},
        )
    assert [(each.code, each.about) for each in refused.value.reasons] == [("invalid_data", field)]


#: What puts the result aside: how a matter gets there, the act, by whom, and what it says.
ASIDE: list[Place] = [
    (reported, "designate", COORDINATOR, {"lead": "bureau-land", "reason": "再办。"}),
    (reported, "send_back", COORDINATOR, {"reason": "未附批复。"}),
    (with_vice_mayor, "assign", VICE_MAYOR, {"lead": "bureau-land"}),
    (with_vice_mayor, "send_back", VICE_MAYOR, {"reason": "未附批复。"}),
]


@pytest.mark.parametrize("place", ASIDE, ids=["designate", "send_back", "assign", "send_back"])
def test_whoever_is_asked_to_do_it_again_reports_anew(city: World, place: Place) -> None:
    reach, trigger, actor, data = place
    case = reach(city)
    assert "result" in case.fields()
    assert "result" not in do(city, case, trigger, actor, **data).fields()


def test_one_star_at_the_top_puts_aside_all_that_was_said_at_the_closing(city: World) -> None:
    case = do(city, with_mayor(city), "close", MAYOR, **CLOSING)
    said = {"result", "opinion", "outcome", "rating", "explanation"}
    assert said & set(case.fields()) >= {"outcome"}
    assert said.isdisjoint(rated_one_star(city, case).fields())
