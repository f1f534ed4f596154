"""Calls of handlers in processes of their own, so that one which hangs or crashes is ended and takes nothing along.

A process is started when a call finds no idle one, answers one call after the other, and is killed when a call exceeds
its limit. It shares nothing with the server but a pair of sockets. Run as a program (`python -m engine.isolation
SOCKET MODULE`), this module is that process: it loads the handlers with `MODULE.load_all()`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from engine.outside import Call, Interrupted, reason
from engine.registry import BpmnError, HandlerContext, HandlerFailed, HandlerSpec, registry
from storage.errors import BanjieError

START = 60.0  # seconds that a new process may take until it can be called
ORPHANED = 30  # seconds after its limit that a call ends itself if nobody has cut it off: the server is gone


class Isolated:
    """A caller with processes of its own; `module` is the package whose `load_all()` registers the handlers."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False

    def begin(self, spec: HandlerSpec, context: HandlerContext, *, undo: bool = False) -> Call:
        with self._lock:
            if self._closed:
                raise Interrupted
            process = self._idle.pop() if self._idle else None
            if process is None:
                process = _Process(self._module)
                self._all.add(process)
        try:
            process.require_ready()
        except BaseException:
            self.give_back(process, usable=False)
            raise
        return _InProcess(self, process, spec, context, undo)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            processes = list(self._all)
            self._all.clear()
            self._idle.clear()
        for process in processes:
            process.kill()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def give_back(self, process: _Process, *, usable: bool) -> None:
        """A process has answered, or is of no more use."""
        with self._lock:
            if usable and not self._closed:
                self._idle.append(process)
                return
            self._all.discard(process)
        process.kill()
        process.line.close()


class _Process:
    """One process and the line to it."""

    def __init__(self, module: str) -> None:
        mine, theirs = socket.socketpair()
        paths = [path for path in sys.path if path] or [os.getcwd()]
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "engine.isolation", str(theirs.fileno()), module],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *paths])},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl+C in the server's terminal is the server's matter
            )
        self.line = Connection(mine.detach())
        self._ready = False

    def require_ready(self) -> None:
        """Wait until the process can take a call. Raises HandlerFailed."""
        try:
            if not self._ready and not self.line.poll(START):
                raise HandlerFailed("自动处理的进程没有及时启动")
            self._ready = self._ready or bool(self.line.recv())
        except (EOFError, OSError):
            raise self._gone() from None

    def ask(self, spec: HandlerSpec, context: HandlerContext, undo: bool) -> None:
        """Send the call. Raises HandlerFailed."""
        plain = replace(
            context,
            properties=dict(context.properties),
            variables=dict(context.variables),
            inputs=dict(context.inputs),
            scope_path=list(context.scope_path),
        )
        try:
            self.line.send((spec.name, undo, spec.timeout, plain))
        except OSError:
            raise self._gone() from None

    def _gone(self) -> HandlerFailed:
        return HandlerFailed(f"自动处理的进程没有启动（{self._popen.wait(10)}）")

    def kill(self) -> None:
        """End it, whatever it does, with all that it has started."""
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    @property
    def returncode(self) -> int | None:
        """How it ended, if it has."""
        return self._popen.poll()


class _InProcess:
    def __init__(
        self, caller: Isolated, process: _Process, spec: HandlerSpec, context: HandlerContext, undo: bool
    ) -> None:
        self._caller = caller
        self._process = process
        self._spec = spec
        self._context = context
        self._undo = undo

    def go(self) -> None:
        self._process.ask(self._spec, self._context, self._undo)

    def wait(self, seconds: float) -> bool:
        return self._process.line.poll(max(0.0, seconds))

    def result(self) -> Mapping[str, Any]:
        try:
            kind, *told = self._process.line.recv()
        except (EOFError, OSError):
            self._caller.give_back(self._process, usable=False)
            if self._caller.closed:
                raise Interrupted from None
            raise HandlerFailed(f"自动处理“{self._spec.name}”的进程中途结束（{self._process.returncode}）") from None
        self._caller.give_back(self._process, usable=True)
        if kind == "done":
            result, outbox, reschedules = told
            self._context.outbox.extend(outbox)
            self._context.reschedules.extend(reschedules)
            return dict(result)
        if kind == "bpmn":
            raise BpmnError(*told)
        if kind == "refused":
            code, message, field, element, status = told
            raise BanjieError(code, message, field=field, element=element, status=status)
        raise HandlerFailed(*told)

    def cut_off(self) -> None:
        self._caller.give_back(self._process, usable=False)


# -- the process itself ----------------------------------------------------------------------------------------------


def main() -> int:
    """Answer calls until the server closes the line."""
    line = Connection(int(sys.argv[1]))
    importlib.import_module(sys.argv[2]).load_all()
    line.send(True)
    while True:
        try:
            name, undo, limit, context = line.recv()
        except EOFError:
            return 0
        signal.alarm(limit + ORPHANED)  # the default act of SIGALRM is to end the process
        answer = _answer(name, undo, context)
        signal.alarm(0)
        line.send(answer)


def _answer(name: str, undo: bool, context: HandlerContext) -> tuple[Any, ...]:
    try:
        spec = registry.handlers[name]
        act = spec.undo if undo and spec.undo is not None else spec.call
        result = dict(act(context) or {})
        return "done", result, context.outbox, context.reschedules
    except BpmnError as error:
        return "bpmn", error.code, str(error)
    except BanjieError as error:
        return "refused", error.code, error.message, error.field, error.element, error.status
    except Exception as error:
        return "failed", reason(error)


if __name__ == "__main__":
    raise SystemExit(main())
