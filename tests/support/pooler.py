"""PgBouncer in transaction mode before a PostgreSQL server of the tests, with so few connections that all share."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.support.ports import free_port

CONNECTIONS = 4  # of PgBouncer to the server
PATIENCE = 30.0  # seconds until it answers


class NoPooler(Exception):
    """PgBouncer is not installed (`scripts/system pooler`), or did not start."""


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The address of the database at `url` through a pooler of its own, which ends with the block."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoPooler("expected pgbouncer; run `scripts/system pooler`")
    there, port = make_url(url), free_port()
    with tempfile.TemporaryDirectory(prefix="banjie-pooler-", dir="/tmp") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={there.host} port={there.port} user={there.username}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nserver_round_robin = 1\n"
        )
        user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        if user:
            shutil.chown(folder, user)
            shutil.chown(settings, user)
        log = (Path(folder) / "log").open("w+")
        process = subprocess.Popen(
            [program, str(settings)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", user=user,
            group=pwd.getpwnam(user).pw_gid if user else None, extra_groups=[] if user else None,
        )  # fmt: skip
        try:
            address = there.set(host="127.0.0.1", port=port)
            _wait(process, address.set(drivername="postgresql").render_as_string(hide_password=False), Path(log.name))
            yield address.render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait()
            log.close()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
            return
        except psycopg.Error as error:
            if process.poll() is not None or time.monotonic() > until:
                raise NoPooler(f"{error}\n{log.read_text()}") from error
            time.sleep(0.05)
