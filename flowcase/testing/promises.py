"""Promises: what a document promises in `[guarantees]`, asked of each step of a case.

`possible` is left to `flowcase check`: that something can happen, no single history can deny.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor, Case
from flowcase.ledgers import read_ledgers
from flowcase.outcome import Draft, World
from flowcase.testing.cast import Cast
from flowcase.testing.guarantees import Broken, Step
from flowcase.workflows.document import conditions_reader
from flowcase.workflows.facts import Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Transition, Workflow

#: Entries of the engine's own, which no transition made.
OWN = ("open", "ring", "recompute")


class Promises:
    """The promises of one document, kept in mind along one case's history."""

    def __init__(self, workflow: Workflow, cast: Cast, calendar: Calendar) -> None:
        self._workflow = workflow
        self._cast = cast
        nothing = dict.fromkeys(workflow.document.records, False)  # there is no other case
        self._world = World(calendar, cast.directory(), records=nothing)
        reader = conditions_reader(workflow.document)
        self._impossible = [
            (pattern, reader.condition(pattern.when, "when", records=True))
            for pattern in workflow.document.guarantees.impossible
        ]
        self.temptations = [each for each in self._impossible if self.begins(each[0])]
        self._visited: list[str] = []
        self._fired: Counter[str] = Counter()
        self._held: defaultdict[str, set[str]] = defaultdict(set)

    def see(self, step: Step) -> None:
        """Look at a step. Errors: Broken."""
        promised, entry = self._workflow.document.guarantees, step.entry
        for passes in promised.passes:
            if entry.dest == passes.state and set(passes.after).isdisjoint(self._visited):
                raise Broken("G4", f"{passes.state} without {' or '.join(passes.after)} before it")
        cycle, most = step.after.get("cycle", 1), promised.cycles_at_most
        if most is not None and cycle > most:
            raise Broken("G4", f"cycle {cycle} of at most {most}")
        if entry.trigger not in OWN:
            self._excluded(step)
        self._remember(step)

    # -- what leads into temptation -------------------------------------------------------------

    def begins(self, pattern: Pattern) -> list[str]:
        """Return the states in which somebody may try what a pattern speaks of."""
        found = {
            source
            for each in self._workflow.transitions
            if not each.by_clock
            and pattern.trigger in (None, each.trigger)
            and pattern.to in (None, each.dest)
            for source in each.sources
            if not pattern.from_ or source in pattern.from_
        }
        return [state for state in self._workflow.document.states if state in found]

    def awaits(self, when: Condition | None, case: Case, at: datetime) -> frozenset[str]:
        """Return what a pattern's condition still waits for: words, triggers, "clocks"."""
        if when is None:
            return frozenset()
        facts = {**case.facts, **{f"fired.{name}": n for name, n in self._fired.items()}}
        ledgers = read_ledgers(case.facts, self._workflow)
        view = Draft(self._workflow, replace(case, facts=facts), self._world, at, ledgers)
        return frozenset("clocks" if ask.kind == "clocks" else ask.name for ask in when.unmet(view))

    # -- what was promised not to happen --------------------------------------------------------

    def _excluded(self, step: Step) -> None:
        taken = self._taken(step)
        for pattern, when in self._impossible:
            if (
                self._structure(pattern, step)
                and (pattern.by is None or self._by(pattern.by, taken, step))
                and (not pattern.was or self._was(pattern.was, step.actor))
                and (when is None or when.holds(self._view(step, when)))
            ):
                raise Broken("G4", f"this was promised to be impossible: {shown(pattern)}")

    def _structure(self, pattern: Pattern, step: Step) -> bool:
        entry = step.entry
        raised = step.after.get("tier") if step.after.get("tier") != step.before.get("tier") else ""
        return (
            pattern.trigger in (None, entry.trigger)
            and (not pattern.from_ or entry.source in pattern.from_)
            and pattern.to in (None, entry.dest)
            and (pattern.to is None or entry.source != entry.dest or bool(pattern.trigger))
            and pattern.raises in (None, raised)
        )

    def _taken(self, step: Step) -> list[Transition]:
        """Return the transitions an entry may be the record of."""
        entry = step.entry
        return [
            each
            for each in self._workflow.moves[str(entry.source)].get(entry.trigger, ())
            if (each.dest or entry.source) == entry.dest
        ]

    def _by(self, name: str, taken: list[Transition], step: Step) -> bool:
        """Whether he who acted did so as `name`, and could have in no other part."""
        if step.actor is None:
            return name == "clock"
        parts = {part for each in taken for part in self._parts(each, step)}
        roles = {
            self._workflow.document.participants[part].role
            for part in parts
            if part in self._workflow.document.participants
        }
        return parts == {name} or (not parts & {"party", "anyone"} and roles == {name})

    def _parts(self, transition: Transition, step: Step) -> set[str]:
        actor = step.actor
        assert actor is not None, "a clock acts in no part"
        parts = set(actor.roles & transition.roles)
        parts |= {name for name in transition.holders if _holds(actor, _values(step.before, name))}
        if "party" in transition.by and self._cast.principal in (actor.id, actor.on_behalf_of):
            parts.add("party")
        if "anyone" in transition.by:
            parts.add("anyone")
        return parts

    def _was(self, names: list[str], actor: Actor | None) -> bool:
        return actor is not None and any(_holds(actor, self._held[name]) for name in names)

    def _remember(self, step: Step) -> None:
        """Keep who ever held a part, or acted for it and can have acted for nothing else."""
        entry = step.entry
        self._visited.append(entry.dest)
        if step.before.get("cycle", 1) != step.after.get("cycle", 1):
            self._fired.clear()
        elif entry.trigger not in OWN:
            self._fired[entry.trigger] += 1
        if step.actor is not None and entry.trigger not in OWN:
            taken = self._taken(step)
            everywhere = [self._parts(each, step) for each in taken]
            for name in set.intersection(*everywhere) if everywhere else ():
                self._held[name].add(step.actor.id)
        for name in self._workflow.document.participants:
            for value in _values(step.after, name):
                if value[:1] != "@":
                    self._held[name].add(value)

    def _view(self, step: Step, when: Condition) -> Draft:
        """Return the case as a condition sees it: with the data applied, else as it was before."""
        facts = {
            name: value for name, value in step.before.items() if not name.startswith("fired.")
        }
        own = self._workflow.request_fields.get(step.entry.trigger)
        for name, value in step.entry.details.items() if own is None else ():
            part = name in self._workflow.document.participants or name == "recused"
            facts[f"participants.{name}" if part else f"fields.{name}"] = value
        facts |= {f"fired.{trigger}": count for trigger, count in self._fired.items()}
        case = _case_before(self._workflow, step, facts)
        ledgers = read_ledgers(step.before, self._workflow)
        return Draft(self._workflow, case, self._world, step.entry.at, ledgers)


def shown(pattern: Pattern) -> str:
    """Return a pattern as the document writes it."""
    given = pattern.model_dump(by_alias=True, exclude_defaults=True)
    return ", ".join(f"{name} = {value}" for name, value in given.items())


def _values(facts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    held = facts.get("participants." + name, ())
    return (held,) if isinstance(held, str) else tuple(held)


def _holds(actor: Actor, values: set[str] | tuple[str, ...]) -> bool:
    return any(actor.holds(value) for value in values)


def _case_before(workflow: Workflow, step: Step, facts: Mapping[str, Any]) -> Case:
    entry, before = step.entry, step.before
    return Case(
        id=entry.case_id,
        workflow=workflow.name,
        document=workflow.digest,
        state=str(entry.source),
        tier=before.get("tier"),
        owner=before.get("owner"),
        party=before.get("party"),
        parent_id=None,
        opened_at=step.so_far[0].at,
        changed_at=step.so_far[-1].at,
        due_at=None,
        wake_at=None,
        finished_at=None,
        unsettled=0,
        sealed=False,
        revision=entry.revision - 1,
        head=step.so_far[-1].digest,
        facts=facts,
    )
