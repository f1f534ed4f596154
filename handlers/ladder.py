"""The escalation ladder of a deadline: remind, urge, supervise, refer, report to the head (0.5, R57, R58)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from engine.registry import HandlerContext, handler
from handlers._common import case_id_of, case_of, in_groups, param, tell, unit_name
from office import deadline_book, notices, organisations, people, registers, supervision
from office.accused import accused_of, barred, free_users
from office.stand_ins import stand_ins
from storage.tables.engine import task

_HEADS = ("main_leader", "factory_leader", "centre_director", "admin")  # the head of the organisation: the first found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owners:
    """Who has the work that a deadline covers."""

    assignee: str | None  # who has taken the overdue task
    people: Sequence[str]  # the assignee, else all to whom it is offered; none of the accused
    unit_id: str | None  # never an accused one


@handler("ladder.remind")
def remind(context: HandlerContext) -> None:
    """E0, the light turns yellow: remind who has the work."""
    row = _open(context)
    if row is None:
        return
    text = f"{notices.case_label(case_of(context))}：“{row.name}”将于{_time(row.due_at)}到期，请抓紧办理。"
    tell(context, _owners(context, row).people, text, kind="reminder", step=row.name, due_at=row.due_at)


@handler("ladder.urge")
def urge(context: HandlerContext) -> Mapping[str, Any]:
    """E1, the light turns red: an urging with the next number, entered as FM24, copied to the owner's superior."""
    row = _open(context)
    if row is None:
        return {"urging_no": None}
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    deadline_book.missed(uow, row, now=context.now)
    owners = _owners(context, row)
    first = owners.people[0] if owners.people else None
    text = f"“{row.name}”已于{_time(row.due_at)}到期，尚未办结，请立即办理并说明情况。"
    number = supervision.urge(
        uow, org_id, case_id, method="system", text=text, now=context.now, by=context.actor,
        unit_id=owners.unit_id, person_id=first, deadline_id=row.id,
    )  # fmt: skip
    label = notices.case_label(case_of(context))
    named = {"step": row.name, "due_at": row.due_at}
    tell(context, owners.people[1:], f"催办第{number}号：{label}，{text}", kind="urging", **named)
    superior = people.superior_of(uow, org_id, first) if first else None
    if superior is None:
        leaders = in_groups(context, str(param(context, "roles.leader")).split(","))
        tell(context, leaders, f"催办（抄送）第{number}号：{label}，{text}", kind="urging_copy", **named)
    fields = {
        "number": number,
        "unit": unit_name(context, owners.unit_id),
        "petition": case_of(context)["number"] or label,
        "due": row.due_at.isoformat(),
        "overdue_days": (context.now.date() - row.due_at.date()).days,
        "answer": None,
    }
    registers.add_entry(uow, org_id, "FM24", fields, case_id=case_id, at=context.now, by=context.actor)
    return {"urging_no": number}


@handler("ladder.supervise")
def supervise(context: HandlerContext) -> Mapping[str, Any]:
    """E2: which unit is to be supervised, and why."""
    row = deadline_book.get_deadline(context.transaction, context.org_id, str(context.inputs["deadline_id"]))
    return {"supervised_unit": _owners(context, row).unit_id, "reason": _overdue(row)}


@handler("ladder.refer")
def refer(context: HandlerContext) -> Mapping[str, Any]:
    """E3: unit, person and ground of the referral: R73 for petitions, R06 for services, else a report to the head."""
    uow, org_id = context.transaction, context.org_id
    row = deadline_book.get_deadline(uow, org_id, str(context.inputs["deadline_id"]))
    owners = _owners(context, row)
    service = _subject(context, row.code) == "service"
    basis = "R06" if service else "R73"
    target = deadline_book.worked_deadline(uow, org_id, row.id).e3_target or basis
    return {
        "supervised_unit": owners.unit_id,
        "responsible_person": owners.assignee,
        "basis": target if target in ("R06", "R73") else basis,
        "e3_target": target,
        "reason": _overdue(row),
    }


@handler("ladder.report_to_head")
def report_to_head(context: HandlerContext) -> None:
    """E3 where there is no accountability procedure (property, factory, school): the head is told."""
    row = _open(context)
    if row is None:
        return
    heads = next((found for role in _HEADS if (found := in_groups(context, (role,)))), [])
    unit = unit_name(context, context.inputs.get("supervised_unit"))
    reason = context.inputs.get("reason") or _overdue(row)
    text = f"{notices.case_label(case_of(context))}：{reason}{f'承办单位：{unit}。' if unit else ''}请处理。"
    tell(context, heads, text, kind="report_to_head", step=row.name, due_at=row.due_at)


def _open(context: HandlerContext) -> Row[Any] | None:
    """The deadline, unless its work was finished in the meantime."""
    row = deadline_book.get_deadline(context.transaction, context.org_id, str(context.inputs["deadline_id"]))
    return row if row.closed_at is None else None


def _owners(context: HandlerContext, row: Row[Any]) -> _Owners:
    """Who has the open tasks under the deadline; without any, the handler or owner and unit of the case."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    assignee, users, unit_id = None, [], None
    for found in _tasks(context, row):
        if found.assignee is not None:
            assignee = assignee or found.assignee
            users.append(found.assignee)
            users += [b for b, _ in stand_ins(uow, org_id, [found.assignee], now=context.now).values()]
        else:
            users += [*found.candidate_users, *in_groups(context, found.candidate_groups)]
        named = (group.partition("@")[2] for group in found.candidate_groups if "@" in group)
        unit_id = unit_id or next(named, None) or _unit_of(context, found.assignee)
    if not users:
        users = [user_id for user_id in (case["handler"], case["owner"]) if user_id]
    unit_id = unit_id or case["handling_unit"]
    if unit_id and not users:
        users = in_groups(context, (f"unit_head@{unit_id}",))
    accused = accused_of(uow, org_id, case_id)
    if unit_id and barred(uow, org_id, accused, unit_id=unit_id):
        unit_id = None
    return _Owners(
        assignee=assignee,
        people=free_users(uow, org_id, case_id, list(dict.fromkeys(users))),
        unit_id=unit_id if _known(context, unit_id) else None,
    )


def _tasks(context: HandlerContext, row: Row[Any]) -> Sequence[Row[Any]]:
    """The open tasks that show the deadline as theirs, else all open ones of its instance."""
    mine = select(task).where(task.c.org_id == context.org_id, task.c.state == "open").order_by(task.c.created_at)
    conn = context.transaction.conn
    found = conn.execute(mine.where(task.c.deadline_ref == row.id)).all()
    return found or conn.execute(mine.where(task.c.instance_id == (row.instance_id or context.instance_id))).all()


def _unit_of(context: HandlerContext, user_id: str | None) -> str | None:
    return people.get_user(context.transaction, context.org_id, user_id).unit_id if user_id else None


def _known(context: HandlerContext, unit_id: str | None) -> bool:
    return unit_id is not None and unit_id in {unit.id for unit in people.units(context.transaction, context.org_id)}


def _subject(context: HandlerContext, code: str) -> str:
    rule = organisations.profile_of(context.transaction, context.org_id).rules.get(code)
    return rule.subject if rule is not None else "petition"


def _overdue(row: Row[Any]) -> str:
    return f"“{row.name}”应于{_time(row.due_at)}前办结，逾期未办结。"


def _time(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
