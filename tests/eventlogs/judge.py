"""Judges an event log by a process-mining library that is not ours: run by its own Python.

    python judge.py LOG.xes NET.pnml DISTINCT.pnml [LOG.ocel.json]

pm4py is AGPL: it is never imported by the package or its tests, but asked in a program of its own,
from an environment of its own (`make judge`; FLOWCASE_JUDGE names another's Python). Prints one
line of JSON: what was read, and how well the log replays: aligned on NET, whose labels are the
triggers, which is exact; and by tokens on DISTINCT, whose labels are trigger and state, for that
method only guesses where one label leads to several places.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")
import pm4py  # noqa: E402 - it warns when it is imported


def main(log_path: str, net_path: str, distinct_path: str, *ocel_paths: str) -> None:
    """Read the log and the net, replay one on the other in two ways, and say what came of it."""
    log = pm4py.read_xes(log_path, return_legacy_log_object=True)
    net, initial, final = pm4py.read_pnml(net_path)
    aligned = pm4py.fitness_alignments(log, net, initial, final)
    for trace in log:
        for event in trace:
            event["both"] = f"{event['concept:name']}+{event['dest']}"
    replayed = pm4py.fitness_token_based_replay(
        log, *pm4py.read_pnml(distinct_path), activity_key="both"
    )
    found = {
        "traces": len(log),
        "events": sum(len(trace) for trace in log),
        "activities": sorted({event["concept:name"] for trace in log for event in trace}),
        "resources": sorted({event["org:resource"] for trace in log for event in trace}),
        "first": log[0][0]["time:timestamp"].isoformat(),
        "keys": sorted({key for trace in log for event in trace for key in event}),
        "places": len(net.places),
        "transitions": len(net.transitions),
        "token_replay": replayed["average_trace_fitness"],
        "fitting_traces": replayed["perc_fit_traces"],
        "alignments": aligned["average_trace_fitness"],
    }
    for path in ocel_paths:
        log = pm4py.read_ocel2_json(path)
        found["ocel"] = {
            "events": len(log.events),
            "objects": {
                kind: int(count) for kind, count in log.objects["ocel:type"].value_counts().items()
            },
            "relations": len(log.relations),
        }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
