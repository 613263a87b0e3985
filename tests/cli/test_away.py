"""At the terminal: who is away, who stands in, and acting for another."""

from __future__ import annotations

from tests.cli.conftest import COORDINATION, Terminal

AWAY = ("staff", "away", "ma", "--from", "2022-09-23", "--until", "2022-09-30")


def test_who_is_away_stands_in_the_staff_list(city: Terminal) -> None:
    assert "ABSENCES" not in city.ok("staff", "list").out, "the control: nobody is"
    city.ok(*AWAY, "--deputy", "li")
    said = city.ok("staff", "list").out
    assert {"ABSENCES", "2022-09-23", "2022-09-30,", "deputy"} <= set(said.split())
    (away,) = [each for each in city.ok("staff", "list", "--json").json["staff"] if each["away"]]
    assert away["id"] == "ma"
    assert away["away"] == [{"from": "2022-09-23", "until": "2022-09-30", "deputy": "li"}]
    city.ok("staff", "away", "ma", "--from", "2022-09-23", "--cancel")
    assert "ABSENCES" not in city.ok("staff", "list").out


def test_the_deputy_acts_for_him_and_the_history_says_so(city: Terminal, case: str) -> None:
    acting = ("fire", case, "coordinate", "--as", "chen", "--for", "ma", *COORDINATION)
    refused = city(*acting)
    assert (refused.code, "'ma' is not away" in refused.err) == (3, True)
    city.ok(*AWAY, "--deputy", "chen")
    city.ok(*acting)
    entry = city.ok("history", case, "--json").json["entries"][-1]
    assert (entry["actor"], entry["on_behalf_of"]) == ("chen", "ma")


def test_what_is_missing_or_too_much_is_said(city: Terminal) -> None:
    assert city("staff", "away", "ma", "--from", "2022-09-23").code == 2
    both = (*AWAY, "--cancel")
    assert "--cancel takes --from alone" in city(*both).err
    assert city("staff", "away", "nobody", "--from", "2022-09-23", "--cancel").code == 5


# -- who looks ------------------------------------------------------------------------------------


def test_under_a_name_one_sees_what_is_his_and_nothing_else(city: Terminal, case: str) -> None:
    for command in (("show", case), ("history", case), ("explain", case, "handling")):
        city.ok(*command)
        city.ok(*command, "--as", "zhang")
        unseen = city(*command, "--as", "chen")
        assert (unseen.code, f"there is no case '{case}'" in unseen.err) == (5, True)
    assert case in city.ok("list", "--as", "ma").out
    assert case not in city.ok("list", "--as", "chen").out


def test_mine_is_what_i_my_desk_or_who_is_away_has(city: Terminal, case: str) -> None:
    assert city("list", "--mine").code == 2, "say who"
    assert case in city.ok("list", "--mine", "--as", "ma").out, "it lies at the desk of the office"
    city.ok("fire", case, "coordinate", "--as", "ma", *COORDINATION)
    assert case not in city.ok("list", "--mine", "--as", "ma").out
    assert case in city.ok("list", "--mine", "--as", "li").out
    assert case in city.ok("list", "--mine", "--as", "qian").out, "his section follows it"
    assert case not in city.ok("list", "--mine", "--as", "chen").out
    away = ("staff", "away", "li", "--from", "2022-09-23", "--until", "2022-09-30")
    city.ok(*away, "--deputy", "chen")
    assert case in city.ok("list", "--mine", "--as", "chen", "--for", "li").out
