"""`flowcase export csv|xes|ocel|pnml`: histories and nets for process-mining programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.cli.period import Function, period_options, read_day
from flowcase.eventlogs.events import Event, Trace, traces
from flowcase.eventlogs.ocel import ocel_lines
from flowcase.eventlogs.rows import csv_log
from flowcase.eventlogs.xes import xes_lines
from flowcase.petri import of_workflow, pnml_lines


def _options(function: Function) -> Function:
    for option in (
        click.option(
            "--with-details",
            "details",
            is_flag=True,
            help="With the data given with each trigger, personal texts included.",
        ),
        click.option("--finished", is_flag=True, help="Finished cases only."),
        period_options,
    ):
        function = option(function)
    return function


@command(
    "csv",
    database=True,
    examples="""
    flowcase export csv --workflow mayor_line > events.csv
    flowcase export csv --from 2022-07-15 --until 2022-12-31 --with-details > events.csv
    """,
)
@_options
def csv(desk: Desk, **given: Any) -> None:
    """Print the history as CSV, one event a row, for process mining and spreadsheets.

    What people wrote is left out, unless --with-details asks for it. Cells that a spreadsheet
    would compute are preceded by an apostrophe.
    """
    _tell(desk, given, lambda found: csv_log(found, details=given["details"]), end="")


@command(
    "xes",
    database=True,
    examples="""
    flowcase export xes --workflow mayor_line > log.xes
    flowcase export xes --workflow mayor_line --finished --from 2022-07-15 > log.xes
    """,
)
@_options
def xes(desk: Desk, **given: Any) -> None:
    """Print the history as an event log in XES (IEEE 1849-2016): a trace for each case.

    Each entry is an event named by its trigger; it replays on the net that `export pnml` prints.
    What people wrote is left out, unless --with-details asks for it.
    """
    name = given["workflow"] or "flowcase"
    _tell(desk, given, lambda found: xes_lines(found, name))


@command(
    "ocel",
    database=True,
    examples="""
    flowcase export ocel --workflow mayor_line > log.json
    flowcase export ocel --from 2022-07-15 --finished > log.json
    """,
)
@_options
def ocel(desk: Desk, **given: Any) -> None:
    """Print the history as an object-centric event log (OCEL 2.0, JSON): cases, parties, units.

    What people wrote is left out, unless --with-details asks for it.
    """
    desk.json = False  # it is JSON already
    _tell(desk, given, ocel_lines)


@command(
    "pnml",
    workflows=True,
    examples="""
    flowcase export pnml mayor_line > mayor_line.pnml
    flowcase export pnml rules/my_line.toml --distinct > my_line.pnml
    """,
)
@click.argument("workflow", metavar="WORKFLOW|FILE")
@click.option(
    "--distinct",
    is_flag=True,
    help='Label with trigger+state, as the classifier "Activity and state" of the logs.',
)
def pnml(desk: Desk, workflow: str, distinct: bool) -> None:
    """Print a workflow's states and transitions as a Petri net in PNML (ISO/IEC 15909-2).

    Logs of `export xes` replay on it. Conditions and clocks are left out: the net allows more
    than the workflow does.
    """
    net = of_workflow(named_workflow(desk, workflow), distinct=distinct)
    desk.tell(asdict(net), lambda: pnml_lines(net))


def _tell(
    desk: Desk,
    given: dict[str, Any],
    written: Callable[[Iterable[Trace]], Iterator[str]],
    end: str = "\n",
) -> None:
    """Print a log line by line while it is read, counting its cases on stderr."""
    from flowcase.cli.drawing import counting

    asked = {**given, "finished": given["finished"] or None}
    asked |= {name: read_day(given[name]) for name in ("since", "until")}
    with counting(desk.say("cases told", "件已导出")) as counted:
        found = _counted(traces(desk.engine(), **asked), counted)
        for line in _json(found) if desk.json else written(found):
            click.echo(f"{line}{'' if desk.json else end}".encode(), nl=False)


def _counted(found: Iterable[Trace], counted: Callable[[int], None]) -> Iterator[Trace]:
    for trace in found:
        yield trace
        counted(1)


def _json(found: Iterable[Trace]) -> Iterator[str]:
    """Yield the log as one JSON object: the cases, each with its events."""
    yield '{"cases": ['
    comma = ""
    for trace in found:
        events = [_shape(each) for each in trace.events]
        case = {"case": trace.case.id, "workflow": trace.case.workflow, "party": trace.case.party}
        yield comma + json.dumps({**case, "events": events}, ensure_ascii=False)
        comma = ",\n"
    yield "]}\n"


def _shape(event: Event) -> dict[str, Any]:
    told = asdict(event) | {"at": event.at.isoformat()}
    if event.details is None:
        del told["details"]
    return told
