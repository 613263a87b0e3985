"""Climbing: what nobody does rings, climbs tier by tier, and is never refused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from flowcase.check.graph import Edge
from flowcase.check.reach import place_of
from flowcase.check.verdicts import Found, Subject, holds_unless, proved, refuted
from flowcase.workflows.rules import Workflow


def rungs_taken(subject: Subject) -> Iterator[Found]:
    """G3: no clock rings into a refusal."""
    guards = sorted({name for each in subject.graph.refused for name in each.guards})
    holds = proved(
        "G3 rungs are taken",
        "no clock rings into a refusal",
        "没有时钟到期时被拒绝",
        rests_on=guards,
    )
    yield from holds_unless(_refused(subject), holds)


def _refused(subject: Subject) -> Iterator[Found]:
    for each in subject.graph.refused:
        if each.guards:
            continue  # a guard's refusal is set aside at run time, and tried again
        state = subject.graph.nodes[each.node].state
        yield refuted(
            "G3 rungs are taken",
            f"in {state!r} the clock {each.clock!r} rings into a refusal: {each.reason}",
            f"在“{state}”中时钟“{each.clock}”到期时被拒绝：{each.reason}",
            subject.graph.path_to(each.node),
            where=f"clocks.{each.clock}.on_due",
            refused=each.clock,
        )


def climbs(subject: Subject) -> Iterator[Found]:
    """G3: if nobody acts, clocks lead to the top tier, one by one, or to an end."""
    if not subject.workflow.document.tiers:
        holds = proved(
            "G3 unattended", "clocks never lead a case round and round", "时钟不会使事项循环"
        )
        yield from holds_unless(_rounds(subject), holds)
        return
    goal = _goal(subject.workflow)
    holds = proved(
        "G3 unattended",
        f"if nobody acts, every case climbs tier by tier to {goal!r}, or ends",
        f"若无人处理，每件事项逐级升至“{goal}”或办结",
    )
    yield from holds_unless(chain(_rounds(subject), _skips(subject), _stays(subject)), holds)


def _rounds(subject: Subject) -> Iterator[Found]:
    """Where clocks alone lead a case back to where it was."""
    graph = subject.graph
    for edge in graph.circles(_by_time):
        back = graph.way(edge.dest, edge.source, _by_time)
        if back is not None:
            yield refuted(
                "G3 unattended",
                "clocks undo each other: if nobody acts, they lead a case round and round",
                "时钟互相抵消：无人处理时事项会在时钟之间循环",
                [*graph.along(edge), *back],
                where=(edge.transition and place_of(edge.transition)) or "",
            )


def _skips(subject: Subject) -> Iterator[Found]:
    for edge in subject.graph.edges:
        if _ranks_climbed(subject, edge) > 1:
            yield refuted(
                "G3 unattended",
                "a clock raises the tier by more than one",
                "时钟一次提升了不止一级",
                subject.graph.along(edge),
                where=(edge.transition and place_of(edge.transition)) or "",
            )


def _stays(subject: Subject) -> Iterator[Found]:
    graph, goal = subject.graph, _goal(subject.workflow)
    good, exempt = _climbing(subject), set(_not_in(subject.workflow))
    for node in graph.open_nodes():
        if node.number not in good and node.state not in exempt:
            yield refuted(
                "G3 unattended",
                f"if nobody acts from here on, a case in {node.state!r} at tier "
                f"{node.case.tier!r} never reaches {goal!r}: its clocks lead nowhere higher",
                f"若此后无人处理，“{node.state}”中层级为“{node.case.tier}”的事项永远不会升至“{goal}”",
                graph.path_to(node.number),
                where=f"states.{node.state}",
            )


def _goal(workflow: Workflow) -> str:
    """Return the tier that unattended cases are to reach: the one promised, else the top."""
    promised = workflow.document.guarantees.unattended_reaches
    return promised.tier if promised is not None else workflow.document.tiers[-1]


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
    graph, rank = subject.graph, subject.workflow.tier_rank
    goal = rank(_goal(subject.workflow))
    waiting: dict[int, int] = {}
    into: dict[int, list[int]] = {}
    for edge in graph.edges:
        if _by_time(edge):
            waiting[edge.source] = waiting.get(edge.source, 0) + 1
            into.setdefault(edge.dest, []).append(edge.source)
    todo = [n.number for n in graph.nodes if n.case.settled or rank(n.case.tier) >= goal]
    good = set(todo)
    while todo:
        for source in into.get(todo.pop(), ()):
            waiting[source] -= 1
            if waiting[source] == 0 and source not in good:
                good.add(source)
                todo.append(source)
    return good
