"""Who stands in for whom now (R05): B of a post has A's open tasks from the instant A is away.

Nothing is moved when somebody leaves or comes back: who has a task is asked when it is shown or done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, not_, or_, select

from storage.database import UnitOfWork
from storage.tables.people import absence, post, user


def principals_of(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime) -> list[str]:
    """For whom the user stands in now: the A, away, of posts whose B is the user, who is not."""
    query = (
        select(post.c.a_id)
        .where(
            post.c.org_id == org_id,
            post.c.active,
            post.c.b_id == user_id,
            is_away(org_id, post.c.a_id, now),
            not_(is_away(org_id, post.c.b_id, now)),
        )
        .distinct()
        .order_by(post.c.a_id)
    )
    return [row.a_id for row in uow.conn.execute(query)]


def stand_ins(
    uow: UnitOfWork, org_id: str, user_ids: Iterable[str | None], *, now: datetime
) -> dict[str, tuple[str, str]]:
    """Who of these is away and has a stand-in now: the stand-in's id and name, by user id."""
    wanted = {one for one in user_ids if one}
    if not wanted:
        return {}
    query = (
        select(post.c.a_id, user.c.id, user.c.name)
        .join(user, (user.c.org_id == post.c.org_id) & (user.c.id == post.c.b_id))
        .where(
            post.c.org_id == org_id,
            post.c.active,
            post.c.a_id.in_(wanted),
            user.c.active,
            is_away(org_id, post.c.a_id, now),
            not_(is_away(org_id, post.c.b_id, now)),
        )
        .order_by(post.c.name.desc(), post.c.id)
    )
    return {row.a_id: (row.id, row.name) for row in uow.conn.execute(query)}


def is_away(org_id: str, user_id: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    """True where the person is away at `now`."""
    away = absence.alias()
    return exists().where(
        away.c.org_id == org_id,
        away.c.user_id == user_id,
        away.c.from_at <= now,
        away.c.to_at > now,
        or_(away.c.ended_at.is_(None), away.c.ended_at > now),
    )
