"""Runs the HTTP server in this process, with the scheduler."""

from __future__ import annotations

import logging
import socket

import uvicorn

from engine.isolation import Isolated
from storage.errors import BanjieError
from web.banjie import Banjie
from web.http import create_app


def serve(banjie: Banjie, *, host: str, port: int) -> int:
    """Serve until stopped. SIGTERM finishes the requests in hand. Errors: `server.port` (the port is taken)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    banjie.engine.outside = Isolated("handlers")
    config = uvicorn.Config(create_app(banjie), log_level="warning", timeout_graceful_shutdown=20)
    try:
        with _listening(host, port) as listener:
            print(f"办结已启动：http://{host}:{port}  （按 Ctrl+C 停止）", flush=True)
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        banjie.close()
    return 0


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
