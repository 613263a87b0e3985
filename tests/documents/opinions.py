"""Opinions: what `check` says of a graph that a net can say as well, and the net to be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flowcase.calendars.calendar import load_calendar
from flowcase.check.accountability import way_out, way_out_without
from flowcase.check.graph import Edge, Graph
from flowcase.check.limits import Limits
from flowcase.check.net import net_of
from flowcase.check.promises import promises_of
from flowcase.check.search import search
from flowcase.check.verdicts import Subject
from flowcase.petri import END, Net, Step
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Opinion:
    """What we say of a net. stuck: the places from which nothing ends; dead: some are never
    reached. Where nothing can be opened, nothing ends.
    """

    net: Net
    stuck: frozenset[str]
    dead: bool = False
    opened: bool = True

    @property
    def sound(self) -> bool:
        """Whether every case can end, and nothing is dead."""
        return self.opened and not self.stuck and not self.dead


def searched(workflow: Workflow) -> Subject:
    """Return what `check` looks at: all cases of a document."""
    calendar = load_calendar(workflow.document.calendar)
    found = search(workflow, promises_of(workflow), calendar, Limits())
    return Subject(
        workflow, found.relevance.workflow, found.graph, calendar, found.relevance.cycles
    )


def opinion(subject: Subject) -> Opinion:
    """Return what `check` says of the way out, and the net of the graph it says it of."""
    graph = subject.graph
    reached = _reached(graph)
    return Opinion(
        net_of(graph, subject.workflow.name),
        frozenset(
            f"case {each.edges[-1].dest}"
            for each in way_out(subject)
            if each.verdict == "refuted" and each.edges[-1].dest in reached
        ),
        dead=len(reached) < len(graph.nodes),
        opened=bool(reached),
    )


def _reached(graph: Graph) -> set[int]:
    todo = [edge.dest for edge in graph.edges if edge.source < 0]
    reached = set(todo)
    while todo:
        fresh = {edge.dest for edge in graph.out[todo.pop()]} - reached
        reached |= fresh
        todo += fresh
    return reached


def leavers(subject: Subject) -> list[str]:
    """Return who acts and may leave: participants, and the party."""
    acting = {name for each in subject.workflow.transitions for name in each.by}
    return [name for name in (*subject.workflow.document.participants, "party") if name in acting]


def opinion_without(subject: Subject, name: str) -> Opinion:
    """Return what `check` says of the way out if `name` leaves, and a net that says what that is:
    he may leave in every case that can end while he is there, and from then on only the others
    move it, until it has ended or another has taken his place.
    """
    graph = subject.graph
    anyway = {each.edges[-1].dest for each in way_out(subject) if each.verdict == "refuted"}
    open_ = {node.number for node in graph.open_nodes()} - anyway
    others = [
        edge
        for edge in graph.edges
        if edge.source in open_ and any(each != name for each in edge.names)
    ]
    moves = [(f"case {number}", f"left {number}") for number in open_]
    for edge in others:
        if edge.dest not in anyway:
            after = f"left {edge.dest}" if edge.dest in open_ else END
            moves.append((f"left {edge.source}", after))
        if name != "party" and _replaces(edge, name):
            moves.append((f"left {edge.source}", END))
    lost = {
        f"left {each.edges[-1].dest}"
        for each in way_out_without(subject)
        if each.verdict == "refuted" and f"if {name!r} leaves" in each.en
    }
    net = net_of(graph, f"{subject.workflow.name} without {name}")
    stuck = frozenset(lost | {f"case {number}" for number in anyway})
    return Opinion(_with_moves(net, [f"left {number}" for number in open_], moves), stuck)


def _replaces(edge: Edge, name: str) -> bool:
    return edge.transition is not None and not {name, "recused"}.isdisjoint(
        edge.transition.requires
    )


def _with_moves(net: Net, places: list[str], moves: list[tuple[str, str]]) -> Net:
    """Return a net with more places, and moves of the token from one place to another."""
    steps = {f"{source} -> {dest}": (source, dest) for source, dest in moves}
    arcs = [arc for name, (source, dest) in steps.items() for arc in ((source, name), (name, dest))]
    return replace(
        net,
        places=(*net.places, *places),
        transitions=(*net.transitions, *(Step(name, name) for name in steps)),
        arcs=(*net.arcs, *arcs),
    )


def without(graph: Graph, left_out: Callable[[Edge], bool]) -> Graph:
    """Return a graph without some of its moves."""
    edges = [edge for edge in graph.edges if not left_out(edge)]
    out = [[edge for edge in each if not left_out(edge)] for each in graph.out]
    return Graph(nodes=graph.nodes, edges=edges, out=out, first=graph.first)
