"""Who read which case, and when (R65): for supervisors and administrators. It names cases by their number alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from office.access import Viewer, no_role, not_accused, visible_cases
from office.people import names_of
from storage.database import UnitOfWork
from storage.tables.office import access_log, case_file
from storage.tables.people import user

ACTS = {
    "read": "查看",
    "download": "下载文书",
    "preview": "预览文件",
    "export": "导出",
    "inputs": "查看自动处理的输入",
    "reveal": "查看信访人身份",
}


def may_see_reads(viewer: Viewer) -> bool:
    """True for supervisors and administrators."""
    return viewer.is_admin or "supervisor" in viewer.roles


def reads(
    uow: UnitOfWork,
    viewer: Viewer,
    *,
    query: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[dict[str, Any]]]:
    """One page of the access log, newest first, and how many entries there are.

    A supervisor sees the reads of cases that their lists show; an administrator of all cases that do not accuse them.
    `query`: a case's number, or a reader's name. Errors: `access.role`.
    """
    if not may_see_reads(viewer):
        raise no_role()
    shown = not_accused(viewer, access_log.c.case_id) if viewer.is_admin else visible_cases(viewer)
    base = (
        select(access_log, case_file.c.number)
        .outerjoin(case_file, (case_file.c.org_id == access_log.c.org_id) & (case_file.c.id == access_log.c.case_id))
        .where(access_log.c.org_id == viewer.org_id, or_(access_log.c.case_id.is_(None), shown))
    )
    if since is not None:
        base = base.where(access_log.c.at >= since)
    if until is not None:
        base = base.where(access_log.c.at < until)
    if query := query.strip():
        readers = select(user.c.id).where(user.c.org_id == viewer.org_id, user.c.name.contains(query, autoescape=True))
        numbered = case_file.c.number.contains(query, autoescape=True)
        base = base.where(or_(numbered, access_log.c.user_id.in_(readers)))
    total = uow.conn.execute(select(func.count()).select_from(base.subquery())).scalar_one()
    order = (access_log.c.at.desc(), access_log.c.id.desc())
    rows = uow.conn.execute(base.order_by(*order).offset(offset).limit(limit)).all()
    names = names_of(uow, viewer.org_id, [row.user_id for row in rows])
    items = [
        {
            "at": row.at,
            "name": names.get(row.user_id, row.user_id),
            "act": ACTS.get(row.act, row.act),
            "case_id": row.case_id,
            "number": row.number,
            "source": row.source,
        }
        for row in rows
    ]
    return int(total), items
