"""Mermaid: writes a workflow as a state diagram in Mermaid's language."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flowcase.diagram.captions import Caption, Captions
from flowcase.workflows.rules import Workflow

#: Punctuation that means nothing to Mermaid; whatever else is no letter, digit or blank is escaped.
_HARMLESS = frozenset(" -_.,()!?'，。、；：！？（）《》“”‘’—…·")
_BREAK = "<br/>"
_CLOCK = "⏰"


def mermaid(workflow: Workflow, language: str = "en") -> str:
    """Return a workflow as a Mermaid stateDiagram-v2: its states, and who fires what between them.

    language: "zh" or "en", of the titles. What a clock fires is marked ⏰ with the clock's name and
    term; internal transitions are arrows from a state to itself. The same workflow gives the same
    text.
    """
    return "\n".join(_lines(workflow, language)) + "\n"


def _lines(workflow: Workflow, language: str) -> Iterator[str]:
    document, captions = workflow.document, Captions(workflow, language)
    title = document.title.in_language(language)
    quoted = json.dumps(title, ensure_ascii=not title.isprintable())  # JSON is YAML, too
    yield from ("---", f"title: {quoted}", "---")
    yield "stateDiagram-v2"
    for name in document.states:
        yield f'    state "{_escaped(captions.state(name))}" as {_id(name)}'
    opening = _label(captions.move(workflow.intake, ""))
    yield f"    [*] --> {_id(document.intake.dest)}: {opening}"
    for (source, dest), labels in _arrows(workflow, captions).items():
        yield f"    {_id(source)} --> {_id(dest)}: {_BREAK.join(labels)}"
    for name, state in document.states.items():
        if state.final:
            yield f"    {_id(name)} --> [*]"


def _arrows(workflow: Workflow, captions: Captions) -> dict[tuple[str, str], list[str]]:
    """Return what leads from one state to another, in the document's order."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in workflow.transitions:
        for source in transition.sources:
            labels = arrows.setdefault((source, transition.dest or source), [])
            label = _label(captions.move(transition, source))
            if label not in labels:
                labels.append(label)
    return arrows


def _label(caption: Caption) -> str:
    return f"{_CLOCK} {_escaped(caption.text)}" if caption.by_clock else _escaped(caption.text)


def _escaped(text: str) -> str:
    """Return a text so that nothing in it can be read as Mermaid."""
    return "".join(
        character if character.isalnum() or character in _HARMLESS else f"#{ord(character)};"
        for character in text
    )


def _id(state: str) -> str:
    """Return a state's name in the diagram; `end` or `note` alone would be a word of Mermaid's."""
    return f"s_{state}"
