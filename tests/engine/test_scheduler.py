"""The scheduler in the background: what fell due while nobody ran, what comes later, what a commit brings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from engine import scheduler as module
from engine.registry import HandlerContext
from engine.scheduler import Scheduler
from storage import schema, signals
from storage.clock import TZ, FixedClock, SystemClock
from storage.database import Store
from storage.tables import engine as tables
from tests.engine.diagrams import chain, el, end, process, service, start, timer, user
from tests.support.door import Door

PATIENCE = 30.0  # seconds


def eventually(what: Callable[[], bool]) -> None:
    """Wait for the background thread, with a bound."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


@pytest.fixture
def running(door: Door) -> Iterator[Scheduler]:
    """A scheduler that the test starts, stopped at the end."""
    scheduler = Scheduler(door.engine)
    yield scheduler
    if scheduler._scheduler.running:
        scheduler.stop()


def waiting(text: str) -> bytes:
    wait = el("intermediateCatchEvent", "wait", timer("timeDuration", text))
    return process(start(), wait, user("After"), end(), chain("start", "wait", "After", "end"))


def test_what_fell_due_while_nobody_ran_is_done_at_the_start(door: Door, running: Scheduler) -> None:
    door.deploy(waiting("PT1H"))
    for n in range(3):
        door.start(business_key=f"c{n}")
    door.clock.advance(days=2)
    running.start()
    eventually(lambda: door.open() == ["After"] * 3)


def test_a_commit_that_brings_work_wakes_it(door: Door, running: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP", timedelta(days=1))  # only the commit can wake it
    door.registry.handler("h")(lambda context: {})
    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    running.start()
    door.start()
    eventually(lambda: door.open() == ["After"])


def test_it_sleeps_until_the_next_instant(store: Store, running: Scheduler) -> None:
    door = Door(store, SystemClock())  # type: ignore[arg-type]
    door.deploy(waiting("PT1S"))
    scheduler = Scheduler(door.engine)
    scheduler.start()
    try:
        door.start()
        eventually(lambda: door.open() == ["After"])
    finally:
        scheduler.stop()


def test_a_clock_that_is_set_back_lets_nothing_wait(
    door: Door, running: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it planned for an instant of the old clock is an hour too late by the new one."""
    monkeypatch.setattr(module, "SWEEP", timedelta(days=1))
    monkeypatch.setattr(module, "LOOK", 0.01)
    ahead, told = [0.0], []
    monkeypatch.setattr(module, "_ahead", lambda: ahead[0])
    door.deploy(waiting("PT1H"))
    running.start()
    running.every("mail", 60, lambda: told.append("mail"))
    running.on("duties", DateTrigger(), lambda: told.append("duties"))
    eventually(lambda: told == ["duties"])
    late = datetime.now(TZ) + timedelta(hours=1)
    running.on("duties", Once(), lambda: told.append("duties"))
    for name in ("mail", "duties"):
        running._scheduler.modify_job(name, next_run_time=late)
    door.second().start()  # another process, which cannot tell us
    door.clock.advance(hours=1)
    ahead[0] -= 3600
    eventually(lambda: door.open() == ["After"] and told == ["duties", "duties"])
    assert running._scheduler.get_job("mail").next_run_time < late - timedelta(minutes=30)


class Once(BaseTrigger):  # type: ignore[misc]
    """At once, the first time that it is asked."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(hours=1) if previous else now


def test_an_error_does_not_end_it(door: Door, running: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database was away for a moment."""
    real, calls = module.run_all, []

    def failing(engine: Any, **more: Any) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the database is away")
        return real(engine, **more)

    monkeypatch.setattr(module, "run_all", failing)
    door.registry.handler("h")(lambda context: {})
    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    door.start()
    running.start()
    eventually(lambda: bool(calls))
    running.wake()
    eventually(lambda: door.open() == ["After"])


def test_stopping_finishes_the_step_in_hand(door: Door, running: Scheduler) -> None:
    import threading

    entered, go_on = threading.Event(), threading.Event()

    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        entered.set()
        go_on.wait(PATIENCE)
        return {}

    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    door.start()
    running.start()
    assert entered.wait(PATIENCE)
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    go_on.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive() and door.open() == ["After"]


def hanging(door: Door, free: threading.Event) -> None:
    """A handler that hangs until it is let free, and one case that waits for it."""

    @door.registry.handler("h", outside=True, timeout=600)
    def handler(context: HandlerContext) -> dict[str, Any]:
        free.wait(PATIENCE)
        return {}

    door.deploy(
        process(start(), service("auto", "h"), user("Sent"), end(), chain("start", "auto", "Sent", "end"), id="q"), "q"
    )
    door.start("q")


def test_a_handler_that_hangs_keeps_nobody_waiting(door: Door, running: Scheduler) -> None:
    """Timers fire and other handlers run while one is outside; nor is it called twice meanwhile."""
    free = threading.Event()
    hanging(door, free)
    running.start()
    try:
        eventually(lambda: door.rows(tables.job)[0].state == "leased")
        door.registry.handler("h2")(lambda context: {})
        door.deploy(
            process(start(), service("auto", "h2"), user("After"), end(), chain("start", "auto", "After", "end"))
        )
        door.start(business_key="c2")
        eventually(lambda: door.open() == ["After"])
        assert door.rows(tables.job)[0].calls == 1
    finally:
        free.set()
    eventually(lambda: door.open() == ["After", "Sent"])


def test_a_node_that_stops_gives_its_leases_back(
    door: Door, running: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    free = threading.Event()
    hanging(door, free)
    running.start()
    eventually(lambda: door.rows(tables.job)[0].state == "leased")
    running.stop()
    (job,) = door.rows(tables.job)
    assert (job.state, job.lease, job.tries, job.due_at) == ("ready", None, 0, door.clock.now())
    free.set()
    assert door.second().run() == 1 and door.open() == ["Sent"], "another node takes it at once"


def test_more_calls_than_threads(door: Door, running: Scheduler) -> None:
    """They wait for a free thread, and none is forgotten."""
    calls: list[str] = []

    @door.registry.handler("h", outside=True)
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        time.sleep(0.01)
        return {}

    door.deploy(process(start(), service("auto", "h"), user("Sent"), end(), chain("start", "auto", "Sent", "end")))
    for n in range(3 * module.CALLS):
        door.start(business_key=f"c{n}")
    running.start()
    eventually(lambda: door.open() == ["Sent"] * (3 * module.CALLS))
    assert len(calls) == len(set(calls)) == 3 * module.CALLS


def test_another_node_is_told(postgres_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one node commits another does at once, not at its next sweep; so does what a command brought."""
    monkeypatch.setattr(module, "SWEEP", timedelta(days=1))
    store = Store(postgres_url)
    schema.upgrade(store)
    door = Door(store, clock)
    door.registry.handler("h")(lambda context: {})
    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    command = door.second()
    Scheduler(command.engine)  # never started: a command line
    there = Scheduler(door.second().engine)
    there.start()
    try:
        for n in range(3):
            command.start(business_key=f"c{n}")
            eventually(lambda: door.open() == ["After"] * len(door.rows(tables.instance)))
    finally:
        there.stop()
        store.close()


def test_a_lost_connection_to_the_signals_is_made_again(
    postgres_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "AGAIN", 0.05)
    store, heard = Store(postgres_url), []
    here = signals.Signals(store)
    here.start(lambda: heard.append(1))
    try:
        eventually(lambda: len(heard) == 1)
        with store.begin() as uow:
            kill = "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen banjie_work'"
            assert uow.conn.exec_driver_sql(kill).all() == [(True,)]
        eventually(lambda: len(heard) == 2)
        here.send()
        eventually(lambda: len(heard) >= 3)
    finally:
        here.stop()
        store.close()
