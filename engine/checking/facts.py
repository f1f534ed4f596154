"""What the conditions on a way say together: a way that needs `urgent` and later `not urgent` is never gone.

Only what the text of the conditions itself shows is used: parts joined by `and`, `or`, `not`, and comparisons of the
same thing with different constants. A fact holds until an element on the way writes one of its variables.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.definition import Flow
from engine.elements.base import Node


@dataclass(frozen=True)
class Fact:
    """`text` is true, or is not; of `x == "a"` also what is compared, and with which constant."""

    text: str
    holds: bool
    names: frozenset[str]
    compared: str = ""
    constant: Any = None

    def excludes(self, other: Fact) -> bool:
        """Whether both cannot be so at one time."""
        if self.text == other.text:
            return self.holds is not other.holds
        if not self.compared or self.compared != other.compared or not (self.holds and other.holds):
            return False
        return bool(self.constant != other.constant)


def contradictory(way: Iterable[tuple[Node, list[str]]], written: Mapping[str, Set[str] | None]) -> bool:
    """Whether the conditions of the flows taken on a way cannot all hold.

    `way`: the elements passed, in order, each with the flows it was left by; `written`: the variables that an element
    sets, None for one that may set any.
    """
    known: list[Fact] = []
    for node, taken in way:
        changed = written[node.id]
        known = [] if changed is None else [fact for fact in known if not fact.names & changed]
        for fact in said(node, taken):
            if any(fact.excludes(other) for other in known):
                return True
            known.append(fact)
    return False


def said(node: Node, taken: list[str]) -> Iterator[Fact]:
    """The facts about variables when `node` is left by the flows `taken`."""
    before: list[Flow] = []
    for flow in node.outgoing:
        if flow.condition is None:
            continue
        if flow.id in taken:
            yield from facts(flow.condition.source, True)
            if node.kind == "exclusiveGateway":
                break  # what stands later is not asked
        else:
            before.append(flow)
    if node.kind in ("exclusiveGateway", "inclusiveGateway") and taken:
        for flow in before:
            if flow.condition is not None:
                yield from facts(flow.condition.source, False)


@lru_cache(maxsize=4096)
def facts(source: str, holds: bool) -> tuple[Fact, ...]:
    """What follows when an expression is true (or is not)."""
    try:
        tree = ast.parse(f"(\n{source}\n)", mode="eval").body
    except (SyntaxError, ValueError):  # pragma: no cover - compiled before
        return ()
    return tuple(_facts(tree, holds))


def _facts(node: ast.expr, holds: bool) -> Iterator[Fact]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _facts(node.operand, not holds)
        return
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) is holds:
        for part in node.values:
            yield from _facts(part, holds)
    names = frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
    calls = {part.func.id for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    if calls & {"now", "today"}:
        return  # the same text may be true later
    names |= {
        str(part.args[0].value).partition(".")[0]
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Constant)
    }
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        right = node.comparators[0]
        equal = isinstance(node.ops[0], ast.Eq) is holds
        if isinstance(right, ast.Constant):
            left = ast.unparse(node.left)
            yield Fact(f"{left} == {right.value!r}", equal, names, left, right.value)
            return
    yield Fact(ast.unparse(node), holds, names)
