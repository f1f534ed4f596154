"""Data objects, inputs, outputs and their associations in pure BPMN (formal/2011-01-03, 10.3, 13.2.2)."""

from __future__ import annotations

import pytest

from engine.running.run import Limits
from storage.errors import BadDiagram
from tests.engine.diagrams import Case, Cellar, boundary, chain, el, end, event, process, read, script, start, user


def inputs(*pairs: tuple[str, str], more: str = "") -> str:
    """Data inputs by id, each filled from the data element whose id comes first."""
    declared = "".join(f'<bpmn:dataInput id="{target}" name="{target}"/>' for _, target in pairs)
    flows = "".join(
        f"<bpmn:dataInputAssociation><bpmn:sourceRef>{s}</bpmn:sourceRef><bpmn:targetRef>{t}</bpmn:targetRef>"
        f"{more}</bpmn:dataInputAssociation>"
        for s, t in pairs
    )
    return f"<bpmn:ioSpecification>{declared}<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>{flows}"


def output(source: str, target: str, more: str = "") -> str:
    """One data output that goes to the data element `target`."""
    return (
        f'<bpmn:ioSpecification><bpmn:dataOutput id="{source}" name="{source}"/></bpmn:ioSpecification>'
        f"<bpmn:dataOutputAssociation><bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
        f"{more}</bpmn:dataOutputAssociation>"
    )


OBJECTS = (
    '<bpmn:dataObject id="DO_1"/><bpmn:dataObjectReference id="DR_1" name="amount" dataObjectRef="DO_1"/>'
    '<bpmn:dataObject id="DO_2" name="total"/>'
    '<bpmn:dataObjectReference id="DR_2" name="the total" dataObjectRef="DO_2"/>'
)


def scripted(id: str, data: str, text: str) -> str:
    return el("scriptTask", id, data, f"<bpmn:script>{text}</bpmn:script>")


def test_an_input_is_filled_from_a_data_object_and_lasts_as_long_as_the_task() -> None:
    data = process(
        OBJECTS, start(), scripted("a", inputs(("DR_1", "given")), "seen = given"), end(), chain("start", "a", "end")
    )
    assert Case(data, amount=7).variables == {"amount": 7, "seen": 7}
    assert Case(data).variables == {"seen": None}  # data that is not there yet is empty, not an error


def test_an_output_goes_to_a_data_object() -> None:
    data = process(OBJECTS, start(), scripted("a", output("made", "DR_2"), "made = 3"), chain("start", "a"))
    assert Case(data).variables["total"] == 3
    asked = process(OBJECTS, start(), user("a", output("made", "DR_2")), end(), chain("start", "a", "end"))
    assert Case(asked).complete("a", made=4).variables["total"] == 4


def test_transformation_and_assignment() -> None:
    double = "<bpmn:transformation>amount * 2</bpmn:transformation>"
    data = process(
        OBJECTS, start(), scripted("a", inputs(("DR_1", "given"), more=double), "seen = given"), chain("start", "a")
    )
    assert Case(data, amount=7).variables["seen"] == 14
    assigned = "<bpmn:assignment><bpmn:from>made + 1</bpmn:from><bpmn:to>DO_2</bpmn:to></bpmn:assignment>"
    data = process(OBJECTS, start(), scripted("a", output("made", "DR_2", assigned), "made = 3"), chain("start", "a"))
    assert Case(data).variables["total"] == 4


def test_an_input_of_jbpm_is_a_text() -> None:
    """Its modeler writes constants as they are, and `#{...}` for what is worked out."""
    given = "<bpmn:dataInputAssociation><bpmn:targetRef>{0}</bpmn:targetRef><bpmn:assignment><bpmn:from>{1}</bpmn:from>"
    given += "<bpmn:to>{0}</bpmn:to></bpmn:assignment></bpmn:dataInputAssociation>"
    declared = '<bpmn:dataInput id="word"/><bpmn:dataInput id="sum"/>'
    filled = given.format("word", "Approve it") + given.format("sum", "#{amount + 1}")
    task = scripted("a", f"<bpmn:ioSpecification>{declared}</bpmn:ioSpecification>{filled}", "seen = [word, sum]")
    data = process(start(), task, end(), chain("start", "a", "end"))
    data = data.replace(b"<bpmn:definitions", b'<bpmn:definitions xmlns:drools="http://www.jboss.org/drools"')
    assert Case(data, amount=2).variables["seen"] == ["Approve it", 3]


def test_lines_that_only_draw_data_carry_nothing() -> None:
    drawn = (
        '<bpmn:property id="Property_1" name="__targetRef_placeholder"/><bpmn:dataInputAssociation>'
        "<bpmn:sourceRef>DS</bpmn:sourceRef><bpmn:targetRef>Property_1</bpmn:targetRef></bpmn:dataInputAssociation>"
        "<bpmn:dataOutputAssociation><bpmn:targetRef>DS</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    store = '<bpmn:dataStoreReference id="DS" name="register"/>'
    data = process(store, start(), user("a", drawn), end(), chain("start", "a", "end"))
    assert not [f for f in read(data).findings if f.severity == "error"]


SHELF = (
    '<bpmn:dataStoreReference id="DS" name="shelf" dataStoreRef="Store_1"/>'
    '<bpmn:dataStoreReference id="DS_2" name="the_same" dataStoreRef="Store_1"/>'
)
STORE = '<bpmn:dataStore id="Store_1" name="Shelf"/>'


def adding(roots: str = STORE) -> bytes:
    """Each instance adds what it is given to what is on the shelf."""
    take = inputs(("DS", "given"))
    put = (
        '<bpmn:dataOutput id="made" name="made"/></bpmn:ioSpecification><bpmn:dataOutputAssociation>'
        "<bpmn:sourceRef>made</bpmn:sourceRef><bpmn:targetRef>DS_2</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    add = scripted("a", take.replace("</bpmn:ioSpecification>", put), "made = (given or []) + [n]")
    look = scripted("b", inputs(("DS_2", "seen")), "found = seen")
    return process(SHELF, start(), add, look, end(), chain("start", "a", "b", "end"), roots=roots)


def test_a_data_store_outlasts_the_instance_and_is_shared() -> None:
    """10.3.1: what is in a data store persists beyond the scope of the process; several references mean one store."""
    cellar = Cellar()
    assert Case(adding(), cellar=cellar, n=1).variables["found"] == [1]
    again = Case(adding(), cellar=cellar, n=2)
    assert again.variables == {"n": 2, "made": [1, 2], "found": [1, 2]}  # the store is no variable
    assert [line.data["name"] for line in again.lines if line.kind == "data_stored"] == ["the_same"]
    assert not read(adding()).findings


def test_a_data_store_is_read_when_the_work_begins_and_written_when_it_is_done() -> None:
    double = "<bpmn:transformation>(shelf or 1) * 2</bpmn:transformation>"
    keep = "<bpmn:assignment><bpmn:from>answer + 1</bpmn:from><bpmn:to>DS</bpmn:to></bpmn:assignment>"
    work = user(
        "u", inputs(("DS", "given"), more=double), output("answer", "DS", keep).partition("</bpmn:ioSpecification>")[2]
    )
    data = process(SHELF, start(), work, end(), chain("start", "u", "end"), roots=STORE)
    cellar = Cellar({("p", "Store_1"): 5})
    case = Case(data, cellar=cellar)
    cellar.values["p", "Store_1"] = 6  # somebody else
    assert case.state is not None and case.state.variables_of(next(iter(case.tasks)))["given"] == 10
    assert case.complete("u", answer=7).done
    assert cellar.values == {("p", "Store_1"): 8}


@pytest.mark.parametrize(
    ("roots", "limits", "code"),
    [
        ('<bpmn:dataStore id="Store_1" name="Shelf" capacity="1"/>', Limits(), "store.full"),
        (STORE, Limits(store=3), "limit.store"),
    ],
)
def test_a_data_store_does_not_grow_without_bound(roots: str, limits: Limits, code: str) -> None:
    cellar = Cellar({("p", "Store_1"): [0]})
    case = Case(adding(roots), cellar=cellar, limits=limits, n=1)
    assert [incident.code for incident in case.incidents] == [code]
    assert cellar.values == {("p", "Store_1"): [0]}
    unlimited = adding(roots.replace("/>", ' isUnlimited="true"/>'))
    if code == "store.full":
        assert Case(unlimited, cellar=cellar, n=1).done


def test_an_empty_assignment_of_another_tool_is_left_out() -> None:
    empty = "<bpmn:assignment><bpmn:from></bpmn:from><bpmn:to>a-b</bpmn:to></bpmn:assignment>"
    task = user(
        "a", f"<bpmn:dataInputAssociation><bpmn:targetRef>x</bpmn:targetRef>{empty}</bpmn:dataInputAssociation>"
    )
    diagram = process(start(), task, end(), chain("start", "a", "end"))
    assert ("data.assignment", "warning") in [(f.rule, f.severity) for f in read(diagram).findings]
    assert Case(diagram).complete("a").done


def test_refused_by_name() -> None:
    for more, code in (
        ("<bpmn:assignment><bpmn:from>1</bpmn:from><bpmn:to>/a/b</bpmn:to></bpmn:assignment>", "data.assignment"),
        ("<bpmn:transformation language='xslt'>a</bpmn:transformation>", "bpmn.unsupported"),
    ):
        with pytest.raises(BadDiagram) as caught:
            read(process(OBJECTS, start(), user("a", inputs(("DR_1", "given"), more=more)), chain("start", "a")))
        assert caught.value.code == code and caught.value.element == "a"
    with pytest.raises(BadDiagram) as caught:
        read(process(start(), user("a", inputs(("nowhere", "given"))), chain("start", "a")))
    assert caught.value.code == "data.unknown"


def test_a_message_is_made_of_the_throwers_inputs_and_fills_the_catchers_output() -> None:
    data = process(
        OBJECTS,
        start(),
        el("intermediateThrowEvent", "t", event("message", "m1"), inputs(("DR_1", "sent"))),
        el("intermediateCatchEvent", "c", event("message", "m2"), output("received", "DR_2")),
        end(),
        chain("start", "t", "c", "end"),
    )
    case = Case(data, amount=7)
    assert case.thrown[0].payload == {"sent": 7}
    assert case.deliver("m2", sent=9).variables["total"] == 9


def test_each_instance_of_a_sub_process_has_its_own_data_objects() -> None:
    count = "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
    multi = f"<bpmn:multiInstanceLoopCharacteristics>{count}</bpmn:multiInstanceLoopCharacteristics>"
    inner = el(
        "subProcess",
        "s",
        multi,
        '<bpmn:dataObject id="DO_9" name="mine"/>',
        start("i"),
        user("u"),
        script("keep", "seen = get('seen', []) + [mine]"),
        end("e"),
        chain("i", "u", "keep", "e"),
    )
    case = Case(process(start(), inner, user("z"), end(), chain("start", "s", "z", "end")))
    case.complete("u", mine=1).complete("u", mine=2)
    assert case.variables == {"seen": [1, 2]}  # no trace of `mine` outside, and no conflict
    assert not [line for line in case.lines if line.kind == "conflict"]


def test_a_compensation_sees_the_data_of_its_sub_process_as_it_was_left() -> None:
    inner = el(
        "subProcess",
        "s",
        '<bpmn:property id="P_1" name="mine"/>',
        start("i"),
        script("set", "mine = n; n = n + 1"),
        user("a"),
        boundary("c", "a", event("compensate")),
        el("scriptTask", "undo", "<bpmn:script>undone = [mine, n]</bpmn:script>", isForCompensation="true"),
        '<bpmn:association id="as" sourceRef="c" targetRef="undo"/>',
        end("e"),
        chain("i", "set", "a", "e"),
    )
    throw = el("intermediateThrowEvent", "t", event("compensate"))
    case = Case(process(start(), inner, throw, end(), chain("start", "s", "t", "end")), n=5).complete("a")
    assert case.done and case.variables == {"n": 6, "undone": [5, 6]}


def test_a_multi_instance_activity_in_pure_bpmn() -> None:
    io = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in_all" name="all_in"/><bpmn:dataInput id="in_one" name="one"/>'
        '<bpmn:dataOutput id="out_one" name="made"/><bpmn:dataOutput id="out_all" name="all_out"/>'
        "</bpmn:ioSpecification>"
        "<bpmn:dataInputAssociation><bpmn:sourceRef>DR_1</bpmn:sourceRef><bpmn:targetRef>in_all</bpmn:targetRef>"
        "</bpmn:dataInputAssociation>"
        "<bpmn:dataInputAssociation><bpmn:sourceRef>item</bpmn:sourceRef><bpmn:targetRef>in_one</bpmn:targetRef>"
        "</bpmn:dataInputAssociation>"
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out_one</bpmn:sourceRef><bpmn:targetRef>given</bpmn:targetRef>"
        "</bpmn:dataOutputAssociation>"
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out_all</bpmn:sourceRef><bpmn:targetRef>DR_2</bpmn:targetRef>"
        "</bpmn:dataOutputAssociation>"
    )
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>in_all</bpmn:loopDataInputRef>"
        "<bpmn:loopDataOutputRef>out_all</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="item"/><bpmn:outputDataItem id="given"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    data = process(OBJECTS, start(), scripted("a", io + loop, "made = one * 10"), end(), chain("start", "a", "end"))
    case = Case(data, amount=[1, 2, 3])
    assert case.done and case.variables["total"] == [10, 20, 30]
