"""督办: the supervision card and what the supervisor finds (R58, R59, R73)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, day, empty
from office import documents, people, supervision
from office.accused import may_be_given
from storage.errors import Refusal

_CAUSES = {"ladder": "overdue", "instruction": "instruction", "urgent": "instruction", "digest": "instruction"}
_FINDINGS = {"done": "已办结", "return": "要求重新复议", "accountability": "提请问责", "continue": "继续督办"}


@handler("supervision.open_card")
def open_card(context: HandlerContext) -> Mapping[str, Any]:
    """Write the card FM22 with the next number and send it to the head of the unit; never to an accused unit."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    given = context.inputs
    source = str(given.get("source") or "manual")
    unit_id = given.get("unit") or case_of(context)["handling_unit"]
    if unit_id and not may_be_given(uow, org_id, case_id, unit_id=unit_id):
        unit_id = None
    opinion = str(given.get("text") or given.get("reason") or "请抓紧办理，如期办结，并报告结果。")
    due = day(given.get("due"))
    cause = _CAUSES.get(source, "manual")
    card_no = supervision.open_card(
        uow, org_id, case_id, cause=cause, opinion=opinion, now=context.now, by=context.actor,
        unit_id=unit_id, leader_id=context.actor if cause == "instruction" else None, due_on=due,
    )  # fmt: skip
    fields = {
        "card_no": card_no,
        "opinion": opinion,
        "handling_unit": unit_id,
        "due": due.isoformat() if due else None,
        "assigned_at": context.now.isoformat(),
    }
    if cause == "instruction" and context.actor:
        fields["leader"] = people.names_of(uow, org_id, [context.actor]).get(context.actor)
    documents.make(uow, org_id, case_id, "FM22", fields, now=context.now, by=context.actor)
    return {"card_no": card_no, "supervised_unit": unit_id, "next_date": due.isoformat() if due else None}


@handler("supervision.close_card")
def close_card(context: HandlerContext) -> None:
    """Note the result on the card and close it."""
    found = _FINDINGS.get(str(context.inputs.get("finding")), "")
    text = str(context.inputs.get("findings") or "").strip()
    result = "：".join(part for part in (found, text) if part) or "已销号"
    supervision.close_card(
        context.transaction, context.org_id, str(context.inputs["card_no"]), result=result, now=context.now,
        by=context.actor,
    )  # fmt: skip


@check("supervision.finding")
def finding(context: TaskContext) -> None:
    """Who goes on supervising names a day to come again."""
    if context.answers.get("finding") != "continue":
        return
    given = day(context.answers.get("next_date"))
    if empty(given) or (given is not None and given < context.now.date()):
        raise Refusal("supervision.date_past", "继续督办的，下次督办日期不能早于今天。", field="next_date")
