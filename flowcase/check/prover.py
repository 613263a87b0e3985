"""The prover: searches a document whole, and judges what it guarantees."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.check import guarantees, promises
from flowcase.check.limits import Limits, TooLarge
from flowcase.check.promises import promises_of
from flowcase.check.proof import Judgement, Proof, Step
from flowcase.check.replay import Days
from flowcase.check.search import search
from flowcase.check.verdicts import Found, Subject, refuted, undecided
from flowcase.workflows.rules import Workflow

#: Raised whenever what is proved, or how, changes; proofs kept by an older one count no more.
CHECKER = 2

#: So many ways to break a guarantee are tried on real days before it is left undecided.
MOST_TRIED = 30


def prove(
    workflow: Workflow,
    calendar: Calendar | None = None,
    *,
    limits: Limits | None = None,
    forget: bool = True,
) -> Proof:
    """Prove or refute what a document guarantees, by following every move it allows.

    calendar: the workflow's own by default. limits: how large the search may become; beyond them
    everything is undecided. forget: false where no fact is to be forgotten, though nothing reads
    it any more: the same is found, later. Errors: CalendarError.
    """
    started = time.process_time()
    calendar = calendar or load_calendar(workflow.document.calendar)
    try:
        found = search(workflow, promises_of(workflow), calendar, limits or Limits(), forget=forget)
    except TooLarge as error:
        return _proof(workflow, [_too_large(error)], (0, 0), started)
    subject = Subject(
        workflow, found.relevance.workflow, found.graph, calendar, found.relevance.cycles
    )
    days = Days(workflow, found, calendar)
    judgements = [each for judge in _judges(subject) for each in _settled(judge, days)]
    return _proof(workflow, judgements, (len(found.graph.nodes), len(found.graph.edges)), started)


def _judges(subject: Subject) -> Iterator[Iterator[Found]]:
    if not subject.graph.nodes:
        never = "a case can be opened", "no case can ever be opened", "无法立案"
        yield iter([refuted(*never, [], where="intake")])
        return
    yield from guarantees.judges_of(subject)
    yield from promises.judges_of(subject)


def _settled(judge: Iterator[Found], days: Days) -> Iterator[Judgement]:
    """Return what is found of a guarantee: of all the ways to break it, the first that real days
    allow. Where they allow none of those tried, it is undecided.
    """
    first: Found | None = None
    for number, found in enumerate(judge):
        if not found.edges:
            yield _judgement(found, ())
            continue
        steps = days.laid(found)
        if steps is None and found.reckoned:
            steps = days.unlaid(found)
        if steps is not None:
            yield _judgement(found, steps)
            return
        first = first or found
        if number >= MOST_TRIED:
            break
    if first is not None:
        yield _not_laid(first, days)


def _not_laid(found: Found, days: Days) -> Judgement:
    en = "undecided: the only ways found let clocks ring in an order that no days tried allow"
    zh = "未定：所找到的途径中，时钟响起的先后与所试日期不符"
    unsettled = undecided(
        found.guarantee, f"{found.en}; {en}", f"{found.zh}；{zh}", where=found.where
    )
    return _judgement(unsettled, days.unlaid(found))


def _judgement(found: Found, steps: tuple[Step, ...]) -> Judgement:
    shown = () if found.verdict == "proved" else steps
    return Judgement(
        found.guarantee, found.verdict, found.en, found.zh, shown, found.rests_on, found.where
    )


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
