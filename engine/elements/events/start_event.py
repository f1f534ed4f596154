"""Start event: where a process or sub-process begins (formal/2011-01-03, 10.4.2, 13.1, 13.5.4)."""

from __future__ import annotations

from typing import Any

from engine.definition import EventDefinition
from engine.elements.events.event import Event
from engine.running import moving, scopes, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter


class StartEvent(Event):
    """Activate: completes at once. Of an event sub-process: begins it, and interrupts what is around it if it must."""

    kind = "startEvent"
    is_interrupting = True

    def triggered(
        self, run: Run, scope: Scope, token: Token | None, definition: EventDefinition, payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:  # fmt: skip
        """Begin the event sub-process inside `scope` (13.5.4).

        Interrupting: everything else in the scope ends and no other event sub-process of it can start any more. Not
        interrupting: runs beside it; a message, signal or cycle can start it again.
        """
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
        inside = scopes.open_scope(run, "body", sub_process.id, host)
        scopes.enter(run, inside, sub_process.inside, at=self, payload=payload, host=host)
