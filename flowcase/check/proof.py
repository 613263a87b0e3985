"""Proofs: what is proved of a document, what is refuted and by which path, what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

Verdict = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a path, or the passing of time.

    who: "party", a role, a participant, or "clock". trigger: as a history has it; "wait" where
    only time passes. source: None at the opening. actor: the id that stands for him. data: what
    he gives. rung: which clock rings, and which rung of it, as "handling due". at: when, in the
    calendar's zone; None where the path could not be laid on days. refusing: the guards in Python
    that say no.
    """

    who: str
    trigger: str
    source: str | None
    dest: str
    actor: str = ""
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    rung: str | None = None
    at: datetime | None = None
    refusing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one guarantee.

    guarantee: its name, as "G2 way out" or "impossible[3]". where: the place in the document.
    path: the shortest way to where it breaks. rests_on: guards in Python whose answer decides.
    """

    guarantee: str
    verdict: Verdict
    en: str
    zh: str
    path: tuple[Step, ...] = ()
    rests_on: tuple[str, ...] = ()
    where: str = ""

    def in_language(self, language: str) -> str:
        """Return the sentence in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved of a document. nodes, moves: how much there was to search.

    seconds: how long it took.
    """

    workflow: str
    version: int
    digest: str
    judgements: tuple[Judgement, ...]
    nodes: int
    moves: int
    seconds: float

    @property
    def proved(self) -> tuple[Judgement, ...]:
        """What holds whatever happens."""
        return self._of("proved")

    @property
    def refuted(self) -> tuple[Judgement, ...]:
        """What does not hold, each with a path."""
        return self._of("refuted")

    @property
    def undecided(self) -> tuple[Judgement, ...]:
        """What could not be decided, each with the reason."""
        return self._of("undecided")

    def _of(self, verdict: Verdict) -> tuple[Judgement, ...]:
        return tuple(each for each in self.judgements if each.verdict == verdict)
