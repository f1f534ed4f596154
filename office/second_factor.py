"""The second factor of a log-in: a code that an app on the telephone shows (TOTP, RFC 6238), a security key
(`security_keys`), or a recovery code.

A code is good for its 30 seconds and those before and after, and for one log-in. Recovery codes are shown once, kept as
hashes, and each works once: for the day the telephone or the key is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import Row, delete, insert, select, update

from office import safety, security_keys
from office.security_keys import Site
from storage.database import UnitOfWork
from storage.errors import Conflict, Forbidden, Refusal
from storage.tables.people import second_factor

ISSUER = "办结"
STEP = 30  # seconds
DRIFT = 1  # steps that a clock may be off
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Begun:
    """A secret to be put into an app: as text, and as the address that its QR code holds."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a log-in gives besides the password: a code, or what a security key answered, or nothing yet.

    `site`: where keys are used; None: they cannot be, as the address of this installation is not set.
    """

    code: str | None = None
    key: Mapping[str, Any] | None = None
    site: Site | None = None

    @property
    def kind(self) -> str:
        """What is entered of an answer that was wrong."""
        return "key" if self.key is not None else "code"


def is_on(uow: UnitOfWork, org_id: str, user_id: str) -> bool:
    """Whether the user's log-in asks for a code or a key."""
    return codes_are_on(uow, org_id, user_id) or security_keys.has_one(uow, org_id, user_id)


def codes_are_on(uow: UnitOfWork, org_id: str, user_id: str) -> bool:
    """Whether an app on the user's telephone shows codes."""
    row = _row(uow, org_id, user_id)
    return row is not None and row.confirmed_at is not None


def begin(uow: UnitOfWork, org_id: str, user_id: str, login: str, *, now: datetime) -> Begun:
    """A new secret, which counts once `confirm` has seen a code of it. Errors: `second_factor.on`."""
    if codes_are_on(uow, org_id, user_id):
        raise Conflict("second_factor.on", "动态口令已经开启；要换手机，请先关闭再开启。")
    secret = pyotp.random_base32()
    _keep(uow, org_id, user_id, secret=secret, last_step=0, begun_at=now)
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def confirm(uow: UnitOfWork, org_id: str, user_id: str, code: str, *, now: datetime) -> list[str]:
    """Turn it on with a first code; gives the recovery codes, none if the user has some from a security key.

    Errors: `second_factor.not_begun`, `second_factor.code`.
    """
    row = _row(uow, org_id, user_id, hold=True)
    if row is None or row.secret is None or row.confirmed_at is not None:
        raise Conflict("second_factor.not_begun", "请先取得二维码，再输入口令。")
    step = _step(row, code, now)
    if step is None:
        raise Refusal("second_factor.code", "口令不对。请确认手机时间准确，输入当前显示的六位数字。", field="code")
    _write(uow, org_id, user_id, confirmed_at=now, last_step=step)
    return _recovery_codes(uow, org_id, user_id, now)


def add_key(
    uow: UnitOfWork, org_id: str, user_id: str, name: str, answer: Mapping[str, Any], site: Site, *, now: datetime
) -> list[str]:
    """Keep a security key that answered; gives the recovery codes, none if the user has some.

    Errors: those of `security_keys.enrol`.
    """
    verify = safety.rules(uow, org_id).verify_user
    security_keys.enrol(uow, org_id, user_id, name, answer, site, verify=verify, now=now)
    return _recovery_codes(uow, org_id, user_id, now)


def remove_key(uow: UnitOfWork, org_id: str, user_id: str, key_id: str) -> str:
    """Take a security key away; with the last factor the recovery codes go. Gives its name. Errors: `key.unknown`."""
    name = security_keys.remove(uow, org_id, user_id, key_id)
    if not is_on(uow, org_id, user_id):
        uow.conn.execute(delete(second_factor).where(*_mine(org_id, user_id)))
    return name


def check(uow: UnitOfWork, org_id: str, user_id: str, answer: Answer, *, now: datetime) -> Forbidden | None:
    """Whether a log-in may go on: None if there is no second factor or the answer is right, which uses it up.

    Gives `login.code_wanted` (nothing was given) or `login.key_stale` (the key was asked too long ago), which are no
    failures and ask anew: `details` holds `codes` (an app shows some) and `key` (what a key is asked, if one can be);
    else `login.code_wrong`, `login.key_wrong`, `login.key_copied`.
    """
    row = _row(uow, org_id, user_id, hold=True)
    codes = row is not None and row.confirmed_at is not None
    if not codes and not security_keys.has_one(uow, org_id, user_id):
        return None
    if answer.key is not None:
        return _check_key(uow, org_id, user_id, answer, codes, now)
    if not (code := (answer.code or "").strip().lower().replace(" ", "")):
        return _asked(uow, org_id, user_id, answer.site, codes, now)
    wrong = Forbidden("login.code_wrong", "动态口令不正确，或者已经用过。", status=401, field="code")
    if row is None:
        return wrong
    step = _step(row, code, now) if codes else None
    if step is not None:
        _write(uow, org_id, user_id, last_step=step)
        return None
    left = [kept for kept in row.recovery if not hmac.compare_digest(kept, _digest(code))]
    if len(left) < len(row.recovery):
        _write(uow, org_id, user_id, recovery=left)
        return None
    return wrong


def _check_key(
    uow: UnitOfWork, org_id: str, user_id: str, answer: Answer, codes: bool, now: datetime
) -> Forbidden | None:
    verify = safety.rules(uow, org_id).verify_user
    fault = security_keys.check(uow, org_id, user_id, answer.key or {}, answer.site, verify=verify, now=now)
    if fault is None:
        return None
    again = _asked(uow, org_id, user_id, answer.site, codes, now).details
    if fault == "stale":
        words = "等待安全密钥的时间过长，或者这次应答已经用过，请再用一次。"
        return Forbidden("login.key_stale", words, status=401, field="key", details=again)
    if fault == "copied":
        words = "这把安全密钥可能被复制过，已停用。请改用动态口令、备用码或另一把安全密钥，并联系管理员。"
        return Forbidden("login.key_copied", words, status=401, field="key", details=again)
    return Forbidden("login.key_wrong", "安全密钥的应答不正确。", status=401, field="key", details=again)


def _asked(uow: UnitOfWork, org_id: str, user_id: str, site: Site | None, codes: bool, now: datetime) -> Forbidden:
    """That the second factor is wanted, and what a key is asked."""
    verify = safety.rules(uow, org_id).verify_user
    options = security_keys.ask(uow, org_id, user_id, site, verify=verify, now=now)
    if options is not None:
        words = "请使用安全密钥，或者输入动态口令。" if codes else "请使用安全密钥，或者输入一个备用码。"
    else:
        words = "请输入手机上显示的动态口令。" if codes else "现在不能使用安全密钥，请输入一个备用码。"
    details = {"codes": codes, "key": options}
    return Forbidden("login.code_wanted", words, status=401, field="code", details=details)


def remove(uow: UnitOfWork, org_id: str, user_id: str) -> None:
    """No more codes by an app; security keys stay, and the recovery codes with them."""
    if security_keys.has_one(uow, org_id, user_id):
        _write(uow, org_id, user_id, secret=None, confirmed_at=None, last_step=0)
    else:
        uow.conn.execute(delete(second_factor).where(*_mine(org_id, user_id)))


def remove_all(uow: UnitOfWork, org_id: str, user_id: str) -> None:
    """No second factor of any kind: what somebody had is lost."""
    security_keys.remove_all(uow, org_id, user_id)
    remove(uow, org_id, user_id)


def recovery_codes_left(uow: UnitOfWork, org_id: str, user_id: str) -> int:
    """How many recovery codes have not been used."""
    row = _row(uow, org_id, user_id)
    return 0 if row is None else len(row.recovery)


def _step(row: Row[Any], code: str, now: datetime) -> int | None:
    """The step whose code it is, if it is near and newer than the last one used."""
    totp, here = pyotp.TOTP(row.secret), int(now.timestamp()) // STEP
    for step in range(here - DRIFT, here + DRIFT + 1):
        if step > row.last_step and hmac.compare_digest(totp.at(step * STEP), code):
            return step
    return None


def _row(uow: UnitOfWork, org_id: str, user_id: str, *, hold: bool = False) -> Row[Any] | None:
    query = select(second_factor).where(*_mine(org_id, user_id))
    return uow.conn.execute(query.with_for_update() if hold else query).one_or_none()


def _recovery_codes(uow: UnitOfWork, org_id: str, user_id: str, now: datetime) -> list[str]:
    """New recovery codes for who has none left; kept as hashes."""
    row = _row(uow, org_id, user_id, hold=True)
    if row is not None and row.recovery:
        return []
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    _keep(uow, org_id, user_id, recovery=[_digest(one) for one in codes], begun_at=now)
    return codes


def _keep(uow: UnitOfWork, org_id: str, user_id: str, **values: Any) -> None:
    """Write the user's row, which need not be there yet."""
    if _row(uow, org_id, user_id, hold=True) is not None:
        _write(uow, org_id, user_id, **values)
        return
    new = {"org_id": org_id, "user_id": user_id, "secret": None, "recovery": [], "last_step": 0} | values
    uow.conn.execute(insert(second_factor).values(new))


def _write(uow: UnitOfWork, org_id: str, user_id: str, **values: Any) -> None:
    uow.conn.execute(update(second_factor).where(*_mine(org_id, user_id)).values(**values))


def _mine(org_id: str, user_id: str) -> tuple[Any, Any]:
    return second_factor.c.org_id == org_id, second_factor.c.user_id == user_id


def _recovery_code() -> str:
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2))
    return "-".join(parts)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
