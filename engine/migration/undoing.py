"""A migration is taken back, as long as nothing has happened to the instance since: state and rows as they were."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, delete, insert, select, update

from engine import state as states
from engine.history import Line
from engine.state import State
from engine.writing import Loaded, offers, write_turn
from storage.database import UnitOfWork
from storage.errors import BanjieError, Conflict
from storage.statements import write
from storage.tables import engine as tables
from storage.types import Instant

if TYPE_CHECKING:
    from engine.engine import Engine

_WHOLE = (tables.timer, tables.job, tables.subscription)  # all rows of an instance are those of what waits now
_TASK = (
    "element_id", "name", "form_key", "candidate_groups", "candidate_users", "properties", "due_at", "yellow_at",
    "deadline_ref",
)  # fmt: skip


def snapshot(uow: UnitOfWork, org_id: str, instance_id: str) -> dict[str, Any]:
    """The rows of an instance that a migration may change, as JSON."""
    told: dict[str, Any] = {}
    for table in (*_WHOLE, tables.task):
        query = select(table).where(table.c.org_id == org_id, table.c.instance_id == instance_id)
        if table is tables.task:
            query = query.where(table.c.state == "open")
        told[table.name] = [_told(row) for row in uow.conn.execute(query).mappings()]
    return told


def leased(uow: UnitOfWork, org_id: str, instance_id: str) -> bool:
    """Whether a handler is working outside for the instance at this moment."""
    table = tables.job
    query = select(table.c.id).where(
        table.c.org_id == org_id, table.c.instance_id == instance_id, table.c.state == "leased"
    )
    return uow.conn.execute(query).first() is not None


def undo(
    engine: Engine, org_id: str, batch_id: str, *, actor: str | None, only: Set[str] | None = None
) -> list[dict[str, Any]]:
    """Take a batch back (`only`: ids of instances), each in a transaction of its own; gives what became of each."""
    from engine.migration.batch import batch_rows

    with engine.store.begin(write=False) as uow:
        rows = batch_rows(uow, org_id, batch_id)
    outcomes = []
    for row in rows:
        if only is not None and row.instance_id not in only:
            continue
        try:
            with engine.store.begin() as uow:
                undo_one(engine, uow, org_id, row.id, actor=actor)
        except BanjieError as error:
            outcomes.append({"instance_id": row.instance_id, "done": False, "error": error.to_json()})
        else:
            outcomes.append({"instance_id": row.instance_id, "done": True, "error": None})
    return outcomes


def undo_one(engine: Engine, uow: UnitOfWork, org_id: str, migration_id: str, *, actor: str | None) -> None:
    """Take one back; the caller commits.

    Raises `migration.undone` (twice), `migration.stepped` (something has happened since), `instance.ended`.
    """
    table = tables.migration
    mine = (table.c.org_id == org_id) & (table.c.id == migration_id)
    row = uow.conn.execute(select(table).where(mine)).one()
    instance, _, after = engine.load(uow, org_id, row.instance_id)
    row = uow.conn.execute(select(table).where(mine)).one()  # again, now that the instance is locked
    if row.undone_at is not None:
        raise Conflict("migration.undone", "这次迁移已经撤销过了。")
    stepped = instance.version != row.version or row.before is None or leased(uow, org_id, row.instance_id)
    if stepped:
        raise Conflict("migration.stepped", "迁移以后这个流程实例已经有人办理或自动继续，不能再撤销迁移。")
    before = states.decode(row.before)
    line = Line(kind="migration_undone", data={"batch": row.batch_id, "to_hash": row.from_hash})
    now = engine.clock.now()
    write_turn(uow, instance, row.before, [], now=now, actor=actor, lines=[line])
    own = (tables.instance.c.org_id == org_id) & (tables.instance.c.id == row.instance_id)
    assert before.root is not None
    uow.conn.execute(update(tables.instance).where(own).values(definition_hash=before.root.hash))
    _restore(uow, instance, row.rows, now=now, actor=actor)
    context = engine.host_context(uow, instance, actor)
    had, has = _refs(before), _refs(after)
    for ref in sorted(has - had):
        engine.host.timer_dropped(context, ref, completed=False)
    for ref in sorted(had - has):
        engine.host.timer_restored(context, ref)
    uow.conn.execute(update(table).where(mine).values(undone_at=now, undone_by=actor, before=None, rows=None))
    uow.after_commit(engine.on_work)


def _restore(uow: UnitOfWork, instance: Loaded, rows: Mapping[str, Any], *, now: datetime, actor: str | None) -> None:
    org_id, instance_id = instance.org_id, instance.id
    for table in _WHOLE:
        uow.conn.execute(delete(table).where(table.c.org_id == org_id, table.c.instance_id == instance_id))
        if rows[table.name]:
            uow.conn.execute(insert(table), [_row(table, told) for told in rows[table.name]])
    for told in rows["task"]:
        task = _row(tables.task, told)
        own = (tables.task.c.org_id == org_id) & (tables.task.c.id == task["id"])
        uow.conn.execute(update(tables.task).where(own).values({name: task[name] for name in _TASK}))
        asked = offers(org_id, task["id"], task["candidate_groups"], task["candidate_users"])
        write(uow, [(statement, told) for statement, told in asked if told])


def _refs(state: State) -> set[str]:
    """The plans (deadlines) that an instance follows."""
    return {waiter.data["ref"] for waiter in state.waiters.values() if waiter.data.get("ref") is not None}


def _told(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _row(table: Table, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if value is not None and isinstance(table.c[name].type, Instant) else value
        for name, value in told.items()
    }
