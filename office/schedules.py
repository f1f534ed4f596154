"""The dates of a recurring duty: on which days it falls, why a date was moved or left out, when it lights up.

Pure: everything follows from the schedule, the calendar and the days asked for. What has happened is in
`office.schedule_book`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from office.calendar import Calendar, DayInfo
from office.lunar import lunar_text
from office.profiles import Profile
from office.schedule_days import nominal_days, period_start, windows
from office.schedule_rules import Rule, Schedule, parse_rule
from office.schedule_words import words
from storage.clock import TZ

Light = Literal["waiting", "green", "yellow", "red", "met", "exempt"]
_REACH = timedelta(days=45)  # no holiday moves a date further
_LOOK_AHEAD = timedelta(days=800)  # the next date of a yearly duty is nearer
_DAY = timedelta(days=1)
_WEEKDAY_TEXT = "一二三四五六日"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One date of a schedule. `nominal` is what the rule says, and names the date for good; `day` is when it is.

    `day` is None where there is none: a holiday, a day that another schedule takes, a window that is exempt.
    """

    code: str
    nominal: date
    day: date | None
    last: date  # until when it counts as done in time: the day, the window's end, R34's 31 January
    opens_at: datetime  # when its process starts
    reason: str  # why it was moved or left out; empty if it was not
    provisional: bool  # the year's holidays are not announced yet
    window: bool
    times: int = 1  # how often it must be done in the window
    yellow_days: int | None = None  # yellow in these last days of the window

    @property
    def moved(self) -> bool:
        """True if it is on another day than the rule says."""
        return self.day is not None and self.day != self.nominal

    def light(self, done: int, on: date) -> Light:
        """Its light on a day, having been done `done` times (R17, R34, R76, R89)."""
        if self.day is None:
            return "exempt"
        if done >= self.times:
            return "met"
        if on > self.last:
            return "red"
        if on < self.opens_at.date():
            return "waiting"
        return "yellow" if on >= self._yellow_from() else "green"

    def _yellow_from(self) -> date:
        assert self.day is not None
        if self.window:
            return self.last + _DAY if self.yellow_days is None else self.last - (self.yellow_days - 1) * _DAY
        return self.day + _DAY  # R34: accepted for a while longer

    def to_json(self) -> dict[str, Any]:
        """As the API and the command line show it."""
        return {
            "code": self.code,
            "nominal": self.nominal.isoformat(),
            "day": None if self.day is None else self.day.isoformat(),
            "last": self.last.isoformat(),
            "weekday": weekday_text(self.day or self.nominal),
            "lunar": lunar_text(self.day or self.nominal),
            "moved": self.moved,
            "reason": self.reason,
            "provisional": self.provisional,
            "window": self.window,
            "times": self.times,
            "opens_at": self.opens_at.isoformat(),
        }


def weekday_text(day: date) -> str:
    """`星期一`."""
    return f"星期{_WEEKDAY_TEXT[day.weekday()]}"


def day_text(day: date) -> str:
    """`11月16日（星期一）`."""
    return f"{day.month}月{day.day}日（{weekday_text(day)}）"


def occurrences(profile: Profile, code: str, first: date, last: date, calendar: Calendar) -> list[Occurrence]:
    """The dates of a schedule from `first` to `last`, by the day they are on; those left out by their nominal day.

    A window belongs to the time that it touches. Errors: ProfileError `profile.unknown_schedule`.
    """
    schedule = profile.schedule(code)
    rule = parse_rule(schedule.rule)
    if rule.is_window:
        return [_window(schedule, one.first, one.last, one.times, calendar) for one in windows(rule, first, last)]
    found = _placed(profile, schedule, rule, first - _REACH, last + _REACH, calendar)
    return sorted(
        (one for one in found if first <= (one.day or one.nominal) <= last), key=lambda one: one.day or one.nominal
    )


def upcoming(profile: Profile, code: str, after: date, calendar: Calendar, count: int = 10) -> list[Occurrence]:
    """The dates from `after` on until `count` of them are held; those left out in between are among them."""
    shown: list[Occurrence] = []
    for days in (60, 400, 400 * count):  # a yearly duty needs the longest look
        shown = occurrences(profile, code, after, after + days * _DAY, calendar)
        held = [number for number, one in enumerate(shown, start=1) if one.day is not None]
        if len(held) >= count:
            return shown[: held[count - 1]]
    return shown


def next_opening(profile: Profile, code: str, after: datetime, calendar: Calendar) -> datetime | None:
    """The first instant after `after` at which a date of the schedule opens; None in the next two years."""
    first = after.date() - _REACH
    for reach in (_REACH * 2, _LOOK_AHEAD):
        found = [one.opens_at for one in occurrences(profile, code, first, after.date() + reach, calendar) if one.day]
        later = [at for at in found if at > after]
        if later:
            return min(later)
    return None


def to_json(profile: Profile, code: str, first: date, last: date, calendar: Calendar) -> dict[str, Any]:
    """A schedule and its dates in a stretch of time, as `banjie schedule` prints them."""
    schedule = profile.schedule(code)
    found = occurrences(profile, code, first, last, calendar)
    return {
        "profile": profile.name,
        **schedule_json(schedule),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "dates": [one.day.isoformat() for one in found if one.day is not None],
        "occurrences": [one.to_json() for one in found],
    }


def schedule_json(schedule: Schedule) -> dict[str, Any]:
    """What an administrator sees, and may change, of a schedule."""
    return {
        "code": schedule.code,
        "title": schedule.name,
        "words": schedule.words,
        "rule": schedule.rule,
        "on_holiday": schedule.on_holiday,
        "hours": list(schedule.hours),
        "excluding": schedule.excluding,
        "at": schedule.at,
        "ahead": schedule.ahead,
        "opens": schedule.opens,
        "missed": schedule.missed,
        "starts": schedule.starts,
        "active": schedule.active,
        "source": schedule.source,
        "origin": schedule.origin,
        **words(schedule),
    }


# -- windows -----------------------------------------------------------------------------------------------------------


def _window(schedule: Schedule, first: date, last: date, times: int, calendar: Calendar) -> Occurrence:
    days = [calendar.day(first + n * _DAY) for n in range((last - first).days + 1)]
    exempt = ""
    if schedule.on_holiday == "exempt" and not any(info.working for info in days):
        exempt = "整周放假，不作要求" if len(days) == 7 else "整段放假，不作要求"
    elif schedule.terms and not any(info.working and _in_term(info.day, schedule.terms) for info in days):
        exempt = "不在学期内，不作要求"
    return Occurrence(
        code=schedule.code,
        nominal=first,
        day=None if exempt else first,
        last=last,
        opens_at=_opening(schedule, first, first, calendar),
        reason=exempt,
        provisional=bool(exempt or schedule.on_holiday == "exempt") and any(info.provisional for info in days),
        window=True,
        times=times,
        yellow_days=schedule.yellow_days,
    )


def _in_term(day: date, terms: tuple[str, ...]) -> bool:
    here = f"{day.month:02}-{day.day:02}"
    for term in terms:
        first, last = term.split("..")
        if (first <= here <= last) if first <= last else (here >= first or here <= last):  # 09-01..01-20
            return True
    return False


# -- days --------------------------------------------------------------------------------------------------------------


def _placed(
    profile: Profile, schedule: Schedule, rule: Rule, first: date, last: date, calendar: Calendar
) -> Iterator[Occurrence]:
    """Each nominal day in its place. Two that a holiday throws on the same day are held once."""
    statutory = schedule.holiday_scope is not None and profile.param(schedule.holiday_scope) == "statutory_only"
    taken_over = _days_of_the_other(profile, schedule, first, last, calendar)
    nominal = list(nominal_days(rule, first, last, calendar))
    taken = {day for day in nominal if not _is_off(calendar.day(day), statutory) and day not in taken_over}
    for day in nominal:
        info = calendar.day(day)
        if day in taken_over:
            yield _date(schedule, rule, day, None, f"{day_text(day)}由{taken_over[day]}代替", [info], calendar)
        elif info.working and info.makeup and not schedule.makeup_days:
            yield _date(schedule, rule, day, None, f"{day_text(day)}为{info.reason}，不安排", [info], calendar)
        elif not _is_off(info, statutory) or schedule.on_holiday == "none":
            yield _date(schedule, rule, day, day, "", [info], calendar)
        elif schedule.on_holiday in ("next_workday", "prev_workday"):
            step: Literal[1, -1] = 1 if schedule.on_holiday == "next_workday" else -1
            passed = _until_free(day, step, statutory, calendar)
            there = passed[-1].day
            if there in taken:
                yield _date(schedule, rule, day, None, f"{_off(info)}，并入{day_text(there)}", passed, calendar)
            else:
                taken.add(there)
                verb = "顺延" if step == 1 else "提前"
                yield _date(schedule, rule, day, there, f"{_off(info)}，{verb}至{day_text(there)}", passed, calendar)
        else:
            yield _date(schedule, rule, day, None, f"{_off(info)}，不安排", [info], calendar)


def _days_of_the_other(
    profile: Profile, schedule: Schedule, first: date, last: date, calendar: Calendar
) -> Mapping[date, str]:
    """The days that the schedule named by `excluding` takes: those of its rule, and those it was moved to."""
    if schedule.excluding is None:
        return {}
    other = profile.schedule(schedule.excluding)
    found = _placed(profile, other, parse_rule(other.rule), first - _REACH, last + _REACH, calendar)
    return {day: f"“{other.name}”" for one in found for day in (one.nominal, one.day) if day is not None}


def _is_off(info: DayInfo, statutory: bool) -> bool:
    """Whether a holiday rule sees this day: every day off, or with `statutory_only` those of announced holidays."""
    return info.holiday if statutory else not info.working


def _until_free(day: date, step: Literal[1, -1], statutory: bool, calendar: Calendar) -> list[DayInfo]:
    """The days from `day` on to the first that is not off, both included."""
    passed = []
    for info in calendar.walk(day, step):
        passed.append(info)
        if not _is_off(info, statutory):
            break
    return passed


def _off(info: DayInfo) -> str:
    return f"{day_text(info.day)}{'' if info.holiday else '为'}{info.reason}"


def _date(
    schedule: Schedule,
    rule: Rule,
    nominal: date,
    day: date | None,
    reason: str,
    seen: list[DayInfo],
    calendar: Calendar,
) -> Occurrence:
    held = day or nominal
    return Occurrence(
        code=schedule.code,
        nominal=nominal,
        day=day,
        last=_accepted_until(schedule, held),
        opens_at=_opening(schedule, held, period_start(rule, nominal), calendar),
        reason=reason,
        provisional=any(info.provisional for info in seen),
        window=False,
    )


def _accepted_until(schedule: Schedule, day: date) -> date:
    if schedule.accepted_until is None:
        return day
    month, number = map(int, schedule.accepted_until.split("-"))
    later = date(day.year, month, number)
    return later if later >= day else date(day.year + 1, month, number)


def _opening(schedule: Schedule, day: date, period: date, calendar: Calendar) -> datetime:
    hour, minute = map(int, schedule.at.split(":"))
    if schedule.opens == "workday_before":
        opens = calendar.previous_working_day(day)
    else:
        opens = period if schedule.opens == "period" else day - schedule.ahead * _DAY
    return datetime.combine(opens, time(hour, minute), TZ)
