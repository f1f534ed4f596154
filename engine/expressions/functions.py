"""The functions that every expression may call. They are pure.

Time and the office's own functions come from the host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import cmp_to_key
from typing import Any

from engine.expressions import operations as op
from engine.expressions.budget import MAX_INT, too_big
from engine.times import Duration, TimeError, parse_date, parse_duration, parse_instant
from storage.clock import TZ

LONGEST_NUMBER = 40  # characters of a text read as a number


def iso(value: Any) -> str:
    """A date, instant or duration as ISO 8601 text."""
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Duration):
        return value.iso()
    if type(value) is str:
        return parse_instant(value).isoformat()
    raise op.type_error(f"iso(...) 要日期、日期时间或时长，不能是{op.kind_of(value)}。")


def text(value: Any) -> str:
    """What a person reads for a single value."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if op.is_number(value):
        return str(op.number(value))
    if isinstance(value, (date, time, Duration)):
        return iso(value)
    raise op.type_error(f"{op.kind_of(value)}不能变成文字。")


def plain(value: Any) -> Any:
    """`value` as JSON knows it: dates, instants and durations become ISO text, inside lists and dictionaries too."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None or kind is float:
        return value
    if isinstance(value, (date, time, Duration)):
        return iso(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    raise op.type_error(f"{op.kind_of(value)}不能作为流程变量保存。")


def _length(value: Any) -> int:
    if isinstance(value, (str, list, tuple, Mapping)):
        return len(value)
    raise op.type_error(f"len(...) 要文字、列表或字典，不能是{op.kind_of(value)}。")


def _items(name: str, values: tuple[Any, ...]) -> list[Any]:
    """`f([a, b])` and `f(a, b)` alike."""
    if len(values) == 1:
        if isinstance(values[0], (list, tuple)):
            return list(values[0])
        raise op.type_error(f"{name}(...) 要一个列表，不能是{op.kind_of(values[0])}。")
    return list(values)


def _extreme(name: str, better: Callable[[Any, Any, None], bool]) -> Callable[..., Any]:
    def find(*values: Any) -> Any:
        items = _items(name, values)
        if not items:
            raise op.value_error(f"{name}(...) 的列表是空的。")
        best = items[0]
        op.less(best, best, None)
        for one in items[1:]:
            if better(one, best, None):
                best = one
        return best

    return find


def _sum(*values: Any) -> Any:
    total: Any = 0
    items = _items("sum", values)
    if items and all(isinstance(one, Duration) for one in items):
        total = Duration()
    for one in items:
        total = op.add(total, one, None)
    return total


def _abs(value: Any) -> Any:
    if op.is_number(value):
        return op.number(abs(value))
    if isinstance(value, Duration):
        return -value if value.is_negative else value
    raise op.type_error(f"abs(...) 要数，不能是{op.kind_of(value)}。")


def _round(value: Any, digits: Any = 0) -> Any:
    """Half up, as on paper: round(2.5) is 3."""
    if not op.is_number(value) or type(digits) is not int or not -15 <= digits <= 15:
        raise op.type_error("round(数, 小数位数) 要一个数和 -15 到 15 的整数。")
    if type(value) is int and digits >= 0:
        return value
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return float(rounded) if digits > 0 else int(rounded)


def _numeral(value: str) -> str:
    stripped = value.strip()
    if len(stripped) > LONGEST_NUMBER or "_" in stripped:
        raise op.value_error(f"“{stripped[:LONGEST_NUMBER]}”不是数。")
    return stripped


def _int(value: Any) -> int:
    try:
        if type(value) is str:
            return int(op.number(int(_numeral(value))))
        if type(value) in (int, float, bool):
            return int(op.number(int(value)))
    except ValueError as error:
        raise op.value_error(f"“{value}”不是整数。") from error
    raise op.type_error(f"{op.kind_of(value)}不能变成整数。")


def _float(value: Any) -> float:
    try:
        if type(value) is str:
            return float(op.number(float(_numeral(value))))
        if op.is_number(value):
            if abs(value) > MAX_INT and type(value) is int:
                raise too_big("数")
            return float(value)
    except ValueError as error:
        raise op.value_error(f"“{value}”不是数。") from error
    raise op.type_error(f"{op.kind_of(value)}不能变成数。")


def _on_text(name: str, act: Callable[[str], Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        if type(value) is not str:
            raise op.type_error(f"{name}(...) 要文字，不能是{op.kind_of(value)}。")
        return act(value)

    return run


def _on_texts(name: str, act: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def run(value: Any, part: Any) -> bool:
        if type(value) is not str or type(part) is not str:
            raise op.type_error(f"{name}(...) 要两个文字，不能是{op.kind_of(value)}和{op.kind_of(part)}。")
        return act(value, part)

    return run


def _contains(whole: Any, item: Any) -> bool:
    return op.contained(item, whole, None)


def _all(values: Any) -> bool:
    return all(_items("all", (values,)))


def _any(values: Any) -> bool:
    return any(_items("any", (values,)))


def _sorted(values: Any) -> list[Any]:
    items = _items("sorted", (values,))
    if all(type(one) is str for one in items) or all(map(op.is_number, items)):
        return sorted(items)
    if len(items) == 1:
        op.less(items[0], items[0], None)
    compare = cmp_to_key(lambda a, b: -1 if op.less(a, b, None) else int(op.less(b, a, None)))
    return sorted(items, key=compare)


def _timed(read: Callable[..., Any]) -> Callable[..., Any]:
    """A wrong date is the expression's error."""

    def run(*values: Any) -> Any:
        try:
            return read(*values)
        except TimeError as error:
            raise op.value_error(error.message) from error
        except (ValueError, OverflowError) as error:
            raise op.value_error("这样的日期或时刻不存在。") from error

    return run


def _parts(name: str, values: tuple[Any, ...]) -> tuple[int, ...]:
    if len(values) < 3 or any(type(one) is not int or abs(one) > 9999 for one in values):
        raise op.type_error(f"{name}(...) 要一个文字，或年、月、日等整数。")
    return values


def _date(*values: Any) -> date:
    if len(values) > 1:
        return date(*_parts("date", values[:3]))
    (value,) = values
    if isinstance(value, datetime):
        return value.astimezone(TZ).date()
    if isinstance(value, date):
        return value
    if type(value) is str:
        return parse_date(value)
    raise op.type_error(f"date(...) 要日期文字，不能是{op.kind_of(value)}。")


def _datetime(*values: Any) -> datetime:
    if len(values) > 1:
        year, month, day, *clock = _parts("datetime", values)
        hour, minute, second = (*clock, 0, 0, 0)[:3]
        return datetime(year, month, day, hour, minute, second, tzinfo=TZ)
    (value,) = values
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(0), TZ)
    if type(value) is str:
        return parse_instant(value)
    raise op.type_error(f"datetime(...) 要日期时间文字，不能是{op.kind_of(value)}。")


def _duration(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    if type(value) is str:
        return parse_duration(value)
    raise op.type_error(f'duration(...) 要时长文字，如 "P3D"，不能是{op.kind_of(value)}。')


# name: function, least and most number of arguments
PURE: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "len": (_length, 1, 1),
    "min": (_extreme("min", op.less), 1, 50),
    "max": (_extreme("max", op.greater), 1, 50),
    "sum": (_sum, 1, 50),
    "abs": (_abs, 1, 1),
    "round": (_round, 1, 2),
    "int": (_int, 1, 1),
    "float": (_float, 1, 1),
    "str": (text, 1, 1),
    "bool": (bool, 1, 1),
    "lower": (_on_text("lower", str.lower), 1, 1),
    "upper": (_on_text("upper", str.upper), 1, 1),
    "contains": (_contains, 2, 2),
    "starts_with": (_on_texts("starts_with", str.startswith), 2, 2),
    "ends_with": (_on_texts("ends_with", str.endswith), 2, 2),
    "any": (_any, 1, 1),
    "all": (_all, 1, 1),
    "sorted": (_sorted, 1, 1),
    "date": (_timed(_date), 1, 3),
    "datetime": (_timed(_datetime), 1, 6),
    "duration": (_timed(_duration), 1, 1),
    "iso": (_timed(iso), 1, 1),
}
VARIABLE_FUNCTIONS = frozenset({"get", "defined"})  # look at variables by name, see compiling.py
TURN_FUNCTIONS = frozenset({"now", "today"})  # given by the turn
BUILTIN_FUNCTIONS = frozenset(PURE) | VARIABLE_FUNCTIONS | TURN_FUNCTIONS
