"""Nine cases whose figures were worked out by hand, as they stand on Monday 2022-08-08 at ten.

| case | filed | what happens                                          | concluded       | rated |
|------|-------|-------------------------------------------------------|-----------------|-------|
| a    | 07-26 | answered the same day                                 | 07-28, solved   | 5     |
| b    | 07-26 | answered on 07-27, returned, designated to another    | 08-01, partly   | -     |
| c    | 07-26 | re-opened on 07-28, now with the vice mayor, open     | 07-27, solved   | 1     |
| d    | 07-26 | nobody looks at it: overdue since 07-29               | -               | -     |
| e    | 08-08 | just filed, due within two working days               | -               | -     |
| f    | 07-26 | withdrawn at once, before an answer                   | -               | -     |
| g    | 07-26 | refused on 07-27                                      | -               | -     |
| h    | 07-15 | was due on 07-29, climbs to the vice mayor            | 08-02, solved   | 4     |
| i    | 07-15 | extended by three working days                        | 08-02, solved   | -     |
"""

from __future__ import annotations

from flowcase.case import Case
from tests.scenarios.stories import CLOSING, REFUSAL, do
from tests.world import (
    CO_HANDLER,
    COORDINATION,
    COORDINATOR,
    LEAD,
    OFFICE,
    PRINCIPAL,
    VICE_MAYOR,
    World,
)

BEGIN = "2022-07-15 09:00"
NOW = "2022-08-08 10:00"
RESULT = {"result": "手续已办结。"}


def settle(world: World) -> dict[str, Case]:
    """Let the nine live; the clock stands at `NOW` afterwards. Returns them by their letters."""
    cases = {name: world.open() for name in "hi"}
    for name in "hi":
        _assigned(world, cases[name])
    world.tick("2022-07-20 09:00")
    do(world, cases["i"], "handling.ask_extension", LEAD, workdays=3, reason="需现场核实。")
    do(world, cases["i"], "handling.grant_extension", COORDINATOR)
    world.tick("2022-07-26 09:00")
    cases |= {name: world.open() for name in "abcdfg"}
    _assigned(world, cases["a"])
    _assigned(world, cases["c"])
    do(world, cases["f"], "withdraw", PRINCIPAL, reason="已自行解决。")
    world.tick("2022-07-27 09:00")
    do(world, cases["g"], "reject", OFFICE, **REFUSAL)
    _assigned(world, cases["b"])
    do(world, cases["b"], "return", LEAD, reason="不属本单位职责。")
    do(world, cases["b"], "designate", COORDINATOR, lead="bureau-housing", reason="指定主办。")
    do(world, cases["c"], "report", LEAD, **RESULT)
    do(world, cases["c"], "close", COORDINATOR, **CLOSING)
    world.tick("2022-07-28 09:00")
    do(world, cases["a"], "report", LEAD, **RESULT)
    do(world, cases["a"], "close", COORDINATOR, **CLOSING)
    do(world, cases["c"], "rate", PRINCIPAL, rating="1", comment="没有解决。")
    world.tick("2022-07-29 09:00")
    do(world, cases["a"], "rate", PRINCIPAL, rating="5")
    world.tick("2022-08-01 09:00")
    do(world, cases["b"], "report", CO_HANDLER, **RESULT)
    do(world, cases["b"], "close", COORDINATOR, opinion="部分解决。", outcome="partly")
    world.tick("2022-08-02 09:00")
    do(world, cases["h"], "report", LEAD, **RESULT)
    do(world, cases["h"], "close", VICE_MAYOR, **CLOSING)
    do(world, cases["i"], "report", LEAD, **RESULT)
    do(world, cases["i"], "close", COORDINATOR, **CLOSING)
    world.tick("2022-08-03 09:00")
    do(world, cases["h"], "rate", PRINCIPAL, rating="4")
    world.tick("2022-08-08 09:30")
    cases["e"] = world.open()
    world.tick(NOW)
    return {name: world.engine.case(cases[name].id) for name in sorted(cases)}


def _assigned(world: World, case: Case) -> None:
    do(world, case, "coordinate", OFFICE, **COORDINATION)
    do(world, case, "assign", COORDINATOR, lead="bureau-land")
