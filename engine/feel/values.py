"""FEEL's three-valued comparisons and arithmetic: what does not fit together gives null (DMN 1.3, 10.3.2).

Process variables are JSON, so a date among them is a text: compared with a date, it is read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from engine.expressions import operations as op
from engine.expressions.budget import too_big
from engine.expressions.errors import ExpressionError
from engine.times import Duration, TimeError, parse_date, parse_duration, parse_instant, parse_time
from storage.clock import TZ

Truth = bool | None
_READERS: dict[type, Callable[[str], Any]] = {
    date: parse_date,
    datetime: parse_instant,
    time: parse_time,
    Duration: parse_duration,
}
_SOFT = {"expression.type", "expression.value"}  # what FEEL answers with null


def align(left: Any, right: Any) -> tuple[Any, Any]:
    """The two values, a text read as the date that the other one is; a day beside an instant is its midnight."""
    if type(left) is str and type(right) in _READERS:
        return _read(left, type(right)), right
    if type(right) is str and type(left) in _READERS:
        return left, _read(right, type(left))
    if type(left) is date and type(right) is datetime:
        return datetime.combine(left, time(0), TZ), right
    if type(left) is datetime and type(right) is date:
        return left, datetime.combine(right, time(0), TZ)
    return left, right


def _read(text: str, kind: type) -> Any:
    try:
        return _READERS[kind](text)
    except TimeError:
        return None


def equal(left: Any, right: Any) -> Truth:
    """`left = right`; null equals null only; different types give null."""
    if left is None or right is None:
        return left is right
    left, right = align(left, right)
    if type(left) is not type(right) and not (op.is_number(left) and op.is_number(right)):
        return None
    return bool(left == right)


def _ordering(compare: Callable[[Any, Any, None], bool]) -> Callable[[Any, Any], Truth]:
    def run(left: Any, right: Any) -> Truth:
        left, right = align(left, right)
        if left is None or right is None:
            return None
        try:
            return compare(left, right, None)
        except ExpressionError as error:
            if error.code in _SOFT:
                return None
            raise

    return run


less = _ordering(op.less)
less_equal = _ordering(op.less_equal)
greater = _ordering(op.greater)
greater_equal = _ordering(op.greater_equal)


def _not_equal(left: Any, right: Any) -> Truth:
    return negation(equal(left, right))


COMPARISONS: dict[str, Callable[[Any, Any], Truth]] = {
    "=": equal,
    "!=": _not_equal,
    "<": less,
    "<=": less_equal,
    ">": greater,
    ">=": greater_equal,
}


def truth(value: Any) -> Truth:
    """A truth value; anything else is null."""
    return value if type(value) is bool else None


def negation(value: Any) -> Truth:
    """`not(value)`."""
    return None if truth(value) is None else not value


def either(values: list[Truth]) -> Truth:
    """True if one is, null if that cannot be said."""
    return True if True in values else None if None in values else False


def whole(value: Any) -> Any:
    """A number without a fraction as an integer: FEEL has one type of numbers."""
    return int(value) if type(value) is float and value.is_integer() and abs(value) < 1e15 else value


def _arithmetic(act: Callable[[Any, Any, None], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        try:
            return whole(act(left, right, None))
        except ExpressionError as error:
            if error.code in _SOFT:
                return None
            raise

    return run


def _power(left: Any, right: Any, budget: None) -> Any:
    if not (op.is_number(left) and op.is_number(right)):
        raise op.type_error("乘方要数。")
    if abs(right) > 100 or abs(left) > 1e30:
        raise too_big("数")
    result = float(left) ** right if left or right >= 0 else None
    if result is None or isinstance(result, complex):
        raise op.value_error("乘方没有结果。")
    exact = type(left) is int and type(right) is int and right >= 0 and abs(result) < 1e30
    return op.number(left**right if exact else result)


def negative(value: Any) -> Any:
    """`-value`."""
    return whole(op.negate(value)) if op.is_number(value) or isinstance(value, Duration) else None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _arithmetic(op.add),
    "-": _arithmetic(op.subtract),
    "*": _arithmetic(op.multiply),
    "/": _arithmetic(op.divide),
    "**": _arithmetic(_power),
}


def member(value: Any, name: str) -> Any:
    """`value.name`: an entry of a context, a part of a date, or of each item of a list; otherwise null."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, (list, tuple)):
        return [member(one, name) for one in value]
    if isinstance(value, date) and name in ("year", "month", "day"):
        return getattr(value, name)
    if isinstance(value, date) and name == "weekday":
        return value.isoweekday()
    if isinstance(value, (datetime, time)) and name in ("hour", "minute", "second"):
        return getattr(value, name)
    if isinstance(value, Duration):
        seconds = int(value.rest.total_seconds())
        parts = {
            "years": value.months // 12,
            "months": value.months % 12,
            "days": seconds // 86_400,
            "hours": seconds // 3600 % 24,
            "minutes": seconds // 60 % 60,
            "seconds": seconds % 60,
        }
        return parts.get(name)
    return None
