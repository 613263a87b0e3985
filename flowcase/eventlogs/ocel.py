"""OCEL: object-centric event logs in the JSON of OCEL 2.0: cases, their parties and units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Any

from flowcase.eventlogs.events import Event, Trace
from flowcase.history import canonical

#: Objects wait in memory up to this size, in bytes, then in a file, until the events are told.
_IN_MEMORY = 4 * 1024 * 1024

_CASE = ("workflow", "document", "state", "tier")
_EVENT = ("actor", "on_behalf_of", "source", "dest", "tier", "clock", "rung")


def ocel_lines(traces: Iterable[Trace]) -> Iterator[str]:
    """Yield a log as OCEL 2.0, line by line.

    An event is related to its case, the case's party and the units then at work; a case to its
    party and to whoever holds its parts now. The ids of parties and units are kept meanwhile.
    """
    seen: set[str] = set()
    activities: dict[str, set[str]] = {}
    with SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8") as objects:
        yield '{"events": ['
        comma = ""
        for trace in traces:
            for found in _objects(trace, seen):
                objects.write(f"{_written(found)}\n")
            for event in trace.events:
                told = _event(event, trace)
                names = activities.setdefault(event.activity, set())
                names |= {each["name"] for each in told["attributes"]}
                yield f"{comma}{_written(told)}"
                comma = ","
        yield '], "objects": ['
        objects.seek(0)
        comma = ""
        for line in objects:
            yield f"{comma}{line.rstrip()}"
            comma = ","
    yield f'], "objectTypes": {_written(_object_types())},'
    yield f'"eventTypes": {_written(_event_types(activities))}}}'


def _objects(trace: Trace, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the case, and those it names that were not yet told of."""
    case = trace.case
    units = {who for _, who in trace.holders} | {w for e in trace.events for w in e.units}
    named = [
        *([("party", case.party)] if case.party else []),
        *(("unit", u) for u in sorted(units)),
    ]
    for kind, name in named:
        key = _key(kind, name)
        if key not in seen:
            seen.add(key)
            yield {"id": key, "type": kind, "attributes": [], "relationships": []}
    related = [("filed by", _key("party", case.party))] if case.party else []
    related += [(part, _key("unit", who)) for part, who in trace.holders]
    changed = _moment(case.changed_at)
    attributes = [
        {"name": name, "time": changed, "value": getattr(case, name)}
        for name in _CASE
        if getattr(case, name) is not None
    ]
    yield {
        "id": _key("case", case.id),
        "type": "case",
        "attributes": attributes,
        "relationships": [{"objectId": key, "qualifier": how} for how, key in related],
    }


def _event(event: Event, trace: Trace) -> dict[str, Any]:
    related = [("case", _key("case", trace.case.id))]
    related += [("party", _key("party", trace.case.party))] if trace.case.party else []
    related += [("unit", _key("unit", unit)) for unit in event.units]
    attributes = {name: getattr(event, name) for name in _EVENT}
    for name, value in (event.details or {}).items():
        attributes[f"details.{name}"] = value if isinstance(value, str) else canonical(value)
    return {
        "id": event.id,
        "type": event.activity,
        "time": _moment(event.at),
        "attributes": [
            {"name": name, "value": value}
            for name, value in attributes.items()
            if value is not None
        ],
        "relationships": [{"objectId": key, "qualifier": how} for how, key in related],
    }


def _object_types() -> list[dict[str, Any]]:
    case = [{"name": name, "type": "string"} for name in _CASE]
    none: list[dict[str, str]] = []
    return [
        {"name": name, "attributes": attributes}
        for name, attributes in (("case", case), ("party", none), ("unit", none))
    ]


def _event_types(activities: dict[str, set[str]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": each, "type": "string"} for each in sorted(names)]}
        for name, names in sorted(activities.items())
    ]


def _key(kind: str, name: str) -> str:
    return f"{kind}:{name}"


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
