"""FEEL's built-in functions that decision tables use. A wrong argument gives null, as the standard says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from engine.expressions import operations as op
from engine.expressions.budget import MAX_ITEMS, MAX_TEXT, too_big
from engine.expressions.functions import PURE, text
from engine.feel import values
from engine.times import Duration, parse_duration, parse_instant, parse_time


def _numbers(arguments: tuple[Any, ...]) -> list[Any]:
    """The numbers of a list, or of several arguments."""
    items = list(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) else list(arguments)
    if not all(op.is_number(one) for one in items):
        raise op.type_error("要数。")
    return items


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _from_pure(name: str) -> Callable[..., Any]:
    return PURE[name][0]


def _sum(*arguments: Any) -> Any:
    items = _numbers(arguments)
    return _from_pure("sum")(items) if items else None


def _mean(*arguments: Any) -> Any:
    items = _numbers(arguments)
    return op.divide(_from_pure("sum")(items), len(items), None) if items else None


def _extreme(name: str) -> Callable[..., Any]:
    def find(*arguments: Any) -> Any:
        items = _items(arguments[0]) if len(arguments) == 1 else list(arguments)
        return _from_pure(name)(items) if items else None

    return find


def _texts(act: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        if not all(type(one) is str for one in arguments):
            raise op.type_error("要文字。")
        return act(*arguments)

    return run


def _substring(whole: Any, start: Any, length: Any = None) -> Any:
    if type(whole) is not str or not op.is_number(start) or not (length is None or op.is_number(length)):
        raise op.type_error("substring 的参数不对。")
    start, length = int(start), None if length is None else int(length)
    if start == 0:
        raise op.value_error("substring 从 1 数起。")
    first = start - 1 if start > 0 else max(0, len(whole) + start)
    return whole[first:] if length is None else whole[first : first + max(0, length)]


def _scaled(rounding: Callable[[float], int]) -> Callable[..., Any]:
    def run(value: Any, scale: Any = 0) -> Any:
        if not op.is_number(value) or type(scale) is not int or not 0 <= scale <= 15:
            raise op.type_error("要数。")
        return op.number(rounding(op.number(value * 10**scale)) / 10**scale) if scale else rounding(value)

    return run


def _decimal(value: Any, scale: Any) -> Any:
    if not op.is_number(value) or not op.is_number(scale) or not -15 <= scale <= 15:
        raise op.type_error("要数。")
    return op.number(round(value, int(scale)))


def _modulo(left: Any, right: Any) -> Any:
    return op.modulo(left, right, None)


def _list_contains(items: Any, item: Any) -> bool:
    if not isinstance(items, (list, tuple)):
        raise op.type_error("要列表。")
    return any(values.equal(one, item) for one in items)


def _append(items: Any, *more: Any) -> list[Any]:
    """The list with each further argument as one item, a list too."""
    return _concatenate(items, list(more))


def _concatenate(*lists: Any) -> list[Any]:
    if any(items is None for items in lists):
        raise op.type_error("要列表。")
    joined = [one for items in lists for one in _items(items)]
    if len(joined) > MAX_ITEMS:
        raise too_big("列表")
    return joined


def _string(value: Any) -> Any:
    return None if value is None else text(value)


def _number(value: Any, *separators: Any) -> Any:
    """A text as a number: with a separator of thousands (blank, comma, point or null), then the decimal point."""
    grouping, point = (*separators, None, None)[:2]
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        raise op.type_error("分隔符不对。")
    if type(value) is not str:
        return value if op.is_number(value) and not separators else None
    if grouping:
        value = value.replace(grouping, "")
    if point:
        value = value.replace(point, ".")
    return values.whole(_from_pure("float")(value))


def _moment(value: Any, *clocks: Any) -> Any:
    if clocks:
        clock = parse_time(clocks[0]) if type(clocks[0]) is str else clocks[0]
        day = _from_pure("date")(value)
        if type(clock) is not time:
            raise op.type_error("要时刻。")
        return datetime.combine(day, clock, parse_instant("2000-01-01").tzinfo)
    return _from_pure("datetime")(value)


def _time(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.time()
    if type(value) is str:
        return parse_time(value)
    return value if type(value) is time else None


def _duration(value: Any) -> Any:
    return value if isinstance(value, Duration) else parse_duration(value)


def _months_between(start: Any, end: Any) -> Any:
    if not isinstance(start, date) or not isinstance(end, date):
        raise op.type_error("要日期。")
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Duration(months)


def _all(*arguments: Any) -> Any:
    if arguments == (None,):
        return None
    items = _items(arguments[0]) if len(arguments) == 1 else list(arguments)
    if False in [one for one in items if type(one) is bool]:
        return False
    return True if all(type(one) is bool for one in items) else None


def _any(*arguments: Any) -> Any:
    if arguments == (None,):
        return None
    items = _items(arguments[0]) if len(arguments) == 1 else list(arguments)
    return values.either([values.truth(one) for one in items])


def _string_join(items: Any, separator: Any = "") -> Any:
    separator = "" if separator is None else separator
    if items is None:
        return None
    parts = [one for one in _items(items) if one is not None]
    if not all(type(one) is str for one in parts) or type(separator) is not str:
        raise op.type_error("要文字。")
    if sum(map(len, parts)) + len(separator) * len(parts) > MAX_TEXT:
        raise too_big("文字")
    return separator.join(parts)


# name: function, least and most number of arguments
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "not": (values.negation, 1, 1),
    "is defined": (lambda value: value is not None, 1, 1),
    "count": (lambda value: len(_items(value)), 1, 1),
    "sum": (_sum, 1, 50),
    "mean": (_mean, 1, 50),
    "min": (_extreme("min"), 1, 50),
    "max": (_extreme("max"), 1, 50),
    "all": (_all, 1, 50),
    "any": (_any, 1, 50),
    "list contains": (_list_contains, 2, 2),
    "append": (_append, 2, 50),
    "concatenate": (_concatenate, 1, 50),
    "contains": (_texts(lambda whole, part: part in whole), 2, 2),
    "starts with": (_texts(str.startswith), 2, 2),
    "ends with": (_texts(str.endswith), 2, 2),
    "upper case": (_texts(str.upper), 1, 1),
    "lower case": (_texts(str.lower), 1, 1),
    "string length": (_texts(len), 1, 1),
    "substring": (_substring, 2, 3),
    "substring before": (_texts(lambda whole, part: whole.partition(part)[0] if part and part in whole else ""), 2, 2),
    "substring after": (_texts(lambda whole, part: whole.partition(part)[2] if part else whole), 2, 2),
    "string join": (_string_join, 1, 2),
    "string": (_string, 1, 1),
    "number": (_number, 1, 3),
    "abs": (_from_pure("abs"), 1, 1),
    "floor": (_scaled(math.floor), 1, 2),
    "ceiling": (_scaled(math.ceil), 1, 2),
    "decimal": (_decimal, 2, 2),
    "round half up": (_from_pure("round"), 1, 2),
    "modulo": (_modulo, 2, 2),
    "date": (_from_pure("date"), 1, 3),
    "date and time": (_moment, 1, 2),
    "time": (_time, 1, 1),
    "duration": (_duration, 1, 1),
    "years and months duration": (_months_between, 2, 2),
}
TURN_FUNCTIONS = frozenset({"now", "today"})  # given by the turn
