"""What people do. The browser, `banjie play` and the command line all come through here: who may, then the engine,
one transaction, one commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from engine import jobs
from engine.engine import Engine
from engine.loading import lock_task
from engine.sharing import share
from handlers.host import may_start, timer_plan
from office import (
    access,
    askings,
    attendance,
    deadline_book,
    inbox,
    joint_book,
    registers,
    settings,
    supervision,
    supervision_book,
)
from office.access import Viewer
from office.calendar_table import parse_year_table
from storage import spans
from storage.database import UnitOfWork
from storage.errors import BanjieError, Conflict, Forbidden, NotFound, Refusal
from storage.tables import engine as tables
from storage.tables.office import case_file
from storage.types import new_id
from web import schedules
from web.banjie import Banjie

_DRAIN_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a logged-in user of an organisation."""

    org_id: str
    user_id: str
    source: str | None = None  # network address, for the access log


@dataclass(frozen=True, slots=True)
class Started:
    """A matter that was opened."""

    case_id: str
    instance_id: str


def actor(_banjie: Banjie, org_id: str, user_id: str) -> Actor:
    """The actor for a user id."""
    return Actor(org_id, user_id)


def viewer(uow: UnitOfWork, who: Actor, now: datetime | None = None) -> Viewer:
    """What the actor may see and do; with `now` also as stand-in for those who are away then (R05)."""
    return access.viewer_of(uow, who.org_id, who.user_id, now=now)


@spans.act
def start(
    banjie: Banjie, who: Actor, process_key: str, answers: Mapping[str, Any], *, request_id: str | None = None
) -> Started:
    """Open a matter by a regulation's start form. The same `request_id` again gives the same matter.

    Errors: `process.unknown`, `start.not_yours`, `form.*`.
    """
    try:
        started = _start(banjie, who, process_key, answers, request_id)
    except IntegrityError:  # the same request at the same moment, on another connection, was faster
        with banjie.store.begin(write=False) as uow:
            earlier = _earlier(uow, who, request_id) if request_id is not None else None
        if earlier is None:
            raise
        started = Started(**earlier)
    drain(banjie, who.org_id, started.case_id)
    return started


def _start(banjie: Banjie, who: Actor, process_key: str, answers: Mapping[str, Any], request_id: str | None) -> Started:
    with banjie.store.begin() as uow:
        if request_id is not None and (earlier := _earlier(uow, who, request_id)) is not None:
            return Started(**earlier)
        definition = banjie.engine.versions.current(uow, who.org_id, process_key)
        if definition.start_form is None or not may_start(definition.starter_groups, viewer(uow, who)):
            raise Forbidden("start.not_yours", "您的岗位不能登记这类事项。")
        case_id = new_id()
        instance_id = banjie.engine.start(
            uow, who.org_id, process_key, business_key=case_id, answers=answers, actor=who.user_id
        )
        if request_id is not None:
            _remember(uow, who, request_id, {"case_id": case_id, "instance_id": instance_id}, banjie.engine)
        return Started(case_id, instance_id)


@spans.act
def complete(banjie: Banjie, who: Actor, task_id: str, answers: Mapping[str, Any]) -> str | None:
    """Complete a task; a candidate who has not claimed it claims it with this act. Gives the case's id.

    Errors: `task.unknown`, `task.already_done`, `task.not_yours`, `form.*`, and what the office's checks refuse.
    """
    with banjie.store.begin() as uow:
        case_id = _complete(banjie, uow, who, task_id, answers)
    drain(banjie, who.org_id, case_id)
    return case_id


def _complete(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str, answers: Mapping[str, Any]) -> str | None:
    case_id, state, assignee = _task(uow, who, task_id)
    if state == "open":
        seen = viewer(uow, who, banjie.clock.now())
        if assignee is None:
            access.require_may_do(uow, seen, task_id, claim=True)
            banjie.engine.claim(uow, who.org_id, task_id, who.user_id, actor=who.user_id)
        else:
            access.require_may_do(uow, seen, task_id)
        askings.require_none(uow, who.org_id, task_id)
    elif case_id is None or not access.may_see_case(uow, viewer(uow, who, banjie.clock.now()), case_id):
        raise NotFound("task.unknown", "没有这项待办，或者您无权办理。")
    banjie.engine.complete(uow, who.org_id, task_id, answers, actor=who.user_id)
    return case_id


@spans.act
def claim(banjie: Banjie, who: Actor, task_id: str) -> None:
    """签收: take an offered task. Errors: `task.claimed`, `task.not_yours`, `task.unknown`."""
    with banjie.store.begin() as uow:
        _claim(banjie, uow, who, task_id)


def _claim(banjie: Banjie, uow: UnitOfWork, who: Actor, task_id: str) -> None:
    access.require_may_do(uow, viewer(uow, who, banjie.clock.now()), task_id, claim=True)
    banjie.engine.claim(uow, who.org_id, task_id, who.user_id, actor=who.user_id)


@spans.act
def begin(banjie: Banjie, who: Actor, task_id: str) -> tuple[str | None, str | None]:
    """开始: choose an offered step of a sequential ad-hoc sub-process. Gives the case and the task one has now, if any.

    Errors: `task.already_begun`, `task.not_yours`, `task.unknown`.
    """
    with banjie.store.begin() as uow:
        access.require_may_do(uow, viewer(uow, who, banjie.clock.now()), task_id, claim=True)
        case_id, _, _ = _task(uow, who, task_id)
        begun = banjie.engine.begin(uow, who.org_id, task_id, who.user_id, actor=who.user_id)
    drain(banjie, who.org_id, case_id)
    return case_id, begun


@spans.act
def batch(
    banjie: Banjie, who: Actor, task_ids: list[str], answers: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Claim several tasks, or with `answers` complete them, in shared commits; tells how each went.

    Only tasks that allow it are completed (`inbox.BATCH`): `task.no_batch`. One that is refused stops no other.
    """
    ids = list(dict.fromkeys(task_ids))
    results = share(banjie.store, [partial(_one_of, banjie, who, answers, task_id) for task_id in ids])
    told = []
    for task_id, result in zip(ids, results, strict=True):
        if isinstance(result, BanjieError):
            told.append({"id": task_id, "ok": False, "code": result.code, "message": result.message})
            continue
        if isinstance(result, Exception):
            raise result
        drain(banjie, who.org_id, result)
        told.append({"id": task_id, "ok": True, "code": None, "message": None})
    return told


def _one_of(
    banjie: Banjie, who: Actor, answers: Mapping[str, Any] | None, task_id: str, uow: UnitOfWork, wait: bool
) -> str | None:
    """One task of a batch; gives the case whose jobs may wait now."""
    lock_task(uow, who.org_id, task_id, wait=wait)
    if answers is None:
        _claim(banjie, uow, who, task_id)
        return None
    now = banjie.clock.now()
    shown = inbox.one(uow, viewer(uow, who, now), task_id, now=now)
    if not shown["batch"]:
        raise Refusal("task.no_batch", f"“{shown['step']}”要逐件办理，不能批量完成。")
    return _complete(banjie, uow, who, task_id, answers)


@spans.act
def release(banjie: Banjie, who: Actor, task_id: str) -> None:
    """Give a claimed task back to its candidates."""
    with banjie.store.begin() as uow:
        access.require_may_do(uow, viewer(uow, who, banjie.clock.now()), task_id)
        askings.require_none(uow, who.org_id, task_id)
        banjie.engine.release(uow, who.org_id, task_id, actor=who.user_id)


@spans.act
def urge(
    banjie: Banjie,
    who: Actor,
    case_id: str,
    *,
    text: str,
    method: str = "phone",
    unit_id: str | None = None,
    person_id: str | None = None,
) -> int:
    """催办 (R57): a numbered entry; gives its number. Errors: `case.unknown`, `case.merged`, `urging.*`."""
    with banjie.store.begin() as uow:
        _require_overseer(uow, who, case_id, banjie.clock.now())
        _require_own_work(uow, who, case_id)
        return supervision.urge(
            uow, who.org_id, case_id, method=method, text=text, unit_id=unit_id, person_id=person_id,
            now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip


@spans.act
def supervise(
    banjie: Banjie, who: Actor, case_id: str, *, text: str, unit_id: str | None = None, due: str | None = None
) -> None:
    """督办 (R58): start a supervision of the case. Errors: `case.unknown`, `case.merged`, `access.role`."""
    with banjie.store.begin() as uow:
        seen = _require_overseer(uow, who, case_id, banjie.clock.now())
        _require_own_work(uow, who, case_id)
        if unit_id is None:
            query = select(case_file.c.handling_unit).where(case_file.c.org_id == who.org_id, case_file.c.id == case_id)
            unit_id = uow.conn.execute(query).scalar()
        payload = {
            "source": "instruction" if seen.is_leader else "manual",
            "supervised_unit": unit_id,
            "reason": text,
            "supervision_due": due,
            "deadline_id": None,
            "deadline_code": None,
        }
        banjie.engine.publish(uow, who.org_id, "supervision.open", case_id, payload, actor=who.user_id)
    drain(banjie, who.org_id, case_id)


@spans.act
def warn(banjie: Banjie, who: Actor, supervision_id: str, *, colour: str, text: str, due_on: date) -> None:
    """亮牌: a yellow or red card to the supervised unit. Errors: `case.unknown`, `access.role`, `supervision.*`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        case_id = supervision_book.case_of(uow, who.org_id, supervision_id)
        seen = _require_overseer(uow, who, case_id, now)
        supervision_book.warn(uow, seen, supervision_id, colour=colour, text=text, due_on=due_on, now=now)


@spans.act
def reply_supervision(banjie: Banjie, who: Actor, supervision_id: str, *, text: str) -> None:
    """The unit's reply to a 督办. Errors: `case.unknown`, `supervision.*`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        case_id = supervision_book.case_of(uow, who.org_id, supervision_id)
        seen = _require_worker(uow, who, case_id, now)
        supervision_book.reply(uow, seen, supervision_id, text=text, now=now)


@spans.act
def answer_urging(banjie: Banjie, who: Actor, case_id: str, number: int, *, answer: str, new_date: date | None) -> None:
    """The unit's answer to an urging. Errors: `case.unknown`, `urging.*`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        seen = _require_worker(uow, who, case_id, now)
        if not supervision.may_answer_urging(uow, seen, case_id, number):
            raise Forbidden("urging.not_yours", "这次催办不是催您或您的单位的，请由被催办的单位答复。")
        supervision.answer_urging(
            uow, who.org_id, case_id, number, answer=answer, new_date=new_date, now=now, by=who.user_id
        )


def correct_entry(
    banjie: Banjie, who: Actor, register: str, seq: int, fields: Mapping[str, Any], *, reason: str
) -> int:
    """更正: a new entry that names the old one and the reason; gives its number.

    Errors: `register.*`, `access.role`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        known = registers.correctable(uow, viewer(uow, who, now), register, seq)
        changed = {key: value for key, value in fields.items() if key in known and known[key] != value}
        if not changed:
            raise Refusal("register.unchanged", "没有改动任何栏目。")
        new = registers.correct(uow, who.org_id, register, seq, changed, reason=reason, at=now, by=who.user_id)
        if register == registers.SIGNED:
            attendance.corrected(uow, who.org_id, seq, new, changed)
        return new


def load_calendar(banjie: Banjie, who: Actor, text: str) -> list[dict[str, Any]]:
    """Load a year's table; open deadlines are recomputed and their timers re-armed. Gives the changes."""
    table = parse_year_table(text)
    with banjie.store.begin() as uow:
        seen = viewer(uow, who)
        access.require_role(seen, access.ADMIN)
        return for_viewer(uow, seen, apply_calendar(banjie, uow, who.org_id, table, by=who.user_id))


def set_day(banjie: Banjie, who: Actor, day: date, working: bool | None, reason: str) -> list[dict[str, Any]]:
    """Say that the office works on a day, or not, or (None) that the table decides; gives the deadlines that changed.

    Errors: `access.role`, `calendar.no_reason`.
    """
    with banjie.store.begin() as uow:
        seen = viewer(uow, who)
        access.require_role(seen, access.ADMIN)
        changes = deadline_book.set_day(uow, who.org_id, day, working, reason, now=banjie.clock.now(), by=who.user_id)
        return for_viewer(uow, seen, rearm(banjie, uow, who.org_id, changes, by=who.user_id))


def change_settings(
    banjie: Banjie, who: Actor, wanted: settings.Settings, *, recompute: bool, reason: str
) -> list[dict[str, Any]]:
    """Change the office's settings; with `recompute` gives the open deadlines that changed. Errors: `settings.*`."""
    with banjie.store.begin() as uow:
        seen = viewer(uow, who)
        access.require_role(seen, access.ADMIN)
        changes = settings.change(
            uow, who.org_id, wanted, recompute=recompute, reason=reason, now=banjie.clock.now(), by=who.user_id
        )
        return for_viewer(uow, seen, rearm(banjie, uow, who.org_id, changes, by=who.user_id))


def apply_calendar(banjie: Banjie, uow: UnitOfWork, org_id: str, table: Any, *, by: str | None) -> list[dict[str, Any]]:
    """Put a year's table in force, re-arm the timers of every deadline that moved, find the schedules' dates anew."""
    changes = deadline_book.load_year(uow, org_id, table, now=banjie.clock.now(), by=by)
    return rearm(banjie, uow, org_id, changes, by=by)


def rearm(
    banjie: Banjie, uow: UnitOfWork, org_id: str, changes: list[deadline_book.Change], *, by: str | None
) -> list[dict[str, Any]]:
    """Re-arm the timers of every deadline that moved; gives the changes as they are told, with the case's number.

    Calendar or profile have changed: the dates of the schedules are found anew as well.
    """
    schedules.changed(banjie, uow, org_id)
    told = []
    for change in changes:
        if change.plan is not None:
            plan = timer_plan(change.plan)
            where = change.plan.instance_id
            banjie.engine.reschedule(uow, org_id, change.deadline_id, plan, instance_id=where, actor=by)
        told.append(change.to_json())
    query = select(case_file.c.id, case_file.c.number).where(
        case_file.c.org_id == org_id, case_file.c.id.in_([one["case_id"] for one in told if one["case_id"]])
    )
    numbers = {row.id: row.number for row in uow.conn.execute(query)}
    return [{**one, "number": numbers.get(one["case_id"])} for one in told]


def for_viewer(uow: UnitOfWork, seen: Viewer, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes without those of cases that accuse the viewer (R65 knows no exception for administrators)."""
    query = select(case_file.c.id).where(
        case_file.c.org_id == seen.org_id,
        case_file.c.id.in_([one["case_id"] for one in changes if one["case_id"]]),
        access.not_accused(seen),
    )
    shown = set(uow.conn.execute(query).scalars())
    return [one for one in changes if one["case_id"] is None or one["case_id"] in shown]


def drain(banjie: Banjie, org_id: str, case_id: str | None) -> None:
    """Run the jobs of a case that wait, so that the next task is there when the page shows. Others may do it too."""
    if case_id is None:
        return
    for _ in range(_DRAIN_ROUNDS):
        ran = jobs.run_due(banjie.engine, org_id=org_id, business_key=case_id, inside=True)
        if not ran and not jobs.any_due(banjie.engine, org_id=org_id, business_key=case_id):
            return  # none is left; what the scheduler took meanwhile was waited for by the claim


def _require_worker(uow: UnitOfWork, who: Actor, case_id: str, now: datetime) -> Viewer:
    seen = viewer(uow, who, now)
    if not access.may_see_case(uow, seen, case_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    return seen


def _require_own_work(uow: UnitOfWork, who: Actor, case_id: str) -> None:
    """Whoever works on a merged case works on its lead: there it is urged and supervised."""
    if joint_book.merged_into(uow, who.org_id, case_id) is not None:
        raise Conflict("case.merged", "这件已经并案，由主件承办；请在主件上催办、督办。")


def _require_overseer(uow: UnitOfWork, who: Actor, case_id: str, now: datetime) -> Viewer:
    """Urging and supervising is for the petition office, supervisors and leaders (R57, R58)."""
    seen = _require_worker(uow, who, case_id, now)
    if not (seen.is_leader or seen.roles & access.OVERSEERS):
        raise Forbidden("access.role", "只有信访办、督办人员和领导可以催办、督办。")
    return seen


def _task(uow: UnitOfWork, who: Actor, task_id: str) -> tuple[str | None, str, str | None]:
    """Of which case a task is, its state, and who has claimed it."""
    query = select(tables.task.c.business_key, tables.task.c.state, tables.task.c.assignee).where(
        tables.task.c.org_id == who.org_id, tables.task.c.id == task_id
    )
    row = uow.conn.execute(query).first()
    if row is None:
        raise NotFound("task.unknown", "没有这项待办，或者您无权办理。")
    return row.business_key, row.state, row.assignee


def _earlier(uow: UnitOfWork, who: Actor, request_id: str) -> Any:
    query = select(tables.request.c.result).where(
        tables.request.c.org_id == who.org_id,
        tables.request.c.id == request_id,
        tables.request.c.actor == who.user_id,
    )
    return uow.conn.execute(query).scalar()


def _remember(uow: UnitOfWork, who: Actor, request_id: str, result: Mapping[str, Any], engine: Engine) -> None:
    uow.conn.execute(
        insert(tables.request).values(
            org_id=who.org_id, id=request_id, actor=who.user_id, result=dict(result), at=engine.clock.now()
        )
    )
