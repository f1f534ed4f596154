"""Timers from the table: each due one fires once, in a savepoint of its own, however many engines look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError

from engine import timers
from engine.incidents import retry, skip
from engine.registry import TimerPlan
from storage.clock import TZ, FixedClock
from storage.database import Store
from storage.tables import engine as tables
from tests.engine.diagrams import boundary, chain, el, end, event, process, start, timer, user
from tests.support.door import ORG, Door, QuietHost, together


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def due_after(text: str, *, interrupting: bool = True, kind: str = "timeDuration") -> bytes:
    """A task with a boundary timer."""
    return process(
        start(), user("Work"), boundary("due", "Work", timer(kind, text), interrupting=interrupting), user("Late"),
        end(), chain("start", "Work", "end"), chain("due", "Late", "end"),
    )  # fmt: skip


def fired(door: Door, instance: str) -> int:
    return door.kinds(instance).count("timer_fired")


def test_a_due_timer_fires_once(door: Door) -> None:
    door.deploy(due_after("PT1H"))
    instance = door.start()
    door.clock.advance(minutes=59, seconds=59)
    assert timers.fire_due(door.engine) == 0
    door.clock.advance(seconds=1)
    assert timers.fire_due(door.engine) == 1
    assert timers.fire_due(door.engine) == 0
    assert door.open() == ["Late"] and fired(door, instance) == 1 and door.rows(tables.timer) == []


def test_two_engines_fire_each_timer_once(door: Door) -> None:
    door.deploy(due_after("PT1H", interrupting=False))
    instances = [door.start(business_key=f"c{n}") for n in range(8)]
    door.clock.advance(hours=1)
    engines = [door.second().engine for _ in range(3)]
    told = together(*(lambda engine=engine: timers.fire_due(engine) for engine in engines))
    assert sum(told) == 8, told
    assert [fired(door, instance) for instance in instances] == [1] * 8
    assert door.open().count("Late") == 8 and door.broken() == []


def test_the_earliest_fires_first_and_no_more_than_asked(door: Door) -> None:
    door.deploy(due_after("${wait}"))
    late, early = door.start(business_key="c1", wait="PT3H"), door.start(business_key="c2", wait="PT2H")
    door.clock.advance(hours=5)
    assert timers.fire_due(door.engine, limit=1) == 1
    assert (fired(door, late), fired(door, early)) == (0, 1)
    assert timers.fire_due(door.engine) == 1 and fired(door, late) == 1


def break_state(door: Door, instance: str) -> bytes:
    """Damage the saved state, so that nothing of this instance can be done; gives what was there."""
    blob: bytes = door.instance(instance).blob
    set_blob(door, instance, b"damaged")
    return blob


def set_blob(door: Door, instance: str, blob: bytes) -> None:
    with door.store.begin() as uow:
        uow.conn.execute(update(tables.instance).where(tables.instance.c.id == instance).values(blob=blob))


def test_one_that_fails_stops_no_other_and_ends_as_an_incident(door: Door) -> None:
    door.deploy(due_after("PT1H"))
    sick, well = door.start(business_key="c1"), door.start(business_key="c2")
    blob = break_state(door, sick)
    door.clock.advance(hours=1)
    assert timers.fire_due(door.engine) == 1
    assert fired(door, well) == 1 and door.open(well) == ["Late"]
    waits = []
    while not door.rows(tables.incident):
        (row,) = door.rows(tables.timer)
        waits.append(row.due_at - door.clock.now())
        door.clock.set(row.due_at)
        assert timers.fire_due(door.engine) == 0
    assert waits == [timedelta(minutes=2**n) for n in range(1, timers.MAX_TRIES)]
    (incident,) = door.rows(tables.incident)
    assert (incident.kind, incident.instance_id) == ("timer", sick)
    door.clock.advance(days=365)
    assert timers.fire_due(door.engine) == 0, "it waits for an administrator"
    set_blob(door, sick, blob)
    with door.store.begin() as uow:
        retry(door.engine, uow, ORG, incident.id, actor="admin")
    assert timers.fire_due(door.engine) == 1
    assert door.open(sick) == ["Late"] and door.broken() == []


def test_a_database_that_is_gone_for_a_while_is_no_failure_of_a_timer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.deploy(due_after("PT1H"))
    instance = door.start()
    door.clock.advance(hours=1)
    gone = OperationalError("select 1", None, Exception("no space left on device"))
    for _ in range(10):
        with monkeypatch.context() as broken:
            broken.setattr(timers, "take", lambda *a, **k: (_ for _ in ()).throw(gone))
            assert timers.fire_due(door.engine) == 0
    assert timers.fire_due(door.engine) == 1
    assert door.open() == ["Late"] and fired(door, instance) == 1 and door.rows(tables.incident) == []


def test_a_cycle_fires_as_often_as_it_says(door: Door) -> None:
    door.deploy(due_after("R3/PT1H", interrupting=False, kind="timeCycle"))
    instance = door.start()
    for number in range(1, 4):
        door.clock.advance(hours=1)
        assert timers.fire_due(door.engine) == 1
        assert fired(door, instance) == number
    assert door.rows(tables.timer) == []


class PlanHost(QuietHost):
    """An office with one plan: yellow, due, and two days after."""

    plan: TimerPlan

    @property
    def functions(self) -> Mapping[str, Any]:
        return {**super().functions, "deadline": lambda context, code: self.plan}


def test_a_ladder_that_was_missed_fires_each_step_once(store: Store, clock: FixedClock) -> None:
    """The program was off from before the yellow light until long after the last step."""
    host = PlanHost()
    days = [clock.now() + timedelta(days=n) for n in (1, 2, 3, 4)]
    host.plan = TimerPlan(
        ref="d1", due_at=days[1], yellow_at=days[0], expires_at=days[1] + timedelta(seconds=1),
        instants=[(f"E{n}", at) for n, at in enumerate(days)], locals={"deadline_code": "R39.reply"},
    )  # fmt: skip
    door = Door(store, clock, host=host)
    door.deploy(due_after('${deadline("R39.reply")}', interrupting=False, kind="timeCycle"))
    instance = door.start()
    (task,) = door.rows(tables.task)
    assert (task.due_at, task.yellow_at, task.deadline_ref) == (days[1], days[0], "d1")
    clock.advance(days=30)
    door.run()
    assert fired(door, instance) == 4 and door.open().count("Late") == 4
    assert door.rows(tables.timer) == [] and door.run() == 0 and door.broken() == []


def test_a_plan_that_moved_moves_its_timers(store: Store, clock: FixedClock) -> None:
    host = PlanHost()
    due = clock.now() + timedelta(days=1)
    host.plan = TimerPlan(ref="d1", due_at=due, yellow_at=None, expires_at=due)
    door = Door(store, clock, host=host)
    door.deploy(due_after('${deadline("R39.reply")}', kind="timeDate"))
    instance = door.start()
    later = due + timedelta(days=5)
    with store.begin() as uow:
        plan = TimerPlan(ref="d1", due_at=later, yellow_at=None, expires_at=later)
        assert door.engine.reschedule(uow, ORG, "d1", plan, actor="admin") == 1
        assert door.engine.reschedule(uow, ORG, "unknown", plan) == 0
    assert [row.due_at for row in door.rows(tables.timer)] == [later]
    assert [row.due_at for row in door.rows(tables.task)] == [later]
    clock.set(due)
    assert timers.fire_due(door.engine) == 0
    clock.set(later)
    assert timers.fire_due(door.engine) == 1 and fired(door, instance) == 1


# -- timers that start -----------------------------------------------------------------------------------------------


def deploy_start(door: Door, kind: str, text: str) -> None:
    door.deploy(process(start("start", timer(kind, text)), user("Begun"), end(), chain("start", "Begun", "end")))
    arm(door)


def arm(door: Door) -> None:
    with door.store.begin() as uow:
        timers.arm_starts(door.engine, uow, ORG, "p")


def test_a_start_at_an_instant(door: Door) -> None:
    deploy_start(door, "timeDate", "2026-11-27T08:00:00+08:00")
    door.clock.advance(days=2)
    assert door.run() == 1
    assert door.open() == ["Begun"] and door.rows(tables.timer) == []


def test_a_start_that_returns_does_not_make_up_for_what_it_missed(door: Door) -> None:
    """After a week off, one monthly plan is drawn up, not seven."""
    deploy_start(door, "timeCycle", "R/PT24H")
    first = door.rows(tables.timer)[0].due_at
    assert first == door.clock.now() + timedelta(days=1)
    door.clock.advance(days=7, hours=3)
    engines = [door.second().engine for _ in range(2)]
    assert sum(together(*(lambda engine=engine: timers.fire_due(engine) for engine in engines))) == 1
    assert door.open() == ["Begun"]
    (armed,) = door.rows(tables.timer)
    assert armed.due_at == first + timedelta(days=7), "in its own rhythm"


def starts(door: Door, *, most: int = 20) -> list[str]:
    """When the process is started, day and hour, as long as a start is armed."""
    found: list[str] = []
    while (armed := door.rows(tables.timer)) and len(found) < most:
        door.clock.set(armed[0].due_at)
        assert timers.fire_due(door.engine) == 1
        found.append(f"{armed[0].due_at:%m-%d %H:%M}")
    return found


def test_a_start_that_returns_ends_when_it_was_counted_out(door: Door) -> None:
    door.clock.set(datetime(2027, 1, 31, 9, tzinfo=TZ))
    deploy_start(door, "timeCycle", "R3/PT1H")
    assert starts(door) == ["01-31 10:00", "01-31 11:00", "01-31 12:00"]


def test_a_monthly_start_stays_at_the_end_of_the_month(door: Door) -> None:
    door.clock.set(datetime(2027, 1, 31, 9, tzinfo=TZ))
    deploy_start(door, "timeCycle", "R/P1M")
    assert starts(door, most=4) == ["02-28 09:00", "03-31 09:00", "04-30 09:00", "05-31 09:00"]


@pytest.mark.parametrize("kind", ["boundary", "start"])
def test_a_cycle_that_begins_just_now_does_not_lose_its_first_time(door: Door, kind: str) -> None:
    door.clock.set(datetime(2027, 1, 31, 9, tzinfo=TZ))
    cycle = "R3/2027-01-31T09:00:00+08:00/PT1H"
    if kind == "start":
        deploy_start(door, "timeCycle", cycle)
    else:
        door.deploy(due_after(cycle, interrupting=False, kind="timeCycle"))
        door.start()
    assert starts(door) == ["01-31 09:00", "01-31 10:00", "01-31 11:00"]


def test_a_date_that_is_just_now_starts(door: Door) -> None:
    deploy_start(door, "timeDate", door.clock.now().isoformat())
    assert door.run() == 1 and door.open() == ["Begun"]


def test_a_new_version_arms_its_own_starts(door: Door) -> None:
    deploy_start(door, "timeCycle", "R/PT24H")
    deploy_start(door, "timeCycle", "R/PT48H")
    (armed,) = door.rows(tables.timer)
    assert armed.due_at == door.clock.now() + timedelta(days=2)
    door.deploy(process(start(), user("Begun"), end(), chain("start", "Begun", "end")))
    arm(door)
    assert door.rows(tables.timer) == []


def test_a_start_whose_version_is_gone_starts_nothing(door: Door) -> None:
    deploy_start(door, "timeCycle", "R/PT24H")
    door.deploy(process(start("other"), user("Begun"), end(), chain("other", "Begun", "end")))  # not armed again
    door.clock.advance(days=1)
    door.run()
    assert door.rows(tables.instance) == [] and door.rows(tables.timer) == []


CONDITION = '<bpmn:condition xsi:type="bpmn:tFormalExpression">{}</bpmn:condition>'


def deploy_condition(door: Door, text: str) -> None:
    began = start("start", event("conditional", inside=CONDITION.format(text)))
    door.deploy(process(began, user("Begun"), end(), chain("start", "Begun", "end")))
    arm(door)


def test_a_start_by_condition_begins_each_time_it_turns_true(door: Door) -> None:
    """10.4.2, 10.4.5: once when it becomes true, again only after it was false; it is looked at every minute."""
    deploy_condition(door, '${date("2026-11-28") == today() or date("2026-11-30") == today()}')
    door.run()
    assert door.rows(tables.instance) == []
    began = []
    for _ in range(5):  # 27 Nov to 1 Dec, at nine
        door.clock.advance(days=1)
        for _ in range(3):
            door.run()
            door.clock.advance(minutes=1)
        began.append(len(door.rows(tables.instance)))
    assert began == [0, 1, 1, 2, 2]
    assert door.open() == ["Begun", "Begun"] and len(door.rows(tables.timer)) == 1


def test_a_condition_that_holds_already_starts_at_the_first_look(door: Door) -> None:
    deploy_condition(door, "${true}")
    door.run()
    door.clock.advance(hours=1)
    door.run()
    assert len(door.rows(tables.instance)) == 1


def test_a_starting_condition_that_cannot_be_worked_out_becomes_an_incident(door: Door) -> None:
    deploy_condition(door, '${date("2026-13-45") == today()}')
    for _ in range(timers.MAX_TRIES):
        door.clock.set(door.rows(tables.timer)[0].due_at)
        door.run()
    (incident,) = door.rows(tables.incident)
    assert (incident.process_key, incident.element_id, incident.kind) == ("p", "start", "timer")
    assert door.rows(tables.instance) == []


def test_the_next_instant_is_known(door: Door) -> None:
    wait = el("intermediateCatchEvent", "wait", timer("timeDuration", "PT1H"))
    door.deploy(process(start(), wait, end(), chain("start", "wait", "end")))
    door.start()
    with door.store.begin(write=False) as uow:
        assert timers.next_due(uow) == door.clock.now() + timedelta(hours=1)


def test_a_start_by_timer_that_fails_becomes_an_incident(door: Door) -> None:
    """It belongs to no instance; an administrator retries or skips it, and then the next time is armed."""
    door.deploy(process(start("start", timer("timeCycle", "R/2026-11-26T10:00:00+08:00/P1D")), user("Count"), end(),
                        chain("start", "Count", "end")))  # fmt: skip
    with door.store.begin() as uow:
        timers.arm_starts(door.engine, uow, ORG, "p")
    works = door.engine.start

    def fails(*_: object, **__: object) -> str:
        raise RuntimeError("no room")

    door.engine.start = fails  # type: ignore[method-assign]
    for _ in range(timers.MAX_TRIES):
        door.clock.set(door.rows(tables.timer)[0].due_at)
        door.run()
    (incident,) = door.rows(tables.incident)
    assert (incident.kind, incident.instance_id, incident.business_key) == ("timer", None, None)
    assert (incident.process_key, incident.element_id) == ("p", "start") and "no room" in incident.message
    door.clock.advance(days=2)
    assert door.run() == 0
    with door.store.begin() as uow:
        skip(door.engine, uow, ORG, incident.id, actor="admin", reason="已手工登记")
    (armed,) = door.rows(tables.timer)
    assert door.clock.now() < armed.due_at <= door.clock.now() + timedelta(days=1) and armed.tries == 0
    for _ in range(timers.MAX_TRIES):
        door.clock.set(door.rows(tables.timer)[0].due_at)
        door.run()
    incident = door.rows(tables.incident)[-1]
    door.engine.start = works  # type: ignore[method-assign]
    with door.store.begin() as uow:
        retry(door.engine, uow, ORG, incident.id, actor="admin")
    assert door.run() == 1 and door.open() == ["Count"]
    (armed,) = door.rows(tables.timer)
    assert door.clock.now() < armed.due_at <= door.clock.now() + timedelta(days=1)


def test_a_new_timer_is_there_even_if_the_row_it_should_take_is_gone(door: Door) -> None:
    """A step that drops one timer and arms another writes both as one change of a row."""
    tasks = [user("One"), user("Two")]
    limits = [boundary(f"due{n}", n, timer("timeDuration", "PT1H")) for n in ("One", "Two")]
    ends = [end(), end("lateOne"), end("lateTwo")]
    flows = [chain("start", "One", "Two", "end"), chain("dueOne", "lateOne"), chain("dueTwo", "lateTwo")]
    door.deploy(process(start(), *tasks, *limits, *ends, *flows))
    for number, lost in enumerate((False, True)):
        instance = door.start(business_key=f"c{number}")
        (first,) = door.rows(tables.timer, instance_id=instance)
        if lost:
            with door.store.begin() as uow:
                uow.conn.execute(delete(tables.timer).where(tables.timer.c.id == first.id))
        door.complete("One", instance)
        (second,) = door.rows(tables.timer, instance_id=instance)
        assert (first.element_id, second.element_id) == ("dueOne", "dueTwo") and second.id != first.id
    door.clock.advance(hours=1)
    assert timers.fire_due(door.engine) == 2 and door.rows(tables.timer) == [] and door.open() == []
