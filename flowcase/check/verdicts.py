"""Verdicts: what judges look at, and what they say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowcase.calendars.calendar import Calendar
from flowcase.check.graph import Edge, Graph
from flowcase.check.proof import Verdict
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: the document, the rules it was searched by, and what the search found.

    cycles: the cycle from which on they are no longer told apart.
    """

    original: Workflow
    workflow: Workflow
    graph: Graph
    calendar: Calendar
    cycles: int

    @property
    def guards(self) -> tuple[str, ...]:
        """The guards in Python that the document names."""
        return tuple(sorted({name for each in self.workflow.transitions for name in each.guards}))


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict before its path is laid on days. edges: the path.

    same: a part and a name; whoever has the part makes the last move as that name. refused: the
    clock that rings into a refusal after the path. reckoned: it was found on real days, and stands
    whether or not the path can be laid on those of a replay.
    """

    guarantee: str
    verdict: Verdict
    en: str
    zh: str
    edges: tuple[Edge, ...] = ()
    rests_on: tuple[str, ...] = ()
    where: str = ""
    same: tuple[str, str] | None = None
    refused: str | None = None
    reckoned: bool = False


def proved(
    guarantee: str,
    en: str,
    zh: str,
    edges: Iterable[Edge] = (),
    *,
    rests_on: Iterable[str] = (),
    where: str = "",
) -> Found:
    """Return that a guarantee holds; edges: a path that shows it, where one does."""
    return Found(guarantee, "proved", en, zh, tuple(edges), tuple(rests_on), where)


def refuted(
    guarantee: str,
    en: str,
    zh: str,
    edges: Iterable[Edge],
    *,
    rests_on: Iterable[str] = (),
    where: str = "",
    same: tuple[str, str] | None = None,
    refused: str | None = None,
    reckoned: bool = False,
) -> Found:
    """Return a way in which a guarantee does not hold, and how one gets there."""
    return Found(guarantee, "refuted", en, zh, tuple(edges), tuple(rests_on), where, same, refused)


def undecided(guarantee: str, en: str, zh: str, *, where: str = "") -> Found:
    """Return that a guarantee could not be decided, and why."""
    return Found(guarantee, "undecided", en, zh, where=where)


def holds_unless(broken: Iterable[Found], holds: Found) -> Iterator[Found]:
    """Return every way in which a guarantee is broken, the nearest first; else that it holds."""
    some = False
    for each in broken:
        some = True
        yield each
    if not some:
        yield holds
