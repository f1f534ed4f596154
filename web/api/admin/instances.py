"""Where instances stand, and their end by an administrator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from engine.moves import door
from office import access
from storage.tables import engine as tables
from storage.tables import office as office_tables
from web import moving
from web.acts import viewer
from web.api.common import Admin, Program, Reading
from web.api.searches import InstancesPage, InstancesSearch

router = APIRouter()


@router.get("/instances", summary="流程实例")
def instances(who: Admin, uow: Reading, asked: Annotated[InstancesPage, Query()]) -> dict[str, Any]:
    return search_instances(who, uow, InstancesSearch(**asked.model_dump()))


@router.post("/instances/search", summary="查找流程实例")
def search_instances(who: Admin, uow: Reading, asked: InstancesSearch) -> dict[str, Any]:
    """Where instances stand. Shows numbers, never the matter or the person: an administrator is not a case worker."""
    table, case = tables.instance, office_tables.case_file
    query = (
        select(table, case.c.number)
        .outerjoin(case, (case.c.org_id == table.c.org_id) & (case.c.id == table.c.business_key))
        .where(table.c.org_id == who.org_id, access.not_accused(viewer(uow, who), table.c.business_key))
    )
    if asked.state != "all":
        query = query.where(table.c.state == asked.state)
    if asked.key:
        query = query.where(table.c.process_key == asked.key)
    if asked.q:
        query = query.where(case.c.number.contains(asked.q, autoescape=True))
    total = uow.conn.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = uow.conn.execute(
        query.order_by(table.c.started_at.desc(), table.c.id).limit(asked.size).offset((asked.page - 1) * asked.size)
    )
    broken = select(tables.incident.c.instance_id, func.count()).where(
        tables.incident.c.org_id == who.org_id, tables.incident.c.resolved_at.is_(None)
    )
    broken = broken.group_by(tables.incident.c.instance_id)
    counts: dict[str, int] = {instance_id: count for instance_id, count in uow.conn.execute(broken)}
    items = [
        {
            "id": row.id,
            "process_key": row.process_key,
            "number": row.number,
            "case_id": row.business_key,
            "state": row.state,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "incidents": counts.get(row.id, 0),
        }
        for row in rows
    ]
    return {"total": total, "items": items}


class Reason(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


@router.post("/instances/{instance_id}/cancel", summary="终止流程实例")
def cancel(instance_id: str, body: Reason, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        access.require_not_accused(uow, viewer(uow, who), tables.instance, instance_id)
        banjie.engine.cancel(uow, who.org_id, instance_id, body.reason, actor=who.user_id)
    return {"ok": True}


@router.get("/instances/{instance_id}/places", summary="令牌所在的位置")
def places(instance_id: str, who: Admin, uow: Reading, banjie: Program) -> dict[str, Any]:
    access.require_not_accused(uow, viewer(uow, who), tables.instance, instance_id)
    return door.places(banjie.engine, uow, who.org_id, instance_id)


class Wanted(BaseModel):
    """A token (left out: a new one) and an element (left out: the token is taken away)."""

    token_id: str | None = Field(default=None, max_length=100)
    element_id: str | None = Field(default=None, max_length=200)
    after: bool = False


class Moving(Wanted, Reason):
    """With the reason."""


@router.post("/instances/{instance_id}/move/preview", summary="移动：预览")
def move_preview(instance_id: str, body: Wanted, who: Admin, banjie: Program) -> dict[str, Any]:
    return moving.move_preview(
        banjie, who, instance_id, token_id=body.token_id, element_id=body.element_id, after=body.after
    )


@router.post("/instances/{instance_id}/move", summary="移动")
def move(instance_id: str, body: Moving, who: Admin, banjie: Program) -> dict[str, bool]:
    moving.move(
        banjie, who, instance_id, body.reason, token_id=body.token_id, element_id=body.element_id, after=body.after
    )
    return {"ok": True}
