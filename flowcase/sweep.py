"""The sweep: rings what is due in batches, sets aside what cannot ring, and never waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flowcase.case import Case
from flowcase.clocks import Rung
from flowcase.errors import Conflict, FlowcaseError
from flowcase.machine import NotRung
from flowcase.outcome import Outcome
from flowcase.store import StaleCase, Store, Transaction

#: Cases taken at once; they stay locked until all of them are written.
BATCH = 100
#: Rungs of one case rung in one sweep; a clock that rings more is ringing in circles.
MOST_RINGS = 50
#: How long a rung that was refused is left alone: doubled with every try, at most a day.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(days=1)
#: Pause between batches on SQLite, or people would wait behind the sweep (seconds).
BREATH_S = 0.005

#: Rings a case's next rung, or tells when it will: a moment, or never.
Ring = Callable[[Transaction, Case, frozenset[Rung]], "Outcome | NotRung | datetime | None"]


@dataclass(frozen=True, slots=True)
class Rang:
    """One rung that rang: whose, which, where the case was and is, and how late it was."""

    case_id: str
    clock: str
    rung: str
    trigger: str
    source: str
    dest: str
    late_s: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A case whose rung was refused, and why."""

    case_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did."""

    rang: tuple[Rang, ...] = ()
    set_aside: tuple[SetAside, ...] = ()

    def __add__(self, other: TickReport) -> TickReport:
        return TickReport(self.rang + other.rang, self.set_aside + other.set_aside)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written of one case: its outcomes in order, and why it stopped, if refused.

    alone: it touches no other case, and rests on none that may be changing.
    """

    case: Case
    outcomes: tuple[Outcome, ...]
    refusal: str | None = None
    wake_at: datetime | None = None
    alone: bool = True


def sweep(store: Store, at: datetime, limit: int | None, ring: Ring) -> TickReport:
    """Ring every rung due by `at`, at most about `limit` cases' worth of them."""
    report = TickReport()
    left = limit
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        taken, done = _batch(store, at, size, ring)
        report += done
        if taken < size:
            break
        left = None if left is None else left - taken
        if store.engine.dialect.name == "sqlite":
            time.sleep(BREATH_S)
    return report


def _batch(store: Store, at: datetime, size: int, ring: Ring) -> tuple[int, TickReport]:
    """Take and write one batch; return how many cases it held, and what was done."""
    if store.engine.dialect.name == "sqlite":
        with store.reading() as transaction:
            plans = [_plan(transaction, case, ring) for case in transaction.load_due(at, size)]
        if not plans:
            return 0, TickReport()
        with store.writing() as transaction:
            report = _write(transaction, plans, at)
    else:
        with store.writing() as transaction:
            plans = [_plan(transaction, case, ring) for case in transaction.load_due(at, size)]
            report = _write(transaction, plans, at)
    for plan in plans:  # one by one, each locking its family in order, when the batch is let go
        if not plan.alone:
            report += _singly(store, plan.case.id, at, ring)
    return len(plans), report


class _NothingMore(Exception):
    """A case has no rung to ring now; the plan says why, and when it has."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def _singly(store: Store, case_id: str, at: datetime, ring: Ring) -> TickReport:
    """Ring what is due on a case whose rungs move others, each in a transaction of its own."""
    rang: list[Rang] = []
    refused: dict[Rung, str] = {}

    written: list[Outcome] = []

    def next_one(transaction: Transaction, case: Case) -> Outcome:
        plan = _plan(transaction, case, ring, refused, most=1)
        if not plan.outcomes:
            raise _NothingMore(plan)
        written[:] = plan.outcomes
        return plan.outcomes[0]

    for _ in range(MOST_RINGS):
        try:
            store.decide_and_move(case_id, None, next_one)
        except Conflict:
            break  # others are at it; what is still due rings at the next sweep
        except _NothingMore as nothing:
            with store.writing() as transaction:
                return TickReport(tuple(rang)) + _write(transaction, [nothing.plan], at)
        rang.append(_rang(written[0]))
    return TickReport(tuple(rang))


def _plan(
    transaction: Transaction,
    case: Case,
    ring: Ring,
    refused: dict[Rung, str] | None = None,
    most: int = MOST_RINGS,
) -> Plan:
    """Decide all that is due on one case, rung by rung, each on what the one before led to.

    refused: the rungs that could not ring so far, to which more are added. most: rungs to ring.
    """
    outcomes: list[Outcome] = []
    refused = {} if refused is None else refused
    now = case
    transaction.exact = False
    while len(outcomes) + len(refused) < MOST_RINGS:
        if len(outcomes) == most:
            return Plan(case, tuple(outcomes))
        try:
            outcome = ring(transaction, now, frozenset(refused))
        except Conflict:
            raise  # the whole batch is to be taken again
        except FlowcaseError as error:  # its rules or its calendar are not to be had
            return Plan(case, tuple(outcomes), str(error))
        if isinstance(outcome, NotRung):
            refused[outcome.rung] = outcome.reason
        elif isinstance(outcome, Outcome):
            if most > 1 and (outcome.touched or outcome.beside or transaction.exact):
                return Plan(case, (), alone=False)
            outcomes.append(outcome)
            now = outcome.case
        else:
            why = "; ".join(dict.fromkeys(refused.values())) or None
            return Plan(case, tuple(outcomes), why, wake_at=outcome)
    return Plan(case, tuple(outcomes), f"rang {MOST_RINGS} times at one moment; look at its clocks")


def _write(transaction: Transaction, plans: list[Plan], at: datetime) -> TickReport:
    rang: list[Rang] = []
    aside: list[SetAside] = []
    tries = transaction.tries(at)
    for plan in (plan for plan in plans if plan.alone):
        case = plan.case
        try:
            for outcome in plan.outcomes:
                case = transaction.move(case, outcome)
                rang.append(_rang(outcome))
        except StaleCase:
            continue  # somebody moved it in the meantime; what is still due rings at the next sweep
        if plan.refusal is not None:
            count = tries.get(case.id, 0) + 1
            retry_at = at + retry_after(count)
            transaction.set_aside(case, count, retry_at, plan.refusal)
            if plan.wake_at is not None and plan.wake_at < retry_at:
                transaction.sleep(case, plan.wake_at)  # its other clocks are not held up
            aside.append(SetAside(case.id, plan.refusal))
        elif not plan.outcomes:
            transaction.sleep(case, plan.wake_at)
        if plan.refusal is None and case.id in tries:
            transaction.forgive(case.id)
    return TickReport(tuple(rang), tuple(aside))


def retry_after(tries: int) -> timedelta:
    """Return how long to leave a refused rung alone after so many tries."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(FIRST_RETRY * doubled, LONGEST_RETRY)


def _rang(outcome: Outcome) -> Rang:
    entry = outcome.entry
    assert entry.rung is not None, "a sweep only rings rungs"
    return Rang(
        case_id=entry.case_id,
        clock=entry.rung["clock"],
        rung=entry.rung["rung"],
        trigger=entry.trigger,
        source=str(entry.source),
        dest=entry.dest,
        late_s=entry.rung["late_s"],
        told=entry.told,
    )
