"""Messages find their instance by keys (formal/2011-01-03, 8.3.2).

Key-based: the first message of a key that an instance sends or gets says what the key is worth; from then on it waits
for messages of that key with that worth. Context-based: a subscription says which data of the process the key must
equal; it is worked out when the wait begins. The worth of a key is a text, its parts with `|` between. Where no key is
drawn, the property `correlationKey` of the event counts, else the business key of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.definition import EventDefinition
from engine.expressions import ExpressionError
from engine.running import variables
from engine.running.run import Run
from engine.state import Scope, Token

if TYPE_CHECKING:
    from engine.elements.base import Node
    from engine.expressions import Expression


def thrown(run: Run, token: Token, node: Node, definition: EventDefinition, payload: Mapping[str, Any]) -> str | None:
    """The worth of the key of a message that is sent from where `token` stands."""
    if definition.correlation is None:
        return None
    scope = run.scope(token)
    worth = _worth(run, node, scope, token, definition.correlation.paths, payload)
    return _keys(run, scope).setdefault(definition.correlation.key, worth)


def awaited(run: Run, node: Node, scope: Scope, token: Token | None, definition: EventDefinition) -> str | None:
    """The worth that the key of a message must have that is awaited; None: it is not known yet."""
    correlation = definition.correlation
    if correlation is None:
        return None
    if correlation.data:
        return _worth(run, node, scope, token, correlation.data, {})
    keys: dict[str, str] = run.state.process_scope(scope).data.get("keys", {})
    return keys.get(correlation.key)


def caught(run: Run, node: Node, scope: Scope, definition: EventDefinition, payload: Mapping[str, Any]) -> None:
    """A message has come: it says what its key is worth, if nothing has said it before."""
    correlation = definition.correlation
    if correlation is None or correlation.data:
        return
    try:
        worth = _worth(run, node, scope, None, correlation.paths, payload)
    except ExpressionError:
        return  # it was correlated by other means and lacks the property
    _keys(run, scope).setdefault(correlation.key, worth)


def _keys(run: Run, scope: Scope) -> dict[str, str]:
    keys: dict[str, str] = run.state.process_scope(scope).data.setdefault("keys", {})
    return keys


def _worth(
    run: Run,
    node: Node,
    scope: Scope,
    token: Token | None,
    paths: Sequence[Expression],
    payload: Mapping[str, Any],
) -> str:
    visible, functions = run.state.visible(scope, token, payload), run.functions(node, scope, token)
    return "|".join(str(variables.plain(path.evaluate(visible, functions))) for path in paths)
