"""The clock that is passed in. All instants are aware, in Asia/Shanghai, in whole seconds (requirements §0.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant: aware, Asia/Shanghai, whole seconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(TZ).replace(microsecond=0)


class FixedClock:
    """A clock that is moved by hand: for scenarios and tests."""

    def __init__(self, now: datetime) -> None:
        self._now = local(now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Move to `now` (naive means Asia/Shanghai)."""
        self._now = local(now)

    def advance(self, **delta: float) -> None:
        """Move forward by a `timedelta(**delta)`."""
        self._now += timedelta(**delta)


def local(instant: datetime) -> datetime:
    """`instant` in Asia/Shanghai; a naive one is taken to be there already."""
    return instant.replace(tzinfo=TZ) if instant.tzinfo is None else instant.astimezone(TZ)
