"""Log-in and storage: who must have a second factor, how much may be kept, whose outside accounts are tied."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import accounts, external_logins, notices, office_log, safety
from storage.errors import Refusal
from web import ldap, openid
from web.api.common import Admin, Program, Reading

router = APIRouter()


class Rules(BaseModel):
    """What is to be in force, and why."""

    second_factor: str = Field(max_length=20)
    verify_user: bool = False
    session_hours: int = Field(default=24, ge=-1, le=2**31 - 1)
    idle_minutes: int = Field(default=480, ge=-1, le=2**31 - 1)
    case_megabytes: int = Field(ge=-1, le=2**31 - 1)
    person_megabytes: int = Field(ge=-1, le=2**31 - 1)
    org_megabytes: int = Field(ge=-1, le=2**31 - 1)
    reason: str = Field(max_length=500)


class Tie(BaseModel):
    """An account of a sign-in service that is tied to a person, and why it is untied."""

    issuer: str = Field(max_length=1000)
    user_id: str = Field(max_length=64)
    reason: str = Field(max_length=500)


@router.get("/safety", summary="登录与存储")
def rules(who: Admin, uow: Reading) -> dict[str, Any]:
    return {
        **asdict(safety.rules(uow, who.org_id)),
        "used_megabytes": -(-safety.stored_bytes(uow, who.org_id) // safety.MEGABYTE),
        "without": safety.without_factor(uow, who.org_id),
    }


@router.post("/safety", summary="修改登录与存储的规则")
def set_rules(body: Rules, who: Admin, banjie: Program) -> dict[str, bool]:
    wanted = safety.Safety(**body.model_dump(exclude={"reason"}))
    with banjie.store.begin() as uow:
        safety.set_rules(uow, who.org_id, wanted, body.reason, now=banjie.clock.now(), by=who.user_id)
    return {"ok": True}


@router.get("/external-logins", summary="外部登录账号")
def ties(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return [{**tie, "service": _service(tie["issuer"])} for tie in external_logins.ties(uow, who.org_id)]


@router.post("/external-logins/remove", summary="解除某人的外部登录账号")
def remove(body: Tie, who: Admin, banjie: Program) -> dict[str, bool]:
    """The person's sessions end as well: whoever came by that account is out. Errors: `external.unknown`."""
    if not body.reason.strip():
        raise Refusal("safety.no_reason", "请写明修改的原因。", field="reason")
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        external_logins.remove(uow, body.issuer, who.org_id, body.user_id)
        accounts.log_out_everywhere(uow, who.org_id, body.user_id)
        notices.tell_of_account(uow, who.org_id, body.user_id, "管理员解除了您的外部登录账号", now=now)
        office_log.note(
            uow, who.org_id, "external", "removed", subject_id=body.user_id, old={"service": _service(body.issuer)},
            new={"service": None}, reason=body.reason.strip(), now=now, by=who.user_id,
        )  # fmt: skip
    return {"ok": True}


def _service(issuer: str) -> str:
    """What the service is called, if it is still the one that is set; else its address."""
    known = (openid.Settings.from_environment(), ldap.Settings.from_environment())
    return next((one.name for one in known if one is not None and one.issuer == issuer), issuer)
