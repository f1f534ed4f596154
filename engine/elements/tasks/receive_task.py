"""Receive task: waits for a message (formal/2011-01-03, 10.2.3, 13.2.3)."""

from __future__ import annotations

from typing import Any

from engine.definition import EventDefinition
from engine.elements.activity import Activity
from engine.running import scopes, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class ReceiveTask(Activity):
    """Activate: subscribes and waits. Complete: when the message comes; its payload is visible from here on."""

    kind = "receiveTask"
    instantiate = False

    def begin(self, run: Run, token: Token) -> None:
        """Wait for the message."""
        waiting.arm_event(run, self, token=token)
        run.wait(token)

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """The message has come."""
        assert token is not None
        scopes.take_payload(token, payload)
        run.queue(token, "complete")
