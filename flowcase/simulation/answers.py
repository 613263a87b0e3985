"""Answers: the data people give with a move, made up by chance from what the document allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.requests import later
from flowcase.simulation.people import People
from flowcase.simulation.profiles import Profile
from flowcase.workflows import language
from flowcase.workflows.rules import RequestStep, Workflow

#: Of a date without bounds, how many days ahead it may be; of a number, how much it may be.
_FAR, _MUCH = 30, 100
#: How many hold a part that many may hold.
_SEVERAL = 2


class Answers:
    """Makes up data for one document; the same chances give the same data."""

    def __init__(
        self, workflow: Workflow, profile: Profile, people: People, calendar: Calendar
    ) -> None:
        self._workflow = workflow
        self._profile = profile
        self._people = people
        self._calendar = calendar

    def given(
        self, names: Iterable[str], facts: Mapping[str, Any], today: date, random: Random
    ) -> dict[str, Any]:
        """Return data under these names: fields first, for they say who is in charge."""
        document = self._workflow.document
        data: dict[str, Any] = {}
        parts = []
        for name in names:
            if name in document.fields:
                data[name] = self._field(name, document.fields[name], today, random)
            else:
                parts.append(name)
        for name in parts:
            data[name] = self._holder(name, data, facts, random)
        return data

    def requested(
        self, step: RequestStep, names: Iterable[str], today: date, random: Random
    ) -> dict[str, Any]:
        """Return the data of a request: a length within what the document grants, or a text."""
        data: dict[str, Any] = {}
        for name in names:
            if name == step.rules.unit:
                data[name] = random.randint(1, step.rules.at_most.amount)
            elif isinstance(step.fields[name], language.DateField):
                term = step.rules.at_most.of(random.randint(1, step.rules.at_most.amount))
                data[name] = later(today, term, self._calendar).isoformat()
            else:
                data[name] = self._field(name, step.fields[name], today, random)
        return data

    def _field(self, name: str, kind: language.AnyField, today: date, random: Random) -> Any:
        match kind:
            case language.ChoiceField():
                return self._option(name, kind.options, random)
            case language.FlagField():
                return random.random() < 0.5
            case language.IntegerField():
                return random.randint(kind.at_least, min(kind.at_most, kind.at_least + _MUCH))
            case language.DateField():
                first = _day(kind.earliest, today, first=True) or today
                last = _day(kind.latest, today, first=False) or first + timedelta(days=_FAR)
                span = max(0, (last - first).days)
                return (first + timedelta(days=random.randint(0, span))).isoformat()
            case language.TextField():
                title = kind.title.zh if kind.title is not None else name
                return title[: kind.max_length]

    def _option(self, name: str, options: Sequence[str], random: Random) -> str:
        weights = self._profile.fields.get(name)
        if not weights or not any(weights.values()):
            return random.choice(options)
        return random.choices(options, [weights.get(each, 0.0) for each in options])[0]

    def _holder(
        self, name: str, data: Mapping[str, Any], facts: Mapping[str, Any], random: Random
    ) -> Any:
        """Return who is given a part: one in charge of the matter's field, or by chance."""
        if name == "recused":
            return random.choice(_held(facts) or [next(iter(self._people.by_id))])
        participant = self._workflow.document.participants[name]
        charge = None
        if participant.find is not None:
            field = participant.find.in_charge_of
            charge = data.get(field, facts.get(f"fields.{field}"))
        taken = {str(each) for each in data.values()} | set(facts.get("participants.recused", ()))
        assert participant.role is not None, "whom the parent binds is not given"
        found = self._people.in_charge(participant.role, charge)
        able = [each for each in found if each.id not in taken]
        able = (
            able or [e for e in self._people.roles[participant.role] if e.id not in taken] or found
        )
        if participant.count == "many":
            count = min(len(able), random.randint(1, _SEVERAL))
            return [each.id for each in random.sample(able, count)]
        return random.choice(able).id


def _held(facts: Mapping[str, Any]) -> list[str]:
    """Return who holds a part of the case now; desks and those recused left out."""
    recused = facts.get("participants.recused", ())
    found = []
    for key, value in sorted(facts.items()):
        if key.startswith("participants.") and key != "participants.recused":
            found += [value] if isinstance(value, str) else list(value)
    return [each for each in found if each[:1] != "@" and each not in recused]


def _day(span: language.DateSpan | None, today: date, *, first: bool) -> date | None:
    """Return a bound, a few days further in where it is counted in months."""
    if span is None:
        return None
    months = span.months or 0
    return today + timedelta(days=(span.days or 0) + months * (31 if (months > 0) == first else 28))
