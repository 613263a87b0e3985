"""Differences: every change of a document is told, once, in the order of a document."""

from __future__ import annotations

import pytest

from flowcase.differences import Difference, compare
from flowcase.workflows.document import read_workflow, shipped_workflows
from tests.small import changed

TAKE = '[[transitions]]\ntrigger = "take"'
DROP = '[[transitions]]\ntrigger = "drop"\nsource = "new"\ndest = "done"\nby = ["clerk"]\n'


def _told(*changes: tuple[str, str]) -> list[Difference]:
    return list(compare(read_workflow(changed()), read_workflow(changed(*changes))))


def test_a_document_is_no_different_from_itself() -> None:
    for workflow in shipped_workflows().values():
        assert compare(workflow, workflow) == ()
    remark = read_workflow(changed() + "# said better\n")
    assert compare(read_workflow(changed()), remark) == (), "remarks are not rules"


@pytest.mark.parametrize(
    "change, english, chinese",
    [
        (("version = 1", "version = 2"), "document: version: 1 → 2", "文档：版本：1 → 2"),
        (
            ('tell = ["clerk"]\n\n', 'tell = ["clerk", "chief"]\n\n'),
            "intake: tell: clerk → clerk, chief",
            "立案：通知：办事员 → 办事员, 科长",
        ),
        (
            ('["red", "green"]', '["red", "green", "blue"]'),
            "field colour: options: red, green → red, green, blue",
            "字段 colour：选项：red, green → red, green, blue",
        ),
        (
            (
                '[states.checked]\nowner = "chief"\ntier = "high"',
                '[states.checked]\nowner = "chief"',
            ),
            "state checked: tier: high → none",
            "状态 checked：层级：high → 无",
        ),
        (
            ("{ workdays = 5 }]", '{ months = 1, roll = "none" }]'),
            (
                "clock work: terms: when colour = red, 2 working days; 5 working days → "
                "when colour = red, 2 working days; 1 months, roll none"
            ),
            (
                "时限 work：期限：条件 colour = red，2 个工作日；5 个工作日 → "
                "条件 colour = red，2 个工作日；1 个月，顺延 none"
            ),
        ),
        (
            ("size = { at_least = 3 }", "size = { at_least = 4 }"),
            (
                "transition check: working → checked: when: size = at least 3 and ready = yes → "
                "size = at least 4 and ready = yes"
            ),
            (
                "流转 check: working → checked：条件：size = 不少于 3 且 ready = 是 → "
                "size = 不少于 4 且 ready = 是"
            ),
        ),
        (
            (TAKE, DROP + TAKE),
            "transition drop: new → done is new: trigger drop, source new, dest done, by clerk",
            "流转 drop: new → done 新增：操作 drop，来源 new，去向 done，办理者 办事员",
        ),
    ],
)
def test_a_change_is_told_in_words(change: tuple[str, str], english: str, chinese: str) -> None:
    told = _told(change)
    assert [(each.en, each.zh) for each in told] == [(english, chinese)]


def test_what_is_gone_is_told_too() -> None:
    old = read_workflow(changed((TAKE, DROP + TAKE)))
    (gone,) = compare(old, read_workflow(changed()))
    assert (gone.kind, gone.name, gone.after) == ("removed", "drop: new → done", None)
    assert gone.en == "transition drop: new → done is gone"


def test_a_transition_that_leads_elsewhere_is_the_same_transition() -> None:
    (told,) = _told(('source = "checked"\ndest = "done"', 'source = "checked"\ndest = "new"'))
    assert (told.name, told.attribute, told.before, told.after) == (
        *("finish: checked → new", "dest"),
        *("done", "new"),
    )


def test_the_order_of_alternatives_is_told_because_the_first_is_taken() -> None:
    first = DROP.replace("done", "checked") + 'when = { colour = "red" }\n'
    second = DROP + 'when = { colour = "green" }\n'
    old = read_workflow(changed((TAKE, first + second + TAKE)))
    new = read_workflow(changed((TAKE, second + first + TAKE)))
    assert [(each.kind, each.name) for each in compare(old, new)] == [("moved", "drop")]


def test_promises_come_and_go_one_by_one() -> None:
    promise = '[guarantees]\nimpossible = [{{ trigger = "{}", by = "clerk" }}{}]\n'
    old = read_workflow(changed() + promise.format("check", ""))
    new = read_workflow(
        changed() + promise.format("check", ', { trigger = "again", by = "clerk" }')
    )
    assert [each.en for each in compare(old, new)] == [
        "guarantee: impossible is new: trigger again, by clerk"
    ]
    assert [each.kind for each in compare(new, old)] == ["removed"]


def test_changes_are_told_in_the_order_of_a_document() -> None:
    told = _told(
        (TAKE, DROP + TAKE),
        ("version = 1", "version = 2"),
        ("workdays = 5 }", "workdays = 6 }"),
        ("max_length = 20", "max_length = 30"),
        ("[states.done]", "[states.over]\nfinal = true\n[states.done]"),
    )
    assert [each.section for each in told] == [
        *("document", "fields", "states", "clocks", "transitions"),
    ]
