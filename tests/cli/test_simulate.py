"""`simulate` at the command line: the same bytes again, profiles, comparisons, charts, refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Terminal

SHORT = ("simulate", "mayor_line", "--cases", "6", "--days", "20")


def test_the_same_seed_gives_the_same_bytes() -> None:
    def bytes_of(seed: int, hashing: str) -> bytes:
        command = [sys.executable, "-m", "flowcase.cli", *SHORT, "--seed", str(seed), "--json"]
        environment = {**os.environ, "PYTHONHASHSEED": hashing}
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout

    first = bytes_of(7, "1")
    assert first == bytes_of(7, "2")
    assert first != bytes_of(8, "1")


def test_a_role_is_varied_and_drawn(terminal: Terminal) -> None:
    told = terminal.ok(*SHORT, "--vary", "deputy_secretary_general=1..2", "--chart", "staff.svg")
    assert "no guarantee was broken in 12 cases" in told.out
    assert "waiting on their desks" in (terminal.folder / "staff.svg").read_text().lower()
    found = terminal.ok(*SHORT, "--vary", "deputy_secretary_general=1..2", "--json").json
    assert [each["people_in_role"] for each in found["runs"]] == [1, 2]


def test_the_profile_that_is_printed_can_be_used(terminal: Terminal) -> None:
    text = terminal.ok("simulate", "mayor_line", "--example-profile").out
    assert "[roles.deputy_secretary_general]" in text
    path = terminal.write("people.toml", text)
    again = terminal.ok(*SHORT, "--profiles", path, "--json").out
    assert again == terminal.ok(*SHORT, "--json").out
    text = "[everybody]\nnothing = 1\notherwise = 0\n[party]\notherwise = 0\n"
    idle = terminal.write("idle.toml", text)
    found = terminal.ok(*SHORT, "--profiles", idle, "--json").json
    assert (found["still_open"], found["never_late"]) == (6, 0)


@pytest.mark.parametrize(
    "args, code, said",
    [
        (["--vary", "mayor"], 2, "write ROLE=1..6; got 'mayor'"),
        (["--vary", "mayor=3..2"], 2, "1 to 20 numbers"),
        (["--vary", "emperor=1..2"], 5, "has no role 'emperor'"),
        (["--cases", "0"], 2, "1 to 100,000 cases"),
        (["--from", "2030-01-01"], 2, "no case may be opened from 2030-01-01"),
        (["--profiles", "none.toml"], 5, "cannot read the profile none.toml"),
        (["--chart", "year.pdf"], 2, "a chart is written as .svg or .png"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    args: list[str], code: int, said: str, terminal: Terminal
) -> None:
    answer = terminal(*SHORT, *args, "--json")
    assert answer.code == code, answer
    assert said in json.loads(answer.err)["error"]["message"]
