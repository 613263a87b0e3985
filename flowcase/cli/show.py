"""`flowcase show`: one case on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flowcase.case import Move
from flowcase.cli.desk import Desk, command
from flowcase.cli.kin import Branch, branch_shape, branches_of, link_rows, links_shape, tree_rows
from flowcase.cli.looking import Look, entry_lines, look_at
from flowcase.cli.shapes import case_shape, dial_shape, entry_shape, move_shape
from flowcase.cli.telling import Teller
from flowcase.history import Entry

#: A longer text is cut on the screen; `flowcase history` and --json have it whole.
LONGEST_SHOWN = 120


@command(
    "show",
    database=True,
    acts=True,
    examples="""
    flowcase show CASE
    flowcase show CASE --as li
    flowcase show CASE --entries 20 --json
    """,
)
@click.argument("case_id", metavar="CASE")
@click.option(
    "--entries",
    type=click.IntRange(0, 100),
    default=5,
    show_default=True,
    help="How many of the last entries of its history.",
)
def show(desk: Desk, case_id: str, entries: int) -> None:
    """Show CASE: state, tier, owner, clocks, fields, people, the tree of its children, what may
    be done next and by whom (with --as: by him), and the last entries of its history.
    """
    engine = desk.engine()
    case = engine.case(case_id)
    actor = desk.actor() if desk.actor_id is not None else None
    moves = engine.available(case_id, actor)
    fields = engine.fields(case_id)
    first = max(0, case.revision - entries)
    last = engine.history(case_id, after=first) if entries else []
    look = look_at(desk, engine, case, last)
    zone = look.teller.zone
    branches = branches_of(desk, engine, case)
    shape = {
        "case": case_shape(look.case, zone),
        "fields": fields,
        "participants": look.case.participants(),
        "clocks": [dial_shape(dial, zone) for dial in look.dials()],
        "children": [branch_shape(branch) for branch in branches],
        "links": links_shape(case),
        "next": [move_shape(move) for move in moves],
        "history": [entry_shape(entry, zone) for entry in last],
    }
    desk.tell(shape, lambda: _lines(desk, look, fields, moves, last, branches))


def _lines(
    desk: Desk,
    look: Look,
    fields: dict[str, Any],
    moves: list[Move],
    last: list[Entry],
    branches: tuple[Branch, ...],
) -> Iterator[Any]:
    from flowcase.cli.drawing import columns, pairs

    teller = look.teller
    yield look.case.id
    yield pairs(_head(look), indent=2)
    if not look.case.finished and look.dials():
        yield f"\n{teller.say('Clocks', '时限')}"
        yield columns(_clocks(look), indent=2)
    if fields:
        yield f"\n{teller.say('Facts', '事实')}"
        yield pairs(
            ((teller.title(name), _cut(teller.value(name, fields[name]))) for name in fields),
            indent=2,
        )
    held = look.case.participants()
    if held:
        yield f"\n{teller.say('People', '参与方')}"
        yield pairs(((teller.title(name), teller.whom(held[name])) for name in held), indent=2)
    if branches:
        yield f"\n{teller.say('Children', '子事项')}"
        yield columns(tree_rows(branches), indent=2)
    links = list(link_rows(look))
    if links:
        yield f"\n{teller.say('Other cases', '关联事项')}"
        yield pairs(links, indent=2)
    if not look.case.finished:
        yield _next_heading(desk, teller)
        yield columns(_next(look, moves, by=desk.actor_id is None), indent=2)
    if last:
        yield f"\n{teller.say('Last entries', '最近记录')}"
        yield columns(entry_lines(last, teller), indent=2)


def _head(look: Look) -> Iterator[tuple[str, Any]]:
    from flowcase.cli.drawing import LATE, text

    case, teller = look.case, look.teller
    workflow = look.workflow.document.title.in_language(teller.language)
    yield teller.say("workflow", "流程"), f"{workflow} ({case.workflow})"
    if case.party is not None:
        yield teller.say("party", "提出方"), teller.who(case.party)
    yield teller.say("state", "状态"), f"{teller.title(case.state, 'states')} ({case.state})"
    if case.tier is not None:
        yield teller.say("tier", "层级"), teller.title(case.tier, "words")
    if case.cycle > 1:
        yield teller.say("round", "轮次"), str(case.cycle)
    if case.finished:
        yield teller.say("finished", "结束于"), teller.moment(case.finished_at)
    else:
        yield teller.say("owner", "责任方"), teller.who(case.owner)
        due = next((dial for dial in look.dials() if dial.counting), None)
        if due is not None:
            said = f"{teller.deadline(due.due_at)} · {teller.left(due)}"
            yield teller.say("due", "期限"), text(said, LATE if due.overdue else "")
    yield teller.say("opened", "提交于"), teller.moment(case.opened_at)


def _clocks(look: Look) -> Iterator[tuple[Any, ...]]:
    from flowcase.cli.drawing import DIM, LATE, text

    for dial in look.dials():
        style = LATE if dial.overdue else "" if dial.counting else DIM
        yield tuple(
            text(said, style)
            for said in (
                look.teller.title(dial.name, "clocks"),
                look.teller.deadline(dial.due_at),
                look.teller.left(dial),
            )
        )


def _next_heading(desk: Desk, teller: Teller) -> str:
    if desk.actor_id is None:
        return f"\n{teller.say('Next', '可办操作')}"
    who = teller.who(desk.actor_id)
    return f"\n{teller.say(f'Next, by {who}', f'{who} 可办操作')}"


def _next(look: Look, moves: list[Move], *, by: bool) -> Iterator[tuple[str, str]]:
    teller = look.teller
    for move in moves:
        said = [] if not by else [_by(look, move)]
        title = teller.title(move.trigger, "triggers")
        if title != move.trigger:
            said.insert(0, title)
        if move.dests != (look.case.state,):
            said.append("→ " + teller.say(" or ", " 或 ").join(map(teller.title, move.dests)))
        if move.requires:
            said.append(teller.say("give ", "须给出 ") + ", ".join(move.requires))
        yield move.trigger, " · ".join(said)
    if not moves:
        yield teller.say("nothing", "无"), ""


def _by(look: Look, move: Move) -> str:
    """Return who may: roles, and participants with who holds the part now."""
    said = []
    held = look.case.participants()
    for name in move.by:
        who = look.case.party if name == "party" else held.get(name)
        title = look.teller.say("party", "提出方") if name == "party" else look.teller.title(name)
        said.append(title if not who else f"{title}: {look.teller.whom(who)}")
    return look.teller.say(", ", "、").join(said)


def _cut(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "…"
