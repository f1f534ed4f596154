"""Rules about events: which kinds may stand where, and what they need."""

from __future__ import annotations

from engine.checking.report import Report
from engine.elements.base import Node

CATCH = frozenset({"message", "timer", "signal", "conditional", "link"})
THROW = frozenset({"message", "signal", "escalation", "compensate", "link"})
END = frozenset({"message", "signal", "error", "escalation", "compensate", "terminate", "cancel"})
BOUNDARY = frozenset({"message", "timer", "signal", "conditional", "error", "escalation", "compensate", "cancel"})
ALONE = frozenset({"link", "terminate", "cancel", "error", "compensate"})
TOGETHER = frozenset({"message", "timer", "signal", "conditional"})  # what a parallel multiple event can be made of
ALLOWED = {
    "intermediateCatchEvent": CATCH,
    "intermediateThrowEvent": THROW,
    "endEvent": END,
    "boundaryEvent": BOUNDARY,
}


def check(report: Report) -> None:
    """All rules of this group."""
    for node in report.nodes():
        _kinds(report, node)
        _cancel(report, node)
        _compensation(report, node)
        _parallel(report, node)
        _links(report, node)
        if node.kind in ("intermediateCatchEvent",) and any(d.timer_kind == "timeCycle" for d in node.definitions):
            zh = "中间定时事件写了周期，只会触发一次；请写时长或日期。"
            report.warn(node.id, "timer.cycle", zh, "A cycle in an intermediate event fires once only.")
        if node.kind == "startEvent" and node.within.node is None and not getattr(node, "is_interrupting", True):
            zh = "流程的开始事件没有可以打断的。"
            report.warn(node.id, "start.interrupting", zh, "A process start has nothing to interrupt.")


def _kinds(report: Report, node: Node) -> None:
    allowed = ALLOWED.get(node.kind)
    if allowed is None:
        return
    for definition in node.definitions:
        if definition.kind not in allowed:
            zh = f"这种位置的事件不能是 {definition.kind}。"
            report.error(node.id, "event.kind", zh, f"A {definition.kind} event cannot stand here.")
    if node.kind == "intermediateCatchEvent" and not node.definitions:
        report.error(
            node.id, "event.none", "中间捕获事件没有事件类型，永远等不到。", "A catch event needs an event definition."
        )
    kinds = {definition.kind for definition in node.definitions}
    alone = {"cancel", "compensate"} if node.kind == "boundaryEvent" else ALONE
    if len(node.definitions) > 1 and kinds & alone:
        zh = "这些事件类型不能合在一个事件里。"
        report.error(node.id, "event.several", zh, "These kinds cannot be combined in one event.")
    if node.kind == "endEvent" and any(d.kind == "error" and d.code is None for d in node.definitions):
        report.error(node.id, "error.missing", "错误结束事件没有选择错误。", "The error end event names no error.")
    if node.kind in ("intermediateThrowEvent", "endEvent"):
        for definition in node.definitions:
            if definition.kind == "escalation" and definition.code is None:
                report.error(node.id, "escalation.missing", "没有选择升级。", "No escalation is named.")


def _parallel(report: Report, node: Node) -> None:
    if not getattr(node, "parallel_multiple", False):
        return
    kinds = {definition.kind for definition in node.definitions}
    starts = node.kind == "startEvent" and node.within.node is None
    if kinds - (frozenset({"message"}) if starts else TOGETHER):
        zh = "并行多重事件里只能有消息、定时、信号、条件；启动流程的只能有消息。"
        report.error(node.id, "event.parallel", zh, "These kinds cannot be awaited together.")


def _links(report: Report, node: Node) -> None:
    if not any(definition.kind == "link" for definition in node.definitions):
        return
    if (node.kind == "intermediateCatchEvent" and node.incoming) or (
        node.kind == "intermediateThrowEvent" and node.outgoing
    ):
        zh = "链接的起点不能有出线，终点不能有进线。"
        report.error(node.id, "link.flows", zh, "A link throws without outgoing and catches without incoming flows.")


def _cancel(report: Report, node: Node) -> None:
    if node.kind == "endEvent" and any(d.kind == "cancel" for d in node.definitions):
        body = node.within
        while body.node is not None and body.node.kind != "transaction" and body.parent is not None:
            body = body.parent
        if body.node is None or body.node.kind != "transaction":
            report.error(
                node.id, "cancel.outside", "取消结束事件只能用在事务子流程里。", "Cancel belongs to a transaction."
            )
        elif not any(d.kind == "cancel" for event in body.node.boundary_events for d in event.definitions):
            zh = f"事务“{body.node.name}”可能被取消，但没有取消边界事件。"
            report.error(body.node.id, "cancel.no_boundary", zh, "The transaction has no cancel boundary event.")


def _compensation(report: Report, node: Node) -> None:
    for definition in node.definitions:
        if definition.kind != "compensate" or node.kind in ("boundaryEvent", "startEvent"):
            continue
        if definition.activity is not None and definition.activity not in report.definition.elements:
            zh = f"要补偿的活动“{definition.activity}”不存在。"
            report.error(node.id, "compensation.unknown", zh, f"No activity {definition.activity} to compensate.")
        elif definition.activity is not None and not _in_sight(node, report.definition.elements[definition.activity]):
            zh = f"要补偿的活动“{definition.activity}”不在同一个（子）流程里。"
            report.error(node.id, "compensation.scope", zh, f"{definition.activity} is not in the scope of the throw.")
    body = node.within
    if (
        node.kind == "startEvent"
        and any(definition.kind == "compensate" for definition in node.definitions)
        and body.parent is not None
        and body.parent.node is None
    ):
        zh = "流程最外层的补偿事件子流程永远不会执行：被调用的流程由调用活动上的补偿边界事件来补偿。"
        en = "A process is compensated by the boundary event of its call, never by an event sub-process of its own."
        report.warn(node.id, "compensation.outermost", zh, en)
    if node.is_for_compensation:
        handlers = {event.handler for other in node.within.elements.values() for event in other.boundary_events}
        if node.id not in handlers:
            zh = "补偿活动没有连到补偿边界事件，永远不会执行。"
            report.warn(node.id, "compensation.unused", zh, "No compensation event leads to this activity.")


def _in_sight(node: Node, activity: Node) -> bool:
    """An activity beside the throw; from an event sub-process also one of the sub-process around it (10.6.2)."""
    body = node.within
    while body.node is not None and body.node.kind == "eventSubProcess" and activity.within is not body:
        assert body.parent is not None
        body = body.parent
    return activity.within is body
