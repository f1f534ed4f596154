"""Event definitions: what an event waits for or throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.definition import Correlation, EventDefinition
from engine.elements.containers.multi_instance import Behavior
from engine.reading.extensions import Xml, attribute, child, child_text, children, flag, formal, local_name, tag

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


TIMES = ("timeDate", "timeDuration", "timeCycle")
BEHAVIOR_EVENTS = ("message", "signal", "escalation", "error")


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
            return EventDefinition(
                kind=kind,
                name=notes.template(_named(parser, xml, kind, element_id), element_id, kind),
                correlation=correlation(parser, xml, element_id) if kind == "message" else None,
            )
        case "timer":
            if sum(child(xml, timer_kind) is not None for timer_kind in TIMES) > 1:
                zh = "定时事件只能写日期、时长、周期中的一种。"
                notes.add(element_id, "timer.several", zh, "A timer is a date, a duration or a cycle.")
            for timer_kind in TIMES:
                text = formal(xml, timer_kind, element_id, notes)
                if text is not None:
                    timer = notes.timer(text, timer_kind, element_id)
                    return EventDefinition(kind=kind, timer_kind=timer_kind, timer=timer or "")
            notes.add(element_id, "timer.missing", "定时事件没有写时间。", "The timer event has no time.")
            return EventDefinition(kind=kind)
        case "error":
            code, meant = _code(parser, xml, "error", parser.errors, element_id, throws)
            return EventDefinition(
                kind=kind,
                code=code,
                meant=meant,
                code_variable=attribute(xml, "errorCodeVariable"),
                message_variable=attribute(xml, "errorMessageVariable"),
            )
        case "escalation":
            code, meant = _code(parser, xml, "escalation", parser.escalations, element_id, throws)
            return EventDefinition(
                kind=kind,
                code=code,
                meant=meant,
                code_variable=attribute(xml, "escalationCodeVariable"),
            )
        case "conditional":
            text = formal(xml, "condition", element_id, notes)
            condition = notes.expression(text, element_id, "event condition")
            if text is None:
                notes.add(
                    element_id, "condition.missing", "条件事件没有写条件。", "The conditional event has no condition."
                )
            return EventDefinition(kind=kind, condition=condition)
        case "compensate":
            return EventDefinition(
                kind=kind, activity=local_name(xml, xml.get("activityRef")), waits=flag(xml, "waitForCompletion", True)
            )
        case "link":
            return EventDefinition(kind=kind, link=(xml.get("name") or "").strip())
    return EventDefinition(kind=kind)


def read_behaviors(parser: DiagramParser, xml: Xml, element_id: str) -> list[Behavior]:
    """What a multi-instance activity throws when instances complete (10.3.8, table 10.30)."""
    kind = xml.get("behavior", "All")
    if kind in ("None", "One"):
        ref = xml.get(f"{kind.lower()}BehaviorEventRef")
        if not ref:
            zh = f"多实例的 behavior 是 {kind}，但没有写抛出什么事件：什么也不抛出。"
            parser.notes.add(element_id, "behavior.event", zh, f"Behavior {kind} names no event.", "warning")
            return []
        referred = parser.root_event_definition(ref)
        if referred is None or tag(referred) not in KINDS:
            parser.notes.add(element_id, "event.ref", f"事件定义“{ref}”不存在。", f"No event definition {ref}.")
            return []
        thrown = [_read(parser, referred, KINDS[tag(referred)], element_id, True)]
        return [Behavior(None, kind == "One", _throwable(parser, thrown, element_id))]
    if kind != "Complex":
        return []
    found = []
    for one in children(xml, "complexBehaviorDefinition"):
        condition = parser.notes.expression(
            formal(one, "condition", element_id, parser.notes), element_id, "behavior condition"
        )
        event = child(one, "event")
        thrown = [] if event is None else event_definitions(parser, event, element_id, throws=True)
        if condition is None or not thrown:
            zh = "多实例的复杂行为没有写全条件和事件。"
            parser.notes.add(element_id, "behavior.complex", zh, "A complex behavior needs a condition and an event.")
            continue
        found.append(Behavior(condition, False, _throwable(parser, thrown, element_id)))
    return found


def _throwable(parser: DiagramParser, thrown: list[EventDefinition], element_id: str) -> list[EventDefinition]:
    for definition in thrown:
        if definition.kind not in BEHAVIOR_EVENTS:
            zh = f"多实例的 behavior 抛出 {definition.kind} 事件"
            parser.notes.unsupported(element_id, zh, f"a behavior that throws {definition.kind}")
    return [definition for definition in thrown if definition.kind in BEHAVIOR_EVENTS]


def reference(parser: DiagramParser, ref: str, known: object) -> str:
    """An id as it is known: a QName's prefix is left out, and the white space that XML Schema does not count."""
    ref = ref.strip()
    return ref if ref in known else ref.rpartition(":")[2]  # type: ignore[operator]


def message_ref(parser: DiagramParser, xml: Xml) -> str | None:
    """The message of an event definition or task: named itself, or by the operation that it belongs to (8.4.3)."""
    operation = xml.get("operationRef") or child_text(xml, "operationRef")
    message: str | None = xml.get("messageRef")
    if message or not operation:
        return message
    found = parser.by_id("operation", operation)
    return None if found is None else child_text(found, "inMessageRef")


def correlation(parser: DiagramParser, xml: Xml, element_id: str) -> Correlation | None:
    """How the message of an event definition or task is correlated."""
    ref = message_ref(parser, xml)
    return parser.correlating.of(ref, xml, element_id) if ref else None


def name_of(parser: DiagramParser, kind: str, ref: str, element_id: str) -> str | None:
    """The name of a message or signal; one without a name goes by its id."""
    names = parser.messages if kind == "message" else parser.signals
    ref = reference(parser, ref, names)
    if ref not in names:
        word = "消息" if kind == "message" else "信号"
        parser.notes.add(element_id, f"{kind}.unknown", f"{word}“{ref}”不存在。", f"No {kind} {ref}.")
        return None
    return names[ref] or ref


def _named(parser: DiagramParser, xml: Xml, kind: str, element_id: str) -> str | None:
    ref = message_ref(parser, xml) if kind == "message" else xml.get("signalRef")
    if not ref:
        word = "消息" if kind == "message" else "信号"
        parser.notes.add(element_id, f"{kind}.missing", f"没有选择{word}。", f"No {kind} is chosen.")
        return None
    return name_of(parser, kind, ref, element_id)


def _code(
    parser: DiagramParser,
    xml: Xml,
    kind: str,
    known: dict[str, dict[str, str | None]],
    element_id: str,
    throws: bool,
) -> tuple[str | None, str | None]:
    """What is thrown or caught. A catching event whose error has no code catches every error (10.4.5, table 10.90)."""
    ref = xml.get(f"{kind}Ref")
    if not ref:
        return None, None
    ref = reference(parser, ref, known)
    if ref not in known:
        word = "错误" if kind == "error" else "升级"
        zh = f"{word}“{ref}”没有在文件里定义，就以它为代码。"
        parser.notes.add(element_id, f"{kind}.unknown", zh, f"No {kind} {ref}; taken as the code.", "warning")
        return ref, None
    code, name = known[ref][f"{kind}_code"], known[ref]["name"] or ref
    return (code or name, None) if code or throws else (None, name)
