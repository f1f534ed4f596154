"""How long there is, in words: 还剩 2 个工作日, 今天 17:30 到期, 已超 3 个工作日."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from office.calendar import Calendar
from storage.clock import local

_END_OF_DAY = time(23, 59, 59)
_HOUR = timedelta(hours=1)
_LONG = 400  # days; beyond, only the date is told


def due_text(due_at: datetime | None, now: datetime, calendar: Calendar) -> str:
    """The time to or since `due_at` in working days; in hours and minutes on the day itself; empty without a limit."""
    if due_at is None:
        return ""
    due_at, now = local(due_at), local(now)
    if now > due_at:
        return _over(due_at, now, calendar)
    if due_at.date() == now.date():
        if due_at.time() == _END_OF_DAY:
            return "今天到期"
        return f"今天 {due_at:%H:%M} 到期"
    days = (due_at.date() - now.date()).days
    if days > _LONG:
        return f"{due_at:%Y-%m-%d} 到期"
    working = _working_days(now.date(), due_at.date(), calendar)
    return f"还剩 {working} 个工作日" if working else f"还剩 {days} 天"


def _over(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    if due_at.date() == now.date():
        late = now - due_at
        minutes = max(1, int(late.total_seconds() // 60))
        return f"已超 {late // _HOUR} 小时" if late >= _HOUR else f"已超 {minutes} 分钟"
    days = (now.date() - due_at.date()).days
    if days > _LONG:
        return f"{due_at:%Y-%m-%d} 已到期"
    working = _working_days(due_at.date(), now.date(), calendar)
    return f"已超 {working} 个工作日" if working else f"已超 {days} 天"


def _working_days(first: date, last: date, calendar: Calendar) -> int:
    """Working days after `first` up to and including `last`."""
    return sum(calendar.is_working(first + timedelta(days=offset)) for offset in range(1, (last - first).days + 1))
