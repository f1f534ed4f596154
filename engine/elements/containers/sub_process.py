"""Sub-process, transaction, event sub-process (formal/2011-01-03, 10.2.5, 13.2.4, 13.4.4)."""

from __future__ import annotations

from engine.elements.activity import Activity
from engine.running import compensating, moving, scopes, waiting
from engine.running.run import Run
from engine.state import Token


class SubProcess(Activity):
    """Activate: its event sub-processes are armed, a token is placed at its start event; without a start event, at each
    element that no flow leads to. Complete: when the last token inside is gone.
    """

    kind = "subProcess"

    def begin(self, run: Run, token: Token) -> None:
        """Enter."""
        assert self.inside is not None
        run.wait(token)
        scope = scopes.open_body(run, self, token)
        compensating.inherit(run, token, scope)
        scopes.enter(run, scope, self.inside, host=token)

    def close_inside(self, run: Run, token: Token) -> None:
        """Remove the empty inside; what can be compensated in it is remembered."""
        inside = run.state.inside(token)
        if inside is not None:
            if inside.data.get("done"):
                token.data["done"] = inside.data["done"]
            if inside.variables:
                token.data["data"] = inside.variables
            run.state.remove_scope(inside)


class EventSubProcess(SubProcess):
    """Begun by its start event while the scope around it lives, never by a flow."""

    kind = "eventSubProcess"

    def arm(self, run: Run, token: Token) -> None:
        """It could not be armed when the scope was opened, and an administrator tries again."""
        assert self.inside is not None
        scope, start = run.scope(token), self.inside.starts[0]
        if all(waiter.element != start.id for waiter in run.state.waiters_of_scope(scope.id)):  # else a migration did
            waiting.arm_start(run, scope, self)
        moving.consume(run, token)


class Transaction(SubProcess):
    """A sub-process that a cancel end event rolls back: what was done in it is compensated (10.2.5, 13.2.2)."""

    kind = "transaction"
