"""What a change led to: the case, told after it was opened or moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowcase.case import Case
from flowcase.cli.desk import Desk
from flowcase.cli.looking import Look, look_at
from flowcase.cli.shapes import case_shape
from flowcase.engine import Engine


def tell_change(desk: Desk, engine: Engine, case: Case, before: Case | None = None) -> None:
    """Tell a case that was just opened (before: None) or moved."""
    look = look_at(desk, engine, case)
    desk.tell(case_shape(case, look.teller.zone), lambda: _lines(look, before))


def _lines(look: Look, before: Case | None) -> Iterator[Any]:
    from flowcase.cli.drawing import pairs

    case, teller = look.case, look.teller
    yield case.id
    state = teller.title(case.state, "states")
    moved = before is not None and case.revision == before.revision + 1  # not an earlier result
    if before is not None and moved and before.state != case.state:
        state = f"{teller.title(before.state, 'states')} → {state}"
    rows = [(teller.say("state", "状态"), state)]
    if case.tier is not None:
        rows.append((teller.say("tier", "层级"), teller.title(case.tier, "words")))
    if not case.finished:
        rows.append((teller.say("owner", "责任方"), teller.who(case.owner)))
    counting = [dial for dial in look.dials() if dial.counting]
    rows += [
        (teller.title(dial.name, "clocks"), f"{teller.deadline(dial.due_at)} · {teller.left(dial)}")
        for dial in counting
        if not case.finished
    ]
    yield pairs(rows, indent=2)
