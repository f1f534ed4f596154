"""Who read a case: what the log of accesses kept, for tests to look at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from storage.database import UnitOfWork
from storage.tables.office import access_log


def accesses(uow: UnitOfWork, case_id: str) -> list[dict[str, Any]]:
    """The reads of a case, newest first."""
    query = select(access_log).where(access_log.c.case_id == case_id)
    rows = uow.conn.execute(query.order_by(access_log.c.at.desc(), access_log.c.id.desc()))
    return [dict(row._mapping) for row in rows]
