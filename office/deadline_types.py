"""What a deadline is: its units and modes, what was asked, and the result with its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal, Self, get_args

from office.lights import FULL_LADDER, Step
from storage.clock import TZ

Unit = Literal["d", "w", "m", "wd", "h", "min", "sameday", "date"]
Mode = Literal["calendar", "calendar_roll", "working", "clock", "same_day", "session", "date", "backward"]
Fixed = date | datetime
UNITS: tuple[Unit, ...] = get_args(Unit)
MODES: tuple[Mode, ...] = get_args(Mode)
UNITS_OF_MODE: Mapping[Mode, tuple[Unit, ...]] = {
    "calendar": ("d", "w", "m"),
    "calendar_roll": ("d", "w", "m"),
    "working": ("wd",),
    "clock": ("h", "min"),
    "same_day": ("sameday",),
    "session": ("sameday",),
    "date": ("date",),
    "backward": ("d", "h", "min"),
}
MODE_OF_UNIT: Mapping[Unit, Mode] = {
    "d": "calendar_roll",
    "w": "calendar_roll",
    "m": "calendar_roll",
    "wd": "working",
    "h": "clock",
    "min": "clock",
    "sameday": "same_day",
    "date": "date",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked of a profile, kept with the deadline so that it can be worked out again (0.3.5)."""

    code: str
    start: datetime
    n: int | None = None
    unit: Unit | None = None
    mode: Mode | None = None
    date: Fixed | None = None
    word: str | None = None
    appeal_claim: bool = False
    extension_days: int = 0
    stopped_days: int = 0
    stops: tuple[tuple[str, str, str], ...] = ()  # first and last day (ISO) that the clock stood still, and why
    accepted_at: datetime | None = None
    ceiling_extension_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One limit with its instants (aware, Asia/Shanghai, whole seconds). For mode `session` all instants are None."""

    code: str
    start: datetime
    n: int
    unit: Unit
    mode: Mode
    raw: date | None  # the last day before it is rolled; None where no day is counted
    due_on: date | None
    due_at: datetime | None
    yellow_at: datetime | None
    e1: datetime | None
    e2: datetime | None
    e3: datetime | None
    provisional: bool = False  # a day that was looked at lies in a year without announced table
    extension_days: int = 0
    stopped_days: int = 0
    ceiling_applied: bool = False
    ceiling_code: str | None = None  # the statute's limit that binds instead, as L12
    profile_due_at: datetime | None = None  # the profile's own limit, where the ceiling binds
    ladder: tuple[Step, ...] = FULL_LADDER  # the steps that exist for this limit (0.5)
    e3_target: str | None = None  # R06, R73 or report_to_head
    words: str = ""  # the limit in the regulation's words
    explanation: tuple[str, ...] = ()
    request: Request | None = field(default=None)

    @property
    def years(self) -> frozenset[int]:
        """The calendar years of its instants, ladder included: a new table for one of them recomputes it (0.3.5)."""
        instants = (self.raw, self.due_at, self.yellow_at, self.e1, self.e2, self.e3, self.profile_due_at)
        return frozenset(instant.year for instant in instants if instant is not None)

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage; from_json gives an equal Deadline back."""
        data = {item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "request"}
        asked = self.request
        data["request"] = None if asked is None else {f.name: _plain(getattr(asked, f.name)) for f in fields(asked)}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of to_json."""
        values = dict(data)
        for name in ("start", "due_at", "yellow_at", "e1", "e2", "e3", "profile_due_at"):
            values[name] = _instant(values[name])
        for name in ("raw", "due_on"):
            values[name] = None if values[name] is None else date.fromisoformat(values[name])
        values["ladder"], values["explanation"] = tuple(values["ladder"]), tuple(values["explanation"])
        if values["request"] is not None:
            asked = dict(values["request"])
            asked["start"], asked["accepted_at"] = _instant(asked["start"]), _instant(asked["accepted_at"])
            asked["stops"] = tuple(tuple(one) for one in asked.get("stops", ()))
            given = asked["date"]
            asked["date"] = given if given is None else _instant(given) if "T" in given else date.fromisoformat(given)
            values["request"] = Request(**asked)
        return cls(**values)


def cli_json(deadline: Deadline) -> dict[str, Any]:
    """The deadline as `banjie deadline` prints it: instants ISO 8601 with offset, explanation a list of sentences."""
    names = ("raw", "due_at", "yellow_at", "e1", "e2", "e3", "provisional", "explanation")
    return {name: _plain(getattr(deadline, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(TZ)
