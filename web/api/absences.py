"""At the post and away from it: 签到, one's leave, who stands in for whom, who is at which post (R05, R16)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import absences, access, attendance, leave_book, people, post_cover, posts, stand_ins
from storage.errors import NotFound, Refusal
from web.acts import Actor
from web.api.common import Admin, Program, Reading, Who

router = APIRouter(tags=["岗位与离岗"])


class Away(BaseModel):
    """When somebody is away who could not ask for leave, having fallen ill, why, and who stands in (None: the other
    holder of each post)."""

    user_id: str
    from_at: datetime
    to_at: datetime
    reason: str = Field(max_length=200)
    stand_in_id: str | None = Field(default=None, max_length=64)


@router.get("/absences", summary="我的离岗登记与岗位")
def mine(who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    held = posts.posts(uow, who.org_id, user_id=who.user_id)
    names = people.names_of(uow, who.org_id, [user for post in held for user in (post.a_id, post.b_id)])
    principals = stand_ins.principals_of(uow, who.org_id, who.user_id, now=now)
    own = absences.absences(uow, who.org_id, user_id=who.user_id, now=now)
    return {
        "leaves": leave_book.applications(uow, who.org_id, who.user_id, now=now),
        "absences": [one for one in own if one["case_id"] is None],
        "posts": [
            {"name": post.name, "a": names[post.a_id], "b": names[post.b_id], "is_a": post.a_id == who.user_id}
            for post in held
        ],
        "standing_in_for": list(people.names_of(uow, who.org_id, principals).values()),
    }


@router.post("/absences", summary="补登离岗")
def add(body: Away, who: Admin, banjie: Program) -> dict[str, str]:
    """An absence that nobody has applied for, by an administrator; one's own is applied for."""
    if body.user_id == who.user_id:
        raise Refusal("absence.own", "本人离岗请申请请假，经批准后离岗。", field="user_id")
    stand_in = body.stand_in_id or None
    with banjie.store.begin() as uow:
        absence_id = absences.add_absence(
            uow, who.org_id, body.user_id, body.from_at, body.to_at, body.reason, now=banjie.clock.now(),
            by=who.user_id, stand_in_id=stand_in,
        )  # fmt: skip
        if stand_in is not None:
            absences.tell_stand_in(uow, who.org_id, absence_id, now=banjie.clock.now())
    return {"id": absence_id}


@router.post("/absences/{absence_id}/end", summary="补登的离岗提前结束或撤销")
def end(absence_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    """What was granted ends by 销假 in its own matter."""
    with banjie.store.begin() as uow:
        found = absences.get_absence(uow, who.org_id, absence_id)
        if found["user_id"] != who.user_id and not _administers(who, uow):
            raise NotFound("absence.unknown", "没有这条离岗登记。")
        if found["case_id"] is not None:
            raise Refusal("absence.by_leave", "这是经批准的请假，请由本人销假；未离岗的，请撤销请假。")
        absences.end_absence(uow, who.org_id, absence_id, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}


@router.get("/attendance", summary="签到册")
def book(who: Who, uow: Reading, banjie: Program, day: date | None = None) -> dict[str, Any]:
    """The sheet of a day (today), which lies open for all who work here, and when one signed today oneself."""
    now = banjie.clock.now()
    wanted = _day(day or now.date())
    mine = attendance.today(uow, who.org_id, who.user_id, now=now)
    return {**attendance.sheet(uow, who.org_id, wanted, now=now), "mine": mine}


class Signature(BaseModel):
    """签到 or 签退, of oneself and now."""

    way: Literal["in", "out"]


@router.post("/attendance", summary="签到、签退")
def sign(body: Signature, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        attendance.sign(uow, who.org_id, who.user_id, body.way, now=banjie.clock.now())
    return {"ok": True}


@router.get("/posts", summary="岗位值守")
def covered(who: Who, uow: Reading, banjie: Program, day: date | None = None) -> dict[str, Any]:
    """Who is at which post on a day (today), from midnight to midnight; reasons are not told."""
    wanted = _day(day or banjie.clock.now().date())
    units = {unit.id: unit.name for unit in people.units(uow, who.org_id, inactive=True)}
    told = post_cover.day_cover(uow, who.org_id, wanted)
    return {"day": wanted, "posts": [{**one, "unit": units.get(one["unit_id"])} for one in told]}


@router.get("/admin/absences", summary="全部离岗登记")
def everybody(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    return absences.absences(uow, who.org_id, now=banjie.clock.now())


def _day(wanted: date) -> date:
    if not date(2000, 1, 1) <= wanted <= date(2199, 12, 31):
        raise Refusal("post.day", "日期应在2000年至2199年之间。", field="day")
    return wanted


def _administers(who: Actor, uow: Any) -> bool:
    return access.viewer_of(uow, who.org_id, who.user_id).is_admin
