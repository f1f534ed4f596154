"""Channels of the office for notices: set up, tried, stopped; what went out by them. No address is ever shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import access, channels, delivering, office_log, people, webhooks
from web.api.common import Admin, Program, Reading

router = APIRouter()
_Name = Annotated[str, Field(max_length=40)]
_Address = Annotated[str, Field(max_length=2000)]
_KINDS = {"channels": (delivering.NOTICE, delivering.TEST), "webhooks": (delivering.WEBHOOK,)}
_ALL = tuple(kind for kinds in _KINDS.values() for kind in kinds)


class New(BaseModel):
    """A channel: its name and Apprise URL."""

    name: _Name
    address: _Address


class Changed(BaseModel):
    """Name and state; an address takes the place of the old one."""

    name: _Name
    active: bool
    address: _Address | None = None


class Trial(BaseModel):
    """Where a trial goes if the channel needs a person's address: that of who tries."""

    address: Annotated[str, Field(max_length=64)] | None = None


@router.get("/channels", summary="通知渠道")
def listed(who: Admin, uow: Reading) -> dict[str, Any]:
    return {"channels": channels.listed(uow, who.org_id), "services": channels.services()}


@router.post("/channels", summary="新增通知渠道")
def add(body: New, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        now = banjie.clock.now()
        return {"id": channels.add(uow, who.org_id, body.name, body.address, now=now, by=who.user_id)}


@router.post("/channels/{channel_id}", summary="修改、停用通知渠道")
def change(channel_id: str, body: Changed, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        channels.change(
            uow, who.org_id, channel_id, name=body.name, active=body.active, address=body.address,
            now=banjie.clock.now(), by=who.user_id,
        )  # fmt: skip
    return {"ok": True}


@router.post("/channels/{channel_id}/remove", summary="删除通知渠道")
def remove(channel_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        channels.remove(uow, who.org_id, channel_id, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}


@router.post("/channels/{channel_id}/test", summary="试发")
def test(channel_id: str, body: Trial, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        uow.after_commit(banjie.engine.on_work)
        now = banjie.clock.now()
        return {"id": channels.test(uow, who.org_id, channel_id, address=body.address, now=now, by=who.user_id)}


@router.get("/deliveries", summary="发送记录")
def log(
    who: Admin, uow: Reading, banjie: Program, of: Literal["channels", "webhooks"] = "channels"
) -> list[dict[str, Any]]:
    found = delivering.log(uow, access.viewer_of(uow, who.org_id, who.user_id), _KINDS[of])
    names = people.names_of(uow, who.org_id, [one["user_id"] for one in found if one["user_id"]])
    targets = (
        channels.listed(uow, who.org_id)
        if of == "channels"
        else webhooks.listed(uow, who.org_id, now=banjie.clock.now())
    )
    called = {one["id"]: one["name"] for one in targets}
    gone = office_log.names_of_deleted(uow, who.org_id, {one["target_id"] for one in found} - called.keys())
    return [
        {
            **one,
            "user": names.get(one["user_id"]),
            "target": called.get(one["target_id"], gone.get(one["target_id"])),
            "deleted": one["target_id"] not in called,
        }
        for one in found
    ]


@router.post("/deliveries/{delivery_id}/again", summary="重发")
def again(delivery_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        uow.after_commit(banjie.engine.on_work)
        viewer = access.viewer_of(uow, who.org_id, who.user_id)
        delivering.again(uow, viewer, _ALL, delivery_id, now=banjie.clock.now())
    return {"ok": True}
