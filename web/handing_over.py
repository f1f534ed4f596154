"""移交: the open work of a person who leaves or changes the post goes to another, with the reason.

What the receiver must not have (R65) stays, and is told.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from engine import assigning
from engine.loading import SUSPENDED
from office import access, askings, cases, joint, notices, office_log, people
from office.access import Viewer
from office.receivers import receiver
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound, Refusal
from storage.tables import engine as tables
from storage.tables.asking import asked_person, asking
from storage.tables.office import case_file
from web.acts import Actor, viewer
from web.banjie import Banjie
from web.moving import locked, record

Shown = dict[str, Any]
_IN_HAND = ("open", SUSPENDED)
_ROLES = (("owner", "责任人"), ("handler", "承办人"))


def preview(banjie: Banjie, who: Actor, user_id: str) -> list[Shown]:
    """What the person has: open tasks, questions not answered, open cases as owner or handler.

    `resting`: the case is merged into another, whose work goes on; it comes back by 分案. Without titles, and without
    what accuses the administrator who asks. Errors: `access.role`, `user.unknown`.
    """
    with banjie.store.begin(write=False) as uow:
        seen = _administrator(uow, who)
        people.get_user(uow, who.org_id, user_id)
        return [*_tasks(uow, seen, user_id), *_asked(uow, seen, user_id), *_cases(uow, seen, user_id)]


def hand_over(banjie: Banjie, who: Actor, user_id: str, to_id: str, reason: str) -> list[Shown]:
    """Give all of it to `to_id`, each in a transaction of its own; gives it with `why` where it stays.

    Done again after an interruption it goes on where it stopped. Errors: `access.role`, `user.unknown`,
    `handover.receiver`, `receiver.away`, `handover.reason`.
    """
    if not reason.strip():
        raise Refusal("handover.reason", "请填写移交的原因。", field="reason")
    found = preview(banjie, who, user_id)
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        if to_id == user_id:
            raise Refusal("handover.receiver", "请移交给另一位工作人员。", field="to")
        to = receiver(uow, who.org_id, to_id, None, field="to").name
        office_log.note(
            uow, who.org_id, "user", "handed_over", subject_id=user_id, new={"to": to_id, "count": len(found)},
            reason=reason.strip(), now=now, by=who.user_id,
        )  # fmt: skip
    for one in found:
        try:
            with banjie.store.begin() as uow:
                _GIVE[one["kind"]](banjie, uow, who, one, to_id, to, reason.strip())
        except BanjieError as problem:
            one["why"] = problem.message
    given = [one for one in found if "why" not in one]
    if given:
        with banjie.store.begin() as uow:
            left = people.get_user(uow, who.org_id, user_id).name
            text = f"{left}的{len(given)}项工作移交给您，请查看待办。"
            key = f"handed_over:{user_id}:{to_id}:{now:%Y%m%d%H%M%S}"
            notices.tell(uow, who.org_id, to_id, text, kind="handed_over", key=key, now=now, link="/")
    return found


def _administrator(uow: UnitOfWork, who: Actor) -> Viewer:
    seen = viewer(uow, who)
    access.require_role(seen, access.ADMIN)
    return seen


def _tasks(uow: UnitOfWork, seen: Viewer, user_id: str) -> list[Shown]:
    task = tables.task
    query = (
        select(task.c.id, task.c.name, task.c.state, case_file.c.number)
        .outerjoin(case_file, (case_file.c.org_id == task.c.org_id) & (case_file.c.id == task.c.business_key))
        .where(task.c.org_id == seen.org_id, task.c.state.in_(_IN_HAND), task.c.assignee == user_id)
        .where(or_(task.c.business_key.is_(None), access.not_accused(seen, task.c.business_key)))
        .order_by(task.c.due_at.is_(None), task.c.due_at, task.c.id)
    )
    return [
        {"kind": "task", "id": row.id, "number": row.number, "name": row.name, "resting": row.state == SUSPENDED}
        for row in uow.conn.execute(query)
    ]


def _asked(uow: UnitOfWork, seen: Viewer, user_id: str) -> list[Shown]:
    task = tables.task
    query = (
        select(asking.c.id, asking.c.kind, task.c.name, task.c.state, case_file.c.number)
        .join(asked_person, (asked_person.c.org_id == asking.c.org_id) & (asked_person.c.asking_id == asking.c.id))
        .join(task, (task.c.org_id == asking.c.org_id) & (task.c.id == asking.c.task_id))
        .outerjoin(case_file, (case_file.c.org_id == asking.c.org_id) & (case_file.c.id == asking.c.case_id))
        .where(
            asking.c.org_id == seen.org_id, asking.c.ended_at.is_(None), task.c.state.in_(_IN_HAND),
            asked_person.c.user_id == user_id, asked_person.c.state.in_(("waiting", "open")),
            or_(asking.c.case_id.is_(None), access.not_accused(seen, asking.c.case_id)),
        )
        .order_by(asking.c.asked_at, asking.c.id)
    )  # fmt: skip
    return [
        {"kind": "asking", "id": row.id, "number": row.number, "name": f"{askings.KIND_WORDS[row.kind]}：{row.name}",
         "user_id": user_id, "resting": row.state == SUSPENDED}
        for row in uow.conn.execute(query)
    ]  # fmt: skip


def _cases(uow: UnitOfWork, seen: Viewer, user_id: str) -> list[Shown]:
    found = []
    for column, words in _ROLES:
        query = select(case_file.c.id, case_file.c.number).where(
            case_file.c.org_id == seen.org_id, case_file.c.closed_at.is_(None), case_file.c[column] == user_id,
            access.not_accused(seen),
        )  # fmt: skip
        rows = uow.conn.execute(query.order_by(case_file.c.received_at, case_file.c.id)).all()
        marks = joint.marks(uow, seen, [row.id for row in rows])
        for row in rows:
            resting = row.id in marks and marks[row.id]["merged"]
            told = {"kind": "case", "id": row.id, "number": row.number, "name": words, "column": column}
            found.append({**told, "resting": resting})
    return found


def _give_task(banjie: Banjie, uow: UnitOfWork, who: Actor, one: Shown, to_id: str, to: str, reason: str) -> None:
    row = locked(uow, who, one["id"])
    if row.business_key is not None:
        cases.add_participant(uow, who.org_id, row.business_key, to_id, "handed_over", now=banjie.clock.now())
    assigning.transfer(banjie.engine, uow, who.org_id, row.id, user_id=to_id, resting=True, actor=who.user_id)
    record(uow, who, row, f"移交：{row.name} → {to}", reason, now=banjie.clock.now())


def _give_asking(banjie: Banjie, uow: UnitOfWork, who: Actor, one: Shown, to_id: str, to: str, reason: str) -> None:
    row = locked(uow, who, askings.round_of(uow, who.org_id, one["id"]).task_id)
    askings.pass_on(uow, who.org_id, row, one["id"], one["user_id"], to_id, now=banjie.clock.now())
    record(uow, who, row, f"移交：{one['name']} → {to}", reason, now=banjie.clock.now())
    data = {"asking": one["id"], "from": one["user_id"], "user": to_id}
    assigning.note(banjie.engine, uow, who.org_id, row.id, "task_asking_passed_on", data, actor=who.user_id)


def _give_case(banjie: Banjie, uow: UnitOfWork, who: Actor, one: Shown, to_id: str, to: str, reason: str) -> None:
    now = banjie.clock.now()
    case = cases.get_case(uow, who.org_id, one["id"])
    if case["closed_at"] is not None:
        raise NotFound("case.unknown", "这件事项已经办结。")
    cases.change_case(uow, who.org_id, one["id"], now=now, **{one["column"]: to_id})
    cases.apply_answers(
        uow, who.org_id, one["id"], {"remarks": reason}, actor=who.user_id, now=now, name=f"移交{one['name']} → {to}"
    )


_GIVE = {"task": _give_task, "asking": _give_asking, "case": _give_case}
