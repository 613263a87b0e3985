"""Ledgers: what happened to one clock of one case, as it is stored and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flowcase.time import read, written
from flowcase.workflows.rules import Workflow

Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Pending:
    """A request nobody has decided yet: its kind, the length or review date asked for.

    by: who asked, and on whose behalf.
    """

    kind: str
    value: int | str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened to one clock of one case in one cycle.

    option: which of the document's terms was chosen. due: an exclusive instant. floor: the
    earliest it can turn out to be, while it is provisional (the days on the way not settled by a
    notice); else None. known: the newest notice that was used. rung: the rungs that
    rang. rang_at: when the due rung, or the last repeat, really rang. least: a due moment
    brought forward by a change of term is not before this. stopped: by a trigger. extended: the
    extensions granted, in the unit of the document's `at_most`. pending: a request undecided.
    review: the last day of the suspension that is running. suspensions: how many were granted.
    """

    since: datetime
    option: int
    due: datetime
    last_day: date
    floor: datetime | None
    known: date | None
    pauses: tuple[Pause, ...] = ()
    rung: tuple[str, ...] = ()
    rang_at: datetime | None = None
    least: datetime | None = None
    stopped: bool = False
    extended: tuple[int, ...] = ()
    pending: Pending | None = None
    review: date | None = None
    suspensions: int = 0

    @property
    def provisional(self) -> bool:
        """Whether the due moment is an estimate: no notice settles the days on the way yet."""
        return self.floor is not None

    @property
    def standing(self) -> bool:
        """Whether a pause is open."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    def as_fact(self) -> dict[str, Any]:
        """Return the ledger as it is stored."""
        fact: dict[str, Any] = {
            "since": written(self.since),
            "option": self.option,
            "due": written(self.due),
            "last_day": self.last_day.isoformat(),
        }
        if self.known is not None:
            fact["known"] = self.known.isoformat()
        if self.floor is not None:
            fact["floor"] = written(self.floor)
        if self.pauses:
            fact["pauses"] = [
                [written(a), None if b is None else written(b)] for a, b in self.pauses
            ]
        if self.rung:
            fact["rung"] = list(self.rung)
        if self.rang_at is not None:
            fact["rang_at"] = written(self.rang_at)
        if self.least is not None:
            fact["least"] = written(self.least)
        if self.stopped:
            fact["stopped"] = True
        if self.extended:
            fact["extended"] = list(self.extended)
        if self.pending is not None:
            fact["pending"] = [self.pending.kind, self.pending.value, *self.pending.by]
        if self.review is not None:
            fact["review"] = self.review.isoformat()
        if self.suspensions:
            fact["suspensions"] = self.suspensions
        return fact


def read_ledger(fact: Mapping[str, Any]) -> Ledger:
    """Read a ledger as it is stored."""
    due = read(fact["due"])
    pauses = fact.get("pauses", ())
    return Ledger(
        since=read(fact["since"]),
        option=fact["option"],
        due=due,
        last_day=date.fromisoformat(fact["last_day"]),
        floor=read(fact["floor"]) if "floor" in fact else None,
        known=date.fromisoformat(fact["known"]) if "known" in fact else None,
        pauses=tuple((read(a), None if b is None else read(b)) for a, b in pauses),
        rung=tuple(fact.get("rung", ())),
        rang_at=read(fact["rang_at"]) if "rang_at" in fact else None,
        least=read(fact["least"]) if "least" in fact else None,
        stopped=fact.get("stopped", False),
        extended=tuple(fact.get("extended", ())),
        pending=_read_pending(fact.get("pending")),
        review=date.fromisoformat(fact["review"]) if "review" in fact else None,
        suspensions=fact.get("suspensions", 0),
    )


def _read_pending(fact: list[Any] | None) -> Pending | None:
    return None if fact is None else Pending(fact[0], fact[1], tuple(fact[2:]))


def read_ledgers(facts: Mapping[str, Any], workflow: Workflow) -> dict[str, Ledger]:
    """Return the ledgers of the clocks that ever started in this cycle."""
    found = {}
    for name in workflow.clocks:
        fact = facts.get("clocks." + name)
        if fact is not None:
            found[name] = read_ledger(fact)
    return found
