"""What holds for every shipped diagram, form and clause page."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from engine.xml import parse_xml
from tests.support.drawing import faults
from web.deploying import lint_file, regulation_folders
from web.paths import PROCESSES

ROOT = Path(__file__).parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
FOLDERS = regulation_folders(PROCESSES)
DIAGRAMS = [folder / f"{folder.name}.bpmn" for folder in FOLDERS]
_NODES = ("Event", "Task", "task", "Gateway", "callActivity", "subProcess")

per_diagram = pytest.mark.parametrize("path", DIAGRAMS, ids=[path.stem for path in DIAGRAMS])


@per_diagram
def test_passes_lint_without_a_finding(path: Path) -> None:
    assert [finding.to_json() for finding in lint_file(path)] == []


@per_diagram
def test_process_is_named_like_its_folder(path: Path) -> None:
    processes = parse_xml(path.read_bytes(), path.name).findall(f"{BPMN}process")
    assert [process.get("id") for process in processes] == [path.stem]
    assert processes[0].get("name")


@per_diagram
def test_every_element_is_drawn_and_names_its_clause(path: Path) -> None:
    root = parse_xml(path.read_bytes(), path.name)
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")}
    flows = {flow.get("id") for flow in root.iter(f"{BPMN}sequenceFlow")}
    nodes = [node for node in root.iter() if isinstance(node.tag, str) and node.tag.startswith(BPMN)
             and node.tag.removeprefix(BPMN).endswith(_NODES)]  # fmt: skip
    assert {node.get("id") for node in nodes} | flows <= drawn
    for node in nodes:
        told = node.findtext(f"{BPMN}documentation") or ""
        assert re.search(r"[RLA]\d{1,2}|§", told), f"{node.get('id')} names no clause: {told!r}"


@per_diagram
def test_picture_is_drawn_well(path: Path) -> None:
    assert faults(path) == []


_SPOILED = {
    "a name in another language": ('name="开始接访"', 'name="Open"', "OpenSession: 'Open' is not Chinese"),
    "a name too long for its box": ('name="开始接访"', f'name="{"开始接访" * 4}"', "is longer than two lines"),
    "a shape upon another": ('x="770" y="620"', 'x="650" y="620"', "OpenSession lies on ReceiveVisitor"),
    "an event off its host": ('x="282" y="322"', 'x="200" y="322"', "ArrangeTooLate does not sit on the border"),
    "a flow aslant": ('<di:waypoint x="910" y="820"', '<di:waypoint x="910" y="830"', "runs aslant"),
    "a flow that ends in the air": ('<di:waypoint x="590" y="660"', '<di:waypoint x="570" y="660"', "not touch"),
    "a flow through a shape": ('x="720" y="430"', 'x="565" y="430"', "DayComes_OpenSession runs through SwapIsLate"),
    "a flow across another": ('<di:waypoint x="960" y="70"', '<di:waypoint x="960" y="150"', "meets"),
    "a name on a line": ('<dc:Bounds x="447" y="715"', '<dc:Bounds x="430" y="715"', "Flow_no_leader lies on"),
    "two names on each other": ('<dc:Bounds x="538" y="358"', '<dc:Bounds x="700" y="358"', "lie on each other"),
}


@pytest.mark.parametrize(("right", "wrong", "fault"), _SPOILED.values(), ids=_SPOILED)
def test_spoiled_picture_is_noticed(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    whole = (PROCESSES / "lunar_reception" / "lunar_reception.bpmn").read_text("utf-8")
    assert right in whole
    spoiled = tmp_path / "lunar_reception.bpmn"
    spoiled.write_text(whole.replace(right, wrong), "utf-8")
    assert any(fault in one for one in faults(spoiled)), faults(spoiled)


@per_diagram
def test_clause_page_tells_every_element(path: Path) -> None:
    page = (path.parent / "clause.md").read_text("utf-8")
    root = parse_xml(path.read_bytes(), path.name)
    tasks = [node for tag in ("userTask", "serviceTask", "callActivity") for node in root.iter(f"{BPMN}{tag}")]
    missing = [
        node.get("id") for node in tasks if str(node.get("id")) not in page and (node.get("name") or "") not in page
    ]
    assert missing == []


def test_opens_in_the_modeler_unchanged() -> None:
    """Import and export by the modeler's own library: no element and no attribute is lost."""
    command = ["node", "web/app/scripts/roundtrip.mjs", *map(str, DIAGRAMS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(PROCESSES.glob("*/*.form")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_form_is_chinese_and_short(path: Path) -> None:
    form = json.loads(path.read_text("utf-8"))
    labels = [str(part.get("label") or part.get("dateLabel", "")) for part in form["components"] if part.get("key")]
    assert labels and all(re.search(r"[一-鿿]", label) for label in labels), labels
    assert len({part["key"] for part in form["components"] if part.get("key")}) == len(labels)


@per_diagram
def test_start_form_asks_the_needed_first(path: Path) -> None:
    """The page shows ten fields and folds the others away: none that must be filled in, or that calls for haste."""
    root = parse_xml(path.read_bytes(), path.name)
    for start in root.iter(f"{BPMN}startEvent"):
        key = start.get("{http://camunda.org/schema/1.0/bpmn}formKey")
        if key:
            own, shared = path.parent / f"{key}.form", PROCESSES / "forms" / f"{key}.form"
            form = json.loads((own if own.is_file() else shared).read_text("utf-8"))
            folded = [part for part in form["components"] if part.get("key")][10:]
            assert [part["key"] for part in folded if part.get("validate", {}).get("required")] == []
            assert {"flags", "matter", "name"}.isdisjoint(part["key"] for part in folded)
