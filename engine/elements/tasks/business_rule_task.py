"""Business rule task: a decision table answers (formal/2011-01-03, 10.2.3, 13.2.3; DMN 1.3)."""

from __future__ import annotations

from engine.decisions import map_result
from engine.elements.tasks.service_task import ServiceTask
from engine.running import variables
from engine.running.run import Run
from engine.state import Token


class BusinessRuleTask(ServiceTask):
    """Complete: the decision is made, its result becomes a variable. With a handler it is a service task."""

    kind = "businessRuleTask"
    decision: str | None = None
    mapping: str = "resultList"  # singleEntry | singleResult | collectEntries | resultList

    def begin(self, run: Run, token: Token) -> None:
        """A table is asked when the task completes; a handler is given a job."""
        if self.decision is None:
            super().begin(run, token)
        else:
            run.queue(token, "complete")

    def collect(self, run: Run, token: Token) -> None:
        """Ask the table and keep its answer."""
        if self.decision is not None:
            scope = run.scope(token)
            decision = run.definition_of(scope).decisions[self.decision]
            rows = decision.evaluate(run.state.visible(scope, token), run.functions(self, scope, token))
            value = variables.plain(map_result(rows, self.mapping))
            token.data["result"] = value if isinstance(value, dict) else {}
            if self.result_variable:
                variables.write(run, token, {self.result_variable: value})
        super().collect(run, token)
