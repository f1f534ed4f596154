"""What was changed of the office itself: people, posts, units, settings, calendar days - by whom, why. Append-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from office.parameter_words import value_words
from office.people import names_of, units
from office.profile_parameters import PARAMETERS
from office.roles import group_text
from storage.database import UnitOfWork
from storage.tables.people import office_log
from storage.types import new_id


def note(
    uow: UnitOfWork,
    org_id: str,
    subject: str,
    act: str,
    *,
    now: datetime,
    by: str | None,
    subject_id: str | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Enter a change. `subject`: user, post, unit, settings, calendar, absence, channel, webhook, safety, roster,
    external (an account of a sign-in service).

    `old`, `new`: what changed, as JSON.
    """
    uow.conn.execute(
        insert(office_log).values(
            org_id=org_id,
            id=new_id(),
            at=now,
            by=by,
            subject=subject,
            subject_id=subject_id,
            act=act,
            old=None if old is None else dict(old),
            new=None if new is None else dict(new),
            reason=reason,
        )
    )


def changes(
    uow: UnitOfWork, org_id: str, *subjects: str, subject_id: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """The latest changes of these subjects (of all without any), or of one thing of them, newest first, with the name
    of who made each."""
    query = select(office_log).where(office_log.c.org_id == org_id)
    if subjects:
        query = query.where(office_log.c.subject.in_(subjects))
    if subject_id is not None:
        query = query.where(office_log.c.subject_id == subject_id)
    rows = uow.conn.execute(query.order_by(office_log.c.at.desc(), office_log.c.id.desc()).limit(limit)).all()
    sides = [value for row in rows for side in (row.old, row.new) if side for value in side.values()]
    said = [one for value in sides for one in (value if isinstance(value, list) else [value])]
    people = [row.subject_id for row in rows if row.subject in _OF_A_PERSON]
    names = names_of(uow, org_id, [*(row.by for row in rows), *people, *(one for one in said if isinstance(one, str))])
    called = {unit.id: unit.name for unit in units(uow, org_id, inactive=True)} | names
    return [
        {
            "at": row.at,
            "by_name": names.get(row.by),
            "subject": row.subject,
            "subject_id": row.subject_id,
            "act": row.act,
            "old": row.old,
            "new": row.new,
            "told": _told(row, called),
            "reason": row.reason,
        }
        for row in rows
    ]


def names_of_deleted(uow: UnitOfWork, org_id: str, ids: Iterable[str]) -> dict[str, str]:
    """What channels and webhooks that were deleted were called."""
    query = select(office_log.c.subject_id, office_log.c.old).where(
        office_log.c.org_id == org_id,
        office_log.c.subject.in_(("channel", "webhook")),
        office_log.c.act == "deleted",
        office_log.c.subject_id.in_(set(ids)),
    )
    return {row.subject_id: row.old["name"] for row in uow.conn.execute(query)}


_OF_A_PERSON = ("user", "external")
_LABELS: Mapping[str, str] = {
    "name": "名称",
    "unit_id": "机构",
    "a_id": "A岗",
    "b_id": "B岗",
    "parent_id": "上级机构",
    "head_id": "负责人",
    "outside": "外单位",
    "matters": "受理事项的词",
    "position": "次序",
    "active": "在用",
    "roles": "岗位角色",
    "to": "接收人",
    "count": "项数",
    "reset_password": "重设密码",
    "reset_second_factor": "关闭第二步验证",
    "second_factor": "必须使用第二步验证",
    "verify_user": "安全密钥须验证本人",
    "session_hours": "登录最长（小时）",
    "idle_minutes": "不用多久退出（分钟）",
    "case_megabytes": "每件文件限额（MB）",
    "person_megabytes": "每人24小时上传限额（MB）",
    "org_megabytes": "本单位文件限额（MB）",
    "service": "外部登录",
    "working": "上班",
    "profile": "配置",
    "overlay": "适用《信访工作条例》",
    "roll": "末日遇节假日顺延",
    "day_end": "每日截止时间",
    **{key: spec.title for key, spec in PARAMETERS.items()},
}


_WORDS = {"own": "自愿", "admins": "管理员", "all": "所有人"}


def _told(row: Row[Any], called: Mapping[str, str]) -> list[str]:
    """What changed, in words: label, old and new value. Ids of people and units are called by name."""
    old, new = row.old or {}, row.new or {}
    keys = [key for key in {**old, **new} if key != "id" and old.get(key) != new.get(key)]
    who = [called.get(row.subject_id, row.subject_id)] if row.subject in _OF_A_PERSON else []
    sides = [(key, *(_said(_roles(key, side.get(key), called), called) for side in (old, new))) for key in keys]
    return who + [f"{_LABELS.get(key, key)}：{before} → {after}" for key, before, after in sides]


def _roles(key: str, value: Any, called: Mapping[str, str]) -> Any:
    return [group_text(role, dict(called)) for role in value or ()] if key == "roles" else value


def _said(value: Any, called: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return called.get(value) or _WORDS.get(value) or value_words(value)
    if isinstance(value, list):
        return "、".join(_said(item, called) for item in value)
    return "，".join(f"{key} {item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
