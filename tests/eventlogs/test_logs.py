"""Event logs: every entry is told once, in every format; texts only where they are asked for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from flowcase import chronicle
from flowcase.eventlogs.events import Trace, traces
from flowcase.eventlogs.ocel import ocel_lines
from flowcase.eventlogs.rows import COLUMNS, csv_log
from flowcase.eventlogs.xes import xes_lines
from tests.world import APPEAL, World

XES = "{http://www.xes-standard.org/}"


def entries(world: World) -> set[tuple[str, int, str, str]]:
    """Return every entry there is, by the engine's own account."""
    return {
        (case.id, entry.revision, entry.trigger, entry.dest)
        for case in world.engine.cases(limit=1000)
        for entry in world.engine.history(case.id)
    }


def in_csv(told: Iterator[Trace]) -> set[tuple[str, int, str, str]]:
    rows = csv.DictReader(io.StringIO("".join(csv_log(told)), newline=""))
    return {(r["case"], int(r["revision"]), r["activity"], r["dest"]) for r in rows}


def in_xes(told: Iterator[Trace]) -> set[tuple[str, int, str, str]]:
    log = ElementTree.fromstring("\n".join(xes_lines(told, "log")))
    found = set()
    for trace in log.iter(f"{XES}trace"):
        case = _attributes(trace)["concept:name"]
        for event in trace.iter(f"{XES}event"):
            said = _attributes(event)
            found.add((case, int(said["revision"]), said["concept:name"], said["dest"]))
    return found


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {each.get("key", ""): each.get("value", "") for each in element if each.get("key")}


def in_ocel(told: Iterator[Trace]) -> set[tuple[str, int, str, str]]:
    log = json.loads("\n".join(ocel_lines(told)))
    found = set()
    for event in log["events"]:
        case, _, revision = event["id"].partition("/")
        said = {each["name"]: each["value"] for each in event["attributes"]}
        found.add((case, int(revision), event["type"], said["dest"]))
        known = {each["id"] for each in log["objects"]}
        assert {each["objectId"] for each in event["relationships"]} <= known
    declared = {each["name"]: each["attributes"] for each in log["eventTypes"]}
    for event in log["events"]:
        names = {each["name"] for each in event["attributes"]}
        assert names <= {each["name"] for each in declared[event["type"]]}
    return found


@pytest.mark.parametrize("read", [in_csv, in_xes, in_ocel])
def test_every_entry_is_told_once_in_every_format(read: Any, world: World) -> None:
    assert read(traces(world.engine)) == entries(world)


def test_pages_make_no_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(traces(world.engine))
    monkeypatch.setattr(chronicle, "PAGE_CASES", 3)
    monkeypatch.setattr(chronicle, "PAGE_ENTRIES", 4)
    assert list(traces(world.engine)) == whole
    assert [trace.case.id for trace in whole] == sorted(trace.case.id for trace in whole)


def test_a_log_is_of_a_workflow_a_period_and_of_finished_cases(world: World) -> None:
    whole = list(traces(world.engine))
    finished = list(traces(world.engine, finished=True))
    assert {trace.case.finished for trace in finished} == {True}
    assert 0 < len(finished) < len(whole)
    day = whole[4].opened_at.date()
    assert [each.case.id for each in traces(world.engine, since=day, until=day)] == [
        each.case.id for each in whole if each.opened_at.date() == day
    ]
    assert list(traces(world.engine, since=date(2030, 1, 1))) == []


@pytest.mark.parametrize("form", ["csv", "xes", "ocel"])
def test_what_people_wrote_is_told_only_if_it_is_asked_for(form: str, world: World) -> None:
    def log(*, details: bool) -> str:
        told = traces(world.engine, details=details)
        match form:
            case "csv":
                return "".join(csv_log(told, details=details))
            case "xes":
                return "\n".join(xes_lines(told, "log"))
            case _:
                return "\n".join(ocel_lines(told))

    written = [APPEAL["content"], "说明", "HYPERLINK"]
    assert not any(text in log(details=False) for text in written)
    assert all(text in log(details=True) for text in written), "the control: it is there to tell"


def test_a_log_in_csv_is_opened_by_a_spreadsheet_and_runs_nothing(world: World) -> None:
    told = traces(world.engine, details=True)
    rows = list(csv.reader(io.StringIO("".join(csv_log(told, details=True)), newline="")))
    assert tuple(rows[0]) == (*COLUMNS, "details")
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_a_log_of_nothing_is_whole(sqlite_url: str) -> None:
    world = World(sqlite_url)
    empty = list(traces(world.engine))
    world.close()
    assert empty == []
    assert ElementTree.fromstring("\n".join(xes_lines(empty, "log"))).tag == f"{XES}log"
    assert json.loads("\n".join(ocel_lines(empty)))["events"] == []
    assert "".join(csv_log(empty)).count("\r\n") == 1
