"""Shapes: what `--json` prints. They are stable: names are added to them, never changed or removed.

A case: id, workflow, document, state, tier, owner, party, parent_id, opened_at, changed_at, due_at,
    finished_at, unsettled (open children), settled, revision, cycle.
An entry: revision, at, trigger, source, dest, actor, on_behalf_of, key, rung, told, details,
    digest.
A clock: name, phase, since, due_at, last_day, provisional, floor, remaining_workdays, overdue.
A move: trigger, dests, by, requires, accepts.
A day: date, kind, count, name {zh, en}, notice, provisional.
Moments are ISO 8601 with the offset of the workflow's calendar; due moments are exclusive: 24:00 of
the last day is 00:00 of the next. Days are YYYY-MM-DD. What there is none of is null.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from flowcase.case import Case, Move
from flowcase.cli.dials import Dial
from flowcase.history import Entry
from flowcase.terms import Day

Shape = dict[str, Any]


def moment_shape(moment: datetime | None, zone: tzinfo) -> str | None:
    """Return a moment in a zone, with its offset."""
    return None if moment is None else moment.astimezone(zone).isoformat()


def case_shape(case: Case, zone: tzinfo) -> Shape:
    """Return a case."""
    return {
        "id": case.id,
        "workflow": case.workflow,
        "document": case.document,
        "state": case.state,
        "tier": case.tier,
        "owner": case.owner,
        "party": case.party,
        "parent_id": case.parent_id,
        "opened_at": moment_shape(case.opened_at, zone),
        "changed_at": moment_shape(case.changed_at, zone),
        "due_at": moment_shape(case.due_at, zone),
        "finished_at": moment_shape(case.finished_at, zone),
        "unsettled": case.unsettled,
        "settled": case.settled,
        "revision": case.revision,
        "cycle": case.cycle,
    }


def entry_shape(entry: Entry, zone: tzinfo) -> Shape:
    """Return an entry of a history."""
    return {
        "revision": entry.revision,
        "at": moment_shape(entry.at, zone),
        "trigger": entry.trigger,
        "source": entry.source,
        "dest": entry.dest,
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "key": entry.key,
        "rung": dict(entry.rung) if entry.rung is not None else None,
        "told": list(entry.told),
        "details": dict(entry.details),
        "digest": entry.digest,
    }


def dial_shape(dial: Dial, zone: tzinfo) -> Shape:
    """Return a clock of a case."""
    return {
        "name": dial.name,
        "phase": dial.phase,
        "since": moment_shape(dial.since, zone),
        "due_at": moment_shape(dial.due_at, zone),
        "last_day": dial.last_day.isoformat(),
        "provisional": dial.floor is not None,
        "floor": moment_shape(dial.floor, zone),
        "remaining_workdays": dial.remaining,
        "overdue": dial.overdue,
    }


def move_shape(move: Move) -> Shape:
    """Return a trigger that may be fired."""
    return {
        "trigger": move.trigger,
        "dests": list(move.dests),
        "by": list(move.by),
        "requires": list(move.requires),
        "accepts": list(move.accepts),
    }


def day_shape(day: Day) -> Shape:
    """Return a day on the way of a term."""
    return {
        "date": day.date.isoformat(),
        "kind": day.kind,
        "count": day.count,
        "name": {"zh": day.name.zh, "en": day.name.en} if day.name is not None else None,
        "notice": day.notice,
        "provisional": day.provisional,
    }
