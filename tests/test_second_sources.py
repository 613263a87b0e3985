"""Second sources: what others write is understood, doubted or refused."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowcase.calendars import ical
from flowcase.calendars.second_sources import (
    LARGEST_FILE,
    SecondSource,
    read_second_source,
    said_by,
)
from flowcase.errors import CalendarError

NEW_YEAR = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}


def year(**changed: Any) -> bytes:
    """A year as the holiday-cn data set has it."""
    table = {
        "$schema": "https://example.org/schema.json",
        "year": 2027,
        "papers": ["https://example.org/notice"],
        "days": [NEW_YEAR, {"name": "元旦", "date": "2027-01-03", "isOffDay": False}],
    }
    return json.dumps(table | changed, ensure_ascii=False).encode()


def events(*lines: str) -> bytes:
    """A calendar of entries, each given by its lines."""
    body = "".join(f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in lines)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode()


def said(second: SecondSource) -> list[tuple[str, bool, str]]:
    return [(str(each.day), each.off, each.name) for each in second.statements]


def refusal(raw: bytes) -> str:
    with pytest.raises(CalendarError) as caught:
        read_second_source(raw, "other")
    assert caught.value.findings
    assert all(finding.path.startswith("other") for finding in caught.value.findings)
    return str(caught.value)


# ------------------------------------------------------------------------------------------- JSON


def test_a_year_of_the_data_set_is_read() -> None:
    second = read_second_source(year(), "2027.json")
    assert second.year == 2027
    assert second.papers == ("https://example.org/notice",)
    assert said(second) == [("2027-01-01", True, "元旦"), ("2027-01-03", False, "元旦")]


def test_a_byte_order_mark_and_blanks_before_it_do_no_harm() -> None:
    assert said(read_second_source(b"\xef\xbb\xbf\n " + year(), "x"))


@pytest.mark.parametrize(
    "day, told",
    [
        ({"date": "2027-02-30"}, "days[0].date: is a date like"),
        ({"date": "20270101"}, "days[0].date: is a date like"),
        ({"date": "2027-W01-1"}, "days[0].date: is a date like"),
        ({"date": "２０２７-01-01"}, "days[0].date: is a date like"),
        ({"date": 20270101}, "days[0].date: is a text"),
        ({"date": None}, "days[0].date"),
        ({"date": "2020-01-01"}, "is no day of a notice for 2027"),
        ({"isOffDay": 1}, "days[0].isOffDay: is true or false"),
        ({"isOffDay": "true"}, "days[0].isOffDay: is true or false"),
        ({"name": ""}, "days[0].name"),
        ({"name": "\x00\n"}, "days[0].name: is a name"),
        ({"name": "节" * 61}, "days[0].name: is a name of 1 to 60"),
        ({"name": ["春节"]}, "days[0].name: is a text"),
    ],
)
def test_a_day_of_the_wrong_shape_is_refused_with_its_place(day: dict[str, Any], told: str) -> None:
    assert told in refusal(year(days=[NEW_YEAR | day]))


@pytest.mark.parametrize(
    "raw, told",
    [
        (year(days=None), "other.days: is a list of days, and not null"),
        (year(days={"2027-01-01": True}), "other.days: is a list"),
        (year(days=[1]), "other.days[0]: is a table"),
        (year(days=[NEW_YEAR] * 1001), "other.days: is a list of at most 1000"),
        (year(year="2027"), "other.year: is a whole number"),
        (year(year=True), "other.year: is a whole number"),
        (year(year=10**9), "other.year: is a whole number"),
        (year()[:-20], "is not JSON"),
        (year() + b"\x00", "is not JSON"),
        (b'{"year": ' + b"9" * 5000 + b"}", "a number that is too long"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"{\xff}", "is not UTF-8"),
        (b"", "is neither"),
        (b"\x00\x01\x02", "is neither"),
        (b"[]", "is neither"),
        (b"\x1f\x8b\x08 zipped", "is neither"),
        (b"{" + b" " * LARGEST_FILE, "has more than 1,048,576 bytes"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(raw: bytes, told: str) -> None:
    assert told in refusal(raw)


def test_a_source_that_contradicts_itself_is_refused() -> None:
    both = [NEW_YEAR, NEW_YEAR | {"isOffDay": False}]
    assert "says of 2027-01-01 both that it is off and that it is worked" in refusal(
        year(days=both)
    )
    assert said(read_second_source(year(days=[NEW_YEAR, NEW_YEAR]), "x")) == [
        ("2027-01-01", True, "元旦")
    ]


# -------------------------------------------------------------------------------------- iCalendar


@pytest.mark.parametrize(
    "summary, off, name",
    [
        ("春节 休", True, "春节"),
        ("春节 班", False, "春节"),
        ("春节（休）", True, "春节"),
        ("春节(班)", False, "春节"),
        ("休｜春节", True, "春节"),
        ("班｜国庆节", False, "国庆节"),
        ("元旦假期", True, "元旦"),
        ("国庆节放假", True, "国庆节"),
        ("上班(补春节假期)", False, "春节"),
        ("上班(补国庆节、中秋节假期)", False, "国庆节、中秋节"),
        ("春节 调休上班", False, "春节"),
        ("劳动节补班", False, "劳动节"),
        ("Spring Festival: day off", True, "Spring Festival"),
        ("Spring Festival: working day", False, "Spring Festival"),
        ("Working day for National Day", False, "National Day"),
    ],
)
def test_a_summary_says_whether_a_day_is_off_or_worked(summary: str, off: bool, name: str) -> None:
    assert said_by(summary) == (off, name)


@pytest.mark.parametrize(
    "summary",
    [
        "春节",
        "七夕节",
        "春节 调休",
        "国庆节值班",
        "春节加班",
        "不放假",
        "元旦半天假期",
        "non-working day",
        "not a holiday",
        "",
        "休" * 300 + "x",
    ],
)
def test_a_summary_in_doubt_says_nothing(summary: str) -> None:
    assert said_by(summary) is None


def test_the_mark_of_an_entry_goes_before_its_words() -> None:
    assert said_by("Chinese New Year", "WORK-HOLIDAY") == (True, "Chinese New Year")
    assert said_by("春节（休）", "ALTERNATE-WORKDAY") == (False, "春节")


def test_entries_of_several_days_are_read_day_by_day() -> None:
    second = read_second_source(
        events(
            "DTSTART;VALUE=DATE:20270205\r\nDTEND;VALUE=DATE:20270208\r\nSUMMARY:春节假期",
            "DTSTART;VALUE=DATE:20270101\r\nSUMMARY:元旦 休",
            "DTSTART;VALUE=DATE:20270103\r\nDTEND;VALUE=DATE:20270103\r\nSUMMARY:元旦 班",
            "DTSTART;VALUE=DATE:20270405\r\nDURATION:P2D\r\nSUMMARY:清明节（休）",
            "DTSTART;VALUE=DATE:20270501\r\nSUMMARY:劳动节 休\r\nSTATUS:CANCELLED",
        ),
        "x.ics",
    )
    assert second.year is None
    assert second.unclear == ()
    assert said(second) == [
        ("2027-01-01", True, "元旦"),
        ("2027-01-03", False, "元旦"),
        ("2027-02-05", True, "春节"),
        ("2027-02-06", True, "春节"),
        ("2027-02-07", True, "春节"),
        ("2027-04-05", True, "清明节"),
        ("2027-04-06", True, "清明节"),
    ]


@pytest.mark.parametrize(
    "lines, told",
    [
        ("DTSTART;VALUE=DATE:20270819\r\nSUMMARY:七夕节", "on 2027-08-19 is left out"),
        ("DTSTART:20270101T000000Z\r\nSUMMARY:元旦 休", "its DTSTART is not a day"),
        ("DTSTART:nonsense\r\nSUMMARY:元旦 休", "its DTSTART is not a day"),
        ("SUMMARY:元旦 休", "its DTSTART is not a day"),
        (
            "DTSTART;VALUE=DATE:20270101\r\nDTEND:20270102T120000Z\r\nSUMMARY:元旦 休",
            "its DTEND is not a day",
        ),
        (
            "DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20261231\r\nSUMMARY:元旦 休",
            "ends before it begins",
        ),
        (
            "DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:99991231\r\nSUMMARY:元旦 休",
            "it is longer than 40 days",
        ),
        ("DTSTART;VALUE=DATE:20270101\r\nDURATION:PT5H\r\nSUMMARY:元旦 休", "its DURATION"),
        ("DTSTART;VALUE=DATE:99991231\r\nDURATION:P9D\r\nSUMMARY:元旦 休", "its DURATION goes"),
        ("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:元旦 休", "it repeats"),
        (
            "DTSTART;VALUE=DATE:20270101\r\nDTSTART;VALUE=DATE:20270102\r\nSUMMARY:元旦 休",
            "its DTSTART is not a day",
        ),
    ],
)
def test_an_entry_in_doubt_is_left_out_and_said(lines: str, told: str) -> None:
    second = read_second_source(events(lines), "x.ics")
    assert second.statements == ()
    (finding,) = second.unclear
    assert finding.path == "x.ics: entry 1"
    assert told in finding.message


@pytest.mark.parametrize(
    "raw, told",
    [
        (b"BEGIN:VCALENDAR", "is not iCalendar"),
        (events("SUMMARY:x")[:-25], "is not iCalendar"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "is not iCalendar"),
        (b"BEGIN:VCALENDAR\r\nno colon\r\nEND:VCALENDAR\r\n", "is not iCalendar"),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff\r\nEND:VCALENDAR\r\n", "is not UTF-8"),
        (events(*["SUMMARY:x"] * (ical.MOST_ENTRIES + 1)), "has more than 5,000 entries"),
        (b"BEGIN:VCALENDAR\r\n" + b"A:\r\n" * 60_000, "has more than 50,000 lines"),
        (b"BEGIN:VCALENDAR\r\n" + b"A" * LARGEST_FILE, "has more than 1,048,576 bytes"),
        (
            events(
                "DTSTART;VALUE=DATE:20270101\r\nSUMMARY:元旦 休",
                "DTSTART;VALUE=DATE:20270101\r\nSUMMARY:春节 班",
            ),
            "says of 2027-01-01 both",
        ),
    ],
)
def test_a_calendar_file_that_is_broken_or_too_large_is_refused(raw: bytes, told: str) -> None:
    begun = time.perf_counter()
    assert told in refusal(raw)
    assert time.perf_counter() - begun < 5


def test_entries_within_entries_without_end_are_refused_and_not_a_crash() -> None:
    deep = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 4_000 + b"END:VEVENT\r\n" * 4_000
    raw = deep + b"END:VCALENDAR\r\n"
    try:
        second = read_second_source(raw, "x")
    except CalendarError:
        return
    assert second.statements == ()


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"BEGIN:VCALENDAR\r\n", year()]))
def test_whatever_the_bytes_they_are_read_or_refused(tail: bytes, head: bytes) -> None:
    try:
        second = read_second_source(head + tail, "other")
    except CalendarError:
        return
    assert all(isinstance(each.day, date) for each in second.statements)


@given(st.text(max_size=80))
def test_whatever_a_name_holds_it_stays_one_line(text: str) -> None:
    raw = year(days=[NEW_YEAR | {"name": text}])
    try:
        second = read_second_source(raw, "other")
    except CalendarError:
        return
    assert all(each.name and each.name.isprintable() for each in second.statements)
