"""Being away from the post: one's own entries, whom one stands in for and who stands in (R05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import absences, access, people, posts, stand_ins
from storage.errors import NotFound
from web.acts import Actor
from web.api.common import Admin, Program, Reading, Who

router = APIRouter(tags=["岗位与离岗"])


class Away(BaseModel):
    """When a person is away, and why; `user_id` left out: oneself. Only administrators enter it for others."""

    user_id: str | None = None
    from_at: datetime
    to_at: datetime
    reason: str = Field(max_length=200)


@router.get("/absences", summary="我的离岗登记与岗位")
def mine(who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    held = posts.posts(uow, who.org_id, user_id=who.user_id)
    names = people.names_of(uow, who.org_id, [user for post in held for user in (post.a_id, post.b_id)])
    principals = stand_ins.principals_of(uow, who.org_id, who.user_id, now=now)
    return {
        "absences": absences.absences(uow, who.org_id, user_id=who.user_id, now=now),
        "posts": [
            {"name": post.name, "a": names[post.a_id], "b": names[post.b_id], "is_a": post.a_id == who.user_id}
            for post in held
        ],
        "standing_in_for": list(people.names_of(uow, who.org_id, principals).values()),
    }


@router.post("/absences", summary="登记离岗")
def add(body: Away, who: Who, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        if body.user_id not in (None, who.user_id):
            access.require_role(access.viewer_of(uow, who.org_id, who.user_id), access.ADMIN)
        absence_id = absences.add_absence(
            uow, who.org_id, body.user_id or who.user_id, body.from_at, body.to_at, body.reason,
            now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
    return {"id": absence_id}


@router.post("/absences/{absence_id}/end", summary="销假或撤销离岗")
def end(absence_id: str, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        if absences.get_absence(uow, who.org_id, absence_id)["user_id"] != who.user_id and not _administers(who, uow):
            raise NotFound("absence.unknown", "没有这条离岗登记。")
        absences.end_absence(uow, who.org_id, absence_id, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}


@router.get("/admin/absences", summary="全部离岗登记")
def everybody(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    return absences.absences(uow, who.org_id, now=banjie.clock.now())


def _administers(who: Actor, uow: Any) -> bool:
    return access.viewer_of(uow, who.org_id, who.user_id).is_admin
