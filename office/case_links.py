"""Writing that two cases belong together; who may see it is asked when the links are read (`office.duplicates`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from storage.database import UnitOfWork
from storage.tables.office import case_link


def link_cases(
    uow: UnitOfWork, org_id: str, case_id: str, other_id: str, kind: str, *, now: datetime, by: str | None
) -> None:
    """Link two cases; twice is once.

    `kind`: `linked` (by hand), `repeat`, `merged` (into the other), `split`, `follow_up`, `new_facts`.
    """
    same = (
        (case_link.c.org_id == org_id)
        & (case_link.c.case_id == case_id)
        & (case_link.c.other_id == other_id)
        & (case_link.c.kind == kind)
    )
    if uow.conn.execute(select(case_link.c.kind).where(same)).first() is None:
        uow.conn.execute(
            insert(case_link).values(org_id=org_id, case_id=case_id, other_id=other_id, kind=kind, at=now, by=by)
        )
