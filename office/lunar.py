"""The lunar calendar as people write it: 农历十月初三."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from lunar_python import Solar


@lru_cache(maxsize=4096)
def lunar_day(day: date) -> int:
    """The number of the day in its lunar month, 1 to 30."""
    return int(Solar.fromYmd(day.year, day.month, day.day).getLunar().getDay())


@lru_cache(maxsize=4096)
def lunar_text(day: date) -> str:
    """The day in lunar words, with 闰 before a leap month: `农历十月初三`, `农历闰六月初六`."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return f"农历{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}"
