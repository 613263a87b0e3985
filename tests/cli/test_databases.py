"""The same commands on either database."""

from __future__ import annotations

from tests.cli.conftest import APPEAL, COORDINATION, PARTIES, STAFF, Terminal


def test_a_case_lives_through_the_command_line_on_either_database(
    terminal: Terminal, database_url: str
) -> None:
    terminal.env["FLOWCASE_DB"] = database_url
    terminal.ok("db", "upgrade")
    assert terminal.ok("db", "status", "--json").json["current"] is True
    terminal.ok("staff", "import", "-", stdin=STAFF)
    terminal.ok("party", "import", "-", stdin=PARTIES)
    filing = ("open", "mayor_line", "--party", "DG-0001", *APPEAL, "--json")
    case = terminal.ok(*filing, "--as", "zhang").json["id"]
    terminal.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    terminal.ok("tick", FLOWCASE_NOW="2022-10-13T00:00+08:00")
    shown = terminal.ok("show", case, "--json").json
    assert shown["case"]["state"] == "escalated_to_vice_mayor"
    assert shown["case"]["owner"] == "chen"
    assert terminal.ok("list", "--owner", "chen", "--json").json["cases"][0]["id"] == case
    assert terminal.ok("history", case, "--verify", "--json").json["whole"] is True
    assert terminal.ok("explain", case, "handling", "--json").json["last_day"] == "2022-10-12"
    assert terminal("open", "mayor_line", "--as", "ma", *APPEAL).code == 3


def test_an_empty_database_that_is_no_file_asks_to_be_upgraded(
    terminal: Terminal, postgres_url: str
) -> None:
    said = terminal("list", "--db", postgres_url)
    assert said.code == 1
    assert "flowcase db upgrade" in said.err
    assert terminal("db", "status", "--db", postgres_url).code == 1
