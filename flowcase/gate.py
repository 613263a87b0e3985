"""The gate: no document runs with a guarantee that is refuted, nor unseen with one undecided.

The prover is asked once for each document and version of the prover; what it said is kept. The
documents that come with flowcase were proved when it was made (workflows/proofs.json).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache

from flowcase import installations
from flowcase.assets import packaged_folder
from flowcase.calendars.calendar import Calendar
from flowcase.check import prover
from flowcase.errors import DocumentError, InvalidInput, Unproved
from flowcase.history import canonical, require_writable
from flowcase.installations import Installation
from flowcase.opinions import Opinion, opinion_of, read_opinion
from flowcase.store import Store
from flowcase.workflows.document import shipped_workflows
from flowcase.workflows.rules import Workflow

#: The version of the prover: where it is another, documents not installed are judged anew, and
#: `make proofs` is to be run.
CHECKER = f"prover-{prover.CHECKER}"

#: The documents of flowcase itself that were proved, by digest.
PROOFS = packaged_folder("workflows") / "proofs.json"

LONGEST_REASON = 2000

#: Finds a calendar by its name.
Calendars = Callable[[str], Calendar]


def judged(workflow: Workflow, calendar: Calendar) -> Opinion:
    """Return what the prover says of a document now: the only place where it is asked."""
    return opinion_of(workflow, prover.prove(workflow, calendar), CHECKER)


def judged_once(
    store: Store, workflows: Iterable[Workflow], calendars: Calendars, at: datetime
) -> dict[str, Opinion]:
    """Return what the prover says of each document, by digest; what it said before is kept."""
    asked = [each for each in workflows if each.digest not in shipped_proofs()]
    if not asked:
        return {}
    kept = installations.kept_proofs(store, CHECKER, [each.digest for each in asked])
    found = {
        digest: read_opinion(digest, CHECKER, json.loads(fact)) for digest, fact in kept.items()
    }
    for workflow in asked:
        if workflow.digest not in found:
            opinion = judged(workflow, calendars(workflow.document.calendar))
            installations.keep_proof(
                store, workflow.digest, CHECKER, at, canonical(opinion.as_fact())
            )
            found[workflow.digest] = opinion
    return found


def require_proved(workflow: Workflow, opinion: Opinion, *, accept_unproved: bool) -> None:
    """Require that nothing is refuted and, unless that is accepted, nothing is undecided.

    Errors: Unproved with every guarantee that speaks against it, and the way to where it breaks.
    """
    against = opinion.refuted if accept_unproved else opinion.rulings
    if not against:
        return
    count = len(against)
    remedy = (
        "change the document; `flowcase check` tells all there is"
        if opinion.refuted
        else "it may run if somebody answers for it: install it with --accept-unproved, or "
        "open_engine(accept_unproved=True)"
    )
    raise Unproved(
        f"workflow {workflow.name!r} version {workflow.document.version} may not run: "
        f"{count} guarantee{'' if count == 1 else 's'} not proved; {remedy}",
        [each.as_reason() for each in against],
    )


def admit(
    store: Store,
    workflows: Iterable[Workflow],
    calendars: Calendars,
    at: datetime,
    *,
    accept_unproved: bool,
) -> None:
    """Require that documents may run; those proved before, or installed by somebody, may.

    Errors: Unproved for the first that may not; CalendarError.
    """
    asked = list(workflows)
    opinions = judged_once(store, asked, calendars, at)
    answered_for = installations.digests(store) if opinions else frozenset()
    for workflow in asked:
        opinion = opinions.get(workflow.digest)
        if opinion is not None:
            accepted = accept_unproved or workflow.digest in answered_for
            require_proved(workflow, opinion, accept_unproved=accepted)


def install(
    store: Store,
    workflow: Workflow,
    calendars: Calendars,
    at: datetime,
    *,
    actor: str | None = None,
    accept_unproved: bool = False,
    reason: str | None = None,
) -> Installation:
    """Install a document for new cases; the same document again changes nothing.

    accept_unproved: also with guarantees that are undecided; somebody answers for it, with a
    reason. Errors: Unproved, DocumentError for a version that is taken or not the newest,
    InvalidInput.
    """
    if accept_unproved and not (actor and reason and reason.strip()):
        raise InvalidInput("whoever accepts what is not proved says who he is, and a reason")
    if reason is not None and len(require_writable(reason, "the reason")) > LONGEST_REASON:
        raise InvalidInput(f"a reason has at most {LONGEST_REASON:,} characters")
    before = installations.find(store, workflow.name)
    for each in before:
        if each.digest == workflow.digest:
            return each
    _require_newest(store, workflow, before)
    kept = judged_once(store, [workflow], calendars, at)
    opinion = kept.get(workflow.digest) or Opinion(workflow.digest, CHECKER, 0)
    require_proved(workflow, opinion, accept_unproved=accept_unproved)
    made = Installation(
        workflow=workflow.name,
        version=workflow.document.version,
        digest=workflow.digest,
        at=at,
        actor=actor,
        reason=reason,
        checker=CHECKER,
        verdict=opinion.as_fact(),
    )
    if installations.record(store, workflow, made):
        return made
    first = [
        each for each in installations.find(store, workflow.name) if each.version == made.version
    ]
    if first[0].digest != workflow.digest:  # somebody was first, just now
        raise _taken(workflow, first[0].digest)
    return first[0]


def _require_newest(store: Store, workflow: Workflow, before: list[Installation]) -> None:
    version, newest = workflow.document.version, max((each.version for each in before), default=0)
    other = installations.namesake(store, workflow)
    if other is not None:
        raise _taken(workflow, other)
    if version < newest:
        raise DocumentError(
            f"version {newest} of workflow {workflow.name!r} is installed; a document that takes "
            f"its place has a higher version than {newest}, this one has {version}"
        )


def _taken(workflow: Workflow, other: str) -> DocumentError:
    return DocumentError(
        f"version {workflow.document.version} of workflow {workflow.name!r} is another document "
        f"already ({other[:12]}); give this one a higher version"
    )


# -- the documents that come with flowcase --------------------------------------------------------


@cache
def shipped_proofs() -> frozenset[str]:
    """Return the digests of the documents that were proved when flowcase was made."""
    try:
        kept = json.loads(PROOFS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return frozenset()
    return frozenset(kept["proved"]) if kept["checker"] == CHECKER else frozenset()


def prove_shipped(calendars: Calendars) -> str:
    """Return what proofs.json should say: every document that comes with flowcase, proved anew.

    Errors: Unproved for the first that is not.
    """
    proved = {}
    for name, workflow in sorted(shipped_workflows().items()):
        opinion = judged(workflow, calendars(workflow.document.calendar))
        require_proved(workflow, opinion, accept_unproved=False)
        proved[workflow.digest] = f"{name} {workflow.document.version}"
    return json.dumps({"checker": CHECKER, "proved": proved}, indent=2) + "\n"
