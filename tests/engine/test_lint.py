"""The rules of lint: for each a wrong diagram that is told, and a right one that is not."""

from __future__ import annotations

import pytest

from engine.reading import Known, read_definition
from engine.reading.definitions import read_and_check
from storage.errors import BadDiagram
from tests.engine.diagrams import (
    FUNCTIONS,
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    flow,
    form,
    process,
    properties,
    script,
    service,
    start,
    timer,
    user,
)

KNOWN = Known(
    handlers=frozenset({"h"}),
    checks=frozenset({"c"}),
    functions=FUNCTIONS,
    groups=frozenset({"clerk", "head"}),
    deadlines=frozenset({"R39"}),
    processes=frozenset({"q"}),
)


def told(data: bytes) -> set[tuple[str, str]]:
    """(rule, element) of everything lint has to say."""
    return {(finding.rule, finding.element_id) for finding in read_and_check("p", {"p.bpmn": data}, KNOWN)[1]}


def rules(data: bytes) -> set[str]:
    return {rule for rule, _ in told(data)}


def simple(*more: str) -> bytes:
    return process(start(), user("a", name="A"), end(), chain("start", "a", "end"), *more)


def task(text: str) -> bytes:
    return process(start(), text, end(), chain("start", "a", "end"))


RIGHT = simple()

WRONG = {
    "flow.dangling": (simple(flow("a", "nowhere")), "a-nowhere"),
    "element.unreachable": (simple(user("b", name="B"), chain("b", "end")), "b"),
    "element.no_end": (
        process(start(), user("a", name="A"), user("b", name="B"), chain("start", "a", "b", "a")),
        "start",
    ),
    "element.dead_end": (simple(flow("start", "b"), user("b", name="B")), "b"),
    "boundary.no_flow": (simple(boundary("t", "a", timer("timeDuration", "PT1H"))), "t"),
    "boundary.attached": (simple(boundary("t", "start", timer("timeDuration", "PT1H"))), "t"),
    "name.missing": (task(user("a")), "a"),
    "id.duplicate": (simple(el("task", "start")), "start"),
    "end.outgoing": (simple(el("task", "b"), chain("end", "b")), "end"),
    "event.incoming": (simple(chain("a", "start")), "start"),
    "event.kind": (process(start(), el("intermediateCatchEvent", "a", event("error", "e1")), chain("start", "a")), "a"),
    "event.none": (process(start(), el("intermediateCatchEvent", "a"), chain("start", "a")), "a"),
    "cancel.outside": (process(start(), el("endEvent", "a", event("cancel")), chain("start", "a")), "a"),
    "compensation.handler": (simple(boundary("c", "a", event("compensate"))), "c"),
    "compensation.unknown": (task(el("intermediateThrowEvent", "a", event("compensate", activityRef="x"))), "a"),
    "link.target": (
        process(start(), el("intermediateThrowEvent", "a", event("link", name="L")), chain("start", "a")),
        "a",
    ),
    "condition.missing": (
        process(
            start(),
            el("exclusiveGateway", "g"),
            user("a", name="A"),
            user("b", name="B"),
            chain("start", "g", "a"),
            chain("g", "b"),
        ),
        "g-a",
    ),
    "gateway.no_default": (
        process(
            start(),
            el("exclusiveGateway", "g"),
            end("x"),
            end("y"),
            chain("start", "g"),
            flow("g", "x", "n == 1"),
            flow("g", "y", "n == 2"),
        ),
        "g",
    ),
    "condition.ignored": (
        process(
            start(),
            el("parallelGateway", "g"),
            end("x"),
            end("y"),
            chain("start", "g"),
            flow("g", "x", "n == 1"),
            flow("g", "y"),
        ),
        "g-x",
    ),
    "event_gateway.target": (
        process(start(), el("eventBasedGateway", "g"), end("x"), end("y"), chain("start", "g", "x"), chain("g", "y")),
        "g-x",
    ),
    "handler.unknown": (task(service("a", "nobody")), "a"),
    "service.no_handler": (task(el("serviceTask", "a")), "a"),
    "check.unknown": (task(user("a", extension(properties(check="c, x")), name="A")), "a"),
    "form.unknown": (task(user("a", name="A", camunda__formKey="f")), "a"),
    "task.nobody": (task(el("userTask", "a", name="A")), "a"),
    "group.unknown": (task(user("a", name="A", camunda__candidateGroups="head@${unit}, boss")), "a"),
    "call.unknown": (task(el("callActivity", "a", calledElement="x")), "a"),
    "decision.unknown": (task(el("businessRuleTask", "a", camunda__decisionRef="x")), "a"),
    "deadline.unknown": (
        simple(boundary("t", "a", timer("timeDate", "deadline('R99')")), end("e"), chain("t", "e")),
        "t",
    ),
    "expression.syntax": (task(user("a", name="A", camunda__assignee="${a && b}")), "a"),
    "expression.unknown_function": (task(script("a", "x = open('f')")), "a"),
    "expression.not_allowed": (task(script("a", "import os")), "a"),
    "timer.syntax": (simple(boundary("t", "a", timer("timeDuration", "PT1X"))), "t"),
    "timer.missing": (simple(boundary("t", "a", event("timer"))), "t"),
    "event.parallel": (
        simple(
            el(
                "boundaryEvent",
                "t",
                event("error", "e1"),
                event("message", "m1"),
                attachedToRef="a",
                parallelMultiple="true",
            )
        ),
        "t",
    ),
    "event.interrupts": (simple(boundary("t", "a", event("error", "e1"), interrupting=False)), "t"),
    "link.flows": (
        simple(
            el("intermediateCatchEvent", "t", event("link", name="L")),
            el("intermediateThrowEvent", "l", event("link", name="L")),
            chain("a", "t"),
        ),
        "t",
    ),
    "compensation.scope": (
        simple(
            el("subProcess", "s", start("i"), user("b", name="B"), chain("i", "b")),
            el("intermediateThrowEvent", "t", event("compensate", activityRef="b")),
            chain("a", "s", "t"),
        ),
        "t",
    ),
    "message.unknown": (task(el("receiveTask", "a", messageRef="nothing")), "a"),
    "bpmn.unsupported": (task(el("userTask", "a", extension("<camunda:taskListener event='create'/>"), name="A")), "a"),
    "event_sub_process.start": (simple(el("subProcess", "s", start("i"), triggeredByEvent="true")), "s"),
    "sub_process.start": (task(el("subProcess", "a", el("startEvent", "i", event("message", "m1")))), "a"),
    "loop.endless": (task(el("task", "a", "<bpmn:standardLoopCharacteristics/>")), "a"),
    "loop.count": (task(el("task", "a", "<bpmn:multiInstanceLoopCharacteristics/>")), "a"),
    "soundness.deadlock": (
        process(
            start(),
            el("exclusiveGateway", "x", default="x-a"),
            user("a", name="A"),
            user("b", name="B"),
            el("parallelGateway", "j"),
            end(),
            chain("start", "x", "a", "j", "end"),
            flow("x", "b", "n == 1"),
            chain("b", "j"),
        ),
        "j",
    ),
    "soundness.may_deadlock": (
        process(
            start(),
            el("parallelGateway", "f"),
            user("a", name="A"),
            el("exclusiveGateway", "x", default="x-j"),
            el("parallelGateway", "j"),
            end(),
            end("away"),
            chain("start", "f", "a", "j", "end"),
            chain("f", "x", "j"),
            flow("x", "away", "n == 1"),
        ),
        "j",
    ),
    "soundness.unsynchronised": (
        process(
            start(),
            el("parallelGateway", "f"),
            el("task", "x"),
            el("task", "y"),
            user("a", name="A"),
            end(),
            chain("start", "f", "x", "a", "end"),
            chain("f", "y", "a"),
        ),
        "a",
    ),
}


def test_a_right_diagram_has_nothing_said_about_it() -> None:
    assert told(RIGHT) == set()


@pytest.mark.parametrize("rule", WRONG)
def test_wrong(rule: str) -> None:
    data, element = WRONG[rule]
    assert (rule, element) in told(data)
    for finding in read_and_check("p", {"p.bpmn": data}, KNOWN)[1]:
        assert finding.message_zh and finding.message_en.isascii()


def test_errors_refuse_and_name_the_element() -> None:
    with pytest.raises(BadDiagram) as caught:
        read_definition("p", {"p.bpmn": WRONG["handler.unknown"][0]}, KNOWN)
    assert caught.value.code == "handler.unknown" and caught.value.element == "a"
    assert caught.value.details[0]["element_id"] == "a"


def test_warnings_do_not_refuse() -> None:
    definition = read_definition("p", {"p.bpmn": WRONG["name.missing"][0]}, KNOWN)
    assert [finding.rule for finding in definition.findings] == ["name.missing"]


def test_a_definition_checked_before_is_read_again_without_the_checks() -> None:
    assert read_definition("p", {"p.bpmn": WRONG["handler.unknown"][0]}, None).key == "p"


@pytest.mark.parametrize(
    "data",
    [
        process(
            start(),
            el("parallelGateway", "f"),
            user("a", name="A"),
            user("b", name="B"),
            el("parallelGateway", "j"),
            end(),
            chain("start", "f", "a", "j", "end"),
            chain("f", "b", "j"),
        ),
        process(
            start(),
            el("inclusiveGateway", "f", default="f-a"),
            user("a", name="A"),
            user("b", name="B"),
            el("inclusiveGateway", "j"),
            end(),
            chain("start", "f", "a", "j", "end"),
            flow("f", "b", "n == 1"),
            chain("b", "j"),
        ),
        process(
            start(),
            el("exclusiveGateway", "m"),
            user("a", name="A"),
            el("exclusiveGateway", "x", default="x-end"),
            end(),
            chain("start", "m", "a", "x", "end"),
            flow("x", "m", "again == 1"),
        ),
        process(
            start(),
            el("subProcess", "s", start("i"), user("a", name="A"), chain("i", "a")),
            boundary("t", "s", timer("timeDuration", "PT1H"), interrupting=False),
            end(),
            end("e"),
            chain("start", "s", "end"),
            chain("t", "e"),
        ),
    ],
)
def test_no_false_alarm(data: bytes) -> None:
    assert told(data) == set()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (process(start()), {"start"}),
        (process(start(), el("parallelGateway", "g"), chain("start", "g")), {"g"}),
        (process(start(), user("a", name="A"), chain("start", "a")), set()),  # says nowhere where it ends
        (simple(el("adHocSubProcess", "s", el("task", "x"), el("task", "y")), chain("a", "s", "end")), set()),
        (
            simple(
                boundary("c", "a", event("compensate")),
                el("task", "undo", isForCompensation="true"),
                '<bpmn:association id="as" associationDirection="One" sourceRef="c" targetRef="undo"/>',
            ),
            set(),
        ),
    ],
)
def test_where_nothing_leads_on(data: bytes, where: set[str]) -> None:
    assert {element for rule, element in told(data) if rule == "element.dead_end"} == where


def test_a_shape_whose_place_is_no_number_is_told() -> None:
    shape = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"><bpmndi:BPMNShape bpmnElement="a">'
        '<dc:Bounds xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" x="far" y="0"/></bpmndi:BPMNShape>'
        "</bpmndi:BPMNDiagram>"
    )
    data = RIGHT.replace(b"</bpmn:definitions>", shape.encode() + b"</bpmn:definitions>")
    assert ("bpmn.structure", "") in told(data)


def test_a_property_left_empty_is_not_there() -> None:
    """A modeler writes the field of a template even when nobody filled it in."""
    empty = extension('<camunda:properties><camunda:property name="check" value=" "/></camunda:properties>')
    definition = read_definition("p", {"p.bpmn": task(user("a", empty, name="A"))}, KNOWN)
    assert definition.element("a").properties == {} and definition.findings == []


def test_variables_that_nothing_sets() -> None:
    schema = form("x")
    data = process(
        start("start", camunda__formKey="f"),
        user("a", name="A", camunda__formKey="f", camunda__assignee="${x}"),
        el("exclusiveGateway", "g", default="g-end"),
        end(),
        end("e"),
        chain("start", "a", "g"),
        flow("g", "e", "y == 1"),
        flow("g", "end"),
    )
    findings = read_and_check("p", {"p.bpmn": data, "f.form": schema}, KNOWN)[1]
    assert [(f.rule, f.element_id, f.severity) for f in findings] == [("variable.never_set", "g-e", "warning")]


@pytest.mark.parametrize(
    ("flows", "told_of"),
    [
        (chain("start", "r", "w", "end"), {"r"}),
        (chain("start", "w", "r", "end"), set()),
        (chain("start", "f", "r", "end") + chain("f", "w", "end"), set()),  # beside each other: it may have a value
        (chain("start", "f", "r", "w", "end") + chain("f", "w"), set()),
        (chain("start", "f", "w", "r", "end") + chain("f", "r"), set()),
        (chain("start", "r", "w", "f", "end") + chain("f", "r"), {"r"}),  # the first round has none
    ],
)
def test_what_is_read_before_it_is_set(flows: str, told_of: set[str]) -> None:
    data = process(
        start("start", camunda__formKey="n"),
        el("parallelGateway", "f") if '"f"' in flows else "",
        user("r", name="R", camunda__formKey="n", camunda__assignee="${x}"),
        user("w", name="W", camunda__formKey="x"),
        end(),
        flows,
    )
    files = {"p.bpmn": data, "n.form": form("n"), "x.form": form("x")}
    assert {f.element_id for f in read_and_check("p", files, KNOWN)[1] if f.rule == "variable.set_later"} == told_of
