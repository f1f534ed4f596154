"""The texts in a decision: FEEL, or our own expressions where `${…}` (or `juel`) says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from engine.expressions import Expression, compile_expression
from engine.feel import Feel, UnaryTests, compile_feel, compile_tests

_FEEL = re.compile(r"(https?://www\.omg\.org/spec/(DMN|FEEL)/.*|s-?feel|feel|)", re.IGNORECASE)
_OURS = ("juel", "python")


class UnknownLanguage(ValueError):
    """The text is in a language that is not read."""


@dataclass(frozen=True)
class Condition:
    """A cell that is an expression of ours: it holds when it is true."""

    expression: Expression
    variable: str  # the value's name

    @property
    def source(self) -> str:
        return self.expression.source

    @property
    def names(self) -> frozenset[str]:
        """The variables read."""
        return self.expression.names - {self.variable}

    @property
    def any(self) -> bool:
        return False

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        return ()

    def matches(
        self, value: Any, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
    ) -> bool:
        """Whether the expression is true for `value`."""
        return self.expression.evaluate({**variables, self.variable: value}, functions or {}) is True


@dataclass(frozen=True)
class Cells:
    """Compiles the cells of one decision."""

    names: Sequence[str]  # known names, which may consist of several words
    functions: Set[str]  # the host's functions that `${…}` may call

    def is_ours(self, text: str, language: str | None) -> bool:
        """Whether `text` is an expression of ours, not FEEL. Raises `UnknownLanguage`."""
        chosen = (language or "").strip()
        if chosen.lower() not in _OURS and not _FEEL.fullmatch(chosen):
            raise UnknownLanguage(chosen[:60])
        return chosen.lower() in _OURS or text.lstrip()[:2] in ("${", "#{")

    def expression(self, text: str, language: str | None) -> Feel | Expression:
        """An input expression, an output cell or a literal expression."""
        if self.is_ours(text, language):
            return compile_expression(text, functions=self.functions)
        return compile_feel(text, self.names)

    def tests(self, text: str, language: str | None, variable: str | None) -> UnaryTests | Condition:
        """The condition of a cell."""
        if text.strip() not in ("", "-") and self.is_ours(text, language):
            return Condition(compile_expression(text, functions=self.functions), variable or "cellInput")
        return compile_tests(text, [*self.names, variable] if variable else self.names)
