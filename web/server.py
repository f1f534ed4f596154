"""Runs the HTTP server with the scheduler: in this process, or in several that share the port."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import uvicorn

from engine.isolation import Isolated
from storage.errors import BanjieError
from web import logs, telemetry
from web.banjie import Banjie
from web.http import create_app

log = logging.getLogger("banjie.server")

SHORT = 2.0  # seconds: a worker that lived no longer is started again after a pause


def serve(make: Callable[[], Banjie], *, host: str, port: int, workers: int = 1) -> int:
    """Serve until stopped; `make` gives the program, once in each process. SIGTERM finishes what is in hand.

    Errors: `server.port` (the port is taken), `server.workers` (SQLite has one process).
    """
    logs.begin()
    telemetry.require()
    with _listening(host, port) as listener:
        if workers > 1:
            first = make()
            first.close()  # the tables are brought up once, and nothing is open while processes are made
            if first.store.dialect == "sqlite":
                raise BanjieError(
                    "server.workers", "SQLite 只能由一个进程使用，请去掉 --workers；要用多个进程，请改用 PostgreSQL。"
                )
            print(_started(host, port), flush=True)
            return _supervise(lambda: _run(make, listener), workers)
        return _run(make, listener, begun=_started(host, port))


def _started(host: str, port: int) -> str:
    return f"办结已启动：http://{host}:{port}  （按 Ctrl+C 停止）"


def _run(make: Callable[[], Banjie], listener: socket.socket, *, begun: str | None = None) -> int:
    """Serve in this process; says `begun` when all is ready to."""
    with telemetry.telling():
        banjie = make()
        if begun is not None:
            print(begun, flush=True)
        banjie.engine.outside = Isolated("handlers")
        config = uvicorn.Config(
            create_app(banjie), log_level="warning", timeout_graceful_shutdown=20, server_header=False
        )
        server = uvicorn.Server(config)

        def stop(_number: int, _frame: object) -> None:
            server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)  # uvicorn raises once more what it was stopped by: what follows must still run
        try:
            server.run(sockets=[listener])
        finally:
            banjie.close()
    return 0


def _supervise(work: Callable[[], int], workers: int) -> int:
    """Keep so many processes at work until SIGTERM or SIGINT; one that ends is replaced. Gives the exit code."""
    children: dict[int, float] = {}  # process id -> when it began
    stopping = threading.Event()
    alive, keep = os.pipe()  # at its end the children know that this process is gone

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        for pid in children:
            os.kill(pid, signal.SIGTERM)

    signals = {signal.SIGTERM, signal.SIGINT}
    for number in signals:
        signal.signal(number, stop)
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # a child is either not begun or known
        while len(children) < workers and not stopping.is_set():
            pid = os.fork()
            if pid == 0:
                os.close(keep)
                _child(work, alive)
            children[pid] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        if not children:
            return 0
        ended, status = os.wait()
        began = children.pop(ended)
        if not stopping.is_set():
            log.error("worker %s ended (%s) and is replaced", ended, os.waitstatus_to_exitcode(status))
            if time.monotonic() - began < SHORT:
                stopping.wait(SHORT)


def _child(work: Callable[[], int], alive: int) -> None:
    """The life of one worker; it ends the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    code = 1
    try:
        code = work()
    except Exception:
        log.exception("a worker could not go on")
    finally:
        sys.stdout.flush()
        os._exit(code)


def _end_with(alive: int) -> None:
    """End this worker in good order when its supervisor is gone."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything is started, so that a taken port stops nothing halfway."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise BanjieError("server.port", f"端口 {port} 不能使用（{error.strerror}），请用 PORT 另选一个。") from None
    return listener
