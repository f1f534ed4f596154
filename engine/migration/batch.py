"""Many instances of a version go over to another one: shown first, then each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine import commands as cmd
from engine import effects as fx
from engine import state as states
from engine.definition import Definition
from engine.history import Line
from engine.migration.plan import Plan, Planner
from engine.migration.running import instances, process_scopes
from engine.migration.undoing import leased, snapshot
from engine.running.variables import plain
from storage.database import UnitOfWork
from storage.errors import BanjieError, Conflict, NotFound, Refusal
from storage.tables import engine as tables
from storage.types import new_id

if TYPE_CHECKING:
    from engine.engine import Engine

MAX_PREVIEW = 2_000  # instances looked at before anything is done; every one is looked at again when it is its turn

_REVERSIBLE = (
    fx.TaskChanged, fx.TaskDueChanged, fx.TimerArmed, fx.TimerDropped, fx.Subscribed, fx.Unsubscribed, fx.JobQueued,
    fx.JobDropped, fx.JobChanged, fx.Recorded,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an administrator wants: from which version of a process to which, and how."""

    process_key: str
    from_version: int
    to_version: int
    mapping: Mapping[str, str] = field(default_factory=dict)  # old element id -> new one, where they differ
    keep_timers: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one instance. `error`: why it stays with its version."""

    instance_id: str
    done: bool
    error: dict[str, Any] | None = None


def definitions(engine: Engine, uow: UnitOfWork, org_id: str, wish: Wish) -> tuple[Definition, Definition]:
    """Both versions. Raises `process.unknown_version`, `migration.same_version`, `migration.mapping`."""
    old = engine.versions.version(uow, org_id, wish.process_key, wish.from_version)
    new = engine.versions.version(uow, org_id, wish.process_key, wish.to_version)
    if old.hash == new.hash:
        raise Refusal("migration.same_version", "两个版本的内容相同，无需迁移。")
    for source, target in wish.mapping.items():
        for element, definition, version in ((source, old, wish.from_version), (target, new, wish.to_version)):
            if element not in definition.elements:
                raise Refusal("migration.mapping", f"第{version}版里没有环节“{element}”。", element=element)
    return old, new


def preview(
    engine: Engine, uow: UnitOfWork, org_id: str, wish: Wish, chosen: Sequence[str] | None = None
) -> dict[str, Any]:
    """What would happen, by element and by instance, and what else runs inside them. Changes nothing.

    `chosen`: ids of instances; None: all of the version, at most `MAX_PREVIEW` of which are looked at.
    """
    old, new = definitions(engine, uow, org_id, wish)
    wanted = None if chosen is None else set(chosen)
    rows = [row for row in instances(engine, uow, org_id, old) if wanted is None or row.id in wanted]
    ends: dict[Any, bool | None] = {}
    plans: dict[str, Plan] = {}
    others: dict[str, int] = {}
    for row in rows[:MAX_PREVIEW]:
        state = states.decode(row.blob)
        planner = Planner(state, old, new, wish.mapping, keep_timers=wish.keep_timers, known_ends=ends)
        plans[row.id] = planner.make()
        for digest in {s.hash for s in state.scopes.values() if s.kind == "call" and s.hash not in (None, old.hash)}:
            others[str(digest)] = others.get(str(digest), 0) + 1
    host = {row.id: row.process_key for row in rows if row.process_key != wish.process_key}
    return {
        "total": len(rows),
        "looked_at": len(plans),
        "possible": sum(plan.possible for plan in plans.values()),
        "elements": _elements(plans, old, new),
        "waits": _waits(plans),
        "called": _called(uow, org_id, others),
        "instances": [
            {"id": id, "inside": host.get(id), "possible": plan.possible,
             "problems": [asdict(one) for one in plan.problems], "new_names": plan.new_names}
            for id, plan in plans.items()
        ],
    }  # fmt: skip


def _called(uow: UnitOfWork, org_id: str, others: Mapping[str, int]) -> list[dict[str, Any]]:
    """The called processes that run inside and stay with their versions: which, how many, and the version in force."""
    table = tables.deployment
    query = select(table.c.key, table.c.name, table.c.version, table.c.hash).where(
        table.c.org_id == org_id,
        table.c.key.in_(select(table.c.key).where(table.c.org_id == org_id, table.c.hash.in_(list(others)))),
    )
    told, newest = {}, {}
    for row in uow.conn.execute(query.order_by(table.c.key, table.c.version)):
        newest[row.key] = row.version
        if row.hash in others:
            told[row.hash] = {"key": row.key, "name": row.name, "version": row.version, "count": others[row.hash]}
    return [{**one, "newest": newest[one["key"]]} for one in told.values()]


def _elements(plans: Mapping[str, Plan], old: Definition, new: Definition) -> list[dict[str, Any]]:
    """Every element at which something stands, with what it may be mapped to."""
    found: dict[str, dict[str, Any]] = {}
    for plan in plans.values():
        for place in plan.places:
            told = found.setdefault(
                place.element_id,
                {**asdict(place), "count": 0, "instances": 0, "problems": [],
                 "choices": _choices(old, new, place.element_id)},
            )  # fmt: skip
            told["count"] += place.count
            told["instances"] += 1
        for problem in plan.problems:
            if problem.element_id in found and asdict(problem) not in found[problem.element_id]["problems"]:
                found[problem.element_id]["problems"].append(asdict(problem))
    return list(found.values())


def _choices(old: Definition, new: Definition, element_id: str) -> list[dict[str, str]]:
    """The elements of the new version of the same kind, in a (sub-)process of the same id."""
    node = old.elements[element_id]
    return [
        {"id": one.id, "name": one.name}
        for one in new.elements.values()
        if one.kind == node.kind and one.within.id == node.within.id
    ]


def _waits(plans: Mapping[str, Plan]) -> list[dict[str, Any]]:
    """What is waited for, by event and what becomes of it."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for plan in plans.values():
        for wait in plan.waits:
            key = (wait.element_id, wait.kind, wait.act)
            told = found.setdefault(
                key,
                {"element_id": wait.element_id, "name": wait.name, "kind": wait.kind, "act": wait.act, "count": 0},
            )
            told["count"] += 1
    return list(found.values())


def migrate(
    engine: Engine, org_id: str, wish: Wish, chosen: Sequence[str], *, reason: str, actor: str | None
) -> tuple[str, list[Outcome]]:
    """Let the chosen instances go over, each in a transaction of its own; gives the batch's id and what became of each.

    One that cannot stays as it is and hinders no other.
    """
    batch_id, outcomes = new_id(), []
    for instance_id in dict.fromkeys(chosen):
        try:
            with engine.store.begin() as uow:
                migrate_one(engine, uow, org_id, wish, instance_id, batch_id=batch_id, reason=reason, actor=actor)
        except BanjieError as error:
            outcomes.append(Outcome(instance_id=instance_id, done=False, error=error.to_json()))
        else:
            outcomes.append(Outcome(instance_id=instance_id, done=True))
    return batch_id, outcomes


def migrate_one(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    wish: Wish,
    instance_id: str,
    *,
    batch_id: str,
    reason: str,
    actor: str | None,
) -> None:
    """Let one instance go over, or what it has called; the caller commits.

    Raises `migration.impossible`, `migration.other_version` (it runs by another version), `migration.job_running`,
    `instance.ended`, `instance.changed`.
    """
    old, new = definitions(engine, uow, org_id, wish)
    instance, definition, state = engine.load(uow, org_id, instance_id)
    if not process_scopes(state, old.hash):
        raise Conflict("migration.other_version", f"这个流程实例不是按第{wish.from_version}版办理的，没有迁移。")
    if leased(uow, org_id, instance_id):
        raise Conflict("migration.job_running", "这个流程实例有自动处理正在对外办理，请稍后再迁移。")
    before, rows = states.encode(state), snapshot(uow, org_id, instance_id)
    plan = Planner(state, old, new, wish.mapping, keep_timers=wish.keep_timers).make()
    values: dict[str, Any] = {}
    if plan.new_names:
        known = engine.host.form_data(engine.host_context(uow, instance, actor))
        values = {name: plain(known[name]) for name in plan.new_names if known.get(name) is not None}
    whole = definition.hash == old.hash
    command = cmd.Migrate(
        source=old.hash, target=new.hash, mapping=wish.mapping, keep_timers=wish.keep_timers, values=values
    )
    told = {
        "batch": batch_id, "process": wish.process_key, "from_version": wish.from_version,
        "to_version": wish.to_version, "reason": reason,
        "from_hash": old.hash, "to_hash": new.hash, "mapping": dict(wish.mapping), "filled": sorted(values),
    }  # fmt: skip
    line = Line(kind="migrated", name=new.name, data=told)
    effects = engine.turn(uow, new if whole else definition, instance, state, command, actor=actor, lines=[line])
    if whole:
        own = (tables.instance.c.org_id == org_id) & (tables.instance.c.id == instance_id)
        uow.conn.execute(update(tables.instance).where(own).values(definition_hash=new.hash))
    reversible = all(isinstance(e, _REVERSIBLE) for e in effects)
    uow.conn.execute(
        insert(tables.migration).values(
            org_id=org_id, id=new_id(), batch_id=batch_id, process_key=wish.process_key, instance_id=instance_id,
            from_hash=old.hash, to_hash=new.hash, version=instance.version, before=before if reversible else None,
            rows=rows if reversible else None, reason=reason, at=engine.clock.now(), by=actor,
        )
    )  # fmt: skip


def batches(uow: UnitOfWork, org_id: str, process_key: str) -> list[dict[str, Any]]:
    """The migrations of a process, newest first: how many instances went over, and how many of them went back."""
    table = tables.migration
    query = select(
        table.c.batch_id, table.c.from_hash, table.c.to_hash, table.c.reason, table.c.at, table.c.by, table.c.undone_at
    ).where(table.c.org_id == org_id, table.c.process_key == process_key)
    found: dict[str, dict[str, Any]] = {}
    for row in uow.conn.execute(query.order_by(table.c.at.desc(), table.c.id)):
        told = found.setdefault(
            row.batch_id,
            {"id": row.batch_id, "from_hash": row.from_hash, "to_hash": row.to_hash, "reason": row.reason,
             "at": row.at, "by": row.by, "instances": 0, "undone": 0},
        )  # fmt: skip
        told["instances"] += 1
        told["undone"] += row.undone_at is not None
    return list(found.values())


def batch_rows(uow: UnitOfWork, org_id: str, batch_id: str) -> list[Any]:
    """The instances of a batch. Raises `migration.unknown`."""
    table = tables.migration
    query = select(table).where(table.c.org_id == org_id, table.c.batch_id == batch_id).order_by(table.c.id)
    rows = list(uow.conn.execute(query).all())
    if not rows:
        raise NotFound("migration.unknown", "没有这次迁移。")
    return rows
