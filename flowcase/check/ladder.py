"""The ladder: how many working days pass, at the worst, until what nobody does reaches a tier.

Every case the search found is left alone on every day of the calendar, all its clocks just begun
and all extensions granted, and the clocks are followed as they come due. Days are counted from
the last act; time that stands still is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flowcase.calendars.calendar import Calendar
from flowcase.check.graph import Edge, Graph
from flowcase.check.nodes import Node
from flowcase.check.verdicts import Found, Subject, proved, refuted
from flowcase.clocks import measure
from flowcase.ledgers import Ledger
from flowcase.terms import Term
from flowcase.workflows.language import UnattendedReaches
from flowcase.workflows.rules import ClockRules, Workflow

#: More rings than this before a tier is reached, and the search has gone wrong.
MOST_RINGS = 200

#: Days of a year on which the cases are told apart before each kind is tried on every day.
_PROBES = tuple((month, day) for month in range(1, 13) for day in (3, 19))

_MORNING = timedelta(hours=10)


def ladder(subject: Subject) -> Iterator[Found]:
    """Judge `unattended_reaches`: say the worst case, and the day on which it begins."""
    promised = subject.workflow.document.guarantees.unattended_reaches
    if promised is None:
        return
    walker = _Walker(subject.workflow, subject.graph, subject.calendar, promised)
    worst = walker.worst()
    if worst is None:
        yield proved(
            "unattended_reaches",
            f"no case is left below {promised.tier!r}",
            f"没有事项会停留在“{promised.tier}”以下",
            where="guarantees.unattended_reaches",
        )
        return
    en = (
        f"if nobody acts, {promised.tier!r} is reached within {worst.workdays} working days at the "
        f"worst, from {worst.node.state!r} on {worst.begins}; declared: {promised.within_workdays}"
    )
    zh = (
        f"若无人处理，最迟在 {worst.workdays} 个工作日内升至“{promised.tier}”"
        f"（自 {worst.begins} 处于“{worst.node.state}”时起）；声明：{promised.within_workdays}"
    )
    where = "guarantees.unattended_reaches"
    if worst.workdays > promised.within_workdays:
        path = [*subject.graph.path_to(worst.node.number), *worst.edges]
        yield refuted("unattended_reaches", en, zh, path, where=where, reckoned=True)
    else:
        yield proved("unattended_reaches", en, zh, where=where)


@dataclass(frozen=True, slots=True)
class _Worst:
    workdays: int
    node: Node
    begins: date
    edges: tuple[Edge, ...]


class _Walker:
    def __init__(
        self, workflow: Workflow, graph: Graph, calendar: Calendar, promised: UnattendedReaches
    ) -> None:
        self.workflow = workflow
        self.graph = graph
        self.calendar = calendar
        self.goal = workflow.tier_rank(promised.tier)
        self.exempt = frozenset(promised.not_in)
        self.first, self.last = calendar.coverage

    def worst(self) -> _Worst | None:
        """Return the longest way up, of all cases and all days; None if there is none to go."""
        probes = self._probes()
        kinds: dict[tuple[int, ...], Node] = {}
        for node in self._below():
            kinds.setdefault(tuple(self._days(node, day) for day in probes), node)
        worst: _Worst | None = None
        days = list(self._all_days())
        for vector, node in sorted(kinds.items(), key=lambda each: -max(each[0], default=0)):
            if worst is not None and any(
                all(a >= b for a, b in zip(other, vector, strict=True)) and other != vector
                for other in kinds
            ):
                continue  # another kind is never quicker
            for day in days:
                count = self._days(node, day)
                if worst is None or count > worst.workdays:
                    worst = _Worst(count, node, day, tuple(self._walk(node, day)[1]))
        return worst

    def _below(self) -> Iterator[Node]:
        for node in self.graph.open_nodes():
            lower = self.workflow.tier_rank(node.case.tier) < self.goal
            still = not {"standing", "suspended"}.isdisjoint(node.clocks.values())
            if lower and not still and node.state not in self.exempt:
                yield node

    def _probes(self) -> Sequence[date]:
        year = max(self.first.year + 1, self.last.year - 2)
        return [date(year, month, day) for month, day in _PROBES]

    def _all_days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last - timedelta(days=200):  # its way up is settled by notices, too
            yield day
            day += timedelta(days=1)

    def _days(self, node: Node, begins: date) -> int:
        ends, _ = self._walk(node, begins)
        last = self.calendar.local_date(ends - datetime.resolution)
        return self.calendar.workdays_between(begins, last)

    def _walk(self, node: Node, begins: date) -> tuple[datetime, list[Edge]]:
        """Follow the clocks of a case from a day on; return when it gets there, and how."""
        now = self.calendar.start_of(begins) + _MORNING
        ledgers: dict[str, Ledger] = {}
        edges: list[Edge] = []
        for _ in range(MOST_RINGS):
            self._start(node, ledgers, now)
            following = self._next(node, ledgers, now)
            if following is None:
                break
            now, edge = following
            edges.append(edge)
            node = self.graph.nodes[edge.dest]
            if node.case.finished or self.workflow.tier_rank(node.case.tier) >= self.goal:
                break
        return now, edges

    def _start(self, node: Node, ledgers: dict[str, Ledger], now: datetime) -> None:
        for name, status in node.clocks.items():
            if status == "counting" and name not in ledgers:
                ledgers[name] = self._longest(self.workflow.clocks[name], ledgers, now)

    def _longest(self, rules: ClockRules, ledgers: dict[str, Ledger], now: datetime) -> Ledger:
        more = rules.extension
        blank = Ledger(
            since=now,
            option=0,
            due=now,
            last_day=self.calendar.local_date(now),
            floor=None,
            known=None,
            extended=(more.at_most.amount,) * more.times if more is not None else (),
        )
        dues = [measure(rules, option, blank, {}, ledgers, self.calendar) for option in rules.terms]
        due = max(dues, key=lambda each: each.at)
        return replace(blank, due=due.at, last_day=due.last_day)

    def _next(
        self, node: Node, ledgers: dict[str, Ledger], now: datetime
    ) -> tuple[datetime, Edge] | None:
        """Return the move by a clock that comes first, and when; of one moment the first clock."""
        first: tuple[datetime, int, Edge] | None = None
        for edge in self.graph.out[node.number]:
            if edge.kind not in ("ring", "wait") or edge.dest == edge.source:
                continue
            name = (edge.rung or "").partition(" ")[0]
            rules, status = self.workflow.clocks[name], node.clocks[name]
            if status == "counting":
                at = max(now, ledgers[name].due)
            elif status == "overdue" or rules.repeat is None:
                at = now
            else:
                at = self._later(now, rules.repeat)
            if first is None or (at, rules.index) < first[:2]:
                first = (at, rules.index, edge)
        return None if first is None else (first[0], first[2])

    def _later(self, now: datetime, repeat: Term) -> datetime:
        day = self.calendar.local_date(now)
        if repeat.unit == "workdays":
            return self.calendar.start_of(self.calendar.add_workdays(day, repeat.amount))
        if repeat.unit == "days":
            return self.calendar.start_of(day + timedelta(days=repeat.amount))
        return now + timedelta(hours=repeat.amount)
