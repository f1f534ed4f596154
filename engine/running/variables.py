"""Variables: read along the scopes, written into the process (or call) that the token runs in.

Parallel branches share the variables of their process, as BPMN properties are shared (formal/2011-01-03, 10.3.1), so a
join has nothing to merge and loses no update. If two branches of a fork write the same name, the later write stands and
a `conflict` line of history tells it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from engine.registry import TimerPlan
from engine.running.run import Definitions, Run, StepError
from engine.state import Branch, Scope, Token
from engine.times import Duration
from storage.errors import NotFound

if TYPE_CHECKING:
    from engine.definition import Definition
    from engine.elements.base import Node, Parameter
    from engine.expressions import Expression, Template

MAX_DEPTH = 30  # lists and dicts inside each other
MAX_BRANCH = 16  # forks remembered of one token


def evaluate(run: Run, token: Token, expression: Expression, extra: Mapping[str, Any] | None = None) -> Any:
    """The value of an expression where `token` stands."""
    scope = run.scope(token)
    return expression.evaluate(run.state.visible(scope, token, extra), run.functions(run.node(token), scope, token))


def text(run: Run, token: Token, template: Template | None) -> str | None:
    """The text of a template where `token` stands; None if it is empty."""
    if template is None:
        return None
    scope = run.scope(token)
    found = template.evaluate(run.state.visible(scope, token), run.functions(run.node(token), scope, token))
    return found.strip() or None


def mapped(
    run: Run, token: Token, parts: Sequence[Parameter], extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values of input or output parameters."""
    scope = run.scope(token)
    visible = run.state.visible(scope, token, extra)
    functions = run.functions(run.node(token), scope, token)
    values: dict[str, Any] = {}
    for part in parts:
        stored = {name: run.stored(token, store) for name, store in part.reads.items()}
        values[part.name] = plain(part.evaluate(visible.new_child(stored) if stored else visible, functions))
    return values


def take_inputs(run: Run, token: Token, node: Node) -> None:
    """Work out what an activity is given, and keep it in its token."""
    if node.input_parameters:
        token.inputs = mapped(run, token, node.input_parameters)
        _count(run, token.inputs)


def write(run: Run, token: Token, values: Mapping[str, Any], *, of_event: bool = False) -> None:
    """Set variables: those that an activity around `token` has for itself stay there, all others are the process's.

    `of_event`: they came with the event that `token` has passed and go on travelling with it.
    """
    if not values:
        return
    node = run.node(token)
    for name in values:
        if not name.isidentifier() or name.startswith("__"):
            raise StepError("variable.name", f"“{name}”不能用作变量名。")
    for owner, part in _owners(run, token, {name: plain(value) for name, value in values.items()}):
        if isinstance(owner, dict):
            _count(run, part)
            owner.update(part)
            continue
        _keep_small(run, owner, part)
        assert owner.variables is not None
        for name, value in part.items():
            if _concurrent(owner.writes.get(name), token.branch) and owner.variables.get(name) != value:
                data = {"name": name, "kept": value, "replaced": owner.variables.get(name)}
                run.record("conflict", node, data)
            if token.branch:
                owner.writes[name] = token.branch
            else:
                owner.writes.pop(name, None)
            owner.variables[name] = value
    if not of_event:
        _uncover(run, token, values)
    run.changed |= values.keys()
    run.written.setdefault(token.id, set()).update(values)


def _uncover(run: Run, token: Token, values: Mapping[str, Any]) -> None:
    """What came with an earlier event and still travels with the token must not hide what was written after it."""
    at: Token | None = token
    while at is not None:
        scope = run.scope(at)
        if at.locals and scope.kind != "loop":  # the item and number of a repetition stay
            for name in values:
                at.locals.pop(name, None)
        at = None if scope.kind in ("process", "call") else run.host_token(scope)


def _owners(
    run: Run, token: Token, values: Mapping[str, Any]
) -> Iterator[tuple[Scope | dict[str, Any], dict[str, Any]]]:
    """Who owns the variables, the nearest first, with those (10.3.1: it lives in the activity that has it)."""
    left = dict(values)
    for holder, names in _holders(run, token):
        own = {name: value for name, value in left.items() if names is None or name in names}
        if own:
            yield holder, own
            left = {name: value for name, value in left.items() if name not in own}


def _holders(run: Run, token: Token) -> Iterator[tuple[Scope | dict[str, Any], Set[str] | None]]:
    """What is around `token`, with the names that each holds for itself: the inputs of an activity, the item of a
    repetition, what a sub-process declares; at last the process, which holds all others.
    """
    at: Token | None = token
    while at is not None:
        scope = run.scope(at)
        if at is not token:
            yield at.inputs, at.inputs.keys()
        if scope.kind == "loop":
            activity: Any = run.node(at)
            yield at.locals, at.locals.keys() & {getattr(activity.loop, "item", None)}
        elif scope.kind == "body":
            yield scope, (scope.variables or {}).keys()
        else:
            yield scope, None
            return
        at = run.host_token(scope)


def _keep_small(run: Run, scope: Scope, values: Mapping[str, Any]) -> None:
    assert scope.variables is not None
    sizes = run.sizes.get(scope.id)
    if sizes is None:
        sizes = run.sizes[scope.id] = {name: _size(value) for name, value in scope.variables.items()}
    new = {name: _size(value) for name, value in values.items()}
    total = sum(sizes.values()) + sum(size - sizes.get(name, 0) for name, size in new.items())
    if total > run.turn.limits.variables:
        raise StepError("limit.variables", f"流程变量太大（{total}个字符，最多{run.turn.limits.variables}个）。")
    sizes.update(new)


def _count(run: Run, values: Mapping[str, Any]) -> None:
    """Of what activities have for themselves; the turn stops when it is too much in all (`limit.inputs`)."""
    run.given += sum(map(_size, values.values()))


def check_size(run: Run, scope: Scope) -> None:
    """Raises `limit.variables` if the variables a process begins with are too large."""
    _keep_small(run, scope, {})


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value, ensure_ascii=False))


def _concurrent(one: Branch | None, other: Branch) -> bool:
    """Whether two tokens are on different branches of the same fork."""
    forks = {fork: number for fork, number in one or ()}
    return any(forks.get(fork, number) != number for fork, number in other)


def forked(run: Run, token: Token, count: int) -> list[Branch]:
    """The branches of `count` tokens that a token forks into."""
    if count < 2:
        return [token.branch] * count
    fork = run.state.next()
    return [[*token.branch, [fork, number]][-MAX_BRANCH:] for number in range(count)]


def joined(tokens: Sequence[Token]) -> tuple[Branch, dict[str, Any]]:
    """Branch and locals of the token that several become: what all of them have in common."""
    first, *rest = tokens
    branch = [pair for pair in first.branch if all(pair in other.branch for other in rest)]
    shared = {
        name: value
        for name, value in first.locals.items()
        if all(name in other.locals and other.locals[name] == value for other in rest)
    }
    return branch, shared


def plain(value: Any, depth: int = 0) -> Any:
    """A copy of `value` as JSON knows values: times become ISO text. Raises `variable.value` for anything else."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _writable(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise StepError("variable.value", "计算结果不是有限的数。")
        return value
    if depth > MAX_DEPTH:
        raise StepError("variable.value", f"变量的嵌套超过{MAX_DEPTH}层。")
    if isinstance(value, Mapping):
        return {_writable(str(key)): plain(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part, depth + 1) for part in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return Duration(0, value).iso()
    if isinstance(value, Duration):
        return value.iso()
    if isinstance(value, TimerPlan):
        return value.due_at.isoformat()
    raise StepError("variable.value", f"变量不能保存这种值：{type(value).__name__}。")


def _writable(text: str) -> str:
    """A text that a database can hold: no NUL, no half of a surrogate pair."""
    if "\0" in text or not (text.isascii() or _is_unicode(text)):
        raise StepError("variable.value", "文字里有无法保存的字符。")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def keep_read(run: Run, token: Token, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that some expression of the running process, or of one it calls, reads."""
    names = _names_read(run, run.scope(token))
    return {name: value for name, value in values.items() if name in names}


def _names_read(run: Run, scope: Scope) -> frozenset[str]:
    return names_read(run.definition_of(scope), run.turn.definitions)


def names_read(definition: Definition, definitions: Definitions) -> frozenset[str]:
    """The names that some expression of a definition reads, or of one that it calls with all its variables.

    Every name if what is called is not known yet: worked out only then, or not deployed.
    """
    from engine.definition import AnyName

    seen: set[str] = set()
    names: set[str] = set()
    ahead = [definition]
    while ahead:
        definition = ahead.pop()
        if definition.hash in seen:
            continue
        seen.add(definition.hash)
        names |= definition.names_read
        if definition.reads_all:
            return AnyName()
        for key, version in definition.called:
            if version is None and key in definition.processes:
                continue
            try:
                pinned = version is not None and version.isdecimal()
                called = definitions.version(key, int(version or 0)) if pinned else definitions.current(key)
            except NotFound:
                return AnyName()
            ahead.append(called)
    return frozenset(names)


def kept_answers(run: Run, token: Token, node: Node, answers: Mapping[str, Any], *, form: bool) -> dict[str, Any]:
    """Which answers of a user task become variables: all without a form; else those read, and those kept by name."""
    from engine.definition import is_name, kept_names

    if not form:
        return {name: value for name, value in answers.items() if is_name(name)}
    names = set(kept_names(node.properties))
    return keep_read(run, token, answers) | {name: value for name, value in answers.items() if name in names}
