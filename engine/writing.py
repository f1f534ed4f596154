"""Writes what a turn did as rows: instance, tasks, timers, jobs, subscriptions, incidents, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import effects as fx
from engine import sql
from engine.history import Chain, Line, chained
from engine.stores import store_writes
from storage import spans
from storage.database import UnitOfWork
from storage.errors import Conflict
from storage.statements import Row, Write, write
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
    state: str = "active"  # or suspended; what an end makes of it, `write_turn` knows


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
    org_id, read = instance.org_id, instance.version
    ended = next((e for e in effects if isinstance(e, fx.InstanceEnded)), None)
    told = chained(
        org_id, instance.id, instance.business_key, instance.chain, [*lines, *history_lines(effects)], at=now,
        actor=actor,
    )  # fmt: skip
    instance.version = read + 1
    state = instance.state if ended is None else "completed" if ended.completed else "cancelled"
    left = None if ended is not None else blob
    saved: Row = {
        "org": org_id, "of": instance.id, "read": read, "next": instance.version, "seq": instance.chain.seq,
        "tip": instance.chain.hash, "now_is": state, "ended": None if ended is None else now, "left": left,
    }  # fmt: skip
    added: Row = {
        "org_id": org_id, "id": instance.id, "process_key": instance.process_key,
        "definition_hash": instance.definition_hash, "business_key": instance.business_key, "state": state,
        "version": instance.version, "started_at": now, "started_by": actor, "ended_at": saved["ended"],
        "history_seq": instance.chain.seq, "history_hash": instance.chain.hash, "blob": left,
    }  # fmt: skip
    writes: list[Write] = [(sql.ADD_INSTANCE, [added]) if read == 0 else (sql.SAVE_INSTANCE, [saved])]
    if ended is not None and read:
        writes.append((sql.SETTLE_INCIDENTS, [{"org": org_id, "of": instance.id, "now": now, "by": actor}]))
    writes.append((sql.ADD_HISTORY, told))
    writes += _tasks(instance, effects, now=now, actor=actor)
    writes += _waits(instance, effects, now=now, actor=actor)
    writes.append(store_writes(org_id, instance.id, effects, now=now))
    _write(uow, writes)


def write_note(uow: UnitOfWork, instance: Loaded, lines: Sequence[Line], *, now: datetime, actor: str | None) -> None:
    """Write lines of history without a turn. Raises `instance.changed` as `write_turn` does."""
    told = chained(instance.org_id, instance.id, instance.business_key, instance.chain, lines, at=now, actor=actor)
    read, instance.version = instance.version, instance.version + 1
    noted: Row = {
        "org": instance.org_id, "of": instance.id, "read": read, "next": instance.version, "seq": instance.chain.seq,
        "tip": instance.chain.hash,
    }  # fmt: skip
    _write(uow, [(sql.NOTE_INSTANCE, [noted]), (sql.ADD_HISTORY, told)])


def _write(uow: UnitOfWork, writes: Sequence[Write]) -> None:
    """Write what there is to write; the first is the instance, whose version is checked by the row it changed."""
    writes = [(statement, rows) for statement, rows in writes if rows]
    counts = write(uow, writes)
    if counts[0] != 1:
        raise Conflict("instance.changed", "此事项刚刚被他人办理，请刷新后重试。")
    for (statement, rows), count in zip(writes, counts, strict=True):
        if statement is sql.REPLACE_TIMER and count != len(rows):  # a row was not there: no timer may be lost for that
            write(uow, [(sql.ARM_TIMER, [row["armed"] for row in rows])])


def _tasks(instance: Loaded, effects: Sequence[fx.Effect], *, now: datetime, actor: str | None) -> list[Write]:
    """User tasks that opened, closed or moved. One that opened and closed in the same turn is offered to nobody."""
    org_id = instance.org_id
    closed = [e for e in effects if isinstance(e, fx.TaskClosed)]
    closed_ids = {e.task_id for e in closed}
    groups: list[Row] = []
    opened: list[Row] = []
    opened_ids: set[str] = set()
    moved: list[Row] = []
    for e in effects:
        if isinstance(e, fx.TaskDueChanged):
            moved.append(
                {"org": org_id, "of": e.task_id, "due": e.due_at, "yellow": e.yellow_at, "ref": e.deadline_ref}
            )
        if not isinstance(e, fx.TaskOpened):
            continue
        opened_ids.add(e.task_id)
        candidates = [*e.candidate_groups, *(f"user:{user}" for user in e.candidate_users)]
        if e.task_id not in closed_ids:
            groups += [{"org_id": org_id, "group_name": g, "task_id": e.task_id} for g in dict.fromkeys(candidates)]
        opened.append(
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
                "offered": e.offered,
                "created_at": now,
                "claimed_at": None,
                "finished_at": None,
                "finished_by": None,
                "outcome": None,
                "due_at": e.due_at,
                "yellow_at": e.yellow_at,
                "deadline_ref": e.deadline_ref,
            }
        )
    changed = [e for e in effects if isinstance(e, fx.TaskChanged)]
    done: list[Row] = [
        {
            "org": org_id, "of": e.task_id, "now_is": "completed" if e.completed else "cancelled", "ended": now,
            "by": actor if e.completed else None, "said": e.outcome,
        }
        for e in closed
    ]  # fmt: skip
    withdrawn: list[Row] = [{"org": org_id, "of": e.task_id} for e in closed if e.task_id not in opened_ids]
    return [
        (sql.OPEN_TASK, opened),
        (sql.OFFER_TASK, groups),
        (sql.CLOSE_TASK, done),
        (sql.WITHDRAW_TASK, withdrawn),
        (sql.MOVE_TASK_DUE, moved),
        *(write for e in changed for write in _changed(org_id, e)),
    ]


def _changed(org_id: str, e: fx.TaskChanged) -> list[Write]:
    """An open task as the new version of its diagram has it."""
    told: Row = {
        "org": org_id, "of": e.task_id, "element": e.element_id, "called": e.name, "form": e.form_key,
        "told": dict(e.properties),
    }  # fmt: skip
    asked = [] if e.candidate_groups is None else offers(org_id, e.task_id, e.candidate_groups, e.candidate_users or ())
    return [(sql.CHANGE_TASK, [told]), *asked]


def offers(org_id: str, task_id: str, groups: Sequence[str], users: Sequence[str]) -> list[Write]:
    """An open task is offered to these and to nobody else."""
    names = dict.fromkeys([*groups, *(f"user:{user}" for user in users)])
    asked: Row = {"org": org_id, "of": task_id, "groups": list(groups), "users": list(users)}
    return [
        (sql.ASK_FOR_TASK, [asked]),
        (sql.WITHDRAW_TASK, [{"org": org_id, "of": task_id}]),
        (sql.OFFER_TASK, [{"org_id": org_id, "group_name": name, "task_id": task_id} for name in names]),
    ]


def _waits(instance: Loaded, effects: Sequence[fx.Effect], *, now: datetime, actor: str | None) -> list[Write]:
    """Timers, jobs, subscriptions and incidents. What is armed and dropped in one turn is not written at all."""
    org_id = instance.org_id
    common = {"org_id": org_id, "instance_id": instance.id}
    timers: dict[str, Row] = {}
    jobs: dict[str, Row] = {}
    subscriptions: dict[str, Row] = {}
    gone: dict[str, dict[str, Row]] = {"timer": {}, "job": {}, "subscription": {}}
    incidents: list[Row] = []
    renamed: list[Row] = []
    new_timers: set[str] = set()
    for e in effects:
        match e:
            case fx.JobChanged():
                renamed.append({"org": org_id, "of": e.job_id, "element": e.element_id})
            case fx.TimerArmed():
                gone["timer"].pop(e.timer_id, None)
                if e.new:
                    new_timers.add(e.timer_id)
                timers[e.timer_id] = common | {
                    "id": e.timer_id,
                    "process_key": instance.process_key,
                    "element_id": e.element_id,
                    "ref": e.ref,
                    "due_at": e.due_at,
                    "tries": 0,
                }
            case fx.TimerDropped():
                timers.pop(e.timer_id, None)  # it may stand in the table all the same, if it was moved before
                if e.timer_id not in new_timers:
                    gone["timer"][e.timer_id] = {"org": org_id, "of": e.timer_id}
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
                    "lease": None,
                    "calls": 0,
                    "giving_up": False,
                    "error": None,
                    "created_at": now,
                    "traceparent": spans.traceparent(),
                }
            case fx.JobDropped():
                if jobs.pop(e.job_id, None) is None:
                    gone["job"][e.job_id] = {"org": org_id, "of": e.job_id}
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
                    gone["subscription"][e.subscription_id] = {"org": org_id, "of": e.subscription_id}
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
                        "resolved_at": None,
                        "resolved_by": None,
                    }
                )
    replaced = _in_place(timers, gone["timer"], new_timers)
    return [
        (sql.REPLACE_TIMER, replaced),
        (sql.DROP_TIMER, list(gone["timer"].values())),
        (sql.DROP_JOB, list(gone["job"].values())),
        (sql.CHANGE_JOB, renamed),
        (sql.UNSUBSCRIBE, list(gone["subscription"].values())),
        (sql.ARM_TIMER, list(timers.values())),
        (sql.QUEUE_JOB, list(jobs.values())),
        (sql.SUBSCRIBE, list(subscriptions.values())),
        (sql.RAISE_INCIDENT, incidents),
    ]


def _in_place(timers: dict[str, Row], gone: dict[str, Row], new: set[str]) -> list[Row]:
    """New timers that take the rows of dropped ones, and leave both: one statement instead of two."""
    replaced: list[Row] = []
    for timer_id, old in zip([id for id in timers if id in new], list(gone), strict=False):
        armed = timers.pop(timer_id)
        binds = {"to": timer_id, "at": armed["element_id"], "plan": armed["ref"], "due": armed["due_at"]}
        replaced.append({**gone.pop(old), **binds, "armed": armed})
    return replaced


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
