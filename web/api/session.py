"""Log in and out, the password, who I am."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from office import access, access_pages, accounts, askings, inbox, notices, organisations, people, retention, rosters
from office.roles import role_name
from office.second_factor import Answer
from storage.database import UnitOfWork
from web import openid, public_address
from web.acts import Actor
from web.api.common import Program, SessionOf, client_address, drop_session, find_session, keep_session, user_agent
from web.banjie import Banjie

router = APIRouter(tags=["登录"])


class KeyAnswered(BaseModel):
    """What the authenticator says, in base64url (WebAuthn, AuthenticatorAssertionResponse)."""

    client_data: str = Field(alias="clientDataJSON", max_length=8000)
    authenticator_data: str = Field(alias="authenticatorData", max_length=8000)
    signature: str = Field(max_length=2000)


class KeyAnswer(BaseModel):
    """What a security key answered to what it was asked."""

    id: str = Field(max_length=2000)
    raw_id: str = Field(alias="rawId", max_length=2000)
    type: Literal["public-key"]
    response: KeyAnswered


class SecondStep(BaseModel):
    """The second factor of a log-in, if the user has one: a code, or what a security key answered."""

    code: str | None = Field(default=None, max_length=40)
    key: KeyAnswer | None = None

    def answer(self) -> Answer:
        """As the office takes it."""
        key = self.key.model_dump(by_alias=True) if self.key is not None else None
        return Answer(code=self.code, key=key, site=public_address.site())


class Login(SecondStep):
    """A login name and its password."""

    login: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class NewPassword(BaseModel):
    """The password in force and the one to come."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class WantedPassword(BaseModel):
    """A password that is being thought of."""

    new: str = Field(max_length=1000)


@router.post("/login", summary="登录")
def log_in(body: Login, request: Request, response: Response, banjie: Program) -> dict[str, Any]:
    """The password is checked between short transactions: it takes its time and must hold up nobody."""
    try:
        return _log_in(body, request, response, banjie)
    except accounts.PasswordChanged:  # also by the same person's other log-in, which renewed the hash
        return _log_in(body, request, response, banjie)


def _log_in(body: Login, request: Request, response: Response, banjie: Banjie) -> dict[str, Any]:
    with banjie.store.begin(write=False) as uow:
        now, agent = banjie.clock.now(), user_agent(request)
        tried = accounts.attempt(uow, body.login, client_address(request), now=now, agent=agent)
    if not tried.matches(body.password):
        with banjie.store.begin() as uow:
            error = accounts.fail(uow, tried, now=banjie.clock.now())
        raise error
    renewed = tried.renewed(body.password)
    with banjie.store.begin() as uow:
        refused = accounts.second_step(uow, tried, body.answer(), now=banjie.clock.now())
        opened = None if refused else accounts.open_session(uow, tried, now=banjie.clock.now(), renewed=renewed)
    if refused is not None or opened is None:
        raise refused or RuntimeError("a log-in that is not refused has a session")
    token, session = opened
    keep_session(request, response, token)
    with banjie.store.begin(write=False) as uow:
        told = _me(uow, Actor(session.org_id, session.user_id), banjie)
    return {**told, **_state(session)}


@router.post("/logout", summary="退出")
def log_out(session: SessionOf, request: Request, response: Response, banjie: Program) -> dict[str, Any]:
    """Ends the session; `url` is where the sign-in service ends its own, if one was used."""
    with banjie.store.begin() as uow:
        accounts.log_out(uow, session)
    drop_session(request, response)
    service = openid.provider() if session.method == openid.METHOD else None
    return {"ok": True, "url": service.logout_address(banjie.clock.now()) if service else None}


@router.post("/password", summary="修改密码")
def change_password(body: NewPassword, session: SessionOf, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        now = banjie.clock.now()
        accounts.change_password(uow, session, body.old, body.new, now=now)
        notices.tell_of_account(uow, session.org_id, session.user_id, "您的登录密码已修改", now=now)
    return {"ok": True}


@router.post("/password/strength", summary="新密码强不强")
def password_strength(body: WantedPassword, session: SessionOf, banjie: Program) -> dict[str, Any]:
    """How hard it is to guess, 0 to 4, and why it would be refused; nothing of it is kept."""
    with banjie.store.begin(write=False) as uow:
        found = accounts.strength(uow, session, body.new)
    refused = found.refused
    return {"score": found.score, "refused": {"code": refused.code, "message": refused.message} if refused else None}


@router.get("/me", summary="我是谁")
def me(request: Request, banjie: Program) -> dict[str, Any]:
    """Who is logged in; `user` is null when nobody is, which is no error: it is what the first page asks."""
    session = find_session(request, banjie)
    if session is None:
        return {"user": None}
    with banjie.store.begin(write=False) as uow:
        told = _me(uow, Actor(session.org_id, session.user_id), banjie)
    return {**told, **_state(session)}


def _state(session: accounts.Session) -> dict[str, Any]:
    """What the page needs to go on, and what it must do first."""
    return {
        "csrf": session.csrf,
        "must_change_password": session.must_change_password,
        "must_enrol": session.must_enrol,
    }


def _me(uow: UnitOfWork, who: Actor, banjie: Program) -> dict[str, Any]:
    person = people.get_user(uow, who.org_id, who.user_id)
    org = organisations.get_organisation(uow, who.org_id)
    seen = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
    unit = people.get_unit(uow, who.org_id, person.unit_id) if person.unit_id else None
    return {
        "user": {
            "id": person.id,
            "name": person.name,
            "login": person.login,
            "title": person.title,
            "roles": sorted(seen.roles),
            "role_names": [role_name(role) for role in sorted(seen.roles)],
            "unit": {"id": unit.id, "name": unit.name} if unit else None,
            "org": {"id": org.id, "code": org.code, "name": org.name, "profile": org.profile},
        },
        "counts": {
            **inbox.counts(uow, seen, now=banjie.clock.now()),
            "asked": askings.count(uow, seen),
            "notices": notices.unread(uow, seen),
        },
        "admin": seen.is_admin,
        "leader": seen.is_leader,
        "may": {
            "board": access.may_overview(seen),
            "reads": access_pages.may_see_reads(seen),
            "keeping": bool(seen.roles & retention.HOLDERS),
        },
        "rosters": bool(rosters.kept(organisations.profile_of(uow, who.org_id))),
    }
