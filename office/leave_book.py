"""Who has asked for leave, and how far that is: one's own applications, and which rows of FM10 are still open (R16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, not_, select

from office import leave
from office.inbox import task_light
from office.people import names_of
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables.engine import task
from storage.tables.office import case_file, case_participant
from storage.tables.people import absence

CANCEL = "CancelLeave"  # the step 销假
REGISTER = "FM10"


def applications(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """The user's own applications, newest first: what was asked for, its `state`, the light of 销假 and its task.

    `state`: asked, granted (not begun), away, due (over, 销假 is missing), back, refused, withdrawn (before it was
    decided), revoked (granted, and not taken).
    """
    later = absence.alias()  # of a leave with another stand-in since it was extended, the last part is meant
    goes_on = exists().where(
        later.c.org_id == org_id, later.c.case_id == absence.c.case_id, later.c.to_at > absence.c.to_at
    )
    query = (
        select(
            case_file.c.id, case_file.c.number, case_file.c.state, case_file.c.result, case_file.c.fields,
            case_file.c.received_at, absence.c.from_at, absence.c.to_at, absence.c.id.label("absence_id"),
            absence.c.stand_in_id, absence.c.entered_by,
        )
        .join(case_participant, and_(case_participant.c.org_id == org_id, case_participant.c.case_id == case_file.c.id))
        .outerjoin(absence, and_(absence.c.org_id == org_id, absence.c.case_id == case_file.c.id, not_(goes_on)))
        .where(
            case_file.c.org_id == org_id,
            case_file.c.process_key == leave.PROCESS,
            case_file.c.created_by == user_id,
            case_participant.c.user_id == user_id,
        )
        .order_by(case_file.c.received_at.desc(), case_file.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    rows = uow.conn.execute(query).all()
    open_ones = _cancelling(uow, org_id, [row.id for row in rows])
    names = names_of(uow, org_id, [row.entered_by for row in rows])
    return [
        {
            "case_id": row.id,
            "number": row.number,
            "kind": row.fields.get("leave_kind"),
            "reason": row.fields.get("reason"),
            "from_at": _instant(row, "from_at"),
            "to_at": _instant(row, "to_at"),
            "days": row.fields.get("days"),
            "cover": row.fields.get("cover"),
            "approver": names.get(row.entered_by),
            "state": _state(row, now),
            "light": task_light(open_ones[row.id], now) if row.id in open_ones else "none",
            "due_at": open_ones[row.id].due_at if row.id in open_ones else None,
            "cancel_task": open_ones[row.id].id if row.id in open_ones else None,
        }
        for row in rows
    ]


def lights(uow: UnitOfWork, org_id: str, entries: Iterable[dict[str, Any]], *, now: datetime) -> None:
    """Put the light of an entry of FM10 that waits for 销假 into it: red once the return day is over (A09)."""
    listed = list(entries)
    open_ones = _cancelling(uow, org_id, [one["case_id"] for one in listed if one["case_id"]])
    for one in listed:
        waiting = open_ones.get(one["case_id"])
        one["light"] = "none" if waiting is None else task_light(waiting, now)


def _cancelling(uow: UnitOfWork, org_id: str, case_ids: list[str]) -> dict[str, Any]:
    """The open tasks 销假 of these applications, by case."""
    query = select(task.c.id, task.c.business_key, task.c.due_at, task.c.yellow_at).where(
        task.c.org_id == org_id, task.c.business_key.in_(case_ids), task.c.state == "open", task.c.element_id == CANCEL
    )
    return {row.business_key: row for row in uow.conn.execute(query)}


def _instant(row: Any, key: str) -> datetime | None:
    told = row.fields.get(key)
    return local(datetime.fromisoformat(told)) if told else None


def _state(row: Any, now: datetime) -> str:
    if row.state == "withdrawn":
        return "withdrawn" if row.absence_id is None else "revoked"
    if row.state == "closed":
        return "refused" if row.result == "leave_refused" else "back"
    if row.absence_id is None:
        return "asked"
    if row.from_at > now:
        return "granted"
    return "away" if row.to_at > now else "due"
