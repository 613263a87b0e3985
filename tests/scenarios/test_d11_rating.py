"""D11: three clocks run, and closed is not verified: the enterprise rates, one star re-opens."""

from __future__ import annotations

import pytest

import flowcase
from tests.scenarios.stories import CLOSING, do, due, end_of, phase, rated_one_star, told
from tests.world import COORDINATOR, LEAD, MAYOR, PRINCIPAL, VICE_MAYOR, World, moment


def test_the_three_clocks_follow_each_other_and_show_working_days_left(city: World) -> None:
    calendar = flowcase.load_calendar("cn")
    case = city.open()
    signs = due(city, case, "triage")
    assert signs == end_of("2022-07-28")
    assert calendar.remaining_workdays(city.clock.now(), signs) == 2
    case = city.coordinated()
    assert phase(city, case, "triage") == "stopped"
    delivers = due(city, case, "handling")
    assert delivers is not None
    assert calendar.remaining_workdays(city.clock.now(), delivers) == 10
    assert calendar.remaining_workdays(moment("2022-08-08 09:00"), delivers) == 1
    case = city.closed()
    rates = due(city, case, "rating")
    assert rates == end_of("2022-08-02")
    assert calendar.remaining_workdays(city.clock.now(), rates) == 5
    assert phase(city, case, "handling") == "stopped"


@pytest.mark.parametrize("rating", ["2", "3", "4", "5"])
def test_two_stars_and_more_end_the_matter(city: World, rating: str) -> None:
    case = city.closed()
    assert not case.finished, "closed is not verified"
    case = do(city, case, "rate", PRINCIPAL, rating=rating, comment="收到。")
    assert (case.state, case.cycle) == ("verified", 1)
    assert told(city, case) == {"section-industry", "li", "bureau-land"}


@pytest.mark.parametrize("rating", ["0", "6", "1.5", 5])
def test_there_are_five_stars_and_no_others(city: World, rating: object) -> None:
    assert "invalid_data" in city.refusal(city.closed(), "rate", PRINCIPAL, rating=rating)


def test_one_star_says_why_and_re_opens_one_tier_higher(city: World) -> None:
    case = city.closed()
    assert city.refusal(case, "rate", PRINCIPAL, rating="1") == {"missing_data"}
    case = rated_one_star(city, case)
    assert (case.state, case.tier, case.owner, case.cycle) == (
        "escalated_to_vice_mayor",
        "important",
        "chen",
        2,
    )
    assert told(city, case) == {"section-industry", "li", "bureau-land", "chen"}


def test_re_opening_clears_the_result_so_that_the_old_one_cannot_be_closed_again(
    city: World,
) -> None:
    case = rated_one_star(city, city.closed())
    fields = case.fields()
    assert not {"result", "opinion", "outcome", "rating", "explanation"} & set(fields)
    assert fields["complexity"] == "general"
    assert city.refusal(case, "close", VICE_MAYOR, **CLOSING) == {"needs"}


def test_a_re_opened_matter_has_its_whole_term_again(city: World) -> None:
    case = city.closed()
    city.at("2022-08-01 16:00")
    case = rated_one_star(city, case)
    # 2-5, 8-12 and 15 August.
    assert due(city, case, "handling") == end_of("2022-08-15")
    assert due(city, case, "vice_mayor_term") == end_of("2022-08-15")
    calendar = flowcase.load_calendar("cn")
    assert calendar.remaining_workdays(city.clock.now(), end_of("2022-08-15")) == 10
    assert phase(city, case, "rating") == "not_started"


def test_a_re_opened_matter_is_not_reclassified_into_a_longer_term(city: World) -> None:
    case = rated_one_star(city, city.closed())
    assert city.refusal(case, "coordinate", VICE_MAYOR, complexity="complex") == {"when"}
    assert city.refusal(case, "reclassify", COORDINATOR, complexity="complex", reason="复杂。") == {
        "wrong_state"
    }


def test_one_star_after_the_vice_mayor_goes_to_the_mayor(city: World) -> None:
    case = rated_one_star(city, city.closed())
    case = do(city, case, "report", LEAD, result="再次办理。")
    case = do(city, case, "close", VICE_MAYOR, **CLOSING)
    case = rated_one_star(city, case)
    assert (case.state, case.tier, case.owner, case.cycle) == (
        "escalated_to_mayor",
        "major",
        "@mayor",
        3,
    )


def test_a_closing_that_nobody_rated_for_long_re_opens_at_the_top(city: World) -> None:
    case = city.closed()
    city.tick("2022-08-10 00:00")
    city.tick("2022-08-17 00:00")
    assert city.engine.case(case.id).tier == "major"
    case = rated_one_star(city, case)
    assert (case.state, case.cycle) == ("escalated_to_mayor", 2)


def test_what_the_mayor_has_explained_ends_with_the_rating_on_record(city: World) -> None:
    case = do(city, city.reported(), "take_over", MAYOR, reason="重大事项。")
    case = do(city, case, "close", MAYOR, **{**CLOSING, "explanation": "受上位规划所限。"})
    case = do(city, case, "rate", PRINCIPAL, rating="1")
    assert (case.state, case.fields()["rating"]) == ("verified", "1")


def test_what_the_mayor_has_not_explained_comes_back_to_him(city: World) -> None:
    case = do(city, city.reported(), "take_over", MAYOR, reason="重大事项。")
    case = rated_one_star(city, do(city, case, "close", MAYOR, **CLOSING))
    assert (case.state, case.tier, case.cycle) == ("escalated_to_mayor", "major", 2)


def test_from_the_third_cycle_on_the_mayor_explains(city: World) -> None:
    case = do(city, city.reported(), "take_over", MAYOR, reason="重大事项。")
    for cycle in (1, 2):
        assert case.cycle == cycle
        case = rated_one_star(city, do(city, case, "close", MAYOR, **CLOSING))
        case = do(city, case, "report", LEAD, result="再次办理。")
    assert city.refusal(case, "close", MAYOR, **CLOSING) == {"missing_data"}
    case = do(city, case, "close", MAYOR, **{**CLOSING, "explanation": "已尽力。"})
    case = rated_one_star(city, case)
    assert (case.state, case.cycle) == ("verified", 3), "no fourth cycle"


def test_only_the_mayor_explains(city: World) -> None:
    explained = {**CLOSING, "explanation": "受规划所限。"}
    assert city.refusal(city.reported(), "close", COORDINATOR, **explained) == {"unexpected_data"}
    case = do(city, city.reported(), "elevate", COORDINATOR, reason="重要事项。")
    assert city.refusal(case, "close", VICE_MAYOR, **explained) == {"unexpected_data"}
