"""What the world outside gives the engine: handlers for service tasks, checks before a completion, a host.

This is the only module of the engine that handlers import.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from storage.database import UnitOfWork

Answers = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where in which instance something happens."""

    org_id: str
    instance_id: str
    process_key: str
    business_key: str | None  # the case's id
    element_id: str
    element_name: str
    properties: Mapping[str, str]  # the element's camunda:property values
    variables: Mapping[str, Any]  # process variables visible at the element
    now: datetime
    actor: str | None  # user id; None when the engine acts by itself
    token_id: str = ""  # the task's, timer's or job's id
    scope_path: Sequence[str] = ()  # token ids of the enclosing activities, outermost first
    uow: UnitOfWork | None = None  # the running transaction; None for an outside handler


@dataclass(frozen=True, kw_only=True)
class HandlerContext(Context):
    """What a handler is given. `key` is the same at every try of the same call."""

    key: str
    inputs: Mapping[str, Any]
    outbox: list[tuple[str, str | None, Mapping[str, Any]]] = field(default_factory=list)
    reschedules: list[TimerPlan] = field(default_factory=list)
    resumptions: list[Resumption] = field(default_factory=list)

    def send(self, message: str, correlation: str | None, payload: Mapping[str, Any]) -> None:
        """Publish a message once the handler has answered, in the same transaction; `correlation` is a case's id."""
        self.outbox.append((message, correlation, payload))

    def reschedule(self, plan: TimerPlan) -> None:
        """Move the timers of the plan's `ref` once the handler has answered, in the same transaction."""
        self.reschedules.append(plan)

    def resume(self, instance_id: str, leave: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """Let a suspended instance go on once the handler has answered, in the same transaction.

        `leave`: an activity of the process itself that is left then as if it had been done, with `values` as variables.
        """
        self.resumptions.append(Resumption(instance_id=instance_id, leave=leave, values=dict(values or {})))

    @property
    def transaction(self) -> UnitOfWork:
        """The running transaction of an ordinary handler."""
        if self.uow is None:
            raise RuntimeError("an outside handler has no transaction")
        return self.uow


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """A suspended instance that is to go on (`HandlerContext.resume`)."""

    instance_id: str
    leave: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TaskContext(Context):
    """A user task that is about to be, or has just been, completed with `answers`."""

    uow: UnitOfWork
    task_id: str
    form_key: str | None
    answers: Answers


@dataclass(frozen=True, kw_only=True)
class HostContext(Context):
    """An expression function or a passing hook, inside the running transaction."""

    uow: UnitOfWork
    timer_kind: str | None = None  # timeDate | timeCycle | timeDuration while a timer's text is evaluated
    attached_to: str | None = None  # token id of the activity that a boundary timer or a due date belongs to


@dataclass(frozen=True, kw_only=True)
class TimerPlan:
    """When a timer fires. A host's function (`deadline(...)`) may give one instead of an instant.

    `expires_at` is used by a timeDate, `instants` (name and instant, in order) by a timeCycle.
    """

    ref: str
    due_at: datetime
    yellow_at: datetime | None
    expires_at: datetime
    instants: Sequence[tuple[str, datetime]] = ()
    locals: Mapping[str, Any] = field(default_factory=dict)  # given to each firing's token
    withdrawn: bool = False  # the plan does not hold any more: its timers are dropped, its tasks are due no longer
    stopped: bool = (
        False  # its clock stands still: nothing fires and nothing is due until a plan comes that is not stopped
    )


class BpmnError(Exception):
    """Raised by a handler to throw a BPMN error with `code` at its service task."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class HandlerFailed(Exception):
    """A call did not succeed this time and may the next, in plain words; of a handler, or of the process it ran in."""


Handler = Callable[[HandlerContext], Mapping[str, Any] | None]
Check = Callable[[TaskContext], None]
Function = Callable[..., Any]  # called with a HostContext first


class Delivery(StrEnum):
    """What may happen to an outside handler whose last call has an unknown end (it was cut off, its node died)."""

    IDEMPOTENT = "idempotent"  # call it again: it knows the key
    AT_MOST_ONCE = "at_most_once"  # never again without an administrator
    COMPENSABLE = "compensable"  # first call `undo` with the same key, which must bear that nothing was done


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a call ended: with a `result`, or an `error` (why, in words) and when it is tried again (None: never).

    `tries`: how often it has failed, since an administrator last had it tried anew.
    """

    result: Mapping[str, Any] | None = None
    error: str | None = None
    again_at: datetime | None = None
    tries: int = 0


Prepare = Callable[[HandlerContext], Mapping[str, Any] | None]
Ended = Callable[[HandlerContext, Ending], str | None]


@dataclass(frozen=True, kw_only=True)
class HandlerSpec:
    """A handler and how it wants to be called.

    `prepare` gives, in the transaction that takes the job, what the call needs and a job must not keep (None: there is
    nothing to do any more). `ended` is told in a transaction how a job of no instance ended; of one that is given up
    it gives the words of the incident, or None if there is to be none. Words for one that would be tried again give it
    up.
    """

    name: str
    call: Handler
    outside: bool  # reaches out of the database: called without a transaction
    timeout: int  # seconds
    retries: int
    delivery: Delivery = Delivery.IDEMPOTENT
    undo: Handler | None = None
    prepare: Prepare | None = None
    ended: Ended | None = None


class Host(Protocol):
    """The office, as the engine sees it. All calls happen inside the running transaction."""

    @property
    def functions(self) -> Mapping[str, Function]:
        """Functions that expressions may call, each given a `HostContext` first."""
        ...

    def started(self, context: TaskContext) -> None:
        """An instance was started with the answers of its start form."""
        ...

    def check(self, context: TaskContext) -> None:
        """Refuse a completion by raising `Refusal`."""
        ...

    def completed(self, context: TaskContext) -> Mapping[str, Any] | None:
        """A user task was completed. May give further values that go along with its answers."""
        ...

    def options(self, context: HostContext, keys: Sequence[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """The dynamic choices of a form (`valuesKey` such as "units"): lists of {"value", "label"}."""
        ...

    def form_data(self, context: HostContext) -> Mapping[str, Any]:
        """Data of the case, beside the variables, that a form is filled in with and its conditions may read."""
        ...

    def passed(self, context: HostContext) -> None:
        """An element with properties was passed by a token."""
        ...

    def timer_dropped(self, context: HostContext, ref: str, *, completed: bool) -> None:
        """The activity that the plan `ref` belonged to ended (completed, or cancelled)."""
        ...

    def timer_restored(self, context: HostContext, ref: str) -> None:
        """The plan `ref` goes on after all: the act that ended it was taken back."""
        ...

    def replaced(self, context: HostContext, user_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Which of these people may not have tasks of the instance, each with the groups that get a task which its
        diagram offers to nobody else."""
        ...


class Registry:
    """Handlers and checks by name."""

    def __init__(self) -> None:
        self.handlers: dict[str, HandlerSpec] = {}
        self.checks: dict[str, Check] = {}

    def handler(
        self,
        name: str,
        *,
        outside: bool = False,
        timeout: int = 20,
        retries: int = 5,
        delivery: Delivery | str = Delivery.IDEMPOTENT,
        undo: Handler | None = None,
        prepare: Prepare | None = None,
        ended: Ended | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a function as the handler `name`; service tasks name it in `camunda:topic`.

        It is cut off after `timeout` seconds. While an ordinary handler runs, everybody waits who would write the same
        rows, on SQLite everybody who would write; they wait 30 seconds (`storage.database`).
        """
        delivery = Delivery(delivery)
        if delivery != Delivery.IDEMPOTENT and not outside:
            raise ValueError(f"handler {name}: one that stays inside the database happens exactly once")
        if (prepare is not None or ended is not None) and not outside:
            raise ValueError(f"handler {name}: one that stays inside the database has its transaction")
        if (delivery == Delivery.COMPENSABLE) != (undo is not None):
            raise ValueError(f"handler {name}: `undo` belongs to a compensable handler")

        def register(call: Handler) -> Handler:
            if name in self.handlers:
                raise ValueError(f"handler {name} is registered twice")
            self.handlers[name] = HandlerSpec(
                name=name, call=call, outside=outside, timeout=timeout, retries=retries, delivery=delivery, undo=undo,
                prepare=prepare, ended=ended,
            )  # fmt: skip
            return call

        return register

    def check(self, name: str) -> Callable[[Check], Check]:
        """Register a function as the check `name`; user tasks name it in the property `check`."""

        def register(call: Check) -> Check:
            if name in self.checks:
                raise ValueError(f"check {name} is registered twice")
            self.checks[name] = call
            return call

        return register


registry = Registry()
handler = registry.handler
check = registry.check
