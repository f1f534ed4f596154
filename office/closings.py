"""How many cases were closed, by month, unit and lateness: kept with each closing, so that no ten years are counted.

A closing, a change of what was closed and a taking back each add a row of plus or minus one in their own transaction:
nobody waits for anybody. `fold` sums the rows of a month up now and then. What a viewer may not know of is counted
apart and taken off (R65); it is little. Matters of the staff are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, delete, exists, func, insert, or_, select

from office.access import WHOLE_OFFICE, Viewer, accusing, involving, not_personnel, visible_cases
from storage.clock import local
from storage.database import UnitOfWork
from storage.tables.counting import closing_count
from storage.tables.office import case_file, deadline
from storage.types import new_id

_NO_UNIT = ""


class Closing(NamedTuple):
    """When a case was closed (None: it is open), and which unit has handled it."""

    closed_at: datetime | None
    unit_id: str | None


def changed(uow: UnitOfWork, org_id: str, case_id: str, old: Closing, new: Closing) -> None:
    """Count a case whose closing or unit was `old` and is `new`. The caller has locked the case."""
    if old == new or old.closed_at is new.closed_at is None:
        return
    late = _late_limits(uow, org_id, case_id) > 0
    for closing, n in ((old, -1), (new, 1)):
        _add(uow, org_id, closing, late, n)


def limit_closed_late(uow: UnitOfWork, org_id: str, case_id: str | None) -> None:
    """A limit of the case has just been closed late; the case may have been closed in time before."""
    if case_id is not None and _late_limits(uow, org_id, case_id, lock=True) == 1:
        _turned(uow, org_id, case_id, late=True)


def late_limit_reopened(uow: UnitOfWork, org_id: str, case_id: str | None) -> None:
    """A limit of the case that had been closed late runs on."""
    if case_id is not None and _late_limits(uow, org_id, case_id, lock=True) == 0:
        _turned(uow, org_id, case_id, late=False)


def forget(uow: UnitOfWork, org_id: str, case_id: str) -> None:
    """The case is about to be destroyed with all its rows."""
    changed(uow, org_id, case_id, _closing(uow, org_id, case_id), Closing(None, None))


def count(uow: UnitOfWork, viewer: Viewer, first: datetime, last: datetime | None) -> dict[str, int]:
    """Cases that the viewer may know of, closed from `first` until before `last`, both the first instants of a month:
    `closed_on_time` and `closed_late` - late if any of their limits was closed late."""
    if not viewer.groups:
        return {"closed_on_time": 0, "closed_late": 0}
    table = closing_count
    kept = select(table.c.late, func.sum(table.c.n)).where(
        table.c.org_id == viewer.org_id, table.c.month >= local(first).date()
    )
    closed = case_file.c.closed_at >= first
    if last is not None:
        kept = kept.where(table.c.month < local(last).date())
        closed = and_(closed, case_file.c.closed_at < last)
    whole = bool(WHOLE_OFFICE & viewer.groups)
    own = case_file.c.handling_unit.in_(viewer.unit_ids)
    if not whole:
        kept = kept.where(table.c.unit_id.in_(viewer.unit_ids))
    found = {False: 0, True: 0}

    def add(query: Select[Any], sign: int) -> None:
        for late, n in uow.conn.execute(query):
            found[bool(late)] += sign * int(n)

    add(kept.group_by(table.c.late), 1)
    against = [case_file.c.org_id == viewer.org_id, closed, case_file.c.id.in_(accusing(viewer))]
    add(_by_lateness(*against, *(() if whole else (own,))), -1)
    if not whole:
        others = or_(case_file.c.handling_unit.is_(None), ~own)
        add(
            _by_lateness(visible_cases(viewer), not_personnel(), closed, others, case_file.c.id.in_(involving(viewer))),
            1,
        )
    return {"closed_on_time": found[False], "closed_late": found[True]}


def fold(uow: UnitOfWork, org_id: str) -> int:
    """Sum the rows of each month, unit and lateness up to one; gives how many rows went. For the scheduler.

    Two nodes at once sum what each has deleted, so nothing is counted twice.
    """
    table, gone = closing_count, 0
    key = (table.c.month, table.c.unit_id, table.c.late)
    many = select(*key).where(table.c.org_id == org_id).group_by(*key).having(func.count() > 1)
    for month, unit_id, late in uow.conn.execute(many).all():
        mine = and_(
            table.c.org_id == org_id, table.c.month == month, table.c.unit_id == unit_id, table.c.late.is_(late)
        )
        parts = uow.conn.execute(delete(table).where(mine).returning(table.c.n)).scalars().all()
        gone += len(parts)
        if sum(parts):
            _insert(uow, org_id, month, unit_id, late, sum(parts))
            gone -= 1
    return gone


def differences(uow: UnitOfWork) -> Iterator[str]:
    """A line for each month of an organisation whose count is not that of its cases. For `banjie verify`."""
    table = closing_count
    key = (table.c.org_id, table.c.month, table.c.unit_id, table.c.late)
    counted = select(*key, func.sum(table.c.n)).group_by(*key)
    told = {tuple(row[:4]): int(row[4]) for row in uow.conn.execute(counted) if row[4]}
    found = {tuple(row[:4]): int(row[4]) for row in uow.conn.execute(counted_anew(uow.dialect))}
    for org_id, month in sorted({key[:2] for key in told.keys() | found.keys() if told.get(key) != found.get(key)}):
        yield f"单位 {org_id} {month:%Y年%-m月}的办结统计与事项不符"


def counted_anew(dialect: str) -> Select[Any]:
    """The counts as the cases themselves tell them: org_id, month, unit_id, late, n."""
    month: ColumnElement[date]
    if dialect == "postgresql":
        month = cast(func.date_trunc("month", func.timezone("Asia/Shanghai", case_file.c.closed_at)), Date)
    else:
        month = func.date(case_file.c.closed_at, "+8 hours", "start of month", type_=Date)
    unit = func.coalesce(case_file.c.handling_unit, _NO_UNIT)
    inner = (
        select(case_file.c.org_id, month.label("month"), unit.label("unit_id"), _is_late().label("late"))
        .where(case_file.c.closed_at.is_not(None), not_personnel())
        .subquery()
    )
    return select(*inner.c, func.count().label("n")).group_by(*inner.c)


def _by_lateness(*conditions: Any) -> Select[Any]:
    late = case((_is_late(), True), else_=False).label("late")
    inner = select(late).where(*conditions).subquery()
    return select(inner.c.late, func.count()).group_by(inner.c.late)


def _is_late() -> Any:
    return exists().where(
        deadline.c.org_id == case_file.c.org_id,
        deadline.c.case_id == case_file.c.id,
        deadline.c.closing == "closed_late",
    )


def _late_limits(uow: UnitOfWork, org_id: str, case_id: str, *, lock: bool = False) -> int:
    """How many limits of the case were closed late. `lock`: no other act may close the case meanwhile."""
    if lock:
        uow.conn.execute(select(case_file.c.id).where(*_is(org_id, case_id)).with_for_update())
    late = select(func.count()).where(
        deadline.c.org_id == org_id, deadline.c.case_id == case_id, deadline.c.closing == "closed_late"
    )
    return int(uow.conn.execute(late).scalar_one())


def _turned(uow: UnitOfWork, org_id: str, case_id: str, *, late: bool) -> None:
    closing = _closing(uow, org_id, case_id)
    _add(uow, org_id, closing, not late, -1)
    _add(uow, org_id, closing, late, 1)


def _closing(uow: UnitOfWork, org_id: str, case_id: str) -> Closing:
    row = uow.conn.execute(
        select(case_file.c.closed_at, case_file.c.handling_unit).where(*_is(org_id, case_id), not_personnel())
    ).one_or_none()
    return Closing(None, None) if row is None else Closing(row.closed_at, row.handling_unit)


def _is(org_id: str, case_id: str) -> tuple[Any, Any]:
    return case_file.c.org_id == org_id, case_file.c.id == case_id


def _add(uow: UnitOfWork, org_id: str, closing: Closing, late: bool, n: int) -> None:
    if closing.closed_at is not None:
        month = local(closing.closed_at).date().replace(day=1)
        _insert(uow, org_id, month, closing.unit_id or _NO_UNIT, late, n)


def _insert(uow: UnitOfWork, org_id: str, month: date, unit_id: str, late: bool, n: int) -> None:
    values = {"org_id": org_id, "id": new_id(), "month": month, "unit_id": unit_id, "late": late, "n": n}
    uow.conn.execute(insert(closing_count).values(values))
