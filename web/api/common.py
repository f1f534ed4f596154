"""What every route needs: the program, the logged-in user, the check of the CSRF token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from office import access, accounts
from storage.database import UnitOfWork
from storage.errors import Forbidden, database_trouble
from web.acts import Actor
from web.banjie import Banjie

COOKIE = "banjie_session"
HTTPS_COOKIE = f"__Host-{COOKIE}"  # a browser takes it from this very host only, over HTTPS
LOGGED_IN = "logged_in"  # of a request's state: whether its cookie was found to be a log-in, once it was looked for
_SAFE = {"GET", "HEAD", "OPTIONS"}


def the_program(request: Request) -> Banjie:
    """The installation that this application serves."""
    program: Banjie = request.app.state.banjie
    return program


Program = Annotated[Banjie, Depends(the_program)]


def find_session(request: Request, banjie: Banjie) -> accounts.Session | None:
    """The session that the request's cookie names, if it has not expired."""
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    with banjie.store.begin(write=False) as uow:
        found = accounts.find_session(uow, token, now=banjie.clock.now())
    setattr(request.state, LOGGED_IN, found is not None)
    return found


def is_https(request: Request) -> bool:
    """Whether the browser came over HTTPS; behind a proxy that is trusted, what the proxy says."""
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """What the cookie of the session is called."""
    return HTTPS_COOKIE if is_https(request) else COOKIE


def keep_session(request: Request, response: Response, token: str) -> None:
    """Have the browser keep the session's token."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=int(accounts.ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_https(request),
        path="/",
    )


def drop_session(request: Request, response: Response) -> None:
    """Have the browser forget the session's token."""
    response.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict", secure=is_https(request))


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


def user_agent(request: Request) -> str | None:
    """What the browser says of itself."""
    return request.headers.get("user-agent")


def the_enrolling(request: Request, session: SessionOf) -> Actor:
    """Who sees to the own second factor. Errors: as `the_session`; `password.must_change` (403)."""
    if session.must_change_password:
        raise Forbidden("password.must_change", "请先修改一次性密码。")
    return Actor(session.org_id, session.user_id, client_address(request))


Enrolling = Annotated[Actor, Depends(the_enrolling)]


def the_actor(who: Enrolling, session: SessionOf) -> Actor:
    """Who acts. Errors: as `the_enrolling`; `second_factor.must_enrol` (403) until there is one, if it is wanted."""
    if session.must_enrol:
        raise Forbidden("second_factor.must_enrol", "本单位要求使用动态口令或安全密钥，请先在“登录安全”中开启。")
    return who


Who = Annotated[Actor, Depends(the_actor)]


def the_admin(who: Who, banjie: Program) -> Actor:
    """The actor, who must be an administrator."""
    with banjie.store.begin(write=False) as uow:
        access.require_role(access.viewer_of(uow, who.org_id, who.user_id), access.ADMIN)
    return who


Admin = Annotated[Actor, Depends(the_admin)]


def reading(banjie: Program) -> Iterator[UnitOfWork]:
    """A transaction that only reads. That its end fails is no matter: the answer has been given."""
    answered = False
    try:
        with banjie.store.begin(write=False) as uow:
            yield uow
            answered = True
    except SQLAlchemyError as error:
        if not (answered and database_trouble(error)):
            raise


Reading = Annotated[UnitOfWork, Depends(reading)]
Body = dict[str, Any]
Whole = Annotated[int, Field(ge=1, le=2**31 - 1)]  # a number of something, such as a column can hold
