"""The cast: who there is to act on a document, made up from the document alone.

Every role is held by two people and a unit, and one person holds every role there is, so that the
same hands can come to a case in two parts. `few` leaves one person to each role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from flowcase.case import Actor
from flowcase.roster import MemoryDirectory
from flowcase.workflows.language import ChoiceField
from flowcase.workflows.rules import Workflow

Staffing = Literal["many", "few", "shared"]

PARTY = "P-0001"
STRANGER = Actor("stranger")
ROVER = "rover"

#: What staff are in charge of where a document takes any text for it.
CHARGE = "north"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who holds what while a document is tried. principal: who acts for the party.

    duties: (role, charge, holder), as a directory keeps them.
    """

    workflow: Workflow
    staffing: Staffing
    principal: str
    duties: tuple[tuple[str, str, str], ...]

    def directory(self) -> MemoryDirectory:
        """Return who holds which office."""
        return MemoryDirectory(self.duties, {PARTY: self.principal})

    def holders(self, role: str | None) -> list[str]:
        """Return who holds a role; with None, every role: each once."""
        return list(dict.fromkeys(who for held, _, who in self.duties if role in (None, held)))

    def acting(self, name: str, facts: Mapping[str, Any], party: str | None) -> list[Actor]:
        """Return who may act under a name that stands in `by`, on a case with these facts."""
        if name == "party":
            return list(self._for(self.principal)) if party is not None else []
        if name == "anyone":
            return [STRANGER, Actor(ROVER)]
        if name in self.workflow.document.roles:
            return [self._in(role_holder, name) for role_holder in self.holders(name)]
        held = facts.get("participants." + name, ())
        values = (held,) if isinstance(held, str) else held
        return [actor for value in values for actor in self._for(value)]

    def everybody(self) -> list[Actor]:
        """Return everyone who is somebody, and a stranger."""
        found = [STRANGER, Actor(self.principal)]
        for role in self.workflow.document.roles:
            found += [self._in(who, role) for who in self.holders(role)]
        return found

    def staff_file(self) -> StringIO:
        """Return the cast as a CSV file of staff; who holds nothing now is listed without roles."""
        roles: dict[str, list[str]] = {who: [] for who in _names(self.workflow)}
        charges: dict[str, list[str]] = {who: [] for who in roles}
        for role, charge, who in self.duties:
            (charges if charge else roles)[who].append(charge or role)
        lines = ["id,name,roles,unit,in_charge_of"]
        lines += [
            f"{who},{who},{';'.join(roles[who])},,{';'.join(dict.fromkeys(charges[who]))}"
            for who in roles
        ]
        return StringIO("\n".join(lines) + "\n")

    def party_file(self) -> StringIO:
        """Return the party as a CSV file of a register."""
        register = self.workflow.document.intake.register_
        categories = self.workflow.document.registers[register].categories if register else {}
        category = next(iter(categories), "")
        return StringIO(
            "id,name,category,principal,admitted_from,admitted_until\n"
            f"{PARTY},{PARTY},{category},{self.principal},,\n"
        )

    def _in(self, who: str, role: str) -> Actor:
        """Return somebody acting in a role; for a unit, its officer."""
        if who.endswith("_unit"):
            return Actor(f"{role}_officer", roles={role}, unit=who)
        return Actor(who, roles={role})

    def _for(self, value: str) -> Iterator[Actor]:
        """Return who acts for an id, a unit or a desk: himself, an officer, a deputy."""
        if value.startswith("@"):
            role = value[1:]
            yield from (self._in(who, role) for who in self.holders(role))
            yield Actor(f"{role}_clerk", roles={role})  # a desk has hands the list knows not
        elif value.endswith("_unit"):
            yield Actor(value.removesuffix("_unit") + "_officer", unit=value)
            yield Actor(ROVER, unit=value)
        else:
            yield Actor(value)
            yield Actor("deputy", on_behalf_of=value)


def cast_of(workflow: Workflow, staffing: Staffing) -> Cast:
    """Return the cast of a document.

    many: two people and a unit to each role, one in charge of the first matter, two of the second.
    few: one to each role. shared: one to each role, and one person who holds all of them.
    """
    registered = workflow.document.intake.register_ is not None
    return Cast(
        workflow=workflow,
        staffing=staffing,
        principal="principal" if registered else PARTY,  # who is in no register acts for himself
        duties=tuple(_duties(workflow, staffing)),
    )


def _duties(workflow: Workflow, staffing: Staffing) -> Iterator[tuple[str, str, str]]:
    for role in workflow.document.roles:
        yield role, "", f"{role}_1"
        if staffing == "many":
            yield role, "", f"{role}_2"
            yield role, "", f"{role}_unit"
        if staffing != "few":
            yield role, "", ROVER
    for role, charges in _charges(workflow).items():
        for number, charge in enumerate(charges[:2]):
            yield role, charge, f"{role}_1"
            if staffing == "many" and number == 1:
                yield role, charge, f"{role}_2"


def _charges(workflow: Workflow) -> dict[str, list[str]]:
    """Return by role what its holders may be in charge of."""
    found: dict[str, list[str]] = {}
    for participant in workflow.document.participants.values():
        if participant.find is None or participant.role is None:
            continue
        field = workflow.document.fields[participant.find.in_charge_of]
        charges = field.options if isinstance(field, ChoiceField) else [CHARGE]
        found.setdefault(participant.role, []).extend(charges)
    return {role: list(dict.fromkeys(charges)) for role, charges in found.items()}


def _names(workflow: Workflow) -> Iterator[str]:
    """Return everybody the cast of a document may ever have."""
    for role in workflow.document.roles:
        yield from (f"{role}_1", f"{role}_2", f"{role}_unit")
    yield ROVER
