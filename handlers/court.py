"""院长接待日: who receives, what a card must say, and what is told at the end of a month (R82)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from engine.registry import HandlerContext, TaskContext, check, handler
from handlers._common import (
    case_id_of,
    day,
    due_of_days,
    empty,
    in_groups,
    last_answers,
    last_entry,
    lines,
    note,
    tell,
    unit_name,
)
from office import accused, cases, documents, notices, people, petitions, registers, supervision
from office.case_states import CLOSED_STATES
from office.schedules import day_text
from storage.clock import local
from storage.errors import Refusal
from storage.tables.office import case_file
from storage.tables.office import supervision as card_table

PRESIDENT = "court_president"
PRESIDENTS_DAY = "R82.president"
_MATTER = ("name", "phone", "address", "matter")


@check("court.receiver")
def receiver(context: TaskContext) -> None:
    """The president receives on the first Monday, another leader of the court on the others (R82)."""
    leader = str(context.answers.get("reception_leader") or "")
    president = PRESIDENT in {role for role, _ in people.roles_of(context.uow, context.org_id, leader)}
    if president is not (context.variables.get("schedule_code") == PRESIDENTS_DAY):
        raise Refusal("court.receiver", "第一个周一由院长接待，其余周一由其他院领导接待。", field="reception_leader")


@check("court.may_open")
def may_open(context: TaskContext) -> None:
    """No reception without its leader and a bailiff on duty (R82)."""
    if context.answers.get("bailiff_present") is not True:
        raise Refusal("court.no_bailiff", "没有法警值班，不能开始接待。", field="bailiff_present")
    if context.answers.get("leader_present") is not True:
        raise Refusal("reception.no_leader", "接待领导没有到场，不能开始接待。", field="leader_present")


@check("court.card")
def card(context: TaskContext) -> None:
    """A card names unit and limit and is signed; the unit is not an accused one (R82, FM22, R65)."""
    answers = context.answers
    if answers.get("kind_of_matter") != "assign":
        return
    due = day(answers.get("due_date"))
    if empty(answers.get("due_days")) and due is None:
        raise Refusal("court.no_limit", "督办卡须写明期限：办理天数或者截止日期。", field="due_days")
    if not empty(answers.get("due_days")) and due is not None:
        raise Refusal("court.two_limits", "办理天数和截止日期只填一项。", field="due_date")
    if due is not None and due < context.now.date():
        raise Refusal("assignment.limit_past", "期限不能早于今天。", field="due_date")
    if answers.get("signed") is not True:
        raise Refusal("court.not_signed", "督办卡须由接待领导签名。", field="signed")
    unit_id = str(answers["to_unit"])
    accused.require_may_be_given(context.uow, context.org_id, case_id_of(context), unit_id=unit_id, field="to_unit")


@handler("court.tell_receiver")
def tell_receiver(context: HandlerContext) -> None:
    """Tell the leader, those who join and the bailiff of the day (R82)."""
    given = context.inputs
    when = day(given["day"])
    assert when is not None
    people_told = [str(given["reception_leader"]), *lines(given.get("joined_by")), str(given["bailiff"])]
    invited = f"约请：{given['invited']}。" if given.get("invited") else ""
    leader = people.names_of(context.transaction, context.org_id, people_told[:1])[people_told[0]]
    tell(context, people_told, f"{day_text(when)}上午{leader}接待来访当事人，请按时到场。{invited}", kind="reception")


@handler("court.open_matter")
def open_matter(context: HandlerContext) -> Mapping[str, Any]:
    """A case of its own for the visitor just registered: number, FM21 with the order, on to the leader (R82)."""
    uow, org_id = context.transaction, context.org_id
    taken = last_answers(context, "RegisterVisitor")
    leader = str(context.inputs["reception_leader"])
    answers = {key: taken[key] for key in _MATTER if not empty(taken.get(key))}
    answers |= {"channel": "V", "demand": taken["matter"], "reception_leader": leader}
    if not empty(taken.get("court_case")):
        answers["court_case"] = taken["court_case"]
    case_id = cases.open_case(
        uow, org_id, "court_matter", answers, actor=context.actor, now=context.now, name="接待登记",
        element_id=context.element_id,
    )  # fmt: skip
    petitions.give_number(uow, org_id, case_id, now=context.now)
    cases.add_participant(uow, org_id, case_id, leader, "reception", now=context.now)
    order = int(context.variables.get("matters") or 0) + 1
    fields = {
        "order_no": order,
        "person": taken.get("name"),
        "matter": taken["matter"],
        "case": taken.get("court_case"),
    }
    registers.add_entry(uow, org_id, "FM21", fields, case_id=case_id, at=context.now, by=context.actor)
    context.send("court.received", case_id, {"reception_leader": leader})
    return {"matters": order}


@handler("court.open_card")
def open_card(context: HandlerContext) -> Mapping[str, Any]:
    """Write the card FM22 as the leader signed it and send it to the unit; its limit runs from the signature (R82)."""
    uow, org_id, case_id, given = context.transaction, context.org_id, case_id_of(context), context.inputs
    signed = last_entry(context, "Receive")
    signed_at = local(signed["at"]) if signed else context.now
    unit_id, leader, opinion = str(given["unit"]), str(given["leader"]), str(given["opinion"])
    due = day(given.get("due_date"))
    if due is None:
        due = due_of_days(context, "R82.card", signed_at, int(given["due_days"])).date()
    card_no = supervision.open_card(
        uow, org_id, case_id, cause="reception", opinion=opinion, now=context.now, by=leader, unit_id=unit_id,
        leader_id=leader, due_on=due,
    )  # fmt: skip
    fields = {
        "card_no": card_no,
        "opinion": opinion,
        "handling_unit": unit_id,
        "due": due.isoformat(),
        "assigned_at": context.now.isoformat(),
        "leader": people.names_of(uow, org_id, [leader]).get(leader),
    }
    documents.make(uow, org_id, case_id, "FM22", fields, now=context.now, by=leader)
    note(context, {"handling_unit": unit_id, "card_no": card_no}, name="开督办卡")
    return {"card_no": card_no, "signed_at": signed_at.isoformat()}


@handler("court.close_card")
def close_card(context: HandlerContext) -> Mapping[str, Any]:
    """Note the result on the card and tell the leader who signed it (R82)."""
    done = last_answers(context, "HandleCard")
    result = str(done.get("handling") or "已办结")
    card_no = str(context.inputs["card_no"])
    supervision.close_card(
        context.transaction, context.org_id, card_no, result=result, now=context.now, by=context.actor
    )
    tell(context, [str(context.inputs["leader"])], f"{card_no}已办结：{result}", kind="card_closed")
    return {"card_closed_at": context.now.isoformat()}


@handler("court.tell_state")
def tell_state(context: HandlerContext) -> Mapping[str, Any]:
    """Tell each receiving leader how the cards stand that are open or were closed this month; a copy to all others.

    Nobody is told of a card whose matter accuses him or his unit (R65). Gives `open_count` and `state_text`.
    """
    uow, org_id = context.transaction, context.org_id
    first = context.now.replace(day=1, hour=0, minute=0, second=0)
    query = (
        select(card_table, case_file.c.state)
        .join(case_file, (case_file.c.org_id == card_table.c.org_id) & (case_file.c.id == card_table.c.case_id))
        .where(
            card_table.c.org_id == org_id, card_table.c.cause == "reception", case_file.c.process_key == "court_matter"
        )
        .where(card_table.c.closed_at.is_(None) | (card_table.c.closed_at >= first))
        .order_by(card_table.c.opened_at)
    )
    cards = [row._asdict() for row in uow.conn.execute(query)]
    leaders = {str(row["leader_id"]) for row in cards if row["leader_id"]}
    copied = set(in_groups(context, ("reception_leader", PRESIDENT))) | _heads(context)
    for user_id in sorted(leaders | copied):
        seen = [row for row in cards if accused.may_be_given(uow, org_id, row["case_id"], user_id=user_id)]
        own = [row for row in seen if row["leader_id"] == user_id]
        if seen:
            text = f"{context.now.month}月底交办案件办理情况：{_told(context, own or seen)}"
            key = f"court_month/{context.now:%Y-%m}"
            told = text if own else f"（抄送）{text}"
            notices.tell(uow, org_id, user_id, told, kind="court_month", key=key, now=context.now)
    open_cards = [row for row in cards if row["closed_at"] is None and row["state"] not in CLOSED_STATES]
    return {"open_count": len(open_cards), "state_text": _told(context, open_cards)}


def _heads(context: HandlerContext) -> set[str]:
    found = people.units(context.transaction, context.org_id)
    return {str(unit.head_id) for unit in found if unit.head_id and not unit.outside}


def _told(context: HandlerContext, cards: Iterable[Mapping[str, Any]]) -> str:
    """One clause a card: its number, unit, limit and state - nothing of the visitor."""
    parts = []
    for row in cards:
        due = row["due_on"]
        if row["closed_at"] is not None:
            state = "已办结"
        elif due is not None and due < context.now.date():
            state = "逾期未办结"
        else:
            state = "在办"
        limit = f"，期限{due.month}月{due.day}日" if due is not None else ""
        parts.append(f"{row['card_no']}（{unit_name(context, row['unit_id'])}{limit}）{state}")
    return f"共{len(parts)}件：{'；'.join(parts)}。" if parts else "没有在办的交办案件。"
