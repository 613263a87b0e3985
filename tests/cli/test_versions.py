"""Versions at the command line: compared, installed, and cases moved across."""

from __future__ import annotations

from flowcase.assets import packaged_folder
from tests.cli.conftest import Terminal
from tests.small import changed

LINE = (packaged_folder("workflows") / "mayor_line.toml").read_text(encoding="utf-8")
SHADOWED = (
    '[[transitions]]\ntrigger = "again"',
    (
        '[[transitions]]\ntrigger = "finish"\nsource = "checked"\ndest = "new"\n'
        'by = ["party", "chief"]\n[[transitions]]\ntrigger = "again"'
    ),
)


def _second(*changes: tuple[str, str]) -> str:
    text = LINE
    for old, new in (("version = 1\n", "version = 2\n"), *changes):
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_case_is_moved_to_a_version_that_was_installed(city: Terminal, case: str) -> None:
    file = city.write("line.toml", _second())
    assert "shipped" in city.ok("workflow", "list").out
    installed = city.ok("workflow", "install", file, "--as", "ma", "--json").json
    digest = installed["installations"][0]["digest"]
    assert installed["installations"][0]["verdict"] == "proved"
    assert city.ok("workflow", "install", file, "--json").json == installed, "it is there already"
    listed = {
        each["name"]: each for each in city.ok("workflow", "list", "--json").json["workflows"]
    }
    assert (listed["mayor_line"]["version"], listed["mayor_line"]["from"]) == (2, "installed")
    assert listed["department_task"]["from"] == "shipped"
    assert "ma" in city.ok("workflow", "history").out
    assert city.ok("workflow", "history", "--json").json == installed

    planned = city.ok("workflow", "migrate", "mayor_line", "--to", "2", "--dry-run")
    assert "open cases of other versions: 1; can move: 1" in planned.out
    assert city.ok("workflow", "show", digest[:8], "--json").json["version"] == 2
    done = city.ok("workflow", "migrate", "mayor_line", "--to", "2", "--as", "ma", "--json").json
    assert (done["moved"], done["refused"]) == (1, 0)
    assert {each["becomes"] for each in done["cases"][0]["clocks"]} == {"kept"}
    told = city.ok("history", case, "--verify").out
    assert f"moved to document {digest[:12]}" in told
    assert "whole: 2 entries" in told
    assert f"改用文档 {digest[:12]}" in city.ok("history", case, "--lang", "zh").out
    again = city.ok("workflow", "migrate", "mayor_line", "--to", "2").out
    assert "open cases of other versions: 0; moved: 0" in again


def test_a_case_that_stays_says_why_in_both_languages(city: Terminal, case: str) -> None:
    renamed = city.write(
        "line.toml", _second(('"submitted"', '"filed"'), (".submitted]", ".filed]"))
    )
    city.ok("workflow", "install", renamed)
    asked = ("workflow", "migrate", "mayor_line", "--to", "2")
    english = city.ok(*asked, COLUMNS="120").out
    assert "state 'submitted' does not exist in version 2; move the case on first" in english
    assert "stay as they are: 1" in english
    assert "第 2 版中状态“submitted”不存在" in city.ok(*asked, "--lang", "zh", COLUMNS="120").out
    (told,) = city.ok(*asked, "--json").json["cases"]
    assert (told["case"], told["ok"], told["reasons"][0]["code"]) == (case, False, "no_state")


def test_a_refuted_document_is_not_installed_and_says_where(terminal: Terminal) -> None:
    bad = terminal.write("bad.toml", changed(SHADOWED))
    answer = terminal("workflow", "install", bad)
    assert (answer.code, answer.out) == (6, "")
    assert "workflow 'small' version 1 may not run: 1 guarantee not proved" in answer.err
    assert "is refuted: 'finish' from checked can never be taken" in answer.err
    chinese = terminal("workflow", "install", bad, "--lang", "zh").err
    assert "不成立：" in chinese
    assert "finish" in chinese
    options = ("--accept-unproved", "--reason", "hurry", "--as", "ma", "--json")
    refused = terminal("workflow", "install", bad, *options)
    assert (refused.code, refused.error["code"]) == (6, "unproved")
    assert [each["code"] for each in refused.error["reasons"]] == ["refuted"]
    assert terminal.ok("workflow", "history", "--json").json == {"installations": []}


def test_who_accepts_what_is_not_proved_says_who_and_why(terminal: Terminal) -> None:
    good = terminal.write("good.toml", changed())
    answer = terminal("workflow", "install", good, "--accept-unproved")
    assert (answer.code, "says who he is, and a reason" in answer.err) == (2, True)


def test_a_document_is_named_by_name_digest_or_file(terminal: Terminal) -> None:
    old = terminal.write("old.toml", changed())
    new = terminal.write("new.toml", changed(("workdays = 5 }", "workdays = 6 }")))
    told = terminal.ok("workflow", "diff", old, new).out
    assert "clock work: terms: when colour = red, 2 working days; 5 working days →" in told
    assert terminal.ok("workflow", "diff", old, old).out == "no difference\n"
    made = terminal.ok("workflow", "install", old, "--json").json["installations"][0]
    assert terminal.ok("workflow", "diff", made["digest"][:6], "small").out == "no difference\n"
    for word in ("smal", made["digest"][:5], "0" * 64):
        answer = terminal("workflow", "diff", word, "small")
        assert (answer.code, "there is no workflow" in answer.err) == (5, True)
    assert terminal("workflow", "list", "--db", "nowhere.db").code == 5
