"""事项变化: what may happen to a case beside its steps - what its diagrams wait for, its clock, its links."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import access
from storage.errors import NotFound
from web import acts, linking, reporting, stopping
from web.api.common import Body, Program, Who

router = APIRouter(tags=["事项变化"])
Id = Annotated[str, Field(min_length=1, max_length=64)]


class Limits(BaseModel):
    """Which limits of the case, and why."""

    deadline_ids: list[Id] = Field(min_length=1, max_length=50)
    reason: str = Field(min_length=1, max_length=2000)


class Stop(Limits):
    """For which cause, until when probably, and by which document the person was told."""

    cause: str = Field(max_length=40)
    expected_on: date
    document_id: Id | None = None


class Report(BaseModel):
    """Which of the offered reports, and the answers of its form."""

    id: Id
    answers: Body = Field(default_factory=dict)


class Link(BaseModel):
    """With which other case, and why."""

    other_id: Id
    reason: str = Field(min_length=1, max_length=2000)


@router.get("/cases/{case_id}/changes", summary="事项变化：可以办理的")
def offered(case_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    with banjie.store.begin(write=False) as uow:
        seen = acts.viewer(uow, who, now)
        if not access.may_see_case(uow, seen, case_id):
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
        limits = stopping.offered(uow, who.org_id, case_id) if access.may_act_for(uow, seen, case_id) else []
        return {"limits": limits, "reports": reporting.offered(banjie, uow, seen, case_id)}


@router.post("/cases/{case_id}/stop", summary="停止计时")
def stop(case_id: str, body: Stop, who: Who, banjie: Program) -> dict[str, bool]:
    stopping.stop(
        banjie, who, case_id, body.deadline_ids, cause=body.cause, reason=body.reason, expected_on=body.expected_on,
        document_id=body.document_id,
    )  # fmt: skip
    return {"ok": True}


@router.post("/cases/{case_id}/resume", summary="恢复计时")
def resume(case_id: str, body: Limits, who: Who, banjie: Program) -> dict[str, bool]:
    stopping.resume(banjie, who, case_id, body.deadline_ids, reason=body.reason)
    return {"ok": True}


@router.post("/cases/{case_id}/links", summary="登记关联事项")
def link(case_id: str, body: Link, who: Who, banjie: Program) -> dict[str, bool]:
    linking.link(banjie, who, case_id, body.other_id, body.reason)
    return {"ok": True}


@router.post("/cases/{case_id}/links/remove", summary="解除关联")
def unlink(case_id: str, body: Link, who: Who, banjie: Program) -> dict[str, bool]:
    linking.unlink(banjie, who, case_id, body.other_id, body.reason)
    return {"ok": True}


@router.post("/cases/{case_id}/reports", summary="登记发生的情况")
def report(case_id: str, body: Report, who: Who, banjie: Program) -> dict[str, bool]:
    reporting.report(banjie, who, case_id, body.answers, id=body.id)
    return {"ok": True}
