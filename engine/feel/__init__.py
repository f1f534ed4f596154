"""The part of FEEL (DMN 1.3, chapters 9 and 10) that decision tables and form conditions use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.expressions.budget import check_result
from engine.expressions.errors import ExpressionError
from engine.feel.errors import FeelError
from engine.feel.parser import INPUT, Functions, Node, Parser, Scope, Test

__all__ = ["Feel", "FeelError", "UnaryTests", "compile_feel", "compile_tests"]

NO_FUNCTIONS: Functions = {}


class Feel:
    """A compiled FEEL expression."""

    __slots__ = ("_run", "names", "remarks", "source")

    def __init__(self, source: str, run: Node, names: Iterable[str], remarks: Sequence[tuple[str, str]] = ()) -> None:
        self.source = source
        self.names = frozenset(names)  # variables read
        self.remarks = tuple(remarks)  # what looks wrong, in Chinese and English
        self._run = run

    def evaluate(self, variables: Scope, functions: Functions = NO_FUNCTIONS) -> Any:
        """The value. What does not fit together is null; an unknown variable and a too big result are errors."""
        try:
            return check_result(self._run(variables, functions))
        except ExpressionError as error:
            error.within(self.source)
            raise
        except (RecursionError, MemoryError, OverflowError) as error:
            raise ExpressionError("too_big", "数据太大或嵌套太深。", source=self.source) from error


class UnaryTests:
    """The condition of one cell."""

    __slots__ = ("_test", "any", "names", "remarks", "source")

    def __init__(
        self, source: str, test: Test | None, names: Iterable[str], remarks: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.source = source
        self.any = test is None  # `-`: every value
        self.names = frozenset(names)
        self.remarks = tuple(remarks)  # what looks wrong, in Chinese and English
        self._test = test

    def matches(self, value: Any, variables: Scope, functions: Functions = NO_FUNCTIONS) -> bool:
        """Whether `value` meets the condition; what cannot be compared does not."""
        if self._test is None:
            return True
        try:
            return self._test(value, {**variables, INPUT: value}, functions) is True
        except ExpressionError as error:
            error.within(self.source)
            raise
        except (RecursionError, MemoryError, OverflowError) as error:
            raise ExpressionError("too_big", "数据太大或嵌套太深。", source=self.source) from error


def compile_feel(text: str, names: Iterable[str] = ()) -> Feel:
    """Compile an expression; `names` are known variables, which may consist of several words. Raises `FeelError`."""
    parser = Parser(text, names)
    node = parser.expression()
    parser.finish()
    return Feel(text, node, parser.names, parser.remarks)


def compile_tests(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """Compile a cell: `-` or nothing, tests with commas, or `not(tests)`. Raises `FeelError`."""
    known = list(names)
    if text.strip() in ("", "-"):
        return UnaryTests(text, None, ())
    parser = Parser(text, known, unary=True)
    first, second = (parser.tokens + parser.tokens[-1:])[:2]
    if first.text == "not" and first.kind == "word" and second.text == "(" and second.kind == "sign":
        parser.position = 2
        test = parser.tests()
        if parser.take(")") and parser.token.kind == "end":
            return UnaryTests(text, _negated(test), parser.names, parser.remarks)
        parser = Parser(text, known, unary=True)  # `not(a) and b`: an expression that begins with the function not()
    test = parser.tests()
    parser.finish()
    return UnaryTests(text, test, parser.names, parser.remarks)


def _negated(test: Test) -> Test:
    def run(value: Any, v: Scope, f: Functions) -> bool | None:
        found = test(value, v, f)
        return None if found is None else not found

    return run
