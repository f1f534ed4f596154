"""The rows of the deadline book: read, written, logged; and the plan by which the engine arms timers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, insert, select, update

from office.calendar import Calendar
from office.deadline_types import Deadline, Request
from office.lights import step_instants
from office.profiles import Profile
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables.office import deadline, deadline_log
from storage.tables.people import organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When the timers of a deadline fire. `expires_at`: the first second after it (E1); `instants`: E0 ... in order."""

    ref: str
    code: str
    due_at: datetime
    yellow_at: datetime | None
    expires_at: datetime
    instants: tuple[tuple[str, datetime], ...]
    stopped: bool = False  # the clock stands still: nothing fires
    instance_id: str | None = None  # where its timers are


def work(profile: Profile, request: Request, calendar: Calendar, ladder: bool) -> Deadline:
    """The deadline that was asked for, without the ladder's instants if it is only a light."""
    worked = profile.answer(request, calendar)
    return worked if ladder else replace(worked, ladder=())


def plan_of(ref: str, worked: Deadline, *, stopped: bool = False, instance_id: str | None = None) -> Plan | None:
    """The timer plan of a deadline; None if it has no instant."""
    if worked.due_at is None:
        return None
    instants = tuple((str(step), at) for step, at in step_instants(worked).items())
    return Plan(
        ref=ref,
        code=worked.code,
        due_at=worked.due_at,
        yellow_at=worked.yellow_at,
        expires_at=worked.due_at + timedelta(seconds=1),
        instants=instants,
        stopped=stopped,
        instance_id=instance_id,
    )


def columns(worked: Deadline) -> dict[str, Any]:
    instants = [at for at in (worked.due_at, worked.e1, worked.e2, worked.e3) if at is not None]
    return dict(
        start_at=worked.start,
        extension_days=worked.extension_days,
        stopped_days=worked.stopped_days,
        due_at=worked.due_at,
        yellow_at=worked.yellow_at,
        e1=worked.e1,
        e2=worked.e2,
        e3=worked.e3,
        ladder=list(worked.ladder),
        last_at=max(instants, default=None),
        provisional=worked.provisional,
        detail=worked.to_json(),
    )


def worked_of(row: Row[Any]) -> Deadline:
    return Deadline.from_json(row.detail)


def save(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    act: str,
    old: Deadline,
    worked: Deadline,
    *,
    now: datetime,
    by: str | None,
    reason: str,
) -> None:
    change(uow, org_id, deadline_id, **columns(worked))
    log(uow, org_id, deadline_id, act, now=now, by=by, reason=reason, old=instants_of(old), new=instants_of(worked))


def instants_of(worked: Deadline) -> dict[str, Any]:
    """The instants of a deadline for the log."""
    shown = {name: getattr(worked, name) for name in ("due_at", "yellow_at", "e1", "e2", "e3")}
    return {name: at.isoformat() if at else None for name, at in shown.items()} | {"provisional": worked.provisional}


def find(uow: UnitOfWork, org_id: str, deadline_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(deadline).where(deadline.c.org_id == org_id, deadline.c.id == deadline_id)
    row = uow.conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("deadline.unknown", "没有这个期限。")
    return row


def refuse_closed(row: Row[Any]) -> None:
    if row.closed_at is not None:
        raise Conflict("deadline.closed", "该期限已经结束，不能再更改。")


def change(uow: UnitOfWork, org_id: str, deadline_id: str, **values: Any) -> None:
    uow.conn.execute(update(deadline).where(deadline.c.org_id == org_id, deadline.c.id == deadline_id).values(values))


def log(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    act: str,
    *,
    now: datetime,
    by: str | None,
    reason: str | None = None,
    old: Any = None,
    new: Any = None,
) -> None:
    """Add to the log of a deadline, whose row the caller has locked or just made."""
    last = select(func.max(deadline_log.c.seq)).where(
        deadline_log.c.org_id == org_id, deadline_log.c.deadline_id == deadline_id
    )
    seq = int(uow.conn.execute(last).scalar() or 0) + 1
    uow.conn.execute(
        insert(deadline_log).values(
            org_id=org_id, deadline_id=deadline_id, seq=seq, at=now, by=by, act=act, reason=reason, old=old, new=new
        )
    )


def open_by_light(uow: UnitOfWork, *, now: datetime) -> dict[str, int]:
    """How many open time limits of all organisations are green, yellow, red and paused (`lights.light`)."""
    table = deadline
    light = case(
        (table.c.paused_at.is_not(None), "paused"),
        (table.c.due_at < now, "red"),
        (table.c.yellow_at <= now, "yellow"),
        else_="green",
    )
    organisations = select(organisation.c.id)  # so that the index of open ones serves, however many are closed
    query = select(light, func.count()).where(table.c.org_id.in_(organisations), table.c.closed_at.is_(None))
    found = {name: number for name, number in uow.conn.execute(query.group_by(light))}
    return {name: found.get(name, 0) for name in ("green", "yellow", "red", "paused")}
