"""Ad-hoc sub-process: activities without a prescribed order (formal/2011-01-03, 10.2.5, 13.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.containers.sub_process import SubProcess
from engine.running import moving, scopes, variables, waiting
from engine.running.run import Run
from engine.state import Scope, Token

if TYPE_CHECKING:
    from engine.elements.base import Node
    from engine.expressions import Expression


class AdHocSubProcess(SubProcess):
    """Activate: all activities that no flow leads to begin; if its ordering is sequential, one after the other, in the
    order of the file. People choose among the tasks that are open.

    After each activity inside the completion condition is asked. When it holds, nothing new begins and, unless
    `cancelRemainingInstances` is false, what still runs is cancelled. As long as it does not hold, all can be done once
    more when all have been done. Without a condition it completes when each has been done once.
    """

    kind = "adHocSubProcess"
    completion: Expression | None = None
    sequential = False
    cancel_remaining = True

    def begin(self, run: Run, token: Token) -> None:
        """Begin the activities."""
        assert self.inside is not None
        if not self.sequential or not self.inside.openings:
            super().begin(run, token)
            return
        run.wait(token)
        scope = scopes.open_body(run, self, token)
        scope.data["next"] = 1
        scopes.enter(run, scope, self.inside, at=self.inside.openings[0], host=token)

    def inner_done(self, run: Run, token: Token, node: Node) -> bool:
        """An activity inside has completed. Gives whether its token is dealt with: the sub-process is complete."""
        scope = run.scope(token)
        if not scope.closed and self.completion is not None and variables.evaluate(run, token, self.completion) is True:
            scope.closed = True
            waiting.drop_of_scope(run, scope, completed=True)
        if not scope.closed:
            return False
        node.note(run, token, [])
        if self.cancel_remaining:
            for other in run.state.tokens_in(scope.id):
                if other is not token and other.id in run.state.tokens:
                    moving.terminate(run, other)
        moving.consume(run, token)
        return True

    def refill(self, run: Run, scope: Scope) -> bool:
        """Begin the next activity, or once more from the first, as long as it is not complete."""
        assert self.inside is not None
        openings = self.inside.openings
        if scope.closed or not openings:
            return False
        number = scope.data.get("next", len(openings))  # without an order all have begun together
        if number < len(openings):
            begin = [openings[number]]
        elif self.completion is not None:
            number, begin = 0, openings[:1] if self.sequential else openings
        else:
            return False
        if self.sequential:
            scope.data["next"] = number + 1
        host = run.host_token(scope)
        for node in begin:
            moving.arrive(run, node, scope, branch=host.branch if host is not None else None)
        return True
