"""Calls of handlers that reach outside: begun without a transaction, waited for with a time limit, cut off.

A `Caller` is how a program makes such calls. `Threads` makes them in this process: for a command, a scenario, a test. A
server uses `engine.isolation`, where a call that hangs can really be ended.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol

from engine.registry import HandlerContext, HandlerFailed, HandlerSpec
from storage.errors import BanjieError

MOST_HANGING = 50  # calls that were cut off but never ended: a thread cannot be killed


class Interrupted(Exception):
    """This node stops; the call was cut off before its time."""


def reason(error: Exception) -> str:
    """Why a call failed; what a handler did not mean to be read bears the name of its error."""
    if isinstance(error, BanjieError):
        return error.message
    return str(error) if isinstance(error, HandlerFailed) else f"{type(error).__name__}: {error}"


def hanging() -> BanjieError:
    """So many calls hang that no more are made."""
    return BanjieError("handler.hanging", f"已有{MOST_HANGING}个自动处理挂起不返回，请重新启动本节点。")


class Call(Protocol):
    """A call that is prepared, or under way."""

    def go(self) -> None:
        """Make it."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait for the answer, at most so long; gives whether it is there."""
        ...

    def result(self) -> Mapping[str, Any]:
        """What the handler gave, once it is there; raises what the handler raised, or `Interrupted`."""
        ...

    def cut_off(self) -> None:
        """Nobody waits for it any more."""
        ...


class Caller(Protocol):
    """Makes calls."""

    def begin(self, spec: HandlerSpec, context: HandlerContext, *, undo: bool = False) -> Call:
        """Prepare the call of a handler, or of what undoes it, which may take as long as starting a process does.

        May raise a `BanjieError` when no call can be made now, `HandlerFailed`, `Interrupted`.
        """
        ...

    def close(self) -> None:
        """Interrupt all calls and make no more."""
        ...


class Threads:
    """Each call in a thread of its own. One that hangs is left behind; with too many of them no more are made."""

    def __init__(self) -> None:
        self._calls: set[_InThread] = set()
        self._closed = False

    def begin(self, spec: HandlerSpec, context: HandlerContext, *, undo: bool = False) -> Call:
        if self._closed:
            raise Interrupted
        self._calls = {call for call in self._calls if not call.over}
        if len(self._calls) >= MOST_HANGING:
            raise hanging()
        call = _InThread(spec, context, undo)
        self._calls.add(call)
        return call

    def close(self) -> None:
        self._closed = True
        for call in self._calls:
            call.interrupt()


class _InThread:
    def __init__(self, spec: HandlerSpec, context: HandlerContext, undo: bool) -> None:
        self._act = spec.undo if undo and spec.undo is not None else spec.call
        self._context = context
        self._done = threading.Event()
        self._gone = False  # made, or never to be made
        self._result: Mapping[str, Any] = {}
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name=f"handler {spec.name}", daemon=True)

    @property
    def over(self) -> bool:
        """Whether it keeps no thread, and will not."""
        return not self.thread.is_alive() and self._gone

    def go(self) -> None:
        if not self._done.is_set():
            self.thread.start()
        self._gone = True

    def wait(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def result(self) -> Mapping[str, Any]:
        if self._error is not None:
            raise self._error
        return self._result

    def cut_off(self) -> None:
        self._gone = True

    def interrupt(self) -> None:
        if not self._done.is_set():
            self._error = Interrupted()
            self._done.set()

    def _run(self) -> None:
        try:
            result, error = self._act(self._context) or {}, None
        except BaseException as raised:  # also what ends a thread: the one who waits must hear of it
            result, error = {}, raised
        if not self._done.is_set():
            self._result, self._error = result, error
            self._done.set()
