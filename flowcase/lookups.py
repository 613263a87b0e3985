"""Lookups: what a decision asks of people and of other cases, in its own transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flowcase import reasons
from flowcase.case import Absence, Admission, Case
from flowcase.database import Connection
from flowcase.errors import Refused
from flowcase.records import RecordQuestion
from flowcase.statements import Statements

#: How many cases of a party one question to the records looks through.
MOST_RECORDS = 1_000


class Lookups:
    """Reads on one connection: a Directory, and what the records answer."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self.connection = connection
        self.statements = statements
        self.principals: dict[str, str | None] = {}
        self._staffed: bool | None = None

    def holders(self, role: str, charge: str | None = None) -> list[str]:
        """Return up to two holders of a role, in charge of `charge` if one is named."""
        if charge is None:
            found = self.connection.all(self.statements.holders, {"role": role})
        else:
            found = self.connection.all(self.statements.charged, {"role": role, "charge": charge})
        return [str(row[0]) for row in found]

    def is_holder(self, id: str, role: str) -> bool | None:  # noqa: A002 - as everywhere
        """Whether `id` holds `role`; None if no staff were ever imported."""
        if self.connection.one(self.statements.is_holder, {"role": role, "staff": id}) is not None:
            return True
        if self._staffed is None:
            self._staffed = self.connection.one(self.statements.any_staff, {}) is not None
        return False if self._staffed else None

    def absence(self, id: str, day: date) -> Absence | None:  # noqa: A002 - as everywhere
        """Return the absence of `id` that covers a local day; None if he is there."""
        row = self.connection.one(self.statements.absent, {"staff": id, "day": day})
        if row is None:
            return None
        decode = self.statements.decode
        return Absence(id, decode("begins", row[0]), decode("ends", row[1]), row[2])

    def unit_of(self, id: str) -> str | None:  # noqa: A002 - as everywhere
        """Return the unit that `id` belongs to, as the staff list has it."""
        row = self.connection.one(self.statements.unit_of, {"staff": id})
        return None if row is None else row[0]

    def claimed(self, workflow: str, name: str, value: str) -> tuple[str, str] | None:
        """Return the open case, and its state, that has this value of a unique field."""
        values = {"workflow": workflow, "field": name, "value": value}
        row = self.connection.one(self.statements.claimed, values)
        return None if row is None else (str(row[0]), str(row[1]))

    def admission(self, register: str, party: str) -> Admission | None:
        """Return from when until when a party stands in a register; None if it does not."""
        row = self.connection.one(self.statements.admission, {"register": register, "party": party})
        if row is None:
            return None
        decode = self.statements.decoders.get("admitted_from", lambda day: day)
        begins, ends = (None if day is None else decode(day) for day in row)
        return Admission(begins, ends)

    def principal(self, party: str) -> str | None:
        """Return who acts for the party: its principal, or itself if it is in no register."""
        if party not in self.principals:
            row = self.connection.one(self.statements.principal, {"party": party})
            self.principals[party] = None if row is None else row[0]
        return self.principals[party] or party

    def answers(self, case: Case, asked: Sequence[RecordQuestion]) -> dict[str, bool]:
        """Answer questions to the records: one read for each workflow asked about, capped.

        Errors: Refused if there are more records than are looked through.
        """
        found: dict[str, bool] = {}
        for workflow in sorted({question.workflow for question in asked}):
            mine = [question for question in asked if question.workflow == workflow]
            records = self._records(case, workflow, min(question.since for question in mine))
            for question in mine:
                found[question.name] = any(question.matches(*record) for record in records)
        return found

    def _records(
        self, case: Case, workflow: str, since: datetime
    ) -> list[tuple[datetime, str, Mapping[str, Any]]]:
        """Return the other cases of a case's party: since when, in which state."""
        most = MOST_RECORDS + 2  # one of them may be the case itself, one more is too many
        values = {"party": case.party, "workflow": workflow, "since": since, "limit": most}
        found = self.connection.all(self.statements.records, values)
        others = [row[1:] for row in found if row[0] != case.id]
        if len(others) > MOST_RECORDS:
            raise Refused([reasons.too_many_records(str(case.party), MOST_RECORDS)])
        decode = self.statements.decode
        return [(decode("opened_at", at), state, json.loads(body)) for state, at, body in others]
