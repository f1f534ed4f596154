"""What a profile says of a recurring duty: the rule of its days, what a holiday does to them, what they start.

A rule names single days (a reception every last Monday, a report on the last working day) or windows in which
something must have been done so many times (once in two months). Rule words, §0.3.8 and §1.3 of the requirements:

    every_workday                   every working day
    mon_to_fri                      Monday to Friday
    weekday(MON)                    every Monday
    first_weekday(month, MON)       the first Monday of the month; last_weekday(month, MON) the last
    day(15)                         the 15th, or the last day of a shorter month; last_day(month) the last
    last_workday(month)             the last working day of the month, `quarter`, `year`, or of months `5, 11`
    lunar_digits{3,6,9}             lunar days that end in these digits, never the 30th
    once_a_week                     a window: an ISO week; once_a_month, once_a_quarter likewise
    once_in_months(2)               windows of two months: January-February, ...
    times_a_year(6)                 the calendar year, six times
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, get_args

from office.deadline_rules import bad_entry, check_keys

OnHoliday = Literal["skip", "next_workday", "prev_workday", "exempt", "none"]
Missed = Literal["skip", "run_once", "run_each"]
Opens = Literal["day", "period", "workday_before"]
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
ERROR = "profile.bad_schedule"

_DAY = "(" + "|".join(WEEKDAYS) + ")"
_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "every_workday": "",
        "mon_to_fri": "",
        "weekday": rf"\({_DAY}\)",
        "first_weekday": rf"\(month, ?{_DAY}\)",
        "last_weekday": rf"\(month, ?{_DAY}\)",
        "day": r"\(([1-9]|[12]\d|3[01])\)",
        "last_day": r"\(month\)",
        "last_workday": r"\((month|quarter|year|(?:1[0-2]|[1-9])(?:, ?(?:1[0-2]|[1-9]))*)\)",
        "lunar_digits": r"\{([1-9](?:, ?[1-9])*)\}",
        "once_a_week": "",
        "once_a_month": "",
        "once_a_quarter": "",
        "once_in_months": r"\(([1-46]|12)\)",
        "times_a_year": r"\(([1-9]\d?)\)",
    }
)
PLACES: Mapping[str, str] = MappingProxyType({"duty": "值班人员", "leader": "接访领导", "staff": "接访干部"})
WINDOW_RULES = frozenset({"once_a_week", "once_a_month", "once_a_quarter", "once_in_months", "times_a_year"})
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_MONTH_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
# What an organisation may change of a schedule; its code and the regulation's words stay.
CHANGEABLE = frozenset(
    {"title", "rule", "on_holiday", "hours", "ahead", "at", "opens", "missed", "starts", "message", "variables"}
    | {"active", "excluding", "terms", "yellow_days", "accepted_until", "makeup_days"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule taken apart: its name and its arguments as text, `("lunar_digits", ("3", "6", "9"))`."""

    name: str
    args: tuple[str, ...] = ()

    @property
    def is_window(self) -> bool:
        """True if it gives windows in which something must be done, not days on which it is."""
        return self.name in WINDOW_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One recurring duty of a profile."""

    code: str
    words: str  # the regulation's own words
    rule: str
    on_holiday: OnHoliday
    source: str  # [S], [D], [DEF]
    title: str = ""  # what people call it
    hours: tuple[str, ...] = ()  # "09:00-12:00"
    excluding: str | None = None  # another schedule whose days replace these (R81.director)
    makeup_days: bool = True  # False: a make-up working day has none (R86)
    accepted_until: str | None = None  # "01-31" of the next year: yellow until then (R34)
    yellow_days: int | None = None  # yellow from 00:00 of this last calendar day of the window (R17)
    holiday_scope: str | None = None  # parameter that says what a holiday is (R79); None: every non-working day
    terms: tuple[str, ...] = ()  # "09-01..01-20": windows without a working day in a term are exempt (R89)
    active: bool = True
    at: str = "00:00"  # time of day at which it starts its process
    ahead: int = 0  # and how many calendar days before the day
    # "period": at the beginning of the month, quarter or year of which it is due; "workday_before": on the working day
    # before (R83)
    opens: Opens = "day"
    starts: str | None = None  # key of the process that each date starts; None: the date is only noted
    message: str | None = None  # start it at the start event of this message
    variables: Mapping[str, Any] = field(default_factory=dict)  # given to it besides the date
    roster: Mapping[str, Any] = field(default_factory=dict)  # place -> the roles it is filled from: { duty = "driver" }
    roster_by: tuple[str, ...] = ()  # the roles that keep the roster, beside administrators
    missed: Missed = "skip"  # dates that passed while nothing ran: left out, only the last, or each of them
    origin: str = ""  # the file, or "organisation" if the organisation changed it

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.words


def parse_schedule(code: str, entry: Mapping[str, Any], where: str) -> Schedule:
    """A checked schedule from its TOML table. Errors: ProfileError `profile.bad_schedule`, field `file: code.key`."""
    data = dict(entry)
    check_keys(Schedule, data, where, ERROR)
    parse_rule(str(data.get("rule")), where)
    for key, kind in (("on_holiday", OnHoliday), ("missed", Missed), ("opens", Opens)):
        allowed = get_args(kind)
        if data.get(key, None if key == "on_holiday" else allowed[0]) not in allowed:
            raise bad_entry(f"{where}.{key}", f"{key} 应为 {'、'.join(allowed)} 之一。", ERROR)
    for item in fields(Schedule):
        if item.name in data:
            data[item.name] = _checked(item.name, str(item.type), data[item.name], f"{where}.{item.name}")
    for key, pattern, example in (("hours", rf"{_TIME}-{_TIME}", "09:00-12:00"),
                                  ("terms", rf"{_MONTH_DAY}\.\.{_MONTH_DAY}", "09-01..01-20")):  # fmt: skip
        for text in data.get(key, ()):
            if not re.fullmatch(pattern, text):
                raise bad_entry(f"{where}.{key}", f"“{text}”应写作 {example}。", ERROR)
    if not re.fullmatch(_TIME, data.get("at", "00:00")):
        raise bad_entry(f"{where}.at", "at 应写作 08:30。", ERROR)
    if not _is_day_of_every_year(data.get("accepted_until") or "01-31"):
        raise bad_entry(f"{where}.accepted_until", "accepted_until 应写作 01-31。", ERROR)
    if not 0 <= data.get("ahead", 0) <= 60:
        raise bad_entry(f"{where}.ahead", "ahead 应为 0 至 60 天。", ERROR)
    if not 1 <= data.get("yellow_days", 1) <= 90:
        raise bad_entry(f"{where}.yellow_days", "yellow_days 应为 1 至 90 天。", ERROR)
    if not set(data.get("roster", {})) <= set(PLACES):
        raise bad_entry(f"{where}.roster", f"roster 的岗位应为 {'、'.join(PLACES)}。", ERROR)
    if data.get("message") and not data.get("starts"):
        raise bad_entry(f"{where}.message", "有 message 时应写明 starts（制度编号）。", ERROR)
    return Schedule(code=code, **data)


def change_schedule(schedule: Schedule, change: object, where: str) -> Schedule:
    """The schedule with what an organisation changes of it. Errors: ProfileError `profile.bad_schedule`."""
    if not isinstance(change, Mapping) or not set(change) <= CHANGEABLE:
        raise bad_entry(where, f"只能修改 {'、'.join(sorted(CHANGEABLE))}。", ERROR)
    entry = {item.name: getattr(schedule, item.name) for item in fields(Schedule) if item.name != "code"}
    entry = {key: value for key, value in entry.items() if value is not None} | dict(change)
    return parse_schedule(schedule.code, {**entry, "origin": "organisation"}, where)


def parse_rule(text: str, where: str = "rule") -> Rule:
    """A rule's text taken apart. Errors: ProfileError `profile.bad_schedule`."""
    name = re.match(r"\w*", text.strip())
    form = _FORMS.get(name.group() if name else "")
    found = re.fullmatch(form, text.strip().removeprefix(name.group())) if name and form is not None else None
    if name is None or found is None:
        raise bad_entry(f"{where}.rule", f"日程规则“{text}”不正确。", ERROR)
    return Rule(name.group(), tuple(arg.strip() for group in found.groups() for arg in group.split(",")))


def _is_day_of_every_year(text: str) -> bool:
    try:
        return re.fullmatch(_MONTH_DAY, text) is not None and date.fromisoformat(f"2001-{text}").year == 2001
    except ValueError:
        return False


def _checked(name: str, kind: str, value: Any, where: str) -> Any:
    """The value in its type: lists become tuples. Errors: ProfileError `profile.bad_schedule`."""
    base = kind.split(" ")[0].split("[")[0]
    if base == "tuple":
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise bad_entry(where, f"{name} 应为一组文字。", ERROR)
    if base == "Mapping":
        plain = str | int | float | bool
        if isinstance(value, Mapping) and all(isinstance(one, plain) for one in value.values()):
            return dict(value)
        raise bad_entry(where, f"{name} 应为一组“名称 = 值”。", ERROR)
    if value is None and "None" in kind:
        return None
    right: type = {"int": int, "bool": bool}.get(base, str)
    if not isinstance(value, right) or (right is int and isinstance(value, bool)):
        raise bad_entry(where, f"{name} 的值“{value}”类型不正确。", ERROR)
    return value
