"""A migration inside a turn: tokens, scopes and what is armed go over to the new definition; open tasks follow it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine import commands as cmd
from engine import effects as fx
from engine.elements.base import Node
from engine.elements.containers import choosing
from engine.elements.tasks.user_task import UserTask
from engine.migration.plan import DROP, KEEP, REARM, Planner, Wait
from engine.running import jobs, timing, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter, copied
from storage.errors import Refusal


def migrate(run: Run, command: cmd.Migrate) -> None:
    """Let the processes that run by one definition go over to another.

    Raises `migration.impossible` with the problems; nothing has changed then.
    """
    old = run.turn.definitions.by_hash(command.source)
    new = run.turn.definitions.by_hash(command.target)
    planner = Planner(run.state, old, new, command.mapping, keep_timers=command.keep_timers)
    plan = planner.make()
    if not plan.possible:
        found = [problem for problem in plan.problems if problem.severity == "error"]
        raise Refusal(
            "migration.impossible",
            found[0].message,
            element=found[0].element_id,
            details=[asdict(one) for one in found],
        )
    tokens, scopes = planner.tokens(), planner.scopes()
    before = {token.id: timing.covering(run, token) for token in tokens if token.data.get("task")}
    _drop(run, plan.waits)
    nodes = {token.id: (old.elements[token.element], _target(planner, token.element)) for token in tokens}
    flows = {token.id: planner.flow(token) or token.flow for token in tokens}
    for scope in scopes:
        _scope(run, planner, scope)
    run.forget_definitions()
    for token in tokens:
        _, node = nodes[token.id]
        token.flow = flows[token.id]
        for step in token.data.get("steps", []):
            step["element"] = _target(planner, step["element"]).id
        _happened(planner, token)
        run.state.relocate(token, node.id)
    for wait in plan.waits:
        if wait.act == KEEP and wait.number is not None:
            _keep(run, run.state.waiters[wait.number], wait)
    _arm(run, plan.waits)
    for scope in scopes:
        if scope.kind in ("process", "call") and scope.variables is not None:
            fresh = {name: copied(value) for name, value in command.values.items() if name not in scope.variables}
            scope.variables.update(fresh)
            run.changed |= fresh.keys()
    for token in tokens:
        was, node = nodes[token.id]
        if token.data.get("task"):
            _task(run, token, was, node, before[token.id])
        elif token.data.get("offered"):
            choosing.tell(run, token, was)
        elif token.data.get("job"):
            _job(run, token, was, node)


def _target(planner: Planner, element: str) -> Node:
    node = planner.target(element)
    assert node is not None  # the plan is possible
    return node


def _drop(run: Run, waits: list[Wait]) -> None:
    """What is armed no more, while its element can still be found."""
    gone = [run.state.waiters[w.number] for w in waits if w.act in (DROP, REARM) and w.number is not None]
    owned: dict[tuple[int | None, int | None], list[Waiter]] = {}
    for waiter in gone:
        owned.setdefault((waiter.token, waiter.scope), []).append(waiter)
    for waiters in owned.values():
        waiting.drop(run, waiters, completed=False)


def _scope(run: Run, planner: Planner, scope: Scope) -> None:
    if scope.kind in ("process", "call"):
        scope.hash = planner.new.hash
    else:
        scope.element = _target(planner, scope.element).id
    if "done" in scope.data:
        scope.data["done"] = [kept for one in scope.data["done"] if (kept := planner.record(one)) is not None]
    if "complex" in scope.data:
        scope.data["complex"] = {_target(planner, g).id: flows for g, flows in scope.data["complex"].items()}


def _happened(planner: Planner, token: Token) -> None:
    """The parts of parallel multiple boundary events that have happened already."""
    told: dict[str, Any] = token.data.pop("happened", {})
    kept = {node.id: value for event, value in told.items() if (node := planner.target(event)) is not None}
    if kept:
        token.data["happened"] = kept


def _keep(run: Run, waiter: Waiter, wait: Wait) -> None:
    if wait.target is not None and wait.target != waiter.element:
        waiter.element = wait.target
        if waiter.kind == "timer":
            timing.tell(run, waiter)


def _arm(run: Run, waits: list[Wait]) -> None:
    """Arm anew, once for each event of each owner."""
    done: set[tuple[int | None, int | None, str | None]] = set()
    for wait in waits:
        key = (wait.token, wait.scope, wait.target)
        if wait.act in (KEEP, DROP) or key in done:
            continue
        done.add(key)
        token = run.state.tokens[wait.token] if wait.token is not None else None
        scope = run.state.scopes[wait.scope] if wait.scope is not None else None
        place = run.scope(token) if token is not None else scope
        assert place is not None and wait.target is not None
        node: Any = run.definition_of(place).element(wait.target)
        if wait.kind == "due":
            assert token is not None
            node.arm_due(run, token)
        else:
            waiting.arm_event(run, node, token=token, scope=scope)


def _task(run: Run, token: Token, was: Node, node: Node, before: timing.Cover) -> None:
    """An open task is told what it is called now, which form it has and who may take it."""
    assert isinstance(node, UserTask) and isinstance(was, UserTask)
    asked = was.asked() != node.asked()
    told = (was.id, was.name, was.form_key, was.properties) != (node.id, node.name, node.form_key, node.properties)
    if asked or told:
        groups, users = node.candidates(run, token) if asked else (None, None)
        if groups or users:
            token.data.pop("unoffered", None)
        run.emit(
            fx.TaskChanged(
                task_id=run.state.public(token.id), element_id=node.id, name=node.name, form_key=node.form_key,
                properties=node.properties, candidate_groups=groups, candidate_users=users,
            )
        )  # fmt: skip
    timing.tell_cover(run, token, before)


def _job(run: Run, token: Token, was: Node, node: Node) -> None:
    """A queued job goes on; if another handler does it now, it is queued for that one."""
    topic = getattr(node, "topic", None)
    if topic == getattr(was, "topic", None):
        if was.id != node.id:
            job_id = run.state.public(token.data["job"])
            run.emit(fx.JobChanged(job_id=job_id, element_id=node.id))
        return
    jobs.drop(run, token)
    token.data["job_failed"] = True  # the next one gets an id of its own
    run.queue(token, "begin")
