"""Intermediate catch event: waits until something happens (formal/2011-01-03, 10.4.4, 13.4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.definition import EventDefinition
from engine.elements.events.event import Event
from engine.running import scopes, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class IntermediateCatchEvent(Event):
    """Activate: arms what it waits for. Complete: when the first of it happens (all of it, if parallel multiple)."""

    kind = "intermediateCatchEvent"
    link_sources: Sequence[str] = ()  # throw events that lead here

    def activate(self, run: Run, token: Token) -> None:
        """Wait."""
        run.wait(token)
        waiting.arm_event(run, self, token=token)

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """It has happened."""
        assert token is not None
        scopes.take_payload(token, token.data.get("result", {}) | payload)
        if self.parallel_multiple and waiter is not None:
            waiting.drop(run, [waiter], completed=True)
            if run.state.waiters_of_token(token.id):
                return
        run.queue(token, "complete")
