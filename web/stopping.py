"""停止计时 and 恢复计时 by hand (中止): for a cause that the law names; the timers move in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, update

from engine.history import Line
from engine.moves import door
from handlers.host import timer_plan
from office import access, cases, deadline_book, deadline_stops, joint_book, notices, people
from office.deadline_rows import Plan
from office.stop_causes import CAUSES
from storage import spans
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables import engine as tables
from storage.tables.office import document
from storage.tables.people import organisation
from storage.tables.stopping import deadline_stop
from web.acts import Actor, viewer
from web.banjie import Banjie

Shown = dict[str, Any]


def offered(uow: UnitOfWork, org_id: str, case_id: str) -> list[Shown]:
    """The running limits of a case: what stops the clock of each, by which law, and the stop that runs."""
    rows = [row for row in deadline_book.open_deadlines(uow, org_id, case_id=case_id) if row.due_at is not None]
    running = deadline_stops.of_deadlines(uow, org_id, [row.id for row in rows])
    told = []
    for row in rows:
        causes, basis, notice = deadline_stops.causes_of(uow, org_id, row.code)
        told.append(
            {
                "id": row.id,
                "code": row.code,
                "name": row.name,
                "due_at": row.due_at,
                "causes": [{"value": one, "label": CAUSES[one]} for one in causes],
                "basis": basis,
                "notice": notice,
                "stop": running.get(row.id),
            }
        )
    return told


@spans.act
def stop(
    banjie: Banjie,
    who: Actor,
    case_id: str,
    deadline_ids: Sequence[str],
    *,
    cause: str,
    reason: str,
    expected_on: date,
    document_id: str | None,
) -> None:
    """Let the clocks of limits of a case stand still, all or none; those who have its tasks are told.

    Errors: `case.*`, `stop.*`, `document.unknown`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        rows = _limits(banjie, uow, who, case_id, deadline_ids, reason)
        if document_id is not None:
            mine = (document.c.org_id == who.org_id) & (document.c.id == document_id) & (document.c.case_id == case_id)
            if uow.conn.execute(select(document.c.id).where(mine)).first() is None:
                raise NotFound("document.unknown", "没有这份文书。")
        for row in rows:
            plan = deadline_stops.stop(
                uow, who.org_id, row.id, cause, now=now, by=who.user_id, reason=reason, expected_on=expected_on,
                document_id=document_id,
            )  # fmt: skip
            _move(banjie, uow, who, row, plan, "clock_stopped", cause)
        limits = "、".join(row.name for row in rows)
        text = f"停止计时（{CAUSES[cause]}）：{limits}"
        remarks = f"{reason.strip()}（预计{expected_on:%Y-%m-%d}结束）"
        _keep(uow, who, case_id, text, remarks, now=now)


@spans.act
def resume(banjie: Banjie, who: Actor, case_id: str, deadline_ids: Sequence[str], *, reason: str) -> None:
    """The cause is over: the clocks go on, and the limits are worked out anew. Errors: `case.*`, `stop.not_stopped`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        rows = _limits(banjie, uow, who, case_id, deadline_ids, reason)
        for row in rows:
            if deadline_book.get_deadline(uow, who.org_id, row.id).paused_at is None:
                raise Refusal("stop.not_stopped", f"“{row.name}”没有停止计时。", field="deadline_ids")
            plan = deadline_stops.resume(uow, who.org_id, row.id, now=now, by=who.user_id)
            _move(banjie, uow, who, row, plan, "clock_resumed", "")
        text = f"恢复计时：{'、'.join(row.name for row in rows)}"
        _keep(uow, who, case_id, text, reason.strip(), now=now)


def warn_expired(banjie: Banjie) -> int:
    """Tell of each stop whose expected end has passed, once: who stopped it, their superior, who has the tasks.

    The clock stands still all the same, until somebody lets it go on. Gives how many were told of.
    """
    now = banjie.clock.now()
    today = local(now).date()
    with banjie.store.begin() as uow:
        query = select(deadline_stop).where(
            deadline_stop.c.org_id.in_(select(organisation.c.id)), deadline_stop.c.ended_at.is_(None),
            deadline_stop.c.expected_on < today, deadline_stop.c.warned_at.is_(None),
        )  # fmt: skip
        rows = uow.conn.execute(query.with_for_update(skip_locked=True)).all()
        for row in rows:
            mine = (deadline_stop.c.org_id == row.org_id) & (deadline_stop.c.id == row.id)
            uow.conn.execute(update(deadline_stop).where(mine).values(warned_at=now))
            if row.case_id is None:
                continue
            superior = people.superior_of(uow, row.org_id, row.by) if row.by else None
            told = [one for one in (row.by, superior, *_holders(uow, row.org_id, row.case_id)) if one]
            limit = deadline_book.get_deadline(uow, row.org_id, row.deadline_id).name
            label = notices.case_label(cases.get_case(uow, row.org_id, row.case_id))
            text = (
                f"{label}的“{limit}”因{CAUSES[row.cause]}停止计时，预计{row.expected_on:%Y-%m-%d}结束，现已过期。"
                "事由已经消失的，请恢复计时。"
            )
            notices.tell_all(
                uow, row.org_id, told, text, kind="stop_expired", key=f"stop:{row.id}", case_id=row.case_id, now=now
            )
    return len(rows)


def _limits(
    banjie: Banjie, uow: UnitOfWork, who: Actor, case_id: str, deadline_ids: Sequence[str], reason: str
) -> list[Any]:
    """The open limits that are named, their instances locked before them as any step does it."""
    access.require_may_act_for(uow, viewer(uow, who, banjie.clock.now()), case_id)
    if not deadline_ids:
        raise Refusal("stop.none", "请选择期限。", field="deadline_ids")
    if not reason.strip():
        raise Refusal("stop.reason", "请写明事由。", field="reason")
    known = {row.id: row for row in deadline_book.open_deadlines(uow, who.org_id, case_id=case_id)}
    if joint_book.is_joint(uow, who.org_id, case_id):
        raise Refusal("stop.joint", "并案的事项不能停止或恢复计时：其他信访人的期限照常计算；请先分案。")
    rows = []
    for deadline_id in dict.fromkeys(deadline_ids):
        if deadline_id not in known:
            raise Refusal("stop.unknown", "没有这个期限，或者它已经结束。", field="deadline_ids")
        rows.append(known[deadline_id])
    for instance_id in sorted({row.instance_id for row in rows if row.instance_id}):
        door.lock(uow, who.org_id, instance_id)
    return rows


def _move(banjie: Banjie, uow: UnitOfWork, who: Actor, row: Any, plan: Plan | None, kind: str, cause: str) -> None:
    assert plan is not None  # a limit that stops counts days
    banjie.engine.reschedule(uow, who.org_id, row.id, timer_plan(plan), instance_id=row.instance_id, actor=who.user_id)
    if row.instance_id is not None:
        line = Line(kind=kind, element_id=row.element_id, name=row.name, data={"deadline": row.id, "cause": cause})
        banjie.engine.note(uow, who.org_id, row.instance_id, [line], actor=who.user_id)


def _keep(uow: UnitOfWork, who: Actor, case_id: str, name: str, remarks: str, *, now: Any) -> None:
    """An entry of the case, and a notice to those who have its tasks."""
    cases.apply_answers(uow, who.org_id, case_id, {"remarks": remarks}, actor=who.user_id, now=now, name=name)
    told = [one for one in _holders(uow, who.org_id, case_id) if one != who.user_id]
    text = f"{notices.case_label(cases.get_case(uow, who.org_id, case_id))}：{name}。"
    key = f"clock:{case_id}:{name}:{now:%Y%m%d%H%M%S}"
    notices.tell_all(uow, who.org_id, told, text, kind="clock", key=key, case_id=case_id, now=now)


def _holders(uow: UnitOfWork, org_id: str, case_id: str) -> list[str]:
    table = tables.task
    query = select(table.c.assignee).where(
        table.c.org_id == org_id, table.c.business_key == case_id, table.c.state == "open",
        table.c.assignee.is_not(None),
    )  # fmt: skip
    return list(dict.fromkeys(uow.conn.execute(query.order_by(table.c.id)).scalars()))
