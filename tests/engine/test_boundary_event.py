"""Boundary events (formal/2011-01-03, 10.4.4, 13.4.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine import commands as cmd
from engine import effects as fx
from engine.registry import TimerPlan
from storage.clock import TZ
from storage.errors import BadDiagram
from tests.engine.diagrams import (
    NOW,
    Case,
    Office,
    boundary,
    chain,
    el,
    end,
    event,
    process,
    read,
    script,
    service,
    start,
    timer,
    user,
)


def around(*events: str, task: str = "") -> bytes:
    ids = [part.split('id="')[1].split('"')[0] for part in events]
    return process(
        start(),
        task or user("a"),
        *events,
        end(),
        *(user(f"after_{i}") for i in ids),
        chain("start", "a", "end"),
        *(chain(i, f"after_{i}") for i in ids),
    )


def test_interrupting_timer_cancels_the_task() -> None:
    case = Case(around(boundary("t", "a", timer("timeDuration", "PT1H"))))
    case.fire("t")
    assert case.open == ["after_t"]
    assert [c.completed for c in case.last_closed] == [False]
    assert case.complete("after_t").done


def test_completing_the_task_disarms_the_timer() -> None:
    case = Case(around(boundary("t", "a", timer("timeDuration", "PT1H"))))
    assert len(case.timers) == 1
    assert case.complete("a").done


def test_non_interrupting_cycle_fires_again_and_again() -> None:
    case = Case(around(boundary("t", "a", timer("timeCycle", "R3/PT1H"), interrupting=False)))
    for number in range(1, 4):
        case.fire("t")
        assert case.open == ["a"] + ["after_t"] * number
    assert not case.timers
    for _ in range(3):
        case.complete("after_t")
    assert case.complete("a").done


def test_missed_rounds_of_a_cycle_fire_once() -> None:
    case = Case(around(boundary("t", "a", timer("timeCycle", "R/PT1H"), interrupting=False)))
    case.fire("t", hours=5)
    assert case.open == ["a", "after_t"]
    assert [t.due_at for t in case.timers.values()] == [NOW + timedelta(hours=7)]


def test_what_a_cycle_missed_is_made_up_for_once_and_counts() -> None:
    case = Case(around(boundary("t", "a", timer("timeCycle", "R5/PT1H"), interrupting=False)))
    case.fire("t", hours=2, minutes=30)  # due at 10, down until 12:30: those of 11 and 12 are not made up for
    assert case.trace.count("t") == 1
    dues = []
    while case.timers:
        dues.append(case.timers[next(iter(case.timers))].due_at)
        case.fire("t")
    assert dues == [NOW + timedelta(hours=4), NOW + timedelta(hours=5)]


def test_a_monthly_cycle_stays_at_the_end_of_the_month() -> None:
    case = Case(around(boundary("t", "a", timer("timeCycle", "R4/2027-01-31T10:00/P1M"), interrupting=False)))
    dues = []
    while case.timers:
        dues.append(case.timers[next(iter(case.timers))].due_at.isoformat()[:10])
        case.fire("t")
    assert dues == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_interrupting_cycle_interrupts_at_its_first_firing() -> None:
    case = Case(around(boundary("t", "a", timer("timeCycle", "R3/PT1H"))))
    assert case.fire("t").open == ["after_t"]
    assert not case.timers


def test_bare_and_computed_times() -> None:
    for text in ("2026-12-01T09:00:00+08:00", "${datetime(when)}", "${when}"):
        case = Case(around(boundary("t", "a", timer("timeDate", text))), when="2026-12-01T01:00:00Z")
        assert [t.due_at for t in case.timers.values()] == [datetime(2026, 12, 1, 9, tzinfo=TZ)]
    case = Case(around(boundary("t", "a", timer("timeDuration", "P1M"))))
    assert [t.due_at for t in case.timers.values()] == [datetime(2026, 12, 26, 9, tzinfo=TZ)]


def test_message_interrupting_and_not() -> None:
    case = Case(around(boundary("m", "a", event("message", "m1"), interrupting=False)))
    case.deliver("m1", x=1).deliver("m1", x=2)
    assert case.open == ["a", "after_m", "after_m"]
    case = Case(around(boundary("m", "a", event("message", "m1"))))
    case.deliver("m1")
    assert case.open == ["after_m"] and not case.subscriptions


def test_what_came_with_the_message_travels_with_its_token() -> None:
    data = process(
        start(),
        user("a"),
        boundary("m", "a", event("message", "m1"), interrupting=False),
        script("s", "seen = get('x')"),
        user("b", camunda__assignee="${x}"),
        end(),
        chain("start", "a", "end"),
        chain("m", "s", "b"),
    )
    case = Case(data)
    case.deliver("m1", x="li").deliver("m1", x="wu")
    assert sorted(str(t.assignee) for t in case.tasks.values() if t.element_id == "b") == ["li", "wu"]


def test_error_is_caught_by_its_code_before_any_code() -> None:
    both = around(
        boundary("any", "a", event("error")), boundary("one", "a", event("error", "e1")), task=service("a", "h")
    )
    assert Case(both).error("a", "E1").open == ["after_one"]
    assert Case(both).error("a", "E9").open == ["after_any"]


def test_an_error_does_not_reach_a_sibling() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        service("a", "h"),
        service("b", "h"),
        boundary("x", "b", event("error")),
        end(),
        chain("start", "f", "a", "end"),
        chain("f", "b"),
        chain("x", "end"),
    )
    case = Case(data).error("a", "E1")
    assert [(i.element_id, i.code) for i in case.incidents] == [("a", "error.uncaught")]
    assert [j.element_id for j in case.jobs.values()] == ["b"]
    case.retry()
    assert sorted(j.element_id for j in case.jobs.values()) == ["a", "b"]


def test_signal_and_condition() -> None:
    case = Case(around(boundary("s", "a", event("signal", "s1"))))
    assert case.deliver("s1").open == ["after_s"]
    condition = event("conditional", inside="<bpmn:condition>${n &gt; 3}</bpmn:condition>")
    data = process(
        start(),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        boundary("c", "a", condition),
        user("after"),
        end(),
        chain("start", "f", "a", "end"),
        chain("f", "b", "end"),
        chain("c", "after"),
    )
    case = Case(data, n=1)
    case.complete("b", n=2)
    assert case.open == ["a"]
    case = Case(data, n=1)
    case.complete("b", n=4)
    assert case.open == ["after"]


def test_everything_inside_a_sub_process_is_cancelled() -> None:
    inside = el(
        "subProcess",
        "a",
        start("i1"),
        el("parallelGateway", "f"),
        user("x"),
        service("y", "h"),
        el("intermediateCatchEvent", "w", event("message", "m1")),
        chain("i1", "f", "x"),
        chain("f", "y"),
        chain("f", "w"),
    )
    case = Case(around(boundary("t", "a", timer("timeDuration", "PT1H")), task=inside))
    assert case.open == ["x"] and len(case.jobs) == 1 and len(case.subscriptions) == 1
    case.fire("t")
    assert case.open == ["after_t"] and not case.jobs and not case.subscriptions
    assert case.complete("after_t").done


PLAN = TimerPlan(
    ref="d1",
    due_at=NOW + timedelta(days=4),
    yellow_at=NOW + timedelta(days=3),
    expires_at=NOW + timedelta(days=4, seconds=1),
    instants=[("E0", NOW + timedelta(days=3)), ("E1", NOW + timedelta(days=5)), ("E2", NOW + timedelta(days=8))],
    locals={"deadline_id": "d1", "deadline_code": "R39"},
)
LADDER = process(
    start(),
    user("a"),
    boundary("t", "a", timer("timeCycle", "${deadline('R39')}"), interrupting=False),
    script("s", "steps = get('steps', []) + [timer_step + deadline_code]"),
    end("e"),
    end(),
    chain("start", "a", "end"),
    chain("t", "s", "e"),
)


def test_a_plan_fires_each_step_and_shows_its_date_on_the_task() -> None:
    office = Office(plans={"R39": PLAN})
    case = Case(LADDER, office=office)
    task = next(iter(case.tasks.values()))
    assert (task.due_at, task.yellow_at, task.deadline_ref) == (PLAN.due_at, PLAN.yellow_at, "d1")
    for _ in range(3):
        case.fire("t")
    assert case.variables["steps"] == ["E0R39", "E1R39", "E2R39"]
    assert not case.timers
    case.complete("a")
    assert case.done
    assert office.log == [("deadline", "R39", "timeCycle"), ("dropped", "d1", "completed")]


def test_steps_missed_in_downtime_fire_one_after_the_other() -> None:
    case = Case(LADDER, office=Office(plans={"R39": PLAN}))
    case.fire("t", days=3)
    assert case.variables["steps"] == ["E0R39", "E1R39"]
    assert [t.due_at for t in case.timers.values()] == [NOW + timedelta(days=8)]


def test_a_changed_plan_moves_timers_and_the_date_of_the_task() -> None:
    case = Case(LADDER, office=Office(plans={"R39": PLAN}))
    case.fire("t")
    later = TimerPlan(
        ref="d1",
        due_at=PLAN.due_at + timedelta(days=10),
        yellow_at=None,
        expires_at=PLAN.expires_at,
        instants=[(name, at + timedelta(days=10)) for name, at in PLAN.instants],
        locals=PLAN.locals,
    )
    case.do(cmd.Reschedule(ref="d1", plan=later))
    assert [type(e).__name__ for e in case.effects] == ["TimerArmed", "TaskDueChanged"]
    assert [t.due_at for t in case.timers.values()] == [NOW + timedelta(days=13)]


def test_a_withdrawn_plan_fires_no_more_and_its_task_is_due_no_longer() -> None:
    case = Case(LADDER, office=Office(plans={"R39": PLAN}))
    case.fire("t")
    case.do(cmd.Reschedule(ref="d1", plan=replace(PLAN, withdrawn=True)))
    assert [type(e).__name__ for e in case.effects] == ["TimerDropped", "TaskDueChanged"]
    (changed,) = [e for e in case.effects if isinstance(e, fx.TaskDueChanged)]
    assert (changed.due_at, changed.deadline_ref) == (None, None)
    assert not case.timers
    case.complete("a")
    assert case.done
    assert case.variables["steps"] == ["E0R39"]


def test_a_plan_as_date_fires_once_after_its_due_instant() -> None:
    office = Office(plans={"R39": PLAN})
    case = Case(around(boundary("t", "a", timer("timeDate", "deadline('R39')"))), office=office)
    assert [t.due_at for t in case.timers.values()] == [PLAN.expires_at]
    case.fire("t")
    assert case.open == ["after_t"]
    assert office.log[-1] == ("dropped", "d1", "cancelled")


def test_an_enclosing_deadline_covers_the_tasks_inside() -> None:
    inside = el("subProcess", "a", start("i1"), user("x"), chain("i1", "x"))
    data = around(boundary("t", "a", timer("timeCycle", "${deadline('R39')}"), interrupting=False), task=inside)
    case = Case(data, office=Office(plans={"R39": PLAN}))
    assert [t.due_at for t in case.tasks.values()] == [PLAN.due_at]
    task = next(iter(case.tasks.values()))
    assert len(task.scope_path) == 1


def test_due_date_of_a_task() -> None:
    data = process(start(), user("a", camunda__dueDate="${deadline('R39')}"), end(), chain("start", "a", "end"))
    office = Office(plans={"R39": PLAN})
    case = Case(data, office=office)
    assert [t.deadline_ref for t in case.tasks.values()] == ["d1"] and not case.timers
    case.complete("a")
    assert office.log == [("deadline", "R39", "dueDate"), ("dropped", "d1", "completed")]


def test_a_timer_without_a_time_is_not_armed() -> None:
    case = Case(around(boundary("t", "a", timer("timeDate", "${when}"))), when=None)
    assert case.open == ["a"] and not case.timers and not case.incidents
    assert case.complete("a").done


def test_a_timer_put_together_of_text_and_expressions() -> None:
    """10.4.5: the text is an expression; tools write `R2/${from}/PT1H`."""
    late = boundary("late", "a", timer("timeCycle", "R2/PT${hours}H"), interrupting=False)
    case = Case(around(late), hours=2)
    (armed,) = case.timers.values()
    assert armed.due_at == NOW + timedelta(hours=2)
    assert case.fire("late").fire("late").open == ["a", "after_late", "after_late"] and not case.timers
    case = Case(around(boundary("late", "a", timer("timeDate", "${day}T09:00:00"))), day="2026-12-01")
    assert [t.due_at for t in case.timers.values()] == [datetime(2026, 12, 1, 9, tzinfo=TZ)]
    assert [i.code for i in Case(around(boundary("late", "a", timer("timeDuration", "PT${n}H"))), n="x").incidents] == [
        "time.syntax"
    ]


@pytest.mark.parametrize("text", ["100", "${2 + 3}", "'soon'", "[1]", "true"])
def test_a_timer_whose_constant_is_no_time_is_refused(text: str) -> None:
    """10.4.5: an ISO 8601 text; other engines' milliseconds and the like would only fail when the case is there."""
    with pytest.raises(BadDiagram) as caught:
        read(around(boundary("t", "a", timer("timeDuration", text))))
    assert (caught.value.code, caught.value.element) == ("timer.syntax", "t")
    assert Case(around(boundary("t", "a", timer("timeDuration", "'PT1H'")))).fire("t").open
