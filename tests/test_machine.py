"""Decisions: every kind of refusal with all its reasons, and what follows from a yes."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from flowcase.case import Actor, Admission
from flowcase.errors import Reason, Refused
from flowcase.guards import Question
from flowcase.machine import RuleBook
from flowcase.workflows.document import read_workflow
from tests.core import Core
from tests.small import DOCUMENT, changed
from tests.world import PRINCIPAL, moment

CLERK = Actor("ma", roles={"clerk"})
CHIEF = Actor("xu", roles={"chief"})
WORKER = Actor("wang")


class NoStaff(Core):
    """The small workflow, where no staff were ever imported: whoever is named is believed."""

    def __init__(self, document: str = DOCUMENT, **options: Any) -> None:
        super().__init__(read_workflow(document), **options)
        self.directory._duties = frozenset()


def codes(reasons: list[Reason]) -> set[str]:
    return {reason.code for reason in reasons}


@pytest.fixture
def new() -> NoStaff:
    core = NoStaff()
    core.open({"what": "漏水"})
    return core


@pytest.fixture
def working(new: NoStaff) -> NoStaff:
    new.fire("take", CLERK, {"worker": "wang"})
    return new


def test_a_trigger_from_the_wrong_state_is_told_what_is_possible(new: NoStaff) -> None:
    (reason,) = new.refusal("finish", CHIEF)
    assert reason.code == "wrong_state"
    assert reason.en == "cannot 'finish' from 'new'; from here: take, paint, recuse"
    assert reason.zh == "在“new”状态不能“finish”；此时可以：“take”、“paint”、“recuse”"


def test_a_trigger_nobody_knows_is_told_which_there_are(new: NoStaff) -> None:
    (reason,) = new.refusal("fnish", CHIEF)
    assert reason.code == "unknown_trigger"
    assert "finish" in reason.en


def test_a_finished_case_can_do_nothing_more(working: NoStaff) -> None:
    working.fire("check", CHIEF, {"size": 3, "ready": True})
    working.fire("finish", PRINCIPAL)
    assert working.case().finished
    (reason,) = working.refusal("recuse", CHIEF, recused="x")
    assert reason.code == "wrong_state"
    assert working.tick("2023-01-01 09:00") == 0


def test_who_holds_no_role_is_told_who_may(working: NoStaff) -> None:
    (reason,) = working.refusal("hand_over", WORKER, worker="li")
    assert (reason.code, reason.about) == ("role", "hand_over")
    assert reason.en == "'hand_over' is for chief; 'wang' is none of them"


def test_what_a_clock_fires_no_person_fires(working: NoStaff) -> None:
    (reason,) = working.refusal("climb", CHIEF)
    assert "fired by a clock" in reason.en


def test_somebody_called_clock_is_not_the_clock(working: NoStaff) -> None:
    assert codes(working.refusal("climb", Actor("clock"))) == {"role"}


def test_whoever_did_the_work_may_not_check_it(working: NoStaff) -> None:
    (reason,) = working.refusal("check", WORKER, size=3, ready=True)
    assert (reason.code, reason.about) == ("separation", "worker")


def test_whoever_once_did_the_work_may_not_check_it_either(working: NoStaff) -> None:
    working.fire("hand_over", CHIEF, {"worker": "li"})
    both = Actor("wang", roles={"chief"})
    assert codes(working.refusal("check", both, size=3, ready=True)) == {"separation"}
    working.fire("check", CHIEF, {"size": 3, "ready": True})


@pytest.mark.parametrize(
    "actor",
    [
        Actor("somebody", roles={"chief"}, unit="wang"),
        Actor("somebody", roles={"chief"}, on_behalf_of="wang"),
    ],
    ids=["of the same unit", "on behalf of"],
)
def test_who_belongs_to_or_acts_for_the_worker_may_not_check_it(
    working: NoStaff, actor: Actor
) -> None:
    assert codes(working.refusal("check", actor, size=3, ready=True)) == {"separation"}


def test_who_acted_for_a_unit_is_remembered_when_he_has_left_it(new: NoStaff) -> None:
    core = NoStaff(
        changed(
            (
                'by = ["chief"]\nrequires = ["worker"]',
                'by = ["worker", "chief"]\nrequires = ["worker"]',
            )
        )
    )
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "unit-1"})
    core.fire("hand_over", Actor("zhou", unit="unit-1"), {"worker": "unit-2"})
    assert codes(core.refusal("check", Actor("zhou", roles={"chief"}), size=3, ready=True)) == {
        "separation"
    }


def test_who_is_recused_may_do_nothing_and_be_given_nothing(working: NoStaff) -> None:
    working.fire("recuse", CHIEF, {"recused": "wang"})
    assert working.case().participants()["worker"] == "@clerk", "his desk takes his place"
    assert working.case().owner == "@clerk"
    assert codes(working.refusal("check", Actor("wang", roles={"chief"}), size=3, ready=True)) == {
        "recused"
    }
    assert codes(working.refusal("hand_over", CHIEF, worker="wang")) == {"recused"}


def test_every_condition_that_fails_is_told_with_what_is_so(working: NoStaff) -> None:
    reasons = working.refusal("check", CHIEF, size=2, ready=False)
    assert [(each.code, each.en) for each in reasons] == [
        ("when", "size is 2; wanted: >= 3"),
        ("when", "ready is false; wanted: true"),
    ]


def test_data_that_is_missing_is_asked_for_by_name(working: NoStaff) -> None:
    reasons = working.refusal("check", CHIEF)
    assert [(each.code, each.en) for each in reasons] == [
        ("missing_data", "size is required: give 1..9"),
        ("missing_data", "ready is required: give true | false"),
    ]


def test_what_may_be_done_once_is_done_once(new: NoStaff) -> None:
    new.fire("paint", CLERK, {"colour": "red"})
    assert codes(new.refusal("paint", CLERK, colour="red")) == {"times"}


def test_what_is_excluded_is_told_why(new: NoStaff) -> None:
    (reason,) = new.refusal("paint", CLERK, colour="green")
    assert (reason.code, reason.en) == ("unless", "'paint' is excluded while colour = green")


def test_a_state_that_needs_something_is_not_entered_without(new: NoStaff) -> None:
    core = NoStaff(
        changed(
            (
                'tier = "high"\n[states.done]',
                'tier = "high"\nneeds = { helper = "given" }\n[states.done]',
            )
        )
    )
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    (reason,) = core.refusal("check", CHIEF, size=3, ready=True)
    assert (reason.code, reason.about) == ("needs", "helper")
    assert reason.en == "state 'checked' needs helper = given; it is missing"


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("what", "", "what is blank"),
        ("what", "字" * 21, "what has 21 characters; at most 20"),
        ("what", "a\x00b", "what contains a control character"),
        ("what", "a\x1b[31m", "what contains a control character"),
        ("what", "a\ud800", "what contains a control character"),
        ("what", 5, "what is a text; got int"),
        ("colour", "blue", "colour is 'blue'; possible: red, green"),
        ("colour", ["red"], "possible: red, green"),
        ("nothing_like_it", 1, "is neither a field nor a participant"),
        ("worker", "wang", "is not data of this trigger; it takes: what, colour"),
    ],
)
def test_data_that_cannot_be_is_refused_by_name(name: str, value: object, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        NoStaff().open({"what": "漏水", name: value})


@pytest.mark.parametrize(
    "value, sentence",
    [
        (0, "whole number in 1..9; got 0"),
        (10, "whole number in 1..9"),
        (3.0, "whole number"),
        (True, "whole number"),
        ("3", "whole number"),
    ],
)
def test_a_number_that_cannot_be_is_refused(working: NoStaff, value: object, sentence: str) -> None:
    reasons = working.refusal("check", CHIEF, size=value, ready=True)
    assert any(sentence in reason.en for reason in reasons)


@pytest.mark.parametrize(
    "value, sentence",
    [
        ("2022-07-25", "possible from 2022-07-26 to 2022-08-26"),
        ("2022-08-27", "possible from 2022-07-26 to 2022-08-26"),
        ("26.7.2022", "is a day, YYYY-MM-DD"),
        (20220726, "is a day, YYYY-MM-DD"),
        (moment("2022-07-26 09:00"), "is a day, not a moment"),
    ],
)
def test_a_day_that_cannot_be_is_refused(value: object, sentence: str) -> None:
    core = NoStaff(changed(('accepts = ["colour"]', 'accepts = ["colour", "until"]')))
    with pytest.raises(Refused, match=sentence):
        core.open({"what": "漏水", "until": value})
    core.open({"what": "漏水", "until": "2022-08-26"})


@pytest.mark.parametrize("who", ["", " wang", "@clerk", "a\nb", "x" * 101, 5, [], ["a", "b"]])
def test_a_participant_that_cannot_be_is_refused(new: NoStaff, who: object) -> None:
    assert "invalid_data" in codes(new.refusal("take", CLERK, worker=who))


def test_many_may_hold_what_many_may_hold(new: NoStaff) -> None:
    case = new.fire("take", CLERK, {"worker": "wang", "helper": ["a", "b", "a"]})
    assert case.participants() == {"worker": "wang", "helper": ["a", "b"]}
    assert new.history()[-1].told == ("wang", "a", "b")


def test_who_is_not_in_the_staff_list_with_the_role_is_not_given_the_part() -> None:
    core = Core(read_workflow(DOCUMENT))
    core.open({"what": "漏水"})
    (reason,) = core.refusal("take", CLERK, worker="nobody")
    assert (reason.code, reason.about) == ("not_in_role", "worker")


def test_a_field_that_measures_a_clock_is_fixed_once_it_is_due(new: NoStaff) -> None:
    new.at("2022-08-03 09:00")
    (reason,) = new.refusal("paint", CLERK, colour="red")
    assert (reason.code, reason.about) == ("term_fixed", "colour")


def test_all_reasons_are_told_at_once(working: NoStaff) -> None:
    found = working.refusal("check", WORKER, size=2, colour="red", helper="@x")
    assert codes(found) == {"separation", "when", "missing_data", "invalid_data"}


def test_a_guard_tells_its_own_reason() -> None:
    document = changed(('trigger = "finish"', 'trigger = "finish"\nguards = ["sunny"]'))
    asked: list[Question] = []

    def sunny(question: Question) -> str | None:
        asked.append(question)
        return "下雨了" if question.actor.id == "xu" else None

    core = NoStaff(document, guards={"sunny": sunny})
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    (reason,) = core.refusal("finish", CHIEF)
    assert (reason.code, reason.en, reason.about) == ("guard", "下雨了", "sunny")
    core.fire("finish", PRINCIPAL)
    assert {question.trigger for question in asked} == {"finish"}
    assert asked[0].case.state == "checked"


def test_a_guard_may_give_both_languages() -> None:
    document = changed(('trigger = "take"', 'trigger = "take"\nguards = ["open_hours"]'))
    closed = Reason("closed", "the office is closed", "已下班")
    core = NoStaff(document, guards={"open_hours": lambda question: closed})
    core.open({"what": "漏水"})
    assert core.refusal("take", CLERK, worker="wang") == [closed]


def test_the_first_transition_nothing_speaks_against_is_taken() -> None:
    second = '[[transitions]]\ntrigger = "take"\nsource = "new"\ndest = "checked"\nby = ["chief"]\n'
    core = NoStaff(DOCUMENT + second)
    core.open({"what": "漏水"})
    both = Actor("both", roles={"clerk", "chief"})
    assert codes(core.refusal("take", both)) == {"missing_data"}, (
        "the first match is not passed over"
    )
    assert core.fire("take", both, {"worker": "wang"}).state == "working"


def test_a_tier_is_raised_by_the_state_and_never_falls(working: NoStaff) -> None:
    assert working.case().tier == "low"
    working.fire("check", CHIEF, {"size": 3, "ready": True})
    assert working.case().tier == "high"
    case = working.fire("again", CHIEF)
    assert (case.state, case.tier, case.cycle) == ("new", "high", 2)


def test_a_new_cycle_empties_fields_counts_and_clocks(new: NoStaff) -> None:
    new.fire("paint", CLERK, {"colour": "red"})
    new.fire("take", CLERK, {"worker": "wang"})
    new.fire("check", CHIEF, {"size": 3, "ready": True})
    before = new.case().due_at
    case = new.at("2022-08-15 09:00").fire("again", CHIEF)
    assert case.fields() == {"what": 1}
    assert "fired.paint" not in case.facts
    assert case.due_at != before
    assert case.due_at == moment("2022-08-23 00:00")
    assert case.participants() == {"worker": "wang"}


def test_may_answers_without_data_and_changes_nothing(working: NoStaff) -> None:
    assert working.may("check", CHIEF).ok
    assert not working.may("check", CHIEF, size=2).ok
    assert codes(list(working.may("check", WORKER).reasons)) == {"separation"}
    assert bool(working.may("finish", CHIEF)) is False
    assert len(working.history()) == 2


def test_what_is_available_depends_on_who_asks(working: NoStaff) -> None:
    def triggers(actor: Actor | None) -> list[str]:
        return [move.trigger for move in working.available(actor)]

    assert triggers(CLERK) == ["paint"]
    assert triggers(CHIEF) == ["check", "hand_over", "recuse"]
    assert triggers(WORKER) == []
    assert triggers(None) == ["check", "paint", "hand_over", "recuse"]
    check = working.available(CHIEF)[0]
    assert (check.dests, check.by, check.requires, check.accepts) == (
        ("checked",),
        ("chief", "worker"),
        ("size", "ready"),
        (),
    )


def test_an_opening_is_refused_with_every_reason() -> None:
    core = NoStaff(
        changed(
            (
                'by = ["party"]\nrequires = ["what"]',
                'by = ["party"]\nregister = "list"\nfrom = 2022-08-01\nrequires = ["what"]',
            ),
            (
                "[roles.clerk]",
                '[registers.list]\ntitle = { zh = "名册", en = "list" }\n[roles.clerk]',
            ),
        )
    )
    with pytest.raises(Refused) as refused:
        core.open({}, actor=CLERK, admission=None)
    assert [reason.code for reason in refused.value.reasons] == [
        "register",
        "window",
        "role",
        "missing_data",
    ]
    core.at("2022-08-01 00:00").open({"what": "漏水"})


@pytest.mark.parametrize(
    "begins,ends,admitted",
    [
        (date(2022, 7, 26), None, True),
        (date(2022, 7, 27), None, False),
        (None, date(2022, 7, 26), True),
        (None, date(2022, 7, 25), False),
    ],
)
def test_admission_counts_whole_local_days(
    begins: date | None, ends: date | None, admitted: bool
) -> None:
    assert Admission(begins, ends).covers(date(2022, 7, 26)) is admitted


@pytest.mark.parametrize(
    "rule, party, code", [("required", None, "party"), ("none", "DG-1", "party")]
)
def test_whether_there_is_a_party_is_the_documents_matter(
    rule: str, party: str | None, code: str
) -> None:
    document = changed(
        (
            'by = ["party"]\nrequires = ["what"]',
            f'by = ["anyone"]\nparty = "{rule}"\nrequires = ["what"]',
        ),
        ('by = ["party", "chief"]', 'by = ["chief"]'),
    )
    with pytest.raises(Refused) as refused:
        NoStaff(document).open({"what": "漏水"}, party=party)
    assert [reason.code for reason in refused.value.reasons] == [code]


def test_a_plain_state_machine_needs_no_owner_and_no_clock() -> None:
    core = NoStaff(
        """
        name = "door"
        version = 1
        closed_loop = false
        title = { zh = "门", en = "door" }
        [intake]
        dest = "shut"
        by = ["anyone"]
        party = "none"
        [states.shut]
        [states.ajar]
        [[transitions]]
        trigger = "push"
        source = "shut"
        dest = "ajar"
        by = ["anyone"]
        [[transitions]]
        trigger = "pull"
        source = "ajar"
        dest = "shut"
        by = ["anyone"]
        """
    )
    core.open({}, party=None)
    assert core.fire("push", WORKER).state == "ajar"
    assert core.fire("pull", WORKER).state == "shut"
    assert (core.case().owner, core.case().wake_at) == (None, None)


def test_one_rule_book_serves_many_threads_at_once() -> None:
    cores = [NoStaff() for _ in range(8)]
    book = RuleBook(cores[0].workflow, {})
    seen: list[str] = []

    def live(core: NoStaff) -> None:
        core._book = book
        for _ in range(40):
            core.open({"what": "漏水"})
            core.fire("take", CLERK, {"worker": "wang"})
            core.fire("check", CHIEF, {"size": 3, "ready": True})
            seen.append(core.fire("finish", CHIEF).state)
            core._entries.clear()

    threads = [threading.Thread(target=live, args=[core]) for core in cores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["done"] * 320
