"""When people are away from their posts (R05, R16): entered, ended, listed; who hears that a post has nobody.

An absence is made by an approved leave (`case_id`; it ends by 销假 in that matter), or entered by hand for somebody who
could not ask: the person fell ill.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update

from office import posts, rostering
from office.notices import tell_all
from office.people import get_user, names_of, superior_of, users_in_group
from office.post_cover import require_free
from office.stand_ins import stand_ins
from storage.clock import TZ, local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.people import absence
from storage.types import new_id

UNCOVERED = "centre_director"  # who is told when A and B of a post are both away (R05)


def add_absence(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    from_at: datetime,
    to_at: datetime,
    reason: str,
    *,
    now: datetime,
    by: str | None,
    stand_in_id: str | None = None,
    case_id: str | None = None,
) -> str:
    """Enter when a person is away (`to_at` not included); gives the id of the entry.

    `stand_in_id`: who has the person's work meanwhile; None: the other holder of each post. `case_id`: the leave that
    was granted. Tells the centre director of each post of the person that nobody holds during some of this time,
    and who keeps a roster of the days on which the person is on it.
    Errors: those of `require_enterable`, and of `post_cover.require_free` for the stand-in.
    """
    from_at, to_at = local(from_at), local(to_at)
    require_enterable(uow, org_id, user_id, from_at, to_at, reason, now=now)
    if stand_in_id is not None:
        require_free(uow, org_id, user_id, stand_in_id, from_at, to_at, field="stand_in_id")
    absence_id = new_id()
    values = dict(
        user_id=user_id, from_at=from_at, to_at=to_at, reason=reason.strip(), stand_in_id=stand_in_id, case_id=case_id
    )
    uow.conn.execute(insert(absence).values(org_id=org_id, id=absence_id, entered_at=now, entered_by=by, **values))
    for held in posts.posts(uow, org_id, user_id=user_id):
        alert_if_uncovered(uow, org_id, held, now=now)
    rostering.warn_of_absence(uow, org_id, user_id, from_at, to_at, now=now)
    return absence_id


def tell_stand_in(uow: UnitOfWork, org_id: str, absence_id: str, *, now: datetime) -> None:
    """Tell whom an absence that was entered by hand names as stand-in."""
    found = get_absence(uow, org_id, absence_id)
    name = get_user(uow, org_id, found["user_id"]).name
    text = f"{name}{_time(found['from_at'])}至{_time(found['to_at'])}离岗，其待办由您代办。"
    key = f"absence.stand_in/{absence_id}"
    tell_all(uow, org_id, [found["stand_in_id"]], text, kind="handed_over", now=now, link="/absence", key=key)


def require_enterable(
    uow: UnitOfWork, org_id: str, user_id: str, from_at: datetime, to_at: datetime, reason: str, *, now: datetime
) -> None:
    """Refuse what could not be entered as an absence of the person.

    Errors: `absence.order`, `absence.past`, `absence.no_reason`, `absence.overlap`, `user.unknown`.
    """
    from_at, to_at = local(from_at), local(to_at)
    if from_at >= to_at:
        raise Refusal("absence.order", "离岗的结束时间应晚于开始时间。", field="to_at")
    if to_at <= now:
        raise Refusal("absence.past", "离岗的结束时间已经过去。", field="to_at")
    if not reason.strip():
        raise Refusal("absence.no_reason", "请填写离岗事由。", field="reason")
    person = get_user(uow, org_id, user_id)
    if uow.conn.execute(select(absence.c.id).where(_during(org_id, user_id, from_at, to_at))).first() is not None:
        raise Refusal("absence.overlap", f"{person.name}在这段时间内已登记离岗，请先撤销或改期。", field="from_at")


def end_absence(uow: UnitOfWork, org_id: str, absence_id: str, *, now: datetime, by: str | None) -> None:
    """The person is back (销假), or does not leave after all. Errors: `absence.unknown`, `absence.over`."""
    found = get_absence(uow, org_id, absence_id)
    if found["ended_at"] is not None or found["to_at"] <= now:
        raise Refusal("absence.over", "这次离岗已经结束。")
    mine = (absence.c.org_id == org_id) & (absence.c.id == absence_id)
    uow.conn.execute(update(absence).where(mine, absence.c.ended_at.is_(None)).values(ended_at=now, ended_by=by))


def extend(
    uow: UnitOfWork, org_id: str, absence_id: str, to_at: datetime, *, stand_in_id: str | None, now: datetime,
    by: str | None,
) -> None:  # fmt: skip
    """An absence lasts until `to_at` (not included). Where another stands in, that is so from now on, by an entry of
    its own: who stood in until now stays written. Tells as `add_absence` does. Errors: `absence.unknown`."""
    found = get_absence(uow, org_id, absence_id)
    mine = (absence.c.org_id == org_id, absence.c.id == absence_id)
    since = min(now, found["to_at"])
    if stand_in_id == found["stand_in_id"] or since <= found["from_at"]:
        uow.conn.execute(update(absence).where(*mine).values(to_at=to_at, stand_in_id=stand_in_id, entered_by=by))
    else:
        uow.conn.execute(update(absence).where(*mine).values(to_at=since))
        part = dict(found, id=new_id(), from_at=since, to_at=to_at, stand_in_id=stand_in_id)
        uow.conn.execute(insert(absence).values(part | dict(entered_at=now, entered_by=by)))
    for held in posts.posts(uow, org_id, user_id=found["user_id"]):
        alert_if_uncovered(uow, org_id, held, now=now)
    rostering.warn_of_absence(uow, org_id, found["user_id"], since, to_at, now=now)


def of_leave(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, Any] | None:
    """The absence that a granted leave has made, its last part; None if it has made none."""
    query = select(absence).where(absence.c.org_id == org_id, absence.c.case_id == case_id)
    row = uow.conn.execute(query.order_by(absence.c.entered_at.desc(), absence.c.id.desc())).first()
    return None if row is None else dict(row._mapping)


def get_absence(uow: UnitOfWork, org_id: str, absence_id: str) -> dict[str, Any]:
    """An entry by its id. Errors: NotFound `absence.unknown`."""
    query = select(absence).where(absence.c.org_id == org_id, absence.c.id == absence_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound("absence.unknown", "没有这条离岗登记。")
    return dict(row._mapping)


def absences(
    uow: UnitOfWork, org_id: str, *, now: datetime, user_id: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Entries of a person, or of everybody: those to come and in force first, then the ended, newest first.

    `state`: coming, away or over; `stand_in`: who has the person's tasks now, or is named to have them; `case_id`: the
    leave that was granted, None for what was entered by hand.
    """
    query = select(absence).where(absence.c.org_id == org_id)
    if user_id is not None:
        query = query.where(absence.c.user_id == user_id)
    rows = uow.conn.execute(query.order_by(absence.c.to_at.desc(), absence.c.id).limit(limit)).all()
    names = names_of(uow, org_id, [one for row in rows for one in (row.user_id, row.entered_by, row.stand_in_id)])
    standing = stand_ins(uow, org_id, [row.user_id for row in rows], now=now)
    told = [
        {
            "id": row.id,
            "user_id": row.user_id,
            "name": names.get(row.user_id),
            "from_at": row.from_at,
            "to_at": row.to_at,
            "reason": row.reason,
            "entered_by_name": names.get(row.entered_by),
            "ended_at": row.ended_at,
            "state": (state := _state(row, now)),
            "stand_in": standing[row.user_id][1]
            if state == "away" and row.user_id in standing
            else names.get(row.stand_in_id)
            if state == "coming"
            else None,
            "case_id": row.case_id,
        }
        for row in rows
    ]
    return sorted(told, key=lambda item: item["state"] == "over")


def alert_if_uncovered(uow: UnitOfWork, org_id: str, held: posts.Post, *, now: datetime) -> None:
    """Tell the centre director, once, of each time to come in which A and B of the post are both away (R05)."""
    mine, other = absence.alias(), absence.alias()
    times = (mine.c.from_at, mine.c.to_at, other.c.from_at, other.c.to_at)
    query = select(mine.c.id, other.c.id.label("other_id"), *times)
    both = and_(
        mine.c.org_id == org_id,
        other.c.org_id == org_id,
        mine.c.user_id == held.a_id,
        other.c.user_id == held.b_id,
        mine.c.from_at < other.c.to_at,
        other.c.from_at < mine.c.to_at,
        mine.c.ended_at.is_(None),
        other.c.ended_at.is_(None),
        mine.c.stand_in_id.is_(None),
        other.c.stand_in_id.is_(None),
        mine.c.to_at > now,
        other.c.to_at > now,
    )
    names = names_of(uow, org_id, [held.a_id, held.b_id])
    for a, b, a_from, a_to, b_from, b_to in uow.conn.execute(query.where(both)):
        since, until = max(a_from, b_from), min(a_to, b_to)
        text = (
            f"“{held.name}”A岗{names[held.a_id]}、B岗{names[held.b_id]}"
            f"{_time(since)}至{_time(until)}同时离岗，请安排人员顶岗。"
        )
        tell_all(
            uow, org_id, _told_of(uow, org_id, held), text, kind="post_uncovered", now=now, link="/absence",
            key=f"post.uncovered/{held.id}/{a}/{b}",
        )  # fmt: skip


def _told_of(uow: UnitOfWork, org_id: str, held: posts.Post) -> list[str]:
    """The centre director; in an office that has none, whom A reports to."""
    directors = users_in_group(uow, org_id, UNCOVERED)
    superior = superior_of(uow, org_id, held.a_id)
    return directors or ([superior] if superior else [])


def _during(org_id: str, user_id: str, from_at: datetime, to_at: datetime) -> ColumnElement[bool]:
    return and_(
        absence.c.org_id == org_id,
        absence.c.user_id == user_id,
        absence.c.ended_at.is_(None),
        absence.c.from_at < to_at,
        absence.c.to_at > from_at,
    )


def _state(row: Any, now: datetime) -> str:
    if row.ended_at is not None or row.to_at <= now:
        return "over"
    return "coming" if row.from_at > now else "away"


def _time(at: datetime) -> str:
    at = at.astimezone(TZ)
    return f"{at.month}月{at.day}日{at:%H:%M}"
