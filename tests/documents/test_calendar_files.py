"""The shipped calendars: the facts they were made from, and what two other libraries say."""

import csv
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from flowcase.assets import packaged_folder
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.calendars.lint import check_calendar
from flowcase.terms import Term

FOLDER = packaged_folder("calendars")
DATA = Path(__file__).parent.parent / "data" / "calendars"
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 28)


@pytest.fixture(scope="module")
def cn() -> Calendar:
    return load_calendar("cn")


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def disagreements(
    cn: Calendar, first: date, last: date, is_workday: Callable[[date], bool]
) -> list[date]:
    """The days on which another source says otherwise."""
    return [day for day in days_from(first, last) if cn.is_workday(day) != is_workday(day)]


def mainland() -> Callable[[date], bool]:
    return holidays.country_holidays("CN", years=range(2003, 2052)).is_working_day


def test_every_shipped_calendar_is_sound_and_nothing_in_it_is_odd() -> None:
    names = [path for path in sorted(FOLDER.iterdir()) if path.suffix == ".toml" or path.is_dir()]
    assert [path.stem for path in names] == ["cn", "example_city"]
    for path in names:
        assert check_calendar(path) == ()


def test_there_is_one_file_for_every_notice() -> None:
    years = {str(year) for year in range(2004, 2027)}
    amendments = {"2015-amendment", "2019-amendment", "2020-amendment"}
    assert {path.stem for path in (FOLDER / "cn").glob("*.toml")} == (
        years | amendments | {"calendar", "statutory"}
    )


def test_every_day_is_as_the_facts_say(cn: Calendar) -> None:
    with (DATA / "exceptions_cn_2004_2026.csv").open(encoding="utf-8", newline="") as file:
        facts = {date.fromisoformat(row["date"]): row for row in csv.DictReader(file)}
    assert len(facts) == 773
    for day in days_from(FIRST, LAST):
        known = cn.day(day)
        if day in facts:
            assert known.kind == facts[day]["kind"], day
            assert known.name is not None
            assert known.name.zh.startswith(facts[day]["name"])
            if "〔" in facts[day]["notice"]:
                assert known.notice == facts[day]["notice"], day
        else:
            assert known.kind == ("workday" if day.weekday() < 5 else "rest"), day
    assert max(facts) <= LAST


def test_notices_cover_every_day_once_and_name_when_they_were_published() -> None:
    until = date(2003, 12, 31)
    for year in range(2004, 2027):
        notice = tomllib.loads((FOLDER / "cn" / f"{year}.toml").read_text(encoding="utf-8"))
        assert notice["covers"]["from"] == until + timedelta(days=1)
        until = notice["covers"]["until"]
        assert ("published" in notice) == (year >= 2006)
        assert notice.get("published_uncertain", False) == (year in {2008, 2011, 2014})


def test_before_it_was_amended_a_notice_was_followed_as_it_stood(cn: Calendar) -> None:
    then = cn.as_known(date(2015, 5, 12))
    assert [then.is_workday(date(2015, 9, day)) for day in (3, 4, 5, 6)] == [
        True,
        True,
        False,
        False,
    ]
    then = cn.as_known(date(2019, 3, 21))
    assert then.is_workday(date(2019, 5, 2))
    assert not then.is_workday(date(2019, 4, 28))
    then = cn.as_known(date(2020, 1, 26))
    assert then.is_workday(date(2020, 1, 31))
    assert then.is_workday(date(2020, 2, 1))
    assert not then.is_workday(date(2020, 2, 2))
    assert cn.day(date(2020, 2, 1)).kind == "holiday"


def test_a_library_of_notices_agrees_on_every_day_but_one(cn: Calendar) -> None:
    """On 31 December 2005 it has a rest day; the notice for 2006 makes it a make-up Saturday."""
    assert disagreements(cn, FIRST, LAST, chinese_calendar.is_workday) == [date(2005, 12, 31)]


def test_a_library_of_the_worlds_holidays_agrees_on_every_day(cn: Calendar) -> None:
    assert disagreements(cn, FIRST, LAST, mainland()) == []


def test_the_comparison_notices_a_single_changed_day(tmp_path: Path) -> None:
    folder = tmp_path / "cn"
    folder.mkdir()
    text = (FOLDER / "cn" / "2016.toml").read_text(encoding="utf-8")
    (folder / "2016.toml").write_text(text.replace("2016-06-12", "2016-06-05"), encoding="utf-8")
    altered = load_calendar("cn", folders=[tmp_path])
    changed = [date(2016, 6, 5), date(2016, 6, 12)]
    assert disagreements(altered, FIRST, LAST, mainland()) == changed
    assert disagreements(altered, date(2016, 1, 1), LAST, chinese_calendar.is_workday) == changed


def test_estimates_to_2050_agree_with_a_library_that_computes_the_lunar_year(cn: Calendar) -> None:
    """Statutory days and those owed for a weekend, by its own table of lunar years.

    In 2028 and 2031 Mid-Autumn falls into the days of National Day. The library lets one of the
    two days go; in 2020, when it last happened, the notice gave both, and so does the estimate.
    """
    both = [date(2028, 10, 5), date(2031, 10, 6)]
    assert disagreements(cn, LAST, date(2050, 12, 31), mainland()) == both
    assert not any(cn.is_workday(day) for day in both)


@pytest.mark.parametrize("year, days", [(2007, 10), (2008, 11), (2024, 11), (2025, 13), (2050, 13)])
def test_a_year_has_as_many_statutory_days_as_its_regulation_says(year: int, days: int) -> None:
    statutory = load_calendar("cn")._source.statutory
    assert statutory is not None
    assert sum(len(festival.days) for festival in statutory.festivals(year)) == days


def test_every_statutory_day_of_the_past_was_a_day_off(cn: Calendar) -> None:
    statutory = cn._source.statutory
    assert statutory is not None
    for year in range(2004, 2027):
        for festival in statutory.festivals(year):
            assert not any(cn.is_workday(day) for day in festival.days), (year, festival.name.en)


def test_no_make_up_day_lies_farther_from_its_festival_than_the_forecast_allows(
    cn: Calendar,
) -> None:
    """The facts the floor of a provisional due moment rests on, counted over again."""
    statutory = cn._source.statutory
    assert statutory is not None
    for notice in cn._source.notices:
        for named in notice.festivals:
            same = [
                festival
                for year in range(2004, 2028)
                for festival in statutory.festivals(year)
                if festival.name == named.name
            ]
            for day in named.worked if same else ():
                distances = [
                    (min(abs((day - each).days) for each in festival.days), festival.reach_days)
                    for festival in same
                    if festival.days
                ]
                assert any(distance <= reach for distance, reach in distances), day
            assert len(named.worked) <= 2


def test_the_example_city_says_that_it_is_one() -> None:
    text = (FOLDER / "example_city.toml").read_text(encoding="utf-8")
    assert text.startswith("# EXAMPLE: no real city.")
    start = load_calendar("cn").start_of(date(2025, 5, 30))
    city, national = load_calendar("example_city"), load_calendar("cn")
    ten = Term(workdays=10)
    # A day off on 3 June and the Saturday after worked in return: nothing moves in the end.
    assert city.due(start, ten).last_day == national.due(start, ten).last_day
