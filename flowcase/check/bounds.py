"""Bounds: time is not given back, tiers do not fall, re-opening ends."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.graph import Edge, Graph
from flowcase.check.nodes import Node
from flowcase.check.reach import place_of
from flowcase.check.verdicts import Found, Subject, proved, refuted


def no_fresh_time(subject: Subject) -> Iterator[Found]:
    """G6: what is due never counts afresh in its cycle; pauses are bounded."""
    graph, clocks = subject.graph, subject.workflow.clocks
    for edge in graph.edges:
        if edge.source < 0 or edge.transition is None or edge.transition.new_cycle:
            continue
        before, after = graph.nodes[edge.source].clocks, graph.nodes[edge.dest].clocks
        for name, status in after.items():
            late = before.get(name) in ("due", "overdue")
            if late and status == "counting" and not clocks[name].starts_on:
                yield refuted(
                    "G6 no time given back",
                    f"the clock {name!r} was due, and counts again after {edge.trigger!r}",
                    f"时钟“{name}”已到期，“{edge.trigger}”之后却重新计时",
                    graph.along(edge),
                    where=place_of(edge.transition),
                )
                return
    unbounded = _endless_pause(subject)
    if unbounded is not None:
        yield unbounded
        return
    yield proved(
        "G6 no time given back",
        "a clock that is due never counts afresh in its cycle, and no pause can be had for ever",
        "到期的时钟在同一轮内不会重新计时，也不可能无限期暂停",
    )


def _endless_pause(subject: Subject) -> Found | None:
    """Where a case can come back to a state that pauses a clock, again and again in one cycle."""
    graph = subject.graph
    for node in graph.open_nodes():
        if "standing" not in node.clocks.values() or subject.original.needs is None:
            continue
        clock = next(name for name, status in node.clocks.items() if status == "standing")
        back = _round_trip(graph, node)
        if back is not None:
            return refuted(
                "G6 no time given back",
                f"the clock {clock!r} stands in {node.state!r}, and a case can come back there "
                "again and again; let a trigger that leads there be taken only so many times",
                f"时钟“{clock}”在“{node.state}”暂停，而事项可反复回到此处；请限制进入此状态的次数",
                [*graph.path_to(node.number), *back],
                where=f"clocks.{clock}.pauses_in",
            )
    return None


def _round_trip(graph: Graph, node: Node) -> list[Edge] | None:
    """Return a way from a node out of its state and back to it, in the same cycle."""
    came: dict[int, Edge] = {}
    todo = [node.number]
    for number in todo:  # grows while it is read
        for edge in graph.out[number]:
            if edge.dest in came or graph.nodes[edge.dest].case.cycle != node.case.cycle:
                continue
            if edge.dest == edge.source:
                continue
            came[edge.dest] = edge
            if edge.dest == node.number:
                path = [edge]
                while path[-1].source != node.number:
                    path.append(came[path[-1].source])
                path.reverse()
                left = any(graph.nodes[each.dest].state != node.state for each in path)
                return path if left else None
            todo.append(edge.dest)
    return None


def tiers_rise(subject: Subject) -> Iterator[Found]:
    """G7: no move leads to a lower tier."""
    document, rank = subject.workflow.document, subject.workflow.tier_rank
    if not document.tiers:
        return
    for edge in subject.graph.edges:
        dest = subject.graph.nodes[edge.dest]
        named = document.states[dest.state].tier
        source = subject.graph.nodes[edge.source] if edge.source >= 0 else None
        if named is None or (source is not None and source.state == dest.state):
            continue
        if rank(dest.case.tier) > rank(named):
            yield refuted(
                "G7 the tier never falls",
                f"a case at tier {dest.case.tier!r} is moved to {dest.state!r}, which is of tier "
                f"{named!r}",
                f"层级为“{dest.case.tier}”的事项被转入层级为“{named}”的“{dest.state}”",
                subject.graph.along(edge),
                where=f"states.{dest.state}.tier",
            )
            return
    yield proved("G7 the tier never falls", "no move leads to a lower tier", "没有流转会降低层级")


def cycles(subject: Subject) -> Iterator[Found]:
    """Re-opening comes to an end, within the cycles the document declares."""
    workflow, graph = subject.workflow, subject.graph
    if not any(each.new_cycle for each in workflow.transitions):
        return
    most = workflow.document.guarantees.cycles_at_most
    if most is not None:
        more = next((node for node in graph.nodes if node.case.cycle > most), None)
        if more is not None:
            yield refuted(
                "cycles_at_most",
                f"a case can be opened again for a cycle beyond {most}",
                f"事项可被重新办理而超过 {most} 轮",
                graph.path_to(more.number),
                where="guarantees.cycles_at_most",
            )
        else:
            yield proved("cycles_at_most", f"no more than {most} cycles", f"不超过 {most} 轮")
        return
    endless = next((e for e in graph.edges if _opens_for_ever(subject, e)), None)
    if endless is not None:
        yield refuted(
            "re-opening ends",
            "a case can be opened again without end; bound it by `cycle` or by another condition",
            "事项可无休止地重新办理；请以 `cycle` 等条件加以限制",
            graph.along(endless),
            where=place_of(endless.transition) if endless.transition else "",
        )
        return
    yield proved("re-opening ends", "no case is opened again without end", "事项不会无休止重新办理")


def _opens_for_ever(subject: Subject, edge: Edge) -> bool:
    last = subject.cycles
    return (
        edge.source >= 0
        and edge.transition is not None
        and edge.transition.new_cycle
        and subject.graph.nodes[edge.source].case.cycle >= last
    )
