"""Rules about the drawing as such: ids, beginnings and ends, what no token can reach."""

from __future__ import annotations

from collections import Counter
from typing import Any

from engine.checking.report import Report, successors
from engine.definition import Body
from engine.reading.extensions import BPMN, local_name, tag

FOREIGN = ("choreography", "globalChoreographyTask", "globalConversation")


def check(report: Report, root: Any) -> None:
    """All rules of this group."""
    _ids(report, root)
    _message_flows(report, root)
    for body in report.bodies():
        _begins(report, body)
        _ends(report, body)
        _ends_of_flows(report, body)
        _dead_ends(report, body)
        _reach(report, body)
    for node in report.nodes():
        if node.kind == "userTask" and node.bpmn_name is None:
            report.warn(
                node.id, "name.missing", "用户任务没有名称，待办里只能显示它的 ID。", "The user task has no name."
            )


def _ids(report: Report, root: Any) -> None:
    prefix = "{" + BPMN + "}"
    ids = Counter(xml.get("id") for xml in root.iter() if isinstance(xml.tag, str) and xml.tag.startswith(prefix))
    for id, count in ids.items():
        if id is not None and count > 1:
            report.error(id, "id.duplicate", f"ID“{id}”用了{count}次。", f"Id {id} is used {count} times.")
    for xml in root.iterchildren():
        if tag(xml) in FOREIGN:
            report.error(
                xml.get("id") or "", "bpmn.unsupported", f"不支持：{tag(xml)}。", f"Not supported: {tag(xml)}."
            )


def _message_flows(report: Report, root: Any) -> None:
    """A message flow between two executable pools: both ends must mean the same message (9.3)."""
    for xml in root.iter("{" + BPMN + "}messageFlow"):
        ends = [
            report.definition.elements.get(local_name(xml, xml.get(end)) or "") for end in ("sourceRef", "targetRef")
        ]
        sent, awaited = (_messages(node) for node in ends)
        if sent and awaited and not sent & awaited:
            zh = f"消息流的两端不是同一个消息：发出“{min(sent)}”，等待“{min(awaited)}”，收不到。"
            en = f"The ends of the message flow name different messages: {min(sent)} and {min(awaited)}."
            report.warn(xml.get("id") or "", "message_flow.mismatch", zh, en)


def _messages(node: Any) -> set[str]:
    if node is None:
        return set()
    names = (one.name for one in node.definitions if one.kind == "message" and one.name is not None)
    return {name.source.strip() for name in names if name.constant}


def _begins(report: Report, body: Body) -> None:
    name = body.node.id if body.node is not None else body.id
    if not body.elements and (body.node is not None or body.id != report.definition.key):
        report.warn(name, "process.empty", "（子）流程里没有任何元素。", "There is nothing inside.")
    elif not body.starts and (body.node is None or body.node.kind in ("subProcess", "transaction")):
        if list(body.elements) == [body.id]:
            return  # a global task
        if any(getattr(node, "instantiate", False) for node in body.elements.values()):
            return  # a receive task or an event-based gateway begins it (13.1)
        if not body.openings:
            zh = "没有开始事件，也没有可以开始的元素。"
            report.error(name, "start.missing", zh, "There is nothing to begin with.")
        elif body.node is None and report.known.start_event_wanted:
            zh = "没有开始事件：制度从开始事件立案，请画一个开始事件。"
            report.error(name, "start.missing", zh, "A regulation begins with a start event.")
        else:
            zh = "没有开始事件；没有进线的元素会同时开始。"  # 10.4.2: start events are optional
            report.warn(name, "start.missing", zh, "No start event: what no flow leads to begins.")


def _ends(report: Report, body: Body) -> None:
    """An ad-hoc sub-process has neither start nor end events (10.2.5)."""
    if body.node is None or body.node.kind != "adHocSubProcess":
        return
    for node in body.elements.values():
        if node.kind in ("startEvent", "endEvent"):
            zh = f"临时子流程“{body.node.name}”里不能有开始、结束事件。"
            report.error(node.id, "ad_hoc.events", zh, "An ad-hoc sub-process has no start and end events.")


def _ends_of_flows(report: Report, body: Body) -> None:
    for node in body.elements.values():
        if node.kind == "endEvent" and node.outgoing:
            report.error(node.id, "end.outgoing", "结束事件不能有出线。", "An end event cannot have outgoing flows.")
        if node.kind in ("startEvent", "boundaryEvent") and node.incoming:
            zh = "开始事件和边界事件不能有进线。"
            report.error(node.id, "event.incoming", zh, "Start and boundary events cannot have incoming flows.")
        if node.kind == "eventSubProcess" and (node.incoming or node.outgoing or node.boundary_events):
            zh = "事件子流程不能有进线、出线和边界事件。"
            report.error(
                node.id, "event_sub_process.flows", zh, "An event sub-process has no flows and boundary events."
            )
        if node.is_for_compensation and (node.incoming or node.outgoing):
            zh = "补偿活动不能有进线和出线。"
            report.error(node.id, "compensation.flows", zh, "A compensation activity has no flows.")
        if getattr(node, "handler", None) is not None and node.outgoing:
            zh = "补偿边界事件不能有出线，只用关联线连到补偿活动。"
            report.error(node.id, "compensation.flows", zh, "A compensation boundary event has no flows.")
        if getattr(node, "instantiate", False) and node.incoming:
            zh = "启动流程的接收任务和事件网关不能有进线。"
            report.error(node.id, "start.incoming", zh, "What instantiates the process has no incoming flows.")
        if node.kind == "boundaryEvent" and not node.outgoing and node.handler is None:
            report.warn(
                node.id,
                "boundary.no_flow",
                "边界事件没有出线，触发后什么也不做。",
                "Nothing follows the boundary event.",
            )


def _dead_ends(report: Report, body: Body) -> None:
    """Elements from which nothing leads on although they are no end.

    BPMN lets an activity be an end without saying so; in a body that draws end events it is likely a forgotten flow.
    """
    if body.node is not None and body.node.kind == "adHocSubProcess":
        return
    drawn = any(node.kind == "endEvent" for node in body.elements.values())
    for node in body.elements.values():
        if node.outgoing or node.kind in _ENDS or node.is_for_compensation or getattr(node, "link_target", None):
            continue
        if drawn or node.kind in _NEVER_AN_END or node.kind.endswith("Gateway"):
            zh = f"“{node.name}”没有出线，流程走到这里就停了；请连到下一环节或结束事件。"
            report.warn(node.id, "element.dead_end", zh, "Nothing follows, and it is no end event.")


_ENDS = ("endEvent", "boundaryEvent", "eventSubProcess")  # a boundary event has a rule of its own
_NEVER_AN_END = ("startEvent", "intermediateCatchEvent")


def _reach(report: Report, body: Body) -> None:
    """Elements that no token can come to, and elements from which no token comes to an end."""
    elements = body.elements
    begin = [node.id for node in (*body.starts, *body.openings, *body.event_sub_processes)]
    for node in elements.values():
        if getattr(node, "instantiate", False):
            begin += [node.id, *(flow.target for flow in node.outgoing)]
    reached = _closure(begin, {node.id: successors(node) for node in elements.values()})
    for node in elements.values():
        if node.id not in reached and not node.is_for_compensation:
            report.warn(node.id, "element.unreachable", f"“{node.name}”永远走不到。", "No token can come here.")
    back: dict[str, list[str]] = {}
    for node in elements.values():
        for target in successors(node):
            back.setdefault(target, []).append(node.id)
    ends = [node.id for node in elements.values() if not node.outgoing and not getattr(node, "link_target", None)]
    ending = _closure(ends, back)
    stuck = [node for node in elements.values() if node.id in reached and node.id not in ending]
    if stuck:
        names = "、".join(node.name for node in stuck[:5])
        zh = f"从这里走不到任何结束（{names}），事项永远办不结。"
        report.warn(stuck[0].id, "element.no_end", zh, "No way leads from here to an end.")


def _closure(begin: list[str], steps: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    ahead = list(begin)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += steps.get(one, [])
    return found
