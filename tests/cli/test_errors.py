"""Errors: one message that says what would do, the exit code of its kind, JSON where asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import APPEAL, COORDINATION, Terminal

NOBODY = "0183681d-0000-7000-8000-000000000000"

#: What is typed in the city ("CASE" is the appeal's id), the exit code, the error's code, and a
#: piece of its message.
WRONG: list[tuple[list[str], int, str, str]] = [
    (["show"], 2, "usage", "Missing argument 'CASE'"),
    (["list", "--limit", "0"], 2, "usage", "0 is not in the range"),
    (["list", "--nonsense"], 2, "usage", "--nonsense"),
    (["list", "--due-within", "soon"], 2, "invalid_input", "24h, 2d, 3wd"),
    (["list", "--after", "nowhere"], 2, "invalid_input", "not where a page ended"),
    (["list", "--finished", "--all"], 2, "usage", "not both"),
    (["list", "--overdue", "--due-within", "2d"], 2, "usage", "not both"),
    (["list", "--workflow", "nothing", "--due-within", "2wd"], 5, "not_found", "no workflow"),
    (["fire", "CASE", "coordinate"], 2, "usage", "say who acts: --as ID, or FLOWCASE_ACTOR"),
    (["fire", "CASE", "coordinate", "--as", " ma"], 2, "invalid_input", "without blanks"),
    (["fire", "CASE", "coordinate", "--as", "ma", "-d", "lead"], 2, "usage", "NAME=VALUE"),
    (["fire", "CASE", "note", "--as", "ma", "-d", "note=a", "-d", "note=b"], 2, "usage", "twice"),
    (["fire", "CASE", "note", "--as", "ma", "-d", "note=@no.txt"], 5, "not_found", "no.txt"),
    (["fire", "CASE", "note", "--as", "ma", "-d", "note=@."], 5, "not_found", "directory"),
    (["fire", "CASE", "note", "--as", "ma", "--data-file", "no"], 5, "not_found", "cannot read"),
    (["fire", "CASE", "note", "--as", "ma", "--key", "k" * 201], 2, "invalid_input", "a key"),
    (["fire", NOBODY, "note", "--as", "ma"], 5, "case_not_found", "flowcase list"),
    (["fire", "CASE", "fly", "--as", "ma"], 3, "refused", "no trigger 'fly'"),
    (["fire", "CASE", "close", "--as", "ma"], 3, "refused", "cannot 'close' from 'submitted'"),
    (["show", "nonsense"], 5, "case_not_found", "there is no case 'nonsense'"),
    (["history", NOBODY], 5, "case_not_found", "there is no case"),
    (["explain", "CASE", "sundial"], 5, "not_found", "no clock 'sundial'; it has: triage"),
    (["tick", "--at", "2022-10-13T00:00"], 2, "invalid_input", "+08:00"),
    (["tick", "--at", "tomorrow"], 2, "invalid_input", "cannot read 'tomorrow'"),
    (["open", "nothing", "--as", "zhang"], 5, "not_found", "there are: "),
    (["open", "mayor_line", "--as", "zhang", "--party", "DG-9", *APPEAL], 3, "refused", "admitted"),
    (["calendar", "due", "cn", "--from", "2022-09-23"], 2, "usage", "exactly one of workdays"),
    (
        ["calendar", "due", "cn", "--from", "2022-09-23T09:00", "--days", "1"],
        2,
        "invalid_input",
        "zone",
    ),
    (
        ["calendar", "due", "cn", "--from", "2022-09-23", "--hours", "1"],
        2,
        "invalid_input",
        "T09:00",
    ),
    (["calendar", "due", "cn", "--from", "2022-09-23", "--days", "-1"], 2, "usage", "whole number"),
    (["calendar", "due", "cn", "--from", "1999-09-23", "--months", "1"], 7, "not_covered", "2004"),
    (
        ["calendar", "due", "../cn", "--from", "2022-09-23", "--days", "1"],
        6,
        "bad_calendar",
        "name",
    ),
    (["calendar", "due", "mars", "--from", "2022-09-23", "--days", "1"], 6, "bad_calendar", "mars"),
    (["calendar", "show", "cn", "1066"], 7, "not_covered", "2004"),
    (["calendar", "show", "cn", "2022", "--known-at", "now"], 2, "invalid_input", "YYYY-MM-DD"),
    (["calendar", "check", "mars"], 5, "not_found", "there are: "),
    (["check", "nothing"], 5, "not_found", "there is no workflow"),
    (["check", "no/such.toml"], 5, "not_found", "cannot read"),
    (["diagram", "nothing"], 5, "not_found", "there is no workflow"),
    (["workflow", "list", "--workflows", "nowhere"], 5, "not_found", "nowhere"),
    (["party", "import", "no.csv"], 5, "not_found", "cannot read no.csv"),
    (["party", "list", "--register", "nothing"], 5, "not_found", "key_enterprises"),
    (["staff", "list", "--limit", "9999"], 2, "usage", "9999 is not in the range"),
    (["list", "--db", "other.db"], 5, "not_found", "there is no database other.db"),
    (["list", "--db", "mysql://u:secret@h/x"], 2, "invalid_input", "not on 'mysql'"),
    (
        ["list", "--db", "postgresql://u:secret@127.0.0.1:port/x"],
        2,
        "invalid_input",
        "postgresql://",
    ),
    (["list", "--db", "postgresql://u:secret@127.0.0.1:1/x"], 1, "database", "u:***@127.0.0.1:1"),
    (["db", "upgrade", "--db", "no/such/folder.db"], 1, "database", "there is no folder"),
    (["db", "status", "--db", "garbage.db"], 1, "database", "not a database"),
]


@pytest.mark.parametrize("typed, exit_code, code, piece", WRONG)
def test_an_error_is_one_message_with_its_exit_code(
    typed: list[str], exit_code: int, code: str, piece: str, city: Terminal, case: str
) -> None:
    city.write("garbage.db", "this is not a database, whatever its name says" * 100)
    args = [case if word == "CASE" else word for word in typed]
    before = city.ok("show", case, "--json").out
    said = city(*args)
    assert (said.code, said.out) == (exit_code, "")
    assert piece in said.err
    assert "secret" not in said.err
    as_json = city(*args, "--json")
    assert (as_json.code, as_json.out) == (exit_code, "")
    assert as_json.error["code"] == code
    assert "secret" not in as_json.err
    assert set(as_json.error) == {"code", "message", "reasons", "findings"}
    assert city.ok("show", case, "--json").out == before


def test_a_refusal_lists_every_reason_in_the_language_asked_for(city: Terminal, case: str) -> None:
    said = city("fire", case, "coordinate", "--as", "ma", "-d", "complexity=huge", "--lang", "zh")
    assert said.code == 3
    assert said.err.splitlines()[0] == "不予办理，原因 4 条："
    assert all(line.startswith("  - ") for line in said.err.splitlines()[1:])
    error = city("fire", case, "coordinate", "--as", "ma", "-d", "complexity=huge", "--json").error
    assert [reason["code"] for reason in error["reasons"]].count("missing_data") == 3
    assert {"code", "en", "zh", "about"} == set(error["reasons"][0])


def test_may_says_no_with_every_reason_on_stdout_and_exit_code_3(city: Terminal, case: str) -> None:
    said = city("may", case, "coordinate", "--as", "stranger")
    assert (said.code, said.err) == (3, "")
    assert said.out.startswith("no:\n  - ")
    assert city("may", case, "coordinate", "--as", "stranger", "--json").json["ok"] is False


def test_findings_of_a_bad_document_are_all_listed(terminal: Terminal) -> None:
    bad = terminal.write("bad.toml", 'name = "Bad Name"\nversion = 0\nnonsense = true\n')
    said = terminal("check", bad)
    assert said.code == 6
    assert "error: bad.toml: not a workflow document" in said.err
    assert "  nonsense: this key is not part of the language" in said.err
    error = terminal("check", bad, "--json").error
    assert {"name", "version", "nonsense"} <= {finding["path"] for finding in error["findings"]}


def test_a_document_from_stdin_may_be_hostile(terminal: Terminal) -> None:
    for raw in (b"", b"\xff\xfe", b"a = " + b"[" * 100_000, b"x" * 300_000, b"a = 1\na = 2\n"):
        said = terminal("check", "-", stdin=raw)
        assert (said.code, said.out) == (6, ""), raw[:20]
        assert said.err.startswith("error: ")


@pytest.mark.parametrize(
    "raw, piece",
    [
        (b"", "not JSON"),
        (b"[1]", "an object of names and values; got list"),
        (b"\xff", "not UTF-8: byte 0 is 0xff"),
        (b'{"note": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"note": ' + b"1" * 5_000 + b"}", "a number that is too long"),
        (b'{"note": "' + b"x" * 2_000_000 + b'"}', "more than 1,024 KiB"),
        (b'{"note": 1.5}', "note"),
        (b'{"note": "a\\u0000b"}', "control character"),
        (b'{"note": "\\ud800"}', "control character"),
        (b'{"note": "' + b"x" * 3_000 + b'"}', "has 3,000 characters; at most 2,000"),
        (b'{"nonsense": {"a": []}}', "neither a field nor a participant"),
    ],
)
def test_bad_data_is_refused_with_the_place_and_the_remedy(
    raw: bytes, piece: str, city: Terminal, case: str
) -> None:
    said = city("fire", case, "note", "--as", "ma", "--data-file", "-", stdin=raw)
    assert said.code in (2, 3)
    assert piece in said.err
    assert said.out == ""
    assert city.ok("history", case, "--json").json["entries"][-1]["trigger"] == "open"


def test_a_message_never_steers_the_terminal(city: Terminal) -> None:
    said = city("show", "\x1b]0;owned\x07\u202e")
    assert said.code == 5
    assert not {"\x1b", "\x07", "\u202e"} & set(said.err)


def test_arguments_that_are_no_text_are_told(city: Terminal) -> None:
    said = city("show", "\udcff\udcfe")
    assert said.code == 2
    assert "argument 2 is not text in UTF-8" in said.err


def test_stdin_is_read_for_one_thing_only(city: Terminal, case: str) -> None:
    said = city("fire", case, "note", "--as", "ma", "--data-file", "-", "-d", "note=-", stdin="x")
    assert said.code == 2
    assert "stdin can be read once" in said.err


def test_rows_of_an_import_that_are_wrong_are_told_by_line_and_the_good_ones_stay(
    city: Terminal,
) -> None:
    rows = "id,name,roles,unit,in_charge_of\nnew,新人,mayor,,\nbad,坏人,wizard,,\n"
    said = city("staff", "import", "-", stdin=rows)
    assert said.code == 3
    assert said.out.startswith("1 added, 0 changed, 0 unchanged, 1 rejected\n  line 3: ")
    assert city("staff", "import", "-", "--json", stdin=rows).json["rejected"][0]["line"] == 3
    assert "新人" in city.ok("staff", "list").out


@pytest.mark.parametrize("raw", [b"", b"a,b\n", b"\xff\xfe", b"id,id\n", b'id,"name\n'])
def test_a_file_that_is_no_table_changes_nothing(raw: bytes, city: Terminal) -> None:
    before = city.ok("party", "list", "--json").out
    said = city("party", "import", "-", stdin=raw)
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert city.ok("party", "list", "--json").out == before


def test_a_calendar_with_findings_exits_with_6(terminal: Terminal) -> None:
    path = terminal.write("broken.toml", 'timezone = "Nowhere/Here"\n')
    said = terminal("calendar", "check", path, "--json")
    assert said.code == 6
    assert said.error["code"] == "bad_calendar"
    assert said.error["findings"]


def test_a_provisional_answer_is_refused_where_a_final_one_is_asked_for(terminal: Terminal) -> None:
    far = ("calendar", "due", "cn", "--from", "2027-01-05", "--workdays", "10")
    assert "an estimate" in terminal.ok(*far).out
    assert terminal.ok(*far, "--json").json["provisional"] is True
    said = terminal(*far, "--final")
    assert said.code == 7
    assert "provisional" in said.err


def test_a_database_of_another_revision_names_the_command_to_run(city: Terminal) -> None:
    import sqlite3

    with sqlite3.connect(city.folder / "flowcase.db") as connection:
        connection.execute("UPDATE flowcase_schema SET version_num = '9999'")
    connection.close()
    said = city("list")
    assert said.code == 1
    assert "flowcase db upgrade" in said.err
    assert city("db", "status").code == 1


def test_json_is_not_asked_for_by_data(city: Terminal, case: str) -> None:
    said = city("show", "--", "--json")
    assert said.code == 5
    with pytest.raises(json.JSONDecodeError):
        json.loads(said.err)


def test_interrupts_are_told_and_exit_with_130(
    city: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "exists", interrupted)
    said = city("list")
    assert said.code == 130
    assert said.err.strip() == "aborted"
    assert city("list", "--json").code == 130


def test_the_same_key_with_other_data_is_refused(city: Terminal, case: str) -> None:
    fired = ("fire", case, "coordinate", "--as", "ma", *COORDINATION, "--key", "k")
    first = city.ok(*fired, "--json").json
    city.ok("fire", case, "assign", "--as", "li", "-d", "lead=land-bureau")
    again = city.ok(*fired, "--json").json
    assert again["revision"] == first["revision"]
    assert "→" not in city.ok(*fired).out
    said = city("fire", case, "note", "--as", "ma", "-d", "note=x", "--key", "k", "--json")
    assert said.code == 3
    assert said.error["reasons"][0]["code"] == "key_taken"
