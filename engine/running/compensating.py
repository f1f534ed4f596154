"""Compensation: what was done is undone, the last first (formal/2011-01-03, 10.6, 13.4.5).

A scope remembers which of its completed activities can be compensated: those with a compensation boundary event, and
sub-processes that hold such or a compensation event sub-process. Of a repeated activity each completed instance is
remembered, with its item. A throw runs the handlers one after the other and waits for them, unless `waitForCompletion`
is false; each is compensated once. A handler sees the data of the sub-process around it as it was when that had
completed. A called process is compensated as a whole, by the boundary event of its call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.definition import EventDefinition
from engine.running import moving, waiting
from engine.running.run import Run, StepError
from engine.state import Scope, Token, copied

if TYPE_CHECKING:
    from engine.elements.activity import Activity

Record = dict[str, Any]  # {"activity", "handler"?, "event"?, "inside"?, "data"?: what a handler sees}


def remember(run: Run, token: Token, activity: Activity) -> None:
    """An activity, or one instance of a repeated one, has completed: note how it can be compensated."""
    inside: list[Record] = token.data.pop("done", [])
    instance = activity.is_instance(run, token)
    if token.data.pop("left_out", False) or token.data.get("for"):
        return
    record: Record = {"activity": activity.id}
    if activity.loop is None or instance:
        handler = next((e.handler for e in activity.boundary_events if e.handler is not None), None)
        if handler is not None:
            record["handler"] = handler
        event = compensation_start(activity)
        if event is not None:
            record["event"] = event.within.id
    if inside:
        record["inside"] = inside
    if len(record) == 1:
        return
    data = (token.locals if instance else {}) | token.data.pop("data", {})
    if data:
        record["data"] = copied(data)
    if instance:
        token.data["done"] = [record]  # handed to the loop when the instance ends
    else:
        run.scope(token).data.setdefault("done", []).append(record)


def compensation_start(activity: Activity) -> Any:
    """The start of the compensation event sub-process of a sub-process, or None."""
    if activity.inside is None:
        return None
    starts = (sub.inside.starts[0] for sub in activity.inside.event_sub_processes)
    return next((e for e in starts if e.definitions and e.definitions[0].kind == "compensate"), None)


def throw(run: Run, token: Token, definition: EventDefinition) -> None:
    """Compensate the activity that is named, or all of the scope; `token` waits until that is done, if it must."""
    scope = run.scope(token)
    steps = _take(run, scope, definition.activity)
    while not steps and scope.parent is not None and _is_event_sub_process(run, scope):
        scope = run.state.scopes[scope.parent]
        steps = _take(run, scope, definition.activity)
    driver = token
    if not definition.waits:
        if not steps:
            return
        driver = moving.place(run, run.node(token), run.scope(token), locals=token.locals, branch=token.branch)
        driver.data["detached"] = True
    driver.data["steps"] = steps
    run.wait(driver)
    _next(run, driver)


def _is_event_sub_process(run: Run, scope: Scope) -> bool:
    body = run.body(scope)
    return body is not None and body.node is not None and body.node.kind == "eventSubProcess"


def _take(run: Run, scope: Scope, activity: str | None) -> list[Record]:
    """The steps of a compensation, in the order in which they are to run; they leave the scope's memory."""
    done: list[Record] = scope.data.get("done", [])
    taken = [record for record in done if activity in (None, record["activity"])]
    left = [record for record in done if record not in taken]
    if left:
        scope.data["done"] = left
    else:
        scope.data.pop("done", None)
    return _steps(taken)


def _steps(records: list[Record]) -> list[Record]:
    """Last done, first undone; what is inside a sub-process in its place, with what can be seen there."""
    steps: list[Record] = []
    ahead: list[tuple[Record, dict[str, Any]]] = [(record, {}) for record in records]  # the last one is next
    while ahead:
        record, around = ahead.pop()
        data = around | record.get("data", {})
        seen = {"data": data} if data else {}
        if "handler" in record:
            steps.append({"element": record["handler"], **seen})
        elif "event" in record:
            steps.append({"element": record["event"], "done": record.get("inside", []), **seen})
        else:
            ahead += [(inner, data) for inner in record.get("inside", [])]
    return steps


def _next(run: Run, token: Token) -> None:
    if not token.data["steps"]:
        if token.data.get("detached"):
            moving.consume(run, token)
        else:
            run.queue(token, "complete")
        return
    step = token.data["steps"].pop(0)
    scope = run.scope(token)
    node = run.definition_of(scope).element(step["element"])
    seen = token.locals | step.get("data", {})
    handler = moving.arrive(run, node, scope, locals=seen, branch=token.branch)
    handler.data["for"] = token.id
    if step.get("done"):
        handler.data["undo"] = step["done"]


def handler_done(run: Run, token: Token) -> bool:
    """If `token` is at a compensation handler: it is consumed, and the next handler runs. False for any other token."""
    waiting_id = token.data.get("for")
    if waiting_id is None:
        return False
    run.node(token).note(run, token, [])
    moving.consume(run, token)
    proceed(run, waiting_id)
    return True


def proceed(run: Run, waiting_id: int | None) -> None:
    """A handler has ended: whoever waits for it goes on with the next one."""
    thrower = run.state.tokens.get(waiting_id or 0)
    if thrower is not None:
        _next(run, thrower)


def cancel_transaction(run: Run, token: Token) -> None:
    """Roll back: everything in the transaction ends, what was done is compensated, then its cancel event happens."""
    scope = run.scope(token)
    while not _is_transaction(run, scope):
        if scope.parent is None:
            raise StepError("cancel.outside", "取消结束事件不在事务子流程中。", element=token.element)
        scope = run.state.scopes[scope.parent]
    waiting.drop_of_scope(run, scope, completed=False)
    scope.closed = True
    node, keep = run.node(token), token if token.scope == scope.id else None
    scope.data.setdefault("done", []).extend(_unfinished(run, scope))
    for other in run.state.tokens_in(scope.id):
        if other is not keep and other.id in run.state.tokens:
            moving.terminate(run, other)
    driver = keep or moving.arrive(run, node, scope)
    driver.data["cancels"] = True
    driver.data["steps"] = _take(run, scope, None)
    run.wait(driver)
    _next(run, driver)


def _unfinished(run: Run, scope: Scope) -> list[Record]:
    """What was done inside activities of a scope that are still running; cancelling them undoes that too (10.6.1)."""
    found: list[Record] = []
    for token in run.state.tokens_in(scope.id):
        for each in moving.nested(run, token):
            inside = run.state.inside(each)
            if inside is not None and inside.data.get("done") and inside.kind != "call":
                found.append({"activity": each.element, "inside": inside.data["done"], "data": _declared(inside)})
    return found


def _declared(scope: Scope) -> dict[str, Any]:
    return copied(scope.variables or {}) if scope.kind == "body" else {}


def _is_transaction(run: Run, scope: Scope) -> bool:
    body = run.body(scope)
    return body is not None and body.node is not None and body.node.kind == "transaction"


def cancelled(run: Run, token: Token) -> None:
    """The compensation of a transaction is done: its cancel boundary event happens."""
    host = run.host_token(run.scope(token))
    assert host is not None
    place = host
    while run.scope(place).kind == "loop":
        outer = run.host_token(run.scope(place))
        assert outer is not None
        place = outer
    for event in run.node(place).boundary_events:
        for definition in event.definitions:
            if definition.kind == "cancel":
                event.triggered(run, run.scope(place), place, definition, {}, None)
                return
    raise StepError(
        "cancel.no_boundary", f"事务“{run.node(place).name}”被取消，但没有取消边界事件。", element=place.element
    )


def inherit(run: Run, token: Token, inside: Scope) -> None:
    """A compensation event sub-process compensates what its sub-process had done."""
    if token.data.get("undo"):
        inside.data["done"] = token.data.pop("undo")
