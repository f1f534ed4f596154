"""The days that a schedule's rule names before holidays move them, and the windows of a rule that counts.

Every rule is looked at month by month; windows year by year. All from the rule's text, nothing is kept.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from office.calendar import Calendar
from office.lunar import lunar_day
from office.schedule_rules import WEEKDAYS, Rule

_DAY = timedelta(days=1)
_MONTHS = range(1, 13)


class Window(NamedTuple):
    """From the first to the last day, both included; `times` it must have been done in between."""

    first: date
    last: date
    times: int = 1


def nominal_days(rule: Rule, first: date, last: date, calendar: Calendar) -> Iterator[date]:
    """The days of a day rule from `first` to `last`, both included, in order, holidays not yet thought of."""
    days = _DAYS[rule.name]
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield from (day for day in days(rule.args, year, month, calendar) if first <= day <= last)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def windows(rule: Rule, first: date, last: date) -> Iterator[Window]:
    """The windows of a counting rule that touch the time from `first` to `last`, in order."""
    for year in range(first.year - 1, last.year + 2):
        yield from (one for one in _windows_of(rule, year) if one.first <= last and one.last >= first)


def period_start(rule: Rule, day: date) -> date:
    """The first day of the period that ends with a `last_workday` day: month, quarter or year; else the day itself."""
    if rule.name != "last_workday":
        return day
    if rule.args == ("year",):
        return date(day.year, 1, 1)
    if rule.args == ("quarter",):
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return day.replace(day=1)


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, number) for number in range(1, monthrange(year, month)[1] + 1)]


def _every_workday(_args: tuple[str, ...], year: int, month: int, calendar: Calendar) -> list[date]:
    return [day for day in _month(year, month) if calendar.is_working(day)]


def _mon_to_fri(_args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    return [day for day in _month(year, month) if day.weekday() < 5]


def _weekday(args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    return [day for day in _month(year, month) if day.weekday() == WEEKDAYS.index(args[-1])]


def _first_weekday(args: tuple[str, ...], year: int, month: int, calendar: Calendar) -> list[date]:
    return _weekday(args, year, month, calendar)[:1]


def _last_weekday(args: tuple[str, ...], year: int, month: int, calendar: Calendar) -> list[date]:
    return _weekday(args, year, month, calendar)[-1:]


def _day(args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    """A month without that day has its last one (as months are counted, §0.3.2)."""
    return [_month(year, month)[: int(args[0])][-1]]


def _last_day(_args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    return _month(year, month)[-1:]


def _last_workday(args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    """The period's last calendar day: that it is a working day is what `prev_workday` sees to."""
    fits = {"month": True, "quarter": month % 3 == 0, "year": month == 12}.get(args[0], str(month) in args)
    return _month(year, month)[-1:] if fits else []


def _lunar_digits(args: tuple[str, ...], year: int, month: int, _calendar: Calendar) -> list[date]:
    """Digits 1 to 9, so the 30th never: 逢三、六、九 are 初三, 十三, 廿三 and so on."""
    digits = {int(digit) for digit in args}
    return [day for day in _month(year, month) if lunar_day(day) % 10 in digits]


_DAYS: Mapping[str, Callable[[tuple[str, ...], int, int, Calendar], list[date]]] = MappingProxyType(
    {
        "every_workday": _every_workday,
        "mon_to_fri": _mon_to_fri,
        "weekday": _weekday,
        "first_weekday": _first_weekday,
        "last_weekday": _last_weekday,
        "day": _day,
        "last_day": _last_day,
        "last_workday": _last_workday,
        "lunar_digits": _lunar_digits,
    }
)


def _windows_of(rule: Rule, year: int) -> Iterator[Window]:
    """The windows that begin in a year; ISO weeks by the ISO year."""
    if rule.name == "once_a_week":
        monday = date.fromisocalendar(year, 1, 1)
        while monday.isocalendar().year == year:
            yield Window(monday, monday + 6 * _DAY)
            monday += 7 * _DAY
    elif rule.name == "times_a_year":
        yield Window(date(year, 1, 1), date(year, 12, 31), int(rule.args[0]))
    else:
        months = {"once_a_month": 1, "once_a_quarter": 3}.get(rule.name) or int(rule.args[0])
        for month in _MONTHS[::months]:
            yield Window(date(year, month, 1), _month(year, month + months - 1)[-1])
