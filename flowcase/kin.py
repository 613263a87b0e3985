"""Kin: what the other cases a case is tied to have to say about its moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowcase import reasons
from flowcase.case import Case, Kin
from flowcase.errors import Reason
from flowcase.ledgers import Ledger
from flowcase.workflows.language import ReferenceField
from flowcase.workflows.rules import Workflow

#: Children may have children, so deep and no deeper.
DEEPEST = 8
#: How many cases may be opened by one without being its children, or point at it, of each kind.
MOST_LINKED = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """The case that opens another, as far as the new one is concerned.

    parent_id: if it is a child. facts: what it begins with: who is bound, where it comes from.
    continues: the same matter. ledgers: the clocks that go on.
    """

    parent_id: str | None
    facts: Mapping[str, Any]
    continues: bool = False
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)


def newly_named(name: str, before: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who is given a part that may be held by many, and did not hold it before."""
    held = before.get("participants." + name, ())
    return tuple(who for who in given.get(name, ()) if who not in held)


def open_children(table: str, case: Case, kin: Kin) -> str:
    """Return "open" if a child of a table ("children": of any) is, else "settled"."""
    if case.unsettled == 0:
        return "settled"
    if table == "children":
        return "open"
    still = (each for each in kin.children(case.id, exact=True) if not each.settled)
    return "open" if any(each.facts["parent.table"] == table for each in still) else "settled"


def helpers(workflow: Workflow, case: Case, name: str, kin: Kin) -> tuple[str, ...]:
    """Return who holds or held, in children, the part for which they were opened, or acted for it.

    name: the participant each of whom a child was opened for.
    """
    tables = {
        table: rule.as_
        for table, rule in workflow.document.children.items()
        if rule.per == name and "children." + table in case.facts
    }
    found: list[str] = []
    for child in kin.children(case.id) if tables else ():
        part = tables.get(child.facts["parent.table"])
        held = child.facts.get(f"participants.{part}")
        found += [held] if isinstance(held, str) else held or ()
        found += child.facts.get(f"held.{part}", ())
    return tuple(found)


def against_opening(
    workflow: Workflow, case: Case, state: str, trigger: str, given: Mapping[str, Any]
) -> Iterator[Reason]:
    """Return what speaks against the cases a trigger opens, as far as this one can tell."""
    for table, child in workflow.opened_on(trigger):
        more = 1 if child.per is None else len(newly_named(child.per, case.facts, given))
        if more and state in workflow.sealing:
            yield reasons.sealed(state, table)
        if more and case.facts.get("depth", 0) >= DEEPEST:
            yield reasons.too_deep(table, DEEPEST)
        if len(case.facts.get("children." + table, ())) + more > child.at_most:
            yield reasons.too_many(table, child.at_most)
    for table, _ in workflow.followed_on(trigger):
        if len(case.facts.get("successors." + table, ())) >= MOST_LINKED:
            yield reasons.too_many(table, MOST_LINKED)


def against_leaving_rest(case: Case, settled: bool, kin: Kin) -> list[Reason]:
    """Return why a child at rest may not be taken up again: its parent is done with it."""
    if settled or not case.settled or case.parent_id is None:
        return []
    parent = kin.find(case.parent_id)
    return [reasons.parent_sealed(parent.state)] if parent is not None and parent.sealed else []


def against_references(
    workflow: Workflow, case: Case, fields: Mapping[str, Any], kin: Kin
) -> list[Reason]:
    """Return what speaks against pointing at the cases named."""
    found: list[Reason] = []
    for name, value in fields.items():
        rule = workflow.document.fields.get(name)
        if not isinstance(rule, ReferenceField):
            continue
        other = kin.find(value) if value != case.id else None
        if value == case.id:
            found.append(reasons.reference(name, "is this case itself", "就是本事项自身"))
        elif other is None or other.workflow != rule.to:
            found.append(
                reasons.reference(
                    name, f"is no case of workflow '{rule.to}'", f"不是“{rule.to}”的事项"
                )
            )
        elif rule.must_be == "open" and other.finished:
            found.append(
                reasons.reference(
                    name,
                    f"has ended ({other.state}); name an open one",
                    "已经结束；请指定未结束的事项",
                )
            )
        elif rule.same_party and (case.party is None or other.party != case.party):
            found.append(
                reasons.reference(
                    name,
                    "is another party's; name one of the same",
                    "属于其他提出方；请指定同一提出方的事项",
                )
            )
        elif len(other.facts.get("linked", ())) >= MOST_LINKED:
            found.append(
                reasons.reference(
                    name,
                    f"has {MOST_LINKED} cases pointing at it already",
                    f"已有 {MOST_LINKED} 个事项指向它",
                )
            )
    return found
