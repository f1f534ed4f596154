"""Constructs inside each other; each trace follows from formal/2011-01-03, chapters 10 and 13, the clause is named."""

from __future__ import annotations

import pytest

from engine import effects as fx
from tests.engine.diagrams import (
    Case,
    boundary,
    chain,
    el,
    end,
    event,
    flow,
    process,
    read,
    script,
    start,
    timer,
    user,
)

MI = '<bpmn:multiInstanceLoopCharacteristics isSequential="{}" camunda:collection="${{items}}"/>'
ALL, EACH = MI.format("false"), MI.format("true")


def standard_loop(condition: str, **attributes: str) -> str:
    """Loop characteristics."""
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f"<bpmn:standardLoopCharacteristics{told}><bpmn:loopCondition>{condition}</bpmn:loopCondition>"
        "</bpmn:standardLoopCharacteristics>"
    )


def sub(id: str, *inside: str, tag: str = "subProcess", **attributes: str) -> str:
    """A sub-process."""
    return el(tag, id, *inside, **attributes)


def line(prefix: str, *between: str, last: str = "") -> str:
    """A start event, elements in a row and an end event, with ids that begin with `prefix`."""
    ids = [one.split('id="', 1)[1].split('"')[0] for one in between]
    return (
        start(f"{prefix}_s") + "".join(between) + end(f"{prefix}_e", last) + chain(f"{prefix}_s", *ids, f"{prefix}_e")
    )


def handler(id: str, definition: str, *between: str, interrupting: bool = True, last: str = "") -> str:
    """An event sub-process."""
    begin = el("startEvent", f"{id}_s", definition, isInterrupting=str(interrupting).lower())
    ids = [one.split('id="', 1)[1].split('"')[0] for one in between]
    return sub(id, begin, *between, end(f"{id}_e", last), chain(f"{id}_s", *ids, f"{id}_e"), triggeredByEvent="true")


def whole(*between: str, more: str = "") -> bytes:
    """A process: a start event, elements in a row, an end event, and what stands beside."""
    return process(line("p", *between), more)


def after(event_id: str, task: str) -> str:
    """A user task behind a boundary event, and its end."""
    return user(task) + end(f"{task}_end") + chain(event_id, task, f"{task}_end")


def throw(id: str, definition: str) -> str:
    return el("intermediateThrowEvent", id, definition)


# -- terminate, error, escalation in repeated activities ---------------------------------------------------------------


def test_terminate_in_one_instance_ends_that_instance_only() -> None:
    """10.4.3, table 10.88: of a multi-instance sub-process only the affected instance is terminated."""
    fork = (
        el("parallelGateway", "f")
        + user("x")
        + user("y")
        + start("b_s")
        + end("b_e")
        + end("stop", event("terminate"))
        + chain("b_s", "f", "x", "stop")
        + chain("f", "y", "b_e")
    )
    case = Case(whole(sub("s", ALL, fork), user("z")), items=[1, 2])
    assert case.complete("x").open == ["x", "y"]
    assert case.complete("y").complete("x").open == ["z"] and case.complete("z").done


def test_an_error_in_one_instance_ends_all_and_is_caught_at_the_whole() -> None:
    """13.2.7, 10.4.5: an error that the instance does not catch interrupts the activity with all its instances."""
    body = sub("s", ALL, line("b", user("x"), last=event("error", "e1")))
    case = Case(
        whole(body, user("z"), more=boundary("be", "s", event("error", "e1")) + after("be", "h")), items=[1, 2, 3]
    )
    assert case.complete("x").open == ["h"] and case.complete("h").done


def test_an_error_handler_of_an_instance_leaves_the_others_alone() -> None:
    """13.4.4: the event sub-process belongs to the instance in which the error was thrown."""
    body = sub(
        "s", ALL, line("b", user("x"), last=event("error", "e1")), handler("h", event("error", "e1"), user("hu"))
    )
    case = Case(whole(body, user("z")), items=[1, 2])
    assert case.complete("x").open == ["hu", "x"]
    assert case.complete("hu").open == ["x"]
    assert case.complete("x").complete("hu").open == ["z"]


def test_escalations_of_instances_reach_the_boundary_each() -> None:
    """10.4.5, 13.4.3: an event that interrupts nothing happens as often as it is thrown."""
    body = sub("s", ALL, line("b", user("x"), throw("t", event("escalation", "x1")), user("y")))
    beside = boundary("be", "s", event("escalation", "x1"), interrupting=False) + after("be", "h")
    case = Case(whole(body, user("z"), more=beside), items=[1, 2])
    assert case.complete("x").complete("x").open == ["h", "h", "y", "y"]
    assert case.complete("y").complete("y").complete("h").complete("h").open == ["z"]


def test_terminate_in_a_loop_ends_the_round_and_the_loop_goes_on() -> None:
    """10.4.3, 13.2.6: the round completes, then the condition is looked at."""
    loop = standard_loop("loopCounter &lt; 2")
    case = Case(whole(sub("s", loop, line("b", user("x"), last=event("terminate"))), user("z")))
    assert case.complete("x").open == ["x"] and case.complete("x").open == ["z"]


# -- calls -------------------------------------------------------------------------------------------------------------


def called(*between: str, last: str = "") -> bytes:
    return process(line("q", *between, last=last), id="q")


def calling(*beside: str, more: str = "") -> bytes:
    return whole(el("callActivity", "c", more, calledElement="q"), user("z"), more="".join(beside))


def test_an_escalation_of_a_called_process_is_caught_at_its_call_or_further_out() -> None:
    """10.4.5: escalations go outwards through the call."""
    inner = called(user("u"), throw("t", event("escalation", "x1")), user("v"))
    at_call = boundary("be", "c", event("escalation", "x1"), interrupting=False) + after("be", "h")
    case = Case(calling(at_call), inner)
    assert case.complete("u").open == ["h", "v"] and case.complete("v").open == ["h", "z"]
    outside = handler("o", event("escalation", "x1"), user("ou"))
    case = Case(calling(outside), inner)
    assert case.complete("u").open == ["ou"] and case.complete("ou").done


def test_a_cycle_beside_a_call() -> None:
    """13.4.3: three times, and never again once the call has ended."""
    late = boundary("late", "c", timer("timeCycle", "R3/PT1H"), interrupting=False) + after("late", "h")
    case = Case(calling(late), called(user("u")))
    case.fire("late").fire("late")
    assert case.open == ["h", "h", "u"]
    case.complete("u")
    assert case.open == ["h", "h", "z"] and not case.timers


def test_a_signal_of_a_called_process_reaches_every_scope_of_the_instance() -> None:
    """10.4.5: a signal is for all that wait for it, in whatever scope."""
    inner = called(user("u"), throw("t", event("signal", "s1")))
    wait = el("intermediateCatchEvent", "w", event("signal", "s1"))
    diagram = process(
        start("p_s"),
        el("parallelGateway", "f"),
        el("callActivity", "c", calledElement="q"),
        wait,
        user("after_w"),
        sub("s", line("b", user("x"))),
        end("p_e"),
        chain("p_s", "f", "c", "p_e"),
        chain("f", "w", "after_w", "p_e"),
        chain("f", "s", "p_e"),
        boundary("be", "s", event("signal", "s1")),
        after("be", "h"),
        handler("o", event("signal", "s1"), user("ou"), interrupting=False),
    )
    assert Case(diagram, inner).complete("u").open == ["after_w", "h", "ou"]


def test_an_error_two_calls_deep() -> None:
    """10.4.5: from the inner call through the outer one to its boundary; everything inside is gone."""
    inner = process(line("r", user("deep"), last=event("error", "e1")), id="r")
    middle = process(
        start("q_s"),
        el("parallelGateway", "f"),
        el("callActivity", "d", calledElement="r"),
        user("side"),
        end("q_e"),
        chain("q_s", "f", "d", "q_e"),
        chain("f", "side", "q_e"),
        id="q",
    )
    caught = boundary("be", "c", event("error", "e1")) + after("be", "h")
    case = Case(calling(caught), read(middle, "q"), read(inner, "r"))
    assert case.open == ["deep", "side"]
    assert case.complete("deep").open == ["h"] and case.complete("h").done


# -- event sub-processes -----------------------------------------------------------------------------------------------


def test_a_sub_process_waits_for_its_handlers_and_takes_more_events_meanwhile() -> None:
    """13.2.4, 13.4.4: it completes with the last token, those of its handlers included."""
    body = sub("s", line("b", user("x")), handler("h", event("message", "m1"), user("hu"), interrupting=False))
    case = Case(whole(body, user("z"))).deliver("m1").complete("x")
    assert case.open == ["hu"]
    assert case.complete("hu").open == ["z"] and not case.subscriptions


def test_a_boundary_event_takes_the_handlers_of_its_activity_with_it() -> None:
    """13.4.3: an interrupted activity ends with all that runs inside, handlers included."""
    body = sub("s", line("b", user("x")), handler("h", event("message", "m1"), user("hu"), interrupting=False))
    case = Case(whole(body, user("z"), more=boundary("be", "s", event("message", "m2")) + after("be", "k")))
    assert case.deliver("m1").deliver("m1").deliver("m2").open == ["k"]


def test_a_signal_end_event_begins_a_handler_of_its_own_process() -> None:
    """10.4.3: the instance lasts until the handler has ended."""
    diagram = process(
        line("p", user("a"), last=event("signal", "s1")),
        handler("h", event("signal", "s1"), user("hu"), interrupting=False),
    )
    case = Case(diagram).complete("a")
    assert case.open == ["hu"] and case.complete("hu").done


def test_one_interrupting_handler_shuts_the_others_out() -> None:
    """13.4.4: the scope is interrupted once; its other handlers begin no more."""
    diagram = process(
        line("p", user("a")),
        handler("h", event("message", "m1"), user("hu")),
        handler("k", event("message", "m2"), user("ku"), interrupting=False),
        handler("l", timer("timeDuration", "PT1H"), user("lu")),
    )
    case = Case(diagram).deliver("m1")
    assert case.open == ["hu"] and not case.timers and not case.subscriptions


def test_an_event_sub_process_in_each_instance_in_a_transaction_that_is_cancelled() -> None:
    """13.4.4, 10.2.5: a handler in one instance; the cancellation ends all instances and undoes what was done."""
    each = sub("s", ALL, line("b", user("x")), handler("h", event("message", "m1"), user("hu"), interrupting=False))
    undo = boundary("cx", "x0", event("compensate")) + user("ux", isForCompensation="true")
    undo += '<bpmn:association id="as" sourceRef="cx" targetRef="ux"/>'
    inside = (
        start("t_s")
        + user("x0")
        + undo
        + el("parallelGateway", "f")
        + each
        + user("k")
        + end("t_e")
        + end("t_c", event("cancel"))
        + chain("t_s", "x0", "f", "s", "t_e")
        + chain("f", "k", "t_c")
    )
    cancelled = boundary("bc", "t", event("cancel")) + after("bc", "h2")
    case = Case(whole(sub("t", inside, tag="transaction"), user("z"), more=cancelled), items=[1, 2])
    case.complete("x0").deliver("m1")
    assert case.open == ["hu", "k", "x", "x"]
    assert case.complete("k").open == ["ux"]
    assert case.complete("ux").open == ["h2"] and case.complete("h2").done


# -- compensation ------------------------------------------------------------------------------------------------------


def undoable(task: str) -> str:
    """A user task with a compensation handler `u<task>`."""
    return (
        user(task)
        + boundary(f"c{task}", task, event("compensate"))
        + user(f"u{task}", isForCompensation="true")
        + f'<bpmn:association id="as_{task}" sourceRef="c{task}" targetRef="u{task}"/>'
    )


def test_a_throw_in_an_event_sub_process_undoes_what_its_scope_has_done() -> None:
    """10.6.1: from an event sub-process the activities of the scope around it are compensated."""
    inside = line("b", user("x"), last=event("error", "e1")).replace(user("x"), undoable("x") + user("y")).replace(
        chain("x", "b_e"), chain("x", "y", "b_e")
    ) + handler("h", event("error", "e1"), throw("t", event("compensate")), user("hu"))
    case = Case(whole(sub("s", inside), user("z")))
    assert case.complete("x").complete("y").open == ["ux"]
    assert case.complete("ux").open == ["hu"] and case.complete("hu").open == ["z"]


def test_what_was_interrupted_or_has_not_completed_is_not_undone() -> None:
    """10.6: only completed activities are compensated."""
    diagram = process(
        start("s"),
        undoable("a"),
        undoable("b"),
        boundary("be", "b", event("message", "m1")),
        throw("t", event("compensate")),
        end("e"),
        chain("s", "a", "b", "e"),
        chain("be", "t"),
        chain("t", "e"),
    )
    case = Case(diagram).complete("a").deliver("m1")
    assert case.open == ["ua"] and case.complete("ua").done


def test_each_round_of_a_loop_is_undone_and_then_what_was_before_it() -> None:
    """13.4.5, table 10.27: as often as it completed, the last first."""
    loop = '<bpmn:standardLoopCharacteristics loopMaximum="2"/>'
    diagram = process(
        start("s"),
        undoable("a"),
        undoable("b").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>", 1),
        throw("t", event("compensate")),
        end("e"),
        chain("s", "a", "b", "t", "e"),
    )
    case = Case(diagram).complete("a").complete("b").complete("b")
    passed: list[str] = []
    while case.open:
        (task,) = case.open
        passed.append(task)
        case.complete(task)
    assert passed == ["ub", "ub", "ua"] and case.done


def test_a_cancelled_inner_transaction_leaves_the_outer_one_running() -> None:
    """10.2.5: cancel ends the transaction it stands in; the outer one undoes what is left to undo."""
    inner = sub(
        "t2", start("i_s") + undoable("x") + end("i_c", event("cancel")) + chain("i_s", "x", "i_c"), tag="transaction"
    )
    outer = (
        start("o_s")
        + undoable("a")
        + inner
        + boundary("bi", "t2", event("cancel"))
        + user("k")
        + end("o_e")
        + end("o_c", event("cancel"))
        + chain("o_s", "a", "t2", "o_e")
        + chain("bi", "k", "o_c")
    )
    case = Case(
        whole(
            sub("t1", outer, tag="transaction"),
            user("z"),
            more=boundary("bo", "t1", event("cancel")) + after("bo", "h"),
        )
    )
    assert case.complete("a").complete("x").open == ["ux"]
    assert case.complete("ux").open == ["k"] and case.complete("k").open == ["ua"]
    assert case.complete("ua").open == ["h"]


def test_an_error_in_a_transaction_undoes_nothing_by_itself() -> None:
    """10.2.5: a hazard leaves the transaction without compensation."""
    inside = start("t_s") + undoable("x") + end("t_e", event("error", "e1")) + chain("t_s", "x", "t_e")
    caught = boundary("be", "t", event("error", "e1")) + after("be", "h")
    assert Case(whole(sub("t", inside, tag="transaction"), user("z"), more=caught)).complete("x").open == ["h"]


# -- conditions, messages, gateways ------------------------------------------------------------------------------------


def test_a_condition_is_met_by_what_another_branch_writes_each_time_it_turns_true() -> None:
    """10.4.5, 13.4.3: it happens when the condition becomes true, not while it stays so."""
    diagram = process(
        start("s"),
        el("parallelGateway", "f"),
        user("a"),
        el("exclusiveGateway", "m"),
        user("b"),
        script("w", "n = n + 1"),
        end("e"),
        chain("s", "f", "a", "e"),
        chain("f", "m", "b", "w", "m"),
        boundary(
            "be", "a", event("conditional", inside="<bpmn:condition>n % 2 == 1</bpmn:condition>"), interrupting=False
        ),
        after("be", "h"),
    )
    case = Case(diagram, n=0).complete("b")
    assert case.open == ["a", "b", "h"]
    assert case.complete("b").open == ["a", "b", "h"]
    assert case.complete("b").open == ["a", "b", "h", "h"]


def test_a_message_goes_to_one_of_those_who_wait_for_it() -> None:
    """10.4.5: unlike a signal it has one receiver."""
    both = [el("intermediateCatchEvent", f"w{n}", event("message", "m1")) for n in (1, 2)]
    diagram = process(
        start("s"),
        el("parallelGateway", "f"),
        *both,
        user("v1"),
        user("v2"),
        end("e"),
        chain("s", "f", "w1", "v1", "e"),
        chain("f", "w2", "v2", "e"),
    )
    case = Case(diagram).deliver("m1")
    assert len(case.open) == 1 and case.deliver("m1").open == ["v1", "v2"]


def test_an_event_based_gateway_takes_a_condition_that_holds_and_a_signal_of_the_instance() -> None:
    """13.3.4: the first event decides."""

    def diagram(condition: str) -> bytes:
        return process(
            start("s"),
            el("parallelGateway", "f"),
            el("eventBasedGateway", "g"),
            user("u"),
            throw("t", event("signal", "s1")),
            el(
                "intermediateCatchEvent",
                "c1",
                event("conditional", inside=f"<bpmn:condition>{condition}</bpmn:condition>"),
            ),
            el("intermediateCatchEvent", "c2", event("signal", "s1")),
            user("v1"),
            user("v2"),
            end("e"),
            chain("s", "f", "g", "c1", "v1", "e"),
            chain("g", "c2", "v2", "e"),
            chain("f", "u", "t", "e"),
        )

    assert Case(diagram("n == 1"), n=1).open == ["u", "v1"]
    case = Case(diagram("n == 1"), n=0)
    assert case.complete("u").open == ["v2"] and not case.subscriptions


def test_an_inclusive_pair_in_a_loop_waits_for_its_own_round() -> None:
    """13.3.3: the tokens of a round are joined before the next one begins."""
    diagram = process(
        start("s"),
        el("exclusiveGateway", "m"),
        el("inclusiveGateway", "f"),
        user("a"),
        user("b"),
        el("inclusiveGateway", "j"),
        el("exclusiveGateway", "x", default="x-e"),
        end("e"),
        chain("s", "m", "f"),
        flow("f", "a", "n >= 0"),
        flow("f", "b", "n % 2 == 0"),
        chain("a", "j"),
        chain("b", "j"),
        script("w", "n = n + 1"),
        chain("j", "w", "x"),
        flow("x", "m", "n < 3"),
        flow("x", "e"),
    )
    case = Case(diagram, n=0)
    assert case.open == ["a", "b"] and case.complete("a").open == ["b"]
    assert case.complete("b").open == ["a"]
    assert case.complete("a").open == ["a", "b"]
    assert case.complete("b").open == ["a"] and case.complete("a").done


def test_two_links_to_one_target_in_a_sub_process() -> None:
    """10.4.5: several sources may lead to one target of the same scope."""
    links = [throw(f"l{n}", '<bpmn:linkEventDefinition name="L"/>') for n in (1, 2)]
    inside = (
        start("b_s")
        + el("exclusiveGateway", "x", default="x-l2")
        + "".join(links)
        + el("intermediateCatchEvent", "lt", '<bpmn:linkEventDefinition name="L"/>')
        + user("u")
        + end("b_e")
        + chain("b_s", "x")
        + flow("x", "l1", "n == 1")
        + flow("x", "l2")
        + chain("lt", "u", "b_e")
    )
    for n in (1, 2):
        case = Case(whole(sub("s", inside), user("z")), n=n)
        assert case.trace[-2:] == [f"l{n}", "lt"] and case.open == ["u"] and case.complete("u").open == ["z"]


def test_counts_inside_repetitions_inside_each_other() -> None:
    """Table 10.30: nrOf… are those of the innermost activity; a condition ends just that one."""
    done = "<bpmn:completionCondition>nrOfCompletedInstances == 2</bpmn:completionCondition>"
    inner = user("x", ALL.replace("/>", f">{done}</bpmn:multiInstanceLoopCharacteristics>").replace("items", "three"))
    case = Case(whole(sub("s", EACH, line("b", inner)), user("z")), items=["p", "q"], three=[1, 2, 3])
    assert case.open == ["x"] * 3
    assert case.complete("x").complete("x").open == ["x"] * 3
    assert case.complete("x").complete("x").open == ["z"]


def test_a_signal_interrupts_a_task_in_each_round_of_a_loop_in_the_diagram() -> None:
    """13.4.3: armed anew with each activation."""
    diagram = process(
        start("s"),
        el("exclusiveGateway", "m"),
        user("a"),
        end("e"),
        chain("s", "m", "a", "e"),
        boundary("be", "a", event("signal", "s1")),
        chain("be", "m"),
    )
    case = Case(diagram)
    for _ in range(3):
        case.deliver("s1")
        assert case.open == ["a"] and len(case.subscriptions) == 1
    assert case.complete("a").done


def test_an_error_end_cancels_what_runs_beside_it_in_its_scope() -> None:
    """10.4.3: the scope that the error leaves ends with all its tokens."""
    inside = (
        start("b_s")
        + el("parallelGateway", "f")
        + user("x")
        + user("y")
        + end("b_x", event("error", "e1"))
        + end("b_e")
        + chain("b_s", "f", "x", "b_x")
        + chain("f", "y", "b_e")
        + boundary("bt", "y", timer("timeDuration", "PT1H"))
        + end("b_t")
        + chain("bt", "b_t")
    )
    case = Case(whole(sub("s", inside), user("z"), more=boundary("be", "s", event("error", "e1")) + after("be", "h")))
    assert case.complete("x").open == ["h"] and not case.timers


def test_an_interrupting_escalation_cancels_its_thrower() -> None:
    """10.4.5: the branch behind the throw does not go on."""
    body = sub("s", line("b", user("x"), throw("t", event("escalation", "x1")), user("y")))
    case = Case(whole(body, user("z"), more=boundary("be", "s", event("escalation", "x1")) + after("be", "h")))
    assert case.complete("x").open == ["h"]


def test_an_uncaught_error_of_a_called_process_is_an_incident_at_its_end_event() -> None:
    """10.4.5 leaves it open; nothing runs on as if it had succeeded."""
    case = Case(calling(), called(user("u"), last=event("error", "e1"))).complete("u")
    assert [(i.code, i.element_id) for i in case.incidents] == [("error.uncaught", "q_e")] and case.open == []


@pytest.mark.parametrize(("before", "most", "rounds"), [("false", "2", 2), ("false", "1", 1), ("true", "2", 2)])
def test_the_maximum_of_a_loop_whose_condition_stays_true(before: str, most: str, rounds: int) -> None:
    """Table 10.26: the maximum ends what the condition would not."""
    loop = standard_loop("True", testBefore=before, loopMaximum=most)
    case = Case(whole(user("a", loop), user("z")))
    for _ in range(rounds):
        assert case.open == ["a"]
        case.complete("a")
    assert case.open == ["z"]


def test_completing_with_the_last_of_several_tokens_at_an_end() -> None:
    """13.1, 13.5: the instance ends exactly when its last token does."""
    diagram = process(
        start("s"),
        el("parallelGateway", "f"),
        user("a"),
        user("b"),
        el("exclusiveGateway", "m"),
        user("c"),
        end("e"),
        chain("s", "f", "a", "m", "c", "e"),
        chain("f", "b", "m"),
    )
    case = Case(diagram).complete("a").complete("b")
    assert case.open == ["c", "c"] and not case.complete("c").done and case.complete("c").done
    assert [e for e in case.effects if isinstance(e, fx.InstanceEnded)]
