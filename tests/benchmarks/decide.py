"""What one decision costs, without a database: python -m tests.benchmarks.decide."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flowcase import machine
from flowcase.case import Actor
from flowcase.outcome import Call
from flowcase.workflows.document import shipped_workflows
from tests.core import Core
from tests.world import APPEAL, COORDINATION, COORDINATOR, LEAD, OFFICE, moment

STEPS: tuple[tuple[Actor, str, Mapping[str, Any]], ...] = (
    (OFFICE, "coordinate", COORDINATION),
    (COORDINATOR, "assign", {"lead": "bureau-land"}),
    (LEAD, "sign", {}),
    (LEAD, "report", {"result": "办结"}),
    (COORDINATOR, "close", {"opinion": "同意", "outcome": "solved"}),
)
TIMES = 2000


def main() -> None:
    """Print for each step of an appeal how many microseconds deciding it takes."""
    core = Core(shipped_workflows()["mayor_line"])
    core.open(APPEAL)
    for actor, trigger, data in STEPS:
        call = Call(trigger, actor, moment("2022-07-26 09:00"), data)
        case, world = core.case(), core._world()
        started = time.perf_counter()
        for _ in range(TIMES):
            machine.decide(core._book, case, call, world)
        microseconds = (time.perf_counter() - started) / TIMES * 1e6
        print(f"{trigger:12} {microseconds:6.1f} µs")
        core.fire(trigger, actor, data)


if __name__ == "__main__":
    main()
