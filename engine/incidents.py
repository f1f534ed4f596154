"""Incidents: what stopped, and an administrator's repair: try again, with other inputs if need be, or skip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from engine import commands as cmd
from engine.engine import Engine
from engine.history import Line
from engine.loading import Suspended, suspended
from engine.registry import Delivery
from engine.timers import skip_start
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables import engine as tables


def open_incidents(uow: UnitOfWork, org_id: str) -> list[dict[str, Any]]:
    """Incidents that wait for an administrator, the newest first."""
    table = tables.incident
    query = select(table).where(table.c.org_id == org_id, table.c.resolved_at.is_(None))
    return [dict(row) for row in uow.conn.execute(query.order_by(table.c.created_at.desc(), table.c.id)).mappings()]


def inputs_of(uow: UnitOfWork, org_id: str, incident_id: str) -> dict[str, Any]:
    """The inputs of the job that stopped. Errors: `incident.unknown`, `incident.no_inputs`."""
    table, job = tables.incident, tables.job
    query = select(table.c.kind, job.c.inputs).outerjoin(
        job, (job.c.org_id == table.c.org_id) & (job.c.id == table.c.source_id)
    )
    row = uow.conn.execute(query.where(table.c.org_id == org_id, table.c.id == incident_id)).first()
    if row is None:
        raise NotFound("incident.unknown", "没有这条异常。")
    if row.kind != "job" or row.inputs is None:
        raise _no_inputs()
    return dict(row.inputs)


def retry(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    incident_id: str,
    *,
    actor: str,
    inputs: Mapping[str, Any] | None = None,
) -> None:
    """Try again what stopped. A job or timer becomes due at once; a step is taken in this transaction.

    `inputs` replace those of the job. Errors: `incident.unknown`, `incident.resolved`, `incident.no_inputs`.
    """
    row = _resolve(engine, uow, org_id, incident_id, actor)
    told: dict[str, Any] = {"incident": incident_id, "act": "retry"}
    if inputs is not None:
        if row.kind != "job":
            raise _no_inputs()
        told["inputs"] = dict(inputs)
    line = Line(kind="repair", element_id=row.element_id, data=told)
    if row.kind == "step":
        engine.apply(uow, org_id, row.instance_id, cmd.Retry(token_id=row.source_id), actor=actor, lines=[line])
        return
    if row.kind == "job":
        _ready(engine, uow, row, inputs)
    else:
        mine = (tables.timer.c.org_id == org_id, tables.timer.c.id == row.source_id)
        uow.conn.execute(update(tables.timer).where(*mine).values(tries=0, due_at=engine.clock.now()))
    if row.instance_id is not None:
        engine.note(uow, org_id, row.instance_id, [line], actor=actor)
    uow.after_commit(engine.on_work)


def skip(
    engine: Engine, uow: UnitOfWork, org_id: str, incident_id: str, *, actor: str, reason: str, done: bool = True
) -> None:
    """Go on without what stopped: a job has no result, a start by a timer waits for its next time.

    `done`: whether what the job was to do has been done otherwise. Then a later compensation undoes it. If not, nothing
    is to be compensated; and a handler that can be undone, whose calls may have done part of it, is undone first.
    Errors: `incident.unknown`, `incident.resolved`, `incident.cannot_skip`.
    """
    row = _resolve(engine, uow, org_id, incident_id, actor)
    told = {"incident": incident_id, "act": "skip", "reason": reason, "done": done}
    line = Line(kind="repair", element_id=row.element_id, data=told)
    if row.kind == "job":
        mine = (tables.job.c.org_id == org_id, tables.job.c.id == row.source_id)
        job = uow.conn.execute(select(tables.job.c.handler, tables.job.c.calls).where(*mine)).first()
        spec = engine.registry.handlers.get(job.handler) if job is not None and job.calls else None
        if not done and spec is not None and spec.undo is not None and row.instance_id is not None:
            values = {"state": "ready", "tries": 0, "due_at": engine.clock.now(), "giving_up": True}
            uow.conn.execute(update(tables.job).where(*mine).values(values))
            engine.note(uow, org_id, row.instance_id, [line], actor=actor)
            uow.after_commit(engine.on_work)
            return
        uow.conn.execute(delete(tables.job).where(*mine))
        if row.instance_id is None:
            return
        command = cmd.JobDone(job_id=row.source_id, result={}, left_out=not done)
        engine.apply(uow, org_id, row.instance_id, command, actor=actor, lines=[line])
        return
    if row.kind == "timer" and row.instance_id is None:
        mine = (tables.timer.c.org_id == org_id, tables.timer.c.id == row.source_id)
        armed = uow.conn.execute(select(tables.timer).where(*mine)).first()
        if armed is not None:
            skip_start(engine, uow, armed)
            uow.after_commit(engine.on_work)
        return
    raise Refusal("incident.cannot_skip", "只有自动处理和定时启动可以跳过；这条异常请在修正后重试，或者终止流程。")


def _resolve(engine: Engine, uow: UnitOfWork, org_id: str, incident_id: str, actor: str) -> Any:
    """The incident, which is closed with this: of two administrators one is told that the other was faster."""
    table = tables.incident
    mine = (table.c.org_id == org_id, table.c.id == incident_id)
    row = uow.conn.execute(select(table).where(*mine)).first()
    if row is None:
        raise NotFound("incident.unknown", "没有这条异常。")
    if row.instance_id is not None and suspended(uow, org_id, row.instance_id):
        raise Suspended
    values = {"resolved_at": engine.clock.now(), "resolved_by": actor}
    if not uow.conn.execute(update(table).where(*mine, table.c.resolved_at.is_(None)).values(**values)).rowcount:
        raise Conflict("incident.resolved", "这条异常已经处理。")
    return row


def _ready(engine: Engine, uow: UnitOfWork, row: Any, inputs: Mapping[str, Any] | None) -> None:
    """Let the job of an incident run again. For one that may be called once, this is the administrator's word on it."""
    table = tables.job
    mine = (table.c.org_id == row.org_id, table.c.id == row.source_id)
    handler = uow.conn.execute(select(table.c.handler).where(*mine)).scalar()
    values: dict[str, Any] = {"state": "ready", "tries": 0, "due_at": engine.clock.now()}
    spec = engine.registry.handlers.get(handler or "")
    if spec is not None and spec.delivery == Delivery.AT_MOST_ONCE:
        values["calls"] = 0
    if inputs is not None:
        values |= {"inputs": dict(inputs), "giving_up": False}
    uow.conn.execute(update(table).where(*mine).values(**values))


def _no_inputs() -> Refusal:
    return Refusal("incident.no_inputs", "只有未解决的自动处理异常有输入可以修改。")
