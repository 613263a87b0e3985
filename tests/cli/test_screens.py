"""What people see: fits 80 columns, lines up in Chinese, plain where it is not a terminal."""

from __future__ import annotations

import io
import json
import sys

import pytest
from rich.cells import cell_len

from flowcase.cli import drawing
from flowcase.cli.desk import Desk
from tests.cli.conftest import COORDINATION, Terminal

SCREENS = {
    "show": ["show", "CASE"],
    "show as": ["show", "CASE", "--as", "ma"],
    "list": ["list"],
    "history": ["history", "CASE", "--verify"],
    "explain": ["explain", "CASE", "handling"],
    "calendar": ["calendar", "explain", "cn", "--from", "2022-09-23", "--workdays", "10"],
    "workflow": ["workflow", "show", "mayor_line"],
    "staff": ["staff", "list"],
    "party": ["party", "list"],
    "check": ["check", "mayor_line"],
    "demo": ["demo"],
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_fits_80_columns(screen: str, language: str, city: Terminal, case: str) -> None:
    city.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    args = [case if word == "CASE" else word for word in SCREENS[screen]]
    said = city.ok(*args, "--lang", language, COLUMNS="80").out
    assert max(cell_len(line) for line in said.splitlines()) <= 80
    assert not any(line != line.rstrip() for line in said.splitlines())


def test_show_tells_what_somebody_may_do_next(city: Terminal, case: str) -> None:
    everybody = city.ok("show", case).out
    assert "withdraw" in everybody
    assert "party: 东莞一厂 (DG-0001)" in everybody
    hers = city.ok("show", case, "--as", "ma").out
    assert "Next, by 马丽 (ma)" in hers
    assert "coordinate" in hers
    assert "withdraw " not in hers
    his = city.ok("show", case, FLOWCASE_ACTOR="zhang").out
    assert "Next, by zhang" in his
    assert "withdraw" in his
    nobodys = city.ok("show", case, "--as", "stranger").out
    assert "nothing" in nobodys


@pytest.mark.parametrize("language, heading", [("en", "Children"), ("zh", "子事项")])
def test_show_draws_the_tree_of_parts(
    city: Terminal, case: str, language: str, heading: str
) -> None:
    city.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    args = ("-d", "lead=land-bureau", "-d", "co_handler=land-bureau")
    city.ok("fire", case, "assign", "--as", "li", *args)
    said = city.ok("show", case, "--lang", language, COLUMNS="80").out
    tree = said.partition(f"{heading}\n")[2].splitlines()
    part = tree[1].split()[0]
    assert tree[0].startswith("  └─ ")
    assert max(cell_len(line) for line in tree) <= 80
    told = json.loads(city.ok("show", case, "--json").out)
    (child,) = told["children"]
    assert (child["id"], child["parent_id"], child["table"]) == (part, case, "task")
    assert (child["state"], child["owner"], child["children"]) == ("assigned", "land-bureau", [])
    assert child["due_at"] is not None
    assert told["links"]["children.task"] == [part]
    assert case in city.ok("show", part, "--lang", language).out


def test_a_member_of_a_unit_acts_for_it(city: Terminal, case: str) -> None:
    city.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    city.ok("fire", case, "assign", "--as", "li", "-d", "lead=land-bureau")
    assert "sign for it" in city.ok("show", case, "--as", "wang").out
    assert city.ok("fire", case, "report", "--as", "wang", "-d", "result=办结").code == 0


def test_show_tells_by_how_much_a_case_is_overdue(city: Terminal, case: str) -> None:
    city.ok("tick", FLOWCASE_NOW="2022-10-31T09:00+08:00")
    said = city.ok("show", case).out
    assert "overdue by" in said
    assert "with the vice mayor (escalated" in said  # told late, he has his full term


def test_a_finished_case_has_no_owner_and_nothing_next(city: Terminal, case: str) -> None:
    city.ok("fire", case, "withdraw", "--as", "zhang", "-d", "reason=已解决")
    said = city.ok("show", case).out
    assert "finished  2022-09-23 10:12" in said
    assert "Next" not in said
    assert "owner" not in said
    assert "finished" in city.ok("list", "--finished").out
    assert city.ok("list").out == "no cases\n"


def test_chinese_columns_line_up(city: Terminal) -> None:
    table = city.ok("staff", "list", "--lang", "zh").out.splitlines()
    heading, rule, *rows = table
    column = cell_len(heading[: heading.index("职责")])
    assert cell_len(rule) >= column
    for row in rows:
        width = 0
        for character in row:
            if width >= column:
                break
            width += cell_len(character)
        assert width == column or cell_len(row) < column


def test_what_is_no_terminal_gets_no_colours_and_always_the_same_width(
    city: Terminal, case: str
) -> None:
    first = city.ok("show", case).out
    assert "\x1b" not in first
    assert city.ok("show", case, TERM="dumb").out == first
    assert city.ok("show", case, NO_COLOR="1").out == first


@pytest.mark.parametrize("no_color, coloured", [("", True), ("1", False)])
def test_a_terminal_is_coloured_unless_no_color_is_set(
    no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Screen())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[31m" in drawing.drawn(drawing.text("late", drawing.LATE))) is coloured


def test_a_long_text_is_broken_between_characters_but_not_within_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = drawing.drawn(drawing.text("（国庆节放假，不计）2022-10-01 " * 6)).splitlines()
    assert max(cell_len(line) for line in lines) <= 60
    assert not any(line.startswith(("，", "）")) for line in lines)
    assert sum(line.count("2022-10-01") for line in lines) == 6
    word = drawing.drawn(drawing.text("x" * 150)).splitlines()
    assert [len(line) for line in word] == [60, 60, 30]


def test_a_desk_never_shows_a_password() -> None:
    desk = Desk("en", json=False, database="postgresql://u:secret@h/x")
    assert "secret" not in repr(desk)


def test_a_bare_path_is_an_sqlite_file() -> None:
    assert Desk("en", json=False, database="a/b.db").address == "sqlite:///a/b.db"
    assert Desk("en", json=False, database="sqlite://").address == "sqlite://"


def test_the_source_of_a_workflow_is_printed_as_it_stands(terminal: Terminal) -> None:
    source = terminal.ok("workflow", "show", "mayor_line", "--source").out
    folder = terminal.folder / "mine"
    folder.mkdir()
    (folder / "mayor_line.toml").write_text(source, encoding="utf-8")
    one = terminal.ok("workflow", "show", "mayor_line", "--json").json["digest"]
    again = terminal.ok("workflow", "show", str(folder / "mayor_line.toml"), "--json")
    assert again.json["digest"] == one


def test_the_schema_lets_one_word_stand_for_a_list_as_the_language_does(terminal: Terminal) -> None:
    transition = terminal.ok("schema").json["$defs"]["Transition"]["properties"]
    kinds = [option.get("type") for option in transition["by"]["anyOf"]]
    assert sorted(kinds) == ["array", "string"]
