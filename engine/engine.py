"""The one door to running instances: start, complete, publish, fire, answer, repair, cancel.

Every call takes the unit of work of its caller and commits nothing. The instance is read, stepped by `engine.stepping`
and written back with a version check, together with its tasks, timers, jobs and history.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update

from engine import commands as cmd
from engine import effects as fx
from engine import state as states
from engine.definition import Definition
from engine.history import GENESIS, Chain, Line
from engine.reading import Known
from engine.registry import Host, HostContext, Registry, TaskContext, TimerPlan
from engine.running.variables import names_read
from engine.stepping import Limits, Turn, step
from engine.versions import BoundVersions, Deployed, Versions
from engine.writing import Loaded, write_turn
from storage.clock import Clock
from storage.database import Store, UnitOfWork
from storage.errors import BanjieError, Conflict, NotFound, Refusal
from storage.tables import engine as tables
from storage.types import new_id

MAX_HOPS = 200  # messages that one act may set off, one after the other


class Engine:
    """Runs instances of diagrams for all organisations of one database."""

    def __init__(self, store: Store, host: Host, registry: Registry, clock: Clock, limits: Limits | None = None):
        self.store = store
        self.host = host
        self.registry = registry
        self.clock = clock
        self.limits = limits or Limits()
        self.versions = Versions()
        self.on_work: Callable[[], None] = lambda: None  # told after a commit that wrote timers or jobs

    # -- definitions ---------------------------------------------------------------------------------------------

    def deploy(
        self,
        uow: UnitOfWork,
        org_id: str,
        key: str,
        files: Mapping[str, bytes],
        known: Known,
        *,
        actor: str | None = None,
        base_version: int | None = None,
    ) -> Deployed:
        """Make `files` the current definition of `key`. Raises `BadDiagram`; see `Versions.deploy`."""
        return self.versions.deploy(
            uow, org_id, key, files, known, now=self.clock.now(), actor=actor, base_version=base_version
        )

    # -- instances -----------------------------------------------------------------------------------------------

    def start(
        self,
        uow: UnitOfWork,
        org_id: str,
        process_key: str,
        *,
        business_key: str | None = None,
        answers: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
        actor: str | None = None,
        message: str | None = None,
        element_id: str | None = None,
        hops: deque[None] | None = None,
    ) -> str:
        """Start an instance of the current definition and give its id.

        `answers` are those of the start form and are validated; `variables` are taken as they are. Raises
        `process.unknown`, `form.*`, or what the host refuses.
        """
        definition = self.versions.current(uow, org_id, process_key)
        instance = Loaded(
            org_id=org_id,
            id=new_id(),
            process_key=process_key,
            definition_hash=definition.hash,
            business_key=business_key,
            version=0,
            chain=Chain(0, GENESIS),
            started_by=actor,
        )
        values = dict(variables or {})
        cleaned: Mapping[str, Any] = {}
        form = definition.forms.get(definition.start_form or "")
        if answers is not None:
            if form is not None:
                clean = form.validate(answers, self._options(uow, instance, form.option_keys, actor))
                cleaned = _said(clean, answers)
                values |= dict.fromkeys(form.keys)
            elif answers:
                raise Refusal("form.unknown_field", "此制度的开始环节没有表单，不能填写内容。")
            values |= cleaned
        element = definition.start_element(message=message, element_id=element_id)
        if answers is not None:
            self.host.started(
                self._task_context(uow, instance, element.id, element.name, element.properties, actor, "", {},
                                   definition.start_form, cleaned)
            )  # fmt: skip
        if element.initiator and actor is not None:
            values[element.initiator] = actor
        kept = definition.kept_variables(
            values,
            form=form if answers is not None else None,
            element_id=element.id,
            read=names_read(definition, BoundVersions(self.versions, uow, org_id).current),
        )
        line = Line(
            kind="instance_started", element_id=element.id, name=definition.name, data=_told(cleaned, business_key)
        )
        command = cmd.Start(variables=kept, element_id=element.id)
        self._turn(uow, definition, instance, None, command, actor=actor, lines=[line], hops=hops)
        return instance.id

    def complete(
        self, uow: UnitOfWork, org_id: str, task_id: str, answers: Mapping[str, Any], *, actor: str | None
    ) -> None:
        """Complete an open user task with the answers of its form.

        Raises `task.unknown`, `task.already_done`, `form.*`, or what a check of the office refuses.
        """
        task = self._task(uow, org_id, task_id)
        if task.state != "open":
            raise Conflict("task.already_done", "这项任务已经办理过了，请刷新待办。", details={"by": task.finished_by})
        instance, definition, state = self._load(uow, org_id, task.instance_id)
        form = self._definition_at(uow, definition, state, task_id).forms.get(task.form_key or "")
        if form is not None:
            data = known_data(self.host.form_data(self.host_context(uow, instance, actor)), state.variables_of(task_id))
            clean = form.validate(answers, self._options(uow, instance, form.option_keys, actor), data)
            answers = _said(clean, answers)
        context = self._task_context(
            uow, instance, task.element_id, task.name, task.properties, actor, task_id,
            state.variables_of(task_id), task.form_key, answers, task.scope_path,
        )  # fmt: skip
        self.host.check(context)
        more = self.host.completed(context) or {}
        told = {"task": task_id, **_told(answers, instance.business_key)}
        line = Line(kind="task_completed", element_id=task.element_id, name=task.name, data=told)
        seen = state.variables_of(task_id)
        unasked = {key: None for key in form.keys if key not in seen} if form is not None else {}  # read as null
        command = cmd.Complete(task_id=task_id, answers={**unasked, **answers, **more})
        self._turn(uow, definition, instance, state, command, actor=actor, lines=[line])

    def claim(self, uow: UnitOfWork, org_id: str, task_id: str, user_id: str, *, actor: str) -> None:
        """Give an open, unclaimed task to `user_id`. Raises `task.already_done` or `task.claimed`."""
        task = self._task(uow, org_id, task_id)
        if task.state != "open":
            raise Conflict("task.already_done", "这项任务已经办理过了，请刷新待办。")
        if task.assignee == user_id:
            return
        self._assign(uow, task, user_id, expected=None, kind="task_claimed", actor=actor)

    def release(self, uow: UnitOfWork, org_id: str, task_id: str, *, actor: str) -> None:
        """Give a claimed task back to its candidates."""
        task = self._task(uow, org_id, task_id)
        if task.state != "open" or task.assignee is None:
            raise Conflict("task.not_claimed", "这项任务没有被签收，无需退回。")
        if not task.candidate_groups and not task.candidate_users:
            raise Refusal("task.no_candidates", "这项任务指定本人办理，不能放回待签收。")
        self._assign(uow, task, None, expected=task.assignee, kind="task_released", actor=actor)

    def publish(
        self,
        uow: UnitOfWork,
        org_id: str,
        name: str,
        correlation: str | None,
        payload: Mapping[str, Any] | None = None,
        *,
        actor: str | None = None,
    ) -> bool:
        """Deliver a message to who waits for it, else start the process that begins with it. False: nobody wants it."""
        return self._route(uow, org_id, name, correlation, payload or {}, actor, deque())

    def cancel(self, uow: UnitOfWork, org_id: str, instance_id: str, reason: str, *, actor: str | None) -> None:
        """End an active instance as it stands."""
        instance, definition, state = self._load(uow, org_id, instance_id)
        line = Line(kind="instance_cancelled", data={"reason": reason})
        self._turn(uow, definition, instance, state, cmd.Cancel(reason=reason), actor=actor, lines=[line])

    def reschedule(self, uow: UnitOfWork, org_id: str, ref: str, plan: TimerPlan, *, actor: str | None = None) -> int:
        """Re-arm every timer that follows the plan `ref`; gives how many instances were touched."""
        by_timer = select(tables.timer.c.instance_id).where(tables.timer.c.org_id == org_id, tables.timer.c.ref == ref)
        by_task = select(tables.task.c.instance_id).where(
            tables.task.c.org_id == org_id, tables.task.c.deadline_ref == ref, tables.task.c.state == "open"
        )
        ids = sorted(set(uow.conn.execute(by_timer.union(by_task)).scalars()))
        for instance_id in ids:
            instance, definition, state = self._load(uow, org_id, instance_id)
            self._turn(uow, definition, instance, state, cmd.Reschedule(ref=ref, plan=plan), actor=actor)
        return len(ids)

    def apply(
        self,
        uow: UnitOfWork,
        org_id: str,
        instance_id: str,
        command: cmd.Command,
        *,
        actor: str | None = None,
        lines: list[Line] | None = None,
    ) -> None:
        """One turn of an active instance by any command (timers, jobs and repairs come in here)."""
        instance, definition, state = self._load(uow, org_id, instance_id)
        self._turn(uow, definition, instance, state, command, actor=actor, lines=lines or [])

    def note(self, uow: UnitOfWork, org_id: str, instance_id: str, lines: list[Line], *, actor: str | None) -> None:
        """Write lines of history to an active instance without moving it."""
        instance, _, state = self._load(uow, org_id, instance_id)
        write_turn(uow, instance, states.encode(state), [], now=self.clock.now(), actor=actor, lines=lines)

    def task_form(self, uow: UnitOfWork, org_id: str, task_id: str) -> tuple[Any, Any, Mapping[str, Any], HostContext]:
        """What is needed to show an open task: its row, its form or None, the variables it sees, the host's view."""
        task = self._task(uow, org_id, task_id)
        instance, definition, state = self._load(uow, org_id, task.instance_id)
        form = self._definition_at(uow, definition, state, task_id).forms.get(task.form_key or "")
        return task, form, state.variables_of(task_id), self.host_context(uow, instance, None)

    def state(self, uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Definition, states.State | None]:
        """The definition and, while it is active, the live state of an instance; for reading only."""
        row = uow.conn.execute(_instance_query(org_id, instance_id)).first()
        if row is None:
            raise NotFound("instance.unknown", "没有这个流程实例。")
        definition = self.versions.by_hash(uow, row.definition_hash)
        return definition, states.decode(row.blob) if row.blob is not None else None

    def place(self, uow: UnitOfWork, org_id: str, instance_id: str, token_id: str) -> tuple[Definition, states.State]:
        """The definition that runs at a token of an active instance, and the instance's state; for reading only."""
        definition, state = self.state(uow, org_id, instance_id)
        if state is None:
            raise Conflict("instance.ended", "这个流程已经结束。")
        return self._definition_at(uow, definition, state, token_id), state

    # -- inside ---------------------------------------------------------------------------------------------------

    def _turn(
        self,
        uow: UnitOfWork,
        definition: Definition,
        instance: Loaded,
        state: states.State | None,
        command: cmd.Command,
        *,
        actor: str | None,
        lines: list[Line] | None = None,
        hops: deque[None] | None = None,
    ) -> None:
        turn = Turn(
            org_id=instance.org_id,
            instance_id=instance.id,
            business_key=instance.business_key,
            process_key=instance.process_key,
            now=self.clock.now(),
            actor=actor,
            uow=uow,
            host=self.host,
            definitions=BoundVersions(self.versions, uow, instance.org_id),
            limits=self.limits,
        )
        after, effects = step(definition, state, command, turn)
        blob = states.encode(after)
        write_turn(uow, instance, blob, effects, now=turn.now, actor=actor, lines=lines or [])
        if any(isinstance(e, fx.TimerArmed | fx.JobQueued) for e in effects) and "work" not in uow.notes:
            uow.notes["work"] = True
            uow.after_commit(self.on_work)
        hops = hops if hops is not None else deque()
        for e in effects:
            if isinstance(e, fx.MessageThrown):
                correlation = e.correlation if e.correlation is not None else instance.business_key
                self._route(uow, instance.org_id, e.name, correlation, e.payload, actor, hops)
            elif isinstance(e, fx.SignalThrown):
                self._broadcast(uow, instance, e.name, e.payload, actor, hops)

    def _route(
        self,
        uow: UnitOfWork,
        org_id: str,
        name: str,
        correlation: str | None,
        payload: Mapping[str, Any],
        actor: str | None,
        hops: deque[None],
    ) -> bool:
        _hop(hops, name)
        table = tables.subscription
        waiting = uow.conn.execute(
            select(table.c.id, table.c.instance_id)
            .where(table.c.org_id == org_id, table.c.kind == "message", table.c.name == name)
            .where(table.c.correlation == correlation if correlation is not None else table.c.correlation.is_(None))
            .order_by(table.c.created_at, table.c.id)
            .limit(1)
        ).first()
        if waiting is not None:
            instance, definition, state = self._load(uow, org_id, waiting.instance_id)
            line = Line(kind="message_caught", name=name, data={"payload": dict(payload)})
            command = cmd.Deliver(subscription_id=waiting.id, payload=payload)
            self._turn(uow, definition, instance, state, command, actor=actor, lines=[line], hops=hops)
            return True
        for _, definition in self.versions.all_current(uow, org_id):
            if name in definition.message_starts:
                self.start(
                    uow,
                    org_id,
                    definition.key,
                    business_key=correlation,
                    variables=payload,
                    actor=actor,
                    message=name,
                    hops=hops,
                )
                return True
        return False

    def _broadcast(
        self,
        uow: UnitOfWork,
        thrower: Loaded,
        name: str,
        payload: Mapping[str, Any],
        actor: str | None,
        hops: deque[None],
    ) -> None:
        """Give a signal to everybody else who waits for it; inside the thrower it was delivered by its own step."""
        _hop(hops, name)
        org_id = thrower.org_id
        table = tables.subscription
        query = select(table.c.id, table.c.instance_id).where(
            table.c.org_id == org_id, table.c.kind == "signal", table.c.name == name, table.c.instance_id != thrower.id
        )
        for row in uow.conn.execute(query.order_by(table.c.id)).all():
            instance, definition, state = self._load(uow, org_id, row.instance_id)
            if not state.awaits(row.id):
                continue  # an earlier delivery of this signal ended it
            command = cmd.Deliver(subscription_id=row.id, payload=payload)
            self._turn(uow, definition, instance, state, command, actor=actor, hops=hops)
        for _, definition in self.versions.all_current(uow, org_id):
            if name in definition.signal_starts:
                self.start(
                    uow, org_id, definition.key, variables=payload, actor=actor,
                    element_id=definition.signal_starts[name], hops=hops,
                )  # fmt: skip

    def _load(self, uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Loaded, Definition, states.State]:
        query = _instance_query(org_id, instance_id)
        row = uow.conn.execute(query.with_for_update() if uow.dialect == "postgresql" else query).first()
        if row is None:
            raise NotFound("instance.unknown", "没有这个流程实例。")
        if row.blob is None:
            raise Conflict("instance.ended", "这个流程已经结束。")
        instance = Loaded(
            org_id=org_id,
            id=instance_id,
            process_key=row.process_key,
            definition_hash=row.definition_hash,
            business_key=row.business_key,
            version=row.version,
            chain=Chain(row.history_seq, row.history_hash),
            started_by=row.started_by,
        )
        return instance, self.versions.by_hash(uow, row.definition_hash), states.decode(row.blob)

    def _task(self, uow: UnitOfWork, org_id: str, task_id: str) -> Any:
        query = select(tables.task).where(tables.task.c.org_id == org_id, tables.task.c.id == task_id)
        row = uow.conn.execute(query).first()
        if row is not None and lock_instance(uow, org_id, row.instance_id):
            row = uow.conn.execute(query).first()
        if row is None:
            raise NotFound("task.unknown", "没有这项任务，或者您无权查看。")
        return row

    def _assign(
        self, uow: UnitOfWork, task: Any, user_id: str | None, *, expected: str | None, kind: str, actor: str
    ) -> None:
        table = tables.task
        held = table.c.assignee.is_(None) if expected is None else table.c.assignee == expected
        changed = uow.conn.execute(
            update(table)
            .where(table.c.org_id == task.org_id, table.c.id == task.id, table.c.state == "open", held)
            .values(assignee=user_id, claimed_at=self.clock.now() if user_id else None)
        )
        if changed.rowcount != 1:
            raise Conflict("task.claimed", "这项任务已被他人签收。", details={"by": task.assignee})
        line = Line(kind=kind, element_id=task.element_id, name=task.name, data={"task": task.id, "user": user_id})
        self.note(uow, task.org_id, task.instance_id, [line], actor=actor)

    def _definition_at(self, uow: UnitOfWork, definition: Definition, state: states.State, token_id: str) -> Definition:
        """The definition that a token runs in: the instance's own, or that of the process it called."""
        digest = state.hash_of(token_id)
        return definition if digest in (None, definition.hash) else self.versions.by_hash(uow, str(digest))

    def _options(self, uow: UnitOfWork, instance: Loaded, keys: Any, actor: str | None) -> Mapping[str, list[str]]:
        if not keys:
            return {}
        context = self.host_context(uow, instance, actor)
        found = self.host.options(context, list(keys))
        return {key: [str(option["value"]) for option in options] for key, options in found.items()}

    def start_context(self, uow: UnitOfWork, org_id: str, actor: str | None) -> HostContext:
        """The host's view before anything has started."""
        nothing = Loaded(
            org_id=org_id, id="", process_key="", definition_hash="", business_key=None, version=0,
            chain=Chain(0, GENESIS), started_by=actor,
        )  # fmt: skip
        return self.host_context(uow, nothing, actor)

    def host_context(self, uow: UnitOfWork, instance: Loaded, actor: str | None) -> HostContext:
        """The host's view of an instance outside any element."""
        return HostContext(
            org_id=instance.org_id,
            instance_id=instance.id,
            process_key=instance.process_key,
            business_key=instance.business_key,
            element_id="",
            element_name="",
            properties={},
            variables={},
            now=self.clock.now(),
            actor=actor,
            uow=uow,
        )

    def _task_context(
        self,
        uow: UnitOfWork,
        instance: Loaded,
        element_id: str,
        name: str,
        properties: Mapping[str, str],
        actor: str | None,
        task_id: str,
        variables: Mapping[str, Any],
        form_key: str | None,
        answers: Mapping[str, Any],
        scope_path: Any = (),
    ) -> TaskContext:
        return TaskContext(
            org_id=instance.org_id,
            instance_id=instance.id,
            process_key=instance.process_key,
            business_key=instance.business_key,
            element_id=element_id,
            element_name=name,
            properties=properties,
            variables=variables,
            now=self.clock.now(),
            actor=actor,
            token_id=task_id,
            scope_path=tuple(scope_path),
            uow=uow,
            task_id=task_id,
            form_key=form_key,
            answers=answers,
        )


def lock_instance(uow: UnitOfWork, org_id: str, instance_id: str) -> bool:
    """Wait for the instance; False: the whole database is already ours.

    Whoever works on a task, timer or job takes the instance's lock first and only then the row, so that no two acts
    wait for each other.
    """
    if uow.dialect != "postgresql":
        return False
    row = tables.instance.c
    uow.conn.execute(select(row.id).where(row.org_id == org_id, row.id == instance_id).with_for_update())
    return True


def _instance_query(org_id: str, instance_id: str) -> Any:
    return select(tables.instance).where(tables.instance.c.org_id == org_id, tables.instance.c.id == instance_id)


def known_data(case: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a form is shown with: the case's data, and over it what the task's own place in the diagram knows."""
    return {**case, **{name: value for name, value in variables.items() if value is not None}}


def _said(clean: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered: a field that was not sent is left as it was; one that was sent empty is emptied."""
    return {key: value for key, value in clean.items() if key in sent or value not in (None, [])}


def _told(answers: Mapping[str, Any], business_key: str | None) -> dict[str, Any]:
    """What history keeps of answers: where there is a case, the case keeps them and history can only prove them."""
    if business_key is None:
        return {"answers": dict(answers)}
    text = json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"answers_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _hop(hops: deque[None], name: str) -> None:
    hops.append(None)
    if len(hops) > MAX_HOPS:
        raise BanjieError("message.loop", f"消息“{name}”来回触发超过{MAX_HOPS}次，已停止；请检查流程图。", element=name)
