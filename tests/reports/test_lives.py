"""What is counted of one case where its dates are provisional, or its clock never ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import pytest

from flowcase.calendars.calendar import Calendar
from flowcase.case import Case
from flowcase.chronicle import Span, chronicles
from flowcase.history import Changes, Entry
from flowcase.reports.lives import Life, Moment, read_life, telling
from flowcase.time import written
from flowcase.workflows.rules import Workflow
from tests.reports.city import BEGIN, settle
from tests.world import World, moment

HANDLING = "clocks.handling"


@dataclass
class Story:
    """One of the nine cases, to be changed and read again."""

    workflow: Workflow
    case: Case
    entries: tuple[Entry, ...]
    calendar: Calendar

    def floored(self, floor: str) -> Story:
        """The same, had the due moment of handling been provisional with this floor."""
        entries = tuple(replace(each, changes=_floored(each, floor)) for each in self.entries)
        facts = {**self.case.facts, HANDLING: {**self.case.facts[HANDLING], "floor": _at(floor)}}
        case = replace(self.case, facts=MappingProxyType(facts))
        return replace(self, case=case, entries=entries)

    def unclocked(self) -> Story:
        """The same, had the clock of handling never run."""
        entries = tuple(
            replace(
                each,
                changes=Changes({k: v for k, v in each.changes.set.items() if k != HANDLING}),
            )
            for each in self.entries
        )
        return replace(self, entries=entries)

    def read(self, now: str = "2022-08-08 10:00") -> Life:
        """What a report counts of it."""
        at = moment(now)
        return read_life(self.workflow, self.case, self.entries, Moment(at, at, self.calendar))


def _at(text: str) -> str:
    return written(moment(text))


def _floored(entry: Entry, floor: str) -> Changes:
    ledger = entry.changes.set.get(HANDLING)
    if ledger is None:
        return entry.changes
    changed = {**entry.changes.set, HANDLING: {**ledger, "floor": _at(floor)}}
    return Changes(changed, entry.changes.removed)


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """The nine cases."""
    world = World(f"sqlite:///{tmp_path_factory.mktemp('nine') / 'flowcase.db'}", BEGIN)
    named = {case.id: name for name, case in settle(world).items()}
    workflow = world.engine.library.workflow("mayor_line")
    calendar = world.engine.library.calendar("cn")
    told = chronicles(world.engine.store, Span(details=telling(workflow)))
    yield {named[each.case.id]: Story(workflow, each.case, each.entries, calendar) for each in told}
    world.close()


def test_a_provisional_date_is_never_overdue(stories: dict[str, Story]) -> None:
    unread, late = stories["d"], "2022-08-10 10:00"
    assert unread.read(late).rates["on_time"] == "no", "the control: ten working days are over"
    assert unread.floored("2022-08-05 00:00").read(late).rates["on_time"] == "not_due"


def test_an_open_case_waits_for_the_floor_of_its_date(stories: dict[str, Story]) -> None:
    again = stories["c"]
    assert again.read().next_due == moment("2022-08-12 00:00")
    assert again.floored("2022-08-09 00:00").read().next_due == moment("2022-08-09 00:00")


def test_a_conclusion_before_the_floor_was_in_time_and_behind_it_nobody_knows(
    stories: dict[str, Story],
) -> None:
    rated = stories["a"]
    assert rated.floored("2022-07-30 00:00").read().rates["on_time"] == "yes"
    assert rated.floored("2022-07-28 00:00").read().rates["on_time"] == "provisional"
    assert stories["h"].read().rates["on_time"] == "no", "the control: late beyond doubt"


def test_a_case_whose_clock_never_ran_is_left_out(stories: dict[str, Story]) -> None:
    assert stories["a"].unclocked().read().rates["on_time"] == "no_clock"


def test_a_rating_that_reopened_counts_though_it_is_gone(stories: dict[str, Story]) -> None:
    again = stories["c"]
    assert "fields.rating" not in again.case.facts
    assert again.read().rates["satisfaction"] == "no"
    blind = replace(again, entries=tuple(replace(e, details={}) for e in again.entries))
    assert blind.read().rates["satisfaction"] == "reopened", "the control: read from the details"


def test_a_moment_before_the_calendar_is_left_out(stories: dict[str, Story]) -> None:
    rated = stories["a"]
    early = replace(rated, case=replace(rated.case, opened_at=_years_before(rated.case.opened_at)))
    assert early.read().spreads["handling_days"] == "not_covered"


def _years_before(at: datetime) -> datetime:
    return at.replace(year=1950)
