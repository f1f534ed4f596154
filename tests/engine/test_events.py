"""Start, intermediate and end events (formal/2011-01-03, 10.4, 13.4)."""

from __future__ import annotations

from datetime import timedelta

from engine import commands as cmd
from engine import effects as fx
from tests.engine.diagrams import (
    NOW,
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
    read,
    start,
    timer,
    user,
)


def test_none_events_pass() -> None:
    case = Case(process(start(), el("intermediateThrowEvent", "a"), end(), chain("start", "a", "end")))
    assert case.done and case.trace == ["start", "a", "end"]


def test_message_start() -> None:
    data = process(
        start(),
        el("startEvent", "ms", event("message", "m1")),
        user("a"),
        user("b"),
        chain("start", "a"),
        chain("ms", "b"),
    )
    definition = read(data)
    assert definition.message_starts == {"m1": "ms"}
    assert Case(definition).open == ["a"]
    case = Case(definition, message="m1", x=1)
    assert case.open == ["b"] and case.variables == {"x": 1}


def test_signal_and_timer_starts() -> None:
    definition = read(
        process(
            el("startEvent", "a", event("signal", "s1")),
            el("startEvent", "b", timer("timeCycle", "R/P1D")),
            user("u"),
            chain("a", "u"),
            chain("b", "u"),
        )
    )
    assert definition.signal_starts == {"s1": ["a"]} and list(definition.timer_starts) == ["b"]
    assert Case(definition, element="b").open == ["u"]


def test_catch_message_timer_signal_condition() -> None:
    condition = event("conditional", inside="<bpmn:condition>${n == 1}</bpmn:condition>")
    for definition, act in (
        (event("message", "m1"), lambda c: c.deliver("m1")),
        (event("signal", "s1"), lambda c: c.deliver("s1")),
        (timer("timeDuration", "P1D"), lambda c: c.fire("a")),
        (condition, lambda c: c.complete("side", n=1)),
    ):
        data = process(
            start(),
            el("intermediateCatchEvent", "a", definition),
            user("b"),
            user("side"),
            flow("start", "side"),
            chain("start", "a", "b"),
        )
        case = Case(data)
        assert case.open == ["side"]
        act(case)
        assert "b" in case.open


def test_a_condition_that_holds_already_happens_at_once() -> None:
    condition = event("conditional", inside="<bpmn:condition>${n == 1}</bpmn:condition>")
    data = process(start(), el("intermediateCatchEvent", "a", condition), user("b"), chain("start", "a", "b"))
    assert Case(data, n=1).open == ["b"]
    assert Case(data, n=2).open == []


def test_throw_message_and_signal() -> None:
    payload = extension(parameters({"x": "${n}"}))
    for kind, ref, thrown in (
        ("message", "m1", fx.MessageThrown(name="m1", correlation=None, payload={"x": 1})),
        ("signal", "s1", fx.SignalThrown(name="s1", payload={"x": 1})),
    ):
        for tag in ("intermediateThrowEvent", "endEvent"):
            case = Case(process(start(), el(tag, "a", payload, event(kind, ref)), chain("start", "a")), n=1)
            assert case.thrown == [thrown] and case.done


def test_a_signal_reaches_everyone_in_the_instance() -> None:
    data = process(
        start(),
        user("a"),
        el("intermediateThrowEvent", "t", event("signal", "s1")),
        user("c"),
        el("intermediateCatchEvent", "w", event("signal", "s1")),
        user("b"),
        end(),
        chain("start", "a", "t", "c", "end"),
        chain("start", "w", "b", "end"),
    )
    case = Case(data).complete("a")
    assert case.open == ["b", "c"]


def test_link() -> None:
    data = process(
        start(),
        el("intermediateThrowEvent", "t", event("link", name="L")),
        el("intermediateCatchEvent", "c", event("link", name="L")),
        user("a"),
        end(),
        chain("start", "t"),
        chain("c", "a", "end"),
    )
    case = Case(data)
    assert case.open == ["a"]
    assert case.complete("a").done


def test_error_end_is_caught_at_the_sub_process() -> None:
    inner = el(
        "subProcess",
        "s",
        start("i"),
        user("x"),
        user("y"),
        el("endEvent", "e", event("error", "e1")),
        chain("i", "x", "e"),
        chain("i", "y"),
    )
    data = process(
        start(), inner, boundary("b", "s", event("error", "e1")), user("z"), chain("start", "s"), chain("b", "z")
    )
    assert Case(data).complete("x").open == ["z"]


def test_an_uncaught_error_is_an_incident_not_success() -> None:
    data = process(
        start(),
        user("a"),
        user("b"),
        el("endEvent", "e", event("error", "e1")),
        chain("start", "a", "e"),
        flow("start", "b"),
    )
    case = Case(data).complete("a")
    assert case.incidents[0].code == "error.uncaught" and case.open == ["b"]
    case.complete("b")
    assert case.ended is None


def test_escalation_not_interrupting_lets_the_thrower_go_on() -> None:
    inner = el(
        "subProcess",
        "s",
        start("i"),
        el("intermediateThrowEvent", "t", event("escalation", "x1")),
        user("x"),
        chain("i", "t", "x"),
    )
    for interrupting, expected in ((False, ["x", "z"]), (True, ["z"])):
        data = process(
            start(),
            inner,
            boundary("b", "s", event("escalation", "x1"), interrupting=interrupting),
            user("z"),
            chain("start", "s"),
            chain("b", "z"),
        )
        assert Case(data).open == expected
    assert Case(process(start(), inner, chain("start", "s"))).open == ["x"]  # nobody catches it: nothing happens


def test_multiple_catch_takes_the_first_and_parallel_multiple_all() -> None:
    both = event("message", "m1") + event("signal", "s1")
    data = process(start(), el("intermediateCatchEvent", "a", both), user("b"), chain("start", "a", "b"))
    assert Case(data).deliver("s1").open == ["b"]
    data = process(
        start(), el("intermediateCatchEvent", "a", both, parallelMultiple="true"), user("b"), chain("start", "a", "b")
    )
    case = Case(data).deliver("s1")
    assert case.open == []
    assert case.deliver("m1").open == ["b"]


def test_event_definition_ref() -> None:
    roots = (
        '<bpmn:timerEventDefinition id="soon"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>'
    )
    data = process(
        start(),
        el("intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>soon</bpmn:eventDefinitionRef>"),
        user("b"),
        chain("start", "a", "b"),
        roots=roots,
    )
    assert Case(data).fire("a").open == ["b"]


def test_cancelling_takes_everything_back() -> None:
    data = process(
        start(),
        user("a"),
        boundary("t", "a", timer("timeDuration", "PT1H")),
        el("receiveTask", "r", messageRef="m1"),
        end(),
        chain("start", "a", "end"),
        flow("start", "r"),
        chain("t", "end"),
    )
    case = Case(data)
    case.do(cmd.Cancel(reason="x"))
    assert case.ended is not None and not case.ended.completed
    assert not case.tasks and not case.timers and not case.subscriptions


def test_an_answer_after_a_message_is_not_hidden_by_it() -> None:
    """What came with a message travels with the token; what the token writes later counts."""
    decide = el("exclusiveGateway", "x", default="x-z")
    data = process(
        start(), el("intermediateCatchEvent", "m", event("message", "m1")), user("a"), decide, user("y"), user("z"),
        chain("start", "m", "a", "x", "z"), flow("x", "y", "${c == 2}"),
    )  # fmt: skip
    case = Case(data, c=0).deliver("m1", c=1)
    assert case.complete("a", c=2).open == ["y"]


def test_each_firing_sees_what_came_with_its_own_message() -> None:
    beside = boundary("b", "a", event("message", "m1"), interrupting=False)
    data = process(
        start(), user("a"), beside, user("u"), el("exclusiveGateway", "x", default="x-z"), user("y"), user("z"),
        end(), chain("start", "a", "end"), chain("b", "u", "x", "z"), flow("x", "y", "${c == 1}"),
    )  # fmt: skip
    case = Case(data, c=0).deliver("m1", c=1).deliver("m1", c=2)
    assert case.complete("u").open == ["a", "u", "y"]
    assert case.complete("u").open == ["a", "y", "z"]


def test_a_signal_waits_for_those_who_are_on_the_way_to_catch_it() -> None:
    """13.2 leaves the order of concurrent tokens open: whoever is on the way is there when it is thrown."""
    data = process(
        start(),
        el("parallelGateway", "g"),
        el("intermediateThrowEvent", "t", event("signal", "s1")),
        el("task", "slow"),
        el("intermediateCatchEvent", "c", event("signal", "s1")),
        end(),
        end("end2"),
        chain("start", "g", "t", "end"),
        chain("g", "slow", "c", "end2"),
    )
    assert Case(data).done


def test_a_parallel_multiple_start_waits_for_all_its_messages() -> None:
    """10.4.6: the process goes on when all have come; they find it by their correlation."""
    both = event("message", "m1") + event("message", "m2")
    data = process(el("startEvent", "start", both, parallelMultiple="true"), user("a"), chain("start", "a"))
    case = Case(data, message="m2", x=1)
    assert case.open == [] and [s.name for s in case.subscriptions.values()] == ["m1"]
    assert case.deliver("m1").open == ["a"]
    assert case.variables == {"x": 1}
    either = data.replace(b' parallelMultiple="true"', b"")
    assert Case(either, message="m2").open == ["a"]


def test_errors_and_escalations_without_a_code_catch_all_but_first_their_own() -> None:
    """Table 10.90: a catching event whose error has no code is triggered by any error."""
    for kind, catcher in (("error", ""), ("escalation", "")):
        roots = f'<bpmn:{kind} id="bare" name="bare"/><bpmn:{kind} id="other" name="other"/>'
        for thrown, caught in (("bare", "b1"), ("other", "b2"), (f"{'e' if kind == 'error' else 'x'}1", "b1")):
            inner = el("subProcess", "s", start("i"), el("endEvent", "e", event(kind, thrown)), chain("i", "e"))
            data = process(
                start(),
                inner,
                boundary("b1", "s", event(kind, "bare")),
                boundary("b2", "s", event(kind, "other")),
                user("b1-task"),
                user("b2-task"),
                chain("start", "s"),
                chain("b1", "b1-task"),
                chain("b2", "b2-task"),
                roots=roots,
            )
            assert Case(data).open == [f"{caught}-task"], (kind, catcher, thrown)


def test_an_error_that_the_file_does_not_define_is_its_own_code() -> None:
    inner = el("subProcess", "s", start("i"), el("endEvent", "e", event("error", "E1")), chain("i", "e"))
    data = process(
        start(), inner, boundary("b", "s", event("error", "e1")), user("z"), chain("start", "s"), chain("b", "z")
    )
    assert Case(data).open == ["z"]
    assert [f.severity for f in read(data).findings if f.rule == "error.unknown"] == ["warning"]


def test_a_process_that_starts_a_while_after_its_deployment() -> None:
    """10.4.5: a timer start event with a duration is counted from when the process is there."""
    data = process(el("startEvent", "start", timer("timeDuration", "P1DT2H")), user("a"), chain("start", "a"))
    (begins,) = read(data).timer_starts.values()
    first = begins.first(NOW)
    assert first == NOW + timedelta(days=1, hours=2)
    assert begins.next_after(first, first, deployed=NOW) is None


def test_a_throw_that_ends_its_own_branch_is_in_the_history() -> None:
    for kind, ref in (("escalation", "x1"), ("signal", "s1")):
        inner = el(
            "subProcess", "s", start("i"), user("u"), el("endEvent", "e", event(kind, ref)), chain("i", "u", "e")
        )
        data = process(
            start(), inner, boundary("b", "s", event(kind, ref)), user("z"), chain("start", "s"), chain("b", "z")
        )
        assert Case(data).complete("u").trace == ["start", "i", "u", "e", "b"], kind
