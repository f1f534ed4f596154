"""FEEL's three-valued comparisons and arithmetic: what does not fit together gives null (DMN 1.3, 10.3.2).

Process variables are JSON, so a date among them is a text: compared with a date, it is read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from engine.expressions import operations as op
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
SOFT = {"expression.type", "expression.value"}  # what FEEL answers with null


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
    if isinstance(left, Duration) and (left.months or right.months) and (left.rest or right.rest) and left != right:
        return None  # a year has no fixed number of days
    return bool(left == right)


def _ordering(compare: Callable[[Any, Any, None], bool]) -> Callable[[Any, Any], Truth]:
    def run(left: Any, right: Any) -> Truth:
        left, right = align(left, right)
        if left is None or right is None:
            return None
        try:
            return compare(left, right, None)
        except ExpressionError as error:
            if error.code in SOFT:
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
        return _part(value, name)
    return None


def _part(length: Duration, name: str) -> int | None:
    """`.years` and `.months` of a duration of these, `.days` to `.seconds` of the other kind; each with its sign."""
    if name in ("years", "months"):
        if length.rest:
            return None
        size = abs(length.months)
        found = size // 12 if name == "years" else size % 12
        return found if length.months >= 0 else -found
    if length.months:
        return None
    seconds = abs(int(length.rest.total_seconds()))
    parts = {
        "days": seconds // 86_400,
        "hours": seconds // 3600 % 24,
        "minutes": seconds // 60 % 60,
        "seconds": seconds % 60,
    }
    part = parts.get(name)
    return part if part is None or not length.is_negative else -part
