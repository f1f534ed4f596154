"""催办 and 督办 (R57, R58): urging entries numbered in their case, supervision cards FM22."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from office import notices
from office.access import Viewer
from office.accused import require_may_be_given
from office.case_states import CLOSED_STATES
from office.cases import get_case
from office.numbers import card_number
from office.people import get_unit, head_of, names_of, superior_of
from office.registers import add_entry, continue_entry
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.office import case_file, supervision, urging
from storage.types import new_id

METHODS: Mapping[str, str] = {
    "visit": "派人催办",
    "phone": "电话催办",
    "letter": "催办函",
    "meeting": "会议催办",
    "system": "系统自动催办",
}
CAUSES: Mapping[str, str] = {
    "overdue": "逾期未办结",
    "instruction": "领导批示",
    "reception": "领导接访交办",
    "manual": "督办人员提出",
}


def urge(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    *,
    method: str,
    text: str,
    now: datetime,
    by: str | None,
    unit_id: str | None = None,
    person_id: str | None = None,
    deadline_id: str | None = None,
) -> int:
    """Enter an urging and tell the person urged, or the head of the unit; gives its number in the case.

    `system` is the automatic urging at E1: copied to the superior, once a deadline. Without unit and person the case's
    handler and handling unit are urged. Errors: `urging.bad_method`, `urging.no_text`, `urging.closed`, `unit.unknown`.
    """
    if method not in METHODS:
        raise Refusal("urging.bad_method", f"催办方式应为：{'、'.join(METHODS.values())}。", field="method")
    if not text.strip():
        raise Refusal("urging.no_text", "请填写催办内容。", field="text")
    _lock(uow, org_id, case_id)
    case = get_case(uow, org_id, case_id)
    if case["state"] in CLOSED_STATES and method != "system":  # limits after closing: filing, follow-up
        raise Refusal("urging.closed", "本件已经办结，不能再催办。")
    if method == "system" and deadline_id is not None:
        earlier = select(urging.c.number).where(
            urging.c.org_id == org_id,
            urging.c.case_id == case_id,
            urging.c.deadline_id == deadline_id,
            urging.c.method == "system",
        )
        number = uow.conn.execute(earlier).scalar()
        if number is not None:
            return int(number)
    if unit_id is None and person_id is None:
        unit_id, person_id = case["handling_unit"], case["handler"]
    if unit_id is not None:
        get_unit(uow, org_id, unit_id)
    urged = person_id or (head_of(uow, org_id, unit_id) if unit_id else None)
    copied_to = superior_of(uow, org_id, urged) if method == "system" and urged else None
    last = select(func.max(urging.c.number)).where(urging.c.org_id == org_id, urging.c.case_id == case_id)
    number = int(uow.conn.execute(last).scalar() or 0) + 1
    uow.conn.execute(
        insert(urging).values(
            org_id=org_id,
            case_id=case_id,
            number=number,
            deadline_id=deadline_id,
            method=method,
            unit_id=unit_id,
            person_id=urged,
            copied_to=copied_to,
            text=text.strip(),
            at=now,
            by=by,
        )
    )
    label = notices.case_label(case)
    for user_id, words in ((urged, "催办"), (copied_to, "催办（抄送）")):
        if user_id:
            told = f"{words}第{number}号：{label}，{text.strip()}"
            key = f"urging/{case_id}/{number}"
            notices.tell(uow, org_id, user_id, told, kind="urging", key=key, case_id=case_id, now=now)
    return number


def answer_urging(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    number: int,
    *,
    answer: str,
    now: datetime,
    by: str,
    new_date: date | None = None,
) -> None:
    """The unit answers an urging, once. Errors: `urging.unknown`, `urging.answered`, `urging.no_answer`."""
    if not answer.strip():
        raise Refusal("urging.no_answer", "请填写对催办的答复。", field="answer")
    mine = (urging.c.org_id == org_id) & (urging.c.case_id == case_id) & (urging.c.number == number)
    row = uow.conn.execute(select(urging.c.answer, urging.c.by).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("urging.unknown", f"没有第{number}号催办。")
    if row.answer is not None:
        raise Conflict("urging.answered", f"第{number}号催办已经答复。")
    if new_date is not None and new_date < local(now).date():
        raise Refusal("urging.past_date", "承诺办结的日期不能早于今天。", field="new_date")
    values = {"answer": answer.strip(), "answered_at": now, "answered_by": by, "new_date": new_date}
    uow.conn.execute(update(urging).where(mine).values(values))
    if row.by is not None:
        promised = f"，承诺{new_date:%Y-%m-%d}前办结" if new_date else ""
        text = f"催办第{number}号已答复：{notices.case_label(get_case(uow, org_id, case_id))}{promised}。"
        key = f"urging.answer/{case_id}/{number}"
        notices.tell(uow, org_id, row.by, text, kind="urging", key=key, case_id=case_id, now=now)


def may_answer_urging(uow: UnitOfWork, viewer: Viewer, case_id: str, number: int) -> bool:
    """True for who was urged, or stands in for them, and for the people of the unit that was urged."""
    query = select(urging.c.person_id, urging.c.unit_id).where(
        urging.c.org_id == viewer.org_id, urging.c.case_id == case_id, urging.c.number == number
    )
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        return False
    hands = {viewer.user_id, *(away.user_id for away in viewer.stands_for)}
    return row.person_id in hands or (row.unit_id is not None and row.unit_id in viewer.unit_ids)


def urgings_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The urgings of a case with names, in their order."""
    query = select(urging).where(urging.c.org_id == org_id, urging.c.case_id == case_id).order_by(urging.c.number)
    rows = uow.conn.execute(query).all()
    names = names_of(
        uow, org_id, [who for row in rows for who in (row.by, row.person_id, row.copied_to, row.answered_by)]
    )
    return [
        {
            **row._mapping,
            "method_text": METHODS[row.method],
            "by_name": names.get(row.by),
            "person_name": names.get(row.person_id),
            "answered_by_name": names.get(row.answered_by),
            "copied_to_name": names.get(row.copied_to),
        }
        for row in rows
    ]


def open_card(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    *,
    cause: str,
    opinion: str,
    now: datetime,
    by: str | None,
    unit_id: str | None = None,
    leader_id: str | None = None,
    due_on: date | None = None,
    deadline_id: str | None = None,
) -> str:
    """Open a supervision with its card: number, FM22 entry, notice to the unit's head; gives the card's number.

    Without unit it is the case's handling unit. Errors: `supervision.bad_cause`, `supervision.no_opinion`,
    `transfer.accused`, `unit.unknown`, `case.unknown`.
    """
    if cause not in CAUSES:
        raise Refusal("supervision.bad_cause", f"督办缘由应为：{'、'.join(CAUSES.values())}。", field="cause")
    if not opinion.strip():
        raise Refusal("supervision.no_opinion", "请填写督办的具体处理意见。", field="text")
    _lock(uow, org_id, case_id)
    case = get_case(uow, org_id, case_id)
    unit_id = unit_id or case["handling_unit"]
    unit_name = None
    if unit_id is not None:
        unit_name = get_unit(uow, org_id, unit_id).name
        require_may_be_given(uow, org_id, case_id, unit_id=unit_id, field="unit_id")
    card_no = card_number(uow, org_id, now)
    uow.conn.execute(
        insert(supervision).values(
            org_id=org_id,
            id=new_id(),
            card_no=card_no,
            case_id=case_id,
            deadline_id=deadline_id,
            cause=cause,
            unit_id=unit_id,
            leader_id=leader_id,
            opinion=opinion.strip(),
            due_on=due_on,
            opened_at=now,
            opened_by=by,
        )
    )
    fields = {
        "card_no": card_no,
        "petition": case["number"] or case["title"],
        "leader": names_of(uow, org_id, [leader_id]).get(leader_id or ""),
        "opinion": opinion.strip(),
        "handling_unit": unit_name,
        "due": due_on.isoformat() if due_on else None,
        "assigned_at": now.isoformat(),
    }
    add_entry(uow, org_id, "FM22", fields, case_id=case_id, at=now, by=by)
    head = head_of(uow, org_id, unit_id) if unit_id else None
    if head:
        text = f"{card_no}：{notices.case_label(case)}已列入督办，{opinion.strip()}"
        notices.tell(uow, org_id, head, text, kind="supervision", key=f"card/{card_no}", case_id=case_id, now=now)
    return card_no


def close_card(uow: UnitOfWork, org_id: str, card_no: str, *, result: str, now: datetime, by: str | None) -> None:
    """Note the result and close the card; closed twice keeps the first closing. Errors: `supervision.unknown`."""
    row = get_card(uow, org_id, card_no, lock=True)
    if row.closed_at is not None:
        return
    mine = (supervision.c.org_id == org_id) & (supervision.c.id == row.id)
    uow.conn.execute(update(supervision).where(mine).values(result=result, closed_at=now, closed_by=by))
    fields = {"card_no": card_no, "result": result, "closed_at": now.isoformat()}
    continue_entry(uow, org_id, "FM22", fields, case_id=row.case_id, at=now, by=by, where={"card_no": card_no})


def get_card(uow: UnitOfWork, org_id: str, card_no: str, *, lock: bool = False) -> Row[Any]:
    """A supervision by its card's number. Errors: NotFound `supervision.unknown`."""
    query = select(supervision).where(supervision.c.org_id == org_id, supervision.c.card_no == card_no)
    row = uow.conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("supervision.unknown", f"没有督办卡“{card_no}”。")
    return row


def cards_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The supervisions of a case with names, in the order of opening."""
    query = (
        select(supervision)
        .where(supervision.c.org_id == org_id, supervision.c.case_id == case_id)
        .order_by(supervision.c.opened_at, func.length(supervision.c.card_no), supervision.c.card_no)
    )
    rows = uow.conn.execute(query).all()
    names = names_of(uow, org_id, [user for row in rows for user in (row.leader_id, row.opened_by, row.closed_by)])
    return [
        {
            **row._mapping,
            "cause_text": CAUSES[row.cause],
            "leader_name": names.get(row.leader_id),
            "opened_by_name": names.get(row.opened_by),
        }
        for row in rows
    ]


def _lock(uow: UnitOfWork, org_id: str, case_id: str) -> None:
    """Two who urge at once get two numbers."""
    query = select(case_file.c.id).where(case_file.c.org_id == org_id, case_file.c.id == case_id).with_for_update()
    uow.conn.execute(query)
