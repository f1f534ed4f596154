"""The real server in a process of its own, whose clock is a file that the test writes.

Only the clock differs from `banjie serve`: the same server, scheduler, schedules and handlers.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import threading
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from storage.clock import local
from tests.support import logins
from tests.support.server import Server
from web.banjie import Banjie
from web.schedules import NextOpening
from web.server import serve

_LOOK = 0.01  # seconds between two looks at the file


class FileClock:
    """Tells the instant that stands in a file, and calls when it is another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = path.read_text()

    def now(self) -> datetime:
        return local(datetime.fromisoformat(self.path.read_text()))

    def moved(self) -> bool:
        """Whether the file says another instant than at the last question."""
        before, self._text = self._text, self.path.read_text()
        return before != self._text


def set_clock(path: Path, now: datetime) -> None:
    """Write an instant; a reader sees the old or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(now.isoformat())
    fresh.replace(path)


def _wake(banjie: Banjie, clock: FileClock, ended: threading.Event) -> None:
    while not ended.wait(_LOOK):
        if clock.moved():
            banjie.scheduler.wake()
            banjie.scheduler.replan("schedules", NextOpening(banjie))


def serve_timed(url: str, port: int, clock_file: Path, log: Path) -> None:
    """What the process does: serve until stopped or killed, all words into `log`."""
    words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(words, 1)
    os.dup2(words, 2)
    logins.make_cheap()  # people log in anew every day
    clock, ended = FileClock(clock_file), threading.Event()
    banjie = Banjie(url, clock=clock)
    threading.Thread(target=_wake, args=(banjie, clock, ended), daemon=True).start()
    try:
        serve(lambda: banjie, host="127.0.0.1", port=port)
    finally:
        ended.set()


class TimedServer(Server):
    """The server on the database at `url` by the clock in `clock_file`.

    Each start is a new process, forked from one that has read the program's modules and done nothing else: a scenario
    that is killed at every step starts it often.
    """

    def __init__(self, url: str, *, clock_file: Path, log: Path) -> None:
        super().__init__(url, log=log)
        self.clock_file = clock_file

    def spawn(self) -> Forked:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        process = context.Process(target=serve_timed, args=(self.database_url, self.port, self.clock_file, self.log))
        process.start()
        return Forked(process)


class Forked:
    """A forked process, with the words of `subprocess.Popen`."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("serve", timeout or 0)
        return self._process.exitcode
