"""Messages and signals between instances: who waits for one gets it, else it starts what begins with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import commands as cmd
from engine import sql, suspending
from engine.history import Line
from engine.loading import Suspended
from storage.database import UnitOfWork
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.engine import Engine

MAX_HOPS = 200  # messages that one act may set off, one after the other


def route(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    name: str,
    correlation: str | None,
    payload: Mapping[str, Any],
    actor: str | None,
    hops: deque[None],
) -> bool:
    """Give a message to the one who has waited for it longest, else start its process. False: nobody wants it."""
    _hop(hops, name)
    if correlation is not None:
        waiting = sql.FIRST_SUBSCRIBER.first(uow, org=org_id, kind="message", name=name, correlation=correlation)
    else:
        waiting = sql.FIRST_SUBSCRIBER_TO_ANY.first(uow, org=org_id, kind="message", name=name)
    if waiting is not None:
        try:
            instance, definition, state = engine.load(uow, org_id, waiting.instance_id)
        except Suspended:
            suspending.keep(engine, uow, org_id, waiting, "message", name, correlation, payload, actor)
            return True
        line = Line(kind="message_caught", name=name, data={"payload": dict(payload)})
        command = cmd.Deliver(subscription_id=waiting.id, payload=payload)
        engine.turn(uow, definition, instance, state, command, actor=actor, lines=[line], hops=hops)
        return True
    for _, definition in engine.versions.all_current(uow, org_id):
        if name in definition.message_starts:
            engine.start(
                uow, org_id, definition.key, business_key=correlation, variables=payload, actor=actor, message=name,
                hops=hops,
            )  # fmt: skip
            return True
    return False


def broadcast(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    name: str,
    payload: Mapping[str, Any],
    actor: str | None,
    hops: deque[None],
    *,
    thrower: str = "",
) -> None:
    """Give a signal to everybody who waits for it; inside the instance `thrower` its own step has delivered it."""
    _hop(hops, name)
    for row in sql.SUBSCRIBERS.all(uow, org=org_id, kind="signal", name=name, thrower=thrower):
        try:
            instance, definition, state = engine.load(uow, org_id, row.instance_id)
        except Suspended:
            suspending.keep(engine, uow, org_id, row, "signal", name, None, payload, actor)
            continue
        if not state.awaits(row.id):
            continue  # an earlier delivery of this signal ended it
        command = cmd.Deliver(subscription_id=row.id, payload=payload)
        engine.turn(uow, definition, instance, state, command, actor=actor, hops=hops)
    for _, definition in engine.versions.all_current(uow, org_id):
        for element_id in definition.signal_starts.get(name, ()):
            engine.start(uow, org_id, definition.key, variables=payload, actor=actor, element_id=element_id, hops=hops)


def _hop(hops: deque[None], name: str) -> None:
    hops.append(None)
    if len(hops) > MAX_HOPS:
        raise BanjieError("message.loop", f"消息“{name}”来回触发超过{MAX_HOPS}次，已停止；请检查流程图。", element=name)
