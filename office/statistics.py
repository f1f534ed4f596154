"""What the office does and owes, in numbers: the leader's board, the monthly statistic (R64).

§0.8: the numbers are about matters of citizens and units. Health and disorder notes are not counted, and no petitioner
is ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, and_, case, func, select

from office import closings
from office.access import MASKED_TITLE, Viewer, masked, not_personnel, visible_cases
from office.case_answers import KINDS
from office.case_states import CLOSED_STATES
from office.classes import MATTER_CLASSES
from office.due_text import due_text
from office.numbers import CHANNELS
from office.organisations import calendar_of, profile_of
from office.people import names_of, units
from storage.clock import TZ
from storage.database import UnitOfWork
from storage.tables.engine import task
from storage.tables.office import case_file, deadline

_LIGHTS = ("green", "yellow", "red", "none")
_MOST_RED = 50


def board(uow: UnitOfWork, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """The leader's board: open cases by light, unit, leader and class, this year's closings, and what is red.

    The light of a case is the worst of its open deadlines, those aside that bind the petitioner.
    """
    limits = limits_of_cases(uow, viewer.org_id)
    lamp = light_of_limits(limits, now)
    is_open = open_cases()
    grouped = (
        select(
            case_file.c.handling_unit,
            case_file.c.owner,
            case_file.c.matter_classes,
            lamp.label("lamp"),
            func.count().label("n"),
        )
        .outerjoin(limits, limits.c.case_id == case_file.c.id)
        .where(visible_cases(viewer), not_personnel(), is_open)
        .group_by(case_file.c.handling_unit, case_file.c.owner, case_file.c.matter_classes, lamp)
    )
    rows = uow.conn.execute(grouped).all()
    totals = _lamps(rows)
    year = datetime(now.astimezone(TZ).year, 1, 1, tzinfo=TZ)
    closed = closings.count(uow, viewer, year, None)
    return {
        "totals": {**totals, "open": sum(totals.values()), **closed},
        "by_unit": _by_unit(uow, viewer.org_id, rows),
        "by_leader": _by_leader(uow, viewer.org_id, rows),
        "by_class": _by_class(rows),
        "red": _red(uow, viewer, limits, now),
    }


def monthly(uow: UnitOfWork, viewer: Viewer, year: int, month: int) -> dict[str, Any]:
    """R64's monthly statistic: petitions received by class, unit, channel and kind, repeated, of groups; closings."""
    first = datetime(year, month, 1, tzinfo=TZ)
    last = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=TZ)
    smallest = profile_of(uow, viewer.org_id).param("group.size")
    repeated = case_file.c.repeat_of.is_not(None)
    of_group = case((case_file.c.group_count >= smallest, True), else_=False)
    by = (case_file.c.handling_unit, case_file.c.channel, case_file.c.kind, case_file.c.matter_classes)
    query = (
        select(*by, repeated.label("repeated"), of_group.label("of_group"), func.count().label("n"))
        .where(visible_cases(viewer), not_personnel(), case_file.c.received_at >= first, case_file.c.received_at < last)
        .group_by(*by, repeated, of_group)
    )
    rows = uow.conn.execute(query).all()
    names = {unit.id: unit.name for unit in units(uow, viewer.org_id, inactive=True)}
    closed = closings.count(uow, viewer, first, last)
    done = closed["closed_on_time"] + closed["closed_late"]
    return {
        "year": year,
        "month": month,
        "received": sum(row.n for row in rows),
        "repeated": sum(row.n for row in rows if row.repeated),
        "groups": sum(row.n for row in rows if row.of_group),
        "by_channel": _count(rows, lambda row: row.channel, CHANNELS),
        "by_kind": _count(rows, lambda row: row.kind, KINDS),
        "by_unit": _count(rows, lambda row: row.handling_unit, names),
        "by_class": _count_classes(rows),
        **closed,
        "on_time_percent": round(100 * closed["closed_on_time"] / done, 1) if done else None,
    }


def open_cases() -> ColumnElement[bool]:
    """True for cases that are not closed. Their closing is not noted either, by which they are found among many."""
    return and_(case_file.c.closed_at.is_(None), case_file.c.state.not_in(CLOSED_STATES))


@dataclass(frozen=True, slots=True)
class _Counted:
    value: str | None
    name: str
    n: int


def limits_of_cases(uow: UnitOfWork, org_id: str) -> Subquery:
    """The earliest open instants of each case, without the limits that bind the petitioner (no ladder, 0.5)."""
    rules = profile_of(uow, org_id).rules
    not_ours = [code for code, rule in rules.items() if not rule.ladder]
    return (
        select(
            deadline.c.case_id,
            func.min(deadline.c.due_at).label("due_at"),
            func.min(deadline.c.yellow_at).label("yellow_at"),
        )
        .where(
            deadline.c.org_id == org_id,
            deadline.c.closed_at.is_(None),
            deadline.c.paused_at.is_(None),
            deadline.c.code.not_in(not_ours),
        )
        .group_by(deadline.c.case_id)
        .subquery()
    )


def light_of_limits(limits: Subquery, now: datetime) -> ColumnElement[str]:
    return case(
        (limits.c.due_at.is_(None), "none"),
        (limits.c.due_at < now, "red"),
        (limits.c.yellow_at <= now, "yellow"),
        else_="green",
    )


def _lamps(rows: Iterable[Row[Any]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row.lamp] += row.n
    return {lamp: counted[lamp] for lamp in _LIGHTS}


def _by_unit(uow: UnitOfWork, org_id: str, rows: list[Row[Any]] | Any) -> list[dict[str, Any]]:
    known = units(uow, org_id, inactive=True)
    names = {unit.id: unit.name for unit in known}
    order = {unit.id: place for place, unit in enumerate(known)}
    found = []
    for unit_id in {row.handling_unit for row in rows}:
        lamps = _lamps(row for row in rows if row.handling_unit == unit_id)
        name = names.get(unit_id, unit_id) if unit_id else "未定承办单位"
        found.append({"unit_id": unit_id, "unit": name, "open": sum(lamps.values()), **lamps})
    return sorted(found, key=lambda item: (-item["red"], -item["yellow"], order.get(item["unit_id"], len(order))))


def _by_leader(uow: UnitOfWork, org_id: str, rows: Any) -> list[dict[str, Any]]:
    owners = {row.owner for row in rows if row.owner}
    names = names_of(uow, org_id, owners)
    found = []
    for owner in owners:
        lamps = _lamps(row for row in rows if row.owner == owner)
        found.append({"user_id": owner, "name": names.get(owner, owner), "open": sum(lamps.values()), **lamps})
    return sorted(found, key=lambda item: (-item["red"], -item["yellow"], item["name"]))


def _by_class(rows: Any) -> list[dict[str, Any]]:
    found = []
    for item in MATTER_CLASSES:
        lamps = _lamps(row for row in rows if item.number in row.matter_classes)
        if any(lamps.values()):
            found.append({"number": item.number, "name": item.name, "open": sum(lamps.values()), **lamps})
    return found


def _red(uow: UnitOfWork, viewer: Viewer, limits: Subquery, now: datetime) -> list[dict[str, Any]]:
    """The overdue cases, the longest overdue first: since when, at which step, with whom."""
    query = (
        select(case_file, limits.c.due_at, masked(viewer).label("masked"))
        .join(limits, limits.c.case_id == case_file.c.id)
        .where(visible_cases(viewer), not_personnel(), open_cases(), limits.c.due_at < now)
        .order_by(limits.c.due_at, case_file.c.id)
        .limit(_MOST_RED)
    )
    rows = uow.conn.execute(query).all()
    steps: dict[str, list[Any]] = {}
    open_tasks = select(task.c.business_key, task.c.name, task.c.assignee).where(
        task.c.org_id == viewer.org_id, task.c.state == "open", task.c.business_key.in_([row.id for row in rows])
    )
    for found in uow.conn.execute(open_tasks.order_by(task.c.due_at.is_(None), task.c.due_at, task.c.id)):
        steps.setdefault(found.business_key, []).append(found)
    names = names_of(uow, viewer.org_id, [found.assignee for tasks in steps.values() for found in tasks])
    unit_names = {unit.id: unit.name for unit in units(uow, viewer.org_id, inactive=True)}
    calendar = calendar_of(uow, viewer.org_id)
    return [
        {
            "case_id": row.id,
            "number": row.number,
            "title": MASKED_TITLE if row.masked else row.title,
            "unit": unit_names.get(row.handling_unit),
            "since": row.due_at,
            "due_text": due_text(row.due_at, now, calendar),
            "where": "、".join(dict.fromkeys(found.name for found in steps.get(row.id, []))),
            "who": "、".join(
                dict.fromkeys(names[found.assignee] for found in steps.get(row.id, []) if found.assignee in names)
            ),
        }
        for row in rows
    ]


def _count(rows: Any, key: Any, names: Mapping[str, str]) -> list[dict[str, Any]]:
    counted: Counter[str | None] = Counter()
    for row in rows:
        counted[key(row)] += row.n
    told = [_Counted(value, names.get(value, value) if value else "未定", n) for value, n in counted.items()]
    return [
        {"value": item.value, "name": item.name, "n": item.n}
        for item in sorted(told, key=lambda item: (-item.n, item.name))
    ]


def _count_classes(rows: Any) -> list[dict[str, Any]]:
    counted: Counter[int] = Counter()
    for row in rows:
        for number in row.matter_classes:
            counted[number] += row.n
    return [{"number": c.number, "name": c.name, "n": counted[c.number]} for c in MATTER_CLASSES if counted[c.number]]
