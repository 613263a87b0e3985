"""The tree of commands: each has help with an example, and costs nothing until it is run."""

from __future__ import annotations

import shlex
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import flowcase
from flowcase.cli.desk import Command
from flowcase.cli.group import Branch, Group
from flowcase.cli.root import TREE, root

HEAVY = (
    *("sqlalchemy", "sqlmodel", "pydantic", "pendulum", "transitions", "psycopg", "rich"),
    *("alembic", "icalendar"),
)


def paths() -> list[tuple[str, ...]]:
    """Return the words of every command there is."""
    found: list[tuple[str, ...]] = []
    for name, entry in TREE.items():
        if isinstance(entry, Branch):
            found += [(name, each) for each in entry.entries]
        else:
            found.append((name,))
    return found


def command_at(path: tuple[str, ...]) -> Command:
    found: click.Command | None = root
    for word in path:
        assert isinstance(found, Group)
        found = found.get_command(click.Context(found), word)
    assert isinstance(found, Command)
    return found


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(root, [*path, "--help"])
    assert result.exit_code == 0
    assert f"Usage: flowcase {' '.join(path)}" in result.output.replace("root", "flowcase")
    examples = command_at(path).examples
    assert examples
    for example in examples:
        assert f"  {example}\n" in result.output
    words = shlex.split(" ".join(examples).replace("\\", " "))
    assert words[: len(path) + 1] == ["flowcase", *path]


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_examples_use_only_options_there_are(path: tuple[str, ...]) -> None:
    command = command_at(path)
    options = {name for param in command.params for name in param.opts}
    for word in shlex.split(" ".join(command.examples).replace("\\", " ")):
        if word.startswith("-") and word != "-":
            assert word in options


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_every_command_says_json_and_language(path: tuple[str, ...]) -> None:
    options = {name for param in command_at(path).params for name in param.opts}
    assert {"--json", "--lang"} <= options


def test_summaries_end_as_sentences() -> None:
    for entry in TREE.values():
        summaries = [entry.summary]
        if isinstance(entry, Branch):
            summaries += [each.summary for each in entry.entries.values()]
        for summary in summaries:
            assert summary[0].isupper()
            assert summary.endswith(".")


@pytest.mark.parametrize("args", [["--help"], ["calendar", "--help"], ["--version"], ["lsit"]])
def test_help_imports_none_of_the_libraries(args: list[str]) -> None:
    code = (
        "import sys; from flowcase.cli import main; \n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(root, ["--version"], prog_name="flowcase")
    assert result.output == f"flowcase, version {flowcase.__version__}\n"


def test_an_unknown_command_is_met_with_the_nearest() -> None:
    result = CliRunner().invoke(root, ["lst"])
    assert result.exit_code == 2
    assert "there is no command 'lst'; did you mean 'list'?" in result.stderr


def test_passwords_of_the_environment_are_not_in_help() -> None:
    result = CliRunner().invoke(
        root, ["list", "--help"], env={"FLOWCASE_DB": "postgresql://u:secret@h/x"}
    )
    assert "secret" not in result.output
