"""How one wishes to be told: channels by class of notice, quiet hours, the digest. Everybody sets their own alone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import channels, notice_settings, people
from office.notice_kinds import CLASSES, INSIDE, MAIL
from office.notice_settings import Wishes
from web.api.common import Program, Reading, Who

router = APIRouter(tags=["通知"])
_Time = Annotated[str, Field(max_length=5)]


class Wanted(BaseModel):
    """What a person wishes; times as `21:00`, both quiet ones or neither."""

    channels: dict[str, Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)]]
    quiet_from: _Time | None = None
    quiet_to: _Time | None = None
    digest: bool = False
    digest_at: _Time = notice_settings.DIGEST_AT
    addresses: dict[str, Annotated[str, Field(max_length=64)]] = {}  # by channel; empty: none any more


@router.get("/notice-settings", summary="我的通知设置")
def mine(who: Who, uow: Reading) -> dict[str, Any]:
    wishes = notice_settings.wishes_of(uow, who.org_id, who.user_id)
    own = channels.own_addresses(uow, who.org_id, who.user_id)
    active = channels.listed(uow, who.org_id, active=True)
    there = {INSIDE, MAIL, *(one["id"] for one in active)}
    return {
        "classes": [
            {"key": one.key, "name": one.name, "at_once": one.at_once, "chosen": sorted(wishes.ways(one) & there)}
            for one in CLASSES
        ],
        "channels": [
            {"key": INSIDE, "name": "站内"},
            {"key": MAIL, "name": "邮件"},
            *(
                {"key": one["id"], "name": one["name"], "personal": one["personal"], "address": own.get(one["id"])}
                for one in active
            ),
        ],
        "email": people.get_user(uow, who.org_id, who.user_id).email,
        "quiet_from": wishes.quiet_from,
        "quiet_to": wishes.quiet_to,
        "digest": wishes.digest,
        "digest_at": wishes.digest_at,
    }


@router.post("/notice-settings", summary="保存通知设置")
def save(body: Wanted, who: Who, banjie: Program) -> dict[str, bool]:
    wanted = body.model_dump(exclude={"addresses"})
    with banjie.store.begin() as uow:
        known = {one["id"]: one for one in channels.listed(uow, who.org_id, active=True)}
        notice_settings.save(uow, who.org_id, who.user_id, Wishes(**wanted), now=banjie.clock.now(), known=tuple(known))
        for channel_id, address in body.addresses.items():
            if channel_id in known and known[channel_id]["personal"]:
                channels.keep_address(uow, who.org_id, who.user_id, channel_id, address)
    return {"ok": True}
