"""Events: each entry of a history as an event of its case, for logs of any format.

Texts that people wrote are left out unless they are asked for; ids, states and choices are not
texts. A log is read page by page and told as it is read, however long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.chronicle import Span, chronicles
from flowcase.engine import Engine
from flowcase.history import Entry
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. at: in the zone of the workflow's calendar. units: the units at work on the case
    after it. clock, rung: for what a clock did. details: None if they were not asked for.
    """

    id: str
    at: datetime
    activity: str
    revision: int
    source: str | None
    dest: str
    tier: str | None
    actor: str
    on_behalf_of: str | None
    units: tuple[str, ...]
    clock: str | None
    rung: str | None
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A case and its events in order. holders: who holds which unit's part now, by participant."""

    case: Case
    opened_at: datetime
    holders: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]


def traces(
    engine: Engine,
    *,
    workflow: str | None = None,
    since: date | None = None,
    until: date | None = None,
    finished: bool | None = None,
    details: bool = False,
) -> Iterator[Trace]:
    """Yield the cases of a workflow filed in a period (inclusive local days) with their events.

    finished: only those that are, or are not. details: with the data given with each trigger.
    Errors: NotFound, DocumentError.
    """
    if workflow is not None:
        engine.library.workflow(workflow)
    span = Span(workflow, since, until, finished, None if details else frozenset())
    known: dict[str, tuple[Workflow, tzinfo]] = {}
    for chronicle in chronicles(engine.store, span):
        case = chronicle.case
        if case.document not in known:
            known[case.document] = _rules(engine, case.document)
        rules, zone = known[case.document]
        opened_at = case.opened_at.astimezone(zone)
        if not span.holds(opened_at.date()):
            continue
        parts = _unit_parts(rules)
        holders = tuple(
            (part, who) for part in parts for who in _held(case.facts.get("participants." + part))
        )
        events = tuple(_events(chronicle.entries, parts, zone, details=details))
        yield Trace(case, opened_at, holders, events)


def _rules(engine: Engine, digest: str) -> tuple[Workflow, tzinfo]:
    with engine.store.reading() as transaction:
        workflow = engine.library.of(transaction, digest).workflow
    return workflow, zone_named(engine.library.calendar(workflow.document.calendar).timezone)


def _unit_parts(workflow: Workflow) -> tuple[str, ...]:
    """Return the participants that are units: whoever has the role of the one `[report]` names."""
    document = workflow.document
    if document.report.unit is None:
        return ()
    role = document.participants[document.report.unit].role
    return tuple(name for name, each in document.participants.items() if each.role == role)


def _events(
    entries: tuple[Entry, ...], parts: tuple[str, ...], zone: tzinfo, *, details: bool
) -> Iterator[Event]:
    held: dict[str, Any] = {}
    tier: str | None = None
    for entry in entries:
        changes = entry.changes.set
        held |= {
            part: changes["participants." + part]
            for part in parts
            if "participants." + part in changes
        }
        tier = changes.get("tier", tier)
        yield Event(
            id=f"{entry.case_id}/{entry.revision}",
            at=entry.at.astimezone(zone),
            activity=entry.trigger,
            revision=entry.revision,
            source=entry.source,
            dest=entry.dest,
            tier=tier,
            actor=entry.actor,
            on_behalf_of=entry.on_behalf_of,
            units=tuple(dict.fromkeys(who for each in held.values() for who in _held(each))),
            clock=None if entry.rung is None else str(entry.rung["clock"]),
            rung=None if entry.rung is None else str(entry.rung["rung"]),
            details=entry.details if details else None,
        )


def _held(value: str | list[str] | None) -> tuple[str, ...]:
    """Return who holds a part; a desk is nobody in particular."""
    values = (value,) if isinstance(value, str) else tuple(value or ())
    return tuple(who for who in values if who[:1] != "@")
