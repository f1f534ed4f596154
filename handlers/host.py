"""The office as the engine sees it: what forms write, what properties of elements mean, what expressions may ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.registry import Function, HostContext, TaskContext, TimerPlan, registry
from office import access, cases, deadline_book, documents, joint, numbers, organisations, people, registers, webhooks
from office.access import Viewer
from office.accused import free_users
from office.case_states import may_follow
from office.deadline_rows import Plan
from office.register_catalogue import REGISTERS
from office.stand_ins import principals_of
from storage.clock import Clock, local
from storage.errors import BanjieError, NotFound, Refusal
from storage.tables.engine import task

FUNCTION_NAMES = ("deadline", "now", "param", "today")
PETITION_NUMBER = "petition"  # processes whose cases take a petition number by channel
_REGISTRATION = "FM18"  # in a diagram: the form of registration that the organisation's profile names
_NOT_FOR_ANONYMOUS = {"FM02", "FM26"}
_EMPTY: tuple[Any, ...] = (None, "", [])
# Columns that say who did the step and when, where its form does not ask.
_DONE_BY: Mapping[str, tuple[str, str]] = {
    "FM13": ("duty_person", "at"),
    "FM20": ("leader", ""),
    "FM25": ("investigators", "signed_at"),
    "FM30": ("visitor", "at"),
    "FM43": ("leader", "at"),
}


class OfficeHost:
    """Implements `engine.registry.Host` over the office. Holds no state of its own."""

    def __init__(self, clock: Clock, processes: Path) -> None:
        self.clock = clock
        self.processes = processes

    # -- expressions ------------------------------------------------------------------------------------------------

    @property
    def functions(self) -> Mapping[str, Function]:
        """`deadline`, `param`, `now`, `today`."""
        return {"deadline": self._deadline, "param": _param, "now": _now, "today": _today}

    def _deadline(
        self,
        context: HostContext,
        code: str,
        start: Any = None,
        n: int | None = None,
        unit: str | None = None,
        mode: str | None = None,
        date: Any = None,
    ) -> TimerPlan:
        """Arm the deadline `code` at this place; §0.3 gives the instants, the profile the amount."""
        plan = deadline_book.arm(
            context.uow,
            context.org_id,
            context.business_key,
            code,
            start=_instant(start) or context.now,
            now=context.now,
            by=context.actor,
            instance_id=context.instance_id,
            element_id=context.element_id,
            name=context.element_name or None,
            n=None if n is None else int(n),
            unit=unit,
            mode=mode,
            date=_instant(date) if _is_capped(context, code) else _day(date),
            ladder=context.timer_kind == "timeCycle",
        )
        return timer_plan(plan)

    # -- forms ------------------------------------------------------------------------------------------------------

    def options(self, context: HostContext, keys: Sequence[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Units (`units`), staff (`people`), staff with a role (`people:<role>`)."""
        return {key: list(_choices(context, key)) for key in keys}

    def form_data(self, context: HostContext) -> Mapping[str, Any]:
        """What a form of the case is filled in with, and what its conditions may read."""
        if context.business_key is None:
            return {}
        return cases.case_data(context.uow, context.org_id, context.business_key)

    def started(self, context: TaskContext) -> None:
        """Check, open the case (its id is the business key), number it if the start names a series, fill registers."""
        assert context.business_key is not None
        self.check(context)
        uow, org_id, case_id = context.uow, context.org_id, context.business_key
        cases.open_case(
            uow,
            org_id,
            context.process_key,
            context.answers,
            actor=context.actor,
            now=context.now,
            case_id=case_id,
            received_at=_received(context),
            name=context.element_name or "登记",
            element_id=context.element_id,
        )
        series = context.properties.get("numberSeries")
        if series:
            number = numbers.series_number(uow, org_id, series, context.now)
            cases.set_number(uow, org_id, case_id, number, now=context.now)
        self._keep_records(context)
        self._set_states(context)

    def check(self, context: TaskContext) -> None:
        """Run the checks that the task's property `check` names, in order."""
        for name in _names(context.properties.get("check")):
            found = registry.checks.get(name)
            if found is None:
                raise NotFound(
                    "check.unknown", f"没有名为“{name}”的校验程序，请联系管理员。", element=context.element_id
                )
            found(context)

    def completed(self, context: TaskContext) -> Mapping[str, Any] | None:
        """Write the answers into the case, its registers and documents."""
        if context.business_key is not None:
            cases.apply_answers(
                context.uow,
                context.org_id,
                context.business_key,
                context.answers,
                actor=context.actor,
                now=context.now,
                name=context.element_name,
                task_id=context.task_id,
                process_key=context.process_key,
                element_id=context.element_id,
                on_behalf_of=_principal(context),
            )
            self._keep_records(context)
            if context.properties.get("caseState") == "replied" and context.properties.get("document"):
                self._answer_merged(context)
            if context.properties.get("caseOwner") == "actor" and context.actor:
                cases.set_owner(context.uow, context.org_id, context.business_key, context.actor, now=context.now)
            step = {"step": {"id": context.element_id, "name": context.element_name}}
            webhooks.happened(
                context.uow, context.org_id, "step.done", context.business_key, step, key=context.task_id,
                now=context.now,
            )  # fmt: skip
        variable = context.properties.get("actorVariable")
        return {variable: context.actor} if variable else None

    def _answer_merged(self, context: TaskContext) -> None:
        """The cases merged into this one get its answer, each with its own records (并案): one that is put on paper.

        What is said to one petitioner face to face is no answer to the others.
        """
        assert context.business_key is not None
        joint.give_answer(
            context.uow,
            context.org_id,
            context.business_key,
            context.element_name,
            context.answers,
            now=context.now,
            by=context.actor,
            process_key=context.process_key,
            element_id=context.element_id,
            keep_records=lambda case_id, answers: self._keep_records(
                replace(context, business_key=case_id, answers=answers, task_id="")
            ),
        )

    def _keep_records(self, context: TaskContext) -> None:
        """Register entries (`register`, `registerContinues`) and documents (`document`) of a completed form."""
        assert context.business_key is not None
        uow, org_id, case_id = context.uow, context.org_id, context.business_key
        fields = dict(context.answers)
        if not _wanted(context.properties.get("registerIf"), fields):
            return
        for name in _names(context.properties.get("register")):
            register = _register(context, name)
            filled = fields | _known(context, name, register)
            registers.add_entry(uow, org_id, register, filled, case_id=case_id, at=context.now, by=context.actor)
        for name in _names(context.properties.get("registerContinues")):
            register = _register(context, name.rstrip("?"))
            if name.endswith("?") and not registers.entries_of_case(uow, org_id, case_id, register):
                continue
            registers.continue_entry(uow, org_id, register, fields, case_id=case_id, at=context.now, by=context.actor)
        for form in _names(context.properties.get("document")):
            case = cases.get_case(uow, org_id, case_id)
            if not (case["anonymous"] and form in _NOT_FOR_ANONYMOUS):
                documents.make(
                    uow,
                    org_id,
                    case_id,
                    form,
                    fields,
                    now=context.now,
                    by=context.actor,
                    task_id=context.task_id or None,
                )

    # -- the course of the diagram ------------------------------------------------------------------------------------

    def passed(self, context: HostContext) -> None:
        """`caseState` and `caseResult` of any element that a token passes."""
        self._set_states(context)

    def _set_states(self, context: HostContext | TaskContext) -> None:
        case_id = context.business_key
        assert context.uow is not None
        if case_id is None:
            return
        state = context.properties.get("caseState")
        if state:
            old = cases.get_case(context.uow, context.org_id, case_id)["state"]
            if may_follow(old, state):  # a reopened case passes archiving again without going back
                cases.set_state(context.uow, context.org_id, case_id, state, now=context.now)
        result = context.properties.get("caseResult")
        if result:
            cases.set_result(context.uow, context.org_id, case_id, result, now=context.now)

    def timer_dropped(self, context: HostContext, ref: str, *, completed: bool) -> None:
        """The work under a deadline has ended: closed on time or late, or cancelled with its activity."""
        deadline_book.close(
            context.uow, context.org_id, ref, now=context.now, cancelled=not completed, by=context.actor
        )

    def timer_restored(self, context: HostContext, ref: str) -> None:
        """The act that ended the work under a deadline was taken back: it runs on as if it had never been closed."""
        deadline_book.reopen(context.uow, context.org_id, ref, now=context.now, by=context.actor)

    def replaced(self, context: HostContext, user_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Who has left, or is accused in the case by now (R65); theirs is for the petition office to send on."""
        free = set(free_users(context.uow, context.org_id, context.business_key, user_ids))
        return {user_id: sorted(access.JOINERS) for user_id in user_ids if user_id not in free}


def timer_plan(plan: Plan) -> TimerPlan:
    """An office's plan in the engine's words."""
    return TimerPlan(
        ref=plan.ref,
        due_at=plan.due_at,
        yellow_at=plan.yellow_at,
        expires_at=plan.expires_at,
        instants=plan.instants,
        stopped=plan.stopped,
        locals={"deadline_id": plan.ref, "deadline_code": plan.code, "deadline_due": plan.due_at.isoformat()},
    )


def _principal(context: TaskContext) -> str | None:
    """For whom the task is done, if not for oneself: who took it and is away, or to whose post it was offered (R05)."""
    uow, org_id = context.uow, context.org_id
    query = select(task).where(task.c.org_id == org_id, task.c.id == context.task_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None or context.actor is None or row.assignee != context.actor:
        return None if row is None else row.assignee
    if not principals_of(uow, org_id, context.actor, now=context.now):
        return None
    viewer = access.viewer_of(uow, org_id, context.actor, now=context.now)
    hands = access.hands_for(uow, viewer, row)
    offered = [one.user_id for one in hands if access.is_offered(one, row.candidate_groups, row.candidate_users)]
    return offered[0] if offered and offered[0] != context.actor else None


def may_start(groups: Sequence[str], viewer: Viewer) -> bool:
    """Whether the viewer is offered the start of a process: everybody, unless its diagram names starters."""
    return not groups or bool(set(groups) & viewer.groups)


def _param(context: HostContext, name: str) -> Any:
    """A parameter of the organisation's profile (requirements §3.2)."""
    value = organisations.profile_of(context.uow, context.org_id).param(name)
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value


def _is_capped(context: HostContext, code: str) -> bool:
    """Whether the date of the deadline is an instant that caps it (R16.stand_in)."""
    rule = organisations.profile_of(context.uow, context.org_id).rules.get(code)
    return rule is not None and rule.not_after


def _now(context: HostContext) -> datetime:
    return context.now


def _today(context: HostContext) -> date:
    return context.now.date()


def _choices(context: HostContext, key: str) -> Sequence[Mapping[str, str]]:
    kind, _, role = key.partition(":")
    if kind == "units":
        return [{"value": unit.id, "label": unit.name} for unit in people.units(context.uow, context.org_id)]
    if kind == "people":
        found = people.users(context.uow, context.org_id, role=role or None)
        return [
            {"value": user.id, "label": f"{user.name}（{user.title}）" if user.title else user.name} for user in found
        ]
    raise NotFound("form.options", f"表单要的选项“{key}”不存在。", field=key)


def _register(context: HostContext | TaskContext, name: str) -> str:
    """The register's name; `FM18` is the form of registration of the organisation's profile."""
    if name != _REGISTRATION:
        return name
    assert context.uow is not None
    return str(organisations.profile_of(context.uow, context.org_id).param("registration.form"))


def _known(context: TaskContext, name: str, register: str) -> dict[str, Any]:
    """What the office knows for columns of a new entry that the form left empty or does not ask.

    The case's facts for a register of visits and letters and for the claim of FM26; who did the step, and when.
    """
    uow, org_id, case_id = context.uow, context.org_id, context.business_key
    assert uow is not None and case_id is not None
    columns = REGISTERS[register].columns
    known: dict[str, Any] = {}
    if name in (_REGISTRATION, "FM20", "FM26"):
        data = {key: value for key, value in cases.case_data(uow, org_id, case_id).items() if value not in _EMPTY}
        if name == "FM26":
            known["claim"] = next((data[key] for key in ("restated_demand", "demand", "matter") if key in data), None)
        else:
            known = {key: data[key] for key in columns if key in data}
        if name == _REGISTRATION:
            known["number"] = data.get("number")
    person, instant = _DONE_BY.get(name, ("", ""))
    if person and context.actor:
        known[person] = _signature(context, context.actor)
    if instant:
        known[instant] = context.now
    filled = {columns.get(key, key) for key, value in context.answers.items() if value not in _EMPTY}
    found = {}
    for key, value in known.items():
        if columns.get(key, key) not in filled:
            filled.add(columns.get(key, key))
            found[key] = value.isoformat() if isinstance(value, datetime) else value
    return found


def _signature(context: TaskContext, actor: str) -> str:
    """The name of who did the step; for somebody who is away, with the name of the one who acted (§0.7)."""
    assert context.uow is not None
    principal = _principal(context)
    names = people.names_of(context.uow, context.org_id, [actor, *([principal] if principal else [])])
    own = str(names.get(actor, ""))
    return f"{names[principal]}（{own}代）" if principal in names and principal != actor else own


def _wanted(condition: str | None, answers: Mapping[str, Any]) -> bool:
    """`registerIf="outcome=submit"`: records are kept only for this answer."""
    key, _, value = (condition or "").partition("=")
    return not key or str(answers.get(key.strip())) == value.strip()


def _received(context: TaskContext) -> datetime | None:
    """The instant that the clerk entered as the time of receipt; never one to come."""
    given = _instant(context.answers.get("received_at"))
    if given is not None and given > context.now:
        raise Refusal("registration.received_at", "收到时间不能晚于现在。", field="received_at")
    return given


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _instant(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return local(value)
    try:
        return local(datetime.fromisoformat(str(value)))
    except ValueError:
        raise BanjieError("deadline.bad_start", f"“{value}”不是一个时刻。") from None


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return local(value).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise BanjieError("deadline.bad_date", f"“{value}”不是一个日期。") from None
