"""Two matters in one appeal are split; one filed twice is merged into the one that runs."""

from __future__ import annotations

import pytest

from flowcase.case import Actor, Case
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import do, due, end_of, phase, told
from tests.world import APPEAL, COORDINATION, COORDINATOR, LEAD, OFFICE, PARTY, PRINCIPAL, World

SECOND = {"part_subject": "员工子女入学", "part_content": "二十名员工的子女需要入学名额。"}
REPEATED = {"reason": "与在办事项为同一诉求。"}


def split(city: World, case: Case) -> tuple[Case, Case]:
    """Have the coordinator split the second matter off."""
    case = do(city, case, "split_off", COORDINATOR, **SECOND)
    (part,) = case.linked()["successors.part"]
    return case, city.engine.case(part)


# -- splitting -------------------------------------------------------------------------------------


def test_a_part_that_is_split_off_is_an_appeal_of_its_own(city: World) -> None:
    case, part = split(city, city.assigned())
    assert (case.state, part.state, part.owner) == ("assigned", "submitted", "@office")
    assert (part.party, part.predecessor, part.parent_id) == (PARTY, case.id, None)
    fields = city.engine.fields(part.id)
    assert (fields["subject"], fields["addressee"]) == ("员工子女入学", "mayor")
    assert PARTY in told(city, case)
    assert told(city, part) == {"@office"}


def test_its_handling_clock_runs_on_from_the_filing(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-01 10:00")
    case, part = split(city, case)
    assert due(city, part, "handling") == due(city, case, "handling") == end_of("2022-08-09")
    assert due(city, part, "triage") == end_of("2022-08-03"), "the desk has its own two days"


def test_split_off_when_time_is_up_it_climbs_at_once(city: World) -> None:
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    city.at("2022-08-10 09:00")
    _, part = split(city, case)
    city.tick()
    assert city.engine.case(part.id).state == "escalated_to_vice_mayor"


def test_each_goes_its_own_way(city: World) -> None:
    case, part = split(city, city.assigned())
    do(city, case, "withdraw", PRINCIPAL, reason="用地已解决。")
    part = do(city, part, "coordinate", OFFICE, **COORDINATION)
    assert part.state == "coordinated"
    assert city.engine.case(part.id).unsettled == 0


def test_it_may_be_split_after_the_trial_year_for_it_is_the_same_matter(settle: Settle) -> None:
    city = settle("2023-07-14 16:00")
    case = city.assigned()
    city.at("2023-07-17 09:00")
    _, part = split(city, case)
    assert part.state == "submitted"


def test_only_the_coordinator_splits(city: World) -> None:
    case = city.assigned()
    for actor in (LEAD, OFFICE, PRINCIPAL):
        assert city.refusal(case, "split_off", actor, **SECOND) == {"role"}


# -- merging ---------------------------------------------------------------------------------------


def test_a_repeated_appeal_goes_on_in_the_one_that_runs(city: World) -> None:
    running, repeated = city.assigned(), city.open()
    merged = do(city, repeated, "merge", OFFICE, merged_into=running.id, **REPEATED)
    assert (merged.state, merged.finished) == ("merged", True)
    assert merged.fields()["merged_into"] == running.id
    assert PARTY in told(city, merged)
    running = city.engine.case(running.id)
    assert (running.state, running.linked()["linked"]) == ("assigned", [merged.id])
    assert told(city, running) == {"bureau-land"}, "whoever works on it"
    for case in (running, merged):
        assert city.engine.verify(case.id) is None


def test_its_clocks_stop_and_those_of_the_other_run_on(city: World) -> None:
    running, repeated = city.assigned(), city.open()
    before = due(city, running, "handling")
    do(city, repeated, "merge", OFFICE, merged_into=running.id, **REPEATED)
    assert city.engine.case(repeated.id).wake_at is None
    assert (due(city, running, "handling"), phase(city, running, "handling")) == (before, "running")


def test_none_is_merged_into_one_that_ended_or_into_itself(city: World) -> None:
    ended, case = city.open(), city.open()
    do(city, ended, "withdraw", PRINCIPAL, reason="已解决。")
    for target in (ended.id, case.id, "没有这个编号"):
        assert city.refusal(case, "merge", OFFICE, merged_into=target, **REPEATED) == {"reference"}


def test_two_are_not_merged_into_each_other(city: World) -> None:
    one, other = city.open(), city.open()
    do(city, one, "merge", OFFICE, merged_into=other.id, **REPEATED)
    assert city.refusal(other, "merge", OFFICE, merged_into=one.id, **REPEATED) == {"reference"}


@pytest.mark.parametrize("same", [True, False])
def test_another_enterprises_appeal_is_not_ended_unasked(settle: Settle, same: bool) -> None:
    changes = [] if same else [("same_party = true\n", "")]
    city = settle(
        "2022-07-26 09:00", *changes, ('register = "key_enterprises"                 ', "")
    )
    running = city.assigned()
    theirs = city.engine.open("mayor_line", party="DG-0002", actor=Actor("DG-0002"), data=APPEAL)
    verdict = city.engine.may(theirs.id, "merge", OFFICE, {"merged_into": running.id, **REPEATED})
    assert verdict.ok is not same
    if same:
        assert [reason.code for reason in verdict.reasons] == ["reference"]


def test_the_lead_unit_does_not_rid_itself_of_a_matter_by_merging(city: World) -> None:
    running, case = city.open(), city.assigned()
    assert city.refusal(case, "merge", LEAD, merged_into=running.id, **REPEATED) >= {"role"}
