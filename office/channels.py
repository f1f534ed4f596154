"""Channels that an organisation sets up beside its own notices and mail: WeCom, DingTalk, Feishu, SMS, endpoints.

A channel is an Apprise URL. It is a secret: sealed at rest, never shown again. `{address}` in it stands for what each
person enters as their own (mobile number, account name).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row, delete, func, insert, select, update

from office import delivering, notice_settings, office_log
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.telling import channel, digest_line, personal_address
from storage.types import new_id

PERSON = "{address}"
DELETED = "渠道已删除"
_PERSONAL = re.compile(r"[0-9A-Za-z_.@+-]{1,64}")
_MOST = 20  # channels of one organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that Apprise reaches. `accepted`: field and value of an answer with HTTP 200 that says it was taken."""

    example: str
    accepted: tuple[str, int] | None = None


_ENDPOINT = {f"{kind}{secure}": Service(example=f"{kind}{secure}://HOST/PATH")
             for kind in ("json", "form", "xml") for secure in ("s", "")}  # fmt: skip
SERVICES: dict[str, Service] = {
    "wecombot": Service(example="wecombot://KEY", accepted=("errcode", 0)),
    "wechat": Service(example="wechat://CORPID:SECRET@AGENTID/{address}", accepted=("errcode", 0)),
    "dingtalk": Service(example="dingtalk://SECRET@ACCESS_TOKEN", accepted=("errcode", 0)),
    "feishu": Service(example="feishu://TOKEN", accepted=("code", 0)),
    "lark": Service(example="lark://TOKEN", accepted=("code", 0)),
    "wxpusher": Service(example="wxpusher://APP_TOKEN/{address}", accepted=("code", 1000)),
    "smseagle": Service(example="smseagle://TOKEN@HOST/{address}"),
    "smseagles": Service(example="smseagles://TOKEN@HOST/{address}"),
    "httpsms": Service(example="httpsms://KEY@FROM/{address}"),
    "twilio": Service(example="twilio://ACCOUNT:TOKEN@FROM/{address}"),
    "vonage": Service(example="vonage://KEY:SECRET@FROM/{address}"),
    "clickatell": Service(example="clickatell://KEY/{address}"),
    **_ENDPOINT,
}


def services() -> list[dict[str, str]]:
    """The services that can be chosen, with how their addresses look."""
    return [{"key": key, "example": one.example} for key, one in SERVICES.items()]


def add(uow: UnitOfWork, org_id: str, name: str, address: str, *, now: datetime, by: str) -> str:
    """Set up a channel; gives its id. Errors: `channel.*`."""
    name, address = _name(uow, org_id, name, None), address.strip()
    count = select(func.count()).select_from(channel).where(channel.c.org_id == org_id)
    if uow.conn.execute(count).scalar_one() >= _MOST:
        raise Refusal("channel.too_many", f"一个单位最多设{_MOST}个通知渠道。")
    values = {"org_id": org_id, "id": new_id(), "name": name, "active": True, "made_at": now, "made_by": by}
    uow.conn.execute(insert(channel).values(**values, **_checked(address)))
    told = {"name": name, "service": _checked(address)["service"]}
    office_log.note(uow, org_id, "channel", "added", new=told, reason=None, now=now, by=by)
    return str(values["id"])


def change(
    uow: UnitOfWork,
    org_id: str,
    channel_id: str,
    *,
    name: str,
    active: bool,
    address: str | None,
    now: datetime,
    by: str,
) -> None:
    """Rename, stop or take up a channel; a new address takes the place of the old one. Errors: `channel.*`."""
    old = get(uow, org_id, channel_id)
    values: dict[str, Any] = {"name": _name(uow, org_id, name, channel_id), "active": active}
    if address is not None and address.strip():
        values |= _checked(address.strip())
    uow.conn.execute(update(channel).where(*_is(org_id, channel_id)).values(**values))
    shown = ("name", "active", "service")
    before, after = (
        {key: getattr(old, key) for key in shown},
        {key: values.get(key, getattr(old, key)) for key in shown},
    )
    office_log.note(uow, org_id, "channel", "changed", old=before, new=after, reason=None, now=now, by=by)


def remove(uow: UnitOfWork, org_id: str, channel_id: str, *, now: datetime, by: str) -> None:
    """Delete a channel with what people entered and wished for it; nothing goes by it any more, the record stays.

    Errors: NotFound `channel.unknown`.
    """
    old = get(uow, org_id, channel_id)
    delivering.drop(uow, org_id, channel_id, DELETED, now=now)
    notice_settings.forget_channel(uow, org_id, channel_id)
    for table, column in ((personal_address, personal_address.c.channel_id), (digest_line, digest_line.c.channel)):
        uow.conn.execute(delete(table).where(table.c.org_id == org_id, column == channel_id))
    uow.conn.execute(delete(channel).where(*_is(org_id, channel_id)))
    told = {"name": old.name, "service": old.service}
    office_log.note(uow, org_id, "channel", "deleted", subject_id=channel_id, old=told, new={}, now=now, by=by)


def get(uow: UnitOfWork, org_id: str, channel_id: str) -> Row[Any]:
    """A channel with its address. Errors: NotFound `channel.unknown`."""
    row = uow.conn.execute(select(channel).where(*_is(org_id, channel_id))).one_or_none()
    if row is None:
        raise NotFound("channel.unknown", "没有这个通知渠道。")
    return row


def listed(uow: UnitOfWork, org_id: str, *, active: bool = False) -> list[dict[str, Any]]:
    """The channels of an organisation, without their addresses."""
    one = channel.c
    query = select(one.id, one.name, one.service, one.personal, one.active, one.made_at).where(one.org_id == org_id)
    if active:
        query = query.where(one.active)
    rows = uow.conn.execute(query.order_by(one.name))
    return [dict(row._mapping) for row in rows]


def test(uow: UnitOfWork, org_id: str, channel_id: str, *, address: str | None, now: datetime, by: str) -> str:
    """Send a word of trial by a channel, to `address` where it needs a person's; gives the delivery's id."""
    row = get(uow, org_id, channel_id)
    if row.personal:
        keep_address(uow, org_id, by, channel_id, address)
    return str(
        delivering.put(
            uow, org_id, delivering.TEST, channel_id, subject="办结提醒：测试", key=f"test/{new_id()}", user_id=by,
            body=f"这是通知渠道“{row.name}”的测试消息，收到即表示渠道可用。", now=now,
        )
    )  # fmt: skip


# ------------------------------------------------------------------ where a person is


def keep_address(uow: UnitOfWork, org_id: str, user_id: str, channel_id: str, address: str | None) -> None:
    """Write down where a channel finds a person; None keeps what is there, an empty text takes it away.

    Errors: `channel.bad_person`.
    """
    if address is None:
        return
    address = address.strip()
    if address and not _PERSONAL.fullmatch(address):
        raise Refusal(
            "channel.bad_person",
            "个人地址只能是手机号、账号或邮箱：字母、数字和 _ . @ + -，最多64位。",
            field="address",
        )
    mine = _person(org_id, user_id, channel_id)
    uow.conn.execute(delete(personal_address).where(*mine))
    if address:
        values = {"org_id": org_id, "user_id": user_id, "channel_id": channel_id, "address": address}
        uow.conn.execute(insert(personal_address).values(**values))


def own_addresses(uow: UnitOfWork, org_id: str, user_id: str) -> dict[str, str]:
    """By channel, the end of the person's address: enough to know it by, no more."""
    one = personal_address.c
    query = select(one.channel_id, one.address).where(one.org_id == org_id, one.user_id == user_id)
    return {row.channel_id: f"＊＊＊{row.address[-4:]}" for row in uow.conn.execute(query)}


def url_for(uow: UnitOfWork, row: Row[Any], user_id: str | None) -> str | None:
    """The Apprise URL by which a channel reaches a person; None if it needs an address and the person has none."""
    if not row.personal:
        return str(row.address)
    query = select(personal_address.c.address).where(*_person(row.org_id, user_id or "", row.id))
    found = uow.conn.execute(query).scalar()
    return None if found is None else str(row.address).replace(PERSON, quote(found, safe=""))


def _checked(address: str) -> dict[str, Any]:
    """Service and kind of an address that Apprise can use. Errors: `channel.service`, `channel.bad_address`."""
    from apprise import Apprise  # takes a while to load

    service = address.partition("://")[0].lower()
    if service not in SERVICES:
        raise Refusal("channel.service", "不支持这种渠道，请从列出的服务中选择。", field="address")
    if Apprise.instantiate(address.replace(PERSON, "13800000000")) is None:
        example = SERVICES[service].example
        raise Refusal("channel.bad_address", f"渠道地址不正确，格式应为 {example}。", field="address")
    return {"service": service, "address": address, "personal": PERSON in address}


def _name(uow: UnitOfWork, org_id: str, name: str, channel_id: str | None) -> str:
    name = name.strip()
    if not name:
        raise Refusal("channel.no_name", "请填写渠道名称。", field="name")
    others = select(channel.c.id).where(channel.c.org_id == org_id, channel.c.name == name, channel.c.id != channel_id)
    if channel_id is None:
        others = select(channel.c.id).where(channel.c.org_id == org_id, channel.c.name == name)
    if uow.conn.execute(others).first() is not None:
        raise Refusal("channel.name_taken", f"已有名为“{name}”的渠道，请换一个名称。", field="name")
    return name


def _is(org_id: str, channel_id: str) -> tuple[Any, ...]:
    return (channel.c.org_id == org_id, channel.c.id == channel_id)


def _person(org_id: str, user_id: str, channel_id: str) -> tuple[Any, ...]:
    one = personal_address.c
    return (one.org_id == org_id, one.user_id == user_id, one.channel_id == channel_id)
