"""Other systems that are told of events (事件推送): what they subscribe to, their secrets, what they are told.

An event names the case by number and id, the step and the instants: no person, no title, no matter. Of confidential
matters, to which accusations belong, nothing is told (R65). The format is that of Standard Webhooks 1.0:
`webhook-id`, `webhook-timestamp`, `webhook-signature` (HMAC-SHA256), secrets as `whsec_...`; see docs/webhooks.md.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, delete, func, insert, select, update

from office import delivering, office_log
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import case_file
from storage.tables.people import organisation
from storage.tables.telling import webhook
from storage.types import new_id

EVENTS: Mapping[str, str] = {
    "case.opened": "收到登记",
    "case.registered": "已登记编号",
    "case.accepted": "受理",
    "case.not_accepted": "不予受理",
    "case.replied": "已答复",
    "case.closed": "办结",
    "case.reopened": "重新办理",
    "case.ended": "并件、撤回或终结",
    "step.done": "一步办完",
    "limit.missed": "逾期",
}
TEST = "webhook.test"
DELETED = "推送已删除"
_OF_STATE = {
    **{state: f"case.{state}" for state in ("registered", "accepted", "not_accepted", "replied", "closed", "reopened")},
    **dict.fromkeys(("merged", "withdrawn", "terminated"), "case.ended"),
}
OLD_SECRET = timedelta(days=7)  # for which the old secret signs too after a rotation
STOP_AFTER = 5  # days of failure
_PREFIX = "whsec_"
_SECRET_BYTES = 32
_MOST = 20  # subscriptions of one organisation


# ------------------------------------------------------------------ what has happened


def state_reached(uow: UnitOfWork, org_id: str, case_id: str, state: str, *, now: datetime) -> None:
    """A case has come into a state of which others may want to hear."""
    if state in _OF_STATE:
        happened(uow, org_id, _OF_STATE[state], case_id, {"state": state}, key=new_id(), now=now)


def happened(
    uow: UnitOfWork,
    org_id: str,
    event: str,
    case_id: str | None,
    more: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
) -> None:
    """Have an event told to all who subscribe to it, once by its key; not of a confidential case."""
    query = select(webhook.c.id, webhook.c.events).where(webhook.c.org_id == org_id, webhook.c.active)
    wanting = [row.id for row in uow.conn.execute(query) if event in row.events]
    if not wanting or case_id is None:
        return
    case = uow.conn.execute(
        select(case_file.c.number, case_file.c.process_key, case_file.c.confidential).where(
            case_file.c.org_id == org_id, case_file.c.id == case_id
        )
    ).one_or_none()
    if case is None or case.confidential:
        return
    data = {"case_id": case_id, "number": case.number, "process": case.process_key, **more}
    for webhook_id in wanting:
        _put(uow, org_id, webhook_id, event, data, key=f"{event}/{key}/{webhook_id}", now=now, case_id=case_id)


def _put(
    uow: UnitOfWork,
    org_id: str,
    webhook_id: str,
    event: str,
    data: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    case_id: str | None = None,
) -> str | None:
    code = uow.conn.execute(select(organisation.c.code).where(organisation.c.id == org_id)).scalar_one()
    body = {"type": event, "timestamp": local(now).isoformat(), "data": {"organisation": code, **data}}
    return delivering.put(
        uow, org_id, delivering.WEBHOOK, webhook_id, subject=event, body=json.dumps(body, ensure_ascii=False),
        key=key, now=now, case_id=case_id,
    )  # fmt: skip


def is_confidential(uow: UnitOfWork, org_id: str, case_id: str) -> bool:
    """Whether the case has become confidential (or is gone) since the event."""
    query = select(case_file.c.confidential).where(case_file.c.org_id == org_id, case_file.c.id == case_id)
    found = uow.conn.execute(query).scalar()
    return found is None or bool(found)


# ------------------------------------------------------------------ signatures


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """`v1,<base64>`: HMAC-SHA256 of id, timestamp (Unix seconds) and body by the key that the secret encodes."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(given: Sequence[str], message_id: str, now: datetime, body: str) -> dict[str, str]:
    """The headers of one delivery, signed by each of the secrets that are valid."""
    timestamp = int(now.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in given),
    }


def valid_secrets(row: Row[Any], now: datetime) -> list[str]:
    """The secrets that sign now: the newest, and the one before it for `OLD_SECRET`."""
    old = [row.old_secret] if row.old_secret is not None and row.old_until > now else []
    return [str(row.secret), *old]


# ------------------------------------------------------------------ subscriptions


def listed(uow: UnitOfWork, org_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """The subscriptions of an organisation, without addresses and secrets."""
    one = webhook.c
    columns = (one.id, one.name, one.host, one.events, one.active, one.stop_after, one.failing_since, one.stopped_at,
               one.old_until)  # fmt: skip
    rows = uow.conn.execute(select(*columns).where(one.org_id == org_id).order_by(one.name))
    found = [dict(row._mapping) for row in rows]
    for row in found:
        if row["old_until"] is not None and row["old_until"] <= now:
            row["old_until"] = None
    return found


def get(uow: UnitOfWork, org_id: str, webhook_id: str) -> Row[Any]:
    """A subscription. Errors: NotFound `webhook.unknown`."""
    row = uow.conn.execute(select(webhook).where(*_is(org_id, webhook_id))).one_or_none()
    if row is None:
        raise NotFound("webhook.unknown", "没有这个事件推送。")
    return row


def add(
    uow: UnitOfWork,
    org_id: str,
    name: str,
    address: str,
    events: Sequence[str],
    *,
    stop_after: int = STOP_AFTER,
    now: datetime,
    by: str,
) -> tuple[str, str]:
    """Subscribe an address; gives the id, and the secret, which is never shown again. Errors: `webhook.*`."""
    count = select(func.count()).select_from(webhook).where(webhook.c.org_id == org_id)
    if uow.conn.execute(count).scalar_one() >= _MOST:
        raise Refusal("webhook.too_many", f"一个单位最多设{_MOST}个事件推送。")
    values = {
        "id": new_id(),
        "name": _name(uow, org_id, name, None),
        "events": _events(events),
        **_address(address),
        "secret": _new_secret(),
        "active": True,
        "stop_after": stop_after,
        "made_at": now,
        "made_by": by,
    }
    uow.conn.execute(insert(webhook).values(org_id=org_id, **values))
    told = {key: values[key] for key in ("name", "host", "events")}
    office_log.note(uow, org_id, "webhook", "added", new=told, reason=None, now=now, by=by)
    return str(values["id"]), str(values["secret"])


def change(
    uow: UnitOfWork,
    org_id: str,
    webhook_id: str,
    *,
    name: str,
    events: Sequence[str],
    active: bool,
    stop_after: int,
    address: str | None,
    now: datetime,
    by: str,
) -> None:
    """Change a subscription; one that is taken up again starts without failures. Errors: `webhook.*`."""
    old = get(uow, org_id, webhook_id)
    values: dict[str, Any] = {"name": _name(uow, org_id, name, webhook_id), "events": _events(events)}
    values |= {"active": active, "stop_after": stop_after}
    if address is not None and address.strip():
        values |= _address(address)
    if active and not old.active:
        values |= {"failing_since": None, "stopped_at": None}
    uow.conn.execute(update(webhook).where(*_is(org_id, webhook_id)).values(**values))
    before = {key: getattr(old, key) for key in ("name", "host", "events", "active")}
    after = {key: values.get(key, was) for key, was in before.items()}
    office_log.note(uow, org_id, "webhook", "changed", old=before, new=after, reason=None, now=now, by=by)


def remove(uow: UnitOfWork, org_id: str, webhook_id: str, *, now: datetime, by: str) -> None:
    """Delete a subscription and its secrets; nothing is told to it any more, the record of what was stays.

    Errors: NotFound `webhook.unknown`.
    """
    old = get(uow, org_id, webhook_id)
    delivering.drop(uow, org_id, webhook_id, DELETED, now=now)
    uow.conn.execute(delete(webhook).where(*_is(org_id, webhook_id)))
    told = {key: getattr(old, key) for key in ("name", "host", "events")}
    office_log.note(uow, org_id, "webhook", "deleted", subject_id=webhook_id, old=told, new={}, now=now, by=by)


def rotate(uow: UnitOfWork, org_id: str, webhook_id: str, *, now: datetime, by: str) -> str:
    """Put a new secret in force, which is never shown again; the old one signs too for `OLD_SECRET`."""
    row = get(uow, org_id, webhook_id)
    values = {"secret": _new_secret(), "old_secret": row.secret, "old_until": now + OLD_SECRET}
    uow.conn.execute(update(webhook).where(*_is(org_id, webhook_id)).values(**values))
    told = {"name": row.name}
    office_log.note(uow, org_id, "webhook", "rotated", old={}, new=told, reason=None, now=now, by=by)
    return str(values["secret"])


def test(uow: UnitOfWork, org_id: str, webhook_id: str, *, now: datetime) -> str:
    """Send an event of trial; gives the delivery's id."""
    get(uow, org_id, webhook_id)
    return str(_put(uow, org_id, webhook_id, TEST, {}, key=new_id(), now=now))


# ------------------------------------------------------------------ how it goes


def succeeded(uow: UnitOfWork, org_id: str, webhook_id: str) -> None:
    """A delivery was taken: there are no failures to count from."""
    failing = webhook.c.failing_since.is_not(None)
    uow.conn.execute(update(webhook).where(*_is(org_id, webhook_id), failing).values(failing_since=None))


def failed(uow: UnitOfWork, org_id: str, webhook_id: str, *, now: datetime, gone: bool = False) -> str | None:
    """A delivery failed once more; gives the words of the incident, once, if the subscription is stopped with this.

    It is after `stop_after` days without any success, and when the receiver says that it is `gone`.
    """
    query = select(webhook).where(*_is(org_id, webhook_id))
    row = uow.conn.execute(query.with_for_update() if uow.dialect == "postgresql" else query).one_or_none()
    if row is None or not row.active:
        return None
    since = row.failing_since or now
    values: dict[str, Any] = {"failing_since": since}
    stop = gone or now - since >= timedelta(days=row.stop_after)
    if stop:
        values |= {"active": False, "stopped_at": now}
    uow.conn.execute(update(webhook).where(*_is(org_id, webhook_id)).values(**values))
    if not stop:
        return None
    why = "对方已停止接收（HTTP 410）" if gone else f"从{local(since):%Y-%m-%d %H:%M}起一直没有推送成功"
    return f"事件推送“{row.name}”{why}，已自动停用。请与对方联系，修好后在“事件推送”里重新启用，没有送到的可以重发。"


def _events(events: Sequence[str]) -> list[str]:
    if not events or not set(events) <= set(EVENTS):
        raise Refusal("webhook.events", "请至少选择一种事件。", field="events")
    return [event for event in EVENTS if event in events]


def _address(address: str) -> dict[str, str]:
    address = address.strip()
    try:
        parts = urlsplit(address)
        host = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise Refusal("webhook.bad_address", "地址应为 https://主机/路径，不能带用户名和密码。", field="address")
    return {"address": address, "host": host}


def _name(uow: UnitOfWork, org_id: str, name: str, webhook_id: str | None) -> str:
    name = name.strip()
    if not name:
        raise Refusal("webhook.no_name", "请填写名称。", field="name")
    query = select(webhook.c.id).where(webhook.c.org_id == org_id, webhook.c.name == name)
    if set(uow.conn.execute(query).scalars()) - {webhook_id}:
        raise Refusal("webhook.name_taken", f"已有名为“{name}”的事件推送，请换一个名称。", field="name")
    return name


def _new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _is(org_id: str, webhook_id: str) -> tuple[Any, ...]:
    return (webhook.c.org_id == org_id, webhook.c.id == webhook_id)
