"""Who holds an open task: 签收, 退回待签收 and 转办. The instance does not move; its history tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine import sql
from engine.history import Line
from engine.loading import SUSPENDED, held, load_task, loaded
from engine.state import encode
from engine.writing import offers, write_note, write_turn
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.statements import write

if TYPE_CHECKING:
    from engine.engine import Engine


def require_begun(task: Any) -> None:
    """Raises `task.already_done`, `task.suspended`, or `task.not_begun` for a step that is only offered."""
    if task.state == SUSPENDED:
        raise Conflict("task.suspended", "此事项暂停办理，恢复以后才能办理这项任务，请刷新待办。")
    if task.state != "open":
        raise Conflict("task.already_done", "这项任务已经办理过了，请刷新待办。", details={"by": task.finished_by})
    if task.offered:
        raise Conflict("task.not_begun", "这一步还没有开始，请先选择开始。")


def claim(engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, user_id: str, *, actor: str) -> None:
    """Give an open, unclaimed task to `user_id`. Raises `task.already_done` or `task.claimed`."""
    task = load_task(uow, org_id, task_id)
    require_begun(task)
    if task.assignee == user_id:
        return
    _assign(engine, uow, org_id, task, user_id, expected=None, kind="task_claimed", actor=actor)


def release(engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, *, actor: str | None) -> None:
    """Give a claimed task back to its candidates."""
    task = load_task(uow, org_id, task_id)
    if task.state != "open" or task.offered or task.assignee is None:
        raise Conflict("task.not_claimed", "这项任务没有被签收，无需退回。")
    if not task.candidate_groups and not task.candidate_users:
        raise Refusal("task.no_candidates", "这项任务指定本人办理，不能放回待签收。")
    _assign(engine, uow, org_id, task, None, expected=task.assignee, kind="task_released", actor=actor)


def transfer(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    task_id: str,
    *,
    user_id: str | None = None,
    groups: Sequence[str] = (),
    resting: bool = False,
    actor: str | None,
) -> None:
    """Give an open task that somebody holds to `user_id`, or offer it to `groups` instead of its candidates.

    `resting`: also one that stands still goes to the person, who has it when it goes on.
    Raises `task.unknown`, `task.already_done`, `task.suspended`, `task.not_claimed`.
    """
    task = load_task(uow, org_id, task_id)
    if not (resting and user_id and task.state == SUSPENDED):
        require_begun(task)
    if task.assignee is None:
        raise Conflict("task.not_claimed", "这项任务没有被签收，请先签收再转办。")
    now = engine.clock.now()
    sql.HOLD_TASK.run(
        uow, org=org_id, of=task.id, expected=task.assignee, holder=user_id, since=now if user_id else None
    )
    data = {"task": task.id, "from": task.assignee, "user": user_id, "groups": list(groups)}
    line = Line(kind="task_transferred", element_id=task.element_id, name=task.name, data=data)
    if not groups:
        write_note(uow, held(task, org_id, task.instance_id), [line], now=now, actor=actor)
        return
    instance, state = loaded(task, org_id, task.instance_id)
    write(uow, [(statement, rows) for statement, rows in offers(org_id, task.id, groups, ()) if rows])
    state.tokens[state.number(task.id)].data.pop("unoffered", None)
    write_turn(uow, instance, encode(state), [], now=now, actor=actor, lines=[line])


def note(
    engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, kind: str, data: dict[str, Any], *, actor: str
) -> None:
    """Tell in the instance's history what people did about an open task that moves nothing."""
    task = load_task(uow, org_id, task_id)
    line = Line(kind=kind, element_id=task.element_id, name=task.name, data={"task": task_id, **data})
    write_note(uow, held(task, org_id, task.instance_id), [line], now=engine.clock.now(), actor=actor)


def _assign(
    engine: Engine, uow: UnitOfWork, org_id: str, task: Any, user_id: str | None, *, expected: str | None, kind: str,
    actor: str | None,
) -> None:  # fmt: skip
    now = engine.clock.now()
    taken = sql.HOLD_TASK.run(
        uow, org=org_id, of=task.id, expected=expected, holder=user_id, since=now if user_id else None
    )
    if taken != 1:
        raise Conflict("task.claimed", "这项任务已被他人签收。", details={"by": task.assignee})
    line = Line(kind=kind, element_id=task.element_id, name=task.name, data={"task": task.id, "user": user_id})
    write_note(uow, held(task, org_id, task.instance_id), [line], now=now, actor=actor)
