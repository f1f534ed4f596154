"""How long cases are kept: holds, what may be destroyed, the lists of destruction."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import retention
from web import acts, disposing
from web.api.common import Program, Reading, Who

router = APIRouter(tags=["档案保管"])


class Reason(BaseModel):
    """Why."""

    reason: str = Field(default="", max_length=1000)


class Proposal(Reason):
    """Cases for a list of destruction, and the opinion on them."""

    case_ids: list[Annotated[str, Field(max_length=60)]] = Field(max_length=retention.MOST + 1)


class OfList(Reason):
    """Which list."""

    list_no: str = Field(max_length=60)


@router.get("/retention", summary="档案保管")
def shown(who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = acts.viewer(uow, who, now)
    archives = bool(viewer.roles & (retention.KEEPERS | retention.APPROVERS))
    return {
        "holds": retention.holds(uow, viewer),
        "due": retention.due(uow, viewer, now=now) if archives else [],
        "lists": retention.lists(uow, viewer) if archives else [],
        "may": {
            "propose": bool(viewer.roles & retention.KEEPERS),
            "approve": bool(viewer.roles & retention.APPROVERS),
        },
    }


@router.post("/retention/propose", summary="提出销毁清册")
def propose(body: Proposal, who: Who, banjie: Program) -> dict[str, str]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = acts.viewer(uow, who, now)
        return {"list_no": retention.propose(uow, viewer, body.case_ids, body.reason, now=now)}


@router.post("/retention/approve", summary="审批销毁清册")
def approve(body: OfList, who: Who, banjie: Program) -> dict[str, bool]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        retention.approve(uow, acts.viewer(uow, who, now), body.list_no, now=now)
    return {"ok": True}


@router.post("/retention/withdraw", summary="撤回销毁清册")
def withdraw(body: OfList, who: Who, banjie: Program) -> dict[str, bool]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        retention.withdraw(uow, acts.viewer(uow, who, now), body.list_no, body.reason, now=now)
    return {"ok": True}


@router.post("/retention/carry-out", summary="执行销毁清册")
def carry_out(body: OfList, who: Who, banjie: Program) -> dict[str, int]:
    return disposing.carry_out(banjie, who, body.list_no)


@router.post("/cases/{case_id}/hold", summary="保全")
def hold(case_id: str, body: Reason, who: Who, banjie: Program) -> dict[str, str]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        return {"id": retention.hold(uow, acts.viewer(uow, who, now), case_id, body.reason, now=now)}


@router.post("/holds/{hold_id}/lift", summary="解除保全")
def lift(hold_id: str, body: Reason, who: Who, banjie: Program) -> dict[str, bool]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        retention.lift(uow, acts.viewer(uow, who, now), hold_id, body.reason, now=now)
    return {"ok": True}
