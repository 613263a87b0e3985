"""Counting: every published example, in every variant, and the answers at the edges."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from flowcase.calendars.almanac import year_picture
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.errors import CalendarError, InvalidInput, NotCovered
from flowcase.terms import Due, Term

DATA = Path(__file__).parent / "data" / "calendars"
CHINA = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def cn() -> Calendar:
    return load_calendar("cn")


def at(text: str) -> datetime:
    """A moment in China: "2022-07-26" is ten in the morning."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T10:00")
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment


def rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def term(rule: str, **options: Any) -> Term:
    """A term from its short form: wd10, month1."""
    if rule.startswith("wd"):
        return Term(workdays=int(rule.removeprefix("wd")), **options)
    return Term(months=int(rule.removeprefix("month")), **options)


VARIANTS: dict[str, dict[str, str]] = {
    "due": {},
    "v_nonworkday_received_next_workday": {"counts_from": "next_workday"},
    "v_also_after_1730_next_workday": {"counts_from": "next_workday_after_hours"},
    "month_unrolled": {"roll": "none"},
    "v_month_from_day_after": {"counts_from": "next_day"},
}


@pytest.mark.parametrize("column", VARIANTS)
def test_every_example_ends_on_its_last_day_in_every_variant(cn: Calendar, column: str) -> None:
    wrong = [
        (row["start"], row["rule"], row[column], found)
        for row in rows("vectors.csv")
        if row[column]
        and row[column]
        != (found := str(cn.due(at(row["start"]), term(row["rule"], **VARIANTS[column])).last_day))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "column, ends", [("due_at_24h_exclusive", "midnight"), ("due_at_office_close_1730", "close")]
)
def test_every_example_ends_at_midnight_or_at_close(cn: Calendar, column: str, ends: str) -> None:
    for row in rows("vectors.csv"):
        due = cn.due(at(row["start"]), term(row["rule"], ends=ends))
        assert due.at == at(row[column]), row
        assert not due.provisional
        assert due.floor == due.at


def test_counting_monday_to_friday_alone_would_be_wrong(cn: Calendar) -> None:
    naive = [row for row in rows("vectors.csv") if row["naive_mon_fri_WRONG_unless_equal"]]
    wrong = [row for row in naive if row["naive_mon_fri_WRONG_unless_equal"] != row["due"]]
    assert len(wrong) > 50


def test_every_example_of_office_minutes_is_due_to_the_minute(cn: Calendar) -> None:
    for row in rows("vectors_hours.csv"):
        due = cn.due(at(row["start"]), Term(work_minutes=int(row["working_minutes"])))
        assert due.at == at(row["due"]), row


def test_every_example_is_answered_as_known_before_and_after_an_amendment(cn: Calendar) -> None:
    for row in rows("vectors_asof.csv"):
        for known, due in (("known_before", "due_before"), ("known_from", "due_after")):
            then = cn.as_known(date.fromisoformat(row[known]))
            found = then.due(at(row["start_date"]), term(row["rule"])).last_day
            assert str(found) == row[due], row


@pytest.mark.parametrize(
    "start, workdays, last_day",
    [
        ("2022-07-26", 10, "2022-08-09"),
        ("2022-08-29", 10, "2022-09-13"),
        ("2022-09-23", 10, "2022-10-12"),
        ("2022-09-30", 10, "2022-10-19"),
        ("2022-01-20", 10, "2022-02-08"),
        ("2022-12-20", 10, "2023-01-04"),
        ("2022-07-30", 10, "2022-08-12"),
        ("2020-01-17", 10, "2020-02-07"),
    ],
)
def test_ten_working_days_skip_the_days_off_and_use_the_make_up_days(
    cn: Calendar, start: str, workdays: int, last_day: str
) -> None:
    assert str(cn.due(at(start), Term(workdays=workdays)).last_day) == last_day
    assert str(cn.add_workdays(date.fromisoformat(start), workdays)) == last_day


@pytest.mark.parametrize(
    "start, last_day",
    [
        ("2022-01-05", "2022-02-07"),
        ("2022-01-31", "2022-02-28"),
        ("2022-08-24", "2022-09-26"),
        ("2022-09-01", "2022-10-08"),
    ],
)
def test_a_month_ends_on_its_day_number_and_moves_off_a_rest_day(
    cn: Calendar, start: str, last_day: str
) -> None:
    assert str(cn.due(at(start), Term(months=1)).last_day) == last_day


def test_two_months_are_counted_from_the_start_and_not_month_by_month(cn: Calendar) -> None:
    assert cn.due(at("2023-12-31"), Term(months=3, roll="none")).last_day == date(2024, 3, 31)


def test_calendar_days_count_every_day_and_end_on_a_working_day(cn: Calendar) -> None:
    assert cn.due(at("2022-09-26"), Term(days=7)).last_day == date(2022, 10, 8)
    assert cn.due(at("2022-09-26"), Term(days=7, roll="none")).last_day == date(2022, 10, 3)


def test_hours_run_through_nights_and_holidays(cn: Calendar) -> None:
    due = cn.due(at("2022-09-30T18:00"), Term(hours=24))
    assert due.at == at("2022-10-01T18:00")
    assert due.last_day == date(2022, 10, 1)


def test_hours_of_a_filing_on_a_rest_day_may_run_from_the_next_working_day(cn: Calendar) -> None:
    due = cn.due(at("2022-07-30"), Term(hours=24, counts_from="next_workday"))
    assert due.at == at("2022-08-02T00:00")
    assert due.last_day == date(2022, 8, 1)


def test_the_time_of_day_of_the_start_may_end_the_term(cn: Calendar) -> None:
    due = cn.due(at("2022-07-26T09:13:07"), Term(workdays=1, ends="same_time"))
    assert due.at == at("2022-07-27T09:13:07")


def test_no_time_at_all_is_over_today_or_on_the_next_working_day(cn: Calendar) -> None:
    assert cn.due(at("2022-07-26"), Term(workdays=0)).last_day == date(2022, 7, 26)
    assert cn.due(at("2022-07-30"), Term(workdays=0)).last_day == date(2022, 8, 1)
    assert cn.due(at("2022-07-26T20:00"), Term(workdays=0, ends="close")).at == at(
        "2022-07-26T20:00"
    )
    assert cn.due(at("2022-07-26"), Term(work_minutes=0)).at == at("2022-07-26")


# ------------------------------------------------------------------------------------- pauses


def paused(cn: Calendar, amount: Term, begins: str, ends: str, start: str = "2022-07-26") -> Due:
    return cn.due(at(start), amount, [(at(begins), at(ends))])


def test_a_pause_takes_out_the_days_after_it_began_up_to_the_one_it_ended_on(cn: Calendar) -> None:
    due = paused(cn, Term(workdays=10), "2022-07-28", "2022-08-02")  # Fri, Mon and Tue do not count
    assert due.last_day == date(2022, 8, 12)


def test_a_pause_within_one_day_changes_nothing(cn: Calendar) -> None:
    due = paused(cn, Term(workdays=10), "2022-07-28T09:00", "2022-07-28T17:00")
    assert due == cn.due(at("2022-07-26"), Term(workdays=10))


def test_a_pause_over_a_weekend_costs_no_working_day(cn: Calendar) -> None:
    due = paused(cn, Term(workdays=10), "2022-07-29", "2022-07-31")
    assert due == cn.due(at("2022-07-26"), Term(workdays=10))


def test_a_pause_that_begins_when_the_term_is_over_changes_nothing(cn: Calendar) -> None:
    due = paused(cn, Term(workdays=10), "2022-08-09T18:00", "2022-09-20")
    assert due.last_day == date(2022, 8, 9)


def test_a_pause_of_a_month_pushes_it_back_by_calendar_days_and_then_rolls(cn: Calendar) -> None:
    due = paused(cn, Term(months=1), "2022-08-01", "2022-08-03")  # 26 August and two days: Sunday
    assert due.last_day == date(2022, 8, 29)


def test_a_month_on_its_way_off_a_rest_day_does_not_end_on_a_paused_day(cn: Calendar) -> None:
    due = paused(cn, Term(months=1), "2022-10-02", "2022-10-20", start="2022-09-01")
    assert due.last_day == date(2022, 10, 21)  # and not 8 October, while the clock stood still


def test_a_pause_of_hours_and_of_office_minutes_is_exact(cn: Calendar) -> None:
    due = paused(cn, Term(hours=24), "2022-07-26T12:00", "2022-07-26T13:30")
    assert due.at == at("2022-07-27T11:30")
    due = paused(cn, Term(work_minutes=120), "2022-07-26T11:30", "2022-07-26T15:00")
    assert due.at == at("2022-07-26T15:30")  # 90 minutes to 11:30, the other 30 from 15:00 on


def test_pauses_in_any_order_and_overlapping_count_once(cn: Calendar) -> None:
    one = [(at("2022-07-27"), at("2022-08-02"))]
    two = [(at("2022-07-29"), at("2022-08-02")), (at("2022-07-27"), at("2022-07-31"))]
    assert cn.due(at("2022-07-26"), Term(workdays=10), one) == cn.due(
        at("2022-07-26"), Term(workdays=10), two
    )


def test_a_pause_that_runs_backwards_is_refused(cn: Calendar) -> None:
    with pytest.raises(InvalidInput, match="forward"):
        paused(cn, Term(workdays=10), "2022-08-02", "2022-07-28")


# ------------------------------------------------------------------------------------ explaining


def test_an_explanation_says_why_each_day_counted_or_did_not(cn: Calendar) -> None:
    days = cn.explain(at("2022-09-29"), Term(workdays=3))
    assert [(day.date.day, day.kind, day.count) for day in days] == [
        (29, "start", 0),
        (30, "counted", 1),
        *((day, "holiday", 1) for day in range(1, 8)),
        (8, "makeup", 2),
        (9, "makeup", 3),
    ]
    assert days[2].name is not None
    assert (days[2].name.zh, days[2].name.en) == ("国庆节", "National Day")
    assert days[2].notice == "国务院办公厅关于2022年部分节假日安排的通知"


def test_an_explanation_cites_the_amendment_and_not_what_it_replaced(cn: Calendar) -> None:
    days = cn.explain(at("2020-01-20"), Term(workdays=5))
    assert {day.notice for day in days if day.date == date(2020, 2, 1)} == {"国办发明电〔2020〕1号"}
    assert days[-1].date == date(2020, 2, 4)


def test_an_explanation_shows_pauses_and_the_move_off_a_rest_day(cn: Calendar) -> None:
    pauses = [(at("2022-08-01"), at("2022-08-03"))]
    days = cn.explain(at("2022-07-26"), Term(months=1), pauses)
    kinds = {day.date: day.kind for day in days}
    assert kinds[date(2022, 8, 2)] == kinds[date(2022, 8, 3)] == "paused"
    assert kinds[date(2022, 8, 28)] == "rolled"
    assert (days[-1].kind, days[-1].count) == ("counted", 1)


def test_an_explanation_shows_the_days_skipped_before_day_zero(cn: Calendar) -> None:
    days = cn.explain(at("2022-07-30"), Term(workdays=1, counts_from="next_workday"))
    assert [day.kind for day in days] == ["skipped", "skipped", "start", "counted"]


def test_an_explanation_of_office_minutes_counts_minutes(cn: Calendar) -> None:
    days = cn.explain(at("2022-07-26T17:00"), Term(work_minutes=400))
    assert [(day.kind, day.count) for day in days] == [
        ("start", 30),
        ("counted", 390),
        ("counted", 400),
    ]


# -------------------------------------------------------------------------- the edges of knowledge


def test_past_the_last_notice_a_due_moment_is_provisional_with_a_floor(cn: Calendar) -> None:
    due = cn.due(at("2026-12-22"), Term(workdays=10))
    assert due.provisional
    assert due.floor < due.at
    assert due.last_day == date(2027, 1, 6)


def test_what_no_notice_can_move_is_not_provisional(cn: Calendar) -> None:
    assert not cn.due(at("2026-12-22"), Term(months=1, roll="none")).provisional
    assert not cn.due(at("2026-12-27"), Term(hours=72)).provisional
    next_workday = Term(hours=72, counts_from="next_workday")
    assert not cn.due(at("2026-12-27"), next_workday).provisional
    assert cn.due(at("2027-01-02"), next_workday).provisional


def test_far_from_any_festival_estimate_and_floor_are_the_same(cn: Calendar) -> None:
    due = cn.due(at("2027-07-05"), Term(workdays=10))
    assert (due.provisional, due.floor, due.last_day) == (True, due.at, date(2027, 7, 19))


def test_before_the_first_notice_and_after_the_last_estimate_there_is_no_answer(
    cn: Calendar,
) -> None:
    with pytest.raises(NotCovered, match="begins on 2004-01-01"):
        cn.due(at("2003-12-31"), Term(workdays=1))
    with pytest.raises(NotCovered, match="settled until 2026-12-28 and estimated until 2050-12-31"):
        cn.due(at("2050-12-01"), Term(workdays=100))
    with pytest.raises(NotCovered):
        cn.due(at("2050-12-31T20:00"), Term(workdays=1, counts_from="next_workday_after_hours"))
    with pytest.raises(NotCovered):
        cn.add_workdays(date(2004, 1, 5), -10)


def test_the_edition_is_the_newest_notice_known(cn: Calendar) -> None:
    assert cn.edition == date(2025, 11, 4)
    assert cn.as_known(date(2020, 1, 26)).edition == date(2019, 11, 21)
    assert cn.as_known(date(2000, 1, 1)).edition is None
    assert cn.as_known(date(2000, 1, 1)).coverage == (date(2004, 1, 1), date(2005, 12, 28))
    assert load_calendar("cn", known_at=date(2020, 1, 27)).edition == date(2020, 1, 27)


def test_between_two_publications_it_is_the_same_calendar(cn: Calendar) -> None:
    assert cn.as_known(date(2022, 1, 1)) is cn.as_known(date(2022, 11, 30))
    assert cn.as_known(date(2022, 1, 1)).as_known(date(2023, 1, 1)) is cn.as_known(date(2023, 6, 1))


def test_a_moment_without_a_zone_is_refused(cn: Calendar) -> None:
    naive = datetime(2022, 7, 26, 9)  # noqa: DTZ001 - what is refused
    with pytest.raises(InvalidInput, match="zone"):
        cn.due(naive, Term(workdays=1))
    with pytest.raises(InvalidInput):
        cn.local_date(naive)
    with pytest.raises(InvalidInput):
        cn.due(at("2022-07-26"), Term(workdays=1), [(naive, at("2022-07-27"))])


def test_the_day_of_a_moment_is_the_one_in_the_calendars_zone(cn: Calendar) -> None:
    assert cn.local_date(datetime(2022, 7, 25, 16, tzinfo=UTC)) == date(2022, 7, 26)
    assert cn.start_of(date(2022, 7, 26)) == datetime(2022, 7, 25, 16, tzinfo=UTC)
    assert cn.end_of(date(2022, 7, 26)) == cn.start_of(date(2022, 7, 27))
    same = datetime(2022, 7, 25, 21, tzinfo=timezone(timedelta(hours=-4)))
    assert cn.due(same, Term(workdays=10)) == cn.due(at("2022-07-26T09:00"), Term(workdays=10))


def test_working_days_are_added_taken_away_and_counted(cn: Calendar) -> None:
    saturday, monday = date(2022, 7, 30), date(2022, 8, 1)
    assert cn.add_workdays(saturday, 0) == monday
    assert cn.add_workdays(monday, 0) == monday
    assert cn.add_workdays(monday, -1) == cn.add_workdays(saturday, -1) == date(2022, 7, 29)
    assert cn.workdays_between(date(2022, 9, 30), date(2022, 10, 9)) == 2
    assert cn.workdays_between(date(2022, 10, 9), date(2022, 9, 30)) == -2
    due = cn.due(at("2022-07-26"), Term(workdays=10)).at
    assert cn.remaining_workdays(at("2022-07-26"), due) == 10
    assert cn.remaining_workdays(at("2022-08-09"), due) == 0
    assert cn.remaining_workdays(at("2022-08-10"), due) == -1


def test_a_day_tells_its_kind_its_festival_and_its_notice(cn: Calendar) -> None:
    assert (cn.day(date(2022, 10, 8)).kind, cn.day(date(2022, 10, 3)).kind) == ("makeup", "holiday")
    assert (cn.day(date(2022, 7, 26)).kind, cn.day(date(2022, 7, 30)).kind) == ("workday", "rest")
    estimated = cn.day(date(2027, 2, 6))
    assert (estimated.kind, str(estimated.name), estimated.provisional) == ("holiday", "春节", True)
    assert (cn.covers(date(2026, 12, 28)), cn.covers(date(2026, 12, 29))) == (True, False)
    assert not cn.covers(date(2003, 1, 1))


# ------------------------------------------------------------------------------------ the picture


def test_a_year_is_drawn_with_its_days_off_and_make_up_days(cn: Calendar) -> None:
    picture = year_picture(cn, 2026)
    assert picture.splitlines()[0] == "中国内地工作日 · 2026"
    assert " 5休  6休  7休  8    9   10班 11" in picture
    year = [cn.day(date(2026, 1, 1) + timedelta(day)).kind for day in range(365)]
    legend = "休 放假   班 调休上班   ？ 通知未发布，按法定节假日估计"
    assert legend in picture
    assert picture.count("休") - legend.count("休") == year.count("holiday")
    assert picture.count("班") - legend.count("班") == year.count("makeup")
    assert "12月（未定）" in picture
    assert "11月（未定）" not in picture


def test_a_year_without_its_notice_is_drawn_as_an_estimate(cn: Calendar) -> None:
    picture = year_picture(cn, 2027, language="en")
    assert "January (provisional)" in picture
    assert " 1?   2    3" in picture
    assert "estimated: no notice yet" in picture
    assert max(map(len, picture.splitlines())) <= 111


def test_a_year_the_calendar_cannot_speak_of_is_not_drawn(cn: Calendar) -> None:
    for year in (2003, 2051, 0, 9999):
        with pytest.raises(NotCovered):
            year_picture(cn, year)


# --------------------------------------------------------------------------------- other calendars


def test_a_city_builds_on_the_national_calendar_and_changes_what_it_names() -> None:
    city, cn = load_calendar("example_city"), load_calendar("cn")
    assert city.timezone == cn.timezone
    assert city.coverage == cn.coverage
    assert (city.day(date(2025, 6, 3)).kind, city.day(date(2025, 6, 7)).kind) == (
        "holiday",
        "makeup",
    )
    assert city.is_workday(date(2025, 10, 11))  # the national make-up Saturday: an ordinary day now
    assert city.day(date(2025, 10, 11)).kind == "workday"
    assert city.day(date(2025, 7, 4)).kind == "rest"  # Friday and Sunday from July on
    assert city.is_workday(date(2025, 7, 5))
    assert city.day(date(2025, 6, 27)).kind == "workday"
    assert city.day(date(2025, 10, 3)).kind == "holiday"


def test_office_hours_follow_their_dates_and_short_days() -> None:
    city = load_calendar("example_city")
    close = Term(days=0, ends="close")
    assert city.due(at("2025-01-26T09:00"), close).at == at("2025-01-26T17:30")
    assert city.due(at("2025-01-27T09:00"), close).at == at("2025-01-27T12:00")
    assert city.due(at("2025-06-16T09:00"), close).at == at("2025-06-16T18:00")
    after_hours = Term(workdays=1, counts_from="next_workday_after_hours")
    assert city.due(at("2025-01-27T12:00"), after_hours).last_day == date(2025, 2, 6)
    minutes = city.due(at("2025-01-27T11:00"), Term(work_minutes=90)).at
    assert minutes == at("2025-02-05T09:00")


def test_a_calendar_that_is_not_there_or_no_name_at_all_is_refused(tmp_path: Path) -> None:
    for name in ("atlantis", "../cn", "cn/../cn", "/etc", "", "CN", "a" * 100, "cn.toml", "cn\x00"):
        with pytest.raises(CalendarError):
            load_calendar(name, folders=[tmp_path])
