"""挂起 and 恢复: what stands still neither fires, runs, is offered nor is done; it goes on where it stood, on time."""

from __future__ import annotations

from typing import Any

import pytest

from engine import assigning, incidents, suspending, verifying
from engine.registry import HandlerContext, TimerPlan
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from tests.engine.diagrams import boundary, chain, el, end, event, flow, process, service, start, timer, user
from tests.support.door import ORG, Door

WORK = process(
    start(), user("Work", camunda__candidateGroups="clerk"), boundary("due", "Work", timer("timeDuration", "PT1H"),
    interrupting=False), user("Late"), boundary("said", "Work", event("message", "m1")), user("Told"), end(), end("z2"),
    end("z3"), chain("start", "Work", "end"), chain("due", "Late", "z2"), chain("said", "Told", "z3"),
)  # fmt: skip


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def refused(code: str) -> Any:
    return pytest.raises(BanjieError, match=rf"^{code}:")


def suspend(door: Door, instance: str) -> None:
    with door.store.begin() as uow:
        suspending.suspend(door.engine, uow, ORG, instance, "waits", actor="li")


def resume(door: Door, instance: str, **more: Any) -> None:
    with door.store.begin() as uow:
        suspending.resume(door.engine, uow, ORG, instance, actor="li", **more)


def sound(door: Door) -> None:
    with door.store.begin(write=False) as uow:
        assert list(verifying.findings(uow)) == []
    assert door.broken() == []


@pytest.mark.parametrize(
    ("assignee", "groups", "offered"), [("", "clerk", {"clerk"}), ("gone", "", {"others"})]
)  # fmt: skip
def test_what_rested_with_somebody_who_is_gone_is_offered(
    door: Door, assignee: str, groups: str, offered: set[str]
) -> None:
    """A task of theirs goes back to its candidates; one that the diagram gives them alone, to whom the host names."""
    door.deploy(
        process(
            start(),
            user("Work", camunda__assignee=assignee, camunda__candidateGroups=groups),
            end(),
            chain("start", "Work", "end"),
        )
    )
    instance = door.start()
    task = door.task("Work")
    if groups:
        with door.store.begin() as uow:
            assigning.claim(door.engine, uow, ORG, task, "gone", actor="gone")
    suspend(door, instance)
    resume(door, instance)
    assert [row.assignee for row in door.rows(tables.task)] == [None]
    assert {row.group_name for row in door.rows(tables.task_group)} == offered
    sound(door)
    door.complete_task(task)


def test_it_stands_still_and_goes_on_with_all_it_had(door: Door) -> None:
    door.deploy(WORK)
    instance = door.start()
    task, before = door.task("Work"), door.dump()
    suspend(door, instance)
    sound(door)
    assert door.open() == [] and door.rows(tables.timer) == [] and door.rows(tables.task_group) == []
    with refused("task.suspended"):
        door.complete_task(task)
    with refused("instance.suspended"):
        suspend(door, instance)
    with refused("instance.suspended"), door.store.begin() as uow:
        door.engine.cancel(uow, ORG, instance, "no", actor="admin")
    resume(door, instance)
    sound(door)
    after = door.dump()
    assert {name: rows for name, rows in after.items() if name not in ("history", "instance")} == {
        name: rows for name, rows in before.items() if name not in ("history", "instance")
    }
    assert door.rows(tables.instance)[0].state == "active"
    with refused("instance.not_suspended"):
        resume(door, instance)
    assert door.kinds(instance)[-2:] == ["instance_suspended", "instance_resumed"]
    door.complete_task(task)
    sound(door)


def test_what_became_due_meanwhile_fires_when_it_goes_on(door: Door) -> None:
    door.deploy(WORK)
    instance = door.start()
    suspend(door, instance)
    door.clock.advance(hours=2)
    assert door.run() == 0 and "timer_fired" not in door.kinds(instance)
    resume(door, instance)
    assert door.run() == 1 and door.open() == ["Late", "Work"]
    sound(door)


def test_messages_are_held_and_given_in_their_order(door: Door) -> None:
    door.deploy(WORK)
    instance = door.start()
    suspend(door, instance)
    assert door.publish("m1", text="first") is True
    assert door.publish("m1", text="second") is True
    assert [row.payload for row in door.rows(tables.held_message)] == [{"text": "first"}, {"text": "second"}]
    sound(door)
    resume(door, instance)
    assert door.open() == ["Told"] and door.rows(tables.held_message) == []
    assert door.kinds(instance).count("message_caught") == 1, "nobody waits for the second one any more"
    sound(door)


def test_a_job_waits_and_one_that_is_outside_keeps_it_from_being_suspended(door: Door) -> None:
    ran: list[str] = []

    @door.registry.handler("count")
    def count(context: HandlerContext) -> None:
        ran.append(context.key)

    door.deploy(process(start(), service("Do", "count"), user("Then"), end(), chain("start", "Do", "Then", "end")))
    instance = door.start()
    suspend(door, instance)
    assert door.run() == 0 and ran == []
    sound(door)
    resume(door, instance)
    assert door.run() == 1 and len(ran) == 1 and door.open() == ["Then"]
    other = door.start(business_key="c2")
    with door.store.begin() as uow:
        uow.conn.execute(tables.job.update().where(tables.job.c.instance_id == other).values(state="leased"))
    with refused("suspend.busy"):
        suspend(door, other)


def test_an_incident_waits_too(door: Door) -> None:
    @door.registry.handler("fail")
    def fail(context: HandlerContext) -> None:
        raise BanjieError("no.way", "不行")

    door.deploy(process(start(), service("Do", "fail"), end(), chain("start", "Do", "end")))
    instance = door.start()
    door.run()
    (broken,) = door.rows(tables.incident)
    suspend(door, instance)
    with refused("instance.suspended"), door.store.begin() as uow:
        incidents.retry(door.engine, uow, ORG, broken.id, actor="admin")
    resume(door, instance)
    with door.store.begin() as uow:
        incidents.retry(door.engine, uow, ORG, broken.id, actor="admin")
    sound(door)


def test_a_changed_plan_is_followed_without_being_armed(door: Door) -> None:
    due = door.clock.now()
    plan = TimerPlan(ref="d1", due_at=due, yellow_at=None, expires_at=due)

    class Host(type(door.host)):  # type: ignore[misc]
        @property
        def functions(self) -> Any:
            return {"limit": lambda context: plan}

    door.host = door.engine.host = Host()
    late = boundary("due", "Work", timer("timeDate", "${limit()}"), interrupting=False)
    flows = (chain("start", "Work", "end"), chain("due", "Late", "z2"))
    door.deploy(process(start(), user("Work"), late, user("Late"), end(), end("z2"), *flows))
    door.clock.advance(days=-1)
    instance = door.start()
    suspend(door, instance)
    moved = TimerPlan(ref="d1", due_at=due.replace(year=2030), yellow_at=None, expires_at=due.replace(year=2030))
    with door.store.begin() as uow:
        assert door.engine.reschedule(uow, ORG, "d1", moved) == 1
    assert door.rows(tables.timer) == [] and door.rows(tables.task)[0].due_at.year == 2030
    sound(door)
    resume(door, instance)
    assert [row.due_at.year for row in door.rows(tables.timer)] == [2030]
    sound(door)


def test_it_leaves_an_activity_as_if_that_had_been_done(door: Door) -> None:
    inside = el("subProcess", "Part", start("in"), user("Work"), end("z2"), chain("in", "Work", "z2"))
    due = boundary("due", "Part", timer("timeDuration", "PT1H"), interrupting=False)
    rest = (user("Late"), end("z3"), chain("due", "Late", "z3"))
    after = (el("exclusiveGateway", "g", default="g-No"), user("Yes"), user("No"), end("e4"))
    door.deploy(
        process(
            start(), inside, due, *rest, *after, end(),
            chain("start", "Part", "g"),
            flow("g", "Yes", "${get('approved')}"), flow("g", "No"), chain("Yes", "end"), chain("No", "e4"),
        )
    )  # fmt: skip
    instance = door.start()
    suspend(door, instance)
    with refused("resume.elsewhere"):
        resume(door, instance, leave="Yes")
    resume(door, instance, leave="Part", values={"approved": True})
    assert door.open() == ["Yes"] and door.rows(tables.timer) == []
    sound(door)
