"""Service task: a registered handler does it (formal/2011-01-03, 10.2.3, 13.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.activity import Activity
from engine.running import jobs, variables
from engine.running.run import Run
from engine.state import Token

if TYPE_CHECKING:
    from engine.expressions import Expression


class ServiceTask(Activity):
    """Activate: a job is queued for the handler and the token waits; an expression is worked out at once.

    Complete: the handler's result becomes variables. If the handler throws a BPMN error, the error is thrown here.
    """

    kind = "serviceTask"
    topic: str | None = None  # name of the handler
    expression: Expression | None = None  # instead of a handler
    result_variable: str | None = None

    def begin(self, run: Run, token: Token) -> None:
        """Queue the job."""
        if self.topic is None:
            run.queue(token, "complete")
            return
        jobs.queue(run, token, self, self.topic, token.inputs)

    def collect(self, run: Run, token: Token) -> None:
        """The result of the handler or of the expression becomes variables."""
        if self.expression is not None:
            value = variables.plain(variables.evaluate(run, token, self.expression))
            if self.result_variable:
                variables.write(run, token, {self.result_variable: value})
        super().collect(run, token)

    def terminate(self, run: Run, token: Token) -> None:
        """Take the job back."""
        jobs.drop(run, token)
