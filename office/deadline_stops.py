"""The clock of a deadline stands still for a cause that the law names, and goes on: its days are not counted.

Both days, on which it stops and on which it goes on, belong to the stop (L16); a day that two stops share counts once.
While it stands nothing fires and nothing is red; what is finished then is in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from office.deadline_rows import Plan, change, find, log, plan_of, refuse_closed, save, work, worked_of
from office.deadline_rules import ProfileError
from office.deadlines import DeadlineError
from office.organisations import calendar_of, profile_of
from office.people import names_of
from office.stop_causes import CAUSES, NO_CAUSES
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables.stopping import deadline_stop
from storage.types import new_id


def causes_of(uow: UnitOfWork, org_id: str, code: str) -> tuple[Sequence[str], str, bool]:
    """What stops the clock of a limit, by which law, and whether the person must be told in writing."""
    rules = profile_of(uow, org_id).rules
    if code not in rules:
        return (), "", False
    return rules[code].stops, rules[code].stops_basis, rules[code].stops_notice


def stop(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    cause: str,
    *,
    now: datetime,
    by: str | None,
    reason: str,
    expected_on: date | None = None,
    document_id: str | None = None,
) -> Plan:
    """The clock stands still from `now` on, until `resume`; gives the plan without instants.

    A stop that runs goes on. Errors: `stop.cause` (no law lets it stop for this), `stop.over` (the limit has passed),
    `stop.no_notice` (the law demands that the person be told), `stop.expected` (a day gone by), `deadline.closed`.
    """
    row = find(uow, org_id, deadline_id, lock=True)
    refuse_closed(row)
    causes, basis, notice = causes_of(uow, org_id, row.code)
    _require_cause(row, cause, causes, basis)
    plan = plan_of(row.id, worked_of(row), stopped=True, instance_id=row.instance_id)
    assert plan is not None  # what may stop counts days
    if row.paused_at is not None:
        return plan
    if row.due_at is not None and now > row.due_at:
        raise Conflict(
            "stop.over", f"“{row.name}”的期限已于{local(row.due_at):%Y-%m-%d %H:%M:%S}届满，不能再停止计时。"
        )
    if notice and document_id is None:
        raise Refusal("stop.no_notice", f"{basis}要求书面告知申请人，请先上传告知书，再选择它。", field="document_id")
    if expected_on is not None and expected_on < local(now).date():
        raise Refusal("stop.expected", "预计结束的日期已经过去。", field="expected_on")
    values = dict(
        org_id=org_id, id=new_id(), deadline_id=deadline_id, case_id=row.case_id, cause=cause, basis=basis, since=now,
        expected_on=expected_on, reason=reason.strip(), document_id=document_id, by=by,
    )  # fmt: skip
    uow.conn.execute(insert(deadline_stop).values(values))
    change(uow, org_id, deadline_id, paused_at=now)
    log(uow, org_id, deadline_id, "paused", now=now, by=by, reason=f"{CAUSES[cause]}：{reason.strip()}")
    return plan


def resume(uow: UnitOfWork, org_id: str, deadline_id: str, *, now: datetime, by: str | None) -> Plan | None:
    """The cause is over: the clock goes on, and the days of the stop are not counted. Gives the new plan."""
    row = find(uow, org_id, deadline_id, lock=True)
    if row.paused_at is None:
        return plan_of(deadline_id, worked_of(row))
    refuse_closed(row)
    return _go_on(uow, row, now=now, by=by, ending="resumed")


def end_with(uow: UnitOfWork, row: Row[Any], *, now: datetime, by: str | None) -> None:
    """The work under a deadline has ended while its clock stood still: that is the end of the stop as well."""
    _go_on(uow, row, now=now, by=by, ending="closed")


def restore(uow: UnitOfWork, org_id: str, deadline_id: str, closed_at: datetime) -> None:
    """The act that ended the work, and with it the stop, was taken back: the clock stands still as before."""
    own = (deadline_stop.c.org_id == org_id) & (deadline_stop.c.deadline_id == deadline_id)
    row = uow.conn.execute(
        select(deadline_stop).where(own, deadline_stop.c.ending == "closed", deadline_stop.c.ended_at == closed_at)
    ).first()
    if row is None:
        return
    again = dict(ended_at=None, ended_by=None, ending=None)
    uow.conn.execute(update(deadline_stop).where(own, deadline_stop.c.id == row.id).values(again))
    change(uow, org_id, deadline_id, paused_at=row.since)


def of_deadlines(uow: UnitOfWork, org_id: str, deadline_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The stops that run, by deadline: cause, cause_text, basis, since, expected_on, reason, by_name, document_id."""
    query = select(deadline_stop).where(
        deadline_stop.c.org_id == org_id, deadline_stop.c.deadline_id.in_(deadline_ids),
        deadline_stop.c.ended_at.is_(None),
    )  # fmt: skip
    rows = uow.conn.execute(query).all()
    names = names_of(uow, org_id, [row.by for row in rows])
    return {
        row.deadline_id: {
            "cause": row.cause,
            "cause_text": CAUSES[row.cause],
            "basis": row.basis,
            "since": row.since,
            "expected_on": row.expected_on,
            "reason": row.reason,
            "document_id": row.document_id,
            "by_name": names.get(row.by),
        }
        for row in rows
    }


def _require_cause(row: Row[Any], cause: str, causes: Sequence[str], basis: str) -> None:
    if cause in causes:
        return
    if cause in NO_CAUSES:
        name, instead = NO_CAUSES[cause]
        raise Refusal("stop.cause", f"“{name}”不是停止计时的法定事由：{instead}。", field="cause")
    if not causes:
        raise Refusal("stop.cause", f"法律没有规定“{row.name}”可以停止计时；确有需要的，可以申请延期。", field="cause")
    told = "、".join(CAUSES[one] for one in causes)
    raise Refusal("stop.cause", f"按{basis}，“{row.name}”只因{told}停止计时。", field="cause")


def _go_on(uow: UnitOfWork, row: Row[Any], *, now: datetime, by: str | None, ending: str) -> Plan | None:
    org_id = row.org_id
    own = (deadline_stop.c.org_id == org_id) & (deadline_stop.c.deadline_id == row.id)
    ended = dict(ended_at=now, ended_by=by, ending=ending)
    uow.conn.execute(update(deadline_stop).where(own, deadline_stop.c.ended_at.is_(None)).values(ended))
    stops = uow.conn.execute(select(deadline_stop).where(own).order_by(deadline_stop.c.since, deadline_stop.c.id)).all()
    periods = tuple(
        (local(one.since).date().isoformat(), local(one.ended_at).date().isoformat(), CAUSES[one.cause])
        for one in stops
    )
    old = worked_of(row)
    if old.request is None:
        raise Refusal("deadline.no_request", "该期限没有保存计算依据，不能重新计算。")
    request = replace(old.request, stops=periods)
    change(uow, org_id, row.id, paused_at=None)
    try:
        worked = work(profile_of(uow, org_id), request, calendar_of(uow, org_id), bool(old.ladder))
    except (DeadlineError, ProfileError):  # the profile has become another one; what is finished is finished
        if ending != "closed":
            raise
        return None
    save(uow, org_id, row.id, "stopped", old, worked, now=now, by=by, reason="恢复计时")
    return plan_of(row.id, worked, instance_id=row.instance_id)
