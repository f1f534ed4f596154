"""Through PgBouncer in transaction mode: each transaction may have another of the server's connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from engine import inside, timers
from engine.registry import HandlerContext
from engine.scheduler import Scheduler
from storage import schema, signals
from storage.clock import FixedClock
from storage.database import FROZEN_SECONDS, Store
from storage.tables import engine as tables
from tests.engine.test_inside import ONE, ended, spin, traces, write
from tests.engine.test_timers import due_after
from tests.support import postgres
from tests.support.door import Door
from tests.support.pooler import CONNECTIONS, pooled


@pytest.fixture(scope="module")
def addresses(postgres_server: str) -> Iterator[tuple[str, str]]:
    """Through the pooler, and of the database itself."""
    with postgres.database(postgres_server) as url, pooled(url) as through:
        yield through, url


@pytest.fixture
def store(addresses: tuple[str, str]) -> Iterator[Store]:
    through, direct = addresses
    opened = Store(through, direct=direct)
    schema.upgrade(opened)
    yield opened
    with opened.begin() as uow:
        for table in (tables.instance, tables.task, tables.timer, tables.job, tables.history, tables.incident):
            uow.conn.execute(table.delete())
    opened.close()


def backends(store: Store, times: int) -> set[int]:
    """The server's processes that have served as many transactions at once."""
    found: set[int] = set()
    together = threading.Barrier(times)

    def one() -> None:
        with store.begin(write=False) as uow:
            found.add(uow.conn.exec_driver_sql("select pg_backend_pid()").scalar_one())
            together.wait(30)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_people_timers_and_jobs_go_on_over_changing_connections(store: Store, clock: FixedClock) -> None:
    door = Door(store, clock)
    done: list[str] = []

    @door.registry.handler("h")
    def handler(context: HandlerContext) -> None:
        done.append(f"{context.business_key}")

    door.deploy(ONE)
    assert len(backends(store, CONNECTIONS)) == CONNECTIONS
    for n in range(12):  # more often than psycopg runs a statement before it would prepare it
        instance = door.start(business_key=f"c{n}")
        door.complete("Before", instance)
        assert door.run() == 1
        door.complete("After", instance)
    assert done == [f"c{n}" for n in range(12)] and door.open() == []
    door.deploy(due_after("PT1H"))
    for n in range(3):
        door.start(business_key=f"t{n}")
    clock.advance(hours=2)
    assert timers.fire_due(door.engine) == 3


def test_a_handler_that_never_comes_back_is_cut_off(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that PgBouncer names is none of the server's: the server is asked who it is."""
    monkeypatch.setattr(inside, "LOOK", 0.02)
    door = Door(store, clock)

    @door.registry.handler("h", timeout=0, retries=1)
    def handler(context: HandlerContext) -> None:
        write(context)
        spin(context)

    door.deploy(ONE)
    door.complete("Before", door.start(business_key="c1"))
    door.run()
    with Store(str(store.direct_url)).begin() as uow:
        held = text("select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = :name")
        assert ended(lambda: uow.conn.execute(held, {"name": store.url.database}).scalar_one() == 0)
    assert traces(door) == []


def test_what_each_session_must_have_each_transaction_has(store: Store) -> None:
    with store.begin(write=False) as uow:
        assert uow.conn.exec_driver_sql("show idle_in_transaction_session_timeout").scalar_one() == "2min"
        assert FROZEN_SECONDS == 120
    with store.snapshot() as uow:
        assert uow.conn.exec_driver_sql("show idle_in_transaction_session_timeout").scalar_one() == "0"
        assert uow.conn.exec_driver_sql("show transaction_isolation").scalar_one() == "repeatable read"


def test_signals_are_heard_on_the_direct_address(store: Store) -> None:
    heard = threading.Event()
    here, there = signals.Signals(store), signals.Signals(store)
    here.start(heard.set)
    try:
        assert heard.wait(30)
        heard.clear()
        there.send()
        assert heard.wait(30), "NOTIFY goes through the pooler, LISTEN beside it"
    finally:
        here.stop()


def test_a_node_works_through_the_pooler(store: Store, clock: FixedClock) -> None:
    door = Door(store, clock)
    door.registry.handler("h")(lambda context: None)
    door.deploy(ONE)
    node = Scheduler(door.engine)
    node.start()
    try:
        door.complete("Before", door.start(business_key="c1"))
        assert ended(lambda: door.open() == ["After"])
    finally:
        node.stop()
