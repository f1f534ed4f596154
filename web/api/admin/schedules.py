"""Recurring duties: their dates to come, what came of the past ones, changing a rule, starting a date by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from office import organisations, people, schedule_book, schedules
from office.profiles import parts_of
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables import engine as tables
from web import schedules as work
from web.api.common import Admin, Program, Reading

router = APIRouter()

_PAST = timedelta(days=62)  # how far back the page looks


class Change(BaseModel):
    """What this office does otherwise than its profile says; what is left out stays, `reset` takes all back."""

    title: str | None = Field(default=None, max_length=40)
    rule: str | None = Field(default=None, max_length=80)
    on_holiday: str | None = None
    hours: list[str] | None = Field(default=None, max_length=6)
    at: str | None = None
    ahead: int | None = None
    opens: str | None = None
    missed: str | None = None
    starts: str | None = Field(default=None, max_length=100)
    active: bool | None = None
    reset: bool = False


@router.get("/schedules", summary="日程")
def all_schedules(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    """Every duty of the profile with its next ten dates, those left out in between, and what came of the last ones."""
    profile, calendar = organisations.profile_of(uow, who.org_id), organisations.calendar_of(uow, who.org_id)
    today = banjie.clock.now().date()
    troubles = schedule_book.troubles(uow, who.org_id)
    past = schedule_book.dates(uow, who.org_id, first=today - _PAST, limit=1000)
    names = people.names_of(uow, who.org_id, [row["by"] for row in past])
    processes = _process_names(uow, who.org_id)
    return [
        {
            **schedules.schedule_json(one),
            "process": processes.get(one.starts or ""),
            "error": troubles.get(one.code),
            "next": [found.to_json() for found in schedules.upcoming(profile, one.code, today, calendar)],
            "past": [
                {key: row[key] for key in ("nominal", "day", "opened_at", "state", "state_text", "note", "case_id")}
                | {"by": names.get(row["by"], row["by"])}
                for row in past
                if row["code"] == one.code
            ],
        }
        for one in sorted(profile.schedules.values(), key=lambda one: one.code)
        if one.active or one.origin == "organisation"  # the rules of words without a number are no duties
    ]


@router.post("/schedules/{code}", summary="修改日程")
def change(code: str, body: Change, who: Admin, banjie: Program) -> dict[str, bool]:
    wanted = body.model_dump(exclude_unset=True, exclude={"reset"})
    wanted = {key: value for key, value in wanted.items() if value is not None or key == "starts"}
    if "starts" in wanted:
        wanted["starts"] = wanted["starts"] or None
    if not wanted and not body.reset:
        raise Refusal("schedule.no_change", "没有要修改的内容。")
    with banjie.store.begin() as uow:
        profile = organisations.profile_of(uow, who.org_id)
        profile.schedule(code)
        own = dict(organisations.get_organisation(uow, who.org_id).parameters)
        of_limit, of_schedule = parts_of(own.pop(code, {}))  # R19.check is a limit as well
        found = {**of_limit, **({} if body.reset else of_schedule), **wanted}
        if found:
            own[code] = found
        organisations.change_organisation(uow, who.org_id, parameters=own)
        work.changed(banjie, uow, who.org_id)
    return {"ok": True}


@router.post("/schedules/{code}/dates/{nominal}/start", summary="补启动一个日期")
def start(code: str, nominal: date, who: Admin, banjie: Program) -> dict[str, str]:
    return {"case_id": work.start_by_hand(banjie, who.org_id, code, nominal, actor=who.user_id)}


def _process_names(uow: UnitOfWork, org_id: str) -> dict[str, str]:
    """Name of the newest version of each deployed process."""
    table = tables.deployment
    query = select(table.c.key, table.c.name).where(table.c.org_id == org_id).order_by(table.c.version)
    return {row.key: row.name for row in uow.conn.execute(query)}
