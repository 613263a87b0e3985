"""A trial: cases arrive, people act, clocks ring, on a clock that jumps from event to event.

Everything goes through an engine, as it would in the city; nothing here decides whether a move is
allowed. Chance comes from the seed alone: each case has a sequence of its own, so that a trial with
one more deputy meets the same matters.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.case import Move
from flowcase.engine import Engine
from flowcase.errors import InvalidInput, Refused
from flowcase.history import Entry
from flowcase.simulation.answers import Answers
from flowcase.simulation.people import People, Person
from flowcase.simulation.planning import File, Planner, Task
from flowcase.simulation.profiles import Profile
from flowcase.simulation.ways import Ways
from flowcase.time import ManualClock
from flowcase.workflows.language import ReferenceField
from flowcase.workflows.rules import Workflow

#: What happens first of what happens at one moment.
_RING, _ARRIVE, _READY, _DONE = range(4)
#: How often data that was found missing is added before a move is given up.
_MOST_TRIES = 6
#: Of data that may be given and need not, the chance that it is.
_ALSO = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What a trial is made of. days: in which cases arrive, from the day `begins`."""

    cases: int
    days: int
    seed: int
    begins: date


@dataclass(slots=True)
class Log:
    """What a trial wrote down besides the engine's record.

    arose: minutes of effort that became ready, by person. waits: working days from ready to begun.
    queues: the most that lay on a person's
    desk. refused: by trigger and code. weeks: at the end
    of each week, how many cases stood in which state. outages: from when until when.
    stuck: clocks that could not ring, and why.
    """

    arose: Counter[str] = field(default_factory=Counter)
    acts: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=dict)
    queues: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    weeks: list[tuple[date, dict[str, int]]] = field(default_factory=list)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    stuck: list[tuple[int, str]] = field(default_factory=list)


class Trial:
    """One run. After `run`: the files, the log, and the engine's record of everything."""

    def __init__(
        self,
        engine: Engine,
        clock: ManualClock,
        workflow: Workflow,
        profile: Profile,
        plan: Plan,
    ) -> None:
        self.engine, self.workflow, self.profile, self.plan = engine, workflow, profile, plan
        self.calendar: Calendar = engine.library.calendar(workflow.document.calendar)
        span = plan.days + profile.drain_days
        self.people = People(workflow, profile, self.calendar, plan.begins, span, plan.seed)
        self.timetable = self.people.timetable(profile.hours)
        self.files: list[File] = []
        self.log = Log()
        self.begins = self.calendar.start_of(plan.begins)
        self.arrivals_end = self.calendar.start_of(plan.begins + timedelta(days=plan.days))
        self.ends = self.calendar.start_of(plan.begins + timedelta(days=span))
        self._clock = clock
        self._ways = Ways(workflow, profile.goal)
        self._planner = Planner(profile, self.people, self._ways)
        self._answers = Answers(workflow, profile, self.people, self.calendar)
        self._events: list[tuple[datetime, int, int, Any]] = []
        self._numbers = count()
        self._rings: set[datetime] = set()
        self._by_id: dict[str, File] = {}
        self._by_number: dict[int, File] = {}
        self._finished = 0
        self._per = {each.per for each in workflow.document.children.values()}

    def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Run until every case is finished, or the drain days are over.

        progress: called with the number of cases that finished since it was called last.
        """
        self._furnish()
        self.log.outages = self._outages()
        self._arrive()
        week, told = self.begins + timedelta(days=7), 0
        while self._events and self._events[0][0] <= self.ends:
            moment, kind, _, subject = heappop(self._events)
            while moment >= week:
                self._count(week)
                week += timedelta(days=7)
            self._clock.move_to(moment)
            self._happen(kind, subject, moment)
            progress(self._finished - told)
            told = self._finished

    def _happen(self, kind: int, subject: Any, moment: datetime) -> None:
        if kind == _RING:
            self._ring(moment)
        elif kind == _ARRIVE:
            self._open(subject, moment)
        elif kind == _READY:
            self._ready(subject, moment)
        else:
            self._done(subject, moment)

    @property
    def ended_at(self) -> datetime:
        """When it was over: when the last thing happened."""
        return self._clock.now()

    def days_worked(self, person: Person) -> int:
        """Return how many days somebody is at work while cases arrive."""
        days = (self.plan.begins + timedelta(days=each) for each in range(self.plan.days))
        return sum(person.timetable.works(day) and day not in person.absent for day in days)

    # -- the world ------------------------------------------------------------------------------

    def _furnish(self) -> None:
        """Import the people, as a city does."""
        self.engine.import_staff(io.StringIO(self.people.staff_csv()))
        register = self.workflow.document.intake.register_
        if register is not None:
            categories = self.workflow.document.registers[register].categories
            file = io.StringIO(self.people.parties_csv(categories))
            self.engine.import_parties(file, register=register)

    def _outages(self) -> list[tuple[datetime, datetime]]:
        ticker, random = self.profile.ticker, Random(f"{self.plan.seed}/ticker")
        span = (self.ends - self.begins).total_seconds()
        expected = ticker.outages * span / (365 * 86400)
        number = int(expected) + (random.random() < expected % 1)
        found = []
        for begin in sorted(random.random() * span for _ in range(number)):
            start = self.begins + timedelta(seconds=int(begin))
            minutes = ticker.outage_hours.drawn(random)
            found.append((start, start + timedelta(minutes=int(minutes))))
        return found

    def _arrive(self) -> None:
        """Let cases arrive in working hours, evenly by chance."""
        random = Random(f"{self.plan.seed}/arrivals")
        intake, day = self.workflow.document.intake, timedelta(days=1)
        days = [self.plan.begins + day * each for each in range(self.plan.days)]
        possible = [
            each
            for each in days
            if (intake.from_ or each) <= each <= (intake.until or each)
            and self.timetable.works(each)
        ]
        if not possible:
            raise InvalidInput(
                f"no case may be opened from {days[0]} to {days[-1]}; the workflow takes them "
                f"on working days from {intake.from_ or 'any day'} to {intake.until or 'any day'}"
            )
        moments = []
        for _ in range(self.plan.cases):
            start = self.calendar.start_of(random.choice(possible))
            minutes = random.random() * self.timetable.minutes_a_day
            moments.append(self.timetable.after(start, minutes).replace(microsecond=0))
        for number, moment in enumerate(sorted(moments), start=1):
            self._push(moment, _ARRIVE, number)

    def _push(self, moment: datetime, kind: int, subject: Any) -> None:
        heappush(self._events, (moment, kind, next(self._numbers), subject))

    def _count(self, week: datetime) -> None:
        states = Counter(each.case.state for each in self.files if not each.case.finished)
        local = self.calendar.local_date(week)
        self.log.weeks.append((local, dict(sorted(states.items()))))

    # -- what happens ---------------------------------------------------------------------------

    def _open(self, number: int, now: datetime) -> None:
        random = Random(f"{self.plan.seed}/case/{number}")
        intake = self.workflow.intake
        party, principal = None, None
        if self.workflow.document.intake.party != "none":
            party = random.choice(sorted(self.people.principals))
            principal = self.people.principals[party]
        actor = principal
        if intake.roles and (actor is None or not {"party", "anyone"} & set(intake.by)):
            actor = random.choice(self.people.roles[min(intake.roles)])
        if actor is None:  # anyone may open it, for nobody in particular
            actor = next(iter(self.people.principals.values()))
        names = self._names(Move("open", (), (), intake.requires, intake.accepts), (), random)
        today = self.calendar.local_date(now)
        data = self._answers.given(names, {}, today, random)
        try:
            case = self.engine.open(self.workflow.name, actor=actor.actor, party=party, data=data)
        except Refused as refused:
            self._refused("open", refused)
            return
        file = File(number, random, case, principal)
        self.files.append(file)
        self._by_id[case.id] = self._by_number[number] = file
        self._moved(file, now)

    def _ring(self, now: datetime) -> None:
        self._rings.discard(now)
        for begin, end in self.log.outages:
            if begin <= now < end:
                self._ring_at(end)
                return
        report = self.engine.tick()
        told: dict[int, set[str]] = {}
        changed: set[int] = set()
        for rang in report.rang:
            number = self._by_id[rang.case_id].number
            told.setdefault(number, set()).update(rang.told)
            if rang.trigger != "ring" or rang.rung in ("due", "review", "provisional"):
                changed.add(number)
        for aside in report.set_aside:
            number = self._by_id[aside.case_id].number
            self.log.stuck.append((number, aside.reason))
            told.setdefault(number, set())
        for number in sorted(told):  # not as the database gives them: ids are made by chance
            file = self._by_number[number]
            file.case = self.engine.case(file.case.id)
            self._planner.remind(file, told[number])
            self._moved(file, now, ask=number in changed)

    def _ring_at(self, moment: datetime) -> None:
        if moment not in self._rings:
            self._rings.add(moment)
            self._push(moment, _RING, None)

    def _ready(self, task: Task, now: datetime) -> None:
        if task.cancelled:
            return
        person = task.person
        self.log.arose[person.id] += round(task.effort)
        person.queue.append(task)
        self.log.queues[person.id] = max(self.log.queues[person.id], person.outstanding)
        if person.working is None:
            self._begin(person, now)

    def _begin(self, person: Person, now: datetime) -> None:
        person.working = None
        while person.queue:
            task = person.queue.popleft()
            if task.cancelled:
                continue
            waited = person.timetable.between(task.ready_at, now)
            self.log.waits.setdefault(person.id, []).append(waited)
            person.working = task
            self._push(person.after(now, task.effort / person.share), _DONE, task)
            return

    def _done(self, task: Task, now: datetime) -> None:
        if not task.cancelled:
            self._act(task, now)
        self._begin(task.person, now)

    def _act(self, task: Task, now: datetime) -> None:
        """Let somebody make his move; what is refused he does not try again."""
        file, person, trigger = task.file, task.person, task.move.trigger
        names = self._names(task.move, self._ways.missing(file.case, task.move), file.random)
        data = self._data(file, trigger, names, now)
        file.tasks.pop(person.id, None)
        self._planner.done(task)
        for _ in range(_MOST_TRIES):
            try:
                file.case = self.engine.fire(file.case.id, trigger, person.actor, data)
            except Refused as refused:
                missing = [each.about for each in refused.reasons if each.code == "missing_data"]
                if len(missing) < len(refused.reasons):
                    self._refused(trigger, refused)
                    break
                data |= self._data(file, trigger, missing, now)
            else:
                self.log.acts[trigger, task.capacity] += 1
                self._moved(file, now)
                return
        file.barred.add((person.id, trigger))
        self._moved(file, now)

    def _names(self, move: Move, also: tuple[str, ...], random: Random) -> list[str]:
        accepts = [name for name in move.accepts if name not in self._per]
        chosen = [name for name in accepts if name in also or random.random() < _ALSO]
        return [*move.requires, *chosen]

    def _data(self, file: File, trigger: str, names: list[str], now: datetime) -> dict[str, Any]:
        today = self.calendar.local_date(now)
        step = self._ways.requests.get(trigger)
        if step is not None:
            return self._answers.requested(step, names, today, file.random)
        return self._answers.given(names, file.case.facts, today, file.random)

    def _refused(self, trigger: str, refused: Refused) -> None:
        for reason in refused.reasons:
            self.log.refused[trigger, reason.code] += 1

    def _moved(self, file: File, now: datetime, *, ask: bool = True) -> None:
        """Look at a case that was moved: when it rings next, and who turns to it.

        ask: what may be done is asked anew; a warning or a repeat changes nothing of it.
        """
        if file.case.wake_at is not None:
            self._ring_at(max(file.case.wake_at, now))
        self._finished += file.case.finished  # once: what is finished is not moved again
        if ask:
            moves = [] if file.case.finished else self.engine.available(file.case.id)
            file.moves = [move for move in moves if not self._concerns_others(move)]
        for task in self._planner.plan(file, file.moves, now):
            self._push(task.ready_at, _READY, task)

    def _concerns_others(self, move: Move) -> bool:
        """Whether a move is there to open another case or to point at one: a trial leaves it out,
        for in it each matter goes its own way.
        """
        document = self.workflow.document
        opening = [each for each in document.children.values() if each.per is None]
        named = any(
            isinstance(document.fields.get(name), ReferenceField) or name in self._per
            for name in move.requires
        )
        always = any(move.trigger in rule.opens_on for rule in opening)
        followed = any(move.trigger in each.opens_on for each in document.successors.values())
        return named or always or followed

    def history(self, file: File) -> list[Entry]:
        """Return a case's entries."""
        return self.engine.history(file.case.id)
