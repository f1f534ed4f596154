"""Which limits of merged cases a lead keeps: the earliest of each kind holds, and none becomes later by a merge.

A limit of a merged case is kept by the open limit of the lead with the same code. One that ends with the answer and has
no such counterpart is kept by what the lead must be answered by. Limits of single steps of a merged case have nothing
to be kept by, and no step that they could hurry: they show in the case itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select

from office.deadline_rows import worked_of
from office.deadline_types import Deadline
from office.lights import step_instants
from storage.database import UnitOfWork
from storage.tables.joining import case_merge
from storage.tables.office import deadline

# What the petitioner is to be answered by, from the receipt, the acceptance or the end of the handling.
REPLY = frozenset(
    ("R36.reply", "R37.tell", "R39.reply", "R40.reply", "R45.reply", "R45.max", "R47.reply", "R50.agreed", "R88.agreed",
     "R92.promise", "L12")
)  # fmt: skip
SUPERIOR = frozenset(("R47.superior", "R61.report"))  # the date that the superior set
CARRIERS = REPLY | SUPERIOR
ENDS_WITH_ANSWER = CARRIERS | {"R40.handle", "R47.handle"}


def running(uow: UnitOfWork, org_id: str, case_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The open limits of cases that have an instant, the earliest first."""
    query = select(deadline).where(
        deadline.c.org_id == org_id, deadline.c.case_id.in_(list(case_ids)), deadline.c.closed_at.is_(None),
        deadline.c.due_at.is_not(None),
    )  # fmt: skip
    return uow.conn.execute(query.order_by(deadline.c.due_at, deadline.c.id)).all()


def keeps(code: str, codes: Iterable[str], other: str) -> bool:
    """Whether the lead's limit `code`, of all its open `codes`, keeps a merged case's limit `other`."""
    if code == other:
        return True
    have = set(codes)
    if other not in ENDS_WITH_ANSWER or other in have:
        return False
    return code in REPLY or (code in SUPERIOR and not have & REPLY)


def lost(lead: Sequence[Row[Any]], merged: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The limits of a merged case that end with the answer and that no limit of the lead would keep."""
    codes = [row.code for row in lead]
    return [
        row for row in merged if row.code in ENDS_WITH_ANSWER and not any(keeps(one, codes, row.code) for one in codes)
    ]


def earliest(uow: UnitOfWork, org_id: str, case_id: str | None, worked: Deadline, code: str | None = None) -> Deadline:
    """A limit of a case, moved to the earliest of those that it keeps for merged cases; itself without any.

    `code`: what it bears where that differs from what was asked (an extended limit).
    """
    if case_id is None or worked.due_at is None:
        return worked
    query = select(case_merge.c.case_id, case_merge.c.at).where(
        case_merge.c.org_id == org_id, case_merge.c.lead_id == case_id, case_merge.c.ended_at.is_(None),
        case_merge.c.answered_at.is_(None),
    )  # fmt: skip
    merged = {row.case_id: row.at for row in uow.conn.execute(query)}
    if not merged:
        return worked
    own = code or worked.code
    codes = {own, *(row.code for row in running(uow, org_id, [case_id]))}
    kept = [row for row in running(uow, org_id, merged) if keeps(own, codes, row.code)]
    if not kept or kept[0].due_at >= worked.due_at:
        return worked
    first = worked_of(kept[0])
    assert first.due_at is not None  # running ones have an instant
    since = merged[kept[0].case_id]
    steps = step_instants(first)  # what had fired for the merged case before does not fire again for the lead
    ladder = tuple(step for step in worked.ladder if step in steps and steps[step] > since)
    own_due, joint = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (worked.due_at, first.due_at))
    line = f"并案：本件自身的期限为{own_due}，并入件的同类期限先到，按{joint}计。"
    return replace(
        worked, due_on=first.due_on, due_at=first.due_at, yellow_at=first.yellow_at, e1=first.e1, e2=first.e2,
        e3=first.e3, ladder=ladder, provisional=first.provisional or worked.provisional,
        explanation=(*worked.explanation, line),
    )  # fmt: skip
