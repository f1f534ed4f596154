"""An ordinary handler that never comes back: it is cut off, holds no lock, and nothing of it is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from engine import incidents, inside, jobs, sharing
from engine.registry import HandlerContext, HandlerSpec
from storage import database
from storage.clock import FixedClock
from storage.database import Store
from storage.tables import engine as tables
from storage.tables.engine import setting
from tests.engine.diagrams import chain, end, process, service, start, user
from tests.support.door import ORG, Door

ONE = process(
    start(), user("Before"), service("auto", "h"), user("After"), end(),
    chain("start", "Before", "auto", "After", "end"),
)  # fmt: skip
FOR_EVER = {
    "postgresql": "SELECT pg_sleep(3600)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
}


@pytest.fixture
def door(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(inside, "LOOK", 0.02)
    monkeypatch.setattr(inside, "AGAIN", 0.1)
    monkeypatch.setattr(sharing, "SECONDS", 600)  # a busy machine must not change how many acts share a commit
    return Door(store, clock)


def write(context: HandlerContext) -> None:
    """Leave a trace in the handler's transaction."""
    values = {"name": f"{context.business_key}", "value": "x", "locked": False}
    context.transaction.conn.execute(insert(setting).values(values))


def traces(door: Door) -> list[str]:
    return [row.name for row in door.rows(setting) if row.value == "x"]


def spin(context: HandlerContext) -> None:
    while True:
        pass


def ask_for_ever(context: HandlerContext) -> None:
    context.transaction.conn.execute(text(FOR_EVER[context.transaction.dialect])).all()


def change_for_ever(context: HandlerContext) -> None:
    endless = FOR_EVER[context.transaction.dialect].replace("SELECT pg_sleep(3600)", "SELECT 'y' FROM pg_sleep(3600)")
    of = text(endless).columns(tables.setting.c.value).scalar_subquery()
    context.transaction.conn.execute(update(setting).values(value=of))


def try_for_ever(context: HandlerContext) -> None:
    """What it asks fails once its transaction is gone, and it takes that for an error that will pass."""
    while True:
        try:
            write(context)
            time.sleep(0.001)
        except Exception:
            continue


def between_rows(context: HandlerContext) -> None:
    """It hangs while a query of its is half read."""
    for _ in context.transaction.conn.execution_options(yield_per=1).execute(text("SELECT 1 UNION ALL SELECT 2")):
        spin(context)


class Swallowing:
    """Its end takes long, and what is raised in it reaches nobody."""

    def __del__(self) -> None:
        while True:
            pass


def swallow(context: HandlerContext) -> None:
    """What strikes it first is lost."""
    Swallowing()
    spin(context)


def ended(test: Callable[[], bool]) -> bool:
    """Whether it is true within a minute."""
    until = time.monotonic() + 60
    while not (told := test()) and time.monotonic() < until:
        time.sleep(0.01)
    return told


def left_behind() -> int:
    return sum(thread.name == "handlers" for thread in threading.enumerate())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("hang", [spin, ask_for_ever, change_for_ever, try_for_ever, between_rows, swallow])
def test_a_handler_that_never_comes_back_is_cut_off(door: Door, hang: Callable[[HandlerContext], None]) -> None:
    hangs = True

    @door.registry.handler("h", timeout=0, retries=5)
    def handler(context: HandlerContext) -> None:
        write(context)
        if hangs:
            hang(context)

    door.deploy(ONE)
    instance, other = door.start(business_key="c1"), door.start(business_key="c2")
    door.complete("Before", instance)
    assert door.run() == 1
    (job,) = door.rows(tables.job)
    assert (job.state, job.tries) == ("ready", 1), "once more: it may have waited for somebody else"
    door.clock.set(job.due_at)
    assert door.run() == 1
    (incident,) = door.rows(tables.incident)
    assert (incident.code, incident.kind, incident.instance_id) == ("handler.timeout", "job", instance)
    assert incident.message == "自动处理“h”超过0秒没有完成，已经中止，所做的改动全部撤销；请查明原因后重试。"
    assert traces(door) == [] and ended(lambda: left_behind() == 0), "its thread has ended as well"

    hangs = False
    door.registry.handlers["h"] = HandlerSpec(name="h", call=handler, outside=False, timeout=60, retries=5)
    door.complete("Before", other)
    assert door.run() == 1 and door.open(other) == ["After"]
    with door.store.begin() as uow:
        incidents.retry(door.engine, uow, ORG, incident.id, actor="admin")
    assert door.run() == 1 and door.open(instance) == ["After"]
    assert traces(door) == ["c1", "c2"] and door.broken() == []


def test_one_that_comes_back_late_commits_nothing(door: Door) -> None:
    """It sleeps where no exception reaches it, and goes on as if nothing were; another node did its job by then."""
    free, told = threading.Event(), list[Any]()

    @door.registry.handler("h", timeout=0)
    def handler(context: HandlerContext) -> None:
        write(context)
        if not free.is_set():
            with suppress(inside.CutOff):
                free.wait(60)
            for act in (partial(write, context), context.transaction.conn.commit):
                try:
                    act()
                except Exception as error:
                    told.append(error)

    door.deploy(ONE)
    instance = door.start()
    door.complete("Before")
    assert door.run() == 1 and left_behind() == 1
    pool: Any = door.store.engine.pool
    assert pool.checkedout() == 0, "it keeps no connection from the others"
    late, other = free, door.second()
    free = threading.Event()
    free.set()
    door.registry.handlers["h"] = HandlerSpec(name="h", call=handler, outside=False, timeout=60, retries=5)
    (job,) = door.rows(tables.job)
    door.clock.set(job.due_at)
    assert other.run() == 1 and door.open(instance) == ["After"] and traces(door) == ["c1"]
    before = door.dump()
    late.set()
    assert ended(lambda: left_behind() == 0) and told
    assert door.dump() == before and door.kinds(instance).count("job_done") == 1 and door.broken() == []


def test_it_may_answer_late_without_asking_the_database_again(door: Door) -> None:
    free = threading.Event()

    @door.registry.handler("h", timeout=0)
    def handler(context: HandlerContext) -> None:
        write(context)
        free.wait(60)

    door.deploy(ONE)
    instance = door.start()
    door.complete("Before")
    door.run()
    before = door.dump()
    free.set()
    assert ended(lambda: left_behind() == 0)
    assert door.dump() == before and door.open(instance) == [] and traces(door) == []


def test_those_that_shared_its_transaction_are_done_once_all_the_same(door: Door) -> None:
    tried: list[str] = []

    @door.registry.handler("h", timeout=60)
    def handler(context: HandlerContext) -> None:
        tried.append(f"{context.business_key}")
        write(context)

    @door.registry.handler("slow", timeout=0)
    def slow(context: HandlerContext) -> None:
        spin(context)

    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    door.deploy(process(start(), service("auto", "slow"), end(), chain("start", "auto", "end"), id="q"), "q")
    for key in ("c1", "c2"):
        door.start(business_key=key)
    door.start("q", business_key="c3")
    for key in ("c4", "c5"):
        door.start(business_key=key)
    assert jobs.run_due(door.engine) == 5
    assert traces(door) == ["c1", "c2", "c4", "c5"] and door.open() == ["After"] * 4
    assert sorted(set(tried)) == ["c1", "c2", "c4", "c5"] and door.broken() == []
    (job,) = door.rows(tables.job)
    assert (job.business_key, job.tries) == ("c3", 1)


def test_while_it_hangs_others_wait_no_longer_than_its_limit(door: Door) -> None:
    """On PostgreSQL only those who want its case, on SQLite everybody who writes."""
    begun = threading.Event()

    @door.registry.handler("h", timeout=1, retries=1)
    def handler(context: HandlerContext) -> None:
        write(context)
        begun.set()
        spin(context)

    door.deploy(ONE)
    instance, other = door.start(business_key="c1"), door.start(business_key="c2")
    door.complete("Before", instance)
    runs = threading.Thread(target=door.run)
    runs.start()
    assert begun.wait(30)
    second = door.second()
    with door.store.begin() as uow:
        second.engine.complete(uow, ORG, door.task("Before", other), {}, actor="li")
        if door.store.dialect == "postgresql":
            assert runs.is_alive() and left_behind() == 1
    with door.store.begin() as uow:
        second.engine.cancel(uow, ORG, instance, "撤回", actor="li")
    runs.join(60)
    assert not runs.is_alive() and door.instance(instance).state == "cancelled" and door.broken() == []


def test_too_many_that_never_come_back_are_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "MOST_HANGING", 2)
    free = threading.Event()

    @door.registry.handler("h", timeout=0, retries=2)
    def handler(context: HandlerContext) -> None:
        free.wait(60)

    door.deploy(process(start(), service("auto", "h"), end(), chain("start", "auto", "end")))
    try:
        for key in ("c1", "c2", "c3"):
            door.start(business_key=key)
        door.run()
        assert ["请重新启动本节点" in row.error for row in door.rows(tables.job)] == [False, False, True]
    finally:
        free.set()
    assert ended(lambda: left_behind() == 0)


def test_postgresql_ends_the_transaction_of_a_machine_that_stands_still(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is there to look at the clock."""
    monkeypatch.setattr(database, "FROZEN_SECONDS", 0.1)
    standing = Store(postgres_url)
    with standing.begin() as uow:  # its connection knows
        uow.conn.execute(text("SELECT 1"))
    monkeypatch.undo()
    moving = Store(postgres_url)
    try:
        with moving.begin() as uow:
            uow.conn.execute(text("CREATE TABLE one (x integer)"))
        with pytest.raises(Exception, match="idle-in-transaction"), standing.begin() as uow:
            uow.conn.execute(text("LOCK TABLE one"))
            with moving.begin() as other:
                other.conn.execute(text("LOCK TABLE one"))  # waits until it is free
            uow.conn.execute(text("SELECT 1"))
        with moving.begin() as uow:
            assert uow.conn.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "2min"
        with moving.snapshot() as uow:
            assert uow.conn.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "0"
    finally:
        standing.close()
        moving.close()
