"""Recounts: measures the clocks of open cases again under the notices known now.

A notice that comes later reaches a running clock only here: each case whose clock moves gets one
entry of its history, and one whose clock does not move is left alone. So it may be interrupted
and run again.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from flowcase import clocks
from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor, Case
from flowcase.data import NOTHING
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.machine import CLOCK
from flowcase.outcome import Call, Draft, Outcome, World, conclude
from flowcase.store import Store, Transaction
from flowcase.workflows.rules import Workflow

#: Cases taken at once; they stay locked until all of them are written.
BATCH = 500


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day on the way that a later notice made something else."""

    date: date
    before: str
    after: str
    notice: str | None


@dataclass(frozen=True, slots=True)
class Recounted:
    """A clock that moves, or would: from when to when, and the days that make the difference.

    known_before, known_after: the newest notice used; None where no notice is dated.
    settled: whether the date was provisional and is final now.
    """

    case_id: str
    clock: str
    direction: Literal["later", "sooner", "settled"]
    due_before: datetime
    due_after: datetime
    known_before: date | None
    known_after: date | None
    settled: bool
    days: tuple[ChangedDay, ...]


#: What a recount asks of the engine: the rules of a case, and the world it is decided in.
Surroundings = Callable[[Transaction, Case], tuple[Workflow, World]]


def recount(
    store: Store,
    calendar: Calendar,
    at: datetime,
    surroundings: Surroundings,
    *,
    dry_run: bool,
    actor: Actor = CLOCK,
) -> Iterator[tuple[int, list[Recounted]]]:
    """Measure the clocks of all open cases again; give for each batch its size and what moved.

    dry_run: decide, and write nothing.
    """
    after = ""
    while True:
        with store.reading() if dry_run else store.writing() as transaction:
            cases = transaction.load_open(after, BATCH, lock=not dry_run)
            moved: list[Recounted] = []
            moves: list[tuple[Case, Outcome]] = []
            for case in cases:
                workflow, world = surroundings(transaction, case)
                if workflow.document.calendar != calendar.name:
                    continue
                outcome, found = recounted(workflow, case, world, max(at, case.changed_at), actor)
                if outcome is not None:
                    moves.append((case, outcome))
                moved += found
            if moves and not dry_run:
                transaction.move_all(moves)  # they are locked: nobody was first
        if not cases:
            return
        yield len(cases), moved
        after = cases[-1].id


def recounted(
    workflow: Workflow, case: Case, world: World, at: datetime, actor: Actor
) -> tuple[Outcome | None, list[Recounted]]:
    """Return what becomes of a case whose clocks are measured again, and which of them move."""
    ledgers = read_ledgers(case.facts, workflow)
    draft = Draft(workflow, case, world, at, ledgers)
    after = dict(ledgers)
    found: list[Recounted] = []
    for name, ledger in ledgers.items():
        rules = workflow.clocks[name]
        counting = clocks.active(rules, ledger, case.state) or ledger.standing
        if not counting or (ledger.known == world.calendar.edition and not ledger.provisional):
            continue
        anew = clocks.measured_again(rules, ledger, draft, after, world.calendar, at)
        if (anew.due, anew.floor) != (ledger.due, ledger.floor):
            after[name] = anew
            found.append(_recounted(case, name, ledger, anew, world.calendar))
    if not found:
        return None, []
    draft.measured = after
    outcome, _ = conclude(draft, None, Call("recompute", actor, at, {}), NOTHING)
    return outcome, found


def _recounted(
    case: Case, clock: str, before: Ledger, after: Ledger, calendar: Calendar
) -> Recounted:
    direction: Literal["later", "sooner", "settled"] = "settled"
    if after.due != before.due:
        direction = "later" if after.due > before.due else "sooner"
    return Recounted(
        case_id=case.id,
        clock=clock,
        direction=direction,
        due_before=before.due,
        due_after=after.due,
        known_before=before.known,
        known_after=after.known,
        settled=before.provisional and not after.provisional,
        days=tuple(_changed_days(before, after, calendar)),
    )


def _changed_days(before: Ledger, after: Ledger, calendar: Calendar) -> Iterator[ChangedDay]:
    """Return the days between start and due that were one thing then and are another now."""
    then = calendar if before.known is None else calendar.as_known(before.known)
    first = calendar.local_date(before.since)
    last = max(before.last_day, after.last_day)
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        days = _changed_in_month(then, calendar, month // 12, month % 12 + 1)
        yield from (day for day in days if first < day.date <= last)


@lru_cache(maxsize=2048)
def _changed_in_month(
    then: Calendar, now: Calendar, year: int, month: int
) -> tuple[ChangedDay, ...]:
    """Return the days of a month on which two editions of a calendar differ."""
    found = []
    for number in range(1, monthrange(year, month)[1] + 1):
        was, is_ = then.day(date(year, month, number)), now.day(date(year, month, number))
        if was.kind != is_.kind:
            found.append(ChangedDay(was.date, was.kind, is_.kind, is_.notice))
    return tuple(found)
