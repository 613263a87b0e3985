"""Diagrams: draws a workflow as a state diagram in Mermaid's language."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flowcase.workflows.language import Title
from flowcase.workflows.rules import Transition, Workflow

#: Punctuation that means nothing to Mermaid; whatever else is no letter, digit or blank is escaped.
_HARMLESS = frozenset(" -_.,()!?'，。、；：！？（）《》“”‘’—…·")
_SPECIAL = {
    "party": ("party", "当事人"),
    "anyone": ("anyone", "任何人"),
    "open": ("open", "立案"),
}
_BREAK = "<br/>"
_CLOCK = "⏰"


def mermaid(workflow: Workflow, language: str = "en") -> str:
    """Return a workflow as a Mermaid stateDiagram-v2: its states, and who fires what between them.

    language: "zh" or "en", of the titles. What a clock fires is marked ⏰ with the clock's name;
    internal transitions are arrows from a state to itself. The same workflow gives the same text.
    """
    return "\n".join(_lines(workflow, language)) + "\n"


def _lines(workflow: Workflow, language: str) -> Iterator[str]:
    document = workflow.document
    title = document.title.in_language(language)
    quoted = json.dumps(title, ensure_ascii=not title.isprintable())  # JSON is YAML, too
    yield from ("---", f"title: {quoted}", "---")
    yield "stateDiagram-v2"
    for name, state in document.states.items():
        yield f'    state "{_called(name, state.title, language)}" as {_id(name)}'
    opening = _label(workflow, workflow.intake, "", language)
    yield f"    [*] --> {_id(document.intake.dest)}: {opening}"
    for (source, dest), labels in _arrows(workflow, language).items():
        yield f"    {_id(source)} --> {_id(dest)}: {_BREAK.join(labels)}"
    for name, state in document.states.items():
        if state.final:
            yield f"    {_id(name)} --> [*]"


def _arrows(workflow: Workflow, language: str) -> dict[tuple[str, str], list[str]]:
    """Return what leads from one state to another, in the document's order."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in workflow.transitions:
        for source in transition.sources:
            labels = arrows.setdefault((source, transition.dest or source), [])
            label = _label(workflow, transition, source, language)
            if label not in labels:
                labels.append(label)
    return arrows


def _label(workflow: Workflow, transition: Transition, source: str, language: str) -> str:
    """Return the trigger and who may fire it, or which clocks do."""
    document = workflow.document
    trigger = _escaped(workflow.title(transition.trigger, language, "triggers"))
    if not transition.by_clock:
        return f"{trigger} ({', '.join(_who(workflow, name, language) for name in transition.by)})"
    clocks = [
        _called(clock.name, document.clocks[clock.name].title, language)
        for clock in workflow.clocks.values()
        if clock.on_due == transition.trigger and source in clock.runs_in
    ]
    return f"{_CLOCK} {trigger} ({', '.join(clocks)})" if clocks else f"{_CLOCK} {trigger}"


def _who(workflow: Workflow, name: str, language: str) -> str:
    document = workflow.document
    participant, role = document.participants.get(name), document.roles.get(name)
    if participant is not None:
        title = participant.title or (
            document.roles[participant.role].title if language == "zh" else None
        )
        return _called(name, title, language)
    return _called(name, role.title if role else None, language)


def _called(word: str, title: Title | None, language: str) -> str:
    """Return a title, or the word in its place, so that nothing in it can be read as Mermaid."""
    if title is not None:
        return _escaped(title.in_language(language))
    if word in _SPECIAL:
        return _SPECIAL[word][language == "zh"]
    return word


def _escaped(text: str) -> str:
    return "".join(
        character if character.isalnum() or character in _HARMLESS else f"#{ord(character)};"
        for character in text
    )


def _id(state: str) -> str:
    """Return a state's name in the diagram; `end` or `note` alone would be a word of Mermaid's."""
    return f"s_{state}"
