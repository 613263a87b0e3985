"""Rows: event logs as CSV, one event a row, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowcase.cells import Value, csv_lines
from flowcase.eventlogs.events import Trace
from flowcase.history import canonical

COLUMNS = (
    *("case", "workflow", "party", "revision", "time", "activity", "source", "dest", "tier"),
    *("actor", "on_behalf_of", "units", "clock", "rung"),
)


def csv_log(traces: Iterable[Trace], *, details: bool = False) -> Iterator[str]:
    """Yield a log as the lines of a CSV file. details: with a column of the data given, as JSON.

    Several units are separated by a semicolon; times are ISO 8601 with their offset.
    """
    yield from csv_lines(_rows(traces, details=details))


def _rows(traces: Iterable[Trace], *, details: bool) -> Iterator[list[Value]]:
    yield [*COLUMNS, *(["details"] if details else [])]
    for trace in traces:
        case = trace.case
        for event in trace.events:
            told = [canonical(dict(event.details or {}))] if details else []
            yield [
                *(case.id, case.workflow, case.party, event.revision, event.at.isoformat()),
                *(event.activity, event.source, event.dest, event.tier, event.actor),
                *(event.on_behalf_of, ";".join(event.units), event.clock, event.rung, *told),
            ]
