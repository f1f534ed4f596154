"""Exclusive gateway: one of several ways (formal/2011-01-03, 10.5.2, 13.3.2)."""

from __future__ import annotations

from engine.elements.base import Node
from engine.running import moving
from engine.running.run import Run
from engine.state import Token


class ExclusiveGateway(Node):
    """Activate: each token passes on its own. Leave: by the first flow whose condition holds, in the order of the
    diagram's text; else by the default flow (or the one flow on which nothing is written); without one the token
    becomes an incident (`gateway.no_flow`).
    """

    kind = "exclusiveGateway"

    def leave(self, run: Run, token: Token) -> None:
        """Choose one way."""
        otherwise = [flow for flow in self.outgoing if flow.is_default]
        for flow in self.outgoing:
            if flow.is_default:
                continue
            if flow.condition is None:
                otherwise.append(flow)
            elif moving.holds(run, token, flow):
                return self.depart(run, token, [flow])
        if otherwise:
            return self.depart(run, token, otherwise[:1])
        if self.outgoing:
            raise moving.no_flow(self)
        return self.depart(run, token, [])
