"""Logs: one line of text a record for people, or one line of JSON for a collector (`BANJIE_LOG=json`).

A line says what happened to which case and instance, never to whom: addresses are told by their pattern, errors by
their type and place without their words, and nobody's name is in it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

from storage import spans
from storage.clock import TZ
from storage.types import new_id

log = logging.getLogger("banjie.request")

IDS = ("case_id", "instance_id", "task_id", "incident_id", "document_id")  # told of an address; no name is an id here
_ID = re.compile(r"[0-9A-Z]{26}(\.\w+)*")
_TOLD = ("request", "trace", "method", "route", "status", "ms", "job", "timer", "handler", *IDS)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def begin() -> None:
    """Set up what this process says on its standard error."""
    handler = logging.StreamHandler()
    if os.environ.get("BANJIE_LOG", "text") == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, TZ).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "node": f"{os.uname().nodename}/{record.process}",
            "message": record.getMessage(),
        }
        told |= {name: record.__dict__[name] for name in _TOLD if record.__dict__.get(name) is not None}
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            told["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(told, ensure_ascii=False)


class Requests:
    """ASGI middleware: counts and times every request, and logs those that change something, are refused or fail."""

    def __init__(self, app: Any, *, count: Callable[[str, int, float], None]) -> None:
        self._app = app
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, request = time.monotonic(), 500, new_id()

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request.encode()))
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            seconds = time.monotonic() - began
            self._count(scope["method"], status, seconds)
            if scope["method"] not in ("GET", "HEAD") or status >= 400:
                _tell(scope, request, status, seconds)


def ids_in(scope: Scope) -> dict[str, str]:
    """The ids in an address: ours, not what somebody typed in their place."""
    given = scope.get("path_params", {}).items()
    return {name: value for name, value in given if name in IDS and _ID.fullmatch(str(value))}


def route_of(scope: Scope) -> str | None:
    """The pattern of an address, as `/api/cases/{case_id}`: what was typed in an id's place is not told.

    A route knows its end alone, not the rooms around it. None: there is no such address.
    """
    end = getattr(scope.get("route"), "path", None)
    if end is None or ":path" in end:
        return end
    return "/".join(str(scope["path"]).split("/")[: -end.count("/")]) + end


def _tell(scope: Scope, request: str, status: int, seconds: float) -> None:
    route = route_of(scope) or "-"
    ids = ids_in(scope)
    told = {"request": request, "method": scope["method"], "route": route, "status": status, **ids}
    if (traceparent := spans.traceparent()) is not None:
        told["trace"] = traceparent.split("-")[1]
    named = " ".join(f"{name}={value}" for name, value in ids.items())
    line = f"{scope['method']} {route} {status} {seconds * 1000:.0f}ms {named}".rstrip()
    log.log(logging.WARNING if status >= 500 else logging.INFO, line, extra=told | {"ms": round(seconds * 1000)})
