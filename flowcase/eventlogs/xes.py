"""XES: event logs in the form of IEEE 1849-2016, with its standard extensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from flowcase.eventlogs.events import Event, Trace
from flowcase.history import canonical

_EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Time", "time"),
)
#: What XML 1.0 cannot hold, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xes_lines(traces: Iterable[Trace], name: str) -> Iterator[str]:
    """Yield a log as XES, line by line. name: what the log is called.

    An event's concept:name is its trigger, so that the log replays on the workflow's net; the
    resource is who acted, the group the first of the units then at work.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<log xes.version="1849-2016" xes.features="nested-attributes" '
        'xmlns="http://www.xes-standard.org/">'
    )
    for title, prefix in _EXTENSIONS:
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        yield f'  <extension name="{title}" prefix="{prefix}" uri="{uri}"/>'
    yield '  <global scope="trace">'
    yield f"    {_string('concept:name', '')}"
    yield "  </global>"
    yield '  <global scope="event">'
    yield f"    {_string('concept:name', '')}"
    yield f"    {_string('lifecycle:transition', 'complete')}"
    yield f"    {_string('org:resource', '')}"
    yield '    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>'
    yield "  </global>"
    yield '  <classifier name="Activity" keys="concept:name"/>'
    yield '  <classifier name="Activity and state" keys="concept:name dest"/>'
    yield f"  {_string('concept:name', name)}"
    yield f"  {_string('lifecycle:model', 'standard')}"
    for trace in traces:
        yield from _trace(trace)
    yield "</log>"


def _trace(trace: Trace) -> Iterator[str]:
    case = trace.case
    yield "  <trace>"
    yield f"    {_string('concept:name', case.id)}"
    for key in ("workflow", "document", "party", "state", "tier"):
        value = getattr(case, key)
        if value is not None:
            yield f"    {_string(key, value)}"
    yield f'    <int key="cycle" value="{case.cycle}"/>'
    yield f'    <boolean key="finished" value="{str(case.finished).lower()}"/>'
    for event in trace.events:
        yield from _event(event)
    yield "  </trace>"


def _event(event: Event) -> Iterator[str]:
    yield "    <event>"
    yield f"      {_string('concept:name', event.activity)}"
    yield f'      <date key="time:timestamp" value="{_moment(event.at)}"/>'
    yield f"      {_string('lifecycle:transition', 'complete')}"
    yield f"      {_string('org:resource', event.actor)}"
    if event.units:
        yield f"      {_string('org:group', event.units[0])}"
    yield f'      <int key="revision" value="{event.revision}"/>'
    for key in ("source", "dest", "tier", "on_behalf_of", "clock", "rung"):
        value = getattr(event, key)
        if value is not None:
            yield f"      {_string(key, value)}"
    for key, value in (event.details or {}).items():
        yield f"      {_detail(key, value)}"
    yield "    </event>"


def _detail(name: str, value: Any) -> str:
    key = f"details:{name}"
    if isinstance(value, bool):
        return f'<boolean key="{key}" value="{str(value).lower()}"/>'
    if isinstance(value, int):
        return f'<int key="{key}" value="{value}"/>'
    return _string(key, value if isinstance(value, str) else canonical(value))


def _string(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(_UNWRITABLE.sub("�", value))}/>'


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
