"""The desk: what every command works at: common options, the engine, how results are told."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowcase.cli.wording import LANGUAGES, language_of_environment, showable
from flowcase.errors import NotFound

if TYPE_CHECKING:  # every command has a desk, few have an engine: it is loaded when it is asked for
    from flowcase.case import Actor
    from flowcase.engine import Engine
    from flowcase.time import Clock

DEFAULT_DATABASE = "flowcase.db"


@dataclass(slots=True)
class Desk:
    """Where a command works: language, form of the result, database, who acts."""

    language: str
    json: bool
    database: str = field(default=DEFAULT_DATABASE, repr=False)  # it may hold a password
    workflows: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    actor_id: str | None = None
    on_behalf_of: str | None = None
    _engine: Engine | None = field(default=None, repr=False)

    def say(self, en: str, zh: str) -> str:
        """Return what is said in the language asked for."""
        return zh if self.language == "zh" else en

    @property
    def address(self) -> str:
        """The database as a URL; a bare path names an SQLite file."""
        return self.database if "://" in self.database else f"sqlite:///{self.database}"

    def engine(self, *, create: bool = False, trust: bool = False) -> Engine:
        """Return the engine, opened once. create: an SQLite file that is not there is made.
        trust: documents of folders are not asked for their proofs: nothing is opened under them.

        Errors: NotFound if it is not there and not to be made; those of `open_engine`.
        """
        if self._engine is None:
            from flowcase.engine import open_engine

            if not create:
                self.require_database()
            self._engine = open_engine(
                self.address,
                workflows=self.workflows,
                calendars=self.calendars,
                clock=self._clock(),
                trust=trust,
            )
        return self._engine

    def _clock(self) -> Clock | None:
        """Return the clock that FLOWCASE_NOW sets, for trying things out; it is never silent."""
        text = os.environ.get("FLOWCASE_NOW")
        if not text:
            return None
        from flowcase.time import ManualClock, parse

        moment = parse(text)
        click.echo(
            self.say(
                f"note: FLOWCASE_NOW sets the clock to {moment.isoformat()}",
                f"注意：FLOWCASE_NOW 将时钟设为 {moment.isoformat()}",
            ),
            err=True,
        )
        return ManualClock(moment)

    def require_database(self) -> None:
        """Require that an SQLite file is there. Errors: NotFound saying which commands make it."""
        path = self.address.removeprefix("sqlite:///")
        named = path not in (self.address, "", ":memory:") and not path.startswith("file:")
        if named and not Path(path.partition("?")[0]).exists():
            raise NotFound(
                f"there is no database {path}; name one with --db or FLOWCASE_DB, or begin it "
                "with: flowcase party import, staff import, open, or db upgrade"
            )

    def has_database(self) -> bool:
        """Whether there is a database to look into; one that was named must be there.

        Errors: NotFound.
        """
        if self.database == DEFAULT_DATABASE:
            return Path(DEFAULT_DATABASE).exists()
        self.require_database()
        return True

    def actor(self) -> Actor:
        """Return who acts, with the roles of the staff list, for himself or for one who is away.

        Errors: UsageError if nobody is named, Refused if he does not stand in for that one.
        """
        if self.actor_id is None:
            raise click.UsageError("say who acts: --as ID, or FLOWCASE_ACTOR")
        return self.engine(create=True).actor(self.actor_id, self.on_behalf_of)

    def viewer(self) -> Actor | None:
        """Return who looks, if somebody is named: he is shown what he may see; else everything."""
        return None if self.actor_id is None else self.actor()

    def close(self) -> None:
        """Close the engine, if it was opened."""
        if self._engine is not None:
            self._engine.close()

    def tell(self, shape: Any, lines: Callable[[], Iterator[Any]]) -> None:
        """Tell a result: the shape as JSON if that was asked for, else the lines for people.

        A line is a text, or something rich can draw.
        """
        if self.json:
            click.echo(json.dumps(shape, ensure_ascii=False, indent=2))
            return
        for line in lines():
            if isinstance(line, str):
                click.echo(showable(line))
            else:
                from flowcase.cli.drawing import drawn

                click.echo(drawn(line))


class Command(click.Command):
    """A command that shows examples of itself."""

    def __init__(self, *args: Any, examples: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = tuple(line.strip() for line in examples.strip().splitlines())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


_LANGUAGE = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=language_of_environment,
    show_default="from LANG",
    help="Language of the output.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_DATABASE = click.option(
    "--db",
    "database",
    metavar="URL|FILE",
    envvar="FLOWCASE_DB",
    default=DEFAULT_DATABASE,
    show_default=True,
    show_envvar=True,
    help="Database: sqlite:///FILE, postgresql://USER@HOST/NAME, or the file of an SQLite one.",
)
_WORKFLOWS = click.option(
    "--workflows",
    metavar="DIR",
    multiple=True,
    help="Folder of workflow documents, before FLOWCASE_WORKFLOWS and those shipped; repeatable.",
)
_CALENDARS = click.option(
    "--calendars",
    metavar="DIR",
    multiple=True,
    help="Folder of calendars, before FLOWCASE_CALENDARS and those shipped; repeatable.",
)
_ACTOR = click.option(
    "--as",
    "actor_id",
    metavar="ID",
    envvar="FLOWCASE_ACTOR",
    show_envvar=True,
    help="Who acts; roles and unit are those of the staff list.",
)
_FOR = click.option(
    "--for",
    "on_behalf_of",
    metavar="ID",
    help="For whom, who is away and whose deputy acts (see: staff away); recorded.",
)


def command(
    name: str,
    *,
    examples: str,
    database: bool = False,
    acts: bool = False,
    workflows: bool = False,
    calendars: bool = False,
) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function that takes a Desk and the command's own values.

    database: it opens one, with workflows and calendars. acts: somebody acts, or may be named.
    """
    common = [_LANGUAGE, _JSON]
    common += [_CALENDARS] if database or calendars else []
    common += [_WORKFLOWS] if database or workflows else []
    common += [_DATABASE] if database else []
    common += [_FOR, _ACTOR] if acts else []

    def decorate(function: Callable[..., None]) -> Command:
        @functools.wraps(function)
        def run(**given: Any) -> None:
            with _desk(given) as desk:
                function(desk, **given)

        for option in common:
            run = option(run)
        made = click.command(name, cls=Command, examples=examples)(run)
        own = len(made.params) - len(common)
        made.params = made.params[-own:] + made.params[:-own] if own else made.params
        return made

    return decorate


@contextmanager
def _desk(given: dict[str, Any]) -> Iterator[Desk]:
    desk = Desk(language=given.pop("language"), json=given.pop("as_json"))
    for name in ("database", "workflows", "calendars", "actor_id", "on_behalf_of"):
        if name in given:
            setattr(desk, name, given.pop(name))
    try:
        yield desk
    finally:
        desk.close()
