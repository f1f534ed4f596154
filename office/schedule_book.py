"""What has come of the recurring duties: which dates were opened, which are due now, which were missed.

Each schedule of an organisation has one row that is claimed by lock; each date that has come has one row, named by its
nominal day, written in the transaction that starts its process. So a date comes once, whatever node sees it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office.calendar import Calendar
from office.organisations import calendar_of, profile_of
from office.profiles import Profile
from office.schedule_rules import Schedule
from office.schedules import Occurrence, day_text, next_opening, occurrences
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound
from storage.tables.office import schedule, schedule_date

State = Literal["started", "noted", "missed", "failed"]
STATE_TEXT: Mapping[State, str] = {"started": "已启动", "noted": "已登记", "missed": "已错过", "failed": "未能启动"}
MAX_TRIES = 5
_YEAR = timedelta(days=366)
_REST = timedelta(days=45)  # no two working days are further apart
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Come:
    """What there is to do for a schedule now: dates to open, and dates that passed and are only recorded."""

    schedule: Schedule
    to_open: Sequence[Occurrence]
    missed: Sequence[Occurrence]


def enrol(uow: UnitOfWork, org_id: str, *, now: datetime) -> None:
    """Bring the rows in line with the organisation's profile and calendar: after either has changed, and at a start.

    What has come stays as it is; only dates to come move.
    """
    profile = profile_of(uow, org_id)
    wanted = {code for code, one in profile.schedules.items() if one.active}
    mine = schedule.c.org_id == org_id
    uow.conn.execute(delete(schedule).where(mine, schedule.c.code.not_in(wanted)))
    make = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    for code in sorted(wanted):
        values = dict(org_id=org_id, code=code, done_until=now, next_at=now, tries=0)
        uow.conn.execute(make(schedule).values(values).on_conflict_do_nothing())
    if wanted:  # each is looked at now: what moved to today is found, and the next instant with it
        uow.conn.execute(update(schedule).where(mine).values(next_at=now))


def next_at(uow: UnitOfWork) -> datetime | None:
    """When the next date of any schedule of any organisation opens."""
    query = select(schedule.c.next_at).where(schedule.c.next_at.is_not(None)).order_by(schedule.c.next_at).limit(1)
    found: datetime | None = uow.conn.execute(query).scalar()
    return found


def due(uow: UnitOfWork, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Organisation and code of the schedules that must be looked at."""
    query = select(schedule.c.org_id, schedule.c.code).where(schedule.c.next_at <= now)
    rows = uow.conn.execute(query.order_by(schedule.c.next_at, schedule.c.org_id, schedule.c.code).limit(limit))
    return [(row.org_id, row.code) for row in rows]


def claim(uow: UnitOfWork, org_id: str, code: str, now: datetime) -> Row[Any] | None:
    """The row of a schedule, ours until the commit; None if another node has it or has dealt with it."""
    query = select(schedule).where(schedule.c.org_id == org_id, schedule.c.code == code, schedule.c.next_at <= now)
    return uow.conn.execute(
        query.with_for_update(skip_locked=True) if uow.dialect == "postgresql" else query
    ).one_or_none()


def come(uow: UnitOfWork, row: Row[Any], now: datetime) -> Come:
    """What has come for the claimed schedule `row` and is not dealt with yet.

    A date whose last day is past is late; the schedule's `missed` says what becomes of late ones: nothing (`skip`),
    the newest is opened unless one is open to its time anyway (`run_once`), or each is (`run_each`).
    """
    profile, calendar = profile_of(uow, row.org_id), calendar_of(uow, row.org_id)
    one = profile.schedule(row.code)
    found = _come(profile, one, calendar, row.done_until, now)
    known = _nominal_days(uow, row.org_id, row.code, found)
    found = [date_ for date_ in found if date_.nominal not in known]
    late = [date_ for date_ in found if date_.last < now.date()]
    in_time = [date_ for date_ in found if date_.last >= now.date()]
    if one.missed == "run_each" or one.starts is None:  # a date that starts nothing is only noted
        return Come(one, found, [])
    if one.missed == "run_once" and late and not in_time:
        return Come(one, late[-1:], late[:-1])
    return Come(one, in_time, late)


def record(
    uow: UnitOfWork,
    org_id: str,
    found: Occurrence,
    state: State,
    *,
    now: datetime,
    note: str | None = None,
    process_key: str | None = None,
    instance_id: str | None = None,
    case_id: str | None = None,
) -> None:
    """Write down that a date has come and what became of it."""
    uow.conn.execute(
        insert(schedule_date).values(
            org_id=org_id,
            code=found.code,
            nominal=found.nominal,
            day=found.day or found.nominal,
            last=found.last,
            opened_at=now,
            state=state,
            note=note or found.reason or None,
            process_key=process_key,
            instance_id=instance_id,
            case_id=case_id,
        )
    )


def advance(uow: UnitOfWork, row: Row[Any], now: datetime) -> None:
    """All that has come for the claimed schedule is dealt with: sleep until the next date."""
    profile, calendar = profile_of(uow, row.org_id), calendar_of(uow, row.org_id)
    following = next_opening(profile, row.code, now, calendar)
    _set(uow, row.org_id, row.code, done_until=now, next_at=following, tries=0, error=None)


def look_again(uow: UnitOfWork, org_id: str, code: str, now: datetime) -> Row[Any]:
    """The row of a schedule, to be looked at now, its failures forgotten."""
    _set(uow, org_id, code, next_at=now, tries=0, error=None)
    return uow.conn.execute(select(schedule).where(schedule.c.org_id == org_id, schedule.c.code == code)).one()


def put_off(uow: UnitOfWork, org_id: str, code: str, error: str, *, now: datetime) -> bool:
    """Looking at a schedule broke down: again in 2, 4, 8 ... minutes. False after five times: give the date up."""
    row = uow.conn.execute(select(schedule).where(schedule.c.org_id == org_id, schedule.c.code == code)).one_or_none()
    if row is None:
        return True
    tries: int = row.tries + 1
    again = now + timedelta(minutes=min(2**tries, 60))
    _set(uow, org_id, code, tries=tries, error=error, next_at=again)
    return tries < MAX_TRIES


def date_not_started(uow: UnitOfWork, org_id: str, code: str, nominal: date) -> Row[Any]:
    """A date that has come and started nothing, locked. Errors: `schedule.unknown_date`, `schedule.already_started`."""
    query = select(schedule_date).where(*_is(org_id, code, nominal))
    row = uow.conn.execute(query.with_for_update() if uow.dialect == "postgresql" else query).one_or_none()
    if row is None:
        raise NotFound("schedule.unknown_date", f"{nominal} 不是日程“{code}”已到的日期。", field="nominal")
    if row.state == "started":
        raise Conflict("schedule.already_started", f"{day_text(row.day)}的日程已经启动。")
    return row


def started_later(uow: UnitOfWork, row: Row[Any], *, process_key: str, instance_id: str, case_id: str, by: str) -> None:
    """A date that was missed, noted or failed has been started by hand."""
    values = dict(state="started", process_key=process_key, instance_id=instance_id, case_id=case_id, by=by)
    uow.conn.execute(update(schedule_date).where(*_is(row.org_id, row.code, row.nominal)).values(**values))


def dates(
    uow: UnitOfWork,
    org_id: str,
    *,
    code: str | None = None,
    first: date | None = None,
    last: date | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Dates that have come (of one schedule; from `first` to `last`), the newest first."""
    query = select(schedule_date).where(schedule_date.c.org_id == org_id)
    if code is not None:
        query = query.where(schedule_date.c.code == code)
    if first is not None:
        query = query.where(schedule_date.c.day >= first)
    if last is not None:
        query = query.where(schedule_date.c.day <= last)
    rows = uow.conn.execute(query.order_by(schedule_date.c.day.desc(), schedule_date.c.code).limit(limit))
    return [{**row._mapping, "state_text": STATE_TEXT[row.state]} for row in rows]


def troubles(uow: UnitOfWork, org_id: str) -> dict[str, str]:
    """Code and error of the schedules whose last look broke down."""
    query = select(schedule.c.code, schedule.c.error).where(schedule.c.org_id == org_id, schedule.c.error.is_not(None))
    return {row.code: row.error for row in uow.conn.execute(query)}


def _come(profile: Profile, one: Schedule, calendar: Calendar, done_until: datetime, now: datetime) -> list[Occurrence]:
    """Dates that have opened by now: since `done_until`, or earlier if their time is not over.

    The second is how a schedule that is new, or that a calendar has moved, still gets the date of today.
    """
    today = now.date()
    first = min(done_until.date(), today - _YEAR if one.accepted_until else today)
    ahead = {"period": _YEAR, "workday_before": _REST}.get(one.opens, one.ahead * _DAY)
    found = occurrences(profile, one.code, first, today + ahead, calendar)
    return [
        date_
        for date_ in found
        if date_.day is not None and date_.opens_at <= now and (date_.opens_at > done_until or date_.last >= today)
    ]


def _nominal_days(uow: UnitOfWork, org_id: str, code: str, found: Sequence[Occurrence]) -> set[date]:
    if not found:
        return set()
    first, last = min(one.nominal for one in found), max(one.nominal for one in found)
    query = select(schedule_date.c.nominal).where(
        schedule_date.c.org_id == org_id, schedule_date.c.code == code, schedule_date.c.nominal.between(first, last)
    )
    return set(uow.conn.execute(query).scalars())


def _set(uow: UnitOfWork, org_id: str, code: str, **values: Any) -> None:
    uow.conn.execute(update(schedule).where(schedule.c.org_id == org_id, schedule.c.code == code).values(**values))


def _is(org_id: str, code: str, nominal: date) -> tuple[Any, ...]:
    table = schedule_date.c
    return (table.org_id == org_id, table.code == code, table.nominal == nominal)
