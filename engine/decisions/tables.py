"""Decision tables: which rules hit, and what the hit policy makes of them (DMN 1.3, 8.2.10 and 8.2.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from engine.decisions.errors import DecisionError
from engine.decisions.types import typed
from engine.expressions import Expression, ExpressionError
from engine.expressions import operations as op
from engine.expressions.budget import too_big
from engine.expressions.operations import is_number
from engine.feel import Feel
from engine.feel.values import equal, whole

MAX_DATA = 2_000  # items and characters that a table of any size may read
MAX_WORK = 5_000_000  # items and characters times rules
Scope = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Result = dict[str, Any]
HIT_POLICIES = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "OUTPUT ORDER", "RULE ORDER", "COLLECT")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")


class Tests(Protocol):
    """The condition of a cell."""

    @property
    def source(self) -> str: ...

    @property
    def names(self) -> frozenset[str]: ...

    def matches(self, value: Any, variables: Scope, functions: Functions) -> bool: ...


@dataclass(frozen=True)
class Input:
    """A column of conditions."""

    id: str
    label: str
    expression: Feel | Expression
    kind: str | None
    variable: str | None = None  # the name that cells may use for the value


@dataclass(frozen=True)
class Output:
    """A column of results. `values`: what is allowed, by priority."""

    id: str
    name: str
    label: str
    kind: str | None
    values: tuple[Any, ...] = ()
    default: Feel | Expression | None = None


@dataclass(frozen=True)
class Rule:
    """A row. `number` counts from 1, as the modeler shows it."""

    id: str
    number: int
    tests: tuple[Tests, ...]
    entries: tuple[Feel | Expression | None, ...]  # None: an empty cell


@dataclass(frozen=True)
class Table:
    """A decision table."""

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    hit_policy: str
    aggregation: str | None

    def evaluate(self, variables: Scope, functions: Functions) -> list[Result]:
        """The results, in the order of the hit policy; none when no rule hits and there is no default.

        Raises `DecisionError` and `ExpressionError`.
        """
        self._check_size(variables)
        values = [self._input(column, variables, functions) for column in self.inputs]
        scope = {**variables, **{c.variable: v for c, v in zip(self.inputs, values, strict=True) if c.variable}}
        hits: list[Rule] = []
        for rule in self.rules:
            if all(test.matches(value, scope, functions) for test, value in zip(rule.tests, values, strict=True)):
                hits.append(rule)
                if self.hit_policy == "FIRST":
                    break
        if not hits:
            return self._nothing(scope, functions)
        if self.hit_policy == "UNIQUE" and len(hits) > 1:
            raise self._several("decision.not_unique", "只允许一条规则符合（U）", hits)
        return self._decide(hits, [self._result(rule, scope, functions) for rule in hits])

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables read by any cell."""
        names: set[str] = set()
        own = {column.variable for column in self.inputs if column.variable}
        for rule in self.rules:
            names.update(*(test.names for test in rule.tests), *(entry.names for entry in rule.entries if entry))
        names -= own
        names.update(*(column.expression.names for column in self.inputs))
        names.update(*(column.default.names for column in self.outputs if column.default))
        return frozenset(names)

    def _check_size(self, variables: Scope) -> None:
        """Refuse big lists in big tables: each rule may look at all of them."""
        size = sum(len(value) for name in self.names if isinstance(value := variables.get(name), (list, dict, str)))
        if size > MAX_DATA and size * len(self.rules) > MAX_WORK:
            raise too_big(f"决策表“{self.name}”的数据")

    def _input(self, column: Input, variables: Scope, functions: Functions) -> Any:
        value = column.expression.evaluate(variables, functions)
        try:
            return typed(value, column.kind)
        except TypeError as error:
            raise DecisionError("decision.input_type", f"决策表“{self.name}”的输入“{column.label}”{error}。") from error

    def _output(self, column: Output, value: Any, whose: str) -> Any:
        try:
            return typed(value, column.kind)
        except TypeError as error:
            message = f"决策表“{self.name}”{whose}结果“{column.label}”{error}。"
            raise DecisionError("decision.output_type", message) from error

    def _nothing(self, scope: Scope, functions: Functions) -> list[Result]:
        if any(column.default is not None for column in self.outputs):
            values = [None if c.default is None else c.default.evaluate(scope, functions) for c in self.outputs]
            told = zip(self.outputs, values, strict=True)
            return [{column.name: self._output(column, value, "默认的") for column, value in told}]
        return [{self.outputs[0].name: 0}] if self.aggregation == "COUNT" else []

    def _result(self, rule: Rule, scope: Scope, functions: Functions) -> Result:
        result: Result = {}
        for column, entry in zip(self.outputs, rule.entries, strict=True):
            value = None if entry is None else entry.evaluate(scope, functions)
            value = self._output(column, value, f"第 {rule.number} 条规则的")
            if column.values and value is not None and self._rank(column, value) == len(column.values):
                shown = f"第 {rule.number} 条规则的结果“{str(value)[:40]}”"
                message = f"决策表“{self.name}”{shown}不在“{column.label}”的允许值里。"
                raise DecisionError("decision.output_value", message)
            result[column.name] = value
        return result

    def _decide(self, hits: Sequence[Rule], results: list[Result]) -> list[Result]:
        if self.hit_policy == "ANY":
            if any(not _same(results[0], other) for other in results[1:]):
                raise self._several("decision.not_any", "符合的规则结果必须相同（A）", hits)
            return results[:1]
        if self.hit_policy in ("PRIORITY", "OUTPUT ORDER"):
            ordered = sorted(results, key=self._priority)
            return ordered[:1] if self.hit_policy == "PRIORITY" else ordered
        if self.aggregation:
            name = self.outputs[0].name
            return [{name: self._aggregate([result[name] for result in results])}]
        return results

    def _several(self, code: str, rule: str, hits: Sequence[Rule]) -> DecisionError:
        numbers = [hit.number for hit in hits]
        shown = "、".join(map(str, numbers[:20]))
        return DecisionError(code, f"决策表“{self.name}”{rule}，但第 {shown} 条都符合。", details={"rules": numbers})

    def _rank(self, column: Output, value: Any) -> int:
        for rank, allowed in enumerate(column.values):
            if equal(value, allowed) is True:
                return rank
        return len(column.values)

    def _priority(self, result: Result) -> tuple[int, ...]:
        return tuple(self._rank(column, result[column.name]) for column in self.outputs if column.values)

    def _aggregate(self, values: list[Any]) -> Any:
        if self.aggregation == "COUNT":
            return len(values)
        present = [value for value in values if value is not None]
        if not present:
            return None
        try:
            if self.aggregation == "SUM":
                if not all(is_number(value) for value in present):
                    raise op.type_error("相加的结果必须是数。")
                total: Any = 0
                for value in present:
                    total = op.add(total, value, None)
                return whole(total)
            better = op.less if self.aggregation == "MIN" else op.greater
            best = present[0]
            for value in present[1:]:
                if better(value, best, None):
                    best = value
            return best
        except ExpressionError as error:
            message = f"决策表“{self.name}”的结果不能汇总（{self.aggregation}）：{error.reason}"
            raise DecisionError("decision.aggregation", message) from error


def _same(left: Result, right: Result) -> bool:
    return all(equal(value, right[name]) is True for name, value in left.items())
