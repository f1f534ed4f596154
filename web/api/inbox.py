"""The inbox, one task with its form, what can be started."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from handlers.host import may_start
from office import (
    access,
    askings,
    cases,
    deadline_pages,
    guidance,
    inbox,
    joint,
    joint_book,
    organisations,
    people,
    saved_filters,
)
from office.deadline_rows import find
from office.duplicates import duplicates
from office.profiles import offers
from storage.errors import Forbidden
from web import acts
from web.api.common import Body, Program, Reading, Who
from web.api.searches import InboxPage, InboxSearch, Likeness, Words
from web.moving import task_row
from web.task_form import task_form

router = APIRouter(tags=["待办"])


@router.get("/inbox", summary="我的待办")
def my_inbox(who: Who, uow: Reading, banjie: Program, asked: Annotated[InboxPage, Query()]) -> dict[str, Any]:
    return search_inbox(who, uow, banjie, InboxSearch(**asked.model_dump()))


@router.post("/inbox/search", summary="查找待办")
def search_inbox(who: Who, uow: Reading, banjie: Program, asked: InboxSearch) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    return inbox.page(
        uow, viewer, now=now, which=asked.filter, light=asked.light, query=asked.q, sort=asked.sort,
        offset=(asked.page - 1) * asked.size, limit=asked.size,
    )  # fmt: skip


class NewFilter(BaseModel):
    """A view of the inbox to keep."""

    name: str = Field(max_length=100)
    query: dict[str, str]
    shared: str = Field(default="", max_length=100)


@router.get("/filters", summary="保存的筛选")
def filters(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    now = banjie.clock.now()
    return saved_filters.filters_of(uow, access.viewer_of(uow, who.org_id, who.user_id, now=now), now=now)


@router.post("/filters", summary="保存筛选")
def save_filter(body: NewFilter, who: Who, banjie: Program) -> dict[str, str]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
        return {"id": saved_filters.save(uow, viewer, body.name, body.query, shared=body.shared, now=now)}


@router.post("/filters/{filter_id}/remove", summary="删除筛选")
def remove_filter(filter_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        saved_filters.remove(uow, access.viewer_of(uow, who.org_id, who.user_id), filter_id)
    return {"ok": True}


class Batch(BaseModel):
    """Several tasks."""

    ids: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=100)


class BatchAnswers(Batch):
    """Several tasks, and the answers that each gets."""

    answers: Body = Field(default_factory=dict)


@router.post("/batch/claim", summary="批量签收")
def claim_several(body: Batch, who: Who, banjie: Program) -> list[dict[str, Any]]:
    return acts.batch(banjie, who, body.ids)


@router.post("/batch/complete", summary="批量办理")
def complete_several(body: BatchAnswers, who: Who, banjie: Program) -> list[dict[str, Any]]:
    return acts.batch(banjie, who, body.ids, body.answers)


@router.get("/tasks/{task_id}", summary="一项待办和它的表单")
def one_task(task_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:  # a reading transaction would not do: reads of confidential cases are logged
        row = task_row(uow, who, task_id)
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        may = inbox.may(uow, viewer, task_id)
        told = inbox.one(uow, viewer, task_id, now=now)
        open_to_me = may["complete"] or may["claim"] or may["begin"]
        if row.business_key:
            try:
                access.require_may_see(uow, viewer, row.business_key, now=now, source=who.source)
            except Forbidden:
                if not open_to_me:
                    raise
                open_to_me = False  # a confidential matter is read after it was claimed
        deadline = None
        if row.deadline_ref:
            deadline = deadline_pages.shown_deadline(find(uow, who.org_id, row.deadline_ref), now=now)
        if row.state != "open" or not open_to_me:
            return {
                "task": told,
                "form": None,
                "data": {},
                "guidance": [],
                "deadline": deadline,
                "may": may,
                "askings": [],
            }
        schema, shown = task_form(banjie, uow, who.org_id, task_id)
        rounds = askings.rounds_of(uow, who.org_id, task_id)
        profile = organisations.profile_of(uow, who.org_id)
        tips = guidance.norms(profile.name, row.process_key)
        on_paper = row.properties.get("caseState") == "replied" and row.properties.get("document")
        if on_paper and joint_book.led_by(uow, who.org_id, str(row.business_key)):
            tips = [{"text": joint.ANSWERS_ALL, "source": "并案"}, *tips]
    return {
        "task": told, "form": schema, "data": shown, "guidance": tips, "deadline": deadline, "may": may,
        "askings": rounds,
    }  # fmt: skip


class Answers(BaseModel):
    """The answers of a form."""

    answers: Body = Field(default_factory=dict)


class StartAnswers(Answers):
    """The answers of a start form; the same `request_id` again starts nothing twice."""

    request_id: str | None = Field(default=None, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


@router.post("/tasks/{task_id}/claim", summary="签收")
def claim(task_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    acts.claim(banjie, who, task_id)
    return {"ok": True}


@router.post("/tasks/{task_id}/begin", summary="开始可选的步骤")
def begin(task_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    case_id, begun = acts.begin(banjie, who, task_id)
    return {"case_id": case_id, "task_id": begun, "next": _next(banjie, who, case_id), "message": "已开始"}


@router.post("/tasks/{task_id}/release", summary="退回待签收")
def release(task_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    acts.release(banjie, who, task_id)
    return {"ok": True}


@router.post("/tasks/{task_id}/complete", summary="办理完成")
def complete(task_id: str, body: Answers, who: Who, banjie: Program) -> dict[str, Any]:
    case_id = acts.complete(banjie, who, task_id, body.answers)
    return {"case_id": case_id, "next": _next(banjie, who, case_id), "message": "已提交"}


@router.get("/starts", summary="可以登记的事项")
def starts(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    context = banjie.engine.start_context(uow, who.org_id, who.user_id)
    profile, folder = organisations.profile_of(uow, who.org_id), banjie.processes / "profiles"
    found = []
    for _, definition in banjie.engine.versions.all_current(uow, who.org_id):
        form = definition.forms.get(definition.start_form or "")
        if form is None or not offers(profile, definition.key, folder):
            continue
        if may_start(definition.starter_groups, viewer):
            found.append(
                {
                    "process_key": definition.key,
                    "name": definition.name,
                    "description": definition.documentation,
                    "form_key": definition.start_form,
                    "form": form.schema,
                    "data": dict(banjie.host.options(context, list(form.option_keys))),
                }
            )
    return sorted(found, key=_usual_order)


@router.post("/starts/{process_key}", summary="登记")
def start(process_key: str, body: StartAnswers, who: Who, banjie: Program) -> dict[str, Any]:
    started = acts.start(banjie, who, process_key, body.answers, request_id=body.request_id)
    with banjie.store.begin(write=False) as uow:
        number = cases.get_case(uow, who.org_id, started.case_id)["number"]
    return {"case_id": started.case_id, "number": number, "next": _next(banjie, who, started.case_id)}


@router.post("/duplicates", summary="疑似重复的登记")
def similar(body: Likeness, who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    return duplicates(uow, viewer, name=body.name, matter=body.matter, phone=body.phone)


@router.get("/units", summary="机构")
def units(who: Who, uow: Reading) -> list[dict[str, Any]]:
    return [{"id": unit.id, "name": unit.name, "outside": unit.outside} for unit in people.units(uow, who.org_id)]


@router.get("/people", summary="工作人员")
def staff(who: Who, uow: Reading) -> list[dict[str, Any]]:
    return find_staff(who, uow, Words())


@router.post("/people/search", summary="查找工作人员")
def find_staff(who: Who, uow: Reading, asked: Words) -> list[dict[str, Any]]:
    found = people.users(uow, who.org_id, query=asked.q)
    return [{"id": user.id, "name": user.name, "title": user.title, "unit_id": user.unit_id} for user in found]


def _next(banjie: Program, who: acts.Actor, case_id: str | None) -> list[dict[str, Any]]:
    if case_id is None:
        return []
    with banjie.store.begin(write=False) as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        return inbox.of_case(uow, viewer, case_id, now=banjie.clock.now())


_ORDER = ("petition_main", "first_inquiry", "one_time_notification", "leader_case_ownership")
_LAST = "attendance_leave"  # no matter of a citizen


def _usual_order(item: dict[str, Any]) -> tuple[int, str]:
    key = item["process_key"]
    return (_ORDER.index(key) if key in _ORDER else len(_ORDER) + (key == _LAST), key)
