"""Posts with A and B, who replace each other (R05)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select, update

from office import office_log
from office.people import get_unit, get_user
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
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


def add_post(
    uow: UnitOfWork, org_id: str, unit_id: str, name: str, a_id: str, b_id: str, *, now: datetime, by: str | None = None
) -> str:
    """Make a post; gives its id. Errors: `post.same_person` (R05), `post.no_name`, `unit.unknown`, `user.unknown`."""
    made = Post(id=new_id(), unit_id=unit_id, name=name.strip(), a_id=a_id, b_id=b_id)
    _check(uow, org_id, made)
    uow.conn.execute(insert(post).values(org_id=org_id, active=True, **asdict(made)))
    office_log.note(uow, org_id, "post", "added", subject_id=made.id, new=asdict(made), now=now, by=by)
    return made.id


def change_post(
    uow: UnitOfWork,
    org_id: str,
    post_id: str,
    *,
    unit_id: str,
    name: str,
    a_id: str,
    b_id: str,
    now: datetime,
    by: str | None,
) -> None:
    """Change a post in use. Errors: `post.unknown`, and those of `add_post`."""
    old = get_post(uow, org_id, post_id)
    new = Post(id=post_id, unit_id=unit_id, name=name.strip(), a_id=a_id, b_id=b_id)
    if new == old:
        return
    _check(uow, org_id, new)
    uow.conn.execute(update(post).where(post.c.org_id == org_id, post.c.id == post_id).values(asdict(new)))
    office_log.note(
        uow, org_id, "post", "changed", subject_id=post_id, old=asdict(old), new=asdict(new), now=now, by=by
    )


def close_post(uow: UnitOfWork, org_id: str, post_id: str, *, now: datetime, by: str | None) -> None:
    """The post is no longer in use; nobody stands in by it any more. Errors: `post.unknown`."""
    old = get_post(uow, org_id, post_id)
    uow.conn.execute(update(post).where(post.c.org_id == org_id, post.c.id == post_id).values(active=False))
    office_log.note(uow, org_id, "post", "closed", subject_id=post_id, old=asdict(old), now=now, by=by)


def get_post(uow: UnitOfWork, org_id: str, post_id: str) -> Post:
    """A post in use. Errors: NotFound `post.unknown`."""
    found = next((held for held in posts(uow, org_id) if held.id == post_id), None)
    if found is None:
        raise NotFound("post.unknown", "没有这个岗位，可能已被撤销。", field="post_id")
    return found


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


def _check(uow: UnitOfWork, org_id: str, wanted: Post) -> None:
    if not wanted.name:
        raise Refusal("post.no_name", "请填写岗位名称。", field="name")
    if wanted.a_id == wanted.b_id:
        raise Refusal("post.same_person", "A岗和B岗必须是两个人。", field="b_id")
    get_unit(uow, org_id, wanted.unit_id)
    for field, user_id in (("a_id", wanted.a_id), ("b_id", wanted.b_id)):
        if not get_user(uow, org_id, user_id).active:
            raise Refusal("post.left", "A岗和B岗必须是在岗人员，请另选。", field=field)
