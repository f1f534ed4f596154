"""The library's parser with our readers: it finds processes, messages, errors and lanes; we make the elements.

The library follows the sequence flows recursively and cannot read a long chain, an activity with two outgoing flows
or an element called `Start`. So a process is read here node by node, and connected afterwards.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.definition import Body, Flow
from engine.elements.activity import Activity
from engine.elements.base import Node
from engine.elements.containers.ad_hoc_sub_process import AdHocSubProcess
from engine.elements.containers.call_activity import CallActivity
from engine.elements.containers.multi_instance import MultiInstance
from engine.elements.containers.sub_process import EventSubProcess, SubProcess, Transaction
from engine.elements.events.boundary_event import BoundaryEvent
from engine.elements.events.end_event import EndEvent
from engine.elements.events.intermediate_catch_event import IntermediateCatchEvent
from engine.elements.events.intermediate_throw_event import IntermediateThrowEvent
from engine.elements.events.start_event import StartEvent
from engine.elements.gateways.complex_gateway import ComplexGateway
from engine.elements.gateways.event_based_gateway import EventBasedGateway
from engine.elements.gateways.exclusive_gateway import ExclusiveGateway
from engine.elements.gateways.inclusive_gateway import InclusiveGateway
from engine.elements.gateways.parallel_gateway import ParallelGateway
from engine.elements.tasks.business_rule_task import BusinessRuleTask
from engine.elements.tasks.manual_task import ManualTask, Task
from engine.elements.tasks.receive_task import ReceiveTask
from engine.elements.tasks.script_task import ScriptTask
from engine.elements.tasks.send_task import SendTask
from engine.elements.tasks.service_task import ServiceTask
from engine.elements.tasks.user_task import UserTask
from engine.reading.connecting import connect
from engine.reading.correlations import Correlations
from engine.reading.data import DataNames
from engine.reading.extensions import BPMN, C7, Xml, child, child_text, children, flag, language, local_name, tag
from engine.reading.nodes import ActivityReader, EventReader, GatewayReader, NodeReader, ThrowReader
from engine.reading.notes import Notes
from engine.reading.preparing import GLOBAL_TASKS, give_ids, process_of

READERS: dict[str, tuple[type[NodeReader], type[Node]]] = {
    "startEvent": (EventReader, StartEvent),
    "endEvent": (ThrowReader, EndEvent),
    "intermediateCatchEvent": (EventReader, IntermediateCatchEvent),
    "intermediateThrowEvent": (ThrowReader, IntermediateThrowEvent),
    "boundaryEvent": (EventReader, BoundaryEvent),
    "task": (ActivityReader, Task),
    "manualTask": (ActivityReader, ManualTask),
    "userTask": (ActivityReader, UserTask),
    "serviceTask": (ActivityReader, ServiceTask),
    "scriptTask": (ActivityReader, ScriptTask),
    "businessRuleTask": (ActivityReader, BusinessRuleTask),
    "sendTask": (ActivityReader, SendTask),
    "receiveTask": (ActivityReader, ReceiveTask),
    "exclusiveGateway": (GatewayReader, ExclusiveGateway),
    "parallelGateway": (GatewayReader, ParallelGateway),
    "inclusiveGateway": (GatewayReader, InclusiveGateway),
    "complexGateway": (GatewayReader, ComplexGateway),
    "eventBasedGateway": (GatewayReader, EventBasedGateway),
    "subProcess": (ActivityReader, SubProcess),
    "transaction": (ActivityReader, Transaction),
    "adHocSubProcess": (ActivityReader, AdHocSubProcess),
    "callActivity": (ActivityReader, CallActivity),
}
CONTAINERS = ("subProcess", "transaction", "adHocSubProcess")
DRAWN_ONLY = """sequenceFlow documentation extensionElements laneSet dataObject dataObjectReference dataStore
    dataStoreReference property ioSpecification textAnnotation association group incoming outgoing auditing monitoring
    standardLoopCharacteristics multiInstanceLoopCharacteristics completionCondition dataInputAssociation
    dataOutputAssociation resourceRole performer humanPerformer potentialOwner category categoryValueRef
    supportedInterfaceRef ioBinding correlationSubscription"""
NOT_NODES = frozenset(DRAWN_ONLY.split())


class ProcessReader(ProcessParser):  # type: ignore[misc]  # the library ships no types
    """Reads one process with all sub-processes in it, without recursion."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.process_executable = flag(self.node, "isExecutable", True)
        self.elements: dict[str, Node] = {}  # of the process and all its sub-processes

    def _parse(self) -> None:
        name = (self.node.get("name") or "").strip() or self.bpmn_id
        self.spec = root = Body(self.bpmn_id, name)
        root.documentation = child_text(self.node, "documentation") or ""
        groups = (self.node.get(f"{{{C7}}}candidateStarterGroups") or "").split(",")
        root.starter_groups = tuple(group.strip() for group in groups if group.strip())
        ahead, flows = deque([(root, self.node)]), []
        while ahead:
            body, xml = ahead.popleft()
            self.spec = body
            for one in xml.iterchildren():
                node = self._node(one)
                if node is None:
                    continue
                if tag(one) in CONTAINERS:
                    node.inside = Body(node.id, node.name, parent=body)
                    node.inside.node = node
                    node.inside.data = self.parser.data.declared(one)
                    if isinstance(node, Activity) and isinstance(node.loop, MultiInstance):
                        node.inside.data += node.loop.own
                    ahead.append((node.inside, one))
            flows += [(body, flow) for flow in children(xml, "sequenceFlow")]
        for body, flow in flows:
            self._flow(body, flow)
        self.spec = root
        connect(self.parser, self, root)

    def _node(self, xml: Xml) -> Node | None:
        kind = tag(xml)
        if not kind or kind in NOT_NODES:
            return None
        if kind not in READERS:
            self.parser.notes.unsupported(xml.get("id") or "", f"元素 {kind}", f"element {kind}")
            return None
        if xml.get("id") in self.elements:
            return None  # told as a duplicate id
        node: Node = self.parse_node(xml)
        self.elements[node.id] = node
        return node

    def parse_node(self, node: Xml) -> Any:
        """One flow node. The library's extension point, without its recursion."""
        reader, spec_class = self.parser._get_parser_class(node.tag)
        if tag(node) == "subProcess" and flag(node, "triggeredByEvent", False):
            spec_class = EventSubProcess
        return reader(self, spec_class, node, self.nsmap, lane=self.get_lane_name(node.get("id"))).parse_node()

    def _flow(self, body: Body, xml: Xml) -> None:
        notes: Notes = self.parser.notes
        flow_id = given = xml.get("id") or f"{xml.get('sourceRef')}->{xml.get('targetRef')}"
        source, target = local_name(xml, xml.get("sourceRef")) or "", local_name(xml, xml.get("targetRef")) or ""
        if source in self.elements and target in self.elements:  # some tools write all flows into the process
            inner = self.elements[source].within
            body = inner if inner is self.elements[target].within else body
        number = 1
        while xml.get("id") is None and flow_id in body.flows:  # several between the same two elements
            number += 1
            flow_id = f"{given}#{number}"
        for end in (source, target):
            if end not in body.elements:
                zh = f"连线“{flow_id}”的一端“{end}”不存在，或不在同一个（子）流程里。"
                notes.add(
                    flow_id, "flow.dangling", zh, f"Flow {flow_id} leads from or to {end}, which is not in its scope."
                )
                return
        written = child(xml, "conditionExpression")
        text = None if written is None else "".join(written.itertext()).strip()
        language(written, flow_id, notes)
        source_xml = self.get_node_by_id(source)
        flow = Flow(
            flow_id,
            (xml.get("name") or "").strip(),
            source,
            target,
            notes.expression(text, flow_id, "condition"),
            source_xml is not None and source_xml.get("default") == flow_id,
        )
        body.flows[flow_id] = flow
        body.elements[source].outgoing.append(flow)
        body.elements[target].incoming.append(flow)
        body.elements[source].connect(body.elements[target])


class DiagramParser(BpmnParser):  # type: ignore[misc]  # the library ships no types
    """Reads a diagram. Findings are collected in `notes`; only what cannot be read at all raises."""

    OVERRIDE_PARSER_CLASSES = {full_tag(name): pair for name, pair in READERS.items()}  # noqa: RUF012 - the library's way
    PROCESS_PARSER_CLASS = ProcessReader

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self.notes = notes
        self._root: Xml = None
        self.data: DataNames
        self.correlating: Correlations

    def add_bpmn_xml(self, bpmn: Xml, filename: str | None = None) -> None:
        """Take in a parsed file."""
        give_ids(bpmn, READERS.keys(), self.notes)
        self._root = bpmn
        self.data = DataNames(bpmn)
        self.correlating = Correlations(bpmn, self.notes)
        try:
            super().add_bpmn_xml(bpmn, filename)
        except ValidationException as error:
            self.notes.add("", "bpmn.structure", f"流程图结构不对：{error}", f"The diagram is malformed: {error}")
        except ValueError:  # a shape's place that is no number
            zh = "流程图结构不对：图形的位置不是数。"
            self.notes.add("", "bpmn.structure", zh, "The place of a shape is no number.")

    def _add_processes(self, bpmn: Xml, filename: str | None = None) -> None:
        super()._add_processes(bpmn, filename)
        for task in [xml for xml in bpmn.iterchildren() if tag(xml) in GLOBAL_TASKS]:
            self.create_parser(process_of(task), filename)

    def create_parser(self, node: Xml, filename: str | None = None, lane: str | None = None) -> None:
        """One process of the file; one without an id is told, not read."""
        if not node.get("id"):
            self.notes.add("", "id.missing", "有一个流程没有 ID。", "A process has no id.")
        elif node.get("id") in self.process_parsers:
            self.notes.add(
                node.get("id"), "id.duplicate", f"有两个流程“{node.get('id')}”。", "Two processes of one id."
            )
        else:
            super().create_parser(node, filename, lane)

    def root_event_definition(self, ref: str) -> Xml | None:
        """An event definition that stands beside the processes and is referred to."""
        name = ref.rpartition(":")[2]
        return next((xml for xml in self._root.iterchildren() if xml.get("id") == name), None)

    def by_id(self, kind: str, ref: str) -> Xml | None:
        """An element of the file by tag name and id."""
        name = ref.rpartition(":")[2]
        return next((xml for xml in self._root.iter("{" + BPMN + "}" + kind) if xml.get("id") == name), None)

    def bodies(self) -> dict[str, Body]:
        """The executable processes by id."""
        return {id: reader.get_spec() for id, reader in self.process_parsers.items() if reader.process_executable}

    def elements(self) -> dict[str, Node]:
        """All elements of the executable processes by id."""
        found: dict[str, Node] = {}
        for reader in self.process_parsers.values():
            found |= reader.elements
        return found

    def _add_data_stores(self, bpmn: Xml) -> None:
        """Read by `DataNames`."""

    def _add_correlations(self, bpmn: Xml) -> None:
        """Read by `Correlations`."""

    def _find_dependencies(self, process: Xml) -> None:
        for call in process.iter("{" + BPMN + "}callActivity"):
            self.process_dependencies.add(call.get("calledElement"))
