"""Carries events out to those who subscribe to them: signed, to the address that was checked, tried again for a day."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from engine.registry import Ending, HandlerContext, HandlerFailed, handler
from handlers import outgoing
from office import delivering, webhooks
from storage.errors import NotFound

TIMEOUT = 15.0  # seconds to connect and to answer
TRIES = 30  # over about a day: 10, 20, 40 ... seconds, then every hour
_GONE = "HTTP 410"


def prepare(context: HandlerContext) -> Mapping[str, Any] | None:
    """Address, body and secrets of a delivery; None if it is not to go any more, which is written down."""
    uow, org_id = context.transaction, context.org_id
    try:
        row = delivering.get(uow, org_id, context.key)
    except NotFound:
        return None  # its case was destroyed
    try:
        hook = webhooks.get(uow, org_id, row.target_id)
    except NotFound:
        delivering.tried(uow, org_id, context.key, "dropped", webhooks.DELETED, now=context.now)
        return None
    why = "推送已停用" if not hook.active else None
    if row.case_id is not None and webhooks.is_confidential(uow, org_id, row.case_id):
        why = "事项已列为保密"
    if why is not None:
        delivering.tried(uow, org_id, context.key, "dropped", why, now=context.now)
        return None
    delivering.begun(uow, org_id, context.key, now=context.now)
    return {"url": hook.address, "body": row.body, "secrets": webhooks.valid_secrets(hook, context.now)}


def ended(context: HandlerContext, ending: Ending) -> str | None:
    """Write down how it went. What is given up is no incident by itself; that the subscription is stopped is one."""
    uow, org_id, key, now = context.transaction, context.org_id, context.key, context.now
    target = delivering.get(uow, org_id, key).target_id
    if ending.error is None:
        delivering.tried(uow, org_id, key, "sent", str((ending.result or {}).get("told", "")), now=now)
        webhooks.succeeded(uow, org_id, target)
        return None
    state = "waiting" if ending.again_at else "failed"
    delivering.tried(uow, org_id, key, state, ending.error, now=now, again_at=ending.again_at)
    stopped = webhooks.failed(uow, org_id, target, now=now, gone=_GONE in ending.error)
    if stopped is not None:
        delivering.tried(uow, org_id, key, "failed", ending.error, now=now)
    return stopped


@handler("webhook.send", outside=True, timeout=60, retries=TRIES, prepare=prepare, ended=ended)
def send(context: HandlerContext) -> Mapping[str, Any]:
    """Post one event. Errors: `outgoing.*`; HandlerFailed.

    The address that the name stands for now is checked, and it is the one that is connected to; redirects are not
    followed, proxies not used, the answer's body not read.
    """
    given = context.inputs
    body = str(given["body"])
    host, port, address = _checked(str(given["url"]))
    parts = urlsplit(str(given["url"]))
    at = f"[{address}]" if ":" in address else address
    target = f"{parts.scheme}://{at}:{port}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = webhooks.headers(given["secrets"], context.key, context.now, body)
    named = f"[{host}]" if ":" in host else host
    headers |= {"host": named if parts.port is None else f"{named}:{port}", "user-agent": "Banjie-Webhook/1"}
    try:
        with (
            httpx2.Client(trust_env=False, follow_redirects=False, timeout=TIMEOUT, verify=_trusted()) as client,
            client.stream(
                "POST", target, content=body.encode(), headers=headers, extensions={"sni_hostname": host}
            ) as answer,
        ):
            status = answer.status_code
    except httpx2.HTTPError as error:
        raise HandlerFailed(f"连不上对方（{type(error).__name__}）") from None
    if not 200 <= status < 300:
        raise HandlerFailed(f"对方没有接收（HTTP {status}）")
    return {"told": f"HTTP {status}"}


def _trusted() -> ssl.SSLContext:
    """Certificates of the system's store, as for mail."""
    return ssl.create_default_context()


def _checked(url: str) -> tuple[str, int, str]:
    try:
        return outgoing.checked(url)
    except OSError:
        raise HandlerFailed("找不到对方的主机名") from None
