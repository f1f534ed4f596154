"""What a turn did, in the order in which it did it. The door writes these as rows in the turn's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TaskOpened:
    """A user task waits for a person. `due_at` and the like are of the earliest deadline that covers it."""

    task_id: str
    element_id: str
    name: str
    form_key: str | None
    assignee: str | None
    candidate_groups: Sequence[str]
    candidate_users: Sequence[str]
    properties: Mapping[str, str]
    scope_path: Sequence[str]
    due_at: datetime | None
    yellow_at: datetime | None
    deadline_ref: str | None
    offered: bool = False  # an activity that somebody may choose to begin; it has no form, and is begun, not completed


@dataclass(frozen=True, kw_only=True)
class TaskChanged:
    """An open task belongs to another version of the diagram now. Candidates None: as they were."""

    task_id: str
    element_id: str
    name: str
    form_key: str | None
    properties: Mapping[str, str]
    candidate_groups: Sequence[str] | None = None
    candidate_users: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class TaskDueChanged:
    """Another deadline covers the open task now."""

    task_id: str
    due_at: datetime | None
    yellow_at: datetime | None
    deadline_ref: str | None


@dataclass(frozen=True, kw_only=True)
class TaskClosed:
    """A user task ended: completed by the actor with `answers`, or cancelled by the diagram."""

    task_id: str
    element_id: str
    completed: bool
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class TimerArmed:
    """A timer will fire at `due_at`; `ref` is the plan it belongs to, if any. Armed again under the same id: moved.

    `new` says for certain that nothing was armed under this id before.
    """

    timer_id: str
    element_id: str
    due_at: datetime
    ref: str | None = None
    new: bool = False


@dataclass(frozen=True, kw_only=True)
class TimerDropped:
    """A timer will not fire any more."""

    timer_id: str


@dataclass(frozen=True, kw_only=True)
class JobQueued:
    """A service task waits for its handler."""

    job_id: str
    element_id: str
    handler: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class JobDropped:
    """The service task was cancelled before its handler answered."""

    job_id: str


@dataclass(frozen=True, kw_only=True)
class JobChanged:
    """A queued job belongs to another element now."""

    job_id: str
    element_id: str


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """Something waits for a message or a signal (`kind`)."""

    subscription_id: str
    element_id: str
    kind: str
    name: str
    correlation: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unsubscribed:
    """It waits no more."""

    subscription_id: str


@dataclass(frozen=True, kw_only=True)
class MessageThrown:
    """A message left the instance; `correlation` None means the case itself."""

    name: str
    correlation: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SignalThrown:
    """A signal left the instance; everybody of the organisation who waits for it gets it."""

    name: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StoreWritten:
    """A value was put into a data store, which outlasts the instance."""

    process_key: str
    store_id: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A line of history (`kind` as in the history table)."""

    kind: str
    element_id: str | None
    name: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IncidentRaised:
    """A token stopped and waits for an administrator; the rest of the instance goes on."""

    token_id: str
    element_id: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class InstanceEnded:
    """The last token is gone (`completed`), or the instance was cancelled."""

    completed: bool
    variables: Mapping[str, Any]


Effect = (
    TaskOpened
    | TaskChanged
    | TaskDueChanged
    | TaskClosed
    | TimerArmed
    | TimerDropped
    | JobQueued
    | JobDropped
    | JobChanged
    | Subscribed
    | Unsubscribed
    | MessageThrown
    | SignalThrown
    | StoreWritten
    | Recorded
    | IncidentRaised
    | InstanceEnded
)
