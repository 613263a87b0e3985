"""The roster: who holds which office, kept in memory, for deciding without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class MemoryDirectory:
    """Who holds which office, kept in memory: for deciding without a database.

    duties: (role, charge, holder); charge is "" for the role as such. principals: by party.
    """

    def __init__(
        self,
        duties: Iterable[tuple[str, str, str]] = (),
        principals: Mapping[str, str] | None = None,
    ) -> None:
        self._duties = frozenset(duties)
        self._principals = dict(principals or {})

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

    def principal(self, party: str) -> str | None:
        """Return who acts for the party: its principal, or the party itself."""
        return self._principals.get(party, party)
