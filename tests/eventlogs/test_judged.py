"""Exported logs as a library that is not ours reads them, replayed on the workflow's net."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from flowcase.eventlogs.events import traces
from flowcase.eventlogs.ocel import ocel_lines
from flowcase.eventlogs.xes import xes_lines
from flowcase.petri import of_workflow, to_pnml
from tests.eventlogs.conftest import Judge
from tests.world import World


def test_every_finished_life_replays_on_the_net_of_its_workflow(
    world: World, judge: Judge, tmp_path: Path
) -> None:
    names = ("net.pnml", "distinct.pnml", "log.xes", "log.json")
    net, distinct, log, objects = (tmp_path / name for name in names)
    workflow = world.engine.library.workflow("mayor_line")
    net.write_text(to_pnml(of_workflow(workflow)), encoding="utf-8")
    distinct.write_text(to_pnml(of_workflow(workflow, distinct=True)), encoding="utf-8")
    told = list(traces(world.engine, workflow="mayor_line", finished=True))
    log.write_text("\n".join(xes_lines(told, "mayor_line")), encoding="utf-8")
    objects.write_text("\n".join(ocel_lines(told)), encoding="utf-8")
    found = judge(log, net, distinct, objects)
    events = [event for trace in told for event in trace.events]
    assert (found["traces"], found["events"]) == (len(told), len(events))
    assert found["traces"] >= 5
    assert set(found["activities"]) == {event.activity for event in events}
    assert set(found["resources"]) == {event.actor for event in events}
    assert datetime.fromisoformat(found["first"]) == told[0].events[0].at
    assert (found["token_replay"], found["alignments"], found["fitting_traces"]) == (1, 1, 100)
    assert found["ocel"]["events"] == len(events)
    assert found["ocel"]["objects"] == {
        "case": len(told),
        "party": 1,
        "unit": len({unit for event in events for unit in event.units}),
    }
    assert found["ocel"]["relations"] == sum(2 + len(event.units) for event in events)
    swapped = judge(_with_entries_swapped(log), net, distinct)
    assert swapped["events"] == found["events"]
    assert swapped["token_replay"] < 1, "the control: the opening came second"
    assert swapped["alignments"] < 1


def _with_entries_swapped(log: Path) -> Path:
    """Write the log with the first two entries of each case told in the other order."""
    text = log.read_text(encoding="utf-8")
    event = r"    <event>.*?</event>\n"
    swapped, count = re.subn(f"(<trace>.*?)({event})({event})", r"\1\3\2", text, flags=re.DOTALL)
    assert count >= 5
    path = log.with_name("swapped.xes")
    path.write_text(swapped, encoding="utf-8")
    return path
