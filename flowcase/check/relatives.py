"""Relatives: the cases a case is tied to, as a search imagines them.

Of each table of children only this is kept: none was opened, some are open, or all have settled.
They settle and are taken up again whenever they may; what they do besides is proved of their own
document. A case pointed at is what it has to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flowcase.case import Case
from flowcase.kin import Origin, newly_named
from flowcase.workflows import language
from flowcase.workflows.rules import Workflow

PARTY = "party-1"
PARENT = "parent-1"

OPEN, SETTLED = "open", "settled"
_TABLE = "children."


@dataclass(slots=True)
class Relatives:
    """Answers what the other cases are like. case: the one that is being asked about."""

    workflow: Workflow
    at: datetime
    case: Case | None = None

    def find(self, case_id: str) -> Case | None:
        """Return the case a reference field points at, open and of the same party."""
        field = self.workflow.document.fields.get(case_id.removesuffix("-1"))
        if not isinstance(field, language.ReferenceField):
            return None
        party = self.case.party if self.case is not None else PARTY
        return self._other(case_id, field.to, party, {})

    def children(self, case_id: str, *, exact: bool = False) -> list[Case]:
        """Return one open child of each table that has open ones."""
        if self.case is None:
            return []
        return [
            self._other(f"{table}-1", "", None, {"parent.table": table})
            for table, status in standing(self.case)
            if status == OPEN
        ]

    def _other(
        self, case_id: str, workflow: str, party: str | None, facts: Mapping[str, Any]
    ) -> Case:
        return Case(
            id=case_id,
            workflow=workflow,
            document="",
            state="",
            tier=None,
            owner=None,
            party=party,
            parent_id=None,
            opened_at=self.at,
            changed_at=self.at,
            due_at=None,
            wake_at=None,
            finished_at=None,
            unsettled=0,
            sealed=False,
            revision=1,
            head="",
            facts=MappingProxyType(dict(facts)),
        )


def origin_of(workflow: Workflow) -> Origin:
    """Return where a child comes from: a parent that binds everybody it may bind."""
    bound = {
        f"participants.{name}": f"{name}-1"
        for name, participant in workflow.document.participants.items()
        if participant.role is None
    }
    return Origin(PARENT, {**bound, "parent.table": "x", "depth": 1})


def standing(case: Case) -> Iterator[tuple[str, str]]:
    """Return by table how its children stand: open, or settled; nothing where none was opened."""
    for key, value in case.facts.items():
        if key.startswith(_TABLE) and value in ([OPEN], [SETTLED]):
            yield key[len(_TABLE) :], value[0]


def with_children(
    workflow: Workflow, before: Case | None, after: Case, trigger: str, data: Mapping[str, Any]
) -> Case:
    """Return a case after a move, with the children that the move opens."""
    held = before.facts if before is not None else {}
    for table, rule in workflow.opened_on(trigger):
        given = {name: _listed(value) for name, value in data.items()}
        if rule.per is None or newly_named(rule.per, held, given):
            after = stood(after, table, OPEN)
    return after


def stood(case: Case, table: str, status: str) -> Case:
    """Return a case whose children of a table stand so."""
    facts = {**case.facts, _TABLE + table: [status]}
    count = sum(value == [OPEN] for key, value in facts.items() if key.startswith(_TABLE))
    return replace(case, facts=MappingProxyType(facts), unsettled=count)


def may_change(workflow: Workflow, case: Case) -> Iterator[tuple[str, str]]:
    """Return what children may do by themselves: settle, or be taken up again if not sealed."""
    for table, status in standing(case):
        if status == OPEN:
            yield table, SETTLED
        elif case.state not in workflow.sealing:
            yield table, OPEN


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
