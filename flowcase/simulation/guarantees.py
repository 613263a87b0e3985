"""Guarantees: what is asked of every case of a trial, from its record alone.

Not how the engine came to it: each question is put to the entries and to the case as it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flowcase.case import Case
from flowcase.clocks import active
from flowcase.history import Entry
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.machine import CLOCK
from flowcase.terms import Naming
from flowcase.workflows.rules import Workflow

Outages = Sequence[tuple[datetime, datetime]]

#: A rung may be this late while nothing was out of order: a tick rings what is due in batches.
_LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Breach:
    """A guarantee that did not hold: which (DESIGN's G1…), in which case, and what was so.

    case: the number of the case in the order of arrival.
    """

    guarantee: str
    case: int
    what: Naming


def breaches(
    workflow: Workflow,
    number: int,
    case: Case,
    entries: Sequence[Entry],
    outages: Outages,
    verify: Callable[[str], str | None],
) -> Iterator[Breach]:
    """Give every guarantee that a case broke. verify: the engine's own judgement of the record."""
    found = [
        *_accountable(workflow, case),
        *_steps(workflow, entries, outages),
    ]
    wrong = verify(case.id)
    if wrong is not None:
        found.append(("G8", wrong, wrong))
    for guarantee, en, zh in found:
        yield Breach(guarantee, number, Naming(zh=zh, en=en))


Found = tuple[str, str, str]


def _accountable(workflow: Workflow, case: Case) -> Iterator[Found]:
    """G1: an owner and a rung ahead until it is finished, and then neither."""
    if case.finished:
        if case.owner is not None or case.wake_at is not None:
            yield "G1", f"finished, and still {case.owner}'s", f"已终结，却仍由 {case.owner} 负责"
        return
    if workflow.document.closed_loop:
        if not case.owner:
            yield "G1", f"{case.state} has no owner", f"状态 {case.state} 无人负责"
        if case.wake_at is None:
            yield "G1", f"no clock rings in {case.state}", f"状态 {case.state} 没有时钟会响"


def _steps(workflow: Workflow, entries: Sequence[Entry], outages: Outages) -> Iterator[Found]:
    facts: dict[str, Any] = {}
    ledgers: dict[str, Ledger] = {}
    counting: dict[str, datetime] = {}
    previous: Entry | None = None
    for entry in entries:
        before, were = dict(facts), ledgers
        facts.update(entry.changes.set)
        for name in entry.changes.removed:
            facts.pop(name, None)
        if any(name.startswith("clocks.") for name in (*entry.changes.set, *entry.changes.removed)):
            ledgers = read_ledgers(facts, workflow)
        if previous is not None:
            yield from _in_order(entry, previous)
            yield from _tiers(workflow, before, facts, entry)
            if before.get("cycle", 1) == facts.get("cycle", 1):
                yield from _dues(workflow, were, ledgers, entry)
            yield from _punctual(entry, counting, outages)
        yield from _reached(workflow, entry, entries)
        now = {
            name
            for name, each in ledgers.items()
            if each.review is not None or active(workflow.clocks[name], each, entry.dest)
        }
        counting = {
            name: counting.get(name, entry.at) if _same(were, ledgers, name) else entry.at
            for name in now
        }
        previous = entry


def _in_order(entry: Entry, previous: Entry) -> Iterator[Found]:
    """G8: each entry begins where the one before ended, and not before it."""
    if entry.source != previous.dest or entry.at < previous.at:
        said = f"entry {entry.revision}: {entry.source} <- {previous.dest}"
        yield "G8", said, said


def _tiers(
    workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any], entry: Entry
) -> Iterator[Found]:
    """G7: no tier falls; G3: a clock raises it by one at most."""
    rank = workflow.tier_rank
    step = rank(after.get("tier")) - rank(before.get("tier"))
    if step < 0:
        yield (
            "G7",
            f"{entry.trigger} lowered the tier from {before.get('tier')} to {after.get('tier')}",
            f"{entry.trigger} 使层级由 {before.get('tier')} 降为 {after.get('tier')}",
        )
    if step > 1 and entry.actor == CLOCK.id and before.get("tier") is not None:
        yield (
            "G3",
            f"{entry.trigger} skipped a tier: {before.get('tier')} to {after.get('tier')}",
            f"{entry.trigger} 越级：{before.get('tier')} 至 {after.get('tier')}",
        )


def _dues(
    workflow: Workflow,
    were: Mapping[str, Ledger],
    now: Mapping[str, Ledger],
    entry: Entry,
) -> Iterator[Found]:
    """G6: within a cycle a due moment moves later only by a pause, an extension, a field its term
    reads, a later notice, or the clock it follows.
    """
    for name in were.keys() & now.keys():
        rules, was, is_ = workflow.clocks[name], were[name], now[name]
        if rules.starts_on or is_.due <= was.due:
            continue
        touched = {*entry.details, *_fields(entry)}
        causes = (
            is_.pauses != was.pauses,
            is_.extended != was.extended,
            is_.known != was.known,
            not rules.reads.isdisjoint(touched),
            any(now[each].due > was_.due for each in rules.follows if (was_ := were.get(each))),
        )
        if not any(causes) or is_.since != was.since:
            yield (
                "G6",
                f"{entry.trigger} moved {name} from {was.due:%Y-%m-%d} to {is_.due:%Y-%m-%d}",
                f"{entry.trigger} 将 {name} 由 {was.due:%Y-%m-%d} 推迟至 {is_.due:%Y-%m-%d}",
            )


def _fields(entry: Entry) -> Iterator[str]:
    for name in (*entry.changes.set, *entry.changes.removed):
        if name.startswith("fields."):
            yield name.removeprefix("fields.")


def _punctual(entry: Entry, counting: Mapping[str, datetime], outages: Outages) -> Iterator[Found]:
    """G1: a rung rings when it should, but for outages of the ticker.

    counting: since when each clock counts without a break towards the due moment it has; one that
    stood, was silent or was measured anew while its moment came rings when it counts again.
    """
    if entry.rung is None:
        return
    clock = str(entry.rung["clock"])
    should = entry.at - timedelta(seconds=int(entry.rung["late_s"]))
    should = max(should, counting.get(clock, should))
    late = entry.at - should
    if late > _LATE and not any(begin <= entry.at and should < end for begin, end in outages):
        said = f"{clock} ({entry.rung['rung']})"
        yield "G1", f"{said} rang {late} late, and nothing was out", f"{said} 无故晚响 {late}"


def _same(were: Mapping[str, Ledger], now: Mapping[str, Ledger], name: str) -> bool:
    was = were.get(name)
    return was is not None and (was.due, was.review) == (now[name].due, now[name].review)


def _reached(workflow: Workflow, entry: Entry, entries: Sequence[Entry]) -> Iterator[Found]:
    """G4: the states that come only after others, as the document promises."""
    for rule in workflow.document.guarantees.passes:
        if entry.dest == rule.state and entry.source != rule.state:
            passed = {each.dest for each in entries[: entry.revision - 1]}
            if passed.isdisjoint(rule.after):
                wanted = ", ".join(rule.after)
                yield (
                    "G4",
                    f"{rule.state} was reached without {wanted}",
                    f"未经 {wanted} 即到达 {rule.state}",
                )
