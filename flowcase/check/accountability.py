"""Accountability: somebody is responsible, a clock will ring, and there is a way to the end."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.findings import listed
from flowcase.check.graph import Edge, Graph
from flowcase.check.nodes import Node
from flowcase.check.verdicts import Found, Subject, holds_unless, proved, refuted
from flowcase.workflows.rules import ClockRules


def owner(subject: Subject) -> Iterator[Found]:
    """G1: every open case has an owner."""
    holds = proved("G1 owner", "every open case has an owner", "每件未办结事项都有责任人")
    yield from holds_unless(_ownerless(subject.graph), holds)


def _ownerless(graph: Graph) -> Iterator[Found]:
    for number in graph.ownerless:
        state = graph.nodes[number].state
        yield refuted(
            "G1 owner",
            f"nobody owns a case in {state!r} that got there so",
            f"到达“{state}”的事项无人负责",
            graph.path_to(number),
            where=f"states.{state}.owner",
        )


def rung_ahead(subject: Subject) -> Iterator[Found]:
    """G1: for every open case some clock will ring."""
    holds = proved(
        "G1 rung ahead", "for every open case a clock will ring", "每件未办结事项都有将要响起的时钟"
    )
    yield from holds_unless(_silent(subject), holds)


def _silent(subject: Subject) -> Iterator[Found]:
    clocks = subject.original.clocks.values()
    for node in subject.graph.open_nodes():
        if not any(_rings(node, clock) for clock in clocks):
            yield refuted(
                "G1 rung ahead",
                f"no clock will ever ring again for a case in {node.state!r}; give it a clock "
                "that runs there, with a repeat",
                f"“{node.state}”中的事项再无时钟提醒；请设在此运行且会重复提醒的时钟",
                subject.graph.path_to(node.number),
                where=f"states.{node.state}",
            )


def _rings(node: Node, clock: ClockRules) -> bool:
    status = node.clocks.get(clock.name)
    if status == "suspended":
        return True
    if node.state not in clock.runs_in:
        return False
    if not clock.starts_on and not clock.stops_on and clock.repeat is not None:
        return True  # it began when the state was entered, and nothing ends it here
    return status in ("counting", "overdue") or (status == "due" and clock.repeat is not None)


def way_out(subject: Subject) -> Iterator[Found]:
    """G2: from every case that can come about, an end can be reached."""
    graph = subject.graph
    final = [node.number for node in graph.nodes if node.case.settled]
    unguarded = graph.leading_to(
        final, lambda edge: not (edge.transition and edge.transition.guards)
    )
    needed = next(_outside(graph, unguarded), None) is not None
    holds = proved(
        "G2 way out",
        "from every case that can come about, a final state can be reached",
        "从任何可能出现的情形都能到达终态",
        rests_on=subject.guards if needed else (),
    )
    yield from holds_unless(_stuck(graph, final), holds)


def _stuck(graph: Graph, final: list[int]) -> Iterator[Found]:
    for node in _outside(graph, graph.leading_to(final)):
        yield refuted(
            "G2 way out",
            f"from here, in {node.state!r}, no final state can be reached any more",
            f"由此处（“{node.state}”）再也无法到达任何终态",
            graph.path_to(node.number),
            where=f"states.{node.state}",
        )


def _outside(graph: Graph, inside: set[int]) -> Iterator[Node]:
    return (node for node in graph.open_nodes() if node.number not in inside)


def way_out_without(subject: Subject) -> Iterator[Found]:
    """G2: also if one of those who act leaves, or never answers."""
    document = subject.workflow.document
    someone = {name for each in subject.workflow.transitions for name in each.by}
    leavers = [name for name in document.participants if name in someone]
    if "party" in someone:
        leavers.append("party")
    holds = proved(
        "G2 somebody leaves",
        f"also if one of these leaves or never answers: {listed(leavers) or 'nobody is needed'}",
        f"以下任何一方离开或不回应时也成立：{listed(leavers) or '无'}",
    )
    yield from holds_unless(
        (found for name in leavers for found in _lost_without(subject, name)), holds
    )


def _lost_without(subject: Subject, name: str) -> Iterator[Found]:
    """Return what is refuted if nobody acts as `name` until another has taken his place."""
    graph = subject.graph

    def by_others(edge: Edge) -> bool:
        return any(each != name for each in edge.names)

    goals = {node.number for node in graph.nodes if node.case.settled}
    anyway = graph.leading_to(goals)  # who is stuck though nobody leaves is told of elsewhere
    if name != "party":
        goals |= {
            edge.source
            for edge in graph.edges
            if edge.source >= 0
            and edge.transition is not None
            and not {name, "recused"}.isdisjoint(edge.transition.requires)
            and by_others(edge)
        }
    for node in _outside(graph, graph.leading_to(goals, by_others)):
        if node.number not in anyway:
            continue
        yield refuted(
            "G2 somebody leaves",
            f"if {name!r} leaves, or never answers, a case in {node.state!r} never ends: nobody "
            "else can move it on, and nobody can take his place",
            f"若“{name}”离开或不回应，“{node.state}”中的事项无法办结：他人不能推进，也不能更换",
            graph.path_to(node.number),
            where=f"states.{node.state}",
        )
