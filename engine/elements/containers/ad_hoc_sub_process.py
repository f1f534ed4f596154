"""Ad-hoc sub-process: activities without a prescribed order (formal/2011-01-03, 10.2.5, 13.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.containers import choosing
from engine.elements.containers.sub_process import SubProcess
from engine.running import moving, scopes, variables, waiting
from engine.running.run import Run, StepError
from engine.state import Scope, Token

if TYPE_CHECKING:
    from engine.elements.base import Node
    from engine.expressions import Expression


class AdHocSubProcess(SubProcess):
    """Activate: all activities that no flow leads to begin, and people choose among the tasks that are open. If its
    ordering is sequential, they are offered, and one is in execution at a time: the one that somebody chooses. Where
    there is nothing to choose, or nobody works inside, the first begins by itself.

    After each activity inside the completion condition is asked. When it holds, nothing new begins and, unless
    `cancelRemainingInstances` is false, what still runs is cancelled. As long as it does not hold, what no flow leads
    to can be done once more: in a sequential one at any time, else when all have been done. Without a condition it
    completes when each has been done once.
    """

    kind = "adHocSubProcess"
    completion: Expression | None = None
    sequential = False
    cancel_remaining = True

    def begin(self, run: Run, token: Token) -> None:
        """Begin the activities, or offer them."""
        assert self.inside is not None
        if not self.sequential or not self.inside.openings:
            super().begin(run, token)
            return
        run.wait(token)
        scope = scopes.open_body(run, self, token)
        scope.data["choice"] = 0
        scopes.enter(run, scope, self.inside, host=token)

    @property
    def by_people(self) -> bool:
        """Whether somebody works inside, who can choose."""
        return self.inside is not None and any(choosing.is_of_people(node) for node in self.inside.elements.values())

    def hold(self, run: Run, token: Token, activity: Any) -> bool:
        """A token has come to an activity inside. Gives whether it is held there until it is chosen."""
        scope = run.scope(token)
        if "choice" not in scope.data or scope.data["choice"] == token.id:
            return False
        if activity.kind == "eventSubProcess" or activity.is_for_compensation:
            return False
        token.data["enabled"] = True
        run.wait(token)
        return True

    def settle(self, run: Run, scope: Scope) -> None:
        """Nothing moves. Offer what can begin if nothing inside is in execution; begin it if there is no choice."""
        assert self.inside is not None
        tokens = run.state.tokens_in(scope.id)
        held = [token for token in tokens if token.data.get("enabled")]
        if scope.closed or any(choosing.in_execution(run, token) for token in tokens):
            for token in held:
                choosing.withdraw(run, token)
            return
        if self.completion is not None:
            waiting_at = {token.element for token in held}
            missing = [node for node in self.inside.openings if node.id not in waiting_at]
            held += [self._enable(run, scope, node) for node in missing]
        if held and (len(held) == 1 or not self.by_people):
            choosing.begin(run, held[0])
            return
        for token in held:
            if not token.data.get("offered"):
                choosing.offer(run, token)

    def _enable(self, run: Run, scope: Scope, node: Node) -> Token:
        host = run.host_token(scope)
        token = moving.place(run, node, scope, branch=host.branch if host is not None else None)
        token.data["enabled"] = True
        run.wait(token)
        return token

    def inner_done(self, run: Run, token: Token, node: Node) -> bool:
        """An activity inside has completed. Gives whether its token is dealt with: the sub-process is complete."""
        scope = run.scope(token)
        if not scope.closed and self.completion is not None and self._complete(run, token):
            scope.closed = True
            waiting.drop_of_scope(run, scope, completed=True)
        if not scope.closed:
            return False
        node.note(run, token, [])
        for other in run.state.tokens_in(scope.id):
            not_begun = other.data.get("enabled")
            if other is not token and other.id in run.state.tokens and (self.cancel_remaining or not_begun):
                moving.terminate(run, other)
        moving.consume(run, token)
        return True

    def _complete(self, run: Run, token: Token) -> bool:
        assert self.completion is not None
        value = variables.evaluate(run, token, self.completion)
        if value is not None and not isinstance(value, bool):
            raise StepError("condition.not_boolean", f"“{self.name}”的完成条件应为真或假。", element=self.id)
        return value is True

    def refill(self, run: Run, scope: Scope) -> bool:
        """Begin all once more, as long as it is not complete."""
        assert self.inside is not None
        begin = self.inside.openings
        if scope.closed or not begin:
            return False
        if "next" in scope.data:  # saved by a program whose order was that of the file: it is done in that order
            number = scope.data["next"] % len(begin)
            if number == 0 and self.completion is None:
                return False
            scope.data["next"], begin = number + 1, [begin[number]]
        elif self.completion is None:
            return False
        host = run.host_token(scope)
        for node in begin:
            moving.arrive(run, node, scope, branch=host.branch if host is not None else None)
        return True
