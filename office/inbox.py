"""The inbox: the open tasks that a user has or may claim, with their lights. It never shows the accused a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from office import deadline_stops
from office.access import (
    MASK,
    MASKED_TITLE,
    STAND_IN,
    Viewer,
    hands_for,
    has_task,
    is_offered,
    is_offered_task,
    masked,
    may_reach,
    not_accused,
)
from office.case_list import says
from office.due_text import due_text
from office.joint import marks
from office.organisations import calendar_of
from office.people import names_of, units
from office.roles import group_text
from office.stand_ins import stand_ins
from storage.database import UnitOfWork
from storage.errors import NotFound
from storage.tables.engine import deployment, instance, task
from storage.tables.office import case_file, party

Which = Literal["mine", "group", "all"]
LIGHTS = ("red", "yellow", "green", "none")
BATCH = "batch"  # property of a user task: several may be completed at once with the same answers
_USER = "user:"  # a group of one
_FEW = 5_000  # ids that a statement is given


def page(
    uow: UnitOfWork,
    viewer: Viewer,
    *,
    now: datetime,
    which: Which = "all",
    light: str | None = None,
    query: str = "",
    sort: str = "due",
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """One page of the inbox: {total, counts by light, items}.

    `which`: tasks of one's own, those offered to one's groups and not claimed, or both. `light` filters items and
    total, not the counts. `query` searches number, title, matter, petitioner and step - never what is masked.
    `sort`: `due` (red, yellow, green, then those without limit, so that a light's group never splits over pages; in
    each the earliest first), `number`, or `created` (newest first).
    """
    lamp = light_of(now)
    found = _tasks(uow, viewer, which)
    if query := query.strip():
        found = found.where(_matches(viewer, query))
    by_light = found.with_only_columns(lamp.label("lamp"), func.count().label("n")).group_by(lamp)
    counts = dict.fromkeys(LIGHTS, 0) | {row.lamp: int(row.n) for row in uow.conn.execute(by_light)}
    if light is not None:
        found = found.where(lamp == light)
    total = counts.get(light, 0) if light is not None else sum(counts.values())
    rows = uow.conn.execute(found.order_by(*_order(sort, now)).offset(offset).limit(limit)).all()
    return {"total": total, "counts": counts, "items": _items(uow, viewer, rows, now)}


def count(
    uow: UnitOfWork, viewer: Viewer, *, now: datetime, which: Which = "all", light: str | None = None, query: str = ""
) -> int:
    """How many tasks such a page would show."""
    found = _tasks(uow, viewer, which)
    if query := query.strip():
        found = found.where(_matches(viewer, query))
    if light is not None:
        found = found.where(light_of(now) == light)
    return int(uow.conn.execute(found.with_only_columns(func.count())).scalar_one())


def counts(uow: UnitOfWork, viewer: Viewer, *, now: datetime) -> dict[str, int]:
    """How much there is to do: inbox (all), red, yellow, unclaimed."""
    lamp = light_of(now)
    unclaimed = case((task.c.assignee.is_(None), 1), else_=0)
    by_light = _tasks(uow, viewer, "all").with_only_columns(
        lamp.label("lamp"), func.count().label("n"), func.sum(unclaimed).label("free")
    )
    rows = uow.conn.execute(by_light.group_by(lamp)).all()
    n = {row.lamp: int(row.n) for row in rows}
    return {
        "inbox": sum(n.values()),
        "red": n.get("red", 0),
        "yellow": n.get("yellow", 0),
        "unclaimed": sum(int(row.free) for row in rows),
    }


def one(uow: UnitOfWork, viewer: Viewer, task_id: str, *, now: datetime) -> dict[str, Any]:
    """One task, open or ended, as the inbox shows it. Errors: NotFound `task.unknown`."""
    query = _base(viewer).where(task.c.id == task_id, _not_barred(viewer))
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound("task.unknown", "没有这项待办，或者您无权查看。")
    return {**_items(uow, viewer, [row], now)[0], "state": row.state, "outcome": row.outcome}


def of_case(uow: UnitOfWork, viewer: Viewer, case_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """The open tasks of a case that the viewer has or may claim."""
    query = _tasks(uow, viewer, "all").where(task.c.business_key == case_id).order_by(*_order("due", now))
    return _items(uow, viewer, uow.conn.execute(query).all(), now)


def open_tasks_of_case(uow: UnitOfWork, viewer: Viewer, case_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """All open tasks of a case, whoever has them, for the case's page."""
    query = _base(viewer).where(task.c.business_key == case_id, task.c.state == "open", _not_barred(viewer))
    return _items(uow, viewer, uow.conn.execute(query.order_by(*_order("due", now))).all(), now)


def may(uow: UnitOfWork, viewer: Viewer, task_id: str) -> dict[str, bool]:
    """What the viewer may do with the task: claim, complete, release, or begin it (a step that is offered)."""
    query = select(task).where(task.c.org_id == viewer.org_id, task.c.id == task_id, _not_barred(viewer))
    row = uow.conn.execute(query).one_or_none()
    if row is None or row.state != "open":
        return {"claim": False, "complete": False, "release": False, "begin": False}
    hands = hands_for(uow, viewer, row)
    mine = row.assignee in {one.user_id for one in hands}
    offered = any(is_offered(one, row.candidate_groups, row.candidate_users) for one in hands)
    begun = not row.offered
    return {
        "claim": begun and row.assignee is None and offered,
        "complete": begun and mine,
        "release": begun and mine and bool(row.candidate_groups or row.candidate_users),
        "begin": row.offered and (mine or (row.assignee is None and offered)),
    }


def light_of(now: datetime) -> ColumnElement[str]:
    """The light of a task at `now`: red after due_at, yellow from yellow_at, else green; `none` without limit."""
    return case(
        (task.c.due_at.is_(None), "none"),
        (task.c.due_at < now, "red"),
        (task.c.yellow_at <= now, "yellow"),
        else_="green",
    )


def _base(viewer: Viewer) -> Select[Any]:
    """Tasks with their case and petitioner."""
    return (
        select(
            task,
            case_file.c.number,
            case_file.c.title,
            case_file.c.matter,
            case_file.c.confidential,
            case_file.c.anonymous,
            party.c.name.label("petitioner"),
            masked(viewer).label("masked"),
        )
        .outerjoin(case_file, and_(case_file.c.org_id == task.c.org_id, case_file.c.id == task.c.business_key))
        .outerjoin(party, and_(party.c.org_id == case_file.c.org_id, party.c.id == case_file.c.petitioner_id))
        .where(task.c.org_id == viewer.org_id)
    )


def _tasks(uow: UnitOfWork, viewer: Viewer, which: Which) -> Select[Any]:
    """The open tasks of the viewer.

    The few that may be the viewer's are read first: no database knows beforehand how few, and all open tasks of the
    office would be read for the one or the other.
    """
    ids = uow.conn.execute(may_reach(viewer).limit(_FEW + 1)).scalars().all()
    reached = task.c.id.in_(ids if len(ids) <= _FEW else may_reach(viewer))
    own = has_task(viewer)
    offered = is_offered_task(viewer)
    chosen = {"mine": own, "group": offered, "all": or_(own, offered)}[which]
    return _base(viewer).where(reached, task.c.state == "open", chosen, _not_barred(viewer))


def _not_barred(viewer: Viewer) -> ColumnElement[bool]:
    return or_(task.c.business_key.is_(None), not_accused(viewer, task.c.business_key))


def _matches(viewer: Viewer, query: str) -> ColumnElement[bool]:
    return or_(
        task.c.name.contains(query, autoescape=True),
        case_file.c.number.contains(query, autoescape=True),
        says(viewer, query),
    )


def _order(sort: str, now: datetime) -> tuple[ColumnElement[Any], ...]:
    if sort == "number":
        return case_file.c.number.is_(None), case_file.c.number, task.c.id
    if sort == "created":
        return task.c.created_at.desc(), task.c.id.desc()
    rank = case({light: place for place, light in enumerate(LIGHTS)}, value=light_of(now))
    return rank, task.c.due_at, task.c.created_at, task.c.id


def _items(uow: UnitOfWork, viewer: Viewer, rows: Iterable[Row[Any]], now: datetime) -> list[dict[str, Any]]:
    rows = list(rows)
    calendar = calendar_of(uow, viewer.org_id)
    senders = _senders(uow, viewer.org_id, [row.id for row in rows])
    asked = [*(row.assignee for row in rows), *(user for row in rows for user in _asked(row))]
    names = names_of(uow, viewer.org_id, [*senders.values(), *asked])
    passed_on = [row.assignee for row in rows if row.properties.get(STAND_IN) != "no"]
    standing = stand_ins(uow, viewer.org_id, passed_on, now=now)
    unit_names = {unit.id: unit.name for unit in units(uow, viewer.org_id, inactive=True)}
    processes = process_names(uow, viewer.org_id, {row.process_key for row in rows})
    still = [row.deadline_ref for row in rows if row.deadline_ref and row.due_at is None]
    stops = deadline_stops.of_deadlines(uow, viewer.org_id, still) if still else {}
    joint = marks(uow, viewer, [row.business_key for row in rows])
    return [
        {
            "id": row.id,
            "instance_id": row.instance_id,
            "case_id": row.business_key,
            "number": row.number,
            "title": MASKED_TITLE if row.masked else row.title,
            "matter": MASK if row.masked else row.matter,
            "step": row.name,
            "element_id": row.element_id,
            "process_key": row.process_key,
            "process_name": processes.get(row.process_key, row.process_key),
            "petitioner": MASK if row.masked else "匿名" if row.anonymous else row.petitioner,
            "light": task_light(row, now),
            "due_at": row.due_at,
            "due_text": due_text(row.due_at, now, calendar),
            "joined": joint[row.business_key]["n"] if row.business_key in joint else 0,
            "stopped": stops[row.deadline_ref]["cause_text"] if row.deadline_ref in stops else None,
            "yellow_at": row.yellow_at,
            "assignee": row.assignee,
            "assignee_name": names.get(row.assignee),
            "stand_in": _stand_in(row, standing)[0],
            "stand_in_name": _stand_in(row, standing)[1],
            "claimed": row.assignee is not None,
            "batch": not row.offered and (row.form_key is None or row.properties.get(BATCH) == "yes"),
            "offered": row.offered,
            "created_at": row.created_at,
            "from_name": names.get(senders.get(row.id, "")),
            "confidential": bool(row.confidential),
            "candidate_groups": list(row.candidate_groups),
            "waiting_for": _waiting_for(row, names, unit_names),
        }
        for row in rows
    ]


def _stand_in(row: Any, standing: dict[str, tuple[str, str]]) -> tuple[str | None, str | None]:
    """Who has the task instead of its assignee: id and name."""
    passed_on = row.properties.get(STAND_IN) != "no"
    return standing.get(row.assignee, (None, None)) if passed_on else (None, None)


def task_light(row: Any, now: datetime) -> str:
    """The light of a task's row at `now`; see `light_of`."""
    if row.due_at is None:
        return "none"
    if now > row.due_at:
        return "red"
    return "yellow" if row.yellow_at is not None and now >= row.yellow_at else "green"


def _senders(uow: UnitOfWork, org_id: str, task_ids: list[str]) -> dict[str, str]:
    """Who did the step before each task: the latest task done in the instance, else who started it."""
    if not task_ids:
        return {}
    before = task.alias("before")
    last = (
        select(before.c.finished_by)
        .where(
            before.c.org_id == org_id,
            before.c.instance_id == task.c.instance_id,
            before.c.state == "completed",
            before.c.finished_at <= task.c.created_at,
        )
        .order_by(before.c.finished_at.desc(), before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(task.c.id, func.coalesce(last, instance.c.started_by).label("sender"))
        .outerjoin(instance, and_(instance.c.org_id == task.c.org_id, instance.c.id == task.c.instance_id))
        .where(task.c.org_id == org_id, task.c.id.in_(task_ids))
    )
    return {row.id: row.sender for row in uow.conn.execute(query) if row.sender}


def _waiting_for(row: Any, names: dict[str, str], unit_names: dict[str, str]) -> str | None:
    """Whose posts may claim the task, in words; None once somebody has it."""
    if row.assignee is not None:
        return None
    groups = [group_text(group, unit_names) for group in row.candidate_groups if not group.startswith(_USER)]
    people = [names[user] for user in _asked(row) if user in names]
    return "、".join(dict.fromkeys([*groups, *people])) or None


def _asked(row: Any) -> list[str]:
    """The users whom the task names as candidates."""
    return [
        *row.candidate_users,
        *(group.removeprefix(_USER) for group in row.candidate_groups if group.startswith(_USER)),
    ]


def process_names(uow: UnitOfWork, org_id: str, keys: set[str]) -> dict[str, str]:
    """What the processes are called in the versions in force, by key."""
    query = select(deployment.c.key, deployment.c.name).where(deployment.c.org_id == org_id, deployment.c.key.in_(keys))
    return {row.key: row.name for row in uow.conn.execute(query.order_by(deployment.c.version))}
