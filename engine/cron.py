"""Cron lines: `0 9 * * 1-5` (minute hour day month weekday) and the Quartz form with seconds first (and a year last).

Five fields follow Unix: Sunday is 0 or 7, and when day and weekday are both given, either will do. Six and seven fields
follow Quartz, as Camunda does: Sunday is 1, one of day and weekday is `?`. `L` is the last day of the month, `6L` its
last Friday, `6#3` its third one. Times are those of Asia/Shanghai.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from storage.clock import TZ

HORIZON = 400 * 12  # months looked ahead: the calendar repeats itself after 400 years
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
DayTest = Callable[[date], bool]


@dataclass(frozen=True)
class Cron:
    """Every second that matches all fields."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int] | None
    day_matches: DayTest

    def anchored(self, now: datetime) -> Cron:
        """A cron line hangs on the calendar, not on `now`."""
        return self

    def first(self, now: datetime) -> datetime | None:
        """The first time after `now`."""
        return self.next_after(now)

    def next_after(self, instant: datetime) -> datetime | None:
        """The first matching second strictly after `instant`; None when there is none in 400 years."""
        start = instant.astimezone(TZ).replace(microsecond=0) + timedelta(seconds=1)
        year, month, first_day = start.year, start.month, start.day
        for _ in range(HORIZON):
            if year > 9999:
                return None
            if month in self.months and (self.years is None or year in self.years):
                for number in range(first_day, calendar.monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if self.day_matches(day):
                        earliest = start.time() if day == start.date() else time(0)
                        if (at := self._time_from(earliest)) is not None:
                            return datetime.combine(day, at, TZ)
            year, month, first_day = (year + 1, 1, 1) if month == 12 else (year, month + 1, 1)
        return None

    def _time_from(self, earliest: time) -> time | None:
        """The first matching time of day that is not before `earliest`."""
        for hour in self.hours:
            if hour < earliest.hour:
                continue
            for minute in self.minutes:
                if (hour, minute) < (earliest.hour, earliest.minute):
                    continue
                for second in self.seconds:
                    at = time(hour, minute, second)
                    if at >= earliest:
                        return at
        return None


def parse_cron(text: str) -> Cron:
    """Read a cron line; `ValueError` (in Chinese) when it is none or when it can never be true."""
    fields = _MACROS.get(text.strip().lower(), text).upper().split()
    if not 5 <= len(fields) <= 7:
        raise _bad(text, "应有 5 个字段（分 时 日 月 周），或 6、7 个字段（秒 分 时 日 月 周 年）")
    quartz = len(fields) > 5
    if not quartz:
        fields = ["0", *fields]
    second, minute, hour, day, month, weekday = fields[:6]
    if quartz and day not in "*?" and weekday not in "*?":
        raise _bad(text, "日和周只能给一个，另一个写 ?")
    cron = Cron(
        seconds=_numbers(text, second, 0, 59),
        minutes=_numbers(text, minute, 0, 59),
        hours=_numbers(text, hour, 0, 23),
        months=frozenset(_numbers(text, month, 1, 12, _MONTHS)),
        years=frozenset(_numbers(text, fields[6], 1970, 2199)) if len(fields) == 7 and fields[6] != "*" else None,
        day_matches=_day_test(text, day, weekday, quartz),
    )
    if cron.years is None and cron.next_after(datetime(2000, 1, 1, tzinfo=TZ)) is None:
        raise _bad(text, "这样的日子不存在，永远不会触发")
    return cron


def _bad(text: str, why: str) -> ValueError:
    return ValueError(f"“{text[:60]}”不是周期：{why}。")


def _numbers(text: str, field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    """`*`, `5`, `1-5`, `*/10`, `3/10`, and lists of them."""
    chosen: set[int] = set()
    for item in field.split(","):
        span, _, step_text = item.partition("/")
        step = _number(text, step_text, 1, high, None) if "/" in item else 1
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            left, _, right = span.partition("-")
            first, last = _number(text, left, low, high, names), _number(text, right, low, high, names)
        else:
            first = _number(text, span, low, high, names)
            last = high if "/" in item else first
        if first <= last:
            chosen.update(range(first, last + 1, step))
        else:  # FRI-MON, 22-4: over the edge
            chosen.update(range(first, high + 1, step))
            chosen.update(range(low + (step - (high + 1 - first) % step) % step, last + 1, step))
    return tuple(sorted(chosen))


def _number(text: str, word: str, low: int, high: int, names: dict[str, int] | None) -> int:
    if names and word in names:
        return names[word]
    if not re.fullmatch(r"\d{1,4}", word, re.ASCII) or not low <= int(word) <= high:
        raise _bad(text, f"“{word}”不是 {low} 到 {high} 的数")
    return int(word)


def _day_test(text: str, day: str, weekday: str, quartz: bool) -> DayTest:
    day_free, weekday_free = day in ("*", "?"), weekday in ("*", "?")
    by_day, by_weekday = _month_day(text, day), _week_day(text, weekday, quartz)
    if day_free:
        return by_weekday
    if weekday_free:
        return by_day
    return lambda one: by_day(one) or by_weekday(one)


def _month_day(text: str, field: str) -> DayTest:
    items = field.split(",")
    last = "L" in items
    items = [item for item in items if item != "L"]
    numbers = frozenset(_numbers(text, ",".join(items), 1, 31)) if items else frozenset()
    return lambda one: one.day in numbers or (last and one.day == calendar.monthrange(one.year, one.month)[1])


def _week_day(text: str, field: str, quartz: bool) -> DayTest:
    low, high = (1, 7) if quartz else (0, 7)
    names = {name: n + low for n, name in enumerate(_DAYS)}
    plain: set[int] = set()  # 0 = Sunday
    nth: set[tuple[int, int]] = set()  # (day, which one; 0 = last)
    for item in field.split(","):
        if "#" in item:
            name, _, which = item.partition("#")
            nth.add(((_number(text, name, low, high, names) - low) % 7, _number(text, which, 1, 5, None)))
        elif item.endswith("L") and item != "L":
            nth.add(((_number(text, item[:-1], low, high, names) - low) % 7, 0))
        elif item == "L":
            plain.add(6)
        else:
            top = high if quartz or "7" in item else 6
            plain.update((n - low) % 7 for n in _numbers(text, item, low, top, names))

    def matches(one: date) -> bool:
        number = one.isoweekday() % 7
        if number in plain:
            return True
        for wanted, which in nth:
            if number == wanted:
                left = calendar.monthrange(one.year, one.month)[1] - one.day
                if (which == 0 and left < 7) or (which and (one.day - 1) // 7 + 1 == which):
                    return True
        return False

    return matches
