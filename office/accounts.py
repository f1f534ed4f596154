"""Accounts: passwords (argon2id), sessions. What is not told to a stranger: whether a name exists."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row, delete, insert, or_, select, update

from office import attempts, log_ins, notices, passwords, people, safety, second_factor, security_keys
from office.access import ADMIN
from office.attempts import digest
from office.organisations import get_organisation
from office.passwords import LONGEST, Strength
from office.people import get_user
from office.second_factor import Answer
from storage.database import UnitOfWork
from storage.errors import Forbidden, NotFound, Refusal
from storage.tables.people import login as login_table
from storage.tables.people import safety as safety_table
from storage.tables.people import session, user

IDLE = timedelta(hours=8)  # the most that an office may set (`safety`)
ABSOLUTE = timedelta(hours=24)  # likewise
FIRST_PASSWORD = timedelta(days=7)  # from being given until it must have been changed (ASVS 2.3.1)
TOUCH_EVERY = timedelta(minutes=5)
_SESSION_ID = 16  # characters of a token's hash that name a session to its user
_ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher()
_WRONG = "登录名或密码不正确。"
_ASKS = ("login.code_wanted", "login.key_stale")  # refusals that ask for the second factor: no failure
_rules = safety_table.alias("rules")  # beside the one that `factor_missing` asks
_few = threading.BoundedSemaphore(4)  # checks at the same time: each takes 64 MB and all processors
_nobody = _hasher.hash(secrets.token_hex(16))  # verified for unknown names, so that they take as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in browser. `stale`: `touch` should be called to keep it from expiring."""

    token_hash: str
    org_id: str
    user_id: str
    csrf: str
    must_change_password: bool
    must_enrol: bool  # the organisation wants a second factor, and there is none
    stale: bool
    method: str | None = None  # openid, ldap; None: password


class PasswordChanged(Forbidden):
    """What was checked is not what is kept any more: set, or hashed anew, in this moment. To be checked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try to log in. Call `matches` and `renewed` outside any transaction: they are slow on purpose."""

    login: str
    source: str | None  # network address
    agent: str | None  # what the browser says of itself
    password_hash: str | None  # None: there is no such name, or its user has left

    def matches(self, password: str) -> bool:
        """Whether the password is right. An unknown name takes as long."""
        right = _verify(self.password_hash or _nobody, password)
        return right and self.password_hash is not None

    def renewed(self, password: str) -> str | None:
        """The hash of the right password as it is made today, if the one that is kept was made otherwise; slow too."""
        old = self.password_hash
        return _hasher.hash(password) if old is not None and _hasher.check_needs_rehash(old) else None


def attempt(uow: UnitOfWork, login: str, source: str | None, *, now: datetime, agent: str | None = None) -> Attempt:
    """What to check a password with; only reads. Errors: `login.locked`, `login.too_many` (both say how long)."""
    login = login.strip().lower()
    refused = attempts.refused(uow, login, source, now=now)
    if refused is not None:
        raise refused
    known = uow.conn.execute(
        select(login_table.c.password_hash)
        .join(user, (user.c.org_id == login_table.c.org_id) & (user.c.id == login_table.c.user_id))
        .where(login_table.c.login == login, user.c.active)
    ).scalar_one_or_none()
    return Attempt(login=login, source=source, agent=agent, password_hash=known)


def fail(uow: UnitOfWork, tried: Attempt, *, now: datetime) -> Forbidden:
    """Count a wrong password; gives the error, to be raised after the commit: `login.wrong`, `login.locked`."""
    _note(uow, tried, "password", now)
    return attempts.failed(uow, tried.login, tried.source, now=now) or _wrong_login()


def second_step(uow: UnitOfWork, tried: Attempt, answer: Answer, *, now: datetime) -> Forbidden | None:
    """After the right password: None if the user has no second factor or the answer is right, else the refusal, to be
    raised after the commit (a wrong answer counts as a failure): those of `second_factor.check`, `login.locked`.
    """
    known = uow.conn.execute(select(login_table).where(login_table.c.login == tried.login)).one_or_none()
    refused = second_factor.check(uow, known.org_id, known.user_id, answer, now=now) if known is not None else None
    if refused is None or refused.code in _ASKS or known is None:
        return refused
    _note(uow, tried, answer.kind, now)
    text = "有人用您的正确密码登录，但动态口令或安全密钥不对"
    notices.tell_of_account(uow, known.org_id, known.user_id, text, now=now)
    _tell_of_copy(uow, known, refused, now)
    return attempts.failed(uow, tried.login, tried.source, now=now) or refused


def _tell_of_copy(uow: UnitOfWork, known: Row[Any], refused: Forbidden, now: datetime) -> None:
    """Administrators hear that a security key may have been copied."""
    if refused.code != "login.key_copied":
        return
    name = get_user(uow, known.org_id, known.user_id).name
    text = f"{name}的一把安全密钥可能被复制过，已停用，请当面核对并另行登记。"
    for user_id in people.users_in_group(uow, known.org_id, ADMIN):
        key = f"copied/{known.user_id}/{now.isoformat()}"
        notices.tell(uow, known.org_id, user_id, text, kind="unusual", key=key, link="/admin/people", now=now)


def open_session(uow: UnitOfWork, tried: Attempt, *, now: datetime, renewed: str | None = None) -> tuple[str, Session]:
    """The session, with its secret token, of somebody whose password was right and who took the `second_step`.

    Errors: `login.wrong` (as `PasswordChanged`), `login.expired` (a one-time password that was not changed in time),
    `login.locked` (somebody else has tried too often meanwhile).
    """
    known = uow.conn.execute(select(login_table).where(login_table.c.login == tried.login)).one_or_none()
    if known is None or known.password_hash != tried.password_hash:
        raise PasswordChanged("login.wrong", _WRONG, status=401)
    if known.must_change and now >= known.changed_at + FIRST_PASSWORD:
        raise Forbidden("login.expired", "一次性密码已过期，请联系本单位管理员重新设置。", status=401)
    locked = attempts.succeeded(uow, tried.login, now=now)
    if locked is not None:
        raise locked
    if renewed is not None:
        mine = login_table.c.login == tried.login
        uow.conn.execute(update(login_table).where(mine).values(password_hash=renewed))
    return _open(uow, known, tried.source, tried.agent, None, now)


def open_external(
    uow: UnitOfWork,
    org_id: str,
    user_id: str,
    method: str,
    source: str | None,
    *,
    answer: Answer,
    now: datetime,
    agent: str | None = None,
) -> tuple[str, Session] | Forbidden:
    """The session of somebody whom a sign-in service vouches for, or the refusal, to be raised after the commit.

    Lock-out and second factor hold as for a password; the one-time password need not be changed, as it is not used.
    Refusals: those of `second_factor.check`, `login.locked`, `openid.left`.
    """
    mine = (login_table.c.org_id == org_id) & (login_table.c.user_id == user_id)
    at_work = (user.c.org_id == login_table.c.org_id) & (user.c.id == login_table.c.user_id) & user.c.active
    known = uow.conn.execute(select(login_table).join(user, at_work).where(mine)).one_or_none()
    if known is None:
        return Forbidden("openid.left", "您的用户已停用，请联系本单位管理员。", status=401)
    refused = attempts.refused(uow, known.login, source, now=now)
    if refused is None:
        refused = second_factor.check(uow, org_id, user_id, answer, now=now)
        if refused is not None and refused.code not in _ASKS:
            log_ins.note(uow, org_id, user_id, answer.kind, source=source, agent=agent, method=method, now=now)
            _tell_of_copy(uow, known, refused, now)
            refused = attempts.failed(uow, known.login, source, now=now) or refused
    return refused or _open(uow, known, source, agent, method, now)


def _note(uow: UnitOfWork, tried: Attempt, outcome: str, now: datetime) -> None:
    """Enter an attempt with the name of somebody who is here."""
    known = uow.conn.execute(select(login_table).where(login_table.c.login == tried.login)).one_or_none()
    if known is not None:
        about = {"source": tried.source, "agent": tried.agent, "method": None}
        log_ins.note(uow, known.org_id, known.user_id, outcome, **about, now=now)


def _open(
    uow: UnitOfWork, known: Row[Any], source: str | None, agent: str | None, method: str | None, now: datetime
) -> tuple[str, Session]:
    log_ins.note(uow, known.org_id, known.user_id, "in", source=source, agent=agent, method=method, now=now)
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    opened = Session(
        token_hash=digest(token),
        org_id=known.org_id,
        user_id=known.user_id,
        csrf=csrf,
        must_change_password=known.must_change and method is None,
        must_enrol=safety.must_enrol(uow, known.org_id, known.user_id),
        stale=False,
        method=method,
    )
    uow.conn.execute(
        insert(session).values(
            token_hash=opened.token_hash,
            org_id=known.org_id,
            user_id=known.user_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + safety.rules(uow, known.org_id).session_for,
            source=source,
            method=method,
        )
    )
    return token, opened


def _wrong_login() -> Forbidden:
    """Says as little of an unknown name as of a wrong password."""
    return Forbidden("login.wrong", _WRONG, status=401)


def find_session(uow: UnitOfWork, token: str, *, now: datetime) -> Session | None:
    """The session of a token, or None if there is none, it expired (unused, or too old: `safety`) or the user left."""
    row = uow.conn.execute(
        select(
            session,
            login_table.c.must_change,
            user.c.active,
            _rules.c.session_hours,
            _rules.c.idle_minutes,
            safety.factor_missing(session.c.org_id, session.c.user_id).label("must_enrol"),
        )
        .join(user, (user.c.org_id == session.c.org_id) & (user.c.id == session.c.user_id))
        .join(login_table, (login_table.c.org_id == session.c.org_id) & (login_table.c.user_id == session.c.user_id))
        .outerjoin(_rules, _rules.c.org_id == session.c.org_id)
        .where(session.c.token_hash == digest(token))
    ).one_or_none()
    if row is None or not row.active or now >= row.expires_at:
        return None
    longest, idle = safety.lengths(row.session_hours, row.idle_minutes)
    if now - row.seen_at >= idle or now - row.created_at >= longest:  # the office may have shortened it meanwhile
        return None
    return Session(
        token_hash=row.token_hash,
        org_id=row.org_id,
        user_id=row.user_id,
        csrf=row.csrf,
        must_change_password=row.must_change and row.method is None,
        must_enrol=bool(row.must_enrol),
        stale=now - row.seen_at >= TOUCH_EVERY,
        method=row.method,
    )


def touch(uow: UnitOfWork, found: Session, *, now: datetime) -> None:
    """Note that the session is in use."""
    uow.conn.execute(update(session).where(session.c.token_hash == found.token_hash).values(seen_at=now))


def csrf_matches(found: Session, given: str | None) -> bool:
    """True if the request carries the session's CSRF token."""
    return given is not None and hmac.compare_digest(found.csrf.encode(), given.encode())


def log_out(uow: UnitOfWork, found: Session) -> None:
    """End a session."""
    uow.conn.execute(delete(session).where(session.c.token_hash == found.token_hash))


def sessions_of(uow: UnitOfWork, found: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Where the user is logged in, the newest first: id (for `end_session`), since when, last seen, from where."""
    rules = safety.rules(uow, found.org_id)
    query = (
        select(session)
        .where(session.c.org_id == found.org_id, session.c.user_id == found.user_id)
        .where(session.c.expires_at > now, session.c.seen_at > now - rules.idle_for)
        .where(session.c.created_at > now - rules.session_for)
        .order_by(session.c.created_at.desc())
    )
    return [
        {
            "id": row.token_hash[:_SESSION_ID],
            "created_at": row.created_at,
            "seen_at": row.seen_at,
            "source": row.source,
            "method": row.method,
            "current": row.token_hash == found.token_hash,
        }
        for row in uow.conn.execute(query)
    ]


def end_session(uow: UnitOfWork, found: Session, session_id: str) -> None:
    """End another session of the same user. Errors: `session.unknown`."""
    mine = (session.c.org_id == found.org_id) & (session.c.user_id == found.user_id)
    named = session.c.token_hash.startswith(session_id, autoescape=True)
    known = len(session_id) == _SESSION_ID and uow.conn.execute(delete(session).where(mine, named)).rowcount
    if not known:
        raise NotFound("session.unknown", "没有这个登录，可能已经退出。")


def log_out_everywhere(uow: UnitOfWork, org_id: str, user_id: str, *, but: Session | None = None) -> None:
    """End all sessions of a user, but one."""
    ended = delete(session).where(session.c.org_id == org_id, session.c.user_id == user_id)
    uow.conn.execute(ended.where(session.c.token_hash != but.token_hash) if but else ended)


def set_password(
    uow: UnitOfWork, org_id: str, user_id: str, password: str, *, now: datetime, must_change: bool = False
) -> None:
    """Set a user's password and end the user's sessions. One that must be changed is taken as it is.

    Errors: those of `passwords.check`, `user.unknown`.
    """
    if not must_change:
        passwords.check(password, _about(uow, org_id, user_id))
    _store_hash(uow, org_id, user_id, _hasher.hash(password), now, must_change)
    log_out_everywhere(uow, org_id, user_id)


def set_same_password(uow: UnitOfWork, org_id: str, user_ids: Iterable[str], password: str, *, now: datetime) -> None:
    """One password for many, hashed once: only for the sample town, where it is no secret."""
    password_hash = _hasher.hash(password)
    for user_id in user_ids:
        _store_hash(uow, org_id, user_id, password_hash, now, must_change=False)


def set_one_time_password(uow: UnitOfWork, org_id: str, user_id: str, *, now: datetime) -> str:
    """Give the user a new random password that must be changed at the first log-in; it is returned and not kept."""
    password = _new_one_time()
    set_password(uow, org_id, user_id, password, now=now, must_change=True)
    return password


@dataclass(frozen=True, slots=True)
class OneTime:
    """A one-time password and its hash, made before the transaction that stores the hash."""

    password: str
    password_hash: str


def one_time(count: int) -> list[OneTime]:
    """So many one-time passwords, hashed: each takes a while."""
    made = [_new_one_time() for _ in range(count)]
    return [OneTime(password, _hasher.hash(password)) for password in made]


def store_one_time(uow: UnitOfWork, org_id: str, user_id: str, one: OneTime, *, now: datetime) -> None:
    """Give somebody new a one-time password that was made before."""
    _store_hash(uow, org_id, user_id, one.password_hash, now, must_change=True)


def _new_one_time() -> str:
    return "-".join("".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(4)) for _ in range(4))


def change_password(uow: UnitOfWork, found: Session, old: str, new: str, *, now: datetime) -> None:
    """The user changes the own password; other sessions end. Errors: `password.wrong`, `password.same`, and
    those of `passwords.check`."""
    row = uow.conn.execute(
        select(login_table).where(login_table.c.org_id == found.org_id, login_table.c.user_id == found.user_id)
    ).one()
    if not _verify(row.password_hash, old):
        raise Refusal("password.wrong", "原密码不正确。", field="old")
    if hmac.compare_digest(old.encode(), new.encode()):
        raise Refusal("password.same", "新密码不能与原密码相同。", field="new")
    passwords.check(new, _about(uow, found.org_id, found.user_id))
    _store_hash(uow, found.org_id, found.user_id, _hasher.hash(new), now, must_change=False)
    log_out_everywhere(uow, found.org_id, found.user_id, but=found)


def strength(uow: UnitOfWork, found: Session, password: str) -> Strength:
    """How good a new password of the user would be; nothing is kept of it."""
    return passwords.strength(password, _about(uow, found.org_id, found.user_id))


def _about(uow: UnitOfWork, org_id: str, user_id: str) -> list[str | None]:
    """What whoever guesses the user's password would try first."""
    person, org = get_user(uow, org_id, user_id), get_organisation(uow, org_id)
    return [person.login, person.name, person.phone, person.email, org.code, org.name]


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete expired sessions, old failures and old log-ins; for the scheduler, once an hour."""
    uow.conn.execute(delete(session).where(or_(session.c.expires_at <= now, session.c.seen_at <= now - IDLE)))
    attempts.forget_old(uow, now=now)
    security_keys.forget_old(uow, now=now)
    log_ins.forget_old(uow, now=now)


def _store_hash(
    uow: UnitOfWork, org_id: str, user_id: str, password_hash: str, now: datetime, must_change: bool
) -> None:
    mine = (login_table.c.org_id == org_id) & (login_table.c.user_id == user_id)
    values = {"password_hash": password_hash, "must_change": must_change, "changed_at": now}
    if not uow.conn.execute(update(login_table).where(mine).values(values)).rowcount:
        login = get_user(uow, org_id, user_id).login
        uow.conn.execute(insert(login_table).values(login=login, org_id=org_id, user_id=user_id, **values))


def _verify(password_hash: str, password: str) -> bool:
    try:
        with _few:
            return _hasher.verify(password_hash, password[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
