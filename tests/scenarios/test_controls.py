"""Controls: each feared rule is taken out of the document, and what it forbids becomes possible.

So the refusals of the other scenarios are refusals of these rules, and of nothing else.
"""

from __future__ import annotations

import pytest

import flowcase
from flowcase.case import Actor
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import CLOSING, REFUSAL, do, due, end_of, rated_one_star, rule, sleep
from tests.world import (
    COORDINATOR,
    LEAD,
    MAYOR,
    OFFICE,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
    World,
    moment,
)

FILED = "2022-07-26 09:00"
WHY = {"reason": "不属本局职责。"}
WANG = Actor("wang", unit="bureau-land")


def with_wang_as_coordinator(city: World) -> str:
    case = do(
        city, city.reported(), "hand_over_coordinator", OFFICE, coordinator="wang", reason="分工。"
    )
    return case.id


@pytest.fixture(params=["as it is", "changed"])
def changed(request: pytest.FixtureRequest) -> bool:
    """Tell the story twice: under the rule, and under a document that lacks it."""
    return bool(request.param == "changed")


def test_without_not_by_a_lead_made_coordinator_closes_his_own_work(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("close", 'by = ["coordinator"]', without='not_by = ["lead", "co_handler"]\n')
    city = settle(FILED, *([dropped] if changed else []))
    case = city.engine.case(with_wang_as_coordinator(city))
    assert city.engine.may(case.id, "close", WANG, CLOSING).ok is changed


def test_without_needs_a_matter_is_closed_without_a_result(settle: Settle, changed: bool) -> None:
    dropped = (', result = "given", opinion = "given"', ', opinion = "given"')
    city = settle(FILED, *([dropped] if changed else []))
    assert city.engine.may(city.assigned().id, "close", COORDINATOR, CLOSING).ok is changed


def test_without_clears_an_old_result_is_closed_again(settle: Settle, changed: bool) -> None:
    dropped = rule("rate", 'dest = "escalated_to_vice_mayor"', without='"result", ')
    city = settle(FILED, *([dropped] if changed else []))
    case = rated_one_star(city, city.closed())
    assert city.engine.may(case.id, "close", VICE_MAYOR, CLOSING).ok is changed


def test_without_times_a_supplement_is_asked_for_again_and_again(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("ask_supplement", without="times = 1\n")
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    case = do(city, case, "supply", PRINCIPAL, supplement="已补充。")
    assert city.engine.may(case.id, "ask_supplement", OFFICE).ok is changed


def test_without_when_a_question_stops_an_overdue_clock(settle: Settle, changed: bool) -> None:
    dropped = rule(
        "ask_supplement",
        without='when = { clocks = { triage = "running", handling = "running" } }\n',
    )
    city = settle(FILED, *([dropped] if changed else []))
    case = city.open()
    city.at("2022-08-10 08:00")
    assert city.engine.may(case.id, "ask_supplement", OFFICE).ok is changed


def test_without_pauses_in_the_clock_runs_while_the_enterprise_is_asked(
    settle: Settle, changed: bool
) -> None:
    dropped = ('pauses_in = ["awaiting_supplement"]\n', "")
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    case = do(city.at("2022-07-28 09:00"), case, "supply", PRINCIPAL, supplement="已补充。")
    expected = "2022-08-09" if changed else "2022-08-11"
    assert due(city, case, "handling") == end_of(expected)


def test_without_the_clock_a_unit_returns_when_its_day_is_over(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("return", without='when = { clocks = { signing = "running" } }\n')
    city = settle(FILED, *([dropped] if changed else []))
    case = city.assigned()
    city.at("2022-07-28 00:00")
    assert city.engine.may(case.id, "return", LEAD).ok is changed


def test_without_unless_the_unit_designated_returns_it_once_more(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("return", without="unless = { fired = { designate = { at_least = 1 } } }\n")
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.assigned(), "designate", COORDINATOR, lead="bureau-housing", reason="改。")
    housing = Actor("wu", unit="bureau-housing")
    assert city.engine.may(case.id, "return", housing).ok is changed


def test_without_times_and_designation_a_matter_is_returned_twice(
    settle: Settle, changed: bool
) -> None:
    dropped = rule(
        "return",
        without='times = 1\nwhen = { clocks = { signing = "running" } }\n',
    )
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.assigned(), "return", LEAD, **WHY)
    assert city.engine.may(case.id, "return", LEAD).ok is changed


def test_without_its_clause_a_coordinator_designates_around_a_result(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("designate", without='clears = ["result"]\n')
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.reported(), "designate", COORDINATOR, lead="bureau-housing", reason="改。")
    assert city.engine.may(case.id, "close", COORDINATOR, CLOSING).ok is changed


def test_without_times_a_matter_is_reclassified_back_and_forth(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("reclassify", without="times = 1\n")
    city = settle(FILED, *([dropped] if changed else []))
    case = do(
        city, city.assigned(), "reclassify", COORDINATOR, complexity="complex", reason="复杂。"
    )
    again = {"complexity": "general", "reason": "简单。"}
    assert city.engine.may(case.id, "reclassify", COORDINATOR, again).ok is changed


def test_what_is_overdue_keeps_its_term_even_if_the_document_forgot_to_say_so(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("reclassify", without='when = { clocks = { handling = "running" } }\n')
    city = settle(FILED, *([dropped] if changed else []))
    case = city.assigned()
    city.at("2022-08-10 00:00")
    # The language says it a second time: only the code of the refusal is another.
    expected = {"term_fixed"} if changed else {"when"}
    assert (
        city.refusal(case, "reclassify", COORDINATOR, complexity="complex", reason="复杂。")
        == expected
    )


def test_without_cycle_a_re_opened_matter_is_given_a_month(settle: Settle, changed: bool) -> None:
    dropped = rule("coordinate", "times = 1", without="cycle = 1, ")
    city = settle(FILED, *([dropped] if changed else []))
    case = rated_one_star(city, city.closed())
    longer = {"complexity": "complex"}
    assert city.engine.may(case.id, "coordinate", VICE_MAYOR, longer).ok is changed


@pytest.mark.parametrize(
    "passage, at",
    [
        ("fired = { call_back = { at_least = 2 } }, ", "2022-08-03 00:00"),
        (', clocks = { rating = "due" }', "2022-08-02 23:59"),
    ],
)
def test_without_either_clause_a_reply_is_not_waited_for(
    settle: Settle, changed: bool, passage: str, at: str
) -> None:
    dropped = rule("conclude_no_reply", without=passage)
    city = settle(FILED, *([dropped] if changed else []))
    case = city.closed()
    for _ in range(1 if "call_back" in passage else 2):
        case = do(city, case, "call_back", SECTION, call_note="无人接听。")
    city.at(at)
    assert city.engine.may(case.id, "conclude_no_reply", SECTION).ok is changed


def test_without_not_by_who_did_the_work_says_that_nobody_replied(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("call_back", without='not_by = ["lead", "co_handler"]\n')
    city = settle(FILED, *([dropped] if changed else []))
    section = Actor("wang", unit="section-industry")
    assert city.engine.may(city.closed().id, "call_back", section).ok is changed


def test_without_the_mayors_explanation_one_star_would_never_end(
    settle: Settle, changed: bool
) -> None:
    dropped = rule(
        "rate", 'dest = "verified"', without=', { tier = "major", explanation = "given" }'
    )
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.reported(), "take_over", MAYOR, reason="重大事项。")
    case = do(city, case, "close", MAYOR, **CLOSING, explanation="受规划所限。")
    assert rated_one_star(city, case).finished is not changed


def test_without_the_limit_of_cycles_the_mayor_need_not_explain(
    settle: Settle, changed: bool
) -> None:
    dropped = rule("close", "at_most = 2", without="when = { cycle = { at_most = 2 } }\n")
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.reported(), "take_over", MAYOR, reason="重大事项。")
    for _ in range(2):
        case = rated_one_star(city, do(city, case, "close", MAYOR, **CLOSING))
        case = do(city, case, "report", LEAD, result="再次办理。")
    if changed:
        assert do(city, case, "close", MAYOR, **CLOSING).state == "closed"
    else:
        assert city.refusal(case, "close", MAYOR, **CLOSING) == {"missing_data"}


def test_without_tier_a_matter_does_not_climb_while_it_waits_for_a_call(
    settle: Settle, changed: bool
) -> None:
    dropped = ('tier = "important"\ntell = ["vice_mayor"]', 'tell = ["vice_mayor"]')
    city = settle(FILED, *([dropped] if changed else []))
    case = city.closed()
    city.tick("2022-08-10 00:00")
    assert city.engine.case(case.id).tier == ("general" if changed else "important")


def test_without_the_closing_rule_nobody_above_hears_of_an_unanswered_closing(
    settle: Settle, changed: bool
) -> None:
    dropped = (', vice_mayor = "given", result', ", result")
    city = settle(FILED, *([dropped] if changed else []))
    case = city.closed()
    (_, _, told) = sleep(city, case, 3)[-1]
    assert ("chen" in told) is not changed


def test_without_repeat_the_mayor_would_be_told_once_and_never_again(
    settle: Settle, changed: bool
) -> None:
    dropped = (
        'tell = ["mayor", "section", "coordinator"]\nrepeat = { workdays = 1 }',
        'tell = ["mayor", "section", "coordinator"]',
    )
    if changed:
        with pytest.raises(flowcase.DocumentError, match="no clock rings on in it"):
            settle(FILED, dropped)
        return
    city = settle(FILED)
    case = city.assigned()
    sleep(city, case, 40)
    assert city.engine.case(case.id).wake_at is not None


def test_without_its_own_term_a_leader_told_late_would_be_overdue_at_once(
    settle: Settle, changed: bool
) -> None:
    warning = 'warn = [{ before = { workdays = 1 }, tell = ["vice_mayor"'
    dropped = (f", at_least = {{ workdays = 5 }} }}]\n{warning}", f" }}]\n{warning}")
    city = settle(FILED, *([dropped] if changed else []))
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    expected = "escalated_to_mayor" if changed else "escalated_to_vice_mayor"
    assert city.engine.case(case.id).state == expected


def test_without_when_a_leader_refuses_what_a_unit_works_on(settle: Settle, changed: bool) -> None:
    dropped = rule(
        "reject",
        'by = ["vice_mayor"]',
        without='when = { lead = "missing" }\n',
    )
    city = settle(FILED, *([dropped] if changed else []))
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert city.engine.may(case.id, "reject", VICE_MAYOR, REFUSAL).ok is changed


def test_with_closed_among_its_sources_a_withdrawal_would_escape_the_rating(
    settle: Settle, changed: bool
) -> None:
    added = rule(
        "withdraw",
        '"escalated_to_vice_mayor"]',
        without='["submitted"',
        instead='["closed", "submitted"',
    )
    city = settle(FILED, *([added] if changed else []))
    assert city.engine.may(city.closed().id, "withdraw", PRINCIPAL).ok is changed


def test_without_the_register_any_enterprise_files(settle: Settle, changed: bool) -> None:
    dropped = ('register = "key_enterprises"                                  # D2: only', "#")
    city = settle(FILED, *([dropped] if changed else []))
    data = {"kind": "appeal", "addressee": "mayor", "subject": "用电", "content": "请协调用电。"}
    codes: list[str] = []
    try:
        city.engine.open("mayor_line", party="DG-0002", actor=Actor("DG-0002"), data=data)
    except flowcase.Refused as refused:
        codes = [reason.code for reason in refused.reasons]
    assert codes == ([] if changed else ["register"])


def test_with_another_trial_year_another_day_is_the_last(settle: Settle, changed: bool) -> None:
    moved = ("until = 2023-07-14", "until = 2022-07-25")
    city = settle(FILED, *([moved] if changed else []))
    if changed:
        with pytest.raises(flowcase.Refused):
            city.open()
    else:
        assert city.open().opened_at == moment(FILED)
