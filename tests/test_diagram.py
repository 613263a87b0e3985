"""Diagrams: everything a workflow says of its states and triggers is drawn, and nothing else."""

import json
import re

import pytest

from flowcase.diagram.mermaid import mermaid
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import Workflow

#: What Mermaid understands of a diagram like ours, line by line.
ESCAPED = r"(?:[^\W_]|[ \-_.,()!?'，。、；：！？（）《》“”‘’—…·⏰]|#[0-9]+;)*"
LINES = (
    re.compile(rf'    state "{ESCAPED}" as s_[a-z0-9_]+'),
    re.compile(rf"    (?:\[\*\]|s_[a-z0-9_]+) --> s_[a-z0-9_]+: {ESCAPED}(?:<br/>{ESCAPED})*"),
    re.compile(r"    s_[a-z0-9_]+ --> \[\*\]"),
)

HOSTILE = [
    '"] --> s_end',
    '"\\" as s_end',
    "end note",
    "%% a comment",
    "%%{init: {'theme': 'dark'}}%%",
    "a; b",
    "style x: y#z;",
    "classDef a fill:red",
    "```",
    "<script>alert(1)</script>",
    "<br/>",
    "{[(",
    ":::class",
    "--> [*]",
    "---",
    "#quot;",
    "&quot;",
    "@{ shape: cloud }",
    'click s_end href "javascript:alert(1)"',
    "\u202eneddih",
    "\u2028state x",
    "😀",
]


def small(title: str = "A title", words: tuple[str, str, str] = ("end", "note", "state")) -> str:
    """A document whose every title is `title`, and whose words are words of Mermaid's own."""
    first, second, trigger = words
    quoted = json.dumps(title, ensure_ascii=False)
    both = f"{{ zh = {quoted}, en = {quoted} }}"
    return f"""
name = "small"
version = 1
closed_loop = false
title = {both}
intake = {{ dest = "{first}", by = ["desk", "anyone"], party = "none" }}
[roles.desk]
title = {both}
[states.{first}]
title = {both}
[states.{second}]
[states.over]
final = true
[triggers.{trigger}]
title = {both}
[clocks.fork]
title = {both}
runs_in = ["{second}"]
terms = [{{ workdays = 1 }}]
on_due = "late"
[[transitions]]
trigger = "{trigger}"
source = "{first}"
dest = "{second}"
by = ["desk"]
[[transitions]]
trigger = "late"
source = "{second}"
dest = "over"
by = ["clock"]
[[transitions]]
trigger = "direction"
source = ["{first}", "{second}"]
by = ["desk"]
"""


@pytest.fixture(scope="module")
def mayor_line() -> Workflow:
    return shipped_workflows()["mayor_line"]


def body(diagram: str) -> list[str]:
    lines = diagram.splitlines()
    assert lines[0] == lines[2] == "---"
    assert lines[1].startswith("title: ")
    assert lines[3] == "stateDiagram-v2"
    return lines[4:]


def test_a_small_workflow_looks_like_this() -> None:
    assert mermaid(read_workflow(small())) == (
        "---\n"
        'title: "A title"\n'
        "---\n"
        "stateDiagram-v2\n"
        '    state "A title" as s_end\n'
        '    state "note" as s_note\n'
        '    state "over" as s_over\n'
        "    [*] --> s_end: open (A title, anyone)\n"
        "    s_end --> s_note: A title (A title)\n"
        "    s_note --> s_over: ⏰ late (A title, 1 working day)\n"
        "    s_end --> s_end: direction (A title)\n"
        "    s_note --> s_note: direction (A title)\n"
        "    s_over --> [*]\n"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_and_every_trigger_is_drawn(mayor_line: Workflow, language: str) -> None:
    drawn = body(mermaid(mayor_line, language))
    for name, state in mayor_line.document.states.items():
        title = state.title.in_language(language) if state.title else name
        assert f'    state "{title}" as s_{name}' in drawn
        assert (f"    s_{name} --> [*]" in drawn) is state.final
    for transition in mayor_line.transitions:
        title = mayor_line.title(transition.trigger, language, "triggers")
        called = title.replace(":", "#58;")  # a colon would end the label's name
        for source in transition.sources:
            start = f"    s_{source} --> s_{transition.dest or source}: "
            (labels,) = [line.removeprefix(start) for line in drawn if line.startswith(start)]
            assert any(
                label.removeprefix("⏰ ").startswith((f"{called} (", f"{called}（"))
                for label in labels.split("<br/>")
            )


def test_what_a_clock_fires_is_marked_with_the_clock(mayor_line: Workflow) -> None:
    drawn = mermaid(mayor_line, "zh")
    for transition in mayor_line.transitions:
        titled = mayor_line.title(transition.trigger, "zh", "triggers")
        assert (f"⏰ {titled}（" in drawn) is transition.by_clock


def test_the_same_workflow_gives_the_same_text(mayor_line: Workflow) -> None:
    again = read_workflow(mayor_line.text)
    assert mermaid(again) == mermaid(mayor_line)
    assert mermaid(again, "zh") == mermaid(mayor_line, "zh") != mermaid(mayor_line)


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_can_break_out_of_its_place(title: str) -> None:
    drawn = mermaid(read_workflow(small(title)))
    lines = body(drawn)
    assert len(lines) == len(body(mermaid(read_workflow(small()))))
    for line in lines:
        assert any(pattern.fullmatch(line) for pattern in LINES), line
    assert json.loads(drawn.splitlines()[1].removeprefix("title: ")) == title


def test_the_shipped_diagram_holds_nothing_but_lines_mermaid_knows(mayor_line: Workflow) -> None:
    for line in body(mermaid(mayor_line, "zh")):
        assert any(pattern.fullmatch(line) for pattern in LINES), line


@pytest.mark.parametrize("word", ["end", "note", "state", "direction", "style", "class", "fork"])
def test_a_state_may_be_called_like_a_word_of_mermaids(word: str) -> None:
    drawn = mermaid(read_workflow(small(words=(word, "second", "go"))))
    assert f'    state "A title" as s_{word}\n' in drawn
