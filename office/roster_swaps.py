"""请人对调: who is on a roster asks another to exchange a day of each; it counts once the other agrees (R18, R83)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from office import rostering
from office.notices import tell
from office.organisations import profile_of
from office.people import names_of
from office.rosters import roster_of
from office.schedules import day_text
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.rosters import roster_swap
from storage.types import new_id


def ask(
    uow: UnitOfWork,
    org_id: str,
    code: str,
    place: str,
    one: tuple[date, str],
    other: tuple[date, str],
    *,
    now: datetime,
    reason: str | None = None,
) -> str:
    """The person of `one` asks that of `other` to exchange their days; gives the id of what was asked.

    Errors: those of `rostering.require_swappable`, `roster.already_asked`.
    """
    duty, _ = rostering.require_swappable(uow, org_id, code, place, one, other, now=now)
    (day, user_id), (other_day, other_id) = one, other
    table = roster_swap.c
    mine = (table.org_id == org_id, table.state == "asked", table.code == code, table.day == day)
    if uow.conn.execute(select(table.id).where(*mine, table.user_id == user_id)).first() is not None:
        raise Refusal("roster.already_asked", f"{day_text(day)}您已经请人对调，请等对方答复或者先撤回。", field="day")
    swap_id = new_id()
    values = dict(code=code, place=place, day=day, user_id=user_id, other_day=other_day, other_id=other_id)
    uow.conn.execute(
        insert(roster_swap).values(org_id=org_id, id=swap_id, **values, reason=reason, asked_at=now, state="asked")
    )
    name = names_of(uow, org_id, [user_id])[user_id]
    text = f"{duty.name}：{name}请您对调，{day_text(day)}由您值，{day_text(other_day)}由{name}值。请在值班表上答复。"
    _tell(uow, org_id, other_id, text, swap_id, code, now)
    return swap_id


def answer(uow: UnitOfWork, org_id: str, swap_id: str, *, agrees: bool, by: str, now: datetime) -> Mapping[str, Any]:
    """The one who was asked agrees or refuses; who asked may withdraw. Gives `code` and the `days` that changed.

    Errors: NotFound `roster.unknown_swap`, Conflict `roster.swap_answered`, and where it is agreed those of
    `rostering.swap`: the roster may have changed since.
    """
    row = _swap(uow, org_id, swap_id, by)
    if row.state != "asked" or (agrees and by != row.other_id):
        raise Conflict("roster.swap_answered", "这次对调已经答复或者撤回，请刷新。")
    duty = roster_of(profile_of(uow, org_id), row.code)
    state = "agreed" if agrees else "withdrawn" if by == row.user_id else "refused"
    mine = (roster_swap.c.org_id == org_id, roster_swap.c.id == swap_id, roster_swap.c.state == "asked")
    uow.conn.execute(update(roster_swap).where(*mine).values(state=state, answered_at=now))
    names = names_of(uow, org_id, [row.user_id, row.other_id])
    if not agrees:
        told, said = (row.other_id, "撤回了") if state == "withdrawn" else (row.user_id, "不同意")
        text = f"{duty.name}：{names[by]}{said}{day_text(row.day)}与{day_text(row.other_day)}的对调。"
        _tell(uow, org_id, told, text, f"{swap_id}/{state}", row.code, now)
        return {"code": row.code, "days": []}
    days = rostering.swap(
        uow, org_id, row.code, row.place, (row.day, row.user_id), (row.other_day, row.other_id), now=now, by=by,
        reason=row.reason or "两人商定",
    )  # fmt: skip
    return {"code": row.code, "days": days}


def open_of(uow: UnitOfWork, org_id: str, user_id: str, *, today: date) -> list[dict[str, Any]]:
    """What the person has asked, and is asked, and has not been answered: `mine` says which."""
    table = roster_swap.c
    query = select(roster_swap).where(
        table.org_id == org_id, table.state == "asked", table.day >= today, table.other_day >= today,
        or_(table.user_id == user_id, table.other_id == user_id),
    )  # fmt: skip
    rows = uow.conn.execute(query.order_by(table.asked_at, table.id)).all()
    names = names_of(uow, org_id, [one for row in rows for one in (row.user_id, row.other_id)])
    return [
        {
            "id": row.id,
            "code": row.code,
            "mine": row.user_id == user_id,
            "name": names.get(row.user_id),
            "day": row.day.isoformat(),
            "other_name": names.get(row.other_id),
            "other_day": row.other_day.isoformat(),
            "reason": row.reason,
        }
        for row in rows
    ]


def _swap(uow: UnitOfWork, org_id: str, swap_id: str, by: str) -> Row[Any]:
    """What was asked, ours until the commit; of no matter to anybody else."""
    query = select(roster_swap).where(roster_swap.c.org_id == org_id, roster_swap.c.id == swap_id)
    row = uow.conn.execute(query.with_for_update() if uow.dialect == "postgresql" else query).one_or_none()
    if row is None or by not in (row.user_id, row.other_id):
        raise NotFound("roster.unknown_swap", "没有这次对调。")
    return row


def _tell(uow: UnitOfWork, org_id: str, user_id: str, text: str, key: str, code: str, now: datetime) -> None:
    tell(
        uow, org_id, user_id, text, kind=rostering.KIND, key=f"roster.swap/{key}", now=now, link=rostering.link_to(code)
    )
