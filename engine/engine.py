"""The one door to running instances: start, complete, publish, fire, answer, repair, cancel.

Every call takes the unit of work of its caller and commits nothing. The instance is read, stepped by `engine.stepping`
and written back with a version check, together with its tasks, timers, jobs and history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from sqlalchemy import select

from engine import assigning, suspending
from engine import commands as cmd
from engine import effects as fx
from engine import state as states
from engine.contexts import host_context, known_data, said, task_context, told
from engine.definition import Definition
from engine.history import Line
from engine.loading import SUSPENDED, find_instance, held, load_instance, load_task, loaded, new_instance, read_instance
from engine.outside import Caller, Threads
from engine.reading import Known
from engine.registry import Host, HostContext, Registry, TimerPlan
from engine.routing import broadcast, route
from engine.running.run import Copies
from engine.running.variables import names_read
from engine.stepping import Limits, Turn, step
from engine.stores import BoundStores
from engine.versions import BoundVersions, Deployed, Versions
from engine.writing import Loaded, write_note, write_turn
from storage import spans
from storage.clock import Clock
from storage.database import Store, UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables import engine as tables
from storage.types import new_id


class Engine:
    """Runs instances of diagrams for all organisations of one database."""

    def __init__(self, store: Store, host: Host, registry: Registry, clock: Clock, limits: Limits | None = None):
        self.store = store
        self.host = host
        self.registry = registry
        self.clock = clock
        self.limits = limits or Limits()
        self.versions = Versions()
        self.outside: Caller = Threads()  # calls handlers that reach outside
        self.on_work: Callable[[], None] = lambda: None  # told after a commit that wrote timers or jobs
        self.on_turn: Callable[[str], None] | None = None  # told the command of each turn after its commit

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
        instance = new_instance(org_id, new_id(), process_key, definition.hash, business_key, actor)
        values = dict(variables or {})
        cleaned: Mapping[str, Any] = {}
        form = definition.forms.get(definition.start_form or "")
        if answers is not None:
            if form is not None:
                clean = form.validate(answers, self.options(uow, instance, form.option_keys, actor))
                cleaned = said(clean, answers)
                values |= dict.fromkeys(form.keys)
            elif answers:
                raise Refusal("form.unknown_field", "此制度的开始环节没有表单，不能填写内容。")
            values |= cleaned
        element = definition.start_element(message=message, element_id=element_id)
        if answers is not None:
            self.host.started(
                task_context(
                    uow, instance, element_id=element.id, name=element.name, properties=element.properties,
                    form_key=definition.start_form, answers=cleaned, now=self.clock.now(), actor=actor,
                )
            )  # fmt: skip
        if element.initiator and actor is not None:
            values[element.initiator] = actor
        kept = definition.kept_variables(
            values,
            form=form if answers is not None else None,
            element_id=element.id,
            read=names_read(definition, BoundVersions(self.versions, uow, org_id)),
        )
        line = Line(
            kind="instance_started", element_id=element.id, name=definition.name, data=told(cleaned, business_key)
        )
        command = cmd.Start(variables=kept, element_id=element.id, message=message)
        self.turn(uow, definition, instance, None, command, actor=actor, lines=[line], hops=hops)
        return instance.id

    def complete(
        self, uow: UnitOfWork, org_id: str, task_id: str, answers: Mapping[str, Any], *, actor: str | None
    ) -> None:
        """Complete an open user task with the answers of its form.

        Raises `task.unknown`, `task.already_done`, `form.*`, or what a check of the office refuses.
        """
        task = load_task(uow, org_id, task_id)
        assigning.require_begun(task)
        instance, state = loaded(task, org_id, task.instance_id)
        definition = self.versions.by_hash(uow, instance.definition_hash)
        form = self._definition_at(uow, definition, state, task_id).forms.get(task.form_key or "")
        seen = Copies(state.visible_at(task_id))
        if form is not None:
            data = known_data(self.host.form_data(self.host_context(uow, instance, actor)), seen)
            clean = form.validate(answers, self.options(uow, instance, form.option_keys, actor), data)
            answers = said(clean, answers)
        context = task_context(
            uow, instance, element_id=task.element_id, name=task.name, properties=task.properties,
            form_key=task.form_key, answers=answers, now=self.clock.now(), actor=actor, task_id=task_id,
            variables=seen, scope_path=task.scope_path,
        )  # fmt: skip
        self.host.check(context)
        more = self.host.completed(context) or {}
        data = {"task": task_id, **told(answers, instance.business_key)}
        line = Line(kind="task_completed", element_id=task.element_id, name=task.name, data=data)
        unasked = {key: None for key in form.keys if key not in seen} if form is not None else {}  # read as null
        command = cmd.Complete(task_id=task_id, answers={**unasked, **answers, **more})
        self.turn(uow, definition, instance, state, command, actor=actor, lines=[line])

    def begin(self, uow: UnitOfWork, org_id: str, task_id: str, user_id: str, *, actor: str) -> str | None:
        """`user_id` chooses an offered step, which begins; gives the id of the task that they have now, if it is one.

        Raises `task.unknown`, `task.already_begun` (or another step was chosen meanwhile).
        """
        task = load_task(uow, org_id, task_id)
        if task.state != "open" or not task.offered:
            raise Conflict("task.already_begun", "这一步已经开始，或已改办其他步骤，请刷新待办。")
        instance, state = loaded(task, org_id, task.instance_id)
        definition = self.versions.by_hash(uow, instance.definition_hash)
        line = Line(kind="step_begun", element_id=task.element_id, name=task.name, data={"task": task_id})
        command = cmd.Begin(task_id=task_id, user_id=user_id)
        effects = self.turn(uow, definition, instance, state, command, actor=actor, lines=[line])
        opened = (e for e in effects if isinstance(e, fx.TaskOpened) and not e.offered)
        return next((e.task_id for e in opened if e.element_id == task.element_id), None)

    def claim(self, uow: UnitOfWork, org_id: str, task_id: str, user_id: str, *, actor: str) -> None:
        """Give an open, unclaimed task to `user_id`. Raises `task.already_done` or `task.claimed`."""
        assigning.claim(self, uow, org_id, task_id, user_id, actor=actor)

    def release(self, uow: UnitOfWork, org_id: str, task_id: str, *, actor: str) -> None:
        """Give a claimed task back to its candidates. Raises `task.not_claimed` or `task.no_candidates`."""
        assigning.release(self, uow, org_id, task_id, actor=actor)

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
        return route(self, uow, org_id, name, correlation, payload or {}, actor, deque())

    def broadcast(
        self,
        uow: UnitOfWork,
        org_id: str,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        actor: str | None = None,
    ) -> None:
        """Give a signal from outside to everybody who waits for it, and start what begins with it (10.4.5)."""
        broadcast(self, uow, org_id, name, payload or {}, actor, deque())

    def cancel(self, uow: UnitOfWork, org_id: str, instance_id: str, reason: str, *, actor: str | None) -> None:
        """End an active instance as it stands."""
        instance, definition, state = self.load(uow, org_id, instance_id)
        line = Line(kind="instance_cancelled", data={"reason": reason})
        self.turn(uow, definition, instance, state, cmd.Cancel(reason=reason), actor=actor, lines=[line])

    def reschedule(
        self,
        uow: UnitOfWork,
        org_id: str,
        ref: str,
        plan: TimerPlan,
        *,
        instance_id: str | None = None,
        actor: str | None = None,
    ) -> int:
        """Re-arm every timer that follows the plan `ref`; gives how many instances were touched.

        `instance_id`: where it stands, if it may be stopped and so have neither timer nor task that name it.
        """
        by_timer = select(tables.timer.c.instance_id).where(tables.timer.c.org_id == org_id, tables.timer.c.ref == ref)
        by_task = select(tables.task.c.instance_id).where(
            tables.task.c.org_id == org_id, tables.task.c.deadline_ref == ref,
            tables.task.c.state.in_(("open", SUSPENDED)),
        )  # fmt: skip
        ids = sorted(set(uow.conn.execute(by_timer.union(by_task)).scalars()))
        if not ids and instance_id is not None and read_instance(uow, org_id, instance_id).blob is not None:
            ids = [instance_id]
        for instance_id in ids:
            command = cmd.Reschedule(ref=ref, plan=plan)
            if suspending.reschedule(self, uow, org_id, instance_id, command, actor=actor):
                continue
            instance, definition, state = self.load(uow, org_id, instance_id)
            self.turn(uow, definition, instance, state, command, actor=actor)
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
        taken: Any = None,
    ) -> None:
        """One turn of an active instance by any command (timers, jobs and repairs come in here).

        `taken` is its row if it has been locked and read already (`engine.loading.take`).
        """
        instance, state = (
            load_instance(uow, org_id, instance_id) if taken is None else loaded(taken, org_id, instance_id)
        )
        definition = self.versions.by_hash(uow, instance.definition_hash)
        self.turn(uow, definition, instance, state, command, actor=actor, lines=lines or [])

    def note(self, uow: UnitOfWork, org_id: str, instance_id: str, lines: list[Line], *, actor: str | None) -> None:
        """Write lines of history to an active instance without moving it."""
        row = find_instance(uow, org_id, instance_id)
        if row.blob is None:
            raise Conflict("instance.ended", "这个流程已经结束。")
        write_note(uow, held(row, org_id, instance_id), lines, now=self.clock.now(), actor=actor)

    def task_form(self, uow: UnitOfWork, org_id: str, task_id: str) -> tuple[Any, Any, Mapping[str, Any], HostContext]:
        """What is needed to show an open task: its row, its form or None, the variables it sees, the host's view."""
        task = load_task(uow, org_id, task_id)
        instance, state = loaded(task, org_id, task.instance_id)
        definition = self.versions.by_hash(uow, instance.definition_hash)
        form = self._definition_at(uow, definition, state, task_id).forms.get(task.form_key or "")
        return task, form, state.variables_of(task_id), self.host_context(uow, instance, None)

    def state(self, uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Definition, states.State | None]:
        """The definition and, while it is active, the live state of an instance; for reading only."""
        row = read_instance(uow, org_id, instance_id)
        definition = self.versions.by_hash(uow, row.definition_hash)
        return definition, states.decode(row.blob) if row.blob is not None else None

    def place(self, uow: UnitOfWork, org_id: str, instance_id: str, token_id: str) -> tuple[Definition, states.State]:
        """The definition that runs at a token of an active instance, and the instance's state; for reading only."""
        definition, state = self.state(uow, org_id, instance_id)
        if state is None:
            raise Conflict("instance.ended", "这个流程已经结束。")
        return self._definition_at(uow, definition, state, token_id), state

    # -- for the modules of the door -------------------------------------------------------------------------------

    def load(self, uow: UnitOfWork, org_id: str, instance_id: str) -> tuple[Loaded, Definition, states.State]:
        """An active instance, locked, with its definition and state. Raises `instance.unknown`, `instance.ended`."""
        instance, state = load_instance(uow, org_id, instance_id)
        return instance, self.versions.by_hash(uow, instance.definition_hash), state

    def turn(
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
    ) -> list[fx.Effect]:
        """Step a loaded instance (`state` None: a new one), write what it did, send what it threw; gives what it did.

        `hops` counts the messages that one act sets off. Raises `instance.changed`, `message.loop`.
        """
        turn = self.turn_of(uow, instance, actor)
        with _spanned(instance, command, lines):
            after, effects = step(definition, state, command, turn)
            blob = states.encode(after)
            write_turn(uow, instance, blob, effects, now=turn.now, actor=actor, lines=lines or [])
        if self.on_turn is not None:
            uow.after_commit(partial(self.on_turn, type(command).__name__))
        if any(isinstance(e, fx.TimerArmed | fx.JobQueued) for e in effects) and "work" not in uow.notes:
            uow.notes["work"] = True
            uow.after_commit(self.on_work)
        hops = hops if hops is not None else deque()
        for e in effects:
            if isinstance(e, fx.MessageThrown):
                correlation = e.correlation if e.correlation is not None else instance.business_key
                route(self, uow, instance.org_id, e.name, correlation, e.payload, actor, hops)
            elif isinstance(e, fx.SignalThrown):
                broadcast(self, uow, instance.org_id, e.name, e.payload, actor, hops, thrower=instance.id)
        return effects

    def turn_of(self, uow: UnitOfWork, instance: Loaded, actor: str | None) -> Turn:
        """What a turn of an instance is about, now."""
        return Turn(
            org_id=instance.org_id,
            instance_id=instance.id,
            business_key=instance.business_key,
            process_key=instance.process_key,
            now=self.clock.now(),
            actor=actor,
            uow=uow,
            host=self.host,
            definitions=BoundVersions(self.versions, uow, instance.org_id),
            stores=BoundStores(uow, instance.org_id, self.clock.now()),
            limits=self.limits,
        )

    def start_context(self, uow: UnitOfWork, org_id: str, actor: str | None) -> HostContext:
        """The host's view before anything has started."""
        return self.host_context(uow, new_instance(org_id, "", "", "", None, actor), actor)

    def host_context(self, uow: UnitOfWork, instance: Loaded, actor: str | None) -> HostContext:
        """The host's view of an instance outside any element."""
        return host_context(uow, instance, now=self.clock.now(), actor=actor)

    def _definition_at(self, uow: UnitOfWork, definition: Definition, state: states.State, token_id: str) -> Definition:
        """The definition that a token runs in: the instance's own, or that of the process it called."""
        digest = state.hash_of(token_id)
        return definition if digest in (None, definition.hash) else self.versions.by_hash(uow, str(digest))

    def options(self, uow: UnitOfWork, instance: Loaded, keys: Any, actor: str | None) -> Mapping[str, list[str]]:
        """The values that the lists of a form may have now, by the list's key."""
        if not keys:
            return {}
        context = self.host_context(uow, instance, actor)
        found = self.host.options(context, list(keys))
        return {key: [str(option["value"]) for option in options] for key, options in found.items()}


def _spanned(instance: Loaded, command: cmd.Command, lines: list[Line] | None) -> AbstractContextManager[None]:
    """A span around a turn; what the turn queues goes on with it."""
    name = type(command).__name__
    if not spans.kept():
        return spans.span(name)
    return spans.span(
        f"turn {name}",
        {
            "banjie.process": instance.process_key,
            "banjie.element": lines[0].element_id if lines else None,
            "banjie.instance_id": instance.id,
            "banjie.case_id": instance.business_key,
        },
    )
