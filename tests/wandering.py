"""Wandering: cases that live through whatever the rules allow, by the seed of a random number.

For what must hold of any history: figures recomputed another way, logs replayed on a net.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from flowcase.case import Case, Move
from flowcase.errors import Refused
from tests.world import EVERYBODY, World

#: What each part may be given to.
HOLDERS = {
    "coordinator": ("li", "lin"),
    "section": ("section-industry",),
    "lead": ("bureau-land", "bureau-housing"),
    "co_handler": ("bureau-housing", "bureau-land"),
    "vice_mayor": ("chen", "cai"),
    "recused": ("wu",),
}
#: What leads on, or is rarely allowed; whatever else is, is fired less often, or no case would end.
AHEAD = (
    *("coordinate", "assign", "report", "close", "rate", "call_back", "conclude_no_reply"),
    *("return", "designate", "handling.ask_extension", "handling.grant_extension"),
)
#: What ends a case early.
ENDS = ("withdraw", "reject", "ask_supplement")


def wander(world: World, seed: int, cases: int, steps: int = 40) -> None:
    """Let so many cases be filed, one or two a day, and live side by side for a while."""
    random = Random(seed)
    living: list[tuple[Case, int]] = []
    while cases or living:
        for _ in range(min(cases, random.randint(1, 2))):
            living.append((world.open(), random.randint(0, steps)))
            cases -= 1
        for case, left in [*living]:
            living.remove((case, left))
            moved = _step(world, case, random) if left else case
            if left and not moved.finished:
                living.append((moved, left - 1))
        world.clock.move_to(world.clock.now() + timedelta(hours=random.randint(4, 40)))
        world.tick()


def _step(world: World, case: Case, random: Random) -> Case:
    actors = list(EVERYBODY)
    random.shuffle(actors)
    for ahead in (random.random() < 0.6, False):
        for actor in actors:
            moves = [
                move
                for move in world.engine.available(case.id, actor)
                if (move.trigger in AHEAD) == ahead
                and (move.trigger not in ENDS or random.random() < 0.1)
            ]
            if moves:
                move = random.choice(moves)
                try:
                    return world.engine.fire(
                        case.id, move.trigger, actor, _data(world, move, random)
                    )
                except Refused:
                    continue
    return world.engine.case(case.id)


def _data(world: World, move: Move, random: Random) -> dict[str, Any]:
    document = world.engine.library.workflow("mayor_line").document
    data: dict[str, Any] = {}
    for name in move.requires:
        field = document.fields.get(name)
        if name in HOLDERS:
            data[name] = random.choice(HOLDERS[name])
        elif name in ("workdays", "review_on"):
            local = world.engine.library.calendar("cn").local_date(world.clock.now())
            data[name] = 3 if name == "workdays" else (local + timedelta(days=6)).isoformat()
        elif name == "rating":
            data[name] = random.choice("11345")
        elif field is not None and field.type == "choice":
            data[name] = random.choice(field.options)
        else:
            data[name] = f"={name} 说明"
    if move.trigger == "rate":
        data["comment"] = "=HYPERLINK(1)"
    if move.trigger == "close" and "explanation" in move.accepts:
        data["explanation"] = "已当面说明。"
    return data
