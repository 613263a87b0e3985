"""Records: what a call asks of the other cases of its party, and what they answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.data import bound, read_data
from flowcase.workflows.language import DateSpan
from flowcase.workflows.rules import Workflow

#: Before anything that was ever recorded.
EVER = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """Is there another case of `workflow` with these facts, in one of `states`?

    facts: as they stand in the snapshot of the case asked for, and of this one. since: opened at
    this moment or later.
    """

    name: str
    workflow: str
    facts: Mapping[str, Any]
    states: frozenset[str]
    since: datetime

    def matches(self, opened_at: datetime, state: str, facts: Mapping[str, Any]) -> bool:
        """Whether a case of that workflow is one."""
        return (
            opened_at >= self.since
            and state in self.states
            and all(
                facts.get(name) == value and type(facts.get(name)) is type(value)
                for name, value in self.facts.items()
            )
        )


def questions(
    workflow: Workflow,
    case: Case,
    triggers: Iterable[str],
    data: Mapping[str, Any],
    at: datetime,
    calendar: Calendar,
) -> list[RecordQuestion]:
    """Return what the transitions that one of `triggers` may take ask of the records.

    What cannot be asked, because a field or the party is missing, is left out: it is then neither
    true nor false.
    """
    if not workflow.document.records:
        return []
    moves = workflow.moves[case.state]
    names = {
        name for trigger in triggers for each in moves.get(trigger, ()) for name in each.records
    }
    if not names or case.party is None:
        return []
    today = calendar.local_date(at)
    given, _ = read_data(workflow, data, today)
    facts = {**case.facts, **{"fields." + name: value for name, value in given.fields.items()}}
    found = []
    for name, record in workflow.document.records.items():
        same = ["fields." + word for word in record.same if word != "party"]
        if name in names and all(word in facts for word in same):
            found.append(
                RecordQuestion(
                    name=name,
                    workflow=record.workflow,
                    facts={word: facts[word] for word in same},
                    states=frozenset(record.states),
                    since=_beginning(record.within, today, calendar),
                )
            )
    return found


def _beginning(span: DateSpan | None, today: date, calendar: Calendar) -> datetime:
    """Return the first moment of the day so long ago; without a span, of all time."""
    first = bound(span, today, back=True)
    return EVER if first is None else calendar.end_of(first - timedelta(days=1))
