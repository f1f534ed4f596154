"""Event definitions: what an event waits for or throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.definition import EventDefinition
from engine.reading.extensions import Xml, attribute, child, child_text, tag

if TYPE_CHECKING:
    from engine.reading.parser import DiagramParser

KINDS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensate",
    "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate",
    "cancelEventDefinition": "cancel",
}


def event_definitions(parser: DiagramParser, xml: Xml, element_id: str, *, throws: bool) -> list[EventDefinition]:
    """The event definitions of an event, also those it refers to."""
    found = []
    for one in xml.iterchildren():
        name = tag(one)
        if name == "eventDefinitionRef":
            referred = parser.root_event_definition((one.text or "").strip())
            if referred is None:
                parser.notes.add(
                    element_id, "event.ref", f"事件定义“{one.text}”不存在。", f"No event definition {one.text}."
                )
                continue
            one, name = referred, tag(referred)
        if name in KINDS:
            found.append(_read(parser, one, KINDS[name], element_id, throws))
    return found


def _read(parser: DiagramParser, xml: Xml, kind: str, element_id: str, throws: bool) -> EventDefinition:
    notes = parser.notes
    match kind:
        case "message" | "signal":
            names = parser.messages if kind == "message" else parser.signals
            return EventDefinition(
                kind=kind, name=notes.template(_named(parser, xml, kind, names, element_id), element_id, kind)
            )
        case "timer":
            for timer_kind in ("timeDate", "timeDuration", "timeCycle"):
                text = child_text(xml, timer_kind)
                if text is not None:
                    timer = notes.timer(text, timer_kind, element_id)
                    return EventDefinition(kind=kind, timer_kind=timer_kind, timer=timer or "")
            notes.add(element_id, "timer.missing", "定时事件没有写时间。", "The timer event has no time.")
            return EventDefinition(kind=kind)
        case "error":
            return EventDefinition(
                kind=kind,
                code=_code(parser, xml, "error", parser.errors, "error_code", element_id),
                code_variable=attribute(xml, "errorCodeVariable"),
                message_variable=attribute(xml, "errorMessageVariable"),
            )
        case "escalation":
            return EventDefinition(
                kind=kind,
                code=_code(parser, xml, "escalation", parser.escalations, "escalation_code", element_id),
                code_variable=attribute(xml, "escalationCodeVariable"),
            )
        case "conditional":
            condition = notes.expression(child_text(xml, "condition"), element_id, "event condition")
            if child(xml, "condition") is None:
                notes.add(
                    element_id, "condition.missing", "条件事件没有写条件。", "The conditional event has no condition."
                )
            return EventDefinition(kind=kind, condition=condition)
        case "compensate":
            return EventDefinition(
                kind=kind, activity=xml.get("activityRef"), waits=xml.get("waitForCompletion", "true") == "true"
            )
        case "link":
            return EventDefinition(kind=kind, link=(xml.get("name") or "").strip())
    return EventDefinition(kind=kind)


def reference(parser: DiagramParser, ref: str, known: object) -> str:
    """An id as it is known: a QName's prefix is left out."""
    return ref if ref in known else ref.rpartition(":")[2]  # type: ignore[operator]


def _named(parser: DiagramParser, xml: Xml, kind: str, names: dict[str, str | None], element_id: str) -> str | None:
    ref = xml.get(f"{kind}Ref")
    word = "消息" if kind == "message" else "信号"
    if not ref:
        parser.notes.add(element_id, f"{kind}.missing", f"没有选择{word}。", f"No {kind} is chosen.")
        return None
    ref = reference(parser, ref, names)
    if not names.get(ref):
        parser.notes.add(element_id, f"{kind}.unknown", f"{word}“{ref}”不存在或没有名称。", f"No {kind} named {ref}.")
        return None
    return names[ref]


def _code(
    parser: DiagramParser, xml: Xml, kind: str, known: dict[str, dict[str, str | None]], key: str, element_id: str
) -> str | None:
    ref = xml.get(f"{kind}Ref")
    if not ref:
        return None
    ref = reference(parser, ref, known)
    if ref not in known:
        word = "错误" if kind == "error" else "升级"
        parser.notes.add(element_id, f"{kind}.unknown", f"{word}“{ref}”不存在。", f"No {kind} {ref}.")
        return None
    return known[ref][key] or known[ref]["name"] or ref
