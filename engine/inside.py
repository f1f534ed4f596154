"""Calls of ordinary handlers: in a transaction that is taken away when one of them exceeds its time limit.

The transaction has a thread of its own, and whoever asked for it looks at the clock. At the limit the database undoes
the transaction and frees its locks, an exception is raised in the thread, and nobody waits for it any more: should its
handler come back after all, there is nothing left that it could commit.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, NamedTuple, TypeVar

from engine.outside import MOST_HANGING, hanging
from engine.registry import HandlerSpec
from storage.database import UnitOfWork
from storage.errors import BanjieError

log = logging.getLogger("banjie.jobs")

T = TypeVar("T")

LOOK = 0.25  # seconds between two looks at the clock
AGAIN = 1.0  # seconds until a thread that goes on is struck once more


class TimedOut(BanjieError):
    """An ordinary handler exceeded its limit; its transaction is undone, with all that shared it."""

    def __init__(self, spec: HandlerSpec) -> None:
        super().__init__(
            "handler.timeout",
            f"自动处理“{spec.name}”超过{spec.timeout}秒没有完成，已经中止，所做的改动全部撤销；请查明原因后重试。",
        )


class CutOff(BaseException):
    """Raised in the thread of a handler that exceeded its limit. Not an `Exception`, which a handler may catch."""


def watched(act: Callable[[], T]) -> T:
    """Do `act`, one transaction, in a thread of its own; gives or raises what it does.

    Raises `TimedOut` when a call in it, marked by `limit`, exceeds its limit.
    """
    run = _Run(act)
    run.start()
    while not run.ended.wait(LOOK):
        run.look()
    if run.error is not None:
        raise run.error
    return run.value  # type: ignore[no-any-return]


@contextmanager
def limit(uow: UnitOfWork, spec: HandlerSpec) -> Iterator[None]:
    """Inside `watched`: the block calls a handler in the transaction `uow`, and may take as long as the handler may."""
    run = threading.current_thread()
    if not isinstance(run, _Run):
        raise RuntimeError("nobody looks at the clock")
    left_behind = sum(isinstance(other, _Run) and other.late for other in threading.enumerate())
    if left_behind >= MOST_HANGING:
        raise hanging()
    uow.may_be_taken_away()
    run.call = _Call(uow, spec, time.monotonic() + spec.timeout)
    try:
        yield
    finally:
        run.leave()


class _Call(NamedTuple):
    uow: UnitOfWork
    spec: HandlerSpec
    end: float  # of time.monotonic()


class _Run(threading.Thread):
    """The thread of a transaction, and the call that it is at."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(name="handlers", daemon=True)
        self._act = act
        self._context = copy_context()  # its spans are parts of those of whoever asked for it
        self._lock = threading.Lock()  # who has it says whether a call has ended or is cut off
        self.call: _Call | None = None
        self.late = False
        self.ended = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value = self._context.run(self._act)
        except BaseException as error:
            self.error = error
        finally:
            self.ended.set()

    def look(self) -> None:
        """By another thread: cut the call off if its time is over, and raise `TimedOut`."""
        with self._lock:
            if self.call is None or time.monotonic() < self.call.end:
                return
            self.late = True
            try:
                self.call.uow.take_away()
            except Exception:  # the database cannot be reached: it notices itself that nobody asks it any more
                log.exception("the transaction of the handler %s could not be ended", self.call.spec.name)
            _raise_in(self, CutOff)
            threading.Thread(target=self._insist, name="cutting off", daemon=True).start()
            raise TimedOut(self.call.spec)

    def _insist(self) -> None:
        """Strike until it is felt: what is raised while Python runs a finalizer or a callback is swallowed there."""
        while not self.ended.wait(AGAIN):
            with self._lock:
                if self.call is None:
                    return
                _raise_in(self, CutOff)

    def leave(self) -> None:
        """The call has ended. Raises `CutOff` if that is too late."""
        with self._lock:
            self.call = None
            if self.late:
                _raise_in(self, None)  # it must not strike while the transaction is put away
                raise CutOff


def _raise_in(thread: threading.Thread, error: type[BaseException] | None) -> None:
    """Raise `error` in another thread as soon as it runs Python code; None: no more, if it has not been raised yet."""
    what = ctypes.py_object() if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), what)
