"""Boundary event: happens while an activity runs (formal/2011-01-03, 10.4.4, 13.4.3)."""

from __future__ import annotations

from typing import Any

from engine.definition import EventDefinition
from engine.elements.events.event import Event
from engine.running import compensating, moving, scopes, variables, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class BoundaryEvent(Event):
    """Interrupting: the activity is cancelled and the token goes on from here. Not interrupting: a new token goes on
    from here beside the activity, as often as it happens.

    Activate and complete: it has happened; what came with it becomes variables.
    """

    kind = "boundaryEvent"
    attached_to = ""  # id of the activity
    cancel_activity = True
    handler: str | None = None  # of a compensation boundary event: the activity that compensates

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """It has happened to the activity of `token`."""
        assert token is not None
        if self.parallel_multiple and waiter is not None:
            if not self.all_happened(token.data, waiter, payload):
                return
            if not self.cancel_activity:
                armed = [w for w in run.state.waiters_of_token(token.id) if w.element == self.id]
                waiting.drop(run, armed, completed=False)
                waiting.arm_event(run, self, token=token)
        if self.cancel_activity:
            branch = token.branch
            locals_ = token.locals
            compensates_for = token.data.get("for")
            moving.terminate(run, token)
            compensating.proceed(run, compensates_for)
        else:
            locals_ = token.locals
            token.branch, branch = variables.forked(run, token, 2)
        happened = moving.arrive(run, self, scope, locals=locals_, branch=branch)
        happened.came = [token.id, *token.came]  # an interrupted activity leaves no line of its own
        scopes.take_payload(happened, payload)
