"""The HTTP application: routes, errors in Chinese with a stable code, security headers, the built front end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DataError, InternalError, SQLAlchemyError
from starlette.exceptions import HTTPException

from handlers import digest
from handlers.mail import send_waiting
from office import accounts, external_logins, unusual
from office.attachments import LARGEST
from storage.errors import BanjieError, database_trouble
from web import disposing, health, metrics, pace, schedules, stopping
from web.api import (
    absences,
    admin,
    askings,
    cases,
    changes,
    exports,
    heat,
    inbox,
    joining,
    keeping,
    ldap,
    moves,
    notice_settings,
    openid,
    papers,
    records,
    rosters,
    security,
    security_keys,
    session,
    supervisions,
    talk,
)
from web.api.answers import REFUSALS
from web.banjie import Banjie
from web.logs import Requests
from web.pace import Pace
from web.paths import STATIC
from web.telemetry import Traced

log = logging.getLogger("banjie.http")

STOPS_EVERY = 900  # seconds between looks at clocks that stand still longer than expected
MAIL_EVERY = 60  # seconds between looks at the outbox
DIGEST_EVERY = 60  # seconds between looks for digests that are due
UNUSUAL_EVERY = 600  # seconds between looks at who read far more than work needs
SESSIONS_EVERY = 3600  # seconds between clearing what has expired
RETENTION_EVERY = 6 * 3600  # seconds between deleting notices, mail and log entries that are old enough
RETRY_AFTER = 2  # seconds, while the database is gone, full or locked
MAX_BODY = 6 * 1024 * 1024  # bytes; a diagram may have 5 MB
MAX_UPLOAD = LARGEST + 64 * 1024  # a file, and what the browser writes around it

_CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

_GAVE_WAY = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure


def create_app(banjie: Banjie, *, background: bool = True) -> FastAPI:
    """The application over `banjie`; with `background` its scheduler runs as long as the application does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if background:
            banjie.scheduler.start()
            schedules.start(banjie)
            banjie.scheduler.every("mail", MAIL_EVERY, lambda: send_waiting(banjie.store, banjie.clock))
            banjie.scheduler.every("digest", DIGEST_EVERY, lambda: digest.send_due(banjie.store, banjie.clock))
            banjie.scheduler.every("stops", STOPS_EVERY, lambda: stopping.warn_expired(banjie))
            banjie.scheduler.every("retention", RETENTION_EVERY, lambda: disposing.forget_old(banjie))
            banjie.scheduler.every("unusual", UNUSUAL_EVERY, lambda: _look_for_unusual(banjie))
            banjie.scheduler.every("sessions", SESSIONS_EVERY, lambda: _forget_sessions(banjie))
        yield
        if background:
            banjie.scheduler.stop()

    app = FastAPI(
        title="办结 Banjie",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
        responses=REFUSALS,
    )
    app.state.banjie = banjie
    for room in (
        session,
        openid,
        ldap,
        security,
        security_keys,
        inbox,
        moves,
        askings,
        cases,
        changes,
        joining,
        records,
        rosters,
        notice_settings,
        papers,
        talk,
        exports,
        supervisions,
        heat,
        absences,
        keeping,
        admin,
    ):
        app.include_router(room.router, prefix="/api")
    _errors(app)
    app.add_middleware(Pace, most=pace.setting())
    _limits(app)
    _watching(app, banjie, background)
    _pages(app)
    return app


def _watching(app: FastAPI, banjie: Banjie, background: bool) -> None:
    """What operators and their programs ask."""
    app.add_middleware(Requests, count=_count)
    app.add_middleware(Traced)
    banjie.engine.on_turn = lambda command: metrics.STEPS.labels(command).inc()

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        """This process answers and reaches its database: else it should be started again."""
        with banjie.store.begin(write=False) as uow:
            uow.conn.exec_driver_sql("select 1")
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        """This node should be given work: its database is there and of this version, its scheduler looks after it."""
        checks = health.checks(banjie, background=background)
        ready = all(checks.values())
        return JSONResponse({"status": "ok" if ready else "unready", "checks": checks}, 200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    def read_metrics(request: Request) -> Response:
        metrics.require_reader(request)
        return Response(metrics.exposition(banjie), media_type=metrics.CONTENT_TYPE)


def _count(method: str, status: int, seconds: float) -> None:
    metrics.REQUESTS.labels(method, str(status)).inc()
    metrics.SECONDS.labels(method).observe(seconds)
    if status == 409:
        metrics.CONFLICTS.inc()


def _forget_sessions(banjie: Banjie) -> None:
    with banjie.store.begin() as uow:
        accounts.forget_old(uow, now=banjie.clock.now())
        external_logins.forget_old(uow, now=banjie.clock.now())


def _look_for_unusual(banjie: Banjie) -> None:
    with banjie.store.begin() as uow:
        unusual.tell_of_unusual(uow, now=banjie.clock.now())


def _errors(app: FastAPI) -> None:
    @app.exception_handler(BanjieError)
    def banjie_error(_request: Request, error: BanjieError) -> JSONResponse:
        return JSONResponse({"error": error.to_json()}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    def bad_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        told = {"code": "request.invalid", "message": f"提交的内容不符合要求：{field or '格式'}有误。", "field": field}
        return JSONResponse({"error": told}, status_code=422)

    @app.exception_handler(HTTPException)
    def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        words = {404: "没有这个页面或内容。", 405: "不支持这种操作。", 413: "提交的内容过大。"}
        told = {"code": f"http.{error.status_code}", "message": words.get(error.status_code, "请求未能完成。")}
        return JSONResponse({"error": told}, status_code=error.status_code)

    @app.exception_handler(DataError)
    @app.exception_handler(UnicodeEncodeError)
    def unwritable(request: Request, error: Exception) -> JSONResponse:
        """Text that a database cannot hold: NUL, half a surrogate pair."""
        log.warning("%s %s: %s", request.method, request.url.path, error)
        told = {"code": "request.characters", "message": "提交的内容含有无法保存的字符，请删去后重试。"}
        return JSONResponse({"error": told}, status_code=422)

    @app.exception_handler(SQLAlchemyError)
    def database_error(request: Request, error: SQLAlchemyError) -> JSONResponse:
        """Two acts that waited for each other: the one that gave way may simply be done again.

        Else the database is gone, full or locked. Whether the act was committed may not be known; to send it again is
        safe: a task is completed once, a start that is sent again gives the same matter.
        """
        if getattr(getattr(error, "orig", None), "sqlstate", None) in _GAVE_WAY:
            log.warning("%s %s gave way to another act", request.method, request.url.path)
            told = {"code": "instance.changed", "message": "此事项刚刚被他人办理，请刷新后重试。"}
            return JSONResponse({"error": told}, status_code=409)
        if not (database_trouble(error) or isinstance(error, InternalError)):
            return broken(request, error)
        log.error("%s %s: %s", request.method, request.url.path, getattr(error, "orig", error))
        told = {"code": "server.database", "message": "数据库暂时不能使用，请稍后重试；已经办成的不会重复办理。"}
        return JSONResponse({"error": told}, status_code=503, headers={"Retry-After": str(RETRY_AFTER)})

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> JSONResponse:
        """Whether the act was committed before it broke is not known here."""
        log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
        told = {"code": "server.error", "message": "系统出了问题，请刷新后看是否已经办成，再重试或联系管理员。"}
        return JSONResponse({"error": told}, status_code=500)


def _limits(app: FastAPI) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        declared = request.headers.get("content-length", "0")
        if (
            not declared.isdigit()
            or int(declared) > (MAX_UPLOAD if request.url.path.endswith("/attachments") else MAX_BODY)
            or "chunked" in request.headers.get("transfer-encoding", "")
        ):
            told = {"code": "request.too_large", "message": "提交的内容过大，请精简后重试。"}
            return _secure(JSONResponse({"error": told}, status_code=413), request.url.path)
        return _secure(await call_next(request), request.url.path)


def _secure(response: Response, path: str) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _CSP
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
        if headers.get("Content-Type", "").startswith("application/json"):
            headers.setdefault("Content-Disposition", 'attachment; filename="api.json"')
    return response


def _pages(app: FastAPI) -> None:
    """The built front end; any other address gives its first page, which routes by itself."""
    if (STATIC / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=STATIC / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Any:
        if path.startswith("api/"):
            raise HTTPException(404)
        asked = (STATIC / path).resolve()
        if path and asked.is_file() and asked.is_relative_to(STATIC):
            return FileResponse(asked)
        index = STATIC / "index.html"
        if not index.is_file():
            raise BanjieError("front_end.missing", "前端页面尚未构建，请先运行 make run。", status=503)
        return FileResponse(index, headers={"Cache-Control": "no-cache"})
