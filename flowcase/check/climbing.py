"""Climbing: what nobody does rings, climbs tier by tier, and is never refused."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.graph import Edge, Graph
from flowcase.check.reach import place_of
from flowcase.check.verdicts import Found, Subject, proved, refuted
from flowcase.workflows.rules import Workflow


def rungs_taken(subject: Subject) -> Iterator[Found]:
    """G3: no clock rings into a refusal."""
    certain = [each for each in subject.graph.refused if not each.guards]
    name = "G3 rungs are taken"
    if certain:
        first = certain[0]
        node = subject.graph.nodes[first.node]
        yield refuted(
            name,
            f"in {node.state!r} the clock {first.clock!r} rings into a refusal: {first.reason}",
            f"在“{node.state}”中时钟“{first.clock}”到期时被拒绝：{first.reason}",
            subject.graph.path_to(first.node),
            where=f"clocks.{first.clock}.on_due",
        )
        return
    guards = sorted({name for each in subject.graph.refused for name in each.guards})
    yield proved(
        name,
        "no clock rings into a refusal",
        "没有时钟到期时被拒绝",
        rests_on=tuple(guards),
    )


def climbs(subject: Subject) -> Iterator[Found]:
    """G3: if nobody acts, clocks lead to the top tier, one by one, or to an end."""
    graph, document = subject.graph, subject.workflow.document
    rounds = _round(graph)
    if rounds is not None:
        yield refuted(
            "G3 unattended",
            "clocks undo each other: if nobody acts, they lead a case round and round",
            "时钟互相抵消：无人处理时事项会在时钟之间循环",
            graph.along(rounds),
            where=(rounds.transition and place_of(rounds.transition)) or "",
        )
        return
    if not document.tiers:
        yield proved(
            "G3 unattended", "clocks never lead a case round and round", "时钟不会使事项循环"
        )
        return
    skipped = next((edge for edge in graph.edges if _ranks_climbed(subject, edge) > 1), None)
    if skipped is not None:
        yield refuted(
            "G3 unattended",
            "a clock raises the tier by more than one",
            "时钟一次提升了不止一级",
            graph.along(skipped),
            where=(skipped.transition and place_of(skipped.transition)) or "",
        )
        return
    good = _climbing(subject)
    exempt = set(_not_in(subject.workflow))
    stuck = next(
        (n for n in graph.open_nodes() if n.number not in good and n.state not in exempt), None
    )
    if stuck is not None:
        yield refuted(
            "G3 unattended",
            f"if nobody acts from here on, a case in {stuck.state!r} at tier {stuck.case.tier!r} "
            f"never reaches {document.tiers[-1]!r}: its clocks lead nowhere higher",
            f"若此后无人处理，“{stuck.state}”中层级为“{stuck.case.tier}”的事项"
            f"永远不会升至“{document.tiers[-1]}”",
            graph.path_to(stuck.number),
            where=f"states.{stuck.state}",
        )
        return
    yield proved(
        "G3 unattended",
        f"if nobody acts, every case climbs tier by tier to {document.tiers[-1]!r}, or ends",
        f"若无人处理，每件事项逐级升至“{document.tiers[-1]}”或办结",
    )


def _not_in(workflow: Workflow) -> list[str]:
    promised = workflow.document.guarantees.unattended_reaches
    return list(promised.not_in) if promised is not None else []


def _by_time(edge: Edge) -> bool:
    return edge.kind in ("ring", "wait") and edge.source != edge.dest


def _ranks_climbed(subject: Subject, edge: Edge) -> int:
    if edge.kind != "ring" or edge.source < 0:
        return 0
    nodes, rank = subject.graph.nodes, subject.workflow.tier_rank
    return rank(nodes[edge.dest].case.tier) - rank(nodes[edge.source].case.tier)


def _climbing(subject: Subject) -> set[int]:
    """Return the nodes from which clocks alone lead to an end or to the top, whichever rings."""
    graph, top = subject.graph, subject.workflow.document.tiers[-1]
    waiting: dict[int, int] = {}
    into: dict[int, list[int]] = {}
    for edge in graph.edges:
        if _by_time(edge):
            waiting[edge.source] = waiting.get(edge.source, 0) + 1
            into.setdefault(edge.dest, []).append(edge.source)
    todo = [n.number for n in graph.nodes if n.case.finished or n.case.tier == top]
    good = set(todo)
    while todo:
        for source in into.get(todo.pop(), ()):
            waiting[source] -= 1
            if waiting[source] == 0 and source not in good:
                good.add(source)
                todo.append(source)
    return good


def _round(graph: Graph) -> Edge | None:
    """Return a move by a clock that leads back to where clocks alone have led from."""
    state: dict[int, int] = {}  # 1: being followed, 2: done
    for start in range(len(graph.nodes)):
        if start in state:
            continue
        stack = [(start, iter(graph.out[start]))]
        state[start] = 1
        while stack:
            number, edges = stack[-1]
            for edge in edges:
                if not _by_time(edge):
                    continue
                if state.get(edge.dest) == 1:
                    return edge
                if edge.dest not in state:
                    state[edge.dest] = 1
                    stack.append((edge.dest, iter(graph.out[edge.dest])))
                    break
            else:
                state[number] = 2
                stack.pop()
    return None
