"""Multi-instance activities and standard loops (formal/2011-01-03, 10.2.8, 13.2.6, 13.2.7)."""

from __future__ import annotations

import pytest

from engine.state import encode
from engine.stepping import Limits
from storage.errors import BadDiagram
from tests.engine.diagrams import (
    Case,
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


def multi(*inside: str, sequential: bool = False, **attributes: str) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" '
        + " ".join(f'{n.replace("__", ":")}="{v}"' for n, v in attributes.items())
        + f">{''.join(inside)}</bpmn:multiInstanceLoopCharacteristics>"
    )


def count(text: str) -> str:
    return f"<bpmn:loopCardinality>{text}</bpmn:loopCardinality>"


def until(text: str) -> str:
    return f"<bpmn:completionCondition>{text}</bpmn:completionCondition>"


def around(task: str) -> bytes:
    return process(start(), task, user("z"), end(), chain("start", "a", "z", "end"))


EACH = multi(camunda__collection="${units}", camunda__elementVariable="unit")


def test_at_the_same_time_for_each_item() -> None:
    case = Case(around(user("a", EACH, camunda__candidateGroups="head@${unit}")), units=["x", "y", None])
    assert case.open == ["a"] * 3 or case.incidents
    case = Case(around(user("a", EACH, camunda__candidateGroups="head@${unit}")), units=["x", "y"])
    assert sorted(t.candidate_groups[0] for t in case.tasks.values()) == ["head@x", "head@y"]
    case.complete("a")
    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["z"] and "unit" not in case.variables and "loopCounter" not in case.variables


def test_in_turn_also_over_nothing() -> None:
    each = multi(sequential=True, camunda__collection="items", camunda__elementVariable="item")
    case = Case(around(user("a", each)), items=[1, None, 3])
    for _ in range(3):
        assert case.open == ["a"]
        case.complete("a")
    assert case.open == ["z"]


@pytest.mark.parametrize("sequential", [True, False])
def test_none_is_done_at_once(sequential: bool) -> None:
    assert Case(around(user("a", multi(count("0"), sequential=sequential)))).open == ["z"]


def test_completion_condition_cancels_the_rest() -> None:
    task = user("a", multi(count("5"), until("${nrOfCompletedInstances &gt;= 2}")))
    case = Case(around(task)).complete("a")
    assert case.open == ["a"] * 4
    assert case.complete("a").open == ["z"]
    assert len(case.last_closed) == 4


def test_counts_are_visible() -> None:
    task = script(
        "a", "seen = get('seen', []) + [[loopCounter, nrOfInstances, nrOfActiveInstances, nrOfCompletedInstances]]"
    )
    data = around(task.replace("<bpmn:script>", multi(count("3"), sequential=True) + "<bpmn:script>"))
    assert Case(data).variables["seen"] == [[0, 3, 1, 0], [1, 3, 1, 1], [2, 3, 1, 2]]


def test_outputs_are_collected_in_the_order_of_the_items() -> None:
    loop = multi(
        "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="item"/><bpmn:outputDataItem id="result"/>'
    )
    case = Case(around(service("a", "h", loop)), items=["p", "q"])
    second = list(case.jobs.values())[1]
    from engine import commands as cmd

    del case.jobs[second.job_id]
    case.do(cmd.JobDone(job_id=second.job_id, result={"result": 2}))
    case.answer("a", result=1)
    assert case.variables["results"] == [1, 2]


OWN = (
    "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="item"/><bpmn:outputDataItem id="result"/>'
)


def instance_of(loop: str, *tasks: str) -> bytes:
    ids = [task.split('id="')[1].split('"')[0] for task in tasks]
    return around(el("subProcess", "a", loop, start("i"), *tasks, end("e"), chain("i", *ids, "e")))


@pytest.mark.parametrize("sequential", [False, True])
def test_each_instance_of_a_sub_process_has_its_own_output_item(sequential: bool) -> None:
    """10.2.8: the output item is one instance's, however the instances run into each other."""
    nested = el("subProcess", "n", start("ni"), script("t", "result = item * 2"), end("ne"), chain("ni", "t", "ne"))
    case = Case(instance_of(multi(OWN, sequential=sequential), nested), items=[1, 2, 3])
    assert case.variables["results"] == [2, 4, 6] and "result" not in case.variables


def test_what_is_written_to_an_item_is_read_in_that_instance_only() -> None:
    """10.2.8, 10.3.1: the input item lives in the instance."""
    twice, take = script("w", "item = item * 2"), script("r", "result = item")
    case = Case(instance_of(multi(OWN), twice, user("x"), take), items=[1, 2])
    case.complete("x", item=7).complete("x")
    assert case.variables == {"items": [1, 2], "results": [7, 4]}
    task = around(script("a", "item = item + 1").replace("<bpmn:script>", multi(OWN) + "<bpmn:script>"))
    assert Case(task, items=[1, 2]).variables == {"items": [1, 2], "results": [None, None]}


def test_the_completion_condition_sees_the_output_item_of_the_instance_that_completes() -> None:
    """10.2.8, 13.2.7: it is asked each time an instance completes."""
    loop = multi(OWN, until("${result == 'no'}"))
    case = Case(instance_of(loop, user("x"), user("y")), items=[1, 2, 3])
    case.complete("x", result="yes").complete("x", result="no").complete("x", result="yes")
    assert case.complete("y").open == ["y", "y"]
    assert case.complete("y").open == ["z"] and case.variables["results"] == ["yes", "no", None]


def test_boundary_timer_covers_all_instances() -> None:
    data = process(
        start(),
        user("a", multi(count("3"))),
        boundary("t", "a", timer("timeDuration", "PT1H")),
        user("z"),
        chain("start", "a"),
        chain("t", "z"),
    )
    case = Case(data).complete("a")
    assert len(case.timers) == 1
    assert case.fire("t").open == ["z"]


def test_sub_process_for_each_item() -> None:
    inner = el(
        "subProcess", "a", EACH, start("i"), user("x", camunda__assignee="${unit}"), end("e"), chain("i", "x", "e")
    )
    case = Case(around(inner), units=["p", "q"])
    assert sorted(str(t.assignee) for t in case.tasks.values()) == ["p", "q"]
    case.complete("x").complete("x")
    assert case.open == ["z"]
    assert case.complete("z").done


def test_bad_counts_are_incidents() -> None:
    for number in (-1, "x", 20000, 1.5):
        case = Case(around(user("a", multi(count("${n}")))), limits=Limits(instances=10_000), n=number)
        assert len(case.incidents) == 1 and case.open == []
    assert Case(around(user("a", EACH)), units=5).incidents[0].code == "multi_instance.collection"


def test_five_thousand_items() -> None:
    case = Case(around(user("a", multi(count("5000")))))
    assert len(case.tasks) == 5000
    for _ in range(20):
        case.complete("a")
    assert case.state is not None and case.state.tokens_by_element() == {"a": 1}
    case = Case(around(user("a", multi(count("5000"), sequential=True))))
    sizes = []
    for _ in range(100):
        case.complete("a")
        sizes.append(len(encode(case.state)))  # type: ignore[arg-type]
    assert max(sizes) - min(sizes) < 20  # longer numbers, nothing more


def loop(condition: str = "", maximum: str = "", before: str = "false") -> str:
    inside = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    most = f' loopMaximum="{maximum}"' if maximum else ""
    return f'<bpmn:standardLoopCharacteristics testBefore="{before}"{most}>{inside}</bpmn:standardLoopCharacteristics>'


def test_loop_with_test_after() -> None:
    case = Case(around(user("a", loop("${not ok}"))))
    case.complete("a", ok=False).complete("a", ok=True)
    assert case.open == ["z"]


def test_loop_with_test_before_and_maximum() -> None:
    assert Case(around(user("a", loop("${n &lt; 1}", before="true"))), n=1).open == ["z"]
    case = Case(around(user("a", loop(maximum="2"))))
    assert case.complete("a").open == ["a"]
    assert case.complete("a").open == ["z"]
    task = script("a", "n = n + 1").replace("<bpmn:script>", loop("${loopCounter &lt; 4}") + "<bpmn:script>")
    assert Case(around(task), n=0).variables["n"] == 4


def with_behavior(kind: str, inside: str = "", *, interrupting: bool = False, **refs: str) -> bytes:
    """Three in turn; what they throw is caught on the boundary and leads to `said`."""
    signal = event("signal", "s1").replace("<bpmn:signalEventDefinition", '<bpmn:signalEventDefinition id="thrown"')
    return process(
        start(),
        user("a", multi(count("3"), inside, sequential=True, behavior=kind, **refs)),
        boundary("b", "a", event("signal", "s1"), interrupting=interrupting),
        user("said"),
        user("z"),
        end(),
        chain("start", "a", "z", "end"),
        chain("b", "said"),
        roots=signal,
    )


def test_behavior_none_throws_at_each_completion_and_one_at_the_first() -> None:
    """Table 10.30: `behavior` with `noneBehaviorEventRef` and `oneBehaviorEventRef`."""
    none = Case(with_behavior("None", noneBehaviorEventRef="thrown"))
    none.complete("a").complete("a").complete("a")
    assert none.open == ["said", "said", "said", "z"]
    one = Case(with_behavior("One", oneBehaviorEventRef="thrown"))
    one.complete("a")
    assert one.open == ["a", "said"]
    assert one.complete("a").complete("a").open == ["said", "z"]
    ends = Case(with_behavior("One", oneBehaviorEventRef="thrown", interrupting=True)).complete("a")
    assert ends.open == ["said"]  # caught by an interrupting event: the other instances are cancelled
    assert Case(with_behavior("All")).complete("a").open == ["a"]


def test_behavior_complex_throws_when_its_condition_holds() -> None:
    """Table 10.31: each condition is looked at when an instance completes."""
    complex_ = (
        "<bpmn:complexBehaviorDefinition><bpmn:condition>nrOfCompletedInstances == 2</bpmn:condition>"
        f'<bpmn:event id="implicit">{event("signal", "s1")}</bpmn:event></bpmn:complexBehaviorDefinition>'
    )
    case = Case(with_behavior("Complex", complex_)).complete("a")
    assert case.open == ["a"]
    assert case.complete("a").open == ["a", "said"]
    assert case.thrown[0].payload == {
        "nrOfInstances": 3,
        "nrOfActiveInstances": 0,
        "nrOfCompletedInstances": 2,
        "nrOfTerminatedInstances": 0,
    }


def test_behaviors_that_cannot_run_are_refused_by_name() -> None:
    for data, code in (
        (with_behavior("One", oneBehaviorEventRef="nowhere"), "event.ref"),
        (with_behavior("Complex", "<bpmn:complexBehaviorDefinition/>"), "behavior.complex"),
        (with_behavior("All").replace(b">3<", b">-3<"), "loop.count"),
    ):
        with pytest.raises(BadDiagram) as caught:
            read(data)
        assert caught.value.code == code and caught.value.element == "a"
    assert "behavior.event" in {finding.rule for finding in read(with_behavior("None")).findings}


def test_scripts_at_the_same_time_each_give_their_own_output() -> None:
    loop = multi(
        "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="item"/><bpmn:outputDataItem id="result"/>'
    )
    task = script("a", "result = item * 2").replace("<bpmn:script>", loop + "<bpmn:script>")
    assert Case(around(task), items=[1, 2, 3]).variables["results"] == [2, 4, 6]
