"""Reads an instance or a task for an act that will write it, and locks it against other acts."""

from __future__ import annotations

from typing import Any

from engine import sql
from engine import state as states
from engine.history import GENESIS, Chain
from engine.writing import Loaded
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.statements import Statement, read

SUSPENDED = "suspended"


class Suspended(Conflict):
    """The instance stands still (`engine.suspending`): nothing moves it until it is resumed."""

    def __init__(self) -> None:
        super().__init__("instance.suspended", "此事项暂停办理，恢复以后才能继续。")


def load_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Loaded, states.State]:
    """An active instance and its state, locked. Raises `instance.unknown`, `instance.ended`, `Suspended`."""
    return loaded(find_instance(uow, org_id, instance_id), org_id, instance_id)


def find_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> Any:
    """The row of an instance, locked. Raises `instance.unknown`."""
    row = sql.LOAD_INSTANCE.first(uow, org=org_id, of=instance_id)
    if row is None:
        raise NotFound("instance.unknown", "没有这个流程实例。")
    return row


def loaded(row: Any, org_id: str, instance_id: str) -> tuple[Loaded, states.State]:
    """What a row of `sql.LOAD_INSTANCE` or `sql.LOAD_TASK` says of an active instance.

    Raises `instance.ended`, `Suspended`.
    """
    if row.blob is None:
        raise Conflict("instance.ended", "这个流程已经结束。")
    if row.instance_state == SUSPENDED:
        raise Suspended
    return held(row, org_id, instance_id), states.decode(row.blob)


def held(row: Any, org_id: str, instance_id: str) -> Loaded:
    """The same without its state: for lines of history."""
    return Loaded(
        org_id=org_id,
        id=instance_id,
        process_key=row.process_key,
        definition_hash=row.definition_hash,
        business_key=row.business_key,
        version=row.version,
        chain=Chain(row.history_seq, row.history_hash),
        started_by=row.started_by,
        state=row.instance_state,
    )


def suspended(uow: UnitOfWork, org_id: str, instance_id: str) -> bool:
    """Whether the instance stands still; it is locked, so that it stays so."""
    return bool(find_instance(uow, org_id, instance_id).instance_state == SUSPENDED)


def read_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> Any:
    """The row of an instance as it is, not locked; for reading only. Raises `instance.unknown`."""
    row = sql.READ_INSTANCE.first(uow, org=org_id, of=instance_id)
    if row is None:
        raise NotFound("instance.unknown", "没有这个流程实例。")
    return row


def new_instance(
    org_id: str, id: str, process_key: str, definition_hash: str, business_key: str | None, started_by: str | None
) -> Loaded:
    """An instance that has not been written yet."""
    return Loaded(
        org_id=org_id,
        id=id,
        process_key=process_key,
        definition_hash=definition_hash,
        business_key=business_key,
        version=0,
        chain=Chain(0, GENESIS),
        started_by=started_by,
    )


def load_task(uow: UnitOfWork, org_id: str, task_id: str) -> Any:
    """A user task, open or ended, with its instance, both locked (`sql.LOAD_TASK`). Raises `task.unknown`."""
    row = sql.LOAD_TASK.first(uow, org=org_id, of=task_id)
    if row is None:
        raise NotFound("task.unknown", "没有这项任务，或者您无权查看。")
    return row


def lock_task(uow: UnitOfWork, org_id: str, task_id: str, *, wait: bool = True) -> None:
    """Take the instance of a user task, as `lock_instance` does."""
    lock_instance(uow, org_id, task_id.rpartition(".")[0], wait=wait)


class Busy(Exception):
    """Somebody else has the instance, and this act should not wait for it."""


def lock_instance(uow: UnitOfWork, org_id: str, instance_id: str, *, wait: bool = True) -> None:
    """Take the instance before its task, timer or job; on SQLite the whole database is already ours.

    Raises `Busy` instead of waiting if `wait` is False. An instance that is gone locks nothing.
    """
    if uow.dialect != "postgresql":
        return
    if wait:
        sql.LOCK_INSTANCE.all(uow, org=org_id, of=instance_id)
        return
    free = sql.LOCK_FREE_INSTANCE.first(uow, org=org_id, of=instance_id)
    if free is None and sql.READ_INSTANCE.first(uow, org=org_id, of=instance_id) is not None:
        raise Busy


def take(
    uow: UnitOfWork, org_id: str, instance_id: str, statement: Statement, *, wait: bool, **values: Any
) -> tuple[Any, Any]:
    """Take the instance as `lock_instance` does, with what `statement` finds once it is taken, in one exchange.

    Gives the first row of `statement` and that of the instance (`sql.LOAD_INSTANCE`), each None if there is none.
    """
    one = {"org": org_id, "of": instance_id}
    lock = sql.LOCK_INSTANCE if wait else sql.LOCK_FREE_INSTANCE
    locks = [(lock, one)] if uow.dialect == "postgresql" else []
    *locked, taken, found = read(uow, [*locks, (statement, {"org": org_id, **values}), (sql.READ_INSTANCE, one)])
    if found and [] in locked:
        raise Busy
    return (taken or [None])[0], (found or [None])[0]
