"""People of a trial: who holds which office, who files, and what each has on his desk."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from random import Random
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor
from flowcase.simulation.profiles import Profile
from flowcase.simulation.timetable import Timetable
from flowcase.workflows.language import ChoiceField
from flowcase.workflows.rules import Workflow

#: Absences are this many days together, at most.
_LONGEST_ABSENCE = 10


@dataclass(slots=True, eq=False)
class Person:
    """Somebody who acts: an office holder, a unit, or a party's principal.

    share: of the working time, what there is for this. queue: what lies on the desk, first come
    first served; working: what is being done. role: None for a party.
    """

    actor: Actor
    role: str | None
    share: float
    timetable: Timetable
    absent: frozenset[date] = frozenset()
    charges: tuple[str, ...] = ()
    queue: deque[Any] = field(default_factory=deque)
    working: Any = None

    @property
    def id(self) -> str:
        """How the engine knows him."""
        return self.actor.id

    @property
    def outstanding(self) -> int:
        """How many matters lie on the desk, the one in work included."""
        return len(self.queue) + (self.working is not None)

    def after(self, moment: datetime, minutes: float) -> datetime:
        """Return when so many minutes of his working time have passed, to the second."""
        return self.timetable.after(moment, minutes, self.absent).replace(microsecond=0)


class People:
    """Everybody there is in a trial, generated from a document and a profile."""

    def __init__(
        self,
        workflow: Workflow,
        profile: Profile,
        calendar: Calendar,
        begins: date,
        days: int,
        seed: int,
    ) -> None:
        self.roles: dict[str, list[Person]] = {}
        self.by_id: dict[str, Person] = {}
        self._timetables: dict[tuple[str, ...], Timetable] = {}
        self._calendar = calendar
        self._charges = _charges(workflow)
        for role in workflow.document.roles:
            self.roles[role] = self._staff(profile, role, begins, days, seed)
        table = self.timetable(profile.hours)
        self.principals = {
            f"E-{number:04}": Person(Actor(f"principal-{number}"), None, 1.0, table)
            for number in range(1, profile.parties + 1)
        }
        if workflow.document.intake.register_ is None:  # then the party is its own principal
            for party, person in self.principals.items():
                person.actor = Actor(party)
        everybody = (each for held in self.roles.values() for each in held)
        self.by_id = {each.id: each for each in (*everybody, *self.principals.values())}

    def timetable(self, hours: Sequence[str]) -> Timetable:
        """Return the timetable of some hours, one for all who work them."""
        key = tuple(hours)
        if key not in self._timetables:
            self._timetables[key] = Timetable(self._calendar, hours)
        return self._timetables[key]

    def in_charge(self, role: str, charge: str | None) -> list[Person]:
        """Return who holds a role in charge of something; all its holders if nobody is."""
        held = self.roles[role]
        return [each for each in held if charge in each.charges] or held

    def staff_csv(self) -> str:
        """Return the staff list, as a file to import."""
        rows = []
        for role, held in self.roles.items():
            named: set[str] = set()
            for person in held:  # one in charge of each field, or the directory could not choose
                own = [each for each in person.charges if each not in named]
                named.update(own)
                rows.append((person.id, person.id, role, "", ";".join(own)))
        return _csv(("id", "name", "roles", "unit", "in_charge_of"), rows)

    def parties_csv(self, categories: Mapping[str, Any]) -> str:
        """Return the register of parties, as a file to import."""
        names = list(categories) or [""]
        rows = [
            (party, party, names[number % len(names)], person.id, "", "")
            for number, (party, person) in enumerate(self.principals.items())
        ]
        columns = ("id", "name", "category", "principal", "admitted_from", "admitted_until")
        return _csv(columns, rows)

    def _staff(
        self, profile: Profile, role: str, begins: date, days: int, seed: int
    ) -> list[Person]:
        staffing = profile.staffing(role)
        count = staffing.people or 1
        table = self.timetable(staffing.hours or profile.hours)
        charges = self._charges.get(role, ())
        held = []
        for number in range(count):
            absent = _absences(
                Random(f"{seed}/absent/{role}/{number}"), staffing.absent_days or 0, begins, days
            )
            own = tuple(
                each
                for place, each in enumerate(charges)
                if place % count == number or number % len(charges) == place
            )
            actor = Actor(f"{role}-{number + 1}", roles=[role])
            held.append(Person(actor, role, staffing.share or 1.0, table, absent, own))
        return held


def _charges(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Return by role what its holders divide among them: the options of the field looked up by."""
    document = workflow.document
    found: dict[str, tuple[str, ...]] = {}
    for participant in document.participants.values():
        find = participant.find
        kind = document.fields.get(find.in_charge_of) if find is not None else None
        if isinstance(kind, ChoiceField) and participant.role is not None:
            both = (*found.get(participant.role, ()), *kind.options)
            found[participant.role] = tuple(dict.fromkeys(both))
    return found


def _absences(random: Random, in_a_year: float, begins: date, days: int) -> frozenset[date]:
    """Return days of absence by chance, several in a row, in proportion to the days there are."""
    wanted = ceil(in_a_year * days / 365)
    absent: set[date] = set()
    while len(absent) < min(wanted, days // 2):
        first = begins + timedelta(days=random.randrange(days))
        length = random.randint(1, min(_LONGEST_ABSENCE, wanted - len(absent)))
        absent.update(first + timedelta(days=each) for each in range(length))
    return frozenset(absent)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue()
