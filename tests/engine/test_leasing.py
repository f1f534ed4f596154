"""Leases of jobs that reach outside: nodes that die, stand still or lose their database call nothing twice."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from engine import jobs, leasing
from engine.outside import Interrupted
from engine.registry import HandlerContext, HandlerFailed
from storage.clock import FixedClock
from storage.database import Store
from storage.tables import engine as tables
from tests.support.door import Door
from tests.support.jobs import ONE, Killed, incident, repaired, the_job


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def test_a_job_of_a_node_that_died_is_run_again_when_its_lease_ends(door: Door) -> None:
    keys: list[str] = []
    dying = True

    @door.registry.handler("h", outside=True, timeout=60)
    def handler(context: HandlerContext) -> dict[str, Any]:
        keys.append(context.key)
        if dying:
            raise Killed
        return {}

    door.deploy(ONE)
    door.start()
    with pytest.raises(Killed):
        door.run()
    job = the_job(door)
    assert job.state == "leased" and job.due_at == door.clock.now() + leasing.LEASE
    dying, other = False, door.second()
    assert other.run() == 0, "the lease still holds"
    door.clock.set(job.due_at)
    assert other.run() == 1
    assert keys == [job.id, job.id] and door.open() == ["After"] and door.broken() == []


def test_a_handler_that_kills_its_node_is_not_called_for_ever(door: Door) -> None:
    @door.registry.handler("h", outside=True, retries=3)
    def handler(context: HandlerContext) -> dict[str, Any]:
        raise Killed

    door.deploy(ONE)
    door.start()
    for _ in range(3):
        with pytest.raises(Killed):
            door.run()
        door.clock.set(the_job(door).due_at)
    door.run()
    assert incident(door).code == "handler.lost" and door.run() == 0


def test_the_lease_is_renewed_while_the_handler_works(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work is not taken over by another node."""
    monkeypatch.setattr(leasing, "HEARTBEAT", 0.01)
    other, taken = door.second(), []

    @door.registry.handler("h", outside=True, timeout=600)
    def handler(context: HandlerContext) -> dict[str, Any]:
        for _ in range(3):
            door.clock.advance(seconds=50)
            deadline = time.monotonic() + 30
            while the_job(door).due_at < door.clock.now() + leasing.LEASE:
                assert time.monotonic() < deadline, "no heartbeat"
                time.sleep(0.005)
            taken.append(other.run())
        return {}

    door.deploy(ONE)
    door.start()
    assert door.run() == 1
    assert taken == [0, 0, 0] and door.open() == ["After"]


def test_an_answer_after_the_lease_was_lost_is_not_taken(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """This node stood still for too long; another one has done the work."""
    other, calls = door.second(), []

    @door.registry.handler("h", outside=True)
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        if len(calls) == 1:
            door.clock.advance(seconds=61)
            assert other.run() == 1
        return {}

    door.deploy(ONE)
    instance = door.start()
    door.run()
    assert len(calls) == 2 and len(set(calls)) == 1
    assert door.open() == ["After"] and door.kinds(instance).count("job_done") == 1 and door.broken() == []
    assert door.rows(tables.incident) == [] and door.rows(tables.job) == []


def test_a_node_that_stood_still_before_its_call_does_not_make_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between taking the job and calling, its machine was frozen; another node has called meanwhile."""
    other, calls = door.second(), []
    begin = door.engine.outside.begin

    @door.registry.handler("h", outside=True, delivery="at_most_once")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        return {}

    def frozen(*args: Any, **more: Any) -> Any:
        call = begin(*args, **more)
        door.clock.advance(seconds=61)
        other.run()  # it cannot know whether the call was made
        repaired(other)  # an administrator has seen that it was not
        assert other.run() == 1
        return call

    monkeypatch.setattr(door.engine.outside, "begin", frozen)
    door.deploy(ONE)
    door.start()
    door.run()
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.job) == []


def test_a_handler_whose_process_starts_slowly_keeps_its_lease(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    other, calls = door.second(), []
    begin = door.engine.outside.begin

    @door.registry.handler("h", outside=True, delivery="at_most_once")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        door.clock.advance(seconds=50)
        assert other.run() == 0
        return {}

    def slow(*args: Any, **more: Any) -> Any:
        door.clock.advance(seconds=50)
        return begin(*args, **more)

    monkeypatch.setattr(door.engine.outside, "begin", slow)
    door.deploy(ONE)
    door.start()
    assert door.run() == 1
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []


@pytest.mark.parametrize("why", [Interrupted(), HandlerFailed("自动处理的进程没有及时启动")])
def test_what_may_happen_once_is_tried_again_if_it_was_never_called(
    door: Door, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    """The node was stopping, or no process started: that is certain, and needs no administrator."""
    calls: list[str] = []
    door.registry.handler("h", outside=True, delivery="at_most_once")(lambda context: calls.append(context.key))
    door.deploy(ONE)
    door.start()
    with monkeypatch.context() as broken:
        broken.setattr(door.engine.outside, "begin", lambda *_, **__: (_ for _ in ()).throw(why))
        jobs.run_due(door.engine)
    assert (the_job(door).state, the_job(door).calls) == ("ready", 0)
    door.clock.set(max(door.clock.now(), the_job(door).due_at))
    door.run()
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []


def test_what_may_happen_once_is_no_incident_if_its_lease_could_not_be_renewed_before_the_call(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    door.registry.handler("h", outside=True, delivery="at_most_once")(lambda context: calls.append(context.key))
    door.deploy(ONE)
    door.start()
    gone = OperationalError("update job", None, Exception("server closed the connection unexpectedly"))
    with monkeypatch.context() as broken:
        broken.setattr(leasing.Lease, "old", lambda *_: True)
        broken.setattr(leasing, "_renew", lambda *_: (_ for _ in ()).throw(gone))
        jobs.run_due(door.engine)
    assert (calls, the_job(door).state, the_job(door).calls) == ([], "ready", 0)
    door.clock.advance(seconds=10)
    door.run()
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []


def test_a_database_that_restarts_during_a_call_does_not_end_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heartbeat cannot be written; the call goes on, and its answer is taken."""
    monkeypatch.setattr(leasing, "HEARTBEAT", 0.01)
    missed, calls = threading.Event(), []
    renew = leasing._renew

    def gone(*args: Any) -> bool:
        if missed.is_set():
            return renew(*args)
        missed.set()
        raise OperationalError("update job", None, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(leasing, "_renew", gone)
    monkeypatch.setattr(leasing.Lease, "old", lambda *_: False)

    @door.registry.handler("h", outside=True, delivery="at_most_once")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        assert missed.wait(30)
        return {}

    door.deploy(ONE)
    door.start()
    door.run()
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []


def test_a_database_that_restarts_as_a_call_ends_loses_no_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AGAIN", 0.0)
    calls: list[str] = []
    door.registry.handler("h", outside=True, delivery="at_most_once")(lambda context: calls.append(context.key))
    apply, left = jobs._apply, [3]

    def gone(*args: Any) -> None:
        apply(*args)
        if left[0]:
            left[0] -= 1
            raise OperationalError("commit", None, Exception("the database system is shutting down"))

    monkeypatch.setattr(jobs, "_apply", gone)
    door.deploy(ONE)
    instance = door.start()
    door.run()
    assert len(calls) == 1 and door.open() == ["After"] and door.rows(tables.incident) == []
    assert door.kinds(instance).count("job_done") == 1 and door.broken() == []


def test_a_call_that_loses_its_lease_is_ended(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the waiting ends the call: a process that nobody waits for would stay for ever."""
    monkeypatch.setattr(leasing, "HEARTBEAT", 0.01)
    cut: list[bool] = []
    begin, free = door.engine.outside.begin, threading.Event()

    def watched(*args: Any, **more: Any) -> Any:
        call = begin(*args, **more)
        monkeypatch.setattr(call, "cut_off", lambda: cut.append(True))
        return call

    def odd(*_: Any) -> bool:
        raise RuntimeError("odd")

    monkeypatch.setattr(door.engine.outside, "begin", watched)
    monkeypatch.setattr(leasing, "_renew", odd)
    monkeypatch.setattr(leasing.Lease, "old", lambda *_: False)

    @door.registry.handler("h", outside=True)
    def handler(context: HandlerContext) -> None:
        free.wait(30)

    door.deploy(ONE)
    door.start()
    jobs.run_due(door.engine)
    free.set()
    assert cut == [True] and the_job(door).state == "ready"
