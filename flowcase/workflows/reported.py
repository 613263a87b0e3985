"""Reported: whether what a document's `[report]` counts is there to be counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowcase.errors import Finding
from flowcase.workflows.facts import shown
from flowcase.workflows.language import ChoiceField, Document, FlagField, Measured


def report_findings(document: Document) -> list[Finding]:
    """Return everything wrong with `[report]` in a document whose grammar is right."""
    return list(_findings(document))


def _findings(document: Document) -> Iterator[Finding]:
    report = document.report
    triggers = {transition.trigger for transition in document.transitions}
    for key, words, known, what in (
        ("unit", [report.unit], document.participants, "participant"),
        ("clock", [report.clock], document.clocks, "clock"),
        ("response", report.response, triggers, "trigger"),
        ("returned", report.returned, triggers, "trigger"),
        ("concluded", report.concluded, document.states, "state"),
    ):
        yield from _known(f"report.{key}", (word for word in words if word), known, what)
    unit = document.participants.get(report.unit or "")
    if unit is not None and unit.count == "many":
        yield Finding("report.unit", f"{report.unit!r} may be several; a case is counted once")
    for key, measured in (("solved", report.solved), ("satisfied", report.satisfied)):
        if measured is not None:
            yield from _measured(document, f"report.{key}", measured)


def _known(path: str, words: Iterable[str], known: Iterable[str], what: str) -> Iterator[Finding]:
    choices = sorted(known)
    for word in words:
        if word not in choices:
            listed = ", ".join(choices[:30]) or "none"
            yield Finding(path, f"no {what} is called {word!r}; known: {listed}")


def _measured(document: Document, path: str, measured: Measured) -> Iterator[Finding]:
    field = document.fields.get(measured.field)
    if field is None:
        yield from _known(f"{path}.field", [measured.field], document.fields, "field")
        return
    if not isinstance(field, ChoiceField | FlagField):
        yield Finding(f"{path}.field", f"is a {field.type}; choices and flags can be counted")
        return
    options = field.options if isinstance(field, ChoiceField) else [True, False]
    wrong = [shown(value) for value in measured.values if value not in options]
    if wrong:
        possible = ", ".join(map(shown, options))
        yield Finding(f"{path}.values", f"{', '.join(wrong)} cannot be; possible: {possible}")
