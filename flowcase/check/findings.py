"""Findings: what a check says of a workflow, in both languages, and how it is summed up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "note"]
Kind = Literal[
    "opening_refused",
    "unreached_state",
    "no_final_state",
    "dead_end",
    "no_way_out",
    "nobody_may",
    "never_rung",
    "never_met",
    "shadowed",
    "needs_never_met",
    "clock_never_starts",
    "unused",
    "never_given",
]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing found: what kind, where in the document, and a sentence in each language."""

    kind: Kind
    severity: Severity
    path: str
    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """Return the sentence in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


def listed(words: Iterable[str]) -> str:
    """Return words as both languages list them."""
    return ", ".join(words)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found, and how much there was to look at. `ok`: no error."""

    workflow: str
    version: int
    states: int
    transitions: int
    clocks: int
    findings: tuple[CheckFinding, ...]

    @property
    def errors(self) -> tuple[CheckFinding, ...]:
        """What is certainly wrong."""
        return tuple(each for each in self.findings if each.severity == "error")

    @property
    def notes(self) -> tuple[CheckFinding, ...]:
        """What somebody should look at."""
        return tuple(each for each in self.findings if each.severity == "note")

    @property
    def ok(self) -> bool:
        """Whether nothing is certainly wrong."""
        return not self.errors
