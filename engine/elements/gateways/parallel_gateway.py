"""Parallel gateway: all ways at once, and all of them together again (formal/2011-01-03, 10.5.4, 13.3.1)."""

from __future__ import annotations

from engine.elements.base import Node
from engine.running import moving, variables
from engine.running.run import Run
from engine.state import Token


class ParallelGateway(Node):
    """Activate: the token waits until there is one on each incoming flow; one of each is consumed, excess tokens stay.

    Leave: along every outgoing flow.
    """

    kind = "parallelGateway"

    def activate(self, run: Run, token: Token) -> None:
        """Join, if this was the last one missing."""
        if len(self.incoming) < 2:
            run.queue(token, "complete")
            return
        run.wait(token)
        first: dict[str | None, Token] = {}
        for other in run.state.tokens_at(token.scope, self.id):
            if other.status == "waiting":
                first.setdefault(other.flow, other)
        if all(flow.id in first for flow in self.incoming):
            join(run, self, [first[flow.id] for flow in self.incoming])

    def leave(self, run: Run, token: Token) -> None:
        """Take every way."""
        self.depart(run, token, self.outgoing)


def join(run: Run, node: Node, tokens: list[Token], moment: str = "complete") -> Token:
    """Consume `tokens`, which have arrived at a gateway; one goes on in their place."""
    branch, shared = variables.joined(tokens)
    joined = moving.arrive(run, node, run.scope(tokens[0]), locals=shared, branch=branch, moment=moment)
    joined.came = [token.id for token in tokens]
    joined.data["joined"] = [[token.id, token.flow, token.branch, token.came] for token in tokens]
    for token in tokens:
        run.state.remove_token(token)
    return joined
