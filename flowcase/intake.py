"""Intake: decides whether a case may be opened, and what it begins as. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flowcase import reasons
from flowcase.case import Actor, Admission, Case
from flowcase.data import hint, read_data
from flowcase.errors import Reason
from flowcase.history import first_link
from flowcase.kin import Origin, against_references
from flowcase.machine import holders_against, refused
from flowcase.outcome import Call, Draft, Outcome, World, conclude
from flowcase.workflows.rules import Workflow


def decide_opening(
    workflow: Workflow,
    case_id: str,
    party: str | None,
    call: Call,
    world: World,
    admission: Admission | None,
    *,
    origin: Origin | None = None,
) -> Outcome:
    """Decide whether a case is opened. admission: the party's, in the register of the intake.

    origin: the case whose transition opens it; then nobody is asked whether he may.

    Errors: Refused with every reason.
    """
    today = world.calendar.local_date(call.at)
    given, against = read_data(workflow, call.data, today)
    intake = workflow.document.intake
    continues = origin is not None and origin.continues
    against += _party_against(workflow, party, admission, today, asked=not continues)
    early, late = intake.from_ and today < intake.from_, intake.until and today > intake.until
    if not continues and (early or late):
        against.append(reasons.window(today, intake.from_, intake.until))
    if origin is None and not _entitled(workflow, party, call.actor, world):
        against.append(reasons.role("open", call.actor.id, intake.by, [party] if party else []))
    bad = {reason.about for reason in against}
    against += [
        reasons.missing_data(name, hint(workflow, name))
        for name in intake.requires
        if name not in given.names and name not in bad
    ]
    against += [
        reasons.unexpected_data(name, (*intake.requires, *intake.accepts))
        for name in sorted(given.names - workflow.intake.data)
    ]
    case = _blank(workflow, case_id, party, call, origin)
    for name, holders in given.participants.items():
        against += holders_against(workflow, case, world, name, holders)
    against += against_references(workflow, case, given.fields, world.kin)
    ledgers = origin.ledgers if origin is not None else {}
    outcome, unmet = conclude(
        Draft(workflow, case, world, call.at, ledgers), workflow.intake, call, given
    )
    if against or unmet:
        raise refused(workflow, [*against, *unmet])
    return outcome


def _party_against(
    workflow: Workflow,
    party: str | None,
    admission: Admission | None,
    today: date,
    *,
    asked: bool,
) -> list[Reason]:
    intake = workflow.document.intake
    if party is None:
        return [reasons.party_required()] if intake.party == "required" else []
    if intake.party == "none":
        return [reasons.party_refused()]
    if not asked or intake.register_ is None:
        return []
    if admission is None or not admission.covers(today):
        return [reasons.register(party, intake.register_, today)]
    return []


def _entitled(workflow: Workflow, party: str | None, actor: Actor, world: World) -> bool:
    by = workflow.document.intake.by
    if "anyone" in by or not actor.roles.isdisjoint(by):
        return True
    if "party" not in by or party is None:
        return False
    return world.directory.principal(party) in (actor.id, actor.on_behalf_of)


def _blank(
    workflow: Workflow, case_id: str, party: str | None, call: Call, origin: Origin | None
) -> Case:
    """Return the case before its first entry."""
    facts: Mapping[str, Any] = origin.facts if origin is not None else {}
    return Case(
        id=case_id,
        workflow=workflow.name,
        document=workflow.digest,
        state=workflow.document.intake.dest,
        tier=None,
        owner=None,
        party=party,
        parent_id=origin.parent_id if origin is not None else None,
        opened_at=call.at,
        changed_at=call.at,
        due_at=None,
        wake_at=None,
        finished_at=None,
        unsettled=0,
        sealed=False,
        revision=0,
        head=first_link(case_id, workflow.digest),
        facts=facts,
    )
