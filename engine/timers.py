"""Due timers: read from one indexed table, claimed by row lock, each fired in a savepoint of its own."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine import commands as cmd
from engine import sql
from engine.engine import Engine
from engine.expressions import Expression
from engine.loading import take
from engine.registry import HostContext
from engine.running.run import Bound
from engine.sharing import share
from storage import spans
from storage.database import UnitOfWork
from storage.errors import BanjieError, database_trouble
from storage.tables import engine as tables
from storage.types import new_id

log = logging.getLogger("banjie.timers")

MAX_TRIES = 5
LOOK_EVERY = timedelta(minutes=1)  # at the condition of a start event
_WAS_TRUE = "condition:true"  # `ref` of a condition that held when it was last looked at


def next_due(uow: UnitOfWork) -> datetime | None:
    """The instant of the earliest armed timer."""
    row = sql.NEXT_TIMER.first(uow)
    due: datetime | None = row and row.due_at
    return due


def fire_due(engine: Engine, *, limit: int = 100) -> int:
    """Fire up to `limit` timers that are due, the earliest first; gives how many. A failing one stops no other."""
    with engine.store.begin(write=False) as uow:
        due = sql.DUE_TIMERS.all(uow, now=engine.clock.now(), most=limit)
    fired = 0
    for row, told in zip(due, share(engine.store, [partial(_fire, engine, row) for row in due]), strict=True):
        if isinstance(told, int):
            fired += told
            continue
        if database_trouble(told):  # no failure of the timer: it is as due as before
            log.warning("timer %s has to wait for the database: %s", row.id, told)
            continue
        log.error("timer %s failed", row.id, exc_info=told)
        _failed(engine, row, told)
    return fired


def _fire(engine: Engine, due: Any, uow: UnitOfWork, wait: bool) -> int:
    mine, instance = {"of": due.id, "now": engine.clock.now()}, None
    if due.instance_id is None:
        row = sql.TAKE_TIMER.first(uow, org=due.org_id, **mine)
    else:
        row, instance = take(uow, due.org_id, due.instance_id, sql.TAKE_TIMER, wait=wait, **mine)
    if row is None:
        return 0
    told = {"banjie.process": row.process_key, "banjie.element": row.element_id, "banjie.instance_id": row.instance_id}
    with spans.span("timer", told):
        if row.instance_id is None:
            _fire_start(engine, uow, row)
        else:
            engine.apply(uow, row.org_id, row.instance_id, cmd.Fire(timer_id=row.id), taken=instance)
    return 1


def _fire_start(engine: Engine, uow: UnitOfWork, row: Any) -> None:
    """A timer start event: start an instance, then arm the next firing if there is one."""
    definition = engine.versions.current(uow, row.org_id, row.process_key)
    if row.element_id in definition.condition_starts:
        _look(engine, uow, row, definition.condition_starts[row.element_id])
        return
    if row.element_id in definition.timer_starts:  # else the current version has no such start any more
        engine.start(uow, row.org_id, row.process_key, element_id=row.element_id)
    skip_start(engine, uow, row)


def _look(engine: Engine, uow: UnitOfWork, row: Any, condition: Expression) -> None:
    """A conditional start event (10.4.2): an instance begins when the condition turns from false to true."""
    now = engine.clock.now()
    make = partial(
        HostContext, org_id=row.org_id, instance_id="", process_key=row.process_key, business_key=None,
        element_id=row.element_id, element_name="", properties={}, variables={}, now=now, actor=None, uow=uow,
    )  # fmt: skip
    holds = condition.evaluate({}, Bound(engine.host.functions, make)) is True
    if holds and row.ref != _WAS_TRUE:
        engine.start(uow, row.org_id, row.process_key, element_id=row.element_id)
    mine = (tables.timer.c.org_id == row.org_id, tables.timer.c.id == row.id)
    again = update(tables.timer).where(*mine)
    uow.conn.execute(again.values(due_at=now + LOOK_EVERY, ref=_WAS_TRUE if holds else None, tries=0))


def skip_start(engine: Engine, uow: UnitOfWork, row: Any) -> None:
    """Take the firing of a timer start event off the list: its row is that of the next one, if there is one.

    The same row, so that a version that is deployed meanwhile finds it and puts its own in its place.
    """
    definition = engine.versions.current(uow, row.org_id, row.process_key)
    now = engine.clock.now()  # the firing itself may have been put off
    following = now + LOOK_EVERY if row.element_id in definition.condition_starts else None
    start = definition.timer_starts.get(row.element_id)
    if start is not None:
        deployed = engine.versions.in_force_since(uow, row.org_id, row.process_key)
        following = start.next_after(now, now, deployed=deployed)
    mine = (tables.timer.c.org_id == row.org_id, tables.timer.c.id == row.id)
    if following is None:
        uow.conn.execute(delete(tables.timer).where(*mine))
    else:
        uow.conn.execute(update(tables.timer).where(*mine).values(due_at=following, ref=None, tries=0))


def arm_start(uow: UnitOfWork, org_id: str, process_key: str, element_id: str, due_at: datetime) -> None:
    """Arm the timer start event `element_id` of a process."""
    uow.conn.execute(
        insert(tables.timer).values(
            org_id=org_id,
            id=new_id(),
            instance_id=None,
            process_key=process_key,
            element_id=element_id,
            ref=None,
            due_at=due_at,
            tries=0,
        )
    )


def arm_starts(engine: Engine, uow: UnitOfWork, org_id: str, process_key: str) -> None:
    """Arm the timer and conditional start events of the current version of a process, instead of those of the one
    before. A condition that holds already starts an instance of the new version."""
    uow.conn.execute(
        delete(tables.timer).where(
            tables.timer.c.org_id == org_id,
            tables.timer.c.process_key == process_key,
            tables.timer.c.instance_id.is_(None),
        )
    )
    definition = engine.versions.current(uow, org_id, process_key)
    deployed = engine.versions.in_force_since(uow, org_id, process_key)
    for element_id, start in definition.timer_starts.items():
        due = start.first(deployed)
        if due is not None:
            arm_start(uow, org_id, process_key, element_id, due)
    for element_id in definition.condition_starts:
        arm_start(uow, org_id, process_key, element_id, engine.clock.now())


def _failed(engine: Engine, due: Any, error: Exception) -> None:
    """Put the timer off, or raise an incident; nothing if another node has dealt with it since it was found due."""
    table = tables.timer
    mine = (table.c.org_id == due.org_id, table.c.id == due.id)
    with engine.store.begin() as uow:
        row = uow.conn.execute(select(table).where(*mine, table.c.due_at == due.due_at).with_for_update()).first()
        if row is None:
            return
        now = engine.clock.now()
        tries = row.tries + 1
        wait = timedelta(minutes=min(2**tries, 60)) if tries < MAX_TRIES else timedelta(days=36500)
        uow.conn.execute(update(table).where(*mine).values(tries=tries, due_at=now + wait))
        if tries >= MAX_TRIES:
            code = error.code if isinstance(error, BanjieError) else "timer.failed"
            message = error.message if isinstance(error, BanjieError) else f"定时触发出错：{error}"
            raise_incident(uow, row, kind="timer", code=code, message=message, now=now)


def raise_incident(uow: UnitOfWork, row: Any, *, kind: str, code: str, message: str, now: datetime) -> None:
    """Write an incident for the timer or job `row` and leave it to an administrator.

    A timer that starts a process has no instance and belongs to no case; a job of no instance belongs to no process.
    """
    instance = uow.conn.execute(
        select(tables.instance.c.process_key, tables.instance.c.business_key).where(
            tables.instance.c.org_id == row.org_id, tables.instance.c.id == row.instance_id
        )
    ).first()
    uow.conn.execute(
        insert(tables.incident).values(
            org_id=row.org_id,
            id=new_id(),
            instance_id=row.instance_id,
            process_key=getattr(row, "process_key", "") if instance is None else instance.process_key,
            element_id=row.element_id,
            business_key=None if instance is None else instance.business_key,
            kind=kind,
            source_id=row.id,
            code=code,
            message=message,
            created_at=now,
        )
    )
