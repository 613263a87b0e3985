"""How a report is told: as text, CSV, JSON and HTML, in both languages, safe to open."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from flowcase.reports import words
from flowcase.reports.figures import RATES, SPREADS, Exclusion, Rate, Spread
from flowcase.statements import PARTIES, STAFF
from tests.cli.conftest import Terminal, clock, terminal
from tests.reports.city import BEGIN, NOW, settle
from tests.world import PARTY, World, moment

__all__ = ["clock", "terminal"]  # fixtures

FORMULA = "=cmd|' /C calc'!A0"
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nine cases in a database, with people of hostile names, made once."""
    path = tmp_path_factory.mktemp("nine") / "flowcase.db"
    world = World(f"sqlite:///{path}", BEGIN)
    settle(world)
    with world.engine.store.engine.begin() as connection:
        named = update(STAFF).values(name=FORMULA).where(STAFF.c.id == "bureau-land")
        connection.execute(named)
        connection.execute(update(PARTIES).values(name=MARKUP).where(PARTIES.c.id == PARTY))
    world.close()
    return path


@pytest.fixture
def city(terminal: Terminal, nine: Path, clock: Any) -> Terminal:
    """A terminal with the nine cases."""
    shutil.copy(nine, terminal.folder)
    clock.move_to(moment(NOW))
    return terminal


def test_text_says_each_rate_with_its_parts_and_what_is_left_out(city: Terminal) -> None:
    said = city.ok("report", "--by", "unit").out
    assert "cases filed 9 · open 5 · overdue 1 · due soon 3" in said
    assert re.search(r"satisfaction rate +66\.7 % +2 / 3 +concluded, nothing recorded 2", said)
    assert "on record as satisfied (four stars, five stars) / ever rated" in said
    assert "mean 7.5, 90 % within 12, of 4 cases" in said
    chinese = city.ok("report", "--lang", "zh").out
    assert re.search(r"满意率 +66\.7 % +2 / 3 +已办结但未登记 2", chinese)


def test_json_says_what_text_says_and_how_it_is_defined(city: Terminal) -> None:
    found = city.ok("report", "--json", "--by", "tier").json
    rate = found["total"]["rates"]["on_time"]
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (0.75, 3, 4)
    assert rate["excluded"] == {"not_due": 3, "not_handled": 2}
    assert [each["name"] for each in found["groups"]] == ["general", "important"]
    assert set(found["definitions"]) == {*RATES, *SPREADS}
    assert found == city.ok("report", "--format", "json", "--by", "tier").json


@pytest.mark.parametrize("language", ["en", "zh"])
def test_csv_is_opened_by_a_spreadsheet_and_runs_nothing(language: str, city: Terminal) -> None:
    said = city.ok("report", "--format", "csv", "--by", "unit", "--lang", language).out
    assert said[0] == "\ufeff", "Excel reads UTF-8 only so"
    rows = list(csv.reader(io.StringIO(said[1:])))
    assert {len(row) for row in rows} == {9}
    assert any(row[0] == f"'{FORMULA}" for row in rows), "the control: the name is there, disarmed"
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    title = {"en": "satisfaction rate", "zh": "满意率"}[language]
    (found,) = [row for row in rows if row[0] in ("all", "全部") and row[1] == title]
    assert found[2:6] == ["0.667", "2", "3", "6"]


class _Page(HTMLParser):
    """Every element of a page, with its attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes another"

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_stands_alone_and_runs_nothing(language: str, city: Terminal) -> None:
    said = city.ok("report", "--format", "html", "--by", "unit", "--lang", language).out
    page = _Page(said)
    assert page.open == [], "everything that is opened is closed"
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form"})
    assert tags >= {"svg", "rect", "table"}
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes), tag
        assert attributes.keys().isdisjoint({"src", "href", "xlink:href", "action"}), tag
    assert "url(" not in said
    assert "@import" not in said
    assert "default-src 'none'" in said
    assert MARKUP in page.text, "the control: the hostile name is there, as text"
    assert {"en": "satisfaction rate", "zh": "满意率"}[language] in page.text
    assert "66.7 %" in page.text


def test_the_page_of_nothing_is_whole(city: Terminal) -> None:
    page = _Page(city.ok("report", "--format", "html", "--from", "2030-01-01").out)
    assert page.open == []
    assert "—" in page.text


def test_a_day_that_is_none_is_refused_with_one_that_is(city: Terminal) -> None:
    answer = city("report", "--from", "yesterday")
    assert answer.code == 2
    assert "2022-07-26" in answer.err


def test_every_figure_and_reason_has_its_words() -> None:
    for table in (words.TITLES, words.SHORT, words.NUMERATORS, words.DENOMINATORS):
        assert set(table) == {*RATES, *SPREADS}
    assert set(words.EXCLUSIONS) == set(Exclusion.__args__)  # type: ignore[attr-defined]  # Literal's words


@pytest.mark.parametrize(
    "numerator, denominator, said",
    [
        (0, 0, "—"),
        (0, 7, "0.0 %"),
        (7, 7, "100.0 %"),
        (1, 8, "12.5 %"),
        (1, 16, "6.3 %"),
        (1, 100_000, "0.1 %"),
        (99_999, 100_000, "99.9 %"),
    ],
)
def test_a_rate_is_all_or_nothing_only_if_it_is(
    numerator: int, denominator: int, said: str
) -> None:
    assert words.percent(Rate(numerator, denominator, {}).per_mille) == said


def test_a_percentile_is_the_least_within_which_so_many_lie() -> None:
    spread = Spread(tuple((day, 1) for day in range(1, 11)), {})
    assert [spread.percentile(each) for each in (1, 10, 11, 89, 90, 91, 100)] == [
        1,
        1,
        2,
        9,
        9,
        10,
        10,
    ]
    assert Spread(((4, 1),), {}).percentile(90) == 4
