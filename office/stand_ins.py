"""Who stands in for whom now (R05): from the instant a person is away, the other holder of the person's posts has the
open tasks, or whoever the absence names as stand-in (R16).

Nothing is moved when somebody leaves or comes back: who has a task is asked when it is shown or done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    exists,
    literal,
    not_,
    or_,
    select,
    union,
    union_all,
)

from storage.database import UnitOfWork
from storage.tables.people import absence, post, user
from storage.types import Instant

T = TypeVar("T")
Given: TypeAlias = T | BindParameter[T]  # a value, or where it is to be put into a statement that is made once


def principals_of(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime) -> list[str]:
    """For whom the user, who is not away, stands in now."""
    given = {"org_id": org_id, "user_id": user_id, "now": now}
    return list(uow.conn.execute(_PRINCIPALS, given).scalars())


def stand_ins(
    uow: UnitOfWork, org_id: str, user_ids: Iterable[str | None], *, now: datetime
) -> dict[str, tuple[str, str]]:
    """Who of these is away and has a stand-in now: the stand-in's id and name, by user id.

    Of several the one of the first post by name; whom an absence names goes before the other holder of a post.
    """
    wanted = {one for one in user_ids if one}
    if not wanted:
        return {}
    named, others, theirs = absence.alias(), holders(org_id), absence.alias()
    away = is_away(org_id, others.c.holder, now, named=False)
    direct = select(
        named.c.user_id.label("principal"), named.c.stand_in_id.label("by"), literal(0).label("rank"),
        literal("").label("post"),
    ).where(in_force(named, org_id, now), named.c.stand_in_id.is_not(None), named.c.user_id.in_(wanted))  # fmt: skip
    as_other = select(others.c.holder, others.c.other, literal(1), others.c.name).where(
        others.c.holder.in_(wanted), away
    )
    instead = (
        select(others.c.holder, theirs.c.stand_in_id, literal(2), others.c.name)
        .join(theirs, and_(in_force(theirs, org_id, now), theirs.c.user_id == others.c.other))
        .where(
            others.c.holder.in_(wanted), away, theirs.c.stand_in_id.is_not(None),
            theirs.c.stand_in_id != others.c.holder,
        )
    )  # fmt: skip
    found = union_all(direct, as_other, instead).subquery()
    query = (
        select(found.c.principal, user.c.id, user.c.name)
        .join(user, (user.c.org_id == org_id) & (user.c.id == found.c.by))
        .where(user.c.active, not_(is_away(org_id, found.c.by, now)))
        .order_by(found.c.rank.desc(), found.c.post.desc(), user.c.id.desc())
    )
    return {row.principal: (row.id, row.name) for row in uow.conn.execute(query)}


def times_away(
    uow: UnitOfWork, org_id: str, user_ids: Iterable[str], first: datetime, last: datetime
) -> dict[str, list[tuple[datetime, datetime]]]:
    """When these people are away between `first` and `last` (not included), by user id, in order; who is not, is not
    in it."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in absences_between(uow, org_id, set(user_ids), first, last, ended=True):
        found.setdefault(row.user_id, []).append((row.from_at, until_of(row)))
    return found


def absences_between(
    uow: UnitOfWork, org_id: str, user_ids: set[str], from_at: datetime, to_at: datetime, *, ended: bool = False
) -> list[Row[Any]]:
    """Absences of these people that touch the time; with `ended` also those that ended early, until they did."""
    query = select(absence).where(
        absence.c.org_id == org_id,
        absence.c.user_id.in_(user_ids),
        absence.c.from_at < to_at,
        absence.c.to_at > from_at,
    )
    if not ended:
        query = query.where(absence.c.ended_at.is_(None))
    rows = uow.conn.execute(query.order_by(absence.c.from_at, absence.c.id)).all()
    return [row for row in rows if until_of(row) > max(row.from_at, from_at)]


def until_of(row: Row[Any]) -> datetime:
    """When an absence is over: at its end, or earlier if it was ended."""
    until: datetime = row.to_at if row.ended_at is None else min(row.to_at, row.ended_at)
    return until


def holders(org_id: Given[str]) -> Subquery:
    """Each post in use twice: `holder` and the `other` who replaces the holder, with the post's id and name."""
    mine = (post.c.org_id == org_id, post.c.active)
    as_a = select(post.c.id, post.c.name, post.c.a_id.label("holder"), post.c.b_id.label("other")).where(*mine)
    as_b = select(post.c.id, post.c.name, post.c.b_id, post.c.a_id).where(*mine)
    return union_all(as_a, as_b).subquery()


def in_force(away: Any, org_id: Given[str], now: Given[datetime]) -> ColumnElement[bool]:
    """True for an absence that lasts at `now`."""
    return and_(
        away.c.org_id == org_id,
        away.c.from_at <= now,
        away.c.to_at > now,
        or_(away.c.ended_at.is_(None), away.c.ended_at > now),
    )


def is_away(
    org_id: Given[str],
    user_id: ColumnElement[Any],
    now: Given[datetime],
    *,
    named: bool | None = None,
    by: Given[str] | None = None,
) -> ColumnElement[bool]:
    """True where the person is away at `now`; with `named`, by an absence that names a stand-in (`by`), or none."""
    away = absence.alias()
    found = exists().where(in_force(away, org_id, now), away.c.user_id == user_id)
    if named is not None:
        found = found.where(away.c.stand_in_id.is_not(None) if named else away.c.stand_in_id.is_(None))
    if by is not None:
        found = found.where(away.c.stand_in_id == by)
    return found


def _principals() -> Select[str]:
    """The statement of `principals_of`, which is asked with nearly every request."""
    org_id, user_id = bindparam("org_id", type_=String), bindparam("user_id", type_=String)
    now = bindparam("now", type_=Instant)
    named, others = absence.alias(), holders(org_id)
    away = is_away(org_id, others.c.holder, now, named=False)
    direct = select(named.c.user_id.label("principal")).where(
        in_force(named, org_id, now), named.c.stand_in_id == user_id
    )
    as_other = select(others.c.holder).where(others.c.other == user_id, away)
    instead = select(others.c.holder).where(
        away,
        others.c.holder != user_id,
        is_away(org_id, others.c.other, now, named=True, by=user_id),
    )
    found = union(direct, as_other, instead).subquery()
    return select(found.c.principal).where(not_(is_away(org_id, user_id, now))).order_by(found.c.principal)


_PRINCIPALS = _principals()
