"""What people say to each other about a case (append-only); whoever is mentioned is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from office import notices
from office.access import Viewer, may_see_case, viewer_of
from office.cases import get_case
from office.people import get_user, names_of
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import case_comment, case_file

_LONGEST = 2000  # characters
_MOST_MENTIONS = 20


def add(
    uow: UnitOfWork, viewer: Viewer, case_id: str, text: str, mentions: Sequence[str] = (), *, now: datetime
) -> int:
    """Say something about a case; gives its number. Ask `access` first whether the viewer may read the case.

    Only those who may open the case can be mentioned (R65). Errors: `comment.empty`, `comment.too_long`,
    `comment.cannot_see`, `comment.too_many`, `user.unknown`.
    """
    text = text.strip()
    if not text:
        raise Refusal("comment.empty", "请写下要说的内容。", field="text")
    if len(text) > _LONGEST:
        raise Refusal("comment.too_long", f"内容过长，请不超过{_LONGEST}个字。", field="text")
    named = list(dict.fromkeys(mentions))
    if len(named) > _MOST_MENTIONS:
        raise Refusal("comment.too_many", f"一次最多提到{_MOST_MENTIONS}个人。", field="mentions")
    for user_id in named:
        person = get_user(uow, viewer.org_id, user_id)
        if not may_see_case(uow, viewer_of(uow, viewer.org_id, user_id, now=now), case_id):
            raise Refusal("comment.cannot_see", f"{person.name}不能查看本件，不能在这里提到。", field="mentions")
    mine = (case_file.c.org_id == viewer.org_id) & (case_file.c.id == case_id)
    uow.conn.execute(select(case_file.c.id).where(mine).with_for_update())  # numbers without gaps
    last = select(func.max(case_comment.c.seq)).where(
        case_comment.c.org_id == viewer.org_id, case_comment.c.case_id == case_id
    )
    seq = int(uow.conn.execute(last).scalar() or 0) + 1
    values = dict(org_id=viewer.org_id, case_id=case_id, seq=seq, at=now, by=viewer.user_id, text=text, mentions=named)
    uow.conn.execute(insert(case_comment).values(values))
    me = get_user(uow, viewer.org_id, viewer.user_id).name
    label = notices.case_label(get_case(uow, viewer.org_id, case_id))
    told = [user_id for user_id in named if user_id != viewer.user_id]
    key = f"comment/{case_id}/{seq}"
    words = f"{me}在{label}的讨论中提到了您。"  # not what was said: a notice may be read over a shoulder
    notices.tell_all(uow, viewer.org_id, told, words, kind="comment", key=key, case_id=case_id, now=now)
    return seq


def comments_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """What was said, in its order, for the case's page."""
    query = select(case_comment).where(case_comment.c.org_id == org_id, case_comment.c.case_id == case_id)
    rows = uow.conn.execute(query.order_by(case_comment.c.seq)).all()
    names = names_of(uow, org_id, [who for row in rows for who in (row.by, *row.mentions)])
    return [
        {
            "seq": row.seq,
            "at": row.at,
            "by_name": names.get(row.by),
            "text": row.text,
            "mentions": [names[user_id] for user_id in row.mentions if user_id in names],
        }
        for row in rows
    ]
