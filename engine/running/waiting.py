"""What is armed for a token or a scope: timers, subscriptions to messages and signals, conditions, due dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.definition import EventDefinition
from engine.running import correlating, timing
from engine.running.run import Run, StepError
from engine.state import Scope, Token, Waiter
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.elements.base import Node
    from engine.elements.events.event import Event


def arm_event(
    run: Run, event: Event, *, token: Token | None = None, scope: Scope | None = None, besides: int | None = None
) -> None:
    """Wait for what `event` waits for, on behalf of a token (its activity, gateway or itself) or of a scope.

    `besides`: the definition that has happened already.
    """
    for index, definition in enumerate(event.definitions):
        if index == besides:
            continue
        if definition.kind == "timer":
            timing.arm(run, event, index, definition, token=token, scope=scope)
        elif definition.kind in ("message", "signal"):
            _subscribe(run, event, index, definition, token=token, scope=scope)
        elif definition.kind == "conditional":
            waiter = Waiter(run.state.next(), "condition", event.id, _id(token), _id(scope), index)
            run.state.add_waiter(waiter)
            assert definition.condition is not None
            run.changed |= definition.condition.names or {""}  # looked at as soon as the arming is done


def arm_start(run: Run, scope: Scope, sub_process: Any) -> None:
    """Arm the start of an event sub-process, as long as the scope around it lives (10.2.5): all of it, or none."""
    start = sub_process.inside.starts[0]
    try:
        arm_event(run, start, scope=scope)
    except BanjieError:
        armed = [one for one in run.state.waiters_of_scope(scope.id) if one.element == start.id]
        drop(run, armed, completed=False)
        raise


def _id(owner: Token | Scope | None) -> int | None:
    return None if owner is None else owner.id


def _subscribe(
    run: Run, event: Event, index: int, definition: EventDefinition, *, token: Token | None, scope: Scope | None
) -> None:
    place = run.scope(token) if token is not None else scope
    assert place is not None and definition.name is not None
    visible, functions = run.state.visible(place, token), run.functions(event, place, token)
    name = definition.name.evaluate(visible, functions).strip()
    if not name:
        raise StepError("message.no_name", f"“{event.name}”等待的消息或信号没有名称。", element=event.id)
    correlation = None
    if definition.kind == "message" and event.correlation is not None:
        correlation = event.correlation.evaluate(visible, functions)
    elif definition.kind == "message":
        correlation = correlating.awaited(run, event, place, token, definition)
    waiter = Waiter(run.state.next(), definition.kind, event.id, _id(token), _id(scope), index, {"name": name})
    run.state.add_waiter(waiter)
    run.emit(
        fx.Subscribed(
            subscription_id=run.state.public(waiter.id),
            element_id=event.id,
            kind=definition.kind,
            name=name,
            correlation=correlation,
        )
    )


def drop_of_token(run: Run, token: Token, *, completed: bool) -> None:
    """Disarm all that waits on behalf of a token."""
    drop(run, run.state.waiters_of_token(token.id), completed=completed)


def drop_of_scope(run: Run, scope: Scope, *, completed: bool) -> None:
    """Disarm the event sub-processes of a scope."""
    drop(run, run.state.waiters_of_scope(scope.id), completed=completed)


def drop(run: Run, waiters: Sequence[Waiter], *, completed: bool) -> None:
    """Disarm waiters of one owner; the host is told once of each plan that ends with them."""
    told: set[str] = set()
    for waiter in waiters:
        public = run.state.public(waiter.id)
        if waiter.kind == "timer" and waiter.data.get("at") is not None:
            run.emit(fx.TimerDropped(timer_id=public))
        elif waiter.kind in ("message", "signal"):
            run.emit(fx.Unsubscribed(subscription_id=public))
        ref = waiter.data.get("ref")
        if ref is not None and ref not in told:
            told.add(ref)
            scope, token, node = place(run, waiter)
            attached = timing.attached_to(run, scope, token)
            run.turn.host.timer_dropped(run.context(node, scope, token, attached_to=attached), ref, completed=completed)
        run.state.remove_waiter(waiter)


def place(run: Run, waiter: Waiter) -> tuple[Scope, Token | None, Node]:
    """The scope and the token that a waiter belongs to, and its element."""
    token = run.state.tokens[waiter.token] if waiter.token is not None else None
    scope_id = token.scope if token is not None else waiter.scope
    assert scope_id is not None
    scope = run.state.scopes[scope_id]
    return scope, token, run.definition_of(scope).element(waiter.element)


def trigger(run: Run, waiter: Waiter, payload: Mapping[str, Any]) -> None:
    """What was waited for has happened. At an event-based gateway the gateway decides what that means."""
    scope, token, node = place(run, waiter)
    at = run.node(token) if token is not None and token.element != waiter.element else node
    correlating.caught(run, node, scope, node.definitions[waiter.index], payload)
    receiver = at if at.kind == "eventBasedGateway" else node
    before, run.mover = run.mover, waiter.token
    receiver.triggered(run, scope, token, node.definitions[waiter.index], dict(payload), waiter)
    run.mover = before
