"""复查、复核: in time or not, the hearing that is not counted, and the end (L14-L17, Art. 35, 36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, day, due_of, note, require
from handlers.host import timer_plan
from office import case_links, cases, deadline_book, deadline_stops
from office.case_states import may_follow
from storage.clock import TZ
from storage.errors import Refusal
from storage.tables.office import case_file

_REQUEST = {"review": "L14", "final_review": "L16.request"}
_OPINION = "L16.opinion"
_WORDS = {
    "late": "请求已超过三十日的期限，不予受理。",
    "terminated": "信访事项已经复核终结，以同一事实和理由提出的，各级机关不再受理。",
}


@handler("review.check")
def check_request(context: HandlerContext) -> Mapping[str, Any]:
    """Whether a request may be taken up: `waiting` (only the reply was served), `in_time`, `late` or `terminated`."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    fields = case_of(context)["fields"]
    code = _REQUEST[str(context.inputs["level"])]
    received = day(context.inputs.get("reply_received_on"))
    assert received is not None  # the form asks for it
    until = due_of(context, code, datetime.combine(received, time(), TZ))
    original = _by_number(context, fields.get("original_number"))
    if original is not None:
        case_links.link_cases(uow, org_id, case_id, original["id"], "related", now=context.now, by=context.actor)
    note(context, {"request_until": until.date().isoformat(), "original_id": original["id"] if original else None})
    over = original is not None and original["state"] == "terminated"
    if over and not fields.get("new_facts"):
        status = "terminated"
    elif context.variables.get("asks_now") != "yes":
        status = "waiting"
    else:
        status = "late" if context.now > until else "in_time"
    out = {"request_status": status, "request_code": code}
    if status == "in_time":
        out["requested_on"] = context.now.date().isoformat()
        note(context, {"requested_on": out["requested_on"]})
    return out


@handler("review.refuse")
def refuse(context: HandlerContext) -> Mapping[str, Any]:
    """Not accepted, with the reason; a matter that is over stays over (L17)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    status = str(context.inputs["request_status"])
    note(context, {"acceptance": "not_accepted", "refusal_reason": _WORDS[status]})
    cases.set_state(uow, org_id, case_id, "terminated" if status == "terminated" else "not_accepted", now=context.now)
    return {"refusal_reason": _WORDS[status]}


@check("review.hearing_only_final")
def hearing_only_final(context: TaskContext) -> None:
    """A hearing whose time is not counted belongs to the final review (L16)."""
    if context.answers.get("outcome") == "hearing" and context.variables.get("level") != "final_review":
        raise Refusal("review.no_hearing", "只有复核的听证时间不计入期限；复查不在此举行听证。", field="outcome")


@check("review.complete")
def complete(context: TaskContext) -> None:
    """The opinion has claim, facts, opinion, basis and result (L13)."""
    if context.answers.get("outcome") == "opinion":
        for field in ("claim", "facts", "opinion", "legal_basis", "result"):
            require(context.answers, field, "opinion.incomplete", "意见书应写明诉求、事实和理由、意见、依据和结果。")


@handler("review.pause")
def pause(context: HandlerContext) -> None:
    """The hearing has begun: the clock stands still (L16)."""
    for row in _running(context):
        plan = deadline_stops.stop(
            context.transaction, context.org_id, row.id, "hearing", now=context.now, by=context.actor, reason="举行听证"
        )
        context.reschedule(timer_plan(plan))


@handler("review.resume")
def resume(context: HandlerContext) -> None:
    """The hearing is over: its days, first and last included, are added (L16)."""
    for row in _running(context):
        plan = deadline_stops.resume(context.transaction, context.org_id, row.id, now=context.now, by=context.actor)
        if plan is not None:
            context.reschedule(timer_plan(plan))


@handler("review.terminate")
def terminate(context: HandlerContext) -> None:
    """After the final review the original matter is over as well (L17)."""
    uow, org_id = context.transaction, context.org_id
    original = case_of(context)["fields"].get("original_id")
    if original and may_follow(cases.get_case(uow, org_id, str(original))["state"], "terminated"):
        cases.set_state(uow, org_id, str(original), "terminated", now=context.now)


def _running(context: HandlerContext) -> Any:
    uow, org_id = context.transaction, context.org_id
    return deadline_book.open_deadlines(uow, org_id, case_id=case_id_of(context), code=_OPINION)


def _by_number(context: HandlerContext, number: object) -> dict[str, Any] | None:
    query = select(case_file).where(case_file.c.org_id == context.org_id, case_file.c.number == str(number or ""))
    row = context.transaction.conn.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)
