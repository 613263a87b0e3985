"""The roster: who holds which office, kept in memory, for deciding without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flowcase.case import Absence


class MemoryDirectory:
    """Who holds which office, kept in memory: for deciding without a database.

    duties: (role, charge, holder); charge is "" for the role as such. principals: by party.
    absences: a list to add to and take from. units: by member of staff.
    """

    def __init__(
        self,
        duties: Iterable[tuple[str, str, str]] = (),
        principals: Mapping[str, str] | None = None,
        absences: Iterable[Absence] = (),
        units: Mapping[str, str] | None = None,
    ) -> None:
        self._duties = frozenset(duties)
        self._principals = dict(principals or {})
        self.absences = list(absences)
        self._units = dict(units or {})

    def holders(self, role: str, charge: str | None = None) -> list[str]:
        """Return who holds `role`, in charge of `charge` if one is named."""
        return sorted(
            {who for held, field, who in self._duties if held == role and charge in (None, field)}
        )

    def is_holder(self, id: str, role: str) -> bool | None:  # noqa: A002 - as everywhere
        """Whether `id` holds `role`; None if nobody holds anything."""
        if not self._duties:
            return None
        return any(held == role and who == id for held, _, who in self._duties)

    def absence(self, id: str, day: date) -> Absence | None:  # noqa: A002 - as everywhere
        """Return the absence of `id` that covers a local day; None if he is there."""
        away = (each for each in self.absences if each.staff == id)
        return next((each for each in away if each.begins <= day <= each.ends), None)

    def unit_of(self, id: str) -> str | None:  # noqa: A002 - as everywhere
        """Return the unit that `id` belongs to."""
        return self._units.get(id)

    def claimed(self, workflow: str, name: str, value: str) -> tuple[str, str] | None:
        """Return None: in memory there is no other case."""
        return None

    def principal(self, party: str) -> str | None:
        """Return who acts for the party: its principal, or the party itself."""
        return self._principals.get(party, party)
