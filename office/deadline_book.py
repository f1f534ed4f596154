"""The deadlines of the office: armed, explained, extended, recomputed, closed - each act in the log.

The book keeps the instants; firing them is the engine's. What the engine needs to arm or re-arm a timer is a `Plan`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select

from office import closings, deadline_stops, joint_book, joint_limits, webhooks
from office.calendar import Calendar
from office.calendar_table import YearTable
from office.deadline_extension import check_extension
from office.deadline_rows import (
    Plan,
    change,
    columns,
    find,
    instants_of,
    log,
    plan_of,
    refuse_closed,
    save,
    work,
    worked_of,
)
from office.deadline_rules import ProfileError
from office.deadline_types import MODES, UNITS, Deadline, Mode, Request, Unit
from office.deadlines import DeadlineError
from office.lights import light
from office.organisations import calendar_of, profile_of, save_override, save_year
from office.profiles import CEILING_CODE, Profile
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import case_file, deadline
from storage.types import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A deadline that was recomputed. `plan` is None if no instant moved, so that no timer need be re-armed."""

    deadline_id: str
    case_id: str | None
    code: str
    name: str
    old: dict[str, Any]
    new: dict[str, Any]
    plan: Plan | None

    def to_json(self) -> dict[str, Any]:
        """The change as the administrator sees it."""
        return {
            "deadline_id": self.deadline_id,
            "case_id": self.case_id,
            "code": self.code,
            "name": self.name,
            "old": self.old,
            "new": self.new,
            "moved": self.plan is not None,
        }


def arm(
    uow: UnitOfWork,
    org_id: str,
    case_id: str | None,
    code: str,
    *,
    start: datetime,
    now: datetime,
    by: str | None = None,
    instance_id: str | None = None,
    element_id: str | None = None,
    name: str | None = None,
    n: int | None = None,
    unit: str | None = None,
    mode: str | None = None,
    date: date | datetime | None = None,
    word: str | None = None,
    appeal_claim: bool | None = None,
    accepted_at: datetime | None = None,
    ladder: bool = True,
) -> Plan:
    """Work a deadline out by profile and calendar and enter it; gives the plan of its timers, `ref` being its id.

    The amount may be given as in `Profile.compute`. `appeal_claim`: whether the matter is one of Art. 31(6); None asks
    the case (its kind, from its acceptance on). `ladder=False`: only the light, no reminders and no urging.
    Errors: Refusal `deadline.no_instant` (当场: there is nothing to wait for), and those of `Profile.compute`.
    """
    if appeal_claim is None:
        appeal_claim, accepted = _claim_of(uow, org_id, case_id)
        accepted_at = accepted_at or accepted
    request = Request(
        code=code,
        start=local(start),
        n=n,
        unit=checked_unit(unit),
        mode=checked_mode(mode),
        date=date,
        word=word,
        appeal_claim=appeal_claim,
        accepted_at=accepted_at,
    )
    worked = work(profile_of(uow, org_id), request, calendar_of(uow, org_id), ladder)
    worked = joint_limits.earliest(uow, org_id, case_id, worked)
    deadline_id = new_id()
    plan = plan_of(deadline_id, worked)
    if plan is None:
        raise Refusal("deadline.no_instant", f"“{worked.words or code}”须当场办理，不设计时。")
    uow.conn.execute(
        insert(deadline).values(
            org_id=org_id,
            id=deadline_id,
            case_id=case_id,
            instance_id=instance_id,
            element_id=element_id,
            code=worked.code,
            name=name or worked.words or code,
            armed_at=now,
            **columns(worked),
        )
    )
    log(uow, org_id, deadline_id, "armed", now=now, by=by, new=instants_of(worked))
    return plan


def current_plan(uow: UnitOfWork, org_id: str, deadline_id: str) -> Plan | None:
    """The plan of a deadline as it stands. Errors: `deadline.unknown`."""
    row = find(uow, org_id, deadline_id)
    return plan_of(deadline_id, worked_of(row), stopped=row.paused_at is not None, instance_id=row.instance_id)


def close(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    *,
    now: datetime,
    cancelled: bool = False,
    by: str | None = None,
) -> str:
    """The work is finished, or not wanted any more; gives `closed_on_time`, `closed_late` or `cancelled`.

    In time is now <= due_at. Closed twice keeps the first closing. Errors: `deadline.unknown`.
    """
    row = find(uow, org_id, deadline_id, lock=True)
    if row.closing is not None:
        return str(row.closing)
    if row.paused_at is not None:
        deadline_stops.end_with(uow, row, now=now, by=by)
        row = find(uow, org_id, deadline_id)
    closing = "cancelled" if cancelled else light(worked_of(row), now, now)
    change(uow, org_id, deadline_id, closed_at=now, closing=closing)
    log(uow, org_id, deadline_id, closing, now=now, by=by)
    if row.case_id is not None and row.code in joint_limits.CARRIERS:
        joint_book.reply_limit_ended(uow, org_id, row.case_id, now=now)
    if closing == "closed_late":
        closings.limit_closed_late(uow, org_id, row.case_id)
        missed(uow, row, now=now)
    return str(closing)


def missed(uow: UnitOfWork, row: Row[Any], *, now: datetime) -> None:
    """The limit has passed with its work undone: who subscribes to that is told, once a deadline."""
    limit = {"code": row.code, "name": row.name, "due_at": local(row.due_at).isoformat()}
    webhooks.happened(uow, row.org_id, "limit.missed", row.case_id, {"limit": limit}, key=row.id, now=now)


def reopen(uow: UnitOfWork, org_id: str, deadline_id: str, *, now: datetime, by: str | None) -> None:
    """The act that closed the deadline was taken back: it runs on with the instants it had."""
    row = find(uow, org_id, deadline_id, lock=True)
    if row.closing is not None:
        change(uow, org_id, deadline_id, closed_at=None, closing=None)
        deadline_stops.restore(uow, org_id, deadline_id, row.closed_at)
        log(uow, org_id, deadline_id, "reopened", now=now, by=by)
    if row.closing == "closed_late":
        closings.late_limit_reopened(uow, org_id, row.case_id)


def extension_limit(uow: UnitOfWork, org_id: str, deadline_id: str) -> int:
    """The most days by which the deadline may still be extended; 0 if not at all. Errors: `deadline.unknown`."""
    worked = worked_deadline(uow, org_id, deadline_id)
    if worked.request is None or worked.request.extension_days:
        return 0
    return _longest_extension(profile_of(uow, org_id), worked)


def require_extension(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    days: int,
    *,
    reason: str,
    now: datetime,
    asked_at: datetime | None = None,
) -> None:
    """Refuse an extension that could not be granted `now`. Errors: `extension.*`, `deadline.closed`."""
    row = find(uow, org_id, deadline_id)
    refuse_closed(row)
    old = worked_of(row)
    if old.due_at is not None and old.due_at < (_own(uow, org_id, old).due_at or old.due_at):
        raise Refusal("extension.joint", "并入件的期限先到，只延长主件的期限没有效果；请先分案，再分别申请延期。")
    most = _longest_extension(profile_of(uow, org_id), old)
    earlier = old.request.extension_days if old.request else 0
    asked_at = asked_at or now
    if row.paused_at is not None:  # the running deadline is not over while its clock stands still
        asked_at, now = min(asked_at, row.paused_at), row.paused_at
    check_extension(old, days, most=most, asked_at=asked_at, approved_at=now, earlier=earlier, reason=reason)


def extend(
    uow: UnitOfWork,
    org_id: str,
    deadline_id: str,
    days: int,
    *,
    reason: str,
    now: datetime,
    by: str | None,
    asked_at: datetime | None = None,
) -> Plan:
    """Grant an extension of `days` calendar days, asked at `asked_at` and approved `now` (3.4, R45, L12).

    Once, asked and approved before the running deadline is over, within the limit of its rule - or of Art. 34, where
    only the statute allows one. Gives the new plan. Errors: `extension.*`, `deadline.closed`, `deadline.unknown`.
    """
    row = find(uow, org_id, deadline_id, lock=True)
    require_extension(uow, org_id, deadline_id, days, reason=reason, now=now, asked_at=asked_at)
    old = worked_of(row)
    if old.request is None:
        raise Refusal("deadline.no_request", "该期限没有保存计算依据，不能延期。")
    request = replace(old.request, extension_days=days)
    worked = work(profile_of(uow, org_id), request, calendar_of(uow, org_id), bool(old.ladder))
    longer = _extended_to(profile_of(uow, org_id), old.code)
    worked = joint_limits.earliest(uow, org_id, row.case_id, worked, longer)
    save(uow, org_id, deadline_id, "extended", old, worked, now=now, by=by, reason=reason)
    if longer is not None:  # R45.reply goes on as R45.max
        change(uow, org_id, deadline_id, code=longer)
    plan = plan_of(deadline_id, worked, stopped=row.paused_at is not None, instance_id=row.instance_id)
    assert plan is not None  # a deadline that may be extended has an instant
    return replace(plan, code=longer or plan.code)


def load_year(uow: UnitOfWork, org_id: str, table: YearTable, *, now: datetime, by: str | None) -> list[Change]:
    """Put a year's table in force and recompute what it touches. The caller re-arms timers by the plans."""
    save_year(uow, org_id, table, now=now, by=by)
    return recompute_for_calendar(uow, org_id, table.year, now=now, by=by)


def set_day(
    uow: UnitOfWork, org_id: str, day: date, working: bool | None, reason: str, *, now: datetime, by: str | None
) -> list[Change]:
    """Override one day (None: take it back) and recompute what it touches."""
    save_override(uow, org_id, day, working, reason, now=now, by=by)
    return recompute_for_calendar(uow, org_id, day.year, now=now, by=by)


def recompute_for_calendar(uow: UnitOfWork, org_id: str, year: int, *, now: datetime, by: str | None) -> list[Change]:
    """Recompute every open deadline with an instant in `year`, ladder instants included (0.3.5).

    The old and new instants of those that changed are logged and given back. Closed deadlines stay as they are.
    """
    first = datetime(year, 1, 1, tzinfo=TZ)
    query = (
        select(deadline)
        .where(
            deadline.c.org_id == org_id,
            deadline.c.closed_at.is_(None),
            deadline.c.due_at.is_not(None),
            deadline.c.start_at < datetime(year + 1, 1, 1, tzinfo=TZ),
            deadline.c.last_at >= first,
        )
        .order_by(deadline.c.id)
        .with_for_update()
    )
    return _recompute_all(uow, org_id, query, now=now, by=by, reason="放假安排变化")


def recompute_open(uow: UnitOfWork, org_id: str, *, now: datetime, by: str | None, reason: str) -> list[Change]:
    """Recompute every open deadline by the profile as it now is; logged and given back as above.

    A deadline that the profile no longer knows, or an extension that it no longer allows, stays as it is.
    """
    query = select(deadline).where(
        deadline.c.org_id == org_id, deadline.c.closed_at.is_(None), deadline.c.due_at.is_not(None)
    )
    return _recompute_all(uow, org_id, query.order_by(deadline.c.id).with_for_update(), now=now, by=by, reason=reason)


def rework(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime, by: str | None, reason: str) -> list[Change]:
    """Work the open deadlines of a lead out anew: cases were merged into it or taken out. Logged, given back."""
    query = select(deadline).where(
        deadline.c.org_id == org_id, deadline.c.case_id == case_id, deadline.c.closed_at.is_(None),
        deadline.c.due_at.is_not(None),
    )  # fmt: skip
    return _recompute_all(uow, org_id, query.order_by(deadline.c.id).with_for_update(), now=now, by=by, reason=reason)


def _recompute_all(
    uow: UnitOfWork, org_id: str, query: Select[Any], *, now: datetime, by: str | None, reason: str
) -> list[Change]:
    """Those of leads come last: they look at those of the cases merged into them."""
    profile, calendar = profile_of(uow, org_id), calendar_of(uow, org_id)
    leads = joint_book.leads(uow, org_id)
    rows = sorted(uow.conn.execute(query).all(), key=lambda row: row.case_id in leads)
    found = (_recompute(uow, org_id, row, profile, calendar, now=now, by=by, reason=reason) for row in rows)
    return [change for change in found if change is not None]


def open_deadlines(
    uow: UnitOfWork, org_id: str, *, case_id: str | None = None, instance_id: str | None = None, code: str | None = None
) -> Sequence[Row[Any]]:
    """Open deadlines of a case or instance, the earliest due first."""
    query = select(deadline).where(deadline.c.org_id == org_id, deadline.c.closed_at.is_(None))
    if case_id is not None:
        query = query.where(deadline.c.case_id == case_id)
    if instance_id is not None:
        query = query.where(deadline.c.instance_id == instance_id)
    if code is not None:
        query = query.where(deadline.c.code == code)
    return uow.conn.execute(query.order_by(deadline.c.due_at, deadline.c.id)).all()


def closed_at(uow: UnitOfWork, org_id: str, case_id: str, at: datetime, codes: Collection[str]) -> list[str]:
    """The deadlines of a case with one of the codes that were closed at an instant."""
    mine = (
        deadline.c.org_id == org_id, deadline.c.case_id == case_id, deadline.c.closed_at == at,
        deadline.c.code.in_(codes),
    )  # fmt: skip
    return list(uow.conn.execute(select(deadline.c.id).where(*mine)).scalars())


def get_deadline(uow: UnitOfWork, org_id: str, deadline_id: str) -> Row[Any]:
    """The row of a deadline. Errors: NotFound `deadline.unknown`."""
    return find(uow, org_id, deadline_id)


def worked_deadline(uow: UnitOfWork, org_id: str, deadline_id: str) -> Deadline:
    """The deadline with its whole derivation. Errors: NotFound `deadline.unknown`."""
    return worked_of(find(uow, org_id, deadline_id))


def checked_unit(unit: str | None) -> Unit | None:
    """A unit of limits. Errors: Refusal `deadline.bad_unit`."""
    if unit is not None and unit not in UNITS:
        raise Refusal("deadline.bad_unit", f"期限单位应为：{'、'.join(UNITS)}。", field="unit")
    return unit


def checked_mode(mode: str | None) -> Mode | None:
    """A mode of counting. Errors: Refusal `deadline.bad_mode`."""
    if mode is not None and mode not in MODES:
        raise Refusal("deadline.bad_mode", f"期限计算方式应为：{'、'.join(MODES)}。", field="mode")
    return mode


def _claim_of(uow: UnitOfWork, org_id: str, case_id: str | None) -> tuple[bool, datetime | None]:
    """Whether the case is a matter of Art. 31(6), and when it was accepted."""
    query = select(case_file.c.kind, case_file.c.accepted_at).where(
        case_file.c.org_id == org_id, case_file.c.id == case_id
    )
    row = uow.conn.execute(query).one_or_none()
    return (False, None) if row is None else (row.kind == "appeal_claim", row.accepted_at)


def _recompute(
    uow: UnitOfWork,
    org_id: str,
    row: Row[Any],
    profile: Profile,
    calendar: Calendar,
    *,
    now: datetime,
    by: str | None,
    reason: str,
) -> Change | None:
    old = worked_of(row)
    if old.request is None:
        return None
    try:
        worked = work(profile, old.request, calendar, bool(old.ladder))
    except (DeadlineError, ProfileError):  # another profile has no such limit: it ends as it began
        return None
    worked = joint_limits.earliest(uow, org_id, row.case_id, worked, row.code)
    moved = plan_of(row.id, worked) != plan_of(row.id, old)
    if not moved and worked.provisional == old.provisional:
        if worked.explanation != old.explanation:
            change(uow, org_id, row.id, detail=worked.to_json())
        return None
    save(uow, org_id, row.id, "recomputed", old, worked, now=now, by=by, reason=reason)
    return Change(
        deadline_id=row.id,
        case_id=row.case_id,
        code=row.code,
        name=row.name,
        old=instants_of(old),
        new=instants_of(worked),
        plan=plan_of(row.id, worked, stopped=row.paused_at is not None, instance_id=row.instance_id) if moved else None,
    )


def _own(uow: UnitOfWork, org_id: str, old: Deadline) -> Deadline:
    """The deadline by itself, whatever it keeps for merged cases."""
    if old.request is None:
        return old
    try:
        return work(profile_of(uow, org_id), old.request, calendar_of(uow, org_id), bool(old.ladder))
    except (DeadlineError, ProfileError):
        return old


def _extended_to(profile: Profile, code: str) -> str | None:
    """The code that a limit bears once it is extended; None if it keeps its own."""
    rule = profile.rules.get(code)
    return rule.extension_until if rule is not None else None


def _longest_extension(profile: Profile, old: Deadline) -> int:
    asked: Request | None = old.request
    own = profile.extension_limit(old.code)
    if own or not (asked and asked.appeal_claim and profile.overlay):
        return own
    return profile.extension_limit(CEILING_CODE)
