"""A compiled definition: the processes of a key's diagram with their forms and tables, ready to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.findings import Finding
from engine.times import Cycle, Duration, shift
from storage.errors import NotFound

if TYPE_CHECKING:
    from engine.decisions import Decision
    from engine.elements.base import Node
    from engine.elements.events.start_event import StartEvent
    from engine.expressions import Expression, Template
    from engine.forms import Form
    from engine.state import State


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `condition` None: none is written on it."""

    id: str
    name: str
    source: str
    target: str
    condition: Expression | None = None
    is_default: bool = False


@dataclass(frozen=True)
class Correlation:
    """How a message finds its instance: the key, where its parts are in the message, what data they must equal."""

    key: str
    paths: tuple[Expression, ...]
    data: tuple[Expression, ...] = ()  # empty: what an earlier message of the key said


@dataclass(frozen=True, kw_only=True)
class EventDefinition:
    """What an event waits for or throws. Only the fields of its `kind` are set."""

    kind: str  # message signal timer error escalation conditional compensate link terminate cancel
    name: Template | None = None  # of the message or signal
    correlation: Correlation | None = None  # of the message
    code: str | None = None  # of the error or escalation; None catches every one
    meant: str | None = None  # of a catching event without a code: the error it names, caught before any other
    timer_kind: str = ""  # timeDate timeDuration timeCycle
    timer: Expression | Template | str = ""  # an expression, a text put together, or bare ISO 8601 text
    condition: Expression | None = None
    link: str = ""
    activity: str | None = None  # to compensate; None: the whole scope
    waits: bool = True  # a compensation throw waits until its handlers are done
    code_variable: str | None = None
    message_variable: str | None = None


class Body(BpmnProcessSpec):  # type: ignore[misc]  # the library ships no types
    """The inside of a process or a sub-process: its flow nodes by id, and what it starts with."""

    def __init__(self, id: str, name: str, *, parent: Body | None = None) -> None:
        super().__init__(name=id, description=name)
        self.task_specs.clear()  # the library's own Start and End serve its task tree only, and could collide with ours
        self.id = id
        self.title = name
        self.parent = parent
        self.node: Node | None = None  # the sub-process whose inside this is
        self.starts: list[StartEvent] = []  # start events; of an event sub-process, its one
        self.openings: list[Node] = []  # what begins when the body is entered as a sub-process or by none start
        self.event_sub_processes: list[Any] = []
        self.flows: dict[str, Flow] = {}
        self.data: list[str] = []  # variables that the sub-process declares: each of its instances has its own
        self.documentation = ""
        self.starter_groups: tuple[str, ...] = ()  # who is offered the start; empty: everybody

    @property
    def elements(self) -> dict[str, Node]:
        """The flow nodes directly inside, by id."""
        nodes: dict[str, Node] = self.task_specs
        return nodes


@dataclass(frozen=True)
class TimerStart:
    """When a timer start event starts instances: once, or again and again."""

    at: datetime | None
    cycle: Cycle | None
    after: Duration | None = None  # counted from the deployment

    def first(self, deployed: datetime) -> datetime | None:
        """The first start after deployment; one that is named for that very instant counts."""
        if self.cycle is not None:
            return self.cycle.first(deployed)
        if self.after is not None:
            return shift(deployed, self.after)
        return self.at if self.at is not None and self.at >= deployed else None

    def next_after(self, due: datetime, now: datetime, *, deployed: datetime) -> datetime | None:
        """The start after the one that was due at `due`; those missed meanwhile are left out.

        A cycle is counted from its own start or the deployment, however often it has started since.
        """
        return None if self.cycle is None else self.cycle.anchored(deployed).next_after(max(due, now))


class AnyName(frozenset[str]):
    """A set that holds every name."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(kw_only=True)
class Definition:
    """Everything a key's files say, checked and compiled. Never changed once made."""

    key: str
    name: str
    hash: str
    bpmn: bytes
    processes: dict[str, Body]
    elements: dict[str, Node]  # of all processes and sub-processes
    forms: Mapping[str, Form] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    names_read: frozenset[str] = frozenset()  # by some expression
    message_starts: dict[str, str] = field(default_factory=dict)  # message name -> element id
    signal_starts: dict[str, list[str]] = field(default_factory=dict)  # signal name -> each start
    timer_starts: dict[str, TimerStart] = field(default_factory=dict)
    condition_starts: dict[str, Expression] = field(default_factory=dict)  # element id -> its condition
    called: frozenset[tuple[str, str | None]] = frozenset()  # processes called with all variables: key, pinned version
    reads_all: bool = False  # it calls with all variables a process, or version, that is worked out only then

    @cached_property
    def signal_throwers(self) -> frozenset[str]:
        """The events that throw a signal, by id."""
        thrown = ("intermediateThrowEvent", "endEvent")
        nodes = (node for node in self.elements.values() if node.kind in thrown)
        return frozenset(node.id for node in nodes if any(one.kind == "signal" for one in node.definitions))

    @property
    def body(self) -> Body:
        """The process that bears the key."""
        return self.processes[self.key]

    @property
    def documentation(self) -> str:
        """What the process says about itself."""
        return self.body.documentation

    @property
    def starter_groups(self) -> tuple[str, ...]:
        """The groups that are offered the start (`camunda:candidateStarterGroups`); empty: everybody."""
        return self.body.starter_groups

    @property
    def start_form(self) -> str | None:
        """The form of the none start event."""
        return next((start.form_key for start in self.body.starts if not start.definitions), None)

    def element(self, element_id: str, state: State | None = None) -> Node:
        """A flow node by its id. Raises `element.unknown`."""
        node = self.elements.get(element_id)
        if node is None:
            raise NotFound("element.unknown", f"制度“{self.name}”里没有环节“{element_id}”。", element=element_id)
        return node

    def start_element(self, *, message: str | None = None, element_id: str | None = None) -> Node:
        """Where a new instance begins: at `element_id`, at the start of a message, else at the none start event."""
        if element_id is not None:
            return self.element(element_id)
        if message is not None:
            if message not in self.message_starts:
                raise NotFound("start.unknown_message", f"制度“{self.name}”不由消息“{message}”启动。")
            return self.element(self.message_starts[message])
        if not self.body.openings:
            raise NotFound("start.none", f"制度“{self.name}”只能由消息、信号或定时启动，不能直接启动。")
        return self.body.openings[0]

    def kept_variables(
        self, values: Mapping[str, Any], *, form: Form | None, element_id: str, read: Set[str]
    ) -> dict[str, Any]:
        """Which of `values` become variables: all without a form; else those in `read` or kept by name."""
        if form is None:
            return {name: value for name, value in values.items() if is_name(name)}
        node = self.element(element_id)
        named = set(kept_names(node.properties)) | {getattr(node, "initiator", None)}
        return {name: value for name, value in values.items() if name in read or name in named}


def is_name(name: str) -> bool:
    """Whether an expression could read a variable of this name; others are not kept."""
    return name.isidentifier() and not name.startswith("__")


def kept_names(properties: Mapping[str, str]) -> Iterable[str]:
    """The names in the property `keep`."""
    return (name.strip() for name in properties.get("keep", "").split(",") if name.strip())
