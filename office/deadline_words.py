"""The Chinese sentences by which a deadline explains itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from office.calendar import SOURCE_TEXT, Calendar, DayInfo, Source

_WEEKDAYS = "一二三四五六日"
_UNITS = {"d": "日", "w": "周", "m": "个月", "wd": "个工作日", "h": "小时", "min": "分钟"}


def day_text(day: date) -> str:
    """2026年10月8日（周四）"""
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def instant_text(instant: datetime) -> str:
    """2026年10月8日（周四）09:00, with seconds where they are not zero."""
    pattern = "%H:%M:%S" if instant.second else "%H:%M"
    return f"{day_text(instant.date())}{instant.strftime(pattern)}"


def amount_text(n: int, unit: str) -> str:
    """5个工作日, 3个月, 当日 ..."""
    if unit == "sameday":
        return "当日"
    if unit == "date":
        return "指定日期"
    return f"{n}{_UNITS[unit]}"


def days_off_text(days: Iterable[DayInfo]) -> str:
    """Days off in runs of one reason: 9月25日至9月27日（中秋节放假）、10月1日（国庆节放假）"""
    runs: list[list[DayInfo]] = []
    for info in days:
        if runs and runs[-1][-1].reason == info.reason and runs[-1][-1].day + timedelta(days=1) == info.day:
            runs[-1].append(info)
        else:
            runs.append([info])
    return "、".join(_run_text(run) for run in runs)


def _run_text(run: Sequence[DayInfo]) -> str:
    first, last = run[0].day, run[-1].day
    days = f"{first.month}月{first.day}日" + (f"至{last.month}月{last.day}日" if last != first else "")
    return f"{days}（{run[0].reason}）"


def stops_text(stops: Iterable[tuple[str, str, str]]) -> str:
    """听证11月24日至12月1日、鉴定12月3日"""
    told = []
    for first, last, cause in stops:
        begun, ended = date.fromisoformat(first), date.fromisoformat(last)
        days = f"{begun.month}月{begun.day}日" + (f"至{ended.month}月{ended.day}日" if ended != begun else "")
        told.append(f"{cause}{days}")
    return "、".join(told)


def start_line(start: datetime) -> str:
    """The day of the event is not counted (民法典 201)."""
    return f"起算：{instant_text(start)}，当日不计入，自次日起算。"


def _is_makeup(info: DayInfo) -> bool:
    return info.working and (info.day.weekday() >= 5 or info.source == "override")


def makeup_note(info: DayInfo) -> str:
    """（国庆节调休上班） where a day is worked out of the ordinary, else nothing."""
    return f"（{info.reason}）" if _is_makeup(info) else ""


def makeup_text(days: Iterable[DayInfo]) -> str:
    """The weekend days that are worked, empty if none."""
    worked = [info for info in days if _is_makeup(info)]
    return f"计入：{days_off_text(worked)}。" if worked else ""


def source_line(days: Iterable[DayInfo], calendar: Calendar) -> str:
    """Which calendar each year was read from."""
    seen = list(days)
    years = sorted({info.day.year for info in seen})
    parts = []
    for year in years:
        sources: list[Source] = [calendar.source_of_year(year)]
        if any(info.source == "override" for info in seen if info.day.year == year):
            sources.append("override")
        parts.append(f"{year}年按" + "、".join(SOURCE_TEXT[source] for source in sources))
    return "日历依据：" + "；".join(parts) + "。"


PROVISIONAL_LINE = "所涉年度的放假安排尚未公布，本期限为暂定，导入正式安排后将重新计算。"
