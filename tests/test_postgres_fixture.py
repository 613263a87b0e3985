"""The PostgreSQL that the tests start is a real one, keeps databases apart and leaves nothing."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests import postgres
from tests.postgres import Postgres, PostgresUnavailable, embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
GONE_WITHIN_S = 20.0


def folder_of(server: Postgres) -> Path:
    return Path(str(server.url.query["host"]))


def test_the_server_answers_and_is_recent(postgres_server: Postgres) -> None:
    assert postgres_server.version >= 15
    with postgres_server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_database_url_opens_with_sqlalchemy_on_both(database_url: str) -> None:
    engine = create_engine(database_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE note (body TEXT)"))
            connection.execute(text("INSERT INTO note VALUES ('企业市长直通车')"))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT body FROM note")).scalars().all() == [
                "企业市长直通车"
            ]
    finally:
        engine.dispose()


def test_two_databases_are_separate_and_gone_afterwards(postgres_server: Postgres) -> None:
    with postgres_server.database() as first, postgres_server.database() as second:
        with Postgres.at(first).connect() as connection:
            connection.execute("CREATE TABLE only_here (x INTEGER)")
        with Postgres.at(second).connect() as connection:
            assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        Postgres.at(first).connect()


def test_a_database_starts_as_a_copy_of_its_template(postgres_server: Postgres) -> None:
    with postgres_server.database() as prepared:
        with Postgres.at(prepared).connect() as connection:
            connection.execute("CREATE TABLE ready_made (x INTEGER)")
        template = make_url(prepared).database
        assert template is not None
        with (
            postgres_server.database(template=template) as url,
            Postgres.at(url).connect() as connection,
        ):
            assert connection.execute("SELECT count(*) FROM ready_made").fetchone() == (0,)


def test_a_database_is_dropped_under_whoever_is_still_connected(postgres_server: Postgres) -> None:
    with postgres_server.database() as url:
        forgotten = Postgres.at(url).connect()
    with forgotten, pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")


def test_any_driver_in_the_url_of_another_server_is_accepted() -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg2"):
        server = Postgres.at(f"{scheme}://me:secret@db.example:5433/postgres")
        assert server.url.drivername == "postgresql+psycopg"
        assert server.url.port == 5433


@pytest.mark.postgres
def test_the_server_runs_unprivileged_in_a_folder_of_its_own_that_goes_with_it() -> None:
    with embedded_postgres() as server:
        folder = folder_of(server)
        status = folder.stat()
        runs_as = pwd.getpwuid(status.st_uid).pw_name
        assert runs_as == (
            postgres.UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        )
        assert status.st_mode & 0o077 == 0
        assert postmaster_uid(folder) == status.st_uid
        with server.connect() as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        server.connect()


def postmaster_uid(folder: Path) -> int:
    pid = (folder / "data" / "postmaster.pid").read_text().splitlines()[0]
    return int(subprocess.check_output(["ps", "-o", "uid=", "-p", pid], text=True))


@pytest.mark.postgres
def test_a_durable_server_waits_for_the_disk() -> None:
    with embedded_postgres(durable=True) as server, server.connect() as connection:
        assert not folder_of(server).is_relative_to(postgres.MEMORY)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


@pytest.mark.postgres
def test_a_killed_test_run_leaves_neither_server_nor_folder() -> None:
    program = (
        "import time; from tests.postgres import embedded_postgres\n"
        "with embedded_postgres() as server:\n"
        "    print(server.url.query['host'], flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        assert folder.is_dir()
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + GONE_WITHIN_S
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()


@pytest.mark.postgres
@pytest.mark.skipif(os.geteuid() != 0, reason="whoever runs the tests can read what he installed")
def test_binaries_that_the_servers_user_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home-of-root"
    closed.mkdir(mode=0o700)
    installed = postgres._installed_package()
    for part in (installed, installed.with_suffix(".libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name)
    monkeypatch.setattr(postgres, "_installed_package", lambda: closed / installed.name)
    with embedded_postgres() as server:
        assert server.version >= 15
        assert (folder_of(server) / "site").is_dir()


@pytest.mark.postgres
def test_a_server_that_does_not_start_says_why_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Path] = []
    make_folder = postgres._make_folder

    def remember(account: pwd.struct_passwd | None, *, in_memory: bool) -> Path:
        made.append(make_folder(account, in_memory=in_memory))
        return made[-1]

    monkeypatch.setattr(postgres, "_make_folder", remember)
    monkeypatch.setattr(postgres, "FAST", {"fsync": "perhaps"})
    with (
        pytest.raises(PostgresUnavailable, match=r'parameter "fsync" requires a Boolean value'),
        embedded_postgres(),
    ):
        pass
    assert [folder for folder in made if folder.exists()] == []
