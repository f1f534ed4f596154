"""The thousandth round of a case costs what the first did: state, rows and statements do not grow with what is done."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from engine import commands as cmd
from engine.sharing import share
from engine.state import encode
from storage.clock import FixedClock
from storage.database import Store, UnitOfWork
from storage.tables import engine as tables
from tests.engine.diagrams import (
    Case,
    boundary,
    chain,
    el,
    end,
    flow,
    process,
    script,
    start,
    timer,
    user,
)  # fmt: skip
from tests.support.door import ORG, Door
from tests.support.sql import asked


def size(case: Case) -> int:
    """Characters of the saved state."""
    assert case.state is not None
    return len(encode(case.state))


def repeated(*, sequential: bool, inside: str = "") -> str:
    return el(
        "multiInstanceLoopCharacteristics", "repeated", inside, isSequential=str(sequential).lower(),
        camunda__collection="${items}", camunda__elementVariable="item",
    )  # fmt: skip


def test_ten_thousand_rounds_of_a_loop_leave_the_state_as_it_was() -> None:
    """Twenty rounds in one turn, five hundred turns: each of them as deep and as large as the first."""
    data = process(
        start(), el("exclusiveGateway", "m"), script("s", "n = n + 1"), el("exclusiveGateway", "x", default="x-m"),
        user("u"), el("exclusiveGateway", "y", default="y-m"), end(), chain("start", "m", "s", "x"), flow("x", "m"),
        flow("x", "u", "${n % 20 == 0}"), chain("u", "y"), flow("y", "m"), flow("y", "end", "${n >= 10000}"),
    )  # fmt: skip
    case, sizes = Case(data, n=0), set()
    while not case.done:
        sizes.add(size(case))
        case.complete("u")
    assert case.trace.count("s") == 10_000
    assert max(sizes) - min(sizes) <= 60, "numbers become longer by a few digits, nothing else"


def test_a_chain_of_two_thousand_tasks_is_done_in_one_turn_and_in_two_thousand() -> None:
    ids = [f"t{n}" for n in range(2000)]
    at_once = Case(process(start(), *(el("task", id) for id in ids), end(), chain("start", *ids, "end")))
    assert at_once.done and len(at_once.trace) == 2002
    one_by_one = Case(process(start(), *(user(id) for id in ids), end(), chain("start", *ids, "end")))
    first = size(one_by_one)
    for id in ids[:-1]:
        one_by_one.complete(id)
    assert size(one_by_one) <= first + 60 and one_by_one.complete(ids[-1]).done


def test_rounds_around_a_parallel_block() -> None:
    data = process(
        start(), el("exclusiveGateway", "m"), el("parallelGateway", "f"), user("a"), user("b"),
        el("parallelGateway", "j"), el("exclusiveGateway", "x", default="x-m"), end(), chain("start", "m", "f"),
        chain("f", "a", "j"), chain("f", "b", "j", "x"), flow("x", "m"), flow("x", "end", "${stop}"),
    )  # fmt: skip
    case, sizes = Case(data, stop=False), set()
    for number in range(600):
        sizes.add(size(case))
        first, second = ("a", "b") if number % 2 else ("b", "a")  # the later branch arrives first in every other round
        case.complete(first)
        assert case.open == [second], "the join waits for both"
        case.complete(second)
        assert case.open == ["a", "b"]
    assert max(sizes) - min(sizes) <= 60
    case.complete("a", stop=True).complete("b", stop=True)
    assert case.done


def test_a_cycle_timer_fires_a_thousand_times() -> None:
    data = process(
        start(), user("work"), boundary("due", "work", timer("timeCycle", "R/PT1H"), interrupting=False),
        script("count", "n = n + 1"), end(), end("late"), chain("start", "work", "end"), chain("due", "count", "late"),
    )  # fmt: skip
    case, sizes = Case(data, n=0), set()
    for number in range(1000):
        case.now += timedelta(hours=1)
        (armed,) = case.timers
        case.do(cmd.Fire(timer_id=armed))
        if number > 20:  # until then the forks that are remembered of a branch fill up; there are 16 at most
            sizes.add(size(case))
        assert len(case.timers) == 1 and case.state is not None and len(case.state.tokens) == 1
    assert case.state is not None and case.state.variables()["n"] == 1000
    assert max(sizes) - min(sizes) <= 150, "their numbers become longer by a few digits"


@pytest.mark.parametrize("item", ["task", "sub-process"])
def test_five_thousand_items_in_turn(item: str) -> None:
    """What is done leaves the state: it holds the items, and of the repetitions only the one that runs."""
    doing = user("work", repeated(sequential=True)) if item == "task" else el(
        "subProcess", "work", repeated(sequential=True), start("s"), user("inner"), end("e"), chain("s", "inner", "e")
    )  # fmt: skip
    count = 5000 if item == "task" else 500
    case = Case(process(start(), doing, end(), chain("start", "work", "end")), items=list(range(count)))
    first, task = size(case), "work" if item == "task" else "inner"
    for _ in range(200):
        case.complete(task)
        assert case.state is not None and len(case.state.tokens) <= 3
    assert size(case) <= first + 60


def test_five_thousand_items_in_turn_by_themselves() -> None:
    work = script("work", "n = n + item")
    work = work.replace("</bpmn:scriptTask>", repeated(sequential=True) + "</bpmn:scriptTask>")
    data = process(start(), work, end(), chain("start", "work", "end"))
    depth = sys.getrecursionlimit()
    case = Case(data, items=list(range(5000)), n=0)
    assert case.done and sys.getrecursionlimit() == depth
    assert case.ended is not None and case.ended.variables["n"] == sum(range(5000))


def test_five_thousand_at_the_same_time_open_and_end() -> None:
    """The completion condition ends what is left: all five thousand tasks are closed, none is left over."""
    inside = "<bpmn:completionCondition>${nrOfCompletedInstances >= 3}</bpmn:completionCondition>"
    data = process(
        start(), user("work", repeated(sequential=False, inside=inside)), end(), chain("start", "work", "end")
    )
    case = Case(data, items=list(range(5000)))
    assert len(case.tasks) == 5000
    for number in (4999, 0, 2500):
        case.complete("work", number)
    assert case.done and case.tasks == {}


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def test_each_round_writes_the_same_rows_by_the_same_statements(door: Door) -> None:
    door.deploy(
        process(
            start(), user("work"), boundary("due", "work", timer("timeDuration", "P1D")),
            el("exclusiveGateway", "x", default="x-work"), end(), end("late"), chain("start", "work", "x"),
            flow("x", "work"), flow("x", "end", "${stop}"), chain("due", "late"),
        )
    )  # fmt: skip
    instance = door.start(stop=False)

    def round_() -> tuple[list[str], int, int]:
        before = len(door.rows(tables.history))
        task = door.task("work")
        with asked(door.store) as told:
            door.complete_task(task)
        assert told.commits == 1
        return told.statements, len(door.rows(tables.history)) - before, len(door.instance(instance).blob)

    def again(uow: UnitOfWork, wait: bool) -> None:
        task = uow.conn.execute(tables.task.select().where(tables.task.c.state == "open")).one()
        door.engine.complete(uow, ORG, task.id, {}, actor="wang")

    first = round_()
    assert len(first[0]) <= 8
    assert [error for error in share(door.store, [again] * 150) if error is not None] == []
    last = round_()
    assert last[:2] == first[:2] and last[2] - first[2] <= 60
    assert len(door.rows(tables.timer)) == 1 and door.open() == ["work"] and door.broken() == []


def test_the_most_that_a_step_writes_takes_eight_statements(door: Door) -> None:
    """Tasks that are offered to groups, with timers, on both sides of the step."""
    one, two = (
        user(name, camunda__candidateGroups="clerk, head")
        + boundary(f"due{name}", name, timer("timeDuration", "P1D"))
        + end(f"late{name}")
        + chain(f"due{name}", f"late{name}")
        for name in ("One", "Two")
    )
    door.deploy(process(start(), one, two, end(), chain("start", "One", "Two", "end")))
    door.start()
    task = door.task("One")
    with asked(door.store) as told:
        door.complete_task(task)
    assert (len(told.statements), told.commits) == (8, 1), told.statements
    assert [row.element_id for row in door.rows(tables.timer)] == ["dueTwo"]
    assert {row.task_id for row in door.rows(tables.task_group)} == {door.task("Two")}
