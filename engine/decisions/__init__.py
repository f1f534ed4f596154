"""Decisions (DMN 1.3): tables and literal expressions, with the decisions that they require.

Files of DMN 1.1 to 1.5 are read. What is not understood is refused when the file is read, naming file, table, rule and
cell; business knowledge models, contexts, invocations, relations and functions are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from engine.decisions.errors import DecisionError
from engine.decisions.reading import Drawn, read_file
from engine.decisions.tables import Functions, Result, Scope, Table
from engine.decisions.types import typed
from engine.expressions import Expression, plain
from engine.feel import Feel
from engine.findings import Finding
from storage.errors import BadDiagram

__all__ = ["Decision", "DecisionError", "map_result", "read_decisions"]

MAPPINGS = ("singleEntry", "singleResult", "collectEntries", "resultList")
NO_FUNCTIONS: Functions = {}


@dataclass(eq=False)
class Decision:
    """A decision that can be evaluated."""

    id: str
    name: str
    variable: str  # the name under which decisions that require this one see its result
    logic: Table | Feel | Expression
    findings: list[Finding]  # warnings
    kind: str | None = None  # the declared type of what an expression gives
    requires: list[Decision] = field(default_factory=list)  # all, each after those that it requires itself
    inputs: frozenset[str] = frozenset()  # variables read, also by the required decisions

    @property
    def names(self) -> frozenset[str]:
        """The variables read: `inputs` under the name that expressions use."""
        return self.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of a result's entries."""
        if isinstance(self.logic, Table):
            return tuple(column.name for column in self.logic.outputs)
        return (self.variable,)

    def evaluate(self, variables: Scope, functions: Functions = NO_FUNCTIONS) -> list[Result]:
        """The results by the hit policy, each a dictionary of its outputs, as JSON values; see `map_result`.

        Raises `DecisionError` (the table has no answer) and `ExpressionError` (a variable is missing, a limit).
        """
        scope = dict(variables)
        for decision in self.requires:
            scope.update(decision._known_as(decision._results(scope, functions)))
        return [{name: plain(value) for name, value in result.items()} for result in self._results(scope, functions)]

    def _results(self, scope: Scope, functions: Functions) -> list[Result]:
        if isinstance(self.logic, Table):
            return self.logic.evaluate(scope, functions)
        try:
            return [{self.variable: typed(self.logic.evaluate(scope, functions), self.kind)}]
        except TypeError as error:
            raise DecisionError("decision.output_type", f"决策“{self.name}”的结果{error}。") from error

    def _known_as(self, results: list[Result]) -> Result:
        """What the decisions that require this one may read: its variable (DMN), and its outputs (Camunda)."""
        many = isinstance(self.logic, Table) and self.logic.hit_policy in ("RULE ORDER", "OUTPUT ORDER", "COLLECT")
        many = many and not (isinstance(self.logic, Table) and self.logic.aggregation)
        names = self.outputs
        by_output: Result = {}
        for name in names:
            entries = [result[name] for result in results]
            by_output[name] = entries if many else entries[0] if entries else None
        if len(names) == 1:
            whole: Any = by_output[names[0]]
        else:
            whole = results if many else results[0] if results else None
        return {**by_output, self.variable: whole}


def map_result(results: Sequence[Result], mapping: str = "resultList") -> Any:
    """What a business rule task keeps (`camunda:mapDecisionResult`).

    singleEntry: the one value, or None; singleResult: the one result, or None; collectEntries: the values of the one
    output; resultList: all. More than there may be raises `DecisionError` (`decision.not_single`).
    """
    if mapping not in MAPPINGS:
        raise ValueError(f"unknown mapping {mapping}")
    if mapping == "resultList":
        return [dict(result) for result in results]
    if mapping == "collectEntries":
        return [_only(result) for result in results]
    if len(results) > 1:
        raise DecisionError("decision.not_single", f"决策给出 {len(results)} 个结果，这里只能要一个（{mapping}）。")
    if not results:
        return None
    return dict(results[0]) if mapping == "singleResult" else _only(results[0])


def _only(result: Result) -> Any:
    if len(result) != 1:
        raise DecisionError(
            "decision.not_single", f"决策的结果有 {len(result)} 项（{'、'.join(result)}），这里只能要一项。"
        )
    return next(iter(result.values()))


def read_decisions(data: bytes, name: str = "dmn", *, functions: Set[str] = frozenset()) -> dict[str, Decision]:
    """The decisions of a file, by id. `functions`: the host's functions that `${…}` in it may call.

    Raises `BadDiagram` with all findings in `details`; warnings stay in each decision's `findings`.
    """
    drawn, errors = read_file(data, name, functions)
    if errors:
        raise BadDiagram(errors[0].rule, errors[0].message_zh, details=[one.to_json() for one in errors])
    decisions = {
        one.id: Decision(
            id=one.id, name=one.name, variable=one.variable, logic=one.logic, findings=one.warnings, kind=one.kind
        )
        for one in drawn.values()
    }
    for one in drawn.values():
        order = _in_order(one, drawn)
        decisions[one.id].requires = [decisions[each] for each in order[:-1]]
        decisions[one.id].inputs = _inputs([drawn[each] for each in order])
    return decisions


def _in_order(last: Drawn, drawn: dict[str, Drawn]) -> list[str]:
    """The decisions that `last` needs, each after its own needs, and `last` itself; there are no cycles."""
    order: list[str] = []
    todo: list[tuple[str, bool]] = [(last.id, False)]
    while todo:
        one, ready = todo.pop()
        if one in order:
            continue
        if ready:
            order.append(one)
        else:
            todo.append((one, True))
            todo.extend((each, False) for each in drawn[one].required)
    return order


def _inputs(order: Sequence[Drawn]) -> frozenset[str]:
    """The variables that a chain of decisions reads from outside."""
    made: set[str] = set()
    read: set[str] = set()
    for one in order:
        read |= one.names - made
        made |= {one.variable, *one.outputs}
    return frozenset(read)
