"""What makes an activity repeat: a token stands for the whole, and one for each repetition in a scope of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.running import moving, scopes
from engine.running.run import Run
from engine.state import Scope, Token

if TYPE_CHECKING:
    from engine.elements.activity import Activity


class Loop(Protocol):
    """Loop characteristics of an activity."""

    def begin(self, run: Run, token: Token, activity: Activity) -> None:
        """Begin the repetitions; `token` stands for the whole."""
        ...

    def collected(self, run: Run, token: Token) -> None:
        """The repetition of `token` has given what it gives."""
        ...

    def instance_done(self, run: Run, token: Token, activity: Activity) -> None:
        """The repetition of `token` has completed."""
        ...

    def finish(self, run: Run, token: Token, activity: Activity) -> None:
        """All is done; `token` stands for the whole."""
        ...


def open_loop(run: Run, token: Token, activity: Activity, variables: dict[str, Any]) -> Scope:
    """The scope of the repetitions."""
    run.wait(token)
    return scopes.open_scope(run, "loop", activity.id, token, variables=variables)


def begin_instance(run: Run, scope: Scope, activity: Activity, locals: dict[str, Any]) -> Token:
    """Begin one repetition."""
    host = run.host_token(scope)
    assert host is not None
    return moving.arrive(run, activity, scope, locals=locals, branch=host.branch)


def end_instance(run: Run, token: Token, *, last: bool) -> None:
    """Consume the token of a repetition; after the last one what still runs is cancelled and the activity completes."""
    scope = run.scope(token)
    host = run.host_token(scope)
    assert host is not None
    if token.data.get("done"):
        scope.data.setdefault("done", []).extend(token.data["done"])
    run.state.remove_token(token)
    if last:
        moving.clear_scope(run, scope)
        run.queue(host, "complete")


def close_loop(run: Run, token: Token) -> Scope | None:
    """Remove the scope of the repetitions; what can be compensated in them is remembered."""
    scope = run.state.inside(token)
    if scope is not None:
        if scope.data.get("done"):
            token.data["done"] = scope.data["done"]
        run.state.remove_scope(scope)
    return scope
