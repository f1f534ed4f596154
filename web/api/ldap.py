"""Sign-in by the office's directory, and the account there that is tied to a person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from office import accounts, attempts, external_logins, notices
from storage.errors import BanjieError, Forbidden
from web import ldap
from web.api.common import Program, Who, client_address, keep_session, user_agent
from web.api.security import password_again
from web.api.session import Login

router = APIRouter(prefix="/ldap", tags=["登录"])


class Link(BaseModel):
    """The password here, and the account of the directory with its own."""

    password: str = Field(max_length=1000)
    login: str = Field(max_length=200)
    directory_password: str = Field(max_length=1000)


@router.get("", summary="单位目录的名称")
def name() -> dict[str, str | None]:
    """What the button on the login page says; null when there is none."""
    found = ldap.Settings.from_environment()
    return {"name": found.name if found else None}


@router.post("/login", summary="用单位目录登录")
def log_in(body: Login, request: Request, response: Response, banjie: Program) -> dict[str, bool]:
    """The directory is asked between short transactions. Lock-out and second factor hold as for a password.

    Errors: `login.*`, `ldap.unknown`, `ldap.unreachable`, `ldap.off`.
    """
    settings, source = ldap.required(), client_address(request)
    login = body.login.strip().lower()
    found = _ask(settings, login, body.password, source, banjie)
    with banjie.store.begin() as uow:
        now = banjie.clock.now()
        person = external_logins.person_of(uow, settings.issuer, found)
        if person is None and settings.tie_by_login:
            person = external_logins.person_named(uow, settings.issuer, login)
            if person is not None:
                external_logins.link(uow, settings.issuer, found, *person, now=now)
        opened = None
        if person is not None:
            opened = accounts.open_external(
                uow, *person, ldap.METHOD, source, answer=body.answer(), now=now, agent=user_agent(request)
            )
            if not isinstance(opened, Forbidden):
                attempts.succeeded(uow, login, now=now)
    if opened is None:
        words = "这个目录账号还没有绑定用户。请先用本系统的密码登录，在“登录安全”中绑定。"
        raise Forbidden("ldap.unknown", words, status=401)
    if isinstance(opened, Forbidden):
        raise opened
    keep_session(request, response, opened[0])
    return {"ok": True}


@router.get("/linked", summary="是否绑定了目录账号")
def linked(who: Who, banjie: Program) -> dict[str, Any]:
    settings = ldap.Settings.from_environment()
    if settings is None:
        return {"name": None, "linked": False}
    with banjie.store.begin(write=False) as uow:
        tied = external_logins.is_linked(uow, settings.issuer, who.org_id, who.user_id)
    return {"name": settings.name, "linked": tied}


@router.post("/link", summary="绑定目录账号")
def link(body: Link, who: Who, banjie: Program) -> dict[str, bool]:
    """Both passwords are asked. Errors: `password.wrong`, `login.*`, `openid.taken`, `ldap.unreachable`."""
    password_again(body.password, who, banjie)
    settings = ldap.required()
    found = _ask(settings, body.login.strip().lower(), body.directory_password, who.source, banjie, status=403)
    with banjie.store.begin() as uow:
        now = banjie.clock.now()
        external_logins.link(uow, settings.issuer, found, who.org_id, who.user_id, now=now)
        notices.tell_of_account(uow, who.org_id, who.user_id, "您的账号已绑定目录账号", now=now)
    return {"ok": True}


@router.post("/unlink", summary="解除绑定目录账号")
def unlink(who: Who, banjie: Program) -> dict[str, bool]:
    settings = ldap.required()
    with banjie.store.begin() as uow:
        external_logins.unlink(uow, settings.issuer, who.org_id, who.user_id)
        notices.tell_of_account(uow, who.org_id, who.user_id, "您的目录账号已解除绑定", now=banjie.clock.now())
    return {"ok": True}


def _ask(
    settings: ldap.Settings, login: str, password: str, source: str | None, banjie: Program, *, status: int = 401
) -> str:
    """Whose name and password they are; wrong ones are counted. Errors: `login.*`, `ldap.unreachable`."""
    with banjie.store.begin(write=False) as uow:
        refused: BanjieError | None = attempts.refused(uow, login, source, now=banjie.clock.now())
    if refused is not None:
        raise refused
    found = ldap.subject(settings, login, password)
    if found is not None:
        return found
    with banjie.store.begin() as uow:
        refused = attempts.failed(uow, login, source, now=banjie.clock.now())
    raise refused or Forbidden("login.wrong", "登录名或密码不正确。", status=status)
