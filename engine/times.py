"""ISO 8601 dates, instants, durations and repeating intervals, read strictly.

Calendar months and years are kept apart from days and seconds: 31 January + P1M is 28 (29) February, and the third
round of a monthly cycle is counted from its start, not from the round before. A text without a zone means
Asia/Shanghai.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.cron import parse_cron
from storage.clock import TZ
from storage.errors import BanjieError

MAX_TEXT = 200  # characters of any text about time
MAX_YEARS = 1000  # longest duration
_ZERO = timedelta(0)
Day = TypeVar("Day", date, datetime)
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?"
    r"(Z|z|[+-]\d{2}(?::?\d{2})?|@\w+(?:[/+-]\w+)*)?)?",
    re.ASCII,
)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?", re.ASCII)
_NUMBER = r"(\d{1,9}(?:[.,]\d{1,6})?)"
_DURATION = re.compile(
    rf"([+-])?P(?:{_NUMBER}W|(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)",
    re.ASCII,
)


class TimeError(BanjieError):
    """A text is not the date, instant, duration or cycle it should be (`time.syntax`, `.value`, `.negative`)."""

    default_status = 422


def _bad(kind: str, text: object, example: str) -> TimeError:
    return TimeError("time.syntax", f"“{str(text)[:60]}”不是{kind}，应写成如 {example}。")


@dataclass(frozen=True)
class Duration:
    """A length of time: whole calendar months, and the rest in days and seconds. May be negative."""

    months: int = 0
    rest: timedelta = _ZERO

    def __add__(self, other: object) -> Duration:
        if not isinstance(other, Duration):
            return NotImplemented
        return Duration(self.months + other.months, self.rest + other.rest)

    def __sub__(self, other: object) -> Duration:
        return self + -other if isinstance(other, Duration) else NotImplemented

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.rest)

    def times(self, count: int) -> Duration:
        """`count` of these durations end to end."""
        return Duration(self.months * count, self.rest * count)

    @property
    def is_zero(self) -> bool:
        """No length at all."""
        return not self.months and not self.rest

    @property
    def is_negative(self) -> bool:
        """Some part of it points into the past."""
        return self.months < 0 or self.rest < _ZERO

    def order_key(self) -> timedelta | int:
        """A number to order durations by: days and seconds, or months; a mixture has no order."""
        if not self.months:
            return self.rest
        if not self.rest:
            return self.months
        raise TimeError("time.value", "既有年月又有日时的时长无法比较大小。")

    def iso(self) -> str:
        """The ISO 8601 text."""
        if self.is_zero:
            return "PT0S"
        if self.months <= 0 and self.rest <= _ZERO:
            return "-" + (-self).iso()
        years, months = divmod(self.months, 12)
        seconds, micro = divmod(self.rest // timedelta(microseconds=1), 1_000_000)
        days, seconds = divmod(seconds, 86_400)
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        text = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
        second = f"{seconds}.{micro:06d}".rstrip("0") if micro else str(seconds)
        clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
        clock += f"{second}S" if seconds or micro else ""
        return f"P{text}" + (f"T{clock}" if clock else "")


def parse_date(text: str) -> date:
    """`2026-12-01`; of a full instant, its day in Asia/Shanghai."""
    return parse_instant(text).date()


def parse_instant(text: str) -> datetime:
    """`2026-12-01T09:00:00+08:00` as an aware instant in Asia/Shanghai, in whole seconds; a day alone: its midnight."""
    try:
        return _instant(text).astimezone(TZ)
    except OverflowError as error:
        raise TimeError("time.value", f"日期时间“{text}”不存在。") from error


def _instant(text: str) -> datetime:
    """The instant in the zone that the text names."""
    found = _match(_INSTANT, text, "日期时间", "2026-12-01 或 2026-12-01T09:00:00+08:00")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone, next_day = found[8], False
    try:
        if (hour, minute, second) == (24, 0, 0):  # midnight at the end of the day
            hour, next_day = 0, True
        instant = datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone))
        return instant + timedelta(days=1) if next_day else instant
    except (ValueError, OverflowError) as error:
        raise TimeError("time.value", f"日期时间“{text}”不存在。") from error


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return TZ
    if text in "Zz":
        return UTC
    if text[0] == "@":  # as FEEL writes it: @Asia/Shanghai
        try:
            return ZoneInfo(text[1:])
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(text) from error
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 15 or int(digits[2:]) > 59:
        raise ValueError(text)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def parse_time(text: str) -> time:
    """`09:00` or `09:00:30`."""
    found = _match(_TIME, text, "时刻", "09:00")
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise TimeError("time.value", f"时刻“{text}”不存在。") from error


def parse_duration(text: str, *, positive: bool = False) -> Duration:
    """`P1Y2M3DT4H5M6S` or `P2W`. With `positive` (timers) a negative one is refused, not turned round."""
    found = _match(_DURATION, text, "时长", "P3D、PT30M、P1M")
    sign, weeks, years, months, days, clock, hours, minutes, seconds = found.groups()
    if clock == "T" or not (weeks or years or months or days or clock):
        raise _bad("时长", text, "P3D、PT30M、P1M")
    if any(part and not part.isdigit() for part in (years, months)):
        raise TimeError("time.value", f"时长“{text}”里的年和月必须是整数。")
    whole = int(years or 0) * 12 + int(months or 0)
    try:
        rest = timedelta(
            weeks=_decimal(weeks), days=_decimal(days), hours=_decimal(hours), minutes=_decimal(minutes),
            seconds=_decimal(seconds),
        )  # fmt: skip
    except OverflowError as error:
        raise TimeError("time.value", f"时长“{text}”太长。") from error
    if whole > 12 * MAX_YEARS or rest > timedelta(days=366 * MAX_YEARS):
        raise TimeError("time.value", f"时长“{text}”太长，最长 {MAX_YEARS} 年。")
    duration = Duration(whole, rest)
    if sign == "-":
        if positive and not duration.is_zero:
            raise TimeError("time.negative", f"时长“{text}”是负的，定时器不能倒着走。")
        return -duration
    return duration


def shift(day: Day, duration: Duration, *, sign: int = 1) -> Day:
    """`day` (a date or an aware datetime) moved by `duration`; a month too short gives its last day.

    A date can only be moved by whole days.
    """
    rest = duration.rest * sign
    if type(day) is date and rest % timedelta(days=1):
        raise TimeError("time.value", "日期只能加减整天；要加减小时，请用 datetime(...)。")
    try:
        return _add_months(day, duration.months * sign) + rest
    except (OverflowError, ValueError) as error:
        raise TimeError("time.value", "日期超出了 0001 年到 9999 年的范围。") from error


def _add_months(day: Day, months: int) -> Day:
    if not months:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


class Cycle(Protocol):
    """Something that happens again and again."""

    def anchored(self, now: datetime) -> Cycle:
        """The same cycle, counted from `now` if its text names no start of its own."""
        ...

    def first(self, now: datetime) -> datetime | None:
        """The first time for who begins to wait at `now`; a start that the text names counts if it is just now."""
        ...

    def next_after(self, instant: datetime) -> datetime | None:
        """The first time strictly after `instant`; None when there is none any more."""
        ...


@dataclass(frozen=True)
class Repeating:
    """`R3/2026-01-01T00:00:00+08:00/PT1H`, `R/P1D`, `R3/PT1H/2026-02-01`, `R2/start/end`.

    With a start the first time is the start itself; without one it is one duration after the timer was armed.
    """

    count: int | None  # number of times; None: without end
    every: Duration
    start: datetime | None = None
    end: datetime | None = None  # no time after this
    skip_start: bool = False  # the anchor itself does not count

    def anchored(self, now: datetime) -> Repeating:
        """Counted from `now` when no start is named."""
        return replace(self, start=now, skip_start=True) if self.start is None else self

    def first(self, now: datetime) -> datetime | None:
        """The first time from `now` on; Asia/Shanghai."""
        return self.anchored(now).next_after(now - timedelta(seconds=1))

    def next_after(self, instant: datetime) -> datetime | None:
        """The first time strictly after `instant`, in constant time; Asia/Shanghai."""
        if self.start is None:
            raise ValueError("anchor the cycle before asking for its times")
        first = 1 if self.skip_start else 0
        number = max(first, self._estimate(instant))
        while (at := self._at(number)) is not None and at <= instant:
            number += 1
        if at is None or (self.count is not None and number >= first + self.count):
            return None
        return None if self.end is not None and at > self.end else at.astimezone(TZ)

    def _estimate(self, instant: datetime) -> int:
        """A number of rounds that is surely not past `instant`, and near it."""
        assert self.start is not None
        longest = self.every.rest + timedelta(days=31 * self.every.months)
        passed = (instant - self.start) // longest
        if not self.every.months:
            return passed
        months = (instant.year - self.start.year) * 12 + instant.month - self.start.month
        return max(passed, 0 if self.every.rest else months // self.every.months - 1)

    def _at(self, number: int) -> datetime | None:
        assert self.start is not None
        try:
            return shift(self.start, self.every.times(number))
        except (TimeError, OverflowError):
            return None


def parse_cycle(text: str) -> Cycle:
    """A repeating interval of ISO 8601, or a cron line of 5, 6 or 7 fields (see `engine.cron`)."""
    text = _clean(text, "周期", "R3/PT1H、R/P1D 或 0 9 * * 1-5")
    if text[:1] not in "Rr" or "/" not in text or " " in text.split("/")[0]:
        try:
            return parse_cron(text)
        except ValueError as error:
            raise TimeError("time.syntax", str(error)) from error
    times, *parts = text.split("/")
    if not re.fullmatch(r"[Rr](-1|\d{0,6})", times, re.ASCII) or not 1 <= len(parts) <= 2:
        raise _bad("周期", text, "R3/PT1H、R/2026-01-01T00:00:00+08:00/P1D")
    count = None if times[1:] in ("", "-1") else int(times[1:])
    if count == 0:
        raise TimeError("time.value", f"周期“{text}”重复 0 次，永远不会触发。")
    start = end = None
    if len(parts) == 1:
        every = parse_duration(parts[0], positive=True)
    elif parts[0][:1] == "P":
        every, end = parse_duration(parts[0], positive=True), _instant(parts[1])
    elif parts[1][:1] in "P-":
        start, every = _instant(parts[0]), parse_duration(parts[1], positive=True)
    else:
        start = _instant(parts[0])
        every = Duration(0, _instant(parts[1]) - start)
    if every.is_zero or every.is_negative or every.rest % timedelta(seconds=1):
        raise TimeError("time.negative", f"周期“{text}”的间隔必须是至少一秒的整秒数。")
    return Repeating(count, every, start, end)


def _clean(text: str, kind: str, example: str) -> str:
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise _bad(kind, text, example)
    return text.strip()


def _match(pattern: re.Pattern[str], text: str, kind: str, example: str) -> re.Match[str]:
    found = pattern.fullmatch(_clean(text, kind, example))
    if found is None:
        raise _bad(kind, text, example)
    return found


def _decimal(text: str | None) -> float:
    return float(text.replace(",", ".")) if text else 0.0
