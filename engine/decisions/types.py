"""The types of DMN's `typeRef`: what they mean for values that come from JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from engine.expressions.operations import is_number, kind_of
from engine.times import Duration, TimeError, parse_date, parse_duration, parse_instant, parse_time

_ALIASES = {
    "string": "string",
    "boolean": "boolean",
    "number": "number",
    "integer": "number",
    "int": "number",
    "long": "number",
    "short": "number",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "date": "date",
    "datetime": "date",
    "date and time": "date",
    "time": "time",
    "daytimeduration": "duration",
    "yearmonthduration": "duration",
    "days and time duration": "duration",
    "years and months duration": "duration",
    "duration": "duration",
}
CHINESE = {"string": "文字", "boolean": "是/否", "number": "数", "date": "日期", "time": "时刻", "duration": "时长"}


def kind_of_type(type_ref: str | None) -> str | None:
    """`string`, `boolean`, `number`, `date` (also with a time), `time` or `duration`; None for any other."""
    return _ALIASES.get((type_ref or "").rpartition(":")[2].strip().lower())


def _day(text: str) -> date | datetime:
    return parse_instant(text) if "T" in text else parse_date(text)


_READERS: dict[str, tuple[type | tuple[type, ...], Callable[[str], Any]]] = {
    "date": ((date, datetime), _day),
    "time": (time, parse_time),
    "duration": (Duration, parse_duration),
}


def typed(value: Any, kind: str | None) -> Any:
    """`value` as its declared kind. Raises `TypeError`, Chinese.

    A list of one is its item (DMN 1.3, 10.3.2.9.4); a text is read as the date, time or duration that it writes, since
    JSON has none. Nothing else is converted. Where DMN lets a value of another type become null, this refuses it: a
    null would decide something without anybody seeing why.
    """
    if value is None or kind is None:
        return value
    if isinstance(value, list) and len(value) == 1:
        return typed(value[0], kind)
    if kind in _READERS:
        types, read = _READERS[kind]
        if isinstance(value, types):
            return value
        if type(value) is str:
            try:
                return read(value)
            except TimeError as error:
                raise TypeError(error.message) from error
    elif (kind == "number" and is_number(value)) or type(value) is {"string": str, "boolean": bool}.get(kind):
        return value
    raise TypeError(f"应是{CHINESE[kind]}，却是{kind_of(value)}")


def fits(value: Any, kind: str | None) -> bool:
    """Whether a constant can stand in a column of `kind`."""
    try:
        typed(value, kind)
    except TypeError:
        return False
    return True
