"""D15: a supplement is asked for once, and the clocks stand; without it the appeal lapses."""

from __future__ import annotations

from flowcase.case import Case
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import do, due, end_of, phase, sleep, told
from tests.world import COORDINATION, OFFICE, PRINCIPAL, SECTION, World

QUESTION = {"question": "请补充用地红线图。"}
ANSWER = {"supplement": "红线图见附件。"}


def asked(city: World, at: str) -> Case:
    case = city.open()
    return do(city.at(at), case, "ask_supplement", OFFICE, **QUESTION)


def test_the_clocks_stand_still_while_the_enterprise_is_asked(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    assert told(city, case) == {"DG-0001"}
    assert {phase(city, case, clock) for clock in ("triage", "handling")} == {"paused"}
    case = do(city.at("2022-08-03 15:00"), case, "supply", PRINCIPAL, **ANSWER)
    assert told(city, case) == {"@office"}
    # Asked on day 1 (27 July); 28 and 29 July and 1-3 August are not counted; 4 August is day 2.
    assert due(city, case, "triage") == end_of("2022-08-04")
    assert due(city, case, "handling") == end_of("2022-08-16")


def test_only_working_days_are_added_for_a_pause_over_the_holiday(settle: Settle) -> None:
    city = settle("2022-09-26 09:00")
    case = asked(city, "2022-09-27 10:00")
    case = do(city.at("2022-10-10 09:00"), case, "supply", PRINCIPAL, **ANSWER)
    # Not counted: 28-30 September, 8-10 October. Day 2 is 11 October, day 10 is the 21st.
    assert due(city, case, "handling") == end_of("2022-10-21")


def test_a_month_is_pushed_back_by_the_days_of_the_pause(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    case = do(city.at("2022-08-03 15:00"), case, "supply", PRINCIPAL, **ANSWER)
    case = do(city, case, "coordinate", OFFICE, **{**COORDINATION, "complexity": "complex"})
    assert due(city, case, "handling") == end_of("2022-09-02"), "26 August and seven days"


def test_asked_and_answered_on_one_day_moves_nothing(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    case = do(city.at("2022-07-27 18:00"), case, "supply", PRINCIPAL, **ANSWER)
    assert due(city, case, "handling") == end_of("2022-08-09")


def test_it_is_asked_for_once(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    case = do(city, case, "supply", PRINCIPAL, **ANSWER)
    assert city.refusal(case, "ask_supplement", OFFICE, **QUESTION) == {"times"}


def test_the_question_is_put_and_only_the_reception_puts_it(city: World) -> None:
    case = city.open()
    assert city.refusal(case, "ask_supplement", OFFICE) == {"missing_data"}
    assert city.refusal(case, "ask_supplement", SECTION, **QUESTION) == {"role"}
    coordinated = city.coordinated()
    assert city.refusal(coordinated, "ask_supplement", OFFICE, **QUESTION) == {"wrong_state"}


def test_an_overdue_reception_is_not_stopped_by_a_question(city: World) -> None:
    case = city.open()
    city.at("2022-07-28 23:59")
    assert city.engine.may(case.id, "ask_supplement", OFFICE)
    city.at("2022-07-29 00:00")
    assert city.refusal(case, "ask_supplement", OFFICE, **QUESTION) == {"when"}
    city.at("2022-08-10 08:00")  # after an outage: overdue, and nothing has rung
    assert city.refusal(case, "ask_supplement", OFFICE, **QUESTION) == {"when"}


def test_an_answer_that_does_not_come_lets_the_appeal_lapse(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    # 28 and 29 July, 1-5 and 8-10 August; three working days before the 10th is the 5th.
    assert sleep(city, case, 9) == [
        ("2022-08-05 00:00", "supplement.warn.0", {"DG-0001"}),
        ("2022-08-11 00:00", "supplement.due", {"DG-0001", "@office"}),
    ]
    case = city.engine.case(case.id)
    assert (case.state, case.finished, case.tier) == ("lapsed", True, "general")


def test_an_answer_counts_as_long_as_the_appeal_has_not_lapsed(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    city.at("2022-08-11 08:00")  # the clock was not heard in the night
    assert do(city, case, "supply", PRINCIPAL, **ANSWER).state == "submitted"


def test_while_it_is_asked_for_the_enterprise_may_still_withdraw(city: World) -> None:
    case = asked(city, "2022-07-27 10:00")
    assert do(city, case, "withdraw", PRINCIPAL, reason="已解决。").state == "withdrawn"
