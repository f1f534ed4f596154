"""The list of cases: search, filter by state, light and unit, page by page; masked where it must be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from office.access import MASK, MASKED_TITLE, Viewer, masked, visible_cases
from office.case_states import STATES
from office.counting import counted
from office.due_text import due_text
from office.joint import marks
from office.organisations import calendar_of
from office.parties import known_as
from office.people import names_of, units
from office.statistics import light_of_limits, limits_of_cases, open_cases
from office.unit_tree import unit_tree
from storage.database import UnitOfWork
from storage.tables.office import case_file, party


def says(viewer: Viewer, query: str) -> ColumnElement[bool]:
    """True where title or matter hold the text or the petitioner's name does, and they are not masked for the viewer.

    Of a name at least two characters are wanted: it is sealed, and found by its parts.
    """
    texts = [column.contains(query, autoescape=True) for column in (case_file.c.title, case_file.c.matter)]
    return and_(~masked(viewer), or_(*texts, known_as(viewer.org_id, case_file.c.petitioner_id, "part", query)))


def search(
    uow: UnitOfWork,
    viewer: Viewer,
    *,
    now: datetime,
    query: str = "",
    state: str | None = None,
    light: str | None = None,
    unit_id: str | None = None,
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """One page of the cases that the viewer's lists show, newest first: {total, items}.

    `state`: a state of §2.1, or `open`, or `closed` for all closed ones. `light` only for open cases. `query` searches
    number, title, matter and petitioner - never what is masked. Beyond `counting.MOST` the total says so.
    """
    limits = limits_of_cases(uow, viewer.org_id)
    is_open = open_cases()
    lamp = case((is_open, light_of_limits(limits, now)), else_="closed")
    found = (
        select(
            case_file,
            party.c.name.label("petitioner"),
            masked(viewer).label("masked"),
            lamp.label("lamp"),
            limits.c.due_at.label("due_at"),
        )
        .outerjoin(party, and_(party.c.org_id == case_file.c.org_id, party.c.id == case_file.c.petitioner_id))
        .outerjoin(limits, limits.c.case_id == case_file.c.id)
        .where(visible_cases(viewer))
    )
    if state in ("open", "closed"):
        found = found.where(is_open if state == "open" else ~is_open)
    elif state:
        found = found.where(case_file.c.state == state)
    if light:
        found = found.where(lamp == light)
    if unit_id:
        found = found.where(case_file.c.handling_unit.in_(unit_tree(uow, viewer.org_id).below([unit_id])))
    if query := query.strip():
        found = found.where(or_(case_file.c.number.contains(query, autoescape=True), says(viewer, query)))
    total = counted(uow, found.with_only_columns(case_file.c.id))
    order = (case_file.c.received_at.desc(), case_file.c.id.desc())
    rows = uow.conn.execute(found.order_by(*order).offset(offset).limit(limit)).all()
    names = names_of(uow, viewer.org_id, [user for row in rows for user in (row.owner, row.handler)])
    unit_names = {unit.id: unit.name for unit in units(uow, viewer.org_id, inactive=True)}
    calendar = calendar_of(uow, viewer.org_id)
    joint = marks(uow, viewer, [row.id for row in rows])
    items = [
        {
            "id": row.id,
            "number": row.number,
            "process_key": row.process_key,
            "title": MASKED_TITLE if row.masked else row.title,
            "matter": MASK if row.masked else row.matter,
            "petitioner": MASK if row.masked else "匿名" if row.anonymous else row.petitioner,
            "confidential": row.confidential,
            "masked": bool(row.masked),
            "channel": row.channel,
            "kind": row.kind,
            "weight": row.weight,
            "state": row.state,
            "state_text": STATES[row.state],
            "result": row.result,
            "light": row.lamp,
            "due_at": row.due_at if row.lamp != "closed" else None,
            "due_text": due_text(row.due_at, now, calendar) if row.lamp != "closed" else "",
            "unit_id": row.handling_unit,
            "unit": unit_names.get(row.handling_unit),
            "owner_name": names.get(row.owner),
            "handler_name": names.get(row.handler),
            "repeat_count": row.repeat_count,
            "merged": row.id in joint and joint[row.id]["merged"],
            "joined": joint[row.id]["n"] if row.id in joint else 0,
            "received_at": row.received_at,
            "closed_at": row.closed_at,
        }
        for row in rows
    ]
    return {"total": total, "items": items}
