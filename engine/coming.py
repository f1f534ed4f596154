"""What is likely to come: the user tasks ahead of an instance, for the person who asks how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from engine.definition import Definition
from engine.elements.base import Node
from engine.elements.containers.call_activity import CallActivity
from engine.state import Scope, State
from storage.errors import BanjieError


class Definitions(Protocol):
    """Where called processes are found."""

    def current(self, key: str) -> Definition:
        """The definition in force under `key`."""
        ...

    def by_hash(self, digest: str) -> Definition:
        """The definition with this hash."""
        ...


@dataclass(frozen=True)
class Step:
    """A user task ahead. `who` is as the diagram writes it: groups, or the assignee."""

    element_id: str
    name: str
    who: str


def coming(
    definition: Definition, state: State | None, definitions: Definitions | None = None, *, limit: int = 20
) -> list[Step]:
    """The user tasks still ahead on the likely way, in its order; the open ones are not among them.

    The likely way takes the default flow of a gateway that has one, else its first flow, and every flow of a fork.
    Tasks inside sub-processes are told, and with `definitions` those of called processes too.
    """
    if state is None:
        return []
    inside = {scope.token for scope in state.scopes.values() if scope.kind in ("call", "body")}
    walk = _Walk(definition, state, definitions, limit)
    for number, token in state.tokens.items():
        scope = state.scopes[token.scope]
        if scope.kind != "loop" and number not in inside:  # who is inside tells what comes after it, too
            walk.on_from(scope, token.element)
    return [_step(node) for node in walk.found][:limit]


class _Walk:
    """The likely way ahead of the tokens of one instance."""

    def __init__(self, definition: Definition, state: State, definitions: Definitions | None, limit: int) -> None:
        self.root, self.state, self.definitions, self.limit = definition, state, definitions, limit
        self.here = {token.element for token in state.tokens.values()}
        self.found: list[Node] = []

    def on_from(self, scope: Scope, element: str) -> None:
        """Collect the steps behind an element, then those behind the activities around it."""
        definition = self.definition_of(scope)
        if definition is None:
            return
        node = definition.element(element)
        seen = {node}
        ahead = _likely(node)
        while len(self.found) < self.limit:
            while ahead and len(self.found) < self.limit:
                one = ahead.pop(0)
                if one in seen:
                    continue
                seen.add(one)
                if one.kind == "userTask" and one.id not in self.here and one not in self.found:
                    self.found.append(one)
                ahead[:0] = [*self.openings(one), *_likely(one)]
            if scope.token is None:
                return
            host = self.state.tokens[scope.token]
            scope = self.state.scopes[host.scope]
            definition = self.definition_of(scope)
            if definition is None:
                return
            ahead = _likely(definition.element(host.element))

    def definition_of(self, scope: Scope) -> Definition | None:
        """The definition that runs in a scope; None if it is another one and there is nowhere to look it up."""
        digest = self.state.process_scope(scope).hash
        if digest == self.root.hash:
            return self.root
        return self.definitions.by_hash(digest) if self.definitions is not None and digest else None

    def openings(self, node: Node) -> Iterator[Node]:
        """Where the inside of a sub-process or of a called process begins."""
        if node.inside is not None:
            yield from node.inside.openings
        elif isinstance(node, CallActivity) and self.definitions is not None and node.called is not None:
            if not node.called.constant:  # who is called is known only then
                return
            key = node.called.source
            try:
                called = self.definitions.current(key)
            except BanjieError:  # not deployed here
                return
            if key in called.processes:
                yield from called.processes[key].openings[:1]


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
