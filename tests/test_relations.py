"""What one document says of other cases: everything wrong with it, with its place."""

from __future__ import annotations

import pytest

from flowcase.errors import DocumentError
from flowcase.workflows.document import read_workflow
from tests.families import MATTER, PART, changed


def test_both_documents_are_right_as_they_are() -> None:
    assert read_workflow(MATTER).sealing == {"closed", "done", "dropped"}
    assert read_workflow(PART).watched == {"doer", "boss"}


@pytest.mark.parametrize(
    "old, new, path, sentence",
    [
        ('opens_on = ["find"]', 'opens_on = ["look"]', "children.find.opens_on", "'look'"),
        ('per = "helper"', 'per = "head"', "children.part.per", "'head' is one"),
        ('per = "helper"', 'per = "nobody"', "children.part.per", "'nobody'"),
        ('as = "doer"\n', "", "children.part", "say with as"),
        ('per = "helper"\n', "", "children.part.as", "goes with per"),
        ('copy = { what = "what" }', 'copy = { what = "size" }', "children.find.copy", "'size'"),
        ('dates = { by_day = "work" }', 'dates = { by_day = "tea" }', "children.part.dates", "tea"),
        ('boss = "head" }\ndates', 'boss = "tail" }\ndates', "children.part.participants", "tail"),
        ('opens_on = ["help"]', 'opens_on = ["find"]', "children.part.opens_on", "no helper"),
        ('opens_on = ["find"]', 'opens_on = ["close"]', "children.find.opens_on", "'closed'"),
        ('at_most = 2\nwhen_parent_ends = "stop"', "at_most = 2", "children.find", "done, dropped"),
        ("[children.find]", "[children.children]", "children.children", "all of them"),
        ('opens_on = ["split", "finish"]', 'opens_on = ["go"]', "successors.next.opens_on", "'go'"),
        ("continues = true", 'party = "into"', "successors.next.party", "is a reference"),
        ('{ part = "settled" }', '{ wall = "settled" }', "when.children.wall", "'wall'"),
        ('{ part = "settled" }', '{ part = "done" }', "when.children.part", "settled, open"),
        ('{ part = "settled" }', "{}", "when.children", "write"),
        ("[states.working]", "[states.working]\nsettled = true", "states.working.settled", "child"),
        (
            'role = "clerk"\n[participants.helper]',
            "[participants.helper]",
            "participants.head",
            "no role",
        ),
        ('by = ["clock"]', 'by = ["parent"]', "by", "names the parent"),
        ("same_party = true", 'same_party = "yes"', "fields.into", "bool"),
    ],
)
def test_what_a_matter_says_wrongly_is_found_where_it_stands(
    old: str, new: str, path: str, sentence: str
) -> None:
    found = _findings(changed(MATTER, (old, new)))
    assert any(path in where and sentence in message for where, message in found), found


@pytest.mark.parametrize(
    "old, new, path, sentence",
    [
        ("settled = true", "settled = true\nfinal = true", "states.rest.settled", "leave one"),
        (
            '["doer"]\n[[transitions]]\ntrigger = "hand"',
            '["doer"]\nrequires = ["boss"]\n[[transitions]]\ntrigger = "hand"',
            "transitions[3](work)",
            "bound by the parent",
        ),
        (
            "[participants.boss]",
            '[participants.boss]\nfind = { in_charge_of = "what", otherwise = "clerk" }',
            "participants.boss.find",
            "nobody is looked up",
        ),
        (
            'dest = "stopped"\nby = ["parent"]',
            'dest = "stopped"\nby = ["parent"]\nrequires = ["what"]',
            "transitions[7](stop).requires",
            "no data",
        ),
    ],
)
def test_what_a_part_says_wrongly_is_found_where_it_stands(
    old: str, new: str, path: str, sentence: str
) -> None:
    found = _findings(changed(PART, (old, new)))
    assert any(path == where and sentence in message for where, message in found), found


def test_conditions_on_children_need_children() -> None:
    from tests.small import changed as small

    found = _findings(small(('needs = { worker = "given" }', 'needs = { children = "settled" }')))
    assert ("states.working.needs.children", "this workflow has no [children]") in found


def _findings(document: str) -> list[tuple[str, str]]:
    with pytest.raises(DocumentError) as error:
        read_workflow(document)
    return [(finding.path, finding.message) for finding in error.value.findings]
