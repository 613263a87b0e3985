"""What must hold of every start, term and pause: counting has no special cases."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.terms import AMOUNTS, Term

CN = load_calendar("cn")
CITY = load_calendar("example_city")
#: Starts from which every term drawn here ends within what is settled, and any at all.
settled_days = st.dates(date(2004, 1, 2), date(2026, 3, 1))
any_days = st.dates(date(2004, 1, 2), date(2045, 1, 1))
calendars = st.sampled_from([CN, CITY])
MOST = {"workdays": 60, "months": 3, "days": 90, "hours": 2_000, "work_minutes": 20_000}


def moments(days: st.SearchStrategy[date]) -> st.SearchStrategy[datetime]:
    """Moments in UTC on these days."""
    microseconds = st.integers(0, 24 * 3_600 * 1_000_000 - 1)
    return st.builds(
        lambda day, past: (
            datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(microseconds=past)
        ),
        days,
        microseconds,
    )


@st.composite
def terms(draw: st.DrawFn, *, least: int = 1, units: tuple[str, ...] = AMOUNTS) -> Term:
    """Terms of every unit and counted in every way."""
    unit = draw(st.sampled_from(units))
    options: dict[str, Any] = {
        unit: draw(st.integers(least, MOST[unit])),
        "counts_from": draw(
            st.sampled_from(["filing_day", "next_day", "next_workday", "next_workday_after_hours"])
        ),
        "ends": draw(st.sampled_from(["midnight", "close", "same_time"])),
        "roll": draw(st.sampled_from(["next_workday", "none"])),
    }
    return Term(**options)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[tuple[datetime, datetime]]:
    """Up to three pauses, in any order and perhaps overlapping."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begins = start + timedelta(minutes=draw(st.integers(0, 60 * 24 * 40)))
        found.append((begins, begins + timedelta(minutes=draw(st.integers(0, 60 * 24 * 20)))))
    return found


def longer(term: Term, by: int) -> Term:
    """The same term with a larger amount."""
    options: dict[str, Any] = {term.unit: term.amount + by}
    return Term(**options, counts_from=term.counts_from, ends=term.ends, roll=term.roll)


@given(calendars, moments(any_days), terms(), st.data())
def test_a_term_is_over_after_its_start_and_not_before_its_floor(
    calendar: Calendar, start: datetime, term: Term, data: st.DataObject
) -> None:
    due = calendar.due(start, term, data.draw(pauses_after(start)))
    assert start < due.at
    assert start <= due.floor <= due.at
    assert due.provisional or due.floor == due.at
    assert calendar.local_date(due.at - timedelta(microseconds=1)) == due.last_day


@given(calendars, moments(any_days), st.integers(0, 40 * 24 * 60), terms(least=0))
def test_who_starts_later_is_never_due_earlier(
    calendar: Calendar, start: datetime, later_minutes: int, term: Term
) -> None:
    # By time of day it may well be: 23:00 today and 1:00 tomorrow can have one last day.
    assume(term.ends != "same_time")
    later = start + timedelta(minutes=later_minutes)
    first, second = calendar.due(start, term), calendar.due(later, term)
    assert (first.at, first.floor) <= (second.at, second.at)
    assert first.floor <= second.floor


@given(calendars, moments(any_days), terms(least=0), st.integers(0, 20), st.data())
def test_a_longer_term_is_never_over_earlier(
    calendar: Calendar, start: datetime, term: Term, by: int, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    first, second = (calendar.due(start, each, pauses) for each in (term, longer(term, by)))
    assert first.at <= second.at
    assert first.floor <= second.floor


@given(calendars, any_days, st.integers(1, 300), st.integers(1, 300))
def test_adding_some_working_days_and_then_more_is_adding_them_all(
    calendar: Calendar, day: date, some: int, more: int
) -> None:
    there = calendar.add_workdays(day, some)
    assert calendar.add_workdays(there, more) == calendar.add_workdays(day, some + more)
    assert calendar.add_workdays(there, -some) == calendar.add_workdays(
        calendar.add_workdays(day, 1), -1
    )


@given(calendars, any_days, st.integers(1, 300))
def test_adding_is_walking_from_day_to_day(calendar: Calendar, day: date, count: int) -> None:
    walked, left = day, count
    while left:
        walked += timedelta(days=1)
        left -= calendar.is_workday(walked)
    assert calendar.add_workdays(day, count) == walked
    assert calendar.workdays_between(day, walked) == count


@given(calendars, moments(any_days), terms(least=0), st.data())
def test_the_last_day_is_a_working_day(
    calendar: Calendar, start: datetime, term: Term, data: st.DataObject
) -> None:
    assume(term.roll == "next_workday" and term.unit != "hours")
    assume(term.unit != "work_minutes" or term.amount)
    due = calendar.due(start, term, data.draw(pauses_after(start)))
    assert calendar.is_workday(due.last_day)


@given(moments(settled_days), terms(least=0), st.dates(date(2004, 1, 1), date(2027, 1, 1)))
def test_the_same_notices_give_the_same_answer(start: datetime, term: Term, known: date) -> None:
    then = CN.as_known(known)
    again = load_calendar("cn").as_known(known)
    assert then.due(start, term) == again.due(start, term)


@given(moments(settled_days), terms(), st.data())
def test_a_notice_about_other_days_moves_nothing(
    start: datetime, term: Term, data: st.DataObject
) -> None:
    """What came out later moves a settled due moment only if it speaks of a day on the way."""
    due = CN.due(start, term)
    first, last = CN.local_date(start), due.last_day
    known = data.draw(st.dates(date(2004, 1, 1), date(2025, 12, 31)))
    then = CN.as_known(known)
    assume(then.covers(first) and then.covers(last))
    spoken_of = [
        day
        for notice in CN._source.notices
        if notice.amends and notice.published and notice.published > known
        for day, _ in (*notice.days_off(), *notice.days_worked())
    ]
    before = then.due(start, term)
    if not any(first <= day <= max(last, before.last_day) for day in spoken_of):
        assert before == due


@given(calendars, moments(any_days), terms(least=0), st.integers(0, 60 * 24 * 60))
def test_pausing_and_resuming_at_once_changes_nothing(
    calendar: Calendar, start: datetime, term: Term, later_minutes: int
) -> None:
    moment = start + timedelta(minutes=later_minutes)
    assert calendar.due(start, term, [(moment, moment)]) == calendar.due(start, term)


@given(calendars, moments(any_days), terms(), st.data())
def test_a_pause_never_makes_a_term_end_earlier(
    calendar: Calendar, start: datetime, term: Term, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    assert calendar.due(start, term, pauses).at >= calendar.due(start, term).at
    assert calendar.due(start, term, pauses) == calendar.due(start, term, pauses[::-1])


@given(calendars, moments(any_days), terms(), st.data())
def test_an_explanation_agrees_with_the_due_moment(
    calendar: Calendar, start: datetime, term: Term, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(start))
    due, days = calendar.due(start, term, pauses), calendar.explain(start, term, pauses)
    assert [day.date for day in days] == [
        calendar.local_date(start) + timedelta(days=place) for place in range(len(days))
    ]
    assert days[-1].date == due.last_day
    assert days[-1].count == term.amount
    assert [day.count for day in days] == sorted(day.count for day in days)
    counted = sum(1 for day in days if day.kind in {"counted", "makeup"})
    if term.unit in {"workdays", "days"}:
        assert counted == term.amount
    for day in days:
        if term.unit == "workdays" and day.kind in {"counted", "makeup"}:
            assert calendar.is_workday(day.date)
        if day.kind in {"rest", "holiday"}:
            assert not calendar.is_workday(day.date)


# ------------------------------------------------------------------- before a year's notice is out

YEARS = range(2008, 2027)


def before_the_notice(year: int) -> Calendar:
    """The calendar as known on the day before a year's notice was published."""
    notice = next(each for each in CN._source.notices if each.key == str(year))
    assert notice.published is not None
    then = CN.as_known(notice.published - timedelta(days=1))
    assert then.coverage[1] == date(year - 1, 12, 28)
    return then


TERMS = (
    *(Term(workdays=count) for count in (0, 1, 2, 3, 5, 10, 20)),
    Term(workdays=5, counts_from="next_workday_after_hours"),
    Term(months=1),
    Term(days=7),
    Term(work_minutes=700),
)


@pytest.mark.parametrize("year", YEARS)
def test_what_a_notice_brings_is_never_earlier_than_the_floor_said_before(year: int) -> None:
    """Every day from six weeks before the year to its end, not a sample."""
    then, day = before_the_notice(year), date(year - 1, 11, 15)
    while day < date(year, 11, 15):
        start = CN.start_of(day) + timedelta(hours=10)
        for term in TERMS:
            told, truth = then.due(start, term), CN.due(start, term)
            assert told.floor <= told.at
            assert told.floor <= truth.at, (day, term)
            assert told.provisional or told == truth
        day += timedelta(days=1)


@given(st.sampled_from(YEARS), st.integers(-45, 300), terms(least=0), st.data())
def test_the_floor_holds_for_every_term_and_with_pauses(
    year: int, days: int, term: Term, data: st.DataObject
) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(
        days=days, minutes=data.draw(st.integers(0, 24 * 60 - 1))
    )
    pauses = data.draw(pauses_after(start))
    assume(max([start, *(ends for _, ends in pauses)]).year < 2026)
    assert before_the_notice(year).due(start, term, pauses).floor <= CN.due(start, term, pauses).at


def test_the_floor_is_tight_enough_to_remind_by() -> None:
    """Nearly half the ten-day terms of a whole unsettled year have the very day as their floor,
    seven in ten are at most three days off, none two weeks.
    """
    off = []
    for year in YEARS:
        then = before_the_notice(year)
        for place in range(300):
            start = CN.start_of(date(year, 1, 1) + timedelta(days=place)) + timedelta(hours=10)
            truth, told = CN.due(start, Term(workdays=10)), then.due(start, Term(workdays=10))
            off.append((truth.at - told.floor).days)
    assert sum(1 for days in off if days == 0) > len(off) * 0.45
    assert sum(1 for days in off if days <= 3) > len(off) * 0.7
    assert max(off) < 14


# --------------------------------------------------------------------------------- made-up notices


@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 28)), max_size=12), settled_days)
def test_a_citys_own_days_change_those_days_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, days: set[date], start: date
) -> None:
    folder = tmp_path_factory.mktemp("city")
    write_city(folder, days)
    city = load_calendar("city", folders=[folder])
    place = date(2026, 1, 1)
    while place <= date(2026, 12, 28):
        assert city.is_workday(place) == (CN.is_workday(place) and place not in days)
        place += timedelta(days=1)
    assert city.add_workdays(start, 20) >= CN.add_workdays(start, 20)


def write_city(folder: Path, days: set[date]) -> None:
    """A city that builds on the national calendar and has these days off."""
    off = ", ".join(map(str, sorted(days)))
    festival = f'[[notices.festivals]]\nname = {{ zh = "市", en = "City" }}\noff = [{off}]\n'
    notice = f'[[notices]]\nkey = "own"\ntitle = {{ zh = "市", en = "City" }}\n{festival}'
    head = 'name = "city"\nextends = "cn"\ntitle = { zh = "市", en = "City" }\n'
    (folder / "city.toml").write_text(head + (notice if days else ""), encoding="utf-8")
