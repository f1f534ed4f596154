"""A channel that is away: one incident for all that waits for it, and all of it goes out once it is back.

A message is not to blame if nothing has gone out by its channel since it was first tried. One of those that wait stands
for all of them as the incident; the others are tried on, and are as known as before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from office import own_jobs
from office.delivering import HANDLERS
from storage.database import UnitOfWork
from storage.tables.engine import incident, job
from storage.tables.telling import channel, delivery


def away(uow: UnitOfWork, row: Row[Any]) -> bool:
    """Whether nothing has gone out by the channel of the delivery `row` since that was first tried."""
    last = _last_sent(uow, row)
    return last is None or last <= (row.begun_at or row.at)


def known(uow: UnitOfWork, row: Row[Any]) -> bool:
    """Whether another delivery stands for the channel that is away. The channel is locked: two must not at once."""
    _lock(uow, row)
    open_ = (incident.c.org_id == row.org_id, incident.c.kind == "job", incident.c.resolved_at.is_(None))
    query = select(incident.c.id).where(*open_, incident.c.source_id.in_(_held(row, _last_sent(uow, row))))
    return uow.conn.execute(query.limit(1)).first() is not None


def back(uow: UnitOfWork, row: Row[Any], *, now: datetime) -> None:
    """The delivery `row` has gone out. If its channel was away, what could not go is tried at once, as if for the first
    time, and the incident is over."""
    held = _held(row, _last_sent(uow, row))
    of_any = incident.c.source_id.in_(held) | (incident.c.source_id == row.id)
    told = select(incident.c.id).where(incident.c.org_id == row.org_id, incident.c.kind == "job", of_any)
    if uow.conn.execute(told.limit(1)).first() is None:
        return  # what failed in the last minutes comes again by itself
    _lock(uow, row)
    mine = incident.c.org_id == row.org_id
    of_held = (mine, incident.c.kind == "job", incident.c.source_id.in_(held))
    uow.conn.execute(update(incident).where(*of_held, incident.c.resolved_at.is_(None)).values(resolved_at=now))
    jobs = (job.c.org_id == row.org_id, job.c.id.in_(held))
    given_up = held.add_columns(delivery.c.kind).where(
        delivery.c.state == "failed",
        delivery.c.id.not_in(select(job.c.id).where(job.c.org_id == row.org_id)),
        delivery.c.id.not_in(select(incident.c.source_id).where(mine)),  # somebody has dealt with it
    )
    for one in uow.conn.execute(given_up).all():
        own_jobs.put(uow, row.org_id, one.id, HANDLERS[one.kind], due_at=now, now=now)
    again = {"state": "ready", "tries": 0, "due_at": now, "lease": None}
    uow.conn.execute(update(job).where(*jobs, job.c.state.in_(("ready", "failed"))).values(**again))
    waits = (delivery.c.org_id == row.org_id, delivery.c.id.in_(select(job.c.id).where(*jobs)))
    values = {"state": "waiting", "again_at": now, "ended_at": None, "begun_at": None}
    uow.conn.execute(update(delivery).where(*waits).values(**values))


def _last_sent(uow: UnitOfWork, row: Row[Any]) -> datetime | None:
    """When another delivery last went out by the channel."""
    query = select(func.max(delivery.c.ended_at)).where(*_others(row), delivery.c.state == "sent")
    found: datetime | None = uow.conn.execute(query).scalar()
    return found


def _held(row: Row[Any], since: datetime | None) -> Select[Any]:
    """Ids of the other deliveries of the channel that were tried in vain, since `since` for the first time."""
    query = select(delivery.c.id).where(*_others(row), delivery.c.state.in_(("waiting", "failed")))
    return query.where(delivery.c.begun_at.is_not(None) if since is None else delivery.c.begun_at >= since)


def _others(row: Row[Any]) -> tuple[Any, ...]:
    one = delivery.c
    return (one.org_id == row.org_id, one.target_id == row.target_id, one.id != row.id)


def _lock(uow: UnitOfWork, row: Row[Any]) -> None:
    mine = (channel.c.org_id == row.org_id, channel.c.id == row.target_id)
    uow.conn.execute(select(channel.c.id).where(*mine).with_for_update()).first()
