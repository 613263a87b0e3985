"""Use: every state is reached and every transition can be taken; nothing is there in vain."""

from __future__ import annotations

from collections.abc import Iterator

from flowcase.check.findings import listed
from flowcase.check.reach import covers, place_of, written
from flowcase.check.verdicts import Found, Subject, proved, refuted
from flowcase.workflows.rules import Transition, Workflow


def reached(subject: Subject) -> Iterator[Found]:
    """Every state is reached."""
    workflow = subject.workflow
    found = {node.state for node in subject.graph.nodes}
    never = [state for state in workflow.document.states if state not in found]
    if never:
        yield refuted(
            "every state is reached",
            f"no case ever gets to {listed(never)}",
            f"没有事项能到达 {listed(never)}",
            [],
            where=f"states.{never[0]}",
        )
        return
    yield proved("every state is reached", "every state is reached", "每个状态都可到达")


def possible(subject: Subject) -> Iterator[Found]:
    """Transitions that can never be taken."""
    graph, workflow = subject.graph, subject.original
    dead = [
        each
        for each in workflow.transitions
        if each.index not in graph.taken and set(each.by) != {"parent"}
    ]
    for each in dead:
        first = _shadow_of(workflow, each.index)
        because = f": {place_of(first)} is always taken first" if first is not None else ""
        yield refuted(
            "every transition can be taken",
            f"{each.trigger!r} from {listed(each.sources)} can never be taken{because}",
            f"自 {listed(each.sources)} 的“{each.trigger}”永远无法采用"
            + (f"：{place_of(first)} 总是先被采用" if first is not None else ""),
            [],
            where=place_of(each) if written(workflow, each) else f"clocks.{each.trigger}",
        )
    if not dead:
        yield proved("every transition can be taken", "none is there in vain", "没有多余的流转")


def _shadow_of(workflow: Workflow, index: int) -> Transition | None:
    later = workflow.transitions[index]
    for earlier in workflow.transitions[:index]:
        same = earlier.trigger == later.trigger and set(later.sources) <= set(earlier.sources)
        if same and covers(earlier, later):
            return earlier
    return None
