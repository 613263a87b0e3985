"""Nets: the graph of a document's cases as a Petri net, so that other programs can judge it.

A case is the one token: the places are the cases that differ, each move takes the token on. The
net is sound if and only if every case can end and nothing in it is dead.
"""

from __future__ import annotations

from flowcase.check.graph import Graph
from flowcase.petri import BEGIN, END, Net, Step


def net_of(graph: Graph, name: str) -> Net:
    """Return the net of a graph: from the opening to the end, one transition for each pair of
    cases between which some move leads.
    """
    pairs = dict.fromkeys((edge.source, edge.dest) for edge in graph.edges)
    steps: list[Step] = []
    arcs: list[tuple[str, str]] = []
    for source, dest in pairs:
        step = Step(f"{source} -> {dest}", f"{source} {dest}")
        steps.append(step)
        arcs += [
            (BEGIN if source < 0 else f"case {source}", step.name),
            (step.name, f"case {dest}"),
        ]
    for node in graph.nodes:
        if node.case.settled:
            step = Step(f"case {node.number} {END}", None)
            steps.append(step)
            arcs += [(f"case {node.number}", step.name), (step.name, END)]
    return Net(
        name=name,
        places=(BEGIN, *(f"case {node.number}" for node in graph.nodes), END),
        transitions=tuple(steps),
        arcs=tuple(arcs),
        initial=(BEGIN,),
        final=(END,),
    )
