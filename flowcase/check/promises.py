"""Promises: which guarantees of a document its structure refutes or proves, and which it cannot."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.findings import CheckFinding, listed
from flowcase.check.reach import Edge, Reach, way_of
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Workflow


def promises_broken(workflow: Workflow, reach: Reach) -> Iterator[CheckFinding]:
    """Promises the structure refutes, and those it cannot prove."""
    promised = workflow.document.guarantees
    for number, passes in enumerate(promised.passes):
        way = _avoiding(workflow, reach, passes.state, set(passes.after))
        if way is not None:
            yield _stated(
                f"guarantees.passes[{number}]",
                f"a way around {listed(passes.after)} may exist: {way}",
                f"可能存在绕过 {listed(passes.after)} 的途径：{way}",
            )
    unmatched = [
        (number, pattern)
        for number, pattern in enumerate(promised.possible)
        if not any(_matches(workflow, pattern, edge) for edge in reach.edges)
    ]
    for number, pattern in unmatched:
        yield CheckFinding(
            "promise_broken",
            "error",
            f"guarantees.possible[{number}]",
            f"no transition that can be taken is like this: {_shown(pattern)}",
            f"没有可行的流转与此相符：{_shown(pattern)}",
        )
    open_ = len(promised.possible) - len(unmatched)
    excluded = [
        any(_matches(workflow, pattern, edge) for edge in reach.edges)
        for pattern in promised.impossible
    ]
    for count, name in ((open_, "possible"), (sum(excluded), "impossible")):
        if count:
            yield _stated(f"guarantees.{name}", f"{count} of them", f"其中 {count} 项")
    for name in ("unattended_reaches", "cycles_at_most"):
        if getattr(promised, name) is not None:
            yield _stated(f"guarantees.{name}", "", "")


def _stated(path: str, en: str, zh: str) -> CheckFinding:
    return CheckFinding(
        "not_proved",
        "note",
        path,
        "stated, not proved here" + (f": {en}" if en else ""),
        "仅为声明，此处未作证明" + (f"：{zh}" if zh else ""),
    )


def _avoiding(workflow: Workflow, reach: Reach, goal: str, avoided: set[str]) -> str | None:
    """Return the shortest way to a state that passes none of the others, or None."""
    start = workflow.document.intake.dest
    ways: dict[str, tuple[Edge, ...]] = {} if start in avoided else {start: ()}
    todo = list(ways)
    for state in todo:  # grows while it is read
        for edge in reach.edges:
            if edge.source == state and edge.dest not in avoided and edge.dest not in ways:
                ways[edge.dest] = (*ways[state], edge)
                todo.append(edge.dest)
    return way_of(ways[goal], start) if goal in ways else None


def _matches(workflow: Workflow, pattern: Pattern, edge: Edge) -> bool:
    """Whether a transition may be what a pattern speaks of, as far as the structure tells."""
    by = edge.transition.by
    holders = {
        name
        for name, participant in workflow.document.participants.items()
        if participant.role == pattern.by
    }
    tier = edge.transition.tier or workflow.document.states[edge.dest].tier
    return (
        pattern.trigger in (None, edge.transition.trigger)
        and (pattern.by is None or not {pattern.by, "anyone", *holders}.isdisjoint(by))
        and (not pattern.from_ or edge.source in pattern.from_)
        and pattern.to in (None, edge.dest)
        and (pattern.raises is None or tier == pattern.raises)
    )


def _shown(pattern: Pattern) -> str:
    given = pattern.model_dump(by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name} = {value}" for name, value in given.items())
