"""Deadlines: the due moments of open cases, as entries of the calendar that an officer looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from flowcase.calendars import ical
from flowcase.calendars.entries import Span
from flowcase.case import Case
from flowcase.clocks import active
from flowcase.ledgers import read_ledgers
from flowcase.workflows.rules import Workflow

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock that counts, of an open case, and when it is over.

    due_at: exclusive, aware. last_day: local. floor: while it is provisional, the earliest
    instant it can turn out to be; else None.
    """

    case: Case
    clock: str
    due_at: datetime
    last_day: date
    floor: datetime | None

    @property
    def provisional(self) -> bool:
        """Whether the due moment is an estimate: no notice settles the days on the way yet."""
        return self.floor is not None

    @property
    def uid(self) -> str:
        """What other calendars know it by: the same for as long as the case has the clock."""
        return f"{self.case.id}-{self.clock}@case.flowcase"


def deadlines(case: Case, workflow: Workflow) -> Iterator[Deadline]:
    """Yield the deadlines of a case: of each clock that counts in its state, none when finished.

    A clock that is paused has none: when it will be over is not known before it goes on.
    """
    if case.finished:
        return
    for name, ledger in read_ledgers(case.facts, workflow).items():
        if active(workflow.clocks[name], ledger, case.state):
            yield Deadline(case, name, ledger.due, ledger.last_day, ledger.floor)


def deadlines_ics(
    cases: Iterable[Case],
    workflows: Mapping[str, Workflow],
    zones: Mapping[str, tzinfo],
    *,
    language: str,
    title: str,
) -> bytes:
    """Return the deadlines of cases as iCalendar, the same bytes for the same cases.

    Each is an all-day entry on its last day; a provisional one, on the earliest day it can turn
    out to be, and marked as such. SEQUENCE is the case's revision and LAST-MODIFIED its last
    change, so that a client that subscribes follows. Whether it is late is not said: an entry
    must not change with the time of day it is asked for.

    workflows: by the digest that cases are bound to. zones: by the name of their calendar.
    language: "zh"; anything else is English. title: what clients call the whole.
    """
    words = "zh" if language == "zh" else "en"
    entries: list[ical.AllDay] = []
    for case in cases:
        workflow = workflows[case.document]
        zone = zones[workflow.document.calendar]
        entries += [_entry(each, workflow, zone, words) for each in deadlines(case, workflow)]
    entries.sort(key=lambda entry: (entry.days, entry.uid))
    return ical.write_calendar(title, words, entries)


def _entry(deadline: Deadline, workflow: Workflow, zone: tzinfo, words: str) -> ical.AllDay:
    day = deadline.last_day
    if deadline.floor is not None:
        day = (deadline.floor - _INSTANT).astimezone(zone).date()
    return ical.AllDay(
        uid=deadline.uid,
        days=Span(day, day),
        summary=_summary(deadline, workflow, zone, words),
        stamp=deadline.case.changed_at,
        description="\n".join(_description(deadline, workflow, zone, words)),
        sequence=deadline.case.revision,
        tentative=deadline.provisional,
    )


def _summary(deadline: Deadline, workflow: Workflow, zone: tzinfo, words: str) -> str:
    """The clock, its time of day if it is over before midnight, the workflow, and the party."""
    zh = words == "zh"
    said = workflow.title(deadline.clock, words, "clocks")
    over = deadline.due_at.astimezone(zone)
    if deadline.provisional:
        said = f"{said}（暂定，最早）" if zh else f"{said} (provisional, earliest)"
    elif (over.hour, over.minute) != (0, 0):
        said = f"{over:%H:%M} {said}"
    party = [deadline.case.party] if deadline.case.party else []
    return " · ".join([said, workflow.document.title.in_language(words), *party])


def _description(deadline: Deadline, workflow: Workflow, zone: tzinfo, words: str) -> Iterator[str]:
    zh, case = words == "zh", deadline.case
    yield f"事项：{case.id}" if zh else f"Case: {case.id}"
    state = workflow.title(case.state, words, "states")
    yield f"状态：{state}" if zh else f"State: {state}"
    if case.tier is not None:
        tier = workflow.title(case.tier, words, "words")
        yield f"层级：{tier}" if zh else f"Tier: {tier}"
    due = _moment(deadline.due_at, zone)
    if deadline.floor is None:
        yield f"期限：{due}" if zh else f"Due: {due}"
        return
    floor = _moment(deadline.floor, zone)
    if zh:
        yield f"期限（暂定）：{due}；不早于 {floor}。放假通知发布后才能确定。"
    else:
        yield f"Due (provisional): {due}, not before {floor}. No notice settles these days yet."


def _moment(due: datetime, zone: tzinfo) -> str:
    """A due moment, which is exclusive: at midnight, as 24:00 of the day before."""
    local = due.astimezone(zone)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"
