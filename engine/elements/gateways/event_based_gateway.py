"""Event-based gateway: whatever happens first decides (formal/2011-01-03, 10.5.6, 13.3.4)."""

from __future__ import annotations

from typing import Any

from engine.definition import EventDefinition
from engine.elements.base import Node
from engine.running import moving, scopes, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class EventBasedGateway(Node):
    """Activate: waits for the events (or messages of receive tasks) that its flows lead to.

    The first that happens takes the token and all others are disarmed: exactly one wins. A parallel one, which can only
    begin a process, waits for each of them.
    """

    kind = "eventBasedGateway"
    instantiate = False
    parallel = False

    def activate(self, run: Run, token: Token) -> None:
        """Wait for the events behind the gateway."""
        run.wait(token)
        for flow in self.outgoing:
            waiting.arm_event(run, self.within.elements[flow.target], token=token)

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """One of the events has happened."""
        assert token is not None and waiter is not None
        event = self.within.elements[waiter.element]
        mine = [w for w in run.state.waiters_of_token(token.id) if w.element == event.id]
        waiting.drop(run, mine, completed=True)
        if not self.parallel:
            waiting.drop_of_token(run, token, completed=False)
        happened = moving.arrive(run, event, scope, locals=token.locals, branch=token.branch, moment="complete")
        scopes.take_payload(happened, payload)
        if not run.state.waiters_of_token(token.id):
            self.passed(run, token)
            self.note(run, token, [flow for flow in self.outgoing if flow.target == event.id])
            moving.consume(run, token)
