"""Incidents: what stopped, and an administrator's repair."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from engine import commands as cmd
from engine.engine import Engine
from engine.history import Line
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables import engine as tables


def open_incidents(uow: UnitOfWork, org_id: str) -> list[dict[str, Any]]:
    """Incidents that wait for an administrator, the newest first."""
    table = tables.incident
    query = select(table).where(table.c.org_id == org_id, table.c.resolved_at.is_(None))
    return [dict(row) for row in uow.conn.execute(query.order_by(table.c.created_at.desc())).mappings()]


def retry(engine: Engine, uow: UnitOfWork, org_id: str, incident_id: str, *, actor: str) -> None:
    """Try again what stopped. A job or timer becomes due at once; a step is taken in this transaction."""
    table = tables.incident
    row = uow.conn.execute(select(table).where(table.c.org_id == org_id, table.c.id == incident_id)).first()
    if row is None:
        raise NotFound("incident.unknown", "没有这条异常。")
    if row.resolved_at is not None:
        raise Conflict("incident.resolved", "这条异常已经处理。")
    now = engine.clock.now()
    uow.conn.execute(
        update(table)
        .where(table.c.org_id == org_id, table.c.id == incident_id)
        .values(resolved_at=now, resolved_by=actor)
    )
    line = Line(kind="repair", element_id=row.element_id, data={"incident": incident_id, "act": "retry"})
    if row.kind == "step":
        engine.apply(uow, org_id, row.instance_id, cmd.Retry(token_id=row.source_id), actor=actor, lines=[line])
        return
    source: Any = tables.job if row.kind == "job" else tables.timer
    values = {"state": "ready", "tries": 0, "due_at": now} if row.kind == "job" else {"tries": 0, "due_at": now}
    uow.conn.execute(update(source).where(source.c.org_id == org_id, source.c.id == row.source_id).values(**values))
    engine.note(uow, org_id, row.instance_id, [line], actor=actor)
    uow.after_commit(engine.on_work)
