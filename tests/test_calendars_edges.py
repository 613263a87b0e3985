"""Calendars at their edges: hours explained, layers laid over, law read, days at either end.

Tuesday 26 July 2022 is the start unless a test says another; the year 2022 is settled.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.calendars.entries import Entries, Hours, Span
from flowcase.calendars.forecast import pushed_back
from flowcase.calendars.notices import Festival, Notice, read_notice
from flowcase.calendars.reckoning import at_minute, merged, zone_named
from flowcase.calendars.statutory import FURTHEST_YEAR, Statutory, read_statutory
from flowcase.errors import Finding, NotCovered
from flowcase.terms import Naming, Term
from tests.test_city_calendars import at

CN = load_calendar("cn")
Told = list[tuple[str, str, int]]


def told(start: str, term: Term, pauses: tuple[tuple[str, str], ...] = ()) -> Told:
    days = CN.explain(at(start), term, [(at(begin), at(end)) for begin, end in pauses])
    return [(str(day.date)[5:], day.kind, day.count) for day in days]


# -- explanations -------------------------------------------------------------------------------


def test_hours_are_explained_as_the_whole_hours_that_each_day_consumed() -> None:
    assert told("2022-07-26T09:30", Term(hours=50)) == [
        ("07-26", "start", 14),
        ("07-27", "counted", 38),
        ("07-28", "counted", 50),
    ]


def test_hours_from_the_next_working_day_skip_the_days_before_it() -> None:
    assert told("2022-07-30T09:30", Term(hours=30, counts_from="next_workday")) == [
        ("07-30", "start", 0),
        ("07-31", "skipped", 0),
        ("08-01", "counted", 24),
        ("08-02", "counted", 30),
    ]


def test_a_day_that_stood_still_is_paused_and_one_that_partly_did_is_counted() -> None:
    pause = (("2022-07-26T21:00", "2022-07-28T02:00"),)
    assert told("2022-07-26T20:00", Term(hours=24), pause) == [
        ("07-26", "start", 1),
        ("07-27", "paused", 1),
        ("07-28", "counted", 23),
        ("07-29", "counted", 24),
    ]


def test_hours_with_two_pauses_leave_out_both() -> None:
    pauses = (("2022-07-26T10:00", "2022-07-26T12:00"), ("2022-07-26T14:00", "2022-07-26T15:00"))
    assert told("2022-07-26T09:00", Term(hours=14), pauses) == [
        ("07-26", "start", 12),
        ("07-27", "counted", 14),
    ]


def test_a_pause_from_before_the_start_counts_from_the_start() -> None:
    pause = (("2022-07-26T08:00", "2022-07-26T12:00"),)
    assert told("2022-07-26T09:00", Term(hours=14), pause) == [
        ("07-26", "start", 12),
        ("07-27", "counted", 14),
    ]


def test_office_minutes_name_rest_days_holidays_make_up_days_and_pauses() -> None:
    assert told("2022-09-30T17:00", Term(work_minutes=40)) == [
        ("09-30", "start", 30),
        *((f"10-0{day}", "holiday", 30) for day in range(1, 8)),
        ("10-08", "makeup", 40),
    ]
    assert told("2022-07-29T17:00", Term(work_minutes=40)) == [
        ("07-29", "start", 30),
        ("07-30", "rest", 30),
        ("07-31", "rest", 30),
        ("08-01", "counted", 40),
    ]
    pause = (("2022-07-26T18:00", "2022-07-27T23:00"),)
    assert told("2022-07-26T17:00", Term(work_minutes=40), pause) == [
        ("07-26", "start", 30),
        ("07-27", "paused", 30),
        ("07-28", "counted", 40),
    ]


def test_working_days_name_rest_days_and_count_none_of_them() -> None:
    assert told("2022-07-29T10:00", Term(workdays=1)) == [
        ("07-29", "start", 0),
        ("07-30", "rest", 0),
        ("07-31", "rest", 0),
        ("08-01", "counted", 1),
    ]


def test_months_are_counted_when_they_are_whole() -> None:
    days = told("2022-01-31T10:00", Term(months=2, roll="none"))
    by_day = {day: count for day, _, count in days}
    assert (by_day["02-27"], by_day["02-28"], by_day["03-30"], by_day["03-31"]) == (0, 1, 1, 2)
    assert days[-1] == ("03-31", "counted", 2)


def test_days_are_counted_up_to_the_last_and_then_moved_off_the_rest_days() -> None:
    assert told("2022-07-27T10:00", Term(days=3)) == [
        ("07-27", "start", 0),
        ("07-28", "counted", 1),
        ("07-29", "counted", 2),
        ("07-30", "rolled", 3),
        ("07-31", "rolled", 3),
        ("08-01", "counted", 3),
    ]


# -- reckoning ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pauses, last",
    [
        ((), "2022-08-01"),
        ((("2022-07-29", "2022-07-30"),), "2022-08-01"),
        ((("2022-07-30", "2022-08-01"),), "2022-08-02"),
        ((("2022-07-31", "2022-08-02"),), "2022-08-03"),
        ((("2022-08-01", "2022-08-03"),), "2022-08-01"),
        ((("2022-07-27", "2022-07-28"), ("2022-07-31", "2022-08-02")), "2022-08-03"),
    ],
)
def test_a_term_that_moves_off_a_weekend_does_not_end_while_it_stands(
    pauses: tuple[tuple[str, str], ...], last: str
) -> None:
    moments = [(at(f"{begin}T10:00"), at(f"{end}T10:00")) for begin, end in pauses]
    assert str(CN.due(at("2022-07-27T10:00"), Term(days=3), moments).last_day) == last


def test_a_pause_from_before_the_calendar_begins_is_heeded_as_far_as_it_lies_in_it() -> None:
    first, _ = CN.coverage
    start = datetime(first.year, first.month, first.day, 9, tzinfo=UTC) + timedelta(days=10)
    begin = start - timedelta(days=400)
    plain = CN.due(start, Term(workdays=5)).last_day
    for end in (begin + timedelta(days=1), start - timedelta(days=1)):
        assert CN.due(start, Term(workdays=5), [(begin, end)]).last_day == plain


def test_a_minute_of_a_day_and_its_end_are_instants() -> None:
    zone = zone_named("Asia/Shanghai")
    day = date(2022, 7, 26)
    assert at_minute(day, 0, zone) == at("2022-07-26T00:00")
    assert at_minute(day, 1439, zone) == at("2022-07-26T23:59")
    assert at_minute(day, 1440, zone) == at("2022-07-27T00:00")
    assert at_minute(day, 540, zone, microseconds=5) == at("2022-07-26T09:00:00.000005")
    assert at_minute(day, 0, zone, microseconds=5) == at("2022-07-26T00:00:00.000005")


def test_the_end_of_a_day_is_an_instant_where_clocks_are_put_forward_too() -> None:
    zone = zone_named("Europe/Berlin")
    night = date(2022, 3, 27)  # at two o'clock it is three
    assert at_minute(night, 1440, zone) - at_minute(night, 0, zone) == timedelta(hours=23)


def test_pauses_that_touch_or_overlap_are_one() -> None:
    moments = [at(f"2022-07-26T0{hour}:00") for hour in range(6)]
    one, two, three, four, five = moments[1:]
    assert merged([(three, four), (one, two)]) == [(one, two), (three, four)]
    assert merged([(one, two), (two, three)]) == [(one, three)]
    assert merged([(one, four), (two, three)]) == [(one, four)]
    assert merged([(one, three), (two, five)]) == [(one, five)]
    assert merged([(one, one)]) == [(one, one)]


@pytest.mark.parametrize(
    "target, origin, pauses, reached",
    [
        (10, 0, [], 10),
        (10, 0, [(10, 15)], 10),
        (10, 0, [(9, 15)], 16),
        (10, 5, [(0, 7)], 12),
        (10, 5, [(0, 3)], 10),
        (10, 0, [(5, 8), (12, 14)], 15),
        (10, 0, [(5, 8), (13, 14)], 13),
        (10, 0, [(20, 30), (5, 6)], 10),
    ],
)
def test_what_is_paused_pushes_back_what_lies_behind_it(
    target: int, origin: int, pauses: list[tuple[int, int]], reached: int
) -> None:
    assert pushed_back(target, origin, pauses) == reached


@pytest.mark.parametrize(
    "start, minutes, over",
    [
        ("2022-07-26T09:00:30", 1, "2022-07-26T09:01:30"),
        ("2022-07-26T09:00:00.000001", 1, "2022-07-26T09:01:00.000001"),
        ("2022-07-26T07:00", 1, "2022-07-26T09:01"),
        ("2022-07-26T12:30", 1, "2022-07-26T14:31"),
    ],
)
def test_office_minutes_are_exact_to_the_microsecond(start: str, minutes: int, over: str) -> None:
    assert CN.due(at(start), Term(work_minutes=minutes)).at == at(over)


# -- the first and the last day ------------------------------------------------------------------

TOWN = """
name = "town"
title = { zh = "镇", en = "Town" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-12:00"]
[[notices]]
key = "2026"
title = { zh = "通知", en = "Notice" }
published = 2025-11-01
covers = { from = 2026-01-01, until = 2026-01-30 }
[[notices.short_days]]
name = { zh = "半天", en = "Half a day" }
days = [2026-01-01, 2026-01-30]
hours = ["09:00-10:00"]
"""
BOROUGH = 'name = "borough"\ntitle = { zh = "区", en = "Borough" }\nextends = "town"\n'


def town(folder: Path, own: str = "") -> Calendar:
    (folder / "town.toml").write_text(TOWN, encoding="utf-8")
    (folder / "borough.toml").write_text(BOROUGH + own, encoding="utf-8")
    return load_calendar("borough" if own else "town", folders=[folder])


def test_the_first_and_the_last_day_can_be_reckoned_with_and_their_neighbours_not(
    tmp_path: Path,
) -> None:
    calendar = town(tmp_path)
    assert calendar.coverage == (date(2026, 1, 1), date(2026, 1, 30))
    assert calendar.is_workday(date(2026, 1, 1))
    assert calendar.is_workday(date(2026, 1, 30))
    assert calendar.add_workdays(date(2026, 1, 29), 1) == date(2026, 1, 30)
    assert calendar.add_workdays(date(2026, 1, 2), -1) == date(2026, 1, 1)
    with pytest.raises(NotCovered, match="'town' is settled until 2026-01-30 and estimated until"):
        calendar.is_workday(date(2026, 1, 31))
    with pytest.raises(NotCovered, match="'town' begins on 2026-01-01; this lies before"):
        calendar.is_workday(date(2025, 12, 31))
    with pytest.raises(NotCovered, match="after"):
        calendar.add_workdays(date(2026, 1, 30), 1)
    with pytest.raises(NotCovered, match="before"):
        calendar.add_workdays(date(2026, 1, 1), -1)
    assert not calendar.covers(date(2025, 12, 31))
    assert calendar.covers(date(2026, 1, 1))
    assert calendar.covers(date(2026, 1, 30))
    assert not calendar.covers(date(2026, 1, 31))


def test_short_days_at_both_ends_have_their_own_minutes(tmp_path: Path) -> None:
    calendar = town(tmp_path)
    assert calendar.due(at("2026-01-01T08:00"), Term(work_minutes=60)).at == at("2026-01-01T10:00")
    assert calendar.due(at("2026-01-01T08:00"), Term(work_minutes=61)).at == at("2026-01-02T09:01")
    assert calendar.due(at("2026-01-30T08:00"), Term(work_minutes=60)).at == at("2026-01-30T10:00")
    with pytest.raises(NotCovered):
        calendar.due(at("2026-01-30T08:00"), Term(work_minutes=61))


COVERS = '[[notices]]\nkey = "own{0}"\ntitle = {{ zh = "知", en = "Own" }}\ncovers = {{ {1} }}\n'


@pytest.mark.parametrize(
    "own, first, last",
    [
        ([("2026-01-10", "2026-01-20")], "2026-01-10", "2026-01-20"),
        ([("2025-12-01", "2026-02-20")], "2026-01-01", "2026-01-30"),
        ([("2026-01-30", "2026-02-20")], "2026-01-30", "2026-01-30"),
        ([("2026-01-05", "2026-01-07"), ("2026-01-08", "2026-01-09")], "2026-01-05", "2026-01-09"),
        ([("2026-01-05", "2026-01-07"), ("2026-01-09", "2026-01-10")], "2026-01-05", "2026-01-07"),
    ],
)
def test_a_day_is_settled_where_every_layer_settles_it(
    tmp_path: Path, own: list[tuple[str, str]], first: str, last: str
) -> None:
    notices = [
        COVERS.format(number, f"from = {begin}, until = {end}")
        for number, (begin, end) in enumerate(own)
    ]
    assert town(tmp_path, "".join(notices)).coverage == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )


def test_working_days_of_one_week_are_the_same_under_a_switch_to_the_same_week(
    tmp_path: Path,
) -> None:
    switch = '[[weekly_rest]]\nfrom = 2026-01-12\ndays = ["saturday", "sunday"]\n'
    assert [town(tmp_path, switch).is_workday(date(2026, 1, day)) for day in range(5, 19)] == [
        *([True] * 5 + [False] * 2) * 2
    ]
    switch = '[[weekly_rest]]\nfrom = 2026-01-12\ndays = ["monday"]\n'
    calendar = town(tmp_path, switch)
    days = [date(2026, 1, 9) + timedelta(days=each) for each in range(6)]
    assert [calendar.is_workday(day) for day in days] == [True, False, False, False, True, True]


# -- the law ------------------------------------------------------------------------------------

LAW = """
title = { zh = "办法", en = "Law" }
[[festivals]]
key = "new_year"
name = { zh = "元旦", en = "New Year" }
every_year_on = "01-01"
reach_days = 3
make_up_days_at_most = 1
[[festivals]]
key = "spring"
name = { zh = "春节", en = "Spring" }
on = [2030-02-03, 2031-01-23]
reach_days = 60
make_up_days_at_most = 10
[[festivals]]
key = "late"
name = { zh = "晚", en = "Late" }
every_year_on = "12-31"
reach_days = 0
make_up_days_at_most = 0
[[regulations]]
document = "new"
in_force = 2031-01-01
[[regulations.statutory]]
festival = "spring"
first = -1
days = 4
[[regulations]]
document = "old"
in_force = 2008-01-01
[[regulations.statutory]]
festival = "new_year"
days = 1
[[regulations.statutory]]
festival = "spring"
days = 3
"""


def law(text: str = LAW) -> tuple[Statutory, list[str]]:
    findings: list[Finding] = []
    read = read_statutory(Entries(tomllib.loads(text), "law", findings))
    return read, [f"{each.path}: {each.message}" for each in findings]


def changed(old: str, new: str) -> list[str]:
    assert old in LAW
    return law(LAW.replace(old, new, 1))[1]


def test_the_law_in_force_at_new_year_says_which_days_are_off() -> None:
    read, findings = law()
    assert findings == []
    assert read.last_year == 2031
    old = {each.name.en: each for each in read.festivals(2030)}
    assert list(old) == ["New Year", "Spring", "Late"]
    assert old["New Year"].days == (date(2030, 1, 1),)
    assert old["Spring"].days == tuple(date(2030, 2, day) for day in (3, 4, 5))
    assert (old["Spring"].document, old["Spring"].reach_days) == ("old", 60)
    assert (old["Spring"].make_up_days_at_most, old["Spring"].day) == (10, date(2030, 2, 3))
    assert (old["Late"].days, old["Late"].day) == ((), date(2030, 12, 31))
    assert (old["Late"].reach_days, old["Late"].make_up_days_at_most) == (0, 0)
    new = {each.name.en: each for each in read.festivals(2031)}
    assert new["Spring"].days == tuple(date(2031, 1, day) for day in (22, 23, 24, 25))
    assert new["New Year"].days == ()
    assert {each.document for each in new.values()} == {"new"}


def test_a_festival_without_a_date_that_year_is_passed_over_and_the_next_is_not() -> None:
    read, _ = law()
    assert [each.name.en for each in read.festivals(2029)] == ["New Year", "Late"]
    assert list(read.festivals(2007)) == []
    assert len(list(read.festivals(2008))) == 2


def test_a_law_of_fixed_days_alone_reaches_as_far_as_there_are_years() -> None:
    fixed = LAW.replace("on = [2030-02-03, 2031-01-23]", 'every_year_on = "02-03"')
    read, findings = law(fixed)
    assert (findings, read.last_year) == ([], FURTHEST_YEAR)


@pytest.mark.parametrize(
    "old, new, finding",
    [
        ('key = "new_year"\n', "", "law.festivals[0].key: is missing"),
        ('name = { zh = "元旦", en = "New Year" }\n', "", "law.festivals[0].name: is missing"),
        ('title = { zh = "办法", en = "Law" }\n', "", "law.title: is missing"),
        ('every_year_on = "01-01"\n', "", "law.festivals[0].on: or every_year_on"),
        ('"01-01"', '"01-01"\non = [2030-01-01]', "law.festivals[0].on: or every_year_on"),
        ('"01-01"', '"02-29"', "law.festivals[0].every_year_on: is a month and day"),
        ('"01-01"', '"1-1"', "law.festivals[0].every_year_on: is a month and day"),
        ("reach_days = 3", "reach_days = -1", "law.festivals[0].reach_days: is a whole number"),
        ("reach_days = 60", "reach_days = 61", "reach_days: is a whole number from 0 to 60"),
        ("at_most = 10", "at_most = 11", "make_up_days_at_most: is a whole number from 0 to 10"),
        ("at_most = 1\n", "at_most = -1\n", "make_up_days_at_most: is a whole number"),
        ('document = "new"\n', "", "law.regulations[0].document: is missing"),
        ("in_force = 2031-01-01\n", "", "law.regulations[0].in_force: is missing"),
        ('festival = "spring"\n', "", "law.regulations[0].statutory[0].festival: is missing"),
        ('festival = "spring"', 'festival = "x"', "is one of new_year, spring, late"),
        ("first = -1", "first = -11", "first: is a whole number from -10 to 10"),
        ("first = -1", "first = 11", "first: is a whole number from -10 to 10"),
        ("days = 4", "days = 0", "days: is a whole number from 1 to 10"),
        ("days = 4", "days = 11", "days: is a whole number from 1 to 10"),
        ("days = 4", "days = 4\nodd = 1", "law.regulations[0].statutory[0].odd: is not known"),
        ("reach_days = 3", "reach_days = 3\nodd = 1", "law.festivals[0].odd: is not known"),
        ('document = "new"', 'document = "new"\nodd = 1', "law.regulations[0].odd: is not known"),
        ("title", "odd = 1\ntitle", "law.odd: is not known"),
    ],
)
def test_what_is_wrong_with_a_law_is_found_where_it_is(old: str, new: str, finding: str) -> None:
    assert any(finding in each for each in changed(old, new)), changed(old, new)


@pytest.mark.parametrize(
    "old, new",
    [
        ("first = -1", "first = -10"),
        ("first = -1", "first = 10"),
        ("days = 4", "days = 10"),
        ("days = 4", "days = 1"),
        ('"01-01"', '"02-28"'),
    ],
)
def test_a_law_may_go_as_far_as_it_may(old: str, new: str) -> None:
    assert changed(old, new) == []


def test_a_law_without_festivals_or_regulations_is_none() -> None:
    _, findings = law('title = { zh = "办法", en = "Law" }')
    assert findings == ["law.festivals: is missing", "law.regulations: is missing"]


# -- notices ------------------------------------------------------------------------------------

NOTICE = """
title = { zh = "通知", en = "Notice" }
document = "1号"
published = 2021-11-01
covers = { from = 2022-01-01, until = 2022-12-31 }
ordinary = [2022-05-04]
[[festivals]]
name = { zh = "节", en = "Feast" }
off = [2022-05-02, { from = 2022-10-03, until = 2022-10-05 }]
worked = [2022-10-08]
[[short_days]]
name = { zh = "短", en = "Short" }
days = [2022-03-08]
hours = ["09:00-12:00"]
"""


def notice(text: str = NOTICE) -> tuple[Notice, list[str]]:
    findings: list[Finding] = []
    read = read_notice(Entries(tomllib.loads(text), "notice", findings), "2022")
    return read, [f"{each.path}: {each.message}" for each in findings]


def test_a_notice_is_read_as_it_is_written() -> None:
    read, findings = notice()
    assert findings == []
    feast = Naming("节", "Feast")
    spans = (
        Span(date(2022, 5, 2), date(2022, 5, 2)),
        Span(date(2022, 10, 3), date(2022, 10, 5)),
    )
    assert read.festivals == (Festival(feast, spans, (date(2022, 10, 8),)),)
    assert read.covers == Span(date(2022, 1, 1), date(2022, 12, 31))
    assert read.ordinary == (date(2022, 5, 4),)
    (short,) = read.short_days
    assert (short.hours, short.name) == (Hours(((540, 720),)), Naming("短", "Short"))
    assert short.days == Span(date(2022, 3, 8), date(2022, 3, 8))
    assert list(read.days_off()) == [
        (date(2022, *day), feast) for day in ((5, 2), (10, 3), (10, 4), (10, 5))
    ]
    assert list(read.days_worked()) == [(date(2022, 10, 8), feast)]
    assert read.reference == "1号"
    assert read.order == (date(2021, 11, 1), date(2022, 1, 1), "2022")
    assert not read.published_uncertain


def test_a_notice_without_date_or_number_sorts_first_and_is_cited_by_its_title() -> None:
    read = Notice("x", Naming("通知", "Notice"))
    assert (read.order, read.reference) == ((date.min, date.min, "x"), "通知")


@pytest.mark.parametrize(
    "old, new, finding",
    [
        ('title = { zh = "通知", en = "Notice" }\n', "", "notice.title: is missing"),
        ('name = { zh = "节", en = "Feast" }\n', "", "notice.festivals[0].name: is missing"),
        ('name = { zh = "短", en = "Short" }\n', "", "notice.short_days[0].name: is missing"),
        ("ordinary = [2022-05-04]", "ordinary = [2022-05-02]", "notice: says 2022-05-02 twice"),
        ("ordinary = [2022-05-04]", "ordinary = [2023-05-04]", "notice: says 2023-05-04, which"),
        ("ordinary", 'amends = "x"\nordinary', "notice.covers: is not given by an amendment"),
        ("published = 2021-11-01", 'amends = "x"', "notice.published: is missing"),
        ("worked", "odd", "notice.festivals[0].odd: is not known"),
        ("hours", "odd", "notice.short_days[0].odd: is not known"),
        ("document", "odd", "notice.odd: is not known"),
    ],
)
def test_what_is_wrong_with_a_notice_is_found_where_it_is(old: str, new: str, finding: str) -> None:
    _, findings = notice(NOTICE.replace(old, new, 1))
    assert any(each.startswith(finding) for each in findings), findings


def test_a_festival_or_a_notice_that_says_nothing_is_found() -> None:
    title = 'title = { zh = "通知", en = "Notice" }\n'
    feast = '[[festivals]]\nname = { zh = "节", en = "Feast" }\n'
    assert notice(title)[1] == [
        "notice: says nothing: no `festivals`, no `ordinary`, no `short_days`"
    ]
    assert notice(title + feast)[1][0] == (
        "notice.festivals[0]: names no day: give `off` or `worked`"
    )
    assert notice(title + feast + "off = [2022-05-02]")[1] == []
    assert notice(title + feast + "worked = [2022-05-02]")[1] == []
    assert notice(title + "covers = { from = 2022-01-01, until = 2022-01-02 }")[1] == []
    assert notice(title + "ordinary = [2022-05-04]")[1] == []


# -- estimates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known, start, workdays, floor, last",
    [
        (date(2020, 12, 1), "2021-12-28", 5, "2022-01-03", "2022-01-05"),
        (date(2020, 12, 1), "2021-12-20", 5, "2021-12-27", "2021-12-27"),
    ],
)
def test_the_floor_of_an_estimate_is_the_earliest_a_notice_may_make_it(
    known: date, start: str, workdays: int, floor: str, last: str
) -> None:
    calendar = CN.as_known(known)
    due = calendar.due(at(f"{start}T10:00"), Term(workdays=workdays))
    found = calendar.local_date(due.floor - timedelta(microseconds=1))
    assert (str(found), str(due.last_day)) == (floor, last)
