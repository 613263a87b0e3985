"""Nodes: cases that differ in nothing that matters, each shown by one case in a fixed form.

In this form every moment is the same: whether a clock is counting, standing, past its due moment
or silent is kept; by how much is not. So whatever clock counts may ring next, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from flowcase.case import Case
from flowcase.check.relatives import OPEN
from flowcase.check.relevance import Relevance
from flowcase.time import written
from flowcase.workflows import language
from flowcase.workflows.rules import Workflow

#: counting; past its due moment, and not rung yet; past it, and rung; standing in a state that
#: pauses it; standing until a review; stopped by a trigger.
Status = Literal["counting", "overdue", "due", "standing", "suspended", "stopped"]

Key = tuple[Any, ...]

_LONG_AGO, _AGO, _AHEAD = timedelta(days=60), timedelta(days=2), timedelta(days=1200)


@dataclass(frozen=True, slots=True)
class Node:
    """A case in the fixed form. clocks: by name, what each clock that matters is doing."""

    number: int
    case: Case
    clocks: Mapping[str, Status]

    @property
    def state(self) -> str:
        """The state it is in."""
        return self.case.state


class Form:
    """Brings cases into the fixed form."""

    def __init__(self, relevance: Relevance, at: datetime, today: date) -> None:
        self.relevance = relevance
        self.workflow: Workflow = relevance.workflow
        self.at = at
        self.today = today
        self._now = written(at)
        self._day = today.isoformat()
        last_day = (at + _AHEAD).date().isoformat()
        blank = {"since": self._now, "option": 0, "last_day": last_day}
        past, ahead = written(at - _AGO), written(at + _AHEAD)
        self._ledgers: dict[Status, dict[str, Any]] = {
            "counting": {**blank, "due": ahead},
            "overdue": {**blank, "due": past},
            "due": {**blank, "due": past, "rung": ["due"], "rang_at": self._now},
            "standing": {**blank, "due": ahead, "pauses": [[self._now, None]]},
            "suspended": {
                **blank,
                "due": ahead,
                "pauses": [[self._now, None]],
                "review": last_day,
            },
            "stopped": {**blank, "due": ahead, "stopped": True},
        }
        self._keys = {state: sorted(keys) for state, keys in relevance.live.items()}

    def of(self, case: Case) -> tuple[Key, Case, dict[str, Status]]:
        """Return what tells a case from others, the case in the fixed form, and its clocks."""
        facts: dict[str, Any] = {}
        clocks: dict[str, Status] = {}
        marks: list[Any] = []
        for key in self._keys[case.state]:
            value = case.facts.get(key)
            if value is None:
                continue
            kind, name = key.split(".", 1)
            if kind == "clocks":
                status = self._status(name, value)
                clocks[name] = status
                facts[key] = self._ledgers[status]
                marks.append((key, status))
            else:
                plain = self._plain(kind, name, value)
                facts[key] = plain
                marks.append((key, "given" if kind == "participants" else repr(plain)))
        cycle = min(case.cycle, self.relevance.cycles)
        if cycle > 1:
            facts["cycle"] = cycle
        if case.settled and not case.finished:
            facts["rest"] = True
        fixed = replace(
            case,
            owner=None,
            changed_at=self.at,
            opened_at=self.at,
            due_at=None,
            wake_at=None,
            finished_at=self.at if case.finished else None,
            unsettled=sum(value == [OPEN] for value in facts.values()),
            revision=1,
            facts=MappingProxyType(facts),
        )
        return (case.state, case.tier, case.party, cycle, *marks), fixed, clocks

    def due_now(self, case: Case, clock: str, status: Status) -> Case:
        """Return a case whose next rung is that of `clock`: due, repeated, or its review."""
        fact = dict(self._ledgers[status])
        if status == "suspended":
            fact["review"] = (self.at - _LONG_AGO).date().isoformat()
        elif status == "due":
            fact["rang_at"] = written(self.at - _LONG_AGO)
        else:
            fact["due"] = written(self.at - _LONG_AGO)
        return self._with(case, clock, fact)

    def overdue(self, case: Case, clock: str) -> Case:
        """Return a case in which the due moment of a counting clock has passed."""
        return self._with(case, clock, self._ledgers["overdue"])

    def _with(self, case: Case, clock: str, fact: Mapping[str, Any]) -> Case:
        return replace(case, facts=MappingProxyType({**case.facts, "clocks." + clock: fact}))

    def _status(self, name: str, fact: Mapping[str, Any]) -> Status:
        if fact.get("stopped"):
            return "stopped"
        pauses = fact.get("pauses")
        if pauses and pauses[-1][1] is None:
            return "suspended" if "review" in fact else "standing"
        if "due" in fact.get("rung", ()):
            return "due"
        if fact["due"] > self._now:
            return "counting"
        return "overdue" if self.workflow.clocks[name].on_due is not None else "due"

    def _plain(self, kind: str, name: str, value: Any) -> Any:
        if kind == "participants":
            several = self.workflow.document.participants[name].count == "many"
            return [name + "-1"] if several else name + "-1"
        if kind == "fired":
            return min(value, self.relevance.counts.get(name, 0))
        if kind == "fields":
            match self.workflow.document.fields[name]:
                case language.TextField():
                    return "x" if name in self.workflow.kept else 1
                case language.DateField():
                    return self._day
                case language.ReferenceField():
                    return name + "-1"
                case _:
                    return self.relevance.kinds[name][value]
        return value
