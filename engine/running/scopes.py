"""Opening the inside of a process, sub-process or call: its event sub-processes are armed, its first tokens placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.definition import Body
from engine.running import moving, waiting
from engine.running import variables as variables_
from engine.running.run import Run, StepError
from engine.state import Scope, Token
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.elements.base import Node


def open_scope(
    run: Run,
    kind: str,
    element: str,
    host: Token | None,
    *,
    hash: str | None = None,
    variables: dict[str, Any] | None = None,
) -> Scope:
    """A new scope inside the activity of `host`. Raises `limit.depth`."""
    parent = run.scope(host) if host is not None else None
    depth = parent.data.get("depth", 0) + 1 if parent is not None else 0
    if depth > run.turn.limits.depth:
        raise StepError("limit.depth", f"流程嵌套超过{run.turn.limits.depth}层，可能在循环调用自己。")
    scope = Scope(
        run.state.next(), kind, element,
        parent=parent.id if parent is not None else None,
        token=host.id if host is not None else None,
        hash=hash, variables=variables, data={"depth": depth} if depth else {},
    )  # fmt: skip
    return run.state.add_scope(scope)


def open_body(run: Run, node: Node, host: Token) -> Scope:
    """The inside of a sub-process, with the data that it declares (10.3.1: it lives as long as the sub-process)."""
    assert node.inside is not None
    declared: dict[str, Any] | None = dict.fromkeys(node.inside.data) or None
    return open_scope(run, "body", node.id, host, variables=declared)


def enter(
    run: Run,
    scope: Scope,
    body: Body,
    *,
    at: Node | None = None,
    moment: str = "activate",
    payload: Mapping[str, Any] | None = None,
    host: Token | None = None,
) -> None:
    """Arm the event sub-processes of `body` and place a token at `at`, or at each element that it begins with.

    `payload` came with the event that starts the body. In a process that nobody called, an event sub-process that
    cannot be armed is an incident at itself: the instance starts all the same.
    """
    for sub_process in body.event_sub_processes:
        try:
            waiting.arm_start(run, scope, sub_process)
        except BanjieError as error:
            if host is not None:
                raise
            unarmed = moving.place(run, sub_process, scope)
            unarmed.moment = "arm"
            run.incident(unarmed, error)
    branch = host.branch if host is not None else None
    for node in [at] if at is not None else body.openings:
        token = moving.arrive(run, node, scope, branch=branch, moment=moment)
        if payload:
            take_payload(token, payload)
    moving.finish_if_empty(run, scope)


def take_payload(token: Token, payload: Mapping[str, Any]) -> None:
    """Keep what came with an event: it travels with the token, and is offered to the variables."""
    told = variables_.plain(payload)
    token.data["result"] = told
    token.locals = token.locals | told
