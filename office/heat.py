"""Where the matters of a regulation stand and how long each step takes: the numbers of the heat map on its diagram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from office.access import Viewer, not_accused, require_overview, visible_cases
from storage.database import UnitOfWork
from storage.tables.engine import task
from storage.tables.office import case_file

_LATEST = 20_000  # finished steps that a mean is taken over: the latest ones


def heat(
    uow: UnitOfWork, viewer: Viewer, process_keys: Iterable[str], *, now: datetime, places: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Per user task: open, red, done, and mean_hours from being offered to being done.

    `process_keys`: the regulations that were started. `places`: the elements that are counted, each with the one of the
    diagram on which it is shown (`on`): itself, or the call activity that it is inside of.
    For administrators (all matters that do not accuse them), leaders, supervisors and the petition office (what their
    lists show): nobody is counted a matter that may not be seen. Errors: `access.role`.
    """
    if not viewer.is_admin:
        require_overview(viewer)
    shown = (
        or_(task.c.business_key.is_(None), not_accused(viewer, task.c.business_key))
        if viewer.is_admin
        else visible_cases(viewer)
    )
    base = (
        select(task.c.element_id, task.c.name, task.c.state, task.c.due_at, task.c.created_at, task.c.finished_at)
        .outerjoin(case_file, and_(case_file.c.org_id == task.c.org_id, case_file.c.id == task.c.business_key))
        .where(
            task.c.org_id == viewer.org_id,
            task.c.process_key.in_(list(process_keys)),
            task.c.element_id.in_(list(places)),
            shown,
        )
    )
    found: dict[str, dict[str, Any]] = {}
    spent: dict[str, float] = {}
    done = base.where(task.c.state == "completed").order_by(task.c.finished_at.desc()).limit(_LATEST)
    for row in [*uow.conn.execute(base.where(task.c.state == "open")), *uow.conn.execute(done)]:
        blank = {"element_id": row.element_id, "on": places[row.element_id], "name": row.name}
        one = found.setdefault(row.element_id, {**blank, "open": 0, "red": 0, "done": 0})
        if row.state == "open":
            one["open"] += 1
            one["red"] += int(row.due_at is not None and row.due_at < now)
        else:
            one["done"] += 1
            spent[row.element_id] = spent.get(row.element_id, 0) + (row.finished_at - row.created_at).total_seconds()
    for element_id, one in found.items():
        one["mean_hours"] = round(spent[element_id] / one["done"] / 3600, 1) if one["done"] else None
    return sorted(found.values(), key=lambda one: (-one["open"], -(one["mean_hours"] or 0), one["element_id"]))
