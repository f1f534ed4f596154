"""What a migration would do to one instance: where its tokens go, what it waits for afterwards, and what prevents it.

An element maps to the one with the same id unless the administrator maps it elsewhere. It must be of the same kind and
lie in the same (sub-)process; an activity that repeats must repeat in the same way. What an instance waits for is kept
as it was armed, unless the text that says it is another one: then it is armed again (or kept, if so wished).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.checking.soundness import can_finish
from engine.definition import Body, Definition, EventDefinition
from engine.elements.base import Node
from engine.state import Scope, State, Token, Waiter

KEEP, REARM, DROP, ARM = "keep", "rearm", "drop", "arm"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Tokens at one element and where they go. `target` None: nowhere."""

    element_id: str
    name: str
    kind: str
    count: int
    target: str | None
    target_name: str | None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why an element cannot be mapped (`error`), or what one should know (`warning`)."""

    element_id: str
    name: str
    code: str
    message: str
    severity: str = "error"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Something that the instance waits for: `act` is keep, rearm, drop or arm. `number` None: not yet armed."""

    number: int | None
    element_id: str
    name: str
    kind: str  # timer | message | signal | condition | due
    act: str
    target: str | None = None
    token: int | None = None
    scope: int | None = None


@dataclass(kw_only=True)
class Plan:
    """What would happen to one instance."""

    places: list[Place] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new_names: list[str] = field(default_factory=list)  # read by the new version, and not a variable yet

    @property
    def possible(self) -> bool:
        """Nothing prevents it."""
        return not any(problem.severity == "error" for problem in self.problems)


class Planner:
    """Plans one instance from the definition `old` to `new`. `mapping`: element id to element id; the rest by id."""

    def __init__(
        self,
        state: State,
        old: Definition,
        new: Definition,
        mapping: Mapping[str, str],
        *,
        keep_timers: bool,
        known_ends: dict[Any, bool | None] | None = None,
    ) -> None:
        self.state, self.old, self.new, self.mapping = state, old, new, mapping
        self.keep_timers = keep_timers
        self.known_ends = {} if known_ends is None else known_ends  # of other instances that stood the same way
        self.plan = Plan()

    def make(self) -> Plan:
        """The plan."""
        counted: dict[str, int] = {}
        for token in self.tokens():
            if self.state.scopes[token.scope].kind != "loop":
                counted[token.element] = counted.get(token.element, 0) + 1
            self._token(token)
        for element, count in counted.items():
            self._place(element, count)
        for scope in self.scopes():
            self._scope(scope)
        if self.plan.possible:
            self._waits()
            self._ends()
        running = [set(s.variables or {}) for s in self.scopes() if s.kind in ("process", "call")]
        present = set.intersection(*running) if running else set()
        self.plan.new_names = sorted(self.new.names_read - self.old.names_read - present)
        return self.plan

    # -- what is migrated ----------------------------------------------------------------------------------------

    def scopes(self) -> list[Scope]:
        """The scopes that run by the old definition."""
        return [s for s in self.state.scopes.values() if self.state.process_scope(s).hash == self.old.hash]

    def tokens(self) -> list[Token]:
        """The tokens in them."""
        return [token for scope in self.scopes() for token in self.state.tokens_in(scope.id)]

    def target(self, element_id: str) -> Node | None:
        """The element that one maps to; None if there is none."""
        return self.new.elements.get(self.mapping.get(element_id, element_id))

    def body(self, scope: Scope) -> Body | None:
        """The new inside of a scope; None if there is none, and for the repetitions of an activity."""
        if scope.kind in ("process", "call"):
            return self.new.processes.get(scope.element)
        node = self.target(scope.element)
        if node is None or scope.kind == "loop":
            return None
        return node.inside

    def flow(self, token: Token) -> str | None:
        """The flow by which a waiting token has come, in the new diagram; None if it has none there."""
        node, old = self.target(token.element), self.old.elements[token.element]
        if node is None or token.flow is None:
            return None
        if any(flow.id == token.flow for flow in node.incoming):
            return token.flow
        source = next((flow.source for flow in old.incoming if flow.id == token.flow), "")
        found = [flow.id for flow in node.incoming if flow.source == self.mapping.get(source, source)]
        return found[0] if len(found) == 1 else None

    # -- tokens and scopes ---------------------------------------------------------------------------------------

    def _place(self, element: str, count: int) -> None:
        old, node = self.old.elements[element], self.target(element)
        self.plan.places.append(
            Place(
                element_id=element, name=old.name, kind=old.kind, count=count, target=node.id if node else None,
                target_name=node.name if node else None,
            )
        )  # fmt: skip

    def _no(self, element: str, code: str, message: str, severity: str = "error") -> None:
        node = self.old.elements.get(element)
        name = node.name if node is not None else element
        problem = Problem(
            element_id=element, name=name, code=code, message=message.format(name=name), severity=severity
        )
        if problem not in self.plan.problems:
            self.plan.problems.append(problem)

    def _token(self, token: Token) -> None:
        old, node = self.old.elements[token.element], self.target(token.element)
        scope = self.state.scopes[token.scope]
        if node is None:
            return self._no(old.id, "migration.gone", "新版本里没有环节“{name}”，请为它指定对应的环节。")
        if node.kind != old.kind:
            return self._no(old.id, "migration.kind", f"“{{name}}”在新版本里对应的“{node.name}”不是同一种元素。")
        if scope.kind != "loop" and node.within is not self.body(scope):
            return self._no(old.id, "migration.elsewhere", "“{name}”在新版本里不在同一个流程或子流程里。")
        if self._repeats(old) != self._repeats(node):
            return self._no(old.id, "migration.loop", "“{name}”在新版本里的多实例或循环方式不同。")
        joins = old.kind in ("parallelGateway", "inclusiveGateway", "complexGateway")
        if joins and token.status == "waiting" and self.flow(token) is None:
            return self._no(old.id, "migration.join", "已经到达汇合“{name}”的分支，在新版本里没有对应的进线。")
        if token.data.get("job") and self._topic(old) != self._topic(node):
            self._no(
                old.id, "migration.handler", "“{name}”的自动处理程序已更换，排队中的处理改由新程序办理。", "warning"
            )
        if any(self.target(step["element"]) is None for step in token.data.get("steps", [])):
            self._no(old.id, "migration.compensation", "“{name}”正在撤销已办环节，而新版本里没有其中的撤销环节。")
        return None

    def _repeats(self, node: Node) -> tuple[Any, ...]:
        loop = getattr(node, "loop", None)
        return type(loop), getattr(loop, "sequential", None), bool(getattr(loop, "output", None))

    def _topic(self, node: Node) -> Any:
        return getattr(node, "topic", None)

    def _scope(self, scope: Scope) -> None:
        if scope.kind in ("process", "call") and scope.element not in self.new.processes:
            self._no(scope.element, "migration.process", "新版本里没有流程“{name}”。")
        if scope.kind == "loop":
            return
        body = self.body(scope)
        if scope.kind == "body" and body is None and self.target(scope.element) is not None:
            self._no(scope.element, "migration.kind", "“{name}”在新版本里没有内部流程。")
        if body is not None and "next" in scope.data:
            before = [self.mapping.get(node.id, node.id) for node in self._old_body(scope).openings]
            if before != [node.id for node in body.openings]:
                self._no(scope.element, "migration.ad_hoc", "临时子流程“{name}”里依次办理的环节在新版本里不同。")
        for gateway in scope.data.get("complex", {}):
            if self.target(gateway) is None:
                self._no(gateway, "migration.gone", "新版本里没有环节“{name}”，请为它指定对应的环节。")
        for record in scope.data.get("done", []):
            if self.record(record) is None:
                self._no(
                    record["activity"],
                    "migration.not_undoable",
                    "“{name}”办完后的撤销环节在新版本里没有了。",
                    "warning",
                )

    def _old_body(self, scope: Scope) -> Body:
        body = self.old.processes.get(scope.element) or self.old.elements[scope.element].inside
        assert body is not None
        return body

    def record(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        """What compensation remembers of an activity, in the new diagram; None if that cannot undo it."""
        told = dict(record)
        for key in ("activity", "handler", "event"):
            if key in told:
                node = self.target(told[key])
                if node is None:
                    return None
                told[key] = node.id
        if "inside" in told:
            told["inside"] = [kept for one in told["inside"] if (kept := self.record(one)) is not None]
        return told

    # -- what is waited for --------------------------------------------------------------------------------------

    def _waits(self) -> None:
        for token in self.tokens():
            self._owned(self.state.waiters_of_token(token.id), self._armed(token), token=token)
            old, node = self.old.elements[token.element], self.target(token.element)
            new_due = getattr(node, "due_date", None) is not None and getattr(old, "due_date", None) is None
            if node is not None and new_due and token.data.get("task"):
                self.plan.waits.append(
                    Wait(number=None, element_id=node.id, name=node.name, kind="due", act=ARM, target=node.id,
                         token=token.id)
                )  # fmt: skip
        for scope in self.scopes():
            if scope.kind != "loop":
                body = self.body(scope)
                subs = body.event_sub_processes if body is not None and not scope.closed else []
                starts = [sub.inside.starts[0] for sub in subs]
                self._owned(self.state.waiters_of_scope(scope.id), starts, scope=scope)

    def _armed(self, token: Token) -> list[Node]:
        """The events that a token standing at its new element would have armed."""
        node = self.target(token.element)
        assert node is not None
        if token.status == "incident" and token.moment == "activate":
            return []  # it begins again
        if node.kind == "eventBasedGateway":
            waiting = {w.element for w in self.state.waiters_of_token(token.id)}
            events = [node.within.elements[flow.target] for flow in node.outgoing]
            parallel = getattr(node, "parallel", False)  # those that have happened are not armed again
            return [e for e in events if not parallel or any(self._is(w, e) for w in waiting)]
        repetition = self.state.scopes[token.scope].kind == "loop"
        whole = getattr(node, "loop", None) is not None and not repetition
        own = [node] if node.kind in ("intermediateCatchEvent", "receiveTask") and not whole else []
        return own + ([] if repetition else list(node.boundary_events))

    def _is(self, element_id: str, node: Node) -> bool:
        return self.mapping.get(element_id, element_id) == node.id

    def _owned(
        self, waiters: list[Waiter], events: list[Node], *, token: Token | None = None, scope: Scope | None = None
    ) -> None:
        owner = {"token": token.id if token else None, "scope": scope.id if scope else None}
        met: set[str] = set()
        by_event: dict[str, list[Waiter]] = {}
        for waiter in waiters:
            by_event.setdefault(waiter.element, []).append(waiter)
        for element, armed in by_event.items():
            old, node = self.old.elements[element], self.target(element)
            known = node is not None and (node in events or armed[0].kind == "due")
            act = self._act(old, node, armed) if known and node is not None else DROP
            if node is not None and known:
                met.add(node.id)
            for waiter in armed:
                self.plan.waits.append(
                    Wait(number=waiter.id, element_id=element, name=old.name, kind=waiter.kind, act=act,
                         target=node.id if node and known else None, **owner)
                )  # fmt: skip
        for node in events:
            if node.id in met or self._was_passed(node, token):
                continue
            for definition in node.definitions:
                if definition.kind in ("timer", "message", "signal", "conditional"):
                    kind = "condition" if definition.kind == "conditional" else definition.kind
                    self.plan.waits.append(
                        Wait(number=None, element_id=node.id, name=node.name, kind=kind, act=ARM, target=node.id,
                             **owner)
                    )  # fmt: skip

    def _was_passed(self, node: Node, token: Token | None) -> bool:
        """Whether the old diagram had this event too, and it waits no more: it has happened, or had no limit."""
        old_ids = [old for old, new in self.mapping.items() if new == node.id] or [node.id]
        return any(id in self.old.elements for id in old_ids)

    def _act(self, old: Node, node: Node, armed: list[Waiter]) -> str:
        if armed[0].kind == "due":
            same = _text(getattr(old, "due_date", None)) == _text(getattr(node, "due_date", None))
        else:
            same = [_told(d) for d in old.definitions] == [_told(d) for d in node.definitions]
            same = same and _text(old.correlation) == _text(node.correlation)
        timed = armed[0].kind in ("timer", "due")
        if same or (timed and self.keep_timers and len(old.definitions) == len(node.definitions)):
            renamed = old.id != node.id and armed[0].kind in ("message", "signal")
            return REARM if renamed else KEEP
        return REARM

    # -- can it end? ---------------------------------------------------------------------------------------------

    def _ends(self) -> None:
        """No join may be left waiting for a branch that this instance never began."""
        for scope in self.scopes():
            body = self.body(scope)
            if body is None or scope.kind == "loop":
                continue
            tokens = [
                (self.mapping.get(token.element, token.element), self._standing(token))
                for token in self.state.tokens_in(scope.id)
                if not token.data.get("for")
            ]
            standing = (body.id, *sorted(tokens, key=str))
            if standing not in self.known_ends:
                self.known_ends[standing] = can_finish(body, tokens)
            if self.known_ends[standing] is False:
                name = body.node.id if body.node is not None else body.id
                self._no(
                    name, "migration.deadlock",
                    f"“{body.title or body.id}”按新版本走下去，会有汇合网关永远等不齐（新版本增减了并行分支）。",
                )  # fmt: skip

    def _standing(self, token: Token) -> str | None:
        """The flow on which a token stands before a join; None for one that is at its element."""
        node = self.target(token.element)
        joins = node is not None and node.kind.endswith("Gateway") and len(node.incoming) > 1
        return self.flow(token) if joins and token.status == "waiting" else None


def _text(value: Any) -> Any:
    return getattr(value, "source", value)


def _told(definition: EventDefinition) -> tuple[Any, ...]:
    return tuple(_text(getattr(definition, name)) for name in ("kind", "name", "timer_kind", "timer", "condition"))
