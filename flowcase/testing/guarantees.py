"""Guarantees: what must hold of a case after each step, asked of the case and its history alone.

Nothing here decides anything: what the engine did is compared with what the document and the
entries say, so that an engine that is wrong is not asked whether it is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowcase.case import Actor, Case
from flowcase.history import Entry, canonical, commit_to, digest_of, first_link
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.snapshots import snapshot
from flowcase.time import read
from flowcase.workflows.facts import Ask, Condition
from flowcase.workflows.rules import ClockRules, Workflow

#: What each guarantee says.
GUARANTEES: Mapping[str, str] = {
    "G1": "a case that is not finished has exactly one owner and a rung still to ring",
    "G3": "if nobody acts, a case climbs through every tier in order, and keeps ringing at the top",
    "G4": "what the document promises in [guarantees] is kept",
    "G5": "what a state needs holds as long as a case is in it",
    "G6": "no due moment moves later but for a recorded cause",
    "G7": "a tier never falls",
    "G8": "the history replays to what is stored, byte for byte, and its chain is whole",
    "G9": "the same key applies once",
    "G10": "what is refused changes nothing",
}


class Broken(AssertionError):
    """A guarantee that does not hold. guarantee: which, "G1" to "G10"; sentence: what is so."""

    def __init__(self, guarantee: str, sentence: str) -> None:
        self.guarantee = guarantee
        self.sentence = sentence
        super().__init__(f"{guarantee} is broken ({GUARANTEES[guarantee]}): {sentence}")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry, with the facts before and after it, and who made it; None: a clock.

    So far are the entries before it.
    """

    entry: Entry
    actor: Actor | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    so_far: list[Entry]


class Watch:
    """Looks on while a case is played, and says which guarantee is broken, as soon as one is.

    also: what else is asked of each step.
    """

    def __init__(self, workflow: Workflow, also: Callable[[Step], None] | None = None) -> None:
        self.workflow = workflow
        self.entries: list[Entry] = []
        self._facts: dict[str, Any] = {}
        self._rang: set[tuple[Any, ...]] = set()
        self._also = also
        self._asks = (_chained, _tier_kept, _climbs, self._rings, _dues_kept)

    def see(self, case: Case, entries: list[Entry], actor: Actor | None) -> None:
        """Look at a case and the entries that are new since it was last seen.

        actor: who acted, if somebody did. Errors: Broken.
        """
        for entry in entries:
            self._see_entry(case, entry, None if entry.rung is not None else actor)
        if case.revision != len(self.entries) or self.entries[-1].digest != case.head:
            raise Broken(
                "G8", f"the case is at entry {case.revision}; there are {len(self.entries)}"
            )
        if canonical(self._facts) != canonical(snapshot(case)):
            raise Broken("G8", f"replayed: {_differing(self._facts, snapshot(case))}")
        _needed(self.workflow, case)
        _accountable(self.workflow, case)

    def _see_entry(self, case: Case, entry: Entry, actor: Actor | None) -> None:
        before = self._facts
        self._facts = dict(before)
        self._facts.update(entry.changes.set)
        for name in entry.changes.removed:
            self._facts.pop(name, None)
        previous = self.entries[-1].digest if self.entries else first_link(case.id, case.document)
        _sealed(entry, previous)
        step = Step(entry, actor, before, self._facts, self.entries)
        for ask in self._asks:
            ask(self.workflow, step)
        if self._also is not None:
            self._also(step)
        self.entries = [*self.entries, entry]

    def _rings(self, workflow: Workflow, step: Step) -> None:
        """A rung rings at its moment or later, and once; the repeats after it at theirs."""
        rung = step.entry.rung
        if rung is None:
            return
        clock, name = rung["clock"], rung["rung"]
        if rung["late_s"] < 0 or step.entry.at < read(rung["at"]):
            raise Broken("G3", f"{clock} rang {name} before its moment, {rung['at']}")
        told = (clock, name, rung["at"], step.before.get("cycle", 1))
        if told in self._rang:
            raise Broken("G3", f"{clock} rang {name} of {rung['at']} twice")
        self._rang.add(told)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    names = [name for name in {*one, *other} if one.get(name) != other.get(name)]
    return "; ".join(
        f"{name} is {one.get(name)!r}, stored {other.get(name)!r}" for name in sorted(names)
    )


def _sealed(entry: Entry, previous: str) -> None:
    if commit_to(entry.details, entry.salt or "") != entry.commitment:
        raise Broken(
            "G8", f"the details of entry {entry.revision} are not those it was sealed with"
        )
    if digest_of(entry, previous) != entry.digest:
        raise Broken("G8", f"entry {entry.revision} is not sealed to the one before it")


def _chained(_workflow: Workflow, step: Step) -> None:
    entry, last = step.entry, step.so_far[-1] if step.so_far else None
    if entry.revision != len(step.so_far) + 1:
        raise Broken("G8", f"entry {len(step.so_far) + 1} is missing")
    if last is not None and (entry.source != last.dest or entry.at < last.at):
        raise Broken("G8", f"entry {entry.revision} does not begin where the one before it ended")


def _tier_kept(workflow: Workflow, step: Step) -> None:
    was, now = step.before.get("tier"), step.after.get("tier")
    if step.so_far and workflow.tier_rank(now) < workflow.tier_rank(was):
        raise Broken("G7", f"{step.entry.trigger!r} let the tier fall from {was} to {now}")


def _climbs(workflow: Workflow, step: Step) -> None:
    """A clock raises the tier by one at a time."""
    was, now = step.before.get("tier"), step.after.get("tier")
    if step.entry.rung is not None and workflow.tier_rank(now) > workflow.tier_rank(was) + 1:
        raise Broken("G3", f"{step.entry.trigger!r} went from tier {was} to {now} at once")


def _accountable(workflow: Workflow, case: Case) -> None:
    if not workflow.document.closed_loop:
        return
    if case.finished:
        if (case.owner, case.wake_at) != (None, None):
            raise Broken("G1", f"it is finished, and {case.owner} is still to act on it")
        return
    state = workflow.document.states[case.state]
    if getattr(state, "settled", False):
        return
    if not case.owner or not isinstance(case.owner, str):
        raise Broken("G1", f"nobody owns it in {case.state}")
    named = case.participants().get(str(state.owner), f"@{state.owner}")
    if case.owner != named:
        raise Broken("G1", f"{case.owner} owns it in {case.state}, where {named} should")
    if case.wake_at is None:
        raise Broken("G1", f"no rung is ahead in {case.state}")


def _needed(workflow: Workflow, case: Case) -> None:
    """What the state needs of fields and participants; each part held by as many as it may be."""
    needs = workflow.needs.get(case.state)
    if needs is not None and not _given(needs, case):
        wanted = " or ".join(
            ", ".join(f"{ask.name} {ask.wanted()}" for ask in table) for table in needs.tables
        )
        raise Broken("G5", f"it is in {case.state}, which needs {wanted}")
    for name, held in case.participants().items():
        participant = workflow.document.participants.get(name)
        if participant is None:
            continue  # "recused": any number
        one = participant.count == "one"
        if not held or isinstance(held, str) is not one:
            raise Broken("G5", f"{name} is {held!r}; there should be {participant.count}")


def _given(needs: Condition, case: Case) -> bool:
    return any(all(_so(ask, case) for ask in table) for table in needs.tables)


def _so(ask: Ask, case: Case) -> bool:
    """Whether a fact is as asked; what only the moment of entering can tell counts as so."""
    if ask.kind not in ("fields", "participants"):
        return True
    present = case.facts.get(ask.key)
    if ask.presence is not None:
        return (present is not None) is ask.presence
    if ask.among is not None:
        return present in ask.among
    return present is not None


# -- G6 ---------------------------------------------------------------------------------------


def _dues_kept(workflow: Workflow, step: Step) -> None:
    if not step.so_far or step.before.get("cycle", 1) != step.after.get("cycle", 1):
        return
    was, now = (read_ledgers(facts, workflow) for facts in (step.before, step.after))
    for name in was.keys() & now.keys():
        rules = workflow.clocks[name]
        if rules.starts_on:
            continue  # started anew by its triggers, each time
        if now[name].since != was[name].since:
            raise Broken("G6", f"{step.entry.trigger!r} started {name} again")
        moved = now[name].due > was[name].due
        if moved and not _cause(rules, was, now, step):
            raise Broken(
                "G6",
                f"{step.entry.trigger!r} moved {name} from {was[name].due:%Y-%m-%d %H:%M} to "
                f"{now[name].due:%Y-%m-%d %H:%M} UTC, for no cause there is",
            )


def _cause(
    rules: ClockRules, was: Mapping[str, Ledger], now: Mapping[str, Ledger], step: Step
) -> bool:
    """Whether a due moment may have moved: pause, extension, other term, notice, other clock."""
    name, entry = rules.name, step.entry
    changed = {*entry.details, *(each.removeprefix("fields.") for each in entry.changes.removed)}
    return (
        now[name].pauses != was[name].pauses
        or now[name].extended != was[name].extended
        or not rules.reads.isdisjoint(changed)
        or (entry.rung is not None and entry.rung["rung"] == "provisional")
        or entry.trigger == "recompute"
        or (was[name].provisional and now[name].known != was[name].known)
        or any(each in was and now[each].due > was[each].due for each in rules.follows & now.keys())
    )
