"""Timers: when they are due, what happens after a firing, and which deadline covers a task.

Rules. A timer's instant is worked out once, when it is armed, and kept. After downtime a date or duration fires once. A
cycle fires once for all rounds that were missed; missed rounds count as rounds. The steps of a plan (`TimerPlan`) are
different from each other: each of them fires, in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.definition import EventDefinition
from engine.registry import TimerPlan
from engine.running.run import Run, StepError
from engine.state import Scope, Token, Waiter, copied
from engine.times import Duration, parse_cycle, parse_duration, parse_instant, shift
from storage.clock import TZ, local

if TYPE_CHECKING:
    from engine.elements.base import Node

BARE = re.compile(r"\s*([+-]?P[\dT]|\d{4}-\d\d-\d\d|R\d*/|R-1/|@|[\d*]\S*\s)")  # ISO 8601 or cron, not an expression


def arm(
    run: Run, event: Node, index: int, definition: EventDefinition, *, token: Token | None, scope: Scope | None
) -> None:
    """Arm the timer of an event for a token or a scope.

    A boundary event (or a timer start of an event sub-process) whose expression gives null has no limit here and is
    not armed.
    """
    place = run.scope(token) if token is not None else scope
    assert place is not None
    value = evaluate(run, event, definition.timer_kind, definition.timer, place, token)
    if value is None and event.kind in ("boundaryEvent", "startEvent"):
        return
    waiter = Waiter(
        run.state.next(), "timer", event.id, token.id if token else None, scope.id if scope else None, index
    )
    waiter.data = _planned(value, definition.timer_kind, run.turn.now, event)
    run.state.add_waiter(waiter)
    tell(run, waiter, new=True)


def evaluate(run: Run, node: Node, kind: str, timer: Any, scope: Scope, token: Token | None) -> Any:
    """The value of a timer's text: a `TimerPlan`, an instant, a duration, or ISO text."""
    if isinstance(timer, str):
        return timer
    attached = attached_to(run, scope, token)
    functions = run.functions(node, scope, token, timer_kind=kind, attached_to=attached)
    return timer.evaluate(run.state.visible(scope, token), functions)


def attached_to(run: Run, scope: Scope, token: Token | None) -> str | None:
    """The public id of the activity that a timer belongs to; of an event sub-process: the activity around it."""
    host = token if token is not None else run.host_token(scope)
    return None if host is None else run.state.public(host.id)


def tell(run: Run, waiter: Waiter, *, new: bool = False) -> None:
    """Tell the door when the timer is due."""
    at = waiter.data["at"]
    if at is not None:
        run.emit(
            fx.TimerArmed(
                timer_id=run.state.public(waiter.id), element_id=waiter.element,
                due_at=datetime.fromisoformat(at), ref=waiter.data.get("ref"), new=new,
            )
        )  # fmt: skip


def plan_data(plan: TimerPlan) -> dict[str, Any]:
    """What is kept of a plan."""
    return {
        "ref": plan.ref,
        "due": _iso(plan.due_at),
        "yellow": None if plan.yellow_at is None else _iso(plan.yellow_at),
        "locals": copied(dict(plan.locals)),
    }


def _planned(value: Any, kind: str, now: datetime, node: Node) -> dict[str, Any]:
    if isinstance(value, TimerPlan):
        if kind != "timeCycle":
            return {"at": _iso(value.expires_at), **plan_data(value)}
        left = [[name, _iso(instant)] for name, instant in value.instants]
        return {"at": left[0][1] if left else None, "left": left, "fired": [], **plan_data(value)}
    if kind == "timeCycle" and isinstance(value, str):
        first = parse_cycle(value).first(now)
        return {"at": None if first is None else _iso(first), "cycle": value, "anchor": _iso(now)}
    return {"at": _iso(instant_of(value, kind, now, node))}


def instant_of(value: Any, kind: str, now: datetime, node: Node) -> datetime:
    """The instant that a date or duration timer's value means."""
    if isinstance(value, str):
        value = parse_duration(value, positive=True) if re.match(r"\s*[+-]?P", value) else parse_instant(value)
    if isinstance(value, timedelta):
        value = Duration(0, value)
    if isinstance(value, Duration):
        if value.is_negative:
            raise StepError("time.negative", f"“{node.name}”的定时是负的。", element=node.id)
        return local(shift(now, value)).replace(microsecond=0)
    if isinstance(value, datetime):
        return local(value).replace(microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time(), TZ)
    raise StepError(
        "timer.value", f"“{node.name}”的定时应是日期、时长或期限，但得到的是{value!r:.40}。", element=node.id
    )


def _iso(instant: datetime) -> str:
    return local(instant).replace(microsecond=0).isoformat()


def fire(run: Run, waiter: Waiter) -> None:
    """The timer is due: let it happen, and arm its next firing. Past steps of a plan fire one after the other."""
    from engine.running import waiting

    now = run.turn.now
    while waiter.id in run.state.waiters:
        at = waiter.data.get("at")
        if at is None:
            return
        if datetime.fromisoformat(at) > now:
            return tell(run, waiter)
        payload = _next(waiter, now)
        _record(run, waiter, at, payload.get("timer_step"))
        if waiter.data["at"] is None:
            run.emit(fx.TimerDropped(timer_id=run.state.public(waiter.id)))
        waiting.trigger(run, waiter, payload)
        if waiter.id in run.state.waiters and waiter.data["at"] is None and waiter.data.get("ref") is None:
            run.state.remove_waiter(waiter)


def _record(run: Run, waiter: Waiter, due: str, timer_step: str | None) -> None:
    """The history line of a firing: which event, when it was due, which step of a ladder."""
    scope = (
        run.scope(run.state.tokens[waiter.token]) if waiter.token is not None else run.state.scopes[waiter.scope or 0]
    )
    event = run.definition_of(scope).element(waiter.element)
    data = {"due_at": due, "timer_step": timer_step, "ref": waiter.data.get("ref")}
    run.record("timer_fired", event, {key: value for key, value in data.items() if value is not None})


def _next(waiter: Waiter, now: datetime) -> dict[str, Any]:
    """Move a waiter on to its next firing; gives what the token of this firing is told."""
    data = waiter.data
    told = copied(data.get("locals", {}))
    following: datetime | str | None = None
    if "left" in data:
        name, _ = data["left"].pop(0)
        data["fired"].append(name)
        told["timer_step"] = name
        following = data["left"][0][1] if data["left"] else None
    elif "cycle" in data:
        following = parse_cycle(data["cycle"]).anchored(datetime.fromisoformat(data["anchor"])).next_after(now)
    data["at"] = _iso(following) if isinstance(following, datetime) else following
    return dict(told)


def reschedule(run: Run, ref: str, plan: TimerPlan) -> None:
    """Follow a changed plan: timers move, steps to come are those of the new plan, open tasks show the new date."""
    open_tasks = [token for token in run.state.tokens.values() if token.data.get("task") or token.data.get("offered")]
    before = {token.id: covering(run, token) for token in open_tasks}
    for waiter in [w for w in run.state.waiters.values() if w.data.get("ref") == ref]:
        data, had = waiter.data, waiter.data.get("at")
        if plan.withdrawn:
            data.pop("due", None)
            data["at"] = None
            if "left" in data:
                data["left"] = []
            if had is not None:
                run.emit(fx.TimerDropped(timer_id=run.state.public(waiter.id)))
            continue
        if plan.stopped:
            _stop(run, waiter)
            continue
        had = data.pop("stopped", None) or had
        data |= plan_data(plan)
        if waiter.kind != "timer":
            continue
        if "left" in data:
            data["left"] = [
                [name, _iso(at)] for name, at in plan.instants if at > run.turn.now or name not in data["fired"]
            ]
            data["at"] = data["left"][0][1] if data["left"] else None
        elif had is not None:
            data["at"] = _iso(plan.expires_at)
        if data["at"] is not None:
            tell(run, waiter)
        elif had is not None:
            run.emit(fx.TimerDropped(timer_id=run.state.public(waiter.id)))
    for token in open_tasks:
        tell_cover(run, token, before[token.id])


def _stop(run: Run, waiter: Waiter) -> None:
    """Nothing fires until a plan comes that is not stopped; what has fired is kept."""
    data = waiter.data
    had = data.get("at")
    data.pop("due", None)
    data.pop("yellow", None)
    data["stopped"] = data.get("stopped") or had or ""
    if "at" in data:
        data["at"] = None
    if had is not None:
        run.emit(fx.TimerDropped(timer_id=run.state.public(waiter.id)))


def tell_cover(run: Run, token: Token, before: Cover) -> None:
    """Tell the door if another deadline covers an open task than `before`."""
    after = covering(run, token)
    if after != before:
        run.emit(
            fx.TaskDueChanged(
                task_id=run.state.public(token.id), due_at=after.due_at, yellow_at=after.yellow_at,
                deadline_ref=after.ref,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """The earliest deadline over a task."""

    due_at: datetime | None = None
    yellow_at: datetime | None = None
    ref: str | None = None


def covering(run: Run, token: Token) -> Cover:
    """The earliest due of the plans of a task, of the activities around it and of their event sub-processes.

    Where the clock of all of them stands still, the one of these is named, without an instant.
    """
    best: dict[str, Any] | None = None
    stopped: str | None = None
    at: Token | None = token
    while at is not None:
        scope = run.scope(at)
        for waiter in run.state.waiters_of_token(at.id) + run.state.waiters_of_scope(scope.id):
            if "due" in waiter.data and (best is None or waiter.data["due"] < best["due"]):
                best = waiter.data
            elif "stopped" in waiter.data and stopped is None:
                stopped = waiter.data.get("ref")
        at = run.host_token(scope)
    if best is None:
        return Cover(ref=stopped)
    yellow = best.get("yellow")
    return Cover(
        datetime.fromisoformat(best["due"]), None if yellow is None else datetime.fromisoformat(yellow), best.get("ref")
    )
