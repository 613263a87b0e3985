"""Planning: who turns to a case next, to do what; what he leaves undone, what he does instead."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from flowcase.case import Case, Move
from flowcase.question import holding
from flowcase.simulation.people import People, Person
from flowcase.simulation.profiles import Habits, Profile
from flowcase.simulation.ways import Use, Ways

#: Of two answers the one that needs no reasons is likelier: each piece of data counts so much.
_REASONS = 3
_LAST = {"answer": 0, "onward": 1}


@dataclass(slots=True, eq=False)
class Task:
    """Something somebody is going to do on a case. effort: in minutes of his working time."""

    file: File
    person: Person
    move: Move
    capacity: str
    planned_at: datetime
    ready_at: datetime
    effort: float
    cancelled: bool = False


@dataclass(slots=True, eq=False)
class File:
    """A case in the trial: its number, its own chances, what may be done and is about to be."""

    number: int
    random: Random
    case: Case
    principal: Person | None
    moves: list[Move] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    drawn: dict[tuple[str, ...], bool] = field(default_factory=dict)
    barred: set[tuple[str, str]] = field(default_factory=set)
    desks: dict[str, Person] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Able:
    """Somebody who may make a move, and in which capacity."""

    person: Person
    move: Move
    capacity: str
    use: Use


class Planner:
    """Decides by chance what people do; the same chances give the same plans."""

    def __init__(self, profile: Profile, people: People, ways: Ways) -> None:
        self._profile = profile
        self._people = people
        self._ways = ways
        self._habits: dict[tuple[str | None, str], Habits] = {}

    def plan(self, file: File, moves: list[Move], now: datetime) -> list[Task]:
        """Return the tasks that begin now; those that no longer make sense are cancelled."""
        wanted: dict[str, _Able] = {}
        able = [each for move in moves if (each := self._able(file, move)) is not None]
        for each in sorted(able, key=lambda one: _LAST.get(one.use, -1)):
            if each.use in _LAST:
                self._weigh(file, each, wanted)
            elif each.person.id not in wanted and self._instead(file, each):
                wanted[each.person.id] = each
        begun = []
        for person_id, task in list(file.tasks.items()):
            kept = wanted.get(person_id)
            if kept is None or kept.move.trigger != task.move.trigger:
                task.cancelled = True
                del file.tasks[person_id]
        for person_id, each in wanted.items():
            if person_id in file.tasks:
                file.tasks[person_id].move = each.move
            else:
                file.tasks[person_id] = task = self._task(file, each, now)
                begun.append(task)
        return begun

    def remind(self, file: File, told: Collection[str]) -> None:
        """Let those who were told by a clock think again about what they left undone."""
        for key, left in file.drawn.items():
            person = self._people.by_id.get(key[1])
            if left and key[0] == "nothing" and person is not None:
                desk = f"@{person.role}"
                if person.id in told or desk in told:
                    file.drawn[key] = self._chance(file, self._habits_of(person, key[2]).nothing)

    def _weigh(self, file: File, new: _Able, wanted: dict[str, _Able]) -> None:
        """Take a move into the plan unless it is left undone, or a better one is there already."""
        person = new.person
        present = wanted.get(person.id)
        if present is not None and _LAST.get(present.use, -1) < _LAST[new.use]:
            return
        habits = self._habits_of(person, new.capacity)
        key = ("nothing", person.id, new.capacity, *_situation(file, new.move))
        if key not in file.drawn:
            file.drawn[key] = self._chance(file, habits.nothing)
        if file.drawn[key]:
            return
        if present is None or self._preferred(file, new, present):
            wanted[person.id] = new

    def _preferred(self, file: File, new: _Able, present: _Able) -> bool:
        """Whether of two moves of one use the new one is taken: drawn once in a situation."""
        key = ("rather", new.person.id, present.move.trigger, *_situation(file, new.move))
        if key not in file.drawn:
            mine, other = self._weight(new), self._weight(present)
            file.drawn[key] = self._chance(file, mine / (mine + other) if mine + other else 0.0)
        return file.drawn[key]

    def _weight(self, each: _Able) -> float:
        pace = self._profile.triggers.get(each.move.trigger)
        if pace is not None and "weight" in pace.model_fields_set:
            return pace.weight
        return 1 / (1 + _REASONS * len(each.move.requires)) if each.use == "answer" else 1.0

    def _instead(self, file: File, each: _Able) -> bool:
        """Whether somebody does something else than what leads on: drawn once in a situation."""
        key = ("instead", each.person.id, each.capacity, *_situation(file, each.move))
        if key not in file.drawn:
            habits = self._habits_of(each.person, each.capacity)
            step = self._ways.requests.get(each.move.trigger)
            usual = habits.otherwise
            if step is not None and step.verb == "ask":
                usual = habits.extension if step.kind == "extension" else habits.suspension
            file.drawn[key] = self._chance(file, habits.moves.get(each.move.trigger, usual))
        return file.drawn[key]

    def done(self, task: Task) -> None:
        """Remember that a move was made, so that chance does not make it again at once."""
        key = ("instead", task.person.id, task.capacity, *_situation(task.file, task.move))
        task.file.drawn[key] = False

    def _able(self, file: File, move: Move) -> _Able | None:
        """Return who makes a move: the owner if he may, else the first who may be named."""
        owner = file.case.owner
        found = [
            (person, name)
            for name in move.by
            for person in self._named(file, name)
            if (person.id, move.trigger) not in file.barred
        ]
        if not found:
            return None
        of_owner = [each for each in found if owner in (each[0].id, f"@{each[0].role}")]
        person, capacity = (of_owner or found)[0]
        return _Able(person, move, capacity, self._ways.use(file.case, move))

    def _named(self, file: File, name: str) -> Iterator[Person]:
        """Give those for whom a name in `by` stands on this case."""
        if name in ("party", "anyone"):
            if file.principal is not None:
                yield file.principal
        elif name in self._people.roles:
            yield self._desk(file, name)
        else:
            for value in holding(file.case.facts, name):
                if value[:1] == "@":
                    yield self._desk(file, value[1:])
                elif value in self._people.by_id:
                    yield self._people.by_id[value]

    def _desk(self, file: File, role: str) -> Person:
        """Return who of a role has this case on his desk: the one with the least to do took it."""
        present = file.desks.get(role)
        barred = {who for who, _ in file.barred} | set(holding(file.case.facts, "recused"))
        if present is None or present.id in barred:
            held = self._people.roles[role]
            able = [each for each in held if each.id not in barred] or held
            present = min(able, key=lambda each: each.outstanding)
            file.desks[role] = present
        return present

    def _task(self, file: File, each: _Able, now: datetime) -> Task:
        habits = self._habits_of(each.person, each.capacity)
        pace = self._profile.triggers.get(each.move.trigger)
        delay = (pace and pace.delay) or habits.delay
        effort = (pace and pace.effort) or habits.effort
        assert delay is not None and effort is not None, "the defaults leave nothing out"  # noqa: PT018 - one thing
        ready = each.person.after(now, delay.drawn(file.random))
        minutes = effort.drawn(file.random)
        return Task(file, each.person, each.move, each.capacity, now, ready, minutes)

    def _chance(self, file: File, chance: float | None) -> bool:
        return file.random.random() < (chance or 0.0)

    def _habits_of(self, person: Person, capacity: str) -> Habits:
        key = (person.role, capacity)
        if key not in self._habits:
            self._habits[key] = self._profile.habits(*key)
        return self._habits[key]


def _situation(file: File, move: Move) -> tuple[str, ...]:
    """Return what makes a situation a new one: the state, the cycle, and what could be done."""
    return (file.case.state, str(file.case.cycle), move.trigger)
