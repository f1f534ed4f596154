"""Petitions at the handling units: transfer, objection, return, extension (R48, R59, R60, L5, L12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import HandlerContext, handler
from handlers._common import (
    case_id_of,
    case_of,
    day,
    doers,
    empty,
    extendable,
    in_groups,
    instant,
    last_answers,
    last_entry,
    lines,
    note,
    of_unit,
    tell,
    unit_name,
)
from handlers.host import timer_plan
from office import cases, deadline_book, notices, organisations, people
from office.accused import free_users, require_may_be_given
from storage.errors import Refusal

_ASSIGNMENT, _RETURN = "R58.assignment", "R59.return"


@handler("petition.transfer")
def transfer(context: HandlerContext) -> Mapping[str, Any]:
    """Hand the petition to its unit and tell the unit. An earlier date of an earlier assignment stays (3.3).

    Input `own`: the petition office handles it itself. Input `assisting_units`: they are told too (R54).
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    known = {**context.variables, **context.inputs}
    days, due = known.get("assign_days"), known.get("assign_due")
    unit_id = _unit(context, known)
    now = context.now.isoformat()
    out: dict[str, Any] = {
        "handling_unit": unit_id,
        "unit_received_at": now,
        "assigned_at": now,
        "assignment_code": None,
    }
    fields: dict[str, Any] = {"unit_received_at": now}
    if known.get("transfer_kind") == "assignment" or not (empty(days) and empty(due)):
        out["assignment_code"] = _ASSIGNMENT
        limit = _limit(context, _ASSIGNMENT, days, due)
        earlier = day(case_of(context)["fields"].get("assigner_due"))
        if earlier is not None and limit is not None and context.now.date() <= earlier < limit:
            limit = earlier
            out |= {"assign_days": None, "assign_due": earlier.isoformat()}
        if limit is not None:
            fields["assigner_due"] = limit.isoformat()
    assisting = lines(context.inputs.get("assisting_units"))
    for helper in assisting:
        require_may_be_given(uow, org_id, case_id, unit_id=helper, field="assisting_units")
    cases.change_case(uow, org_id, case_id, now=context.now, handling_unit=unit_id)
    for concerned in (unit_id, *assisting):
        head = people.head_of(uow, org_id, concerned)
        if head is not None and free_users(uow, org_id, case_id, [head]):
            cases.add_participant(uow, org_id, case_id, head, "transfer", now=context.now)
    note(context, fields)
    kind = "交办" if out["assignment_code"] else "转办"
    by = f"，请于{fields['assigner_due']}前报办理结果" if fields.get("assigner_due") else ""
    label = notices.case_label(case_of(context))
    told = of_unit(context, unit_id)
    tell(context, told, f"{label}已{kind}{unit_name(context, unit_id)}{by}。", kind="transfer")
    helpers = [user_id for helper in assisting for user_id in of_unit(context, helper) if user_id not in told]
    tell(context, helpers, f"{label}由{unit_name(context, unit_id)}牵头联合办理，请协助。", kind="transfer")
    return out


def _unit(context: HandlerContext, known: Mapping[str, Any]) -> str:
    """The unit that is to handle: the one named; the actor's own if the office handles the petition itself."""
    unit_id = None if context.inputs.get("own") else known.get("handling_unit")
    if empty(unit_id) and context.actor:
        unit_id = people.get_user(context.transaction, context.org_id, context.actor).unit_id
    if empty(unit_id):
        raise Refusal("transfer.no_unit", "没有指定承办单位，请重新选择。", field="handling_unit")
    return str(unit_id)


@handler("petition.objection")
def objection(context: HandlerContext) -> Mapping[str, Any]:
    """Count a unit's objection and tell who sent the petition there (R60)."""
    count = int(context.variables.get("objection_count") or 0) + 1
    case = case_of(context)
    note(context, {"objection_count": count, "objection_unit": case["handling_unit"]}, name="退件")
    senders = sorted(doers(context, "Transfer")) or in_groups(context, ("petition_office_head", "petition_clerk"))
    text = f"{notices.case_label(case)}被{unit_name(context, case['handling_unit']) or '承办单位'}退件，请核实并沟通。"
    tell(context, senders, text, kind="objection")
    return {"objection_count": count}


@handler("petition.return_result")
def return_result(context: HandlerContext) -> Mapping[str, Any]:
    """Send a result back for re-examination with reasons and a new limit; the result given before is kept (R59)."""
    known = {**last_answers(context, "Examine"), **context.variables, **context.inputs}
    days, due, reasons = known.get("return_days"), known.get("return_due"), known.get("return_reasons")
    case = case_of(context)
    count = int(known.get("return_count") or 0) + 1
    limit = _limit(context, _RETURN, days, due)
    note(context, {"return_count": count, "return_reasons": reasons}, name="退回重新复议")
    if case["handling_unit"]:
        told = f"：{reasons}" if reasons and not case["confidential"] else ""
        by = f"请于{limit.isoformat()}前重新报送" if limit is not None else "请重新报送"
        text = f"{notices.case_label(case)}的办理结果被退回重新复议，{by}{told}"
        tell(context, of_unit(context, case["handling_unit"]), text, kind="return")
    return {
        "assignment_code": _RETURN,
        "assigned_at": context.now.isoformat(),
        "assign_days": None if empty(days) else int(str(days)),
        "assign_due": None if empty(due) else str(due)[:10],
        "return_count": count,
    }


@handler("petition.extend")
def extend(context: HandlerContext) -> Mapping[str, Any]:
    """Extend the running limit as approved: once, from the unrolled end of the first period (3.4, R45, L12).

    Asked and approved are the instants at which the two tasks were done, not the moment when this runs.
    """
    uow, org_id = context.transaction, context.org_id
    known = {**context.variables, **{key: value for key, value in context.inputs.items() if not empty(value)}}
    days = int(known.get("days") or known.get("extension_days") or 0)
    reason = str(known.get("reason") or known.get("extension_reason") or "")
    asked = last_entry(context, "HandleMatter", "RequestExtension")
    approval = last_entry(context, "ApproveExtension")
    approved_at = approval["at"] if approval else context.now
    head = (approval["by"] if approval else None) or context.actor
    rows = extendable(context)
    if not rows:
        raise Refusal("extension.not_allowed", "本件没有可以延期的期限。")
    for row_id in rows:
        plan = deadline_book.extend(
            uow, org_id, row_id, days, reason=reason, now=approved_at, by=head,
            asked_at=asked["at"] if asked else approved_at,
        )  # fmt: skip
        context.reschedule(timer_plan(plan))
        if row_id == rows[0]:
            until = plan.due_at.isoformat()
    names = people.names_of(uow, org_id, [head])
    note(
        context,
        {
            "extended": True,
            "extended_until": until,
            "extension_days": days,
            "extension_reason": reason,
            "extension_approved_by": names.get(head or ""),
            "extension_approved_at": approved_at.isoformat(),
        },
    )
    return {"extended": True, "extended_until": until}


def _limit(context: HandlerContext, code: str, days: Any, due: Any) -> Any:
    """The last day of a limit given as days or date; None if neither is."""
    uow = context.transaction
    if not empty(due):
        return day(due)
    if empty(days):
        return None
    profile = organisations.profile_of(uow, context.org_id)
    calendar = organisations.calendar_of(uow, context.org_id)
    return profile.compute(code, instant(context.now) or context.now, calendar, n=int(days)).due_on
