"""Nothing that a diagram says is passed over in silence: the table of elements and attributes against the schema."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser

from engine.reading.definitions import read_and_check
from engine.reading.vocabulary import ABSTRACT, ATTRIBUTE, ELEMENT, MODELER_ATTRIBUTE, MODELER_ELEMENT
from tests.engine.diagrams import HEAD, KNOWN, chain, el, end, event, extension, flow, process, start, user

SCHEMA = Path(inspect.getfile(BpmnParser)).parent / "schema" / "Semantic.xsd"
XSD = "{http://www.w3.org/2001/XMLSchema}"


def schema(kind: str) -> Iterator[str]:
    for one in etree.parse(str(SCHEMA)).getroot().iter(XSD + kind):
        name = one.get("name")
        if name is not None:
            yield str(name)


def test_the_table_holds_every_element_and_attribute_of_the_standard() -> None:
    assert sorted(set(schema("element")) - set(ELEMENT) - set(ABSTRACT.split())) == []
    assert sorted(set(schema("attribute")) - set(ATTRIBUTE)) == []


HEADINGS = {
    "run": "Executed",
    "drawn": "Drawn only",
    "told": "Not followed, told by a warning",
    "refused": "Refused",
}
ROWS = {"run": "executed", "drawn": "no effect here", "refused": "refused"}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "bpmn.md"


def names(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_the_page_says_of_each_name_what_the_table_says() -> None:
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    for table in (ELEMENT, ATTRIBUTE):
        for name, what in table.items():
            assert name in names(sections[HEADINGS[what]]), (name, what)
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (.*) \|$", sections["Extensions of modelers"], re.MULTILINE))
    for table in (MODELER_ATTRIBUTE, MODELER_ELEMENT):
        for name, what in table.items():
            twice = name in ("resourceAssignmentExpression", "formalExpression", "list", "map", "entry", "script")
            assert twice or name in names(rows[ROWS[what]]), (name, what)
    for test in re.findall(r"`(test_\w+\.py)`", sections["Executed"]):
        assert (Path(__file__).parent / test).exists(), test


def told(data: bytes) -> set[tuple[str, str, str]]:
    return {(f.rule, f.element_id, f.severity) for f in read_and_check("p", {"p.bpmn": data}, KNOWN)[1]}


def around(*inside: str, **attributes: str) -> bytes:
    return process(start(), user("a", *inside, name="A", **attributes), end(), chain("start", "a", "end"))


def xpath(condition: str) -> str:
    made = flow("start", "end", condition, id="f")
    return made.replace("tFormalExpression", 'tFormalExpression" language="http://www.w3.org/1999/XPath')


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (around(isImmediate="false"), ("attribute.ignored", "a", "warning")),
        (around(isImmediate="true"), None),
        (around(camunda__priority="5"), ("attribute.ignored", "a", "warning")),
        (around(camunda__class="x.Y"), ("bpmn.unsupported", "a", "error")),
        (around(camunda__taskPriority="5"), None),
        (around(isForCompensation="maybe"), ("attribute.value", "a", "error")),
        (around(extension("<camunda:executionListener event='start'/>")), ("bpmn.unsupported", "a", "error")),
        (around(extension("<camunda:taskListener event='create'/>")), ("bpmn.unsupported", "a", "error")),
        (around(extension("<camunda:connector/>")), ("bpmn.unsupported", "a", "error")),
        (around(extension("<camunda:errorEventDefinition/>")), ("bpmn.unsupported", "a", "error")),
        (around(extension("<camunda:formData/>")), ("element.ignored", "a", "warning")),
        (around("<bpmn:rendering/>"), None),
        (around('<bpmn:ioBinding operationRef="o"/>'), ("element.ignored", "a", "warning")),
        (
            around(extension('<z:ioMapping xmlns:z="http://camunda.org/schema/zeebe/1.0"/>')),
            ("bpmn.unsupported", "a", "error"),
        ),
        (around(extension('<s:meta xmlns:s="http://www.signavio.com"/>')), None),
        (
            process(start(), el("adHocSubProcess", "a", el("task", "x"), ordering="Random"), chain("start", "a")),
            ("attribute.value", "a", "error"),
        ),
        (
            process(start(), el("transaction", "a", el("task", "x"), method="##Store"), chain("start", "a")),
            ("attribute.value", "a", "error"),
        ),
        (
            process(start(), el("scriptTask", "a", "<bpmn:script>x = 1</bpmn:script>", scriptFormat="groovy")),
            ("script.language", "a", "warning"),
        ),
        (
            process(
                start(),
                el(
                    "intermediateCatchEvent",
                    "a",
                    event("conditional", inside='<bpmn:condition language="groovy">x</bpmn:condition>'),
                ),
                chain("start", "a"),
            ),
            ("bpmn.unsupported", "a", "error"),
        ),
        (
            process(start(), end(), xpath("n > 3"), user("a", name="A")),
            ("expression.language", "f", "warning"),
        ),
        (process(start(), end(), xpath("n/m > 3"), user("a", name="A")), ("bpmn.unsupported", "f", "error")),
        (
            around().replace(HEAD.encode(), HEAD.replace(">", ' expressionLanguage="groovy">').encode()),
            ("expression.language", "", "warning"),
        ),
    ],
)
def test_what_is_not_followed_is_named(data: bytes, finding: tuple[str, str, str] | None) -> None:
    found = told(data)
    assert found == set() if finding is None else finding in found
