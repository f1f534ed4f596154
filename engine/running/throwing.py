"""Errors, escalations and signals find who catches them (formal/2011-01-03, 10.4.6, 10.4.7, 13.4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.definition import EventDefinition
from engine.running import waiting
from engine.running.run import Run, StepError
from engine.state import Scope, Token

if TYPE_CHECKING:
    from engine.elements.events.event import Event


def throw_error(run: Run, token: Token, code: str | None, message: str) -> None:
    """Give an error to the innermost handler around `token`; what it interrupts is cancelled.

    Raises `error.uncaught` if nobody catches it: the token becomes an incident.
    """
    for event, definition, scope, host in _catchers(run, token, "error", code):
        payload = {}
        if definition.code_variable:
            payload[definition.code_variable] = code
        if definition.message_variable:
            payload[definition.message_variable] = message
        event.triggered(run, scope, host, definition, payload, None)
        return
    node = run.node(token)
    raise StepError("error.uncaught", f"“{node.name}”抛出的错误“{code or ''}”没有人处理：{message}", element=node.id)


def throw_escalation(run: Run, token: Token, code: str | None) -> None:
    """Give an escalation to the innermost handler around `token`; if nobody catches it, nothing happens."""
    for event, definition, scope, host in _catchers(run, token, "escalation", code):
        payload = {definition.code_variable: code} if definition.code_variable else {}
        event.triggered(run, scope, host, definition, payload, None)
        return


def throw_signal(run: Run, token: Token, name: str, payload: Mapping[str, Any]) -> None:
    """Give a signal to all of this instance that wait for it now; the door gives it to all other instances.

    What an event sub-process throws never begins itself again (13.4.4).
    """
    within = _event_sub_processes(run, token)
    for waiter in [w for w in run.state.waiters_of_kind("signal") if w.data["name"] == name]:
        if waiter.id in run.state.waiters and (waiter.scope, waiter.element) not in within:
            waiting.trigger(run, waiter, payload)
    run.emit(fx.SignalThrown(name=name, payload=dict(payload)))


def _event_sub_processes(run: Run, token: Token) -> set[tuple[int, str]]:
    """The event sub-processes that `token` is in: the scope around each, and its start event."""
    found: set[tuple[int, str]] = set()
    at = run.host_token(run.scope(token))
    while at is not None:
        node = run.node(at)
        if node.kind == "eventSubProcess" and node.inside is not None:
            found.add((at.scope, node.inside.starts[0].id))
        at = run.host_token(run.scope(at))
    return found


def _catchers(
    run: Run, token: Token, kind: str, code: str | None
) -> Iterator[tuple[Event, EventDefinition, Scope, Token | None]]:
    """Who would catch it, from the inside out: boundary events of an activity, then event sub-processes around it.

    What an event sub-process throws never begins itself again: it goes on outside (13.4.4, retriggering).
    """
    at: Token | None = token
    while at is not None:
        scope = run.scope(at)
        if scope.kind != "loop":  # boundary events belong to a repeated activity as a whole
            for event, definition in _matching(run.node(at).boundary_events, kind, code):
                yield event, definition, scope, at
            body = run.body(scope)
            subs = body.event_sub_processes if body and not scope.closed else []
            starts = [sub.inside.starts[0] for sub in subs if sub.id != at.element]
            for event, definition in _matching(starts, kind, code):
                yield event, definition, scope, None
        at = run.host_token(scope)


def _matching(events: Any, kind: str, code: str | None) -> list[tuple[Event, EventDefinition]]:
    """Events that catch `code`: those that name it before those that catch all (10.4.5, table 10.90)."""
    found = [
        (event, definition)
        for event in events
        for definition in event.definitions
        if definition.kind == kind and definition.code in (None, code)
    ]
    return sorted(found, key=lambda pair: (pair[1].code or pair[1].meant) != code)
