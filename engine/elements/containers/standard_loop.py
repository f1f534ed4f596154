"""Standard loop: again, as long as a condition holds (formal/2011-01-03, 10.2.8, 13.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.elements.containers import loop
from engine.running import variables
from engine.running.run import Run, StepError
from engine.state import Token

if TYPE_CHECKING:
    from engine.elements.activity import Activity
    from engine.expressions import Expression


@dataclass(frozen=True, kw_only=True)
class StandardLoop:
    """The condition is asked before or after each round; `loopCounter` is how many rounds are done. With a maximum it
    ends at the latest after that many.
    """

    condition: Expression | None = None
    test_before: bool = False
    maximum: int | None = None

    def begin(self, run: Run, token: Token, activity: Activity) -> None:
        """Begin the first round; with the test before it, only if the condition holds."""
        if self.maximum == 0 or (self.test_before and not self._again(run, token, activity, 0)):
            run.queue(token, "complete")
            return
        scope = loop.open_loop(run, token, activity, {})
        loop.begin_instance(run, scope, activity, {"loopCounter": 0})

    def _again(self, run: Run, token: Token, activity: Activity, rounds: int) -> bool:
        if self.maximum is not None and rounds >= self.maximum:
            return False
        if self.condition is None:
            return True
        value = variables.evaluate(run, token, self.condition, {"loopCounter": rounds})
        if not isinstance(value, bool):
            raise StepError("condition.not_boolean", f"“{activity.name}”的循环条件应为真或假。", element=activity.id)
        return value

    def collected(self, run: Run, token: Token) -> None:
        """A round leaves its results in the variables."""

    def instance_done(self, run: Run, token: Token, activity: Activity) -> None:
        """Once more, or done."""
        scope = run.scope(token)
        rounds = token.locals["loopCounter"] + 1
        again = self._again(run, token, activity, rounds)
        loop.end_instance(run, token, last=not again)
        if again:
            loop.begin_instance(run, scope, activity, {"loopCounter": rounds})

    def finish(self, run: Run, token: Token, activity: Activity) -> None:
        """All rounds are done."""
        loop.close_loop(run, token)
