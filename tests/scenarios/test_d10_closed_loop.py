"""D10: the loop is closed: at every step somebody is accountable and something will ring."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowcase.case import Case
from tests.scenarios.stories import REFUSAL, do, rated_one_star, with_the_mayor
from tests.world import COORDINATOR, MAYOR, OFFICE, PRINCIPAL, World


def waiting(city: World) -> Case:
    return do(city, city.open(), "ask_supplement", OFFICE, question="请补充红线图。")


def with_the_vice_mayor(city: World) -> Case:
    return do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")


@pytest.mark.parametrize(
    "state, owner, reach",
    [
        ("submitted", "@office", World.open),
        ("awaiting_supplement", "@office", waiting),
        ("coordinated", "li", World.coordinated),
        ("assigned", "bureau-land", World.assigned),
        ("escalated_to_vice_mayor", "chen", with_the_vice_mayor),
        ("escalated_to_mayor", "@mayor", with_the_mayor),
        ("closed", "section-industry", World.closed),
    ],
)
def test_in_every_state_somebody_is_accountable_and_a_clock_runs(
    city: World, state: str, owner: str, reach: Callable[[World], Case]
) -> None:
    case = reach(city)
    assert (case.state, case.owner) == (state, owner)
    assert case.wake_at is not None
    assert case.wake_at > city.clock.now()
    assert [each.id for each in city.engine.cases(owner=owner)] == [case.id]


def test_only_four_endings_are_the_end(city: World) -> None:
    endings = [
        do(city, city.closed(), "rate", PRINCIPAL, rating="5"),
        do(city, city.open(), "reject", OFFICE, **REFUSAL),
        do(city, city.open(), "withdraw", PRINCIPAL, reason="已解决。"),
    ]
    lapsing = waiting(city)
    city.tick("2022-08-10 00:00")
    endings.append(city.engine.case(lapsing.id))
    assert [case.state for case in endings] == ["verified", "rejected", "withdrawn", "lapsed"]
    for case in endings:
        assert case.finished
        assert (case.owner, case.wake_at, city.engine.available(case.id)) == (None, None, [])


def test_what_is_closed_is_not_withdrawn_but_rated(city: World) -> None:
    case = city.closed()
    assert city.refusal(case, "withdraw", PRINCIPAL, reason="不再需要。") == {"wrong_state"}


def test_everybody_who_worked_on_it_hears_of_a_withdrawal(city: World) -> None:
    case = city.assigned(co_handler="bureau-housing")
    do(city, case, "withdraw", PRINCIPAL, reason="已自行解决。")
    workers = {"@office", "section-industry", "li", "bureau-land", "bureau-housing"}
    assert set(city.engine.history(case.id)[-1].told) == workers
    case = with_the_mayor(city)
    do(city, case, "withdraw", PRINCIPAL, reason="已自行解决。")
    assert "@mayor" in city.engine.history(case.id)[-1].told


def test_the_record_of_a_whole_life_is_unbroken(city: World) -> None:
    case = rated_one_star(city, city.closed())
    city.tick("2022-08-05 00:00")
    case = do(city, case, "take_over", MAYOR, reason="重大事项。")
    assert city.engine.verify(case.id) is None
    revisions = [entry.revision for entry in city.engine.history(case.id)]
    assert revisions == list(range(1, len(revisions) + 1))
