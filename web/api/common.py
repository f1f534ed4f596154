"""What every route needs: the program, the logged-in user, the check of the CSRF token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import Field

from office import access, accounts
from storage.database import UnitOfWork
from storage.errors import Forbidden
from web.acts import Actor
from web.banjie import Banjie

COOKIE = "banjie_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def the_program(request: Request) -> Banjie:
    """The installation that this application serves."""
    program: Banjie = request.app.state.banjie
    return program


Program = Annotated[Banjie, Depends(the_program)]


def find_session(request: Request, banjie: Banjie) -> accounts.Session | None:
    """The session that the request's cookie names, if it has not expired."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with banjie.store.begin(write=False) as uow:
        return accounts.find_session(uow, token, now=banjie.clock.now())


def keep_session(request: Request, response: Response, token: str) -> None:
    """Have the browser keep the session's token."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(accounts.ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )


def the_session(request: Request, banjie: Program) -> accounts.Session:
    """The session of the request. Errors: `session.expired` (401), `session.csrf` (403)."""
    found = find_session(request, banjie)
    if found is None:
        raise Forbidden("session.expired", "登录已过期，请重新登录；您填写的内容仍然保留。", status=401)
    if request.method not in _SAFE and not accounts.csrf_matches(found, request.headers.get("x-csrf-token")):
        raise Forbidden("session.csrf", "页面已失效，请刷新后重试。")
    if found.stale:
        with banjie.store.begin() as uow:
            accounts.touch(uow, found, now=banjie.clock.now())
    return found


def client_address(request: Request) -> str | None:
    """The network address that the request comes from; behind a proxy, what the proxy says."""
    return request.client.host if request.client else None


SessionOf = Annotated[accounts.Session, Depends(the_session)]


def the_actor(request: Request, session: SessionOf) -> Actor:
    """Who acts. Errors: as `the_session`; `password.must_change` (403) until the one-time password is changed."""
    if session.must_change_password:
        raise Forbidden("password.must_change", "请先修改一次性密码。")
    return Actor(session.org_id, session.user_id, client_address(request))


Who = Annotated[Actor, Depends(the_actor)]


def the_admin(who: Who, banjie: Program) -> Actor:
    """The actor, who must be an administrator."""
    with banjie.store.begin(write=False) as uow:
        access.require_role(access.viewer_of(uow, who.org_id, who.user_id), access.ADMIN)
    return who


Admin = Annotated[Actor, Depends(the_admin)]


def reading(banjie: Program) -> Iterator[UnitOfWork]:
    """A transaction that only reads."""
    with banjie.store.begin(write=False) as uow:
        yield uow


Reading = Annotated[UnitOfWork, Depends(reading)]
Body = dict[str, Any]
Whole = Annotated[int, Field(ge=1, le=2**31 - 1)]  # a number of something, such as a column can hold
