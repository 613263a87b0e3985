"""Surveys: reads the cases filed in a period, and counts them into a report. Writes nothing.

Cost: one pass over the cases and, for those of the period, their entries; time grows with the
entries, memory with the groups (at most MOST_GROUPS), not with the cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from heapq import heappush, heappushpop

from flowcase.calendars.calendar import Calendar
from flowcase.chronicle import Span, chronicles, documents
from flowcase.engine import Engine
from flowcase.errors import InvalidInput
from flowcase.reports.figures import BY, By, Group, Report, Waiting
from flowcase.reports.lives import Life, Moment, read_life, telling
from flowcase.reports.tallies import Tally
from flowcase.time import utc
from flowcase.workflows.rules import Workflow

#: Overdue cases, and cases soon due, that a report names; it counts all.
MOST_LISTED = 50
MOST_GROUPS = 1_000
MOST_SOON = 250


def survey(
    engine: Engine,
    *,
    workflow: str | None = None,
    since: date | None = None,
    until: date | None = None,
    by: By | None = None,
    soon_workdays: int = 2,
    counted: Callable[[int], None] = lambda cases: None,
) -> Report:
    """Report on the cases filed from `since` until `until`, both inclusive local days.

    workflow: cases of this one only. by: figures of each unit, tier, month or workflow as well.
    soon_workdays: what is due by the end of so many working days after today is due soon.
    counted: told each time how many more cases were counted.
    Errors: InvalidInput, NotFound for a workflow there is none of, DocumentError, CalendarError.
    """
    _require(by, since, until, soon_workdays)
    if workflow is not None:
        engine.library.workflow(workflow)
    now = utc(engine.clock.now())
    span, rules = Span(workflow, since, until), _Rules(engine, now, soon_workdays)
    told = [telling(rules.of(digest)[0]) for digest in documents(engine.store, span)]
    span = replace(span, details=frozenset().union(*told))
    total, groups, lists = Tally(), dict[str | None, Tally](), _Lists()
    for chronicle in chronicles(engine.store, span):
        case = chronicle.case
        known, moment = rules.of(case.document)
        filed = moment.calendar.local_date(case.opened_at)
        if not span.holds(filed):
            continue
        life = read_life(known, case, chronicle.entries, moment)
        total.add(life)
        lists.add(life)
        counted(1)
        if by is not None:
            key = _key(by, life, filed)
            if key not in groups:
                _require_room(groups, by)
                groups[key] = Tally()
            groups[key].add(life)
    return Report(
        at=now,
        workflow=workflow,
        since=since,
        until=until,
        by=by,
        soon_workdays=soon_workdays,
        documents=tuple(rules.known),
        total=total.figures(),
        groups=tuple(Group(key, groups[key].figures()) for key in _sorted(groups, by, rules)),
        overdue=lists.overdue.earliest(),
        due_soon=lists.due_soon.earliest(),
    )


class _Rules:
    """The rules cases are bound to, each with the moment its calendar makes of now."""

    def __init__(self, engine: Engine, now: datetime, soon_workdays: int) -> None:
        self._engine = engine
        self._now = now
        self._soon = soon_workdays
        self.known: dict[str, tuple[Workflow, Moment]] = {}

    def of(self, digest: str) -> tuple[Workflow, Moment]:
        """Return the rules under a digest. Errors: NotFound, DocumentError."""
        if digest not in self.known:
            with self._engine.store.reading() as transaction:
                workflow = self._engine.library.of(transaction, digest).workflow
            calendar = self._engine.library.calendar(workflow.document.calendar)
            self.known[digest] = workflow, self._moment(calendar)
        return self.known[digest]

    def _moment(self, calendar: Calendar) -> Moment:
        today = calendar.local_date(self._now)
        known = calendar.as_known(today)
        last = known.add_workdays(today, self._soon) if self._soon else today
        return Moment(self._now, known.end_of(last), known)


class _Earliest:
    """The cases due first, at most MOST_LISTED of them."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, Waiting]] = []

    def add(self, waiting: Waiting) -> None:
        """Take a case in, and let the one due last go if there are too many."""
        item = (-waiting.due_at.timestamp(), waiting.case_id, waiting)
        if len(self._heap) < MOST_LISTED:
            heappush(self._heap, item)
        else:
            heappushpop(self._heap, item)

    def earliest(self) -> tuple[Waiting, ...]:
        """Return them, those due first before the others."""
        found = (waiting for _, _, waiting in self._heap)
        return tuple(sorted(found, key=lambda each: (each.due_at, each.case_id)))


class _Lists:
    def __init__(self) -> None:
        self.overdue = _Earliest()
        self.due_soon = _Earliest()

    def add(self, life: Life) -> None:
        """Take a case in where it belongs."""
        if life.next_due is None or not (life.overdue or life.due_soon):
            return
        case = life.case
        waiting = Waiting(
            case.id, case.workflow, case.state, case.owner, case.party, case.tier, life.next_due
        )
        (self.overdue if life.overdue else self.due_soon).add(waiting)


def _key(by: By, life: Life, filed: date) -> str | None:
    match by:
        case "unit":
            return life.unit
        case "tier":
            return life.case.tier
        case "month":
            return f"{filed:%Y-%m}"
        case "workflow":
            return life.case.workflow


def _sorted(groups: dict[str | None, Tally], by: By | None, rules: _Rules) -> list[str | None]:
    """Return the groups' keys in their order: tiers as the documents have them; None last."""
    tiers = [tier for known, _ in rules.known.values() for tier in known.document.tiers]
    rank = {tier: number for number, tier in reversed(list(enumerate(tiers)))}
    ranked = rank if by == "tier" else {}
    return sorted(groups, key=lambda key: (key is None, ranked.get(key or "", 0), key or ""))


def _require(by: By | None, since: date | None, until: date | None, soon_workdays: int) -> None:
    if by is not None and by not in BY:
        raise InvalidInput(f"figures are told by {', '.join(BY)}; got {str(by)[:40]!r}")
    if since is not None and until is not None and until < since:
        raise InvalidInput(f"the period ends on {until}, before it begins on {since}")
    if type(soon_workdays) is not int or not 0 <= soon_workdays <= MOST_SOON:
        raise InvalidInput(
            f"due soon is within 0 to {MOST_SOON} working days; got {soon_workdays!r}"
        )


def _require_room(groups: dict[str | None, Tally], by: By) -> None:
    if len(groups) >= MOST_GROUPS:
        raise InvalidInput(
            f"by {by} there are more than {MOST_GROUPS:,} groups; narrow the report with a "
            "workflow or a period"
        )
