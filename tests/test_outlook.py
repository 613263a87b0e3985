"""Outlook: how far the notices reach, and when the next is to be expected."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flowcase.assets import asset_folders, packaged_folder
from flowcase.calendars.entries import Span
from flowcase.calendars.files import read_calendar
from flowcase.calendars.outlook import Season, outlook
from flowcase.errors import CalendarError

CN = read_calendar("cn", asset_folders("calendars"))


def test_the_outlook_says_how_far_the_notices_reach_and_which_years_are_estimated() -> None:
    found = outlook(CN)
    assert found.settled == Span(date(2004, 1, 1), date(2026, 12, 28))
    assert found.gaps == ()
    assert found.next_year == 2027
    assert found.estimated_years == range(2027, 2051)


def test_the_next_notice_is_expected_when_others_came_out() -> None:
    season = outlook(CN).season
    # Those of 2022 and 2024 came on 25 October, that of 2005 for 2006 on 16 December.
    assert season == Season(date(2026, 10, 25), date(2026, 11, 21), date(2026, 12, 16))


def test_the_outlook_can_be_asked_as_known_then() -> None:
    found = outlook(CN, known_at=date(2021, 10, 24))
    assert found.settled.last == date(2021, 12, 28)
    assert found.next_year == 2022
    assert found.season is not None
    assert found.season.first == date(2021, 11, 21)


def test_a_city_has_the_outlook_of_the_calendar_it_stands_on() -> None:
    assert outlook(read_calendar("example_city", asset_folders("calendars"))) == outlook(CN)


def test_a_year_without_notice_between_others_is_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "cn"
    folder.mkdir()
    for path in (packaged_folder("calendars") / "cn").glob("*.toml"):
        if path.name != "2024.toml":
            (folder / path.name).write_bytes(path.read_bytes())
    found = outlook(read_calendar("cn", [tmp_path]))
    assert found.settled.last == date(2023, 12, 28)
    assert found.gaps == (Span(date(2023, 12, 29), date(2024, 12, 28)),)
    assert found.next_year == 2027


def test_a_calendar_whose_notices_are_not_dated_expects_none(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(
        """
name = "town"
title = { zh = "镇", en = "Town" }
timezone = "Asia/Shanghai"
[[weekly_rest]]
days = ["saturday", "sunday"]
[[office_hours]]
hours = ["09:00-17:00"]
[[notices]]
key = "2026"
title = { zh = "通知", en = "Notice" }
covers = { from = 2026-01-01, until = 2026-12-31 }
""",
        encoding="utf-8",
    )
    found = outlook(read_calendar("town", [tmp_path]))
    assert (found.season, found.estimated_until, list(found.estimated_years)) == (None, None, [])


def test_before_the_first_notice_there_is_no_outlook() -> None:
    town = read_calendar("cn", asset_folders("calendars"))
    assert outlook(town, known_at=date(1990, 1, 1)).next_year == 2006
    with pytest.raises(CalendarError):
        read_calendar("atlantis", asset_folders("calendars"))
