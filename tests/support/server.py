"""The real program as a process of its own: start it, kill it at any moment, start it again on the same database."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


class ServerDidNotStart(Exception):
    """The program ended, or did not answer in time."""


class Server:
    """`banjie serve` on a free port of 127.0.0.1 with the database at `database_url`.

    >>> with Server(database_url, log=tmp_path / "serve.log") as server:
    ...     httpx2.get(server.url + "/healthz")
    ...     server.kill()
    ...     server.start()
    """

    def __init__(self, database_url: str, *, log: Path, arguments: tuple[str, ...] = ("serve",), patience: float = 60):
        self.database_url = database_url
        self.log = log
        self.arguments = arguments
        self.patience = patience  # seconds until it must answer
        self.port = free_port()
        self._process: Any = None  # a Popen, or what has its words

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        if self._process is None:
            raise ServerDidNotStart("the server is not running")
        return int(self._process.pid)

    def start(self) -> None:
        """Start the program and wait until it answers."""
        self._process = self.spawn()
        deadline = time.monotonic() + self.patience
        while not self._answers():
            if self._process.poll() is not None:
                raise ServerDidNotStart(f"the server ended with {self._process.returncode}:\n{self.words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerDidNotStart(f"the server gave no answer in {self.patience} s:\n{self.words()}")
            time.sleep(0.05)

    def spawn(self) -> Any:
        """The program as a new process."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "web.cli", *self.arguments, "--port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, "BANJIE_DATABASE_URL": self.database_url, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, patience: float = 10) -> int | None:
        """SIGTERM, as an operator would; SIGKILL if that is not obeyed in so many seconds. Gives the exit code."""
        if self._process is None:
            return None
        process = self._process
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None
        return process.returncode

    def words(self) -> str:
        """The end of what the program has said."""
        return self.log.read_text(errors="replace")[-4000:]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        """Whether an HTTP answer comes, whatever it says."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            conn.request("GET", "/healthz")
            conn.getresponse().read()
            return True
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            conn.close()
