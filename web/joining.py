"""并案 and 分案 by the petition office: what it would do, doing it, and undoing it; all of it in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from engine import suspending
from engine.history import Line
from engine.moves import door
from handlers.host import timer_plan
from office import access, cases, deadline_book, joint, joint_limits, notices, people
from office.deadline_book import Change
from storage import spans
from storage.database import UnitOfWork
from storage.errors import Forbidden, NotFound, Refusal
from storage.tables import engine as tables
from storage.tables.office import case_file
from web.acts import Actor, drain, viewer
from web.banjie import Banjie

PLACE = "jointAnswer"  # property of the activity in which a petition may be merged, and that it leaves once answered
Shown = dict[str, Any]


class _NotReally(Exception):
    """Takes everything of a preview back."""


def preview(banjie: Banjie, who: Actor, lead_id: str, case_ids: Sequence[str]) -> Shown:
    """What a merge would do, found by doing it and taking it back. Errors: as `merge`.

    `cases`: number, title, the tasks that would rest (name, assignee_name), the running limits (name, due_at, kept: by
    the lead). `limits`: those of the lead (name, due_at, was: before, if it becomes earlier).
    """
    with banjie.store.begin() as uow:
        places = _require(banjie, uow, who, lead_id, case_ids)
        before = joint_limits.running(uow, who.org_id, [lead_id])
        told = [_told(uow, who, row, before) for row in _rows(uow, who, places)]
        try:
            with uow.savepoint():
                _do(banjie, uow, who, lead_id, places, "预览")
                after = joint_limits.running(uow, who.org_id, [lead_id])
                raise _NotReally
        except _NotReally:
            pass
    was = {row.id: row.due_at for row in before}
    limits = [
        {"name": row.name, "due_at": row.due_at, "was": was[row.id] if was[row.id] != row.due_at else None}
        for row in after
    ]
    return {"cases": told, "limits": limits}


@spans.act
def merge(banjie: Banjie, who: Actor, lead_id: str, case_ids: Sequence[str], opinion: str) -> None:
    """并案: let cases rest under a lead that is handled and answered for all of them.

    Errors: `case.unknown`, `merge.*`, `suspend.busy`.
    """
    with banjie.store.begin() as uow:
        places = _require(banjie, uow, who, lead_id, case_ids)
        if not opinion.strip():
            raise Refusal("merge.opinion", "请写明并案的理由。", field="opinion")
        _do(banjie, uow, who, lead_id, places, opinion.strip())


@spans.act
def split(banjie: Banjie, who: Actor, lead_id: str, case_id: str, reason: str) -> None:
    """分案: a merged case goes on where it stood, with its own limits, as long as it has not been answered.

    Errors: `case.unknown`, `merge.not_yours`, `merge.unknown`, `split.*`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        _require_sight(uow, who, lead_id, [case_id], now)
        if not reason.strip():
            raise Refusal("split.reason", "请写明分案的理由。", field="reason")
        _lock(uow, who, [lead_id, case_id])
        row = joint.require_splittable(uow, who.org_id, lead_id, case_id)
        suspending.resume(banjie.engine, uow, who.org_id, row.instance_id, actor=who.user_id, reason="分案")
        joint.end(uow, row, "split", "分案：恢复单独办理", now=now, by=who.user_id, reason=reason.strip())
        _rework(banjie, uow, who, lead_id, "分案")
        kept = {"remarks": reason.strip()}
        cases.apply_answers(uow, who.org_id, lead_id, kept, actor=who.user_id, now=now, name="分案：一件恢复单独办理")
        _note(banjie, uow, who, lead_id, "joint_split", 1)
    drain(banjie, who.org_id, case_id)


def answer_taken_back(banjie: Banjie, uow: UnitOfWork, who: Actor, case_id: str | None, undone: Sequence[str]) -> None:
    """Steps of a case were returned or withdrawn: if its answer was among them, no merged case has been answered."""
    if case_id is None or not undone:
        return
    table = tables.task
    query = select(table.c.properties).where(table.c.org_id == who.org_id, table.c.id.in_(list(undone)))
    if not any(row.properties.get("caseState") == "replied" for row in uow.conn.execute(query)):
        return
    now = banjie.clock.now()
    if joint.answer_taken_back(uow, who.org_id, case_id, now=now, by=who.user_id):
        _rework(banjie, uow, who, case_id, "收回答复")


def _require(
    banjie: Banjie, uow: UnitOfWork, who: Actor, lead_id: str, case_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """The cases that may be merged into the lead, each with its instance and the activity it stands in; all locked."""
    now, wanted = banjie.clock.now(), list(dict.fromkeys(case_ids))
    if not wanted:
        raise Refusal("merge.none", "请选择要并入的事项。", field="case_ids")
    _require_sight(uow, who, lead_id, wanted, now)
    _lock(uow, who, [lead_id, *wanted])
    lead = cases.get_case(uow, who.org_id, lead_id)
    for case_id in wanted:
        joint.require_mergeable(uow, who.org_id, lead, cases.get_case(uow, who.org_id, case_id))
    _place(banjie, uow, who, lead, None)
    return {
        case_id: _place(banjie, uow, who, cases.get_case(uow, who.org_id, case_id), "case_ids") for case_id in wanted
    }


def _require_sight(uow: UnitOfWork, who: Actor, lead_id: str, case_ids: Sequence[str], now: Any) -> None:
    seen = viewer(uow, who, now)
    if not access.may_see_case(uow, seen, lead_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if not access.may_join(seen):
        raise Forbidden("merge.not_yours", "只有信访办和领导可以并案、分案。")
    if any(not access.may_see_case(uow, seen, case_id) for case_id in case_ids):
        raise Refusal("merge.unknown", "没有要并入的事项，或者您无权查看。", field="case_ids")


def _lock(uow: UnitOfWork, who: Actor, case_ids: Sequence[str]) -> None:
    """All instances and then all cases, in one order whoever begins: two merges at once come one after the other."""
    table = tables.instance
    query = select(table.c.id).where(
        table.c.org_id == who.org_id, table.c.business_key.in_(case_ids), table.c.state.in_(("active", "suspended"))
    )
    for instance_id in uow.conn.execute(query.order_by(table.c.id)).scalars().all():
        door.lock(uow, who.org_id, instance_id)
    rows = select(case_file.c.id).where(case_file.c.org_id == who.org_id, case_file.c.id.in_(case_ids))
    uow.conn.execute(rows.order_by(case_file.c.id).with_for_update()).all()


def _place(banjie: Banjie, uow: UnitOfWork, who: Actor, case: Any, field: str | None) -> tuple[str, str]:
    """The instance of a case and the activity for joint answers in which it stands."""
    table = tables.instance
    query = select(table.c.id).where(
        table.c.org_id == who.org_id, table.c.business_key == case["id"], table.c.state == "active"
    )
    for instance_id in uow.conn.execute(query.order_by(table.c.started_at, table.c.id)).scalars().all():
        definition, state = banjie.engine.state(uow, who.org_id, instance_id)
        if state is None or state.root is None:
            continue
        for token in state.tokens_in(state.root.id):
            if definition.element(token.element).properties.get(PLACE):
                return instance_id, token.element
    told = f"{notices.case_label(case)}不在受理以后、答复以前的环节，或者它的制度没有并案答复，不能并案。"
    raise Refusal("merge.stage", told, field=field)


def _do(
    banjie: Banjie, uow: UnitOfWork, who: Actor, lead_id: str, places: dict[str, tuple[str, str]], opinion: str
) -> None:
    now = banjie.clock.now()
    for case_id, (instance_id, element_id) in sorted(places.items()):
        suspending.suspend(banjie.engine, uow, who.org_id, instance_id, "并案", actor=who.user_id)
        joint.enter(
            uow, who.org_id, lead_id, case_id, instance_id=instance_id, element_id=element_id, opinion=opinion, now=now,
            by=who.user_id,
        )  # fmt: skip
    _rework(banjie, uow, who, lead_id, "并案")
    name = f"并案：并入{len(places)}件"
    cases.apply_answers(uow, who.org_id, lead_id, {"remarks": opinion}, actor=who.user_id, now=now, name=name)
    _note(banjie, uow, who, lead_id, "joint_merged", len(places))
    told = [one for one in joint.holders(uow, who.org_id, lead_id) if one != who.user_id]
    label = notices.case_label(cases.get_case(uow, who.org_id, lead_id))
    text = f"{label}并入了其他事项，一并办理、一并答复；期限以其中最早的为准。"
    key = f"joint_lead:{lead_id}:{now:%Y%m%d%H%M%S}"
    notices.tell_all(uow, who.org_id, told, text, kind="joint", key=key, case_id=lead_id, now=now)


def _rework(banjie: Banjie, uow: UnitOfWork, who: Actor, lead_id: str, reason: str) -> list[Change]:
    """The limits of the lead as they are now, with its timers and the lights of its tasks."""
    now = banjie.clock.now()
    changes = deadline_book.rework(uow, who.org_id, lead_id, now=now, by=who.user_id, reason=reason)
    for change in changes:
        if change.plan is not None:
            plan, where = timer_plan(change.plan), change.plan.instance_id
            banjie.engine.reschedule(uow, who.org_id, change.deadline_id, plan, instance_id=where, actor=who.user_id)
    return changes


def _note(banjie: Banjie, uow: UnitOfWork, who: Actor, lead_id: str, kind: str, n: int) -> None:
    """A line in the history of the lead; it names no case, as nobody may learn of one by it."""
    table = tables.instance
    query = select(table.c.id).where(
        table.c.org_id == who.org_id, table.c.business_key == lead_id, table.c.state == "active"
    )
    for instance_id in uow.conn.execute(query.order_by(table.c.started_at, table.c.id).limit(1)).scalars().all():
        banjie.engine.note(uow, who.org_id, instance_id, [Line(kind=kind, data={"cases": n})], actor=who.user_id)


def _rows(uow: UnitOfWork, who: Actor, places: dict[str, tuple[str, str]]) -> list[Any]:
    query = select(case_file).where(case_file.c.org_id == who.org_id, case_file.c.id.in_(places))
    return list(uow.conn.execute(query.order_by(case_file.c.received_at, case_file.c.id)))


def _told(uow: UnitOfWork, who: Actor, case: Any, lead: Sequence[Any]) -> Shown:
    table, codes = tables.task, [row.code for row in lead]
    query = select(table.c.name, table.c.assignee).where(
        table.c.org_id == who.org_id, table.c.business_key == case.id, table.c.state == "open"
    )
    rows = uow.conn.execute(query.order_by(table.c.created_at, table.c.id)).all()
    names = people.names_of(uow, who.org_id, [row.assignee for row in rows])
    limits = joint_limits.running(uow, who.org_id, [case.id])
    return {
        "case_id": case.id,
        "number": case.number,
        "title": case.title,
        "tasks": [{"name": row.name, "assignee_name": names.get(row.assignee)} for row in rows],
        "limits": [
            {
                "name": row.name,
                "due_at": row.due_at,
                "kept": any(joint_limits.keeps(code, codes, row.code) for code in codes),
            }
            for row in limits
        ],
    }
