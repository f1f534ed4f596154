"""Every rule of docs/lint-rules.md: a file that breaks it is told, and the file put right is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.findings import Finding
from engine.reading.definitions import read_and_check
from tests.engine.diagrams import (
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    file,
    flow,
    form,
    parameters,
    process,
    properties,
    script,
    service,
    start,
    timer,
    user,
)
from tests.engine.test_correlation import KEY
from tests.engine.test_data import inputs
from tests.engine.test_decisions import LITERAL, dmn, needs, table
from tests.engine.test_lint import KNOWN, RIGHT, WRONG, simple, task

PAGE = Path(__file__).parents[2] / "docs" / "lint-rules.md"
Files = dict[str, bytes]
DATA = '<bpmn:dataObject id="D" name="D"/>'
SUBSCRIPTION = (
    '<bpmn:correlationSubscription id="CS" correlationKeyRef="K"><bpmn:correlationPropertyBinding '
    'correlationPropertyRef="P_no"><bpmn:dataPath>mine</bpmn:dataPath></bpmn:correlationPropertyBinding>'
    "</bpmn:correlationSubscription>"
)
A = user("a", name="A")
HOUR = timer("timeDuration", "PT1H")
LOOP = "<bpmn:standardLoopCharacteristics"
MULTI = "<bpmn:multiInstanceLoopCharacteristics"
LINK = event("link", name="L")
UNDO = el("task", "u", isForCompensation="true")
ASSOCIATION = '<bpmn:association id="as" associationDirection="One" sourceRef="c" targetRef="u"/>'


def files(diagram: bytes, **others: bytes) -> Files:
    """`p.bpmn` and others by name: `f_form` is `f.form`."""
    return {"p.bpmn": diagram, **{name.replace("_", "."): data for name, data in others.items()}}


def pair(wrong: bytes, right: bytes) -> tuple[Files, Files]:
    return files(wrong), files(right)


def change(diagram: bytes, old: str, new: str) -> tuple[Files, Files]:
    """A diagram that is wrong, and right once `old` is written as `new`."""
    assert old.encode() in diagram
    return pair(diagram, diagram.replace(old.encode(), new.encode()))


def schema(*wrong: dict[str, Any], right: list[dict[str, Any]] | None = None) -> tuple[Files, Files]:
    """A form beside a right diagram."""

    def made(components: Any) -> bytes:
        told = {"type": "default", "id": "f", "schemaVersion": 16, "components": components}
        return json.dumps(told).encode()

    put_right = [{"type": "textfield", "key": "a"}] if right is None else right
    return files(RIGHT, f_form=made(list(wrong))), files(RIGHT, f_form=made(put_right))


def text_field(**more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": "a", **more}


NUMBER = [("n", "number")]
TEXT = [("a", "string")]


def decisions(wrong: bytes, right: bytes) -> tuple[Files, Files]:
    """A table beside a right diagram."""
    return files(RIGHT, t_dmn=wrong), files(RIGHT, t_dmn=right)


def tables(wrong: list[Any], right: list[Any], **options: Any) -> tuple[Files, Files]:
    """Two tables of one numeric input and one text: the rules are wrong, and right."""
    return decisions(dmn(table(NUMBER, TEXT, wrong, **options)), dmn(table(NUMBER, TEXT, right, **options)))


def catching(definition: str) -> bytes:
    return task(el("intermediateCatchEvent", "a", definition))


def throwing(definition: str) -> bytes:
    return task(el("intermediateThrowEvent", "a", definition))


def called(*inside: str, **attributes: str) -> bytes:
    return task(el("callActivity", "a", *inside, **{"calledElement": "q", **attributes}))


def starting(*events: str) -> bytes:
    """A process with these start events beside the plain one."""
    more = [el("startEvent", f"b{n}", one) + chain(f"b{n}", "a") for n, one in enumerate(events)]
    return process(start(), *more, A, end(), chain("start", "a", "end"))


def choice(*, kind: str = "exclusiveGateway", one: str | None = "n == 1", default: bool = True) -> bytes:
    gateway = el(kind, "g", **({"default": "g-y"} if default else {}))
    return process(start(), gateway, end("x"), end("y"), chain("start", "g"), flow("g", "x", one), flow("g", "y"))


def race(*definitions: str, follow: str = "") -> bytes:
    """An event-based gateway with these events after it."""
    events = [el("intermediateCatchEvent", f"c{n}", d) + chain("g", f"c{n}", "end") for n, d in enumerate(definitions)]
    return process(start(), el("eventBasedGateway", "g"), *events, end(), chain("start", "g"), follow)


def transaction(boundaries: str) -> bytes:
    inside = start("i") + el("endEvent", "c", event("cancel")) + chain("i", "c")
    return process(start(), el("transaction", "a", inside), boundaries, end(), end("e"), chain("start", "a", "end"))


def variables(read: str) -> Files:
    diagram = process(
        start("start", camunda__formKey="f"),
        el("exclusiveGateway", "g", default="g-y"),
        end("x"),
        end("y"),
        chain("start", "g"),
        flow("g", "x", f"{read} == 1"),
        flow("g", "y"),
    )
    return files(diagram, f_form=form("x"))


def later(first: str, second: str) -> Files:
    """Task `a` sets `x`, task `b` reads it."""
    diagram = process(
        start("start", camunda__formKey="f"),
        user("a", name="A", camunda__formKey="x"),
        user("b", name="B", camunda__formKey="y", camunda__assignee="${x}"),
        end(),
        chain("start", first, second, "end"),
    )
    return files(diagram, f_form=form("n"), x_form=form("x"), y_form=form("y"))


MESSAGE, SIGNAL = event("message", "m1"), event("signal", "s1")
LOOPED = "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
COMPLEX = (
    "<bpmn:complexBehaviorDefinition><bpmn:condition>True</bpmn:condition><bpmn:event>"
    f"{event('signal', 's1')}</bpmn:event></bpmn:complexBehaviorDefinition>"
)
PATH = "<bpmn:messagePath>no</bpmn:messagePath>"
ASSIGNED = "<bpmn:assignment><bpmn:from>1</bpmn:from><bpmn:to>/a/b</bpmn:to></bpmn:assignment>"
INSIDE_UNDO = start("i") + A + boundary("c", "a", event("compensate")) + UNDO + ASSOCIATION + chain("i", "a")


def behaving(kind: str, inside: str = "") -> bytes:
    loop = f'{MULTI} behavior="{kind}">{LOOPED}{inside}</bpmn:multiInstanceLoopCharacteristics>'
    return task(el("task", "a", loop))


def data(reads: str) -> bytes:
    return task(DATA + user("a", reads, name="A"))


def receiving(subscription: str = "", roots: str = KEY) -> bytes:
    receive = el("receiveTask", "a", messageRef="m1")
    return process(subscription, start(), receive, end(), chain("start", "a", "end"), roots=roots)


def talking(awaited: str) -> bytes:
    """Two pools: `p` throws m1 along a message flow, `q` awaits another message, or the same."""
    throws = start() + el("intermediateThrowEvent", "t", event("message", "m1")) + end() + chain("start", "t", "end")
    begins = el("startEvent", "b", event("message", awaited)) + el("task", "w") + end("stop") + chain("b", "w", "stop")
    flows = '<bpmn:collaboration id="C"><bpmn:messageFlow id="F" sourceRef="t" targetRef="b"/></bpmn:collaboration>'
    pools = (f'<bpmn:process id="{id}" isExecutable="true">{inside}</bpmn:process>' for id, inside in
             (("p", throws), ("q", begins)))  # fmt: skip
    return file(*pools, roots=flows)


def undoing(id: str) -> str:
    """A compensation event sub-process."""
    begins = el("startEvent", f"{id}s", event("compensate"))
    return el("subProcess", id, begins, el("task", f"{id}t"), chain(f"{id}s", f"{id}t"), triggeredByEvent="true")


def beside(event_: str) -> bytes:
    return simple(event_, end("stop"), chain("b", "stop"))


def linked(*flows: str) -> bytes:
    throw, catch = el("intermediateThrowEvent", "t", LINK), el("intermediateCatchEvent", "a", LINK)
    return process(start(), throw, catch, end(), *flows)


OTHER_TOOLS = {
    "activity.quantity": change(task(user("a", name="A", startQuantity="0")), 'Quantity="0"', 'Quantity="1"'),
    "attribute.ignored": change(task(user("a", name="A", camunda__priority="5")), ' camunda:priority="5"', ""),
    "attribute.value": change(task(user("a", name="A", isForCompensation="no")), '"no"', '"false"'),
    "element.ignored": change(task(user("a", "<bpmn:ioBinding/>", name="A")), "<bpmn:ioBinding/>", ""),
    "expression.language": change(
        RIGHT.replace(b' id="def', b' expressionLanguage="groovy" id="def'), ' expressionLanguage="groovy"', ""
    ),
    "script.language": change(
        task(script("a", "x = 1")).replace(b"<bpmn:scriptTask", b'<bpmn:scriptTask scriptFormat="js"'),
        '"js"',
        '"banjie"',
    ),
    "message.not_offered": change(
        beside(el("boundaryEvent", "b", extension(properties(messageGroups="c")), MESSAGE, attachedToRef="a")),
        'name="messageGroups" value="c"',
        'name="messageTitle" value="C"',
    ),
    "message_flow.mismatch": pair(talking("m2"), talking("m1")),
    "timer.several": change(
        beside(
            boundary("b", "a", HOUR.replace("</bpmn:timerE", "<bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerE"))
        ),
        "<bpmn:timeCycle>R/PT1H</bpmn:timeCycle>",
        "",
    ),
    "start.incoming": change(
        task(el("receiveTask", "a", messageRef="m1", instantiate="true")), ' instantiate="true"', ""
    ),
    "loop.both": change(
        task(el("task", "a", f'{LOOP} loopMaximum="3"/>', f"{MULTI}>{LOOPED}</bpmn:multiInstanceLoopCharacteristics>")),
        f'{LOOP} loopMaximum="3"/>',
        "",
    ),
    "behavior.event": change(behaving("None"), '"None"', '"All"'),
    "behavior.complex": change(
        behaving("Complex", "<bpmn:complexBehaviorDefinition/>"), "<bpmn:complexBehaviorDefinition/>", COMPLEX
    ),
    "data.unknown": change(data(inputs(("nowhere", "given"))), "nowhere", "D"),
    "data.assignment": change(data(inputs(("D", "given"), more=ASSIGNED)), "/a/b", "given"),
    "correlation.path": change(receiving(roots=KEY.replace(PATH, "<bpmn:messagePath/>")), "<bpmn:messagePath/>", PATH),
    "correlation.binding": change(
        receiving(SUBSCRIPTION.replace("P_no", "P")), 'PropertyRef="P"', 'PropertyRef="P_no"'
    ),
    "event.parallel": change(
        beside(
            el(
                "boundaryEvent",
                "b",
                event("error", "e1"),
                event("message", "m1"),
                attachedToRef="a",
                parallelMultiple="true",
            )
        ),
        ' parallelMultiple="true"',
        "",
    ),
    "event.interrupts": change(
        beside(boundary("b", "a", event("error", "e1"), interrupting=False)), '"false"', '"true"'
    ),
    "link.flows": pair(linked(chain("start", "t", "a", "end")), linked(chain("start", "t"), chain("a", "end"))),
    "compensation.outermost": pair(
        simple(undoing("h")),
        task(el("subProcess", "a", start("i"), user("b", name="B"), chain("i", "b"), undoing("h"))),
    ),
    "compensation.scope": change(
        process(
            start(),
            el("subProcess", "s", INSIDE_UNDO),
            el("intermediateThrowEvent", "t", event("compensate", activityRef="a")),
            end(),
            chain("start", "s", "t", "end"),
        ),
        'activityRef="a"',
        'activityRef="s"',
    ),
}


PAIRS: dict[str, tuple[Files, Files]] = {
    # -- the whole file
    "file.missing": ({}, files(RIGHT)),
    "process.key": change(RIGHT, 'id="p"', 'id="other"')[::-1],
    "bpmn.structure": change(RIGHT, '<bpmn:signal id="s2"', "<bpmn:signal")[::-1],
    "bpmn.unsupported": change(WRONG["bpmn.unsupported"][0], "<camunda:taskListener event='create'/>", ""),
    "id.missing": change(simple("<bpmn:task/>"), "<bpmn:task/>", ""),
    "id.duplicate": pair(WRONG["id.duplicate"][0], RIGHT),
    "flow.dangling": pair(WRONG["flow.dangling"][0], RIGHT),
    "parameter.name": change(task(user("a", extension(parameters({"案 号": "1"})), name="A")), "案 号", "case_no"),
    "name.missing": pair(WRONG["name.missing"][0], RIGHT),
    # -- beginnings and ends
    "process.empty": pair(
        task(el("subProcess", "a")), task(el("subProcess", "a", start("i"), end("j"), chain("i", "j")))
    ),
    "start.missing": pair(process(A, end(), chain("a", "end")), RIGHT),
    "start.several": pair(process(start(), start("s"), A, end(), chain("start", "a", "end"), chain("s", "a")), RIGHT),
    "start.name": pair(
        file(
            f'<bpmn:process id="p" isExecutable="true">{start()}{el("startEvent", "s", event("message", "mx"))}{A}'
            f"{end()}{chain('start', 'a', 'end')}{chain('s', 'a')}</bpmn:process>",
            roots='<bpmn:message id="mx" name="${x}"/>',
        ),
        starting(MESSAGE),
    ),
    "start.twice": pair(starting(MESSAGE, MESSAGE), starting(MESSAGE, event("message", "m2"))),
    "start.condition": change(
        starting(event("conditional", inside="<bpmn:condition>${level == 3}</bpmn:condition>")), "level", "today()"
    ),
    "start.timer": change(starting(timer("timeDate", '${deadline("R39")}')), "${deadline(\"R39\")}", "2027-01-01"),
    "start.interrupting": change(
        simple().replace(b'<bpmn:startEvent id="start"', b'<bpmn:startEvent id="start" isInterrupting="false"'),
        ' isInterrupting="false"', "",
    ),
    "sub_process.start": change(
        task(el("subProcess", "a", el("startEvent", "i", MESSAGE), end("j"), chain("i", "j"))), MESSAGE, ""
    ),
    "ad_hoc.events": pair(
        task(el("adHocSubProcess", "a", start("i"), user("b", name="B"), chain("i", "b"))),
        task(el("adHocSubProcess", "a", user("b", name="B"))),
    ),
    "condition.not_boolean": change(
        behaving("All", "<bpmn:completionCondition>23</bpmn:completionCondition>"), "23", "nrOfCompletedInstances == 1"
    ),
    "call.no_start": change(
        file(
            f'<bpmn:process id="p" isExecutable="true">{start()}{el("callActivity", "c", calledElement="q")}{end()}'
            f"{chain('start', 'c', 'end')}</bpmn:process>",
            f'<bpmn:process id="q" isExecutable="true">{el("startEvent", "s", MESSAGE)}{end("e")}{chain("s", "e")}'
            "</bpmn:process>",
        ),
        MESSAGE,
        "",
    ),
    "end.outgoing": pair(WRONG["end.outgoing"][0], simple()),
    "event.incoming": pair(WRONG["event.incoming"][0], RIGHT),
    "element.unreachable": change(
        simple(user("b", name="B"), chain("b", "end")), chain("b", "end"), flow("a", "b") + flow("b", "end")
    ),
    "element.dead_end": change(WRONG["element.dead_end"][0], flow("start", "b"), flow("start", "b") + flow("b", "end")),
    "element.no_end": pair(
        WRONG["element.no_end"][0],
        process(
            start(), A, user("b", name="B"), el("exclusiveGateway", "g", default="g-a"), end(),
            chain("start", "a", "b", "g", "a"), flow("g", "end", "x"),
        ),
    ),
    # -- gateways
    "condition.missing": pair(choice(one=None, default=False), choice()),
    "condition.default": change(
        process(
            start(), el("exclusiveGateway", "g", default="g-y"), end("x"), end("y"), chain("start", "g"),
            flow("g", "x", "n == 1"), flow("g", "y", "n == 2"),
        ),
        flow("g", "y", "n == 2"), flow("g", "y"),
    ),
    "condition.ignored": change(WRONG["condition.ignored"][0], flow("g", "x", "n == 1"), flow("g", "x")),
    "gateway.no_default": change(WRONG["gateway.no_default"][0], '<bpmn:exclusiveGateway id="g"',
                                 '<bpmn:exclusiveGateway id="g" default="g-y"'),
    "gateway.parallel_event": change(
        race(MESSAGE, SIGNAL).replace(b'Gateway id="g"', b'Gateway id="g" eventGatewayType="Parallel"'),
        ' eventGatewayType="Parallel"', "",
    ),
    "event_gateway.one": pair(race(MESSAGE), race(MESSAGE, HOUR)),
    "event_gateway.target": pair(WRONG["event_gateway.target"][0], race(MESSAGE, HOUR)),
    # -- soundness
    "soundness.deadlock": change(WRONG["soundness.deadlock"][0], "parallelGateway", "exclusiveGateway"),
    "soundness.may_deadlock": pair(
        WRONG["soundness.may_deadlock"][0],
        process(
            start(), el("parallelGateway", "f"), A, user("x", name="X"), el("parallelGateway", "j"), end(),
            chain("start", "f", "a", "j", "end"), chain("f", "x", "j"),
        ),
    ),
    "soundness.unsynchronised": pair(
        WRONG["soundness.unsynchronised"][0],
        process(
            start(), el("parallelGateway", "f"), el("task", "x"), el("task", "y"), el("parallelGateway", "j"), A, end(),
            chain("start", "f", "x", "j", "a", "end"), chain("f", "y", "j"),
        ),
    ),
    # -- events
    "event.none": pair(catching(""), catching(HOUR)),
    "event.kind": pair(catching(event("terminate")), catching(MESSAGE)),
    "event.several": change(simple(
        el("boundaryEvent", "b", MESSAGE, event("error", "e1"), attachedToRef="a"),
        el("endEvent", "e", event("terminate"), MESSAGE), chain("b", "e"),
    ), event("terminate"), ""),
    "event.ref": pair(
        catching("<bpmn:eventDefinitionRef>nothing</bpmn:eventDefinitionRef>"),
        process(
            start(), el("intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>d</bpmn:eventDefinitionRef>"), end(),
            chain("start", "a", "end"),
            roots='<bpmn:timerEventDefinition id="d"><bpmn:timeDuration>PT1H</bpmn:timeDuration>'
            "</bpmn:timerEventDefinition>",
        ),
    ),
    "message.missing": pair(catching(event("message")), catching(MESSAGE)),
    "signal.missing": pair(catching(event("signal")), catching(SIGNAL)),
    "message.unknown": pair(catching(event("message", "x")), catching(MESSAGE)),
    "signal.unknown": pair(catching(event("signal", "x")), catching(SIGNAL)),
    "error.missing": pair(simple(el("endEvent", "e", event("error")), flow("a", "e")),
                          simple(el("endEvent", "e", event("error", "e1")), flow("a", "e"))),
    "error.unknown": pair(simple(el("endEvent", "e", event("error", "x")), flow("a", "e")),
                          simple(el("endEvent", "e", event("error", "e1")), flow("a", "e"))),
    "escalation.missing": pair(throwing(event("escalation")), throwing(event("escalation", "x1"))),
    "escalation.unknown": pair(throwing(event("escalation", "x")), throwing(event("escalation", "x1"))),
    "link.target": pair(
        WRONG["link.target"][0],
        process(start(), el("intermediateThrowEvent", "a", LINK), el("intermediateCatchEvent", "b", LINK), end(),
                chain("start", "a"), chain("b", "end")),
    ),
    "link.several": change(
        process(start(), el("intermediateThrowEvent", "a", LINK), el("intermediateCatchEvent", "b", LINK),
                end(), chain("start", "a"), chain("b", "end"), el("intermediateCatchEvent", "c", LINK),
                chain("c", "end")),
        el("intermediateCatchEvent", "c", LINK) + chain("c", "end"), "",
    ),
    "timer.missing": pair(catching(event("timer")), catching(HOUR)),
    "timer.syntax": change(catching(timer("timeDuration", "P3X")), "P3X", "P3D"),
    "timer.cycle": pair(catching(timer("timeCycle", "R3/PT1H")), catching(HOUR)),
    "boundary.attached": change(
        simple(boundary("t", "start", HOUR), end("e"), chain("t", "e")), 'attachedToRef="start"', 'attachedToRef="a"'
    ),
    "boundary.none": change(
        simple(boundary("t", "a", "<!-- -->"), end("e"), chain("t", "e")), "<!-- -->", HOUR
    ),
    "boundary.no_flow": pair(simple(boundary("t", "a", HOUR)), simple(boundary("t", "a", HOUR), flow("t", "end"))),
    "event_sub_process.flows": change(
        simple(
            el("subProcess", "s", el("startEvent", "i", SIGNAL), end("j"), chain("i", "j"), triggeredByEvent="true"),
            flow("a", "s"),
        ),
        flow("a", "s"), "",
    ),
    "event_sub_process.start": change(
        simple(el("subProcess", "s", el("startEvent", "i", "<!-- -->"), end("j"), chain("i", "j"),
                  triggeredByEvent="true")),
        "<!-- -->", SIGNAL,
    ),
    "cancel.outside": change(simple(el("endEvent", "e", event("cancel")), flow("a", "e")), event("cancel"), ""),
    "cancel.no_boundary": pair(
        transaction(""), transaction(boundary("b", "a", event("cancel")) + chain("b", "e"))
    ),
    "compensation.handler": change(
        simple(boundary("c", "a", event("compensate")), UNDO, "<!-- -->"), "<!-- -->", ASSOCIATION
    ),
    "compensation.flows": change(
        simple(boundary("c", "a", event("compensate")), UNDO, ASSOCIATION, flow("u", "end")), flow("u", "end"), ""
    ),
    "compensation.unknown": change(
        WRONG["compensation.unknown"][0], 'activityRef="x"', ""
    ),
    "compensation.unused": change(
        simple(UNDO, "<!-- -->"), "<!-- -->", boundary("c", "a", event("compensate")) + ASSOCIATION
    ),
    # -- tasks
    "task.nobody": pair(WRONG["task.nobody"][0], RIGHT),
    "group.unknown": change(WRONG["group.unknown"][0], "boss", "clerk"),
    "form.unknown": (files(WRONG["form.unknown"][0]), files(WRONG["form.unknown"][0], f_form=form("x"))),
    "check.unknown": change(WRONG["check.unknown"][0], "c, x", "c"),
    "handler.unknown": change(WRONG["handler.unknown"][0], "nobody", "h"),
    "service.no_handler": pair(WRONG["service.no_handler"][0], task(service("a", "h"))),
    "decision.unknown": (
        files(WRONG["decision.unknown"][0]),
        files(WRONG["decision.unknown"][0], t_dmn=dmn(LITERAL.format("x", "1", ""))),
    ),
    "decision.mapping": (
        files(task(el("businessRuleTask", "a", camunda__decisionRef="x", camunda__mapDecisionResult="first")),
              t_dmn=dmn(LITERAL.format("x", "1", ""))),
        files(task(el("businessRuleTask", "a", camunda__decisionRef="x", camunda__mapDecisionResult="singleEntry")),
              t_dmn=dmn(LITERAL.format("x", "1", ""))),
    ),
    "deadline.unknown": change(WRONG["deadline.unknown"][0], "R99", "R39"),
    "call.missing": pair(task(el("callActivity", "a")), called()),
    "call.unknown": pair(called(calledElement="x"), called()),
    "call.mapping": change(called(extension('<camunda:in source="x" target=""/>')), 'target=""', 'target="y"'),
    "script.missing": pair(task(el("scriptTask", "a")), task(script("a", "rounds = 1"))),
    "loop.endless": pair(task(el("task", "a", f"{LOOP}/>")), task(el("task", "a", f'{LOOP} loopMaximum="3"/>'))),
    "loop.maximum": change(task(el("task", "a", f'{LOOP} loopMaximum="三"/>')), "三", "3"),
    "loop.count": pair(
        task(el("task", "a", f"{MULTI}/>")),
        task(el("task", "a", f"{MULTI}><bpmn:loopCardinality>3</bpmn:loopCardinality>"
                             "</bpmn:multiInstanceLoopCharacteristics>")),
    ),
    "variable.never_set": (variables("y"), variables("x")),
    "variable.set_later": (later("b", "a"), later("a", "b")),
    # -- forms
    "form.file": (files(RIGHT, f_form=b"{"), files(RIGHT, f_form=form("a"))),
    "form.components": (files(RIGHT, f_form=b'{"components": 5}'), files(RIGHT, f_form=b'{"components": []}')),
    "form.component": (files(RIGHT, f_form=b'{"components": [5]}'), files(RIGHT, f_form=form("a"))),
    "form.type": schema({"type": "magic", "key": "a"}),
    "form.key": schema(text_field(key="1号"), right=[text_field(key="no_1")]),
    "form.duplicate": schema(text_field(), text_field(), right=[text_field(), text_field(key="b")]),
    "form.feel": schema(text_field(conditional={"hide": 'channel != "V"'}),
                        right=[text_field(conditional={"hide": '=channel != "V"'}), text_field(key="channel")]),
    "form.options": schema({"type": "select", "key": "a"},
                           right=[{"type": "select", "key": "a", "values": [{"label": "甲", "value": "x"}]}]),
    "form.validate": schema(text_field(validate={"required": "是"}), right=[text_field(validate={"required": True})]),
    "form.limits": schema({"type": "number", "key": "a", "validate": {"min": 5, "max": 1}},
                          right=[{"type": "number", "key": "a", "validate": {"min": 1, "max": 5}}]),
    "form.pattern": schema(text_field(validate={"pattern": "(?=a)"}),
                           right=[text_field(validate={"pattern": r"^\d{11}$"})]),
    "form.subtype": schema({"type": "datetime", "key": "a", "subtype": "week"},
                           right=[{"type": "datetime", "key": "a", "subtype": "date"}]),
    **OTHER_TOOLS,
    # -- decision tables
    "dmn.namespace": decisions(b"<definitions/>", dmn(LITERAL.format("x", "1", ""))),
    "dmn.empty": decisions(dmn(), dmn(LITERAL.format("x", "1", ""))),
    "dmn.no_logic": decisions(dmn('<decision id="x"/>'), dmn(LITERAL.format("x", "1", ""))),
    "dmn.id": decisions(dmn(LITERAL.format("x", "1", ""), LITERAL.format("x", "1", "")),
                        dmn(LITERAL.format("x", "1", ""), LITERAL.format("y", "1", ""))),
    "dmn.not_supported": decisions(dmn('<decision id="x"><context/></decision>'), dmn(LITERAL.format("x", "1", ""))),
    "dmn.requirement": decisions(dmn(LITERAL.format("x", "1", needs("y"))),
                                 dmn(LITERAL.format("x", "1", needs("y")), LITERAL.format("y", "1", ""))),
    "dmn.cycle": decisions(dmn(LITERAL.format("x", "y", needs("y")), LITERAL.format("y", "x", needs("x"))),
                           dmn(LITERAL.format("x", "y", needs("y")), LITERAL.format("y", "1", ""))),
    "dmn.hit_policy": decisions(dmn(table(NUMBER, TEXT, [], "BEST")), dmn(table(NUMBER, TEXT, [], "ANY"))),
    "dmn.aggregation": decisions(dmn(table(NUMBER, TEXT, [], aggregation="COUNT")),
                                 dmn(table(NUMBER, TEXT, [], "COLLECT", aggregation="COUNT"))),
    "dmn.input": decisions(dmn(table([("", "number")], TEXT, [])), dmn(table(NUMBER, TEXT, []))),
    "dmn.output": decisions(dmn(table(NUMBER, [], [])), dmn(table(NUMBER, TEXT, []))),
    "dmn.rule": tables([("1",)], [("1", '"甲"')]),
    "dmn.cell": tables([("n == 1", '"甲"')], [("[1..5]", '"甲"')]),
    "dmn.output_value": decisions(dmn(table(NUMBER, [("a", "string", '"x"')], [("1", '"y"')])),
                                  dmn(table(NUMBER, [("a", "string", '"x","y"')], [("1", '"y"')]))),
    "dmn.output_values": decisions(dmn(table(NUMBER, TEXT, [], "PRIORITY")),
                                   dmn(table(NUMBER, [("a", "string", '"x","y"')], [], "PRIORITY"))),
    "dmn.cell_name": decisions(dmn(table([("x", "string")], TEXT, [("甲", '"y"')])),
                               dmn(table([("x", "string")], TEXT, [('"甲"', '"y"')]))),
    "dmn.cell_never": tables([('"5"', '"甲"')], [("5", '"甲"')]),
    "dmn.always_null": tables([("5", 'string(date("2026-02-30"))')], [("5", 'string(date("2026-02-28"))')]),
    "dmn.rule_twice": tables([("5", '"甲"'), ("5", '"乙"')], [("5", '"甲"'), ("6", '"乙"')]),
    "dmn.output_type": tables([("5", "1")], [("5", '"甲"')]),
    "dmn.too_big": decisions(dmn(*(LITERAL.format(f"d{n}", "1", "") for n in range(201))),
                             dmn(*(LITERAL.format(f"d{n}", "1", "") for n in range(200)))),
}  # fmt: skip


def documented() -> list[str]:
    """The rules in the first column of the page's tables."""
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return list(dict.fromkeys(rule for row in rows for rule in re.findall(r"`([a-z_]+\.[a-z_]+)`", row)))


def findings(given: Files) -> list[Finding]:
    return read_and_check("p", given, KNOWN)[1]


def test_every_rule_on_the_page_has_its_pair_here() -> None:
    assert sorted(PAIRS) == sorted(documented())


@pytest.mark.parametrize("rule", PAIRS)
def test_the_wrong_file_is_told_and_the_right_one_is_not(rule: str) -> None:
    wrong, right = PAIRS[rule]
    told = [finding for finding in findings(wrong) if finding.rule == rule]
    assert told, [finding.rule for finding in findings(wrong)]
    for finding in told:
        assert re.search(r"[一-鿿]", finding.message_zh) and finding.message_en.strip()
    assert rule not in [finding.rule for finding in findings(right)]
    assert not [finding for finding in findings(right) if finding.severity == "error"]


@pytest.mark.parametrize("rule", PAIRS)
def test_the_page_tells_how_grave_it_is(rule: str) -> None:
    """An error cannot be deployed, a warning can: the page says which."""
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `") and f"`{rule}`" in line)
    for finding in findings(PAIRS[rule][0]):
        if finding.rule == rule:
            assert {"error": "错误", "warning": "提醒"}[finding.severity] in row.split("|")[2]
