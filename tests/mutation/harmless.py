"""Harmless mutants: changed documents that change nothing anybody could meet, listed with why.

harmless.toml says for each document: `mutant`, the name; `reason`, a sentence; and `same`, what is
compared to show it: "moves", all that the search finds; "zone", where its days begin; "nothing"
where no code can show it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from flowcase.calendars.calendar import load_calendar
from flowcase.check.limits import Limits
from flowcase.check.search import search
from flowcase.workflows.document import read_workflow

Same = Literal["moves", "zone", "nothing"]

_LISTED = Path(__file__).with_name("harmless.toml")


@dataclass(frozen=True, slots=True)
class Harmless:
    """A mutant that is no fault, why not, and what is compared to show it."""

    mutant: str
    reason: str
    same: Same


def harmless_mutants(document: str) -> dict[str, Harmless]:
    """Return the mutants of a document listed as harmless, by name."""
    listed = tomllib.loads(_LISTED.read_text(encoding="utf-8")).get(document, [])
    found = {each["mutant"]: Harmless(**each) for each in listed}
    assert len(found) == len(listed), "a mutant is listed once"
    assert all(each.reason and each.same in get_args(Same) for each in found.values())
    return found


def refutation(original: str, mutant: str, claim: Harmless) -> str | None:
    """Return what speaks against a claim, or None."""
    if claim.same == "moves" and _moves(original) != _moves(mutant):
        return "the mutant leads to other moves"
    if claim.same == "zone" and _zone(original) != _zone(mutant):
        return "the mutant counts days in another time zone"
    return None


def _zone(text: str) -> str:
    document = read_workflow(text).document
    return document.timezone or load_calendar(document.calendar).timezone


@cache
def _moves(text: str) -> tuple[Any, ...]:
    """Return every case a document leads to and every move between them."""
    workflow = read_workflow(text)
    calendar = load_calendar(workflow.document.calendar)
    graph = search(workflow, [], calendar, Limits()).graph
    nodes = [(each.state, each.case.tier, sorted(each.clocks.items())) for each in graph.nodes]
    edges = [
        (each.source, each.dest, each.trigger, each.names, repr(each.data), each.rung)
        for each in graph.edges
    ]
    return tuple(nodes), tuple(edges)
