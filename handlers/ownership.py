"""领导包案: units, dates, the five guarantees, and what is made public (R78, R80, R56, §0.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, day, empty, lines, unit_name
from office import accused, people, registers
from office.classes import MATTER_CLASSES
from storage.errors import NotFound, Refusal
from storage.tables.engine import task

_DATES = ("limit_date", "due_date")


@check("ownership.units_distinct")
def units_distinct(context: TaskContext) -> None:
    """The lead unit does not assist itself, and none of the units is accused (R80, R65)."""
    answers = context.answers
    lead = answers.get("lead_unit")
    assisting = lines(answers.get("assisting_units"))
    if lead and lead in assisting:
        raise Refusal("ownership.lead_is_assisting", "牵头单位不能同时是协助单位。", field="assisting_units")
    named = [("lead_unit", lead), ("contact_unit", answers.get("contact_unit"))]
    for field, unit_id in [*named, *(("assisting_units", unit_id) for unit_id in assisting)]:
        if not empty(unit_id):
            accused.require_may_be_given(
                context.uow, context.org_id, case_id_of(context), unit_id=str(unit_id), field=field
            )


@check("ownership.date_not_past")
def date_not_past(context: TaskContext) -> None:
    """A limit lies ahead."""
    for field in _DATES:
        given = day(context.answers.get(field))
        if given is not None and given < context.now.date():
            raise Refusal("assignment.limit_past", "期限不能早于今天。", field=field)


@check("ownership.guarantees")
def guarantees(context: TaskContext) -> None:
    """All five guarantees are done, or an exception is asked for (R78)."""
    if context.answers.get("close_basis") != "five_done":
        return
    query = select(task.c.name, task.c.properties).where(
        task.c.org_id == context.org_id, task.c.instance_id == context.instance_id, task.c.state == "open"
    )
    open_names = [row.name for row in context.uow.conn.execute(query) if row.properties.get("guarantee")]
    if open_names:
        raise Refusal(
            "ownership.guarantees_missing", f"还没有完成：{'、'.join(open_names)}。",
            field="close_basis", details=open_names,
        )  # fmt: skip


@check("ownership.not_owner")
def not_owner(context: TaskContext) -> None:
    """The leader who owns the case does not approve the exception (R78)."""
    if context.actor is not None and context.actor == context.variables.get("reception_leader"):
        raise Refusal("ownership.own_exception", "包案领导不能批准自己提出的例外，请由其他主要领导审批。")


@handler("ownership.publish")
def publish(context: HandlerContext) -> Mapping[str, Any]:
    """Make public who owns the matter (FM16): leader, class, lead unit, limit, number - nothing of the petitioner.

    Of a confidential case neither class nor unit is named.
    """
    uow, org_id = context.transaction, context.org_id
    case = case_of(context)
    parts = [f"包案领导：{_leader(context)}"]
    if not case["confidential"]:
        classes = "、".join(item.name for item in MATTER_CLASSES if item.number in case["matter_classes"])
        unit = unit_name(context, context.inputs.get("lead_unit"))
        parts += [f"事项类别：{classes}"] if classes else []
        parts += [f"牵头责任单位：{unit}"] if unit else []
    limit = day(context.inputs.get("limit_date"))
    if limit is not None:
        parts.append(f"解决时限：{limit.year}年{limit.month}月{limit.day}日")
    if case["number"]:
        parts.append(f"编号：{case['number']}")
    content = "；".join(parts) + "。"
    fields = {
        "audience": "public",
        "class": "leader_case_ownership",
        "content": content,
        "published_at": context.now.isoformat(),
    }
    registers.add_entry(uow, org_id, "FM16", fields, case_id=case_id_of(context), at=context.now, by=context.actor)
    return {"public_note": content}


def _leader(context: HandlerContext) -> str:
    user_id = str(context.inputs.get("reception_leader") or "")
    try:
        leader = people.get_user(context.transaction, context.org_id, user_id)
    except NotFound:
        return "（待定）"
    return f"{leader.name}（{leader.title}）" if leader.title else leader.name
