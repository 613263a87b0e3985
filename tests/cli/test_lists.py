"""Lists: filters, pages, and what is due soon."""

from __future__ import annotations

import pytest

from flowcase.time import ManualClock
from tests.cli.conftest import APPEAL, COORDINATION, Terminal
from tests.world import moment

FILING = ("open", "mayor_line", "--party", "DG-0001", "--as", "zhang", *APPEAL, "--json")


def ids(terminal: Terminal, *args: str) -> list[str]:
    return [each["id"] for each in terminal.ok("list", *args, "--json").json["cases"]]


def test_cases_are_found_by_state_owner_party_tier_and_workflow(city: Terminal, case: str) -> None:
    other = city.ok(*FILING).json["id"]
    city.ok("fire", other, "coordinate", "--as", "ma", *COORDINATION)
    assert ids(city, "--state", "submitted") == [case]
    assert ids(city, "--owner", "li") == [other]
    assert ids(city, "--owner", "@office") == [case]
    assert set(ids(city, "--party", "DG-0001")) == {case, other}
    assert ids(city, "--party", "DG-0002") == []
    assert set(ids(city, "--tier", "general", "--workflow", "mayor_line")) == {case, other}
    assert ids(city, "--tier", "major") == []


@pytest.mark.parametrize(
    "within, at, found",
    [
        ("2wd", "2022-09-23 10:12", True),  # due on the 27th at 24:00: Monday, Tuesday
        ("1wd", "2022-09-23 10:12", False),
        ("0wd", "2022-09-27 10:12", True),
        ("5d", "2022-09-23 10:12", True),
        ("4d", "2022-09-23 10:12", False),
        ("14h", "2022-09-27 10:12", True),
        ("13h", "2022-09-27 10:12", False),
        ("9d", "2022-09-28 10:12", False),  # what is overdue is not due soon
    ],
)
def test_due_soon_counts_hours_days_and_working_days(
    within: str, at: str, found: bool, city: Terminal, case: str, clock: ManualClock
) -> None:
    clock.move_to(moment(at))
    assert ids(city, "--due-within", within) == ([case] if found else [])


def test_what_is_overdue_is_listed_and_told(city: Terminal, case: str, clock: ManualClock) -> None:
    assert ids(city, "--overdue") == []
    clock.move_to(moment("2022-09-30 09:00"))
    assert ids(city, "--overdue") == [case]
    assert "overdue by 3 working days" in city.ok("list").out
    assert "已逾期 3 个工作日" in city.ok("list", "--lang", "zh").out
    assert city.ok("list", "--json").json["cases"][0]["overdue"] is True


def test_pages_follow_each_other_by_their_cursor(city: Terminal) -> None:
    for _ in range(4):
        city.ok(*FILING)
    everything = ids(city)
    seen: list[str] = []
    after: list[str] = []
    page = None
    for _ in range(3):
        page = city.ok("list", "--limit", "2", *after, "--json").json
        seen += [each["id"] for each in page["cases"]]
        after = ["--after", page["next"] or ""]
    assert seen == everything
    assert page is not None
    assert page["next"] is None
    assert "more: --after " in city.ok("list", "--limit", "2").out


def test_people_are_paged_by_their_ids(city: Terminal) -> None:
    page = city.ok("staff", "list", "--limit", "3", "--json").json
    assert [each["id"] for each in page["staff"]] == ["chen", "housing-bureau", "land-bureau"]
    rest = city.ok("staff", "list", "--after", page["next"], "--json").json
    assert rest["staff"][0]["id"] == "li"
    assert rest["next"] is None
    assert "more: --after chen" in city.ok("staff", "list", "--limit", "1").out
    assert city.ok("party", "list", "--after", "DG-0001").out == "no parties\n"


def test_nothing_is_stuck_here(city: Terminal) -> None:
    assert city.ok("list", "--stuck").out == "no case is stuck\n"
    assert city.ok("list", "--stuck", "--json").json == {"stuck": []}
