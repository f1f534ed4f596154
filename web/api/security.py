"""What a user does for the safety of the own account: codes by an app, where one is logged in."""

from __future__ import annotations

import io
from typing import Any

import segno
from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import accounts, log_ins, notices, people, safety, second_factor, security_keys
from storage.errors import Forbidden
from web import public_address
from web.acts import Actor
from web.api.common import Enrolling, Program, SessionOf, Who
from web.banjie import Banjie
from web.devices import device

router = APIRouter(prefix="/security", tags=["登录安全"])


class Code(BaseModel):
    """What the app on the telephone shows."""

    code: str = Field(max_length=40)


class Password(BaseModel):
    """The password in force, asked again before a way in is changed."""

    password: str = Field(max_length=1000)


@router.get("", summary="登录安全")
def security(session: SessionOf, who: Enrolling, banjie: Program) -> dict[str, Any]:
    with banjie.store.begin(write=False) as uow:
        wanted = safety.rules(uow, who.org_id).second_factor
        found = log_ins.latest(uow, who.org_id, who.user_id)
        told = {
            "wanted": wanted,
            "second_factor": second_factor.codes_are_on(uow, who.org_id, who.user_id),
            "keys": security_keys.keys_of(uow, who.org_id, who.user_id),
            "keys_possible": public_address.site() is not None,
            "recovery_codes": second_factor.recovery_codes_left(uow, who.org_id, who.user_id),
            "sessions": accounts.sessions_of(uow, session, now=banjie.clock.now()),
        }
    return told | {"log_ins": [{"device": device(one.pop("agent")), **one} for one in found]}


@router.post("/second-factor", summary="取得动态口令的二维码")
def begin(who: Enrolling, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        login = people.get_user(uow, who.org_id, who.user_id).login
        begun = second_factor.begin(uow, who.org_id, who.user_id, login, now=banjie.clock.now())
    picture = io.BytesIO()
    segno.make(begun.uri, error="m").save(picture, kind="svg", scale=5, border=2, xmldecl=False)
    return {"secret": begun.secret, "uri": begun.uri, "svg": picture.getvalue().decode()}


@router.post("/second-factor/confirm", summary="开启动态口令")
def confirm(body: Code, who: Enrolling, banjie: Program) -> dict[str, Any]:
    with banjie.store.begin() as uow:
        codes = second_factor.confirm(uow, who.org_id, who.user_id, body.code.strip(), now=banjie.clock.now())
        notices.tell_of_account(uow, who.org_id, who.user_id, "您的动态口令已开启", now=banjie.clock.now())
    return {"recovery_codes": codes}


@router.post("/second-factor/remove", summary="关闭动态口令")
def remove(body: Password, who: Who, banjie: Program) -> dict[str, bool]:
    password_again(body.password, who, banjie)
    with banjie.store.begin() as uow:
        second_factor.remove(uow, who.org_id, who.user_id)
        notices.tell_of_account(uow, who.org_id, who.user_id, "您的动态口令已关闭", now=banjie.clock.now())
    return {"ok": True}


@router.post("/sessions/end-others", summary="结束其他各处登录")
def end_others(body: Password, session: SessionOf, who: Who, banjie: Program) -> dict[str, bool]:
    password_again(body.password, who, banjie)
    with banjie.store.begin() as uow:
        accounts.log_out_everywhere(uow, who.org_id, who.user_id, but=session)
    return {"ok": True}


@router.post("/sessions/{session_id}/end", summary="结束一处登录")
def end_session(session_id: str, body: Password, session: SessionOf, who: Who, banjie: Program) -> dict[str, bool]:
    password_again(body.password, who, banjie)
    with banjie.store.begin() as uow:
        accounts.end_session(uow, session, session_id)
    return {"ok": True}


def password_again(password: str, who: Actor, banjie: Banjie) -> None:
    """Before the account is made less safe. A wrong one counts as a failed log-in. Errors: `password.wrong`."""
    with banjie.store.begin(write=False) as uow:
        login = people.get_user(uow, who.org_id, who.user_id).login
        tried = accounts.attempt(uow, login, who.source, now=banjie.clock.now())
    if not tried.matches(password):
        with banjie.store.begin() as uow:
            accounts.fail(uow, tried, now=banjie.clock.now())
        raise Forbidden("password.wrong", "当前密码不正确。", field="password")
