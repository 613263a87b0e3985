"""Bounds: time is not given back, tiers do not fall, re-opening ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from flowcase.check.graph import Edge
from flowcase.check.reach import place_of
from flowcase.check.verdicts import Found, Subject, holds_unless, proved, refuted


def no_fresh_time(subject: Subject) -> Iterator[Found]:
    """G6: what is due never counts afresh in its cycle; pauses are bounded."""
    holds = proved(
        "G6 no time given back",
        "a clock that is due never counts afresh in its cycle, and no pause can be had for ever",
        "到期的时钟在同一轮内不会重新计时，也不可能无限期暂停",
    )
    yield from holds_unless(chain(_counted_afresh(subject), _endless_pauses(subject)), holds)


def _counted_afresh(subject: Subject) -> Iterator[Found]:
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


def _endless_pauses(subject: Subject) -> Iterator[Found]:
    """Where a case can come back to a state that pauses a clock, again and again in one cycle."""
    graph = subject.graph
    coming: dict[int, list[Edge]] = {}
    for edge in graph.circles(_within_cycle):
        if graph.nodes[edge.source].state != graph.nodes[edge.dest].state:
            coming.setdefault(edge.dest, []).append(edge)
    for number in sorted(coming):
        node = graph.nodes[number]
        standing = next((name for name, s in node.clocks.items() if s == "standing"), None)
        if standing is None:
            continue
        rounds = [
            [*way, edge]
            for edge in coming[number]
            if (way := graph.way(number, edge.source, _within_cycle)) is not None
        ]
        yield refuted(
            "G6 no time given back",
            f"the clock {standing!r} stands in {node.state!r}, and a case can come back there "
            "again and again; let a trigger that leads there be taken only so many times",
            f"时钟“{standing}”在“{node.state}”暂停，而事项可反复回到此处；请限制进入此状态的次数",
            [*graph.path_to(number), *min(rounds, key=len)],
            where=f"clocks.{standing}.pauses_in",
        )


def _within_cycle(edge: Edge) -> bool:
    return edge.transition is None or not edge.transition.new_cycle


def tiers_rise(subject: Subject) -> Iterator[Found]:
    """G7: no move leads to a lower tier."""
    if subject.workflow.document.tiers:
        holds = proved(
            "G7 the tier never falls", "no move leads to a lower tier", "没有流转会降低层级"
        )
        yield from holds_unless(_falls(subject), holds)


def _falls(subject: Subject) -> Iterator[Found]:
    document, rank = subject.workflow.document, subject.workflow.tier_rank
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


def cycles(subject: Subject) -> Iterator[Found]:
    """Re-opening comes to an end, within the cycles the document declares."""
    workflow, graph = subject.workflow, subject.graph
    if not any(each.new_cycle for each in workflow.transitions):
        return
    most = workflow.document.guarantees.cycles_at_most
    if most is not None:
        beyond = (
            refuted(
                "cycles_at_most",
                f"a case can be opened again for a cycle beyond {most}",
                f"事项可被重新办理而超过 {most} 轮",
                graph.path_to(node.number),
                where="guarantees.cycles_at_most",
            )
            for node in graph.nodes
            if node.case.cycle > most
        )
        holds = proved("cycles_at_most", f"no more than {most} cycles", f"不超过 {most} 轮")
        yield from holds_unless(beyond, holds)
        return
    endless = (
        refuted(
            "re-opening ends",
            "a case can be opened again without end; bound it by `cycle` or by another condition",
            "事项可无休止地重新办理；请以 `cycle` 等条件加以限制",
            graph.along(edge),
            where=place_of(edge.transition) if edge.transition else "",
        )
        for edge in graph.edges
        if _opens_for_ever(subject, edge)
    )
    holds = proved(
        "re-opening ends", "no case is opened again without end", "事项不会无休止重新办理"
    )
    yield from holds_unless(endless, holds)


def _opens_for_ever(subject: Subject, edge: Edge) -> bool:
    last = subject.cycles
    return (
        edge.source >= 0
        and edge.transition is not None
        and edge.transition.new_cycle
        and subject.graph.nodes[edge.source].case.cycle >= last
    )
