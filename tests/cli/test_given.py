"""Data as it is typed becomes what the workflow asks for."""

from __future__ import annotations

from typing import Any

import click
import pytest

from flowcase.cli.given import read_given
from flowcase.workflows.document import read_workflow
from flowcase.workflows.rules import Workflow
from tests.cli.conftest import Terminal

DOCUMENT = """
name = "small"
version = 1
closed_loop = false
title = { zh = "小", en = "small" }
[intake]
dest = "begun"
by = ["anyone"]
party = "none"
accepts = ["sure", "count", "day", "note", "kind", "one", "many"]
[roles.clerk]
title = { zh = "职员", en = "clerk" }
[participants.one]
role = "clerk"
[participants.many]
role = "clerk"
count = "many"
[fields.sure]
type = "flag"
[fields.count]
type = "integer"
[fields.day]
type = "date"
[fields.note]
type = "text"
[fields.kind]
type = "choice"
options = ["a", "1"]
[states.begun]
[states.ended]
final = true
[[transitions]]
trigger = "end"
source = "begun"
dest = "ended"
by = ["anyone"]
"""


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    return read_workflow(DOCUMENT)


@pytest.mark.parametrize(
    "pairs, data",
    [
        (["sure=yes"], {"sure": True}),
        (["sure=FALSE"], {"sure": False}),
        (["sure=是"], {"sure": True}),
        (["sure=perhaps"], {"sure": "perhaps"}),
        (["count=12"], {"count": 12}),
        (["count=-3"], {"count": -3}),
        (["count=twelve"], {"count": "twelve"}),
        (["count=" + "9" * 5_000], {"count": "9" * 5_000}),
        (["day=2022-09-23"], {"day": "2022-09-23"}),
        (["note=a=b"], {"note": "a=b"}),
        (["note=@@home"], {"note": "@home"}),
        (["kind=1"], {"kind": "1"}),
        (["one=li,wang"], {"one": "li,wang"}),
        (["many=li, wang", "many=ma"], {"many": ["li", "wang", "ma"]}),
        (["recused=li"], {"recused": ["li"]}),
        (["unheard_of=1"], {"unheard_of": "1"}),
    ],
)
def test_a_pair_is_read_as_its_field_is(
    pairs: list[str], data: dict[str, Any], workflow: Workflow
) -> None:
    assert read_given(workflow, pairs, None) == data


@pytest.mark.parametrize("pairs", [["note"], ["=x"], ["count=1", "count=2"]])
def test_a_pair_that_is_none_is_a_usage_error(pairs: list[str], workflow: Workflow) -> None:
    with pytest.raises(click.UsageError):
        read_given(workflow, pairs, None)


def test_texts_are_read_from_files_and_pairs_come_on_top_of_an_object(
    terminal: Terminal, workflow: Workflow
) -> None:
    text = terminal.write("note.txt", "\ufeff第一行\n第二行\n")
    data = terminal.write("data.json", '{"note": "old", "count": 3, "many": ["li"]}')
    found = read_given(workflow, [f"note=@{text}"], data)
    assert found == {"note": "第一行\n第二行", "count": 3, "many": ["li"]}


def test_a_case_is_opened_and_moved_with_data_of_every_type(terminal: Terminal) -> None:
    terminal.write("small.toml", DOCUMENT)
    args = ("--workflows", str(terminal.folder), "--as", "li", "--json")
    typed = ("sure=yes", "count=2", "day=2022-09-30", "kind=a", "note=-", "many=li,wang")
    data = [word for pair in typed for word in ("-d", pair)]
    opened = terminal.ok("open", "small", *data, *args, stdin="一\n二\n").json
    shown = terminal.ok("show", opened["id"], *args).json
    assert shown["fields"] == {
        "sure": True,
        "count": 2,
        "day": "2022-09-30",
        "kind": "a",
        "note": "一\n二",
    }
    assert shown["participants"] == {"many": ["li", "wang"]}
    assert terminal.ok("fire", opened["id"], "end", *args).json["state"] == "ended"
