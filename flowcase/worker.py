"""The worker: ticks until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from flowcase.engine import Engine
from flowcase.errors import Conflict, DatabaseError
from flowcase.sweep import TickReport

#: Cases rung in one go before the worker looks whether it should stop.
CASES_AT_ONCE = 1000

#: Told of each round: what it did, or what went wrong with it.
Log = Callable[[TickReport | Exception], None]


def work(engine: Engine, every_s: float, stop: Event, log: Log) -> None:
    """Ring what is due, again and again, until `stop` is set; what is begun is finished first.

    every_s: seconds to wait when nothing more is due. A database that is away or busy is waited
    for: nothing is lost, the rungs ring when it is back. Any number of workers may share a
    database.
    """
    while not stop.is_set():
        try:
            report = engine.tick(limit=CASES_AT_ONCE)
        except (Conflict, DatabaseError) as error:
            log(error)
            stop.wait(every_s)
            continue
        if report.rang or report.set_aside:
            log(report)
        else:
            stop.wait(every_s)
