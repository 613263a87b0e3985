"""Guards: conditions a host writes in Python and registers by name.

A guard is a plain function of what is asked; it returns None if all is well, or its reason.
A document names guards by the names they are registered under; nothing else is ever called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flowcase.case import Actor, Case
from flowcase.errors import Finding, Reason
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Question:
    """What a guard is asked: may this actor fire this trigger on this case, with this data?"""

    case: Case
    trigger: str
    actor: Actor
    data: Mapping[str, Any]
    at: datetime


#: Returns None, a sentence why not, or a Reason of its own (with both languages).
Guard = Callable[[Question], str | Reason | None]


def missing_guards(workflow: Workflow, guards: Mapping[str, Guard]) -> list[Finding]:
    """Return a finding for each guard a document names and the host did not register."""
    return [
        Finding(
            f"transitions[{transition.index}]({transition.trigger}).guards",
            f"no guard {name!r} is registered; pass it to open_engine(guards={{…}})",
        )
        for transition in workflow.transitions
        for name in transition.guards
        if name not in guards
    ]
