"""Tokens move along sequence flows, are consumed, and are taken away (formal/2011-01-03, 13.1, 13.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.definition import Flow
from engine.running import variables, waiting
from engine.running.run import Run, StepError
from engine.state import Branch, Scope, Token, copied

if TYPE_CHECKING:
    from engine.elements.base import Node


def place(
    run: Run,
    node: Node,
    scope: Scope,
    *,
    flow: str | None = None,
    locals: Mapping[str, Any] | None = None,
    branch: Branch | None = None,
) -> Token:
    """Put a new token at `node`."""
    token = Token(
        run.state.next(), node.id, scope.id, flow=flow, locals=copied(dict(locals or {})), branch=list(branch or []),
        came=[] if run.mover is None else [run.mover],
    )  # fmt: skip
    return run.state.add_token(token)


def arrive(
    run: Run,
    node: Node,
    scope: Scope,
    *,
    flow: str | None = None,
    locals: Mapping[str, Any] | None = None,
    branch: Branch | None = None,
    moment: str = "activate",
) -> Token:
    """Put a new token at `node`; what it does there comes next in this turn."""
    token = place(run, node, scope, flow=flow, locals=locals, branch=branch)
    run.queue(token, moment)
    return token


def follow(run: Run, token: Token, flows: Sequence[Flow]) -> None:
    """Consume `token` and produce one on each of `flows`; without any, the token ends here."""
    scope = run.scope(token)
    elements = run.definition_of(scope).elements
    for flow, branch in zip(flows, variables.forked(run, token, len(flows)), strict=True):
        arrive(run, elements[flow.target], scope, flow=flow.id, locals=token.locals, branch=branch)
    consume(run, token)


def consume(run: Run, token: Token) -> None:
    """Take a token away that has done all it had to; a scope without tokens is done."""
    scope = run.scope(token)
    run.state.remove_token(token)
    finish_if_empty(run, scope)


def finish_if_empty(run: Run, scope: Scope) -> None:
    """A process or sub-process ends exactly when its last token does (13.1, 13.2.4)."""
    if scope.kind == "loop" or not run.state.is_empty(scope.id):
        return
    if scope.kind == "body" and run.definition_of(scope).element(scope.element).refill(run, scope):
        return
    waiting.drop_of_scope(run, scope, completed=True)
    scope.closed = True
    host = run.host_token(scope)
    if host is not None:
        run.queue(host, "complete")
        return
    left = copied(scope.variables or {})
    run.state.remove_scope(scope)
    run.state.ended = True
    run.emit(fx.InstanceEnded(completed=True, variables=left))


def conditional_flows(run: Run, token: Token, node: Node) -> list[Flow]:
    """The flows that leave an activity or event: all without a condition, and those whose condition holds.

    The default flow is taken when no conditional one is (10.3.2, 13.2.1).
    """
    taken = [
        flow for flow in node.outgoing if not flow.is_default and (flow.condition is None or _holds(run, token, flow))
    ]
    if any(flow.condition is not None for flow in taken):
        return taken
    default = [flow for flow in node.outgoing if flow.is_default]
    if default:
        return taken + default
    if node.outgoing and not taken:
        raise no_flow(node)
    return taken


def holds(run: Run, token: Token, flow: Flow) -> bool:
    """Whether a flow's condition is true; a flow without one is."""
    return flow.condition is None or _holds(run, token, flow)


def _holds(run: Run, token: Token, flow: Flow) -> bool:
    assert flow.condition is not None
    value = variables.evaluate(run, token, flow.condition)
    if not isinstance(value, bool):
        raise StepError(
            "condition.not_boolean",
            f"连线“{flow.name or flow.id}”的条件结果应为真或假，但得到的是{_shown(value)}。",
            element=flow.source,
        )
    return value


def _shown(value: Any) -> str:
    return "空值" if value is None else f"“{str(value)[:40]}”"


def no_flow(node: Node) -> StepError:
    """None of the conditions holds and there is no default flow."""
    return StepError("gateway.no_flow", f"“{node.name}”没有一个出口的条件成立，也没有默认出口。", element=node.id)


def terminate(run: Run, token: Token) -> None:
    """Take a token away, and all that happens inside it: tasks, jobs, timers, sub-processes."""
    inside = nested(run, token)
    for each in reversed(inside):  # what is deeper first
        node = run.node(each)
        if each.moment == "leave" and each.status == "moving":
            node.note(run, each, [])  # its work was done, only its way on is cut off
        _take_back(run, node, each)
        _forget(run, each)


def clear(run: Run, token: Token) -> None:
    """Undo what a token has begun at its element, so that it can begin again."""
    for each in reversed(nested(run, token)[1:]):
        _take_back(run, run.node(each), each)
        _forget(run, each)
    _take_back(run, run.node(token), token)
    waiting.drop_of_token(run, token, completed=False)
    _close_inside(run, token)
    token.inputs, token.data = {}, {}


def clear_scope(run: Run, scope: Scope) -> None:
    """Take all tokens of a scope away, not the scope itself."""
    for token in run.state.tokens_in(scope.id):
        if token.id in run.state.tokens:
            terminate(run, token)


def _take_back(run: Run, node: Node, token: Token) -> None:
    """Take back what the token's element has handed out, or what was offered of it before it began."""
    if token.data.pop("offered", False):
        run.emit(fx.TaskClosed(task_id=run.state.public(token.id), element_id=node.id, completed=False))
    else:
        node.terminate(run, token)


def _forget(run: Run, token: Token) -> None:
    waiting.drop_of_token(run, token, completed=False)
    _close_inside(run, token)
    run.state.remove_token(token)


def _close_inside(run: Run, token: Token) -> None:
    inside = run.state.inside(token)
    if inside is not None:
        close(run, inside, completed=False)


def close(run: Run, scope: Scope, *, completed: bool) -> None:
    """Close a scope that has no tokens any more."""
    waiting.drop_of_scope(run, scope, completed=completed)
    run.state.remove_scope(scope)


def nested(run: Run, token: Token) -> list[Token]:
    """A token and all tokens inside it, the outer before the inner."""
    found = [token]
    for each in found:  # grows while it is read
        inside = run.state.inside(each)
        if inside is not None:
            found += run.state.tokens_in(inside.id)
    return found
