"""接访: the notice of a session, swaps, and each matter that a session collects (R76, R79, R80)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, day, empty, in_groups, last_answers, lines, note, of_unit, tell
from office import cases, notices, numbers, people, registers
from office.schedules import day_text
from storage.errors import Refusal

FORMS: Mapping[str, str] = {"random": "随机接访", "themed": "专题约访", "on_site": "现场接访", "fixed": "定点接访"}
_OFFICE = ("petition_office", "petition_office_head")
_MATTER = ("name", "phone", "address", "group_count", "matter", "demand")


@check("reception.swap")
def swap(context: TaskContext) -> None:
    """A swap names a substitute, who is somebody else (R79)."""
    if context.answers.get("substitute") == context.variables.get("reception_leader"):
        raise Refusal("reception.same_leader", "顶替人应是接访领导以外的人。", field="substitute")


@check("reception.leader_present")
def leader_present(context: TaskContext) -> None:
    """No session without a leader (R79)."""
    if context.answers.get("leader_present") is not True:
        raise Refusal("reception.no_leader", "接访领导没有到会，不能开始接访。", field="leader_present")


@handler("reception.publish")
def publish(context: HandlerContext) -> Mapping[str, Any]:
    """Write the public notice FM31 and tell the leader and the companion departments (R76, R79, R80)."""
    uow, given = context.transaction, context.inputs
    leader = people.get_user(uow, context.org_id, str(given["reception_leader"]))
    when = day(given["day"])
    assert when is not None
    time = f"{day_text(when)}{given.get('hours') or ''}"
    form = FORMS.get(str(given.get("session_form") or ""), "")
    fields = {
        "name": leader.name,
        "post": leader.title,
        "portfolio": given.get("portfolio"),
        "time": time,
        "place": given.get("place"),
        "form": form,
    }
    registers.add_entry(
        uow, context.org_id, "FM31", fields, case_id=case_id_of(context), at=context.now, by=context.actor
    )
    place = given.get("place") or ""
    tell(context, [leader.id], f"{time}由您在{place}接访（{form}）。不能到会的，请提前两日调换。", kind="reception")
    for unit_id in lines(given.get("companion_units")):
        text = f"{time}{leader.name}在{place}接访，请准备陪访并按时到场。"
        tell(context, of_unit(context, unit_id), text, kind=f"reception/{unit_id}")
    return {"notice_time": time}


@handler("reception.late_swap")
def late_swap(context: HandlerContext) -> None:
    """A swap that was told too late is on record, and the petition office is warned: a day without a leader (R79)."""
    uow, given = context.transaction, context.inputs
    names = people.names_of(uow, context.org_id, [str(given["reception_leader"]), str(given["substitute"])])
    leader, substitute = names.get(str(given["reception_leader"])), names.get(str(given["substitute"]))
    when = day(given["day"])
    assert when is not None
    text = f"{day_text(when)}接访日无领导：{leader}迟报调换（提出由{substitute}顶替），请另行排定。"
    note(context, {"swap_late": True, "remarks": text}, name="迟报调换")
    tell(context, in_groups(context, _OFFICE), text, kind="reception_late")


@handler("reception.open_matter")
def open_matter(context: HandlerContext) -> None:
    """Open a case of its own for the matter that was just taken down: number, FM20, and on to its disposal (R80)."""
    uow, org_id = context.transaction, context.org_id
    taken = last_answers(context, "ReceiveVisitor")
    answers = {key: taken[key] for key in _MATTER if not empty(taken.get(key))}
    leader = str(context.inputs["reception_leader"])
    answers |= {"channel": "V", "reception_leader": leader}
    case_id = cases.open_case(
        uow, org_id, "leader_case_ownership", answers, actor=context.actor, now=context.now, name="接访登记",
        element_id=context.element_id,
    )  # fmt: skip
    number = numbers.series_number(uow, org_id, "R", context.now)
    cases.set_number(uow, org_id, case_id, number, now=context.now)
    cases.add_participant(uow, org_id, case_id, leader, "reception", now=context.now)
    registers.add_entry(uow, org_id, "FM20", answers, case_id=case_id, at=context.now, by=context.actor)
    context.send("reception.received", case_id, {"reception_leader": leader, "received_by": context.actor})
    case = cases.get_case(uow, org_id, case_id)
    notices.tell(
        uow, org_id, leader, f"接访登记：{notices.case_label(case)}，请处置。", kind="reception", case_id=case_id,
        key=f"reception/{case_id}", now=context.now,
    )  # fmt: skip
