"""A schedule in Chinese words: 每月第一个星期一；遇节假日顺延至下一工作日."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from office.schedule_rules import WEEKDAYS, Missed, OnHoliday, Rule, Schedule, parse_rule

ON_HOLIDAY: Mapping[OnHoliday, str] = MappingProxyType(
    {
        "skip": "遇节假日取消",
        "next_workday": "遇节假日顺延至下一工作日",
        "prev_workday": "遇节假日提前至上一工作日",
        "exempt": "整段放假不作要求",
        "none": "不因节假日变动",
    }
)
MISSED: Mapping[Missed, str] = MappingProxyType(
    {"skip": "错过的只登记，不补启动", "run_once": "错过几次只补启动最近一次", "run_each": "错过几次补启动几次"}
)
_WEEKDAY = dict(zip(WEEKDAYS, "一二三四五六日", strict=True))
_DIGITS = "〇一二三四五六七八九"
_PERIOD = {"month": "每月", "quarter": "每季度", "year": "每年"}
_PLAIN = {
    "every_workday": "每个工作日",
    "mon_to_fri": "星期一至星期五",
    "last_day": "每月最后一日",
    "once_a_week": "每周至少一次",
    "once_a_month": "每月至少一次",
    "once_a_quarter": "每季度至少一次",
}


def rule_text(text: str) -> str:
    """A rule in words. Errors: ProfileError `profile.bad_schedule`."""
    rule = parse_rule(text)
    return _PLAIN.get(rule.name) or _with_arguments(rule)


def _with_arguments(rule: Rule) -> str:
    first = rule.args[0]
    if rule.name in ("weekday", "first_weekday", "last_weekday"):
        which = {"weekday": "每周的", "first_weekday": "每月第一个", "last_weekday": "每月最后一个"}[rule.name]
        return f"{which}星期{_WEEKDAY[first]}"
    if rule.name == "lunar_digits":
        return f"农历逢{'、'.join(_DIGITS[int(digit)] for digit in rule.args)}"
    if rule.name == "last_workday":
        period = _PERIOD.get(first) or f"{'、'.join(rule.args)}月"
        return f"{period}最后一个工作日"
    return {"day": f"每月{first}日", "once_in_months": f"每{first}个月至少一次", "times_a_year": f"每年至少{first}次"}[
        rule.name
    ]


def words(schedule: Schedule) -> dict[str, str]:
    """Rule, holiday rule and the rule for missed dates, in words."""
    return {
        "rule_text": rule_text(schedule.rule),
        "on_holiday_text": ON_HOLIDAY[schedule.on_holiday],
        "missed_text": MISSED[schedule.missed],
    }
