"""Registers, documents, notices, and the deadline calculator."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from office import access, access_pages, documents, leave_book, notices, organisations, registers
from office.deadline_book import checked_mode, checked_unit
from office.deadlines import cli_json
from office.register_catalogue import REGISTERS
from storage.clock import local
from storage.errors import Refusal
from web import acts
from web.api.answers import files
from web.api.common import Program, Reading, Who, Whole
from web.api.labels import Labels
from web.api.searches import Page, ReadsPage, ReadsSearch, Search

router = APIRouter(tags=["登记簿与文书"])
_LONGEST = 20_000  # characters of one field


@router.get("/registers", summary="登记簿目录")
def catalogue(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    counts = registers.counts(uow, access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now()))
    return [{"register": key, "name": item.name, "count": counts.get(key, 0)} for key, item in REGISTERS.items()]


@router.get("/registers/{register}", summary="登记簿")
def register(register: str, who: Who, uow: Reading, banjie: Program, asked: Annotated[Page, Query()]) -> dict[str, Any]:
    return search_register(register, who, uow, banjie, Search(**asked.model_dump()))


@router.post("/registers/{register}/search", summary="查找登记")
def search_register(register: str, who: Who, uow: Reading, banjie: Program, asked: Search) -> dict[str, Any]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    skipped = (asked.page - 1) * asked.size
    total, items = registers.entries(uow, viewer, register, query=asked.q, offset=skipped, limit=asked.size)
    columns = Labels(banjie.engine, uow, who.org_id).register_page(register, items)
    if register == leave_book.REGISTER:
        leave_book.lights(uow, who.org_id, items, now=banjie.clock.now())
    return {"register": register, "name": REGISTERS[register].name, "total": total, "columns": columns, "items": items}


class Correction(BaseModel):
    """New values of an entry's fields, and why."""

    fields: dict[str, Any]
    reason: str = Field(max_length=500)


@router.get("/registers/{register}/{seq}/fields", summary="可更正的栏目")
def correctable(register: str, seq: Whole, who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    fields = registers.correctable(uow, viewer, register, seq)
    return Labels(banjie.engine, uow, who.org_id).register_fields(register, fields)


@router.post("/registers/{register}/{seq}/correct", summary="更正登记")
def correct(register: str, seq: Whole, body: Correction, who: Who, banjie: Program) -> dict[str, int]:
    with banjie.store.begin(write=False) as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        known = registers.correctable(uow, viewer, register, seq)
        fields = Labels(banjie.engine, uow, who.org_id).register_fields(register, known)
    for field in fields:
        _check_value(field, body.fields.get(field["key"], field["value"]))
    wanted = {field["key"]: body.fields[field["key"]] for field in fields if field["key"] in body.fields}
    return {"seq": acts.correct_entry(banjie, who, register, seq, wanted, reason=body.reason)}


def _check_value(field: dict[str, Any], value: Any) -> None:
    """A correction keeps the kind of value that the field has; it may also be emptied."""
    choices = {one["value"] for one in field["choices"]}
    old = field["value"]
    wrong_choice = bool(choices) and str(value) not in choices and value != old
    wrong_kind = old is not None and type(value) is not type(old)
    if value is not None and value != "" and (wrong_choice or wrong_kind or len(str(value)) > _LONGEST):
        raise Refusal("register.bad_value", f"“{field['label']}”的内容不正确。", field=field["key"])


@router.get("/access-log", summary="查阅记录")
def access_log(who: Who, uow: Reading, banjie: Program, asked: Annotated[ReadsPage, Query()]) -> dict[str, Any]:
    return search_access_log(who, uow, banjie, ReadsSearch(**asked.model_dump()))


@router.post("/access-log/search", summary="查找查阅记录")
def search_access_log(who: Who, uow: Reading, banjie: Program, asked: ReadsSearch) -> dict[str, Any]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    first = local(datetime.combine(asked.since, time())) if asked.since else None
    last = local(datetime.combine(asked.until, time())) + timedelta(days=1) if asked.until else None
    skipped = (asked.page - 1) * asked.size
    total, items = access_pages.reads(
        uow, viewer, query=asked.q, since=first, until=last, offset=skipped, limit=asked.size
    )
    return {"total": total, "items": items}


@router.get("/documents/{document_id}", summary="下载文书", response_class=Response, responses=files("*/*"))
def document(document_id: str, who: Who, banjie: Program) -> Response:
    with banjie.store.begin() as uow:  # downloads of confidential cases are logged
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        found = documents.read(uow, viewer, document_id, now=banjie.clock.now(), source=who.source)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/notices", summary="通知")
def my_notices(who: Who, uow: Reading, unread: bool = False) -> list[dict[str, Any]]:
    return notices.notices_of(uow, access.viewer_of(uow, who.org_id, who.user_id), unread=unread)


@router.post("/notices/{notice_id}/read", summary="通知已读")
def read_notice(notice_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        notices.mark_read(
            uow, who.org_id, who.user_id, None if notice_id == "all" else notice_id, now=banjie.clock.now()
        )
    return {"ok": True}


@router.get("/deadline", summary="时限计算")
def deadline(
    who: Who,
    uow: Reading,
    start: str,
    code: str = "adhoc",
    n: Annotated[int | None, Query(ge=0, le=10_000)] = None,
    unit: str | None = None,
    mode: str | None = None,
    on: date | None = None,
    appeal_claim: bool = False,
) -> dict[str, Any]:
    try:
        began = local(datetime.fromisoformat(start))
    except ValueError:
        raise Refusal("deadline.start", "起算时刻的格式应为 2026-12-31T10:00。", field="start") from None
    profile = organisations.profile_of(uow, who.org_id)
    calendar = organisations.calendar_of(uow, who.org_id)
    worked = profile.compute(
        code,
        began,
        calendar,
        n=n,
        unit=checked_unit(unit),
        mode=checked_mode(mode),
        date=on,
        appeal_claim=appeal_claim,
    )
    return {"code": code, **cli_json(worked)}


@router.get("/deadline-codes", summary="时限编号")
def codes(who: Who, uow: Reading) -> list[dict[str, str]]:
    profile = organisations.profile_of(uow, who.org_id)
    return [{"code": code, "name": rule.words or code} for code, rule in sorted(profile.rules.items())]
