"""`flowcase worker`: ticks until it is told to stop."""

from __future__ import annotations

import json
import signal
from threading import Event
from typing import Any

import click

from flowcase.cli.desk import Desk, command
from flowcase.errors import FlowcaseError
from flowcase.sweep import TickReport
from flowcase.worker import work


@command(
    "worker",
    database=True,
    examples="""
    flowcase worker
    flowcase worker --every 5 --db postgresql://flowcase@db/city
    """,
)
@click.option(
    "--every",
    metavar="SECONDS",
    type=click.FloatRange(0.01, 86_400),
    default=30.0,
    show_default=True,
    help="How long to wait when nothing more is due.",
)
def worker(desk: Desk, every: float) -> None:
    """Ring what is due, again and again, until stopped by SIGTERM or Ctrl-C.

    What is begun is finished first. Any number of workers may share a database. Each batch is
    logged in a line on stderr; with --json, as JSON.
    """
    engine = desk.engine()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    total = 0

    def log(done: TickReport | Exception) -> None:
        nonlocal total
        total += len(done.rang) if isinstance(done, TickReport) else 0
        click.echo(_line(desk, engine.clock.now().isoformat(timespec="seconds"), done), err=True)

    work(engine, every, stop, log)
    desk.tell(
        {"rang": total},
        lambda: iter([desk.say(f"stopped; rungs rung: {total}", f"已停止；共触发 {total} 次")]),
    )


def _line(desk: Desk, now: str, done: TickReport | Exception) -> str:
    if isinstance(done, TickReport):
        shape: dict[str, Any] = {"at": now, "rang": len(done.rang), "late_s": _latest(done)}
        shape |= {"set_aside": len(done.set_aside)}
    else:
        code = done.code if isinstance(done, FlowcaseError) else type(done).__name__
        shape = {"at": now, "error": code, "message": str(done)}
    if desk.json:
        return json.dumps(shape, ensure_ascii=False)
    return "  ".join(f"{name}={value}" for name, value in shape.items())


def _latest(done: TickReport) -> int:
    """Return by how many seconds the rung that was latest was late."""
    return max((rang.late_s for rang in done.rang), default=0)
