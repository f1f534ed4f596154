"""Reads one flow node: a subclass of the library's task parser that makes our element and does not follow flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from engine.elements.activity import Activity
from engine.elements.base import Node
from engine.elements.containers.call_activity import Mapping
from engine.expressions import Expression
from engine.reading.data import Associations, DataNames, read_associations
from engine.reading.events import correlation, event_definitions, message_ref, name_of
from engine.reading.extensions import (
    LANGUAGES,
    Xml,
    attribute,
    child,
    child_text,
    extensions,
    flag,
    formal,
    local_name,
    read_common,
)
from engine.reading.loops import read_loop
from engine.reading.performers import read_performers

if TYPE_CHECKING:
    from engine.reading.notes import Notes


MAX_QUANTITY = 1_000  # tokens that an activity gathers, or gives to a flow


class NodeReader(TaskParser):  # type: ignore[misc]  # the library ships no types
    """Makes an element from its XML. `parse_node` gives the element; the caller connects it."""

    associations: Associations

    @property
    def notes(self) -> Notes:
        """Where findings go."""
        notes: Notes = self.process_parser.parser.notes
        return notes

    def parse_node(self) -> Any:
        """The element, with all that its own XML says."""
        node = self.spec_class(self.spec, self.bpmn_id, (self.node.get("name") or "").strip())
        node.lane = self.lane
        read_common(node, self.node, self.notes)
        self.associations = read_associations(node, self.node, self.data, self.notes)
        self.read(node, self.node)
        node.input_parameters += self.associations.inputs
        node.data_outputs = self.associations.outputs
        return node

    @property
    def data(self) -> DataNames:
        """The variables of the file's data elements."""
        names: DataNames = self.process_parser.parser.data
        return names

    def expression(self, node: Any, xml: Xml, name: str, what: str) -> Expression | None:
        """The expression that is a direct child of `xml`."""
        return self.notes.expression(formal(xml, name, node.id, self.notes), node.id, what)

    def read(self, node: Any, xml: Xml) -> None:
        """What is special to this kind of element."""


class EventReader(NodeReader):
    """Catching events."""

    def read(self, node: Any, xml: Xml) -> None:
        node.definitions = event_definitions(self.process_parser.parser, xml, node.id, throws=False)
        node.form_key = attribute(xml, "formKey")
        node.initiator = attribute(xml, "initiator")
        node.is_interrupting = flag(xml, "isInterrupting", True)
        node.cancel_activity = flag(xml, "cancelActivity", True)
        node.attached_to = local_name(xml, xml.get("attachedToRef")) or ""
        node.parallel_multiple = flag(xml, "parallelMultiple", False) and len(node.definitions) > 1


class ThrowReader(NodeReader):
    """Throwing events. A message event may name a handler on its event definition, as Camunda writes it."""

    def read(self, node: Any, xml: Xml) -> None:
        node.definitions = event_definitions(self.process_parser.parser, xml, node.id, throws=True)
        definition = child(xml, "messageEventDefinition")
        if definition is not None:
            node.topic = _topic(definition)


class GatewayReader(NodeReader):
    """Gateways."""

    def read(self, node: Any, xml: Xml) -> None:
        if node.kind == "complexGateway":
            node.activation = self.expression(node, xml, "activationCondition", "activation")
        if node.kind == "eventBasedGateway":
            node.instantiate = flag(xml, "instantiate", False)
            node.parallel = xml.get("eventGatewayType", "Exclusive") == "Parallel"
            if node.parallel and not node.instantiate:
                self.notes.add(
                    node.id, "gateway.parallel_event", "并行的事件网关只能用来启动流程。",
                    "A parallel event-based gateway can only start a process.",
                )  # fmt: skip


class ActivityReader(NodeReader):
    """Tasks, sub-processes and calls."""

    def read(self, node: Any, xml: Xml) -> None:
        node.is_for_compensation = flag(xml, "isForCompensation", False)
        node.loop = read_loop(self.process_parser.parser, node, xml, self.associations)
        node.start_quantity = self._quantity(node, xml, "startQuantity")
        node.completion_quantity = self._quantity(node, xml, "completionQuantity")
        reader = getattr(self, f"read_{node.kind}", None)
        if reader is not None:
            reader(node, xml)

    def _quantity(self, node: Activity, xml: Xml, name: str) -> int:
        text = (xml.get(name) or "1").strip()
        if text.isdecimal() and 1 <= int(text) <= MAX_QUANTITY:
            return int(text)
        zh = f"{name} 应是 1 到 {MAX_QUANTITY} 的整数，不能是“{text}”。"
        self.notes.add(node.id, "activity.quantity", zh, f"{name} must be 1 to {MAX_QUANTITY}, not {text!r:.20}.")
        return 1

    def read_userTask(self, node: Any, xml: Xml) -> None:
        """Who does it, with which form, until when."""
        notes = self.notes
        node.form_key = attribute(xml, "formKey") or attribute(xml, "formRef")
        node.assignee = notes.template(attribute(xml, "assignee"), node.id, "assignee")
        node.candidate_groups = notes.template(attribute(xml, "candidateGroups"), node.id, "candidate groups")
        node.candidate_users = notes.template(attribute(xml, "candidateUsers"), node.id, "candidate users")
        if node.assignee is None and node.candidate_groups is None and node.candidate_users is None:
            read_performers(node, xml, self.process_parser.parser)
        node.due_date = notes.timer(attribute(xml, "dueDate"), "dueDate", node.id)

    def read_serviceTask(self, node: Any, xml: Xml) -> None:
        """The handler, or an expression."""
        node.topic = _topic(xml)
        node.result_variable = attribute(xml, "resultVariable") or attribute(xml, "resultVariableName")
        node.expression = self.notes.expression(attribute(xml, "expression"), node.id, "expression")

    def read_businessRuleTask(self, node: Any, xml: Xml) -> None:
        """The decision, or a handler."""
        self.read_serviceTask(node, xml)
        node.decision = attribute(xml, "decisionRef")
        node.mapping = attribute(xml, "mapDecisionResult") or "resultList"

    def read_sendTask(self, node: Any, xml: Xml) -> None:
        """The message, or a handler."""
        self.read_serviceTask(node, xml)
        node.definitions = self._message(xml)

    def read_receiveTask(self, node: Any, xml: Xml) -> None:
        """The message."""
        node.definitions = self._message(xml)
        node.instantiate = flag(xml, "instantiate", False)
        if not node.definitions and message_ref(self.process_parser.parser, xml) is None:
            zh = f"接收任务没有选择消息，就以它的编号“{node.id}”为消息的名称。"
            en = "The receive task has no message; its id is taken as the name of one."
            self.notes.add(node.id, "message.missing", zh, en, "error" if node.instantiate else "warning")
            node.definitions = self._named_message(xml, node.id)

    def _message(self, xml: Xml) -> list[Any]:
        parser = self.process_parser.parser
        ref = message_ref(parser, xml)
        name = name_of(parser, "message", ref, self.bpmn_id) if ref else None
        return [] if name is None else self._named_message(xml, name)

    def _named_message(self, xml: Xml, name: str) -> list[Any]:
        from engine.definition import EventDefinition

        parser = self.process_parser.parser
        named = self.notes.template(name, self.bpmn_id, "message")
        return [EventDefinition(kind="message", name=named, correlation=correlation(parser, xml, self.bpmn_id))]

    def read_scriptTask(self, node: Any, xml: Xml) -> None:
        """The assignments."""
        said = (xml.get("scriptFormat") or xml.get("scriptLanguage") or "").strip()
        if said.lower() not in LANGUAGES:
            zh = f"脚本声明是 {said[:40]}；这里按本系统的赋值语句来读。"
            self.notes.add(node.id, "script.language", zh, f"The script is said to be {said[:40]}.", "warning")
        text = child_text(xml, "script")
        node.result_variable = attribute(xml, "resultVariable") or attribute(xml, "resultVariableName")
        if node.result_variable is not None:  # the text is an expression, its value the result
            node.expression = self.notes.expression(text, node.id, "script")
        else:
            node.script = self.notes.script(text, node.id)
        if text is None:
            self.notes.add(node.id, "script.missing", "脚本任务没有脚本。", "The script task has no script.", "warning")

    def read_callActivity(self, node: Any, xml: Xml) -> None:
        """Which process, which version, what goes in and out."""
        notes = self.notes
        node.called = notes.template(local_name(xml, xml.get("calledElement")), node.id, "called process")
        if node.called is None:
            notes.add(node.id, "call.missing", "没有写要调用的流程。", "No called process is named.")
        binding = attribute(xml, "calledElementBinding")
        if binding == "version":
            node.version = notes.template(attribute(xml, "calledElementVersion"), node.id, "version")
        elif binding not in (None, "latest", "deployment"):
            notes.unsupported(node.id, f"版本绑定方式“{binding}”", f"version binding {binding}")
        ins = [m for one in extensions(xml, "in") if (m := self._mapping(node, one)) is not None]
        node.ins = ins or None
        node.outs = [m for one in extensions(xml, "out") if (m := self._mapping(node, one)) is not None]

    def _mapping(self, node: Node, xml: Xml) -> Mapping | None:
        if xml.get("businessKey") is not None:
            return None  # called processes run in the same case anyway
        if xml.get("variables") == "all":
            return Mapping()
        source, target = xml.get("source"), xml.get("target") or ""
        expression = self.notes.expression(xml.get("sourceExpression"), node.id, "mapping")
        if not target.isidentifier() or not (source or expression):
            self.notes.add(node.id, "call.mapping", "变量映射没有写全来源和目标。", "A mapping lacks source or target.")
            return None
        return Mapping(source or None, expression, target)

    def read_adHocSubProcess(self, node: Any, xml: Xml) -> None:
        """Ordering and completion."""
        node.sequential = xml.get("ordering") == "Sequential"
        node.cancel_remaining = flag(xml, "cancelRemainingInstances", True)
        node.completion = self.expression(node, xml, "completionCondition", "completion")


def _topic(xml: Xml) -> str | None:
    """The handler of an external task."""
    topic = attribute(xml, "topic")
    kind = attribute(xml, "type")
    return topic if kind in (None, "external") else None
