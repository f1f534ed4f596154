"""What is likely to come: the user tasks ahead of an instance, for the person who asks how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.definition import Definition
from engine.elements.base import Node
from engine.state import Scope, State


@dataclass(frozen=True)
class Step:
    """A user task ahead. `who` is as the diagram writes it: groups, or the assignee."""

    element_id: str
    name: str
    who: str


def coming(definition: Definition, state: State | None, *, limit: int = 20) -> list[Step]:
    """The user tasks still ahead on the likely way, in its order; the open ones are not among them.

    The likely way takes the default flow of a gateway that has one, else its first flow, and every flow of a fork.
    Tasks of called processes are left out; tasks inside sub-processes are told.
    """
    if state is None:
        return []
    steps: dict[str, Step] = {}
    here = {token.element for token in state.tokens.values()}
    for token in state.tokens.values():
        scope = state.scopes[token.scope]
        if scope.kind == "loop" or state.process_scope(scope).hash != definition.hash:
            continue
        _ahead(definition, state, scope, definition.element(token.element), here, steps, limit)
    return list(steps.values())[:limit]


def _ahead(
    definition: Definition, state: State, scope: Scope, node: Node, here: set[str], steps: dict[str, Step], limit: int
) -> None:
    """Collect the steps behind one element, then those behind the sub-process around it."""
    seen: set[str] = {node.id}
    ahead = _likely(node)
    while len(steps) < limit:
        while ahead and len(steps) < limit:
            one = ahead.pop(0)
            if one.id in seen:
                continue
            seen.add(one.id)
            if one.kind == "userTask" and one.id not in here:
                steps.setdefault(one.id, _step(one))
            ahead[:0] = [*(one.inside.openings if one.inside is not None else ()), *_likely(one)]
        if scope.token is None or scope.kind == "call":
            return
        host = state.tokens[scope.token]
        scope = state.scopes[host.scope]
        ahead = _likely(definition.element(host.element))


def _likely(node: Node) -> list[Node]:
    elements = node.within.elements
    target = getattr(node, "link_target", None)
    if target is not None:
        return [elements[target]]
    flows = list(node.outgoing)
    if node.kind in ("exclusiveGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway") and len(flows) > 1:
        flows = [flow for flow in flows if flow.is_default] or flows[:1]
    elif any(flow.condition is not None for flow in flows):
        bare = [flow for flow in flows if flow.condition is None]
        flows = bare or flows[:1]
    return [elements[flow.target] for flow in flows]


def _step(node: Any) -> Step:
    told = node.candidate_groups or node.assignee or node.candidate_users
    return Step(node.id, node.name, told.source if told is not None else "")
