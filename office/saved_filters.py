"""Views of the inbox under a name: one's own, and those that others share with the unit or the whole office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select

from office import inbox
from office.access import Viewer
from office.people import names_of
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.office import saved_filter
from storage.types import new_id

OWN, EVERYBODY = "", "*"
_MOST = 30  # of one person
_ALLOWED: Mapping[str, tuple[str, ...] | None] = {
    "filter": ("all", "mine", "group"),
    "light": ("", *inbox.LIGHTS),
    "sort": ("due", "number", "created"),
    "q": None,
}


def save(
    uow: UnitOfWork, viewer: Viewer, name: str, query: Mapping[str, Any], *, shared: str = OWN, now: datetime
) -> str:
    """Keep a view; gives its id. `shared`: nobody, the viewer's unit (its id), or everybody (leaders, administrators).

    Errors: `filter.no_name`, `filter.bad_query`, `filter.not_shared`, `filter.exists`, `filter.too_many`.
    """
    name = name.strip()
    if not name or len(name) > 30:
        raise Refusal("filter.no_name", "请填写筛选的名称，不超过30个字。", field="name")
    if shared not in (OWN, viewer.unit_id) and not (shared == EVERYBODY and (viewer.is_leader or viewer.is_admin)):
        raise Refusal("filter.not_shared", "只能共享给自己所在的机构；领导和管理员可以共享给全单位。", field="shared")
    for key, value in query.items():
        allowed = _ALLOWED.get(key, ())
        if not isinstance(value, str) or len(value) > 100 or (allowed is not None and value not in allowed):
            raise Refusal("filter.bad_query", "这个筛选条件不能保存。", field=key)
    mine = and_(saved_filter.c.org_id == viewer.org_id, saved_filter.c.owner_id == viewer.user_id)
    if uow.conn.execute(select(saved_filter.c.id).where(mine, saved_filter.c.name == name)).first() is not None:
        raise Conflict("filter.exists", f"您已有名为“{name}”的筛选，请换一个名称。", field="name")
    if uow.conn.execute(select(func.count()).select_from(saved_filter).where(mine)).scalar_one() >= _MOST:
        raise Refusal("filter.too_many", f"最多保存{_MOST}个筛选，请先删去不用的。")
    filter_id = new_id()
    uow.conn.execute(
        insert(saved_filter).values(
            org_id=viewer.org_id,
            id=filter_id,
            owner_id=viewer.user_id,
            name=name,
            query=dict(query),
            shared=shared,
            at=now,
        )
    )
    return filter_id


def remove(uow: UnitOfWork, viewer: Viewer, filter_id: str) -> None:
    """Forget a view of one's own. Errors: NotFound `filter.unknown`."""
    mine = and_(
        saved_filter.c.org_id == viewer.org_id,
        saved_filter.c.id == filter_id,
        saved_filter.c.owner_id == viewer.user_id,
    )
    if uow.conn.execute(delete(saved_filter).where(mine)).rowcount == 0:
        raise NotFound("filter.unknown", "没有这个筛选，或者不是您保存的。")


def filters_of(uow: UnitOfWork, viewer: Viewer, *, now: datetime) -> list[dict[str, Any]]:
    """The views of the viewer, own first, each with how many of the viewer's own tasks it shows now."""
    query = select(saved_filter).where(saved_filter.c.org_id == viewer.org_id, _for(viewer))
    own_first = saved_filter.c.owner_id != viewer.user_id
    rows = uow.conn.execute(query.order_by(own_first, saved_filter.c.at, saved_filter.c.id).limit(2 * _MOST)).all()
    names = names_of(uow, viewer.org_id, [row.owner_id for row in rows])
    return [
        {
            "id": row.id,
            "name": row.name,
            "query": row.query,
            "shared": row.shared,
            "mine": row.owner_id == viewer.user_id,
            "owner_name": names.get(row.owner_id),
            "count": _count(uow, viewer, row.query, now),
        }
        for row in rows
    ]


def _for(viewer: Viewer) -> ColumnElement[bool]:
    return or_(saved_filter.c.owner_id == viewer.user_id, saved_filter.c.shared.in_([EVERYBODY, viewer.unit_id or "-"]))


def _count(uow: UnitOfWork, viewer: Viewer, query: Mapping[str, Any], now: datetime) -> int:
    which, light, words = query.get("filter", "all"), query.get("light") or None, query.get("q", "")
    return inbox.count(uow, viewer, now=now, which=which, light=light, query=words)
