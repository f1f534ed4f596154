"""Call activity: another process runs as an activity of this one (formal/2011-01-03, 10.2.7, 13.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.definition import Definition
from engine.elements.activity import Activity
from engine.running import scopes, variables
from engine.running.run import Run, StepError
from engine.state import Token, copied

if TYPE_CHECKING:
    from engine.expressions import Expression, Template


@dataclass(frozen=True)
class Mapping:
    """One `camunda:in` or `camunda:out`. No source and no expression: all variables."""

    source: str | None = None
    expression: Expression | None = None
    target: str = ""


class CallActivity(Activity):
    """Activate: the called process begins in a scope with variables of its own; its definition is pinned here.

    Complete: when its last token is gone; the out mappings bring values back.
    """

    kind = "callActivity"
    called: Template | None = None
    version: Template | None = None  # of the called definition; None: the one in force
    ins: list[Mapping] | None = None  # None: all variables go in
    outs: list[Mapping]

    def begin(self, run: Run, token: Token) -> None:
        """Enter the called process."""
        definition, process = self._find(run, token)
        body = definition.processes[process]
        values = self._mapped(run, token, self.ins, dict(run.state.visible(run.scope(token), token)))
        run.wait(token)
        scope = scopes.open_scope(run, "call", process, token, hash=definition.hash, variables=values)
        if not body.openings:
            run.state.remove_scope(scope)
            raise StepError("call.no_start", f"被调用的流程“{process}”没有普通开始事件。", element=self.id)
        start = body.openings[0]
        scopes.enter(run, scope, body, at=start if start.kind == "startEvent" else None, host=token)

    def _find(self, run: Run, token: Token) -> tuple[Definition, str]:
        key = variables.text(run, token, self.called) or ""
        own = run.definition_of(run.scope(token))
        if self.version is not None:
            number = variables.text(run, token, self.version) or ""
            if not number.isdecimal():
                raise StepError("call.version", f"“{self.name}”的版本号“{number}”不是整数。", element=self.id)
            return run.turn.definitions.version(key, int(number)), key
        if key in own.processes:
            return own, key
        return run.turn.definitions.current(key), key

    def _mapped(self, run: Run, token: Token, mappings: list[Mapping] | None, source: dict[str, Any]) -> dict[str, Any]:
        if mappings is None:
            return dict(copied(source))
        values: dict[str, Any] = {}
        for mapping in mappings:
            if mapping.expression is not None:
                functions = run.functions(self, run.scope(token), token)
                values[mapping.target] = variables.plain(mapping.expression.evaluate(source, functions))
            elif mapping.source is None:
                values |= source
            elif mapping.source in source:  # what is not set stays not set
                values[mapping.target] = source[mapping.source]
        return dict(copied(values))

    def collect(self, run: Run, token: Token) -> None:
        """Bring values back."""
        inside = run.state.inside(token)
        if inside is not None:
            token.data["result"] = {}
            variables.write(run, token, self._mapped(run, token, self.outs, inside.variables or {}))
            if self.data_outputs:
                token.data["result"] = copied(inside.variables or {})
        if self.output_parameters:
            super().collect(run, token)

    def close_inside(self, run: Run, token: Token) -> None:
        """Remove the empty scope of the called process."""
        inside = run.state.inside(token)
        if inside is not None:
            run.state.remove_scope(inside)
