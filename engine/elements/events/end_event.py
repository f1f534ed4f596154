"""End event: a token ends here, and may set something off (formal/2011-01-03, 10.4.3, 13.4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definition import EventDefinition
from engine.elements.events.throwing_event import ThrowingEvent
from engine.running import compensating, moving, throwing
from engine.running.run import Run
from engine.state import Token


class EndEvent(ThrowingEvent):
    """Activate: throws. Complete: the token is consumed; the scope ends with its last token.

    Error: interrupts the innermost scope that catches it. Terminate: ends everything in its own scope, without
    compensation; the process or sub-process is then complete. Cancel: rolls the transaction back.
    """

    kind = "endEvent"

    def complete(self, run: Run, token: Token) -> None:
        """Nothing is left to do; a rolled back transaction now lets its cancel event happen."""
        if token.data.pop("cancels", False):
            compensating.cancelled(run, token)
        else:
            super().complete(run, token)

    def throw(self, run: Run, token: Token, definition: EventDefinition, payload: Mapping[str, Any]) -> None:
        """Throw one of the event's definitions."""
        match definition.kind:
            case "error":
                self.note(run, token, [])
                throwing.throw_error(run, token, definition.code, self.name)
            case "terminate":
                self._end_all(run, token)
            case "cancel":
                self.note(run, token, [])
                compensating.cancel_transaction(run, token)
            case _:
                super().throw(run, token, definition, payload)

    def _end_all(self, run: Run, token: Token) -> None:
        scope = run.scope(token)
        for other in run.state.tokens_in(scope.id):
            if other is not token and other.id in run.state.tokens:
                moving.terminate(run, other)
        self.note(run, token, [])
        self.passed(run, token)
        moving.consume(run, token)
