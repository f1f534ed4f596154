"""The office's calendar."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from office import organisations
from web import acts
from web.api.common import Admin, Program, Reading

router = APIRouter()


class YearText(BaseModel):
    """A year's table as JSON or CSV text."""

    text: str = Field(max_length=200_000)


@router.get("/calendar", summary="年度日历")
def calendar(year: Annotated[int, Query(ge=2004, le=2100)], who: Admin, uow: Reading) -> dict[str, Any]:
    return organisations.describe_year(uow, who.org_id, year)


@router.post("/calendar", summary="装入年度日历")
def load_calendar(body: YearText, who: Admin, banjie: Program) -> dict[str, Any]:
    return {"changes": acts.load_calendar(banjie, who, body.text)}


class DayBody(BaseModel):
    """A day of the office: it works, it does not, or (null) the year's table decides."""

    day: date
    working: bool | None
    reason: str = Field(max_length=200)


@router.post("/calendar/days", summary="单日调整")
def set_day(body: DayBody, who: Admin, banjie: Program) -> dict[str, Any]:
    return {"changes": acts.set_day(banjie, who, body.day, body.working, body.reason)}
