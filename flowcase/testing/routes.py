"""Routes: how far each state of a document lies from another, so that late ones are tried too."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from flowcase.case import Case
from flowcase.workflows.rules import Workflow


def distances(workflow: Workflow) -> dict[str, Mapping[str, int]]:
    """Return by state, from which others how many transitions lead there at the least."""
    into: dict[str, set[str]] = {state: set() for state in workflow.document.states}
    for transition in workflow.transitions:
        if transition.dest is not None:
            into[transition.dest].update(transition.sources)
    return {state: _towards(state, into) for state in into}


def _towards(goal: str, into: Mapping[str, set[str]]) -> dict[str, int]:
    found, todo = {goal: 0}, deque([goal])
    while todo:
        state = todo.popleft()
        for source in sorted(into[state] - found.keys()):
            found[source] = found[state] + 1
            todo.append(source)
    return found


def lacking(workflow: Workflow, case: Case, way: Mapping[str, int]) -> frozenset[str]:
    """Return the words that the transitions leading nearer wait for: data, or other triggers.

    "clocks": they wait for time to pass.
    """
    here = way.get(case.state, 0)
    found: set[str] = set()
    for transitions in workflow.moves[case.state].values():
        for transition in transitions:
            if transition.dest is None or way.get(transition.dest, here) >= here:
                continue
            for condition in (transition.when, workflow.needs.get(transition.dest)):
                asks = condition.asks() if condition is not None else ()
                found |= {
                    "clocks" if ask.kind == "clocks" else ask.name
                    for ask in asks
                    if ask.presence is not False
                    and ask.key not in case.facts
                    and ask.name not in transition.data
                }
    return frozenset(found)
