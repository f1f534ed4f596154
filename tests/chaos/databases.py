"""The databases that break: a SQLite file and a PostgreSQL server of our own, each on a small file system.

The file system is a tmpfs of limited size where the user may mount one, else a plain folder (`full` then does nothing
and says so).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import create_engine, text

from tests.support import postgres
from tests.support.ports import free_port

SIZE = 512  # MiB of the small file system


class Small:
    """A file system of `SIZE` MiB, that can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        )
        self.mounted = done.returncode == 0
        self._ballast = folder / "ballast"

    def fill(self) -> bool:
        """Take all room that is left; False if this is no file system of its own."""
        if not self.mounted:
            return False
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            block = bytes(1 << 20)
            while True:
                file.write(block)
        return True

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Database(Protocol):
    """What the driver can do to a database."""

    url: str
    small: Small

    def restart(self) -> None:
        """Let it crash, and come back."""
        ...

    def power_cut(self) -> None:
        """Let all of it end at once, whatever it does, and come back."""
        ...

    def cut(self) -> None:
        """Drop every connection of the nodes."""
        ...

    def mend(self) -> None:
        """See that it runs."""
        ...

    def close(self) -> None: ...


class SqliteFile:
    """One file; there is no server to restart and no connection to cut."""

    def __init__(self, folder: Path) -> None:
        self.small = Small(folder / "data")
        self.url = f"sqlite:///{self.small.folder}/banjie.db"

    def restart(self) -> None:
        """Nothing: the driver kills all nodes instead."""

    def power_cut(self) -> None:
        """Nothing: the same."""

    def cut(self) -> None:
        """Nothing."""

    def mend(self) -> None:
        """Nothing."""

    def close(self) -> None:
        self.small.close()


class PostgresServer:
    """A server of our own: `restart` kills its first process with -9, `power_cut` all of them at once.

    What it has committed, the kernel has.
    """

    SETTINGS = postgres.SETTINGS | {
        "fsync": "off", "full_page_writes": "off", "listen_addresses": "127.0.0.1", "max_wal_size": "64MB",
        "min_wal_size": "32MB", "wal_keep_size": "0", "shared_buffers": "32MB", "restart_after_crash": "on",
    }  # fmt: skip

    def __init__(self) -> None:
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._home = Path(tempfile.mkdtemp(prefix="banjie-chaos-", dir="/tmp" if self._user else None))
        self.small = Small(self._home / "data")
        if self._user:
            for part in (self._home, self.small.folder):
                part.chmod(0o755)
                shutil.chown(part, self._user)
        self._binaries = postgres.readable_binaries(self._user, self._home)
        self._data = self.small.folder / "pg"
        self._port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/banjie"
        locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        make = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions"]
        postgres.run_as(self._user, self._home, self._binaries / "initdb", *make, *locale)
        self._start()
        self._ask("create database banjie")

    def _start(self) -> None:
        log = self._home / "log"
        options = " ".join(f"-c {name}='{value}'" for name, value in self.SETTINGS.items())
        postgres.run_as(
            self._user, self._home, self._binaries / "pg_ctl", "start", "-D", str(self._data), "-l", str(log),
            "-w", "-t", "60", "-o", f"-p {self._port} {options}", log=log,
        )  # fmt: skip

    def _pid(self) -> int | None:
        file = self._data / "postmaster.pid"
        try:
            pid = int(file.read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def restart(self) -> None:
        self._kill(all_=False)

    def power_cut(self) -> None:
        self._kill(all_=True)

    def _kill(self, *, all_: bool) -> None:
        pid = self._pid()
        if pid is not None:
            others = children(pid) if all_ else []
            for one in (pid, *others):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        self.mend()

    def cut(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._ask("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'banjie'")

    def mend(self) -> None:
        """Start it if it does not run. The children of a killed one end by themselves; until then it cannot."""
        for _ in range(100):
            if self._pid() is None:
                with contextlib.suppress(postgres.NoPostgres):
                    self._start()
            with contextlib.suppress(psycopg.Error):
                self._ask("select 1")
                return
            time.sleep(0.2)
        raise postgres.NoPostgres((self._home / "log").read_text(errors="replace")[-3000:])

    def _ask(self, sql: str) -> None:
        where = f"postgresql://postgres@127.0.0.1:{self._port}/postgres?connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as conn:
            conn.execute(sql.encode())

    def close(self) -> None:
        pid = self._pid()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            while self._pid() is not None:
                time.sleep(0.05)
        self.small.close()
        shutil.rmtree(self._home, ignore_errors=True)


def children(pid: int) -> list[int]:
    """The processes that a process of ours has begun."""
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def query(url: str, sql: str, **values: Any) -> list[Any]:
    """Rows by SQL of our own, on a connection of our own."""
    connect = {"timeout": 10} if url.startswith("sqlite") else {"connect_timeout": 5}
    engine = create_engine(url, connect_args=connect)
    try:
        with engine.connect() as conn:
            return list(conn.execute(text(sql), values).all())
    finally:
        engine.dispose()
