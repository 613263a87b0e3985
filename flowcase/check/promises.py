"""Promises: what the author of a document promises of it, judged on its graph."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.findings import listed
from flowcase.check.graph import Edge
from flowcase.check.verdicts import Found, Subject, proved, refuted
from flowcase.workflows.facts import Condition, Reader, Vocabulary
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Workflow

#: A pattern promised: which it is, what it says, and its condition.
Promise = tuple[tuple[str, int], Pattern, Condition | None]


def promises_of(workflow: Workflow) -> list[Promise]:
    """Return the patterns a document promises, possible and impossible."""
    document = workflow.document
    reader = Reader(
        Vocabulary(
            fields=document.fields,
            participants=frozenset(document.participants),
            tiers=tuple(document.tiers),
            triggers=frozenset(each.trigger for each in document.transitions),
            clocks=frozenset(document.clocks),
        )
    )
    promised = (
        ("possible", document.guarantees.possible),
        ("impossible", document.guarantees.impossible),
    )
    return [
        ((kind, number), pattern, reader.condition(pattern.when, kind))
        for kind, patterns in promised
        for number, pattern in enumerate(patterns)
    ]


def judge_promises(subject: Subject) -> Iterator[Found]:
    """Judge `possible`, `impossible` and `passes`."""
    yield from _patterns(subject)
    yield from _passes(subject)


def _patterns(subject: Subject) -> Iterator[Found]:
    matched = subject.graph.matched
    for which, pattern, _ in promises_of(subject.original):
        kind, number = which
        name, edge = f"{kind}[{number}]", matched.get(which)
        where, said = f"guarantees.{name}", shown(pattern)
        if kind == "possible":
            if edge is None:
                yield refuted(
                    name,
                    f"no move is like this: {said}",
                    f"没有这样的流转：{said}",
                    [],
                    where=where,
                )
            else:
                yield proved(
                    name,
                    f"there is such a move: {said}",
                    f"存在这样的流转：{said}",
                    rests_on=_guards(edge),
                    where=where,
                )
        elif edge is not None:
            yield refuted(
                name,
                f"this was to be impossible: {said}",
                f"本应不可能：{said}",
                subject.graph.along(edge),
                rests_on=_guards(edge),
                where=where,
            )
        else:
            yield proved(name, f"never: {said}", f"不会发生：{said}", where=where)


def _guards(edge: Edge) -> tuple[str, ...]:
    return tuple(edge.transition.guards) if edge.transition is not None else ()


def _passes(subject: Subject) -> Iterator[Found]:
    for number, passes in enumerate(subject.workflow.document.guarantees.passes):
        name = f"passes[{number}]"
        after = set(passes.after)
        way = subject.graph.way_avoiding(
            lambda node, after=after: node.state in after,  # type: ignore[misc]
            lambda node, state=passes.state: node.state == state,  # type: ignore[misc]
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
            yield proved(
                name,
                f"only after: {said}",
                f"必先经过：{said}",
                where=f"guarantees.{name}",
            )


def shown(pattern: Pattern) -> str:
    """Return a pattern as a document writes it, in short."""
    given = pattern.model_dump(by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name} = {value}" for name, value in given.items())
