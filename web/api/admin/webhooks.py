"""Other systems that are told of events: subscribed, tried, stopped, given a new secret. A secret is shown once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from handlers import outgoing
from office import webhooks
from storage.errors import Refusal
from web.api.common import Admin, Program, Reading

router = APIRouter()
_Name = Annotated[str, Field(max_length=40)]
_Address = Annotated[str, Field(max_length=2000)]
_Days = Annotated[int, Field(ge=1, le=30)]


class New(BaseModel):
    """A subscription: where to, to which events."""

    name: _Name
    address: _Address
    events: list[Annotated[str, Field(max_length=40)]] = Field(max_length=50)
    stop_after: _Days = webhooks.STOP_AFTER


class Changed(BaseModel):
    """An address takes the place of the old one."""

    name: _Name
    events: list[Annotated[str, Field(max_length=40)]] = Field(max_length=50)
    active: bool
    stop_after: _Days = webhooks.STOP_AFTER
    address: _Address | None = None


@router.get("/webhooks", summary="事件推送")
def listed(who: Admin, uow: Reading, banjie: Program) -> dict[str, Any]:
    events = [{"key": key, "name": name} for key, name in webhooks.EVENTS.items()]
    return {"webhooks": webhooks.listed(uow, who.org_id, now=banjie.clock.now()), "events": events}


@router.post("/webhooks", summary="新增事件推送")
def add(body: New, who: Admin, banjie: Program) -> dict[str, str]:
    _reachable(body.address)
    with banjie.store.begin() as uow:
        webhook_id, secret = webhooks.add(
            uow, who.org_id, body.name, body.address, body.events, stop_after=body.stop_after,
            now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
    return {"id": webhook_id, "secret": secret}


@router.post("/webhooks/{webhook_id}", summary="修改、停用事件推送")
def change(webhook_id: str, body: Changed, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin(write=False) as uow:
        webhooks.get(uow, who.org_id, webhook_id)
    if body.address:
        _reachable(body.address)
    with banjie.store.begin() as uow:
        webhooks.change(
            uow, who.org_id, webhook_id, name=body.name, events=body.events, active=body.active,
            stop_after=body.stop_after, address=body.address, now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
    return {"ok": True}


@router.post("/webhooks/{webhook_id}/rotate", summary="更换推送密钥")
def rotate(webhook_id: str, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        return {"secret": webhooks.rotate(uow, who.org_id, webhook_id, now=banjie.clock.now(), by=who.user_id)}


@router.post("/webhooks/{webhook_id}/remove", summary="删除事件推送")
def remove(webhook_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        webhooks.remove(uow, who.org_id, webhook_id, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}


@router.post("/webhooks/{webhook_id}/test", summary="试推")
def test(webhook_id: str, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        uow.after_commit(banjie.engine.on_work)
        return {"id": webhooks.test(uow, who.org_id, webhook_id, now=banjie.clock.now())}


def _reachable(address: str) -> None:
    """Refuse now what would be refused at each delivery; without a word on what else is at that address."""
    try:
        outgoing.checked(address.strip())
    except OSError:
        raise Refusal("webhook.unknown_host", "找不到这个主机名，请检查地址。", field="address") from None
