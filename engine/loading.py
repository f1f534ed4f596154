"""Reads an instance or a task for an act that will write it, and locks it against other acts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine import state as states
from engine.history import GENESIS, Chain
from engine.writing import Loaded
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables import engine as tables


def load_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Loaded, states.State]:
    """An active instance and its state, locked. Raises `instance.unknown`, `instance.ended`."""
    query = _instance_query(org_id, instance_id)
    row = uow.conn.execute(query.with_for_update() if uow.dialect == "postgresql" else query).first()
    if row is None:
        raise NotFound("instance.unknown", "没有这个流程实例。")
    if row.blob is None:
        raise Conflict("instance.ended", "这个流程已经结束。")
    instance = Loaded(
        org_id=org_id,
        id=instance_id,
        process_key=row.process_key,
        definition_hash=row.definition_hash,
        business_key=row.business_key,
        version=row.version,
        chain=Chain(row.history_seq, row.history_hash),
        started_by=row.started_by,
    )
    return instance, states.decode(row.blob)


def read_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> Any:
    """The row of an instance as it is, not locked; for reading only. Raises `instance.unknown`."""
    row = uow.conn.execute(_instance_query(org_id, instance_id)).first()
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
    """The row of a user task, open or ended, its instance locked. Raises `task.unknown`."""
    query = select(tables.task).where(tables.task.c.org_id == org_id, tables.task.c.id == task_id)
    row = uow.conn.execute(query).first()
    if row is not None and lock_instance(uow, org_id, row.instance_id):
        row = uow.conn.execute(query).first()
    if row is None:
        raise NotFound("task.unknown", "没有这项任务，或者您无权查看。")
    return row


def lock_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> bool:
    """Wait for the instance; False: the whole database is already ours.

    Whoever works on a task, timer or job takes the instance's lock first and only then the row, so that no two acts
    wait for each other.
    """
    if uow.dialect != "postgresql":
        return False
    row = tables.instance.c
    uow.conn.execute(select(row.id).where(row.org_id == org_id, row.id == instance_id).with_for_update())
    return True


def _instance_query(org_id: str, instance_id: str) -> Any:
    return select(tables.instance).where(tables.instance.c.org_id == org_id, tables.instance.c.id == instance_id)
