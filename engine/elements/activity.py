"""What all activities share: parameters, boundary events, repetition (formal/2011-01-03, 10.2, 13.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.elements.base import Node
from engine.running import compensating, variables, waiting
from engine.running.run import Run
from engine.state import Token

if TYPE_CHECKING:
    from engine.definition import Flow
    from engine.elements.containers.loop import Loop


class Activity(Node):
    """A task, sub-process or call.

    Activate: its boundary events are armed, input parameters evaluated, then its own work begins (`begin`). With loop
    characteristics the token stands for the whole and each repetition has a token of its own.
    Complete: output parameters are evaluated, boundary events disarmed, compensation becomes possible.
    """

    loop: Loop | None = None
    start_quantity = 1  # tokens that must have come before it begins (10.3, table 10.3)
    completion_quantity = 1  # tokens it gives to each outgoing flow

    def is_instance(self, run: Run, token: Token) -> bool:
        """Whether `token` is one repetition of this activity."""
        scope = run.scope(token)
        return scope.kind == "loop" and scope.element == self.id

    def activate(self, run: Run, token: Token) -> None:
        """Arm the boundary events and begin; a repeated activity begins its first repetitions."""
        instance = self.is_instance(run, token)
        if not instance and self.start_quantity > 1 and not self._enough(run, token):
            return
        ad_hoc: Any = self.within.node if not instance else None
        if ad_hoc is not None and ad_hoc.kind == "adHocSubProcess" and ad_hoc.hold(run, token, self):
            return
        if not instance:
            for event in self.boundary_events:
                waiting.arm_event(run, event, token=token)
        if self.loop is not None and not instance:
            self.loop.begin(run, token, self)
            return
        variables.take_inputs(run, token, self)
        self.begin(run, token)

    def _enough(self, run: Run, token: Token) -> bool:
        """Whether this was the last token missing: then `token` begins and the others are consumed."""
        others = [
            other
            for other in run.state.tokens_at(token.scope, self.id)
            if other is not token and other.data.get("gathering")
        ]
        if len(others) + 1 < self.start_quantity:
            token.data["gathering"] = True
            run.wait(token)
            return False
        token.branch, token.locals = variables.joined([*others, token])
        for other in others:
            token.came += other.came
            run.state.remove_token(other)
        return True

    def begin(self, run: Run, token: Token) -> None:
        """The activity's own work. Next: wait, or complete."""
        run.queue(token, "complete")

    def complete(self, run: Run, token: Token) -> None:
        """Take the results; one repetition hands on to the next."""
        if self.loop is not None and not self.is_instance(run, token):
            self.loop.finish(run, token, self)
        else:
            self.collect(run, token)
            if self.data_outputs:
                self.put_out(run, token, self.given(token), item=self.kind == "receiveTask")
            self.close_inside(run, token)
            if self.loop is not None:
                self.loop.collected(run, token)
        waiting.drop_of_token(run, token, completed=True)
        if self.boundary_events or self.inside is not None or self.loop is not None:
            compensating.remember(run, token, self)
        if not self.is_instance(run, token):
            self.passed(run, token)
        run.queue(token, "leave")

    def given(self, token: Token) -> Mapping[str, Any]:
        """What the work has given: results of a handler, answers of a person, what came with a message."""
        result: dict[str, Any] = token.data.get("result", {})
        return result

    def close_inside(self, run: Run, token: Token) -> None:
        """Remove the activity's empty inside, if it has one."""

    def leave(self, run: Run, token: Token) -> None:
        """Go on along the outgoing flows; one repetition ends, and lets the loop decide what is next."""
        if self.is_instance(run, token):
            assert self.loop is not None
            run.record("repetition_done", self, {**run.lineage(token), "locals": token.locals})
            self.loop.instance_done(run, token, self)
            return
        container = self.within.node
        if compensating.handler_done(run, token):
            return
        if container is None or container.kind != "adHocSubProcess" or not container.inner_done(run, token, self):
            super().leave(run, token)

    def depart(self, run: Run, token: Token, flows: list[Flow]) -> None:
        """Give each flow as many tokens as the completion quantity says."""
        super().depart(run, token, flows * self.completion_quantity)

    def collect(self, run: Run, token: Token) -> None:
        """Output parameters, evaluated over what the work has given; without any, what the diagram reads of it."""
        result: dict[str, Any] = token.data.get("result", {})
        if self.output_parameters:
            variables.write(run, token, variables.mapped(run, token, self.output_parameters, extra=result))
        elif result:
            variables.write(run, token, variables.keep_read(run, token, result))
