"""续假 (R16): asked for before the leave is over, approved as a leave of the whole length, entered in the same FM10."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from engine.registry import Context, HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, instant, note, require, tell, transaction
from handlers._leave import (
    Wanted,
    asked_for,
    cover_text,
    is_free,
    require_covered,
    require_free,
    return_of,
    terms,
    uncovered,
)
from office import absences, cases, leave, organisations, people, post_cover, registers
from storage.errors import Conflict, Refusal
from storage.tables.engine import task

EXTENDED = "leave.extended"  # the message by which 销假 waits for the new end
_STEP = "ApproveExtension"


@check("leave.extension")
def extension(context: TaskContext) -> None:
    """R16.8: asked for while the leave lasts, to an end after its own; one at a time; the stand-in is free."""
    granted = _granted(context)
    if granted["to_at"] <= context.now:
        raise Refusal("leave.extension_late", "假期已满，不能再续：请先销假，还要请假的另行申请。", field="extend_to")
    wanted = _wanted(context, context.answers)
    if wanted.to_at <= granted["to_at"]:
        raise Refusal("leave.extension_order", "续假的结束时间应晚于原来的结束时间。", field="extend_to")
    query = select(task.c.id).where(
        task.c.org_id == context.org_id, task.c.business_key == context.business_key, task.c.state == "open",
        task.c.element_id == _STEP,
    )  # fmt: skip
    if context.uow.conn.execute(query).first() is not None:
        raise Conflict("leave.extension_pending", "已有一次续假在审批，请等审批以后再申请。")
    absences.require_enterable(
        context.uow, context.org_id, wanted.user_id, wanted.from_at, wanted.to_at, wanted.reason, now=context.now
    )
    require_free(context, wanted, str(context.answers.get("extend_substitute") or "") or None, "extend_substitute")


@check("leave.extension_approval")
def extension_approval(context: TaskContext) -> None:
    """R16.3, R16.8: as a leave; a post that would have nobody needs the stand-in whom the approver names."""
    wanted = _wanted(context, {**case_of(context)["fields"], **context.answers})
    if context.actor == wanted.user_id:
        raise Refusal("leave.own", "不能审批本人的请假，请由他人审批。")
    if context.answers.get("extension_decision") != "approved":
        require(context.answers, "extension_opinion", "leave.no_reason", "不予批准的，请写明理由。")
        return
    if wanted.to_at <= context.now:
        raise Refusal("leave.over", "申请的时间已经过去，不能再批准。", field="extension_decision")
    named = str(context.answers.get("extension_stand_in") or "") or None
    require_free(context, wanted, named, "extension_stand_in")
    require_covered(context, wanted, field="extension_stand_in")


@handler("leave.prepare_extension")
def prepare_extension(context: HandlerContext) -> Mapping[str, Any]:
    """R16.2, R16.8: who approves by the days of the whole leave; gives `extension_approver`, a candidate group."""
    uow, org_id = context.transaction, context.org_id
    wanted = _wanted(context, case_of(context)["fields"])
    days = _days(context, wanted)
    role = leave.tier(organisations.profile_of(uow, org_id).param("leave.tiers"), wanted.kind, days)
    shown = {
        "extension_stand_in": None,  # of an earlier one
        "extension_span": leave.span_text(wanted.from_at, wanted.to_at),
        "extended_days": days,
        "extension_cover": cover_text(context, wanted),
        "extension_uncovered": "、".join(uncovered(context, wanted)) or "无",
    }
    note(context, shown)
    return {"extension_approver": leave.approvers(uow, org_id, wanted.user_id, role)}


@handler("leave.extend")
def extend(context: HandlerContext) -> Mapping[str, Any]:
    """R16.5, R16.8: the absence lasts until the new end, FM10 tells it; 销假 waits anew. Gives `return_from`."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    wanted, days = _wanted(context, case["fields"]), case["fields"].get("extended_days")
    by = str(context.inputs.get("extended_by") or context.actor)
    post_cover.lock_posts(uow, org_id, wanted.user_id)
    absences.extend(
        uow, org_id, _granted(context)["id"], wanted.to_at, stand_in_id=wanted.stand_in_id, now=context.now, by=by
    )
    names = people.names_of(uow, org_id, [wanted.user_id, by])
    cover = cover_text(context, wanted)
    whole = leave.span_text(asked_for(context).from_at, wanted.to_at)
    title = f"{names.get(wanted.user_id)}{leave.KINDS[wanted.kind]}{leave.text_of(float(days or 0))}天"
    cases.change_case(uow, org_id, case_id, now=context.now, title=title)
    note(context, {"to_at": wanted.to_at.isoformat(), "days": days, "span": whole, "cover": cover})
    entry = {
        "to": wanted.to_at.isoformat(),
        "days": days,
        "substitute": cover,
        "note": f"续假{leave.span_text(wanted.from_at, wanted.to_at)}，{names.get(by)}批准：{wanted.reason}",
    }
    registers.continue_entry(uow, org_id, "FM10", entry, case_id=case_id, at=context.now, by=by)
    told = f"您的续假已批准，{leave.KINDS[wanted.kind]}时间为{whole}，返岗后请销假。"
    tell(context, [wanted.user_id], told, kind="leave_decided")
    if wanted.stand_in_id is not None:
        told = f"{names.get(wanted.user_id)}续假至{leave.moment_text(wanted.to_at)}，其待办由您代办。"
        tell(context, [wanted.stand_in_id], told, kind="handed_over")
    context.send(EXTENDED, case_id, {})
    return {"return_from": return_of(context, wanted).isoformat()}


@handler("leave.refuse_extension")
def refuse_extension(context: HandlerContext) -> None:
    """R16.8: the applicant is told that the leave is not extended, and why."""
    fields = case_of(context)["fields"]
    wanted = _wanted(context, fields)
    why = str(fields.get("extension_opinion") or "").strip()
    text = f"您续假至{leave.moment_text(wanted.to_at)}的申请未获批准：{why}。请按原来的时间返岗销假。"
    tell(context, [wanted.user_id], text, kind="leave_decided")


def _granted(context: Context) -> dict[str, Any]:
    """The absence of the leave, as it is now."""
    found = absences.of_leave(transaction(context), context.org_id, case_id_of(context))
    assert found is not None  # 销假 waits only for what was entered
    return found


def _wanted(context: Context, answers: Mapping[str, Any]) -> Wanted:
    """The time that is asked for on top of the leave, with who would stand in then: whom the approver or the applicant
    names, else whom the leave has, if free."""
    granted, until = _granted(context), instant(answers.get("extend_to"))
    if until is None:
        raise Refusal("leave.times", "请填写离岗的开始和结束时间。", field="extend_to")
    named = str(answers.get("extension_stand_in") or answers.get("extend_substitute") or "") or None
    reason = str(answers.get("extend_reason") or "")
    wanted = replace(asked_for(context), from_at=granted["to_at"], to_at=until, reason=reason, stand_in_id=None)
    named = named or granted["stand_in_id"]
    free = named is not None and until > wanted.from_at and is_free(context, wanted, named)
    return replace(wanted, stand_in_id=named if free else None)


def _days(context: Context, wanted: Wanted) -> float:
    """The days of the whole leave: those granted, and the working days that come on top."""
    before = asked_for(context)
    first, _ = leave.counted_days(*terms(context), before.from_at, wanted.from_at)
    whole, _ = leave.counted_days(*terms(context), before.from_at, wanted.to_at)
    return (before.days or first) + whole - first
