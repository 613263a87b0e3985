"""Families: what a move does to other cases, on two small documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import flowcase
from flowcase.case import Actor, new_case_id
from flowcase.kin import DEEPEST
from tests.families import ANN, MATTER, PART, Families, changed
from tests.world import moment

Settle = Callable[..., Families]


@pytest.fixture
def settle(sqlite_url: str, tmp_path: Path) -> Iterator[Settle]:
    """Make an engine on the two documents, with passages changed."""
    made: list[Families] = []

    def build(**changes: tuple[tuple[str, str], ...]) -> Families:
        made.append(Families(sqlite_url, tmp_path / "rules", **changes))
        return made[-1]

    yield build
    for families in made:
        families.engine.close()


@pytest.fixture
def families(settle: Settle) -> Families:
    """The two documents as they are."""
    return settle()


# -- opening ---------------------------------------------------------------------------------------


def test_one_part_is_opened_for_each_newly_named_helper(families: Families) -> None:
    parent, parts = families.with_parts("ben", "cat", what="roof", head="ann")
    assert [part.participants()["doer"] for part in parts] == ["ben", "cat"]
    assert {part.parent_id for part in parts} == {parent.id}
    assert [families.engine.fields(part.id)["what"] for part in parts] == ["roof", "roof"]
    assert parts[0].participants()["boss"] == "ann"
    again = families.fire(parent, "help", helper=["cat", "dan"])
    assert again.unsettled == 3
    newest = families.engine.children(parent.id)[-1]
    assert newest.participants()["doer"] == "dan"
    families.require_sound()


def test_what_is_given_with_the_trigger_is_what_the_part_gets(families: Families) -> None:
    parent = families.open(what="old")
    families.fire(parent, "help", helper="ben", what="new")
    (part,) = families.engine.children(parent.id)
    assert families.engine.fields(part.id)["what"] == "new"


def test_a_part_has_its_date_from_its_parents_clock(families: Families) -> None:
    _, (part,) = families.with_parts("ben")
    assert part.fields()["by_day"] == "2022-08-09"
    assert families.engine.explain(part.id, "own").last_day == date.fromisoformat("2022-08-03")


def test_without_per_each_firing_opens_one(families: Families) -> None:
    parent = families.fire(families.fire(families.open(), "find", what="a"), "find", what="b")
    assert parent.unsettled == 2
    found = [
        families.engine.fields(each.id)["what"] for each in families.engine.children(parent.id)
    ]
    assert found == ["a", "b"]
    assert families.refusal(parent, "find") == {"too_many"}
    assert families.engine.may(parent.id, "find", ANN).reasons[0].code == "too_many"


def test_who_opened_it_stands_in_both_records(families: Families) -> None:
    parent, (part,) = families.with_parts("ben")
    opened = families.engine.history(parent.id)[-1]
    assert opened.changes.set["children.part"] == [part.id]
    first = families.engine.history(part.id)[0]
    assert (first.actor, first.changes.set["parent_id"]) == ("ann", parent.id)


def test_a_child_sorts_after_its_parent_even_where_the_clock_goes_back(families: Families) -> None:
    parent = families.open()
    families.clock.move_to(moment("2022-07-20 09:00"))
    families.fire(parent, "help", helper=["ben", "cat", "dan"])
    children = families.engine.children(parent.id)
    assert [each.participants()["doer"] for each in children] == ["ben", "cat", "dan"]
    assert all(each.id > parent.id for each in children)
    assert new_case_id(moment("2022-07-20 09:00")) < parent.id, "the control: by the clock alone"


def test_nobody_opens_a_child_by_himself(families: Families) -> None:
    with pytest.raises(flowcase.Refused) as refused:
        families.engine.open("part", actor=ANN)
    assert [reason.code for reason in refused.value.reasons] == ["role"]


def test_children_are_nested_so_deep_and_no_deeper(families: Families) -> None:
    case = families.with_parts("ben")[1][0]
    for _ in range(DEEPEST - 1):
        families.fire(case, "split")
        (case,) = families.engine.children(case.id)
    assert families.refusal(case, "split") == {"too_deep"}
    families.require_sound()


def test_what_the_part_refuses_the_matter_refuses_with_its_reasons(settle: Settle) -> None:
    families = settle(part=(('accepts = ["what", ', 'requires = ["what"]\naccepts = ['),))
    parent = families.open()
    assert families.refusal(parent, "help", helper="ben") == {"missing_data"}
    assert families.fire(parent, "help", helper="ben", what="x").unsettled == 1


# -- settling --------------------------------------------------------------------------------------


def test_a_matter_is_closed_when_its_parts_are_settled_and_then_they_rest(
    families: Families,
) -> None:
    parent, (part,) = families.with_parts("ben")
    assert families.refusal(parent, "close") == {"needs"}
    families.fire(part, "settle")
    families.fire(parent, "close")
    assert families.refusal(part, "resume") == {"sealed"}
    assert not families.engine.may(part.id, "resume", ANN)
    families.fire(parent, "reopen")
    assert families.fire(part, "resume").state == "open"
    assert families.now(parent).unsettled == 1
    families.require_sound()


def test_where_a_state_need_not_be_settled_children_come_and_go(settle: Settle) -> None:
    families = settle(matter=(('needs = { children = "settled" }', ""),))
    parent, (part,) = families.with_parts("ben")
    families.fire(part, "settle")
    families.fire(parent, "close")
    assert families.fire(part, "resume").state == "open", "the control: nothing seals it"


def test_no_part_is_opened_where_parts_stay_settled(settle: Settle) -> None:
    families = settle(
        matter=(
            (
                'trigger = "note"\nsource = "*"\nby = ["anyone"]',
                'trigger = "note"\nsource = "*"\nby = ["anyone"]\naccepts = ["helper"]',
            ),
            ('opens_on = ["help"]', 'opens_on = ["help", "note"]'),
        )
    )
    parent = families.fire(families.open(), "close")
    assert families.refusal(parent, "note", helper="ben") == {"sealed"}
    assert families.fire(parent, "note").state == "closed"


def test_whoever_did_a_part_does_not_close_the_matter(families: Families) -> None:
    parent, (part,) = families.with_parts("unit-1")
    families.fire(part, "work", Actor("zoe", unit="unit-1"))
    families.fire(part, "settle")
    zoe = Actor("zoe", roles={"clerk"})
    assert families.refusal(parent, "close", zoe) == {"separation"}
    assert families.fire(parent, "close").state == "closed"


def test_a_condition_may_ask_for_one_kind_of_children(families: Families) -> None:
    parent, (part,) = families.with_parts("ben")
    assert families.refusal(parent, "half_close") == {"when"}
    families.fire(parent, "find")
    families.fire(part, "settle")
    assert families.now(parent).unsettled == 1
    assert families.fire(parent, "half_close").state == "working"
    assert families.refusal(parent, "close") == {"needs"}
    families.require_sound()


def test_what_is_open_when_its_parent_ends_ends_with_it_down_to_the_last(
    families: Families,
) -> None:
    parent, (one, two) = families.with_parts("ben", "cat")
    families.fire(one, "split")
    families.fire(one, "split")
    families.fire(two, "settle")
    assert len(families.everything()) == 5
    ended = families.fire(parent, "drop")
    assert (ended.state, ended.unsettled) == ("dropped", 0)
    states = [each.state for each in families.everything().values()]
    assert sorted(states) == ["dropped", "rest", "stopped", "stopped", "stopped"]
    last = families.engine.history(one.id)[-1]
    assert (last.trigger, last.actor) == ("stop", "ann")
    families.require_sound()


def test_a_part_at_rest_under_a_parent_that_ended_stays_at_rest(families: Families) -> None:
    parent, (part,) = families.with_parts("ben")
    families.fire(part, "settle")
    families.fire(parent, "drop")
    assert families.refusal(part, "resume") == {"sealed"}


def test_nobody_ends_a_part_in_its_parents_name(families: Families) -> None:
    _, (part,) = families.with_parts("ben")
    assert families.refusal(part, "stop") == {"role"}
    assert "stop" not in {move.trigger for move in families.engine.available(part.id)}


# -- clocks ----------------------------------------------------------------------------------------


def test_a_clock_that_settles_a_part_counts_it_and_one_that_ends_the_matter_ends_its_parts(
    families: Families,
) -> None:
    parent, (part,) = families.with_parts("ben")
    families.fire(parent, "find")
    families.clock.move_to(moment("2022-08-04 09:00"))
    report = families.engine.tick()
    assert {rang.trigger for rang in report.rang} == {"give_up"}
    assert families.now(part).state == "stopped"
    assert families.now(parent).unsettled == 0
    families.fire(parent, "find")
    families.clock.move_to(moment("2022-08-10 09:00"))
    families.engine.tick()
    assert families.now(parent).state == "dropped"
    families.require_sound()


def test_of_one_moment_children_ring_before_their_parent(settle: Settle) -> None:
    families = settle(part=((", before = { workdays = 4 }, at_least = { workdays = 1 }", ""),))
    _, (part,) = families.with_parts("ben")
    families.clock.move_to(moment("2022-08-10 00:00"))
    report = families.engine.tick()
    assert [rang.trigger for rang in report.rang] == ["give_up", "expire"]
    assert families.engine.history(part.id)[-1].trigger == "give_up", "not ended by its parent"
    families.require_sound()


# -- people ----------------------------------------------------------------------------------------


def test_a_hand_over_in_the_matter_is_one_in_its_parts_and_theirs(families: Families) -> None:
    parent, (part,) = families.with_parts("ben", head="ann")
    families.fire(part, "split")
    (sub,) = families.engine.children(part.id)
    families.fire(parent, "lead", head="gus")
    for case in (part, sub):
        assert families.now(case).participants()["boss"] == "gus"
        entry = families.engine.history(case.id)[-1]
        assert (entry.trigger, entry.told) == ("link", ("gus", "ann"))
    assert families.refusal(part, "approve", ANN) == {"role"}
    assert families.fire(part, "approve", Actor("gus")).state == "rest"
    families.require_sound()


def test_whom_a_part_is_handed_to_becomes_a_helper_of_the_matter(families: Families) -> None:
    parent, (part,) = families.with_parts("ben")
    families.fire(part, "hand", doer="eve")
    after = families.now(parent)
    assert after.participants()["helper"] == ["ben", "eve"]
    assert families.engine.history(parent.id)[-1].details == {"case": part.id, "helper": ["eve"]}
    assert len(families.engine.children(parent.id)) == 1, "no new part is opened for her"
    families.require_sound()


# -- other cases -----------------------------------------------------------------------------------


def test_a_successor_goes_its_own_way_and_each_knows_of_the_other(families: Families) -> None:
    first = families.fire(families.open(party="p", what="leak", head="ann"), "split")
    (next_id,) = first.linked()["successors.next"]
    second = families.engine.case(next_id)
    assert (second.predecessor, second.parent_id, second.party) == (first.id, None, "p")
    assert second.participants() == {"head": "ann"}
    assert first.unsettled == 0
    families.fire(first, "lead", head="gus")
    assert families.now(second).participants() == {"head": "ann"}, "once, not ever after"
    families.require_sound()


def test_a_successor_of_the_same_matter_has_the_same_clock(settle: Settle) -> None:
    families = settle()
    first = families.open()
    families.clock.move_to(moment("2022-08-01 09:00"))
    (next_id,) = families.fire(first, "split").linked()["successors.next"]
    assert families.engine.explain(next_id, "work").last_day == date.fromisoformat("2022-08-09")
    families.clock.move_to(moment("2022-08-10 09:00"))
    families.engine.tick()
    assert families.engine.case(next_id).state == "dropped", "and it rings for both"


def test_without_continues_the_successor_begins_afresh(settle: Settle) -> None:
    families = settle(matter=(("continues = true\n", ""),))
    first = families.open()
    families.clock.move_to(moment("2022-08-01 09:00"))
    (next_id,) = families.fire(first, "split").linked()["successors.next"]
    assert families.engine.explain(next_id, "work").last_day == date.fromisoformat("2022-08-15")


def test_a_case_is_merged_into_an_open_one_of_the_same_party(families: Families) -> None:
    target, repeated = families.open(party="p"), families.open(party="p")
    families.fire(repeated, "merge", into=target.id)
    after = families.now(target)
    assert after.linked() == {"linked": [repeated.id]}
    assert (after.state, after.revision) == ("working", target.revision + 1)
    families.require_sound()


@pytest.mark.parametrize("what", ["itself", "nothing", "ended", "another party's", "a part"])
def test_a_case_is_not_merged_into(families: Families, what: str) -> None:
    case, other = families.open(party="p"), families.open(party="p")
    into = {
        "itself": case.id,
        "nothing": "01823804-9280-7e8d-86a0-855e04bcdd26",
        "ended": families.fire(other, "drop").id,
        "another party's": families.open(party="q").id,
        "a part": families.with_parts("ben")[1][0].id,
    }[what]
    assert families.refusal(case, "merge", into=into) == {"reference"}


def test_a_chain_of_merges_is_no_circle(families: Families) -> None:
    one, two, three = (families.open(party="p") for _ in range(3))
    families.fire(one, "merge", into=two.id)
    families.fire(two, "merge", into=three.id)
    assert families.refusal(three, "merge", into=one.id) == {"reference"}
    assert families.refusal(three, "merge", into=two.id) == {"reference"}


# -- documents together ----------------------------------------------------------------------------


def test_documents_that_do_not_fit_together_are_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "matter.toml").write_text(MATTER, encoding="utf-8")
    with pytest.raises(flowcase.DocumentError) as error:
        flowcase.open_engine("sqlite://", workflows=[tmp_path])
    assert {finding.path for finding in error.value.findings} == {
        "matter.children.part.workflow",
        "matter.children.find.workflow",
    }


@pytest.mark.parametrize(
    "matter, part, path, sentence",
    [
        (
            ('workflow = "part"\nopens_on = ["find"]', 'workflow = "matter"\nopens_on = ["find"]'),
            (),
            "matter.children.find.workflow",
            "no parent opens 'matter'",
        ),
        (
            ('workflow = "part"\nopens_on = ["find"]', 'workflow = "other"\nopens_on = ["find"]'),
            (),
            "matter.children.find.workflow",
            "no workflow is called 'other'",
        ),
        (
            (),
            ('accepts = ["what", "doer", "by_day"]', 'accepts = ["doer", "by_day"]'),
            "matter.children.part",
            "does not take 'what'",
        ),
        (
            (),
            ('accepts = ["what", "doer"', 'requires = ["doer"]\naccepts = ["what"'),
            "matter.children.find",
            "requires 'doer'",
        ),
        ((), ("max_length = 50", "max_length = 49"), "matter.children.part.copy", "may be longer"),
        (
            ('dates = { by_day = "work" }', 'dates = { what = "work" }'),
            (),
            "matter.children.part.dates",
            "is a text",
        ),
        (
            ('as = "doer"', 'as = "driver"'),
            (),
            "matter.children.part.as",
            "no participant of the child is called 'driver'",
        ),
        (
            (
                'helper"\nas = "doer"\ncopy = ["what"]\nparticipants = { boss = "head" }',
                'helper"\nas = "doer"\ncopy = ["what"]',
            ),
            (),
            "matter.children.part.participants",
            "asks who its 'boss' is",
        ),
        (
            (
                'participants = { boss = "head" }\ndates',
                'participants = { boss = "helper" }\ndates',
            ),
            (),
            "matter.children.part.participants",
            "'boss' is one",
        ),
        (
            (),
            ('trigger = "stop"\nsource = "*"', 'trigger = "stop"\nsource = "rest"'),
            "matter.children.part.when_parent_ends",
            "from 'open' no 'stop'",
        ),
        (
            ('to = "matter"', 'to = "nothing"'),
            (),
            "matter.fields.into.to",
            "no workflow is called 'nothing'",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(
    tmp_path: Path,
    matter: tuple[str, str] | tuple[()],
    part: tuple[str, str] | tuple[()],
    path: str,
    sentence: str,
) -> None:
    for name, text, change in (("matter", MATTER, matter), ("part", PART, part)):
        written = changed(text, change) if change else text
        (tmp_path / f"{name}.toml").write_text(written, encoding="utf-8")
    with pytest.raises(flowcase.DocumentError) as error:
        flowcase.open_engine("sqlite://", workflows=[tmp_path])
    found = [each for each in error.value.findings if each.path == path]
    assert any(sentence in finding.message for finding in found), error.value.findings
