"""Running instances go over to another version of their diagram."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import commands as cmd
from engine.migration import batch
from engine.migration.batch import Wish
from engine.migration.plan import Plan, Planner
from engine.migration.undoing import undo
from engine.registry import TimerPlan
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import Refusal
from storage.tables import engine as tables
from tests.engine.diagrams import (
    NOW,
    Case,
    Office,
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    flow,
    process,
    properties,
    read,
    service,
    start,
    timer,
    user,
)
from tests.engine.differential import Twin, World, make
from tests.support.door import ORG, Door, dump


def plan_of(case: Case, data: bytes, *, keep_timers: bool = False, **mapping: str) -> Plan:
    assert case.state is not None
    return Planner(case.state, case.definition, read(data), mapping, keep_timers=keep_timers).make()


def go_over(case: Case, data: bytes, *, keep_timers: bool = False, **mapping: str) -> Case:
    """Let the case go on by another diagram."""
    source, new = case.definition.hash, read(data)
    case.shelf.all.append(new)
    case.definition = new
    return case.do(cmd.Migrate(source=source, target=new.hash, mapping=mapping, keep_timers=keep_timers))


def codes(plan: Plan) -> list[str]:
    return [problem.code for problem in plan.problems]


def line(*tasks: str) -> bytes:
    """Tasks one after the other."""
    return process(start(), *(user(task) for task in tasks), end(), chain("start", *tasks, "end"))


# -- tokens ----------------------------------------------------------------------------------------------------------


def test_by_id_and_a_step_that_is_new_comes() -> None:
    case = go_over(Case(line("a", "c")), line("a", "b", "c"))
    assert case.open == ["a"]
    assert case.complete("a").open == ["b"]
    assert case.complete("b").complete("c").done


def test_by_an_explicit_mapping() -> None:
    case = Case(line("a", "b"))
    assert codes(plan_of(case, line("x", "b"))) == ["migration.gone"]
    with pytest.raises(Refusal, match=r"^migration\.impossible:"):
        go_over(Case(line("a", "b")), line("x", "b"))
    go_over(case, line("x", "b"), a="x")
    assert case.open == ["x"]
    assert case.complete("x").open == ["b"]


def test_what_is_called_or_done_otherwise_is_told() -> None:
    old = process(start(), user("a"), end(), chain("start", "a", "end"))
    more = extension(properties(check="c"))
    new = process(
        start(), user("a", more, name="New", camunda__formKey="f", camunda__candidateGroups="boss"), end(),
        chain("start", "a", "end"),
    )  # fmt: skip
    case = Case(old)
    case.shelf.all.append(read(new, known=None, f_form=b'{"components":[]}'))
    source, case.definition = case.definition.hash, case.shelf.all[-1]
    case.do(cmd.Migrate(source=source, target=case.definition.hash))
    (task,) = case.tasks.values()
    assert (task.name, task.form_key, list(task.candidate_groups)) == ("New", "f", ["boss"])


def test_another_kind_of_element_is_no_place_for_a_token() -> None:
    new = process(start(), el("manualTask", "a"), end(), chain("start", "a", "end"))
    assert codes(plan_of(Case(line("a")), new)) == ["migration.kind"]


# -- forks, joins, branches --------------------------------------------------------------------------------------------


def fork(*ways: str, join: str = "j", split: str = "f") -> bytes:
    return process(
        start(), el("parallelGateway", split), *(user(way) for way in ways), el("parallelGateway", join), user("z"),
        end(), chain("start", split), *(chain(split, way, join) for way in ways), chain(join, "z", "end"),
    )  # fmt: skip


def test_parallel_branches_and_those_that_wait_at_the_join() -> None:
    case = Case(fork("a", "b")).complete("a")
    go_over(case, fork("a", "b", join="j2"), j="j2")
    assert case.open == ["b"]
    assert case.complete("b").open == ["z"]


def test_a_branch_that_this_instance_never_began_would_leave_the_join_waiting() -> None:
    case = Case(fork("a", "b"))
    assert codes(plan_of(case, fork("a", "b", "c"))) == ["migration.deadlock"]
    assert codes(plan_of(case.complete("a").complete("b"), fork("a", "b", "c"))) == []  # behind the join


def test_a_branch_that_is_gone() -> None:
    case = Case(fork("a", "b", "c")).complete("a")
    assert "migration.join" in codes(plan_of(case, fork("b", "c")))


# -- sub-processes, calls, repetitions ---------------------------------------------------------------------------------


def around(inside: str, **attributes: str) -> bytes:
    return process(start(), el("subProcess", "s", inside, **attributes), end(), chain("start", "s", "end"))


def steps(*tasks: str) -> str:
    return "".join([start("i"), *(user(task) for task in tasks), end("e"), chain("i", *tasks, "e")])


def test_inside_a_sub_process() -> None:
    case = go_over(Case(around(steps("a"))), around(steps("a", "b")))
    assert case.complete("a").open == ["b"]
    assert case.complete("b").done


def test_a_task_that_lies_elsewhere_now() -> None:
    new = process(start(), user("a"), end(), chain("start", "a", "end"))
    found = codes(plan_of(Case(around(steps("a"))), new))
    assert found[:1] == ["migration.gone"] and "migration.elsewhere" in found


MI = '<bpmn:multiInstanceLoopCharacteristics isSequential="{}" camunda:collection="${{items}}"/>'


@pytest.mark.parametrize("sequential", ["false", "true"])
@pytest.mark.parametrize("nested", [False, True])
def test_repeated_activities_go_over_in_the_middle(sequential: str, nested: bool) -> None:
    def diagram(*tasks: str) -> bytes:
        loop = MI.format(sequential)
        return around(loop + steps(*tasks)) if nested else process(
            start(), user(tasks[0], loop), *(user(task) for task in tasks[1:]), end(),
            chain("start", *tasks, "end"),
        )  # fmt: skip

    case = Case(diagram("a"), items=[1, 2, 3]).complete("a")
    go_over(case, diagram("a", "b"))
    while not case.ended:
        case.complete(case.open[0])
    assert case.done and case.trace.count("b") == ((3 if sequential == "true" else 2) if nested else 1) - (
        nested and sequential == "true"
    )


def test_a_repetition_of_another_kind_is_refused() -> None:
    one, other = (around(MI.format(way) + steps("a")) for way in ("false", "true"))
    assert codes(plan_of(Case(one, items=[1, 2]), other)) == ["migration.loop"]
    assert codes(plan_of(Case(one, items=[1, 2]), around(steps("a")))) == ["migration.loop"]


def test_a_called_process_of_its_own_stays_with_its_version() -> None:
    def caller(*tasks: str) -> bytes:
        call = el("callActivity", "c", calledElement="q")
        return process(start(), call, *(user(task) for task in tasks), end(), chain("start", "c", *tasks, "end"))

    called = process(start(), user("u"), end(), chain("start", "u", "end"), id="q")
    case = Case(caller("z"), called)
    go_over(case, caller("y", "z"))
    assert case.complete("u").open == ["y"]


# -- what is waited for ------------------------------------------------------------------------------------------------


def timed(text: str | None, kind: str = "timeDuration", id: str = "t") -> bytes:
    beside = [boundary(id, "a", timer(kind, text), interrupting=False), end("e"), chain(id, "e")] if text else []
    return process(start(), user("a"), *beside, end(), chain("start", "a", "end"))


def test_a_timer_that_says_the_same_keeps_its_instant() -> None:
    case = Case(timed("PT1H"))
    (before,) = case.timers.values()
    case.now += timedelta(minutes=30)
    go_over(case, timed("PT1H"))
    assert list(case.timers.values()) == [before]
    assert case.fire("t").trace[-2:] == ["t", "e"]


@pytest.mark.parametrize(("keep", "due"), [(False, timedelta(hours=2.5)), (True, timedelta(hours=1))])
def test_a_timer_that_says_something_else_is_armed_again_or_kept(keep: bool, due: timedelta) -> None:
    case = Case(timed("PT1H"))
    case.now += timedelta(minutes=30)
    go_over(case, timed("PT2H"), keep_timers=keep)
    (armed,) = case.timers.values()
    assert armed.due_at == NOW + due


def test_a_timer_that_is_gone_a_new_one_and_one_that_is_called_otherwise() -> None:
    assert not go_over(Case(timed("PT1H")), timed(None)).timers
    (armed,) = go_over(Case(timed(None)), timed("PT1H")).timers.values()
    assert armed.due_at == NOW + timedelta(hours=1)
    case = go_over(Case(timed("PT1H")), timed("PT1H", id="t2"), t="t2")
    (armed,) = case.timers.values()
    assert armed.element_id == "t2" and case.fire("t2").trace[-1] == "e"


def test_a_timer_that_has_fired_is_not_armed_again() -> None:
    case = Case(timed("PT1H")).fire("t")
    assert not go_over(case, timed("PT1H")).timers


def test_deadlines_end_with_the_timer_that_is_gone() -> None:
    plan = TimerPlan(ref="d1", due_at=NOW + timedelta(days=1), yellow_at=None, expires_at=NOW + timedelta(days=1))
    office = Office(plans={"R": plan})
    case = Case(timed('${deadline("R")}', "timeDate"), office=office)
    go_over(case, timed('${deadline("R")}', "timeDate"))
    assert ("dropped", "d1", "cancelled") not in office.log
    go_over(case, timed(None))
    assert ("dropped", "d1", "cancelled") in office.log and not case.timers


def test_messages_events_beside_and_gateways() -> None:
    def diagram(name: str, gone: bool = False) -> bytes:
        catch = el("intermediateCatchEvent", "m", event("message", name))
        other = [] if gone else [el("intermediateCatchEvent", "t", timer("timeDuration", "PT1H")), chain("g", "t", "z")]
        return process(
            start(), el("eventBasedGateway", "g"), catch, *other, user("z"), end(), chain("start", "g", "m", "z", "end")
        )

    case = go_over(Case(diagram("m1")), diagram("m2"))
    assert [s.name for s in case.subscriptions.values()] == ["m2"] and len(case.timers) == 1
    go_over(case, diagram("m2", gone=True))
    assert not case.timers and case.deliver("m2").open == ["z"]


def test_an_event_sub_process_that_is_new_is_armed() -> None:
    watch = el("subProcess", "w", el("startEvent", "ws", event("message", "m1")), user("wu"), end("we"),
               chain("ws", "wu", "we"), triggeredByEvent="true")  # fmt: skip
    case = go_over(Case(line("a")), process(start(), user("a"), watch, end(), chain("start", "a", "end")))
    assert case.deliver("m1").open == ["wu"]


def test_jobs_go_on_or_are_queued_for_the_new_handler() -> None:
    def diagram(topic: str, id: str = "j") -> bytes:
        return process(start(), service(id, topic), user("z"), end(), chain("start", id, "z", "end"))

    case = go_over(Case(diagram("h")), diagram("h", "j2"), j="j2")
    assert case.answer("j2").open == ["z"]
    case = Case(diagram("h"))
    (first,) = case.jobs
    go_over(case, diagram("h2"))
    ((again, job),) = case.jobs.items()
    assert again != first and job.handler == "h2" and case.answer("j").open == ["z"]


def test_an_incident_is_resumed_by_the_corrected_version() -> None:
    def diagram(condition: str) -> bytes:
        return process(start(), el("exclusiveGateway", "x"), user("a"), chain("start", "x"), flow("x", "a", condition))

    case = Case(diagram("c == 1"), c=2)
    assert case.incidents[0].code == "gateway.no_flow"
    go_over(case, diagram("c == 2"))
    assert case.retry().open == ["a"]


def test_what_can_be_undone_stays_so() -> None:
    def diagram(*more: str) -> bytes:
        undo_ = '<bpmn:association id="as" sourceRef="ca" targetRef="ua"/>'
        return process(
            start(), user("a"), boundary("ca", "a", event("compensate")), user("ua", isForCompensation="true"), undo_,
            *(user(one) for one in more), user("b"), el("endEvent", "t", event("compensate")),
            chain("start", "a", *more, "b", "t"),
        )  # fmt: skip

    case = go_over(Case(diagram()).complete("a"), diagram("n"))
    assert case.complete("b").open == ["ua"] and case.complete("ua").done


def test_variables_that_only_the_new_version_reads_are_told() -> None:
    new = process(
        start(), user("a"), el("exclusiveGateway", "x", default="x-end"), user("b"), end(),
        chain("start", "a", "x", "end"), flow("x", "b", "amount == 1"),
    )  # fmt: skip
    assert plan_of(Case(line("a")), new).new_names == ["amount"]
    assert plan_of(Case(line("a"), amount=1), new).new_names == []


# -- through the door --------------------------------------------------------------------------------------------------


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def wish(**more: Any) -> Wish:
    return Wish(process_key="p", from_version=1, to_version=2, **more)


def migrate(door: Door, *ids: str, **more: Any) -> tuple[str, list[batch.Outcome]]:
    return batch.migrate(door.engine, ORG, wish(**more), ids, reason="改图", actor="admin")


def test_many_at_once_each_for_itself_and_recorded(door: Door) -> None:
    door.deploy(line("a", "b", "c"))
    first, second, third = door.start(), door.start(), door.start()
    door.complete("a", second)
    door.complete("a", third)
    door.complete("b", third)
    door.deploy(line("a", "x", "c"))
    with door.store.begin(write=False) as uow:
        told = batch.preview(door.engine, uow, ORG, wish())
    assert (told["total"], told["possible"]) == (3, 2)
    assert {(e["element_id"], e["instances"], e["target"]) for e in told["elements"]} == {
        ("a", 1, "a"), ("b", 1, None), ("c", 1, "c")
    }  # fmt: skip
    (gone,) = (e for e in told["elements"] if e["element_id"] == "b")
    assert [p["code"] for p in gone["problems"]] == ["migration.gone"]
    assert {"id": "x", "name": "x"} in gone["choices"]
    _, outcomes = migrate(door, first, second, third)
    assert [one.done for one in outcomes] == [True, False, True]
    assert outcomes[1].error is not None and outcomes[1].error["code"] == "migration.impossible"
    _, (again,) = migrate(door, second, mapping={"b": "x"})
    assert again.done and door.open(second) == ["x"]
    door.complete("a", first)
    assert door.open(first) == ["x"]
    assert "migrated" in door.kinds(first) and door.broken() == []


def test_taken_back_as_long_as_nothing_has_happened(door: Door) -> None:
    late = [boundary("t", "a", timer("timeDuration", "PT1H"), interrupting=False), end("e"), chain("t", "e")]
    door.deploy(process(start(), user("a"), *late, end(), chain("start", "a", "end")))
    instance = door.start()
    quiet = frozenset({"history", "instance", "migration", "deployment", "definition"})
    door.deploy(process(start(), user("a2"), user("b"), end(), chain("start", "a2", "b", "end")))
    before = dump(door.store, but=quiet)
    batch_id, (outcome,) = migrate(door, instance, mapping={"a": "a2"})
    assert outcome.done and door.open(instance) == ["a2"] and not door.rows(tables.timer)
    (back,) = undo(door.engine, ORG, batch_id, actor="admin")
    assert back["done"] and dump(door.store, but=quiet) == before
    (twice,) = undo(door.engine, ORG, batch_id, actor="admin")
    assert twice["error"]["code"] == "migration.undone"
    door.complete("a", instance)
    assert door.instance(instance).state == "completed" and door.broken() == []
    assert door.kinds(instance).count("migration_undone") == 1


@pytest.mark.parametrize("act", ["complete", "claim"])
def test_not_after_the_next_act(door: Door, act: str) -> None:
    door.deploy(line("a", "b"))
    instance = door.start()
    door.deploy(line("a", "n", "b"))
    batch_id, _ = migrate(door, instance)
    acts: dict[str, Callable[[], None]] = {
        "complete": lambda: door.complete("a", instance), "claim": lambda: _claim(door, instance)
    }  # fmt: skip
    acts[act]()
    before = door.dump()
    (back,) = undo(door.engine, ORG, batch_id, actor="admin")
    assert not back["done"] and back["error"]["code"] == "migration.stepped"
    assert door.dump() == before


def _claim(door: Door, instance: str) -> None:
    with door.store.begin() as uow:
        door.engine.claim(uow, ORG, door.task("a", instance), "li", actor="li")


def test_nothing_that_is_not_there(door: Door) -> None:
    door.deploy(line("a"))
    instance = door.start()
    with pytest.raises(Refusal, match=r"^migration\.same_version:"), door.store.begin(write=False) as uow:
        batch.preview(door.engine, uow, ORG, Wish(process_key="p", from_version=1, to_version=1))
    door.deploy(line("b"))
    with pytest.raises(Refusal, match=r"^migration\.mapping:"), door.store.begin(write=False) as uow:
        batch.preview(door.engine, uow, ORG, wish(mapping={"a": "nowhere"}))
    _, (outcome,) = migrate(door, instance, mapping={"a": "b"})
    assert outcome.done
    _, (other,) = migrate(door, instance)
    assert other.error is not None and other.error["code"] == "migration.other_version"


def calling(*tasks: str, version: int | None = None) -> bytes:
    pinned = (
        {"camunda__calledElementBinding": "version", "camunda__calledElementVersion": str(version)} if version else {}
    )
    call = el("callActivity", "c", calledElement="q", **pinned)
    return process(start(), call, *(user(task) for task in tasks), end(), chain("start", "c", *tasks, "end"))


def called(*tasks: str) -> bytes:
    late = [boundary("late", tasks[0], timer("timeDuration", "PT1H"), interrupting=False), end("e"), chain("late", "e")]
    return process(
        start("qs"), *(user(task) for task in tasks), end("qe"), *late, chain("qs", *tasks, "qe"), id="q"
    )  # fmt: skip


@pytest.mark.parametrize("pinned", [None, 1])
def test_what_was_called_goes_over_where_it_stands(door: Door, pinned: int | None) -> None:
    door.deploy(called("u"), "q")
    door.deploy(calling("z", version=pinned))
    inside, alone, before = door.start(), door.start("q"), door.start()
    door.complete("u", before)  # its call has ended: nothing of q runs there
    door.deploy(called("u2", "v"), "q")
    to_second = Wish(process_key="q", from_version=1, to_version=2, mapping={"u": "u2"})
    with door.store.begin(write=False) as uow:
        told = batch.preview(door.engine, uow, ORG, to_second)
    assert (told["total"], told["possible"]) == (2, 2)
    assert {one["id"]: one["inside"] for one in told["instances"]} == {inside: "p", alone: None}
    quiet = frozenset({"history", "instance", "migration", "deployment", "definition"})
    untouched = dump(door.store, but=quiet)
    batch_id, outcomes = batch.migrate(
        door.engine, ORG, to_second, [inside, alone, before], reason="改图", actor="admin"
    )
    assert [one.done for one in outcomes] == [True, True, False]
    assert outcomes[2].error is not None and outcomes[2].error["code"] == "migration.other_version"
    assert door.open(inside) == door.open(alone) == ["u2"]
    assert [door.engine.versions.by_hash(uow, door.instance(inside).definition_hash).key] == ["p"]
    assert all(one["done"] for one in undo(door.engine, ORG, batch_id, actor="admin"))
    assert dump(door.store, but=quiet) == untouched and door.open(inside) == ["u"]
    batch.migrate(door.engine, ORG, to_second, [inside], reason="改图", actor="admin")
    for element in ("u2", "v", "z"):
        door.complete(element, inside)
    assert door.instance(inside).state == "completed" and door.broken() == []


def test_a_plan_for_the_caller_names_what_runs_inside_and_leaves_it(door: Door) -> None:
    door.deploy(called("u"), "q")
    door.deploy(calling("z"))
    instance = door.start()
    door.deploy(called("u", "v"), "q")
    door.deploy(calling("y", "z"))
    with door.store.begin(write=False) as uow:
        told = batch.preview(door.engine, uow, ORG, wish())
    assert told["called"] == [{"key": "q", "name": "P", "version": 1, "count": 1, "newest": 2}]
    assert migrate(door, instance)[1][0].done
    door.complete("u", instance)
    assert door.open(instance) == ["y"]


def test_called_by_a_version_no_longer_in_force_by_a_name_worked_out_and_two_deep(door: Door) -> None:
    door.deploy(called("u"), "q")
    middle = process(
        start(), el("callActivity", "c", calledElement="${who}"), end(), chain("start", "c", "end"), id="m"
    )
    door.deploy(middle, "m")
    door.deploy(process(start(), el("callActivity", "c", calledElement="m"), end(), chain("start", "c", "end")))
    instance = door.start(who="q")
    door.deploy(process(start(), user("other"), end(), chain("start", "other", "end"), id="m"), "m")
    door.deploy(called("u", "v"), "q")
    _, (outcome,) = batch.migrate(
        door.engine, ORG, Wish(process_key="q", from_version=1, to_version=2), [instance], reason="改图", actor="admin"
    )
    with door.store.begin(write=False) as uow:
        found = batch.preview(door.engine, uow, ORG, Wish(process_key="q", from_version=2, to_version=1))
    assert outcome.done and [one["id"] for one in found["instances"]] == [instance]
    door.complete("u", instance)
    assert door.open(instance) == ["v"]


def test_several_calls_of_one_instance_go_over_together_and_get_what_they_lack() -> None:
    def second(*tasks: str) -> bytes:
        ways = [flow("x", tasks[-1], "amount == 1"), flow("x", "qe")]
        steps_ = [user(task) for task in tasks]
        return process(
            start("qs"), *steps_, el("exclusiveGateway", "x", default="x-qe"), end("qe"),
            chain("qs", tasks[0], "x"), *ways, chain(tasks[-1], "qe"), id="q",
        )  # fmt: skip

    many = el("callActivity", "c", MI.format("false"), calledElement="q")
    old, new = read(called("u"), "q"), read(second("u", "w"), "q")
    case = Case(process(start(), many, end(), chain("start", "c", "end")), old, items=[1, 2])
    case.shelf.all.append(new)
    assert case.state is not None
    assert Planner(case.state, old, new, {}, keep_timers=False).make().new_names == ["amount"]
    case.do(cmd.Migrate(source=old.hash, target=new.hash, values={"amount": 1}))
    assert case.complete("u").complete("u").open == ["w", "w"] and case.complete("w").complete("w").done


# -- any diagram in the middle of any run ------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_a_version_that_says_the_same_changes_nothing(part: int) -> None:
    """Random diagrams, random runs: over to a copy of the diagram between any two acts, and nothing tells the two."""
    for seed in range(part * 15, part * 15 + 15):
        chance = random.Random(seed)
        versions = [make(seed), read(make(seed).bpmn.replace(b"</bpmn:definitions>", b"<!-- --></bpmn:definitions>"))]
        stays, goes, world = Twin(versions[0], reload=True), Twin(versions[0], reload=True), World()
        goes.shelf.all.append(versions[1])
        command: cmd.Command = cmd.Start(variables={"c": chance.randrange(7), "items": ["x", None]})
        for number in range(60):
            effects = stays.do(command)
            assert goes.do(command) == effects, (seed, number)
            world.see(effects)
            if world.ended:
                break
            source, goes.definition = goes.definition.hash, versions[(number + 1) % 2]
            assert goes.do(cmd.Migrate(source=source, target=versions[1].hash)) == [], (seed, number)
            command, timer_ = world.act(chance)
            if timer_ is not None:
                stays.now = goes.now = max(stays.now, timer_.due_at)
