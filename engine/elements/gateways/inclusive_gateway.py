"""Inclusive gateway: some of several ways, and those together again (formal/2011-01-03, 10.5.3, 13.3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import Flow
from engine.elements.base import Node
from engine.elements.gateways.parallel_gateway import join
from engine.running import moving
from engine.running.run import Run
from engine.state import Token


class InclusiveGateway(Node):
    """Activate: the token waits as long as another token can still come by an incoming flow that has none.

    The standard's rule: no token may exist with a path to an empty incoming flow that does not visit this gateway,
    unless it also has one to an incoming flow that has a token. Complete: one token of each flow that has one is
    consumed. Leave: along each flow whose condition holds, else by the default flow.
    """

    kind = "inclusiveGateway"

    def activate(self, run: Run, token: Token) -> None:
        """Wait; looked at when nothing else moves (`release`)."""
        if len(self.incoming) < 2:
            run.queue(token, "complete")
        else:
            run.wait(token)

    def release(self, run: Run, scope_id: int) -> bool:
        """Join what has arrived in a scope, if nothing more can come. Gives whether it did."""
        arrived: dict[str | None, Token] = {}
        for token in run.state.tokens_at(scope_id, self.id):
            if token.status == "waiting":
                arrived.setdefault(token.flow, token)
        if not arrived or self.more_may_come(run, scope_id, set(arrived)):
            return False
        join(run, self, list(arrived.values()))
        return True

    def more_may_come(self, run: Run, scope_id: int, have: set[str | None]) -> bool:
        """Whether a token elsewhere in the scope can reach an incoming flow that has none."""
        empty = [flow for flow in self.incoming if flow.id not in have]
        full = [flow for flow in self.incoming if flow.id in have]
        to_empty, to_full = reaching(self, empty), reaching(self, full)
        return any(
            token.element in to_empty and token.element not in to_full
            for token in run.state.tokens_in(scope_id)
            if token.element != self.id
        )

    def leave(self, run: Run, token: Token) -> None:
        """Take each way whose condition holds."""
        taken = [flow for flow in self.outgoing if not flow.is_default and moving.holds(run, token, flow)]
        taken = taken or [flow for flow in self.outgoing if flow.is_default]
        if self.outgoing and not taken:
            raise moving.no_flow(self)
        self.depart(run, token, taken)


def reaching(gateway: Node, flows: Iterable[Flow]) -> set[str]:
    """The elements from which a token can come to one of `flows` without visiting `gateway`.

    Besides sequence flows a token can come out of an activity by its boundary events, and through a link.
    """
    elements = gateway.within.elements
    found: set[str] = set()
    ahead = [flow.source for flow in flows]
    while ahead:
        element_id = ahead.pop()
        if element_id in found or element_id == gateway.id:
            continue
        found.add(element_id)
        node = elements[element_id]
        ahead += [flow.source for flow in node.incoming]
        if node.kind == "boundaryEvent":
            ahead.append(node.attached_to)
        ahead += getattr(node, "link_sources", ())
    return found
