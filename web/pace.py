"""How many requests may come from one side: a log-in, or an address that is not logged in. Each process counts its own.

The count slides: what the last minute had weighs by how much of it the latest sixty seconds still hold. A cookie counts
as a log-in only after it was found to be one: whoever makes cookies up shares the count of the address.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from storage.errors import BanjieError
from web import metrics
from web.api.common import COOKIE, HTTPS_COOKIE, LOGGED_IN

log = logging.getLogger("banjie.pace")

SETTING = "BANJIE_REQUESTS_PER_MINUTE"
USUAL = 1_200  # a page asks about ten times, twenty tabs ask for news: nobody works this fast
WINDOW = 60  # seconds
_MOST = 20_000  # sides that are remembered
seconds = time.monotonic  # the clock of the application

Scope = MutableMapping[str, Any]


def setting() -> int:
    """Requests a minute, 0 for any number. Raises `pace.setting` for what is no number."""
    told = os.environ.get(SETTING, "").strip() or str(USUAL)
    if not (told.isascii() and told.isdigit()):
        raise BanjieError("pace.setting", f"{SETTING} 不正确，应为每分钟的次数，0 为不限。")
    return int(told)


class Counter:
    """At most `most` in any sixty seconds of each side, by a clock of seconds."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self.most = most
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()  # minute, count, count of the one before

    def wait(self, side: str) -> int:
        """Count one more; 0, or after how many seconds to come again: that one is not counted."""
        now = self._clock()
        minute, within = int(now // WINDOW), now % WINDOW
        at, count, before = self._counts.get(side, (minute, 0, 0))
        if at != minute:
            count, before = 0, count if at == minute - 1 else 0
        if count >= self.most:  # in the minute to come these weigh until one of them has gone
            return math.ceil(WINDOW - within + WINDOW / self.most)
        if count + before * (1 - within / WINDOW) > self.most - 1:
            return math.ceil(WINDOW * (1 - (self.most - 1 - count) / before) - within)
        _remember(self._counts, side, (minute, count + 1, before))
        return 0


class Pace:
    """ASGI middleware: answers 429 `request.too_many` to a side that asks faster than `most` times a minute."""

    def __init__(self, app: Any, *, most: int) -> None:
        self._app = app
        self._counter = Counter(most, seconds)
        self._logged_in: OrderedDict[str, None] = OrderedDict()
        self._told: OrderedDict[str, int] = OrderedDict()  # who was refused, and in which minute

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not self._counter.most or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        log_in = _log_in(scope)
        side = log_in if log_in is not None and log_in in self._logged_in else _address(scope)
        if later := self._counter.wait(side):
            metrics.REFUSED.inc()
            self._tell(side)
            told = {"code": "request.too_many", "message": f"操作过于频繁，请{later}秒后再试。"}
            answer = JSONResponse({"error": told}, status_code=429, headers={"Retry-After": str(later)})
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
        found = scope.get("state", {}).get(LOGGED_IN)  # None: nobody asked
        if log_in is not None and found is not None:
            self._logged_in.pop(log_in, None)
            if found:
                _remember(self._logged_in, log_in, None)

    def _tell(self, side: str) -> None:
        """Once a minute for each side; not who it is."""
        minute = int(seconds() // WINDOW)
        if self._told.get(side) != minute:
            _remember(self._told, side, minute)
            log.warning("more than %d requests a minute from one %s", self._counter.most, side.partition(":")[0])


def _remember(there: OrderedDict[str, Any], side: str, value: Any) -> None:
    there[side] = value
    there.move_to_end(side)
    if len(there) > _MOST:
        there.popitem(last=False)


def _log_in(scope: Scope) -> str | None:
    """The cookie of a log-in, not as it is."""
    cookies = Request(scope).cookies
    token = cookies.get(HTTPS_COOKIE) or cookies.get(COOKIE)
    return None if token is None else "session:" + hashlib.sha256(token.encode()).hexdigest()


def _address(scope: Scope) -> str:
    """The network address; of IPv6 the network, as one household has 2**64 addresses."""
    host = str((scope.get("client") or ("unknown", 0))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return f"address:{host}"
    wide = IPv6Network((address, 64), strict=False) if isinstance(address, IPv6Address) else host
    return f"address:{wide}"
