"""小微执法 (DOMAIN §2): first time a promise, no penalty; else decided quickly, or ordinarily.

The squad of the east area finds offences of one tea stall. 2026-03-02 is a Monday.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.stories import Ring, appoint, do, due, end_of, holder, sleep, told
from tests.world import World

HAN = Actor("han", roles={"officer"})
GUO = Actor("guo", roles={"officer"})
HEAD = Actor("sun", roles={"sub_bureau_head"})
STALL, CAFE = "tea-stall", "cafe"

SCHOOLED = {"education": "已当面讲明规定。"}
PROMISE = {**SCHOOLED, "promise": "承诺三月十日前收回。", "correct_by": "2026-03-10"}
DIRTY = {"minor": False, "corrected": False}
HEARD = {"heard": True, **DIRTY, **SCHOOLED}
FINED = {"penalty": "fine", **HEARD}
CLEAN = {"minor": True, "corrected": True}


@pytest.fixture
def city(sqlite_url: str) -> Iterator[World]:
    """Han is the officer of the east area, Guo another officer, Sun the head of the sub-bureau."""
    world = World(sqlite_url, "2026-03-02 09:00")
    appoint(world, "han", "officer", "east")
    appoint(world, "han", "officer")
    appoint(world, "guo", "officer")
    appoint(world, "sun", "sub_bureau_head")
    yield world
    world.close()


def found(city: World, party: str = STALL, actor: Actor = HAN, **facts: Any) -> Case:
    """An officer finds goods put out beyond the shopfront."""
    seen = {
        "kind": "goods_beyond_shopfront",
        "offender_kind": "person",
        "committed_on": "2026-03-02",
        "area": "east",
        "place": "东城路 12 号",
        "evidence": "照片三张。",
        "harm": "slight",
    }
    return city.engine.open("minor_offence", party=party, actor=actor, data={**seen, **facts})


def quick(city: World, **facts: Any) -> Case:
    """A matter to be decided on the spot."""
    return do(city, found(city, **facts), "go_quick", HAN, reason="当事人拒绝签订承诺书。")


def ordinary(city: World, **facts: Any) -> Case:
    """A matter in the ordinary procedure."""
    return do(city, found(city, **facts), "go_ordinary", HAN, reason="案情复杂。")


# -- 首次: promise, second look, no penalty --------------------------------------------------------


def test_the_officer_of_the_area_has_it(city: World) -> None:
    case = found(city, actor=GUO)
    assert (case.state, case.owner) == ("found", "han")


def test_the_first_time_a_promise_is_signed_kept_and_nothing_is_punished(city: World) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    assert case.state == "promised"
    assert due(city, case, "correction") == end_of("2026-03-10")
    assert due(city, case, "recheck") == end_of("2026-03-13"), "three working days to look again"
    case = do(
        city.at("2026-03-11 10:00"), case, "recheck", HAN, corrected=True, inspection="已收回。"
    )
    assert (case.state, case.finished) == ("no_penalty", True)
    assert told(city, case) == {STALL}


def test_the_offender_is_reminded_the_officer_sent_to_look_and_neglect_climbs(city: World) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    rings: list[Ring] = sleep(city, case, 4)
    assert rings == [
        ("2026-03-09 00:00", "correction.warn.0", {STALL}),
        ("2026-03-11 00:00", "correction.due", {"han"}),
        ("2026-03-14 00:00", "recheck.due", {"han", "@sub_bureau_head"}),
        ("2026-03-20 00:00", "recheck.repeat", {"han", "@bureau_head"}),
    ]
    assert city.engine.case(case.id).tier == "bureau"


def test_a_promise_not_kept_is_decided_quickly(city: World) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    case = do(city, case, "recheck", HAN, corrected=False, inspection="仍占道。")
    assert case.state == "to_decide"
    assert due(city, case, "quick") == end_of("2026-03-05")


def test_a_promise_names_a_date_within_fifteen_days_and_the_offender_is_educated(
    city: World,
) -> None:
    case = found(city)
    late = {**PROMISE, "correct_by": "2026-03-18"}
    assert city.refusal(case, "accept_promise", HAN, **late) == {"invalid_data"}
    today = {**PROMISE, "correct_by": "2026-03-02"}
    assert city.refusal(case, "accept_promise", HAN, **today) == {"invalid_data"}
    without = {name: value for name, value in PROMISE.items() if name != "education"}
    assert city.refusal(case, "accept_promise", HAN, **without) == {"missing_data"}
    do(city, case, "accept_promise", HAN, **{**PROMISE, "correct_by": "2026-03-17"})


def test_real_harm_is_not_promised_away(city: World) -> None:
    assert city.refusal(found(city, harm="real"), "accept_promise", HAN, **PROMISE) == {"when"}


def test_a_second_time_within_twelve_months_there_is_no_promise(city: World) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    do(city, case, "recheck", HAN, corrected=True, inspection="已收回。")
    city.at("2027-03-02 09:00")
    again = found(city, committed_on="2027-03-02")
    promise = {**PROMISE, "correct_by": "2027-03-10"}
    assert city.refusal(again, "accept_promise", HAN, **promise) == {"when"}
    moves = {move.trigger for move in city.engine.available(again.id, HAN)}
    assert moves == {"go_quick", "go_ordinary"}


def test_after_the_window_for_another_kind_and_for_another_shop_it_is_the_first_time(
    city: World,
) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    do(city, found(city, kind="litter"), "accept_promise", HAN, **PROMISE)
    do(city, found(city, party=CAFE), "accept_promise", HAN, **PROMISE)
    do(city, case, "recheck", HAN, corrected=True, inspection="已收回。")
    city.at("2027-03-03 09:00")
    later = found(city, committed_on="2027-03-03")
    do(city, later, "accept_promise", HAN, **{**PROMISE, "correct_by": "2027-03-10"})


def test_two_found_on_one_day_only_one_of_them_is_the_first(city: World) -> None:
    morning, evening = found(city), found(city)
    do(city, morning, "accept_promise", HAN, **PROMISE)
    assert city.refusal(evening, "accept_promise", HAN, **PROMISE) == {"when"}


# -- 33, first rule: shall not be punished ---------------------------------------------------------


def test_minor_put_right_and_harmless_is_let_off_even_a_second_time(city: World) -> None:
    do(city, quick(city, harm="slight"), "penalise", HAN, penalty="warning", **HEARD)
    case = found(city, harm="none")
    case = do(city, case, "let_off", HAN, **CLEAN, **SCHOOLED)
    assert case.state == "no_penalty"


@pytest.mark.parametrize(
    "facts, given",
    [
        ({"harm": "slight"}, CLEAN),
        ({"harm": "none"}, {"minor": True, "corrected": False}),
        ({"harm": "none"}, {"minor": False, "corrected": True}),
    ],
)
def test_what_is_not_all_three_is_not_let_off(
    city: World, facts: dict[str, Any], given: dict[str, Any]
) -> None:
    assert city.refusal(found(city, **facts), "let_off", HAN, **given, **SCHOOLED) == {"when"}


def test_what_shall_not_be_punished_cannot_be(city: World) -> None:
    case = quick(city, harm="none")
    fine = {**FINED, "fine": 50}
    assert "unless" in city.refusal(case, "penalise", HAN, **{**fine, **CLEAN})
    assert city.engine.may(case.id, "penalise", HAN, fine), "the control: not put right"
    case = do(city, case, "go_ordinary", HAN, reason="存疑。")
    decision = {"penalty": "fine", "heard": True, "fine": 50, "reason": "占道。"}
    assert "unless" in city.refusal(case, "decide", HEAD, **decision, **CLEAN)
    assert do(city, case, "decide", HEAD, reason="不予处罚。", **SCHOOLED).state == "not_punished"


def test_whoever_punishes_says_whether_the_law_forbids_it(city: World) -> None:
    case = quick(city, harm="none")
    silent = {"penalty": "warning", "heard": True, **SCHOOLED}
    assert "missing_data" in city.refusal(case, "penalise", HAN, **silent)


def test_nobody_is_let_off_without_being_educated(city: World) -> None:
    case = found(city, harm="none")
    assert "missing_data" in city.refusal(case, "let_off", HAN, **CLEAN)


# -- 51: on the spot -------------------------------------------------------------------------------


@pytest.mark.parametrize("offender, most", [("person", 200), ("organisation", 3000)])
def test_on_the_spot_a_person_is_fined_200_at_most_an_organisation_3000(
    city: World, offender: str, most: int
) -> None:
    case = quick(city, offender_kind=offender)
    assert city.refusal(case, "penalise", HAN, **FINED, fine=most + 1) == {"when"}
    case = do(city, case, "penalise", HAN, **FINED, fine=most)
    assert (case.state, case.owner) == ("awaiting_payment", "han")


def test_a_higher_fine_takes_the_ordinary_procedure_and_the_head(city: World) -> None:
    case = do(city, quick(city), "go_ordinary", HAN, reason="须处以更高罚款。")
    decision = {"penalty": "fine", "heard": True, "fine": 5000, "reason": "多次占道。", **DIRTY}
    assert "role" in city.refusal(case, "decide", HAN, **decision)
    assert do(city, case, "decide", HEAD, **decision).state == "fined_by_decision"


def test_nobody_is_punished_unheard(city: World) -> None:
    case = quick(city)
    unheard = {"penalty": "warning", **HEARD, "heard": False}
    assert city.refusal(case, "penalise", HAN, **unheard) == {"when", "missing_data"}
    assert do(city, case, "penalise", HAN, penalty="warning", **HEARD).state == "warned"


# -- 57, 60: the ordinary procedure ----------------------------------------------------------------


def test_the_ordinary_procedure_takes_ninety_calendar_days(city: World) -> None:
    case = ordinary(city)
    assert due(city, case, "ordinary_term") == end_of("2026-06-01"), "31 May is a Sunday"
    rings = sleep(city, case, 2)
    assert [ring[:2] for ring in rings] == [
        ("2026-05-17 00:00", "ordinary_term.warn.0"),
        ("2026-06-02 00:00", "ordinary_term.due"),
    ]


def test_who_investigated_does_not_decide_even_when_he_is_made_head(city: World) -> None:
    case = do(city, ordinary(city), "hand_over", HEAD, officer_in_charge="guo", reason="调整。")
    assert holder(case, "officer_in_charge") == "guo"
    promoted = Actor("han", roles={"officer", "sub_bureau_head"})
    verdict = {"penalty": "warning", "heard": True, "reason": "初犯。", **DIRTY}
    assert city.refusal(case, "decide", promoted, **verdict) == {"separation"}
    assert do(city, case, "decide", HEAD, **verdict).state == "warned_by_decision"


def test_the_head_may_decide_that_nothing_is_punished(city: World) -> None:
    case = do(city, ordinary(city), "decide", HEAD, reason="危害轻微。", **SCHOOLED)
    assert case.state == "not_punished"


def test_who_found_it_does_not_strike_it_off(city: World) -> None:
    case = found(city)
    both = Actor("han", roles={"sub_bureau_head"})
    assert city.refusal(case, "strike_off", both, reason="误录。") == {"separation"}
    assert do(city, case, "strike_off", HEAD, reason="误录。").state == "unfounded"


# -- 29: one act is fined once ---------------------------------------------------------------------


def test_one_act_is_not_fined_twice(city: World) -> None:
    do(city, quick(city), "penalise", HAN, **FINED, fine=100)
    again = quick(city)
    assert city.refusal(again, "penalise", HAN, **FINED, fine=100) == {"when"}
    case = do(city, again, "go_ordinary", HAN, reason="同一行为。")
    decision = {"penalty": "fine", "heard": True, "fine": 100, "reason": "再罚。", **DIRTY}
    assert city.refusal(case, "decide", HEAD, **decision) == {"when"}
    assert do(city, case, "decide", HEAD, reason="已罚过。", **SCHOOLED).state == "not_punished"


def test_another_days_act_may_be_fined_again(city: World) -> None:
    do(city, quick(city), "penalise", HAN, **FINED, fine=100)
    other = quick(city, committed_on="2026-03-01")
    assert do(city, other, "penalise", HAN, **FINED, fine=100).state == "awaiting_payment"


# -- 36, 67, 72 ------------------------------------------------------------------------------------


def test_what_is_found_two_years_after_is_not_opened(city: World) -> None:
    found(city, committed_on="2024-03-02")
    with pytest.raises(Exception, match="committed_on is 2024-03-01; possible from 2024-03-02"):
        found(city, committed_on="2024-03-01")


def test_a_fine_is_paid_within_fifteen_days(city: World) -> None:
    case = do(city, quick(city), "penalise", HAN, **FINED, fine=100)
    assert due(city, case, "payment") == end_of("2026-03-17")
    case = do(city.at("2026-03-17 16:00"), case, "pay", HAN, receipt="0012345")
    assert (case.state, case.finished) == ("paid", True)


def test_what_is_not_paid_is_collected_by_the_head_and_brought_before_the_court(
    city: World,
) -> None:
    case = do(city, quick(city), "penalise", HAN, **FINED, fine=100)
    assert sleep(city, case, 2) == [
        ("2026-03-14 00:00", "payment.warn.0", {STALL}),
        ("2026-03-18 00:00", "payment.due", {STALL, "han", "@sub_bureau_head"}),
    ]
    case = city.engine.case(case.id)
    assert (case.state, case.owner) == ("payment_overdue", "@sub_bureau_head")
    assert do(city, case, "enforce", HEAD, reason="经催告仍不缴纳。").state == "enforced"


def test_more_time_to_pay_is_asked_by_the_officer_and_granted_by_the_head(city: World) -> None:
    case = do(city, quick(city), "penalise", HAN, **FINED, fine=100)
    do(city, case, "payment.ask_extension", HAN, days=30, reason="当事人经济困难。")
    do(city, case, "payment.grant_extension", HEAD)
    assert due(city, case, "payment") == end_of("2026-04-16")


# -- the record ------------------------------------------------------------------------------------


def test_no_two_open_cases_have_one_case_number(city: World) -> None:
    first = found(city, case_no="东城 2026-001")
    with pytest.raises(
        Exception, match=f"is that of case {first.id}, still open, in state 'found'"
    ):
        found(city, case_no="东城 2026-001")
    do(city, first, "strike_off", HEAD, reason="误录。")
    found(city, case_no="东城 2026-001")


def test_the_history_says_what_the_records_answered(city: World) -> None:
    case = do(city, found(city), "accept_promise", HAN, **PROMISE)
    entry = city.engine.history(case.id)[-1]
    assert entry.changes.set["records.found_before"] is False
    assert city.engine.verify(case.id) is None


def test_a_finding_left_lying_climbs_to_the_bureau_and_rings_on(city: World) -> None:
    case = found(city)
    assert [(at, sorted(who)) for at, _, who in sleep(city, case, 4)] == [
        ("2026-03-05 00:00", ["@sub_bureau_head", "han"]),
        ("2026-03-12 00:00", ["@bureau_head", "han"]),
        ("2026-03-19 00:00", ["@bureau_head", "han"]),
        ("2026-03-26 00:00", ["@bureau_head", "han"]),
    ]
