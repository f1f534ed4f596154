"""Jobs: handlers inside the database act exactly once, those that reach outside at least once with the same key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from engine import incidents, jobs
from engine.registry import BpmnError, HandlerContext, Registry
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError, Refusal
from storage.tables import engine as tables
from storage.tables.engine import setting
from tests.engine.diagrams import (
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    flow,
    parameters,
    process,
    service,
    start,
    user,
)
from tests.support.door import ORG, Door, together
from tests.support.jobs import ONE, Killed, incident, repaired, the_job


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def write(context: HandlerContext, name: str) -> None:
    """Leave a trace in the handler's transaction."""
    context.transaction.conn.execute(insert(setting).values(name=name, value="x", locked=False))


def traces(door: Door) -> list[str]:
    return [row.name for row in door.rows(setting) if row.value == "x"]


# -- inside the database ---------------------------------------------------------------------------------------------


def test_a_handler_and_the_advance_are_one_transaction(door: Door) -> None:
    calls: list[HandlerContext] = []

    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context)
        write(context, context.key)
        return {"word": "done"}

    inside = extension(parameters({"n": "${n + 1}"}, {"got": "${word}"}))
    door.deploy(
        process(start(), service("auto", "h", inside), user("After"), end(), chain("start", "auto", "After", "end"))
    )
    instance = door.start(n=1)
    assert door.open() == [] and calls == [], "it runs after the commit of the step that reached it"
    assert door.run() == 1
    (call,) = calls
    assert call.inputs == {"n": 2} and call.business_key == "c1" and call.actor == "wang" and call.element_id == "auto"
    assert traces(door) == [call.key] and door.rows(tables.job) == []
    assert door.open() == ["After"] and door.variables(instance)["got"] == "done"
    assert door.run() == 0 and "job_done" in door.kinds(instance) and door.broken() == []


def test_what_a_failing_handler_wrote_is_not_kept(door: Door) -> None:
    tries: list[str] = []

    @door.registry.handler("h", retries=3)
    def handler(context: HandlerContext) -> dict[str, Any]:
        tries.append(context.key)
        write(context, f"try {len(tries)}")
        if len(tries) < 3:
            raise RuntimeError("the disk is full")
        return {}

    door.deploy(ONE)
    door.start()
    waits: list[float] = []
    while door.open() == []:
        assert door.run() == 1
        if door.rows(tables.job):
            waits.append((the_job(door).due_at - door.clock.now()).total_seconds())
            assert door.run() == 0, "not before its time"
            door.clock.set(the_job(door).due_at)
    assert traces(door) == ["try 3"]
    assert len(set(tries)) == 1, "the same key at each try"
    assert 8 <= waits[0] <= 12 and 16 <= waits[1] <= 24, "later each time, never all at once"
    assert door.rows(tables.incident) == []


def test_after_the_last_try_an_administrator_is_needed(door: Door) -> None:
    @door.registry.handler("h", retries=2)
    def handler(context: HandlerContext) -> dict[str, Any]:
        raise RuntimeError("no")

    door.deploy(ONE)
    door.start()
    door.run()
    assert (the_job(door).state, the_job(door).tries, door.rows(tables.incident)) == ("ready", 1, [])
    door.clock.set(the_job(door).due_at)
    door.run()
    (incident,) = door.rows(tables.incident)
    assert (the_job(door).state, incident.kind, incident.code) == ("failed", "job", "handler.failed")
    assert "RuntimeError: no" in incident.message and incident.source_id == the_job(door).id
    door.clock.advance(days=30)
    assert door.run() == 0


@pytest.mark.parametrize("outside", [False, True])
def test_a_database_that_is_gone_for_a_while_is_no_failure_of_a_handler(
    door: Door, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    """Connections break while a job is claimed and while its answer is written; no administrator is needed for that."""
    called: list[str] = []
    door.registry.handler("h", outside=outside)(lambda context: called.append(context.key))
    door.deploy(ONE)
    door.start()
    gone = OperationalError("select 1", None, Exception("terminating connection due to administrator command"))
    monkeypatch.setattr(jobs, "ANSWER", 0)  # it is away for longer than anybody waits
    for place in ("_claim" if outside else "_spec", "_apply"):
        for _ in range(8):
            with monkeypatch.context() as broken:
                broken.setattr(jobs, place, lambda *a, **k: (_ for _ in ()).throw(gone))
                jobs.run_due(door.engine)
            assert (the_job(door).state, the_job(door).tries) == ("ready", 0)
            door.clock.advance(seconds=10)
    jobs.run_due(door.engine)
    assert door.rows(tables.job) == door.rows(tables.incident) == []
    assert door.open() == ["After"] and len(set(called)) == 1


def test_a_refusal_is_not_tried_again(door: Door) -> None:
    @door.registry.handler("h", retries=9)
    def handler(context: HandlerContext) -> dict[str, Any]:
        write(context, "never")
        raise Refusal("numbers.closed", "本年度编号已封存。")

    door.deploy(ONE)
    door.start()
    door.run()
    (incident,) = door.rows(tables.incident)
    assert (incident.code, incident.message, the_job(door).state) == ("numbers.closed", "本年度编号已封存。", "failed")
    assert traces(door) == []


def test_an_unknown_handler_is_an_incident(door: Door) -> None:
    door.registry.handler("h")(lambda context: {})
    door.deploy(ONE)
    door.start()
    door.registry.handlers.clear()  # the next release does not bring it any more
    door.run()
    (incident,) = door.rows(tables.incident)
    assert incident.code == "handler.unknown"


def test_a_bpmn_error_takes_its_boundary(door: Door) -> None:
    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        write(context, "kept")
        raise BpmnError("E1", "材料不全")

    door.deploy(process(start(), service("auto", "h"), boundary("bad", "auto", event("error", "e1")), user("Fix"),
                        user("After"), end(), chain("start", "auto", "After", "end"), chain("bad", "Fix"),
                        flow("Fix", "end")))  # fmt: skip
    instance = door.start()
    door.run()
    assert door.open() == ["Fix"] and door.rows(tables.incident) == []
    assert traces(door) == ["kept"], "an error of the diagram is a result, not a failure"
    assert door.rows(tables.job) == [] and "job_done" in door.kinds(instance)


def test_a_cancelled_task_takes_its_job_along(door: Door) -> None:
    calls: list[str] = []
    door.registry.handler("h")(lambda context: calls.append(context.key))
    door.deploy(ONE)
    instance = door.start()
    with door.store.begin() as uow:
        door.engine.cancel(uow, ORG, instance, "撤回", actor="admin")
    assert door.rows(tables.job) == [] and door.run() == 0 and calls == []


def test_two_engines_run_a_job_once(door: Door) -> None:
    calls: list[str] = []

    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        write(context, context.key)
        return {}

    door.deploy(ONE)
    started = [door.start(business_key=f"c{n}") for n in range(6)]
    engines = [door.second().engine for _ in range(3)]
    together(*(lambda engine=engine: jobs.run_due(engine) for engine in engines))
    assert sorted(calls) == sorted(set(calls)) and len(calls) == len(traces(door)) == len(started)
    assert door.open() == ["After"] * 6 and door.broken() == []


def test_what_a_handler_sends_goes_out_with_its_answer(door: Door) -> None:
    @door.registry.handler("h")
    def handler(context: HandlerContext) -> dict[str, Any]:
        context.send("m1", context.business_key, {"word": "hello"})
        return {}

    wait = el("intermediateCatchEvent", "wait", event("message", "m1"))
    door.deploy(process(start(), wait, user("Told"), end(), chain("start", "wait", "Told", "end"), id="q"), "q")
    door.deploy(ONE)
    door.start("q")
    door.start()
    door.run()
    assert door.open() == ["After", "Told"]


# -- outside the database --------------------------------------------------------------------------------------------


def test_an_outside_handler_is_called_without_a_transaction(door: Door) -> None:
    seen: list[tuple[Any, int]] = []

    @door.registry.handler("h", outside=True)
    def handler(context: HandlerContext) -> dict[str, Any]:
        with door.store.begin() as uow:  # nobody holds the lock of the database, not even SQLite's only one
            seen.append((context.uow, len(uow.conn.execute(select(tables.job)).all())))
        with pytest.raises(RuntimeError):
            _ = context.transaction
        return {}

    door.deploy(ONE)
    door.start()
    door.run()
    assert seen == [(None, 1)] and door.open() == ["After"]


def test_an_outside_handler_gets_the_same_key_at_each_try(door: Door) -> None:
    keys: list[str] = []

    @door.registry.handler("h", outside=True, retries=3)
    def handler(context: HandlerContext) -> dict[str, Any]:
        keys.append(context.key)
        if len(keys) < 3:
            raise ConnectionError("no route")
        return {}

    door.deploy(ONE)
    door.start()
    for _ in range(3):
        door.clock.set(max(the_job(door).due_at, door.clock.now()))
        door.run()
    assert len(keys) == 3 and len(set(keys)) == 1 and door.open() == ["After"]


def test_a_handler_that_hangs_is_cut_off(door: Door) -> None:
    free = threading.Event()

    @door.registry.handler("h", outside=True, timeout=0, retries=2)
    def handler(context: HandlerContext) -> dict[str, Any]:
        free.wait(60)
        return {"word": "too late"}

    door.deploy(ONE)
    door.start()
    try:
        door.run()
        assert (the_job(door).state, the_job(door).tries) == ("ready", 1) and "没有完成" in the_job(door).error
        door.clock.set(the_job(door).due_at)
        door.run()
        (incident,) = door.rows(tables.incident)
        assert incident.code == "handler.timeout"
    finally:
        free.set()
    assert door.open() == []


def test_a_late_answer_of_a_job_that_is_gone_changes_nothing(door: Door) -> None:
    """While the handler was outside, somebody cancelled the case."""
    instance = ""

    @door.registry.handler("h", outside=True)
    def handler(context: HandlerContext) -> dict[str, Any]:
        with door.store.begin() as uow:
            door.engine.cancel(uow, ORG, instance, "撤回", actor="admin")
        return {"word": "late"}

    door.deploy(ONE)
    instance = door.start()
    door.run()
    assert door.instance(instance).state == "cancelled" and door.rows(tables.incident) == []
    assert "job_done" not in door.kinds(instance) and door.broken() == []


def test_only_the_jobs_of_one_case_and_inside(door: Door) -> None:
    """What a person waits for is run at once; letters go out in the background."""
    calls: list[str] = []
    door.registry.handler("h")(lambda context: calls.append(f"in {context.business_key}"))
    door.registry.handler("h2", outside=True)(lambda context: calls.append(f"out {context.business_key}"))
    fork = el("parallelGateway", "fork")
    door.deploy(process(start(), fork, service("a", "h"), service("b", "h2"), end(), chain("start", "fork", "a", "end"),
                        chain("fork", "b", "end")))  # fmt: skip
    for key in ("c1", "c2"):
        door.start(business_key=key)
    jobs.run_due(door.engine, org_id=ORG, business_key="c1", inside=True)
    assert calls == ["in c1"]
    door.run()
    assert sorted(calls) == ["in c1", "in c2", "out c1", "out c2"]


# -- what may be called again ----------------------------------------------------------------------------------------


def test_what_may_happen_once_is_never_called_twice(door: Door) -> None:
    """Its node died while it was called: nobody knows whether it was done, so an administrator says."""
    calls: list[str] = []
    deadly = True

    @door.registry.handler("h", outside=True, delivery="at_most_once", retries=9)
    def handler(context: HandlerContext) -> dict[str, Any]:
        calls.append(context.key)
        if deadly:
            raise Killed
        return {}

    door.deploy(ONE)
    door.start()
    with pytest.raises(Killed):
        door.run()
    door.clock.set(the_job(door).due_at)
    other = door.second()
    assert other.run() == 1 and len(calls) == 1
    assert incident(door).code == "handler.outcome_unknown" and "只允许执行一次" in incident(door).message
    door.clock.advance(days=9)
    assert other.run() == 0 and len(calls) == 1
    deadly = False
    repaired(door)
    assert door.run() == 1 and len(calls) == 2 and door.open() == ["After"], "the administrator knew that it was not"


@pytest.mark.parametrize("error", [ConnectionError("reset"), None])
def test_what_may_happen_once_is_not_tried_again(door: Door, error: Exception | None) -> None:
    """It failed or hung on the way: it may have been done all the same. What it refused itself was not."""
    free = threading.Event()

    @door.registry.handler("h", outside=True, delivery="at_most_once", retries=9, timeout=0 if error is None else 30)
    def handler(context: HandlerContext) -> dict[str, Any]:
        if error is not None:
            raise error
        free.wait(60)
        return {}

    door.deploy(ONE)
    door.start()
    try:
        door.run()
    finally:
        free.set()
    assert (the_job(door).state, incident(door).code) == ("failed", "handler.outcome_unknown")


def test_what_can_be_undone_is_undone_before_it_is_called_again(door: Door) -> None:
    did: list[str] = []

    def undo(context: HandlerContext) -> None:
        did.append(f"undo {context.key}")

    @door.registry.handler("h", outside=True, delivery="compensable", undo=undo, retries=3)
    def handler(context: HandlerContext) -> dict[str, Any]:
        did.append(f"do {context.key}")
        if len(did) < 4:
            raise ConnectionError("reset")
        return {}

    door.deploy(ONE)
    door.start()
    for _ in range(3):
        door.clock.set(max(the_job(door).due_at, door.clock.now()))
        door.run()
    (key,) = {word.split()[1] for word in did}
    assert did == [f"do {key}", f"undo {key}", f"do {key}", f"undo {key}", f"do {key}"] and door.open() == ["After"]


def test_how_a_handler_is_declared_is_checked() -> None:
    registry = Registry()
    for wrong in (
        {"delivery": "at_most_once"},
        {"outside": True, "delivery": "compensable"},
        {"outside": True, "undo": lambda context: None},
        {"outside": True, "delivery": "twice"},
    ):
        with pytest.raises(ValueError):
            registry.handler("h", **wrong)


# -- repairs ---------------------------------------------------------------------------------------------------------


def failing(door: Door, **how: Any) -> list[Any]:
    """A case that waits for an administrator; gives the inputs of the calls so far."""
    seen: list[Any] = []

    @door.registry.handler("h", retries=1, **how)
    def handler(context: HandlerContext) -> dict[str, Any]:
        seen.append(dict(context.inputs))
        if context.inputs.get("to") != "li":
            raise RuntimeError("no such mailbox")
        return {}

    inputs = extension(parameters({"to": "wang"}, {}))
    door.deploy(
        process(start(), service("auto", "h", inputs), user("After"), end(), chain("start", "auto", "After", "end"))
    )
    door.start()
    door.run()
    return seen


@pytest.mark.parametrize("outside", [False, True])
def test_the_inputs_are_put_right_and_it_is_tried_again(door: Door, outside: bool) -> None:
    seen = failing(door, outside=outside)
    assert "RuntimeError: no such mailbox" in incident(door).message
    with door.store.begin(write=False) as uow:
        assert incidents.inputs_of(uow, ORG, incident(door).id) == {"to": "wang"}
    repaired(door, inputs={"to": "li"})
    door.run()
    assert seen == [{"to": "wang"}, {"to": "li"}] and door.open() == ["After"] and door.broken() == []
    (row,) = (row for row in door.rows(tables.history) if row.kind == "repair")
    assert row.data["inputs"] == {"to": "li"} and row.actor == "admin"


def test_a_job_is_skipped_with_a_reason(door: Door) -> None:
    seen = failing(door)
    one = incident(door).id
    with door.store.begin() as uow:
        incidents.skip(door.engine, uow, ORG, one, actor="admin", reason="已另行电话通知")
    assert door.run() == 0 and len(seen) == 1 and door.rows(tables.job) == []
    assert door.open() == ["After"] and door.broken() == []
    (row,) = (row for row in door.rows(tables.history) if row.kind == "repair")
    assert row.data == {"incident": one, "act": "skip", "reason": "已另行电话通知", "done": True}
    with pytest.raises(BanjieError, match=r"^incident\.resolved:"), door.store.begin() as uow:
        incidents.skip(door.engine, uow, ORG, one, actor="admin", reason="再来")


@pytest.mark.parametrize("done", [True, False])
def test_what_was_skipped_is_compensated_if_it_was_done_otherwise(door: Door, done: bool) -> None:
    @door.registry.handler("h", retries=1)
    def handler(context: HandlerContext) -> dict[str, Any]:
        raise RuntimeError("no such mailbox")

    undo = boundary("cb", "auto", event("compensate")) + user("Undo", isForCompensation="true")
    undo += '<bpmn:association id="as" sourceRef="cb" targetRef="Undo"/>'
    back = el("intermediateThrowEvent", "back", event("compensate"))
    flows = chain("start", "auto", "back", "After", "end")
    door.deploy(process(start(), service("auto", "h"), undo, back, user("After"), end(), flows))
    door.start()
    door.run()
    with door.store.begin() as uow:
        incidents.skip(door.engine, uow, ORG, incident(door).id, actor="admin", reason="已另行电话通知", done=done)
    assert door.open() == (["Undo"] if done else ["After"]) and door.broken() == []


def test_a_skipped_handler_that_can_be_undone_and_was_not_done_is_undone_first(door: Door) -> None:
    did: list[str] = []

    def undo(context: HandlerContext) -> None:
        did.append("undo")
        if did.count("undo") < 3:
            raise RuntimeError("not yet")

    @door.registry.handler("h", outside=True, delivery="compensable", undo=undo, retries=1)
    def handler(context: HandlerContext) -> dict[str, Any]:
        did.append("do")
        raise RuntimeError("lost")

    door.deploy(ONE)
    door.start()
    door.run()

    def skip(done: bool) -> None:
        with door.store.begin() as uow:
            incidents.skip(door.engine, uow, ORG, incident(door).id, actor="admin", reason="不办了", done=done)

    skip(done=False)
    door.run()
    assert did == ["do", "undo"] and incident(door).code == "handler.failed" and door.open() == []
    repaired(door)  # what stopped is the undoing: it is tried again, the handler is not
    door.run()
    assert did == ["do", "undo", "undo"] and door.open() == []
    skip(done=False)
    door.run()
    assert did == ["do", "undo", "undo", "undo"] and door.open() == ["After"] and door.rows(tables.job) == []
    assert [row.data.get("undone") for row in door.rows(tables.history) if row.kind == "job_done"] == [True]
    assert door.broken() == []


def test_a_skipped_handler_that_was_done_otherwise_is_not_undone(door: Door) -> None:
    did: list[str] = []

    @door.registry.handler(
        "h", outside=True, delivery="compensable", undo=lambda context: did.append("undo"), retries=1
    )
    def handler(context: HandlerContext) -> dict[str, Any]:
        raise RuntimeError("lost")

    door.deploy(ONE)
    door.start()
    door.run()
    with door.store.begin() as uow:
        incidents.skip(door.engine, uow, ORG, incident(door).id, actor="admin", reason="已另行办好")
    assert door.run() == 0 and did == [] and door.open() == ["After"]


def test_two_administrators_repair_once(door: Door) -> None:
    failing(door)
    one = incident(door).id

    def act(engine: Any, how: Callable[..., None]) -> None:
        with door.store.begin() as uow:
            how(engine, uow, ORG, one, actor="admin", **({"reason": "x"} if how is incidents.skip else {}))

    told = together(lambda: act(door.engine, incidents.skip), lambda: act(door.second().engine, incidents.retry))
    assert sorted(getattr(error, "code", "done") for error in told) == ["done", "incident.resolved"]
    assert door.broken() == []
