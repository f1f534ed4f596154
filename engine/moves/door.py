"""Where the office asks for steps back and repairs: what is possible, what it would cancel, and doing it.

A command is made from what was read; whoever does it locks the instance first (`lock`), so that nothing lies between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import assigning
from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.history import Line
from engine.loading import lock_instance
from engine.migration.undoing import leased
from engine.moves import back
from engine.moves.lineage import Lineage, Passage, read_lineage
from engine.state import Scope
from engine.stepping import step
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables import engine as tables

if TYPE_CHECKING:
    from engine.engine import Engine

STEPS = frozenset({"userTask", "manualTask", "receiveTask", "serviceTask", "sendTask", "scriptTask", "task",
                   "businessRuleTask", "callActivity", "subProcess", "transaction", "adHocSubProcess",
                   "exclusiveGateway", "intermediateCatchEvent", "intermediateThrowEvent", "endEvent",
                   "eventBasedGateway"})  # fmt: skip


class _View:
    """An instance with its lineage, for one question."""

    def __init__(self, engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str) -> None:
        self.engine, self.uow, self.org_id, self.instance_id = engine, uow, org_id, instance_id
        self.definition, state = engine.state(uow, org_id, instance_id)
        if state is None:
            raise Conflict("instance.ended", "这个流程已经结束。")
        self.state = state
        self._lineage: Lineage | None = None

    @property
    def lineage(self) -> Lineage:
        if self._lineage is None:
            self._lineage = read_lineage(self.uow, self.org_id, self.instance_id, self.state)
        return self._lineage

    def definition_of(self, scope: Scope) -> Definition:
        digest = self.state.process_scope(scope).hash
        if digest == self.definition.hash:
            return self.definition
        return self.engine.versions.by_hash(self.uow, str(digest))

    def tasks(self, tokens: Sequence[int]) -> list[Any]:
        """The user tasks of tokens, open or ended; of a repeated one those of its repetitions."""
        table = tables.task
        query = select(table).where(table.c.org_id == self.org_id, table.c.instance_id == self.instance_id)
        passed = self.lineage.passages
        wanted = {self.state.public(token): passed[token].element if token in passed else "" for token in tokens}
        rows = self.uow.conn.execute(query.order_by(table.c.created_at, table.c.id)).all()
        return [
            row
            for row in rows
            if row.id in wanted or (row.scope_path and wanted.get(row.scope_path[-1]) == row.element_id)
        ]


def lock(uow: UnitOfWork, org_id: str, instance_id: str) -> None:
    """Nobody else may act in the instance until the caller's transaction ends."""
    lock_instance(uow, org_id, instance_id)


# -- 退回 ----------------------------------------------------------------------------------------------------------


def returns(engine: Engine, uow: UnitOfWork, org_id: str, task_id: str) -> list[dict[str, Any]]:
    """The steps that an open task can be returned to, the latest first: target, element_id, name, by, at."""
    task = _open_task(uow, org_id, task_id)
    view = _View(engine, uow, org_id, task.instance_id)
    token = view.state.tokens[view.state.number(task_id)]
    found = []
    for target in back.targets(view.definition_of, view.state, view.lineage, token):
        rows = [row for row in view.tasks([target.token]) if row.state == "completed"]
        found.append(
            {
                "target": target.token, "element_id": target.element_id, "name": target.name,
                "previous": target.previous, "by": list(dict.fromkeys(row.finished_by for row in rows)),
                "at": max((row.finished_at for row in rows), default=None),
            }
        )  # fmt: skip
    return found


def return_command(
    engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, target: int, give_to: str | None
) -> tuple[str, cmd.Command, Line]:
    """The return of an open task to `target` (one of `returns`). Raises `back.not_allowed`, `task.*`."""
    task = _open_task(uow, org_id, task_id)
    view = _View(engine, uow, org_id, task.instance_id)
    token = view.state.tokens[view.state.number(task_id)]
    possible = {one.token: one for one in back.targets(view.definition_of, view.state, view.lineage, token)}
    if target not in possible:
        raise Refusal("back.not_allowed", "流程图不允许退回到这个环节，请重新选择。", element=task.element_id)
    act = view.lineage.passages[target]
    told = possible[target]
    data = {"task": task_id, "from": task.element_id, "from_name": task.name}
    line = _line("returned", view, act, told.name, data)
    return task.instance_id, _command(view, act, give_to), line


def _command(view: _View, act: Passage, give_to: str | None) -> cmd.Command:
    if act.kind == "repetition_done":
        return cmd.RepeatAgain(scope=act.scope, locals=act.locals, came=act.came, give_to=give_to)
    command = back.plan(view.definition_of, view.state, view.lineage, act)
    return cmd.GoBack(**{**vars(command), "give_to": give_to})


def _line(kind: str, view: _View, act: Passage, name: str, data: dict[str, Any]) -> Line:
    """What history keeps: which completed tasks are undone by it."""
    undone = {act.token, *view.lineage.future(act.token)}
    done = [row.id for row in view.tasks(sorted(undone)) if row.state == "completed"]
    gone = sorted(undone & view.lineage.passages.keys())
    told = {**data, "to": act.element, "undone": done, "gone": gone}
    return Line(kind=kind, element_id=act.element, name=name, data=told)


# -- 撤回 ----------------------------------------------------------------------------------------------------------


def withdraw_command(
    engine: Engine, uow: UnitOfWork, org_id: str, task_id: str, user_id: str
) -> tuple[str, cmd.Command, Line]:
    """Take back that `user_id` has completed `task_id`; the task is theirs again.

    Raises `withdraw.not_yours`, `withdraw.acted` (somebody has claimed or done what followed), `withdraw.sent` (it has
    had an effect outside), `withdraw.forbidden` (the diagram: property `withdraw` is `no`), `back.*`, `instance.ended`.
    """
    task = _task(uow, org_id, task_id)
    if task.state != "completed" or task.finished_by != user_id:
        raise Refusal("withdraw.not_yours", "只能撤回自己刚刚办理的环节。")
    if task.properties.get("withdraw") == "no":
        raise Refusal("withdraw.forbidden", f"“{task.name}”办理后不能撤回。", element=task.element_id)
    view = _View(engine, uow, org_id, task.instance_id)
    act = view.lineage.passages.get(view.state.number(task_id))
    if act is None:
        raise Refusal("back.unknown", "这一步由旧版程序办理，没有可以撤回的记录。", element=task.element_id)
    if act.kind == "repetition_done" and act.scope not in view.state.scopes:
        raise Refusal("back.ended", "会签已经全部完成，不能单独撤回一份；请由后面的环节退回。", element=act.element)
    future = view.lineage.future(act.token)
    for row in view.tasks(sorted(future)):
        acted = row.state == "completed" or (row.state == "open" and row.claimed_at is not None)
        if acted and (row.assignee or row.finished_by) != user_id:
            raise Conflict("withdraw.acted", f"后面的环节“{row.name}”已经有人签收或办理，不能撤回；可以请对方退回。")
        if row.state == "completed":
            raise Conflict("withdraw.acted", f"您已经办了后面的环节“{row.name}”，请先撤回那一步。")
    if _sent_since(view, act) or leased(uow, org_id, view.instance_id):
        raise Conflict("withdraw.sent", "这一步已经对外发出消息或通知，不能撤回；可以请下一环节退回。")
    if not future & view.state.tokens.keys() and act.kind != "repetition_done" and act.scope not in view.state.scopes:
        raise Refusal("back.ended", "这个环节所在的流程已经结束，不能撤回。", element=act.element)
    line = _line("withdrawn", view, act, task.name, {"task": task_id})
    return task.instance_id, _command(view, act, user_id), line


def _sent_since(view: _View, act: Passage) -> bool:
    """Whether the instance has sent a message, or a handler has reached outside, after an act."""
    table = tables.history
    query = select(table.c.kind, table.c.data).where(
        table.c.org_id == view.org_id, table.c.instance_id == view.instance_id, table.c.seq > act.seq,
        table.c.kind.in_(("message_thrown", "job_done")),
    )  # fmt: skip
    handlers = view.engine.registry.handlers
    for row in view.uow.conn.execute(query):
        spec = handlers.get(row.data.get("handler", ""))
        if row.kind == "message_thrown" or (spec is not None and spec.outside):
            return True
    return False


# -- 移动 ----------------------------------------------------------------------------------------------------------


def places(engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str) -> dict[str, Any]:
    """Where the tokens of an instance are, and where one may be moved: for an administrator's repair."""
    view = _View(engine, uow, org_id, instance_id)
    found: list[dict[str, Any]] = []
    definitions = {view.definition.key: view.definition}
    for token in view.state.tokens.values():
        around = [view.definition_of(view.state.scopes[one.scope]) for one in back.around(view.state, token)]
        definitions |= {one.key: one for one in around}
        node = around[0].element(token.element)
        hosts = zip(around[1:], back.around(view.state, token)[1:], strict=True)
        found.append(
            {
                "token_id": view.state.public(token.id), "element_id": node.id, "name": node.name, "kind": node.kind,
                "status": token.status, "repetition": view.state.scopes[token.scope].kind == "loop",
                "inside": [one.element(host.element).name for one, host in hosts][::-1],
                "processes": list(dict.fromkeys(one.key for one in around)),
            }
        )  # fmt: skip
    elements = [
        {"id": node.id, "name": node.name, "kind": node.kind, "process": definition.key,
         "inside": node.within.title or node.within.id}
        for definition in definitions.values()
        for node in definition.elements.values()
        if node.kind in STEPS and not node.is_for_compensation
    ]  # fmt: skip
    return {"process": view.definition.key, "tokens": found, "elements": elements}


def move_command(
    engine: Engine,
    uow: UnitOfWork,
    org_id: str,
    instance_id: str,
    *,
    token_id: str | None,
    element_id: str | None,
    after: bool,
) -> tuple[cmd.Move, Line]:
    """An administrator's move: a token to an element, away (no element), or a new one (no token).

    Raises `move.nothing`, `element.unknown`.
    """
    if token_id is None and element_id is None:
        raise Refusal("move.nothing", "请选择要移动的令牌，或要开始的环节。")
    view = _View(engine, uow, org_id, instance_id)
    root = view.state.root
    if root is None:
        raise Conflict("instance.ended", "这个流程已经结束。")
    token = view.state.token_of(token_id) if token_id is not None else None
    around = [] if token is None else back.around(view.state, token)
    known = [view.definition_of(view.state.scopes[one.scope]) for one in around] or [view.definition]
    definition = next((one for one in known if element_id in one.elements), known[0])
    name = definition.element(element_id).name if element_id is not None else None
    here = token.element if token is not None else None
    command = cmd.Move(
        token_id=token_id, scope=None if token_id is not None else root.id, element_id=element_id, after=after
    )
    data = {"from": here, "to": element_id, "after": after}
    return command, Line(kind="moved", element_id=element_id or here, name=name, data=data)


# -- what it would cancel --------------------------------------------------------------------------------------------


class _NotReally(Exception):
    """Takes everything of a preview back."""


def preview(
    engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str, command: cmd.Command, *, actor: str | None
) -> dict[str, Any]:
    """What a move would take away and begin, found by doing it and taking it all back. Raises what doing it raises."""
    instance, definition, state = engine.load(uow, org_id, instance_id)
    view = _View(engine, uow, org_id, instance_id)
    effects: list[fx.Effect] = []
    try:
        with uow.savepoint():
            _, effects = step(definition, state, command, engine.turn_of(uow, instance, actor))
            raise _NotReally
    except _NotReally:
        pass
    return _summary(view, effects)


def _summary(view: _View, effects: Sequence[fx.Effect]) -> dict[str, Any]:
    opened = {e.task_id: e for e in effects if isinstance(e, fx.TaskOpened)}
    closed = {e.task_id for e in effects if isinstance(e, fx.TaskClosed)}
    armed = {e.timer_id for e in effects if isinstance(e, fx.TimerArmed)}
    table = tables.task
    query = select(table.c.id, table.c.name, table.c.assignee).where(
        table.c.org_id == view.org_id, table.c.instance_id == view.instance_id, table.c.state == "open"
    )
    tasks = [
        {"id": row.id, "name": row.name, "assignee": row.assignee}
        for row in view.uow.conn.execute(query.order_by(table.c.created_at, table.c.id))
        if row.id in closed
    ]
    timers = []
    for e in effects:
        if isinstance(e, fx.TimerDropped) and e.timer_id not in armed:
            waiter = view.state.waiters.get(view.state.number(e.timer_id))
            if waiter is not None:
                timers.append({"name": _waiter_name(view, waiter), "due_at": waiter.data.get("at")})
    dropped = [view.state.token_of(e.job_id) for e in effects if isinstance(e, fx.JobDropped)]
    jobs = [{"name": _token_name(view, token)} for token in dropped if token is not None]
    waits = [view.state.waiters.get(view.state.number(e.subscription_id)) for e in effects
             if isinstance(e, fx.Unsubscribed)]  # fmt: skip
    return {
        "tasks": tasks,
        "timers": timers,
        "jobs": jobs,
        "waits": [{"name": _waiter_name(view, waiter)} for waiter in waits if waiter is not None],
        "opens": [{"element_id": e.element_id, "name": e.name} for e in opened.values() if e.task_id not in closed],
        "incidents": [e.message for e in effects if isinstance(e, fx.IncidentRaised)],
        "ends": any(isinstance(e, fx.InstanceEnded) for e in effects),
    }


def _waiter_name(view: _View, waiter: Any) -> str:
    scope_id = view.state.tokens[waiter.token].scope if waiter.token is not None else waiter.scope
    return view.definition_of(view.state.scopes[scope_id]).element(waiter.element).name


def _token_name(view: _View, token: Any) -> str:
    return view.definition_of(view.state.scopes[token.scope]).element(token.element).name


def do(
    engine: Engine, uow: UnitOfWork, org_id: str, instance_id: str, command: cmd.Command, line: Line, *,
    actor: str | None,
) -> list[fx.Effect]:  # fmt: skip
    """Do it, with its line of history; the caller has locked the instance before it made the command, and commits."""
    instance, definition, state = engine.load(uow, org_id, instance_id)
    if leased(uow, org_id, instance_id) and not isinstance(command, cmd.Move):
        raise Conflict("back.busy", "有自动处理正在对外办理，请稍后再试。")
    return engine.turn(uow, definition, instance, state, command, actor=actor, lines=[line])


def _task(uow: UnitOfWork, org_id: str, task_id: str) -> Any:
    table = tables.task
    row = uow.conn.execute(select(table).where(table.c.org_id == org_id, table.c.id == task_id)).first()
    if row is None:
        raise NotFound("task.unknown", "没有这项任务，或者您无权查看。")
    return row


def _open_task(uow: UnitOfWork, org_id: str, task_id: str) -> Any:
    task = _task(uow, org_id, task_id)
    assigning.require_begun(task)
    return task
