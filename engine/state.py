"""The live part of an instance: tokens, scopes and waiters. What is finished leaves the state and becomes history.

Values are JSON values only; instants are ISO text. Inside, tokens, scopes and waiters have small numbers; outside
(task, job, timer and subscription ids) they are `<instance id>.<number>`.

A saved state carries its format, the hash of each definition that runs in it and (since format 2) the program that
wrote it; since format 3 repetitions that wait are in packs (`engine.packing`). `tests/engine/data/states` keeps
instances of every format.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from engine.packing import Pack, Tokens, packed
from storage.errors import BanjieError

FORMAT = 3
PROGRAM = f"banjie {version('banjie')}, SpiffWorkflow {version('SpiffWorkflow')}"

Branch = list[list[int]]  # [fork, number of the branch] pairs, outermost first


@dataclass(slots=True)
class Token:
    """Where the instance is. A token at an activity is that activity's running instance."""

    id: int
    element: str  # id of the flow node
    scope: int
    moment: str = "activate"  # what it does next: activate | complete | leave; arm
    status: str = "moving"  # moving (only inside a turn) | waiting | incident
    flow: str | None = None  # the sequence flow it came by
    locals: dict[str, Any] = field(default_factory=dict)  # travel with the token up to a join
    inputs: dict[str, Any] = field(default_factory=dict)  # input parameters, while the activity lasts
    branch: Branch = field(default_factory=list)  # the forks it descends from
    data: dict[str, Any] = field(default_factory=dict)  # what the element keeps about it
    came: list[int] = field(default_factory=list)  # the tokens it comes from, for the history


@dataclass(slots=True)
class Scope:
    """The inside of a running process, call, sub-process or repeated activity."""

    id: int
    kind: str  # process | call | body (sub-process) | loop (the instances of a repeated activity)
    element: str  # process id, or id of the activity
    parent: int | None = None
    token: int | None = None  # the activity's token, whose inside this is
    hash: str | None = None  # definition, for a process and a call
    variables: dict[str, Any] | None = None  # None: uses those of the scope around it
    writes: dict[str, Branch] = field(default_factory=dict)  # which branch wrote a variable last
    closed: bool = False  # interrupted or ending: its event sub-processes start no more
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Waiter:
    """Something armed for a token or a scope: a timer, a subscription, a condition, a due date."""

    id: int
    kind: str  # timer | message | signal | condition | due
    element: str  # the event (or the task that is due)
    token: int | None = None
    scope: int | None = None
    index: int = 0  # which of the element's event definitions
    data: dict[str, Any] = field(default_factory=dict)


class State:
    """All that lives of one instance, with indexes by place and owner."""

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self.count = 0
        self.ended = False
        self.tokens = Tokens(lambda row: self.add_token(_token(row)))
        self.scopes: dict[int, Scope] = {}
        self.waiters: dict[int, Waiter] = {}
        self._in_scope: dict[int, dict[int, Token]] = {}
        self._inside: dict[int, int] = {}  # token -> the scope that is its inside
        self._places: dict[tuple[int, str], dict[int, Token]] = {}
        self._waiting: dict[tuple[str, int], dict[int, Waiter]] = {}
        self._kinds: dict[str, dict[int, Waiter]] = {}

    # -- numbers ---------------------------------------------------------------------------------------------------

    def next(self) -> int:
        """A number never used in this instance before."""
        self.count += 1
        return self.count

    def public(self, number: int) -> str:
        """The id of a token or waiter as the world outside knows it."""
        return f"{self.instance_id}.{number}"

    def number(self, public: str) -> int:
        """The number in a public id; 0 if it is none of this instance."""
        instance_id, _, number = public.rpartition(".")
        return int(number) if instance_id == self.instance_id and number.isdecimal() else 0

    # -- changes ---------------------------------------------------------------------------------------------------

    def add_token(self, token: Token) -> Token:
        """Put a token into the instance."""
        self.tokens[token.id] = token
        self._in_scope.setdefault(token.scope, {})[token.id] = token
        self._places.setdefault((token.scope, token.element), {})[token.id] = token
        return token

    def remove_token(self, token: Token) -> None:
        """Take a token out of the instance."""
        del self.tokens[token.id]
        del self._in_scope[token.scope][token.id]
        place = self._places[token.scope, token.element]
        del place[token.id]
        if not place:
            del self._places[token.scope, token.element]

    def relocate(self, token: Token, element: str) -> None:
        """Let a token stand at another element of its scope."""
        if element != token.element:
            place = self._places[token.scope, token.element]
            del place[token.id]
            if not place:
                del self._places[token.scope, token.element]
            token.element = element
            self._places.setdefault((token.scope, element), {})[token.id] = token

    def add_scope(self, scope: Scope) -> Scope:
        """Open a scope."""
        self.scopes[scope.id] = scope
        self._in_scope.setdefault(scope.id, {})
        if scope.token is not None:
            self._inside[scope.token] = scope.id
        return scope

    def remove_scope(self, scope: Scope) -> None:
        """Close an empty scope."""
        del self.scopes[scope.id]
        del self._in_scope[scope.id]
        if scope.token is not None:
            self._inside.pop(scope.token, None)

    def add_waiter(self, waiter: Waiter) -> Waiter:
        """Arm a waiter."""
        self.waiters[waiter.id] = waiter
        self._waiting.setdefault(_owner(waiter), {})[waiter.id] = waiter
        self._kinds.setdefault(waiter.kind, {})[waiter.id] = waiter
        return waiter

    def remove_waiter(self, waiter: Waiter) -> None:
        """Disarm a waiter."""
        del self.waiters[waiter.id]
        del self._kinds[waiter.kind][waiter.id]
        owned = self._waiting[_owner(waiter)]
        del owned[waiter.id]
        if not owned:
            del self._waiting[_owner(waiter)]

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def root(self) -> Scope | None:
        """The scope of the process itself; None once the instance has ended."""
        return next((scope for scope in self.scopes.values() if scope.token is None), None)

    def tokens_in(self, scope_id: int) -> list[Token]:
        """The tokens directly inside a scope."""
        if self.tokens.packed(scope_id):
            self.tokens.open_scope(scope_id)
            return sorted(self.loose_in(scope_id), key=lambda token: token.id)
        return self.loose_in(scope_id)

    def loose_in(self, scope_id: int) -> list[Token]:
        """The same without those that are in packs."""
        return list(self._in_scope.get(scope_id, {}).values())

    def only_waits(self, token: Token) -> bool:
        """Whether nothing but the token itself belongs to it, and it waits."""
        owns = token.id in self._inside or ("token", token.id) in self._waiting
        return token.status == "waiting" and not owns

    def is_empty(self, scope_id: int) -> bool:
        """No token is directly inside the scope."""
        return not self._in_scope.get(scope_id) and not self.tokens.packed(scope_id)

    def tokens_at(self, scope_id: int, element_id: str) -> list[Token]:
        """The tokens of a scope at one element."""
        self.tokens.open_scope(scope_id)
        return list(self._places.get((scope_id, element_id), {}).values())

    def places(self) -> list[tuple[int, str]]:
        """Where tokens are: scope and element."""
        repeated = {(pack.scope, self.scopes[pack.scope].element) for pack in self.tokens.packs}
        return list(self._places) + sorted(repeated - self._places.keys())

    def inside(self, token: Token) -> Scope | None:
        """The scope that is the inside of an activity's token."""
        scope_id = self._inside.get(token.id)
        return None if scope_id is None else self.scopes[scope_id]

    def waiters_of_token(self, token_id: int) -> list[Waiter]:
        """What is armed for a token."""
        return list(self._waiting.get(("token", token_id), {}).values())

    def waiters_of_scope(self, scope_id: int) -> list[Waiter]:
        """What is armed for a scope: the starts of its event sub-processes."""
        return list(self._waiting.get(("scope", scope_id), {}).values())

    def waiters_of_kind(self, kind: str) -> list[Waiter]:
        """All armed waiters of one kind."""
        return list(self._kinds.get(kind, {}).values())

    def visible(
        self, scope: Scope, token: Token | None = None, extra: Mapping[str, Any] | None = None
    ) -> ChainMap[str, Any]:
        """The variables that can be read at a place, the nearest first. Not to be changed."""
        maps: list[Any] = [extra] if extra else []
        if token is not None:
            maps += [part for part in (token.inputs, token.locals) if part]
        while True:
            if scope.variables is not None:
                maps.append(scope.variables)
            if scope.token is None or scope.kind == "call":
                return ChainMap(*maps)
            host = self.tokens[scope.token]
            maps += [part for part in (host.inputs, host.locals) if part]
            assert scope.parent is not None
            scope = self.scopes[scope.parent]

    def variables(self, scope: Scope | None = None) -> dict[str, Any]:
        """A copy of the variables visible in a scope; of the process itself without one."""
        scope = scope or self.root
        return copied(dict(self.visible(scope))) if scope is not None else {}

    def token_of(self, public_id: str) -> Token | None:
        """The token of a task or job."""
        number = self.number(public_id)
        found: Token | None = self.tokens.get(number)
        if found is None and number:
            return self.tokens.holding("job", number)
        return found

    def visible_at(self, public_id: str) -> ChainMap[str, Any]:
        """The variables that can be read at a task or job. Not to be changed."""
        token = self.token_of(public_id)
        return self.visible(self.scopes[token.scope], token) if token is not None else ChainMap()

    def variables_of(self, public_id: str) -> dict[str, Any]:
        """A copy of the variables visible at a task or job."""
        return {name: copied(value) for name, value in self.visible_at(public_id).items()}

    def hash_of(self, public_id: str) -> str | None:
        """The hash of the definition that a task, job or timer belongs to (a called process has its own)."""
        waiter = self.waiters.get(self.number(public_id))
        if waiter is None:
            token = self.token_of(public_id)
        else:
            token = self.tokens[waiter.token] if waiter.token is not None else None
        scope_id = token.scope if token is not None else waiter.scope if waiter is not None else None
        return None if scope_id is None else self.process_scope(self.scopes[scope_id]).hash

    def process_scope(self, scope: Scope) -> Scope:
        """The scope of the process or call that a scope belongs to; it has the variables."""
        while scope.kind not in ("process", "call"):
            assert scope.parent is not None
            scope = self.scopes[scope.parent]
        return scope

    def awaits(self, subscription_id: str) -> bool:
        """Whether a subscription is still armed."""
        return self.number(subscription_id) in self.waiters

    def tokens_by_element(self, process_key: str | None = None) -> dict[str, int]:
        """How many tokens stand at each element; of one process of the instance, or of all."""
        counts: dict[str, int] = {}
        for token in self.tokens.values():
            scope = self.scopes[token.scope]
            if scope.kind == "loop" or (process_key is not None and self.process_scope(scope).element != process_key):
                continue
            counts[token.element] = counts.get(token.element, 0) + 1
        return counts

    def open_processes(self) -> dict[str, str]:
        """The processes that run in the instance, itself first: process id -> hash of its definition."""
        return {s.element: s.hash for s in self.scopes.values() if s.kind in ("process", "call") and s.hash}

    def process_at(self, element: str) -> str | None:
        """The id of the process in which a token stands at `element`; None if none does."""
        standing = (token for token in self.tokens.values() if token.element == element)
        return next((self.process_scope(self.scopes[token.scope]).element for token in standing), None)


def _owner(waiter: Waiter) -> tuple[str, int]:
    if waiter.token is not None:
        return "token", waiter.token
    assert waiter.scope is not None
    return "scope", waiter.scope


def copied(value: Any) -> Any:
    """A deep copy of a JSON value: no two places share a list or a dict."""
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, list):
        return [copied(part) for part in value]
    return value


# -- saved form ----------------------------------------------------------------------------------------------------


def encode(state: State) -> bytes:
    """The state as compact JSON. Defaults are left out."""
    loose, packs = packed(state, _token_row)
    told = {
        "format": FORMAT,
        "program": PROGRAM,
        "instance": state.instance_id,
        "count": state.count,
        "scopes": [_scope_row(scope) for scope in state.scopes.values()],
        "tokens": [_token_row(token) for token in loose],
        "waiters": [_waiter_row(waiter) for waiter in state.waiters.values()],
    }
    if packs:
        told["packs"] = [[pack.scope, pack.first, pack.last, pack.count, pack.text] for pack in packs]
    return _text(told).encode()


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def decode(blob: bytes) -> State:
    """The state from its saved form. Raises `state.format` if it was written by a newer program."""
    told = json.loads(blob)
    if not 1 <= told["format"] <= FORMAT:
        by = f"（{told['program']}）" if "program" in told else ""
        raise BanjieError(
            "state.format", f"这个流程实例由格式{told['format']}{by}保存，本程序只认识格式1至{FORMAT}。", status=500
        )
    state = State(told["instance"])
    state.count = told["count"]
    for id, kind, element, rest in told["scopes"]:
        get = rest.get
        state.add_scope(
            Scope(
                id,
                kind,
                element,
                get("p"),
                get("t"),
                get("h"),
                get("v"),
                get("w") or {},
                get("c", False),
                get("d") or {},
            )
        )
    for row in told["tokens"]:
        state.add_token(_token(row))
    state.tokens.packs = [Pack(*pack) for pack in told.get("packs", ())]
    for id, kind, element, rest in told["waiters"]:
        get = rest.get
        state.add_waiter(Waiter(id, kind, element, get("t"), get("s"), get("x", 0), get("d") or {}))
    return state


def _token(row: list[Any]) -> Token:
    id, element, scope, rest = row
    get = rest.get
    return Token(
        id, element, scope, get("m", "activate"), get("s", "waiting"), get("f"), get("l") or {}, get("i") or {},
        get("b") or [], get("d") or {}, get("c") or [],
    )  # fmt: skip


def _token_row(token: Token) -> list[Any]:
    rest: dict[str, Any] = {}
    if token.moment != "activate":
        rest["m"] = token.moment
    if token.status != "waiting":
        rest["s"] = token.status
    if token.flow is not None:
        rest["f"] = token.flow
    if token.locals:
        rest["l"] = token.locals
    if token.inputs:
        rest["i"] = token.inputs
    if token.branch:
        rest["b"] = token.branch
    if token.data:
        rest["d"] = token.data
    if token.came:
        rest["c"] = token.came
    return [token.id, token.element, token.scope, rest]


def _scope_row(scope: Scope) -> list[Any]:
    told = {
        "p": scope.parent, "t": scope.token, "h": scope.hash, "v": scope.variables, "w": scope.writes or None,
        "c": scope.closed or None, "d": scope.data or None,
    }  # fmt: skip
    return [scope.id, scope.kind, scope.element, {name: value for name, value in told.items() if value is not None}]


def _waiter_row(waiter: Waiter) -> list[Any]:
    told = {"t": waiter.token, "s": waiter.scope, "x": waiter.index or None, "d": waiter.data or None}
    return [waiter.id, waiter.kind, waiter.element, {name: value for name, value in told.items() if value is not None}]
