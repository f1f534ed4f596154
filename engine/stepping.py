"""One step of an instance: a command comes in, tokens move until all of them wait, effects go out.

Pure but for the host's functions: the same state, command and time give the same state and effects. What happened is in
the state that is given back; after an exception the state that was given in must not be used any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.effects import Effect
from engine.elements.base import Node
from engine.elements.containers import choosing
from engine.elements.events.start_event import StartEvent
from engine.elements.gateways.event_based_gateway import EventBasedGateway
from engine.migration import applying
from engine.moves import placing
from engine.running import conditions, correlating, jobs, moving, scopes, timing, variables, waiting
from engine.running.run import Definitions, Limits, Run, StepError, Turn
from engine.state import Scope, State, Token
from storage.errors import BanjieError, Conflict

__all__ = ["Definitions", "Limits", "StepError", "Turn", "step"]


def step(definition: Definition, state: State | None, command: cmd.Command, turn: Turn) -> tuple[State, list[Effect]]:
    """Do `command` and all that follows from it at once.

    `state` is None for `Start`. Raises `task.already_done` (Conflict) for a task that is not open; a timer, job or
    subscription that is gone changes nothing. A token that cannot go on becomes an incident; the others go on.
    """
    run = Run(definition, state or State(turn.instance_id), turn)
    match command:
        case cmd.Start():
            _start(run, command)
        case cmd.Complete():
            _complete(run, command.task_id, command.answers)
        case cmd.Begin():
            _begin(run, command)
        case cmd.Fire():
            waiter = run.state.waiters.get(run.state.number(command.timer_id))
            if waiter is not None and waiter.kind == "timer":
                timing.fire(run, waiter)
            else:
                run.emit(fx.TimerDropped(timer_id=command.timer_id))
        case cmd.Deliver():
            waiter = run.state.waiters.get(run.state.number(command.subscription_id))
            if waiter is not None:
                waiting.trigger(run, waiter, command.payload)
            else:
                run.emit(fx.Unsubscribed(subscription_id=command.subscription_id))
        case cmd.JobDone():
            token = run.state.token_of(command.job_id)
            if token is not None and token.data.get("job"):
                jobs.answered(run, token, command.result, left_out=command.left_out)
        case cmd.JobError():
            token = run.state.token_of(command.job_id)
            if token is not None and token.data.get("job"):
                _try(run, token, lambda: jobs.failed(run, token, command.code, command.message))
        case cmd.Reschedule():
            timing.reschedule(run, command.ref, command.plan)
        case cmd.Retry():
            _retry(run, command.token_id)
        case cmd.Cancel():
            _cancel(run)
        case cmd.Migrate():
            applying.migrate(run, command)
        case cmd.GoBack():
            placing.go_back(run, command)
        case cmd.RepeatAgain():
            placing.again(run, command)
        case cmd.Move():
            placing.move(run, command)
    _settle(run)
    return run.state, run.effects


def _start(run: Run, command: cmd.Start) -> None:
    definition = run.definition
    node = definition.start_element(message=command.message, element_id=command.element_id)
    body = node.within
    while body.parent is not None:
        body = body.parent
    scope = scopes.open_scope(run, "process", body.id, None, hash=definition.hash, variables={})
    assert scope.variables is not None
    values = variables.plain(dict(command.variables))
    scope.variables.update(values)
    variables.check_size(run, scope)
    for one in node.definitions:
        if one.name is not None and one.name.source.strip() == command.message:
            correlating.caught(run, node, scope, one, values)
    if isinstance(node, StartEvent):
        if node.parallel_multiple and command.message is not None:
            names = [d.name.source.strip() if d.name is not None else "" for d in node.definitions]
            scope.data["begun_by"] = names.index(command.message)
        scopes.enter(run, scope, body, at=node)
    elif node in body.openings:
        scopes.enter(run, scope, body)
    else:
        gateway = _instantiating(node)
        if gateway is not None and gateway.parallel:
            _wait_for_others(run, scope, gateway, node)
        scopes.enter(run, scope, body, at=node, moment="complete", payload=values)


def _instantiating(node: Node) -> EventBasedGateway | None:
    sources = (node.within.elements[flow.source] for flow in node.incoming)
    return next((s for s in sources if isinstance(s, EventBasedGateway) and s.instantiate), None)


def _wait_for_others(run: Run, scope: Scope, gateway: EventBasedGateway, node: Node) -> None:
    """A parallel event-based gateway has begun the process by one event and waits for all others (10.5.6)."""
    others = [flow.target for flow in gateway.outgoing if flow.target != node.id]
    if others:
        token = moving.place(run, gateway, scope)
        run.wait(token)
        for other in others:
            waiting.arm_event(run, gateway.within.elements[other], token=token)


def _complete(run: Run, task_id: str, answers: Mapping[str, Any]) -> None:
    token = run.state.tokens.get(run.state.number(task_id))
    if token is None or not token.data.get("task"):
        raise Conflict("task.already_done", "这项任务已经办理过了，请刷新待办。")
    node: Any = run.node(token)
    node.answer(run, token, answers)


def _begin(run: Run, command: cmd.Begin) -> None:
    token = run.state.tokens.get(run.state.number(command.task_id))
    if token is None or not token.data.get("offered"):
        raise Conflict("task.already_begun", "这一步已经开始，或已改办其他步骤，请刷新待办。")
    choosing.begin(run, token, command.user_id)


def _retry(run: Run, token_id: str) -> None:
    token = run.state.tokens.get(run.state.number(token_id))
    if token is None or token.status != "incident":
        raise Conflict("incident.gone", "这个故障已经处理过了。")
    run.before = min(run.before, token.id - 1)  # it begins its work in this turn
    held = [other for other in run.state.tokens.values() if other.data.get("held_by") == token.id]
    for each in [token, *held]:
        each.data.pop("held_by", None)
        run.queue(each, each.moment)


def _cancel(run: Run) -> None:
    root = run.state.root
    if root is None:
        return
    waiting.drop_of_scope(run, root, completed=False)
    moving.clear_scope(run, root)
    left = run.state.variables(root)
    run.state.remove_scope(root)
    run.state.ended = True
    run.emit(fx.InstanceEnded(completed=False, variables=left))


# -- moving on -----------------------------------------------------------------------------------------------------


def _settle(run: Run) -> None:
    """Move tokens until all of them wait, end or are incidents."""
    while True:
        _look_at_conditions(run)
        while run.work or run.later:
            hurried = not run.work
            token = run.state.tokens.get(run.later.popleft() if hurried else run.work.popleft())
            if token is None or token.status != "moving":
                continue
            if not hurried and _throws_signal(run, token):
                run.later.append(token.id)
                continue
            if not _advance(run, token):
                return
            _look_at_conditions(run)
        if not _release_joins(run) and not run.work and not run.changed and not _choose(run):
            return


def _throws_signal(run: Run, token: Token) -> bool:
    """Whether a token is about to throw a signal: it does so when all others stand, so that whoever is on the way to
    catch it is there. The standard leaves the order of concurrent tokens open (13.2); this one loses no signal.
    """
    if token.moment not in ("activate", "begin"):
        return False
    return token.element in run.definition_of(run.scope(token)).signal_throwers


def _advance(run: Run, token: Token) -> bool:
    """The next moment of a token. False: the turn is over because it went on too long."""
    moment, limits = token.moment, run.turn.limits
    if moment == "activate":
        run.steps += 1
        if run.steps > limits.steps:
            _stop_all(
                run, token, "limit.steps", f"一次办理引起了超过{limits.steps}步，可能有不停的循环；请检查流程图。"
            )
            return False
        if run.given > limits.inputs:
            zh = f"一次办理交给各环节的数据太大（{run.given}个字符，最多{limits.inputs}个），已停下；请减少输入。"
            _stop_all(run, token, "limit.inputs", zh)
            return False
        if monotonic() > run.until:
            zh = f"一次办理算了{limits.seconds:g}秒还没有算完，已停下；请减少一步里的计算。"
            _stop_all(run, token, "limit.time", zh)
            return False
    _try(run, token, lambda: _moment(run, token, moment))
    return True


def _moment(run: Run, token: Token, moment: str) -> None:
    if moment == "activate" and len(run.state.tokens) > run.turn.limits.tokens:
        raise StepError("limit.tokens", f"流程里同时进行的环节超过{run.turn.limits.tokens}个，可能在循环里不断分叉。")
    run.mover = token.id
    getattr(run.node(token), moment)(run, token)
    run.mover = None


def _try(run: Run, token: Token, act: Any) -> None:
    """Do something for a token; what goes wrong makes it an incident that can be retried from here."""
    moment = token.moment
    try:
        act()
    except BanjieError as error:
        run.mover = None
        if token.id not in run.state.tokens:
            raise
        if error.code == "limit.depth":
            token = _outermost(run, token)
            moment = "activate"
        if moment == "activate":
            moment = "begin" if token.data.get("job_failed") else moment
        if moment == "activate":
            moving.clear(run, token)
        token.moment = moment
        run.incident(token, error)


def _outermost(run: Run, token: Token) -> Token:
    """Where a process that calls itself began to in this turn: the calls inside it are undone, it alone stops."""
    found = at = token
    while (host := run.host_token(run.scope(at))) is not None and host.id > run.before:
        at = host
        if at.element == token.element:
            found = at
    return found


def _look_at_conditions(run: Run) -> None:
    while run.changed:
        conditions.check(run)


def _release_joins(run: Run) -> bool:
    """Nothing moves any more: let joins go on that now know that nothing more will come to them."""
    released = False
    for scope_id, element_id in run.state.places():
        scope = run.state.scopes.get(scope_id)
        if scope is None or scope.kind == "loop":
            continue
        node = run.definition_of(scope).element(element_id)
        if node.kind in ("inclusiveGateway", "complexGateway"):
            released = node.release(run, scope_id) or released
    return released


def _choose(run: Run) -> bool:
    """Nothing moves any more: offer what people may choose in sequential ad-hoc sub-processes. Gives whether something
    has begun there because there was no choice.
    """
    for scope in list(run.state.scopes.values()):
        if "choice" in scope.data and scope.id in run.state.scopes:
            node: Any = run.definition_of(scope).element(scope.element)
            host = run.host_token(scope)
            assert host is not None
            _try(run, host, lambda node=node, scope=scope: node.settle(run, scope))
    return bool(run.work)


def _stop_all(run: Run, token: Token, code: str, message: str) -> None:
    """The turn goes on too long: everything that moves stops; one incident speaks for all."""
    for other in run.state.tokens.values():
        if other.status == "moving" and other is not token:
            other.status = "incident"
            other.data["held_by"] = token.id
    run.incident(token, StepError(code, message))
