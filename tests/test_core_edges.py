"""The core at its edges: what is told to whom, what is kept, what the record gives back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from flowcase import machine
from flowcase.case import Actor
from flowcase.clocks import Rung
from flowcase.data import MOST_DATA, MOST_HOLDERS, bound, hint, read_data
from flowcase.errors import Conflict, GuardFailed, InvalidInput, Refused
from flowcase.history import Changes, changes_fact
from flowcase.ledgers import Pending
from flowcase.machine import NotRung
from flowcase.requests import later, paused
from flowcase.snapshots import drift, rebuilt, snapshot
from flowcase.terms import Term
from flowcase.testing import MemoryDirectory
from flowcase.workflows.document import read_workflow
from flowcase.workflows.language import DateSpan
from tests.core import CALENDAR
from tests.small import DOCUMENT, changed
from tests.test_clocks import ledger
from tests.test_clocks_edges import a_ledger
from tests.test_machine import CHIEF, CLERK, WORKER, NoStaff, codes
from tests.test_requests import DOCUMENT as REQUESTS
from tests.world import PARTY, PRINCIPAL, moment


def new(*changes: tuple[str, str], **options: Any) -> NoStaff:
    core = NoStaff(changed(*changes), **options)
    core.open({"what": "漏水"})
    return core


def working(*changes: tuple[str, str], **options: Any) -> NoStaff:
    core = new(*changes, **options)
    core.fire("take", CLERK, {"worker": "wang"})
    return core


# -- refusals ---------------------------------------------------------------------------------

TAKE_OTHERWISE = (
    '[[transitions]]\ntrigger = "take"\nsource = "new"\ndest = "checked"\nby = ["chief"]\n'
    'when = { ready = true }\naccepts = ["ready"]\n'
)


def test_of_several_ways_only_those_open_to_the_actor_are_told() -> None:
    core = NoStaff(DOCUMENT + TAKE_OTHERWISE)
    core.open({"what": "漏水"})
    found = core.refusal("take", CHIEF)
    assert [(each.code, each.about) for each in found] == [("when", "ready")]


def test_who_may_take_no_way_is_told_of_each_only_who_may() -> None:
    core = NoStaff(DOCUMENT + TAKE_OTHERWISE)
    core.open({"what": "漏水"})
    found = core.refusal("take", WORKER)
    assert [(each.code, each.en) for each in found] == [
        ("role", "'take' is for clerk; 'wang' is none of them"),
        ("role", "'take' is for chief; 'wang' is none of them"),
    ]


def test_the_only_way_that_is_not_his_is_told_with_all_that_speaks_against_it() -> None:
    assert codes(working().refusal("check", Actor("x"), size=1, ready=True)) == {"role", "when"}


def test_a_trigger_that_a_clock_fires_too_is_still_possible_for_people() -> None:
    both = (
        '[[transitions]]\ntrigger = "climb"\nsource = "new"\nby = ["chief"]\n'
        '[[transitions]]\ntrigger = "climb"\nsource = "*"\nby = ["clock"]'
    )
    core = new(('[[transitions]]\ntrigger = "climb"\nsource = "*"\nby = ["clock"]', both))
    (reason,) = core.refusal("finish", CHIEF)
    assert reason.en == "cannot 'finish' from 'new'; from here: take, paint, recuse, climb"
    assert [move.trigger for move in core.available(CHIEF)] == ["recuse", "climb"]
    assert core.available(CHIEF)[1].by == ("chief",)


def test_what_is_missing_and_what_is_too_much_and_who_cannot_are_told_together() -> None:
    core = new()
    core.fire("recuse", CHIEF, {"recused": ["wu"]})
    found = core.refusal("take", CLERK, size=3, ready=True, helper=["wu"])
    assert [(each.code, each.about) for each in found] == [
        ("missing_data", "worker"),
        ("unexpected_data", "ready"),
        ("unexpected_data", "size"),
        ("recused", "recused"),
    ]


def test_every_field_that_would_move_a_due_clock_is_told_with_all_else() -> None:
    core = new()
    core.at("2022-08-03 09:00")
    found = core.refusal("paint", CLERK, colour="red", size=3)
    assert [(each.code, each.about) for each in found] == [
        ("unexpected_data", "size"),
        ("term_fixed", "colour"),
    ]


def test_nobody_is_given_a_part_whose_role_he_does_not_hold() -> None:
    directory = MemoryDirectory([("clerk", "", "wang"), ("chief", "", "xu")])
    core = new()
    core.directory = directory
    found = core.refusal("take", CLERK, worker="xu", helper=["wang", "li"])
    assert [(each.code, each.about) for each in found] == [
        ("not_in_role", "worker"),
        ("not_in_role", "helper"),
    ]
    assert "clerk" in found[0].en
    core.fire("take", CLERK, {"worker": "wang"})


def test_whose_matter_it_is_cannot_be_kept_out_of_it() -> None:
    core = new()
    core.directory = MemoryDirectory((), {PARTY: "zhang"})
    (reason,) = core.refusal("recuse", CHIEF, recused=["wu", "zhang"])
    assert (reason.code, "zhang" in reason.en) == ("recused", True)
    core.fire("recuse", CHIEF, {"recused": ["wu"]})


def test_nobody_handles_his_own_matter_unless_anyone_may() -> None:
    core = new()
    (reason,) = core.refusal("take", Actor("zhang", roles={"clerk"}), worker="wang")
    assert (reason.code, reason.about) == ("separation", "party")
    (reason,) = core.refusal("take", Actor("x", roles={"clerk"}, on_behalf_of="zhang"), worker="w")
    assert (reason.code, reason.about) == ("separation", "party")
    free = new(
        (
            'trigger = "take"\nsource = "new"\ndest = "working"\nby = ["clerk"]',
            'trigger = "take"\nsource = "new"\ndest = "working"\nby = ["anyone"]',
        ),
    )
    free.fire("take", PRINCIPAL, {"worker": "wang"})


def test_the_party_itself_stays_the_party_when_it_is_recused() -> None:
    core = working()
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    with pytest.raises(Refused):
        core.fire("finish", Actor("stranger"))
    core.fire("finish", PRINCIPAL)


# -- may, available -----------------------------------------------------------------------------

NEEDS = (
    'tier = "high"\n[states.done]',
    'tier = "high"\nneeds = { helper = "given" }\n[states.done]',
)


def test_what_a_state_needs_and_the_trigger_cannot_give_speaks_against_it() -> None:
    core = working(NEEDS)
    assert codes(list(core.may("check", CHIEF).reasons)) == {"needs"}
    assert "check" not in [move.trigger for move in core.available(CHIEF)]
    helped = working(
        NEEDS,
        ('requires = ["size", "ready"]', 'requires = ["size", "ready"]\naccepts = ["helper"]'),
    )
    assert helped.may("check", CHIEF).ok
    assert "check" in [move.trigger for move in helped.available(CHIEF)]


def test_what_a_guard_refuses_one_somebody_else_may_do() -> None:
    guards = {"no": lambda question: "下雨了"}
    core = new(('trigger = "take"', 'trigger = "take"\nguards = ["no"]'), guards=guards)
    assert "take" in [move.trigger for move in core.available(None)]
    assert "take" not in [move.trigger for move in core.available(CLERK)]
    assert codes(core.refusal("take", CLERK, worker="wang")) == {"guard"}


def test_of_several_ways_what_all_require_is_required_and_the_rest_accepted() -> None:
    second = (
        '[[transitions]]\ntrigger = "take"\nsource = "new"\ndest = "checked"\n'
        'by = ["clerk", "chief"]\n'
        'requires = ["size", "worker"]\n'
    )
    core = NoStaff(DOCUMENT + second)
    core.open({"what": "漏水"})
    move = core.available(CLERK)[0]
    assert (move.trigger, move.dests, move.by) == (
        "take",
        ("working", "checked"),
        ("clerk", "chief"),
    )
    assert move.requires == ("worker",)
    assert move.accepts == ("helper", "colour", "size")


@pytest.mark.parametrize("answer", ["", "  ", "a\x00b", False, 1])
def test_a_guard_that_answers_what_is_no_reason_has_failed(answer: Any) -> None:
    core = new(
        ('trigger = "take"', 'trigger = "take"\nguards = ["odd"]'),
        guards={"odd": lambda question: answer},
    )
    with pytest.raises(GuardFailed, match="'odd' answers None"):
        core.fire("take", CLERK, {"worker": "wang"})


def test_a_guard_that_breaks_is_told_by_its_name_and_what_it_raised() -> None:
    def broken(question: object) -> None:
        raise LookupError("no such table")

    core = new(('trigger = "take"', 'trigger = "take"\nguards = ["odd"]'), guards={"odd": broken})
    with pytest.raises(GuardFailed, match="guard 'odd' failed: LookupError"):
        core.fire("take", CLERK, {"worker": "wang"})


def test_a_condition_on_what_is_there_says_which_it_is() -> None:
    core = working(
        (
            "when = { size = { at_least = 3 }, ready = true }",
            'when = { helper = "given", worker = "missing" }',
        )
    )
    found = core.refusal("check", CHIEF, size=3, ready=True)
    assert [each.en for each in found] == [
        "helper is missing; wanted: given",
        "worker is given; wanted: missing",
    ]


# -- rings --------------------------------------------------------------------------------------


def ring(core: NoStaff, at: str, refused: frozenset[Rung] = frozenset()) -> object:
    return machine.ring(core._book, core.case(), moment(at), core._world(), refused)


def test_a_clock_says_when_it_rings_next_and_nothing_once_all_is_done() -> None:
    core = working()
    first = Rung("work", "warn.0", moment("2022-08-01 00:00"))
    assert machine.next_due(core._book, core.case(), core._world()) == first
    assert ring(core, "2022-07-31 23:59") == first.at
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    core.fire("finish", CHIEF)
    assert machine.next_due(core._book, core.case(), core._world()) is None
    assert ring(core, "2022-09-01 00:00") is None


def test_a_rung_that_cannot_ring_is_returned_with_its_reason_and_holds_up_no_other() -> None:
    def broken(question: object) -> None:
        raise LookupError

    core = new(('trigger = "climb"', 'trigger = "climb"\nguards = ["odd"]'), guards={"odd": broken})
    core.tick("2022-08-01 00:00")
    due = Rung("work", "due", moment("2022-08-03 00:00"))
    assert ring(core, "2022-08-03 00:00") == NotRung(due, "guard 'odd' failed: LookupError")
    assert ring(core, "2022-08-03 00:00", frozenset({due})) is None


def test_a_conflict_while_ringing_is_for_the_whole_batch() -> None:
    class Torn(MemoryDirectory):
        def holders(self, role: str, charge: str | None = None) -> list[str]:
            raise Conflict("somebody else was first")

    leads = ('trigger = "climb"\nsource = "*"', 'trigger = "climb"\nsource = "*"\ndest = "working"')
    core = new(FOUND, leads)
    core.tick("2022-08-01 00:00")
    core.directory = Torn()
    with pytest.raises(Conflict):
        ring(core, "2022-08-03 00:00")


def test_a_repeat_that_fires_fires_again_and_one_that_tells_only_tells() -> None:
    tells = new()
    fires = new(("repeat = { workdays = 1 }", "repeat = { workdays = 1, fire = true }"))
    for core, trigger in ((tells, "ring"), (fires, "climb")):
        core.tick("2022-08-03 00:00")
        core.tick("2022-08-04 00:00")
        assert core.history()[-1].trigger == trigger
        assert (core.history()[-1].rung or {})["rung"] == "repeat"
        assert [each.trigger for each in core.history()].count("ring") == 1 + (trigger == "ring")


def test_a_ring_before_its_moment_by_another_clock_is_not_late() -> None:
    core = new()
    core.tick("2022-08-01 00:00")
    assert (core.history()[-1].rung or {})["late_s"] == 0
    core.at("2022-08-03 00:00").advance(timedelta(seconds=59, microseconds=999_999))
    core.tick()
    assert (core.history()[-1].rung or {})["late_s"] == 59


# -- outcomes -----------------------------------------------------------------------------------


def test_who_is_recused_loses_every_part_and_each_is_remembered() -> None:
    core = new()
    core.fire("take", CLERK, {"worker": "wang", "helper": ["li", "wu", "sun"]})
    core.fire("recuse", CHIEF, {"recused": ["wu", "wang"]})
    assert core.case().participants() == {
        "worker": "@clerk",
        "helper": ["li", "@clerk", "sun"],
        "recused": ["wu", "wang"],
    }
    assert core.case().facts["held.worker"] == ["wu", "wang"]
    assert core.case().facts["held.helper"] == ["wu", "wang"]
    assert core.history()[-1].told == ()
    core.fire("recuse", CHIEF, {"recused": ["sun"]})
    assert core.case().participants()["recused"] == ["wu", "wang", "sun"]
    assert core.case().participants()["helper"] == ["li", "@clerk", "@clerk"]


def test_who_holds_no_part_is_recused_without_a_change_of_parts() -> None:
    core = working()
    core.fire("recuse", CHIEF, {"recused": ["wu"]})
    assert core.case().participants() == {"worker": "wang", "recused": ["wu"]}
    assert not any(key.startswith("held.") for key in core.case().facts)


def test_a_part_handed_over_keeps_who_had_it_once_and_no_desk() -> None:
    core = working()
    for who in ("li", "wang", "li"):
        core.fire("hand_over", CHIEF, {"worker": who})
    assert core.case().facts["held.worker"] == ["wang", "li"]
    core.fire("recuse", CHIEF, {"recused": ["li"]})
    core.fire("hand_over", CHIEF, {"worker": "sun"})
    assert core.case().facts["held.worker"] == ["wang", "li"]


def test_a_hand_over_to_the_same_is_none() -> None:
    core = working()
    core.fire("hand_over", CHIEF, {"worker": "wang"})
    assert "held.worker" not in core.case().facts


def test_many_named_one_after_the_other_are_all_there() -> None:
    core = new()
    core.fire("take", CLERK, {"worker": "wang", "helper": ["li", "wu"]})
    assert core.case().participants()["helper"] == ["li", "wu"]


FOUND = (
    '[participants.worker]\nrole = "clerk"',
    (
        '[participants.worker]\nrole = "clerk"\n'
        'find = { in_charge_of = "colour", otherwise = "chief" }'
    ),
)
TAKES = (
    'requires = ["worker"]\naccepts = ["helper", "colour"]',
    'accepts = ["worker", "helper", "colour"]',
)


@pytest.mark.parametrize(
    "duties, data, found",
    [
        ([("clerk", "red", "li"), ("clerk", "green", "wu")], {"colour": "red"}, "li"),
        ([("clerk", "red", "li"), ("clerk", "red", "wu")], {"colour": "red"}, "@chief"),
        ([("clerk", "red", "li"), ("chief", "", "xu")], {"colour": "green"}, "xu"),
        ([("clerk", "red", "li"), ("chief", "", "xu")], {}, "xu"),
        ([("clerk", "red", "li"), ("chief", "", "xu"), ("chief", "", "yu")], {}, "@chief"),
        ([("clerk", "", "li")], {}, "@chief"),
        ([("clerk", "red", "li"), ("clerk", "", "sun")], {"colour": "red", "worker": "sun"}, "sun"),
    ],
)
def test_whom_a_state_needs_is_found_in_charge_or_the_only_one_or_his_desk(
    duties: list[tuple[str, str, str]], data: Mapping[str, str], found: str
) -> None:
    core = new(FOUND, TAKES)
    core.directory = MemoryDirectory(duties)
    case = core.fire("take", CLERK, data)
    assert case.participants()["worker"] == found
    assert case.owner == found


def test_who_is_recused_is_not_found() -> None:
    core = new(FOUND, TAKES)
    core.directory = MemoryDirectory([("clerk", "red", "li"), ("clerk", "red", "wu")])
    core.fire("recuse", CHIEF, {"recused": ["li"]})
    assert core.fire("take", CLERK, {"colour": "red"}).owner == "wu"


def test_who_is_recused_hears_nothing_more_and_all_others_do() -> None:
    core = new()
    core.fire("take", CLERK, {"worker": "wang", "helper": ["li", "wu"]})
    assert core.history()[-1].told == ("wang", "li", "wu")
    core = new()
    core.fire("recuse", CHIEF, {"recused": [PARTY]})
    core.tick("2022-08-03 00:00")
    assert core.history()[-1].told == ("@chief",)


def test_a_finished_case_tells_who_owned_it_last() -> None:
    core = working(('trigger = "finish"', 'trigger = "finish"\ntell = ["owner", "party"]'))
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    case = core.fire("finish", CHIEF)
    assert core.history()[-1].told == ("@chief", PARTY)
    assert (case.owner, case.due_at, case.wake_at) == (None, None, None)
    assert case.finished_at == case.changed_at


def test_an_entry_has_what_changed_and_what_went_and_nothing_else() -> None:
    core = working()
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    core.at("2022-07-27 09:00").fire("again", CHIEF)
    entry = core.history()[-1]
    assert set(entry.changes.set) == {"state", "owner", "cycle", "clocks.work", "due_at"}
    assert set(entry.changes.removed) == {"fields.size", "fields.ready"}
    assert changes_fact(entry.changes)["removed"] == ["fields.ready", "fields.size"]
    assert changes_fact(Changes({"a": 1}, ())) == {"set": {"a": 1}}
    opening = core.history()[0]
    assert opening.source is None
    assert opening.changes.removed == ()
    assert opening.changes.set["party"] == PARTY
    assert core.history()[1].source == "new"


def test_a_flag_is_no_number_even_where_they_are_equal() -> None:
    from flowcase.outcome import _changes

    assert _changes({"a": 1, "b": True}, {"a": True, "b": True}) == Changes({"a": True}, ())
    assert _changes({"a": 1000}, {"a": int("1000")}) == Changes({}, ())
    assert _changes({"a": 1, "b": 2}, {"b": 3}) == Changes({"b": 3}, ("a",))


def test_what_may_be_done_twice_is_counted_to_two() -> None:
    core = new(("times = 1", "times = 2"))
    core.fire("paint", CLERK, {"colour": "red"})
    core.fire("paint", CLERK, {"colour": "red"})
    assert core.case().facts["fired.paint"] == 2
    assert codes(core.refusal("paint", CLERK, colour="red")) == {"times"}


# -- the record ---------------------------------------------------------------------------------


def test_a_case_is_rebuilt_from_its_history_at_every_step() -> None:
    core = working()
    seen = [core.case()]
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    seen.append(core.case())
    core.at("2022-07-27 10:00").fire("finish", CHIEF)
    seen.append(core.case())
    for case in seen:
        again = rebuilt(core.case(), core.history()[: case.revision])
        assert again == replace(case, wake_at=None)
    finished = snapshot(core.case())
    assert finished["finished_at"] == "2022-07-27T02:00:00.000000Z"
    assert finished["state"] == "done"
    assert finished["party"] == PARTY
    assert "due_at" not in finished
    assert "owner" not in finished
    assert snapshot(seen[0])["due_at"] == "2022-08-02T16:00:00.000000Z"
    assert snapshot(seen[0])["owner"] == "wang"


@pytest.mark.parametrize(
    "changes",
    [
        {"workflow": "other"},
        {"opened_at": moment("2022-07-26 09:01")},
        {"changed_at": moment("2022-07-26 09:01")},
        {"revision": 3},
        {"sealed": True},
    ],
)
def test_whatever_of_a_stored_case_is_not_as_recorded_is_named(changes: dict[str, Any]) -> None:
    core = new()
    core.at("2022-07-26 10:00").fire("take", CLERK, {"worker": "wang"})
    assert drift(core.case(), core.history(), core.workflow) is None
    (name,) = changes
    told = drift(replace(core.case(), **changes), core.history(), core.workflow)
    assert told == f"{name} is not what the history says it is"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "checked"},
        {"tier": "high"},
        {"owner": "li"},
        {"party": None},
        {"due_at": None},
        {"finished_at": moment("2022-07-26 09:00")},
        {"facts": MappingProxyType({})},
    ],
)
def test_a_stored_case_that_its_history_does_not_give_is_found(changes: dict[str, Any]) -> None:
    core = working()
    told = drift(replace(core.case(), **changes), core.history(), core.workflow)
    assert told == "replaying the history does not give what is stored of the case"


# -- data ---------------------------------------------------------------------------------------

TODAY = date(2022, 7, 26)


def test_each_kind_of_data_says_what_may_be_given() -> None:
    workflow = read_workflow(DOCUMENT)
    assert {name: hint(workflow, name) for name in workflow.document.fields} == {
        "what": "text (<= 20)",
        "colour": "red | green",
        "size": "1..9",
        "ready": "true | false",
        "until": "YYYY-MM-DD",
    }
    assert hint(workflow, "worker") == "an id with role clerk"
    assert hint(workflow, "recused") == "an id"
    assert hint(workflow, "days", {"days": workflow.document.fields["size"]}) == "1..9"
    assert hint(workflow, "what", {}) == "an id"


@pytest.mark.parametrize(
    "data",
    [
        {"what": "字" * 20},
        {"what": " x "},
        {"size": 1},
        {"size": 9},
        {"ready": False},
        {"until": "2022-07-26"},
        {"until": "2022-08-26"},
    ],
)
def test_what_lies_on_the_edge_may_be_given(data: dict[str, Any]) -> None:
    given, wrong = read_data(read_workflow(DOCUMENT), data, TODAY)
    assert (given.fields, wrong) == (data, [])


@pytest.mark.parametrize(
    "data, sentence",
    [
        ({"what": "\u200b"}, "is blank"),
        ({"what": " \t"}, "is blank"),
        ({"ready": 1}, "is true or false; got 1"),
        ({"size": "x" * 99}, "got '" + "x" * 59 + "$"),
        ({"worker": ["a", "b"]}, "names 2; at most 1$"),
        ({"helper": ["a"] * (MOST_HOLDERS + 1)}, f"at most {MOST_HOLDERS}$"),
        ({"helper": {"a": 1}}, "is an id, or a list of ids"),
        ({"x" * 65: 1}, "^x{64} is neither"),
    ],
)
def test_what_cannot_be_is_told_with_what_could(data: dict[str, Any], sentence: str) -> None:
    _, (reason,) = read_data(read_workflow(DOCUMENT), data, TODAY)
    assert re.search(sentence, reason.en), reason.en


def test_what_is_given_as_nothing_is_passed_over_and_the_rest_is_read() -> None:
    given, wrong = read_data(read_workflow(DOCUMENT), {"what": None, "size": 3}, TODAY)
    assert (given.fields, wrong) == ({"size": 3}, [])


def test_many_holders_are_as_many_as_there_may_be() -> None:
    names = [f"p{number}" for number in range(MOST_HOLDERS)]
    given, wrong = read_data(read_workflow(DOCUMENT), {"helper": names}, TODAY)
    assert (given.participants, wrong) == ({"helper": tuple(names)}, [])


def test_there_is_a_most_of_data() -> None:
    workflow = read_workflow(DOCUMENT)
    read_data(workflow, {f"n{number}": None for number in range(MOST_DATA)}, TODAY)
    with pytest.raises(InvalidInput, match=f"at most {MOST_DATA} names"):
        read_data(workflow, {f"n{number}": None for number in range(MOST_DATA + 1)}, TODAY)


@pytest.mark.parametrize(
    "span, day",
    [
        (None, None),
        (DateSpan(days=5), date(2022, 7, 31)),
        (DateSpan(days=-26), date(2022, 6, 30)),
        (DateSpan(months=1), date(2022, 8, 26)),
        (DateSpan(months=-1), date(2022, 6, 26)),
    ],
)
def test_a_bound_is_so_many_days_or_months_from_today(span: DateSpan, day: date) -> None:
    assert bound(span, TODAY) == day


# -- requests -----------------------------------------------------------------------------------


def asked(kind: str, **data: Any) -> NoStaff:
    core = NoStaff(REQUESTS)
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    core.fire(f"work.ask_{kind}", WORKER, {**data, "reason": "x"})
    return core


@pytest.mark.parametrize("workdays, ok", [(0, False), (1, True), (5, True), (6, False)])
def test_as_much_may_be_asked_as_the_document_says(workdays: int, ok: bool) -> None:
    if ok:
        assert ledger(asked("extension", workdays=workdays)).pending == Pending(
            "extension", workdays, ("wang",)
        )
    else:
        with pytest.raises(Refused, match="workdays is"):
            asked("extension", workdays=workdays)


def test_as_much_may_be_granted_as_was_asked() -> None:
    core = asked("extension", workdays=3)
    core.fire("work.grant_extension", CHIEF, {"workdays": 3})
    assert ledger(core).extended == (3,)


@pytest.mark.parametrize("day, ok", [("26", False), ("27", True), ("29", True), ("30", False)])
def test_a_suspension_is_granted_up_to_the_day_that_was_asked(day: str, ok: bool) -> None:
    core = asked("suspension", review_on="2022-07-29")
    if ok:
        core.fire("work.grant_suspension", CHIEF, {"review_on": f"2022-07-{day}"})
        assert ledger(core).review == date.fromisoformat(f"2022-07-{day}")
        assert ledger(core).suspensions == 1
    else:
        (reason,) = core.refusal("work.grant_suspension", CHIEF, review_on=f"2022-07-{day}")
        assert reason.en.endswith("> 2022-07-26, <= 2022-07-29")


def test_days_and_working_days_later_and_paused_are_counted_each_in_its_way() -> None:
    friday = date(2022, 7, 29)
    assert later(friday, Term(days=3), CALENDAR) == date(2022, 8, 1)
    assert later(friday, Term(workdays=3), CALENDAR) == date(2022, 8, 3)
    assert later(friday, Term(workdays=0), CALENDAR) == friday
    assert later(date(2022, 7, 30), Term(workdays=0), CALENDAR) == date(2022, 7, 30)
    stood = a_ledger(
        pauses=(
            (moment("2022-07-27 09:00"), moment("2022-07-28 09:00")),
            (moment("2022-07-29 09:00"), moment("2022-08-02 09:00")),
            (moment("2022-08-03 09:00"), None),
        )
    )
    assert paused(stood, Term(days=9), CALENDAR) == 5
    assert paused(stood, Term(workdays=9), CALENDAR) == 3


def test_two_suspensions_are_counted() -> None:
    twice = REQUESTS.replace('decide = ["chief"]\ntimes = 1', 'decide = ["chief"]\ntimes = 2')
    core = NoStaff(twice)
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    for day in ("2022-07-27", "2022-07-28"):
        core.fire("work.ask_suspension", WORKER, {"review_on": day, "reason": "x"})
        core.fire("work.grant_suspension", CHIEF)
        assert ledger(core).review == date.fromisoformat(day)
        core.fire("work.resume", CHIEF)
    assert ledger(core).suspensions == 2
    assert codes(core.refusal("work.ask_suspension", WORKER, review_on="2022-07-29")) >= {"times"}


# -- intake -------------------------------------------------------------------------------------


def test_a_window_is_open_from_its_first_day_to_its_last() -> None:
    window = (
        'requires = ["what"]\n',
        'from = 2022-07-20\nuntil = 2022-07-26\nrequires = ["what"]\n',
    )
    for at, ok in (
        ("2022-07-19 23:59", False),
        ("2022-07-20 00:00", True),
        ("2022-07-26 23:59", True),
        ("2022-07-27 00:00", False),
    ):
        core = NoStaff(changed(window), at=at)
        if ok:
            core.open({"what": "漏水"})
        else:
            with pytest.raises(Refused) as refused:
                core.open({"what": "漏水"})
            assert [each.code for each in refused.value.reasons] == ["window"]


def test_only_who_may_opens_a_case_and_a_new_case_is_blank() -> None:
    with pytest.raises(Refused) as refused:
        NoStaff().open({"what": "漏水"}, actor=CLERK)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.about) == ("role", "open")
    assert reason.en.startswith("'open' is for party")
    case = NoStaff().open({"what": "漏水"})
    assert (case.revision, case.unsettled, case.sealed, case.parent_id) == (1, 0, False, None)
    assert case.opened_at == case.changed_at == moment("2022-07-26 09:00")


def test_a_clerk_may_open_without_a_party_where_clerks_may() -> None:
    core = NoStaff(
        changed(
            (
                'by = ["party"]\nrequires = ["what"]',
                'by = ["clerk"]\nparty = "optional"\nrequires = ["what"]',
            )
        )
    )
    with pytest.raises(Refused) as refused:
        core.open({"what": "漏水"}, party=None, actor=CHIEF)
    assert [each.code for each in refused.value.reasons] == ["role"]
    assert core.open({"what": "漏水"}, party=None, actor=CLERK).party is None
