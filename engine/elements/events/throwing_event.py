"""What intermediate throw events and end events throw (formal/2011-01-03, 10.4.3, 10.4.4, 13.4.2, 13.4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import effects as fx
from engine.definition import EventDefinition
from engine.elements.base import Node
from engine.elements.events.event import Event
from engine.running import compensating, correlating, jobs, throwing, variables
from engine.running.run import Run, StepError
from engine.state import Token


class ThrowingEvent(Event):
    """Activate: throws all it has to throw. Complete: at once; a compensation waits for its handlers."""

    topic: str | None = None  # a handler sends the message instead of the engine

    def activate(self, run: Run, token: Token) -> None:
        """Throw."""
        self.begin(run, token)

    def begin(self, run: Run, token: Token) -> None:
        """Throw; by a handler, if one is named."""
        payload = variables.mapped(run, token, self.input_parameters)
        if self.topic is not None:
            jobs.queue(run, token, self, self.topic, payload)
            return
        run.queue(token, "complete")  # before throwing: a handler may take the token away, or make it wait
        process = run.definition_of(run.scope(token)).key
        for definition in self.definitions:
            self.throw(run, token, definition, payload)
            if token.id not in run.state.tokens:
                if definition.kind in ("signal", "escalation"):  # it has happened, and its catcher ended its own branch
                    run.record("element_passed", self, {"process": process})
                return

    def throw(self, run: Run, token: Token, definition: EventDefinition, payload: Mapping[str, Any]) -> None:
        """Throw one of the event's definitions."""
        throw(run, token, self, definition, payload)

    def terminate(self, run: Run, token: Token) -> None:
        """Take the job back."""
        jobs.drop(run, token)


def throw(run: Run, token: Token, node: Node, definition: EventDefinition, payload: Mapping[str, Any]) -> None:
    """Throw what `definition` says, from where `token` stands."""
    match definition.kind:
        case "message":
            send(run, token, node, definition, payload)
        case "signal":
            throwing.throw_signal(run, token, _name(run, token, node, definition), payload)
        case "escalation":
            throwing.throw_escalation(run, token, definition.code)
        case "error":
            throwing.throw_error(run, token, definition.code, node.name)
        case "compensate":
            compensating.throw(run, token, definition)
        case _:
            raise StepError("event.kind", f"“{node.name}”不能抛出{definition.kind}。", element=node.id)


def _name(run: Run, token: Token, node: Node, definition: EventDefinition) -> str:
    name = variables.text(run, token, definition.name)
    if not name:
        raise StepError("message.no_name", f"“{node.name}”抛出的消息或信号没有名称。", element=node.id)
    return name


def send(run: Run, token: Token, node: Node, definition: EventDefinition, payload: Mapping[str, Any]) -> None:
    """A message leaves the instance."""
    correlation = variables.text(run, token, node.correlation)
    if correlation is None:
        correlation = correlating.thrown(run, token, node, definition, payload)
    run.emit(fx.MessageThrown(name=_name(run, token, node, definition), correlation=correlation, payload=dict(payload)))
