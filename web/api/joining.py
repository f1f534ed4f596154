"""并案 and 分案: a preview, merging, and taking one out again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office.joint import MOST
from web import joining
from web.api.common import Program, Who

router = APIRouter(tags=["并案"])
Id = Annotated[str, Field(min_length=1, max_length=64)]


class Merged(BaseModel):
    """Which cases are to rest under this one."""

    case_ids: list[Id] = Field(min_length=1, max_length=MOST)


class Merge(Merged):
    """The same, and why."""

    opinion: str = Field(min_length=1, max_length=2000)


class Split(BaseModel):
    """Which case is to stand for itself again, and why."""

    case_id: Id
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/cases/{case_id}/merge/preview", summary="并案：预览")
def preview(case_id: str, body: Merged, who: Who, banjie: Program) -> dict[str, Any]:
    return joining.preview(banjie, who, case_id, body.case_ids)


@router.post("/cases/{case_id}/merge", summary="并案")
def merge(case_id: str, body: Merge, who: Who, banjie: Program) -> dict[str, bool]:
    joining.merge(banjie, who, case_id, body.case_ids, body.opinion)
    return {"ok": True}


@router.post("/cases/{case_id}/split", summary="分案")
def split(case_id: str, body: Split, who: Who, banjie: Program) -> dict[str, bool]:
    joining.split(banjie, who, case_id, body.case_id, body.reason)
    return {"ok": True}
