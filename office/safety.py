"""How safe an organisation wants its accounts and its storage to be: who must have a second factor, how much is kept.

A quota keeps one person, one case or one office from filling the storage of all; the office may set others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, insert, literal, not_, or_, select, update

from office import office_log
from office.access import ADMIN
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import attachment, document
from storage.tables.people import safety, second_factor, security_key, user, user_role

WHO = ("own", "admins", "all")  # who must have a second factor: whoever wants one, administrators, everybody
MEGABYTE = 1024 * 1024
DAY = timedelta(hours=24)
_MOST = 10_000_000  # megabytes that a quota may say
HOURS = (1, 24)  # how long a session may be, at least and at most
IDLE_MINUTES = (10, 480)  # how long it may be unused


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """The rules of an organisation; quotas of the files of one case, of one person in 24 hours, of the office.

    `verify_user`: security keys ask for a PIN or a finger. A session ends after `session_hours`, or `idle_minutes`
    unused: a working day at a window, unless the office wants it shorter (ASVS 3.3.2: 12 hours, 30 minutes).
    """

    second_factor: str = "own"
    verify_user: bool = False
    session_hours: int = 24
    idle_minutes: int = 480
    case_megabytes: int = 500
    person_megabytes: int = 1_000
    org_megabytes: int = 200_000

    @property
    def session_for(self) -> timedelta:
        """How long a session lasts."""
        return timedelta(hours=self.session_hours)

    @property
    def idle_for(self) -> timedelta:
        """How long it may be unused."""
        return timedelta(minutes=self.idle_minutes)


def lengths(hours: int | None, minutes: int | None) -> tuple[timedelta, timedelta]:
    """How long a session lasts and may be unused by an organisation's row, or without one."""
    said = Safety() if hours is None or minutes is None else Safety(session_hours=hours, idle_minutes=minutes)
    return said.session_for, said.idle_for


def rules(uow: UnitOfWork, org_id: str) -> Safety:
    """What is in force."""
    row = uow.conn.execute(select(safety).where(safety.c.org_id == org_id)).one_or_none()
    return Safety() if row is None else Safety(**{key: getattr(row, key) for key in asdict(Safety())})


def set_rules(uow: UnitOfWork, org_id: str, wanted: Safety, reason: str, *, now: datetime, by: str) -> None:
    """Put other rules in force, with a reason.

    Errors: `safety.no_reason`, `safety.who`, `safety.session`, `safety.quota`.
    """
    if not reason.strip():
        raise Refusal("safety.no_reason", "请写明修改的原因。", field="reason")
    if wanted.second_factor not in WHO:
        raise Refusal("safety.who", "请选择谁必须使用第二步验证。", field="second_factor")
    for key, (least, most), unit in (("session_hours", HOURS, "小时"), ("idle_minutes", IDLE_MINUTES, "分钟")):
        if not least <= getattr(wanted, key) <= most:
            raise Refusal("safety.session", f"登录时长应在{least}至{most}{unit}之间。", field=key)
    for key in ("case_megabytes", "person_megabytes", "org_megabytes"):
        if not 1 <= getattr(wanted, key) <= _MOST:
            raise Refusal("safety.quota", "存储限额应在 1 MB 以上。", field=key)
    before, after = asdict(rules(uow, org_id)), asdict(wanted)
    new = {key: value for key, value in after.items() if before[key] != value}
    if not new:
        return
    if not uow.conn.execute(update(safety).where(safety.c.org_id == org_id).values(after)).rowcount:
        uow.conn.execute(insert(safety).values(org_id=org_id, **after))
    old = {key: before[key] for key in new}
    office_log.note(uow, org_id, "safety", "changed", old=old, new=new, reason=reason.strip(), now=now, by=by)


def factor_missing(org_id: ColumnElement[str], user_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition: the organisation wants a second factor of this user, who has none."""
    administers = exists().where(
        user_role.c.org_id == org_id, user_role.c.user_id == user_id, user_role.c.role == ADMIN
    )
    all_must, admins_must = (
        exists().where(safety.c.org_id == org_id, safety.c.second_factor == who) for who in ("all", "admins")
    )
    wanted = or_(all_must, and_(admins_must, administers))
    return and_(wanted, not_(_has_factor(org_id, user_id)))  # side by side: each finds the user's row


def _has_factor(org_id: ColumnElement[str], user_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition: the user has an app that shows codes, or a security key."""
    codes = exists().where(
        second_factor.c.org_id == org_id,
        second_factor.c.user_id == user_id,
        second_factor.c.confirmed_at.is_not(None),
    )
    key = exists().where(security_key.c.org_id == org_id, security_key.c.user_id == user_id)
    return or_(codes, key)


def must_enrol(uow: UnitOfWork, org_id: str, user_id: str) -> bool:
    """Whether the user may do nothing before having a second factor."""
    asked = select(factor_missing(literal(org_id, String), literal(user_id, String)))
    return bool(uow.conn.execute(asked).scalar())


def without_factor(uow: UnitOfWork, org_id: str) -> list[Mapping[str, Any]]:
    """Who works here and has no second factor: id, name, whether an administrator."""
    administers = exists().where(
        user_role.c.org_id == user.c.org_id, user_role.c.user_id == user.c.id, user_role.c.role == ADMIN
    )
    factor = _has_factor(user.c.org_id, user.c.id)
    query = select(user.c.id, user.c.name, administers.label("admin"))
    query = query.where(user.c.org_id == org_id, user.c.active, not_(factor)).order_by(user.c.name, user.c.id)
    return [dict(row) for row in uow.conn.execute(query).mappings()]


def stored_bytes(uow: UnitOfWork, org_id: str) -> int:
    """How much the office keeps in files, equal ones once."""
    return int(uow.conn.execute(select(func.sum(attachment.c.size)).where(attachment.c.org_id == org_id)).scalar() or 0)


def check_room(uow: UnitOfWork, org_id: str, case_id: str, size: int, *, now: datetime, by: str) -> None:
    """Before a file of `size` bytes is kept. Errors: `quota.case`, `quota.person`, `quota.org`."""
    limits = rules(uow, org_id)
    of_case = document.c.org_id == org_id, document.c.case_id == case_id
    if _sum(uow, *of_case) + size > limits.case_megabytes * MEGABYTE:
        raise _full("quota.case", f"本件的文件合计超过{limits.case_megabytes}MB")
    today = document.c.org_id == org_id, document.c.by == by, document.c.at > now - DAY, document.c.form.is_(None)
    if _sum(uow, *today) + size > limits.person_megabytes * MEGABYTE:
        raise _full("quota.person", f"您24小时内上传的文件超过{limits.person_megabytes}MB")
    if stored_bytes(uow, org_id) + size > limits.org_megabytes * MEGABYTE:
        raise _full("quota.org", f"本单位的文件合计超过{limits.org_megabytes}MB")


def _sum(uow: UnitOfWork, *mine: ColumnElement[bool]) -> int:
    return int(uow.conn.execute(select(func.sum(document.c.size)).where(*mine)).scalar() or 0)


def _full(code: str, why: str) -> Refusal:
    return Refusal(code, f"{why}，没有保存；确需上传的，请管理员在“登录与存储”中调整限额。", field="file")
