"""Reads one flow node: a subclass of the library's task parser that makes our element and does not follow flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from engine.elements.activity import Activity
from engine.elements.base import Node
from engine.elements.containers.call_activity import Mapping
from engine.elements.containers.multi_instance import MultiInstance
from engine.elements.containers.standard_loop import StandardLoop
from engine.reading.events import event_definitions, reference
from engine.reading.extensions import Xml, attribute, child, child_text, extensions, read_common

if TYPE_CHECKING:
    from engine.reading.notes import Notes


class NodeReader(TaskParser):  # type: ignore[misc]  # the library ships no types
    """Makes an element from its XML. `parse_node` gives the element; the caller connects it."""

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
        self.read(node, self.node)
        return node

    def read(self, node: Any, xml: Xml) -> None:
        """What is special to this kind of element."""


class EventReader(NodeReader):
    """Catching events."""

    def read(self, node: Any, xml: Xml) -> None:
        node.definitions = event_definitions(self.process_parser.parser, xml, node.id, throws=False)
        node.form_key = attribute(xml, "formKey")
        node.initiator = attribute(xml, "initiator")
        node.is_interrupting = xml.get("isInterrupting", "true") == "true"
        node.cancel_activity = xml.get("cancelActivity", "true") == "true"
        node.attached_to = xml.get("attachedToRef", "")
        node.parallel_multiple = xml.get("parallelMultiple", "false") == "true" and len(node.definitions) > 1


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
            node.activation = self.notes.expression(child_text(xml, "activationCondition"), node.id, "activation")
        if node.kind == "eventBasedGateway":
            node.instantiate = xml.get("instantiate", "false") == "true"
            node.parallel = xml.get("eventGatewayType", "Exclusive") == "Parallel"
            if node.parallel and not node.instantiate:
                self.notes.add(
                    node.id, "gateway.parallel_event", "并行的事件网关只能用来启动流程。",
                    "A parallel event-based gateway can only start a process.",
                )  # fmt: skip


class ActivityReader(NodeReader):
    """Tasks, sub-processes and calls."""

    def read(self, node: Any, xml: Xml) -> None:
        node.is_for_compensation = xml.get("isForCompensation", "false") == "true"
        node.loop = self._loop(node, xml)
        reader = getattr(self, f"read_{node.kind}", None)
        if reader is not None:
            reader(node, xml)

    def read_userTask(self, node: Any, xml: Xml) -> None:
        """Who does it, with which form, until when."""
        notes = self.notes
        node.form_key = attribute(xml, "formKey") or attribute(xml, "formRef")
        node.assignee = notes.template(attribute(xml, "assignee"), node.id, "assignee")
        node.candidate_groups = notes.template(attribute(xml, "candidateGroups"), node.id, "candidate groups")
        node.candidate_users = notes.template(attribute(xml, "candidateUsers"), node.id, "candidate users")
        node.due_date = notes.timer(attribute(xml, "dueDate"), "dueDate", node.id)

    def read_serviceTask(self, node: Any, xml: Xml) -> None:
        """The handler, or an expression."""
        node.topic = _topic(xml)
        node.result_variable = attribute(xml, "resultVariable")
        node.expression = self.notes.expression(attribute(xml, "expression"), node.id, "expression")
        for name in ("class", "delegateExpression"):
            if attribute(xml, name) is not None:
                self.notes.unsupported(node.id, f"Java 实现（camunda:{name}）", f"Java code (camunda:{name})")

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
        node.instantiate = xml.get("instantiate", "false") == "true"
        if not node.definitions:
            self.notes.add(node.id, "message.missing", "接收任务没有选择消息。", "The receive task has no message.")

    def _message(self, xml: Xml) -> list[Any]:
        from engine.definition import EventDefinition

        ref = xml.get("messageRef")
        if not ref:
            return []
        messages = self.process_parser.parser.messages
        ref = reference(self.process_parser.parser, ref, messages)
        name = messages.get(ref)
        if not name:
            self.notes.add(
                self.bpmn_id, "message.unknown", f"消息“{ref}”不存在或没有名称。", f"No message named {ref}."
            )
            return []
        return [EventDefinition(kind="message", name=self.notes.template(name, self.bpmn_id, "message"))]

    def read_scriptTask(self, node: Any, xml: Xml) -> None:
        """The assignments."""
        if attribute(xml, "resource") is not None:
            self.notes.unsupported(node.id, "外部脚本文件", "script in an external file")
        text = child_text(xml, "script")
        node.script = self.notes.script(text, node.id)
        if text is None:
            self.notes.add(node.id, "script.missing", "脚本任务没有脚本。", "The script task has no script.", "warning")

    def read_callActivity(self, node: Any, xml: Xml) -> None:
        """Which process, which version, what goes in and out."""
        notes = self.notes
        node.called = notes.template(xml.get("calledElement"), node.id, "called process")
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
        node.cancel_remaining = xml.get("cancelRemainingInstances", "true") == "true"
        node.completion = self.notes.expression(child_text(xml, "completionCondition"), node.id, "completion")

    def _loop(self, node: Activity, xml: Xml) -> Any:
        notes = self.notes
        standard = child(xml, "standardLoopCharacteristics")
        if standard is not None:
            maximum = standard.get("loopMaximum")
            if maximum is not None and not maximum.strip().isdecimal():
                notes.add(
                    node.id, "loop.maximum", "循环的最多次数应是非负整数。", "loopMaximum is no non-negative integer."
                )
                maximum = None
            condition = notes.expression(child_text(standard, "loopCondition"), node.id, "loop condition")
            if condition is None and maximum is None:
                notes.add(
                    node.id,
                    "loop.endless",
                    "循环既没有条件也没有最多次数。",
                    "The loop has neither condition nor maximum.",
                )
            return StandardLoop(
                condition=condition,
                test_before=standard.get("testBefore", "false") == "true",
                maximum=int(maximum) if maximum is not None else None,
            )
        multi = child(xml, "multiInstanceLoopCharacteristics")
        return None if multi is None else self._multi_instance(node, multi)

    def _multi_instance(self, node: Activity, xml: Xml) -> MultiInstance:
        notes = self.notes
        if xml.get("behavior", "All") != "All":
            notes.unsupported(node.id, "多实例的 behavior 事件", "behavior events of a multi-instance activity")
        source = attribute(xml, "collection") or self._data_name(child_text(xml, "loopDataInputRef"))
        collection = notes.expression(source, node.id, "collection")
        cardinality = notes.expression(child_text(xml, "loopCardinality"), node.id, "cardinality")
        if collection is None and cardinality is None:
            notes.add(node.id, "loop.count", "多实例既没有集合也没有次数。", "No collection and no cardinality.")
        item, output_item = child(xml, "inputDataItem"), child(xml, "outputDataItem")
        return MultiInstance(
            sequential=xml.get("isSequential", "false") == "true",
            cardinality=cardinality,
            collection=collection,
            item=attribute(xml, "elementVariable") or (None if item is None else _data_name(item)),
            completion=notes.expression(child_text(xml, "completionCondition"), node.id, "completion"),
            output=self._data_name(child_text(xml, "loopDataOutputRef")),
            output_item=None if output_item is None else _data_name(output_item),
        )

    def _data_name(self, ref: str | None) -> str | None:
        """The variable that a reference to a data object means."""
        if not ref:
            return None
        xml = self.process_parser.get_node_by_id(ref)
        if xml is not None and xml.get("dataObjectRef") and not (xml.get("name") or "").isidentifier():
            xml = self.process_parser.get_node_by_id(xml.get("dataObjectRef"))
        return ref if xml is None else _data_name(xml)


def _data_name(xml: Xml) -> str | None:
    name: str | None = xml.get("name")
    if name and name.isidentifier():
        return name
    found: str | None = xml.get("id")
    return found


def _topic(xml: Xml) -> str | None:
    """The handler of an external task."""
    topic = attribute(xml, "topic")
    kind = attribute(xml, "type")
    return topic if kind in (None, "external") else None
