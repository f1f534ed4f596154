"""The door to running instances: who comes second changes nothing, messages find their way, repairs go on."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from engine import timers
from engine.registry import HandlerContext
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError, Conflict, NotFound, Refusal
from storage.tables import engine as tables
from tests.engine.diagrams import (
    boundary,
    chain,
    el,
    end,
    event,
    file,
    flow,
    process,
    script,
    service,
    start,
    timer,
    user,
)  # fmt: skip
from tests.support.door import ORG, Door, together, wait_until_blocked

TWO_STEPS = process(start(), user("First"), user("Second"), end(), chain("start", "First", "Second", "end"))


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def refused(code: str) -> Any:
    return pytest.raises(BanjieError, match=rf"^{code}:")


# -- who comes second ------------------------------------------------------------------------------------------------


def test_a_task_is_completed_once(door: Door) -> None:
    door.deploy(TWO_STEPS)
    instance = door.start()
    task = door.task("First")
    door.complete_task(task)
    before = door.dump()
    with refused("task.already_done") as told:
        door.second().complete_task(task, actor="li")
    assert told.value.status == 409 and told.value.details == {"by": "wang"}
    assert door.dump() == before
    assert door.kinds(instance).count("task_completed") == 1


def test_two_engines_complete_the_same_task_at_once(door: Door) -> None:
    door.deploy(TWO_STEPS)
    instance = door.start()
    task, other = door.task("First"), door.second()
    told = together(lambda: door.complete_task(task), lambda: other.complete_task(task, actor="li"))
    lost = [result for result in told if result is not None]
    assert [error.code for error in lost] in (["task.already_done"], ["instance.changed"])
    assert door.open(instance) == ["Second"]
    assert door.kinds(instance).count("task_completed") == 1
    assert door.broken() == []


def test_two_people_work_in_the_same_instance_at_once(door: Door) -> None:
    fork, join = el("parallelGateway", "fork"), el("parallelGateway", "join")
    body = [
        start(),
        fork,
        *(user(f"T{n}") for n in range(4)),
        join,
        end(),
        chain("start", "fork"),
        chain("join", "end"),
    ]
    door.deploy(process(*body, *(chain("fork", f"T{n}", "join") for n in range(4))))
    instance = door.start()
    tasks = [door.task(f"T{n}") for n in range(4)]
    told = together(*(lambda task=task: door.second().complete_task(task) for task in tasks))
    for result, task in zip(told, tasks, strict=True):
        if result is not None:  # the version check held it back; it is told so, and does it again
            assert isinstance(result, Conflict) and result.code == "instance.changed"
            door.complete_task(task)
    assert door.instance(instance).state == "completed"
    assert door.kinds(instance).count("task_completed") == 4
    assert door.broken() == []


def test_what_was_read_before_somebody_else_wrote_is_not_written(door: Door) -> None:
    """The version check itself, without locks: two turns from the same reading."""
    from engine.history import Line
    from engine.writing import write_turn
    from storage.tables.engine import history

    door.deploy(TWO_STEPS)
    instance = door.start()
    with door.store.begin(write=False) as uow:
        loaded, _, state = door.engine.load(uow, ORG, instance)
    door.complete("First")
    before = door.rows(history)
    from engine.state import encode

    with pytest.raises(Exception) as told, door.store.begin() as uow:
        write_turn(uow, loaded, encode(state), [], now=door.clock.now(), actor="li", lines=[])
    assert isinstance(told.value, Conflict) and told.value.code == "instance.changed"
    with pytest.raises(Exception), door.store.begin() as uow:  # noqa: B017 - the history's key refuses it too
        loaded.version -= 1
        write_turn(uow, loaded, encode(state), [], now=door.clock.now(), actor="li", lines=[Line(kind="repair")])
    assert door.rows(history) == before and door.broken() == []


def test_a_timer_and_a_person_meet_at_the_same_task(door: Door) -> None:
    """Whoever holds the instance goes first; the other waits, and neither is killed as a deadlock."""
    door.deploy(process(start(), user("Work"), boundary("due", "Work", timer("timeDuration", "PT1H")), end(),
                        end("late"), chain("start", "Work", "end"), chain("due", "late")))  # fmt: skip
    instance = door.start()
    door.clock.advance(hours=1)
    task, other = door.task("Work"), door.second()
    with door.store.begin() as uow:
        lock = select(tables.instance.c.id).where(tables.instance.c.id == instance)
        uow.conn.execute(lock.with_for_update())
        firing = threading.Thread(target=lambda: fired.append(timers.fire_due(other.engine)))
        fired: list[int] = []
        firing.start()
        wait_until_blocked(door.store)
        door.engine.complete(uow, ORG, task, {}, actor="wang")
    firing.join(60)
    assert fired == [0] and door.instance(instance).state == "completed"
    assert "timer_fired" not in door.kinds(instance) and door.broken() == []


def test_many_claim_and_one_gets_it(door: Door) -> None:
    door.deploy(TWO_STEPS)
    instance = door.start()
    task = door.task("First")

    def claim(user_id: str) -> None:
        with door.store.begin() as uow:
            door.engine.claim(uow, ORG, task, user_id, actor=user_id)

    people = [f"u{n}" for n in range(6)]
    told = together(*(lambda person=person: claim(person) for person in people))
    winners = [person for person, result in zip(people, told, strict=True) if result is None]
    assert len(winners) == 1
    assert {error.code for error in told if error is not None} <= {"task.claimed", "instance.changed"}
    (row,) = door.rows(tables.task, id=task)
    assert row.assignee == winners[0] and row.claimed_at == door.clock.now()
    assert door.kinds(instance).count("task_claimed") == 1
    claim(winners[0])  # again by the same person: nothing happens
    assert door.kinds(instance).count("task_claimed") == 1 and door.broken() == []


def test_release_gives_a_task_back(door: Door) -> None:
    door.deploy(process(start(), user("Mine", camunda__assignee="${who}", camunda__candidateGroups=""), user("Ours"),
                        end(), chain("start", "Mine", "Ours", "end")))  # fmt: skip
    door.start(who="wang")
    with door.store.begin() as uow, refused("task.no_candidates"):
        door.engine.release(uow, ORG, door.task("Mine"), actor="wang")
    door.complete("Mine")
    task = door.task("Ours")
    with door.store.begin() as uow:
        door.engine.claim(uow, ORG, task, "li", actor="li")
        door.engine.release(uow, ORG, task, actor="li")
    assert door.rows(tables.task, id=task)[0].assignee is None
    with door.store.begin() as uow, refused("task.not_claimed"):
        door.engine.release(uow, ORG, task, actor="li")


def test_a_refusal_of_the_office_changes_nothing(door: Door) -> None:
    door.deploy(TWO_STEPS)
    door.start()
    before = door.dump()
    door.host.refusal = Refusal("transfer.accused", "不得转给被反映的单位。")
    with refused("transfer.accused"):
        door.complete("First")
    assert door.dump() == before


def test_what_is_not_there(door: Door) -> None:
    door.deploy(TWO_STEPS)
    instance = door.start()
    door.complete("First")
    door.complete("Second")
    with refused("process.unknown"):
        door.start("q")
    with refused("task.unknown"):
        door.complete_task("no such task")
    with door.store.begin() as uow:
        with refused("instance.ended"):
            door.engine.cancel(uow, ORG, instance, "不再需要", actor="admin")
        with refused("instance.unknown"):
            door.engine.cancel(uow, "another organisation", instance, "不再需要", actor="admin")


def test_cancel_leaves_nothing_waiting(door: Door) -> None:
    door.deploy(process(
        start(), user("Work"), boundary("due", "Work", timer("timeDuration", "PT1H")), end(), end("late"),
        el("eventBasedGateway", "e"), el("intermediateCatchEvent", "m", event("message", "m1")),
        el("parallelGateway", "fork"), chain("start", "fork", "Work", "end"), chain("fork", "e", "m", "end"),
        chain("due", "late"), el("intermediateCatchEvent", "s", event("signal", "s1")), chain("e", "s", "end"),
    ))  # fmt: skip
    instance = door.start()
    assert door.rows(tables.timer) and door.rows(tables.subscription) and door.rows(tables.task_group)
    with door.store.begin() as uow:
        door.engine.cancel(uow, ORG, instance, "重复登记", actor="admin")
    row = door.instance(instance)
    assert (row.state, row.blob, row.ended_at) == ("cancelled", None, door.clock.now())
    assert not door.rows(tables.timer) and not door.rows(tables.subscription) and not door.rows(tables.task_group)
    assert [task.state for task in door.rows(tables.task)] == ["cancelled"]
    assert "instance_cancelled" in door.kinds(instance) and door.broken() == []


# -- messages and signals --------------------------------------------------------------------------------------------


CATCH = process(
    start(), el("intermediateCatchEvent", "wait", event("message", "m1")), script("use", 'got = get("word")'),
    user("After"), end(), chain("start", "wait", "use", "After", "end"),
)  # fmt: skip


def test_a_message_goes_to_the_case_that_waits_for_it(door: Door) -> None:
    door.deploy(CATCH)
    first, second = door.start(business_key="c1"), door.start(business_key="c2")
    assert not door.publish("m1", "c3")
    assert not door.publish("m2", "c2")
    assert door.publish("m1", "c2", word="yes")
    assert (door.open(first), door.open(second)) == ([], ["After"])
    assert door.variables(second)["got"] == "yes"
    assert not door.publish("m1", "c2"), "it was delivered once"


def test_a_message_never_crosses_to_another_organisation(door: Door) -> None:
    door.deploy(CATCH)
    instance = door.start()
    with door.store.begin() as uow:
        assert not door.engine.publish(uow, "another", "m1", "c1", {})
    assert door.open(instance) == []


def test_a_message_starts_a_process(door: Door) -> None:
    door.deploy(process(start("start", event("message", "m1")), user("Begun"), end(), chain("start", "Begun", "end")))
    assert door.publish("m1", "c7", word="new")
    (row,) = door.rows(tables.instance)
    assert (row.business_key, row.process_key) == ("c7", "p")
    assert door.variables(row.id) == {"word": "new"}


def test_one_waiting_instance_is_told_not_all(door: Door) -> None:
    door.deploy(CATCH)
    first, second = door.start(), door.start()
    door.publish("m1")
    assert sorted([door.open(first), door.open(second)]) == [[], ["After"]]


def test_messages_that_set_each_other_off_without_end_are_stopped(door: Door) -> None:
    throw = el("intermediateThrowEvent", "throw", event("message", "m1"))
    door.deploy(process(start("start", event("message", "m1")), throw, end(), chain("start", "throw", "end")))
    before = door.dump()
    with refused("message.loop"):
        door.publish("m1")
    assert door.dump() == before


def test_a_signal_reaches_everybody(door: Door) -> None:
    wait = el("intermediateCatchEvent", "wait", event("signal", "s1"))
    door.deploy(process(start(), wait, user("After"), end(), chain("start", "wait", "After", "end")))
    door.deploy(process(start("start", event("signal", "s1")), user("Begun"), end(), chain("start", "Begun", "end"),
                        id="begins"), "begins")  # fmt: skip
    door.deploy(process(start(), el("intermediateThrowEvent", "throw", event("signal", "s1")), end(),
                        chain("start", "throw", "end"), id="thrower"), "thrower")  # fmt: skip
    waiting = [door.start(business_key=key) for key in ("c1", "c2", None)]
    door.start("thrower", business_key="c9")
    assert [door.open(instance) for instance in waiting] == [["After"]] * 3
    assert door.open() == ["After", "After", "After", "Begun"]
    assert door.broken() == []


# -- repairs ---------------------------------------------------------------------------------------------------------


def incidents(door: Door) -> list[Any]:
    return [row for row in door.rows(tables.incident) if row.resolved_at is None]


def retry(door: Door, incident: str) -> None:
    from engine.incidents import retry

    with door.store.begin() as uow:
        retry(door.engine, uow, ORG, incident, actor="admin")


def test_a_step_that_stopped_is_tried_again(door: Door) -> None:
    steps = [el("parallelGateway", "fork"), user("Name"), script("use", "b = a + 1"), user("After")]
    flows = chain("start", "fork", "use", "After", "end") + chain("fork", "Name", "end")
    door.deploy(process(start(), *steps, end(), flows))
    instance = door.start()
    (incident,) = incidents(door)
    assert (incident.kind, incident.element_id, incident.business_key) == ("step", "use", "c1")
    assert door.open() == ["Name"], "the rest goes on"
    retry(door, incident.id)
    (again,) = incidents(door)
    assert again.id != incident.id, "nothing had changed, so it stopped again"
    door.complete("Name", a=1)
    retry(door, again.id)
    assert incidents(door) == [] and door.open() == ["After"]
    assert door.kinds(instance).count("repair") == 2
    with refused("incident.resolved"):
        retry(door, again.id)
    with refused("incident.unknown"):
        retry(door, "none")
    assert door.broken() == []


def test_a_job_that_failed_is_tried_again(door: Door) -> None:
    healthy = False

    @door.registry.handler("h", retries=1)
    def handler(context: HandlerContext) -> dict[str, Any]:
        if not healthy:
            raise Refusal("h.refused", "暂时不行。")
        return {}

    door.deploy(process(start(), service("auto", "h"), user("After"), end(), chain("start", "auto", "After", "end")))
    door.start()
    door.run()
    (incident,) = incidents(door)
    assert (incident.kind, incident.code, incident.message) == ("job", "h.refused", "暂时不行。")
    healthy = True
    assert door.run() == 0, "it waits for an administrator"
    retry(door, incident.id)
    door.run()
    assert door.open() == ["After"] and incidents(door) == [] and door.broken() == []


def test_history_is_whole_after_everything(door: Door) -> None:
    door.deploy(file(
        f'<bpmn:process id="p" isExecutable="true">{start()}{user("A")}{user("B")}{end()}'
        f'{boundary("esc", "A", event("message", "m2"), interrupting=False)}{user("C")}{end("done")}'
        f'{chain("start", "A")}{flow("A", "B")}{chain("B", "end")}{chain("esc", "C", "done")}</bpmn:process>'
    ))  # fmt: skip
    instances = [door.start(business_key=f"c{n}") for n in range(3)]
    door.publish("m2", "c0", text="“引号”与🀄", number=1.5, nothing=None, many=[1, {"a": True}])
    door.publish("m2", "c0")
    door.complete("A", instances[0], x="值")
    with door.store.begin() as uow:
        door.engine.cancel(uow, ORG, instances[1], "撤回", actor="admin")
    assert door.broken() == []
    rows = door.rows(tables.history, instance_id=instances[0])
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    with pytest.raises(NotFound), door.store.begin() as uow:
        door.engine.complete(uow, ORG, "nothing", {}, actor="wang")
    assert door.broken() == []
