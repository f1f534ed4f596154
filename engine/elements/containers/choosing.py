"""What is offered in a sequential ad-hoc sub-process, and what happens when somebody chooses (13.2.5).

A token that has come to an activity is held there (`enabled`). While nothing else inside is in execution it is offered
as a task that can only be begun: of a user task to its candidates, of all others to those who work inside it, else to
all who work in the ad-hoc sub-process. When one is begun, the others are offered to nobody until it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.elements.tasks.user_task import UserTask
from engine.running import moving, timing, variables
from engine.running.run import Run
from engine.state import Token
from storage.errors import BanjieError

if TYPE_CHECKING:
    from engine.elements.base import Node


def is_of_people(node: Node) -> bool:
    """Whether somebody works at the element or inside it. A called process is taken to be one where people work."""
    return node.kind in ("userTask", "callActivity") or next(user_tasks(node), None) is not None


def user_tasks(node: Node) -> Iterator[UserTask]:
    """The user task itself, or those inside."""
    if isinstance(node, UserTask):
        yield node
    elif node.inside is not None:
        for inner in node.inside.elements.values():
            yield from user_tasks(inner)


def in_execution(run: Run, token: Token) -> bool:
    """Whether the token is at an activity that has begun."""
    node: Any = run.node(token)
    idle = token.data.get("enabled") or token.data.get("gathering")
    return hasattr(node, "loop") and not idle and node.kind != "eventSubProcess" and not node.is_for_compensation


def begin(run: Run, token: Token, give_to: str | None = None) -> Token:
    """Let the activity where `token` is held begin, for `give_to` if it is one person's; gives the token there."""
    scope, node = run.scope(token), run.node(token)
    token = withdraw(run, token)
    scope.data["choice"] = token.id
    token.data, token.inputs = {}, {}
    if give_to is not None and node.kind == "userTask":
        token.data["give_to"] = give_to
    run.queue(token, "activate")
    return token


def offer(run: Run, token: Token) -> None:
    """Offer the activity where `token` is held."""
    node: Any = run.node(token)
    assignee, groups, users = _asked(run, token, node)
    cover = timing.covering(run, token)
    token.data["offered"] = True
    run.emit(
        fx.TaskOpened(
            task_id=run.state.public(token.id), element_id=node.id, name=node.name, form_key=None, assignee=assignee,
            candidate_groups=groups, candidate_users=users, properties=node.properties, scope_path=run.path(token),
            due_at=cover.due_at, yellow_at=cover.yellow_at, deadline_ref=cover.ref, offered=True,
        )
    )  # fmt: skip


def tell(run: Run, token: Token, was: Node) -> None:
    """An offered activity belongs to another version of the diagram now, in which it was `was`."""
    node = run.node(token)
    if _shown(was) == _shown(node):
        return
    _, groups, users = _asked(run, token, node)
    run.emit(
        fx.TaskChanged(
            task_id=run.state.public(token.id), element_id=node.id, name=node.name, form_key=None,
            properties=node.properties, candidate_groups=groups, candidate_users=users,
        )
    )  # fmt: skip


def _shown(node: Node) -> tuple[object, ...]:
    """What is told of an offered activity, and who is asked by whom."""
    within = node.within.node
    tasks = [node] if isinstance(node, UserTask) else [*user_tasks(node), *(user_tasks(within) if within else ())]
    return node.id, node.name, node.properties, [task.asked() for task in tasks]


def withdraw(run: Run, token: Token) -> Token:
    """Offer it no more; gives the token that stands there now: an offer that comes again is another task."""
    if not token.data.get("offered"):
        return token
    moving.terminate(run, token)
    other = moving.place(
        run, run.node(token), run.scope(token), flow=token.flow, locals=token.locals, branch=token.branch
    )
    other.came = list(token.came)
    other.data["enabled"] = True
    run.wait(other)
    return other


def _asked(run: Run, token: Token, node: Node) -> tuple[str | None, list[str], list[str]]:
    """Whom it is offered to: one person, groups and users."""
    if isinstance(node, UserTask):
        variables.take_inputs(run, token, node)
        groups, users = node.candidates(run, token)
        return variables.text(run, token, node.assignee), groups, users
    within = node.within.node
    tasks = list(user_tasks(node)) or (list(user_tasks(within)) if within is not None else [])
    groups, users = [], []
    for task in tasks:
        try:
            more_groups, more_users = task.candidates(run, token)
            person = variables.text(run, token, task.assignee)
        except BanjieError:
            continue  # it is worked out by what comes before that task
        groups += more_groups
        users += [*more_users, *([person] if person is not None else [])]
    return None, list(dict.fromkeys(groups)), list(dict.fromkeys(users))
