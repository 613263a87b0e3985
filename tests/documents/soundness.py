"""Judges Petri nets by a process-mining library that is not ours: run by its own Python.

    python soundness.py MOST_PLACES NET.pnml ...

pm4py is AGPL: it is never imported by the package or its tests, but asked in a program of its own,
from an environment of its own (`make judge`; FLOWCASE_JUDGE names another's Python). Prints one
line of JSON for each net, which pm4py has read. It is judged in two ways:

- by Woflan (`pm4py.check_soundness`), if it has at most MOST_PLACES places: the time that takes
  grows with their cube;
- by its markings, whatever its size: pm4py plays the net, and networkx, which comes with pm4py,
  says from which markings the final one cannot be reached.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
import networkx  # noqa: E402 - what it warns of is not ours either
import pm4py  # noqa: E402 - it warns when it is imported
from pm4py.objects.petri_net.semantics import ClassicSemantics  # noqa: E402 - as above
from pm4py.objects.petri_net.utils.reachability_graph import marking_flow_petri  # noqa: E402

#: Longer than any bounded net of ours takes; what was found by then is no answer.
MOST_SECONDS = 60


class Near(ClassicSemantics):  # type: ignore[misc] # pm4py is not installed beside us
    """pm4py's semantics, which asks of each marking only the transitions its tokens lead to."""

    def enabled_transitions(self, pn: Any, m: Any, **_: Any) -> set[Any]:
        """Return the transitions that may fire."""
        led_to = {arc.target for place in m for arc in place.out_arcs}
        return {step for step in led_to if self.is_enabled(step, pn, m)}


def by_markings(net: Any, initial: Any, final: Any) -> dict[str, Any]:
    """Return what speaks against a net: the markings that never end, by the names of their places,
    the transitions that never fire, and how many markings hold more than the end.
    """
    if any(not step.in_arcs for step in net.transitions):
        return {"unbounded": True}  # what needs nothing fires for ever
    parameters = {"petri_semantics": Near(), "max_elab_time": MOST_SECONDS}
    into, out, _ = marking_flow_petri(net, initial, parameters=parameters)
    assert set(into) == set(out), "some markings were not looked at in time"
    graph = networkx.DiGraph()
    graph.add_nodes_from(out)
    graph.add_edges_from((each, after) for each in out for after in out[each].values())
    ending = {final, *networkx.ancestors(graph, final)} if final in graph else set()
    fired = {step for each in out for step in out[each]}
    return {
        "markings": len(graph),
        "stuck": sorted(map(_told, set(graph) - ending)),
        "dead": sorted(step.name for step in net.transitions - fired),
        "after_the_end": sum(each >= final and each != final for each in graph),
    }


def _told(marking: Any) -> str:
    return " + ".join(sorted(place.properties["place_name_tag"] for place in marking))


def judged(path: str, most_places: int) -> dict[str, Any]:
    """Return what pm4py says of the net in a file."""
    net, initial, final = pm4py.read_pnml(path)
    found = by_markings(net, initial, final)
    small = len(net.places) <= most_places
    return {
        "net": Path(path).stem,
        "places": len(net.places),
        "transitions": len(net.transitions),
        "woflan": pm4py.check_soundness(net, initial, final)[0] if small else None,
        "sound": not any(found[key] for key in found if key != "markings"),
        **found,
    }


if __name__ == "__main__":
    for name in sys.argv[2:]:
        sys.stdout.write(json.dumps(judged(name, int(sys.argv[1]))) + "\n")
