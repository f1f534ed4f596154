"""Where instances stand, and the incidents among them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from engine import incidents
from office import access
from storage.database import UnitOfWork
from storage.errors import NotFound
from storage.tables import engine as tables
from storage.tables import office as office_tables
from web.acts import Actor
from web.api.common import Admin, Program, Reading
from web.api.labels import Labels

router = APIRouter()


@router.get("/instances", summary="流程实例")
def instances(
    who: Admin,
    uow: Reading,
    state: str = "active",
    key: str | None = None,
    q: str | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Where instances stand. Shows numbers, never the matter or the person: an administrator is not a case worker."""
    table, case = tables.instance, office_tables.case_file
    query = (
        select(table, case.c.number)
        .outerjoin(case, (case.c.org_id == table.c.org_id) & (case.c.id == table.c.business_key))
        .where(table.c.org_id == who.org_id, _not_against_me(uow, who, table.c.business_key))
    )
    if state != "all":
        query = query.where(table.c.state == state)
    if key:
        query = query.where(table.c.process_key == key)
    if q:
        query = query.where(case.c.number.contains(q, autoescape=True))
    total = uow.conn.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = uow.conn.execute(query.order_by(table.c.started_at.desc(), table.c.id).limit(size).offset((page - 1) * size))
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

    reason: str = Field(min_length=1, max_length=500)


@router.post("/instances/{instance_id}/cancel", summary="终止流程实例")
def cancel(instance_id: str, body: Reason, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        _require_not_against_me(uow, who, tables.instance, instance_id)
        banjie.engine.cancel(uow, who.org_id, instance_id, body.reason, actor=who.user_id)
    return {"ok": True}


@router.get("/incidents", summary="异常")
def open_incidents(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    table = tables.incident
    mine = select(table.c.id).where(table.c.org_id == who.org_id, _not_against_me(uow, who, table.c.business_key))
    shown = set(uow.conn.execute(mine).scalars())
    found = [row for row in incidents.open_incidents(uow, who.org_id) if row["id"] in shown]
    case = office_tables.case_file
    ids = {row["business_key"] for row in found if row["business_key"]}
    query = select(case.c.id, case.c.number).where(case.c.org_id == who.org_id, case.c.id.in_(ids))
    numbers = {case_id: number for case_id, number in uow.conn.execute(query)}
    names = _element_names(banjie, uow, who.org_id, found)
    return [
        {**row, "element_name": name, "case_id": row["business_key"], "number": numbers.get(row["business_key"])}
        for row, name in zip(found, names, strict=True)
    ]


@router.post("/incidents/{incident_id}/retry", summary="重试")
def retry(incident_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        _require_not_against_me(uow, who, tables.incident, incident_id)
        incidents.retry(banjie.engine, uow, who.org_id, incident_id, actor=who.user_id)
    return {"ok": True}


def _element_names(banjie: Program, uow: UnitOfWork, org_id: str, found: list[dict[str, Any]]) -> list[str]:
    """What the elements of incidents are called, in the versions that their instances run by."""
    table = tables.instance
    ids = {row["instance_id"] for row in found}
    query = select(table.c.id, table.c.definition_hash).where(table.c.org_id == org_id, table.c.id.in_(ids))
    hashes: dict[str, str] = {row.id: row.definition_hash for row in uow.conn.execute(query)}
    labels, versions = Labels(banjie.engine, uow, org_id), banjie.engine.versions
    return [labels.element_name(versions.by_hash(uow, hashes[row["instance_id"]]), row["element_id"]) for row in found]


def _not_against_me(uow: UnitOfWork, who: Actor, case_id: Any) -> Any:
    """True where the administrator is not accused in the case (R65 knows no exception for administrators)."""
    return access.not_accused(access.viewer_of(uow, who.org_id, who.user_id), case_id)


def _require_not_against_me(uow: UnitOfWork, who: Actor, table: Any, row_id: str) -> None:
    mine = _not_against_me(uow, who, table.c.business_key)
    query = select(table.c.id).where(table.c.org_id == who.org_id, table.c.id == row_id, mine)
    if uow.conn.execute(query).first() is None:
        raise NotFound("instance.unknown", "没有这个流程实例或异常。")
