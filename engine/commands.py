"""What can happen to an instance from outside. One command, one turn, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Start:
    """Begin a new instance: at the none start event, at `element_id`, or at the start event of message `message`.

    With both, the message is what has happened at the element.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    element_id: str | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Complete:
    """A person has done the user task `task_id`; `answers` are already validated."""

    task_id: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Begin:
    """Somebody chooses the offered activity of `task_id` in a sequential ad-hoc sub-process; it begins, for them."""

    task_id: str
    user_id: str


@dataclass(frozen=True, kw_only=True)
class Fire:
    """The timer `timer_id` is due."""

    timer_id: str


@dataclass(frozen=True, kw_only=True)
class Reschedule:
    """The plan of the timers called `ref` has changed (a calendar was loaded, an extension granted)."""

    ref: str
    plan: Any  # engine.registry.TimerPlan


@dataclass(frozen=True, kw_only=True)
class JobDone:
    """The handler of job `job_id` has answered with `result`. `left_out`: nothing was done."""

    job_id: str
    result: Mapping[str, Any]
    left_out: bool = False


@dataclass(frozen=True, kw_only=True)
class JobError:
    """The handler of job `job_id` has thrown the BPMN error `code`."""

    job_id: str
    code: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Deliver:
    """A message or signal has arrived at the subscription `subscription_id`."""

    subscription_id: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Try again what stopped with an incident at `token_id` (a step, not a job)."""

    token_id: str


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """End the instance as it stands."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Migrate:
    """What runs by the definition `source` (a hash), the process itself or calls inside it, goes on by `target`.

    `mapping`: old element id to new one, where they differ. `keep_timers`: timers whose text differs keep their
    instant. `values`: variables that the new version reads and the instance has not yet.
    """

    source: str
    target: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    keep_timers: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GoBack:
    """Go back to a step (`engine.moves.back` works it out): `cancel` goes, `restore` stands at its joins again.

    `path`: sub-processes in `scope` that are entered again, outermost first. `restore`: level (0 is `scope`), join,
    flow, branch and `came` of each token. `came`: what the new token comes from. `undone`: elements that will be done
    again. `give_to`: who gets the step.
    """

    element_id: str
    scope: int
    path: Sequence[tuple[str, Sequence[int]]] = ()
    branch: list[list[int]] = field(default_factory=list)
    came: Sequence[int] = ()
    cancel: Sequence[int] = ()
    restore: Sequence[tuple[int, str, str | None, list[list[int]], list[int]]] = ()
    undone: list[str] = field(default_factory=list)
    give_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class RepeatAgain:
    """One repetition (in the loop scope `scope`, with its `locals`) is done again, by `give_to`."""

    scope: int
    locals: Mapping[str, Any]
    came: Sequence[int] = ()
    give_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """An administrator moves the token `token_id` to `element_id`; without element: takes it away.

    Without token a new one is placed in `scope`. `after`: as if the element had just been done. `values`: variables
    that the process has from then on.
    """

    token_id: str | None = None
    scope: int | None = None
    element_id: str | None = None
    after: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


Command = (
    Start
    | Complete
    | Begin
    | Fire
    | Reschedule
    | JobDone
    | JobError
    | Deliver
    | Retry
    | Cancel
    | Migrate
    | GoBack
    | RepeatAgain
    | Move
)
