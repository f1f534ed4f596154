"""请假与因公外出: who approves, whether the posts are covered, the absence, the handover, 销假 (R16, R05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, case_of, note, require, tell
from handlers._leave import (
    asked_for,
    cover_text,
    covers,
    days_of,
    require_covered,
    require_free,
    return_of,
    uncovered,
    wanted_by,
)
from office import absences, cases, leave, organisations, people, post_cover, posts, registers
from office.accused import accused_of, barred
from storage.errors import Refusal
from storage.tables.engine import task
from storage.tables.office import case_file

_REGISTER, _HANDOVER = "FM10", "post_handover"


# ------------------------------------------------------------------ checks


@check("leave.application")
def application(context: TaskContext) -> None:
    """R16.1: a time to come that is not taken yet, the days that lie in it, and a stand-in who is free."""
    wanted = wanted_by(context.actor, context.answers)
    absences.require_enterable(
        context.uow, context.org_id, wanted.user_id, wanted.from_at, wanted.to_at, wanted.reason, now=context.now
    )
    days_of(context, wanted, context.answers.get("days"))
    require_free(context, wanted, wanted.stand_in_id, "substitute")


@check("leave.approval")
def approval(context: TaskContext) -> None:
    """R16.3: nobody approves his own leave; none is approved while a post would have nobody: `leave.post_uncovered`."""
    wanted = asked_for(context)
    if context.actor == wanted.user_id:
        raise Refusal("leave.own", "不能审批本人的请假，请由他人审批。")
    decision = context.answers.get("decision")
    if decision == "refused":
        require(context.answers, "opinion", "leave.no_reason", "不予批准的，请写明理由。")
    if decision == "stand_in" and not uncovered(context, wanted):
        raise Refusal("leave.covered", "离岗期间各岗位都有人顶岗，不需要另行派人。", field="decision")
    if decision != "approved":
        return
    uow, org_id = context.uow, context.org_id
    if wanted.to_at <= context.now:
        raise Refusal("leave.over", "申请的时间已经过去，不能再批准。", field="decision")
    absences.require_enterable(
        uow, org_id, wanted.user_id, wanted.from_at, wanted.to_at, wanted.reason, now=context.now
    )
    require_covered(context, wanted)


@check("leave.stand_in")
def stand_in(context: TaskContext) -> None:
    """R16.4: the member unit sends somebody who works here and is free during the whole leave."""
    wanted = asked_for(context)
    require_free(context, wanted, str(context.answers.get("stand_in") or "") or None, "stand_in")


@check("leave.applicant")
def applicant(context: TaskContext) -> None:
    """R16.1: an application is taken back by who has made it, and by nobody else."""
    if context.actor != asked_for(context).user_id:
        raise Refusal("leave.not_applicant", "只有申请人本人可以撤回、撤销请假。")


# ------------------------------------------------------------------ steps


@handler("leave.prepare")
def prepare(context: HandlerContext) -> Mapping[str, Any]:
    """R16.2, R16.4: the days, who approves by `leave.tiers`, what nobody would cover, whom the member unit is.

    Gives `days`, `approver` and `stand_in_groups` (candidate groups) and `uncovered` (what has nobody, in words).
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    wanted = asked_for(context)
    person = people.get_user(uow, org_id, wanted.user_id)
    profile = organisations.profile_of(uow, org_id)
    days = days_of(context, wanted, wanted.days)
    role = leave.tier(profile.param("leave.tiers"), wanted.kind, days)
    approver = leave.approvers(uow, org_id, wanted.user_id, role)
    nobody = uncovered(context, wanted)
    title = f"{person.name}{leave.KINDS[wanted.kind]}{leave.text_of(days)}天"
    cases.change_case(uow, org_id, case_id, now=context.now, title=title, owner=wanted.user_id)
    shown = {
        "days": days,
        "applicant_name": person.name,
        "span": leave.span_text(wanted.from_at, wanted.to_at),
        "cover": cover_text(context, wanted),
        "uncovered_posts": "、".join(nobody) or "无",
    }
    note(context, shown)
    return {
        "days": days,
        "approver": approver,
        "stand_in_groups": leave.member_unit(uow, org_id, wanted.user_id, person.unit_id, approver),
        "uncovered": nobody,
    }


@handler("leave.refuse")
def refuse(context: HandlerContext) -> None:
    """R16.2: the applicant is told that the leave is not granted, and why."""
    wanted = asked_for(context)
    why = str(case_of(context)["fields"].get("opinion") or "").strip()
    text = f"您{leave.span_text(wanted.from_at, wanted.to_at)}的{leave.KINDS[wanted.kind]}申请未获批准：{why}"
    tell(context, [wanted.user_id], text, kind="leave_decided")


@handler("leave.enter")
def enter(context: HandlerContext) -> Mapping[str, Any]:
    """R16.5: the absence is made and entered in FM10, which stays open until 销假.

    Gives `entered`, False if in the meantime a post has lost who would have covered it, and the instants of the leave.
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    wanted = asked_for(context)
    fields = case_of(context)["fields"]
    post_cover.lock_posts(uow, org_id, wanted.user_id)
    approved_by = str(context.inputs.get("approved_by") or "")
    times = {"leave_from": wanted.from_at.isoformat(), "return_from": return_of(context, wanted).isoformat()}
    try:
        require_covered(context, wanted)
        absences.add_absence(
            uow, org_id, wanted.user_id, wanted.from_at, wanted.to_at, wanted.reason, now=context.now,
            by=approved_by or context.actor, stand_in_id=wanted.stand_in_id, case_id=case_id,
        )  # fmt: skip
    except Refusal as refusal:
        tell(context, [approved_by], f"请假未能登记，请重新审批：{refusal.message}", kind="leave_decided")
        return {"entered": False, **times}
    names = people.names_of(uow, org_id, [wanted.user_id, approved_by])
    held = posts.posts(uow, org_id, user_id=wanted.user_id)
    entry = {
        "person": names.get(wanted.user_id),
        "window": "、".join(one.name for one in held),
        "kind": leave.KINDS[wanted.kind],
        "reason": wanted.reason,
        "from": wanted.from_at.isoformat(),
        "to": wanted.to_at.isoformat(),
        "days": fields.get("days"),
        "approver": names.get(approved_by),
        "substitute": cover_text(context, wanted),
    }
    registers.add_entry(uow, org_id, _REGISTER, entry, case_id=case_id, at=context.now, by=approved_by or context.actor)
    told = f"您{leave.span_text(wanted.from_at, wanted.to_at)}的{leave.KINDS[wanted.kind]}已批准，返岗后请销假。"
    tell(context, [wanted.user_id], told, kind="leave_decided")
    return {"entered": True, **times}


@handler("leave.revoke")
def revoke(context: HandlerContext) -> None:
    """R16.6: a granted leave that is not taken: the absence is withdrawn, its entry closed."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    _end(context)
    fields = {"cancelled_at": context.now.isoformat(), "note": "未离岗，已撤销"}
    registers.continue_entry(uow, org_id, _REGISTER, fields, case_id=case_id, at=context.now, by=context.actor)


@handler("leave.hand_over")
def hand_over(context: HandlerContext) -> Mapping[str, Any]:
    """R05.2: when the leave begins, the handover record: a line for each open task of who leaves; both confirm it.

    Gives `handover_from` and `handover_to`, who confirm: nobody where there is nothing to hand over. A line of a
    matter that is confidential or accuses somebody names neither number nor step (R65); what accuses who takes over
    is not handed over, and has no line.
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    wanted = asked_for(context)
    takes = covers(context, wanted)
    lines = _lines(context, wanted.user_id, takes)
    if not takes or not lines:
        return {"handover_from": [], "handover_to": []}
    names = people.names_of(uow, org_id, [wanted.user_id, *takes])
    listed = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
    entry = {
        "post": "、".join(one.name for one in posts.posts(uow, org_id, user_id=wanted.user_id)),
        "from_person": names.get(wanted.user_id),
        "to_person": "、".join(names[one] for one in takes if one in names),
        "handed_at": context.now.isoformat(),
        "count": len(listed),
        "lines": listed,
    }
    registers.add_entry(uow, org_id, _HANDOVER, entry, case_id=case_id, at=context.now, by=context.actor)
    note(context, {"handover_list": "\n".join(listed)})
    who = names.get(wanted.user_id)
    tell(context, takes, f"{who}已离岗，其{len(lines)}项待办由您代办，请确认业务交接。", kind="handed_over")
    return {"handover_from": [wanted.user_id], "handover_to": takes}


@handler("leave.cancel")
def cancel(context: HandlerContext) -> None:
    """R16.6, R05.3: 销假: the absence ends, the tasks are the person's again, the entries are closed."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    _end(context)
    at = context.now.isoformat()
    registers.continue_entry(
        uow, org_id, _REGISTER, {"cancelled_at": at}, case_id=case_id, at=context.now, by=context.actor
    )
    if registers.entries_of_case(uow, org_id, case_id, _HANDOVER):
        registers.continue_entry(
            uow, org_id, _HANDOVER, {"returned_at": at}, case_id=case_id, at=context.now, by=context.actor
        )


@handler("leave.not_cancelled")
def not_cancelled(context: HandlerContext) -> None:
    """R16.7: the return day is over without 销假: the director is told, and the person."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    wanted = asked_for(context)
    name = people.names_of(uow, org_id, [wanted.user_id]).get(wanted.user_id)
    heads = leave.directors(uow, org_id, wanted.user_id)
    for head in heads:
        cases.add_participant(uow, org_id, case_id, head, "told", now=context.now)
    words = f"{leave.KINDS[wanted.kind]}（{leave.span_text(wanted.from_at, wanted.to_at)}）"
    tell(context, heads, f"{name}的{words}到期未销假，请过问。", kind="leave_not_cancelled")
    tell(context, [wanted.user_id], f"您的{words}到期未销假，请立即销假。", kind="leave_not_cancelled")


def _lines(context: HandlerContext, user_id: str, takes: list[str]) -> list[str]:
    """The open tasks that the person has taken, as a handover record names them; those of this leave aside."""
    uow, org_id = context.transaction, context.org_id
    query = (
        select(task.c.name, task.c.due_at, task.c.business_key, case_file.c.number, case_file.c.confidential)
        .outerjoin(case_file, (case_file.c.org_id == task.c.org_id) & (case_file.c.id == task.c.business_key))
        .where(
            task.c.org_id == org_id, task.c.state == "open", task.c.assignee == user_id,
            case_file.c.process_key.is_distinct_from(leave.PROCESS),
        )
        .order_by(task.c.due_at.is_(None), task.c.due_at, task.c.id)
    )  # fmt: skip
    found = []
    for row in uow.conn.execute(query):
        accused = accused_of(uow, org_id, row.business_key) if row.business_key else None
        if accused is not None and all(barred(uow, org_id, accused, user_id=one) for one in takes):
            continue
        if row.confidential or (accused is not None and (accused.units or accused.users or accused.names)):
            found.append("保密事项（见待办）")
            continue
        due = f"（{row.due_at.month}月{row.due_at.day}日{row.due_at:%H:%M}到期）" if row.due_at else ""
        found.append(" ".join(filter(None, (row.number, f"{row.name}{due}"))))
    return found


def _end(context: HandlerContext) -> None:
    """End the absence of the leave, if it still lasts or is to come."""
    uow, org_id = context.transaction, context.org_id
    found = absences.of_leave(uow, org_id, case_id_of(context))
    if found is not None and found["ended_at"] is None and found["to_at"] > context.now:
        absences.end_absence(uow, org_id, found["id"], now=context.now, by=context.actor)
