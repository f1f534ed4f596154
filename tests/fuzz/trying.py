"""Tries one seed of a target: what may come of it, how long it may take, and that nothing of it is executed."""

from __future__ import annotations

import random
import signal
import sys
import traceback
from types import FrameType
from typing import Any

from storage.errors import BanjieError
from tests.fuzz.targets import TARGETS

SECONDS = 20  # for one seed, whatever else the machine does
FORBIDDEN = frozenset(
    {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "socket.bind",
     "socket.getaddrinfo", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree", "ctypes.dlopen"}
)  # fmt: skip
_watching = False
_seen: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    code = arguments[0] if event == "exec" else None
    if event in FORBIDDEN or (
        code is not None and code.co_filename.startswith("<") and "frozen" not in code.co_filename
    ):
        _seen.append(f"{event} {str(arguments)[:200]}")
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        _seen.append(f"open {str(arguments)[:200]}")


class Hang(BaseException):
    """A seed took too long; no `except Exception` on its way may swallow it."""


def _ring(_: int, frame: FrameType | None) -> None:
    raise Hang("".join(traceback.format_stack(frame)[-6:]))


def attempt(target: str, seed: int) -> str | None:
    """`refused`, or None when it ran through. Raises what should not have come; `AssertionError` if it executed."""
    global _watching
    if "watched" not in _state:
        sys.addaudithook(_watch)
        _state.add("watched")
    _seen.clear()
    before = signal.signal(signal.SIGALRM, _ring)
    signal.alarm(SECONDS)
    _watching = True
    try:
        TARGETS[target](random.Random(seed))
        return None
    except BanjieError:
        return "refused"
    finally:
        _watching = False
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        assert not _seen, f"{target} {seed} executed: {_seen}"


_state: set[str] = set()
