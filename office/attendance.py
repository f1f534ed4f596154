"""签到册 (FM09, R16): everybody signs in and out in person, at the instant of the office's clock; nobody for another.

What the book does not hold follows from it: who came late, left early or was absent, unless a leave that was granted or
an absence that was entered covers the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office import leave, people, registers
from office.calendar import Calendar
from office.organisations import calendar_of, profile_of
from office.profiles import Profile
from office.stand_ins import times_away
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import Conflict, Refusal
from storage.tables.attendance import signature

Way = Literal["in", "out"]
Times = Iterable[tuple[datetime, datetime]]
_MOST = 10_000  # people of one sheet


def sign(uow: UnitOfWork, org_id: str, user_id: str, way: Way, *, now: datetime) -> None:
    """The user signs in, once a day, or out, of which the last time counts. Enters it in FM09.

    Errors: `attendance.signed_in`, `attendance.away` (back from a leave one reports back first), `attendance.not_in`.
    """
    now = local(now)
    found = _of(uow, org_id, user_id, now.date())
    name = people.get_user(uow, org_id, user_id).name
    if way == "out":
        if found is None:
            raise Refusal("attendance.not_in", "今天还没有签到，不能签退。")
        mine = (signature.c.org_id == org_id, signature.c.day == now.date(), signature.c.user_id == user_id)
        uow.conn.execute(update(signature).where(*mine).values(out_at=now))
        registers.add_part(uow, org_id, registers.SIGNED, found.seq, {"out": now.isoformat()}, at=now, by=user_id)
        return
    if found is not None:
        raise Conflict("attendance.signed_in", "今天已经签到，不用再签。")
    if times_away(uow, org_id, [user_id], now, now + timedelta(seconds=1)):
        raise Refusal("attendance.away", "您已登记离岗。返岗请先销假（补登的离岗请点“提前返岗”），再签到。")
    fields = {"person": name, "date": now.date().isoformat(), "in": now.isoformat(), "out": None, "signer": name}
    seq = registers.add_entry(uow, org_id, registers.SIGNED, fields, case_id=None, at=now, by=user_id)
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    put = make(signature).values(org_id=org_id, day=now.date(), user_id=user_id, in_at=now, out_at=None, seq=seq)
    if not uow.conn.execute(put.on_conflict_do_nothing()).rowcount:
        raise Conflict("attendance.signed_in", "今天已经签到，不用再签。")


def corrected(uow: UnitOfWork, org_id: str, seq: int, new: int, fields: Mapping[str, Any]) -> None:
    """An entry of FM09 was corrected by a new one: the sheet shows what that says. Errors: `register.bad_value`."""
    row = uow.conn.execute(select(signature).where(signature.c.org_id == org_id, signature.c.seq == seq)).one_or_none()
    if row is None:
        return
    values: dict[str, Any] = {"seq": new}
    for key, column in (("in", "in_at"), ("out", "out_at")):
        if fields.get(key) is not None:
            values[column] = _time_of(row.day, str(fields[key]), key)
    mine = (signature.c.org_id == org_id, signature.c.day == row.day, signature.c.user_id == row.user_id)
    uow.conn.execute(update(signature).where(*mine).values(values))


def sheet(uow: UnitOfWork, org_id: str, day: date, *, now: datetime) -> dict[str, Any]:
    """The book of a day: {day, working, rows}, a row for each who works here, on a day of rest for who signed.

    A row: user_id, name, unit, in_at, out_at, `late`, `early`, and its `state`: in, out, no_out (the day is over
    without it), due (not signed yet), away (a leave or an absence covers the hours), absent. Reasons are not told.
    """
    profile, calendar = profile_of(uow, org_id), calendar_of(uow, org_id)
    midnight = datetime.combine(day, time(), TZ)
    signed = {
        row.user_id: row
        for row in uow.conn.execute(select(signature).where(signature.c.org_id == org_id, signature.c.day == day))
    }
    working = calendar.is_working(day)
    listed = [
        one
        for one in people.users(uow, org_id, inactive=True, limit=_MOST)
        if one.id in signed or (working and one.active)
    ]
    away = times_away(uow, org_id, [one.id for one in listed], midnight, midnight + timedelta(days=1))
    units = {unit.id: unit.name for unit in people.units(uow, org_id, inactive=True)}
    kept = bool(signed)  # where nobody signed there was no book that day, and nobody is held to be absent
    rows = [
        {
            "user_id": one.id,
            "name": one.name,
            "unit": units.get(one.unit_id) if one.unit_id else None,
            **_marks(profile, calendar, day, signed.get(one.id), away.get(one.id, []), now, kept),
        }
        for one in listed
    ]
    rows.sort(key=lambda row: (row["unit"] or "", row["name"]))
    return {"day": day, "working": working, "rows": rows}


def today(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime) -> dict[str, Any]:
    """When the user signed in and out today: {in_at, out_at}, each None if not yet."""
    row = _of(uow, org_id, user_id, local(now).date())
    return {"in_at": row.in_at if row else None, "out_at": row.out_at if row else None}


def _of(uow: UnitOfWork, org_id: str, user_id: str, day: date) -> Row[Any] | None:
    query = select(signature).where(
        signature.c.org_id == org_id, signature.c.day == day, signature.c.user_id == user_id
    )
    return uow.conn.execute(query).one_or_none()


def _marks(
    profile: Profile, calendar: Calendar, day: date, row: Row[Any] | None, away: Times, now: datetime, kept: bool
) -> dict[str, Any]:
    opens, closes = (leave.hour(profile, day, f"hours.{one}") for one in ("opens", "closes"))
    noon = (leave.hour(profile, day, "hours.noon"), leave.hour(profile, day, "hours.afternoon"))
    excused = sorted([*away, noon])
    working = calendar.is_working(day)
    if row is None:
        state = "away" if _covers(excused, opens, closes) else "absent" if kept and now >= closes else "due"
        return {"in_at": None, "out_at": None, "late": False, "early": False, "state": state}
    came = local(row.in_at).replace(second=0, microsecond=0)  # the minute in which the office opens is in time
    left = None if row.out_at is None else local(row.out_at)
    over = local(now).date() > day
    return {
        "in_at": row.in_at,
        "out_at": row.out_at,
        "late": working and came > opens and not _covers(excused, opens, min(came, closes)),
        "early": working and left is not None and left < closes and not _covers(excused, max(left, opens), closes),
        "state": "out" if left is not None else "no_out" if over else "in",
    }


def _covers(times: Iterable[tuple[datetime, datetime]], first: datetime, last: datetime) -> bool:
    """Whether these times, in order, leave nothing between `first` and `last`."""
    for begins, ends in times:
        if begins <= first < ends:
            first = ends
    return first >= last


def _time_of(day: date, told: str, field: str) -> datetime:
    try:
        at = local(datetime.fromisoformat(told))
    except ValueError:
        at = None
    if at is None or at.date() != day:
        raise Refusal("register.bad_value", "签到、签退请填写当天的日期和时间，如2026-11-26 08:25。", field=field)
    return at
