"""Rows: how cases and entries are laid out in columns, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flowcase.case import Case
from flowcase.errors import DatabaseError
from flowcase.history import Changes, Entry, canonical, changes_fact
from flowcase.statements import CASE_COLUMNS, HISTORY_COLUMNS, MOVING
from flowcase.time import utc

Decoders = Mapping[str, Callable[[Any], Any]]

_WIDTH = len(CASE_COLUMNS)


def read_case(row: Sequence[Any], decoders: Decoders) -> Case:
    """Read a case from the first columns of a row."""
    values = {
        name: decoders[name](value) if value is not None and name in decoders else value
        for name, value in zip(CASE_COLUMNS, row, strict=False)
    }
    values["facts"] = MappingProxyType(json.loads(values.pop("body")))
    return Case(**values)


def beside(row: Sequence[Any]) -> Sequence[Any]:
    """Return the columns that were joined to a case's own."""
    return row[_WIDTH:]


def opening_values(case: Case, head: str) -> dict[str, Any]:
    """Return the columns of a case about to be opened, under the names the statement takes."""
    values = {"new_" + name: getattr(case, name) for name in CASE_COLUMNS if name != "body"}
    return {**values, "new_head": head, "new_body": canonical(dict(case.facts))}


def moving_values(before: Case, after: Case, head: str) -> dict[str, Any]:
    """Return the columns a move sets, and what it expects to find."""
    values = {"new_" + name: getattr(after, name) for name in MOVING if name != "body"}
    return {
        **values,
        "new_head": head,
        "new_body": canonical(dict(after.facts)),
        "id": before.id,
        "was": before.revision,
        "unsettled_was": before.unsettled,
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return the columns of a sealed entry."""
    return {
        "case_id": entry.case_id,
        "revision": entry.revision,
        "at": entry.at,
        "trigger": entry.trigger,
        "source": entry.source,
        "dest": entry.dest,
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "key": entry.key,
        "rung": None if entry.rung is None else canonical(dict(entry.rung)),
        "told": canonical(list(entry.told)) if entry.told else None,
        "changes": canonical(changes_fact(entry.changes)),
        "details": canonical(dict(entry.details)),
        "salt": entry.salt,
        "commitment": entry.commitment,
        "digest": entry.digest,
    }


def read_entry(row: Sequence[Any], decoders: Decoders) -> Entry:
    """Read a sealed entry from a row."""
    values = dict(zip(HISTORY_COLUMNS, row, strict=True))
    changes = json.loads(values["changes"])
    if not {"set"} <= set(changes) <= {"set", "removed"}:
        raise DatabaseError(f"entry {values['revision']} of case {values['case_id']} is damaged")
    values |= {
        "at": utc(decoders["at"](values["at"])),
        "rung": None if values["rung"] is None else json.loads(values["rung"]),
        "told": tuple(json.loads(values["told"])) if values["told"] else (),
        "changes": Changes(changes["set"], tuple(changes.get("removed", ()))),
        "details": json.loads(values["details"]) if values["details"] is not None else {},
    }
    return Entry(**values)


def read_entries(rows: Iterable[Sequence[Any]], decoders: Decoders) -> list[Entry]:
    """Read sealed entries in the order of the rows."""
    return [read_entry(row, decoders) for row in rows]
