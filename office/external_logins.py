"""Accounts of a sign-in service (OpenID Connect) tied to people, and sign-ins that have gone to the service.

An account is tied by issuer and subject to a person who exists; nobody becomes a user by signing in.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from office.attempts import digest
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, NotFound
from storage.tables.people import external_login, login, sign_in, user

PATIENCE = timedelta(minutes=10)  # from going to the service until the session is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A sign-in that was waited for. `link`: to tie the account to the person, who was logged in."""

    nonce: str
    verifier: str
    next: str
    link: bool
    person: tuple[str, str] | None  # org_id, user_id


def ask(uow: UnitOfWork, browser: str, state: str, asked: Asked, *, now: datetime) -> None:
    """Note that the browser with this cookie goes to the service."""
    org_id, user_id = asked.person or (None, None)
    uow.conn.execute(
        insert(sign_in).values(
            browser_hash=digest(browser),
            state_hash=digest(state),
            nonce=asked.nonce,
            verifier=asked.verifier,
            next=asked.next,
            link=asked.link,
            answered=False,
            org_id=org_id,
            user_id=user_id,
            expires_at=now + PATIENCE,
        )
    )


def answered(uow: UnitOfWork, browser: str, state: str, *, now: datetime) -> Asked:
    """What was asked; an answer is taken once. Errors: `openid.stale`."""
    row = _row(uow, browser, now)
    if row is None or row.answered or not hmac.compare_digest(row.state_hash, digest(state)):
        raise _stale()
    uow.conn.execute(update(sign_in).where(sign_in.c.browser_hash == row.browser_hash).values(answered=True))
    person = (row.org_id, row.user_id) if row.user_id is not None else None
    return Asked(nonce=row.nonce, verifier=row.verifier, next=row.next, link=row.link, person=person)


def known(uow: UnitOfWork, browser: str, org_id: str, user_id: str) -> None:
    """The service has said who it is; the second factor is still to come."""
    values = {"org_id": org_id, "user_id": user_id}
    uow.conn.execute(update(sign_in).where(sign_in.c.browser_hash == digest(browser)).values(values))


def waiting(uow: UnitOfWork, browser: str, *, now: datetime) -> tuple[str, str, str]:
    """Who signs in and is still asked for a code, and where to go then. Errors: `openid.stale`."""
    row = _row(uow, browser, now)
    if row is None or not row.answered or row.link or row.user_id is None:
        raise _stale()
    return row.org_id, row.user_id, row.next


def done(uow: UnitOfWork, browser: str) -> None:
    """The sign-in is over."""
    uow.conn.execute(delete(sign_in).where(sign_in.c.browser_hash == digest(browser)))


def person_of(uow: UnitOfWork, issuer: str, subject: str) -> tuple[str, str] | None:
    """Whose account it is: org_id, user_id."""
    mine = (external_login.c.issuer == issuer) & (external_login.c.subject == subject)
    row = uow.conn.execute(select(external_login).where(mine)).one_or_none()
    return None if row is None else (row.org_id, row.user_id)


def person_named(uow: UnitOfWork, issuer: str, name: str) -> tuple[str, str] | None:
    """The active user with this log-in name to whom no account of the issuer is tied yet."""
    at_work = (user.c.org_id == login.c.org_id) & (user.c.id == login.c.user_id) & user.c.active
    query = select(login.c.org_id, login.c.user_id).join(user, at_work).where(login.c.login == name.strip().lower())
    row = uow.conn.execute(query).one_or_none()
    return None if row is None or is_linked(uow, issuer, row.org_id, row.user_id) else (row.org_id, row.user_id)


def is_linked(uow: UnitOfWork, issuer: str, org_id: str, user_id: str) -> bool:
    """Whether an account of the issuer is tied to the user."""
    return uow.conn.execute(select(external_login.c.subject).where(*_mine(issuer, org_id, user_id))).first() is not None


def link(uow: UnitOfWork, issuer: str, subject: str, org_id: str, user_id: str, *, now: datetime) -> None:
    """Tie the account to the person, in place of another one. Errors: `openid.taken`."""
    owner = person_of(uow, issuer, subject)
    if owner is not None and owner != (org_id, user_id):
        raise Conflict("openid.taken", "这个统一认证账号已绑定另一位用户，请联系管理员。")
    unlink(uow, issuer, org_id, user_id)
    values = dict(issuer=issuer, subject=subject, org_id=org_id, user_id=user_id, linked_at=now)
    uow.conn.execute(insert(external_login).values(values))


def unlink(uow: UnitOfWork, issuer: str, org_id: str, user_id: str) -> None:
    """Untie the account of the person."""
    uow.conn.execute(delete(external_login).where(*_mine(issuer, org_id, user_id)))


def ties(uow: UnitOfWork, org_id: str) -> list[dict[str, Any]]:
    """Whose account of which service: user_id, name, login, active, issuer, subject, linked_at; by name."""
    whose = (user.c.org_id == external_login.c.org_id) & (user.c.id == external_login.c.user_id)
    query = select(
        user.c.id.label("user_id"), user.c.name, user.c.login, user.c.active, external_login.c.issuer,
        external_login.c.subject, external_login.c.linked_at,
    ).join_from(external_login, user, whose)  # fmt: skip
    query = query.where(external_login.c.org_id == org_id).order_by(user.c.name, user.c.id, external_login.c.issuer)
    return [dict(row) for row in uow.conn.execute(query).mappings()]


def remove(uow: UnitOfWork, issuer: str, org_id: str, user_id: str) -> None:
    """Untie an account that must be there. Errors: `external.unknown`."""
    if not uow.conn.execute(delete(external_login).where(*_mine(issuer, org_id, user_id))).rowcount:
        raise NotFound("external.unknown", "这个外部登录账号没有绑定，可能已经解除。")


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete sign-ins that were not finished."""
    uow.conn.execute(delete(sign_in).where(sign_in.c.expires_at <= now))


def _mine(issuer: str, org_id: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    table = external_login.c
    return table.issuer == issuer, table.org_id == org_id, table.user_id == user_id


def _row(uow: UnitOfWork, browser: str, now: datetime) -> Row[Any] | None:
    query = select(sign_in).where(sign_in.c.browser_hash == digest(browser), sign_in.c.expires_at > now)
    return uow.conn.execute(query.with_for_update()).one_or_none()


def _stale() -> Forbidden:
    return Forbidden("openid.stale", "这次登录已过期或已用过，请重新登录。", status=401)
