"""The life of a petition: number, merging, limits, closing, dossier, reopening, what remains (R35, R62, R63, R68)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.registry import HandlerContext, handler
from handlers._common import case_id_of, case_of, day, empty, instant, last_answers, note, param, tell
from handlers.host import timer_plan
from office import (
    case_links,
    cases,
    deadline_book,
    duplicates,
    notices,
    organisations,
    parties,
    people,
    petitions,
    registers,
)
from office.access import viewer_of
from office.accused import may_be_given
from office.case_states import may_follow
from office.register_catalogue import REGISTERS

# What runs from acceptance (or receipt) to the reply, by the limit that the profile's `reply.limit` names:
# (variable of the code, code, counted from). Limits with a date need the date that was agreed.
_LIMITS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "R39.reply": (("reply", "R39.reply", "received"),),
    "R45.reply": (("reply", "R45.reply", "received"),),
    "R47.reply": (("reply", "R47.reply", "received"), ("handle", "R47.handle", "received")),
    "R40.reply": (("handle", "R40.handle", "accepted"), ("after", "R40.reply", "")),
    "R37.tell": (("after", "R37.tell", ""),),
    "R36.reply": (("after", "R36.reply", ""),),
    "R50.agreed": (("reply", "R50.agreed", "agreed"),),
    "R88.agreed": (("reply", "R88.agreed", "agreed"),),
    "R92.promise": (("reply", "R92.promise", "agreed"),),
}
_ONLY_ORDINARY = "R47.handle"  # 一般来信来访一周内处理完毕


@handler("petition.number")
def number(context: HandlerContext) -> Mapping[str, Any]:
    """Number the petition, find whether it came before, and see what it is: anonymous, group, urgent, confidential."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    officer = context.actor or case["first_contact_officer"]
    person = parties.get_party(uow, org_id, case["petitioner_id"]) or {}
    unit_id = case["handling_unit"] or (people.get_user(uow, org_id, officer).unit_id if officer else None)
    if unit_id is not None and not may_be_given(uow, org_id, case_id, unit_id=unit_id):
        unit_id = None
    anonymous = bool(case["anonymous"]) or empty(person.get("name"))
    size = int(param(context, "group.size"))
    group = "group" in case["flags"] or (case["group_count"] or 0) >= size
    told = petitions.give_number(uow, org_id, case_id, now=context.now)
    answers: dict[str, Any] = {"anonymous": anonymous, "flags": ["group"] if group else []}
    if case["kind"] == "accusation" or "confidential" in case["flags"]:
        answers["confidential"] = True
    if unit_id is not None:
        answers["handling_unit"] = unit_id
    note(context, answers)
    earlier = petitions.earlier_petition(uow, viewer_of(uow, org_id, officer), case) if officer else None
    if earlier is not None:
        duplicates.link_repeat(uow, org_id, case_id, earlier, now=context.now, by=context.actor)
    named = not anonymous and not empty(person.get("address"))
    return {
        "number": told,
        "received_at": case["received_at"].isoformat(),
        "registered_at": context.now.isoformat(),
        "anonymous": anonymous,
        "repeat": earlier is not None,
        "notice_due": bool(param(context, "legal_overlay")) and named,
        "handling_unit": unit_id,
        "group": group,
        "urgent": "urgent" in case["flags"],
    }


@handler("petition.merge")
def merge(context: HandlerContext) -> None:
    """Join the petition to the first one of the same matter; those of the first are told (R68)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    first_id = case["repeat_of"]
    if first_id is None:
        return
    first = cases.get_case(uow, org_id, first_id)
    case_links.link_cases(uow, org_id, case_id, first_id, "merged", now=context.now, by=context.actor)
    text = f"{notices.case_label(case)}反映同一事项，已并入{notices.case_label(first)}办理。"
    tell(context, cases.participants(uow, org_id, first_id), text, kind="merged", case_id=first_id)


@handler("petition.deadlines")
def deadlines(context: HandlerContext) -> Mapping[str, Any]:
    """Accept the petition and name the limits that its organisation works by (requirements 3.2, 3.4).

    `start`: the instant of reopening, from which a reopened petition's limits count. `limit`: instead of the profile's
    `reply.limit`, where a course of the organisation has another (R42-R44: none but that of the statute, `L12`).
    """
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    if case["accepted_at"] is None and may_follow(case["state"], "accepted"):
        cases.set_state(uow, org_id, case_id, "accepted", now=context.now)
        case = case_of(context)
    accepted = case["accepted_at"] or context.now
    again = instant(context.inputs.get("start"))
    starts = {"received": again or case["received_at"], "accepted": again or accepted}
    agreed = day(context.variables.get("agreed_date") or case["fields"].get("agreed_date"))
    out: dict[str, Any] = dict.fromkeys(
        ("reply_code", "reply_start", "reply_date", "handle_code", "handle_start", "after_code", "propose_code")
    )
    for what, code, start in _LIMITS.get(str(context.inputs.get("limit") or param(context, "reply.limit")), ()):
        if code == _ONLY_ORDINARY and case["weight"] != "ordinary":
            continue
        if start == "agreed":
            if agreed is None:
                continue
            out["reply_date"] = agreed.isoformat()
        out[f"{what}_code"] = code
        if what != "after":
            out[f"{what}_start"] = starts["accepted" if start == "agreed" else start].isoformat()
    overlay = bool(param(context, "legal_overlay"))
    if overlay and case["kind"] == "appeal_claim" and not (out["reply_code"] or out["handle_code"]):
        out |= {"reply_code": "L12", "reply_start": starts["accepted"].isoformat()}
    if param(context, "same_day_closure"):
        out["propose_code"] = "R38.close_same_day"
    return (
        out
        | _transfer_limit(context, overlay, starts["received"].isoformat())
        | _superior_limit(context, case)
        | {"accepted_at": accepted.isoformat(), "return_count": 0, "objection_count": 0}
    )


def _transfer_limit(context: HandlerContext, overlay: bool, received: str) -> dict[str, Any]:
    """转办: by the profile's own words from the leader's reading (cppcc), else Art. 22, else 及时."""
    if param(context, "transfer.limit") == "R47.transfer":
        return {"transfer_code": "R47.transfer", "transfer_start": None}
    if overlay:
        return {"transfer_code": "L1", "transfer_start": received}
    return {"transfer_code": "R48.transfer", "transfer_start": context.now.isoformat()}


def _superior_limit(context: HandlerContext, case: Mapping[str, Any]) -> dict[str, Any]:
    """上级交办: the date that the superior set, if one was entered (R47, R61)."""
    due = day(context.variables.get("superior_due") or case["fields"].get("superior_due"))
    if due is None:
        return {"superior_code": None, "superior_due": None}
    own = "R47.superior" in organisations.profile_of(context.transaction, context.org_id).rules
    return {"superior_code": "R47.superior" if own else "R61.report", "superior_due": due.isoformat()}


@handler("petition.weigh_limits")
def weigh_limits(context: HandlerContext) -> Mapping[str, Any]:
    """Important and difficult letters are not bound by the week that ordinary ones have: it is dropped (R47)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    weight = str(context.variables.get("weight") or case_of(context)["weight"])
    if weight != case_of(context)["weight"]:
        note(context, {"weight": weight})
    if weight != "ordinary":
        for row in deadline_book.open_deadlines(uow, org_id, case_id=case_id, code=_ONLY_ORDINARY):
            deadline_book.close(uow, org_id, row.id, now=context.now, cancelled=True, by=context.actor)
            plan = deadline_book.current_plan(uow, org_id, row.id)
            assert plan is not None  # it was armed
            context.reschedule(replace(timer_plan(plan), withdrawn=True))
    return {"weight": weight}


@handler("petition.close")
def close(context: HandlerContext) -> Mapping[str, Any]:
    """Close the petition with its result."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    case = case_of(context)
    result = case["result"] or context.variables.get("result")
    if may_follow(case["state"], "closed"):
        cases.set_state(uow, org_id, case_id, "closed", now=context.now, result=result)
        _note_in_register(context, result)
    return {"closed_at": (case_of(context)["closed_at"] or context.now).isoformat()}


def _note_in_register(context: HandlerContext, result: Any) -> None:
    """办理情况 in the register of letters and visits, where its form has that column; 反馈 on an instruction (FM43)."""
    register = str(param(context, "registration.form"))
    told = last_answers(context, "Reply", "ServeOpinion", "AnswerOnSpot", "HandleMatter")
    text = next((told[key] for key in ("opinion", "conclusion", "answer", "explanation") if told.get(key)), result)
    if "handling" in REGISTERS[register].labels and not empty(text):
        registers.continue_entry(
            context.transaction, context.org_id, register, {"handling": text},
            case_id=case_id_of(context), at=context.now, by=context.actor,
        )  # fmt: skip
    instructions = registers.entries_of_case(context.transaction, context.org_id, case_id_of(context), "FM43")
    if instructions and not empty(text) and empty(instructions[-1]["fields"].get("feedback")):
        registers.continue_entry(
            context.transaction, context.org_id, "FM43", {"feedback": text},
            case_id=case_id_of(context), at=context.now, by=context.actor,
        )  # fmt: skip


@handler("petition.reopen")
def reopen(context: HandlerContext) -> Mapping[str, Any]:
    """Take a petition up again after its reply (R63 relapse, R68); its acceptance stays, its counts begin anew."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    cases.set_state(uow, org_id, case_id, "reopened", now=context.now)
    return {"reopened_at": context.now.isoformat(), "return_count": 0, "objection_count": 0}


@handler("petition.remaining")
def remaining(context: HandlerContext) -> Mapping[str, Any]:
    """Open a petition of its own for what the petitioner still asks, linked with this one (R63)."""
    uow, org_id, case_id = context.transaction, context.org_id, case_id_of(context)
    known = {**last_answers(context, "FollowUp", "VisitUnconvinced"), **context.variables, **context.inputs}
    demand = next((str(known[key]) for key in ("remaining_demand", "remaining") if not empty(known.get(key))), None)
    demand = demand or str(case_of(context)["demand"] or case_of(context)["matter"] or "回访发现的遗留诉求")
    new = petitions.open_remaining(uow, org_id, case_id, demand, actor=context.actor, now=context.now)
    person = parties.get_party(uow, org_id, new["petitioner_id"]) or {}
    payload = {key: person.get(key) for key in ("name", "phone", "address")}
    payload |= {key: new[key] for key in ("channel", "kind", "matter", "demand", "first_contact_officer")}
    context.send("petition.received", new["id"], payload | {"received_at": new["received_at"].isoformat()})
    return {"linked_number": new["number"], "linked_case_id": new["id"]}
