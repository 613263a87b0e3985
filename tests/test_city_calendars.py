"""City calendars: other weeks, dated switches, half days and office hours, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.calendars.lint import check_calendar
from flowcase.terms import Term

CHINA = timezone(timedelta(hours=8))
#: 360 minutes a day, Saturday and Sunday off; every day of 2026 settled, none named.
GROUND = """
name = "ground"
title = { zh = "底", en = "Ground" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-12:00", "14:00-17:00"]
[[notices]]
key = "2026"
title = { zh = "通知", en = "Notice" }
covers = { from = 2026-01-01, until = 2026-12-31 }
"""
CITY = """
name = "city"
title = { zh = "市", en = "City" }
extends = "ground"
"""
FRIDAY_SATURDAY = """
[[weekly_rest]]
days = ["friday", "saturday"]
"""
FRIDAY_SUNDAY = """
[[weekly_rest]]
days = ["friday", "sunday"]
"""
#: Monday 9 March 2026.
SWITCH = """
[[weekly_rest]]
from = 2026-03-09
days = ["friday", "saturday"]
"""
#: Wednesday 11 March 2026.
HALF_DAY = """
[[notices]]
key = "half"
title = { zh = "半天", en = "Half" }
[[notices.short_days]]
name = { zh = "半天", en = "Half a day" }
days = [2026-03-11]
hours = ["09:00-12:00"]
"""
#: Thursday 12 March 2026: mornings only, from then on.
MORNINGS = """
[[office_hours]]
hours = ["09:00-12:00", "14:00-17:00"]
[[office_hours]]
from = 2026-03-12
hours = ["08:00-12:00"]
"""
Build = Callable[[str], Calendar]


@pytest.fixture
def city(tmp_path: Path) -> Build:
    """Builds a city on the ground calendar, with something of its own."""

    def build(own: str) -> Calendar:
        (tmp_path / "ground.toml").write_text(GROUND, encoding="utf-8")
        (tmp_path / "city.toml").write_text(CITY + own, encoding="utf-8")
        assert check_calendar(tmp_path / "city.toml") == ()
        return load_calendar("city", folders=[tmp_path])

    return build


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def last_day(calendar: Calendar, start: str, workdays: int, **options: str) -> str:
    term = Term(workdays=workdays, **options)  # type: ignore[arg-type]  # words given by a test
    return str(calendar.due(at(f"{start}T10:00"), term).last_day)


def over(calendar: Calendar, start: str, minutes: int) -> datetime:
    return calendar.due(at(start), Term(work_minutes=minutes)).at


# ----------------------------------------------------------------------------------- other weeks


def test_a_city_that_rests_on_friday_and_saturday_works_on_sunday(city: Build) -> None:
    calendar = city(FRIDAY_SATURDAY)
    # Thursday 5 March; Sunday 8 is one, Monday two, Tuesday three.
    assert last_day(calendar, "2026-03-05", 3) == "2026-03-10"
    assert last_day(calendar, "2026-03-05", 1) == "2026-03-08"
    assert (calendar.day(date(2026, 3, 6)).kind, calendar.day(date(2026, 3, 8)).kind) == (
        "rest",
        "workday",
    )


def test_a_city_that_rests_on_friday_and_sunday_works_on_the_saturday_between(city: Build) -> None:
    calendar = city(FRIDAY_SUNDAY)
    # Thursday 5 March; Saturday 7 is one, Monday 9 two, Tuesday three.
    assert last_day(calendar, "2026-03-05", 1) == "2026-03-07"
    assert last_day(calendar, "2026-03-05", 3) == "2026-03-10"
    # A month from Friday 6 February would end on Friday 6 March: on Saturday.
    assert str(calendar.due(at("2026-02-06T10:00"), Term(months=1)).last_day) == "2026-03-07"


def test_a_switch_of_the_week_takes_effect_on_its_date(city: Build) -> None:
    calendar = city(SWITCH)
    # Friday 6 one, Monday 9 two, Tue, Wed, Thu 12 five, Friday and Saturday off, Sunday 15 six.
    assert last_day(calendar, "2026-03-05", 1) == "2026-03-06"
    assert last_day(calendar, "2026-03-05", 5) == "2026-03-12"
    assert last_day(calendar, "2026-03-05", 6) == "2026-03-15"
    assert calendar.workdays_between(date(2026, 3, 1), date(2026, 3, 8)) == 5
    assert calendar.workdays_between(date(2026, 3, 8), date(2026, 3, 15)) == 5


# ------------------------------------------------------------------------- half days, office hours


def test_a_half_day_counts_as_a_day_but_has_half_the_minutes(city: Build) -> None:
    whole, half = city(""), city(HALF_DAY)
    assert last_day(half, "2026-03-10", 1) == last_day(whole, "2026-03-10", 1) == "2026-03-11"
    # From Tuesday 16:00: 60 minutes; Wednesday 360; the other 180 on Thursday from 9 to 12.
    assert over(whole, "2026-03-10T16:00", 600) == at("2026-03-12T12:00")
    # With Wednesday's 180 only, Thursday is needed whole.
    assert over(half, "2026-03-10T16:00", 600) == at("2026-03-12T17:00")
    # In the afternoon of the half day no time passes.
    assert over(half, "2026-03-11T14:30", 1) == at("2026-03-12T09:01")


def test_a_term_that_ends_at_close_ends_at_noon_on_a_half_day(city: Build) -> None:
    due = city(HALF_DAY).due(at("2026-03-10T10:00"), Term(workdays=1, ends="close"))
    assert due.at == at("2026-03-11T12:00")
    due = city("").due(at("2026-03-10T10:00"), Term(workdays=1, ends="close"))
    assert due.at == at("2026-03-11T17:00")


def test_who_files_in_the_afternoon_of_a_half_day_has_filed_after_hours(city: Build) -> None:
    term = Term(workdays=1, counts_from="next_workday_after_hours")
    filed = at("2026-03-11T13:00")
    assert city("").due(filed, term).last_day == date(2026, 3, 12)
    assert city(HALF_DAY).due(filed, term).last_day == date(2026, 3, 13)


def test_office_hours_change_on_their_date(city: Build) -> None:
    # Tuesday 60, Wednesday 360, Thursday from 8 on: 180 minutes are over at 11.
    assert over(city(MORNINGS), "2026-03-10T16:00", 600) == at("2026-03-12T11:00")
    # 480 minutes from Thursday 8: that day and Friday's 240.
    assert over(city(MORNINGS), "2026-03-12T08:00", 480) == at("2026-03-13T12:00")


def test_half_days_a_switch_and_new_hours_work_together(city: Build) -> None:
    calendar = city(SWITCH + MORNINGS + HALF_DAY)
    # Tuesday 60, Wednesday (half) 180, Thursday 240; Friday, Saturday off; Sunday 120 from 8: 10.
    assert over(calendar, "2026-03-10T16:00", 600) == at("2026-03-15T10:00")


# ------------------------------------------------------------------------------ the shipped example


@pytest.fixture(scope="module")
def example() -> Calendar:
    return load_calendar("example_city")


@pytest.mark.parametrize(
    "start, workdays, last",
    [
        # Dragon Boat 31 May to 2 June; the city adds Tuesday 3, works on Saturday 7.
        ("2025-05-30", 3, "2025-06-06"),
        ("2025-05-30", 4, "2025-06-07"),
        ("2025-05-30", 5, "2025-06-09"),
        # From July on Friday 4 is off and Saturday 5 is worked.
        ("2025-06-30", 3, "2025-07-03"),
        ("2025-06-30", 4, "2025-07-05"),
        ("2025-06-30", 5, "2025-07-07"),
        # Sunday 28 September is the nation's make-up day, and the city's.
        ("2025-09-27", 1, "2025-09-28"),
        # After National Day: Thursday 9, Friday off, Saturday 11 worked in any case.
        ("2025-09-30", 2, "2025-10-11"),
        ("2025-09-30", 3, "2025-10-13"),
    ],
)
def test_days_of_the_example_city_worked_out_by_hand(
    example: Calendar, start: str, workdays: int, last: str
) -> None:
    assert last_day(example, start, workdays) == last


@pytest.mark.parametrize(
    "start, minutes, due",
    [
        # Sunday 26 January, a make-up day, from 16:00: 90; Monday 27 (half) 210; New Year;
        # Wednesday 5 February the other 100 from 8:30.
        ("2025-01-26T16:00", 400, "2025-02-05T10:10"),
        ("2025-01-27T08:30", 210, "2025-01-27T12:00"),
        ("2025-01-27T13:00", 1, "2025-02-05T08:31"),
        # Friday 13 June 17:00 to 17:30; summer hours from Monday 16: 90 minutes from 8:00.
        ("2025-06-13T17:00", 120, "2025-06-16T09:30"),
        ("2025-06-16T11:00", 120, "2025-06-16T16:00"),
        # Back to the usual hours on Tuesday 16 September.
        ("2025-09-15T17:00", 90, "2025-09-16T09:00"),
        # Thursday 3 July 17:00, Friday off, Saturday from 8:00.
        ("2025-07-03T17:00", 90, "2025-07-05T08:30"),
    ],
)
def test_minutes_of_the_example_city_worked_out_by_hand(
    example: Calendar, start: str, minutes: int, due: str
) -> None:
    assert over(example, start, minutes) == at(due)
