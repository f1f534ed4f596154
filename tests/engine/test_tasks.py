"""The other tasks (formal/2011-01-03, 10.2.3, 13.2.3)."""

from __future__ import annotations

import pytest

from engine import effects as fx
from storage.errors import BadDiagram
from tests.engine.diagrams import (
    Case,
    Office,
    chain,
    el,
    end,
    extension,
    flow,
    form,
    parameters,
    process,
    properties,
    read,
    script,
    service,
    start,
    user,
)


def one(task: str, *more: str) -> bytes:
    return process(start(), task, user("z"), end(), chain("start", "a", "z", "end"), *more)


def test_task_and_manual_task_pass_at_once() -> None:
    assert Case(one(el("task", "a"))).open == ["z"]
    assert Case(one(el("manualTask", "a"))).open == ["z"]


def test_script_assigns_in_order() -> None:
    case = Case(one(script("a", "x = n + 1\ny = x * 2")), n=1)
    assert case.variables == {"n": 1, "x": 2, "y": 4}


def test_service_task_hands_a_job_to_its_handler_and_takes_its_result() -> None:
    task = service("a", "h", extension(parameters({"who": "${name}", "n": "${1 + 1}"}, {"got": "${answer}"})))
    case = Case(one(task), name="li")
    assert [(j.handler, dict(j.inputs)) for j in case.jobs.values()] == [("h", {"who": "li", "n": 2})]
    case.answer("a", answer=[1, 2], other=3)
    assert case.open == ["z"]
    assert case.variables == {"name": "li", "got": [1, 2]}  # input parameters are the task's own


def test_without_output_parameters_what_the_diagram_reads_becomes_variables() -> None:
    case = Case(process(start(), service("a", "h"), user("z", camunda__assignee="${seen}"), chain("start", "a", "z")))
    case.answer("a", seen="li", unseen=1)
    assert case.variables == {"seen": "li"}


def test_service_task_with_an_expression() -> None:
    case = Case(one(el("serviceTask", "a", camunda__expression="${n * 2}", camunda__resultVariable="m")), n=4)
    assert case.variables["m"] == 8


def test_send_task_sends_a_message_with_its_parameters() -> None:
    case = Case(one(el("sendTask", "a", extension(parameters({"x": "${n}"})), messageRef="m1")), n=3)
    assert case.thrown == [fx.MessageThrown(name="m1", correlation=None, payload={"x": 3})]
    assert case.open == ["z"]


def test_correlation_key_of_a_message() -> None:
    task = el("sendTask", "a", extension(properties(correlationKey="${n}-x")), messageRef="m1")
    assert Case(one(task), n=3).thrown[0].correlation == "3-x"


def test_receive_task_waits_for_its_message() -> None:
    case = Case(
        process(
            start(),
            el("receiveTask", "a", messageRef="m1"),
            user("z", camunda__assignee="${x}"),
            chain("start", "a", "z"),
        )
    )
    assert case.open == []
    case.deliver("m1", x="li", y=2)
    assert [t.assignee for t in case.tasks.values()] == ["li"]
    assert case.variables == {"x": "li"} and not case.subscriptions


def test_a_receive_task_without_a_message_waits_for_one_called_as_the_task() -> None:
    """10.2.3, table 10.10: a message MAY be named."""
    diagram = process(start(), el("receiveTask", "a"), user("z"), chain("start", "a", "z"))
    told = read(diagram).findings
    assert [(f.rule, f.severity) for f in told if f.element_id == "a"][:1] == [("message.missing", "warning")]
    assert Case(diagram).deliver("a").open == ["z"]
    with pytest.raises(BadDiagram, match=r"^message\.missing"):
        read(process(el("receiveTask", "a", instantiate="true"), user("z"), chain("a", "z")))


DMN = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="n">
<decision id="route" name="route"><decisionTable id="dt" hitPolicy="UNIQUE">
<input id="i"><inputExpression id="ie" typeRef="number"><text>n</text></inputExpression></input>
<output id="o" name="way" typeRef="string"/>
<rule id="r1"><inputEntry id="a1"><text>&lt; 10</text></inputEntry>
<outputEntry id="b1"><text>"small"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="a2"><text>&gt;= 10</text></inputEntry>
<outputEntry id="b2"><text>"big"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def test_business_rule_task_asks_a_table() -> None:
    task = el(
        "businessRuleTask",
        "a",
        camunda__decisionRef="route",
        camunda__resultVariable="r",
        camunda__mapDecisionResult="singleEntry",
    )
    case = Case(read(one(task), t_dmn=DMN), n=12)
    assert case.variables["r"] == "big"


def test_answers_with_a_form_become_variables_only_if_they_are_read_or_kept() -> None:
    schema = form("x", "y", "k")
    task = user("a", extension(properties(keep="k")), camunda__formKey="f")
    data = process(
        start(),
        task,
        el("exclusiveGateway", "g", default="g-z"),
        user("z"),
        end(),
        chain("start", "a", "g"),
        flow("g", "z"),
        flow("g", "end", "${x == '1'}"),
    )
    case = Case(read(data, f_form=schema)).complete("a", x="2", y="3", k="4")
    assert case.variables == {"x": "2", "k": "4"}


def test_candidates_may_depend_on_variables() -> None:
    task = user("a", camunda__candidateGroups="clerk, head@${unit},${more}", camunda__candidateUsers="${users}")
    case = Case(process(start(), task, chain("start", "a")), unit="u1", more=["x", "y"], users=["li"])
    opened = next(iter(case.tasks.values()))
    assert opened.candidate_groups == ["clerk", "head@u1", "x", "y"] and opened.candidate_users == ["li"]


def test_a_failing_task_is_an_incident_and_leaves_nothing_armed() -> None:
    case = Case(process(start(), user("a", camunda__assignee="${nobody}"), end(), chain("start", "a", "end")))
    assert case.incidents[0].code == "expression.unknown_variable" and not case.tasks
    assert case.state is not None and case.state.root is not None and case.state.root.variables is not None
    case.state.root.variables["nobody"] = "li"
    case.retry()
    assert case.open == ["a"]


def test_the_host_is_told_of_elements_with_properties() -> None:
    office = Office()
    data = process(
        start("start", extension(properties(caseState="in_handling"))), user("a"), end(), chain("start", "a", "end")
    )
    Case(data, office=office)
    assert office.log == [("passed", "start")]


def test_several_flows_out_of_an_activity_are_all_taken_and_conditional_ones_only_if_true() -> None:
    """Uncontrolled and conditional flows (10.3.2, 13.2.1)."""
    data = process(
        start(),
        user("a"),
        user("b"),
        user("c"),
        user("d"),
        chain("start", "a", "b"),
        flow("a", "c", "${n > 1}"),
        flow("a", "d", "${n > 2}"),
    )
    case = Case(data, n=2).complete("a")
    assert case.open == ["b", "c"]


def test_default_flow_of_an_activity() -> None:
    data = process(
        start(),
        user("a", default="a-c"),
        user("b"),
        user("c"),
        chain("start", "a"),
        flow("a", "b", "${n > 1}"),
        flow("a", "c"),
    )
    assert Case(data, n=2).complete("a").open == ["b"]
    assert Case(data, n=1).complete("a").open == ["c"]


def test_several_flows_into_an_activity_each_start_it() -> None:
    data = process(
        start(),
        el("parallelGateway", "f"),
        el("task", "x"),
        el("task", "y"),
        user("a"),
        end(),
        chain("start", "f", "x", "a", "end"),
        chain("f", "y", "a"),
    )
    case = Case(data)
    assert case.open == ["a", "a"]
    assert case.complete("a").complete("a").done


def test_a_throw_event_handled_by_a_handler() -> None:
    definition = '<bpmn:messageEventDefinition messageRef="m1" camunda:type="external" camunda:topic="h"/>'
    case = Case(one(el("intermediateThrowEvent", "a", definition)))
    assert [j.handler for j in case.jobs.values()] == ["h"]
    assert case.answer("a").open == ["z"]


def test_a_script_with_a_result_variable_is_an_expression() -> None:
    """As Camunda writes it: `scriptFormat="juel"` and `camunda:resultVariable`."""
    task = script("a", "${i + 1}").replace("<bpmn:scriptTask ", '<bpmn:scriptTask camunda:resultVariable="i" ')
    data = process(start(), task, chain("start", "a"))
    assert Case(data, i=1).variables == {"i": 2}
