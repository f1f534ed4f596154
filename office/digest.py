"""The day's digest (每日汇总): what waits for it, by person and channel; whose is due.

It is claimed by row lock, so that of any number of nodes one sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from office.accused import free_users
from office.notice_settings import next_at
from storage.database import UnitOfWork
from storage.tables.telling import digest_line, notice_setting
from storage.types import new_id


def hold(
    uow: UnitOfWork, org_id: str, user_id: str, channel: str, text: str, *, case_id: str | None, now: datetime
) -> None:
    """Keep a line for the person's next digest by this channel."""
    values = {"org_id": org_id, "id": new_id(), "user_id": user_id, "channel": channel, "case_id": case_id}
    uow.conn.execute(insert(digest_line).values(**values, text=text, at=now))


def due(uow: UnitOfWork, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Organisation and person of the digests that are due, the earliest first."""
    table = notice_setting.c
    query = select(table.org_id, table.user_id).where(table.digest_next <= now)
    rows = uow.conn.execute(query.order_by(table.digest_next, table.org_id, table.user_id).limit(limit))
    return [(row.org_id, row.user_id) for row in rows]


def claim(uow: UnitOfWork, org_id: str, user_id: str, now: datetime) -> Row[Any] | None:
    """The setting of a person whose digest is due, ours until the commit; None if another node has it or sent it."""
    table = notice_setting.c
    query = select(notice_setting).where(table.org_id == org_id, table.user_id == user_id, table.digest_next <= now)
    return uow.conn.execute(
        query.with_for_update(skip_locked=True) if uow.dialect == "postgresql" else query
    ).one_or_none()


def take(uow: UnitOfWork, row: Row[Any], now: datetime) -> dict[str, Sequence[str]]:
    """The lines of the claimed digest by channel, which wait no more; the next digest is a day on.

    What has come to accuse the person meanwhile is left out (R65).
    """
    mine = (digest_line.c.org_id == row.org_id) & (digest_line.c.user_id == row.user_id)
    found = uow.conn.execute(select(digest_line).where(mine).order_by(digest_line.c.at, digest_line.c.id)).all()
    uow.conn.execute(delete(digest_line).where(mine, digest_line.c.id.in_([one.id for one in found])))
    following = next_at(row.digest_at, now) if row.digest else None
    his = (notice_setting.c.org_id == row.org_id) & (notice_setting.c.user_id == row.user_id)
    uow.conn.execute(update(notice_setting).where(his).values(digest_next=following))
    lines: dict[str, list[str]] = {}
    for one in found:
        if one.case_id is None or free_users(uow, row.org_id, one.case_id, [row.user_id]):
            lines.setdefault(one.channel, []).append(one.text)
    return dict(lines)
