"""Cases: the list, one case with everything about it, its live diagram, urging and supervising."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import literal, select

from engine.coming import coming
from engine.versions import BoundVersions
from office import (
    access,
    case_list,
    inbox,
    joint,
    people,
    retention,
    statistics,
    supervision,
    supervision_book,
    timeline,
)
from office.roles import group_text
from storage.errors import NotFound
from storage.tables import engine as tables
from web import acts, archive, copying, moving, reporting
from web.api.answers import files
from web.api.common import Program, Reading, Who, Whole
from web.api.labels import Labels
from web.api.searches import CasesPage, CasesSearch

router = APIRouter(tags=["事项"])

_EXPRESSION = re.compile(r"\$\{.*?\}")


@router.get("/cases", summary="事项查询")
def listed(who: Who, uow: Reading, banjie: Program, asked: Annotated[CasesPage, Query()]) -> dict[str, Any]:
    return search(who, uow, banjie, CasesSearch(**asked.model_dump()))


@router.post("/cases/search", summary="查找事项")
def search(who: Who, uow: Reading, banjie: Program, asked: CasesSearch) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    return case_list.search(
        uow, viewer, query=asked.q, state=asked.state, light=asked.light, unit_id=asked.unit, now=now,
        offset=(asked.page - 1) * asked.size, limit=asked.size,
    )  # fmt: skip


@router.get("/cases/{case_id}", summary="一件事项")
def one(case_id: str, who: Who, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:  # reads of confidential cases are logged
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        access.require_may_see(uow, viewer, case_id, now=now, source=who.source)
        told = timeline.case_page(uow, viewer, case_id, now=now)
        mine = inbox.of_case(uow, viewer, case_id, now=now)
        told["my_tasks"] = mine
        told["joint"] = joint.shown(uow, viewer, case_id)
        told["withdrawable"] = moving.withdrawable(banjie, uow, viewer, case_id)
        overseer = viewer.is_leader or bool(viewer.roles & access.OVERSEERS)
        may_archive = archive.may_archive(uow, viewer, case_id)
        told["may"] = {
            "urge": overseer and not told["joint"]["merged"],
            "supervise": overseer and not told["joint"]["merged"],
            "copy": access.may_write_for(uow, viewer, case_id),
            "change": access.may_act_for(uow, viewer, case_id) or bool(reporting.offered(banjie, uow, viewer, case_id)),
            "archive": may_archive,
            "hold": bool(viewer.roles & retention.HOLDERS) and not told["holds"],
        }
        for urging in told["urgings"]:
            number = urging["number"]
            asked = urging["answer"] is None and supervision.may_answer_urging(uow, viewer, case_id, number)
            urging["may_answer"] = asked
        for one in told["supervisions"]:
            going = one["closed_at"] is None
            one["may_warn"] = going and overseer and one["card"] != "red"
            one["may_reply"] = going and supervision_book.may_reply(viewer, one)
        told["coming"] = _coming(banjie, uow, who.org_id, told["instances"])
        Labels(banjie.engine, uow, who.org_id, case_id).case_page(told)
    return told


@router.get("/cases/{case_id}/archive", summary="归档包", response_class=Response, responses=files("application/zip"))
def package(case_id: str, who: Who, banjie: Program) -> Response:
    """The case as one zip file that can be read without Banjie."""
    with banjie.store.begin() as uow:
        name, content = archive.package(banjie, uow, who, case_id)
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type="application/zip", headers={"Content-Disposition": disposition})


def _coming(banjie: Program, uow: Any, org_id: str, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps still to come in the running instances, with who will probably have them."""
    unit_names = {unit.id: unit.name for unit in people.units(uow, org_id)}
    definitions = BoundVersions(banjie.engine.versions, uow, org_id)
    steps: list[dict[str, Any]] = []
    for instance in instances:
        if instance["state"] != "active":
            continue
        definition, state = banjie.engine.state(uow, org_id, instance["id"])
        if state is None:
            continue
        for step in coming(definition, state, definitions):
            plain = _EXPRESSION.sub("$", step.who)  # an expression may hold a comma
            groups = [group.strip() for group in plain.split(",") if group.strip()]
            named = "、".join(group_text(group, unit_names) for group in groups if "$" not in group)
            who = named or ("由前面环节确定" if groups else "")
            key = instance["process_key"]
            steps.append({"element_id": step.element_id, "name": step.name, "who": who, "process_key": key})
    return steps


@router.get("/instances/{instance_id}/diagram", summary="流程图与现在所在的位置")
def diagram(instance_id: str, who: Who, banjie: Program, process: str | None = None) -> dict[str, Any]:
    """The diagram of the instance or of a `process` that it calls now; without one, of where the first task is."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        table = tables.instance
        query = select(table.c.business_key).where(table.c.org_id == who.org_id, table.c.id == instance_id)
        row = uow.conn.execute(query).first()
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        if row is None or (row.business_key is None and not viewer.is_admin):
            raise NotFound("instance.unknown", "没有这个流程实例。")
        if row.business_key is not None and not viewer.is_admin:
            access.require_may_see(uow, viewer, row.business_key, now=now, source=who.source)
        mine = select(access.not_accused(viewer, literal(row.business_key)))
        if viewer.is_admin and not uow.conn.execute(mine).scalar():
            raise NotFound("instance.unknown", "没有这个流程实例。")  # R65 knows no exception for administrators
        definition, state = banjie.engine.state(uow, who.org_id, instance_id)
        done: dict[str, int] = {}
        passed = select(tables.history.c.element_id).where(
            tables.history.c.org_id == who.org_id,
            tables.history.c.instance_id == instance_id,
            tables.history.c.kind == "element_passed",
        )
        for element_id in uow.conn.execute(passed).scalars():
            done[element_id] = done.get(element_id, 0) + 1
        tasks = uow.conn.execute(
            select(tables.task.c.element_id, tables.task.c.due_at, tables.task.c.yellow_at).where(
                tables.task.c.org_id == who.org_id,
                tables.task.c.instance_id == instance_id,
                tables.task.c.state == "open",
            )
        ).all()
        broken = uow.conn.execute(
            select(tables.incident.c.element_id, tables.incident.c.message).where(
                tables.incident.c.org_id == who.org_id,
                tables.incident.c.instance_id == instance_id,
                tables.incident.c.resolved_at.is_(None),
            )
        ).all()
        labels = Labels(banjie.engine, uow, who.org_id)
        running = state.open_processes() if state is not None else {}
        at = next((state.process_at(task.element_id) for task in tasks), None) if state is not None else None
        at = process or at or definition.key
        parts = {key: banjie.engine.versions.by_hash(uow, digest) for key, digest in running.items()}
        parts = {definition.key: definition} | parts
        if at not in parts:
            raise NotFound("instance.no_part", "这个流程现在没有调用该制度，请刷新。", field="process")
        definition = parts[at]
    tokens = state.tokens_by_element(at) if state is not None else {}
    return {
        "xml": definition.bpmn.decode("utf-8", "replace"),
        "process_key": definition.key,
        "process_name": definition.name,
        "parts": [{"process_key": key, "process_name": part.name} for key, part in parts.items()],
        "tokens": [{"element_id": element, "count": count} for element, count in tokens.items()],
        "done": [{"element_id": element, "count": count} for element, count in done.items()],
        "lights": [
            {"element_id": task.element_id, "light": inbox.task_light(task, now), "due_at": task.due_at}
            for task in tasks
        ],
        "incidents": [
            {
                "element_id": row.element_id,
                "element_name": labels.element_name(definition, row.element_id),
                "message": row.message,
            }
            for row in broken
        ],
    }


class Urging(BaseModel):
    """催办: how, and the words."""

    method: Literal["visit", "phone", "letter", "meeting"] = "phone"
    text: str = Field(max_length=2000)
    unit_id: str | None = None
    person_id: str | None = None


class UrgingAnswer(BaseModel):
    """The unit's answer to an urging, and by when it now promises to be done."""

    answer: str = Field(max_length=2000)
    new_date: date | None = None


class Supervising(BaseModel):
    """督办: what is demanded, and by when."""

    text: str = Field(min_length=1, max_length=2000)
    unit_id: str | None = None
    due: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


@router.post("/cases/{case_id}/urge", summary="催办")
def urge(case_id: str, body: Urging, who: Who, banjie: Program) -> dict[str, int]:
    number = acts.urge(
        banjie, who, case_id, method=body.method, text=body.text, unit_id=body.unit_id, person_id=body.person_id
    )
    return {"number": number}


@router.post("/cases/{case_id}/urgings/{number}/answer", summary="答复催办")
def answer_urging(case_id: str, number: Whole, body: UrgingAnswer, who: Who, banjie: Program) -> dict[str, bool]:
    acts.answer_urging(banjie, who, case_id, number, answer=body.answer, new_date=body.new_date)
    return {"ok": True}


class Copies(BaseModel):
    """To whom a case is sent to read, and what is said to it."""

    user_ids: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(min_length=1, max_length=copying.MOST)
    note: str = Field(default="", max_length=2000)


@router.post("/cases/{case_id}/copies", summary="抄送")
def copy(case_id: str, body: Copies, who: Who, banjie: Program) -> dict[str, bool]:
    copying.copy(banjie, who, case_id, body.user_ids, body.note)
    return {"ok": True}


@router.post("/cases/{case_id}/supervise", summary="督办")
def supervise(case_id: str, body: Supervising, who: Who, banjie: Program) -> dict[str, bool]:
    acts.supervise(banjie, who, case_id, text=body.text, unit_id=body.unit_id, due=body.due)
    return {"ok": True}


@router.get("/board", summary="领导看板")
def board(who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    access.require_overview(viewer)
    return statistics.board(uow, viewer, now=banjie.clock.now())
