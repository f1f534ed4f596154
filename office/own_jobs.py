"""Work that the office gives to the engine's jobs by itself: of no instance, done after the commit by a handler."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from storage.database import UnitOfWork
from storage.tables.engine import job


def put(
    uow: UnitOfWork, org_id: str, job_id: str, handler: str, *, due_at: datetime, now: datetime,
    case_id: str | None = None,
) -> None:  # fmt: skip
    """Have `handler` called from `due_at` on; `job_id` is the key of its effect."""
    values = {"org_id": org_id, "id": job_id, "element_id": handler, "handler": handler, "inputs": {}}
    state = {"state": "ready", "due_at": due_at, "tries": 0, "calls": 0, "giving_up": False, "created_at": now}
    uow.conn.execute(insert(job).values(**values, **state, business_key=case_id))
