"""The supervisor's list, yellow and red cards, the unit's replies; the monthly statistics (R58, R64)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from office import access, statistics, supervision_book
from web import acts
from web.api.common import Program, Reading, Who

router = APIRouter(tags=["统计"])

Year = Annotated[int, Query(ge=2000, le=2100)]
Month = Annotated[int, Query(ge=1, le=12)]


@router.get("/supervisions", summary="督办台账")
def listed(
    who: Who,
    uow: Reading,
    banjie: Program,
    state: Literal["open", "overdue", "closed", "all"] = "open",
    card: Literal["yellow", "red", "none"] | None = None,
    unit: str | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    access.require_overview(viewer)
    return supervision_book.listed(
        uow, viewer, now=now, state=state, card=card, unit_id=unit, offset=(page - 1) * size, limit=size
    )


class Warning(BaseModel):
    """A card: which, why and what to put right, by when."""

    colour: Literal["yellow", "red"]
    text: str = Field(min_length=1, max_length=2000)
    due: date


class Reply(BaseModel):
    """What the unit answers."""

    text: str = Field(min_length=1, max_length=2000)


@router.post("/supervisions/{supervision_id}/warn", summary="督办亮牌")
def warn(supervision_id: str, body: Warning, who: Who, banjie: Program) -> dict[str, bool]:
    acts.warn(banjie, who, supervision_id, colour=body.colour, text=body.text, due_on=body.due)
    return {"ok": True}


@router.post("/supervisions/{supervision_id}/reply", summary="答复督办")
def reply(supervision_id: str, body: Reply, who: Who, banjie: Program) -> dict[str, bool]:
    acts.reply_supervision(banjie, who, supervision_id, text=body.text)
    return {"ok": True}


@router.get("/statistics", summary="月度统计")
def monthly(who: Who, uow: Reading, banjie: Program, year: Year, month: Month) -> dict[str, Any]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    access.require_overview(viewer)
    return statistics.monthly(uow, viewer, year, month)
