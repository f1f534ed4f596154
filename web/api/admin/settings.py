"""The office's settings: profile, statute, own values; and the log of what was changed of the office."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import office_log, settings
from web import acts
from web.api.common import Admin, Program, Reading

router = APIRouter()


class Wanted(BaseModel):
    """All settings as they are to be; null: as the profile says. `recompute`: also the open deadlines."""

    profile: str = Field(max_length=100)
    overlay: bool | None
    roll: bool | None
    day_end: str | None = Field(max_length=8)
    parameters: dict[str, Any]
    recompute: bool
    reason: str = Field(max_length=500)


@router.get("/settings", summary="单位设置")
def shown(who: Admin, uow: Reading) -> dict[str, Any]:
    return settings.describe(uow, who.org_id)


@router.post("/settings", summary="修改单位设置")
def change(body: Wanted, who: Admin, banjie: Program) -> dict[str, Any]:
    wanted = settings.Settings(**body.model_dump(exclude={"recompute", "reason"}))
    return {"changes": acts.change_settings(banjie, who, wanted, recompute=body.recompute, reason=body.reason)}


@router.get("/office-log", summary="单位变更记录")
def log(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    subjects = ("settings", "calendar", "unit", "post", "user", "channel", "webhook", "safety", "external")
    return office_log.changes(uow, who.org_id, *subjects)
