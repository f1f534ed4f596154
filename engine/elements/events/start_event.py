"""Start event: where a process or sub-process begins (formal/2011-01-03, 10.4.2, 13.1, 13.4.4)."""

from __future__ import annotations

from typing import Any

from engine.definition import EventDefinition
from engine.elements.events.event import Event
from engine.running import moving, scopes, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class StartEvent(Event):
    """Activate: completes at once; a parallel multiple one that a message has started waits for its other messages.

    Of an event sub-process: begins it, and interrupts what is around it if it must.
    """

    kind = "startEvent"
    is_interrupting = True

    def activate(self, run: Run, token: Token) -> None:
        """Go on, or wait for the rest of what must happen."""
        begun_by = run.scope(token).data.pop("begun_by", None)
        if begun_by is None:
            run.queue(token, "complete")
            return
        run.wait(token)
        waiting.arm_event(run, self, token=token, besides=begun_by)

    def _rest_happened(self, run: Run, token: Token, payload: dict[str, Any], waiter: Waiter) -> None:
        scopes.take_payload(token, token.data.get("result", {}) | payload)
        waiting.drop(run, [waiter], completed=True)
        if not run.state.waiters_of_token(token.id):
            run.queue(token, "complete")

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """Begin the event sub-process inside `scope` (13.4.4).

        Interrupting: everything else in the scope ends and no other event sub-process of it can start any more. Not
        interrupting: runs beside it; a message, signal or cycle can start it again.
        """
        if token is not None and waiter is not None:
            return self._rest_happened(run, token, payload, waiter)
        if self.parallel_multiple and waiter is not None:
            if not self.all_happened(scope.data, waiter, payload):
                return None
            armed = [w for w in run.state.waiters_of_scope(scope.id) if w.element == self.id]
            waiting.drop(run, armed, completed=False)
            waiting.arm_event(run, self, scope=scope)
        sub_process = self.within.node
        assert sub_process is not None and sub_process.inside is not None
        once = self.is_interrupting
        around = run.host_token(scope)
        branch = around.branch if around is not None else []
        if once:
            waiting.drop_of_scope(run, scope, completed=False)
            moving.clear_scope(run, scope)
            scope.closed = True
        host = moving.place(run, sub_process, scope, branch=branch)
        run.wait(host)
        inside = scopes.open_body(run, sub_process, host)
        return scopes.enter(run, inside, sub_process.inside, at=self, payload=payload, host=host)
