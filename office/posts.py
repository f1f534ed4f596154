"""Posts with A and B, who replace each other (R05)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, or_, select

from office.people import get_unit, get_user
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.people import post
from storage.types import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post with its principal handler (A) and co-handler (B), two different people."""

    id: str
    unit_id: str
    name: str
    a_id: str
    b_id: str


def add_post(uow: UnitOfWork, org_id: str, unit_id: str, name: str, a_id: str, b_id: str) -> str:
    """Make a post; gives its id. Errors: `post.same_person` (R05), `unit.unknown`, `user.unknown`."""
    if a_id == b_id:
        raise Refusal("post.same_person", "A岗和B岗必须是两个人。", field="b_id")
    get_unit(uow, org_id, unit_id)
    for user_id in (a_id, b_id):
        get_user(uow, org_id, user_id)
    post_id = new_id()
    values = dict(org_id=org_id, id=post_id, unit_id=unit_id, name=name, a_id=a_id, b_id=b_id, active=True)
    uow.conn.execute(insert(post).values(values))
    return post_id


def posts(uow: UnitOfWork, org_id: str, *, unit_id: str | None = None, user_id: str | None = None) -> list[Post]:
    """The posts in use, of a unit, or in which a user is A or B."""
    query = select(post).where(post.c.org_id == org_id, post.c.active).order_by(post.c.unit_id, post.c.name)
    if unit_id:
        query = query.where(post.c.unit_id == unit_id)
    if user_id:
        query = query.where(or_(post.c.a_id == user_id, post.c.b_id == user_id))
    return [
        Post(id=row.id, unit_id=row.unit_id, name=row.name, a_id=row.a_id, b_id=row.b_id)
        for row in uow.conn.execute(query)
    ]


def stand_in_of(uow: UnitOfWork, org_id: str, user_id: str) -> str | None:
    """The B of the first post in which the user is A (R05); None if there is none or B has left."""
    for held in posts(uow, org_id, user_id=user_id):
        if held.a_id == user_id and get_user(uow, org_id, held.b_id).active:
            return held.b_id
    return None
