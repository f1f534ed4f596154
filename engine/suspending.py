"""挂起 and 恢复: an instance stands still and goes on where it stood, with all that it waits for.

Its state is kept as it is. While it is suspended no timer of it fires, no job runs, no task is offered or done, and
what is sent to it is held. Its instants are those it had: what has become due meanwhile fires as soon as it goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from engine import assigning
from engine import commands as cmd
from engine import effects as fx
from engine import state as states
from engine.history import Line
from engine.loading import SUSPENDED, find_instance, held, loaded
from engine.migration.undoing import leased
from engine.state import State
from engine.stepping import step
from engine.writing import Loaded, offers, write_turn
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.statements import write
from storage.tables import engine as tables
from storage.types import new_id

if TYPE_CHECKING:
    from engine.engine import Engine

HELD = "held"  # a job that waits until its instance goes on


def suspend(engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str, reason: str, *, actor: str | None) -> None:
    """Let an active instance stand still; the caller commits.

    Raises `instance.unknown`, `instance.ended`, `Suspended`, `suspend.busy` (a handler is working outside for it).
    """
    row = find_instance(uow, org_id, instance_id)
    instance, state = loaded(row, org_id, instance_id)
    if leased(uow, org_id, instance_id):
        raise Conflict("suspend.busy", "有自动处理正在对外办理，请稍后再试。")
    instance.state = SUSPENDED
    line = Line(kind="instance_suspended", data={"reason": reason})
    write_turn(uow, instance, states.encode(state), [], now=engine.clock.now(), actor=actor, lines=[line])
    for table in (tables.timer, tables.job, tables.task):
        mine = (table.c.org_id == org_id, table.c.instance_id == instance_id)
        if table is tables.timer:
            uow.conn.execute(delete(table).where(*mine))
        elif table is tables.job:
            uow.conn.execute(update(table).where(*mine, table.c.state == "ready").values(state=HELD))
        else:
            asked = select(table.c.id).where(*mine, table.c.state == "open")
            group = tables.task_group
            uow.conn.execute(delete(group).where(group.c.org_id == org_id, group.c.task_id.in_(asked)))
            uow.conn.execute(update(table).where(*mine, table.c.state == "open").values(state=SUSPENDED))


def resume(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    instance_id: str,
    *,
    actor: str | None,
    reason: str = "",
    leave: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Let a suspended instance go on where it stood; the caller commits.

    `leave`: an activity of the process itself in which it stands, left now as if it had been done, with `values` as
    variables. What rested with people who may not have it any more is offered to others (`Host.replaced`).
    Raises `instance.unknown`, `instance.ended`, `instance.not_suspended`, `resume.elsewhere`.
    """
    row = find_instance(uow, org_id, instance_id)
    if row.blob is None:
        raise Conflict("instance.ended", "这个流程已经结束。")
    if row.instance_state != SUSPENDED:
        raise Conflict("instance.not_suspended", "这个流程没有暂停，请刷新。")
    instance, state = held(row, org_id, instance_id), states.decode(row.blob)
    instance.state = "active"
    line = Line(kind="instance_resumed", data={"reason": reason})
    write_turn(uow, instance, row.blob, _timers(state), now=engine.clock.now(), actor=actor, lines=[line])
    job, task = tables.job, tables.task
    mine = (job.c.org_id == org_id, job.c.instance_id == instance_id, job.c.state == HELD)
    uow.conn.execute(update(job).where(*mine).values(state="ready"))
    waiting = (task.c.org_id == org_id, task.c.instance_id == instance_id, task.c.state == SUSPENDED)
    rows = uow.conn.execute(select(task.c.id, task.c.candidate_groups, task.c.candidate_users).where(*waiting)).all()
    uow.conn.execute(update(task).where(*waiting).values(state="open"))
    for one in rows:
        asked = offers(org_id, one.id, one.candidate_groups, one.candidate_users)
        write(uow, [(statement, told) for statement, told in asked if told])
    if leave is not None:
        _leave(engine, uow, org_id, instance_id, leave, values or {}, actor)
    _let_go(engine, uow, instance, [one.id for one in rows], actor)
    _deliver(engine, uow, org_id, instance_id)
    uow.after_commit(engine.on_work)


def reschedule(
    engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str, command: cmd.Reschedule, *, actor: str | None
) -> bool:
    """Let a suspended instance follow a changed plan: its state and its tasks know, nothing is armed. False: it is not
    suspended, and nothing was done."""
    row = find_instance(uow, org_id, instance_id)
    if row.instance_state != SUSPENDED:
        return False
    instance, state = held(row, org_id, instance_id), states.decode(row.blob)
    definition = engine.versions.by_hash(uow, instance.definition_hash)
    after, effects = step(definition, state, command, engine.turn_of(uow, instance, actor))
    told = [e for e in effects if isinstance(e, fx.TaskDueChanged)]
    write_turn(uow, instance, states.encode(after), told, now=engine.clock.now(), actor=actor)
    return True


def keep(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    waiting: Any,
    kind: str,
    name: str,
    correlation: str | None,
    payload: Mapping[str, Any],
    actor: str | None,
) -> None:
    """Hold a message or signal for the suspended instance that waits for it by the subscription `waiting`."""
    uow.conn.execute(
        insert(tables.held_message).values(
            org_id=org_id, id=new_id(), instance_id=waiting.instance_id, subscription_id=waiting.id, kind=kind,
            name=name, correlation=correlation, payload=dict(payload), actor=actor, at=engine.clock.now(),
        )
    )  # fmt: skip


def standing(uow: UnitOfWork, org_id: str, business_key: str) -> list[str]:
    """The suspended instances of a case."""
    table = tables.instance
    query = select(table.c.id).where(
        table.c.org_id == org_id, table.c.business_key == business_key, table.c.state == SUSPENDED
    )
    return list(uow.conn.execute(query.order_by(table.c.id)).scalars())


def _timers(state: State) -> list[fx.Effect]:
    """What is armed, by the state alone."""
    return [
        fx.TimerArmed(
            timer_id=state.public(waiter.id), element_id=waiter.element,
            due_at=datetime.fromisoformat(waiter.data["at"]), ref=waiter.data.get("ref"),
        )
        for waiter in state.waiters_of_kind("timer")
        if waiter.data.get("at") is not None
    ]  # fmt: skip


def _leave(
    engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str, element_id: str, values: Mapping[str, Any],
    actor: str | None,
) -> None:  # fmt: skip
    instance, definition, state = engine.load(uow, org_id, instance_id)
    assert state.root is not None  # it is active
    there = state.tokens_at(state.root.id, element_id)
    if len(there) != 1:
        raise Refusal("resume.elsewhere", "流程不在这个环节，不能由此继续。", element=element_id)
    command = cmd.Move(token_id=state.public(there[0].id), element_id=element_id, after=True, values=values)
    name = definition.element(element_id).name
    line = Line(kind="left", element_id=element_id, name=name)
    engine.turn(uow, definition, instance, state, command, actor=actor, lines=[line])


def _let_go(engine: Engine, uow: UnitOfWork, instance: Loaded, task_ids: Sequence[str], actor: str | None) -> None:
    table, org_id = tables.task, instance.org_id
    query = select(table.c.id, table.c.assignee, table.c.candidate_groups, table.c.candidate_users).where(
        table.c.org_id == org_id, table.c.id.in_(task_ids), table.c.state == "open", table.c.assignee.is_not(None)
    )
    held_ones = uow.conn.execute(query.order_by(table.c.id)).all()
    people = {user for one in held_ones for user in (one.assignee, *one.candidate_users)}
    gone = engine.host.replaced(engine.host_context(uow, instance, actor), people) if people else {}
    for one in held_ones:
        if one.assignee not in gone:
            continue
        if one.candidate_groups or set(one.candidate_users) - gone.keys():
            assigning.release(engine, uow, org_id, one.id, actor=actor)
        else:
            assigning.transfer(engine, uow, org_id, one.id, groups=gone[one.assignee], actor=actor)


def _deliver(engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str) -> None:
    """Give an instance what was held for it; what it does not wait for any more goes where it would have gone."""
    from engine.routing import route

    table, hops = tables.held_message, deque[None]()
    mine = (table.c.org_id == org_id, table.c.instance_id == instance_id)
    rows = uow.conn.execute(select(table).where(*mine).order_by(table.c.at, table.c.id)).all()
    uow.conn.execute(delete(table).where(*mine))
    for row in rows:
        if row.kind == "message":
            route(engine, uow, org_id, row.name, row.correlation, row.payload, row.actor, hops)
            continue
        instance, definition, state = engine.load(uow, org_id, instance_id)
        if state.awaits(row.subscription_id):
            command = cmd.Deliver(subscription_id=row.subscription_id, payload=row.payload)
            engine.turn(uow, definition, instance, state, command, actor=row.actor, hops=hops)
