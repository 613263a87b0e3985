"""Groups of commands: imported only when run, and every error told once, with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from flowcase.cli.failures import Failure, failure_of
from flowcase.cli.wording import language_of
from flowcase.errors import FlowcaseError


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: `module:name` inside flowcase.cli, what it does in a line, and its section."""

    place: str
    summary: str
    section: str = "Commands"


@dataclass(frozen=True, slots=True)
class Branch:
    """A group of commands under one word."""

    summary: str
    entries: Mapping[str, Entry]
    section: str = "Commands"


class _ReaderGone(Exception):
    """Whoever read our output has closed it."""


class Group(click.Group):
    """A group that knows its commands by name and summary, and imports one when it is run."""

    def __init__(
        self,
        name: str,
        tree: Mapping[str, Entry | Branch],
        callback: Callable[..., Any] | None = None,
        summary: str | None = None,
    ) -> None:
        params = list(getattr(callback, "__click_params__", ()))
        text = summary or getattr(callback, "__doc__", None)
        super().__init__(name, callback=callback, params=params, help=text, no_args_is_help=True)
        self.tree = tree

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order they are helpful in."""
        return list(self.tree)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now; None if there is none of this name."""
        entry = self.tree.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, Branch):
            return Group(cmd_name, entry.entries, summary=entry.summary)
        module, _, name = entry.place.partition(":")
        command = getattr(import_module(f"flowcase.cli.{module}"), name)
        assert isinstance(command, click.Command), "the tree names commands"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name. Errors: UsageError, saying what would do."""
        if args and args[0] not in self.tree and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.tree, n=1)
            meant = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(self.tree)}"
            ctx.fail(f"there is no command '{args[0][:40]}'; {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section, without importing any."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in self.tree.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command named. A reader that has gone is told apart from other failures."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None  # click would exit with 1

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> NoReturn:
        """Run a command and exit. Whatever goes wrong is one message on stderr, not a traceback."""
        given = list(sys.argv[1:] if args is None else args)
        options["standalone_mode"] = False
        for stream in (sys.stdout, sys.stderr):
            if hasattr(
                stream, "reconfigure"
            ):  # a terminal that cannot show a character is no error
                stream.reconfigure(errors="backslashreplace")
        try:
            _require_text(given)
            code = super().main(given, *rest, **options)
            sys.stdout.flush()
        except (_ReaderGone, BrokenPipeError):
            _hush()
            sys.exit(0)
        except (click.ClickException, click.Abort, FlowcaseError, OSError, RecursionError) as error:
            sys.exit(_tell(failure_of(error), given))
        sys.exit(code if isinstance(code, int) else 0)


def _require_text(args: Sequence[str]) -> None:
    for number, text in enumerate(args, start=1):
        if not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text):
            raise click.UsageError(f"argument {number} is not text in UTF-8")


def _tell(failure: Failure, args: Sequence[str]) -> int:
    """Tell a failure on stderr, as JSON if the arguments asked for it, and return its exit code."""
    before_data = args[: args.index("--")] if "--" in args else args
    text = failure.as_json() if "--json" in before_data else failure.as_text(language_of(args))
    try:
        click.echo(text, err=True)
    except BrokenPipeError:
        _hush()
    return failure.exit_code


def _hush() -> None:
    """Whoever read our output has gone: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
