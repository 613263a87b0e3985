"""Figures: what a trial comes to, counted from the record of its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from flowcase.case import Case
from flowcase.history import Entry
from flowcase.machine import CLOCK
from flowcase.simulation.guarantees import Breach, breaches
from flowcase.simulation.people import Person
from flowcase.simulation.timetable import Timetable
from flowcase.simulation.trial import Plan, Trial
from flowcase.terms import Naming
from flowcase.workflows.rules import Workflow

#: Breaches told at most; more say nothing new.
_MOST_BREACHES = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """Amounts of working days: how many, their mean, 90th percentile and largest; 0 for none."""

    count: int
    mean: float
    p90: float
    most: float


@dataclass(frozen=True, slots=True)
class ClockFigures:
    """A clock: how often its term came to an end, in time or not; on_time: from 0 to 1."""

    name: str
    ended: int
    late: int
    on_time: float | None


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A person, a unit or a role: acts; load: work that came, of what the time allows (1 = full).

    queue: most matters on one desk. wait: from when somebody would turn to it until he can.
    held: how long it was theirs to answer for.
    """

    name: str
    people: int
    acts: int
    load: float | None
    queue: int
    wait: Spread
    held: Spread


@dataclass(frozen=True, slots=True)
class TierFigures:
    """A tier above the first: how many cases reached it, and by a clock or by somebody."""

    name: str
    cases: int
    by_clock: int
    by_people: int


@dataclass(frozen=True, slots=True)
class Story:
    """One case: its number, working days from opening until finished (or the end), its record.

    names: nothing of it is drawn by chance but by the seed, so entries are told without their ids.
    """

    number: int
    days: float
    finished: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told of a trial. weeks: how many cases stood in which state, week by week."""

    workflow: Workflow
    plan: Plan
    ended_at: datetime
    opened: int
    finished: dict[str, int]
    still_open: int
    never_late: int
    entries: int
    clocks: tuple[ClockFigures, ...]
    states: dict[str, Spread]
    roles: tuple[UnitFigures, ...]
    people: tuple[UnitFigures, ...]
    tiers: tuple[TierFigures, ...]
    reopened: int
    most_cycles: int
    duration: Spread
    acts: dict[str, int]
    refused: dict[str, int]
    outages: int
    outage_hours: float
    weeks: tuple[tuple[date, dict[str, int]], ...]
    stuck: tuple[tuple[int, str], ...]
    worst: Story | None
    breaches: tuple[Breach, ...]

    @property
    def on_time(self) -> float | None:
        """The part of all cases in which no clock was ever late; None without cases."""
        return self.never_late / self.opened if self.opened else None

    def role(self, name: str) -> UnitFigures:
        """Return the figures of a role."""
        return next(each for each in self.roles if each.name == name)


def spread(amounts: Iterable[float]) -> Spread:
    """Return what amounts come to; the 90th percentile is one of them."""
    ordered = sorted(amounts)
    if not ordered:
        return Spread(0, 0.0, 0.0, 0.0)
    ninth = ordered[max(0, ceil(0.9 * len(ordered)) - 1)]
    mean = sum(ordered) / len(ordered)
    return Spread(len(ordered), round(mean, 2), round(ninth, 2), round(ordered[-1], 2))


class _Tally:
    """Counts over the record of one case after the other."""

    def __init__(self, workflow: Workflow, timetable: Timetable, end: datetime) -> None:
        self.workflow, self.timetable, self.end = workflow, timetable, end
        self.states: dict[str, list[float]] = {}
        self.owners: dict[str, list[float]] = {}
        self.ended: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.actors: Counter[str] = Counter()
        self.tiers: Counter[tuple[str, bool]] = Counter()
        self.never_late = 0
        self.entries = 0

    def add(self, case: Case, entries: Sequence[Entry]) -> None:
        self.entries += len(entries)
        self._times(case, entries)
        self._clocks(case, entries)
        for entry in entries:
            if entry.actor != CLOCK.id:
                self.acts[entry.trigger] += 1
                self.actors[entry.actor] += 1
        self._climbed(entries)

    def _times(self, case: Case, entries: Sequence[Entry]) -> None:
        """Add how long the case was in each state, and whose it was."""
        state = owner = None
        entered = taken = entries[0].at
        for entry in entries:
            after = entry.changes.set.get("owner", owner)
            if "owner" in entry.changes.removed:
                after = None
            if entry.dest != state:
                self._add(self.states, state, entered, entry.at)
                state, entered = entry.dest, entry.at
            if after != owner:
                self._add(self.owners, owner, taken, entry.at)
                owner, taken = after, entry.at
        if not case.finished:
            self._add(self.states, state, entered, self.end)
            self._add(self.owners, owner, taken, self.end)

    def _add(
        self, amounts: dict[str, list[float]], key: str | None, begin: datetime, end: datetime
    ) -> None:
        if key is not None:
            amounts.setdefault(key, []).append(self.timetable.between(begin, end))

    def _clocks(self, case: Case, entries: Sequence[Entry]) -> None:
        """Count each run of each clock once it is over: late if its due rung rang."""
        runs: dict[str, tuple[str, bool]] = {}
        any_late = False
        for entry in entries:
            for name in self.workflow.clocks:
                fact = entry.changes.set.get("clocks." + name)
                if fact is not None and (name not in runs or runs[name][0] != fact["since"]):
                    self._ended(name, runs.pop(name, None))
                    runs[name] = (fact["since"], False)
            if entry.rung is not None and entry.rung["rung"] == "due":
                name = str(entry.rung["clock"])
                runs[name] = (runs[name][0], True)
                any_late = True
        for name, run in runs.items():
            if case.finished or run[1] or case.state not in self.workflow.clocks[name].runs_in:
                self._ended(name, run)
        self.never_late += not any_late

    def _ended(self, name: str, run: tuple[str, bool] | None) -> None:
        if run is not None:
            self.ended[name] += 1
            self.late[name] += run[1]

    def _climbed(self, entries: Sequence[Entry]) -> None:
        reached: dict[str, bool] = {}
        for entry in entries[1:]:
            tier = entry.changes.set.get("tier")
            if tier is not None:
                reached.setdefault(str(tier), entry.actor == CLOCK.id)
        for tier, by_clock in reached.items():
            self.tiers[tier, by_clock] += 1


def figures_of(trial: Trial) -> Figures:
    """Count a trial that has run, and ask of every case what is guaranteed."""
    end = trial.ended_at
    tally = _Tally(trial.workflow, trial.timetable, end)
    found: list[Breach] = [
        Breach("G1", number, Naming(zh=reason, en=reason)) for number, reason in trial.log.stuck
    ]
    worst: Story | None = None
    lasted = []
    for file in trial.files:
        entries, case = trial.engine.history(file.case.id), trial.engine.case(file.case.id)
        tally.add(case, entries)
        found += breaches(
            trial.workflow, file.number, case, entries, trial.log.outages, trial.engine.verify
        )
        until = case.finished_at or end
        days = round(trial.timetable.between(case.opened_at, until), 2)
        if case.finished:
            lasted.append(days)
        if worst is None or days > worst.days:
            worst = Story(file.number, days, case.finished, tuple(entries))
    return _figures(trial, tally, spread(lasted), worst, found)


def _figures(
    trial: Trial, tally: _Tally, duration: Spread, worst: Story | None, found: list[Breach]
) -> Figures:
    workflow, log = trial.workflow, trial.log
    cases = [file.case for file in trial.files]
    ends = Counter(case.state for case in cases if case.finished)
    cycles = [case.cycle for case in cases]
    hours = sum((end - begin).total_seconds() for begin, end in log.outages) / 3600
    units = _Units(trial, tally)
    return Figures(
        workflow=workflow,
        plan=trial.plan,
        ended_at=trial.ended_at,
        opened=len(cases),
        finished={name: ends[name] for name in workflow.document.states if ends[name]},
        still_open=sum(not case.finished for case in cases),
        never_late=tally.never_late,
        entries=tally.entries,
        clocks=tuple(
            ClockFigures(name, ended, tally.late[name], _rate(ended - tally.late[name], ended))
            for name in workflow.clocks
            if (ended := tally.ended[name])
        ),
        states={
            name: spread(tally.states[name])
            for name in workflow.document.states
            if name in tally.states
        },
        roles=tuple(units.role(name) for name in workflow.document.roles),
        people=tuple(units.person(each) for held in trial.people.roles.values() for each in held),
        tiers=tuple(
            TierFigures(
                name,
                tally.tiers[name, True] + tally.tiers[name, False],
                tally.tiers[name, True],
                tally.tiers[name, False],
            )
            for name in workflow.document.tiers[1:]
        ),
        reopened=sum(cycle > 1 for cycle in cycles),
        most_cycles=max(cycles, default=0),
        duration=duration,
        acts=dict(sorted(tally.acts.items())),
        refused={f"{trigger}: {code}": n for (trigger, code), n in sorted(log.refused.items())},
        outages=len(log.outages),
        outage_hours=round(hours, 1),
        weeks=tuple(log.weeks),
        stuck=tuple(log.stuck),
        worst=worst,
        breaches=tuple(found[:_MOST_BREACHES]),
    )


class _Units:
    """What each person, and all of a role together, had to do."""

    def __init__(self, trial: Trial, tally: _Tally) -> None:
        self._trial, self._tally = trial, tally

    def person(self, person: Person) -> UnitFigures:
        return self._of(person.id, [person], self._tally.owners.get(person.id, []))

    def role(self, name: str) -> UnitFigures:
        held = self._trial.people.roles[name]
        owned = [amount for each in held for amount in self._tally.owners.get(each.id, [])]
        return self._of(name, held, owned + self._tally.owners.get(f"@{name}", []))

    def _of(self, name: str, held: list[Person], owned: list[float]) -> UnitFigures:
        log = self._trial.log
        possible = sum(self._minutes(each) for each in held)
        asked = sum(log.arose[each.id] for each in held)
        waits = [amount for each in held for amount in log.waits.get(each.id, [])]
        return UnitFigures(
            name=name,
            people=len(held),
            acts=sum(self._tally.actors[each.id] for each in held),
            load=_rate(asked, possible),
            queue=max((log.queues[each.id] for each in held), default=0),
            wait=spread(waits),
            held=spread(owned),
        )

    def _minutes(self, person: Person) -> float:
        """Return the working time somebody has for this while cases arrive."""
        trial = self._trial
        days = trial.days_worked(person)
        return days * person.timetable.minutes_a_day * person.share


def _rate(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
