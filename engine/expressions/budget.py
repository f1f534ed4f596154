"""How much one evaluation may do and how big a value may get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expressions.errors import ExpressionError

MAX_STEPS = 100_000  # rounds of loops and list items looked at in one evaluation
MAX_INT = 10**30
MAX_TEXT = 200_000  # characters of a text made by an expression
MAX_ITEMS = 100_000  # items of a list made by an expression
MAX_RESULT_NODES = 200_000  # values inside a result, counted as often as they occur
MAX_RESULT_TEXT = 4_000_000  # characters inside a result


def too_big(what: str) -> ExpressionError:
    """The error for a value beyond its limit."""
    return ExpressionError("too_big", f"{what}太大，已停止计算。")


class Budget:
    """The steps left to one evaluation. Expressions without loops are small by their text and need none."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take `steps` off; too many raise `expression.too_big`."""
        self.left -= steps
        if self.left < 0:
            raise too_big("计算量")

    def weigh(self, value: Any) -> None:
        """Take off what it costs to look at all of `value`."""
        kind = type(value)
        if kind is str:
            self.spend(len(value) >> 8)
        elif kind is list or kind is tuple or kind is dict:
            todo = [value]
            while todo:
                one = todo.pop()
                if type(one) is str:
                    self.spend(1 + (len(one) >> 8))
                elif isinstance(one, (list, tuple)):
                    self.spend(1 + len(one))
                    todo.extend(item for item in one if type(item) in _HEAVY)
                elif isinstance(one, Mapping):
                    self.spend(1 + len(one))
                    todo.extend(item for item in one.values() if type(item) in _HEAVY)


_HEAVY = {str, list, tuple, dict}


class Room:
    """How much may still be kept of what is computed: one result, or all that one script assigns."""

    __slots__ = ("nodes", "text")

    def __init__(self) -> None:
        self.nodes = MAX_RESULT_NODES
        self.text = MAX_RESULT_TEXT

    def take(self, value: Any) -> None:
        """Make sure that `value` still fits; what occurs several times counts several times."""
        todo = [value]
        while todo:
            one = todo.pop()
            self.nodes -= 1
            if isinstance(one, str):
                self.text -= len(one)
            elif isinstance(one, Mapping):
                self.nodes -= len(one)
                todo.extend(one.values())
            elif isinstance(one, (list, tuple)):
                todo.extend(one)
            if self.nodes < len(todo) or self.text < 0:
                raise too_big("结果")


def check_result(value: Any) -> Any:
    """`value`, unless it is too big to be kept: cheap for the usual texts, numbers and truth values."""
    kind = type(value)
    if kind is list or kind is tuple or kind is dict or kind is str:
        Room().take(value)
    return value
