"""Short ways to tell a story: act, see who was told, when a clock is due, what rang when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from flowcase.case import Actor, Case
from flowcase.statements import DUTIES, STAFF
from tests.world import CHINA, MAYOR, PRINCIPAL, World, moment

RULES = Path(__file__).parents[2] / "workflows" / "mayor_line.toml"
PART_RULES = RULES.with_name("department_task.toml")
NEXT_INSTANT = timedelta(seconds=1)

CLOSING = {"opinion": "同意办结。", "outcome": "solved"}
REFUSAL = {
    "refusal_ground": "other_track",
    "reason": "已进入诉讼程序。",
    "where_to_go": "市中级人民法院",
}

#: One ring: the local moment, which rung of which clock, and who was told.
Ring = tuple[str, str, set[str]]


def do(world: World, case: Case, trigger: str, actor: Actor, **data: Any) -> Case:
    """Have somebody fire a trigger."""
    return world.engine.fire(case.id, trigger, actor, data)


def told(world: World, case: Case) -> set[str]:
    """Who was told of what happened last."""
    return set(world.engine.history(case.id)[-1].told)


def holder(case: Case, part: str) -> Any:
    """Who holds a part now."""
    return case.participants().get(part)


def local(at: datetime) -> str:
    """A moment as the clock on the wall shows it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def end_of(day: str) -> datetime:
    """24:00 of a day."""
    return moment(f"{day} 00:00") + timedelta(days=1)


def due(world: World, case: Case, clock: str) -> datetime | None:
    """When a clock of a case is due."""
    return world.engine.explain(case.id, clock).due_at


def phase(world: World, case: Case, clock: str) -> str:
    """What a clock of a case is doing."""
    return world.engine.explain(case.id, clock).phase


def sleep(world: World, case: Case, rings: int) -> list[Ring]:
    """Let nobody act: go from rung to rung, each at its very moment, and note what rings.

    Nothing may ring a second earlier than it says.
    """
    seen: list[Ring] = []
    while len(seen) < rings:
        wakes = world.engine.case(case.id).wake_at
        if wakes is None:
            break
        world.clock.move_to(wakes - NEXT_INSTANT)
        assert world.tick().rang == (), "nothing rings before its time"
        world.clock.move_to(wakes)
        report = world.tick()
        assert report.set_aside == ()
        seen += [
            (local(wakes), f"{rang.clock}.{rang.rung}", set(rang.told)) for rang in report.rang
        ]
    return seen


def moments(rings: Sequence[Ring], rung: str) -> list[str]:
    """When one rung rang."""
    return [at for at, name, _ in rings if name == rung]


def parts_approved(world: World, case: Case) -> Case:
    """Have every co-handler do its part, and the overseer approve it."""
    for part in world.engine.children(case.id):
        if not part.settled:
            officer = Actor("officer", unit=holder(part, "unit_holding"))
            do(world, part, "accept", officer)
            do(world, part, "report", officer, result="协办部分已办结。")
            do(world, part, "approve", Actor(holder(part, "overseer")))
    return world.engine.case(case.id)


def rated_one_star(world: World, case: Case) -> Case:
    """Have the enterprise say that nothing is solved."""
    return do(world, case, "rate", PRINCIPAL, rating="1", comment="问题没有解决。")


def with_the_mayor(world: World) -> Case:
    """File the appeal, have a unit named, and have the mayor take it over."""
    case = world.assigned()
    return do(world, case, "take_over", MAYOR, reason="重大事项。")


def appoint(world: World, who: str, role: str, charge: str = "") -> None:
    """Put somebody on the staff list in one more office."""
    with world.engine.store.engine.begin() as connection:
        for table, row in (
            (STAFF, {"id": who, "name": who, "unit": None}),
            (DUTIES, {"role": role, "charge": charge, "staff": who}),
        ):
            key = {column.name: row[column.name] for column in table.primary_key}
            if connection.execute(select(table).filter_by(**key)).first() is None:
                connection.execute(insert(table), row)


def changed_rules(folder: Path, changes: Sequence[tuple[str, str]]) -> Path:
    """Write the rules with some passages, each of which must be there, replaced into a folder.

    A passage that the mayor line does not have is one of a co-handler's part.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in (RULES, PART_RULES)}
    folder.mkdir()
    for old, new in changes:
        said = [path for path, text in texts.items() if old in text]
        assert said, f"the rules do not say {old!r}"
        texts[said[0]] = texts[said[0]].replace(old, new)
        (folder / said[0].name).write_text(texts[said[0]], encoding="utf-8")
    return folder


def rule(trigger: str, *saying: str, without: str, instead: str = "") -> tuple[str, str]:
    """Return a change: the one transition of a trigger that says all of `saying`, and that without
    a passage, or with another in its place.
    """
    opening = f'\ntrigger = "{trigger}"'
    blocks = [
        block[: block.index("\n\n")]
        for block in RULES.read_text(encoding="utf-8").split("[[transitions]]")[1:]
        if opening in block and all(passage in block for passage in saying)
    ]
    assert len(blocks) == 1, f"not one rule but {len(blocks)}"
    assert without in blocks[0], f"the rule does not say {without!r}"
    return blocks[0], blocks[0].replace(without, instead)
