"""Nodes: real server processes, forked from one that has loaded everything, so that a killed one is back at once.

The nursery (`python -m tests.chaos.nodes`) reads lines `PORT` on its input, forks a node that serves on that port, and
answers with its process id. A node is the program's own application and scheduler under uvicorn; only its clock is
injected: the machine's time plus the seconds that a file holds.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from office import organisations
from storage.clock import TZ, SystemClock
from tests.chaos import work
from tests.support.ports import free_port
from web.banjie import Banjie
from web.http import create_app

ROOT = Path(__file__).parents[2]


class ShiftedClock:
    """The machine's clock, shifted by the seconds in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        return (datetime.now(TZ) + timedelta(seconds=float(self.path.read_text() or 0))).replace(microsecond=0)


class Shift:
    """The driver's hand at that clock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = 0.0
        self.by(0)

    def by(self, seconds: float) -> None:
        """Move the clock of all nodes, forward or back, at one instant."""
        self.seconds += seconds
        ready = self.path.with_suffix(".new")
        ready.write_text(str(self.seconds))
        ready.replace(self.path)

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(seconds=self.seconds)


class Nursery:
    """Starts nodes and kills them by the process ids that it was told."""

    def __init__(self, database_url: str, clock: Path, receiver: int, log: Path, count: int) -> None:
        environment = {
            **os.environ, "BANJIE_DATABASE_URL": database_url, work.RECEIVER: str(receiver), "CHAOS_CLOCK": str(clock),
        }  # fmt: skip
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nodes"], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        self.ports = [free_port() for _ in range(count)]
        self.pids: dict[int, int] = {}
        self.kills = 0

    def start(self, node: int) -> None:
        """Fork a node that is not running."""
        if node not in self.pids:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(f"{self.ports[node]}\n")
            self._process.stdin.flush()
            self.pids[node] = int(self._process.stdout.readline())

    def kill(self, node: int) -> bool:
        """SIGKILL, by process id; False if it was not running."""
        pid = self.pids.pop(node, None)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
        while _alive(pid):  # a dead node may hold its port for a moment
            time.sleep(0.002)
        return True

    def died(self) -> list[int]:
        """Nodes that ended although nobody killed them."""
        return [node for node, pid in self.pids.items() if not _alive(pid)]

    def close(self) -> None:
        """Kill all nodes and the nursery."""
        for node in list(self.pids):
            self.kill(node)
        self._process.kill()
        self._process.wait()
        self._log.close()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# -- the nursery and its children --------------------------------------------------------------------------------------


def main() -> None:
    """Fork nodes as asked, until the input ends. Everything but connections and threads is made before the fork."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    work.load_all()
    banjie = Banjie(clock=ShiftedClock(Path(os.environ["CHAOS_CLOCK"])))
    with banjie.store.begin(write=False) as uow:
        for org in organisations.organisations(uow):
            banjie.engine.versions.current(uow, org.id, work.KEY)
    banjie.close()
    app = create_app(banjie)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not kept
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _node(app, int(line))
        print(pid, flush=True)


def _node(app: FastAPI, port: int) -> None:
    """Serve until killed. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        os.dup2(2, 1)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
    except BaseException:
        logging.exception("node on port %s", port)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
