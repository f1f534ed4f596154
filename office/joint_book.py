"""The book of 并案: which cases are merged into which, and since when. Who may, and what follows, is `office.joint`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from office import own_jobs
from office.case_links import link_cases
from storage.database import UnitOfWork
from storage.errors import Conflict
from storage.tables.joining import case_merge
from storage.tables.office import case_link
from storage.types import new_id

FOLLOW = "joint.follow"  # the handler by which merged cases follow the end of their lead
LINK = "merged"
_SPLIT = "split"
# Where a lead ends. Its answer ends nothing: until it is closed the answer may still be taken back.
_ENDS = frozenset({"closed", "not_accepted", "merged", "withdrawn", "terminated"})


def merged_into(uow: UnitOfWork, org_id: str, case_id: str) -> Row[Any] | None:
    """The running merge of a case; None if it stands for itself."""
    table = case_merge
    query = select(table).where(table.c.org_id == org_id, table.c.case_id == case_id, table.c.ended_at.is_(None))
    return uow.conn.execute(query).one_or_none()


def led_by(uow: UnitOfWork, org_id: str, lead_id: str) -> Sequence[Row[Any]]:
    """The running merges into a lead, in one order whoever asks."""
    table = case_merge
    query = select(table).where(table.c.org_id == org_id, table.c.lead_id == lead_id, table.c.ended_at.is_(None))
    return uow.conn.execute(query.order_by(table.c.case_id)).all()


def leads(uow: UnitOfWork, org_id: str) -> set[str]:
    """The cases into which others are merged at present."""
    table = case_merge
    query = select(table.c.lead_id).where(table.c.org_id == org_id, table.c.ended_at.is_(None))
    return set(uow.conn.execute(query).scalars())


def is_joint(uow: UnitOfWork, org_id: str, case_id: str) -> bool:
    """Whether the case is a lead or merged at present."""
    return merged_into(uow, org_id, case_id) is not None or bool(led_by(uow, org_id, case_id))


def enter(
    uow: UnitOfWork,
    org_id: str,
    lead_id: str,
    case_id: str,
    *,
    instance_id: str,
    element_id: str,
    opinion: str,
    now: datetime,
    by: str,
) -> None:
    """Enter that a case is merged into a lead, and the link between them. The caller has locked both."""
    values = dict(
        org_id=org_id, id=new_id(), case_id=case_id, lead_id=lead_id, instance_id=instance_id, element_id=element_id,
        opinion=opinion, at=now, by=by,
    )  # fmt: skip
    uow.conn.execute(insert(case_merge).values(values))
    link_cases(uow, org_id, case_id, lead_id, LINK, now=now, by=by)


def end(
    uow: UnitOfWork, row: Row[Any], ending: str, *, now: datetime, by: str | None, reason: str | None = None
) -> None:
    """End a merge as `split`, `released` or `closed`. Errors: `split.not_merged` if somebody was faster."""
    ended = dict(ended_at=now, ended_by=by, ending=ending, reason=reason)
    mine = (case_merge.c.org_id == row.org_id, case_merge.c.id == row.id, case_merge.c.ended_at.is_(None))
    if not uow.conn.execute(update(case_merge).where(*mine).values(ended)).rowcount:
        raise Conflict("split.not_merged", "这件没有并入，或者已经分案，请刷新。")
    if ending != "closed":
        pair = (case_link.c.case_id == row.case_id, case_link.c.other_id == row.lead_id, case_link.c.kind == LINK)
        uow.conn.execute(delete(case_link).where(case_link.c.org_id == row.org_id, *pair))
        link_cases(uow, row.org_id, row.case_id, row.lead_id, _SPLIT, now=now, by=by)


def answered(uow: UnitOfWork, row: Row[Any], at: datetime | None) -> None:
    """Note when a merged case got the answer of its lead; None: that was taken back."""
    mine = (case_merge.c.org_id == row.org_id, case_merge.c.id == row.id)
    uow.conn.execute(update(case_merge).where(*mine).values(answered_at=at))


def state_reached(uow: UnitOfWork, org_id: str, case_id: str, state: str, *, now: datetime) -> None:
    """A case has come to its end: what is merged into it follows, by a job after this step."""
    if state in _ENDS and led_by(uow, org_id, case_id):
        own_jobs.put(uow, org_id, new_id(), FOLLOW, due_at=now, now=now, case_id=case_id)


def reply_limit_ended(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime) -> None:
    """What a case had to be answered by has ended: what is merged into it and got no answer is looked at, by a job."""
    if any(row.answered_at is None for row in led_by(uow, org_id, case_id)):
        own_jobs.put(uow, org_id, new_id(), FOLLOW, due_at=now, now=now, case_id=case_id)
