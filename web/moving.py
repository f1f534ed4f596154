"""退回, 撤回 and an administrator's 移动: who may, what it would cancel, then the engine and the case's record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine import commands as cmd
from engine.moves import door
from office import access, askings, cases, notices, people
from office.access import Viewer
from office.accused import free_users
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound
from storage.tables import engine as tables
from web import joining
from web.acts import Actor, drain, viewer
from web.banjie import Banjie

Shown = dict[str, Any]


def returns(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str) -> list[Shown]:
    """The steps to which the holder of a task may return it, the latest first, with who did them."""
    access.require_may_do(uow, viewer(uow, who, banjie.clock.now()), task_id)
    found = door.returns(banjie.engine, uow, who.org_id, task_id)
    names = people.names_of(uow, who.org_id, [user for one in found for user in one["by"]])
    return [{**one, "by_names": [names.get(user, user) for user in one["by"]]} for one in found]


def return_preview(banjie: Banjie, who: Actor, task_id: str, target: int) -> Shown:
    """What a return would cancel and begin. Errors: as `return_task`."""
    with banjie.store.begin() as uow:
        instance_id, command, _, _ = _return(banjie, uow, who, task_id, target)
        told = door.preview(banjie.engine, uow, who.org_id, instance_id, command, actor=who.user_id)
        return _named(uow, who.org_id, told)


def return_task(banjie: Banjie, who: Actor, task_id: str, target: int, opinion: str) -> str | None:
    """退回: the open task goes back to an earlier step, whose last doer gets it again. Gives the case's id.

    The opinion is an entry of the case; the step's last doer is told. Errors: `task.*`, `back.*`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        instance_id, command, line, row = _return(banjie, uow, who, task_id, target)
        door.do(banjie.engine, uow, who.org_id, instance_id, command, line, actor=who.user_id)
        joining.answer_taken_back(banjie, uow, who, row.business_key, (line.data or {})["undone"])
        name = f"{row.name}：退回“{line.name}”"
        record(uow, who, row, name, opinion, now=now)
        receiver = getattr(command, "give_to", None)
        if receiver is not None and receiver != who.user_id and row.business_key is not None:
            label = notices.case_label(cases.get_case(uow, who.org_id, row.business_key))
            text = f"{label}由“{row.name}”退回到“{line.name}”，请重新办理。"
            key = f"returned:{task_id}"
            notices.tell(
                uow, who.org_id, receiver, text, kind="returned", key=key, now=now, case_id=row.business_key,
                step=line.name,
            )  # fmt: skip
    drain(banjie, who.org_id, row.business_key)
    return case_of(row)


def _return(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str, target: int) -> tuple[str, Any, Any, Any]:
    row = locked(uow, who, task_id)
    seen = viewer(uow, who, banjie.clock.now())
    access.require_may_do(uow, seen, task_id)
    found = door.returns(banjie.engine, uow, who.org_id, task_id)
    by: list[str] = next((one["by"] for one in found if one["target"] == target), [])
    free = free_users(uow, who.org_id, row.business_key, by[-1:])
    instance_id, command, line = door.return_command(
        banjie.engine, uow, who.org_id, task_id, target, free[0] if free and len(by) == 1 else None
    )
    return instance_id, command, line, row


def withdrawable(banjie: Banjie, uow: UnitOfWork, seen: Viewer, case_id: str) -> list[Shown]:
    """The viewer's own last acts in a case that can be taken back now."""
    table, instance = tables.task, tables.instance
    query = (
        select(table.c.id, table.c.name, table.c.instance_id)
        .join(instance, (instance.c.org_id == table.c.org_id) & (instance.c.id == table.c.instance_id))
        .where(
            table.c.org_id == seen.org_id, table.c.business_key == case_id, table.c.state == "completed",
            table.c.finished_by == seen.user_id, instance.c.state == "active",
        )
        .order_by(table.c.finished_at.desc(), table.c.id.desc())
    )  # fmt: skip
    found, looked = [], set()
    for row in uow.conn.execute(query.limit(20)).all():
        if row.instance_id in looked:
            continue
        looked.add(row.instance_id)
        try:
            door.withdraw_command(banjie.engine, uow, seen.org_id, row.id, seen.user_id)
        except BanjieError:
            continue
        found.append({"task_id": row.id, "name": row.name})
    return found


def withdraw_preview(banjie: Banjie, who: Actor, task_id: str) -> Shown:
    """What a withdrawal would cancel. Errors: as `withdraw`."""
    with banjie.store.begin() as uow:
        _require_seen(banjie, uow, who, locked(uow, who, task_id))
        instance_id, command, _ = door.withdraw_command(banjie.engine, uow, who.org_id, task_id, who.user_id)
        told = door.preview(banjie.engine, uow, who.org_id, instance_id, command, actor=who.user_id)
        return _named(uow, who.org_id, told)


def withdraw(banjie: Banjie, who: Actor, task_id: str, opinion: str) -> str | None:
    """撤回: take back one's own last act while nobody has acted on it; the task is one's own again.

    Errors: `withdraw.*`, `back.*`, `task.unknown`, `instance.ended`.
    """
    with banjie.store.begin() as uow:
        row = locked(uow, who, task_id)
        _require_seen(banjie, uow, who, row)
        instance_id, command, line = door.withdraw_command(banjie.engine, uow, who.org_id, task_id, who.user_id)
        door.do(banjie.engine, uow, who.org_id, instance_id, command, line, actor=who.user_id)
        joining.answer_taken_back(banjie, uow, who, row.business_key, (line.data or {})["undone"])
        record(uow, who, row, f"撤回：{row.name}", opinion, now=banjie.clock.now())
    drain(banjie, who.org_id, row.business_key)
    return case_of(row)


# -- administrators ----------------------------------------------------------------------------------------------------


def move_preview(
    banjie: Banjie, who: Actor, instance_id: str, *, token_id: str | None, element_id: str | None, after: bool
) -> Shown:
    """What an administrator's move would cancel and begin. Errors: `instance.unknown`, `move.*`, `back.deadlock`."""
    with banjie.store.begin() as uow:
        command, _ = _move(banjie, uow, who, instance_id, token_id, element_id, after)
        told = door.preview(banjie.engine, uow, who.org_id, instance_id, command, actor=who.user_id)
        return _named(uow, who.org_id, told)


def move(
    banjie: Banjie,
    who: Actor,
    instance_id: str,
    reason: str,
    *,
    token_id: str | None,
    element_id: str | None,
    after: bool,
) -> None:
    """移动: a token goes to another element, away, or a new one begins; with the reason in the case's record."""
    with banjie.store.begin() as uow:
        command, line = _move(banjie, uow, who, instance_id, token_id, element_id, after)
        door.do(banjie.engine, uow, who.org_id, instance_id, command, line, actor=who.user_id)
        query = select(tables.instance.c.business_key, tables.instance.c.process_key).where(
            tables.instance.c.org_id == who.org_id, tables.instance.c.id == instance_id
        )
        row = uow.conn.execute(query).one()
        if row.business_key is not None:
            cases.apply_answers(
                uow, who.org_id, row.business_key, {"remarks": reason}, actor=None, now=banjie.clock.now(),
                name=f"管理员移动：{line.name or line.element_id}", process_key=row.process_key,
            )  # fmt: skip
    drain(banjie, who.org_id, row.business_key)


def _move(
    banjie: Banjie, uow: UnitOfWork, who: Actor, instance_id: str, token_id: str | None, element_id: str | None,
    after: bool,
) -> tuple[cmd.Move, Any]:  # fmt: skip
    door.lock(uow, who.org_id, instance_id)
    access.require_not_accused(uow, viewer(uow, who), tables.instance, instance_id)
    return door.move_command(
        banjie.engine, uow, who.org_id, instance_id, token_id=token_id, element_id=element_id, after=after
    )


# -- shared ----------------------------------------------------------------------------------------------------------


def locked(uow: UnitOfWork, who: Actor, task_id: str) -> Any:
    """The task's row, its instance locked. Errors: `task.unknown`."""
    door.lock(uow, who.org_id, task_row(uow, who, task_id).instance_id)
    return task_row(uow, who, task_id)


def case_of(row: Any) -> str | None:
    """The id of the task's case."""
    return None if row.business_key is None else str(row.business_key)


def task_row(uow: UnitOfWork, who: Actor, task_id: str) -> Any:
    """The task's row, open or ended, for whoever is let see it. Errors: `task.unknown`."""
    table = tables.task
    row = uow.conn.execute(select(table).where(table.c.org_id == who.org_id, table.c.id == task_id)).first()
    if row is None:
        raise NotFound("task.unknown", "没有这项待办，或者您无权查看、办理。")
    return row


def _require_seen(banjie: Banjie, uow: UnitOfWork, who: Actor, row: Any) -> None:
    seen = viewer(uow, who, banjie.clock.now())
    if row.business_key is not None and not access.may_see_case(uow, seen, row.business_key):
        raise NotFound("task.unknown", "没有这项待办，或者您无权办理。")


def record(uow: UnitOfWork, who: Actor, row: Any, name: str, opinion: str, *, now: Any) -> None:
    """The opinion as an entry of the case; what was entered before stays."""
    if row.business_key is not None:
        cases.apply_answers(
            uow, who.org_id, row.business_key, {"remarks": opinion}, actor=who.user_id, now=now, name=name,
            process_key=row.process_key, element_id=row.element_id,
        )  # fmt: skip


def _named(uow: UnitOfWork, org_id: str, told: Shown) -> Shown:
    """The preview with the names of those who hold the tasks."""
    names = people.names_of(uow, org_id, [one["assignee"] for one in told["tasks"]])
    for one in told["tasks"]:
        one["assignee_name"] = names.get(one.pop("assignee"))
        one["asked"] = askings.still_asked(uow, org_id, one["id"])
    return told
