"""What all activities share: parameters, boundary events, repetition (formal/2011-01-03, 10.2, 13.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.base import Node
from engine.running import compensating, variables, waiting
from engine.running.run import Run
from engine.state import Token

if TYPE_CHECKING:
    from engine.elements.containers.loop import Loop


class Activity(Node):
    """A task, sub-process or call.

    Activate: its boundary events are armed, input parameters evaluated, then its own work begins (`begin`). With loop
    characteristics the token stands for the whole and each repetition has a token of its own.
    Complete: output parameters are evaluated, boundary events disarmed, compensation becomes possible.
    """

    loop: Loop | None = None

    def is_instance(self, run: Run, token: Token) -> bool:
        """Whether `token` is one repetition of this activity."""
        scope = run.scope(token)
        return scope.kind == "loop" and scope.element == self.id

    def activate(self, run: Run, token: Token) -> None:
        """Arm the boundary events and begin; a repeated activity begins its first repetitions."""
        instance = self.is_instance(run, token)
        if not instance:
            for event in self.boundary_events:
                waiting.arm_event(run, event, token=token)
        if self.loop is not None and not instance:
            self.loop.begin(run, token, self)
            return
        if self.input_parameters:
            token.inputs = variables.mapped(run, token, self.input_parameters)
        self.begin(run, token)

    def begin(self, run: Run, token: Token) -> None:
        """The activity's own work. Next: wait, or complete."""
        run.queue(token, "complete")

    def complete(self, run: Run, token: Token) -> None:
        """Take the results; one repetition hands on to the next."""
        if self.loop is not None and not self.is_instance(run, token):
            self.loop.finish(run, token, self)
        else:
            self.collect(run, token)
            self.close_inside(run, token)
        waiting.drop_of_token(run, token, completed=True)
        if not self.is_instance(run, token):
            compensating.remember(run, token, self)
            self.passed(run, token)
        run.queue(token, "leave")

    def close_inside(self, run: Run, token: Token) -> None:
        """Remove the activity's empty inside, if it has one."""

    def leave(self, run: Run, token: Token) -> None:
        """Go on along the outgoing flows; one repetition ends, and lets the loop decide what is next."""
        if self.is_instance(run, token):
            assert self.loop is not None
            self.loop.instance_done(run, token, self)
            return
        container = self.within.node
        if compensating.handler_done(run, token):
            return
        if container is None or container.kind != "adHocSubProcess" or not container.inner_done(run, token, self):
            super().leave(run, token)

    def collect(self, run: Run, token: Token) -> None:
        """Output parameters, evaluated over what the work has given; without any, what the diagram reads of it."""
        result: dict[str, Any] = token.data.get("result", {})
        if self.output_parameters:
            variables.write(run, token, variables.mapped(run, token, self.output_parameters, extra=result))
        elif result:
            variables.write(run, token, variables.keep_read(run, token, result))
