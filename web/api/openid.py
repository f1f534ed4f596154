"""Sign-in by OpenID Connect: to the provider, back with a code, and the account that is tied to a person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from office import accounts, external_logins, notices
from office.external_logins import PATIENCE, Asked
from office.second_factor import Answer
from storage.database import UnitOfWork
from storage.errors import BanjieError, Forbidden
from web import openid
from web.api.common import Program, Who, client_address, is_https, keep_session, user_agent
from web.api.security import Password, password_again
from web.api.session import SecondStep

COOKIE = "banjie_openid"
PATH = "/api/openid"

router = APIRouter(prefix="/openid", tags=["登录"])


@router.get("", summary="统一身份认证的名称")
def name() -> dict[str, str | None]:
    """What the button on the login page says; null when there is none."""
    found = openid.provider()
    return {"name": found.settings.name if found else None}


@router.get("/begin", summary="去统一身份认证登录", response_class=RedirectResponse, status_code=303)
def begin(request: Request, banjie: Program, next: str = "/") -> Response:
    """Sends the browser to the provider; what goes wrong is told on the login page."""
    try:
        response = RedirectResponse("/", 303)
        response.headers["location"] = _go(request, banjie, response, next=_inside(next))
        return response
    except BanjieError as error:
        return _failed(error)


@router.post("/link", summary="绑定统一认证账号")
def link(body: Password, request: Request, response: Response, who: Who, banjie: Program) -> dict[str, str]:
    """Gives the address to go to; the account that signs in there is tied to whoever is logged in here."""
    password_again(body.password, who, banjie)
    return {"url": _go(request, banjie, response, next="/security", person=(who.org_id, who.user_id))}


@router.post("/unlink", summary="解除绑定统一认证账号")
def unlink(who: Who, banjie: Program) -> dict[str, bool]:
    issuer = openid.required().settings.issuer
    with banjie.store.begin() as uow:
        external_logins.unlink(uow, issuer, who.org_id, who.user_id)
        notices.tell_of_account(uow, who.org_id, who.user_id, "您的统一认证账号已解除绑定", now=banjie.clock.now())
    return {"ok": True}


@router.get("/linked", summary="是否绑定了统一认证账号")
def linked(who: Who, banjie: Program) -> dict[str, Any]:
    found = openid.provider()
    if found is None:
        return {"name": None, "linked": False}
    with banjie.store.begin(write=False) as uow:
        tied = external_logins.is_linked(uow, found.settings.issuer, who.org_id, who.user_id)
    return {"name": found.settings.name, "linked": tied}


@router.get("/callback", summary="从统一身份认证回来", response_class=RedirectResponse, status_code=303)
def callback(request: Request, banjie: Program, code: str = "", state: str = "") -> Response:
    """Takes the provider's answer, once and in the browser that asked. Goes on to the app or the login page."""
    browser = request.cookies.get(COOKIE, "")
    try:
        provider = openid.required()
        with banjie.store.begin() as uow:
            asked = external_logins.answered(uow, browser, state, now=banjie.clock.now())
        if not code:
            raise Forbidden("openid.refused", "统一身份认证没有同意这次登录。", status=401)
        told = provider.claims(code, nonce=asked.nonce, verifier=asked.verifier, now=banjie.clock.now())
        if asked.link and asked.person is not None:
            with banjie.store.begin() as uow:
                external_logins.link(uow, provider.settings.issuer, told["sub"], *asked.person, now=banjie.clock.now())
                external_logins.done(uow, browser)
                notices.tell_of_account(uow, *asked.person, "您的账号已绑定统一认证账号", now=banjie.clock.now())
            return RedirectResponse(asked.next, 303)
        with banjie.store.begin() as uow:
            org_id, user_id = _person(uow, provider.settings, told, banjie)
            external_logins.known(uow, browser, org_id, user_id)
        response = RedirectResponse(asked.next, 303)
        _enter(request, banjie, response, browser, Answer())
        return response
    except BanjieError as error:
        return _failed(error)


@router.post("/code", summary="统一身份认证之后的第二步验证")
def second_step(body: SecondStep, request: Request, response: Response, banjie: Program) -> dict[str, str]:
    """The second factor of somebody whom the provider has vouched for; gives where to go."""
    return {"next": _enter(request, banjie, response, request.cookies.get(COOKIE, ""), body.answer())}


def _go(
    request: Request, banjie: Program, response: Response, *, next: str, person: tuple[str, str] | None = None
) -> str:
    """Notes the sign-in, and has the browser keep its cookie; gives the provider's address."""
    provider, now = openid.required(), banjie.clock.now()
    browser, state, nonce, verifier = (openid.secret() for _ in range(4))
    address = provider.address(state=state, nonce=nonce, verifier=verifier, now=now)
    asked = Asked(nonce=nonce, verifier=verifier, next=next, link=person is not None, person=person)
    with banjie.store.begin() as uow:
        external_logins.ask(uow, browser, state, asked, now=now)
    response.set_cookie(
        COOKIE,
        browser,
        max_age=int(PATIENCE.total_seconds()),
        httponly=True,
        samesite="lax",  # the provider sends the browser back from another site
        secure=is_https(request),
        path=PATH,
    )
    return address


def _person(uow: UnitOfWork, settings: openid.Settings, told: Any, banjie: Program) -> tuple[str, str]:
    """Whose account it is. Errors: `openid.unknown`."""
    found = external_logins.person_of(uow, settings.issuer, told["sub"])
    if found is None and settings.login_claim and isinstance(told.get(settings.login_claim), str):
        found = external_logins.person_named(uow, settings.issuer, told[settings.login_claim])
        if found is not None:
            external_logins.link(uow, settings.issuer, told["sub"], *found, now=banjie.clock.now())
    if found is None:
        raise Forbidden(
            "openid.unknown", "这个统一认证账号还没有绑定用户。请先用密码登录，在“登录安全”中绑定。", status=401
        )
    return found


def _enter(request: Request, banjie: Program, response: Response, browser: str, answer: Answer) -> str:
    """Opens the session of whoever the provider has vouched for; gives where to go."""
    with banjie.store.begin() as uow:
        now = banjie.clock.now()
        org_id, user_id, next = external_logins.waiting(uow, browser, now=now)
        source = client_address(request)
        opened = accounts.open_external(
            uow, org_id, user_id, openid.METHOD, source, answer=answer, now=now, agent=user_agent(request)
        )
        if not isinstance(opened, Forbidden):
            external_logins.done(uow, browser)
    if isinstance(opened, Forbidden):
        raise opened
    keep_session(request, response, opened[0])
    response.delete_cookie(COOKIE, path=PATH)
    return next


def _failed(error: BanjieError) -> Response:
    return RedirectResponse(f"/login?openid={error.code}", 303)


def _inside(address: str) -> str:
    """The address if it is a page of the app."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and len(address) <= 500 else "/"
