"""Incidents: what stopped, and its repair, one at a time or many together."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from engine import incidents
from office import access
from storage.database import UnitOfWork
from storage.errors import BanjieError, Refusal
from storage.tables import engine as tables
from storage.tables import office as office_tables
from web.acts import Actor, viewer
from web.api.admin.instances import Reason
from web.api.common import Admin, Program, Reading
from web.api.labels import Labels

router = APIRouter()
_ALONE = {"channel.send": "发送通知", "webhook.send": "推送事件"}  # handlers whose jobs belong to no instance


class Repair(BaseModel):
    """How to try again: `inputs`, if given, replace those of the job."""

    inputs: dict[str, Any] | None = None


class Skip(Reason):
    """Why it is skipped; `done`: whether it was done otherwise, so that a compensation has to undo it."""

    done: bool = True


class Repairs(BaseModel):
    """One act on several incidents; a skip needs a reason, and says whether it was done otherwise."""

    ids: list[str] = Field(min_length=1, max_length=500)
    act: Literal["retry", "skip"]
    reason: str | None = Field(default=None, max_length=500)
    done: bool = True


@router.get("/incidents", summary="异常")
def open_incidents(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    table = tables.incident
    mine = select(table.c.id).where(
        table.c.org_id == who.org_id, access.not_accused(viewer(uow, who), table.c.business_key)
    )
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


@router.get("/incidents/{incident_id}/inputs", summary="自动处理的输入")
def inputs(incident_id: str, who: Admin, banjie: Program) -> dict[str, Any]:
    """What the handler was given. It may tell of the matter, so that who looks is written down."""
    with banjie.store.begin() as uow:
        access.require_not_accused(uow, viewer(uow, who), tables.incident, incident_id)
        found = incidents.inputs_of(uow, who.org_id, incident_id)
        table = tables.incident
        case = select(table.c.business_key).where(table.c.org_id == who.org_id, table.c.id == incident_id)
        case_id = uow.conn.execute(case).scalar()
        access.require_not_masked(uow, viewer(uow, who), case_id)
        now = banjie.clock.now()
        access.log_access(uow, who.org_id, who.user_id, case_id, "inputs", now=now, source=who.source)
    return found


@router.post("/incidents/{incident_id}/retry", summary="重试")
def retry(incident_id: str, who: Admin, banjie: Program, body: Repair | None = None) -> dict[str, bool]:
    _repair(banjie, who, incident_id, inputs=body.inputs if body is not None else None)
    return {"ok": True}


@router.post("/incidents/{incident_id}/skip", summary="跳过")
def skip(incident_id: str, body: Skip, who: Admin, banjie: Program) -> dict[str, bool]:
    _repair(banjie, who, incident_id, skip=body.reason, done=body.done)
    return {"ok": True}


@router.post("/incidents/repair", summary="批量重试或跳过")
def repair(body: Repairs, who: Admin, banjie: Program) -> dict[str, Any]:
    """Each in a transaction of its own: gives how many were done, and why the others were not."""
    if body.act == "skip" and not (body.reason or "").strip():
        raise Refusal("incident.reason_missing", "跳过须填写原因。", field="reason")
    ids, refused = list(dict.fromkeys(body.ids)), []
    for incident_id in ids:
        try:
            _repair(banjie, who, incident_id, skip=body.reason if body.act == "skip" else None, done=body.done)
        except BanjieError as error:
            refused.append({"id": incident_id, **error.to_json()})
    return {"done": len(ids) - len(refused), "refused": refused}


def _repair(
    banjie: Program,
    who: Actor,
    incident_id: str,
    *,
    skip: str | None = None,
    done: bool = True,
    inputs: dict[str, Any] | None = None,
) -> None:
    with banjie.store.begin() as uow:
        access.require_not_accused(uow, viewer(uow, who), tables.incident, incident_id)
        if skip is not None:
            reason = skip.strip()
            incidents.skip(banjie.engine, uow, who.org_id, incident_id, actor=who.user_id, reason=reason, done=done)
        else:
            incidents.retry(banjie.engine, uow, who.org_id, incident_id, actor=who.user_id, inputs=inputs)


def _element_names(banjie: Program, uow: UnitOfWork, org_id: str, found: list[dict[str, Any]]) -> list[str]:
    """What the elements of incidents are called, in the versions that their instances run by."""
    table = tables.instance
    ids = {row["instance_id"] for row in found}
    query = select(table.c.id, table.c.definition_hash).where(table.c.org_id == org_id, table.c.id.in_(ids))
    hashes: dict[str, str] = {row.id: row.definition_hash for row in uow.conn.execute(query)}
    labels, versions = Labels(banjie.engine, uow, org_id), banjie.engine.versions
    told = []
    for row in found:  # a start by a timer has no instance: the version in force is meant
        if not row["process_key"]:  # a job of no instance
            told.append(_ALONE.get(row["element_id"], row["element_id"]))
            continue
        pinned = hashes.get(row["instance_id"])
        definition = versions.by_hash(uow, pinned) if pinned else versions.current(uow, org_id, row["process_key"])
        told.append(labels.element_name(definition, row["element_id"]))
    return told
