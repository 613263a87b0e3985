"""Snapshots: a case as one flat map of facts, and a case rebuilt from its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flowcase.case import Case
from flowcase.history import Entry, canonical, replay
from flowcase.time import read, written
from flowcase.workflows.rules import Workflow

#: What a case's columns hold of the snapshot; the rest are its facts.
_TEXTS = ("state", "tier", "owner", "party", "parent_id")
_MOMENTS = ("due_at", "finished_at")


def snapshot(case: Case) -> dict[str, Any]:
    """Return all that the history must give back when it is replayed."""
    held: dict[str, Any] = {}
    for name in _TEXTS:
        value = getattr(case, name)
        if value is not None:
            held[name] = value
    for name in _MOMENTS:
        value = getattr(case, name)
        if value is not None:
            held[name] = written(value)
    return {**case.facts, **held}


def rebuilt(case: Case, entries: Sequence[Entry]) -> Case:
    """Return the case as it stood after the last of `entries`, which begin with its first."""
    facts = replay(entries)
    last = entries[-1]
    held: dict[str, Any] = {name: facts.pop(name, None) for name in _TEXTS}
    for name in _MOMENTS:
        text = facts.pop(name, None)
        held[name] = None if text is None else read(text)
    documents = facts.get("documents") or [case.documents[0]]
    return replace(
        case,
        **held,
        document=documents[-1][1],
        changed_at=last.at,
        revision=last.revision,
        head=last.digest,
        facts=MappingProxyType(facts),
        wake_at=None,
    )


def drift(case: Case, entries: Sequence[Entry], workflow: Workflow) -> str | None:
    """Return in what a stored case is not what its history says it is, or None."""
    again = rebuilt(case, entries)
    expected = {
        "workflow": workflow.name,
        "document": again.document,
        "opened_at": entries[0].at,
        "changed_at": entries[-1].at,
        "revision": len(entries),
        "sealed": case.state in workflow.sealing,
    }
    for name, value in expected.items():
        if getattr(case, name) != value:
            return f"{name} is not what the history says it is"
    if canonical(snapshot(again)) != canonical(snapshot(case)):
        return "replaying the history does not give what is stored of the case"
    return None


def miscounted(case: Case, counted: int, children: Sequence[Case]) -> str | None:
    """Return in what a case's children are not those it says it has, or None.

    counted: how many it says are open, read together with its children.
    """
    if counted != sum(not child.settled for child in children):
        return "the number of its open children is not what a count of them gives"
    opened = [
        each for key, ids in case.facts.items() if key.startswith("children.") for each in ids
    ]
    if sorted(opened) != [child.id for child in children]:
        return "its children are not those its history says it opened"
    return None
