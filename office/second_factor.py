"""The second factor of a log-in: a code that an app on the telephone shows (TOTP, RFC 6238), or a recovery code.

A code is good for its 30 seconds and those before and after, and for one log-in. Recovery codes are shown once, kept as
hashes, and each works once: for the day the telephone is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import Row, delete, insert, select, update

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


def is_on(uow: UnitOfWork, org_id: str, user_id: str) -> bool:
    """Whether the user's log-in asks for a code."""
    row = _row(uow, org_id, user_id)
    return row is not None and row.confirmed_at is not None


def begin(uow: UnitOfWork, org_id: str, user_id: str, login: str, *, now: datetime) -> Begun:
    """A new secret, which counts once `confirm` has seen a code of it. Errors: `second_factor.on`."""
    if is_on(uow, org_id, user_id):
        raise Conflict("second_factor.on", "动态口令已经开启；要换手机，请先关闭再开启。")
    secret = pyotp.random_base32()
    remove(uow, org_id, user_id)
    values = dict(org_id=org_id, user_id=user_id, secret=secret, recovery=[], last_step=0, begun_at=now)
    uow.conn.execute(insert(second_factor).values(values))
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def confirm(uow: UnitOfWork, org_id: str, user_id: str, code: str, *, now: datetime) -> list[str]:
    """Turn it on with a first code; gives the recovery codes. Errors: `second_factor.not_begun`, `.code`."""
    row = _row(uow, org_id, user_id, hold=True)
    if row is None or row.confirmed_at is not None:
        raise Conflict("second_factor.not_begun", "请先取得二维码，再输入口令。")
    step = _step(row, code, now)
    if step is None:
        raise Refusal("second_factor.code", "口令不对。请确认手机时间准确，输入当前显示的六位数字。", field="code")
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    _write(uow, org_id, user_id, confirmed_at=now, last_step=step, recovery=[_digest(one) for one in codes])
    return codes


def check(uow: UnitOfWork, org_id: str, user_id: str, code: str | None, *, now: datetime) -> Forbidden | None:
    """Whether a log-in may go on: None if there is no second factor or the code is right, which uses it up.

    Gives `login.code_wanted` (no code was given) or `login.code_wrong`.
    """
    row = _row(uow, org_id, user_id, hold=True)
    if row is None or row.confirmed_at is None:
        return None
    if not (code := (code or "").strip().lower().replace(" ", "")):
        return Forbidden("login.code_wanted", "请输入手机上显示的动态口令。", status=401, field="code")
    step = _step(row, code, now)
    if step is not None:
        _write(uow, org_id, user_id, last_step=step)
        return None
    left = [kept for kept in row.recovery if not hmac.compare_digest(kept, _digest(code))]
    if len(left) < len(row.recovery):
        _write(uow, org_id, user_id, recovery=left)
        return None
    return Forbidden("login.code_wrong", "动态口令不正确，或者已经用过。", status=401, field="code")


def remove(uow: UnitOfWork, org_id: str, user_id: str) -> None:
    """Turn it off."""
    uow.conn.execute(delete(second_factor).where(*_mine(org_id, user_id)))


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


def _write(uow: UnitOfWork, org_id: str, user_id: str, **values: Any) -> None:
    uow.conn.execute(update(second_factor).where(*_mine(org_id, user_id)).values(**values))


def _mine(org_id: str, user_id: str) -> tuple[Any, Any]:
    return second_factor.c.org_id == org_id, second_factor.c.user_id == user_id


def _recovery_code() -> str:
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2))
    return "-".join(parts)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
