"""Attempts to log in: failures are counted by name and by network address, and too many lock it for a while.

The slow check of a password needs no transaction: whether the name is locked is asked before it and again, with the row
held, after it. So attempts at the same time count as if they had come one after the other. An unknown name is counted
like a known one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import UnitOfWork
from storage.errors import Forbidden
from storage.tables.people import login_failure

FREE_FAILURES = 5  # failed attempts before the name is locked
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(minutes=30)  # doubled at each further failure
FORGET_FAILURES = timedelta(hours=24)
ADDRESS_FAILURES = 50  # failed attempts from one address, behind which a whole office may sit, in ADDRESS_WINDOW
ADDRESS_WINDOW = timedelta(minutes=15)


def refused(uow: UnitOfWork, login: str, source: str | None, *, now: datetime) -> Forbidden | None:
    """Whether a name or an address has to wait: `login.locked`, `login.too_many`. Only reads."""
    if source is not None:
        row = _row(uow, _address(source))
        if row is not None and row.failures >= ADDRESS_FAILURES and now < row.last_at + ADDRESS_WINDOW:
            return _refusal("login.too_many", "从这个网络地址登录失败的次数过多", row.last_at + ADDRESS_WINDOW - now)
    row = _row(uow, digest(login))
    return None if row is None else _locked(row, now)


def failed(uow: UnitOfWork, login: str, source: str | None, *, now: datetime) -> Forbidden | None:
    """Count a failure; gives `login.locked` if the name was locked meanwhile."""
    if source is not None:
        _count_address(uow, source, now)
    seen = _hold(uow, digest(login), now)
    if (locked := _locked(seen, now)) is not None:
        return locked
    failures = (seen.failures if now - seen.last_at < FORGET_FAILURES else 0) + 1
    over = failures - FREE_FAILURES
    locked_until = now + min(FIRST_LOCK * 2 ** min(over, 10), LONGEST_LOCK) if over >= 0 else None
    _write(uow, digest(login), failures=failures, last_at=now, locked_until=locked_until)
    return None


def succeeded(uow: UnitOfWork, login: str, *, now: datetime) -> Forbidden | None:
    """Forget the failures of the name; gives `login.locked` if it was locked meanwhile."""
    if (locked := _locked(_hold(uow, digest(login), now), now)) is not None:
        return locked
    uow.conn.execute(delete(login_failure).where(login_failure.c.name_hash == digest(login)))
    return None


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete what is of no more use."""
    uow.conn.execute(delete(login_failure).where(login_failure.c.last_at <= now - FORGET_FAILURES))


def digest(text: str) -> str:
    """What is kept instead of a name, an address or a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def _count_address(uow: UnitOfWork, source: str, now: datetime) -> None:
    """`last_at` is when the window began."""
    seen = _hold(uow, _address(source), now)
    if now >= seen.last_at + ADDRESS_WINDOW:
        _write(uow, _address(source), failures=1, last_at=now)
    else:
        _write(uow, _address(source), failures=seen.failures + 1)


def _locked(row: Row[Any], now: datetime) -> Forbidden | None:
    if row.locked_until is None or now >= row.locked_until:
        return None
    return _refusal("login.locked", "尝试次数过多", row.locked_until - now)


def _row(uow: UnitOfWork, name_hash: str) -> Row[Any] | None:
    return uow.conn.execute(select(login_failure).where(login_failure.c.name_hash == name_hash)).one_or_none()


def _address(source: str) -> str:
    return digest(f"address {source}")  # no log-in name has a space


def _hold(uow: UnitOfWork, name_hash: str, now: datetime) -> Row[Any]:
    """The failures of a name, its row locked: attempts at one name come one after the other, and all count."""
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    first = make(login_failure).values(name_hash=name_hash, failures=0, last_at=now)
    same = {"failures": login_failure.c.failures}
    held = first.on_conflict_do_update(index_elements=[login_failure.c.name_hash], set_=same).returning(login_failure)
    return uow.conn.execute(held).one()


def _write(uow: UnitOfWork, name_hash: str, **values: Any) -> None:
    uow.conn.execute(update(login_failure).where(login_failure.c.name_hash == name_hash).values(**values))


def _refusal(code: str, why: str, left: timedelta) -> Forbidden:
    minutes = max(1, -(-int(left.total_seconds()) // 60))
    return Forbidden(code, f"{why}，请{minutes}分钟后再试。", status=429)
