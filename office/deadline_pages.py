"""Deadlines as people see them: light, instants, why this date, and what happened to it since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from office import deadline_stops
from office.deadline_rows import find, worked_of
from office.due_text import due_text
from office.lights import LIGHT_TEXT, light
from office.organisations import calendar_of
from storage.database import UnitOfWork
from storage.tables.office import deadline, deadline_log


def explain(uow: UnitOfWork, org_id: str, deadline_id: str) -> list[str]:
    """Why this date: Chinese sentences, and what happened to the deadline since."""
    row = find(uow, org_id, deadline_id)
    return [*worked_of(row).explanation, *_story(uow, org_id, deadline_id)]


def deadlines_of(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """The deadlines of a case as its page shows them, open ones first, by due instant."""
    query = select(deadline).where(deadline.c.org_id == org_id, deadline.c.case_id == case_id)
    rows = uow.conn.execute(query.order_by(deadline.c.due_at, deadline.c.id)).all()
    told = [shown(uow, org_id, row.id, now=now) for row in rows]
    return sorted(told, key=lambda item: (item["closed_at"] is not None, item["due_at"]))


def shown(uow: UnitOfWork, org_id: str, deadline_id: str, *, now: datetime) -> dict[str, Any]:
    """One deadline as the pages show it, with its whole story. Errors: NotFound `deadline.unknown`."""
    told = shown_deadline(find(uow, org_id, deadline_id), now=now)
    story = _story(uow, org_id, deadline_id)
    stop = deadline_stops.of_deadlines(uow, org_id, [deadline_id]).get(deadline_id)
    if stop is not None:
        due = f"停止计时（{stop['cause_text']}）"
        story.append(_standing(stop))
    elif told["closed_at"] is None:
        due = due_text(told["due_at"], now, calendar_of(uow, org_id))
    else:
        due = told["light_text"]
    return {**told, "stop": stop, "due_text": due, "explanation": [*told["explanation"], *story]}


def shown_deadline(row: Row[Any], *, now: datetime) -> dict[str, Any]:
    """One deadline: code, name, light, instants, explanation."""
    worked = worked_of(row)
    lamp = "cancelled" if row.closing == "cancelled" else light(worked, now, row.closed_at, row.paused_at is not None)
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "light": lamp,
        "light_text": "已取消" if lamp == "cancelled" else LIGHT_TEXT[lamp],
        "start": row.start_at,
        "due_at": row.due_at,
        "yellow_at": row.yellow_at,
        "e1": row.e1,
        "e2": row.e2,
        "e3": row.e3,
        "ladder": list(row.ladder),
        "provisional": row.provisional,
        "closed_at": row.closed_at,
        "closing": row.closing,
        "element_id": row.element_id,
        "instance_id": row.instance_id,
        "extension_days": row.extension_days,
        "ceiling_applied": worked.ceiling_applied,
        "profile_due_at": worked.profile_due_at,
        "explanation": list(worked.explanation),
    }


def _standing(stop: Mapping[str, Any]) -> str:
    """Since when the clock stands still, why, by which law, and for how long probably."""
    until = f"，预计{stop['expected_on']:%Y-%m-%d}结束" if stop["expected_on"] else ""
    return (
        f"{stop['since']:%Y-%m-%d %H:%M} 起停止计时：{stop['cause_text']}（{stop['basis']}）{until}；恢复计时后"
        "重新计算，停止的日期（首尾两日在内）不计入。"
    )


def log_of(uow: UnitOfWork, org_id: str, deadline_id: str) -> list[dict[str, Any]]:
    """What happened to a deadline, in order: at, by, act, reason, old, new."""
    query = (
        select(deadline_log)
        .where(deadline_log.c.org_id == org_id, deadline_log.c.deadline_id == deadline_id)
        .order_by(deadline_log.c.seq)
    )
    return [dict(row._mapping) for row in uow.conn.execute(query)]


def _story(uow: UnitOfWork, org_id: str, deadline_id: str) -> list[str]:
    words = {
        "extended": "经批准延期",
        "stopped": "恢复计时，扣除不计入期限的时间",
        "recomputed": "因放假安排变化重新计算",
    }
    told = []
    for item in log_of(uow, org_id, deadline_id):
        if item["act"] in words and item["old"]["due_at"] != item["new"]["due_at"]:
            dates = [
                datetime.fromisoformat(item[key]["due_at"]).strftime("%Y-%m-%d %H:%M:%S") for key in ("old", "new")
            ]
            told.append(f"{item['at']:%Y-%m-%d %H:%M} {words[item['act']]}：由{dates[0]}改为{dates[1]}。")
    return told
