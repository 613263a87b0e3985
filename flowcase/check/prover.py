"""The prover: searches a document whole, and judges what it guarantees."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.check.guarantees import judge_guarantees
from flowcase.check.limits import Limits, TooLarge
from flowcase.check.promises import judge_promises, promises_of
from flowcase.check.proof import Judgement, Proof
from flowcase.check.replay import steps_of
from flowcase.check.search import search
from flowcase.check.verdicts import Found, Subject, refuted, undecided
from flowcase.workflows.rules import Workflow

#: Raised whenever what is proved, or how, changes; proofs kept by an older one count no more.
CHECKER = 1


def prove(
    workflow: Workflow, calendar: Calendar | None = None, *, limits: Limits | None = None
) -> Proof:
    """Prove or refute what a document guarantees, by following every move it allows.

    calendar: the workflow's own by default. limits: how large the search may become; beyond them
    everything is undecided. Errors: CalendarError.
    """
    started = time.process_time()
    calendar = calendar or load_calendar(workflow.document.calendar)
    try:
        found = search(workflow, promises_of(workflow), calendar, limits or Limits())
    except TooLarge as error:
        return _proof(workflow, [_too_large(error)], (0, 0), started)
    subject = Subject(
        workflow, found.relevance.workflow, found.graph, calendar, found.relevance.cycles
    )
    judgements = [
        Judgement(
            each.guarantee,
            each.verdict,
            each.en,
            each.zh,
            steps_of(workflow, found.graph, each.edges, calendar),
            each.rests_on,
            each.where,
        )
        for each in _judged(subject)
    ]
    return _proof(workflow, judgements, (len(found.graph.nodes), len(found.graph.edges)), started)


def _judged(subject: Subject) -> Iterator[Found]:
    if not subject.graph.nodes:
        yield refuted(
            "a case can be opened", "no case can ever be opened", "无法立案", [], where="intake"
        )
        return
    yield from judge_guarantees(subject)
    yield from judge_promises(subject)


def _too_large(error: TooLarge) -> Judgement:
    found = undecided(
        "everything", f"too large to be searched whole: {error}", f"过大，无法全部搜索：{error}"
    )
    return Judgement(found.guarantee, found.verdict, found.en, found.zh)


def _proof(
    workflow: Workflow, judgements: list[Judgement], size: tuple[int, int], started: float
) -> Proof:
    return Proof(
        workflow.name,
        workflow.document.version,
        workflow.digest,
        tuple(judgements),
        *size,
        round(time.process_time() - started, 3),
    )
