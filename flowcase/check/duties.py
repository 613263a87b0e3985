"""Duties: who may do what is kept apart, and whoever is needed is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, product

from flowcase.check.findings import listed
from flowcase.check.reach import place_of
from flowcase.check.relevance import let_in
from flowcase.check.verdicts import Found, Subject, holds_unless, proved, refuted


def separated(subject: Subject) -> Iterator[Found]:
    """Where one way into a state keeps the workers out, every way into it by people does."""
    holds = proved(
        "G4 nobody ends his own work",
        "where those who do the work are kept out, they are kept out of every way; nobody grants "
        "his own request",
        "凡排除承办人的环节，所有途径都排除；无人能批准自己的申请",
    )
    yield from holds_unless(chain(_ways_around(subject), _own_requests(subject)), holds)


def _ways_around(subject: Subject) -> Iterator[Found]:
    for edge in subject.graph.edges:
        transition = edge.transition
        if transition is None or edge.source < 0 or edge.kind != "act":
            continue
        source = subject.graph.nodes[edge.source]
        if transition.dest in (None, source.state):
            continue
        let = let_in(subject.workflow, transition)
        held = sorted(n for n in let if "participants." + n in source.case.facts)
        for part, name in product(held, edge.names):
            if name == "party":
                continue  # whose matter it is may end it
            yield refuted(
                "G4 nobody ends his own work",
                f"{part} may not move a case to {transition.dest!r} by other ways, but this one "
                f"lets whoever was {part} do it as {name}",
                f"其他途径不允许 {part} 将事项转入“{transition.dest}”，"
                f"此途径却允许曾任 {part} 的人以 {name} 的身份这样做",
                subject.graph.along(replace(edge, names=(name,))),
                where=place_of(transition),
                same=(part, name),
            )


def _own_requests(subject: Subject) -> Iterator[Found]:
    for number, clock, who in subject.graph.by_himself:
        yield refuted(
            "G4 nobody ends his own work",
            f"{who!r} grants what he asked for himself, on the clock {clock!r}",
            f"“{who}”批准了自己就时钟“{clock}”提出的申请",
            subject.graph.path_to(number),
            where=f"clocks.{clock}",
        )


def needs_met(subject: Subject) -> Iterator[Found]:
    """G5: whoever a state needs is there."""
    holds = proved(
        "G5 the people a state needs",
        "whoever a state needs is there in every case, one where there may be one only",
        "状态所要求的人员在每件事项中都已确定；只许一人的恰为一人",
    )
    yield from holds_unless(_lacking(subject), holds)


def _lacking(subject: Subject) -> Iterator[Found]:
    for node in subject.graph.open_nodes():
        needs = subject.workflow.needs.get(node.state)
        for table in needs.tables[:1] if needs is not None and len(needs.tables) == 1 else ():
            missing = [
                ask.name
                for ask in table
                if ask.kind == "participants"
                and ask.presence
                and ask.key not in node.case.facts
                and ask.name not in subject.workflow.sought[node.state]  # looked up there
            ]
            if missing:
                yield refuted(
                    "G5 the people a state needs",
                    f"a case in {node.state!r} is without {listed(missing)}",
                    f"“{node.state}”中的事项缺少 {listed(missing)}",
                    subject.graph.path_to(node.number),
                    where=f"states.{node.state}.needs",
                )


def within_tier(subject: Subject) -> Iterator[Found]:
    """Out of a state with a tier only its owner or a higher one moves a case."""
    if any(state.tier for state in subject.workflow.document.states.values()):
        holds = proved(
            "nobody moves a case beyond his tier",
            "out of a state with a tier only its owner, a higher one, the party or a clock moves",
            "有层级的状态只能由该级或更高级责任人、当事方或时钟移出",
        )
        yield from holds_unless(_beyond(subject), holds)


def _beyond(subject: Subject) -> Iterator[Found]:
    document, rank = subject.workflow.document, subject.workflow.tier_rank
    for edge in subject.graph.edges:
        if edge.kind != "act" or edge.source < 0 or edge.transition is None:
            continue
        state = subject.graph.nodes[edge.source].state
        tier = document.states[state].tier
        if tier is None or edge.transition.dest in (None, state):
            continue
        allowed = {
            each.owner
            for each in document.states.values()
            if each.owner is not None and rank(each.tier) >= rank(tier)
        }
        beyond = [name for name in edge.names if name not in ("party", "parent", *allowed)]
        if beyond:
            yield refuted(
                "nobody moves a case beyond his tier",
                f"{listed(beyond)} can move a case out of {state!r}, which is of tier {tier!r}; "
                "only its owner, a higher tier's, the party or a clock may",
                f"{listed(beyond)} 可将事项移出层级为“{tier}”的“{state}”；"
                "只有该层级或更高层级的责任人、当事方或时钟可以",
                subject.graph.along(replace(edge, names=tuple(beyond))),
                where=place_of(edge.transition),
            )
