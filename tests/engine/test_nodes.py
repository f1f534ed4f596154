"""Two nodes on one database, one of them late: what it decides on old knowledge undoes nothing of the other's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import jobs, timers
from engine.registry import HandlerContext
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import Refusal
from storage.tables import engine as tables
from tests.engine.diagrams import boundary, chain, end, process, service, start, timer, user
from tests.support.door import ORG, Door, wait_until_blocked

LATE = process(
    start(), user("Work"), boundary("due", "Work", timer("timeCycle", "R3/PT1H"), interrupting=False), user("Late"),
    end(), chain("start", "Work", "end"), chain("due", "Late", "end"),
)  # fmt: skip
ONE = process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end"))


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, other: Callable[[], object]) -> None:
    """The next time that `module` comes to `name`, `other` happens first."""
    real = getattr(module, name)

    def late(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(module, name, real)
        other()
        return real(*args, **more)

    monkeypatch.setattr(module, name, late)


def breaks(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this node would do to an instance fails."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(door.engine, "apply", fails)


def test_a_failure_of_a_timer_that_another_node_has_fired_since_counts_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is the next turn's by then: it must not be moved."""
    other = door.second()
    door.deploy(LATE)
    door.start()
    door.clock.advance(hours=1)
    breaks(door, monkeypatch)
    meanwhile(monkeypatch, timers, "_failed", lambda: timers.fire_due(other.engine))
    assert timers.fire_due(door.engine) == 0
    (row,) = door.rows(tables.timer)
    assert (row.tries, row.due_at - door.clock.now()) == (0, timedelta(hours=1)) and door.open() == ["Late", "Work"]


def test_two_nodes_that_fail_at_the_same_timer_count_it_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    other = door.second()
    door.deploy(LATE)
    door.start()
    door.clock.advance(hours=1)
    for node in (door, other):
        breaks(node, monkeypatch)
    for tries in range(1, timers.MAX_TRIES + 1):
        meanwhile(monkeypatch, timers, "_failed", lambda: timers.fire_due(other.engine))
        assert timers.fire_due(door.engine) == 0
        (row,) = door.rows(tables.timer)
        assert row.tries == tries
        door.clock.set(row.due_at)
    assert len(door.rows(tables.incident)) == 1


@pytest.mark.parametrize("outside", [False, True])
def test_two_nodes_that_fail_at_the_same_job_count_it_once(
    door: Door, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    other = door.second()

    def fails(context: HandlerContext) -> Any:
        raise RuntimeError("no")

    door.registry.handler("h", outside=outside, retries=3, prepare=fails if outside else None)(fails)
    door.deploy(ONE)
    door.start()
    for tries in (1, 2, 3):
        meanwhile(monkeypatch, jobs, "_failed", lambda: jobs.run_due(other.engine))
        jobs.run_due(door.engine)
        (job,) = door.rows(tables.job)
        assert job.tries == tries
        door.clock.set(max(door.clock.now(), job.due_at))
    assert len(door.rows(tables.incident)) == 1


def test_a_failure_to_claim_does_not_take_the_lease_of_the_node_that_has_it_since(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the call would be made twice, and the answer of the first be thrown away."""
    other, calls = door.second(), []

    @door.registry.handler("h", outside=True, delivery="at_most_once")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        with monkeypatch.context() as broken:
            broken.setattr(jobs, "_claim", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("odd")))
            assert jobs.run_one(late.engine, ORG, context.key) == 1
        return {}

    late = other
    door.deploy(ONE)
    door.start()
    jobs.run_due(door.engine)
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []


def test_a_refusal_that_comes_after_another_node_has_done_the_job_is_no_incident(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is just at its commit when this one writes its refusal down."""
    other, here = door.second(), threading.current_thread()
    written, go_on = threading.Event(), threading.Event()

    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        if not written.is_set() and refuses():
            raise Refusal("case.wrong", "此事项不能自动办理。")
        return {}

    refused: list[bool] = []

    def refuses() -> bool:
        refused.append(True)
        return len(refused) == 1

    apply = other.engine.apply

    def holds(*args: Any, **more: Any) -> Any:
        apply(*args, **more)
        written.set()
        assert go_on.wait(60)

    monkeypatch.setattr(other.engine, "apply", holds)
    threads: list[threading.Thread] = []

    def begin_other() -> None:
        assert here is threading.current_thread()
        thread = threading.Thread(target=jobs.run_due, args=(other.engine,))
        thread.start()
        threads.append(thread)
        assert written.wait(60)

        def let_go() -> None:
            if door.store.dialect == "postgresql":
                wait_until_blocked(door.store)
            go_on.set()

        freeing = threading.Thread(target=let_go)
        freeing.start()
        threads.append(freeing)

    door.deploy(ONE)
    door.start()
    meanwhile(monkeypatch, jobs, "_failed", begin_other)
    jobs.run_due(door.engine)
    for thread in threads:
        thread.join(60)
    assert door.open() == ["After"] and door.rows(tables.incident) == door.rows(tables.job) == []


def test_a_new_version_that_comes_while_a_start_fires_leaves_one_timer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them would start everything twice from then on."""
    begun, go_on = threading.Event(), threading.Event()
    data = process(start("start", timer("timeCycle", "R/2026-11-26T10:00:00+08:00/P1D")), user("Count"), end(),
                   chain("start", "Count", "end"))  # fmt: skip
    door.deploy(data)
    with door.store.begin() as uow:
        timers.arm_starts(door.engine, uow, ORG, "p")
    door.clock.advance(days=1)
    other = door.second()
    real = timers.skip_start

    def holds(*args: Any) -> None:
        real(*args)
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr(timers, "skip_start", holds)
    firing = threading.Thread(target=timers.fire_due, args=(door.engine,))
    firing.start()
    assert begun.wait(60)

    def deploy() -> None:
        with other.store.begin() as uow:
            timers.arm_starts(other.engine, uow, ORG, "p")

    deploying = threading.Thread(target=deploy)
    deploying.start()
    wait_until_blocked(door.store)
    go_on.set()
    firing.join(60)
    deploying.join(60)
    assert door.open() == ["Count"] and len(door.rows(tables.timer)) == 1
