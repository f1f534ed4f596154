"""Carries notices out by the channels of the office (Apprise): tried again, recorded, at last an incident."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from engine.registry import Ending, HandlerContext, HandlerFailed, handler
from handlers import outgoing
from office import channels, delivering, outages, people
from office.accused import free_users
from office.channels import SERVICES
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import BanjieError, NotFound

PATIENCE = 8  # tries, within 22 minutes, after which somebody is told
TRIES = 200  # over about eight days: 10, 20, 40 ... seconds, then every hour

_answers: ContextVar[list[Any] | None] = ContextVar("answers", default=None)


def prepare(context: HandlerContext) -> Mapping[str, Any] | None:
    """Address and text of a delivery; None if it is not to go any more, which is written down."""
    uow, org_id = context.transaction, context.org_id
    try:
        row = delivering.get(uow, org_id, context.key)
    except NotFound:
        return None  # its case was destroyed
    try:
        channel = channels.get(uow, org_id, row.target_id)
    except NotFound:
        delivering.tried(uow, org_id, context.key, "dropped", channels.DELETED, now=context.now)
        return None
    why = None
    if not channel.active:
        why = "渠道已停用"
    elif row.user_id is not None and not people.get_user(uow, org_id, row.user_id).active:
        why = "收件人已不在岗"
    elif row.case_id is not None and row.user_id is not None:
        why = None if free_users(uow, org_id, row.case_id, [row.user_id]) else "收件人应当回避"
    url = channels.url_for(uow, channel, row.user_id)
    if why is None and url is None:
        why = "收件人没有填写这个渠道的个人地址"
    if why is not None:
        delivering.tried(uow, org_id, context.key, "dropped", why, now=context.now)
        return None
    delivering.begun(uow, org_id, context.key, now=context.now)
    return {"url": url, "service": channel.service, "name": channel.name, "subject": row.subject, "body": row.body}


def ended(context: HandlerContext, ending: Ending) -> str | None:
    """Write down how it went; gives the words of the incident once it is given up.

    While the channel is away, one delivery is the incident and the others are tried on (`office.outages`).
    """
    uow, org_id, key, now = context.transaction, context.org_id, context.key, context.now
    try:
        row = delivering.get(uow, org_id, key)
    except NotFound:
        return None
    if ending.error is None:
        outages.back(uow, row, now=now)
        delivering.tried(uow, org_id, key, "sent", str((ending.result or {}).get("told", "")), now=now)
        return None
    due = ending.again_at is None or ending.tries >= PATIENCE
    words = _incident(uow, row, ending.error.rstrip("。")) if due else None
    again_at = None if words else ending.again_at
    delivering.tried(uow, org_id, key, "waiting" if again_at else "failed", ending.error, now=now, again_at=again_at)
    return words


def _incident(uow: UnitOfWork, row: Row[Any], error: str) -> str | None:
    """What an administrator is told of a delivery that does not go out; None if that is known of its channel."""
    try:
        name = channels.get(uow, row.org_id, row.target_id).name
    except NotFound:
        return None
    if not outages.away(uow, row):
        return f"通知没有发出去，渠道“{name}”：{error}。请检查渠道后重试，或者跳过。"
    if outages.known(uow, row):
        return None
    since = f"{local(row.begun_at or row.at):%m-%d %H:%M}"
    return f"渠道“{name}”从{since}起发不出通知：{error}。没发出的都留着，恢复后自动补发；请检查渠道，修好后重试。"


@handler("channel.send", outside=True, timeout=60, retries=TRIES, prepare=prepare, ended=ended)
def send(context: HandlerContext) -> Mapping[str, Any]:
    """Send one message. A receiver of the kind json, form or xml gets its id as `X-Banjie-Delivery`, always the same.

    Errors: `outgoing.*`, `channel.bad_address`; HandlerFailed.
    """
    from apprise import Apprise

    _watch()
    given = context.inputs
    service, url = str(given["service"]), str(given["url"])
    if service.rstrip("s") in ("json", "form", "xml"):
        url += f"{'&' if '?' in url else '?'}+X-Banjie-Delivery={context.key}"
    plugin: Any = Apprise.instantiate(url)
    if plugin is None:
        raise BanjieError("channel.bad_address", "渠道地址不正确，请管理员重填。")
    answers: list[Any] = []
    token = _answers.set(answers)
    try:
        taken = plugin.notify(body=given["body"], title=given["subject"])
    finally:
        _answers.reset(token)
    refused = next((one for one in answers if isinstance(one, BanjieError)), None)
    if refused is not None:
        raise refused
    if not answers or any(isinstance(one, Exception) for one in answers):
        raise HandlerFailed("连不上对方")
    status = answers[-1].status_code
    if status >= 300:
        raise HandlerFailed(f"对方没有接收（HTTP {status}）")
    _require_accepted(service, answers[-1])
    if not taken:
        raise HandlerFailed("对方没有接收")
    return {"told": f"HTTP {status}"}


def _require_accepted(service: str, answer: Any) -> None:
    """Robots answer HTTP 200 to what they refuse, with a number of the reason, which Apprise does not read."""
    accepted = SERVICES[service].accepted
    if accepted is None:
        return
    field, right = accepted
    try:
        told = answer.json()
    except ValueError:
        raise HandlerFailed("对方的回答看不懂") from None
    number = told.get(field, told.get("StatusCode")) if isinstance(told, dict) else None
    if number != right:
        raise HandlerFailed(f"对方没有接收（{field} {number}）")


@cache
def _watch() -> None:
    """Have what Apprise sends for us checked, sent to the address that was checked, without following redirects, and
    its answer kept.

    Apprise has no place for that: each of its plugins calls `requests` itself. Calls of others pass unchanged.
    """
    import requests

    plain = requests.Session.send

    def watched(self: requests.Session, request: Any, **more: Any) -> Any:
        answers = _answers.get()
        if answers is None:
            return plain(self, request, **more)
        try:
            host, _, address = outgoing.checked(request.url)
            self.mount(request.url, _pinned(host, address))
            request.headers["Host"] = urlsplit(request.url).netloc.rpartition("@")[2]
            answers.append(plain(self, request, **more | {"allow_redirects": False}))
        except BanjieError as refused:
            answers.append(refused)
            raise requests.ConnectionError("refused") from refused
        except Exception as error:
            answers.append(error)
            raise requests.ConnectionError("failed") from error
        return answers[-1]

    requests.Session.send = watched  # type: ignore[method-assign]


def _pinned(host: str, address: str) -> Any:
    """An adapter of `requests` that connects to `address`, and takes only a certificate for `host`."""
    from requests.adapters import HTTPAdapter

    class Pinned(HTTPAdapter):
        def build_connection_pool_key_attributes(self, *given: Any, **more: Any) -> Any:
            place, tls = super().build_connection_pool_key_attributes(*given, **more)
            return place | {"host": address}, tls | {"server_hostname": host}

    return Pinned()
