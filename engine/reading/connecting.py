"""After all elements of a process are read: what belongs to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.definition import Body
from engine.elements.activity import Activity
from engine.elements.base import Node
from engine.elements.containers.sub_process import EventSubProcess
from engine.elements.events.boundary_event import BoundaryEvent
from engine.elements.events.intermediate_catch_event import IntermediateCatchEvent
from engine.elements.events.intermediate_throw_event import IntermediateThrowEvent
from engine.elements.events.start_event import StartEvent
from engine.reading.extensions import BPMN, local_name

if TYPE_CHECKING:
    from engine.reading.parser import DiagramParser, ProcessReader

ESP_STARTS = ("message", "timer", "error", "escalation", "signal", "conditional", "compensate")


def connect(parser: DiagramParser, reader: ProcessReader, root: Body) -> None:
    """Boundary events to their activities, links to their ends, starts and event sub-processes to their bodies."""
    ahead = [root]
    for body in ahead:  # grows while it is read
        ahead += [node.inside for node in body.elements.values() if node.inside is not None]
        _boundaries(parser, reader, body)
        _links(parser, body)
        _beginnings(parser, body)


def _boundaries(parser: DiagramParser, reader: ProcessReader, body: Body) -> None:
    for node in body.elements.values():
        if not isinstance(node, BoundaryEvent):
            continue
        activity = body.elements.get(node.attached_to)
        if not isinstance(activity, Activity):
            zh = f"边界事件依附的“{node.attached_to}”不是同一层的活动。"
            parser.notes.add(
                node.id, "boundary.attached", zh, f"Attached to {node.attached_to}, which is no activity here."
            )
            continue
        activity.boundary_events.append(node)
        kinds = {definition.kind for definition in node.definitions}
        if not kinds:
            parser.notes.add(
                node.id, "boundary.none", "边界事件没有事件类型。", "The boundary event has no event definition."
            )
        if kinds & {"error", "cancel"} and not node.cancel_activity:
            node.cancel_activity = True  # these always interrupt (10.4.4, table 10.90)
            _always_interrupts(parser, node.id)
        if "cancel" in kinds and activity.kind != "transaction":
            parser.notes.add(
                node.id, "cancel.outside", "取消边界事件只能依附在事务子流程上。", "Cancel belongs to a transaction."
            )
        if "compensate" in kinds:
            node.handler = _handler(parser, reader, node, body)


def _always_interrupts(parser: DiagramParser, element_id: str) -> None:
    zh = "错误事件和取消事件总是中断所在的活动；“不中断”不起作用。"
    en = "Error and cancel events always interrupt."
    parser.notes.add(element_id, "event.interrupts", zh, en, "warning")


def _handler(parser: DiagramParser, reader: ProcessReader, event: Node, body: Body) -> str | None:
    """The activity that an association leads to from a compensation boundary event (10.6.1).

    An association is an artifact: it may stand in the process, a sub-process or the collaboration (9.2, 8.3.1).
    """
    for xml in reader.node.getroottree().iter("{" + BPMN + "}association"):
        ends = [local_name(xml, xml.get(end)) for end in ("sourceRef", "targetRef")]
        if event.id in ends:
            other = body.elements.get(ends[1 - ends.index(event.id)] or "")
            if isinstance(other, Activity):
                other.is_for_compensation = True
                return other.id
    zh = "补偿边界事件没有用关联线连到补偿活动。"
    parser.notes.add(event.id, "compensation.handler", zh, "No association leads to a compensation activity.")
    return None


def _links(parser: DiagramParser, body: Body) -> None:
    ends: dict[str, list[IntermediateCatchEvent]] = {}
    for node in body.elements.values():
        if isinstance(node, IntermediateCatchEvent) and node.definitions and node.definitions[0].kind == "link":
            ends.setdefault(node.definitions[0].link, []).append(node)
    for name, nodes in ends.items():
        if len(nodes) > 1:
            parser.notes.add(
                nodes[1].id, "link.several", f"有几个名为“{name}”的链接终点。", f"Several link targets {name}."
            )
    for node in body.elements.values():
        if isinstance(node, IntermediateThrowEvent) and node.definitions and node.definitions[0].kind == "link":
            name = node.definitions[0].link
            target = ends.get(name, [None])[0]
            if target is None:
                parser.notes.add(node.id, "link.target", f"没有名为“{name}”的链接终点。", f"No link target {name}.")
                continue
            node.link_target = target.id
            target.link_sources = [*target.link_sources, node.id]


def _beginnings(parser: DiagramParser, body: Body) -> None:
    notes = parser.notes
    nodes = list(body.elements.values())
    body.starts = [node for node in nodes if isinstance(node, StartEvent)]
    body.event_sub_processes = [node for node in nodes if isinstance(node, EventSubProcess)]
    container: Any = body.node
    if container is not None and container.kind == "adHocSubProcess":
        body.openings = _without_incoming(body)
    elif container is not None and container.kind == "eventSubProcess":
        if len(body.starts) != 1 or len(body.starts[0].definitions) < 1:
            zh = "事件子流程应有且只有一个带事件的开始事件。"
            notes.add(
                container.id,
                "event_sub_process.start",
                zh,
                "An event sub-process needs exactly one start with an event.",
            )
            body.starts = body.starts[:1]
            body.event_sub_processes = []
        elif body.starts[0].definitions[0].kind not in ESP_STARTS:
            notes.unsupported(body.starts[0].id, "这种开始事件", "this start of an event sub-process")
        elif body.starts[0].definitions[0].kind in ("error", "compensate"):
            error = body.starts[0].definitions[0].kind == "error"
            if error and not body.starts[0].is_interrupting:
                _always_interrupts(parser, body.starts[0].id)
            body.starts[0].is_interrupting = error
        body.openings = list(body.starts)
    elif body.starts:
        body.openings = [start for start in body.starts if not start.definitions]
        if container is not None and len(body.openings) != len(body.starts):
            notes.add(
                container.id,
                "sub_process.start",
                "子流程的开始事件不能带事件。",
                "A sub-process starts without an event.",
            )
        if len(body.openings) > 1:
            zh = "有几个普通开始事件；直接启动时只用第一个。" if container is None else "子流程只能有一个开始事件。"
            severity = "warning" if container is None else "error"
            notes.add(body.openings[1].id, "start.several", zh, "Several none start events.", severity)  # type: ignore[arg-type]
    else:
        body.openings = _without_incoming(body)
    body.event_sub_processes = [sub for sub in body.event_sub_processes if sub.inside is not None and _has_start(sub)]


def _has_start(sub: Node) -> bool:
    return sub.inside is not None and any(
        isinstance(node, StartEvent) and node.definitions for node in sub.inside.elements.values()
    )


def _without_incoming(body: Body) -> list[Node]:
    """What begins when there is no start event (10.2.5, 13.1): what no flow leads to."""
    return [
        node
        for node in body.elements.values()
        if not node.incoming
        and not isinstance(node, BoundaryEvent | EventSubProcess)
        and not node.is_for_compensation
        and not getattr(node, "instantiate", False)
        and not (isinstance(node, IntermediateCatchEvent) and node.definitions and node.definitions[0].kind == "link")
    ]
