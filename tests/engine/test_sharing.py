"""Several cases in one commit: fewer commits, and one that fails or is busy costs the others nothing."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError, PendingRollbackError

from engine import jobs, sharing, timers
from engine.loading import lock_instance, lock_task
from engine.registry import BpmnError, HandlerContext
from engine.sharing import share
from storage.clock import FixedClock
from storage.database import Store, UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables import engine as tables
from storage.tables.engine import setting
from tests.engine.diagrams import boundary, chain, end, process, service, start, timer, user
from tests.support.door import ORG, Door
from tests.support.sql import asked

LATE = process(
    start(), user("Work"), boundary("due", "Work", timer("timeDuration", "PT1H")), user("Late"), end(),
    chain("start", "Work", "end"), chain("due", "Late", "end"),
)  # fmt: skip


@pytest.fixture
def door(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(sharing, "SECONDS", 600)  # a busy machine must not change how many acts share a commit
    return Door(store, clock)


def complete(door: Door, task: str, uow: UnitOfWork, wait: bool) -> str:
    lock_task(uow, ORG, task, wait=wait)
    door.engine.complete(uow, ORG, task, {}, actor="wang")
    return task


def test_many_due_timers_share_commits(door: Door) -> None:
    door.deploy(LATE)
    for n in range(sharing.MOST + 10):
        door.start(business_key=f"c{n}")
    door.clock.advance(hours=1)
    with asked(door.store) as told:
        assert timers.fire_due(door.engine) == sharing.MOST + 10
    assert told.commits == 1 + 2, "one to ask, two to fire"
    assert door.open() == ["Late"] * (sharing.MOST + 10) and door.broken() == []


def test_a_timer_that_fails_loses_no_other(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.deploy(LATE)
    instances = [door.start(business_key=f"c{n}") for n in range(5)]
    door.clock.advance(hours=1)
    apply = door.engine.apply

    def fails(uow: UnitOfWork, org_id: str, instance_id: str, *args: Any, **more: Any) -> None:
        apply(uow, org_id, instance_id, *args, **more)
        if instance_id == instances[2]:
            raise RuntimeError("after it had written")

    monkeypatch.setattr(door.engine, "apply", fails)
    assert timers.fire_due(door.engine) == 4
    assert [door.open(instance) for instance in instances] == [["Late"]] * 2 + [["Work"]] + [["Late"]] * 2
    (left,) = door.rows(tables.timer)
    assert left.instance_id == instances[2] and left.tries == 1 and door.broken() == []


def test_many_jobs_share_a_commit_and_a_failing_one_is_tried_again_alone(door: Door) -> None:
    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        if context.business_key == "c3":
            raise Refusal("case.wrong", "此事项不能自动办理。")
        if context.business_key == "c4":
            raise BpmnError("odd")
        return {}

    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    instances = [door.start(business_key=f"c{n}") for n in range(8)]
    with asked(door.store) as told:
        assert jobs.run_due(door.engine) == 8
    assert told.commits == 1 + 1 + 1, "to ask, to run all, to note the refusal"
    assert [door.open(instance) for instance in instances] == [["After"]] * 3 + [[], []] + [["After"]] * 3
    kinds = sorted((row.kind, row.instance_id) for row in door.rows(tables.incident))
    assert kinds == sorted([("job", instances[3]), ("step", instances[4])]) and door.broken() == []


def test_many_tasks_are_completed_in_one_commit(door: Door) -> None:
    door.deploy(LATE)
    instances = [door.start(business_key=f"c{n}") for n in range(6)]
    tasks = [door.task("Work", instance) for instance in instances]
    door.complete_task(tasks[1])
    with asked(door.store) as told:
        results = share(door.store, [partial(complete, door, task) for task in tasks])
    assert told.commits == 1
    assert [result for result in results if isinstance(result, str)] == [tasks[0], *tasks[2:]]
    assert isinstance(results[1], Conflict) and results[1].code == "task.already_done"
    assert {door.instance(instance).state for instance in instances} == {"completed"} and door.broken() == []


def test_the_same_instance_twice_in_one_commit(door: Door) -> None:
    door.deploy(process(start(), user("One"), user("Two"), end(), chain("start", "One", "Two", "end")))
    instance = door.start()

    def next_one(uow: UnitOfWork, wait: bool) -> None:
        query = select(tables.task.c.id).where(tables.task.c.instance_id == instance, tables.task.c.state == "open")
        door.engine.complete(uow, ORG, uow.conn.execute(query).scalar_one(), {}, actor="wang")

    assert share(door.store, [next_one, next_one]) == [None, None]
    assert door.instance(instance).state == "completed" and door.broken() == []


def test_what_waits_for_the_commit_is_told_once_and_only_of_what_was_kept(door: Door) -> None:
    told: list[str] = []

    def act(name: str, uow: UnitOfWork, wait: bool) -> str:
        uow.after_commit(lambda: told.append(name))
        if name == "b":
            raise Refusal("no", "不行。")
        return name

    results = share(door.store, [partial(act, name) for name in "abc"])
    assert results[0] == "a" and isinstance(results[1], Refusal) and results[2] == "c"
    assert told == ["a", "c"]


def test_nobody_waits_for_an_instance_while_holding_another(door: Door) -> None:
    """The busy one comes first in a later transaction, where it may wait: no circle of waiting can arise."""
    door.deploy(LATE)
    first, busy, last = (door.start(business_key=f"c{n}") for n in range(3))
    tried: list[tuple[str, bool]] = []

    def act(instance: str, uow: UnitOfWork, wait: bool) -> str:
        tried.append((instance, wait))
        lock_instance(uow, ORG, instance, wait=wait)
        return instance

    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with door.store.begin() as uow:
            lock_instance(uow, ORG, busy)
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    if door.store.dialect == "sqlite":  # one writer at a time: there is nobody to wait for inside a transaction
        release.set()
    else:
        threading.Timer(0.2, release.set).start()
    assert share(door.store, [partial(act, instance) for instance in (first, busy, last)]) == [first, busy, last]
    holder.join(30)
    assert tried[:3] == [(first, True), (busy, False), (last, False)]
    assert tried[3:] == ([] if door.store.dialect == "sqlite" else [(busy, True)])


def test_a_transaction_takes_no_further_act_once_it_has_lasted(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "SECONDS", -1)
    with asked(door.store) as told:
        assert share(door.store, [lambda uow, wait: wait] * 3) == [True] * 3
    assert told.commits == 3


def test_a_full_disk_undoes_all_of_a_shared_commit_and_says_so(store: Store) -> None:
    """SQLite ends the whole transaction when it finds no room: nothing of it may be told as done, before or after."""
    if store.dialect != "sqlite":
        return  # PostgreSQL undoes the act alone, like any other failure

    def write(name: str, size: int, uow: UnitOfWork, wait: bool) -> str:
        uow.conn.execute(insert(setting).values(name=name, value="x" * size, locked=False))
        return name

    with store.begin(write=False) as uow:
        pages = uow.conn.exec_driver_sql("pragma page_count").scalar_one()
        uow.conn.exec_driver_sql(f"pragma max_page_count={pages + 4}")  # of this connection, which the pool keeps
    with pytest.raises(PendingRollbackError):
        share(store, [partial(write, "before", 1), partial(write, "large", 1_000_000), partial(write, "after", 1)])
    with store.begin() as uow:
        assert uow.conn.execute(select(setting.c.name).where(setting.c.value.like("x%"))).all() == []
    assert share(store, [partial(write, "small", 1)]) == ["small"], "and there is room for less"


def test_what_swallows_a_full_disk_commits_nothing(store: Store) -> None:
    """The same where an act goes on after the error, with a savepoint or without."""
    if store.dialect != "sqlite":
        return

    def write(uow: UnitOfWork, size: int) -> None:
        uow.conn.execute(insert(setting).values(name=f"of {size}", value="x" * size, locked=False))

    def swallow(uow: UnitOfWork) -> None:
        pages = uow.conn.exec_driver_sql("pragma page_count").scalar_one()
        uow.conn.exec_driver_sql(f"pragma max_page_count={pages + 4}")
        write(uow, 1)
        with suppress(OperationalError):
            write(uow, 1_000_000)

    with pytest.raises(PendingRollbackError), store.begin() as uow:
        swallow(uow)
    with pytest.raises(PendingRollbackError), store.begin() as uow, uow.savepoint():
        swallow(uow)
    with store.begin() as uow:
        assert uow.conn.execute(select(setting.c.name).where(setting.c.value.like("x%"))).all() == []
