"""FEEL's operators that make a new value (DMN 1.3, tables 50 to 56): what does not fit together gives null.

A day beside an instant is its midnight in Asia/Shanghai. Two durations reckon with each other when both are of years
and months or both of days and time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.expressions import operations as op
from engine.expressions.budget import too_big
from engine.expressions.errors import ExpressionError
from engine.feel.values import SOFT, align, whole
from engine.times import Duration

DAY = timedelta(days=1)
EXACT_BITS = 200  # a power of whole numbers that may need more is reckoned with a fraction's precision


def _mismatch(sign: str, left: Any, right: Any) -> ExpressionError:
    return op.type_error(f"{op.kind_of(left)}和{op.kind_of(right)}不能用“{sign}”。")


def _moved(when: Any, by: Duration, sign: int) -> Any:
    """A day, an instant or a time of day moved by a duration; a time of day goes round the clock."""
    if type(when) is time:
        if by.months:
            raise _mismatch("+", when, by)
        return (datetime.combine(date(2000, 1, 1), when) + sign * (by.rest % DAY)).time()
    if type(when) is date and by.rest % DAY:
        moved = op.add(datetime.combine(when, time()), by if sign > 0 else -by, None)
        return moved.date()
    return op.add(when, by, None) if sign > 0 else op.subtract(when, by, None)


def _alike(sign: str, left: Duration, right: Duration) -> None:
    if (left.months or right.months) and (left.rest or right.rest):
        raise _mismatch(sign, left, right)


def _add(left: Any, right: Any, budget: None) -> Any:
    if isinstance(right, Duration) and isinstance(left, (date, time)):
        return _moved(left, right, 1)
    if isinstance(left, Duration) and isinstance(right, (date, time)):
        return _moved(right, left, 1)
    if isinstance(left, Duration) and isinstance(right, Duration):
        _alike("+", left, right)
    if isinstance(left, (list, tuple)):
        raise _mismatch("+", left, right)
    return op.add(left, right, None)


def _subtract(left: Any, right: Any, budget: None) -> Any:
    if isinstance(right, Duration) and isinstance(left, (date, time)):
        return _moved(left, right, -1)
    if isinstance(left, Duration) and isinstance(right, Duration):
        _alike("-", left, right)
    if type(left) is time and type(right) is time:
        day = date(2000, 1, 1)
        return Duration(0, datetime.combine(day, left) - datetime.combine(day, right))
    return op.subtract(*align(left, right), None)


def _times(length: Duration, count: float) -> Duration:
    if abs(count) > 1e9:
        raise too_big("时长")
    try:
        return Duration(int(length.months * count), length.rest * count)
    except OverflowError as error:
        raise too_big("时长") from error


def _multiply(left: Any, right: Any, budget: None) -> Any:
    if isinstance(left, Duration) and op.is_number(right):
        return _times(left, right)
    if isinstance(right, Duration) and op.is_number(left):
        return _times(right, left)
    return op.multiply(left, right, None)


def _divide(left: Any, right: Any, budget: None) -> Any:
    if not isinstance(left, Duration):
        return op.divide(left, right, None)
    if op.is_number(right) and right:
        return Duration(int(left.months / right), left.rest / right)
    if isinstance(right, Duration) and not right.is_zero:
        _alike("/", left, right)
        return op.number(left.months / right.months if right.months else left.rest / right.rest)
    raise _mismatch("/", left, right)


def _power(left: Any, right: Any, budget: None) -> Any:
    if not (op.is_number(left) and op.is_number(right)):
        raise op.type_error("乘方要数。")
    if not left and right < 0:
        raise op.value_error("0 没有负的乘方。")
    if type(left) is int and type(right) is int and 0 <= right * left.bit_length() <= EXACT_BITS:
        return op.number(left**right)
    result = float(left) ** right
    if isinstance(result, complex):
        raise op.value_error("乘方没有结果。")
    return op.number(result)


def _arithmetic(act: Callable[[Any, Any, None], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        try:
            return whole(act(left, right, None))
        except OverflowError as error:
            raise too_big("数") from error
        except ExpressionError as error:
            if error.code in SOFT:
                return None
            raise

    return run


def negative(value: Any) -> Any:
    """`-value`."""
    return whole(op.negate(value)) if op.is_number(value) or isinstance(value, Duration) else None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _arithmetic(_add),
    "-": _arithmetic(_subtract),
    "*": _arithmetic(_multiply),
    "/": _arithmetic(_divide),
    "**": _arithmetic(_power),
}
