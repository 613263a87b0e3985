"""Calendar files: what is refused, with every finding at once, and how folders are laid over."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from flowcase.assets import asset_folders, packaged_folder
from flowcase.calendars.calendar import load_calendar
from flowcase.calendars.entries import LARGEST_FILE
from flowcase.calendars.lint import check_calendar
from flowcase.errors import CalendarError

HEAD = """
name = "town"
title = { zh = "镇", en = "Town" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-12:00", "14:00-17:00"]
"""
NOTICE = """
title = { zh = "通知", en = "Notice" }
published = 2021-11-01
covers = { from = 2022-01-01, until = 2022-12-31 }
[[festivals]]
name = { zh = "节", en = "Feast" }
off = [2022-05-02, { from = 2022-10-03, until = 2022-10-05 }]
worked = [2022-10-08]
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the files of a calendar called town; keyword `head`, others are notices."""

    def write_town(head: str = HEAD, **notices: str) -> Path:
        folder = tmp_path / "town"
        folder.mkdir(exist_ok=True)
        (folder / "calendar.toml").write_text(head, encoding="utf-8")
        for key, text in (notices or {"n2022": NOTICE}).items():
            (folder / f"{key}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_town


def findings_of(folder: Path, name: str = "town") -> str:
    """What loading says is wrong."""
    with pytest.raises(CalendarError) as caught:
        load_calendar(name, folders=[folder])
    assert caught.value.findings
    assert all(finding.path and finding.message for finding in caught.value.findings)
    return str(caught.value)


def test_a_small_calendar_of_ones_own_is_read(write: Write) -> None:
    town = load_calendar("town", folders=[write()])
    assert town.coverage == (date(2022, 1, 1), date(2022, 12, 31))
    assert town.add_workdays(date(2022, 9, 30), 3) == date(2022, 10, 8)
    assert town.day(date(2022, 10, 8)).notice == "通知"


def test_everything_wrong_with_a_calendar_is_said_at_once(write: Write) -> None:
    bad_head = HEAD.replace("Asia/Shanghai", "Asia/Nowhere").replace("saturday", "caturday")
    bad = NOTICE.replace("published = 2021-11-01", 'published = "soon"\nsurprise = 1')
    told = findings_of(write(bad_head, n2022=bad, n2023="title = ["))
    for part in (
        "town/calendar.toml.timezone: is the name of a time zone",
        "town/calendar.toml.weekly_rest[0].days[0]: is one of monday",
        "town/n2022.toml.published: is a date without quotes",
        "town/n2022.toml.surprise: is not known here; known are title, document",
        "town/n2023.toml: is not TOML",
    ):
        assert part in told


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("off = [2022-05-02", "off = [2022-10-04", "says 2022-10-04 twice: off and off"),
        ("worked = [2022-10-08]", "worked = [2022-10-04]", "twice: off and worked"),
        ("worked = [2022-10-08]", "worked = [2022-10-10]", "is a monday, which is worked anyway"),
        ("worked = [2022-10-08]", "worked = [2023-10-08]", "outside what it covers"),
        ("until = 2022-10-05", "until = 2022-10-01", "runs forward"),
        ("until = 2022-10-05", "until = 2022-10-05T08:00:00", "is a date without quotes"),
        ("until = 2022-12-31", "until = 9999-12-31", "is a date of the years"),
        ("off = [", "of = [", "festivals[0].of: is not known here"),
        ('zh = "节"', "zh = 7", "name.zh: is a text"),
        ('zh = "节", ', "", "name.zh: is missing"),
        ("[[festivals]]", "[festivals]", "festivals: is a list"),
        ("off = [2022-05-02,", "off = [[2022-05-02],", "off[0]: is a date"),
        ("published = 2021-11-01", "published = 2021-11-01\namends = 'n2021'", "is not given by"),
        ("published = 2021-11-01", "published_uncertain = 'yes'", "is true or false"),
    ],
)
def test_a_notice_that_cannot_be_meant_is_refused(
    write: Write, old: str, new: str, told: str
) -> None:
    assert old in NOTICE
    assert told in findings_of(write(n2022=NOTICE.replace(old, new)))


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('name = "town"', 'name = "city"', "is 'city', but the file is that of 'town'"),
        ('name = "town"', "", "name: is missing"),
        ('timezone = "Asia/Shanghai"', "", "timezone: is missing"),
        ('"Asia/Shanghai"', '"../../etc/passwd"', "is the name of a time zone"),
        (
            '"saturday", "sunday"',
            ", ".join(
                f'"{day}day"' for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
            ),
            "leaves no working day",
        ),
        ("09:00-12:00", "9-12", 'is a span of hours like "09:00-12:00"'),
        ("09:00-12:00", "12:00-09:00", "run forward"),
        ("14:00-17:00", "11:00-17:00", "run forward"),
        ("14:00-17:00", "14:00-25:00", "run forward"),
        ("14:00-17:00", "14:60-17:00", "is a span of hours"),
        ('timezone = "Asia/Shanghai"', 'extends = "town"', "goes in a circle"),
        ('timezone = "Asia/Shanghai"', 'extends = "../cn"', "a calendar's name is small letters"),
        ('timezone = "Asia/Shanghai"', 'extends = "atlantis"', "atlantis: is in none of"),
    ],
)
def test_a_head_that_cannot_be_meant_is_refused(
    write: Write, old: str, new: str, told: str
) -> None:
    assert old in HEAD
    assert told in findings_of(write(HEAD.replace(old, new)))


def test_notices_that_cover_the_same_days_are_refused(write: Write) -> None:
    other = NOTICE.replace("2022-01-01", "2021-12-01").replace("2022-12-31", "2022-11-30")
    assert "covers: overlaps with what" in findings_of(write(n2022=NOTICE, other=other))


def test_an_amendment_needs_its_date_and_what_it_amends(write: Write) -> None:
    amendment = """
    title = { zh = "改", en = "Change" }
    amends = "n2021"
    ordinary = [2022-05-02]
    """
    told = findings_of(write(n2022=NOTICE, change=amendment))
    assert "change.toml.published: is missing" in told
    assert "town/change.amends: names 'n2021', which is not there" in told


def test_an_amendment_may_give_a_day_back_to_the_week(write: Write) -> None:
    amendment = """
    title = { zh = "改", en = "Change" }
    amends = "n2022"
    published = 2022-04-01
    ordinary = [2022-05-02, 2022-10-08]
    """
    town = load_calendar("town", folders=[write(n2022=NOTICE, change=amendment)])
    assert (town.day(date(2022, 5, 2)).kind, town.day(date(2022, 10, 8)).kind) == (
        "workday",
        "rest",
    )
    assert town.as_known(date(2022, 3, 31)).day(date(2022, 5, 2)).kind == "holiday"


def test_a_file_too_large_or_not_text_is_refused_unread(write: Write, tmp_path: Path) -> None:
    folder = write(n2022=NOTICE, huge="#" * (LARGEST_FILE + 1))
    (tmp_path / "town" / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "town" / "deep.toml").write_text("a = " + "[" * 50_000, encoding="utf-8")
    (tmp_path / "town" / "folder.toml").mkdir()
    told = findings_of(folder)
    assert "town/huge.toml: a calendar file has at most 262,144 bytes" in told
    assert "town/binary.toml: is not UTF-8 text" in told
    assert "town/deep.toml: is not TOML" in told
    assert "town/folder.toml: cannot be read" in told


def test_a_calendar_without_covered_days_answers_nothing(write: Write) -> None:
    empty = NOTICE.replace("covers = { from = 2022-01-01, until = 2022-12-31 }", "")
    with pytest.raises(CalendarError, match="has no notice that covers any day"):
        load_calendar("town", folders=[write(n2022=empty)])
    with pytest.raises(CalendarError, match="as known then"):
        load_calendar("town", known_at=date(2021, 10, 31), folders=[write()])


def test_days_between_two_notices_that_nobody_covers_are_provisional(write: Write) -> None:
    later = NOTICE.replace("2022", "2024").replace("2024-10-08", "2024-10-06")
    later = later.replace("off = [2024-05-02, ", "off = [")
    folder = write(n2022=NOTICE, n2024=later)
    town = load_calendar("town", folders=[folder])
    assert town.coverage[1] == date(2022, 12, 31)
    assert not town.covers(date(2023, 6, 1))
    assert town.covers(date(2024, 6, 3))
    told = check_calendar(folder / "town")
    assert "no notice covers the days from 2022-12-31 to 2024-01-01" in str(told[0])


# -------------------------------------------------------------------------------- folders in order


def test_a_new_years_notice_is_added_by_a_folder_of_ones_own(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "cn"
    own.mkdir(parents=True)
    notice = NOTICE.replace("2022", "2027").replace("{ from = 2027-01-01", "{ from = 2026-12-29")
    notice = notice.replace("2027-10-08", "2027-10-09").replace(
        "until = 2027-12-31", "until = 2027-12-28"
    )
    notice = notice.replace("off = [2027-05-02, ", "off = [")
    (own / "2027.toml").write_text(notice, encoding="utf-8")
    assert load_calendar("cn", folders=[own.parent]).coverage[1] == date(2027, 12, 28)
    assert load_calendar("cn").coverage[1] == date(2026, 12, 28)
    monkeypatch.setenv("FLOWCASE_CALENDARS", str(own.parent))
    assert load_calendar("cn").coverage[1] == date(2027, 12, 28)
    assert asset_folders("calendars", ["x"]) == (
        Path("x"),
        own.parent,
        packaged_folder("calendars"),
    )


def test_of_two_files_with_one_name_the_first_found_wins(tmp_path: Path) -> None:
    own = tmp_path / "cn"
    own.mkdir()
    shipped = packaged_folder("calendars") / "cn" / "2026.toml"
    text = shipped.read_text(encoding="utf-8").replace("2026-10-10", "2026-10-11")
    (own / "2026.toml").write_text(text, encoding="utf-8")
    cn = load_calendar("cn", folders=[tmp_path])
    assert (cn.is_workday(date(2026, 10, 10)), cn.is_workday(date(2026, 10, 11))) == (False, True)


# --------------------------------------------------------------------------------------- checking


def changed(tmp_path: Path, file: str, old: str, new: str) -> str:
    """What the check says of the national calendar with one thing changed in it."""
    folder = tmp_path / "cn"
    folder.mkdir()
    for path in (packaged_folder("calendars") / "cn").glob("*.toml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return "\n".join(map(str, check_calendar(folder)))


@pytest.mark.parametrize(
    "file, old, new, told",
    [
        ("2022.toml", ", 2022-10-09", "", "cn/2022: 18 weekdays off less 6 make-up days are 12"),
        ("2022.toml", "[2022-10-08,", "[2022-11-05,", "2022-11-05 lies 33 days from National Day"),
        ("2025.toml", "from = 2025-05-01", "from = 2025-05-02", "works on 2025-05-01, a statutory"),
        ("2022.toml", "worked = [2022-04-02]", "", "cn/2022:"),
        ("2020.toml", "until = 2020-12-28", "until = 2020-12-27", "no notice covers the days from"),
        ("2020.toml", "title", "titel", "cn/2020.toml.title: is missing"),
    ],
)
def test_a_slip_of_the_pen_in_a_notice_is_found(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    assert told in changed(tmp_path, file, old, new)


def test_hours_for_a_day_not_worked_are_found(write: Write) -> None:
    hours = """
    [[short_days]]
    name = { zh = "半天", en = "Half day" }
    days = [2022-10-09]
    hours = ["09:00-12:00"]
    """
    told = check_calendar(write(n2022=NOTICE + hours) / "town")
    assert "gives hours for 2022-10-09, a sunday not worked" in str(told[0])


def test_loading_a_calendar_takes_a_moment_and_no_more() -> None:
    """Thirty files; measured 15 ms, and the best of five leaves room for a busy machine."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        load_calendar("cn")
        taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.1
