"""What is odd in a calendar: one small calendar with one thing wrong, and the same one repaired."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowcase.calendars.lint import check_calendar

HEAD = """
name = "town"
title = { zh = "镇", en = "Town" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-12:00", "14:00-17:00"]
"""
#: New Year is a Friday in 2027, Labour Day a Saturday and a Sunday.
STATUTORY = """
title = { zh = "办法", en = "Regulation" }
[[festivals]]
key = "new_year"
name = { zh = "元旦", en = "New Year's Day" }
every_year_on = "01-01"
reach_days = 7
make_up_days_at_most = 2
[[festivals]]
key = "labour_day"
name = { zh = "劳动节", en = "Labour Day" }
every_year_on = "05-01"
reach_days = 14
make_up_days_at_most = 2
[[regulations]]
document = "令"
in_force = 2000-01-01
statutory = [{ festival = "new_year", days = 1 }, { festival = "labour_day", days = 2 }]
"""
NOTICE = """
title = { zh = "2027年通知", en = "Notice of 2027" }
published = 2026-11-10
covers = { from = 2027-01-01, until = 2027-12-28 }
[[festivals]]
name = { zh = "元旦", en = "New Year's Day" }
off = [{ from = 2027-01-01, until = 2027-01-03 }]
[[festivals]]
name = { zh = "劳动节", en = "Labour Day" }
off = [{ from = 2027-05-01, until = 2027-05-05 }]
worked = [2027-05-08]
"""
LATER = """
title = { zh = "2028年通知", en = "Notice of 2028" }
published = 2027-11-10
covers = { from = 2027-12-29, until = 2028-12-28 }
[[festivals]]
name = { zh = "元旦", en = "New Year's Day" }
off = [2028-01-03, { from = 2028-01-01, until = 2028-01-02 }]
[[festivals]]
name = { zh = "劳动节", en = "Labour Day" }
off = [{ from = 2028-04-29, until = 2028-05-02 }]
"""
AMENDMENT = """
title = { zh = "调整", en = "Change" }
published = 2027-03-22
amends = "2027"
[[festivals]]
name = { zh = "劳动节", en = "Labour Day" }
off = [2027-05-06]
worked = [2027-04-25]
"""
ADDITION = """
title = { zh = "增加", en = "Addition" }
published = 2027-02-01
[[festivals]]
name = { zh = "龙舟赛", en = "Boat races" }
off = [2027-06-10]
"""


def told(folder: Path, **files: str) -> str:
    """What the check says of the town with these notices."""
    town = folder / "town"
    town.mkdir(exist_ok=True)
    for path in town.iterdir():
        path.unlink()
    for key, text in {"calendar": HEAD, "statutory": STATUTORY, **files}.items():
        (town / f"{key.removeprefix('n')}.toml").write_text(text, encoding="utf-8")
    return "\n".join(map(str, check_calendar(town)))


def test_a_sound_calendar_has_nothing_odd(tmp_path: Path) -> None:
    assert told(tmp_path, n2027=NOTICE) == ""
    assert told(tmp_path, n2027=NOTICE, n2028=LATER, change=AMENDMENT, more=ADDITION) == ""


@pytest.mark.parametrize(
    "old, new, finding",
    [
        # structure: what keeps it from loading
        ("published = 2026-11-10", 'published = "soon"', "published: is a date without quotes"),
        ("worked", "works", "works: is not known here"),
        ("until = 2027-12-28 }", "until = 2026-12-28 }", "covers: runs forward"),
        # a make-up day on a weekday, on a day off, outside what is settled
        ("[2027-05-08]", "[2027-05-07]", "2027-05-07 is a friday, which is worked anyway"),
        ("[2027-05-08]", "[2027-05-02]", "says 2027-05-02 twice: off and worked"),
        ("[2027-05-08]", "[2028-05-06]", "says 2028-05-06, which is outside what it covers"),
        # a make-up day or a day off far from its festival
        ("[2027-05-08]", "[2027-07-10]", "2027-07-10 lies 69 days from Labour Day"),
        (
            "[{ from = 2027-01-01",
            "[2027-01-18, { from = 2027-01-01",
            "2027-01-18 lies 17 days from",
        ),
        # balance: of the whole, and of each festival
        ("worked = [2027-05-08]", "", "4 weekdays off less 0 make-up days are 4"),
        ("until = 2027-05-05", "until = 2027-05-04", "3 weekdays off less 1 make-up days are 2"),
        # a statutory day that is worked
        ("2027-01-01, until = 2027-01-03", "2027-01-02, until = 2027-01-04", "works on 2027-01-01"),
        # published when its days had begun
        ("published = 2026-11-10", "published = 2027-11-10", "after the days it settles began"),
    ],
)
def test_one_thing_wrong_with_a_notice_is_found(
    tmp_path: Path, old: str, new: str, finding: str
) -> None:
    assert NOTICE.count(old) >= 1
    assert finding in told(tmp_path, n2027=NOTICE.replace(old, new))
    assert told(tmp_path, n2027=NOTICE) == ""


def test_a_day_under_the_wrong_festival_is_found_though_the_whole_balances(
    tmp_path: Path,
) -> None:
    wrong = NOTICE.replace("until = 2027-01-03 }", "until = 2027-01-04 }").replace(
        "until = 2027-05-05", "until = 2027-05-04"
    )
    new_year, labour_day = told(tmp_path, n2027=wrong).splitlines()
    assert "2 weekdays off less 0 make-up days at New Year's Day are 2" in new_year
    assert "2 weekdays off less 1 make-up days at Labour Day are 1" in labour_day


def test_a_make_up_day_of_a_festival_without_days_off_is_found(tmp_path: Path) -> None:
    stranded = ADDITION.replace("off = [2027-06-10]", "worked = [2027-06-12]")
    found = told(tmp_path, n2027=NOTICE, more=stranded)
    assert "2027-06-12 is worked, but no day off of Boat races pays for it" in found
    repaired = stranded + "off = [2027-06-10]\n"
    assert told(tmp_path, n2027=NOTICE, more=repaired) == ""


def test_notices_that_cover_the_same_days_are_found(tmp_path: Path) -> None:
    overlapping = LATER.replace("from = 2027-12-29", "from = 2027-12-28")
    found = told(tmp_path, n2027=NOTICE, n2028=overlapping)
    assert "town/2028.covers: overlaps with what 2027 covers" in found
    assert told(tmp_path, n2027=NOTICE, n2028=LATER) == ""


def test_days_between_two_notices_that_none_covers_are_found(tmp_path: Path) -> None:
    late = LATER.replace("from = 2027-12-29", "from = 2027-12-31")
    found = told(tmp_path, n2027=NOTICE, n2028=late)
    assert "no notice covers the days from 2027-12-28 to 2027-12-31" in found
    assert told(tmp_path, n2027=NOTICE, n2028=LATER) == ""


def test_notices_that_contradict_each_other_are_found(tmp_path: Path) -> None:
    contrary = ADDITION.replace("off = [2027-06-10]", "off = [2027-05-08]")
    found = told(tmp_path, n2027=NOTICE, more=contrary)
    assert "town/more: says 2027-05-08 is off, but 2027 says worked; a change is an" in found
    amending = contrary + "\n"
    amending = amending.replace("published = 2027-02-01", 'published = 2027-02-01\namends = "2027"')
    assert told(tmp_path, n2027=NOTICE, more=amending) == ""


def test_an_amendment_that_changes_nothing_is_found(tmp_path: Path) -> None:
    idle = AMENDMENT.replace("2027-05-06", "2027-05-05").replace("2027-04-25", "2027-05-08")
    found = told(tmp_path, n2027=NOTICE, change=idle)
    assert found == "town/change: changes nothing: 2027 says all of it already"
    assert told(tmp_path, n2027=NOTICE, change=AMENDMENT) == ""


def test_hours_for_a_day_that_is_not_worked_are_found(tmp_path: Path) -> None:
    hours = """
[[short_days]]
name = { zh = "半天", en = "Half day" }
days = [2027-05-09]
hours = ["09:00-12:00"]
"""
    found = told(tmp_path, n2027=NOTICE + hours)
    assert "gives hours for 2027-05-09, a sunday not worked" in found
    assert told(tmp_path, n2027=NOTICE + hours.replace("05-09", "05-08")) == ""
