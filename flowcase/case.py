"""The values that travel: who acts, what a case is, what a question was answered."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Protocol

from flowcase.errors import InvalidInput, Reason

#: What a fact may be: JSON without floats.
Fact = Any
Facts = Mapping[str, Fact]

LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. The engine believes it: the host answers for who is logged in.

    id: at most 100 characters. roles: what the actor is. unit: the organisation acted for.
    on_behalf_of: whose work this is, when a deputy does it; recorded beside `id`.
    """

    id: str
    roles: frozenset[str] = frozenset()
    unit: str | None = None
    on_behalf_of: str | None = None

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's name is fixed
        roles: Iterable[str] = (),
        unit: str | None = None,
        on_behalf_of: str | None = None,
    ) -> None:
        object.__setattr__(self, "id", identifier(id, "an actor"))
        if isinstance(roles, str):
            raise InvalidInput(f"roles are several words, e.g. {{{roles[:40]!r}}}; got one text")
        object.__setattr__(self, "roles", frozenset(roles))
        object.__setattr__(self, "unit", unit and identifier(unit, "a unit"))
        object.__setattr__(
            self, "on_behalf_of", on_behalf_of and identifier(on_behalf_of, "on_behalf_of")
        )

    def holds(self, value: str) -> bool:
        """Whether this actor is who `value` names: an actor, a unit, or the desk `@role`."""
        if value[:1] == "@":
            return value[1:] in self.roles
        return value in (self.id, self.unit, self.on_behalf_of)


def identifier(value: object, what: str) -> str:
    """Return `value` if it can serve as an id. Errors: InvalidInput."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise InvalidInput(
            f"{what} is named by 1 to {LONGEST_ID} characters; got {str(value)[:40]!r}"
        )
    if not value.isprintable() or value != value.strip() or value[0] == "@":
        raise InvalidInput(
            f"{what} is named by printable characters, without blanks around them and not "
            f"beginning with '@'; got {value[:40]!r}"
        )
    return value


def new_case_id(at: datetime, after: str = "") -> str:
    """Return a new id: a UUID of version 7 (RFC 9562), so that ids sort by the time of opening.

    after: an id it must sort after: children come after their parents, whatever the clock says.
    """
    milliseconds = int(at.timestamp() * 1000)
    if after:
        milliseconds = max(milliseconds, int(after[:8] + after[9:13], 16))
    while True:
        number = (milliseconds & (2**48 - 1)) << 80 | 7 << 76 | secrets.randbits(12) << 64
        number |= 2 << 62 | secrets.randbits(62)
        text = f"{number:032x}"
        found = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        if found > after:
            return found
        milliseconds += 1


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands after its entry number `revision`.

    owner: an actor, a unit, or `@role` (a desk: whoever holds the role); None once finished.
    due_at: the earliest due moment of the clocks now running, aware, exclusive; None if none runs.
    wake_at: when the next rung rings; operational, not part of the record.
    document: the digest of its rules. facts: flat: `fields.x`, `participants.x`, `clocks.x`,
        `fired.x`, `held.x`, `records.x` (what the records answered when they were last asked),
        `cycle`; and `documents`, once it was moved to another document.
        A long text stands there as the number of the entry that gave it.
    unsettled: how many of its children are open. sealed: none may be opened or leave rest.
    head: the digest of its last entry.
    """

    id: str
    workflow: str
    document: str
    state: str
    tier: str | None
    owner: str | None
    party: str | None
    parent_id: str | None
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    wake_at: datetime | None
    finished_at: datetime | None
    unsettled: int
    sealed: bool
    revision: int
    head: str
    facts: Facts = field(default_factory=lambda: MappingProxyType({}))

    @property
    def finished(self) -> bool:
        """Whether the case is in a final state."""
        return self.finished_at is not None

    @property
    def settled(self) -> bool:
        """Whether its parent need not wait for it: it is finished, or at rest."""
        return self.finished_at is not None or "rest" in self.facts

    @property
    def predecessor(self) -> str | None:
        """The case this one was opened by, to go its own way; None if by none."""
        found: str | None = self.facts.get("predecessor")
        return found

    def linked(self) -> dict[str, list[str]]:
        """Return the cases it opened or that point at it, by kind: ids in the order they came.

        `children.NAME`, `successors.NAME`, and `linked` for references.
        """
        return {
            key: list(value)
            for key, value in self.facts.items()
            if key == "linked" or key.startswith(("children.", "successors."))
        }

    @property
    def cycle(self) -> int:
        """Which round this is: 1, and one more for each re-opening."""
        return int(self.facts.get("cycle", 1))

    @property
    def documents(self) -> tuple[tuple[int, str], ...]:
        """Under which document it stood, from which entry on; a migration adds one."""
        kept = self.facts.get("documents")
        return tuple((int(since), str(digest)) for since, digest in kept or ((1, self.document),))

    def document_at(self, revision: int) -> str:
        """Return the digest of the document that entry number `revision` was made under."""
        return [digest for since, digest in self.documents if since <= revision][-1]

    def participants(self) -> dict[str, Any]:
        """Return who holds which part: an id, or a list of ids where several may."""
        return dict(self._under("participants."))

    def fields(self) -> dict[str, Any]:
        """Return the fields decisions are taken on; long texts are in the history."""
        return dict(self._under("fields."))

    def _under(self, prefix: str) -> Iterable[tuple[str, Any]]:
        cut = len(prefix)
        return ((key[cut:], value) for key, value in self.facts.items() if key.startswith(prefix))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to "may he?": yes, or every reason why not."""

    ok: bool
    reasons: tuple[Reason, ...] = ()

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True, slots=True)
class Move:
    """A trigger somebody may fire now.

    dests: where it may lead (the present state if it is internal). by: roles and participants
    that may fire it. requires, accepts: the data to give with it.
    """

    trigger: str
    dests: tuple[str, ...]
    by: tuple[str, ...]
    requires: tuple[str, ...]
    accepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """From when until when a party stands in a register, inclusive local days; None: open end."""

    begins: date | None
    ends: date | None

    def covers(self, day: date) -> bool:
        """Whether the party is admitted on this day."""
        return (self.begins is None or self.begins <= day) and (
            self.ends is None or day <= self.ends
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """That somebody is away, on these local days inclusive, and who stands in for him, if anybody.

    Who stands in acts on his behalf; whom the staff list finds while away, his deputy takes over.
    """

    staff: str
    begins: date
    ends: date
    deputy: str | None = None


class Directory(Protocol):
    """Answers who holds which office; read inside the transaction that asks."""

    def absence(self, id: str, day: date) -> Absence | None:  # noqa: A002 - as everywhere
        """Return the absence of `id` that covers a local day; None if he is there."""
        ...

    def unit_of(self, id: str) -> str | None:  # noqa: A002 - as everywhere
        """Return the unit that `id` belongs to, as the staff list has it."""
        ...

    def holders(self, role: str, charge: str | None = None) -> list[str]:
        """Return who holds `role`, in charge of `charge` if one is named."""
        ...

    def is_holder(self, id: str, role: str) -> bool | None:  # noqa: A002 - as everywhere
        """Whether `id` holds `role`; None if no staff were ever imported."""
        ...

    def claimed(self, workflow: str, name: str, value: str) -> tuple[str, str] | None:
        """Return the open case, and its state, that has this value of a unique field."""
        ...

    def principal(self, party: str) -> str | None:
        """Return who acts for the party: its principal, or the party itself if unregistered."""
        ...


class Kin(Protocol):
    """Answers what other cases are like; read inside the transaction that asks."""

    def find(self, case_id: str) -> Case | None:
        """Return a case by its id; None if there is none."""
        ...

    def children(self, case_id: str, *, exact: bool = False) -> list[Case]:
        """Return the children of a case in the order of their ids.

        exact: the decision rests on which of them are open, not only on how many.
        """
        ...


class Alone:
    """No other case is known."""

    def find(self, case_id: str) -> Case | None:
        """Return None."""
        return None

    def children(self, case_id: str, *, exact: bool = False) -> list[Case]:
        """Return nothing."""
        return []


ALONE = Alone()
