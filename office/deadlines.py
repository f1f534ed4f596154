"""Deadlines: from a start and a limit to the instants of the light and of the ladder, with the reasons in Chinese.

Pure functions: the calendar, the amounts and the start are passed in, nothing is stored, no clock is asked.
Rules: requirements 0.3 (counting, 民法典 200-204), 0.4 (lights), 0.5 (ladder), 3.4 (extension and ceiling).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from office import deadline_words as words
from office.calendar import Calendar, DayInfo
from office.deadline_types import (
    MODE_OF_UNIT,
    MODES,
    UNITS,
    UNITS_OF_MODE,
    Deadline,
    Fixed,
    Mode,
    Request,
    Unit,
    cli_json,
)
from office.lights import FULL_LADDER, Step, Timing
from storage.clock import TZ, local
from storage.errors import BanjieError

__all__ = [
    "MODES", "MODE_OF_UNIT", "UNITS", "UNITS_OF_MODE", "Deadline", "DeadlineError", "Fixed", "Mode", "Request", "Unit",
    "add_months", "cli_json", "compute", "with_ceiling",
]  # fmt: skip
_DAYS_OF_UNIT: Mapping[Unit, int] = {"d": 1, "w": 7, "m": 30, "wd": 1}  # size of a limit, requirements 0.4
# Ten years of days, one of hours: more is a slip of the pen.
_LARGEST: Mapping[Unit, int] = {"d": 3660, "w": 520, "m": 120, "wd": 2600, "h": 8784, "min": 527040}
_LAST_SECOND = time(23, 59, 59)
_DAY = timedelta(days=1)


class DeadlineError(BanjieError):
    """A deadline cannot be worked out from what was given."""


class _Seen:
    """The calendar, remembering every day that was looked at."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.days: dict[date, DayInfo] = {}

    def walk_to_working(
        self, day: date, step: Literal[1, -1], count: int = 1, but: frozenset[date] = frozenset()
    ) -> list[DayInfo]:
        """The days from `day` to the count-th working day, both included, in the order walked; none of `but` counts."""
        walked: list[DayInfo] = []
        for info in self.calendar.walk(day, step):
            self.days[info.day] = info
            walked.append(info)
            count -= info.working and info.day not in but
            if not count:
                break
        return walked


def compute(
    code: str,
    start: datetime,
    *,
    n: int,
    unit: Unit,
    mode: Mode,
    calendar: Calendar,
    timing: Timing,
    on: date | datetime | None = None,
    month_end: int | None = None,
    not_after: datetime | None = None,
    extension_days: int = 0,
    stopped_days: int = 0,
    stops: Sequence[tuple[str, str, str]] = (),
    ladder: tuple[Step, ...] = FULL_LADDER,
    e3_target: str | None = None,
    seed_words: str = "",
) -> Deadline:
    """Work out one limit.

    `start`: the event (naive means Asia/Shanghai). `n` `unit` `mode`: the limit, 0.3.3. `on`: the fixed day of mode
    `date`, or the event that mode `backward` counts back from. `month_end`: instead of `on`, the last working day of
    that month (1-12, 0 any), the first that is not before the start. `not_after`: an instant that caps the limit.
    `extension_days` are counted from the unrolled end, which is then rolled once (3.4); `stopped_days`: days that are
    not counted (L16, the hearing); `stops`: the same by first day, last day (ISO, both included) and cause, each day
    once, and none up to the start, which are not counted anyway. Errors: DeadlineError `deadline.bad_amount`,
    `deadline.bad_mode`, `deadline.date_required`, `deadline.date_before_start`, `deadline.cannot_extend`,
    `deadline.cannot_stop`, `deadline.bad_period`.
    """
    start = local(start).replace(microsecond=0)
    _check_amount(n, unit, mode)
    standing = _standing(stops, start.date())
    _check_extra(mode, extension_days, stopped_days, bool(standing))
    seen = _Seen(calendar)
    lines: list[str] = []
    raw: date | None = None
    if mode == "session":
        line = "当场办理：在接待记录办结前完成，不设计时。"
        return Deadline(
            code=code,
            start=start,
            n=n,
            unit=unit,
            mode=mode,
            raw=None,
            due_on=None,
            due_at=None,
            yellow_at=None,
            e1=None,
            e2=None,
            e3=None,
            ladder=(),
            e3_target=e3_target,
            words=seed_words,
            explanation=(line,),
        )
    if mode == "clock":
        length = _length(n, unit)
        due_at = start + length
        yellow_at = timing.clock_yellow(due_at, length)
        lines.append(
            f"自{words.instant_text(start)}起算{words.amount_text(n, unit)}，至"
            f"{words.instant_text(due_at)}届满，不因节假日顺延。"
        )
    elif mode == "backward" and unit != "d":
        event = _event(on)
        due_at = event - _length(n, unit) - timedelta(seconds=1)
        size = max(0, (due_at.date() - start.date()).days)
        yellow_at = _yellow(due_at.date(), size, timing, seen, lines)
        lines.insert(
            0,
            f"须在{words.instant_text(event)}"
            + (f"前{words.amount_text(n, unit)}" if n else "")
            + f"之前提出，最迟{words.instant_text(due_at)}。",
        )
    elif mode == "same_day":
        due_at = _end_of(start.date(), start, timing, lines)
        yellow_at = datetime.combine(start.date(), timing.same_day_yellow, TZ)
        lines.insert(0, f"当日办理：{words.instant_text(start)}起，至{words.instant_text(due_at)}止。")
    else:
        if mode == "date" and month_end is not None:
            n, raw = 0, _month_end(start, month_end, seen)
            lines.append(f"期限为当月最后一个工作日：{words.day_text(raw)}。")
            raw += extension_days * _DAY
            due_on = raw
        elif mode == "date":
            raw, due_on = _fixed_day(on, start, extension_days, lines)
        elif mode == "backward":
            raw = due_on = _event(on).date() - n * _DAY
            lines.append(
                f"须提前{words.amount_text(n, unit)}：{words.day_text(_event(on).date())}之前{n}日，"
                f"最迟{words.day_text(due_on)}当日，不顺延。"
            )
        else:
            raw, due_on = _counted(start, n, unit, mode, extension_days, stopped_days, standing, stops, seen, lines)
        if mode == "backward":
            due_at = datetime.combine(due_on, _LAST_SECOND, TZ)
        else:
            due_at = _end_of(due_on, start, timing, lines)
        if not_after is not None and local(not_after) < due_at:
            due_at = max(local(not_after).replace(microsecond=0), start)
            lines.append(f"不得晚于{words.instant_text(due_at)}，以较早者为准。")
        if mode in ("date", "backward"):
            size = max(0, (due_on - start.date()).days)
            n = size if mode == "date" else n
        else:
            size = n * _DAYS_OF_UNIT[unit] + extension_days + stopped_days + len(standing)
        yellow_at = _yellow(due_at.date(), size, timing, seen, lines)
    if yellow_at < start:
        yellow_at = start
        lines.append("黄灯时刻早于起点，自起点即为黄灯。")
    yellow_at = min(yellow_at, due_at)
    lines.append(f"到期：{words.instant_text(due_at)}；黄灯：{words.instant_text(yellow_at)}。")
    provisional = any(info.provisional for info in seen.days.values())
    if seen.days:
        lines.append(words.source_line(seen.days.values(), calendar))
    if provisional:
        lines.append(words.PROVISIONAL_LINE)
    e1, e2, e3 = timing.escalation(due_at, calendar)
    return Deadline(
        code=code,
        start=start,
        n=n,
        unit=unit,
        mode=mode,
        raw=raw,
        due_on=due_at.date(),
        due_at=due_at,
        yellow_at=yellow_at,
        e1=e1,
        e2=e2,
        e3=e3,
        provisional=provisional,
        extension_days=extension_days,
        stopped_days=stopped_days + len(standing),
        ladder=ladder,
        e3_target=e3_target,
        words=seed_words,
        explanation=tuple(lines),
    )


def with_ceiling(own: Deadline, ceiling: Deadline) -> Deadline:
    """min(the profile's limit, the statute's), 3.4. If the statute binds, the profile's own due is kept beside it."""
    if own.due_at is None or ceiling.due_at is None or own.due_at <= ceiling.due_at:
        return replace(own, explanation=(*own.explanation, "未超过法定上限，按本单位期限执行。"))
    limit = ceiling.words or ceiling.code
    line = f"本单位期限为{words.instant_text(own.due_at)}，超过法定上限（{limit}），按法定上限执行。"
    return replace(
        ceiling,
        code=own.code,
        ladder=own.ladder,
        e3_target=own.e3_target,
        words=own.words,
        ceiling_applied=True,
        ceiling_code=ceiling.code,
        profile_due_at=own.due_at,
        explanation=(*own.explanation, line, *ceiling.explanation),
    )


def _standing(stops: Sequence[tuple[str, str, str]], start: date) -> frozenset[date]:
    """The days after the start on which the clock stands still, first and last of each stop included, each day once."""
    days: set[date] = set()
    for first, last, _ in stops:
        begun, ended = date.fromisoformat(first), date.fromisoformat(last)
        if ended < begun:
            raise DeadlineError("deadline.bad_period", "停止计时的结束日不能早于开始日。", field="stops")
        days.update(begun + offset * _DAY for offset in range((ended - begun).days + 1))
    return frozenset(day for day in days if day > start)


def _past(end: date, standing: frozenset[date]) -> date:
    """A last day moved by the days before it, and by those it is moved over, on which the clock stands still."""
    for day in sorted(standing):
        if day > end:
            break
        end += _DAY
    return end


def add_months(day: date, months: int) -> date:
    """The same day number in the end month, or that month's last day (0.3.2)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _counted(
    start: datetime, n: int, unit: Unit, mode: Mode, extension: int, stopped: int, standing: frozenset[date],
    stops: Sequence[tuple[str, str, str]], seen: _Seen, lines: list[str],
) -> tuple[date, date]:  # fmt: skip
    """Raw and rolled last day of a limit counted in days, weeks, months or working days."""
    first = start.date()
    lines.append(words.start_line(start))
    if mode == "working":
        walked = seen.walk_to_working(first + _DAY, 1, n + extension, standing)
        raw = walked[-1].day
        extra = f"（含延期{extension}个工作日）" if extension else ""
        lines.append(f"期限{words.amount_text(n + extension, unit)}{extra}，末日为{words.day_text(raw)}。")
        off = [info for info in walked if not info.working]
        if off:
            lines.append(f"不计入：{words.days_off_text(off)}。")
        if makeup := words.makeup_text(walked):
            lines.append(makeup)
        if standing:
            still = sum(info.working and info.day in standing for info in walked)
            lines.append(f"停止计时：{words.stops_text(stops)}，其中的{still}个工作日不计入。")
        return raw, raw
    raw = add_months(first, n) if unit == "m" else first + n * _DAYS_OF_UNIT[unit] * _DAY
    lines.append(f"期限{words.amount_text(n, unit)}，末日为{words.day_text(raw)}。")
    if extension:
        raw += extension * _DAY
        lines.append(f"经批准延期{extension}日，自顺延前的末日起算，至{words.day_text(raw)}。")
    if stopped:
        raw += stopped * _DAY
        lines.append(f"扣除不计入期限的{stopped}日，末日为{words.day_text(raw)}。")
    if standing:
        end, raw = raw, _past(raw, standing)
        moved = (
            f"共{(raw - end).days}日不计入，末日为{words.day_text(raw)}" if raw != end else "不在末日以前，顺延时避开"
        )
        lines.append(f"停止计时：{words.stops_text(stops)}，{moved}。")
    if mode == "calendar":
        lines.append("本单位不顺延节假日。")
        return raw, raw
    walked = seen.walk_to_working(raw, 1, but=standing)
    due_on = walked[-1].day
    if due_on != raw:
        lines.append(
            f"末日不是工作日，顺延：{words.days_off_text(info for info in walked if not info.working)}，"
            f"顺延至{words.day_text(due_on)}{words.makeup_note(walked[-1])}。"
        )
    else:
        lines.append(f"末日是工作日{words.makeup_note(walked[-1])}，不顺延。")
    return raw, due_on


def _fixed_day(on: date | datetime | None, start: datetime, extension: int, lines: list[str]) -> tuple[date, date]:
    day = _event(on).date()
    if day < start.date():
        raise DeadlineError("deadline.date_before_start", f"期限日期 {day} 早于起点，请重新填写。", field="date")
    lines.append(f"指定日期：{words.day_text(day)}，不顺延。")
    if extension:
        day += extension * _DAY
        lines.append(f"经批准延期{extension}日，至{words.day_text(day)}。")
    return day, day


def _month_end(start: datetime, month: int, seen: _Seen) -> date:
    year, current = start.year, month or start.month
    while True:
        last = date(year, current, monthrange(year, current)[1])
        found = seen.walk_to_working(last, -1)[-1].day
        if found >= start.date():
            return found
        year, current = (year + 1, current) if month else (year + current // 12, current % 12 + 1)


def _end_of(day: date, start: datetime, timing: Timing, lines: list[str]) -> datetime:
    """The last second of the last day; what begins after closing time on that very day has until midnight."""
    due_at = datetime.combine(day, timing.day_end, TZ)
    if due_at < start:
        lines.append("起点已过当日办公截止时间，至当日24时止。")
        return datetime.combine(day, _LAST_SECOND, TZ)
    return due_at


def _yellow(due_on: date, size: int, timing: Timing, seen: _Seen, lines: list[str]) -> datetime:
    lead = timing.lead(size)
    walked = seen.walk_to_working(due_on - lead * _DAY, -1)
    passed = [info for info in reversed(walked) if not info.working]
    why = f"，遇{words.days_off_text(passed)}再向前至工作日" if passed else ""
    lines.append(f"提醒：自到期日向前{lead}日{why}，为{words.day_text(walked[-1].day)}。")
    return datetime.combine(walked[-1].day, timing.morning, TZ)


def _event(on: date | datetime | None) -> datetime:
    if on is None:
        raise DeadlineError("deadline.date_required", "该事项必须填写日期，请由决定的领导或承办人填写。", field="date")
    return local(on).replace(microsecond=0) if isinstance(on, datetime) else datetime.combine(on, time(0), TZ)


def _length(n: int, unit: Unit) -> timedelta:
    return timedelta(hours=n) if unit == "h" else timedelta(minutes=n)


def _check_amount(n: int, unit: Unit, mode: Mode) -> None:
    if mode not in UNITS_OF_MODE or unit not in UNITS_OF_MODE[mode]:
        raise DeadlineError("deadline.bad_mode", f"计时方式 {mode} 不能与单位 {unit} 同用。", field="mode")
    least = 0 if mode in ("same_day", "session", "date", "backward") else 1
    if isinstance(n, bool) or not isinstance(n, int) or not least <= n <= _LARGEST.get(unit, 3660):
        raise DeadlineError(
            "deadline.bad_amount", f"期限数量 {n} 不正确，应为{least}至{_LARGEST.get(unit, 3660)}的整数。", field="n"
        )


def _check_extra(mode: Mode, extension: int, stopped: int, standing: bool) -> None:
    if extension < 0 or stopped < 0 or extension > 3660 or stopped > 3660:
        raise DeadlineError("deadline.bad_amount", "延期或暂停的天数不正确。", field="extension_days")
    if extension and mode not in ("calendar", "calendar_roll", "working", "date"):
        raise DeadlineError("deadline.cannot_extend", "该期限不能延期。", field="extension_days")
    counted = ("calendar", "calendar_roll", "working")
    if (stopped and mode not in counted[:2]) or (standing and mode not in counted):
        raise DeadlineError("deadline.cannot_stop", "该期限不能暂停计时。", field="stopped_days")
