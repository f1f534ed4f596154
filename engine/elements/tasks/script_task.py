"""Script task: assignments in the checked expression language (formal/2011-01-03, 10.2.3, 13.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.activity import Activity
from engine.running import variables
from engine.running.run import Run
from engine.state import Token

if TYPE_CHECKING:
    from engine.expressions import Expression, Script


class ScriptTask(Activity):
    """Activate: completes at once. Complete: the script runs, what it assigned becomes variables."""

    kind = "scriptTask"
    script: Script | None = None
    expression: Expression | None = None  # instead of a script: its value goes into the result variable
    result_variable: str | None = None

    def collect(self, run: Run, token: Token) -> None:
        """Run the script and write what it assigned, in one go: no other token comes between."""
        if self.script is not None:
            scope = run.scope(token)
            visible, functions = run.state.visible(scope, token), run.functions(self, scope, token)
            variables.write(run, token, self.script.run(visible, functions))
        elif self.expression is not None and self.result_variable is not None:
            variables.write(run, token, {self.result_variable: variables.evaluate(run, token, self.expression)})
        super().collect(run, token)
