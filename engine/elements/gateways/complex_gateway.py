"""Complex gateway: joins when its activation condition says so (formal/2011-01-03, 10.5.5, 13.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.gateways.inclusive_gateway import InclusiveGateway
from engine.elements.gateways.parallel_gateway import join
from engine.running import moving, variables
from engine.running.run import Run, StepError
from engine.state import Token

if TYPE_CHECKING:
    from engine.expressions import Expression


class ComplexGateway(InclusiveGateway):
    """Waiting for start: at each arrival the activation condition is asked; it reads `activationCount` (how many
    incoming flows have a token) and the number of tokens on each incoming flow by the flow's id. When it holds, one
    token of each flow that has one is consumed and the gateway sends tokens as an inclusive gateway does.

    Waiting for reset: it then swallows the tokens of the other flows as they come, until none can come any more; at the
    reset it sends tokens along those flows whose written condition holds then (conditions read `waitingForStart`).
    """

    kind = "complexGateway"
    activation: Expression | None = None

    def activate(self, run: Run, token: Token) -> None:
        """Ask the activation condition."""
        if len(self.incoming) < 2:
            run.queue(token, "complete")
            return
        run.wait(token)
        if self._memory(run, token.scope).get(self.id) is not None:
            return  # waiting for reset
        counts: dict[str, int] = {flow.id: 0 for flow in self.incoming}
        first: dict[str, Token] = {}
        for other in run.state.tokens_at(token.scope, self.id):
            if other.status == "waiting" and other.flow is not None:
                counts[other.flow] += 1
                first.setdefault(other.flow, other)
        extra = counts | {"activationCount": len(first)}
        if self.activation is not None:
            active = variables.evaluate(run, token, self.activation, extra)
        else:
            active = len(first) == len(self.incoming)
        if active is not None and not isinstance(active, bool):
            raise StepError("condition.not_boolean", f"“{self.name}”的激活条件应为真或假。", element=self.id)
        if active is True:
            self._memory(run, token.scope)[self.id] = sorted(first)
            joined = join(run, self, list(first.values()))
            joined.data["start"] = True

    def _memory(self, run: Run, scope_id: int) -> dict[str, Any]:
        memory: dict[str, Any] = run.state.scopes[scope_id].data.setdefault("complex", {})
        return memory

    def release(self, run: Run, scope_id: int) -> bool:
        """Reset, once no token can come by the flows that had none."""
        memory = self._memory(run, scope_id)
        done = memory.get(self.id)
        if done is None:
            return False
        rest: dict[str | None, Token] = {}
        for token in run.state.tokens_at(scope_id, self.id):
            if token.status == "waiting" and token.flow not in done:
                rest.setdefault(token.flow, token)
        if self.more_may_come(run, scope_id, set(done) | set(rest)):
            return False
        del memory[self.id]
        if rest:
            joined = join(run, self, list(rest.values()))
            joined.data["start"] = False
        for token in run.state.tokens_at(scope_id, self.id):
            if token.status == "waiting":
                run.queue(token, "activate")
        return True

    def leave(self, run: Run, token: Token) -> None:
        """Send tokens on."""
        start = token.data.get("start", True)
        extra = {"waitingForStart": start}
        taken = [
            flow
            for flow in self.outgoing
            if not flow.is_default
            and (start if flow.condition is None else variables.evaluate(run, token, flow.condition, extra) is True)
        ]
        if not taken and start:
            taken = [flow for flow in self.outgoing if flow.is_default]
            if self.outgoing and not taken:
                raise moving.no_flow(self)
        self.depart(run, token, taken)
