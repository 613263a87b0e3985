"""The cases a case is tied to: the tree of its children, and what it points at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowcase.case import Case
from flowcase.cli.desk import Desk
from flowcase.cli.looking import Look, look_at
from flowcase.cli.shapes import Shape, case_shape
from flowcase.engine import Engine
from flowcase.kin import DEEPEST

#: What is drawn before the last child of a case and before the others; and under them.
_LAST, _NEXT = ("└─ ", "   "), ("├─ ", "│  ")


@dataclass(frozen=True, slots=True)
class Branch:
    """A child case, looked at, and its own children."""

    look: Look
    branches: tuple[Branch, ...]


def branches_of(desk: Desk, engine: Engine, case: Case, depth: int = 0) -> tuple[Branch, ...]:
    """Return the children of a case with theirs, as deep as they go. Errors: NotFound."""
    if depth > DEEPEST or not any(key.startswith("children.") for key in case.facts):
        return ()
    return tuple(
        Branch(look_at(desk, engine, child), branches_of(desk, engine, child, depth + 1))
        for child in engine.children(case.id)
    )


def branch_shape(branch: Branch) -> Shape:
    """Return a child case as JSON: a case, its table in the parent, and its own children."""
    case = branch.look.case
    return {
        **case_shape(case, branch.look.teller.zone),
        "table": case.facts["parent.table"],
        "children": [branch_shape(each) for each in branch.branches],
    }


def links_shape(case: Case) -> Shape:
    """Return what a case is tied to, by id: `parent`, `predecessor`, and what it opened."""
    return {"parent": case.parent_id, "predecessor": case.predecessor, **case.linked()}


def tree_rows(branches: tuple[Branch, ...], indent: str = "") -> Iterator[tuple[Any, ...]]:
    """Return the rows of a drawn tree: who, in which state, how much time is left, and the id."""
    from flowcase.cli.drawing import DIM, LATE, text

    for number, branch in enumerate(branches):
        first, under = _LAST if number + 1 == len(branches) else _NEXT
        look, case = branch.look, branch.look.case
        teller, dial = look.teller, next((d for d in look.dials() if d.counting), None)
        state = teller.title(case.state, "states")
        due = "" if dial is None else f" · {teller.deadline(dial.due_at)}"
        left = "" if dial is None else teller.left(dial)
        style = LATE if dial is not None and dial.overdue else DIM if case.settled else ""
        whom = case.participants().get(case.facts.get("parent.as", ""), case.owner)
        who = teller.whom(whom) if whom is not None else teller.title(case.workflow)
        yield f"{indent}{first}{who}", text(f"{state}{due}", style)
        yield text(f"{indent}{under}{case.id}", DIM), text(left, style)
        yield from tree_rows(branch.branches, indent + under)


def link_rows(look: Look) -> Iterator[tuple[str, str]]:
    """Return what a case is tied to but its children: in words, and the id."""
    case, teller = look.case, look.teller
    if case.parent_id is not None:
        yield teller.say("part of", "上级事项"), case.parent_id
    if case.predecessor is not None:
        yield teller.say("comes from", "来自"), case.predecessor
    for key, ids in case.linked().items():
        if not key.startswith("children."):
            word = teller.say("pointed at by", "被关联于")
            if key != "linked":
                word = teller.say("led to", "引出")
            yield from ((word, each) for each in ids)
