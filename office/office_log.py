"""What was changed of the office itself: posts, units, settings, days of the calendar - by whom, why. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from office.people import names_of
from storage.database import UnitOfWork
from storage.tables.people import office_log
from storage.types import new_id


def note(
    uow: UnitOfWork,
    org_id: str,
    subject: str,
    act: str,
    *,
    now: datetime,
    by: str | None,
    subject_id: str | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Enter a change. `subject`: post, unit, settings, calendar, absence; `old` and `new`: what changed, as JSON."""
    uow.conn.execute(
        insert(office_log).values(
            org_id=org_id,
            id=new_id(),
            at=now,
            by=by,
            subject=subject,
            subject_id=subject_id,
            act=act,
            old=None if old is None else dict(old),
            new=None if new is None else dict(new),
            reason=reason,
        )
    )


def changes(uow: UnitOfWork, org_id: str, *subjects: str, limit: int = 200) -> list[dict[str, Any]]:
    """The latest changes of these subjects (of all without any), newest first, with the name of who made each."""
    query = select(office_log).where(office_log.c.org_id == org_id)
    if subjects:
        query = query.where(office_log.c.subject.in_(subjects))
    rows = uow.conn.execute(query.order_by(office_log.c.at.desc(), office_log.c.id.desc()).limit(limit)).all()
    names = names_of(uow, org_id, [row.by for row in rows])
    return [
        {
            "at": row.at,
            "by_name": names.get(row.by),
            "subject": row.subject,
            "subject_id": row.subject_id,
            "act": row.act,
            "old": row.old,
            "new": row.new,
            "reason": row.reason,
        }
        for row in rows
    ]
