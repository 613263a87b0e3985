"""Notice files: templates nobody can use by mistake, and what is imported is what was exported."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowcase.assets import asset_folders, packaged_folder
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.calendars.daybook import WorkdayKind
from flowcase.calendars.exchange import differences, export_ics, export_json
from flowcase.calendars.files import CalendarSource, read_calendar
from flowcase.calendars.lint import check_calendar
from flowcase.calendars.notice_files import import_notice, period_of, template
from flowcase.calendars.second_sources import SecondSource, Statement, read_second_source
from flowcase.errors import CalendarError, NotCovered

PUBLISHED = date(2025, 11, 4)


def source(name: str = "cn", *folders: Path) -> CalendarSource:
    return read_calendar(name, asset_folders("calendars", folders))


CN = source()


def second(raw: str | bytes) -> SecondSource:
    return read_second_source(raw.encode() if isinstance(raw, str) else raw, "other")


def kinds(calendar: Calendar, year: int) -> dict[date, tuple[WorkdayKind, str]]:
    """What each day that a year's notice settles is, and for which festival."""
    days = (calendar.day(day) for day in period_of(CN, year).days())
    return {day.date: (day.kind, str(day.name or "")) for day in days}


def with_notice(tmp_path: Path, year: int, text: str) -> Calendar:
    """The national calendar with this notice of a year, and nothing else said of that year."""
    folder = tmp_path / "cn"
    folder.mkdir(parents=True)
    for path in (packaged_folder("calendars") / "cn").glob("*.toml"):
        if not path.name.startswith(str(year)):
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / f"{year}.toml").write_text(text, encoding="utf-8")
    return Calendar(read_calendar("cn", [tmp_path]))


# -------------------------------------------------------------------------------------- templates


def test_a_template_names_the_statutory_days_of_the_year_and_what_it_covers() -> None:
    text = template(CN, 2027)
    table = tomllib.loads(text)
    assert table["covers"] == {"from": date(2026, 12, 29), "until": date(2027, 12, 28)}
    assert table["title"]["zh"] == "国务院办公厅关于2027年部分节假日安排的通知"
    assert {each["name"]["zh"]: each["off"] for each in table["festivals"]} == {
        "元旦": [date(2027, 1, 1)],
        "春节": [{"from": date(2027, 2, 5), "until": date(2027, 2, 8)}],
        "清明节": [date(2027, 4, 5)],
        "劳动节": [{"from": date(2027, 5, 1), "until": date(2027, 5, 2)}],
        "端午节": [date(2027, 6, 9)],
        "中秋节": [date(2027, 9, 15)],
        "国庆节": [{"from": date(2027, 10, 1), "until": date(2027, 10, 3)}],
    }
    assert text.count("FILL IN") == 17


def test_a_template_cannot_be_loaded_before_it_is_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "cn"
    folder.mkdir()
    path = folder / "2027.toml"
    path.write_text(template(CN, 2027), encoding="utf-8")
    with pytest.raises(CalendarError, match=r"cn/2027\.toml\.published: is a date without quotes"):
        load_calendar("cn", folders=[tmp_path])
    text = path.read_text(encoding="utf-8")
    filled = "\n".join(
        "published = 2026-11-10" if line.startswith("published") else line
        for line in text.splitlines()
    )
    path.write_text(filled, encoding="utf-8")
    assert load_calendar("cn", folders=[tmp_path]).coverage[1] == date(2027, 12, 28)
    # Statutory days on a weekend are made up on a weekday: forgotten here, and found.
    (told,) = check_calendar(folder)
    assert "7 weekdays off less 0 make-up days are 7; the statutory days of its time are 13" in str(
        told
    )


def test_days_that_two_festivals_share_stand_under_the_first(tmp_path: Path) -> None:
    text = template(CN, 2031)  # Mid-Autumn is on National Day
    festivals = {each["name"]["zh"]: each for each in tomllib.loads(text)["festivals"]}
    shared = [name for name, each in festivals.items() if name in {"中秋节", "国庆节"}]
    assert sum("2031-10-01" in line for line in text.splitlines() if line.startswith("off")) == 1
    assert shared


def test_a_year_that_has_its_notice_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"has the notice of 2026 already: 2026\.toml"):
        template(CN, 2026)


@pytest.mark.parametrize("year", [0, -1, 1990, 2200, 10**9])
def test_a_year_no_file_may_speak_of_is_refused(year: int) -> None:
    with pytest.raises(CalendarError, match="is not a year from 1991 to 2199"):
        template(CN, year)


def test_a_year_whose_festivals_are_not_known_is_refused() -> None:
    assert "2050-01-23" in template(CN, 2050)
    with pytest.raises(CalendarError, match=r"cn/statutory\.toml knows the festivals up to 2050"):
        template(CN, 2051)


def test_a_city_that_takes_its_days_from_the_nation_is_sent_there() -> None:
    with pytest.raises(CalendarError, match="'example_city' takes the days it settles from 'cn'"):
        template(source("example_city"), 2027)


# ------------------------------------------------------------------------------------- round trip


@pytest.mark.parametrize("year", range(2005, 2027))
@pytest.mark.parametrize("form", ["json", "zh", "en"])
def test_a_year_exported_and_imported_again_is_the_same(
    tmp_path: Path, year: int, form: str
) -> None:
    raw = export_json(CN, year) if form == "json" else export_ics(CN, year, form)
    other = second(raw)
    assert other.unclear == ()
    assert differences(CN, year, other) == ()
    text = import_notice(CN, year, other, published=PUBLISHED)
    again = with_notice(tmp_path, year, text)
    assert kinds(again, year) == kinds(Calendar(CN), year)


def test_an_export_is_the_same_text_every_time() -> None:
    assert export_json(CN, 2026) == export_json(source(), 2026)
    assert export_ics(CN, 2026) == export_ics(source(), 2026)


def test_an_export_has_the_form_of_the_data_set() -> None:
    table = json.loads(export_json(CN, 2026))
    assert list(table) == ["year", "papers", "days"]
    assert table["days"][0] == {"name": "元旦", "date": "2026-01-01", "isOffDay": True}
    assert {"name": "国庆节", "date": "2026-09-20", "isOffDay": False} in table["days"]
    assert table["papers"] == ["国务院办公厅关于2026年部分节假日安排的通知"]
    assert len(json.loads(export_json(CN, 2020))["papers"]) == 2  # and its amendment


def test_an_export_has_stable_entries_that_say_off_or_worked_in_both_languages() -> None:
    zh, en = export_ics(CN, 2025).decode(), export_ics(CN, 2025, "en").decode()
    assert "SUMMARY;LANGUAGE=zh:春节 休" in zh
    assert "SUMMARY;LANGUAGE=en:Spring Festival: working day" in en
    uids = [line for line in zh.splitlines() if line.startswith("UID:")]
    assert "UID:cn-20250128-off@calendar.flowcase" in uids
    assert len(set(uids)) == len(uids) == zh.count("BEGIN:VEVENT")
    assert [line for line in en.splitlines() if line.startswith("UID:")] == uids
    assert "DTSTAMP:20241112T000000Z" in zh


def test_a_year_without_its_notice_is_not_exported() -> None:
    for export in (export_json, export_ics):
        with pytest.raises(NotCovered, match="no notice of 'cn' settles 2027"):
            export(CN, 2027)


def test_a_city_of_another_week_names_every_day_that_is_not_as_elsewhere(tmp_path: Path) -> None:
    city = source("example_city")
    other = second(export_json(city, 2025))
    said = {each.day: each for each in other.statements}
    assert said[date(2025, 7, 4)] == Statement(date(2025, 7, 4), True, "每周休息日")
    assert said[date(2025, 7, 5)] == Statement(date(2025, 7, 5), False, "每周工作日")
    assert differences(city, 2025, other) == ()
    assert {each.day for each in differences(CN, 2025, other)} >= {date(2025, 7, 4)}


DAYS = st.dates(date(2026, 12, 29), date(2027, 12, 28))
FESTIVALS = st.sampled_from(["元旦", "春节", "中秋节、国庆节", "Spring Festival", "龙舟\\赛\"'节"])


@given(st.dictionaries(DAYS, FESTIVALS, min_size=1, max_size=40))
def test_whatever_days_a_second_source_says_the_notice_made_of_it_says_the_same(
    said: dict[date, str],
) -> None:
    days = [
        {"name": name, "date": str(day), "isOffDay": day.weekday() < 5 or bool(day.day % 2)}
        for day, name in said.items()
    ]
    other = second(json.dumps({"year": 2027, "days": days}))
    table = tomllib.loads(import_notice(CN, 2027, other, published=PUBLISHED))
    found = {}
    for festival in table["festivals"]:
        for span in festival.get("off", []):
            first, last = (span["from"], span["until"]) if isinstance(span, dict) else (span, span)
            for ordinal in range(first.toordinal(), last.toordinal() + 1):
                found[date.fromordinal(ordinal)] = True
        found |= dict.fromkeys(festival.get("worked", []), False)
    assert found == {each.day: each.off for each in other.statements}


# ------------------------------------------------------------------------- from a second source


def statement(day: str, off: bool = True, name: str = "元旦") -> Statement:
    return Statement(date.fromisoformat(day), off, name)


def imported(*statements: Statement, year: int | None = 2027, papers: tuple[str, ...] = ()) -> str:
    other = SecondSource("other.json", year, statements, papers)
    return import_notice(CN, 2027, other, published=date(2026, 11, 10), document="国办〔2026〕1号")


def test_an_import_knows_the_names_of_festivals_in_both_languages() -> None:
    text = imported(
        statement("2027-01-01"),
        statement("2027-09-15", name="国庆、中秋"),
        statement("2027-02-08", name="Spring Festival"),
        statement("2027-06-09", name="龙舟节"),
    )
    assert 'name = { zh = "元旦", en = "New Year\'s Day" }\n' in text
    assert '{ zh = "国庆节、中秋节", en = "National Day and Mid-Autumn Festival" }\n' in text
    assert '{ zh = "春节", en = "Spring Festival" }\n' in text
    assert '{ zh = "龙舟节", en = "龙舟节" }  # FILL IN the English name\n' in text


def test_an_import_says_where_it_comes_from_and_when_it_was_published() -> None:
    table = tomllib.loads(imported(statement("2027-01-01"), papers=("https://example.org/n",)))
    assert table["document"] == "国办〔2026〕1号"
    assert table["published"] == date(2026, 11, 10)
    assert table["source"] == "https://example.org/n"
    assert tomllib.loads(imported(statement("2027-01-01")))["source"] == "other.json"


def test_an_import_of_another_year_or_of_nothing_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"other\.json is of 2026, not of 2027"):
        imported(statement("2026-01-01"), year=2026)
    with pytest.raises(CalendarError, match="says nothing of 2027: it names no day at all"):
        imported()
    with pytest.raises(CalendarError, match="says nothing of 2027: its days are of 2026-05-01"):
        imported(statement("2026-05-01"), year=None)


def test_an_import_says_nothing_of_days_another_notice_settles() -> None:
    with pytest.raises(CalendarError, match="2027-12-31 is not settled by the notice of 2027"):
        imported(statement("2027-01-01"), statement("2027-12-31"))
    # A calendar of many years is cut to the year that is asked for.
    text = imported(statement("2026-05-01"), statement("2027-01-01"), year=None)
    assert "2026-05-01" not in text


def test_a_weekday_cannot_be_a_make_up_day() -> None:
    with pytest.raises(CalendarError, match="2027-01-04 is worked anyway, a monday"):
        imported(statement("2027-01-01"), statement("2027-01-04", off=False))


@pytest.mark.parametrize(
    "name", ['"\n[[festivals]]', "a\x00b", "a\ud800b", "'''", '\\"', "节\u2028日"]
)
def test_a_name_cannot_break_out_of_its_place(name: str) -> None:
    raw = json.dumps(
        {"year": 2027, "days": [{"name": name, "date": "2027-01-01", "isOffDay": True}]}
    )
    text = import_notice(CN, 2027, second(raw), published=PUBLISHED, document=name)
    assert len(tomllib.loads(text)["festivals"]) == 1
    text.encode()


def test_what_was_left_out_stands_in_the_file_as_a_comment() -> None:
    raw = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nSUMMARY:\xe5\x85\x83"
        b"\xe6\x97\xa6 \xe4\xbc\x91\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270819"
        b"\r\nSUMMARY:a\\n[[festivals]]\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    text = import_notice(CN, 2027, second(raw), published=PUBLISHED)
    assert text.endswith("(休, 班)\n")
    assert "\n# Left out: other: entry 2: 'a [[festivals]]' on 2027-08-19 is left out" in text


# ------------------------------------------------------------------------------------ differences


def test_each_day_told_otherwise_is_a_difference() -> None:
    table = json.loads(export_json(CN, 2026))
    table["days"] = [
        each | {"date": each["date"].replace("2026-10-10", "2026-10-11")} for each in table["days"]
    ]
    found = differences(CN, 2026, second(json.dumps(table)))
    assert [(str(each.day), each.ours.kind, each.worked, each.name) for each in found] == [
        ("2026-10-10", "makeup", False, None),
        ("2026-10-11", "rest", True, "国庆节"),
    ]


def test_an_amendment_not_known_yet_is_a_difference() -> None:
    amended = second(export_json(CN, 2020))
    found = differences(CN, 2020, amended, known_at=date(2020, 1, 20))
    assert [str(each.day) for each in found] == ["2020-01-31", "2020-02-01"]
    assert differences(CN, 2020, amended, known_at=date(2020, 1, 27)) == ()


def test_a_year_without_its_notice_is_compared_with_the_estimate() -> None:
    other = SecondSource("other", 2027, (statement("2027-01-01"),))
    found = differences(CN, 2027, other)
    assert found
    assert all(each.ours.provisional and each.worked for each in found)
