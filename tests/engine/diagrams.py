"""Small diagrams for tests, written as Python, and an office that does nothing by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from xml.sax.saxutils import escape, quoteattr

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.reading import Known, read_definition
from engine.registry import HostContext
from engine.state import State, copied, decode, encode
from engine.stepping import Limits, Turn, step
from storage.clock import TZ
from storage.errors import NotFound

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=TZ)
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test" id="definitions">'
)
FUNCTIONS = frozenset({"deadline", "now", "today", "param"})


def el(tag: str, id: str, *inside: str, **attributes: str) -> str:
    """One BPMN element; `camunda__topic="x"` becomes `camunda:topic="x"`."""
    told = "".join(f" {name.replace('__', ':')}={quoteattr(value)}" for name, value in attributes.items())
    return f"<bpmn:{tag} id={quoteattr(id)}{told}>{''.join(inside)}</bpmn:{tag}>"


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    """A sequence flow; its id is `source-target`."""
    inside = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
        if condition
        else ""
    )
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{id or f"{source}-{target}"}" {ends}>{inside}</bpmn:sequenceFlow>'


def chain(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(a, b) for a, b in pairwise(ids))


def start(id: str = "start", *inside: str, **attributes: str) -> str:
    """A start event."""
    return el("startEvent", id, *inside, **attributes)


def end(id: str = "end", *inside: str) -> str:
    """An end event."""
    return el("endEvent", id, *inside)


def user(id: str, *inside: str, **attributes: str) -> str:
    """A user task for clerks."""
    return el("userTask", id, *inside, **({"camunda__candidateGroups": "clerk"} | attributes))


def script(id: str, text: str) -> str:
    """A script task."""
    return el("scriptTask", id, f"<bpmn:script>{escape(text)}</bpmn:script>")


def service(id: str, topic: str, *inside: str) -> str:
    """A service task for a handler."""
    return el("serviceTask", id, *inside, camunda__type="external", camunda__topic=topic)


def event(kind: str, ref: str | None = None, inside: str = "", **attributes: str) -> str:
    """An event definition: `event("message", "m1")`, `event("timer", inside="<bpmn:timeDuration>PT1H</...>")`."""
    told = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    named = f' {kind}Ref="{ref}"' if ref else ""
    return f"<bpmn:{kind}EventDefinition{named}{told}>{inside}</bpmn:{kind}EventDefinition>"


def timer(kind: str, text: str) -> str:
    """A timer event definition: `timer("timeDuration", "PT1H")`."""
    return event("timer", inside=f"<bpmn:{kind}>{escape(text)}</bpmn:{kind}>")


def boundary(id: str, attached: str, definition: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    return el("boundaryEvent", id, definition, attachedToRef=attached, cancelActivity=str(interrupting).lower())


def extension(*inside: str) -> str:
    """Extension elements."""
    return f"<bpmn:extensionElements>{''.join(inside)}</bpmn:extensionElements>"


def parameters(inputs: Mapping[str, str] | None = None, outputs: Mapping[str, str] | None = None) -> str:
    """`camunda:inputOutput` as extension element content."""
    ins = "".join(
        f'<camunda:inputParameter name="{n}">{escape(v)}</camunda:inputParameter>' for n, v in (inputs or {}).items()
    )
    outs = "".join(
        f'<camunda:outputParameter name="{n}">{escape(v)}</camunda:outputParameter>' for n, v in (outputs or {}).items()
    )
    return f"<camunda:inputOutput>{ins}{outs}</camunda:inputOutput>"


def properties(**values: str) -> str:
    """`camunda:properties` as extension element content."""
    told = "".join(f"<camunda:property name={quoteattr(n)} value={quoteattr(v)}/>" for n, v in values.items())
    return f"<camunda:properties>{told}</camunda:properties>"


def form(*keys: str) -> bytes:
    """A form of text fields."""
    fields = [{"type": "textfield", "key": key} for key in keys]
    return json.dumps({"type": "default", "id": "f", "schemaVersion": 16, "components": fields}).encode()


def process(*inside: str, id: str = "p", roots: str = "") -> bytes:
    """A file with one process. Messages `m1 m2`, signals `s1 s2`, errors `e1 e2`, escalations `x1 x2` exist."""
    return file(f'<bpmn:process id="{id}" name="P" isExecutable="true">{"".join(inside)}</bpmn:process>', roots=roots)


def file(*processes: str, roots: str = "") -> bytes:
    """A file of processes."""
    common = "".join(
        f'<bpmn:message id="m{n}" name="m{n}"/><bpmn:signal id="s{n}" name="s{n}"/>'
        f'<bpmn:error id="e{n}" name="e{n}" errorCode="E{n}"/>'
        f'<bpmn:escalation id="x{n}" name="x{n}" escalationCode="X{n}"/>'
        for n in (1, 2)
    )
    return f"{HEAD}{common}{roots}{''.join(processes)}</bpmn:definitions>".encode()


KNOWN = Known(handlers=frozenset({"h", "h2"}), functions=FUNCTIONS)


def read(data: bytes, key: str = "p", known: Known | None = KNOWN, **files: bytes) -> Definition:
    """Read a diagram; other files by name (`t_dmn=b""` is `t.dmn`)."""
    more = {f"{name.rpartition('_')[0]}.{name.rpartition('_')[2]}": text for name, text in files.items()}
    return read_definition(key, {f"{key}.bpmn": data, **more}, known)


@dataclass
class Office:
    """A host that writes down what it is told. `plans` are what `deadline(code)` gives."""

    plans: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[str, ...]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def functions(self) -> Mapping[str, Any]:
        return {
            "deadline": self._deadline,
            "now": lambda context: context.now,
            "today": lambda context: context.now.date(),
            "param": lambda context, name: self.params[name],
        }

    def _deadline(self, context: HostContext, code: str, **_: Any) -> Any:
        self.log.append(("deadline", code, context.timer_kind or ""))
        if code not in self.plans:
            raise NotFound("deadline.unknown", code)
        return self.plans[code]

    def passed(self, context: HostContext) -> None:
        self.log.append(("passed", context.element_id))

    def timer_dropped(self, context: HostContext, ref: str, *, completed: bool) -> None:
        self.log.append(("dropped", ref, "completed" if completed else "cancelled"))

    def timer_restored(self, context: HostContext, ref: str) -> None:
        self.log.append(("restored", ref))

    def replaced(self, context: HostContext, user_ids: Any) -> Mapping[str, Any]:
        return {user_id: self.params["replaced"] for user_id in user_ids if user_id.startswith("gone")}

    def started(self, context: Any) -> None: ...
    def check(self, context: Any) -> None: ...
    def completed(self, context: Any) -> None: ...

    def options(self, context: Any, keys: Any) -> Mapping[str, Any]:
        return {}


class Shelf:
    """The definitions in force."""

    def __init__(self, *definitions: Definition) -> None:
        self.all = list(definitions)

    def current(self, key: str) -> Definition:
        found = [d for d in self.all if d.key == key]
        if not found:
            raise NotFound("process.unknown", key)
        return found[-1]

    def by_hash(self, digest: str) -> Definition:
        return next(d for d in self.all if d.hash == digest)

    def version(self, key: str, version: int) -> Definition:
        return [d for d in self.all if d.key == key][version - 1]


@dataclass
class Cellar:
    """The data stores of an office."""

    values: dict[tuple[str, str], Any] = field(default_factory=dict)

    def take(self, process_key: str, store_id: str) -> Any:
        return copied(self.values.get((process_key, store_id)))


class Case:
    """An instance under test. Its state is saved and loaded between any two steps."""

    def __init__(
        self,
        data: bytes | Definition,
        *others: bytes | Definition,
        office: Office | None = None,
        limits: Limits | None = None,
        cellar: Cellar | None = None,
        begin: bool = True,
        message: str | None = None,
        element: str | None = None,
        **variables: Any,
    ) -> None:
        self.definition = data if isinstance(data, Definition) else read(data)
        self.shelf = Shelf(self.definition, *(d if isinstance(d, Definition) else read(d, "q") for d in others))
        self.office = office or Office()
        self.limits = limits or Limits()
        self.cellar = cellar or Cellar()
        self.now = NOW
        self.state: State | None = None
        self.effects: list[fx.Effect] = []
        self.trace: list[str] = []  # elements passed, in order
        self.tasks: dict[str, fx.TaskOpened] = {}
        self.timers: dict[str, fx.TimerArmed] = {}
        self.subscriptions: dict[str, fx.Subscribed] = {}
        self.jobs: dict[str, fx.JobQueued] = {}
        self.incidents: list[fx.IncidentRaised] = []
        self.thrown: list[Any] = []
        self.lines: list[fx.Recorded] = []
        self.ended: fx.InstanceEnded | None = None
        self.last_closed: list[fx.TaskClosed] = []
        if begin:
            self.do(cmd.Start(variables=variables, message=message, element_id=element))

    def do(self, command: cmd.Command) -> Case:
        """One step."""
        turn = Turn(
            org_id="o",
            instance_id="i",
            business_key="c",
            process_key=self.definition.key,
            now=self.now,
            actor="wang",
            uow=cast(Any, None),
            host=cast(Any, self.office),
            definitions=self.shelf,
            stores=self.cellar,
            limits=self.limits,
        )
        state, self.effects = step(self.definition, self.state, command, turn)
        blob = encode(state)
        assert encode(decode(blob)) == blob
        self.state = decode(blob)
        self.last_closed = []
        for e in self.effects:
            self._see(e)
        return self

    def _see(self, e: fx.Effect) -> None:
        match e:
            case fx.TaskOpened():
                self.tasks[e.task_id] = e
            case fx.TaskClosed():
                del self.tasks[e.task_id]
                self.last_closed.append(e)
            case fx.TaskDueChanged():
                assert e.task_id in self.tasks
            case fx.TaskChanged():
                task = self.tasks[e.task_id]
                told: dict[str, Any] = {"element_id": e.element_id, "name": e.name, "form_key": e.form_key}
                if e.candidate_groups is not None:
                    told |= {"candidate_groups": e.candidate_groups, "candidate_users": e.candidate_users}
                self.tasks[e.task_id] = replace(task, **told)
            case fx.JobChanged():
                self.jobs[e.job_id] = replace(self.jobs[e.job_id], element_id=e.element_id)
            case fx.TimerArmed():
                self.timers[e.timer_id] = e
            case fx.TimerDropped():
                del self.timers[e.timer_id]
            case fx.JobQueued():
                assert e.job_id not in self.jobs
                self.jobs[e.job_id] = e
            case fx.JobDropped():
                del self.jobs[e.job_id]
            case fx.Subscribed():
                self.subscriptions[e.subscription_id] = e
            case fx.Unsubscribed():
                del self.subscriptions[e.subscription_id]
            case fx.StoreWritten():
                self.cellar.values[e.process_key, e.store_id] = e.value
            case fx.MessageThrown() | fx.SignalThrown():
                self.thrown.append(e)
            case fx.IncidentRaised():
                self.incidents.append(e)
            case fx.InstanceEnded():
                self.ended = e
            case fx.Recorded():
                self.lines.append(e)
                if e.kind == "element_passed":
                    self.trace.append(e.element_id or "")

    # -- what a person or the world does ---------------------------------------------------------------------------

    def complete(self, element: str, number: int = 0, **answers: Any) -> Case:
        """Complete the `number`th open task of an element."""
        tasks = [t.task_id for t in self.tasks.values() if t.element_id == element]
        assert len(tasks) > number, f"{element} is not open, but {self.open}"
        return self.do(cmd.Complete(task_id=tasks[number], answers=answers))

    def choose(self, element: str) -> Case:
        """Begin an offered step of a sequential ad-hoc sub-process."""
        task = next(t for t in self.tasks.values() if t.element_id == element and t.offered)
        return self.do(cmd.Begin(task_id=task.task_id, user_id="wang"))

    def fire(self, element: str, **later: float) -> Case:
        """Let time pass until a timer of an element is due (and `later`), and fire it."""
        armed = min((t for t in self.timers.values() if t.element_id == element), key=lambda t: t.due_at)
        self.now = max(self.now, armed.due_at) + timedelta(**later)
        return self.do(cmd.Fire(timer_id=armed.timer_id))

    def deliver(self, name: str, **payload: Any) -> Case:
        """Deliver a message or signal to the first that waits for it."""
        found = next(s for s in self.subscriptions.values() if s.name == name)
        return self.do(cmd.Deliver(subscription_id=found.subscription_id, payload=payload))

    def answer(self, element: str, **result: Any) -> Case:
        """A handler answers."""
        job = next(j for j in self.jobs.values() if j.element_id == element)
        del self.jobs[job.job_id]
        return self.do(cmd.JobDone(job_id=job.job_id, result=result))

    def error(self, element: str, code: str) -> Case:
        """A handler throws a BPMN error."""
        job = next(j for j in self.jobs.values() if j.element_id == element)
        del self.jobs[job.job_id]
        return self.do(cmd.JobError(job_id=job.job_id, code=code, message="m"))

    def retry(self, number: int = -1) -> Case:
        """An administrator retries an incident."""
        return self.do(cmd.Retry(token_id=self.incidents[number].token_id))

    # -- what a test asks ------------------------------------------------------------------------------------------

    @property
    def open(self) -> list[str]:
        """Elements of the open tasks, sorted; those that are only offered with a question mark."""
        return sorted(t.element_id + "?" * t.offered for t in self.tasks.values())

    @property
    def variables(self) -> dict[str, Any]:
        """The process's variables; at the end those that were left."""
        if self.ended is not None:
            return dict(self.ended.variables)
        assert self.state is not None
        return self.state.variables()

    @property
    def done(self) -> bool:
        """Ended, and nothing is left behind."""
        if self.ended is None:
            return False
        assert self.state is not None
        assert not self.state.tokens and not self.state.waiters and not self.state.scopes
        assert not self.tasks and not self.timers and not self.jobs and not self.subscriptions
        return self.ended.completed
