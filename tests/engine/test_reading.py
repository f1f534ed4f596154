"""Diagrams as other tools write them: prefixes, missing ids and names, flows in odd places, encodings."""

from __future__ import annotations

import pytest

from storage.errors import BadDiagram
from tests.engine.diagrams import Case, boundary, chain, el, end, event, process, read, start, timer, user

SIMPLE = process(start(), user("a"), end(), chain("start", "a", "end"))


@pytest.mark.parametrize("prefix", ["bpmn2:", "semantic:", "omg:", ""])
def test_any_prefix_of_the_namespace(prefix: str) -> None:
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    text = SIMPLE.decode().replace("xmlns:bpmn=", f"{declared}=").replace("bpmn:", prefix)
    assert Case(read(text.encode())).complete("a").done


@pytest.mark.parametrize("encoding", ["utf-16", "gbk", "iso-8859-1"])
def test_encodings_line_ends_comments_and_instructions(encoding: str) -> None:
    name = "办理" if encoding != "iso-8859-1" else "Prüfung"
    text = f'<?xml version="1.0" encoding="{encoding}"?>\r\n<!-- drawn -->\r\n<?tool x?>' + SIMPLE.decode().replace(
        'id="a"', f'id="a" name="{name}"'
    )
    case = Case(read(text.encode(encoding)))
    assert [task.name for task in case.tasks.values()] == [name]


def test_expressions_in_cdata() -> None:
    timed = boundary("t", "a", timer("timeDuration", "PT1H").replace("PT1H", "<![CDATA[PT1H]]>"))
    data = process(start(), user("a"), timed, end(), end("e"), chain("start", "a", "end"), chain("t", "e"))
    assert Case(data).fire("t").done


def test_references_with_the_prefix_of_their_namespace() -> None:
    """8.2.2: references are qualified names; white space around them does not count."""
    data = SIMPLE.replace(b"<bpmn:definitions ", b'<bpmn:definitions xmlns:tns="test" ')
    data = data.replace(
        b"</bpmn:process>", boundary("b", "tns:a", event("message", " tns:m1 ")).encode() + b"</bpmn:process>"
    )
    data = data.replace(b"</bpmn:process>", (user("z") + chain("b", "z")).encode() + b"</bpmn:process>")
    assert Case(read(data)).deliver("m1").open == ["z"]


def test_messages_and_signals_without_a_name_go_by_their_id() -> None:
    roots = '<bpmn:message id="Message_1"/><bpmn:signal id="Signal_1"/>'
    for kind in ("message", "signal"):
        catch = el("intermediateCatchEvent", "c", event(kind, f"{kind.title()}_1"))
        case = Case(process(start(), catch, user("a"), chain("start", "c", "a"), roots=roots))
        assert case.deliver(f"{kind.title()}_1").open == ["a"]


def test_a_message_that_only_its_operation_names() -> None:
    roots = (
        '<bpmn:interface id="I" name="I"><bpmn:operation id="O" name="O"><bpmn:inMessageRef>m1</bpmn:inMessageRef>'
        "</bpmn:operation></bpmn:interface>"
    )
    data = process(start(), el("receiveTask", "r", operationRef="O"), user("a"), chain("start", "r", "a"), roots=roots)
    assert Case(data).deliver("m1").open == ["a"]


def test_flow_nodes_without_an_id_get_one() -> None:
    handler = el("subProcess", "h", el("startEvent", "hs", event("message", "m1")), user("u"), chain("hs", "u"),
                 triggeredByEvent="true").replace(' id="h"', "")  # fmt: skip
    definition = read(process(start(), handler, user("a"), end(), chain("start", "a", "end")))
    assert [(f.rule, f.element_id, f.severity) for f in definition.findings if f.rule == "id.missing"] == [
        ("id.missing", "subProcess_0", "warning")
    ]
    assert Case(definition).deliver("m1").open == ["u"]


def test_flows_that_stand_in_the_process_but_belong_into_a_sub_process() -> None:
    data = process(
        start(), el("subProcess", "s", start("i"), user("u")), end(), chain("start", "s", "end"), chain("i", "u")
    )
    assert Case(data).complete("u").done


def test_a_process_that_is_not_meant_to_be_executed_is_not() -> None:
    for said in ("false", "0"):
        with pytest.raises(BadDiagram) as caught:
            read(SIMPLE.replace(b'isExecutable="true"', f'isExecutable="{said}"'.encode()))
        assert caught.value.code == "process.key"
    assert Case(read(SIMPLE.replace(b'isExecutable="true"', b""))).open == ["a"]  # the standard leaves it open: it runs


def test_a_file_whose_process_has_another_id_is_checked_all_the_same() -> None:
    data = process(start(), el("serviceTask", "a"), chain("start", "a"), id="other")
    with pytest.raises(BadDiagram) as caught:
        read(data)
    assert caught.value.code == "process.key"
    assert [(f["rule"], f["element_id"]) for f in caught.value.details] == [
        ("process.key", ""),
        ("service.no_handler", "a"),
    ]


def test_pictures_of_another_kind_are_refused_by_name() -> None:
    roots = '<bpmn:choreography id="Ch"><bpmn:choreographyTask id="T"/></bpmn:choreography>'
    with pytest.raises(BadDiagram) as caught:
        read(process(start(), user("a"), chain("start", "a"), roots=roots))
    assert caught.value.code == "bpmn.unsupported" and caught.value.element == "Ch"


def test_who_does_a_task_in_pure_bpmn() -> None:
    """10.2.4: potential owners and human performers; a resource is a group."""
    roots = '<bpmn:resource id="R" name="leaders"/>'
    owner = (
        "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>"
        "user(wang), group(clerks), window</bpmn:formalExpression></bpmn:resourceAssignmentExpression>"
        "</bpmn:potentialOwner><bpmn:potentialOwner><bpmn:resourceRef>R</bpmn:resourceRef></bpmn:potentialOwner>"
    )
    performer = owner.replace("potentialOwner", "humanPerformer").replace("user(wang), group(clerks), window", "${who}")
    data = process(
        start(), el("userTask", "a", owner), el("userTask", "b", performer), chain("start", "a"), chain("start", "b"),
        roots=roots,
    )  # fmt: skip
    tasks = {task.element_id: task for task in Case(data, who="li").tasks.values()}
    assert list(tasks["a"].candidate_users) == ["wang"]
    assert list(tasks["a"].candidate_groups) == ["clerks", "window", "leaders"]
    assert tasks["b"].assignee == "li"


def test_lanes_are_kept_the_innermost_counts() -> None:
    """10.7: lanes name who is responsible and change nothing in the course."""
    lanes = (
        '<bpmn:laneSet id="L0"><bpmn:lane id="L1" name="office"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        '<bpmn:childLaneSet id="L2"><bpmn:lane id="L3" name="window"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    definition = read(process(lanes, start(), user("a"), end(), chain("start", "a", "end")))
    assert definition.element("a").lane == "window" and definition.element("start").lane is None
    assert Case(definition).complete("a").done
