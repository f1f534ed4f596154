"""加签, 会签 and 委派: asking, answering, and what is asked of the one who is logged in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import access, askings
from web import asking
from web.api.common import Body, Program, Reading, Who

router = APIRouter(tags=["会签"])
Id = Annotated[str, Field(min_length=1, max_length=64)]


class People(BaseModel):
    """Who is asked (more), and why."""

    user_ids: list[Id] = Field(min_length=1, max_length=askings.MOST)
    reason: str = Field(min_length=1, max_length=2000)


class Asking(People):
    """A round: `delegate` to one, opinions `before` the step is completed, or agreement `after`, with its answers."""

    kind: Literal["delegate", "before", "after"]
    rule: Literal["all", "any", "share", "order"] = "all"
    share: int | None = Field(default=None, ge=1, le=100)
    answers: Body | None = None


class Removal(BaseModel):
    """Whom not to ask any longer (nobody named: the whole round is taken back), and why."""

    user_id: str | None = Field(default=None, max_length=64)
    reason: str = Field(min_length=1, max_length=2000)


class Opinion(BaseModel):
    """What one says; a delegate also the fields of the form."""

    agrees: bool = True
    opinion: str = Field(default="", max_length=2000)
    answers: Body | None = None


@router.get("/askings", summary="请我会签或委派给我的")
def asked(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    now = banjie.clock.now()
    return askings.waiting_for(uow, access.viewer_of(uow, who.org_id, who.user_id, now=now), now=now)


@router.post("/tasks/{task_id}/askings", summary="会签、委派")
def ask(task_id: str, body: Asking, who: Who, banjie: Program) -> dict[str, str]:
    asking_id = asking.ask(
        banjie, who, task_id, kind=body.kind, rule=body.rule, share=body.share, user_ids=body.user_ids,
        reason=body.reason, answers=body.answers,
    )  # fmt: skip
    return {"id": asking_id}


@router.get("/askings/{asking_id}", summary="一次会签或委派")
def one(asking_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    return asking.shown(banjie, who, asking_id)


@router.post("/askings/{asking_id}/answer", summary="答复会签、交回委派")
def answer(asking_id: str, body: Opinion, who: Who, banjie: Program) -> dict[str, Any]:
    given = asking.answer(banjie, who, asking_id, agrees=body.agrees, opinion=body.opinion, answers=body.answers)
    return {"case_id": given}


@router.post("/askings/{asking_id}/add", summary="加签")
def add(asking_id: str, body: People, who: Who, banjie: Program) -> dict[str, bool]:
    asking.add(banjie, who, asking_id, body.user_ids, body.reason)
    return {"ok": True}


@router.post("/askings/{asking_id}/remove", summary="减签、撤销")
def remove(asking_id: str, body: Removal, who: Who, banjie: Program) -> dict[str, Any]:
    return {"case_id": asking.remove(banjie, who, asking_id, body.user_id, body.reason)}
