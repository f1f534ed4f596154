"""One test run, perhaps of several worker processes: what they share lies in one temporary directory."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_DIRECTORY = "BANJIE_TEST_RUN_DIRECTORY"
_PID = "BANJIE_TEST_RUN_PID"


def begin() -> None:
    """Called once, by the process that starts the run; workers inherit what is set here."""
    os.environ[_DIRECTORY] = tempfile.mkdtemp(prefix="banjie-run-")
    os.environ[_PID] = str(os.getpid())
    os.environ["BANJIE_REQUESTS_PER_MINUTE"] = "0"  # programs are faster than people


def end() -> None:
    """Remove what the run shared."""
    shutil.rmtree(os.environ[_DIRECTORY], ignore_errors=True)


def directory() -> Path:
    """The directory that all workers of this run share."""
    return Path(os.environ[_DIRECTORY])


def pid() -> int:
    """The process that outlives every worker of this run."""
    return int(os.environ[_PID])


def once(name: str, make: Callable[[], str]) -> str:
    """What `make()` gave to the first worker that asked for `name`; the others wait for it."""
    answer = directory() / name
    with (directory() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            made = make()
            answer.write_text(made)
        return answer.read_text()
