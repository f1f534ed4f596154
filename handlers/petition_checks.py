"""What may not be submitted in a petition: each check refuses with a stable code and names the field."""

from __future__ import annotations

from sqlalchemy import select

from engine.registry import TaskContext, check
from handlers._common import (
    case_id_of,
    case_of,
    day,
    doers,
    due_of,
    empty,
    extendable,
    instant,
    last_entry,
    lines,
    names,
    param,
    require,
)
from office import accused, cases, deadline_book, people, registers
from storage.errors import Refusal
from storage.tables.office import case_file

_TARGETS = (
    "handling_unit",
    "target_unit",
    "unit",
    "unit_id",
    "lead_unit",
    "contact_unit",
    "referral_unit",
    "phone_unit",
)
_TARGET_LISTS = ("assisting_units", "companion_units", "units", "notified_units")
_SETTLED = frozenset({"closed", "archived", "followed_up", "not_accepted", "merged", "withdrawn", "terminated"})


@check("petition.not_accused")
def not_accused(context: TaskContext) -> None:
    """No unit or person of the accused set is given the matter (R65): a hard error."""
    case_id = case_id_of(context)
    named = [(key, context.answers.get(key)) for key in _TARGETS]
    named += [(key, unit) for key in _TARGET_LISTS for unit in lines(context.answers.get(key))]
    for field, unit_id in named:
        if not empty(unit_id):
            accused.require_may_be_given(context.uow, context.org_id, case_id, unit_id=str(unit_id), field=field)
    for field in ("handler", "handler_id", "lead_person"):
        user_id = context.answers.get(field)
        if not empty(user_id):
            accused.require_may_be_given(context.uow, context.org_id, case_id, user_id=str(user_id), field=field)


@check("petition.received_at")
def received_at(context: TaskContext) -> None:
    """A matter is not received in the future."""
    given = instant(context.answers.get("received_at"))
    if given is not None and given > context.now:
        raise Refusal("registration.received_at", "收到时间不能晚于现在。", field="received_at")


@check("petition.receivers")
def receivers(context: TaskContext) -> None:
    """A visit is received by at least as many staff as the profile says (R46)."""
    if case_of(context)["channel"] == "V":
        _require_receivers(context)


def _require_receivers(context: TaskContext) -> None:
    wanted = int(param(context, "reception.min_staff"))
    if wanted > 1 and len(set(names(context.answers.get("receivers")))) < wanted:
        text = f"接待来访的工作人员不得少于{wanted}名，请填写各人姓名。"
        raise Refusal("registration.receivers", text, field="receivers")


@check("reception.min_staff")
def min_staff(context: TaskContext) -> None:
    """The record of a visit to the hall is not opened with fewer names than the profile says (R46)."""
    _require_receivers(context)


@check("petition.registration_fields")
def registration_fields(context: TaskContext) -> None:
    """Every field of the profile's registration form is filled in, unless the petitioner is unknown or declines."""
    known = cases.case_data(context.uow, context.org_id, case_id_of(context))
    if known["anonymous"] or context.answers.get("undisclosed"):
        return
    known |= {key.removeprefix("petitioner_"): value for key, value in context.answers.items()}
    required = param(context, "registration.required")
    missing = [key for key in required if empty(known.get(key.removeprefix("petitioner_")))]
    if missing:
        raise Refusal(
            "registration.incomplete", "登记表还有栏目没有填写；信访人不愿提供的，请勾选“未提供”。",
            field=missing[0].removeprefix("petitioner_"), details=missing,
        )  # fmt: skip


@check("petition.accused_named")
def accused_named(context: TaskContext) -> None:
    """An accusation names whom it accuses, so that the accused can be kept out (R65)."""
    answers = context.answers
    kind = answers.get("kind") or case_of(context)["kind"]
    if kind == "accusation" and empty(answers.get("accused_units")) and empty(answers.get("accused_persons")):
        text = "检举控告应登记被反映的单位或个人，以便回避和保密。"
        raise Refusal("registration.accused_missing", text, field="accused_units")


@check("petition.informed")
def informed(context: TaskContext) -> None:
    """What the petitioner is told is complete (R50, R51), and nothing is accepted a second time (L4, R68)."""
    answers, decision = context.answers, context.answers.get("decision")
    case = case_of(context)
    if decision in ("legal_channel", "not_accepted", "concluded"):
        require(answers, "reason", "acceptance.reason_missing", "不予受理的，请写明理由。")
    if decision == "legal_channel":
        for field in ("legal_channel", "channel_organ"):
            require(answers, field, "acceptance.channel_missing", "请写明法定途径和受理机关。")
    earlier = _earlier(context, case)
    if decision == "merged" and earlier is None:
        raise Refusal("acceptance.no_former_case", "没有可以并入的原事项。", field="decision")
    if (
        decision == "accepted"
        and earlier is not None
        and (earlier["state"] not in _SETTLED or earlier["acceptance"] == "not_accepted")
    ):
        text = f"同一事项已有登记（{earlier['number']}），不重复受理；请并入原事项或说明理由。"
        raise Refusal("acceptance.repeat", text, field="decision")


def _earlier(context: TaskContext, case: dict[str, object]) -> dict[str, object] | None:
    if not case["repeat_of"]:
        return None
    query = select(case_file).where(
        case_file.c.org_id == context.org_id,
        (case_file.c.id == case["repeat_of"]) | (case_file.c.repeat_of == case["repeat_of"]),
        case_file.c.id != case["id"],
    )
    rows = context.uow.conn.execute(query.order_by(case_file.c.received_at.desc())).all()
    return dict(rows[0]._mapping) if rows else None


@check("petition.answered")
def answered(context: TaskContext) -> None:
    """An answer on the spot is written down; an unreasonable demand is explained (R39)."""
    result = context.answers.get("result")
    if result == "explained":
        require(context.answers, "explanation", "answer.explanation_missing", "诉求不合政策的，请写明解释说明的内容。")
    elif result == "resolved":
        require(context.answers, "answer", "answer.missing", "请写明当场答复或解决的情况。")


@check("petition.assignment_limit")
def assignment_limit(context: TaskContext) -> None:
    """An assignment names its limit (R56): a number of days or a date that is not past."""
    answers = context.answers
    if answers.get("transfer_kind") != "assignment":
        return
    if empty(answers.get("assign_days")) and empty(answers.get("assign_due")):
        raise Refusal("assignment.limit_missing", "交办件应写明办理天数或截止日期。", field="assign_days")
    due = day(answers.get("assign_due"))
    if due is not None and due < context.now.date():
        raise Refusal("assignment.limit_past", "截止日期不能早于今天。", field="assign_due")


@check("petition.objection")
def objection(context: TaskContext) -> None:
    """An objection has reasons and comes within five working days of receipt (L5); once confirmed, no more."""
    if context.answers.get("outcome") != "object":
        return
    require(context.answers, "objection_reasons", "objection.reasons_missing", "提出异议应详细说明理由。")
    if context.variables.get("confirmed"):
        text = "已经明确由你单位办理，不能再次退件；确有困难请申请协调。"
        raise Refusal("objection.confirmed", text, field="outcome")
    start = instant(context.variables.get("unit_received_at"))
    if start is not None:
        limit = due_of(context, "L5", start)
        if context.now > limit:
            raise Refusal("objection.late", f"异议期已于{limit:%Y年%m月%d日}届满，不能再退件。", field="outcome")


@check("petition.extension_request")
def extension_request(context: TaskContext) -> None:
    """An extension is asked with reason, before the limit is over, once, within the most that is allowed (L12, R45)."""
    outcome = context.answers.get("outcome")
    if outcome not in ("request_extension", "approve"):
        return
    asked = context.answers if outcome == "request_extension" else context.variables
    days = context.answers.get("extension_days") or asked.get("extension_days")
    reason = context.answers.get("extension_reason") or asked.get("extension_reason")
    if empty(reason):
        raise Refusal("extension.reason_missing", "申请延期应说明理由。", field="extension_reason")
    running = extendable(context)
    if not running:
        raise Refusal("extension.not_allowed", "本件没有可以延期的期限。", field="outcome")
    most = int(param(context, "reply.extension_max_days"))
    if most and int(days or 0) > most:
        raise Refusal("extension.too_long", f"延期最多{most}日。", field="extension_days")
    deadline_book.require_extension(
        context.uow, context.org_id, running[0], int(days or 0), reason=str(reason), now=context.now
    )


@check("petition.result_complete")
def result_complete(context: TaskContext) -> None:
    """A result that is submitted holds facts, conclusion, result and whether it is substantive (FM25, R96)."""
    if context.answers.get("outcome") != "submit":
        return
    for field in ("result_kind", "result", "facts", "conclusion"):
        require(context.answers, field, "result.incomplete", "请填写查明的事实、结论、办理结果和结果性质。")


@check("petition.investigated")
def investigated(context: TaskContext) -> None:
    """No concluding opinion before the investigation is on file; an explanation may be given at any time (R40)."""
    stored = case_of(context)["fields"].get("investigation")
    concluding = context.answers.get("outcome") == "submit" or not empty(context.answers.get("conclusion"))
    if concluding and empty(stored):
        text = "调查没有记录存档以前，不得作结论性、倾向性的表态；可以先说明情况。"
        raise Refusal("conclusion.before_investigation", text, field="conclusion")


@check("petition.other_person")
def other_person(context: TaskContext) -> None:
    """Drafter, reviewer and approver are different people (§0.7)."""
    drafts = {
        "Examine": ("HandleMatter",),
        "ApproveExtension": ("HandleMatter",),
        "SignResult": ("HandleMatter", "PrepareReport"),
        "ConsentReport": ("PrepareReport",),
    }
    if context.actor in doers(context, *drafts.get(context.element_id, ("HandleMatter",))):
        raise Refusal("person.same", "拟办人不能审核自己的办理结果，请由他人办理。")


@check("petition.examined")
def examined(context: TaskContext) -> None:
    """A return has reasons and a new limit (R59); a merely procedural result is not approved (R96)."""
    answers = context.answers
    if answers.get("outcome") == "return":
        require(answers, "return_reasons", "return.reasons_missing", "退回重新办理应写明理由。")
        if empty(answers.get("return_days")) and empty(answers.get("return_due")):
            raise Refusal("return.limit_missing", "退回重新办理应给出新的期限。", field="return_days")
    elif answers.get("outcome") == "approve" and _result_kind(context) == "procedural":
        raise Refusal("result.procedural", "只有程序性结果，事项没有实际解决，不能批复结案。", field="outcome")


@check("petition.closable")
def closable(context: TaskContext) -> None:
    """Closing needs a substantive result (R96), and a visit to a petitioner who is not convinced (R63)."""
    answers = context.answers
    if answers.get("outcome", "close") != "close":
        return
    case = case_of(context)
    if (empty(case["result"]) and empty(answers.get("result"))) or _result_kind(context) == "procedural":
        raise Refusal("result.procedural", "没有实质性办理结果，不能办结。", field="outcome")
    if answers.get("attitude") == "unconvinced":
        result = last_entry(context, "Reply", "HandleMatter", "AnswerNow", "AnswerOnSpot")
        entries = registers.entries_of_case(context.uow, context.org_id, case_id_of(context))
        visits = [entry["at"] for entry in entries if entry["register"] == "FM30"]
        if not any(result is None or at >= result["at"] for at in visits):
            text = "信访人思想不通的，应先上门回访、面对面说明情况并登记，再办结。"
            raise Refusal("closing.visit_required", text, field="attitude")


def _result_kind(context: TaskContext) -> object:
    return (
        context.answers.get("result_kind")
        or context.variables.get("result_kind")
        or case_of(context)["fields"].get("result_kind")
    )


@check("petition.follow_up_visitor")
def follow_up_visitor(context: TaskContext) -> None:
    """The visitors, by id or name, are never of the accused, and not the handler alone (R63)."""
    uow, org_id = context.uow, context.org_id
    named = names(context.answers.get("visitor") or context.answers.get("visitors"))
    staff = people.users(uow, org_id)
    visitors = {user.id for user in staff if user.id in named or user.name in named}
    strangers = set(named) - {user.id for user in staff} - {user.name for user in staff}
    guilty = accused.accused_of(uow, org_id, case_id_of(context))
    if strangers & guilty.names or any(accused.barred(uow, org_id, guilty, user_id=visitor) for visitor in visitors):
        raise Refusal("follow_up.visitor", "被反映的人员不能参加回访。", field="visitor")
    if not named and context.actor:
        visitors = {context.actor}
    if not strangers and visitors and visitors <= doers(context, "HandleMatter"):
        raise Refusal("follow_up.visitor", "不能只由承办人自己回访，请安排信访工作人员参加。", field="visitor")


@check("petition.representatives")
def representatives(context: TaskContext) -> None:
    """A group chooses at most five representatives (R66, L6)."""
    most = int(param(context, "group.representatives_max"))
    if len(names(context.answers.get("representatives"))) > most:
        raise Refusal("group.representatives", f"集体访推选的代表不得超过{most}人。", field="representatives")


@check("petition.report_ready")
def report_ready(context: TaskContext) -> None:
    """What goes up is signed (R61)."""
    for field in ("signed_opinion", "signer"):
        require(context.answers, field, "report.opinion_missing", "上报材料应有签署的结果意见和签署人。")


_LIMITS = (
    "superior_due", "agreed_date", "assign_due", "return_due", "promised_date", "plan_due", "origin_due", "limit_date",
    "due_date", "supervision_due", "due",
)  # fmt: skip


@check("petition.dates")
def dates(context: TaskContext) -> None:
    """A limit that is given as a date is not past: it could not be kept, and no timer could be set for it."""
    for field in _LIMITS:
        given = day(context.answers.get(field))
        if given is not None and given < context.now.date():
            raise Refusal("date.past", "这个日期已经过去，请重新填写。", field=field)
