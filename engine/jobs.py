"""Jobs: handlers run after the commit of the step that reached them, retried with back-off, then an incident.

An ordinary handler runs in one transaction with the advance of its instance: exactly once (`engine.inside` ends both
when it exceeds its time limit). A handler that reaches outside (`outside=True`) is called without a transaction, always
with the same key, under a lease that is renewed while it works: at least once, or as its `delivery` says.

A job may also belong to no instance (a notice on its way out of the house): `office.delivering` writes it, its handler
reaches outside and is told in a transaction how the call ended.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select, update

from engine import commands as cmd
from engine import sql, suspending
from engine.engine import Engine
from engine.history import Line
from engine.inside import TimedOut, limit, watched
from engine.leasing import Lease, NotBegun, call, take
from engine.loading import lock_instance
from engine.outside import Interrupted, reason
from engine.registry import BpmnError, Delivery, Ending, HandlerContext, HandlerFailed, HandlerSpec
from engine.sharing import share
from engine.timers import raise_incident
from storage import spans
from storage.database import UnitOfWork
from storage.errors import BanjieError, database_trouble
from storage.tables import engine as tables

log = logging.getLogger("banjie.jobs")

# Every other refusal would come again.
_WORTH_ANOTHER_TRY = frozenset({"instance.changed", "handler.timeout", "handler.hanging"})

_MOST_TIMED_OUT = 2  # tries of an ordinary handler that is cut off: others wait for what it holds

ANSWER = 20.0  # seconds that the database may be away while an answer is to be written down
AGAIN = 0.5  # seconds between two tries to write it down


def next_due(uow: UnitOfWork, *, but: Collection[str] = ()) -> datetime | None:
    """The instant of the earliest job that waits, or whose lease ends; not of the handlers `but`."""
    if but:
        query = select(func.min(tables.job.c.due_at)).where(tables.job.c.state.in_(("ready", "leased")))
        due: datetime | None = uow.conn.execute(query.where(tables.job.c.handler.not_in(but))).scalar()
        return due
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
    due = _due(engine, org_id, business_key, False if inside else None, limit)
    shared = [row for row in due if _stays_inside(engine, row.handler)]
    ran = sum(run_one(engine, row.org_id, row.id) for row in due if row not in shared)
    results = share(engine.store, [partial(_run_inside, engine, row) for row in shared], watched)
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
    spec = _spec(engine, row.handler)
    with _spanned(row):
        context = _context(engine, uow, row, uow)
        with limit(uow, spec):
            result = _call_inside(spec, context)
        _apply(engine, uow, row, context, result)
    return 1


def _spanned(row: Any) -> AbstractContextManager[None]:
    """A span of the trace of the step that caused the job, on whatever node it is run."""
    told = {
        "banjie.handler": row.handler, "banjie.element": row.element_id, "banjie.job_id": row.id,
        "banjie.instance_id": row.instance_id, "banjie.case_id": row.business_key, "banjie.tries": row.tries,
    }  # fmt: skip
    return spans.span(f"job {row.handler}", told, of=row.traceparent, kind="consumer")


def any_due(engine: Engine, *, org_id: str, business_key: str) -> bool:
    """Whether a job of the case that stays inside the database is due, though another may be at it."""
    return bool(_due(engine, org_id, business_key, False, 1))


def due_outside(engine: Engine, *, limit: int) -> list[tuple[str, str]]:
    """Organisation and id of jobs that are due and reach outside, the earliest first."""
    return [(row.org_id, row.id) for row in _due(engine, None, None, True, limit)]


def _due(
    engine: Engine, org_id: str | None, business_key: str | None, outside: bool | None, limit: int
) -> Sequence[Any]:
    table = tables.job
    query = select(table.c.org_id, table.c.id, table.c.instance_id, table.c.handler).where(
        table.c.state.in_(("ready", "leased")), table.c.due_at <= engine.clock.now()
    )
    if org_id is not None:
        query = query.where(table.c.org_id == org_id, table.c.business_key == business_key)
    if outside is not None:
        names = outside_names(engine)
        query = query.where(table.c.handler.in_(names) if outside else table.c.handler.not_in(names))
    with engine.store.begin(write=False) as uow:
        return uow.conn.execute(query.order_by(table.c.due_at, table.c.id).limit(limit)).all()


def outside_names(engine: Engine) -> list[str]:
    """The handlers that reach outside."""
    return [spec.name for spec in engine.registry.handlers.values() if spec.outside]


def run_one(engine: Engine, org_id: str, job_id: str) -> int:
    """Run one job whose handler reaches outside, if it is still due and nobody else has it: 1, else 0."""
    spec: HandlerSpec | None = None
    try:
        with engine.store.begin() as uow:
            row = _claim(engine, uow, org_id, job_id)
            if row is None:
                return 0
            spec = _spec(engine, row.handler)
            _require_callable(row, spec)
            lease = take(engine, uow, row)
            context = _context(engine, uow, row, None)
            if spec.prepare is not None:
                given = spec.prepare(replace(context, uow=uow))
                if given is None:
                    sql.DROP_JOB.run(uow, org=org_id, of=job_id)
                    return 1
                context = replace(context, inputs=given)
    except Exception as error:
        _failed(engine, org_id, job_id, spec, error)
        return 1
    try:
        with _spanned(row):
            if spec.undo is not None and row.calls:
                call(engine, spec, context, lease, undo=True)
            result = {} if row.giving_up else call(engine, spec, context, lease)
            _write_down(engine, row, context, result, lease)
    except NotBegun as error:
        assert isinstance(error.__cause__, Exception)
        _failed(engine, org_id, job_id, spec, error.__cause__, lease=lease, begun=False)
    except Exception as error:
        _failed(engine, org_id, job_id, spec, error, lease=lease)
    return 1


def _write_down(
    engine: Engine, row: Any, context: HandlerContext, result: Mapping[str, Any] | BpmnError, lease: Lease
) -> None:
    """Write an answer down if the job is still ours. A database that restarts is waited for: the call is made."""
    end = time.monotonic() + ANSWER
    while True:
        try:
            with engine.store.begin() as uow:
                if _claim(engine, uow, row.org_id, row.id, lease=lease) is not None:
                    _apply(engine, uow, row, context, result)
            return
        except Exception as error:
            if not database_trouble(error) or time.monotonic() >= end:
                raise
            log.warning("the answer of job %s has to wait for the database: %s", row.id, error)
        time.sleep(AGAIN)


def _claim(engine: Engine, uow: UnitOfWork, org_id: str, job_id: str, *, lease: Lease | None = None) -> Any:
    """The job's row, locked, with its instance; None if it is not due (or, with `lease`, no longer ours)."""
    found = sql.FIND_JOB.first(uow, org=org_id, of=job_id)
    if found is None:
        return None
    if found.instance_id is not None:
        lock_instance(uow, org_id, found.instance_id)
    if lease is not None:
        return sql.TAKE_LEASED_JOB.first(uow, org=org_id, of=job_id, lease=lease.id)
    return sql.TAKE_JOB.first(uow, org=org_id, of=job_id, now=engine.clock.now())


def _spec(engine: Engine, name: str) -> HandlerSpec:
    spec = engine.registry.handlers.get(name)
    if spec is None:
        raise BanjieError("handler.unknown", f"没有名为“{name}”的自动处理程序。", element=name)
    return spec


def _require_callable(row: Any, spec: HandlerSpec) -> None:
    """Refuse a call that would be one too many. The last one may have ended without anybody hearing of it."""
    if row.calls and spec.delivery == Delivery.AT_MOST_ONCE:
        raise _unknown_end(spec, "调用它的节点中断了")
    if row.state == "leased" and row.tries + 1 >= spec.retries:
        raise BanjieError(
            "handler.lost", f"调用自动处理“{spec.name}”的节点已中断{row.tries + 1}次，不再自动重试；请检查后重试。"
        )


def _unknown_end(spec: HandlerSpec, why: str) -> BanjieError:
    return BanjieError(
        "handler.outcome_unknown",
        f"自动处理“{spec.name}”只允许执行一次，{why}，不知道是否已经执行。请核实：没有执行的重试，已经执行的跳过。",
    )


def _context(engine: Engine, uow: UnitOfWork, row: Any, transaction: UnitOfWork | None) -> HandlerContext:
    if row.instance_id is None:
        return _context_alone(engine, row, transaction)
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


def _context_alone(engine: Engine, row: Any, transaction: UnitOfWork | None) -> HandlerContext:
    """The context of a job of no instance; its handler stands for the element."""
    return HandlerContext(
        org_id=row.org_id, instance_id="", process_key="", business_key=row.business_key, element_id=row.element_id,
        element_name=row.element_id, properties={}, variables={}, now=engine.clock.now(), actor=row.actor,
        token_id=row.id, uow=transaction, key=row.id, inputs=row.inputs,
    )  # fmt: skip


def _call_inside(spec: HandlerSpec, context: HandlerContext) -> Any:
    try:
        return spec.call(context) or {}
    except BpmnError as error:
        return error


def _apply(
    engine: Engine, uow: UnitOfWork, row: Any, context: HandlerContext, result: Mapping[str, Any] | BpmnError
) -> None:
    sql.DROP_JOB.run(uow, org=row.org_id, of=row.id)
    if row.instance_id is None:
        if isinstance(result, BpmnError):
            raise HandlerFailed(str(result))
        ended = engine.registry.handlers[row.handler].ended
        if ended is not None:
            ended(replace(context, uow=uow), Ending(result=result))
        _resume(engine, uow, context)
        return
    command: cmd.Command
    if isinstance(result, BpmnError):
        told: dict[str, Any] = {"handler": row.handler, "error": result.code}
        command = cmd.JobError(job_id=row.id, code=result.code, message=str(result))
    else:
        told = {"handler": row.handler, "result": dict(result)} | ({"undone": True} if row.giving_up else {})
        command = cmd.JobDone(job_id=row.id, result=result, left_out=row.giving_up)
    line = Line(kind="job_done", element_id=row.element_id, data=told)
    engine.apply(uow, row.org_id, row.instance_id, command, actor=row.actor, lines=[line])
    _resume(engine, uow, context)
    for plan in context.reschedules:
        engine.reschedule(uow, row.org_id, plan.ref, plan, instance_id=row.instance_id, actor=row.actor)
    for message, correlation, payload in context.outbox:
        engine.publish(uow, row.org_id, message, correlation, payload, actor=row.actor)


def _resume(engine: Engine, uow: UnitOfWork, context: HandlerContext) -> None:
    for one in context.resumptions:
        suspending.resume(
            engine, uow, context.org_id, one.instance_id, actor=context.actor, leave=one.leave, values=one.values
        )


def _failed(
    engine: Engine,
    org_id: str,
    job_id: str,
    spec: HandlerSpec | None,
    error: Exception,
    *,
    lease: Lease | None = None,
    begun: bool = True,
) -> None:
    """Try again later; a refusal or the last try becomes an incident.

    `lease` is that of the call that failed; not `begun`: it is certain that nothing was called.
    """
    table = tables.job
    if database_trouble(error):
        log.warning("job %s has to wait for the database: %s", job_id, error)
    elif not isinstance(error, BanjieError | HandlerFailed | Interrupted):
        log.error("job %s failed", job_id, exc_info=error)
    with engine.store.begin() as uow:
        mine = (table.c.org_id == org_id, table.c.id == job_id)
        now = engine.clock.now()
        row = _stands(uow, org_id, job_id, lease, now)
        if row is None:
            return
        if not begun:
            uow.conn.execute(update(table).where(*mine).values(calls=table.c.calls - 1))
        if spec is not None and spec.delivery == Delivery.AT_MOST_ONCE and lease is not None and begun:
            error = error if _refused(error) else _unknown_end(spec, _plain(spec.name, error).rstrip("。"))
        elif isinstance(error, Interrupted):  # another node may have it at once
            uow.conn.execute(update(table).where(*mine).values(state="ready", due_at=now, lease=None))
            uow.after_commit(engine.on_work)
            return
        if database_trouble(error):  # no failure of the handler, however often
            again = now + timedelta(seconds=random.randint(2, 10))
            uow.conn.execute(update(table).where(*mine).values(state="ready", due_at=again, lease=None))
            return
        tries, message, why = row.tries + 1, _plain(row.handler, error), reason(error)
        if not _refused(error) and spec is not None and tries < _most(spec, error):
            seconds = min(5 * 2**tries, 3600) * random.uniform(0.8, 1.2)
            again = now + timedelta(seconds=round(seconds))
            values = {"tries": tries, "due_at": again, "lease": None, "error": message}
            words = _told(engine, uow, row, spec, Ending(error=why, again_at=again, tries=tries), message)
            if words is None:
                uow.conn.execute(update(table).where(*mine).values(state="ready", **values))
                return
        else:
            words = _told(engine, uow, row, spec, Ending(error=why, tries=tries), message)
            if words is None:
                sql.DROP_JOB.run(uow, org=org_id, of=job_id)
                return
        message = words
        uow.conn.execute(update(table).where(*mine).values(state="failed", tries=tries, lease=None, error=message))
        code = error.code if isinstance(error, BanjieError) else "handler.failed"
        raise_incident(uow, row, kind="job", code=code, message=message, now=now)


def _stands(uow: UnitOfWork, org_id: str, job_id: str, lease: Lease | None, now: datetime) -> Any:
    """The job's row, locked, if nobody else has dealt with it since: it is ours by `lease`, or as due as before."""
    table = tables.job
    query = select(table).where(table.c.org_id == org_id, table.c.id == job_id)
    found = uow.conn.execute(query).first()
    if found is None:
        return None
    if found.instance_id is not None:
        lock_instance(uow, org_id, found.instance_id)
    mine = table.c.due_at <= now if lease is None else table.c.lease == lease.id
    return uow.conn.execute(query.where(table.c.state != "failed", mine).with_for_update()).first()


def _told(
    engine: Engine, uow: UnitOfWork, row: Any, spec: HandlerSpec | None, ending: Ending, message: str
) -> str | None:
    """Tell the handler of a job of no instance how it ended; gives the words of the incident, None for no incident."""
    if row.instance_id is not None or spec is None or spec.ended is None:
        return None if ending.again_at else message
    return spec.ended(_context_alone(engine, row, uow), ending)


def _most(spec: HandlerSpec, error: Exception) -> int:
    """How often a job is tried that failed like this."""
    return min(spec.retries, _MOST_TIMED_OUT) if isinstance(error, TimedOut) else spec.retries


def _refused(error: Exception) -> bool:
    """Whether the same would be refused again."""
    return isinstance(error, BanjieError) and error.code not in _WORTH_ANOTHER_TRY


def _plain(handler: str, error: Exception) -> str:
    """The error in words for an administrator."""
    if isinstance(error, BanjieError):
        return error.message
    if isinstance(error, Interrupted):
        return f"自动处理“{handler}”因节点停止而中断。"
    return f"自动处理“{handler}”出错：{reason(error)}"
