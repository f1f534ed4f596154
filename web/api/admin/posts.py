"""Posts with A and B (R05)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import absences, people, posts, stand_ins
from web.api.common import Admin, Program, Reading

router = APIRouter()


class PostBody(BaseModel):
    """A post of a unit and its two people."""

    unit_id: str
    name: str = Field(max_length=50)
    a_id: str
    b_id: str


@router.get("/posts", summary="A/B岗")
def listed(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    found = posts.posts(uow, who.org_id)
    units = {unit.id: unit.name for unit in people.units(uow, who.org_id, inactive=True)}
    holders = [user for post in found for user in (post.a_id, post.b_id)]
    names = people.names_of(uow, who.org_id, holders)
    standing = stand_ins.stand_ins(uow, who.org_id, holders, now=banjie.clock.now())
    return [
        {
            "id": post.id,
            "unit_id": post.unit_id,
            "unit": units.get(post.unit_id),
            "name": post.name,
            "a_id": post.a_id,
            "a": names.get(post.a_id),
            "b_id": post.b_id,
            "b": names.get(post.b_id),
            "covered_by_b": post.a_id in standing,
        }
        for post in found
    ]


@router.post("/posts", summary="新增A/B岗")
def add(body: PostBody, who: Admin, banjie: Program) -> dict[str, str]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        post_id = posts.add_post(uow, who.org_id, **body.model_dump(), now=now, by=who.user_id)
        absences.alert_if_uncovered(uow, who.org_id, posts.get_post(uow, who.org_id, post_id), now=now)
    return {"id": post_id}


@router.post("/posts/{post_id}", summary="修改A/B岗")
def change(post_id: str, body: PostBody, who: Admin, banjie: Program) -> dict[str, bool]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        posts.change_post(uow, who.org_id, post_id, **body.model_dump(), now=now, by=who.user_id)
        absences.alert_if_uncovered(uow, who.org_id, posts.get_post(uow, who.org_id, post_id), now=now)
    return {"ok": True}


@router.post("/posts/{post_id}/close", summary="撤销A/B岗")
def close(post_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        posts.close_post(uow, who.org_id, post_id, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}
