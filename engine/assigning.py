"""Who holds an open task: 签收 and 退回待签收. The instance does not move; its history tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from engine.history import Line
from engine.loading import load_task
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables import engine as tables

if TYPE_CHECKING:
    from engine.engine import Engine


def claim(engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, user_id: str, *, actor: str) -> None:
    """Give an open, unclaimed task to `user_id`. Raises `task.already_done` or `task.claimed`."""
    task = load_task(uow, org_id, task_id)
    if task.state != "open":
        raise Conflict("task.already_done", "这项任务已经办理过了，请刷新待办。")
    if task.assignee == user_id:
        return
    _assign(engine, uow, task, user_id, expected=None, kind="task_claimed", actor=actor)


def release(engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, *, actor: str) -> None:
    """Give a claimed task back to its candidates."""
    task = load_task(uow, org_id, task_id)
    if task.state != "open" or task.assignee is None:
        raise Conflict("task.not_claimed", "这项任务没有被签收，无需退回。")
    if not task.candidate_groups and not task.candidate_users:
        raise Refusal("task.no_candidates", "这项任务指定本人办理，不能放回待签收。")
    _assign(engine, uow, task, None, expected=task.assignee, kind="task_released", actor=actor)


def _assign(
    engine: Engine, uow: UnitOfWork, task: Any, user_id: str | None, *, expected: str | None, kind: str, actor: str
) -> None:
    table = tables.task
    held = table.c.assignee.is_(None) if expected is None else table.c.assignee == expected
    changed = uow.conn.execute(
        update(table)
        .where(table.c.org_id == task.org_id, table.c.id == task.id, table.c.state == "open", held)
        .values(assignee=user_id, claimed_at=engine.clock.now() if user_id else None)
    )
    if changed.rowcount != 1:
        raise Conflict("task.claimed", "这项任务已被他人签收。", details={"by": task.assignee})
    line = Line(kind=kind, element_id=task.element_id, name=task.name, data={"task": task.id, "user": user_id})
    engine.note(uow, task.org_id, task.instance_id, [line], actor=actor)
