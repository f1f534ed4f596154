"""Inside a turn: tokens are taken away, and placed where somebody says. Nothing is compensated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import commands as cmd
from engine.checking.soundness import can_finish
from engine.elements.base import Node
from engine.running import moving, scopes, variables, waiting
from engine.running.run import Run
from engine.state import Branch, Scope, Token, copied
from storage.errors import Conflict, Refusal


def go_back(run: Run, command: cmd.GoBack) -> None:
    """Take away what came from an act, and let its step begin again. Raises `back.changed`, `back.deadlock`."""
    state = run.state
    for number in command.cancel:
        token = state.tokens.get(number)
        if token is not None:
            moving.terminate(run, token)
    scope = state.scopes.get(command.scope)
    if scope is None:
        raise Conflict("back.changed", "事项刚刚有了变化，请刷新后重试。")
    _forget_undoable(scope, command.undone)
    levels = [scope]
    for element, came in command.path:
        node = run.definition_of(levels[-1]).element(element)
        levels.append(reopen(run, node, levels[-1], command.branch, came))
    for level, element, flow, branch, came in command.restore:
        waiting_token = moving.place(
            run, run.definition_of(levels[level]).element(element), levels[level], flow=flow, branch=branch
        )
        waiting_token.came = list(came)
        run.wait(waiting_token)
    inner = levels[-1]
    token = moving.arrive(run, run.definition_of(inner).element(command.element_id), inner, branch=command.branch)
    token.came = list(command.came)
    if "choice" in inner.data:
        inner.data["choice"] = token.id
    if command.give_to is not None:
        token.data["give_to"] = command.give_to
    for each in levels:
        require_end(run, each)


def again(run: Run, command: cmd.RepeatAgain) -> None:
    """One repetition of an activity is done again; in a sequential one, those after it too."""
    scope = run.state.scopes.get(command.scope)
    if scope is None or scope.variables is None:
        raise Conflict("back.changed", "事项刚刚有了变化，请刷新后重试。")
    number: int = command.locals["loopCounter"]
    activity: Any = run.definition_of(scope).element(scope.element)
    counts = dict(scope.variables)
    if getattr(activity.loop, "sequential", False):
        moving.clear_scope(run, scope)
        counts["nrOfCompletedInstances"], counts["nrOfActiveInstances"] = number, 1
        again = range(number, counts["nrOfInstances"])
    else:
        counts["nrOfCompletedInstances"] -= 1
        counts["nrOfActiveInstances"] += 1
        again = range(number, number + 1)
    scope.variables = counts
    for each in again if "output" in scope.data else ():
        scope.data["output"][each] = None
    host = run.host_token(scope)
    assert host is not None
    token = moving.arrive(run, activity, scope, locals=command.locals, branch=host.branch)
    token.came = list(command.came)
    token.data["give_to"] = command.give_to


def move(run: Run, command: cmd.Move) -> None:
    """An administrator's move: take a token away, place one, or both. Raises `move.*`."""
    state = run.state
    if command.values and state.root is not None and state.root.variables is not None:
        state.root.variables.update(copied(dict(command.values)))
        run.changed |= command.values.keys()
    scope: Scope | None = state.scopes.get(command.scope) if command.scope is not None else None
    branch: Branch = []
    if command.token_id is not None:
        token = state.tokens.get(state.number(command.token_id))
        if token is None:
            raise Conflict("move.gone", "这个位置已经没有令牌了，请刷新后重试。")
        if command.element_id is not None:
            scope, token = _place_for(run, token, command.element_id)
            branch = token.branch
        else:
            scope = run.scope(token)
        if scope.kind == "loop" and command.element_id is None:
            raise Refusal(
                "move.repetition", "不能只取消会签中的一份，请用减签，或移动整个会签环节。", element=token.element
            )
        moving.terminate(run, token)
    if scope is None:
        raise Conflict("move.gone", "这个位置已经没有令牌了，请刷新后重试。")
    if command.element_id is None:
        require_end(run, scope)
        moving.finish_if_empty(run, scope)
        return
    node = run.definition_of(scope).element(command.element_id)
    inner = scope
    for sub in _down(run, scope, node):
        inner = reopen(run, sub, inner, branch)
    if command.after:
        moving.arrive(run, node, inner, branch=branch, moment="leave")
    else:
        arrived = moving.arrive(run, node, inner, branch=branch)
        if "choice" in inner.data:
            inner.data["choice"] = arrived.id
    require_end(run, inner, leaving=node if command.after else None)


def _place_for(run: Run, token: Token, element_id: str) -> tuple[Scope, Token]:
    """The scope for `element_id` around a token, and the token (itself or an activity around it) that goes there."""
    at: Token | None = token
    while at is not None:
        scope = run.scope(at)
        if scope.kind != "loop":
            node = run.definition_of(scope).elements.get(element_id)
            body = run.body(scope)
            outer = node.within if node is not None else None
            while outer is not None and outer is not body:
                outer = outer.parent
            if outer is not None:
                return scope, at
        at = run.host_token(scope)
    raise Refusal("move.elsewhere", "这个环节不在令牌所在的流程里，不能移到那里。", element=element_id)


def _down(run: Run, scope: Scope, node: Node) -> list[Node]:
    """The sub-processes to be entered on the way from a scope to a node inside it, outermost first."""
    if node.kind in ("boundaryEvent", "startEvent", "eventSubProcess") or node.is_for_compensation:
        raise Refusal("move.kind", f"“{node.name}”只能由事件触发，不能移到那里。", element=node.id)
    body: Any = node.within
    path: list[Node] = []
    while body is not run.body(scope):
        if body is None or body.node is None:
            raise Refusal("move.elsewhere", f"“{node.name}”不在这个流程里，不能移到那里。", element=node.id)
        if body.node.kind != "subProcess" or getattr(body.node, "loop", None) is not None:
            raise Refusal(
                "move.inside", f"不能直接移到“{body.node.name}”里面，请移到“{body.node.name}”之前。", element=node.id
            )
        path.insert(0, body.node)
        body = body.node.within
    return path


def reopen(run: Run, node: Node, scope: Scope, branch: Branch, came: Sequence[int] = ()) -> Scope:
    """Enter a sub-process without beginning it: its events are armed, and somebody places a token inside."""
    assert node.inside is not None
    host = moving.place(run, node, scope, branch=branch)
    host.came = list(came)
    run.wait(host)
    for event in node.boundary_events:
        waiting.arm_event(run, event, token=host)
    variables.take_inputs(run, host, node)
    inside = scopes.open_body(run, node, host)
    for sub in node.inside.event_sub_processes:
        waiting.arm_start(run, inside, sub)
    return inside


def require_end(run: Run, scope: Scope, leaving: Node | None = None) -> None:
    """Refuse what would leave a join waiting for ever. Raises `back.deadlock`."""
    body = run.body(scope)
    if body is None or scope.id not in run.state.scopes:
        return
    tokens: list[tuple[str, str | None]] = []
    for token in run.state.tokens_in(scope.id):
        node = run.node(token)
        joins = node.kind.endswith("Gateway") and len(node.incoming) > 1
        tokens.append((token.element, token.flow if joins and token.status == "waiting" else None))
    if can_finish(body, tokens) is False:
        name = body.title or body.id
        raise Refusal("back.deadlock", f"这样“{name}”里的汇合网关会永远等不齐，不能这样移动。", element=body.id)


def _forget_undoable(scope: Scope, undone: list[str]) -> None:
    """What is done again will be remembered again for compensation."""
    records = [one for one in scope.data.get("done", []) if one.get("activity") not in undone]
    if records:
        scope.data["done"] = records
    else:
        scope.data.pop("done", None)
