"""Asking: extensions and suspensions tried in a node, by those the clock's table names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowcase import machine
from flowcase.case import Actor, Case
from flowcase.check.nodes import Form, Node
from flowcase.errors import Refused
from flowcase.machine import RuleBook
from flowcase.outcome import Call, World
from flowcase.requests import later
from flowcase.workflows.rules import RequestKind, RequestStep, Transition

#: Whether somebody of a name can be on a case, and who that is.
There = Callable[[Node, str], Actor | None]


Taken = tuple[Transition, tuple[str, ...], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Granted:
    """What came of a request.

    steps: each step of it that was taken, by whom, with what. case: after it was granted by
    `grant`; None if it never was. by_himself: who could grant what he had asked for.
    """

    steps: tuple[Taken, ...]
    case: Case | None
    grant: Taken | None
    by_himself: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a request is made: the rules and the world, and who can be there in a node."""

    book: RuleBook
    world: World
    form: Form
    there: There

    def taken(
        self, node: Node, case: Case, transition: Transition, name: str, data: Mapping[str, Any]
    ) -> Case | None:
        """Return the case after a step by somebody of a name; None if it is refused."""
        actor = self.there(node, name)
        if actor is None:
            return None
        call = Call(transition.trigger, actor, self.form.at, data)
        try:
            return machine.decide(self.book, case, call, self.world).case
        except Refused:
            return None


def ask_and_grant(
    setting: Setting, node: Node, clock: str
) -> Iterator[tuple[RequestKind, Granted]]:
    """Try each kind of request of a clock in a node: asked by everybody, decided by everybody."""
    steps = {
        (each.request.kind, each.request.verb): each
        for each in setting.form.workflow.transitions
        if each.request is not None and each.request.clock == clock
    }
    kinds: tuple[RequestKind, ...] = ("extension", "suspension")
    for kind in kinds:
        if (kind, "ask") in steps:
            yield kind, _granted(setting, node, steps, kind)


def _granted(
    setting: Setting, node: Node, steps: Mapping[Any, Transition], kind: RequestKind
) -> Granted:
    taken: list[Taken] = []
    granted: Case | None = None
    grants: Taken | None = None
    by_himself: str | None = None
    ask, grant, refuse = (steps[kind, verb] for verb in ("ask", "grant", "refuse"))
    assert ask.request is not None, "a request's transition knows its request"
    data = _data(setting.form, ask.request, setting.world)
    for asker in ask.by:
        asked = setting.taken(node, node.case, ask, asker, data)
        if asked is None:
            continue
        taken.append((ask, (asker,), data))
        for decider in grant.by:
            for step, given in ((grant, {}), (refuse, {"reason": "x"})):
                decided = setting.taken(node, asked, step, decider, given)
                if decided is None:
                    continue
                taken.append((step, (decider,), given))
                if step is grant:
                    granted, grants = decided, taken[-1]
                    by_himself = asker if decider == asker else by_himself
    resume = steps.get((kind, "resume"))
    if granted is not None and resume is not None:
        taken += [
            (resume, (name,), {})
            for name in resume.by
            if setting.taken(node, granted, resume, name, {}) is not None
        ]
    return Granted(tuple(taken), granted, grants, by_himself)


def _data(form: Form, step: RequestStep, world: World) -> dict[str, Any]:
    """Return a request for as much as may be asked."""
    if step.kind == "extension":
        return {step.rules.unit: step.rules.at_most.amount, "reason": "x"}
    review = later(form.today, step.rules.at_most, world.calendar)
    return {"review_on": review.isoformat(), "reason": "x"}
