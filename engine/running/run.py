"""One turn as it runs: the state, what is to be done next, and the effects so far."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from engine.definition import Body, Definition
from engine.effects import Effect, IncidentRaised, Recorded, StoreWritten
from engine.registry import Host, HostContext
from engine.state import Scope, State, Token, copied
from engine.stores import DataStore, Stores
from storage.database import UnitOfWork
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.elements.base import Node


class Definitions(Protocol):
    """Where the definitions of called processes come from."""

    def current(self, key: str) -> Definition:
        """The definition in force under `key`."""
        ...

    def by_hash(self, digest: str, /) -> Definition:
        """The definition with this hash."""
        ...

    def version(self, key: str, version: int) -> Definition:
        """The definition of a given version."""
        ...


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where a turn stops with an incident instead of going on for ever."""

    steps: int = 20_000  # elements activated in one turn
    tokens: int = 20_000  # live at the same time
    depth: int = 64  # calls inside calls, sub-processes inside sub-processes
    instances: int = 10_000  # of one multi-instance activity
    variables: int = 1_000_000  # characters of one process's variables as JSON
    inputs: int = 10_000_000  # characters that activities are given for themselves in one turn, as JSON
    store: int = 200_000  # characters of what is put into one data store, as JSON
    seconds: float = 15.0  # that a turn may take, whatever it does


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a turn is about: which instance, when, by whom, and what it may ask."""

    org_id: str
    instance_id: str
    business_key: str | None
    process_key: str
    now: datetime
    actor: str | None
    uow: UnitOfWork
    host: Host
    definitions: Definitions
    stores: Stores
    limits: Limits


class StepError(BanjieError):
    """A token cannot go on; it becomes an incident at the token."""

    default_status = 422


class Run:
    """A turn that is running. Elements are given this and a token."""

    def __init__(self, definition: Definition, state: State, turn: Turn) -> None:
        self.definition = definition
        self.state = state
        self.turn = turn
        self.effects: list[Effect] = []
        self.work: deque[int] = deque()  # tokens to move, in order
        self.later: deque[int] = deque()  # tokens that throw signals, when all others stand
        self.changed: set[str] = set()  # variables written since conditions were looked at
        self.written: dict[int, set[str]] = {}  # token -> names it wrote in this turn, for its history line
        self.joins: set[tuple[int, str]] = set()  # (scope, gateway) of joins that wait for what may still come
        self.steps = 0
        self.before = state.count  # tokens with a higher number are of this turn
        self.until = monotonic() + turn.limits.seconds
        self.mover: int | None = None  # the token whose moment it is: what is placed now comes from it
        self.given = 0  # characters of inputs and items that were put into activities in this turn
        self.sizes: dict[int, dict[str, int]] = {}  # process scope -> characters of each variable
        self._definitions: dict[int, Definition] = {}
        self._stored: dict[tuple[str, str], Any] = {}  # what is in the data stores that this turn has looked at

    # -- where am I ------------------------------------------------------------------------------------------------

    def scope(self, token: Token) -> Scope:
        """The scope that a token is in."""
        return self.state.scopes[token.scope]

    def definition_of(self, scope: Scope) -> Definition:
        """The definition that a scope runs."""
        found = self._definitions.get(scope.id)
        if found is None:
            digest = self.state.process_scope(scope).hash
            found = self.definition if digest == self.definition.hash else self.turn.definitions.by_hash(str(digest))
            self._definitions[scope.id] = found
        return found

    def forget_definitions(self) -> None:
        """Scopes run by other definitions from now on."""
        self._definitions.clear()

    def node(self, token: Token) -> Node:
        """The element that a token is at."""
        return self.definition_of(self.scope(token)).element(token.element)

    def body(self, scope: Scope) -> Body | None:
        """The diagram of a scope's inside; None for the instances of a repeated activity."""
        definition = self.definition_of(scope)
        if scope.kind in ("process", "call"):
            return definition.processes[scope.element]
        if scope.kind == "loop":
            return None
        return definition.element(scope.element).inside

    def host_token(self, scope: Scope) -> Token | None:
        """The activity's token whose inside a scope is."""
        return None if scope.token is None else self.state.tokens[scope.token]

    def lineage(self, token: Token) -> dict[str, Any]:
        """Where a token comes from and where it is, for its line of history: a step back is worked out from these."""
        scope = self.scope(token)
        told: dict[str, Any] = {"token": token.id, "scope": scope.id}
        if token.came:
            told["came"] = token.came
        if scope.token is not None:
            told["in"] = scope.token
        if token.branch:
            told["branch"] = token.branch
        if "joined" in token.data:
            told["joined"] = token.data["joined"]
        return told

    def path(self, token: Token) -> tuple[str, ...]:
        """Public ids of the activities around a token, outermost first."""
        path: list[str] = []
        host = self.host_token(self.scope(token))
        while host is not None:
            path.append(self.state.public(host.id))
            host = self.host_token(self.scope(host))
        return tuple(reversed(path))

    # -- what is next ----------------------------------------------------------------------------------------------

    def queue(self, token: Token, moment: str) -> None:
        """Let a token go on with `moment` in this turn."""
        token.moment, token.status = moment, "moving"
        self.work.append(token.id)

    def wait(self, token: Token) -> None:
        """Let a token stand until something happens to it."""
        token.status = "waiting"

    def emit(self, effect: Effect) -> None:
        """Tell the door."""
        self.effects.append(effect)

    def record(self, kind: str, node: Node | None, data: Mapping[str, Any]) -> None:
        """A line of history."""
        self.emit(Recorded(kind=kind, element_id=node and node.id, name=node and node.name, data=data))

    def incident(self, token: Token, error: BanjieError) -> None:
        """Stop a token until an administrator retries it."""
        token.status = "incident"
        self.emit(
            IncidentRaised(
                token_id=self.state.public(token.id), element_id=token.element, code=error.code, message=error.message
            )
        )

    # -- data stores -----------------------------------------------------------------------------------------------

    def stored(self, token: Token, store: DataStore) -> Any:
        """What is in a data store of the diagram that `token` runs in."""
        at = (self.definition_of(self.scope(token)).key, store.id)
        if at not in self._stored:
            self._stored[at] = self.turn.stores.take(*at)
        return copied(self._stored[at])

    def put_in_store(self, token: Token, store: DataStore, value: Any) -> None:
        """Put a plain value into a data store. Raises `store.full`, `limit.store`."""
        if store.capacity is not None and isinstance(value, list) and len(value) > store.capacity:
            raise StepError("store.full", f"数据存储“{store.name}”最多存{store.capacity}项，放不下{len(value)}项。")
        size, most = len(json.dumps(value, ensure_ascii=False)), self.turn.limits.store
        if size > most:
            raise StepError("limit.store", f"放入数据存储“{store.name}”的内容太大（{size}个字符，最多{most}个）。")
        key = self.definition_of(self.scope(token)).key
        self._stored[key, store.id] = copied(value)
        self.emit(StoreWritten(process_key=key, store_id=store.id, value=value))
        self.record("data_stored", self.node(token), {"store": store.id, "name": store.name})

    # -- what the host is asked ------------------------------------------------------------------------------------

    def context(
        self,
        node: Node,
        scope: Scope,
        token: Token | None = None,
        *,
        timer_kind: str | None = None,
        attached_to: str | None = None,
    ) -> HostContext:
        """What a host function or hook is told."""
        turn = self.turn
        host = token if token is not None else self.host_token(scope)
        return HostContext(
            org_id=turn.org_id,
            instance_id=turn.instance_id,
            process_key=turn.process_key,
            business_key=turn.business_key,
            element_id=node.id,
            element_name=node.name,
            properties=node.properties,
            variables=Copies(self.state.visible(scope, token)),
            now=turn.now,
            actor=turn.actor,
            token_id=self.state.public(token.id) if token is not None else "",
            scope_path=self.path(host) if host is not None else (),
            uow=turn.uow,
            timer_kind=timer_kind,
            attached_to=attached_to,
        )

    def functions(
        self, node: Node, scope: Scope, token: Token | None = None, *, timer_kind: str | None = None,
        attached_to: str | None = None,
    ) -> Bound:  # fmt: skip
        """The host's functions, bound to a place."""
        make = partial(self.context, node, scope, token, timer_kind=timer_kind, attached_to=attached_to)
        return Bound(self.turn.host.functions, make)


class Copies(Mapping[str, Any]):
    """Variables as outsiders see them: each value a copy, made when it is read."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        return copied(self._variables[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


class Bound(Mapping[str, Any]):
    """Host functions bound to a context that is made when the first is called."""

    def __init__(self, functions: Mapping[str, Any], make: partial[HostContext]) -> None:
        self._functions, self._make = functions, make

    def __getitem__(self, name: str) -> Any:
        function = self._functions[name]
        return lambda *args, **kwargs: function(self._make(), *args, **kwargs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)
