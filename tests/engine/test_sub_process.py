"""Embedded and event sub-processes (formal/2011-01-03, 10.2.5, 13.2.4, 13.4.4)."""

from __future__ import annotations

import pytest

from engine import commands as cmd
from engine import effects as fx
from tests.engine.diagrams import (
    Case,
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    flow,
    parameters,
    process,
    script,
    service,
    start,
    timer,
    user,
)


def sub(*inside: str, id: str = "s", **attributes: str) -> str:
    return el("subProcess", id, *inside, **attributes)


def handler(definition: str, *, interrupting: bool = True, id: str = "h") -> str:
    return sub(
        el("startEvent", f"{id}_s", definition, isInterrupting=str(interrupting).lower()),
        user(f"{id}_u"),
        end(f"{id}_e"),
        chain(f"{id}_s", f"{id}_u", f"{id}_e"),
        id=id,
        triggeredByEvent="true",
    )


def with_handler(definition: str, *, interrupting: bool = True, first: str = "", **more: str) -> bytes:
    return process(
        start(),
        first or user("a"),
        end(),
        chain("start", "a", "end"),
        handler(definition, interrupting=interrupting),
        *more.values(),
    )


def test_sub_process_shares_variables_and_completes_with_its_last_token() -> None:
    inner = sub(
        start("i"),
        el("parallelGateway", "f"),
        user("x"),
        user("y"),
        end("end1"),
        end("end2"),
        chain("i", "f", "x", "end1"),
        chain("f", "y", "end2"),
    )
    case = Case(process(start(), inner, user("z"), end(), chain("start", "s", "z", "end")), n=1)
    case.complete("x", n=2)
    assert case.open == ["y"]
    case.complete("y")
    assert case.open == ["z"] and case.variables["n"] == 2
    assert case.complete("z").done


def test_an_input_that_is_written_inside_is_read_there_and_ends_with_the_sub_process() -> None:
    """10.3.1: an input lives in the activity that has it, and does not hide what is written to it."""
    inner = chain("i", "w", "x", "r")
    given = extension(parameters({"n": "${5}"}))
    body = sub(given, start("i"), script("w", "n = n + 1"), user("x"), script("r", "seen = n"), inner)
    case = Case(process(start(), body, user("z"), chain("start", "s", "z")), n=1)
    assert case.complete("x", n=9).variables == {"n": 1, "seen": 9}


def test_without_a_start_event_what_no_flow_leads_to_begins() -> None:
    case = Case(
        process(start(), sub(user("x"), user("y"), user("w"), chain("y", "w")), end(), chain("start", "s", "end"))
    )
    assert case.open == ["x", "y"]
    case.complete("x").complete("y").complete("w")
    assert case.done
    assert Case(process(user("x"), user("y"))).open == ["x", "y"]


def test_an_empty_sub_process_completes() -> None:
    assert Case(process(start(), sub(), end(), chain("start", "s", "end"))).done


@pytest.mark.parametrize(("definition", "name"), [(event("message", "m1"), "m1"), (event("signal", "s1"), "s1")])
def test_event_sub_process_interrupts(definition: str, name: str) -> None:
    case = Case(with_handler(definition))
    assert case.open == ["a"]
    case.deliver(name)
    assert case.open == ["h_u"] and not case.subscriptions
    assert case.complete("h_u").done


def test_event_sub_process_beside_and_more_than_once() -> None:
    case = Case(with_handler(event("message", "m1"), interrupting=False))
    case.deliver("m1").deliver("m1")
    assert case.open == ["a", "h_u", "h_u"]
    case.complete("a")
    assert case.ended is None and not case.done
    case.complete("h_u").complete("h_u")
    assert case.done


def test_a_timer_start_ends_with_its_scope_and_does_not_keep_it_open() -> None:
    case = Case(with_handler(timer("timeDuration", "PT1H")))
    assert case.complete("a").done
    case = Case(with_handler(timer("timeDuration", "PT1H")))
    assert case.fire("h_s").open == ["h_u"]
    case = Case(with_handler(timer("timeCycle", "R/PT1H"), interrupting=False))
    case.fire("h_s").fire("h_s")
    assert case.open == ["a", "h_u", "h_u"]


def test_one_that_cannot_be_armed_is_an_incident_at_itself_and_the_instance_starts() -> None:
    late = handler(timer("timeDuration", "${due}"))
    case = Case(process(start(), user("b"), user("a"), end(), chain("start", "b", "a", "end"), late), due="bad")
    assert case.open == ["b"] and not case.timers
    (incident,) = case.incidents
    assert incident.element_id == "h" and incident.code == "time.syntax"
    assert case.retry().incidents[-1].element_id == "h" and not case.timers
    case.complete("b", due="PT1H").retry()
    assert case.open == ["a"] and len(case.timers) == 1
    assert case.fire("h_s").open == ["h_u"]
    assert case.complete("h_u").done


def test_of_one_that_cannot_be_armed_nothing_is_armed() -> None:
    both = event("signal", "s1") + timer("timeDuration", "${due}")
    case = Case(with_handler(both), due="bad")
    assert case.open == ["a"] and not case.subscriptions and [i.element_id for i in case.incidents] == ["h"]
    case.complete("a")
    assert not case.done, "what is to be repaired keeps the instance"


def test_error_start_does_not_run_without_an_error() -> None:
    data = with_handler(event("error", "e1"), first=service("a", "h"))
    case = Case(data)
    assert case.open == []
    assert case.answer("a").done
    assert Case(data).error("a", "E1").open == ["h_u"]
    assert Case(data).error("a", "E2").incidents[0].code == "error.uncaught"


def test_conditional_start() -> None:
    condition = event("conditional", inside="<bpmn:condition>${n &gt; 3}</bpmn:condition>")
    case = Case(with_handler(condition, interrupting=False, b=user("b"), f=flow("start", "b")), n=1)
    case.complete("b", n=5)
    assert case.open == ["a", "h_u"]


def test_escalation_start_beside() -> None:
    throw = el("intermediateThrowEvent", "a", event("escalation", "x1"))
    case = Case(
        process(
            start(),
            throw,
            user("b"),
            end(),
            chain("start", "a", "b", "end"),
            handler(event("escalation", "x1"), interrupting=False),
        )
    )
    assert case.open == ["b", "h_u"]


def test_nested_event_sub_processes() -> None:
    inner = sub(start("i"), user("x"), chain("i", "x"), handler(event("message", "m1"), id="h1"))
    case = Case(process(start(), inner, end(), chain("start", "s", "end"), handler(event("message", "m2"), id="h2")))
    case.deliver("m1")
    assert case.open == ["h1_u"]
    case.deliver("m2")
    assert case.open == ["h2_u"]
    assert case.complete("h2_u").done


def _subscribed(case: Case, element: str) -> str:
    return next(s.subscription_id for s in case.subscriptions.values() if s.element_id == element)


@pytest.mark.parametrize("kind", [("escalation", "x1"), ("signal", "s1")])
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_handler_that_throws_its_own_event_again_goes_on_outside(kind: tuple[str, str], interrupting: bool) -> None:
    """13.4.4: a retriggered event leads outside the sub-process, it does not begin the same handler again."""
    inner = sub(
        start("i"),
        el("intermediateThrowEvent", "t", event("escalation", "x1")) if kind[0] == "escalation" else user("t"),
        user("x"),
        chain("i", "t", "x"),
        sub(
            el("startEvent", "h_s", event(*kind), isInterrupting=str(interrupting).lower()),
            user("h_u"),
            end("h_e", event(*kind)),
            chain("h_s", "h_u", "h_e"),
            id="h",
            triggeredByEvent="true",
        ),
    )
    case = Case(
        process(
            start(),
            inner,
            end(),
            boundary("b", "s", event(*kind), interrupting=interrupting),
            user("out"),
            end("out_e"),
            chain("start", "s", "end"),
            chain("b", "out", "out_e"),
        )
    )
    if kind[0] == "signal":
        case.do(cmd.Deliver(subscription_id=_subscribed(case, "h_s"), payload={}))
    beside = [] if interrupting else ["t" if kind[0] == "signal" else "x"]
    assert case.complete("h_u").open == ["out", *beside]
    while case.open != ["out"]:
        case.complete(case.open[-1])
    assert case.complete("out").done


def test_an_error_in_an_interrupting_handler_goes_to_the_scope_outside() -> None:
    inside = sub(
        start("i"),
        user("x"),
        chain("i", "x"),
        sub(
            el("startEvent", "hs", event("message", "m1")),
            el("endEvent", "he", event("error", "e1")),
            chain("hs", "he"),
            id="h",
            triggeredByEvent="true",
        ),
        handler(event("error", "e1"), id="never"),
    )
    case = Case(
        process(
            start(), inside, boundary("b", "s", event("error", "e1")), user("z"), chain("start", "s"), chain("b", "z")
        )
    )
    case.deliver("m1")
    assert case.open == ["z"]


def test_what_came_with_the_message_is_seen_in_the_handler() -> None:
    inner = sub(
        el("startEvent", "hs", event("message", "m1"), isInterrupting="false"),
        user("u", camunda__assignee="${by}"),
        chain("hs", "u"),
        id="h",
        triggeredByEvent="true",
    )
    case = Case(process(start(), user("a"), chain("start", "a"), inner))
    case.deliver("m1", by="li").deliver("m1", by="wu")
    assert sorted(str(t.assignee) for t in case.tasks.values() if t.element_id == "u") == ["li", "wu"]


def test_terminate_ends_its_own_scope_only() -> None:
    inner = sub(
        start("i"),
        el("parallelGateway", "f"),
        user("x"),
        user("y"),
        el("endEvent", "t", event("terminate")),
        chain("i", "f", "x", "t"),
        chain("f", "y"),
    )
    case = Case(process(start(), inner, user("z"), end(), chain("start", "s", "z", "end")))
    case.complete("x")
    assert case.open == ["z"]
    assert case.complete("z").done


def test_terminate_ends_the_process() -> None:
    data = process(
        start(),
        user("a"),
        user("b"),
        el("endEvent", "t", event("terminate")),
        flow("start", "a"),
        flow("start", "b"),
        chain("a", "t"),
    )
    case = Case(data).complete("a")
    assert case.done
    assert [type(e) for e in case.effects].count(fx.TaskClosed) == 2


def test_interrupting_stops_scripts_at_once() -> None:
    """Nothing inside an interrupted scope runs any more."""
    inner = sub(
        start("i"),
        el("parallelGateway", "f"),
        el("endEvent", "t", event("error", "e1")),
        el("task", "x"),
        script("y", "late = 1"),
        chain("i", "f", "t"),
        chain("f", "x", "y"),
    )
    case = Case(
        process(start(), inner, boundary("b", "s", event("error")), user("z"), chain("start", "s"), chain("b", "z"))
    )
    assert case.open == ["z"]
    assert "late" not in case.variables


def test_a_condition_that_the_last_task_makes_true_begins_its_event_sub_process() -> None:
    """10.4.5, 13.4.4: the data changes while the sub-process is still there."""
    condition = event("conditional", inside="<bpmn:condition>k == 1</bpmn:condition>")
    handler = el("subProcess", "h", el("startEvent", "hs", condition), user("hu"), chain("hs", "hu"),
                 triggeredByEvent="true")  # fmt: skip
    inner = el("subProcess", "s", start("i"), user("u"), chain("i", "u"), handler)
    case = Case(process(start(), inner, user("z"), end(), chain("start", "s", "z", "end"))).complete("u", k=1)
    assert case.open == ["hu"] and case.trace == ["start", "i", "u", "hs"]
    assert case.complete("hu").open == ["z"]
