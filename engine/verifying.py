"""Whether what the engine keeps holds together: the hash chains of the history, states against the rows beside them.

Reads everything, in one transaction, an instance at a time; says what is wrong in Chinese, for an operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select

from engine import state as states
from engine.history import first_broken
from engine.loading import SUSPENDED
from engine.state import State
from storage.database import UnitOfWork
from storage.errors import BanjieError
from storage.tables import engine as tables


def findings(uow: UnitOfWork) -> Iterator[str]:
    """A line for each thing that does not hold."""
    table = tables.instance
    for row in uow.conn.execute(select(table.c.org_id, table.c.id, table.c.state).order_by(table.c.id)).all():
        place = first_broken(uow, row.org_id, row.id)
        if place is not None:
            yield f"流程实例 {row.id} 的历史自第 {place} 条起与校验不符"
        yield from _waiting(uow, row.org_id, row.id, row.state)
    yield from _orphans(uow)


def _waiting(uow: UnitOfWork, org_id: str, instance_id: str, stands: str) -> Iterator[str]:
    """What the state of an instance waits for, against the rows by which it is found."""
    table, active = tables.instance, stands in ("active", SUSPENDED)
    doing = SUSPENDED if stands == SUSPENDED else "open"
    blob = uow.conn.execute(select(table.c.blob).where(table.c.org_id == org_id, table.c.id == instance_id)).scalar()
    if active and blob is None:
        yield f"流程实例 {instance_id} 在办，但没有状态"
        return
    state: State | None = None
    if active and blob is not None:
        try:
            state = states.decode(blob)
        except (BanjieError, ValueError, KeyError, TypeError):
            yield f"流程实例 {instance_id} 的状态读不出来"
            return
    for name, told, found in (
        ("定时", _timers(None if stands == SUSPENDED else state), _ids(uow, tables.timer, org_id, instance_id)),
        ("待办", _tasks(state), _ids(uow, tables.task, org_id, instance_id, tables.task.c.state == doing)),
        ("自动处理", _jobs(state), _ids(uow, tables.job, org_id, instance_id)),
        ("消息等待", _subscriptions(state), _ids(uow, tables.subscription, org_id, instance_id)),
    ):
        for missing in sorted(told - found):
            yield f"流程实例 {instance_id} 的{name} {missing} 在状态里有、在表里没有"
        for left in sorted(found - told):
            yield f"流程实例 {instance_id} 的{name} {left} 在表里有、在状态里没有"
    if state is not None:
        yield from _instants(uow, org_id, state)


def _timers(state: State | None) -> set[str]:
    waiters = state.waiters_of_kind("timer") if state is not None else []
    return {state.public(waiter.id) for waiter in waiters if state is not None and waiter.data["at"] is not None}


def _subscriptions(state: State | None) -> set[str]:
    if state is None:
        return set()
    return {state.public(one.id) for kind in ("message", "signal") for one in state.waiters_of_kind(kind)}


def _tasks(state: State | None) -> set[str]:
    tokens = state.tokens.values() if state else ()
    return {state.public(t.id) for t in tokens if state and (t.data.get("task") or t.data.get("offered"))}


def _jobs(state: State | None) -> set[str]:
    if state is None:
        return set()
    return {state.public(token.data["job"]) for token in state.tokens.values() if token.data.get("job") is not None}


def _ids(uow: UnitOfWork, table: Any, org_id: str, instance_id: str, *more: Any) -> set[str]:
    query = select(table.c.id).where(table.c.org_id == org_id, table.c.instance_id == instance_id, *more)
    return set(uow.conn.execute(query).scalars())


def _instants(uow: UnitOfWork, org_id: str, state: State) -> Iterator[str]:
    """When timers fire; one that has failed was put off in the table alone."""
    timer = tables.timer
    query = select(timer.c.id, timer.c.due_at).where(
        timer.c.org_id == org_id, timer.c.instance_id == state.instance_id, timer.c.tries == 0
    )
    due: dict[str, datetime] = {row.id: row.due_at for row in uow.conn.execute(query)}
    for waiter in state.waiters_of_kind("timer"):
        at, id = waiter.data["at"], state.public(waiter.id)
        if at is not None and id in due and due[id] != datetime.fromisoformat(at):
            yield f"流程实例 {state.instance_id} 的定时 {id} 在状态里是 {at}，在表里是 {due[id].isoformat()}"


def _orphans(uow: UnitOfWork) -> Iterator[str]:
    """Rows of instances that are not there."""
    instance = tables.instance
    for name, table in (
        ("历史", tables.history),
        ("定时", tables.timer),
        ("待办", tables.task),
        ("自动处理", tables.job),
    ):
        there = exists().where(and_(instance.c.org_id == table.c.org_id, instance.c.id == table.c.instance_id))
        query = select(func.count()).select_from(table).where(table.c.instance_id.is_not(None), ~there)
        if count := uow.conn.execute(query).scalar_one():
            yield f"有 {count} 条{name}不属于任何流程实例"
