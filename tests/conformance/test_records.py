"""What is recorded is all of it, once, in order, and can be proved: on every database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

import flowcase
from flowcase.history import canonical, replay
from flowcase.snapshots import rebuilt, snapshot
from tests.world import APPEAL, COORDINATOR, LEAD, OFFICE, PARTY, PRINCIPAL, World, moment


def test_every_move_is_one_entry_and_revisions_have_no_gaps(world: World) -> None:
    case = world.closed()
    history = world.engine.history(case.id)
    assert [entry.trigger for entry in history] == [
        "open",
        "coordinate",
        "assign",
        "report",
        "close",
    ]
    assert [entry.revision for entry in history] == [1, 2, 3, 4, 5]
    assert case.revision == 5
    assert case.head == history[-1].digest


def test_the_history_replayed_gives_the_stored_case_byte_for_byte(world: World) -> None:
    case = world.closed()
    world.tick("2022-10-20 09:00")
    case = world.engine.case(case.id)
    history = world.engine.history(case.id)
    assert canonical(replay(history)) == canonical(snapshot(case))
    for revision in range(1, len(history) + 1):
        assert rebuilt(case, history[:revision]).revision == revision


def test_a_refused_trigger_changes_nothing(world: World) -> None:
    case = world.assigned()
    assert world.refusal(case, "close", COORDINATOR, opinion="好", outcome="solved") == {"needs"}
    assert world.refusal(case, "report", COORDINATOR, result="x") == {"role"}
    assert len(world.engine.history(case.id)) == case.revision


def test_an_edited_entry_is_found(world: World) -> None:
    case = world.closed()
    assert world.engine.verify(case.id) is None
    with world.engine.store.engine.begin() as connection:
        connection.execute(text("UPDATE flowcase_history SET actor = 'wang' WHERE revision = 5"))
    assert "entry 5" in str(world.engine.verify(case.id))


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM flowcase_history WHERE revision = 3",
        "DELETE FROM flowcase_history WHERE revision = 5",
        "UPDATE flowcase_history SET details = '{}' WHERE revision = 4",
        "UPDATE flowcase_history SET salt = 'other' WHERE revision = 4",
        "UPDATE flowcase_case SET state = 'verified'",
        "UPDATE flowcase_case SET owner = 'somebody'",
    ],
)
def test_what_was_tampered_with_does_not_verify(world: World, damage: str) -> None:
    case = world.closed()
    assert world.engine.verify(case.id) is None, "the control: untouched, it verifies"
    with world.engine.store.engine.begin() as connection:
        connection.execute(text(damage))
    assert world.engine.verify(case.id) is not None


def test_the_same_key_fires_once_and_returns_the_first_result(world: World) -> None:
    case = world.assigned()
    first = world.engine.fire(case.id, "report", LEAD, {"result": "办结"}, key="k-1")
    world.engine.fire(case.id, "note", LEAD, {"note": "later"})
    again = world.engine.fire(case.id, "report", LEAD, {"result": "办结"}, key="k-1")
    assert again.revision == first.revision == 4
    assert again.facts == first.facts
    assert again.head == first.head
    assert len(world.engine.history(case.id)) == 5


def test_the_same_key_with_other_data_or_another_trigger_is_refused(world: World) -> None:
    case = world.assigned()
    world.engine.fire(case.id, "report", LEAD, {"result": "办结"}, key="k-1")
    for trigger, data in (("report", {"result": "另一结果"}), ("note", {"note": "办结"})):
        with pytest.raises(flowcase.Refused) as refused:
            world.engine.fire(case.id, trigger, LEAD, data, key="k-1")
        assert [reason.code for reason in refused.value.reasons] == ["key_taken"]
    assert world.engine.case(case.id).revision == 4


def test_the_same_key_opens_one_case(world: World) -> None:
    def file(content: str) -> flowcase.Case:
        return world.engine.open(
            "mayor_line",
            party=PARTY,
            actor=PRINCIPAL,
            data={**APPEAL, "content": content},
            key="12345-20220726-0007",
        )

    first = file("甲")
    world.engine.fire(first.id, "withdraw", PRINCIPAL, {"reason": "已解决"})
    again = file("甲")
    assert (again.id, again.revision, again.state) == (first.id, 1, "submitted")
    with pytest.raises(flowcase.Refused, match="was used for 'open'"):
        file("乙")
    assert len(world.engine.cases()) == 1


def test_moments_come_back_aware_and_to_the_microsecond(world: World) -> None:
    at = datetime(2022, 7, 26, 1, 2, 3, 456789, tzinfo=UTC)
    world.clock.move_to(at)
    case = world.engine.case(world.open().id)
    assert case.opened_at == at
    assert case.opened_at.tzinfo is UTC
    assert case.due_at == moment("2022-07-29 00:00")
    assert world.engine.history(case.id)[0].at == at


def test_a_long_text_is_kept_in_the_history_and_found_from_the_case(world: World) -> None:
    content = "长" * 8000
    case = world.open(content=content)
    assert case.fields()["content"] == 1, "the snapshot holds the number of the entry"
    assert world.engine.fields(case.id)["content"] == content
    assert world.engine.fields(case.id)["subject"] == APPEAL["subject"]


def test_a_clock_set_back_does_not_turn_the_record_back(world: World) -> None:
    case = world.at("2022-07-26 12:00").open()
    world.at("2022-07-26 11:00")
    case = world.engine.fire(case.id, "note", OFFICE, {"note": "时钟回拨"})
    assert case.changed_at == moment("2022-07-26 12:00")


def test_a_page_of_cases_goes_on_where_the_last_one_ended(world: World) -> None:
    for day in range(1, 8):
        world.at(f"2022-08-0{day} 09:00").open(subject=f"事项{day}")
    paused = world.open()
    world.engine.fire(paused.id, "ask_supplement", OFFICE, {"question": "缺什么？"})
    withdrawn = world.open()
    world.engine.fire(withdrawn.id, "withdraw", PRINCIPAL, {"reason": "解决"})
    every = world.engine.cases(limit=100)
    seen: list[str] = []
    after = None
    while True:
        page = world.engine.cases(limit=2, after=after)
        seen += [case.id for case in page]
        after = page.next
        if after is None:
            break
    assert seen == [case.id for case in every]
    assert len(set(seen)) == 9
    dues = [case.due_at for case in every if case.due_at is not None]
    assert dues == sorted(dues)


def test_lists_are_filtered_by_what_stands_in_the_case(world: World) -> None:
    first = world.open()
    second = world.assigned()
    engine = world.engine
    assert [case.id for case in engine.cases(state="assigned")] == [second.id]
    assert [case.id for case in engine.cases(owner="@office")] == [first.id]
    assert len(engine.cases(party=PARTY)) == 2
    assert len(engine.cases(tier="general")) == 2
    assert len(engine.cases(tier="major")) == 0
    assert len(engine.cases(overdue=True)) == 0
    assert [case.id for case in engine.cases(due_before=moment("2022-07-28 12:00"))] == [second.id]
    world.at("2022-07-29 09:00")
    assert {case.id for case in engine.cases(overdue=True)} == {first.id, second.id}
    assert len(engine.cases(overdue=False)) == 0


@pytest.mark.parametrize("limit", [0, -1, 1001, True])
def test_a_limit_that_cannot_be_is_refused(world: World, limit: int) -> None:
    with pytest.raises(flowcase.InvalidInput, match="limit"):
        world.engine.cases(limit=limit)


@pytest.mark.parametrize("after", ["", "x", "-/", "2022/abc", "'; DROP TABLE flowcase_case; --/x"])
def test_a_cursor_that_cannot_be_is_refused(world: World, after: str) -> None:
    with pytest.raises(flowcase.InvalidInput, match="is not where a page ended"):
        world.engine.cases(after=after)
