"""What the operators do: on numbers, texts, truth values, lists, dates and durations, and on nothing else.

Decimal fractions behave as on paper: results are rounded to 15 significant digits, so 0.1 + 0.2 is 0.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from engine.expressions.budget import MAX_INT, MAX_ITEMS, MAX_TEXT, Budget, too_big
from engine.expressions.errors import ExpressionError
from engine.times import Duration, TimeError, shift

_NAMES = {
    type(None): "空值",
    bool: "是/否",
    int: "数",
    float: "数",
    str: "文字",
    list: "列表",
    tuple: "列表",
    dict: "字典",
    date: "日期",
    datetime: "日期时间",
    time: "时刻",
    Duration: "时长",
}

_TEMPORAL = (date, time, Duration)


def kind_of(value: Any) -> str:
    """The Chinese name of a value's type."""
    return _NAMES.get(type(value), type(value).__name__)


def type_error(message: str) -> ExpressionError:
    """A value has the wrong type."""
    return ExpressionError("type", message)


def value_error(message: str) -> ExpressionError:
    """A value has the right type, but cannot be used."""
    return ExpressionError("value", message)


def is_number(value: Any) -> bool:
    """A number; a truth value is none."""
    return type(value) is int or type(value) is float


def number(value: Any) -> Any:
    """A computed number within the limits, rounded to what a decimal fraction can say."""
    if type(value) is int:
        if -MAX_INT <= value <= MAX_INT:
            return value
        raise too_big("数")
    if not math.isfinite(value):
        raise too_big("数")
    return float(f"{value:.15g}")


def _small(*values: Any) -> None:
    for value in values:
        if type(value) is int and not -MAX_INT <= value <= MAX_INT:
            raise too_big("数")


def _mismatch(sign: str, left: Any, right: Any) -> ExpressionError:
    return type_error(f"{kind_of(left)}和{kind_of(right)}不能用“{sign}”。")


def _shifted(day: Any, duration: Duration, sign: int) -> Any:
    try:
        return shift(day, duration, sign=sign)
    except TimeError as error:
        raise value_error(error.message) from error


def add(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left + right`."""
    if is_number(left) and is_number(right):
        return number(left + right)
    if type(left) is str and type(right) is str:
        if len(left) + len(right) > MAX_TEXT:
            raise too_big("文字")
        if budget is not None:
            budget.spend((len(left) + len(right)) >> 6)
        return left + right
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        if len(left) + len(right) > MAX_ITEMS:
            raise too_big("列表")
        if budget is not None:
            budget.spend(len(left) + len(right))
        return [*left, *right]
    if isinstance(right, Duration):
        if isinstance(left, date):
            return _shifted(left, right, 1)
        if isinstance(left, Duration):
            return _length(left + right)
    if isinstance(left, Duration) and isinstance(right, date):
        return _shifted(right, left, 1)
    raise _mismatch("+", left, right)


def subtract(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left - right`."""
    if is_number(left) and is_number(right):
        return number(left - right)
    if isinstance(right, Duration):
        if isinstance(left, date):
            return _shifted(left, right, -1)
        if isinstance(left, Duration):
            return _length(left - right)
    if isinstance(left, date) and type(left) is type(right):
        return Duration(0, left - right)
    raise _mismatch("-", left, right)


def multiply(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left * right`."""
    if is_number(left) and is_number(right):
        _small(left, right)
        return number(left * right)
    if isinstance(left, Duration) and type(right) is int:
        return _length(left, right)
    if isinstance(right, Duration) and type(left) is int:
        return _length(right, left)
    raise _mismatch("*", left, right)


def _length(duration: Duration, count: int = 1) -> Duration:
    """`duration` `count` times, within the limits."""
    try:
        result = duration.times(count)
    except OverflowError as error:
        raise too_big("时长") from error
    if abs(result.months) > 120_000:
        raise too_big("时长")
    return result


def _divisible(sign: str, left: Any, right: Any) -> None:
    if not (is_number(left) and is_number(right)):
        raise _mismatch(sign, left, right)
    _small(left, right)
    if right == 0:
        raise value_error("除数是 0。")


def divide(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left / right`."""
    _divisible("/", left, right)
    return number(left / right)


def floor_divide(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left // right`."""
    _divisible("//", left, right)
    return number(left // right)


def modulo(left: Any, right: Any, budget: Budget | None) -> Any:
    """`left % right`; numbers only, never text formatting."""
    _divisible("%", left, right)
    return number(left % right)


def negate(value: Any) -> Any:
    """`-value`."""
    if is_number(value):
        return number(-value)
    if isinstance(value, Duration):
        return -value
    raise type_error(f"{kind_of(value)}前面不能加“-”。")


def plus(value: Any) -> Any:
    """`+value`."""
    if is_number(value):
        return value
    raise type_error(f"{kind_of(value)}前面不能加“+”。")


def equal(left: Any, right: Any, budget: Budget | None) -> bool:
    """`left == right`; a truth value never equals a number; a date is not compared with a text."""
    if left is None or right is None:
        return left is right
    if type(left) is type(right) or (is_number(left) and is_number(right)):
        if budget is not None and type(left) in (list, dict, str):
            budget.weigh(left)
        return bool(left == right)
    if isinstance(left, _TEMPORAL) or isinstance(right, _TEMPORAL):
        raise type_error(
            f"{kind_of(left)}和{kind_of(right)}不能比较，请用 date(...)、datetime(...) 或 duration(...) 转换。"
        )
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return list(left) == list(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return dict(left) == dict(right)
    return False


def _ordered(sign: str, left: Any, right: Any) -> tuple[Any, Any]:
    """The two values as ones that Python orders, when the language does."""
    if is_number(left) and is_number(right):
        return left, right
    if type(left) is type(right):
        if type(left) in (str, date, datetime, time):
            return left, right
        if type(left) is Duration:
            return _length_order(left, right)
    raise _mismatch(sign, left, right)


def _length_order(left: Duration, right: Duration) -> tuple[Any, Any]:
    if bool(left.months) != bool(right.months) and not (left.is_zero or right.is_zero):
        raise type_error("以年月计的时长和以日时计的时长不能比较大小。")
    if left.is_zero or right.is_zero:
        left_key = left.months or left.rest.total_seconds()
        return left_key, right.months or right.rest.total_seconds()
    try:
        return left.order_key(), right.order_key()
    except TimeError as error:
        raise type_error(error.message) from error


def less(left: Any, right: Any, budget: Budget | None) -> bool:
    """`left < right`."""
    one, other = _ordered("<", left, right)
    return bool(one < other)


def less_equal(left: Any, right: Any, budget: Budget | None) -> bool:
    """`left <= right`."""
    one, other = _ordered("<=", left, right)
    return bool(one <= other)


def greater(left: Any, right: Any, budget: Budget | None) -> bool:
    """`left > right`."""
    one, other = _ordered(">", left, right)
    return bool(one > other)


def greater_equal(left: Any, right: Any, budget: Budget | None) -> bool:
    """`left >= right`."""
    one, other = _ordered(">=", left, right)
    return bool(one >= other)


def contained(item: Any, whole: Any, budget: Budget | None) -> bool:
    """`item in whole`: a part of a text, an item of a list, a key of a dictionary."""
    if type(whole) is str:
        if type(item) is not str:
            raise _mismatch("in", item, whole)
        if budget is not None:
            budget.spend(len(whole) >> 4)
        return item in whole
    if isinstance(whole, (list, tuple)):
        if budget is not None:
            budget.weigh(whole)
        return any(_same(item, one) for one in whole)
    if isinstance(whole, Mapping):
        return type(item) is str and item in whole
    raise _mismatch("in", item, whole)


def _same(left: Any, right: Any) -> bool:
    return (
        left is right
        if left is None or right is None
        else (type(left) is bool) == (type(right) is bool) and left == right
    )


def member(value: Any, key: str) -> Any:
    """`value.key`: the entry of a dictionary, nothing else."""
    if isinstance(value, Mapping):
        try:
            return value[key]
        except KeyError:
            raise value_error(f'其中没有“{key}”。可能没有的，请写 get("变量.{key}", 默认值)。') from None
    raise type_error(f"{kind_of(value)}没有“.{key}”，只有字典可以这样取值。")


def item(value: Any, key: Any) -> Any:
    """`value[key]`."""
    if isinstance(value, Mapping):
        if type(key) is not str:
            raise type_error(f"字典的键必须是文字，不能是{kind_of(key)}。")
        if key.startswith("__"):
            raise ExpressionError("not_allowed", f"不允许使用“{key[:40]}”。")
        return member(value, key)
    if isinstance(value, (list, tuple, str)):
        if type(key) is not int:
            raise type_error(f"序号必须是整数，不能是{kind_of(key)}。")
        if not -len(value) <= key < len(value):
            raise value_error(f"没有第 {key} 项，一共 {len(value)} 项（从 0 数起）。")
        return value[key]
    raise type_error(f"{kind_of(value)}不能用 [...] 取值。")
