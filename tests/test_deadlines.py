"""Deadlines as iCalendar: an officer's own calendar says what is due, as the engine has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.deadlines import deadlines, deadlines_ics
from flowcase.workflows.document import shipped_workflows
from flowcase.workflows.rules import Workflow
from tests.world import COORDINATOR, OFFICE, World

WORKFLOW = shipped_workflows()["mayor_line"]
ZONES = {"cn": zone_named("Asia/Shanghai")}


def told(cases: Iterable[Case], language: str = "en", title: str = "Deadlines") -> bytes:
    cases = list(cases)
    workflows = {case.document: WORKFLOW for case in cases}
    return deadlines_ics(cases, workflows, ZONES, language=language, title=title)


def entries(raw: bytes) -> list[Any]:
    """What the icalendar library reads back."""
    calendar = Calendar.from_ical(raw)
    assert isinstance(calendar, Calendar)
    assert all(not event.errors for event in calendar.walk())
    return list(calendar.walk("VEVENT"))


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    world = World(sqlite_url, "2022-09-23 10:12")
    yield world
    world.close()


def test_each_clock_that_counts_is_an_all_day_entry_on_its_last_day(world: World) -> None:
    case = world.coordinated()
    found = {str(entry["UID"]): entry for entry in entries(told([case]))}
    entry = found[f"{case.id}-handling@case.flowcase"]
    assert entry["DTSTART"].dt == date(2022, 10, 12)
    assert entry["DTEND"].dt == date(2022, 10, 13)
    assert entry["SEQUENCE"] == case.revision == 2
    assert entry["LAST-MODIFIED"].dt == case.changed_at.replace(microsecond=0)
    assert entry["SUMMARY"] == "handling · Enterprise-to-mayor direct line · DG-0001"
    assert entry["DESCRIPTION"] == (
        f"Case: {case.id}\nState: coordinated\nTier: general\nDue: 2022-10-12 24:00"
    )
    assert entry["STATUS"] == "CONFIRMED"


def test_the_entries_speak_chinese_to_those_who_do(world: World) -> None:
    case = world.coordinated()
    handling = next(each for each in entries(told([case], "zh")) if "handling" in each["UID"])
    assert handling["SUMMARY"].endswith(" · 企业市长直通车 · DG-0001")
    assert handling["SUMMARY"].params["LANGUAGE"] == "zh"
    assert "期限：2022-10-12 24:00" in handling["DESCRIPTION"]
    assert "状态：已协调" in handling["DESCRIPTION"]


def test_the_same_cases_give_the_same_bytes_in_any_order_at_any_time(world: World) -> None:
    cases = [world.coordinated(), world.open(), world.assigned()]
    first = told(cases)
    world.at("2022-09-26 08:00")
    assert told(reversed([world.engine.case(case.id) for case in cases])) == first


def test_an_entry_keeps_its_name_and_counts_up_when_its_case_moves(world: World) -> None:
    case = world.coordinated()
    before = {str(each["UID"]): each for each in entries(told([case]))}
    world.at("2022-09-26 09:00")
    case = world.engine.fire(case.id, "assign", COORDINATOR, {"lead": "bureau-land"})
    after = {str(each["UID"]): each for each in entries(told([case]))}
    uid = f"{case.id}-handling@case.flowcase"
    assert after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]
    assert after[uid]["LAST-MODIFIED"].dt > before[uid]["LAST-MODIFIED"].dt
    assert after[uid]["DTSTART"].dt == before[uid]["DTSTART"].dt


def test_a_clock_that_stands_or_stopped_has_no_entry(world: World) -> None:
    case = world.open()
    assert {each.clock for each in deadlines(case, WORKFLOW)} == {"triage", "handling"}
    asked = world.engine.fire(case.id, "ask_supplement", OFFICE, {"question": "请补充"})
    assert {each.clock for each in deadlines(asked, WORKFLOW)} == {"supplement"}
    assert len(entries(told([asked]))) == 1


def test_a_finished_case_has_no_deadline(world: World) -> None:
    case = replace(world.coordinated(), finished_at=datetime(2022, 10, 1, tzinfo=UTC))
    assert list(deadlines(case, WORKFLOW)) == []
    assert entries(told([case])) == []


def test_nothing_due_is_a_calendar_all_the_same() -> None:
    assert entries(told([])) == []
    assert told([]).startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_provisional_deadline_stands_on_its_earliest_day_and_says_so(world: World) -> None:
    # A month from 7 December 2022; the notice of 2023 came a day later. 7 January is a Saturday.
    case = world.at("2022-12-07 10:00").coordinated(complexity="complex")
    (clock,) = [each for each in deadlines(case, WORKFLOW) if each.clock == "handling"]
    assert (clock.provisional, clock.last_day) == (True, date(2023, 1, 9))
    entry = next(each for each in entries(told([case])) if "handling" in each["UID"])
    assert entry["DTSTART"].dt == date(2023, 1, 7)
    assert entry["STATUS"] == "TENTATIVE"
    assert entry["SUMMARY"].startswith("handling (provisional, earliest) · ")
    assert "not before 2023-01-07 24:00. No notice settles" in entry["DESCRIPTION"]
    zh = next(each for each in entries(told([case], "zh")) if "handling" in each["UID"])
    assert zh["SUMMARY"].startswith("办理时限（暂定，最早） · ")


def test_a_deadline_before_midnight_says_its_time_of_day(world: World) -> None:
    case = world.coordinated()
    fact = dict(case.facts["clocks.handling"]) | {"due": "2022-10-12T09:30:00.000000Z"}
    facts = MappingProxyType(dict(case.facts) | {"clocks.handling": fact})
    entry = next(
        each for each in entries(told([replace(case, facts=facts)])) if "handling" in each["UID"]
    )
    assert entry["SUMMARY"].startswith("17:30 handling")
    assert "Due: 2022-10-12 17:30" in entry["DESCRIPTION"]


HOSTILE = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\n\r\x0b\x0c\x85\u2028,;\\\x00"


def test_nothing_of_a_case_breaks_out_of_its_entry(world: World) -> None:
    case = replace(world.coordinated(), party=HOSTILE, state=HOSTILE, tier=HOSTILE)
    facts = dict(case.facts)
    running = WORKFLOW.clocks["handling"]
    clocks = {**WORKFLOW.clocks, "handling": replace(running, runs_in=frozenset([HOSTILE]))}
    workflow: Workflow = replace(WORKFLOW, clocks=clocks)
    raw = deadlines_ics(
        [replace(case, facts=facts)],
        {case.document: workflow},
        ZONES,
        language="en",
        title=HOSTILE,
    )
    (entry,) = entries(raw)
    assert entry["UID"] == f"{case.id}-handling@case.flowcase"
    assert raw.count(b"BEGIN:VEVENT\r\n") == 1
    assert b"\nUID:evil" not in raw
    lines = raw.decode().split("\r\n")
    assert not any("\r" in line or "\n" in line or "\x00" in line for line in lines)


#: A case of two clocks, as a value.
APPEAL = Case(
    id="0183-1",
    workflow="mayor_line",
    document=WORKFLOW.digest,
    state="coordinated",
    tier="general",
    owner="li",
    party="DG-0001",
    parent_id=None,
    opened_at=datetime(2022, 9, 23, 2, 12, tzinfo=UTC),
    changed_at=datetime(2022, 9, 23, 2, 12, tzinfo=UTC),
    due_at=datetime(2022, 10, 12, 16, tzinfo=UTC),
    wake_at=None,
    finished_at=None,
    unsettled=0,
    sealed=False,
    revision=2,
    head="",
    facts=MappingProxyType(
        {
            "clocks.handling": {
                "since": "2022-09-23T02:12:00.000000Z",
                "option": 1,
                "due": "2022-10-12T16:00:00.000000Z",
                "last_day": "2022-10-12",
            }
        }
    ),
)


@given(st.text(max_size=120), st.text(max_size=300))
def test_whatever_a_title_holds_each_line_is_short_and_the_file_is_read_back(
    title: str, party: str
) -> None:
    raw = told([replace(APPEAL, party=party)], title=title)
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    (entry,) = entries(raw)
    assert entry["UID"] == "0183-1-handling@case.flowcase"
