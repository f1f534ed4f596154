"""退回, 撤回 and 转办: where to, what it would cancel, and doing it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from web import moving, transferring
from web.api.common import Program, Who, Whole

router = APIRouter(tags=["待办"])


class Target(BaseModel):
    """The earlier step, as the list of possible ones names it."""

    target: Whole


class Opinion(BaseModel):
    """Why."""

    opinion: str = Field(min_length=1, max_length=2000)


class Returning(Target, Opinion):
    """Where to, and why."""


@router.get("/tasks/{task_id}/returns", summary="可以退回到的环节")
def returns(task_id: str, who: Who, banjie: Program) -> list[dict[str, Any]]:
    with banjie.store.begin(write=False) as uow:
        return moving.returns(banjie, uow, who, task_id)


@router.post("/tasks/{task_id}/return/preview", summary="退回：预览")
def return_preview(task_id: str, body: Target, who: Who, banjie: Program) -> dict[str, Any]:
    return moving.return_preview(banjie, who, task_id, body.target)


@router.post("/tasks/{task_id}/return", summary="退回")
def return_task(task_id: str, body: Returning, who: Who, banjie: Program) -> dict[str, Any]:
    return {"case_id": moving.return_task(banjie, who, task_id, body.target, body.opinion)}


@router.post("/tasks/{task_id}/withdraw/preview", summary="撤回：预览")
def withdraw_preview(task_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    return moving.withdraw_preview(banjie, who, task_id)


@router.post("/tasks/{task_id}/withdraw", summary="撤回")
def withdraw(task_id: str, body: Opinion, who: Who, banjie: Program) -> dict[str, Any]:
    return {"case_id": moving.withdraw(banjie, who, task_id, body.opinion)}


class Transfer(BaseModel):
    """To a person or to a unit, and why."""

    user_id: str | None = Field(default=None, max_length=64)
    unit_id: str | None = Field(default=None, max_length=64)
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/tasks/{task_id}/transfer", summary="转办")
def transfer(task_id: str, body: Transfer, who: Who, banjie: Program) -> dict[str, Any]:
    case_id = transferring.transfer(banjie, who, task_id, body.reason, user_id=body.user_id, unit_id=body.unit_id)
    return {"case_id": case_id}


class Transfers(Transfer):
    """Which tasks, to whom, and why."""

    ids: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=100)


@router.post("/batch/transfer", summary="批量转办")
def transfer_several(body: Transfers, who: Who, banjie: Program) -> list[dict[str, Any]]:
    return transferring.transfer_several(banjie, who, body.ids, body.reason, user_id=body.user_id, unit_id=body.unit_id)
