"""Rules about gateways and the conditions on flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.checking.report import Report
from engine.elements.base import Node
from engine.expressions import Expression
from storage.errors import BanjieError


def check(report: Report) -> None:
    """All rules of this group."""
    for node in report.nodes():
        if node.kind in ("exclusiveGateway", "inclusiveGateway"):
            _choice(report, node)
        elif node.kind in ("parallelGateway", "eventBasedGateway"):
            _no_conditions(report, node)
        if node.kind == "eventBasedGateway":
            _targets(report, node)
        elif not node.kind.endswith("Gateway"):
            _ways_out(report, node)
        for what, condition in _conditions(node):
            _truth(report, node, what, condition)
        for flow in node.outgoing:
            if flow.is_default and flow.condition is not None:
                zh = "默认出口上写的条件不会被看。"
                report.warn(flow.id, "condition.default", zh, "The condition of a default flow is not looked at.")


def _conditions(node: Any) -> Iterator[tuple[str, Expression]]:
    """The conditions of an element, each with the id of what bears it."""
    loop = getattr(node, "loop", None)
    for part, name in ((node, "completion"), (node, "activation"), (loop, "completion"), (loop, "condition")):
        condition = getattr(part, name, None)
        if condition is not None:
            yield node.id, condition
    yield from ((node.id, one.condition) for one in node.definitions if one.condition is not None)
    yield from ((flow.id, flow.condition) for flow in node.outgoing if flow.condition is not None)


def _truth(report: Report, node: Node, element_id: str, condition: Expression) -> None:
    """A condition that is always the same and neither true nor false."""
    if condition.names or condition.calls:
        return
    try:
        value = condition.evaluate({})
    except BanjieError:
        return  # told when it runs
    if not isinstance(value, bool):
        zh = f"“{node.name}”的条件“{condition.source[:40]}”不是真或假。"
        report.error(element_id, "condition.not_boolean", zh, "The condition is neither true nor false.")


def _ways_out(report: Report, node: Node) -> None:
    """Conditional flows alone leave an activity or event (13.2.1): then one of them has to be taken."""
    if node.outgoing and all(flow.condition is not None and not flow.is_default for flow in node.outgoing):
        zh = f"“{node.name}”的出线都有条件，没有默认出线：条件都不成立时会停在这里。"
        report.warn(node.id, "gateway.no_default", zh, "All ways out have conditions, and none is the default.")


def _choice(report: Report, node: Node) -> None:
    if len(node.outgoing) < 2:
        return
    bare = [flow for flow in node.outgoing if flow.condition is None and not flow.is_default]
    default = [flow for flow in node.outgoing if flow.is_default]
    if node.kind == "exclusiveGateway" and (len(bare) > 1 or (bare and default)):
        zh = f"“{node.name}”有{len(bare)}个出口没有条件，也不是默认出口。"
        report.error(bare[0].id, "condition.missing", zh, "A flow out of an exclusive gateway has no condition.")
    elif not bare and not default:
        zh = f"“{node.name}”没有默认出口：条件都不成立时会停在这里。"
        report.warn(node.id, "gateway.no_default", zh, "The gateway has no default flow.")


def _no_conditions(report: Report, node: Node) -> None:
    for flow in node.outgoing:
        if flow.condition is not None:
            zh = "并行网关和事件网关的出口不看条件。"
            report.warn(flow.id, "condition.ignored", zh, "Conditions do not count at this gateway.")


def _targets(report: Report, node: Node) -> None:
    if len(node.outgoing) < 2:
        report.warn(node.id, "event_gateway.one", "事件网关只有一个出口。", "The event-based gateway has one way only.")
    seen: set[str] = set()
    for flow in node.outgoing:
        target = node.within.elements[flow.target]
        if target.kind not in ("intermediateCatchEvent", "receiveTask"):
            zh = f"事件网关后面只能是中间捕获事件或接收任务，不能是“{target.name}”。"
            report.error(flow.id, "event_gateway.target", zh, "Only catch events and receive tasks may follow.")
        elif (
            target.boundary_events
            or len(target.incoming) > 1
            or getattr(target, "loop", None) is not None
            or getattr(target, "parallel_multiple", False)
        ):
            zh = f"事件网关后面的“{target.name}”不能有别的进线、边界事件、循环，也不能是并行多重事件。"
            en = "No other flows, boundary events or loops here, and no parallel multiple event."
            report.error(target.id, "event_gateway.target", zh, en)
        elif target.id in seen:
            report.error(target.id, "event_gateway.target", "同一个事件接了两次。", "The same event twice.")
        seen.add(target.id)
