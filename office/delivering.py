"""What leaves the house by a channel: written with its job in the office's transactions, carried by `engine.jobs`.

The row of `delivery` is the record: when, by what, how it went. Job and delivery have the same id, by which a receiver
can know a repetition.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office import own_jobs
from office.access import Viewer, not_accused
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables.engine import job
from storage.tables.telling import delivery
from storage.types import new_id

NOTICE, TEST, WEBHOOK = "notice", "test", "webhook"
HANDLERS = {NOTICE: "channel.send", TEST: "channel.send", WEBHOOK: "webhook.send"}  # by kind


def put(
    uow: UnitOfWork,
    org_id: str,
    kind: str,
    target_id: str,
    *,
    subject: str,
    body: str,
    key: str,
    now: datetime,
    not_before: datetime | None = None,
    user_id: str | None = None,
    case_id: str | None = None,
) -> str | None:
    """Have a message carried out, not before an instant; gives its id, None if one with this key is there."""
    values: dict[str, Any] = {
        "org_id": org_id,
        "id": new_id(),
        "key": key,
        "kind": kind,
        "target_id": target_id,
        "user_id": user_id,
        "case_id": case_id,
        "subject": subject,
        "body": body,
        "at": now,
        "state": "waiting",
        "tries": 0,
        "again_at": not_before or now,
    }
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    put_in = make(delivery).values(values).on_conflict_do_nothing().returning(delivery.c.id)
    if uow.conn.execute(put_in).first() is None:
        return None
    own_jobs.put(uow, org_id, str(values["id"]), HANDLERS[kind], due_at=values["again_at"], now=now)
    return str(values["id"])


def get(uow: UnitOfWork, org_id: str, delivery_id: str) -> Row[Any]:
    """A delivery by its id. Errors: NotFound `delivery.unknown`."""
    row = uow.conn.execute(select(delivery).where(*_is(org_id, delivery_id))).one_or_none()
    if row is None:
        raise _unknown()
    return row


def begun(uow: UnitOfWork, org_id: str, delivery_id: str, *, now: datetime) -> None:
    """It is tried now (again, after an incident)."""
    values = {"state": "waiting", "ended_at": None, "begun_at": func.coalesce(delivery.c.begun_at, _instant(now))}
    uow.conn.execute(update(delivery).where(*_is(org_id, delivery_id)).values(values))


def tried(
    uow: UnitOfWork,
    org_id: str,
    delivery_id: str,
    state: str,
    result: str,
    *,
    now: datetime,
    again_at: datetime | None = None,
) -> None:
    """Write down how a try went: `sent`, `failed` (or `waiting` for the next), `dropped` (not tried any more)."""
    values = {
        "state": state,
        "result": result[:300],
        "again_at": again_at,
        "ended_at": None if again_at else now,
        "tries": delivery.c.tries + int(state != "dropped"),
    }
    uow.conn.execute(update(delivery).where(*_is(org_id, delivery_id)).values(values))


def drop(uow: UnitOfWork, org_id: str, target_id: str, why: str, *, now: datetime) -> None:
    """Nothing that waits goes to this target any more; what it was and why is written down."""
    waiting = (delivery.c.org_id == org_id, delivery.c.target_id == target_id, delivery.c.state == "waiting")
    values = {"state": "dropped", "result": why, "again_at": None, "ended_at": now}
    uow.conn.execute(update(delivery).where(*waiting).values(**values))


def again(uow: UnitOfWork, viewer: Viewer, kinds: Sequence[str], delivery_id: str, *, now: datetime) -> None:
    """Have a delivery that has ended carried out once more, under its own id.

    Errors: `delivery.unknown`, `delivery.waiting`, `delivery.incident` (its incident is to be dealt with instead).
    """
    org_id = viewer.org_id
    query = select(delivery).where(*_is(org_id, delivery_id), *_shown(viewer, kinds))
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise _unknown()
    if row.state == "waiting":
        raise Conflict("delivery.waiting", "这条消息正在发送，不用重发。")
    if uow.conn.execute(select(job.c.id).where(job.c.org_id == org_id, job.c.id == delivery_id)).first():
        raise Conflict("delivery.incident", "这条消息已成为异常，请在“实例与异常”里重试。")
    values = {"state": "waiting", "again_at": now, "ended_at": None, "begun_at": None}
    uow.conn.execute(update(delivery).where(*_is(org_id, delivery_id)).values(values))
    own_jobs.put(uow, org_id, delivery_id, HANDLERS[row.kind], due_at=now, now=now)


def log(uow: UnitOfWork, viewer: Viewer, kinds: Sequence[str], *, limit: int = 200) -> list[dict[str, Any]]:
    """What went out, the newest first, without its text; nothing of a case that accuses the viewer (R65)."""
    one = delivery.c
    columns = (one.id, one.kind, one.target_id, one.user_id, one.subject, one.at, one.state, one.tries,
               one.result, one.again_at, one.ended_at)  # fmt: skip
    query = select(*columns).where(*_shown(viewer, kinds))
    return [dict(row._mapping) for row in uow.conn.execute(query.order_by(one.at.desc(), one.id.desc()).limit(limit))]


def _is(org_id: str, delivery_id: str) -> tuple[Any, ...]:
    return (delivery.c.org_id == org_id, delivery.c.id == delivery_id)


def _shown(viewer: Viewer, kinds: Sequence[str]) -> tuple[Any, ...]:
    one = delivery.c
    seen = or_(one.case_id.is_(None), not_accused(viewer, one.case_id))
    return (one.org_id == viewer.org_id, one.kind.in_(kinds), seen)


def _unknown() -> NotFound:
    return NotFound("delivery.unknown", "没有这条发送记录。")


def _instant(now: datetime) -> BindParameter[datetime]:
    return literal(now, delivery.c.begun_at.type)
