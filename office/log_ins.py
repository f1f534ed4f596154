"""What one's account was opened with, and what was tried in vain: kept for half a year, and shown to its owner.

Attempts at names that nobody has, and those that a lock turned away unseen, are counted (`attempts`) but not kept here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from storage.database import UnitOfWork
from storage.tables.people import log_in
from storage.types import new_id

KEEP = timedelta(days=190)  # logs are to be kept for six months (Cybersecurity Law, article 21)
SHOWN = 50
_LONGEST = 300  # characters of what a browser says of itself


def note(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    outcome: str,
    *,
    source: str | None,
    agent: str | None,
    method: str | None,
    now: datetime,
) -> None:
    """Enter an attempt. `outcome`: in, password (it was wrong), code or key (the second factor was wrong)."""
    uow.conn.execute(
        insert(log_in).values(
            org_id=org_id,
            id=new_id(),
            user_id=user_id,
            at=now,
            outcome=outcome,
            method=method,
            source=source,
            agent=agent[:_LONGEST] if agent else None,
        )
    )


def latest(uow: UnitOfWork, org_id: str, user_id: str) -> list[dict[str, Any]]:
    """The user's latest attempts, the newest first."""
    mine = log_in.c.org_id == org_id, log_in.c.user_id == user_id
    query = select(log_in).where(*mine).order_by(log_in.c.at.desc(), log_in.c.id.desc()).limit(SHOWN)
    return [
        {"at": row.at, "outcome": row.outcome, "method": row.method, "source": row.source, "agent": row.agent}
        for row in uow.conn.execute(query)
    ]


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete what is older than half a year."""
    uow.conn.execute(delete(log_in).where(log_in.c.at <= now - KEEP))
