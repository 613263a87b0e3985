"""`flowcase calendar status`: how far the notices reach, and what depends on those to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from flowcase.assets import asset_folders
from flowcase.calendars.entries import Span
from flowcase.calendars.files import CalendarSource, read_calendar
from flowcase.calendars.outlook import Outlook, outlook
from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import workflow_of
from flowcase.cli.notice import source_of
from flowcase.cli.shapes import moment_shape
from flowcase.cli.telling import Tongue
from flowcase.deadlines import Deadline, deadlines
from flowcase.engine import Engine
from flowcase.errors import NotCovered
from flowcase.listing import Page
from flowcase.time import SystemClock
from flowcase.workflows.rules import Workflow

MOST_LISTED = 1000
#: Cases read at once.
_PAGE = 500


@command(
    "status",
    database=True,
    examples="""
    flowcase calendar status cn
    flowcase calendar status cn --db appeals.db --limit 20
    flowcase calendar status cn --db appeals.db --final --json
    """,
)
@click.argument("name", metavar="CALENDAR")
@click.option(
    "--final",
    is_flag=True,
    help="Exit with 7 if an open case has a due moment that depends on a notice not out yet.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_LISTED),
    default=50,
    show_default=True,
    help="How many of these cases are listed.",
)
@click.option("--after", metavar="CURSOR", help="The `next` of the list before.")
@click.pass_context
def status(
    context: click.Context, desk: Desk, name: str, final: bool, limit: int, after: str | None
) -> None:
    """Print how far the notices of a calendar reach, and when the next one may be expected.

    With a database, also the open cases whose due moments are provisional: which of them wait for
    a notice, and which only for their clocks to be recomputed with a notice that has come.
    """
    source = source_of(desk, name)
    found, tongue = outlook(source), Tongue(desk.language, zone_named(source.timezone))
    waiting: Waiting | None = None
    if final or after is not None or _names_database(context, desk):
        waiting = Waiting(
            desk.engine(),
            asset_folders("calendars", desk.calendars),
            source,
            found,
            limit,
            after,
        )
    cases = None if waiting is None else _cases_shape(waiting, tongue.zone)
    today = SystemClock().now().astimezone(tongue.zone).date()
    desk.tell(
        _shape(name, found) | {"cases": cases},
        lambda: _lines(desk, tongue, found, today, waiting),
    )
    if final and waiting is not None and waiting.undecided:
        raise NotCovered(
            f"{waiting.undecided} open case{'s' * (waiting.undecided != 1)} of calendar {name!r} "
            f"depend on the notice of {found.next_year} or later"
        )


def _names_database(context: click.Context, desk: Desk) -> bool:
    """Whether there is a database to look at: one that was named, or the usual file."""
    named = context.get_parameter_source("database") is not ParameterSource.DEFAULT
    return named or Path(desk.database).exists()


class Waiting:
    """The open cases that have a provisional clock, counted, and a page of them.

    undecided: how many depend on a notice not out yet. settled: how many only wait for their
    clocks to be recomputed, as the notice has come.
    """

    def __init__(
        self,
        engine: Engine,
        folders: Sequence[Path],
        source: CalendarSource,
        found: Outlook,
        limit: int,
        after: str | None,
    ) -> None:
        self.engine, self.source, self.settled_until = engine, source, found.settled.last
        self.folders = folders
        self.workflows: dict[str, Workflow] = {}
        self._concerned: dict[str, bool] = {}
        kinds = [
            self.is_settled(provisional)
            for _, page in self._pages(None)
            for case in page
            if (provisional := self.provisional(case))
        ]
        self.settled, self.undecided = kinds.count(True), kinds.count(False)
        self.listed, self.next = self._page_of(limit, after)

    def provisional(self, case: Case) -> list[Deadline]:
        """Return the provisional deadlines of a case; none if it has another calendar."""
        workflow = self._workflow(case.document)
        if not self._stands_on_source(workflow.document.calendar):
            return []
        return [each for each in deadlines(case, workflow) if each.provisional]

    def is_settled(self, provisional: list[Deadline]) -> bool:
        """Whether the notices reach as far as these deadlines by now."""
        return max(each.last_day for each in provisional) <= self.settled_until

    def _page_of(self, limit: int, after: str | None) -> tuple[list[list[Deadline]], str | None]:
        listed: list[list[Deadline]] = []
        for begins, page in self._pages(after):
            for number, case in enumerate(page, start=1):
                provisional = self.provisional(case)
                if not provisional:
                    continue
                listed.append(provisional)
                if len(listed) == limit:  # the same page cut off here says where to go on
                    cut = self.engine.cases(finished=False, limit=number, after=begins)
                    return listed, cut.next
        return listed, None

    def _pages(self, after: str | None) -> Iterator[tuple[str | None, Page]]:
        while True:
            page = self.engine.cases(finished=False, limit=_PAGE, after=after)
            yield after, page
            after = page.next
            if after is None:
                return

    def _workflow(self, digest: str) -> Workflow:
        if digest not in self.workflows:
            self.workflows[digest] = workflow_of(self.engine, digest)
        return self.workflows[digest]

    def _stands_on_source(self, calendar: str) -> bool:
        """Whether a calendar is the one asked about, or extends it."""
        if calendar not in self._concerned:
            layers = read_calendar(calendar, self.folders).layers()
            self._concerned[calendar] = self.source.name in {layer.name for layer in layers}
        return self._concerned[calendar]


def _shape(name: str, found: Outlook) -> dict[str, Any]:
    years, season = found.estimated_years, found.season
    return {
        "calendar": name,
        "settled": _span_shape(found.settled),
        "gaps": [_span_shape(gap) for gap in found.gaps],
        "estimated_until": found.estimated_until and found.estimated_until.isoformat(),
        "estimated_years": [years[0], years[-1]] if years else None,
        "next_notice": {
            "year": found.next_year,
            "earliest": season.first.isoformat() if season else None,
            "usual": season.usual.isoformat() if season else None,
            "latest": season.last.isoformat() if season else None,
        },
    }


def _span_shape(span: Span) -> dict[str, str]:
    return {"from": span.first.isoformat(), "until": span.last.isoformat()}


def _cases_shape(waiting: Waiting, zone: tzinfo) -> dict[str, Any]:
    return {
        "undecided": waiting.undecided,
        "to_recompute": waiting.settled,
        "listed": [
            {
                "case": each.case.id,
                "clock": each.clock,
                "due_at": moment_shape(each.due_at, zone),
                "floor": moment_shape(each.floor, zone),
                "last_day": each.last_day.isoformat(),
                "to_recompute": waiting.is_settled(provisional),
            }
            for provisional in waiting.listed
            for each in provisional
        ],
        "next": waiting.next,
    }


def _lines(
    desk: Desk, tongue: Tongue, found: Outlook, today: date, waiting: Waiting | None
) -> Iterator[Any]:
    from flowcase.cli.drawing import WARN, pairs, text

    say, years = desk.say, found.estimated_years
    settled = say(
        f"{found.settled.first} to {found.settled.last}",
        f"{found.settled.first} 至 {found.settled.last}",
    )
    rows: list[tuple[str, Any]] = [(say("settled by notices", "通知已定"), settled)]
    for gap in found.gaps:
        lacking = say(f"{gap.first} to {gap.last}", f"{gap.first} 至 {gap.last}")
        rows.append((say("no notice for", "缺通知"), text(lacking, WARN)))
    if years:
        rows.append((say("estimated", "暂按估计"), f"{years[0]}…{years[-1]}"))
    rows.append((say("next notice", "下一通知"), _expected(tongue, found, today)))
    yield pairs(rows)
    if waiting is not None:
        yield from _case_lines(tongue, waiting)


def _expected(tongue: Tongue, found: Outlook, today: date) -> str:
    season, year = found.season, found.next_year
    if season is None:
        return tongue.say(f"that of {year}", f"{year}年")
    late = today > season.last
    said = tongue.say(
        f"that of {year}: usually about {season.usual}, at the earliest {season.first}, "
        f"at the latest {season.last}",
        f"{year}年：通常在 {season.usual} 前后发布，最早 {season.first}，最晚 {season.last}",
    )
    return said + tongue.say(" — later than ever", "，已晚于往年") if late else said


def _case_lines(tongue: Tongue, waiting: Waiting) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    say = tongue.say
    yield ""
    yield say(
        f"open cases with a provisional due moment: {waiting.undecided}",
        f"期限暂定的未结事项：{waiting.undecided}",
    )
    if waiting.settled:
        yield say(
            f"cases to recompute, their notice is out: {waiting.settled}",
            f"通知已发布、期限待重算的事项：{waiting.settled}",
        )
    if waiting.listed:
        headings = (
            say("CASE", "事项"),
            say("CLOCK", "时限"),
            say("DUE ABOUT", "预计"),
            say("NOT BEFORE", "不早于"),
        )
        yield table(headings, _rows(tongue, waiting))
    if waiting.next is not None:
        yield say(f"more: --after {waiting.next}", f"下一页：--after {waiting.next}")


def _rows(tongue: Tongue, waiting: Waiting) -> Iterator[tuple[str, str, str, str]]:
    for provisional in waiting.listed:
        for each in provisional:
            workflow = waiting.workflows[each.case.document]
            yield (
                each.case.id,
                workflow.title(each.clock, tongue.language, "clocks"),
                tongue.deadline(each.due_at),
                tongue.deadline(each.floor),
            )
