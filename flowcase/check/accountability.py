"""Accountability: somebody is responsible, a clock will ring, and there is a way to the end."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.findings import listed
from flowcase.check.graph import Edge, Graph
from flowcase.check.nodes import Node
from flowcase.check.verdicts import Found, Subject, proved, refuted
from flowcase.workflows.rules import ClockRules, Workflow


def owner(subject: Subject) -> Iterator[Found]:
    """G1: every open case has an owner."""
    graph = subject.graph
    if not graph.ownerless:
        yield proved("G1 owner", "every open case has an owner", "每件未办结事项都有责任人")
        return
    node = graph.nodes[graph.ownerless[0]]
    yield refuted(
        "G1 owner",
        f"nobody owns a case in {node.state!r} that got there so",
        f"到达“{node.state}”的事项无人负责",
        graph.path_to(node.number),
        where=f"states.{node.state}.owner",
    )


def rung_ahead(subject: Subject) -> Iterator[Found]:
    """G1: for every open case some clock will ring."""
    for node in subject.graph.open_nodes():
        if not any(
            _rings(subject.original, node, clock) for clock in subject.original.clocks.values()
        ):
            yield refuted(
                "G1 rung ahead",
                f"no clock will ever ring again for a case in {node.state!r}; give it a clock "
                "that runs there, with a repeat",
                f"“{node.state}”中的事项再无时钟提醒；请设在此运行且会重复提醒的时钟",
                subject.graph.path_to(node.number),
                where=f"states.{node.state}",
            )
            return
    yield proved(
        "G1 rung ahead", "for every open case a clock will ring", "每件未办结事项都有将要响起的时钟"
    )


def _rings(workflow: Workflow, node: Node, clock: ClockRules) -> bool:
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
    final = [node.number for node in graph.nodes if node.case.finished]
    name = "G2 way out"
    stuck = _first_outside(graph, graph.leading_to(final))
    if stuck is not None:
        yield refuted(
            name,
            f"from here, in {stuck.state!r}, no final state can be reached any more",
            f"由此处（“{stuck.state}”）再也无法到达任何终态",
            graph.path_to(stuck.number),
            where=f"states.{stuck.state}",
        )
        return
    unguarded = graph.leading_to(
        final, lambda edge: not (edge.transition and edge.transition.guards)
    )
    needed = _first_outside(graph, unguarded) is not None
    yield proved(
        name,
        "from every case that can come about, a final state can be reached",
        "从任何可能出现的情形都能到达终态",
        rests_on=subject.guards if needed else (),
    )


def _first_outside(graph: Graph, inside: set[int]) -> Node | None:
    return next((node for node in graph.open_nodes() if node.number not in inside), None)


def way_out_without(subject: Subject) -> Iterator[Found]:
    """G2: also if one of those who act leaves, or never answers."""
    document = subject.workflow.document
    someone = {name for each in subject.workflow.transitions for name in each.by}
    leavers = [name for name in document.participants if name in someone]
    if "party" in someone:
        leavers.append("party")
    lost = next((found for name in leavers if (found := _lost_without(subject, name))), None)
    if lost is not None:
        yield lost
        return
    yield proved(
        "G2 somebody leaves",
        f"also if one of these leaves or never answers: {listed(leavers) or 'nobody is needed'}",
        f"以下任何一方离开或不回应时也成立：{listed(leavers) or '无'}",
    )


def _lost_without(subject: Subject, name: str) -> Found | None:
    """Return what is refuted if nobody acts as `name` until another has taken his place."""
    graph = subject.graph

    def by_others(edge: Edge) -> bool:
        return any(each != name for each in edge.names)

    goals = {node.number for node in graph.nodes if node.case.finished}
    if name != "party":
        goals |= {
            edge.source
            for edge in graph.edges
            if edge.source >= 0
            and edge.transition is not None
            and not {name, "recused"}.isdisjoint(edge.transition.requires)
            and by_others(edge)
        }
    stuck = _first_outside(graph, graph.leading_to(goals, by_others))
    if stuck is None:
        return None
    return refuted(
        "G2 somebody leaves",
        f"if {name!r} leaves, or never answers, a case in {stuck.state!r} never ends: nobody else "
        "can move it on, and nobody can take his place",
        f"若“{name}”离开或不回应，“{stuck.state}”中的事项无法办结：他人不能推进，也不能更换",
        graph.path_to(stuck.number),
        where=f"states.{stuck.state}",
    )
