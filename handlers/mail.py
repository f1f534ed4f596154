"""E-mail over SMTP. The outbox is filled in the office's transactions and sent from here, at least once.

`BANJIE_SMTP_URL` says where: `smtp://user:password@host:port?from=address` (STARTTLS if the server offers it),
`smtp+starttls://` (STARTTLS or nothing) or `smtps://` (TLS from the first byte). Without it, mail waits.
"""

from __future__ import annotations

import hashlib
import logging
import os
import smtplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import func, select

from engine.registry import HandlerContext, HandlerFailed, handler
from office import notices
from storage.clock import Clock
from storage.database import Store
from storage.errors import BanjieError

log = logging.getLogger("banjie.mail")

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_TIMEOUT = 20  # seconds to connect and for each answer of the server
_ONE_SENDER = 0x62616E6A6965  # number of PostgreSQL's advisory lock: one node sends at a time
_sending = threading.Lock()


class ServerAway(HandlerFailed):
    """The mail server cannot be reached or lets nobody in: that is no fault of the mail in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server to hand mail to."""

    host: str
    port: int
    security: str  # smtp | smtp+starttls | smtps
    user: str | None
    password: str | None
    sender: str

    @classmethod
    def from_environment(cls) -> Server | None:
        """The server of `BANJIE_SMTP_URL`; None if it is not set. Errors: `mail.bad_address`."""
        url = os.environ.get("BANJIE_SMTP_URL", "").strip()
        return cls.parse(url) if url else None

    @classmethod
    def parse(cls, url: str) -> Server:
        """A server from its address. Errors: BanjieError `mail.bad_address`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _bad_address() from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _bad_address()
        user = unquote(parts.username) if parts.username else None
        sender = parse_qs(parts.query).get("from", [user if user and "@" in user else f"banjie@{parts.hostname}"])[0]
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            security=parts.scheme,
            user=user,
            password=unquote(parts.password) if parts.password else None,
            sender=sender,
        )

    def send(self, to: str, subject: str, body: str, *, key: str) -> None:
        """Hand one mail over. The same `key` always gives the same Message-ID, by which a repetition can be known.

        Errors: ServerAway, those of smtplib, OSError, ValueError (an address that is none).
        """
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate(localtime=True)
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{self.sender.rpartition('@')[2]}>"
        message.set_content(body)
        try:
            smtp = self._connect()
        except OSError as error:  # also those of smtplib
            raise ServerAway(f"连不上邮件服务器（{type(error).__name__}: {error}）") from error
        with smtp:
            smtp.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        smtp = self._greet()
        try:
            if self.user is not None:
                smtp.login(self.user, self.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "smtps":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
        smtp = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            smtp.ehlo()
            if self.security == "smtp+starttls" or smtp.has_extn("starttls"):
                smtp.starttls(context=context)
                smtp.ehlo()
        except BaseException:
            smtp.close()
            raise
        return smtp


@handler("mail.send", outside=True, timeout=90)
def send(context: HandlerContext) -> None:
    """Send a mail that a diagram asks for: inputs `to`, `subject`, `body`. Errors: `mail.not_configured`."""
    server = Server.from_environment()
    if server is None:
        raise BanjieError("mail.not_configured", "没有设置邮件服务器，请管理员设置 BANJIE_SMTP_URL。")
    given = context.inputs
    server.send(str(given["to"]), str(given["subject"]), str(given["body"]), key=context.key)


def send_waiting(store: Store, clock: Clock, *, limit: int = 50, sender: Callable[..., Any] | None = None) -> int:
    """Send the mail that waits in the outbox; gives how many went. For the scheduler and the command line.

    One node at a time; what fails is tried again (`notices.waiting_mail`). While the server is away, the oldest mail
    asks for it once a look and the others keep their tries.
    A mail is marked as sent after the server took it: if this process dies in between, it goes once more with the same
    Message-ID.
    """
    if sender is None:
        server = Server.from_environment()
        if server is None:
            return 0
        sender = server.send
    if not _sending.acquire(blocking=False):
        return 0
    try:
        with store.begin(write=False) as guard:
            if guard.dialect == "postgresql":
                alone = select(func.pg_try_advisory_xact_lock(_ONE_SENDER))
                if not guard.conn.execute(alone).scalar():
                    return 0
            with store.begin(write=False) as uow:
                waiting = notices.waiting_mail(uow, now=clock.now(), limit=limit)
            sent = 0
            for row in waiting:
                guard.conn.exec_driver_sql("SELECT 1")  # the lock is lost with its connection: then another node sends
                went = _send_one(store, clock, row, sender)
                if went is None:
                    break
                sent += went
            return sent
    finally:
        _sending.release()


def _send_one(store: Store, clock: Clock, row: Any, sender: Callable[..., Any]) -> bool | None:
    """Whether the mail went; None: the server is away."""
    with store.begin() as uow:
        if not notices.may_still_go(uow, row):
            return False
    try:
        sender(row.to, row.subject, row.body, key=f"{row.org_id}/{row.key}")
    except (ServerAway, OSError, ValueError) as error:  # those of smtplib are OSErrors
        away = isinstance(error, ServerAway)
        log.warning("mail %s could not be sent: %s", row.id, error)
        told = str(error) if away else f"{type(error).__name__}: {error}"
        with store.begin() as uow:
            notices.mail_failed(uow, row.org_id, row.id, told, tried=not away)
        return None if away else False
    with store.begin() as uow:
        notices.mail_sent(uow, row.org_id, row.id, now=clock.now())
    return True


def _bad_address() -> BanjieError:
    return BanjieError(
        "mail.bad_address",
        "BANJIE_SMTP_URL 不正确，应为 smtp://用户:密码@服务器:端口?from=发件地址（或 smtps://、smtp+starttls://）。",
    )
