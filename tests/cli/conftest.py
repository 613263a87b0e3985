"""A city at its command line: a database, its people, one appeal, and a clock that stands still."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowcase.case import Actor
from flowcase.cli.root import root
from flowcase.directory import import_parties, import_staff
from flowcase.engine import open_engine
from flowcase.time import ManualClock, SystemClock
from tests.world import moment

STAFF = """\
id,name,roles,unit,in_charge_of
ma,马丽,office,,
section-2,综合二科,office_section,,land
qian,钱进,,section-2,
li,李强,deputy_secretary_general,,land
land-bureau,自然资源局,unit,,
wang,王伟,,land-bureau,
housing-bureau,住建局,unit,,
chen,陈国强,deputy_mayor,,land
zhao,赵宏,mayor,,
"""
PARTIES = """\
id,name,category,principal,admitted_from,admitted_until
DG-0001,东莞一厂,high_tech,zhang,2022-07-15,
"""
NOW = "2022-09-23 10:12"
FILED = {"kind": "appeal", "addressee": "mayor", "subject": "扩建用地", "content": "请协调"}
APPEAL = tuple(word for name, value in FILED.items() for word in ("-d", f"{name}={value}"))
COORDINATION = (
    *("-d", "coordinator=li", "-d", "section=section-2"),
    *("-d", "complexity=general", "-d", "sector=land"),
)


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error under --json."""
        return json.loads(self.err)["error"]


class Terminal:
    """Where commands are typed: in a folder of its own, with its own environment."""

    def __init__(self, folder: Path, env: Mapping[str, str | None]) -> None:
        self.folder = folder
        self.env = dict(env)

    def __call__(self, *args: str, stdin: str | bytes | None = None, **env: str) -> Answer:
        """Run a command; whatever escapes it fails the test."""
        result = CliRunner().invoke(root, list(args), input=stdin, env={**self.env, **env})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return Answer(result.exit_code, result.stdout, result.stderr)

    def ok(self, *args: str, stdin: str | None = None, **env: str) -> Answer:
        """Run a command that must succeed, quiet on stderr but for a clock that was set."""
        answer = self(*args, stdin=stdin, **env)
        said = [line for line in answer.err.splitlines() if "FLOWCASE_NOW" not in line]
        assert (answer.code, said) == (0, []), answer
        return answer

    def write(self, name: str, text: str | bytes) -> str:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """What every command takes for the time of day: a Friday before National Day."""
    clock = ManualClock(moment(NOW))
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    return clock


@pytest.fixture
def terminal(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in an empty folder, in English."""
    monkeypatch.chdir(tmp_path)
    names = ("FLOWCASE_ACTOR", "FLOWCASE_DB", "FLOWCASE_WORKFLOWS", "FLOWCASE_CALENDARS")
    other = ("COLUMNS", "NO_COLOR", "LC_ALL", "LC_MESSAGES")
    return Terminal(tmp_path, {**dict.fromkeys((*names, *other)), "LANG": "C.UTF-8"})


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with staff, a party and an appeal, made once: tests work on copies of it."""
    path = tmp_path_factory.mktemp("city") / "flowcase.db"
    clock = ManualClock(moment(NOW))
    with closing(open_engine(f"sqlite:///{path}", clock=clock)) as engine:
        document = engine.library.workflow("mayor_line").document
        roles = {name: role.title for name, role in document.roles.items()}
        import_staff(engine.store, io.StringIO(STAFF), roles=roles)
        register = document.registers["key_enterprises"]
        import_parties(
            engine.store,
            io.StringIO(PARTIES),
            register="key_enterprises",
            categories=register.categories,
        )
        engine.open("mayor_line", party="DG-0001", actor=Actor("zhang"), data=FILED)
    return path


@pytest.fixture
def city(terminal: Terminal, furnished: Path) -> Terminal:
    """A terminal with staff, a party and an appeal."""
    shutil.copy(furnished, terminal.folder)
    return terminal


@pytest.fixture
def case(city: Terminal) -> str:
    """The id of the appeal."""
    with closing(sqlite3.connect(city.folder / "flowcase.db")) as connection:
        return str(connection.execute("SELECT id FROM flowcase_case").fetchone()[0])
