"""Who is at which post when (R05): what nobody would cover, and who covers each post on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal

from sqlalchemy import Row, select

from office import posts
from office.people import get_user, names_of
from office.posts import Post
from office.stand_ins import absences_between, until_of
from storage.clock import TZ
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.people import absence, post, user

As = Literal["a", "b", "stand_in", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Who is at a post from when to when (not included); `user_id` None: nobody."""

    from_at: datetime
    to_at: datetime
    user_id: str | None
    holds_as: As


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that nobody would cover while a person is away: a post, or the person whom the person stands in for."""

    post_id: str | None
    text: str


def gaps(
    uow: UnitOfWork, org_id: str, user_id: str, from_at: datetime, to_at: datetime, *, stand_in_id: str | None = None
) -> list[Gap]:
    """What nobody would cover if the person were away from `from_at` until before `to_at`, absences of others as they
    are entered now. With a stand-in, who must be free, there is none."""
    if stand_in_id is not None:
        return []
    found: list[Gap] = []
    held = posts.posts(uow, org_id, user_id=user_id)
    away = absences_between(uow, org_id, {one for post_ in held for one in (post_.a_id, post_.b_id)}, from_at, to_at)
    here = _active(uow, org_id, {one for post_ in held for one in (post_.a_id, post_.b_id)})
    for post_ in held:
        other = post_.b_id if post_.a_id == user_id else post_.a_id
        if other not in here or any(
            row.user_id == other and not _is_covered(uow, org_id, row, user_id, from_at, to_at) for row in away
        ):
            found.append(Gap(post_id=post_.id, text=post_.name))
    standing = select(absence.c.user_id).where(
        absence.c.org_id == org_id,
        absence.c.stand_in_id == user_id,
        absence.c.ended_at.is_(None),
        absence.c.from_at < to_at,
        absence.c.to_at > from_at,
    )
    principals = sorted(set(uow.conn.execute(standing).scalars()))
    names = names_of(uow, org_id, principals)
    shared = {one for post_ in held for one in (post_.a_id, post_.b_id)}  # their post has been told above
    found += [Gap(post_id=None, text=f"{names.get(one, one)}的顶岗") for one in principals if one not in shared]
    return found


def _is_covered(uow: UnitOfWork, org_id: str, away: Row[Any], user_id: str, from_at: datetime, to_at: datetime) -> bool:
    """Whether an absence of the other holder names somebody else, who is free while both are away."""
    if away.stand_in_id in (None, user_id):
        return False
    return is_free(uow, org_id, away.stand_in_id, max(from_at, away.from_at), min(to_at, away.to_at))


def is_free(uow: UnitOfWork, org_id: str, user_id: str, from_at: datetime, to_at: datetime) -> bool:
    """True for somebody who works here and is not away at any instant of the time."""
    return get_user(uow, org_id, user_id).active and not absences_between(uow, org_id, {user_id}, from_at, to_at)


def require_free(
    uow: UnitOfWork, org_id: str, user_id: str, stand_in_id: str, from_at: datetime, to_at: datetime, *, field: str
) -> None:
    """Refuse a stand-in for the person who is not here during the whole time.

    Errors: `leave.substitute_self`, `leave.substitute_away`, `user.unknown`.
    """
    if stand_in_id == user_id:
        raise Refusal("leave.substitute_self", "顶岗人不能是离岗人本人。", field=field)
    if not is_free(uow, org_id, stand_in_id, from_at, to_at):
        name = get_user(uow, org_id, stand_in_id).name
        raise Refusal("leave.substitute_away", f"{name}在这段时间内不在岗，请另选顶岗人。", field=field)


def others_of(uow: UnitOfWork, org_id: str, user_id: str) -> list[str]:
    """The other holders of the person's posts, each once, in the order of the posts."""
    held = posts.posts(uow, org_id, user_id=user_id)
    return list(dict.fromkeys(one.b_id if one.a_id == user_id else one.a_id for one in held))


def lock_posts(uow: UnitOfWork, org_id: str, user_id: str) -> None:
    """Two who hold a post together cannot both be granted leave at the same instant: one waits for the other."""
    mine = [one.id for one in posts.posts(uow, org_id, user_id=user_id)]
    query = select(post.c.id).where(post.c.org_id == org_id, post.c.id.in_(mine)).order_by(post.c.id)
    uow.conn.execute(query.with_for_update()).all()


def day_cover(uow: UnitOfWork, org_id: str, day: date) -> list[dict[str, Any]]:
    """Each post in use on a day, from midnight to midnight: {name, unit_id, a, b, covered, spans}.

    A span tells who is at the post: A, while A is away B, else who stands in; `covered` is False if there is a time
    with nobody.
    """
    start = datetime.combine(day, time(), TZ)
    end = start + timedelta(days=1)
    held = posts.posts(uow, org_id)
    people = {one for post_ in held for one in (post_.a_id, post_.b_id)}
    away = absences_between(uow, org_id, people, start, end, ended=True)
    stand_ins = {row.stand_in_id for row in away if row.stand_in_id}
    away += absences_between(uow, org_id, stand_ins - people, start, end, ended=True)
    here = _active(uow, org_id, people | stand_ins)
    names = names_of(uow, org_id, [*people, *stand_ins])
    told = []
    for post_ in held:
        spans = _spans(post_, away, here, start, end)
        told.append(
            {
                "id": post_.id,
                "name": post_.name,
                "unit_id": post_.unit_id,
                "a": names.get(post_.a_id),
                "b": names.get(post_.b_id),
                "covered": all(span.user_id is not None for span in spans),
                "spans": [
                    {
                        "from_at": span.from_at,
                        "to_at": span.to_at,
                        "user_id": span.user_id,
                        "name": names.get(span.user_id) if span.user_id else None,
                        "as": span.holds_as,
                    }
                    for span in spans
                ],
            }
        )
    return told


def _spans(held: Post, away: Sequence[Row[Any]], here: set[str], start: datetime, end: datetime) -> list[Span]:
    """The day in pieces, neighbours with the same person joined."""
    cuts = {start, end}
    for row in away:
        cuts |= {at for at in (row.from_at, until_of(row)) if start < at < end}
    instants = sorted(cuts)
    found: list[Span] = []
    for since, until in pairwise(instants):
        user_id, holds_as = _at_post(held, away, here, since)
        if found and (found[-1].user_id, found[-1].holds_as) == (user_id, holds_as):
            since = found.pop().from_at
        found.append(Span(from_at=since, to_at=until, user_id=user_id, holds_as=holds_as))
    return found


def _at_post(held: Post, away: Sequence[Row[Any]], here: set[str], at: datetime) -> tuple[str | None, As]:
    def gone(user_id: str) -> bool:
        return user_id not in here or bool(_lasting(away, user_id, at))

    if not gone(held.a_id):
        return held.a_id, "a"
    named = [row.stand_in_id for one in (held.a_id, held.b_id) for row in _lasting(away, one, at) if row.stand_in_id]
    mine = [row.stand_in_id for row in _lasting(away, held.a_id, at) if row.stand_in_id]
    if not mine and not gone(held.b_id):
        return held.b_id, "b"
    free = next((one for one in named if not gone(one)), None)
    if free is not None:
        return free, "b" if free == held.b_id else "stand_in"
    return None, "nobody"


def _lasting(away: Iterable[Row[Any]], user_id: str, at: datetime) -> list[Row[Any]]:
    return [row for row in away if row.user_id == user_id and row.from_at <= at < until_of(row)]


def _active(uow: UnitOfWork, org_id: str, user_ids: set[str]) -> set[str]:
    query = select(user.c.id).where(user.c.org_id == org_id, user.c.id.in_(user_ids), user.c.active)
    return set(uow.conn.execute(query).scalars())
