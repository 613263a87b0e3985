"""The notice of a year at the command line: new, diff, import, export, status; and export ics."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar

from flowcase.calendars.calendar import load_calendar
from flowcase.time import ManualClock
from tests.cli.conftest import APPEAL, COORDINATION, Answer, Terminal
from tests.world import moment


@pytest.fixture
def exported(terminal: Terminal) -> str:
    """A file with the year 2026 as the data set has it."""
    return terminal.write(
        "2026.json", terminal.ok("calendar", "export", "cn", "2026", "--format", "json").out
    )


# -------------------------------------------------------------------------------------------- new


def test_new_writes_a_template_once_and_never_over_a_file(terminal: Terminal) -> None:
    answer = terminal.ok("calendar", "new", "cn", "2027", "--out", "mine")
    assert answer.out.startswith("wrote mine/cn/2027.toml\n")
    path = terminal.folder / "mine" / "cn" / "2027.toml"
    path.write_text("the clerk's work", encoding="utf-8")
    again = terminal("calendar", "new", "cn", "2027", "--out", "mine")
    assert (again.code, again.out) == (2, "")
    assert "there is a file mine/cn/2027.toml already; it is never written over" in again.err
    assert path.read_text(encoding="utf-8") == "the clerk's work"


def test_new_writes_to_stdout_if_asked(terminal: Terminal) -> None:
    answer = terminal.ok("calendar", "new", "cn", "2027", "--out", "-")
    assert 'published = "FILL IN' in answer.out
    assert list(terminal.folder.iterdir()) == []
    shape = terminal.ok("calendar", "new", "cn", "2027", "--out", "-", "--json").json
    assert shape["path"] is None
    assert shape["text"] == answer.out


def test_a_new_notice_filled_in_is_checked_and_used(terminal: Terminal) -> None:
    terminal.ok("calendar", "new", "cn", "2027")
    unfinished = terminal("calendar", "check", "./cn")
    assert unfinished.code == 6
    assert "cn/2027.toml.published: is a date without quotes" in unfinished.err
    path = terminal.folder / "cn" / "2027.toml"
    text = path.read_text(encoding="utf-8")
    mark = "  # FILL IN 待填: all days off, weekends between them included\nworked = []"
    for old, new in (
        ('"FILL IN: the day it was published, without quotes, e.g. 2026-11-04"', "2026-11-10"),
        (f"until = 2027-02-08 }}]{mark}", "until = 2027-02-11 }]\nworked = [2027-02-13]"),
        (f"until = 2027-05-02 }}]{mark}", "until = 2027-05-05 }]\nworked = [2027-05-08]"),
        ("until = 2027-10-03 }]", "until = 2027-10-05 }]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    assert terminal.ok("calendar", "check", "./cn").out == "nothing wrong with cn\n"
    assert load_calendar("cn", folders=[terminal.folder]).coverage[1] == date(2027, 12, 28)


@pytest.mark.parametrize(
    "args, told",
    [
        (["cn", "2026"], "has the notice of 2026 already: 2026.toml"),
        (["example_city", "2027"], "takes the days it settles from 'cn'"),
        (["../cn", "2027"], "a calendar's name is small letters"),
        (["/etc/passwd", "2027"], "a calendar's name is small letters"),
        (["atlantis", "2027"], "atlantis: is in none of"),
        (["cn", "99999"], "is not a year from"),
    ],
)
def test_new_refuses_what_it_cannot_write(terminal: Terminal, args: list[str], told: str) -> None:
    answer = terminal("calendar", "new", *args)
    assert (answer.code, answer.out) == (6, "")
    assert told in answer.err
    assert list(terminal.folder.iterdir()) == []


# ------------------------------------------------------------------------------------------- diff


def test_diff_exits_with_0_if_a_second_source_says_the_same(
    terminal: Terminal, exported: str
) -> None:
    assert terminal.ok("calendar", "diff", "cn", "2026", "--with", exported).out == (
        "no difference to 2026.json\n"
    )
    shape = terminal.ok("calendar", "diff", "cn", "2026", "--with", exported, "--json").json
    assert (shape["equal"], shape["differences"], shape["with"]) == (True, [], "2026.json")


def test_diff_exits_with_1_and_says_each_day(terminal: Terminal, exported: str) -> None:
    path = terminal.folder / "2026.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-10-10", "2026-10-11"), "utf-8")
    answer = terminal("calendar", "diff", "cn", "2026", "--with", exported)
    assert (answer.code, answer.err) == (1, "")
    assert "2026-10-10 Sat   worked National Day   off" in answer.out
    assert "2026-10-11 Sun   off                   worked 国庆节" in answer.out
    shape = terminal("calendar", "diff", "cn", "2026", "--with", exported, "--json").json
    assert [each["date"] for each in shape["differences"]] == ["2026-10-10", "2026-10-11"]
    zh = terminal("calendar", "diff", "cn", "2026", "--with", exported, "--lang", "zh")
    assert "2026-10-10 周六" in zh.out


def test_diff_reads_stdin_and_says_what_it_left_out(terminal: Terminal) -> None:
    text = terminal.ok("calendar", "export", "cn", "2026").out
    text = text.replace("SUMMARY;LANGUAGE=en:New Year's Day: day off", "SUMMARY:元旦", 1)
    text = text.replace("X-APPLE-SPECIAL-DAY:WORK-HOLIDAY\n", "", 1)
    answer = terminal("calendar", "diff", "cn", "2026", "--with", "-", stdin=text)
    assert answer.code == 1
    assert "left out: stdin: entry 1: '元旦' on 2026-01-01 is left out" in answer.out


@pytest.mark.parametrize(
    "file, code, told",
    [
        ("missing.json", 5, "cannot read"),
        (".", 5, "cannot read"),
        ("zeros", 6, "is neither a year of holiday-cn"),
        ("huge", 6, "has more than 1,048,576 bytes"),
        ("empty.json", 6, "empty.json says nothing of 2026: it names no day at all"),
        ("other.json", 6, "other.json is of 2025, not of 2026"),
    ],
)
def test_diff_refuses_what_is_no_second_source(
    terminal: Terminal, file: str, code: int, told: str
) -> None:
    terminal.write("zeros", b"\x00" * 100)
    terminal.write("huge", b"{" + b" " * (1024 * 1024))
    terminal.write("empty.json", '{"year": 2026, "papers": [], "days": []}')
    terminal.write("other.json", '{"year": 2025, "days": []}')
    answer = terminal("calendar", "diff", "cn", "2026", "--with", file, "--json")
    assert (answer.code, answer.out) == (code, "")
    assert told in json.dumps(answer.error, ensure_ascii=False)


# ----------------------------------------------------------------------------------------- import


def test_import_writes_a_notice_that_can_be_used_at_once(terminal: Terminal) -> None:
    days = [{"name": "元旦", "date": f"2027-01-0{day}", "isOffDay": True} for day in (1, 2, 3)]
    terminal.write("2027.json", json.dumps({"year": 2027, "papers": [], "days": days}))
    args = ("calendar", "import", "cn", "2027", "2027.json", "--published", "2026-11-10")
    answer = terminal.ok(*args, "--document", "国办发明电〔2026〕9号")
    assert answer.out.startswith("wrote cn/2027.toml\n")
    text = (terminal.folder / "cn" / "2027.toml").read_text(encoding="utf-8")
    assert 'document = "国办发明电〔2026〕9号"\n' in text
    assert str(terminal.folder) not in text
    day = load_calendar("cn", folders=[terminal.folder]).day(date(2027, 1, 2))
    assert (day.kind, day.notice) == ("holiday", "国办发明电〔2026〕9号")
    again = terminal(*args)
    assert (again.code, "never written over" in again.err) == (2, True)
    known = terminal(*args, "--calendars", ".")
    assert (known.code, "has the notice of 2027 already" in known.err) == (6, True)
    checked = terminal("calendar", "check", "./cn")
    assert "1 weekdays off less 0 make-up days are 1; the statutory days" in checked.err


def test_import_says_on_stderr_what_it_left_out(terminal: Terminal) -> None:
    ics = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nSUMMARY:元旦 休\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270819\r\nSUMMARY:七夕节\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    args = ("calendar", "import", "cn", "2027", "-", "--published", "2026-11-10", "--out", "-")
    answer = terminal(*args, stdin=ics)
    assert answer.code == 0
    assert "left out: stdin: entry 2: '七夕节' on 2027-08-19" in answer.err
    assert answer.out.startswith("# Made of stdin, a second source")
    shape = terminal.ok(*args, "--json", stdin=ics).json
    assert len(shape["unclear"]) == 1


@pytest.mark.parametrize(
    "args, code, told",
    [
        (["cn", "2026", "2026.json", "--published", "2025-11-04"], 6, "has the notice of 2026"),
        (["cn", "2027", "2026.json", "--published", "2025-11-04"], 6, "is of 2026, not of 2027"),
        (["cn", "2027", "2026.json", "--published", "soon"], 2, "a day is written YYYY-MM-DD"),
        (["cn", "2027", "2026.json"], 2, "--published"),
    ],
)
def test_import_refuses_what_is_no_new_notice(
    terminal: Terminal, exported: str, args: list[str], code: int, told: str
) -> None:
    answer = terminal("calendar", "import", *args)
    assert answer.code == code
    assert told in answer.err
    assert not (terminal.folder / "cn").exists()
    assert exported


# ----------------------------------------------------------------------------------------- export


def test_export_prints_both_forms_in_both_languages(terminal: Terminal) -> None:
    zh = terminal.ok("calendar", "export", "cn", "2026", "--lang", "zh")
    assert "SUMMARY;LANGUAGE=zh:春节 休" in zh.out
    shape = terminal.ok("calendar", "export", "cn", "2026", "--format", "json", "--json").json
    assert json.loads(shape["text"])["year"] == 2026


def test_export_of_a_year_without_its_notice_exits_with_7(terminal: Terminal) -> None:
    answer = terminal("calendar", "export", "cn", "2027")
    assert (answer.code, answer.out) == (7, "")
    assert "an estimate is not given to others" in answer.err


# ----------------------------------------------------------------------------------------- status


def test_status_says_how_far_the_notices_reach_without_a_database(terminal: Terminal) -> None:
    answer = terminal.ok("calendar", "status", "cn")
    assert "2004-01-01 to 2026-12-28" in answer.out
    assert "2027…2050" in answer.out
    assert "usually about 2026-11-21, at the earliest 2026-10-25" in answer.out
    assert "open cases" not in answer.out
    shape = terminal.ok("calendar", "status", "cn", "--json").json
    assert shape["cases"] is None
    assert shape["next_notice"]["year"] == 2027
    zh = terminal.ok("calendar", "status", "cn", "--lang", "zh")
    assert "下一通知" in zh.out
    missing = terminal("calendar", "status", "cn", "--final")
    assert missing.code == 5


def test_status_says_that_a_notice_is_later_than_ever(
    terminal: Terminal, clock: ManualClock
) -> None:
    clock.move_to(moment("2026-12-17 09:00"))
    assert "later than ever" in terminal.ok("calendar", "status", "cn").out


@pytest.fixture
def waiting(city: Terminal, clock: ManualClock) -> list[str]:
    """Three complex appeals of 7 December 2022, the day before the notice of 2023."""
    clock.move_to(moment("2022-12-07 10:00"))
    complex_ = [each.replace("=general", "=complex") for each in COORDINATION]
    found = []
    for number in range(3):
        filed = city.ok(
            "open", "mayor_line", "--party", "DG-0001", "--as", "zhang", *APPEAL,
            "--key", str(number), "--json",
        )  # fmt: skip
        city.ok("fire", filed.json["id"], "coordinate", "--as", "ma", *complex_)
        found.append(filed.json["id"])
    return sorted(found)


def test_status_lists_the_cases_whose_notice_came_and_final_lets_them_pass(
    city: Terminal, waiting: list[str]
) -> None:
    answer = city.ok("calendar", "status", "cn", "--final")
    assert "open cases with a provisional due moment: 0" in answer.out
    assert "cases to recompute, their notice is out: 3" in answer.out
    shape = city.ok("calendar", "status", "cn", "--json").json["cases"]
    assert (shape["undecided"], shape["to_recompute"]) == (0, 3)
    assert sorted(each["case"] for each in shape["listed"]) == waiting
    assert {each["clock"] for each in shape["listed"]} == {"handling"}
    assert shape["listed"][0]["floor"] < shape["listed"][0]["due_at"]


def test_status_goes_from_page_to_page_by_its_cursor(city: Terminal, waiting: list[str]) -> None:
    seen: list[str] = []
    args = ["calendar", "status", "cn", "--limit", "2", "--json"]
    cases = city.ok(*args).json["cases"]
    seen += [each["case"] for each in cases["listed"]]
    assert len(seen) == 2
    cases = city.ok(*args, "--after", cases["next"]).json["cases"]
    seen += [each["case"] for each in cases["listed"]]
    assert sorted(seen) == waiting
    assert cases["next"] is None


def test_status_final_exits_with_7_if_a_case_depends_on_a_notice_not_out(
    city: Terminal, waiting: list[str], tmp_path: Path
) -> None:
    # A calendar of the same name in a file of its own, which knows no notice after 2022.
    own = tmp_path / "calendars" / "cn.toml"
    own.parent.mkdir()
    own.write_text(ENDS_WITH_2022, encoding="utf-8")
    args = ("calendar", "status", "cn", "--calendars", str(own.parent))
    answer = city(*args, "--final")
    assert answer.code == 7
    assert "3 open cases of calendar 'cn' depend on the notice of 2023" in answer.err
    assert "open cases with a provisional due moment: 3" in answer.out
    assert city.ok(*args).code == 0
    assert len(waiting) == 3


ENDS_WITH_2022 = """
name = "cn"
title = { zh = "历", en = "Calendar" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-12:00", "14:30-17:30"]
[[notices]]
key = "2022"
title = { zh = "2022年通知", en = "Notice of 2022" }
published = 2021-10-25
covers = { from = 2021-12-29, until = 2022-12-28 }
"""


# ------------------------------------------------------------------------------------- export ics


def read_back(answer: Answer) -> list[str]:
    calendar = Calendar.from_ical(answer.out)
    assert isinstance(calendar, Calendar)
    return [str(each["UID"]) for each in calendar.walk("VEVENT")]


def test_an_officer_exports_what_is_due_for_him(city: Terminal, case: str) -> None:
    city.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    mine = city.ok("export", "ics", "--owner", "li")
    assert f"{case}-handling@case.flowcase" in read_back(mine)
    assert "X-WR-CALNAME:Deadlines: 李强" in mine.out
    assert read_back(city.ok("export", "ics", "--owner", "wang")) == []
    assert read_back(city.ok("export", "ics", "--party", "DG-0001")) == read_back(mine)
    assert city.ok("export", "ics", "--owner", "li").out == mine.out
    shape = city.ok("export", "ics", "--owner", "li", "--json").json
    assert [each["uid"] for each in shape["deadlines"]] == read_back(mine)
    assert (
        "X-WR-CALNAME:办理期限：李强"
        in city.ok("export", "ics", "--owner", "li", "--lang", "zh").out
    )


def test_whose_deadlines_has_to_be_said(city: Terminal) -> None:
    answer = city("export", "ics")
    assert answer.code == 2
    assert "say whose cases: --owner ID, --party ID, or both" in answer.err
