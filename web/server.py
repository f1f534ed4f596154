"""Runs the HTTP server in this process, with the scheduler."""

from __future__ import annotations

import logging

import uvicorn

from storage.errors import BanjieError
from web.banjie import Banjie
from web.http import create_app


def serve(banjie: Banjie, *, host: str, port: int) -> int:
    """Serve until stopped. SIGTERM finishes the requests in hand."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    server = uvicorn.Server(
        uvicorn.Config(create_app(banjie), host=host, port=port, log_level="warning", timeout_graceful_shutdown=20)
    )
    try:
        server.run()
    except SystemExit:
        raise BanjieError("server.port", f"端口 {port} 已被占用，请用 PORT 另选一个。") from None
    finally:
        banjie.close()
    return 0
