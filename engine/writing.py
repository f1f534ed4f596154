"""Writes what a turn did as rows: instance, tasks, timers, jobs, subscriptions, incidents, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from engine import effects as fx
from engine.history import Chain, Line, append
from storage.database import UnitOfWork
from storage.errors import Conflict
from storage.tables import engine as tables
from storage.types import new_id


@dataclass(kw_only=True)
class Loaded:
    """An instance as it was read; `version` is what a write is checked against."""

    org_id: str
    id: str
    process_key: str
    definition_hash: str
    business_key: str | None
    version: int  # 0: not yet written
    chain: Chain
    started_by: str | None


def write_turn(
    uow: UnitOfWork,
    instance: Loaded,
    blob: bytes,
    effects: Sequence[fx.Effect],
    *,
    now: datetime,
    actor: str | None,
    lines: Sequence[Line] = (),
) -> None:
    """Write one turn. Raises `instance.changed` (Conflict) if somebody wrote the instance since it was read."""
    org_id, instance_id = instance.org_id, instance.id
    told = [*lines, *history_lines(effects)]
    ended = next((e for e in effects if isinstance(e, fx.InstanceEnded)), None)
    append(uow, org_id, instance_id, instance.business_key, instance.chain, told, at=now, actor=actor)
    values: dict[str, Any] = {
        "version": instance.version + 1,
        "history_seq": instance.chain.seq,
        "history_hash": instance.chain.hash,
        "state": "active" if ended is None else "completed" if ended.completed else "cancelled",
        "ended_at": None if ended is None else now,
        "blob": None if ended is not None else blob,
    }
    table = tables.instance
    if instance.version == 0:
        uow.conn.execute(
            insert(table).values(
                org_id=org_id,
                id=instance_id,
                process_key=instance.process_key,
                definition_hash=instance.definition_hash,
                business_key=instance.business_key,
                started_at=now,
                started_by=actor,
                **values,
            )
        )
    else:
        written = uow.conn.execute(
            update(table)
            .where(table.c.org_id == org_id, table.c.id == instance_id, table.c.version == instance.version)
            .values(**values)
        )
        if written.rowcount != 1:
            raise Conflict("instance.changed", "此事项刚刚被他人办理，请刷新后重试。")
    instance.version += 1
    if ended is not None:
        open_ones = tables.incident.c.resolved_at.is_(None)
        mine = (tables.incident.c.org_id == org_id) & (tables.incident.c.instance_id == instance_id)
        uow.conn.execute(update(tables.incident).where(mine, open_ones).values(resolved_at=now, resolved_by=actor))
    _write_tasks(uow, instance, effects, now=now, actor=actor)
    _write_waits(uow, instance, effects, now=now, actor=actor)


def _write_tasks(
    uow: UnitOfWork, instance: Loaded, effects: Sequence[fx.Effect], *, now: datetime, actor: str | None
) -> None:
    org_id, table = instance.org_id, tables.task
    closed = [e for e in effects if isinstance(e, fx.TaskClosed)]
    closed_ids = {e.task_id for e in closed}
    opened = [e for e in effects if isinstance(e, fx.TaskOpened)]
    groups: list[dict[str, str]] = []
    rows: list[dict[str, Any]] = []
    for e in opened:
        candidates = [*e.candidate_groups, *(f"user:{user}" for user in e.candidate_users)]
        if e.task_id not in closed_ids:
            groups += [{"org_id": org_id, "group_name": g, "task_id": e.task_id} for g in dict.fromkeys(candidates)]
        rows.append(
            {
                "org_id": org_id,
                "id": e.task_id,
                "instance_id": instance.id,
                "process_key": instance.process_key,
                "element_id": e.element_id,
                "name": e.name,
                "business_key": instance.business_key,
                "form_key": e.form_key,
                "assignee": e.assignee,
                "candidate_groups": list(e.candidate_groups),
                "candidate_users": list(e.candidate_users),
                "properties": dict(e.properties),
                "scope_path": list(e.scope_path),
                "state": "open",
                "created_at": now,
                "due_at": e.due_at,
                "yellow_at": e.yellow_at,
                "deadline_ref": e.deadline_ref,
            }
        )
    if rows:
        uow.conn.execute(insert(table), rows)
    if groups:
        uow.conn.execute(insert(tables.task_group), groups)
    if closed:
        statement = (
            update(table)
            .where(table.c.org_id == org_id, table.c.id == bindparam("task"))
            .values(state=bindparam("to"), finished_at=now, finished_by=bindparam("by"), outcome=bindparam("said"))
        )
        uow.conn.execute(
            statement,
            [
                {
                    "task": e.task_id,
                    "to": "completed" if e.completed else "cancelled",
                    "by": actor if e.completed else None,
                    "said": e.outcome,
                }
                for e in closed
            ],
        )
        _drop(uow, tables.task_group, org_id, tables.task_group.c.task_id, list(closed_ids))
    for change in effects:
        if isinstance(change, fx.TaskDueChanged):
            uow.conn.execute(
                update(table)
                .where(table.c.org_id == org_id, table.c.id == change.task_id)
                .values(due_at=change.due_at, yellow_at=change.yellow_at, deadline_ref=change.deadline_ref)
            )


def _write_waits(
    uow: UnitOfWork, instance: Loaded, effects: Sequence[fx.Effect], *, now: datetime, actor: str | None
) -> None:
    """Timers, jobs, subscriptions and incidents. What is armed and dropped in one turn is not written at all."""
    org_id = instance.org_id
    common = {"org_id": org_id, "instance_id": instance.id}
    timers: dict[str, dict[str, Any]] = {}
    jobs: dict[str, dict[str, Any]] = {}
    subscriptions: dict[str, dict[str, Any]] = {}
    gone: dict[str, set[str]] = {"timer": set(), "job": set(), "subscription": set()}
    incidents: list[dict[str, Any]] = []
    for e in effects:
        match e:
            case fx.TimerArmed():
                gone["timer"].add(e.timer_id)  # it may be there already, to be moved
                timers[e.timer_id] = common | {
                    "id": e.timer_id,
                    "process_key": instance.process_key,
                    "element_id": e.element_id,
                    "ref": e.ref,
                    "due_at": e.due_at,
                    "tries": 0,
                }
            case fx.TimerDropped():
                timers.pop(e.timer_id, None)
                gone["timer"].add(e.timer_id)
            case fx.JobQueued():
                jobs[e.job_id] = common | {
                    "id": e.job_id,
                    "element_id": e.element_id,
                    "business_key": instance.business_key,
                    "handler": e.handler,
                    "inputs": dict(e.inputs),
                    "actor": actor,
                    "state": "ready",
                    "due_at": now,
                    "tries": 0,
                    "created_at": now,
                }
            case fx.JobDropped():
                if jobs.pop(e.job_id, None) is None:
                    gone["job"].add(e.job_id)
            case fx.Subscribed():
                subscriptions[e.subscription_id] = common | {
                    "id": e.subscription_id,
                    "element_id": e.element_id,
                    "kind": e.kind,
                    "name": e.name,
                    "correlation": e.correlation if e.correlation is not None else instance.business_key,
                    "created_at": now,
                }
            case fx.Unsubscribed():
                if subscriptions.pop(e.subscription_id, None) is None:
                    gone["subscription"].add(e.subscription_id)
            case fx.IncidentRaised():
                incidents.append(
                    common
                    | {
                        "id": new_id(),
                        "process_key": instance.process_key,
                        "element_id": e.element_id,
                        "business_key": instance.business_key,
                        "kind": "step",
                        "source_id": e.token_id,
                        "code": e.code,
                        "message": e.message,
                        "created_at": now,
                    }
                )
    for table, ids in ((tables.timer, "timer"), (tables.job, "job"), (tables.subscription, "subscription")):
        _drop(uow, table, org_id, table.c.id, list(gone[ids]))
    for table, rows in (
        (tables.timer, list(timers.values())),
        (tables.job, list(jobs.values())),
        (tables.subscription, list(subscriptions.values())),
        (tables.incident, incidents),
    ):
        if rows:
            uow.conn.execute(insert(table), rows)


def _drop(uow: UnitOfWork, table: Any, org_id: str, column: Any, ids: list[str]) -> None:
    for start in range(0, len(ids), 500):
        uow.conn.execute(delete(table).where(table.c.org_id == org_id, column.in_(ids[start : start + 500])))


def history_lines(effects: Sequence[fx.Effect]) -> list[Line]:
    """The history that the effects themselves tell."""
    lines: list[Line] = []
    for e in effects:
        match e:
            case fx.Recorded():
                lines.append(Line(kind=e.kind, element_id=e.element_id, name=e.name, data=e.data))
            case fx.MessageThrown():
                data: Mapping[str, Any] = {"correlation": e.correlation, "payload": dict(e.payload)}
                lines.append(Line(kind="message_thrown", name=e.name, data=data))
            case fx.IncidentRaised():
                lines.append(
                    Line(kind="incident", element_id=e.element_id, data={"code": e.code, "message": e.message})
                )
    return lines
