"""People: what the front door does about parties, staff, absences, and who acts."""

from __future__ import annotations

from datetime import date, datetime
from typing import IO

from flowcase.absences import acting, cancel_absence, set_absence
from flowcase.case import Absence, Actor
from flowcase.directory import ImportReport, actor_named, import_parties, import_staff
from flowcase.library import Library
from flowcase.store import Store
from flowcase.time import Clock, utc


class People:
    """The part of the engine that is about people."""

    def __init__(self, store: Store, library: Library, clock: Clock) -> None:
        self.store = store
        self.library = library
        self.clock = clock

    def import_parties(
        self, file: IO[bytes] | IO[str], *, register: str | None = None
    ) -> ImportReport:
        """Import parties into a register from CSV; the only register there is, if none is named.

        Columns: id, name, category, principal, admitted_from, admitted_until, or in Chinese. Good
        rows are written in one transaction, bad ones reported. The same file again changes
        nothing. Errors: InvalidInput for a file that cannot be read, NotFound.
        """
        name = self.library.register(register)
        categories = self.library.registers()[name].categories
        return import_parties(self.store, file, register=name, categories=categories)

    def import_staff(self, file: IO[bytes] | IO[str]) -> ImportReport:
        """Import staff and units from CSV: id, name, roles, unit, in_charge_of, or in Chinese.

        As `import_parties`; several roles or charges are separated by a semicolon.
        """
        return import_staff(
            self.store, file, roles=self.library.roles(), charges=self.library.charges()
        )

    def set_absence(
        self, staff: str, begins: date, ends: date, deputy: str | None = None
    ) -> Absence:
        """Write down that a member of staff is away on these local days, inclusive, and who stands
        in: whoever is looked up while away is replaced by his deputy, and the deputy may act on
        his behalf. Errors: InvalidInput, NotFound.
        """
        absence = Absence(staff, begins, ends, deputy)
        set_absence(self.store, absence)
        return absence

    def cancel_absence(self, staff: str, begins: date) -> None:
        """Take back an absence that begins on this day. Errors: NotFound."""
        cancel_absence(self.store, staff, begins)

    def actor(self, actor_id: str, on_behalf_of: str | None = None) -> Actor:
        """Return a member of staff as an Actor, with roles and unit as the staff list has them;
        acting for another only while that one is away and he stands in.

        Errors: Refused if he does not stand in, InvalidInput for what cannot be an id.
        """
        if on_behalf_of is None:
            return actor_named(self.store, actor_id)
        return acting(self.store, actor_id, on_behalf_of, self.today())

    def today(self, calendar: str = "cn") -> date:
        """Return the local day, in the zone of a calendar. Errors: CalendarError."""
        return self.library.calendar(calendar).local_date(self._now())

    def _now(self) -> datetime:
        return utc(self.clock.now())
