"""Promises: what the author of a document promises of it, judged on its graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowcase.check.findings import listed
from flowcase.check.graph import Edge
from flowcase.check.verdicts import Found, Subject, holds_unless, proved, refuted
from flowcase.workflows.document import conditions_reader
from flowcase.workflows.facts import Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Workflow

#: A pattern promised: which it is, what it says, and its condition.
Promise = tuple[tuple[str, int], Pattern, Condition | None]


def promises_of(workflow: Workflow) -> list[Promise]:
    """Return the patterns a document promises, possible and impossible."""
    document = workflow.document
    reader = conditions_reader(document)
    promised = (
        ("possible", document.guarantees.possible),
        ("impossible", document.guarantees.impossible),
    )
    return [
        ((kind, number), pattern, reader.condition(pattern.when, kind))
        for kind, patterns in promised
        for number, pattern in enumerate(patterns)
    ]


def judges_of(subject: Subject) -> Iterator[Iterator[Found]]:
    """Judge `possible`, `impossible` and `passes`, each promise by itself."""
    for (kind, number), pattern, _ in promises_of(subject.original):
        moves = subject.graph.matched.get((kind, number), [])
        judge = _possible if kind == "possible" else _impossible
        yield judge(subject, f"{kind}[{number}]", pattern, moves)
    for number in range(len(subject.workflow.document.guarantees.passes)):
        yield _passes(subject, number)


def _possible(subject: Subject, name: str, pattern: Pattern, moves: list[Edge]) -> Iterator[Found]:
    where, said = f"guarantees.{name}", shown(pattern)
    if not moves:
        yield refuted(
            name, f"no move is like this: {said}", f"没有这样的流转：{said}", [], where=where
        )
    for edge in moves:
        yield proved(
            name,
            f"there is such a move: {said}",
            f"存在这样的流转：{said}",
            subject.graph.along(edge),
            rests_on=_guards(edge),
            where=where,
        )


def _impossible(
    subject: Subject, name: str, pattern: Pattern, moves: list[Edge]
) -> Iterator[Found]:
    where, said = f"guarantees.{name}", shown(pattern)
    broken = (
        refuted(
            name,
            f"this was to be impossible: {said}",
            f"本应不可能：{said}",
            subject.graph.along(replace(edge, names=(who,))),
            rests_on=_guards(edge),
            where=where,
            same=(part, who) if part is not None else None,
        )
        for edge in moves
        for who in edge.names
        if pattern.by in (None, who, "anyone") or "anyone" in edge.names
        for part in ((*pattern.was,) or (None,))
    )
    holds = proved(name, f"never: {said}", f"不会发生：{said}", where=where)
    yield from holds_unless(broken, holds)


def _guards(edge: Edge) -> tuple[str, ...]:
    return tuple(edge.transition.guards) if edge.transition is not None else ()


def _passes(subject: Subject, number: int) -> Iterator[Found]:
    passes = subject.workflow.document.guarantees.passes[number]
    name, after = f"passes[{number}]", set(passes.after)
    way = subject.graph.way_avoiding(
        lambda node: node.state in after, lambda node: node.state == passes.state
    )
    said = f"{passes.state} <- {listed(passes.after)}"
    if way is not None:
        yield refuted(
            name,
            f"{passes.state!r} can be reached without {listed(passes.after)}",
            f"不经 {listed(passes.after)} 也能到达“{passes.state}”",
            way,
            where=f"guarantees.{name}",
        )
    else:
        yield proved(name, f"only after: {said}", f"必先经过：{said}", where=f"guarantees.{name}")


def shown(pattern: Pattern) -> str:
    """Return a pattern as a document writes it, in short."""
    given = pattern.model_dump(by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name} = {value}" for name, value in given.items())
