"""Working days: which days the office works, and why.

A day is decided by, in this order (requirements 0.3.5): (a) the organisation's own override; (b) a year table that
an administrator uploaded, which replaces the whole year; (c) the package `chinesecalendar`; (d) for years without
data Monday to Friday minus the 13 statutory days, the lunar ones found by `lunar-python`. Days of (d) are provisional.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from chinese_calendar.constants import Holiday, holidays, workdays
from lunar_python import Lunar, Solar

from office.calendar_table import CalendarError, YearTable

Source = Literal["override", "table", "package", "fallback"]
SOURCE_TEXT: Mapping[Source, str] = MappingProxyType(
    {
        "override": "本单位调整",
        "table": "已导入的年度放假安排",
        "package": "国务院公布的放假安排",
        "fallback": "法定节假日推算（暂定）",
    }
)
_NAMES = {item.value: item.chinese for item in Holiday} | {
    Holiday.tomb_sweeping_day.value: "清明节",
    Holiday.dragon_boat_festival.value: "端午节",
    Holiday.mid_autumn_festival.value: "中秋节",
}
_DAY = timedelta(days=1)
_LONGEST_SEARCH = 400  # days; a calendar with no working day in more than a year is a mistake in the override table


@dataclass(frozen=True, slots=True)
class DayInfo:
    """One day: whether the office works, the reason in Chinese, and which table said so."""

    day: date
    working: bool
    reason: str
    source: Source
    holiday: bool = False  # off within an announced holiday period, weekends in it included
    makeup: bool = False  # a weekend day that is worked instead of one

    @property
    def provisional(self) -> bool:
        """True if no announced table covers the day yet (source d)."""
        return self.source == "fallback"


class Calendar:
    """The working days of one organisation. Immutable; `overrides` {day: works}, `years` {year: uploaded table}.

    Errors: CalendarError `calendar.wrong_year` if a table stands under another year's number.
    """

    def __init__(
        self, overrides: Mapping[date, bool] | None = None, years: Mapping[int, YearTable] | None = None
    ) -> None:
        self._overrides: Mapping[date, bool] = MappingProxyType(dict(overrides or {}))
        self._years: Mapping[int, YearTable] = MappingProxyType(dict(years or {}))
        for year, table in self._years.items():
            if table.year != year:
                raise CalendarError(
                    "calendar.wrong_year", f"{table.year}年的放假安排不能用于{year}年。", field=str(year)
                )

    def day(self, day: date) -> DayInfo:
        """What is known of a day."""
        if day in self._overrides:
            works = self._overrides[day]
            return DayInfo(day, works, "本单位调整上班" if works else "本单位调整放假", "override")
        table = self._years.get(day.year)
        if table is not None:
            return _from_table(day, table, "table")
        table = _package_table(day.year)
        if table is not None:
            return _from_table(day, table, "package")
        return _from_table(day, _fallback_table(day.year), "fallback")

    def is_working(self, day: date) -> bool:
        """True if the office works on the day."""
        return self.day(day).working

    def source_of_year(self, year: int) -> Source:
        """The table that serves a year (`table`, `package` or `fallback`), single overrides aside."""
        if year in self._years:
            return "table"
        return "fallback" if _package_table(year) is None else "package"

    def year_table(self, year: int) -> YearTable:
        """The table that serves a year, for display and export."""
        return self._years.get(year) or _package_table(year) or _fallback_table(year)

    def walk(self, start: date, step: Literal[1, -1] = 1) -> Iterator[DayInfo]:
        """The days from `start` (included) forward or back until more than a year has passed without working day."""
        day, idle = start, 0
        while idle < _LONGEST_SEARCH:
            info = self.day(day)
            idle = 0 if info.working else idle + 1
            yield info
            day += step * _DAY
        raise CalendarError("calendar.no_working_day", f"{start} 前后一年内没有工作日，请检查本单位的日历调整。")

    def on_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the working day before."""
        return next(info.day for info in self.walk(day, -1) if info.working)

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        return self.on_or_before(day - _DAY)

    def working_day_after(self, day: date, n: int) -> date:
        """The n-th working day after `day` (n >= 1), the day itself not counted."""
        if n < 1:
            raise CalendarError("calendar.bad_count", "工作日的天数应不少于1。", field="n")
        count = 0
        for info in self.walk(day + _DAY):
            count += info.working
            if count == n:
                return info.day
        raise AssertionError("walk never ends without an error")


def _from_table(day: date, table: YearTable, source: Source) -> DayInfo:
    guess = "（推算）" if source == "fallback" else ""
    if day in table.makeup:
        name = table.makeup[day]
        return DayInfo(day, True, f"{name}调休上班" if name else "调休上班", source, makeup=True)
    if day in table.holidays:
        return DayInfo(day, False, f"{table.holidays[day]}放假{guess}", source, holiday=True)
    if day.weekday() >= 5:
        return DayInfo(day, False, f"周末{guess}", source)
    return DayInfo(day, True, f"工作日{guess}", source)


@lru_cache(maxsize=256)
def _package_table(year: int) -> YearTable | None:
    off = {day: _NAMES[name] for day, name in holidays.items() if day.year == year}
    if not off:
        return None
    makeup = {day: _NAMES[name] for day, name in workdays.items() if day.year == year and day.weekday() >= 5}
    return YearTable(year, off, makeup, "chinesecalendar")


@lru_cache(maxsize=256)
def _fallback_table(year: int) -> YearTable:
    """The 13 days of 全国年节及纪念日放假办法 (2024): 元旦 1, 春节 4, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆节 3."""
    spring = _lunar(year, 1, 1)
    off = {spring + timedelta(days=offset): "春节" for offset in range(-1, 3)}
    off[date(year, 1, 1)] = "元旦"
    off[next(d for d in (date(year, 4, n) for n in (3, 4, 5, 6)) if _solar_term(d) == "清明")] = "清明节"
    off |= {date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节", _lunar(year, 5, 5): "端午节"}
    off |= {date(year, 10, n): "国庆节" for n in (1, 2, 3)}
    off.setdefault(_lunar(year, 8, 15), "中秋节")
    return YearTable(year, off, {}, "法定节假日推算")


def _lunar(year: int, month: int, day: int) -> date:
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _solar_term(day: date) -> str:
    return str(Solar.fromYmd(day.year, day.month, day.day).getLunar().getJieQi())
