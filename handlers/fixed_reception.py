"""定点接访: a leader and a clerk of the roster each working day; a day that lacks one is told before (R83)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import case_id_of, day, empty, last_answers, lines, note, tell
from office import cases, organisations, people, registers, rostering, rosters
from office.schedules import day_text
from storage.errors import Refusal

PLACES = ("leader", "staff")
_MATTER = ("name", "phone", "address", "matter", "demand")
_PRESENT = {"leader": ("reception.no_leader", "接访领导"), "staff": ("reception.no_staff", "接访干部")}


@check("fixed_reception.may_be_named")
def may_be_named(context: TaskContext) -> None:
    """Who is named for the day may be in the place and is not away; nobody is in both (R83)."""
    answers = context.answers
    if answers.get("outcome") != "named":
        return
    if all(empty(answers.get(place)) for place in PLACES):
        raise Refusal("reception.nobody_named", "请指定接访领导或者接访干部。", field="leader")
    when = day(context.variables["schedule_day"])
    assert when is not None
    if answers.get("leader") == answers.get("staff"):
        raise Refusal("reception.same_person", "接访领导和接访干部应是两个人。", field="staff")
    for place in PLACES:
        if not empty(answers.get(place)):
            rostering.require_may_be_named(
                context.uow, context.org_id, str(context.variables["schedule_code"]), when, place,
                str(answers[place]), field=place,
            )  # fmt: skip


@check("fixed_reception.may_open")
def may_open(context: TaskContext) -> None:
    """No reception without as many leaders and clerks as the day needs (R83)."""
    profile = organisations.profile_of(context.uow, context.org_id)
    for place, (code, name) in _PRESENT.items():
        if rosters.least(profile, place) and context.answers.get(f"{place}_present") is not True:
            raise Refusal(code, f"{name}没有到场，不能开始接访。", field=f"{place}_present")


@handler("fixed_reception.look")
def look(context: HandlerContext) -> Mapping[str, Any]:
    """Whether the day has all that it needs: `coverage` covered or uncovered, what is lacking, who is on duty (R83)."""
    on = rosters.day_of(context.transaction, context.org_id, str(context.inputs["code"]), _day(context))
    coverage = "uncovered" if on.lacking else "covered"
    note(context, {"coverage": coverage})
    present = {place: on.present(place) for place in PLACES}
    return {
        "coverage": coverage,
        "lacking": rosters.places_text(on.lacking),
        "leaders": present["leader"],
        "on_duty": ",".join([*present["leader"], *present["staff"]]),
    }


@handler("fixed_reception.warn")
def warn(context: HandlerContext) -> None:
    """Tell who keeps the roster that the day lacks a leader or a clerk (R83)."""
    code, when, lacking = str(context.inputs["code"]), _day(context), context.inputs["lacking"]
    duty = rosters.roster_of(organisations.profile_of(context.transaction, context.org_id), code)
    text = f"{day_text(when)}定点接访缺{lacking}，请在值班表上补排。"
    key = f"roster.uncovered/{code}/{when}/{context.token_id}"
    rostering.tell_keepers(context.transaction, context.org_id, duty, text, key=key, now=context.now)


@handler("fixed_reception.enter")
def enter(context: HandlerContext) -> None:
    """Put those who were named into the roster of the day (R83)."""
    named = last_answers(context, "FillRoster")
    for place in PLACES:
        if not empty(named.get(place)):
            rostering.name_now(
                context.transaction, context.org_id, str(context.inputs["code"]), _day(context), place,
                [str(named[place])], now=context.now, by=context.actor,
            )  # fmt: skip


@handler("fixed_reception.tell")
def tell_on_duty(context: HandlerContext) -> None:
    """Tell who receives on the day (R83)."""
    on_duty = str(context.inputs["on_duty"]).split(",")
    names = people.names_of(context.transaction, context.org_id, on_duty)
    text = f"{day_text(_day(context))}定点接访：{'、'.join(names[one] for one in on_duty)}，请按时到信访接待室。"
    tell(context, on_duty, text, kind="roster")


@handler("fixed_reception.open_matter")
def open_matter(context: HandlerContext) -> Mapping[str, Any]:
    """A petition of its own for the visitor just taken down; the leader on duty follows it to its end (R83, R53)."""
    uow, org_id, now = context.transaction, context.org_id, context.now
    taken = last_answers(context, "RegisterVisitor")
    answers = {key: taken[key] for key in _MATTER if not empty(taken.get(key))} | {"channel": "V"}
    case_id = cases.open_case(
        uow, org_id, "petition_main", answers, actor=context.actor, now=now, name="定点接访登记",
        element_id=context.element_id,
    )  # fmt: skip
    for leader in lines(context.inputs.get("leaders"))[:1]:
        cases.set_owner(uow, org_id, case_id, leader, now=now)
        cases.add_participant(uow, org_id, case_id, leader, "reception", now=now)
        tell(
            context, [leader], "定点接访登记的一件由您首接，请跟踪到底。", kind=f"reception/{case_id}", case_id=case_id
        )
    payload = {key: answers.get(key) for key in (*_MATTER, "channel")}
    payload |= {"receiver": context.actor, "first_contact_officer": context.actor, "received_at": now.isoformat()}
    context.send("petition.received", case_id, payload)
    return {"matters": int(context.variables.get("matters") or 0) + 1}


@handler("fixed_reception.close")
def close(context: HandlerContext) -> None:
    """Enter the day's log as FM35: who received, how many came, what happened (R83)."""
    uow, given = context.transaction, context.inputs
    on_duty = str(given["on_duty"]).split(",")
    names = people.names_of(uow, context.org_id, on_duty)
    opened, ended = last_answers(context, "OpenReception"), last_answers(context, "RegisterVisitor")
    fields = {
        "names": "、".join(names[one] for one in on_duty),
        "date": _day(context).isoformat(),
        "shift": "定点接访",
        "visits": f"{int(given.get('matters') or 0)}件",
        "events": ended.get("summary"),
        "order": opened.get("order_keeper")
        and people.names_of(uow, context.org_id, [opened["order_keeper"]]).get(str(opened["order_keeper"])),
    }
    registers.add_entry(
        uow, context.org_id, "FM35", fields, case_id=case_id_of(context), at=context.now, by=context.actor
    )


def _day(context: HandlerContext) -> date:
    found = day(context.inputs["day"])
    assert found is not None
    return found
