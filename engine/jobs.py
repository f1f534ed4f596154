"""Jobs: handlers run after the commit of the step that reached them, retried with back-off, then an incident.

An ordinary handler runs in one transaction with the advance of its instance: exactly once. A handler that reaches
outside (`outside=True`) is called without a transaction, at least once, always with the same key.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Overrun
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from engine import commands as cmd
from engine import sql
from engine.engine import Engine
from engine.history import Line
from engine.loading import lock_instance
from engine.registry import BpmnError, HandlerContext, HandlerSpec
from engine.sharing import share
from engine.timers import raise_incident
from storage.database import UnitOfWork
from storage.errors import BanjieError
from storage.tables import engine as tables

log = logging.getLogger("banjie.jobs")

_WORTH_ANOTHER_TRY = frozenset({"instance.changed", "handler.timeout"})  # every other refusal would come again

_outside = ThreadPoolExecutor(max_workers=8, thread_name_prefix="handler")


def next_due(uow: UnitOfWork) -> datetime | None:
    """The instant of the earliest job that waits (or whose lease ends)."""
    found = [sql.NEXT_JOB.first(uow, now_is=state).due_at for state in ("ready", "leased")]
    return min((due for due in found if due is not None), default=None)


def run_due(
    engine: Engine,
    *,
    org_id: str | None = None,
    business_key: str | None = None,
    inside: bool = False,
    limit: int = 100,
) -> int:
    """Run up to `limit` jobs that are due (of one case, if named); gives how many were tried.

    `inside` leaves those alone whose handlers reach outside the database.
    """
    due = _due(engine, org_id, business_key, inside, limit)
    shared = [row for row in due if _stays_inside(engine, row.handler)]
    ran = sum(run_one(engine, row.org_id, row.id) for row in due if row not in shared)
    results = share(engine.store, [partial(_run_inside, engine, row) for row in shared])
    for row, told in zip(shared, results, strict=True):
        if isinstance(told, int):
            ran += told
        else:
            _failed(engine, row.org_id, row.id, engine.registry.handlers[row.handler], told)
            ran += 1
    return ran


def _stays_inside(engine: Engine, handler: str) -> bool:
    spec = engine.registry.handlers.get(handler)
    return spec is not None and not spec.outside


def _run_inside(engine: Engine, due: Any, uow: UnitOfWork, wait: bool) -> int:
    """Run a job of an ordinary handler in a transaction that it shares: 1, or 0 if it is not due any more."""
    lock_instance(uow, due.org_id, due.instance_id, wait=wait)
    row = sql.TAKE_JOB.first(uow, org=due.org_id, of=due.id, now=engine.clock.now())
    if row is None:
        return 0
    _run(engine, uow, row, _spec(engine, row.handler))
    return 1


def _run(engine: Engine, uow: UnitOfWork, row: Any, spec: HandlerSpec) -> None:
    context = _context(engine, uow, row, uow)
    _apply(engine, uow, row, context, _call_inside(spec, context))


def any_due(engine: Engine, *, org_id: str, business_key: str) -> bool:
    """Whether a job of the case that stays inside the database is due, though another may be at it."""
    return bool(_due(engine, org_id, business_key, True, 1))


def _due(engine: Engine, org_id: str | None, business_key: str | None, inside: bool, limit: int) -> Sequence[Any]:
    table = tables.job
    query = select(table.c.org_id, table.c.id, table.c.instance_id, table.c.handler).where(
        table.c.state.in_(("ready", "leased")), table.c.due_at <= engine.clock.now()
    )
    if org_id is not None:
        query = query.where(table.c.org_id == org_id, table.c.business_key == business_key)
    if inside:
        outside = [spec.name for spec in engine.registry.handlers.values() if spec.outside]
        query = query.where(table.c.handler.not_in(outside))
    with engine.store.begin(write=False) as uow:
        return uow.conn.execute(query.order_by(table.c.due_at, table.c.id).limit(limit)).all()


def run_one(engine: Engine, org_id: str, job_id: str) -> int:
    """Run one job if it is still due and nobody else has it: 1, else 0."""
    spec: HandlerSpec | None = None
    try:
        with engine.store.begin() as uow:
            row = _claim(engine, uow, org_id, job_id)
            if row is None:
                return 0
            spec = _spec(engine, row.handler)
            if not spec.outside:
                _run(engine, uow, row, spec)
                return 1
            _lease(engine, uow, row, spec)
            context = _context(engine, uow, row, None)
    except Exception as error:
        _failed(engine, org_id, job_id, spec, error)
        return 1
    try:
        result = _call(spec, context)
    except Exception as error:
        _failed(engine, org_id, job_id, spec, error)
        return 1
    try:
        with engine.store.begin() as uow:
            if _claim(engine, uow, org_id, job_id, leased=True) is not None:
                _apply(engine, uow, row, context, result)
    except Exception as error:
        _failed(engine, org_id, job_id, spec, error)
    return 1


def _claim(engine: Engine, uow: UnitOfWork, org_id: str, job_id: str, *, leased: bool = False) -> Any:
    found = sql.FIND_JOB.first(uow, org=org_id, of=job_id)
    if found is None:
        return None
    lock_instance(uow, org_id, found.instance_id)
    take = sql.TAKE_LEASED_JOB if leased else sql.TAKE_JOB
    return take.first(uow, org=org_id, of=job_id, now=engine.clock.now())


def _spec(engine: Engine, name: str) -> HandlerSpec:
    spec = engine.registry.handlers.get(name)
    if spec is None:
        raise BanjieError("handler.unknown", f"没有名为“{name}”的自动处理程序。", element=name)
    return spec


def _lease(engine: Engine, uow: UnitOfWork, row: Any, spec: HandlerSpec) -> None:
    """Keep others off while the handler works outside; if this node dies, the lease ends and another one tries."""
    until = engine.clock.now() + timedelta(seconds=spec.timeout + 30)
    sql.LEASE_JOB.run(uow, org=row.org_id, of=row.id, until=until)


def _context(engine: Engine, uow: UnitOfWork, row: Any, transaction: UnitOfWork | None) -> HandlerContext:
    definition, state = engine.place(uow, row.org_id, row.instance_id, row.id)
    element = definition.element(row.element_id)
    return HandlerContext(
        org_id=row.org_id,
        instance_id=row.instance_id,
        process_key=definition.key,
        business_key=row.business_key,
        element_id=row.element_id,
        element_name=element.name,
        properties=element.properties,
        variables=state.variables_of(row.id),
        now=engine.clock.now(),
        actor=row.actor,
        token_id=row.id,
        uow=transaction,
        key=row.id,
        inputs=row.inputs,
    )


def _call_inside(spec: HandlerSpec, context: HandlerContext) -> Any:
    try:
        return spec.call(context) or {}
    except BpmnError as error:
        return error


def _call(spec: HandlerSpec, context: HandlerContext) -> Any:
    """Call an outside handler, cut off after its time limit."""
    future = _outside.submit(spec.call, context)
    try:
        return future.result(timeout=spec.timeout) or {}
    except BpmnError as error:
        return error
    except Overrun:
        future.cancel()
        raise BanjieError("handler.timeout", f"自动处理“{spec.name}”超过{spec.timeout}秒没有完成。") from None


def _apply(
    engine: Engine, uow: UnitOfWork, row: Any, context: HandlerContext, result: Mapping[str, Any] | BpmnError
) -> None:
    sql.DROP_JOB.run(uow, org=row.org_id, of=row.id)
    command: cmd.Command
    if isinstance(result, BpmnError):
        told: dict[str, Any] = {"handler": row.handler, "error": result.code}
        command = cmd.JobError(job_id=row.id, code=result.code, message=str(result))
    else:
        told = {"handler": row.handler, "result": dict(result)}
        command = cmd.JobDone(job_id=row.id, result=result)
    line = Line(kind="job_done", element_id=row.element_id, data=told)
    engine.apply(uow, row.org_id, row.instance_id, command, actor=row.actor, lines=[line])
    for plan in context.reschedules:
        engine.reschedule(uow, row.org_id, plan.ref, plan, actor=row.actor)
    for message, correlation, payload in context.outbox:
        engine.publish(uow, row.org_id, message, correlation, payload, actor=row.actor)


def _failed(engine: Engine, org_id: str, job_id: str, spec: HandlerSpec | None, error: Exception) -> None:
    """Try again later; a refusal or the last try becomes an incident."""
    table = tables.job
    if not isinstance(error, BanjieError):
        log.error("job %s failed", job_id, exc_info=error)
    with engine.store.begin() as uow:
        mine = (table.c.org_id == org_id, table.c.id == job_id)
        row = uow.conn.execute(select(table).where(*mine)).first()
        if row is None or row.state == "failed":
            return
        now = engine.clock.now()
        tries = row.tries + 1
        refused = isinstance(error, BanjieError) and error.code not in _WORTH_ANOTHER_TRY
        last = refused or tries >= (spec.retries if spec else 1)
        message = error.message if isinstance(error, BanjieError) else f"{type(error).__name__}: {error}"
        if not last:
            seconds = min(5 * 2**tries, 3600) * random.uniform(0.8, 1.2)
            again = now + timedelta(seconds=round(seconds))
            uow.conn.execute(update(table).where(*mine).values(state="ready", tries=tries, due_at=again, error=message))
            return
        uow.conn.execute(update(table).where(*mine).values(state="failed", tries=tries, error=message))
        code = error.code if isinstance(error, BanjieError) else "handler.failed"
        raise_incident(uow, row, kind="job", code=code, message=message, now=now)
