"""Puts a definition together from a key's files, and refuses what cannot run as it is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from engine.checking.lint import lint
from engine.decisions import read_decisions
from engine.definition import AnyName, Body, Definition, TimerStart
from engine.elements.base import Node
from engine.elements.containers.call_activity import CallActivity
from engine.expressions import BUILTIN_FUNCTIONS
from engine.findings import Finding
from engine.forms import Form, read_form
from engine.reading.extensions import flag, tag
from engine.reading.notes import Notes
from engine.reading.parser import DiagramParser
from engine.reading.vocabulary import check_vocabulary
from engine.times import parse_cycle, parse_duration, parse_instant
from engine.xml import parse_xml
from storage.clock import local
from storage.errors import BadDiagram, BanjieError


@dataclass(frozen=True, kw_only=True)
class Known:
    """What exists outside the files, for the checks. None: not known, not checked."""

    handlers: Set[str] = frozenset()
    checks: Set[str] = frozenset()
    functions: Set[str] = frozenset()
    groups: Set[str] | None = None  # role names
    deadlines: Set[str] | None = None  # codes
    processes: Set[str] | None = None  # keys of deployed processes
    shared_forms: Mapping[str, bytes] = field(default_factory=dict)
    start_event_wanted: bool = False  # BPMN does not ask for one (10.4.2); a host that opens matters by it may


def read_definition(key: str, files: Mapping[str, bytes], known: Known | None) -> Definition:
    """The definition of `key`. `known` None: the files were checked when they were deployed.

    Raises `BadDiagram` with all findings in `details` if one of them is an error.
    """
    definition, findings = read_and_check(key, files, known)
    errors = [finding for finding in findings if finding.severity == "error"]
    if definition is None or (errors and known is not None):
        first = errors[0]
        more = f"（另有{len(errors) - 1}个问题）" if len(errors) > 1 else ""
        raise BadDiagram(
            first.rule, f"制度“{key}”不能部署：{first.message_zh}{more}", element=first.element_id or None,
            details=[finding.to_json() for finding in findings],
        )  # fmt: skip
    return definition


def read_and_check(
    key: str, files: Mapping[str, bytes], known: Known | None
) -> tuple[Definition | None, list[Finding]]:
    """The definition as far as it can be read, and everything there is to say about it."""
    path = f"{key}.bpmn" if f"{key}.bpmn" in files else next((p for p in sorted(files) if p.endswith(".bpmn")), "")
    functions = AnyName() if known is None else frozenset(known.functions) | set(BUILTIN_FUNCTIONS)
    notes = Notes(path, functions)
    if not path:
        notes.add("", "file.missing", f"没有流程图文件 {key}.bpmn。", f"There is no {key}.bpmn.")
        return None, notes.findings
    try:
        root = parse_xml(files[path], path)
    except BadDiagram as error:
        return None, [Finding(**told) for told in error.details]
    parser = DiagramParser(notes)
    parser.add_bpmn_xml(root, path)
    bodies = parser.bodies()
    if key not in bodies:
        found = "、".join(parser.process_parsers) or "没有"
        zh = f"流程图里没有可执行的流程“{key}”（找到：{found}）；流程的 ID 要与制度的名称相同，并勾选可执行。"
        told = Finding("", "process.key", "error", zh, f"No executable process {key} in the file.", path)
        notes.findings.insert(0, told)
        if not bodies or known is None:
            return None, notes.findings
        key = next(iter(bodies))  # what else there is to say about the file is said, too
    forms, decisions = _forms(files, notes), _decisions(files, notes)
    elements = parser.elements()
    calls = {_called(node) for node in elements.values() if isinstance(node, CallActivity) and _passes_all(node)}
    definition = Definition(
        key=key,
        name=bodies[key].title,
        hash=files_hash(files),
        bpmn=files[path],
        processes=bodies,
        elements=elements,
        forms=forms,
        decisions=decisions,
        names_read=_names_read(notes, elements, decisions).union(*(form.names for form in forms.values())),
        called=frozenset(called for called in calls if called is not None),
        reads_all=None in calls,
    )
    _find_starts(definition, notes)
    if known is not None:
        check_vocabulary(notes, root, set(bodies))
        notes.findings += lint(definition, known, notes, root)
    definition.findings = notes.findings
    return definition, notes.findings


def executable_processes(data: bytes) -> list[str]:
    """The ids of the executable processes of a file; none if it cannot be read."""
    try:
        root = parse_xml(data, "")
    except BadDiagram:
        return []
    executable = (xml for xml in root.iterchildren() if tag(xml) == "process" and flag(xml, "isExecutable", True))
    return [xml.get("id") or "" for xml in executable]


def files_hash(files: Mapping[str, bytes]) -> str:
    """The hash that names a set of files."""
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{len(path.encode())}:{path}{len(data)}:".encode() + data)
    return digest.hexdigest()


def _called(node: CallActivity) -> tuple[str, str | None] | None:
    """The key and the pinned version of what is called; None if one of them is worked out only then."""
    if node.called is None or not node.called.constant or (node.version is not None and not node.version.constant):
        return None
    return node.called.source, node.version.source if node.version is not None else None


def _passes_all(node: CallActivity) -> bool:
    return node.ins is None or any(m.source is None and m.expression is None for m in node.ins)


def _names_read(notes: Notes, elements: Mapping[str, Node], decisions: Mapping[str, Any]) -> frozenset[str]:
    names: set[str] = set()
    for use in notes.uses:
        names |= use.names
    for decision in decisions.values():
        names |= set(decision.inputs)
    for node in elements.values():
        if isinstance(node, CallActivity):
            names |= {mapping.source for mapping in node.ins or () if mapping.source}
    return frozenset(names)


def _forms(files: Mapping[str, bytes], notes: Notes) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for path, data in files.items():
        if path.endswith(".form"):
            name = path.rpartition("/")[2].removesuffix(".form")
            try:
                forms[name] = read_form(data, path)
            except BanjieError as error:
                _take(error, path, notes)
    return forms


def _decisions(files: Mapping[str, bytes], notes: Notes) -> dict[str, Any]:
    decisions: dict[str, Any] = {}
    for path, data in files.items():
        if path.endswith(".dmn"):
            try:
                found = read_decisions(data, path, functions=notes.functions)
                decisions |= found
                notes.findings += [finding for decision in found.values() for finding in decision.findings]
            except BanjieError as error:
                _take(error, path, notes)
    return decisions


def _take(error: BanjieError, path: str, notes: Notes) -> None:
    """The findings of another file."""
    if isinstance(error.details, list) and error.details:
        notes.findings += [Finding(**(told | {"file": path})) for told in error.details]
    else:
        zh, en = f"{path}：{error.message}", f"{path}: {error.code}"
        notes.findings.append(Finding("", error.code, "error", zh, en, path))


def _find_starts(definition: Definition, notes: Notes) -> None:
    """The messages, signals and timers that begin a process of this file (10.4.2, 10.5.6)."""
    for body in definition.processes.values():
        for node in _starting_nodes(body):
            for event in node.definitions:
                if event.kind in ("message", "signal") and event.name is not None:
                    name = event.name.source.strip()
                    if not event.name.constant:
                        zh = "启动流程的消息或信号，名称不能是表达式。"
                        notes.add(
                            node.id, "start.name", zh, "The name of a starting message or signal must be constant."
                        )
                    elif event.kind == "signal":  # a signal is for all: each of its starts begins an instance
                        definition.signal_starts.setdefault(name, []).append(node.id)
                    elif name in definition.message_starts:
                        zh = f"有几处由消息“{name}”启动；一个消息只有一个收件人。"
                        notes.add(node.id, "start.twice", zh, f"Several starts by the message {name}.")
                    else:
                        definition.message_starts[name] = node.id
                elif event.kind == "timer":
                    definition.timer_starts |= _timer_start(node, event, notes)
                elif event.kind == "conditional" and node.kind == "startEvent" and not node.parallel_multiple:
                    _condition_start(definition, node, event, notes)
                elif event.kind not in ("message", "signal"):
                    notes.unsupported(node.id, f"流程由 {event.kind} 事件启动", f"process start by {event.kind}")


def _starting_nodes(body: Body) -> list[Node]:
    nodes: list[Node] = list(body.starts)
    for node in body.elements.values():
        if not getattr(node, "instantiate", False):
            continue
        if node.kind == "eventBasedGateway":
            nodes += [body.elements[flow.target] for flow in node.outgoing]
        else:
            nodes.append(node)
    return nodes


def _condition_start(definition: Definition, node: Node, event: Any, notes: Notes) -> None:
    """10.4.2: the condition of a start event must not refer to the process, which does not run yet."""
    if event.condition is None:
        return  # told when it was read
    if event.condition.names:
        named = "、".join(sorted(event.condition.names))
        zh = f"启动流程的条件不能读变量（{named}）：流程还没有开始。只能用 today()、now() 等函数。"
        notes.add(node.id, "start.condition", zh, f"A starting condition cannot read variables ({named}).")
        return
    definition.condition_starts[node.id] = event.condition


def _timer_start(node: Node, event: Any, notes: Notes) -> dict[str, TimerStart]:
    if not isinstance(event.timer, str):
        zh = "启动流程的定时只能直接写时间（ISO 8601 或 cron），不能是表达式。"
        notes.add(node.id, "start.timer", zh, "A starting timer must be plain ISO 8601 or cron text.")
        return {}
    try:
        if event.timer_kind == "timeCycle":
            return {node.id: TimerStart(None, parse_cycle(event.timer))}
        if event.timer_kind == "timeDate":
            return {node.id: TimerStart(local(parse_instant(event.timer)), None)}
        if event.timer_kind == "timeDuration":
            return {node.id: TimerStart(None, None, parse_duration(event.timer, positive=True))}
    except BanjieError:
        return {}  # told when it was read
    return {}
