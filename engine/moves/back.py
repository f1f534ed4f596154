"""What going back to an act means: which tokens come from it, which others must stand at their joins again.

The history is an unfolding of the diagram: taking away everything that comes from an act leaves a state in which the
instance once could have been. Tokens that a join consumed together with what is taken away stand before it again; a
sub-process that has ended since is entered again at the step. Parallel branches that do not come from the act stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import commands as cmd
from engine.definition import Definition
from engine.moves.lineage import Lineage, Passage
from engine.state import Scope, State, Token
from storage.errors import Refusal

DefinitionOf = Callable[[Scope], Definition]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A step that can be gone back to. `token`: the act that it goes back to."""

    token: int
    element_id: str
    name: str
    previous: bool = False  # the repetition before, of an activity that several people do in turn


def names(text: str | None) -> list[str]:
    """The ids in a property such as `returnTo`."""
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def targets(definition_of: DefinitionOf, state: State, lineage: Lineage, task: Token) -> list[Target]:
    """The earlier user tasks that the holder of `task` may return to, the latest first.

    The property `returnTo` of the task names the only ones allowed; `none` allows none.
    """
    scope = state.scopes[task.scope]
    here = definition_of(scope).element(task.element)
    allowed = here.properties.get("returnTo")
    mine = {token.id for token in around(state, task)}
    found: dict[str, Target] = {}
    before = _previous(definition_of, state, lineage, task)
    if before is not None and allowed is None:
        found[""] = Target(token=before.token, element_id=here.id, name=here.name, previous=True)
    for one in sorted(lineage.passages.values(), key=lambda passage: -passage.seq):
        if one.element in found or one.kind != "element_passed":
            continue
        if allowed is not None and one.element not in names(allowed):
            continue
        if not mine & lineage.future(one.token):
            continue
        try:
            command = plan(definition_of, state, lineage, one)
        except Refusal:
            continue
        node = definition_of(state.scopes[command.scope]).element(one.element)
        if node.kind == "userTask":
            found[one.element] = Target(token=one.token, element_id=node.id, name=node.name)
    return list(found.values())


def _previous(definition_of: DefinitionOf, state: State, lineage: Lineage, task: Token) -> Passage | None:
    """The repetition before that of `task`, if they are done in turn."""
    scope = state.scopes[task.scope]
    if scope.kind != "loop" or len(task.came) != 1:
        return None
    loop = getattr(definition_of(scope).element(scope.element), "loop", None)
    before = lineage.passages.get(task.came[0])
    in_turn = getattr(loop, "sequential", False) and before is not None and before.kind == "repetition_done"
    return before if in_turn else None


def plan(definition_of: DefinitionOf, state: State, lineage: Lineage, act: Passage) -> cmd.GoBack:
    """How to go back to an act. Raises `back.*` if the diagram does not allow it."""
    base, path = _base(state, lineage, act)
    definition = definition_of(base)
    future = lineage.future(act.token)
    for element, _, _ in path:
        node = definition.elements.get(element)
        if node is None or node.kind != "subProcess" or getattr(node, "loop", None) is not None:
            raise _ended(act)
    if base.closed:
        raise Refusal("back.interrupted", "这个环节所在的流程已被事件中断，不能退回。", element=act.element)
    if act.element not in definition.elements or base.kind == "loop":
        raise _ended(act)
    inner = definition.elements[act.element].within
    if path and any(
        node.kind == "complexGateway" for node in inner.elements.values()
    ):  # what it swallowed is not known
        raise Refusal("back.complex", "这个子流程里有复杂网关，办完以后不能再退回到里面。", element=act.element)
    levels = {base.id: 0, **{scope: number + 1 for number, (_, scope, _) in enumerate(path)}}
    restore: list[tuple[int, str, str | None, list[list[int]], list[int]]] = []
    for token in sorted(future & lineage.passages.keys()):
        passed = lineage.passages[token]
        if passed.scope not in levels:
            continue
        node = definition.elements.get(passed.element)
        if node is None or node.kind == "complexGateway":
            name = passed.element if node is None else node.name
            raise Refusal("back.complex", f"后面已经过了“{name}”，流程图不允许再退到它前面。", element=passed.element)
        for one, flow, branch, came in passed.joined:
            if one not in future:
                restore.append((levels[passed.scope], passed.element, flow, branch, came))
    undone = {lineage.passages[token].element for token in future if token in lineage.passages} | {act.element}
    return cmd.GoBack(
        element_id=act.element, scope=base.id, path=[(element, came) for element, _, came in path], branch=act.branch,
        came=act.came,
        cancel=sorted(token for token in future if token in state.tokens), restore=restore, undone=sorted(undone),
    )  # fmt: skip


def _base(state: State, lineage: Lineage, act: Passage) -> tuple[Scope, list[tuple[str, int, tuple[int, ...]]]]:
    """The scope that is still open around an act, and the activities around it that have ended since: element, the
    scope that was its inside, and what its token came from."""
    path: list[tuple[str, int, tuple[int, ...]]] = []
    at = act
    while at.scope not in state.scopes:
        host = None if at.host is None else lineage.passages.get(at.host)
        if host is None:
            raise _ended(act)
        path.insert(0, (host.element, at.scope, host.came))
        at = host
    return state.scopes[at.scope], path


def _ended(act: Passage) -> Refusal:
    return Refusal("back.ended", "这个环节所在的流程、会签或调用的制度已经结束，不能回到这里。", element=act.element)


def around(state: State, token: Token) -> list[Token]:
    """A token and the activities around it, from the inside out."""
    found = [token]
    while (host := state.scopes[found[-1].scope].token) is not None:
        found.append(state.tokens[host])
    return found
