"""E-mail: addresses of servers, the real protocol, the outbox sent once and tried again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy.exc import OperationalError

from engine.registry import HandlerContext, registry
from handlers import mail
from office import notices, organisations
from storage import schema
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from tests.handlers.desk import NOW, refusal
from tests.support.ports import free_port


class Postbox:
    """Takes mail like a server; refuses what is addressed to `nobody@`."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(BytesParser(EmailMessage, policy=default).parsebytes(content))
        return "250 OK"


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A mail server that `BANJIE_SMTP_URL` names."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("BANJIE_SMTP_URL", f"smtp://127.0.0.1:{controller.port}?from=banjie@example.org")
    yield box
    controller.stop()


@pytest.fixture
def outbox(store: Store) -> tuple[Store, str]:
    """A database with one mail that waits, and the organisation's id."""
    with store.begin() as uow:
        org_id = organisations.create_organisation(uow, "FWZX", "东镇", "town_hall", now=NOW)
        notices.post(uow, org_id, "sun@example.org", "办结提醒：三日内", "请抓紧办理。", key="urging/1", now=NOW)
    return store, org_id


def job(**inputs: str) -> HandlerContext:
    """A call of a handler that reaches outside: without a transaction."""
    return HandlerContext(
        org_id="o", instance_id="i", process_key="p", business_key=None, element_id="e", element_name="e",
        properties={}, variables={}, now=NOW, actor=None, key="job-1", inputs=inputs,
    )  # fmt: skip


def waiting(store: Store) -> int:
    with store.begin(write=False) as uow:
        return len(notices.waiting_mail(uow, now=NOW))


def test_a_mail_goes_once_in_chinese_with_a_lasting_id(outbox: tuple[Store, str], postbox: Postbox) -> None:
    store, org_id = outbox
    assert mail.send_waiting(store, FixedClock(NOW)) == 1
    assert mail.send_waiting(store, FixedClock(NOW)) == 0
    got = postbox.got[0]
    assert (got["From"], got["To"], got["Subject"]) == ("banjie@example.org", "sun@example.org", "办结提醒：三日内")
    assert got.get_content().strip() == "请抓紧办理。"
    mail.Server.from_environment().send("a@example.org", "x", "y", key=f"{org_id}/urging/1")  # type: ignore[union-attr]
    assert postbox.got[1]["Message-ID"] == got["Message-ID"]
    mail.Server.from_environment().send("a@example.org", "x", "y", key=f"{org_id}/urging/2")  # type: ignore[union-attr]
    assert postbox.got[2]["Message-ID"] != got["Message-ID"]


def test_what_fails_is_tried_again_later_and_does_not_hold_up_the_rest(
    outbox: tuple[Store, str], postbox: Postbox
) -> None:
    store, org_id = outbox
    with store.begin() as uow:
        notices.post(uow, org_id, "nobody@example.org", "x", "y", key="urging/0", now=NOW)
        notices.post(uow, org_id, "bad\naddress", "x", "y", key="urging/2", now=NOW)
    clock = FixedClock(NOW)
    assert mail.send_waiting(store, clock) == 1
    assert [got["To"] for got in postbox.got] == ["sun@example.org"]
    with store.begin(write=False) as uow:
        failed = {row["to"]: row["error"] for row in notices.failed_mail(uow, org_id)}
    assert "550" in failed["nobody@example.org"]
    tried = []
    assert mail.send_waiting(store, clock, sender=lambda *args, **_: tried.append(args)) == 0
    clock.advance(minutes=2)
    assert mail.send_waiting(store, clock, sender=lambda *args, **_: tried.append(args)) == 2
    assert {args[0] for args in tried} == {"nobody@example.org", "bad\naddress"}
    assert waiting(store) == 0


def test_without_a_server_mail_waits(outbox: tuple[Store, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANJIE_SMTP_URL", raising=False)
    assert mail.send_waiting(outbox[0], FixedClock(NOW)) == 0
    assert waiting(outbox[0]) == 1


def test_one_sends_at_a_time(outbox: tuple[Store, str]) -> None:
    store, clock = outbox[0], FixedClock(NOW)
    inner: list[int] = []

    def sender(*_args: Any, **_kwargs: Any) -> None:
        inner.append(mail.send_waiting(store, clock, sender=sender))

    assert mail.send_waiting(store, clock, sender=sender) == 1
    assert inner == [0]


def test_another_node_sends_nothing_meanwhile(postgres_url: str) -> None:
    here = Store(postgres_url)
    schema.upgrade(here)
    with here.begin() as uow:
        org_id = organisations.create_organisation(uow, "FWZX", "东镇", "town_hall", now=NOW)
        notices.post(uow, org_id, "sun@example.org", "x", "y", key="1", now=NOW)
    sent: list[Any] = []
    try:
        with here.begin(write=False) as other:  # the other node's run
            other.conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({mail._ONE_SENDER})")
            assert mail.send_waiting(here, FixedClock(NOW), sender=lambda *args, **_: sent.append(args)) == 0
        assert mail.send_waiting(here, FixedClock(NOW), sender=lambda *args, **_: sent.append(args)) == 1
    finally:
        here.close()
    assert len(sent) == 1


def test_a_node_that_lost_its_turn_sends_nothing_that_another_has_sent(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends a connection that is silent for two minutes, as while a slow mail server is waited for."""
    monkeypatch.setattr(mail, "_sending", threading.RLock())  # a node has one of its own
    here, clock = Store(postgres_url), FixedClock(NOW)
    schema.upgrade(here)
    with here.begin() as uow:
        org_id = organisations.create_organisation(uow, "FWZX", "东镇", "town_hall", now=NOW)
        for number in range(3):
            notices.post(uow, org_id, f"{number}@example.org", "x", "y", key=f"{number}", now=NOW)
    sent: list[str] = []

    def slow(to: str, *_args: Any, **_more: Any) -> None:
        sent.append(to)
        with here.begin() as uow:
            lost = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            assert uow.conn.exec_driver_sql(lost).all() == [(True,)]
        assert mail.send_waiting(here, clock, sender=lambda to, *_, **__: sent.append(to)) == 3

    try:
        with pytest.raises(OperationalError):
            mail.send_waiting(here, clock, sender=slow)
    finally:
        here.close()
    assert sent == ["0@example.org", "0@example.org", "1@example.org", "2@example.org"], "the one in hand alone"


def test_mail_that_waits_for_another_try_keeps_no_other_waiting(outbox: tuple[Store, str], postbox: Postbox) -> None:
    store, org_id = outbox
    clock = FixedClock(NOW)
    clock.advance(minutes=1)
    with store.begin() as uow:
        for number in range(5):
            notices.post(uow, org_id, "nobody@example.org", "x", "y", key=f"bad/{number}", now=NOW)
    assert mail.send_waiting(store, clock, limit=6) == 1
    with store.begin() as uow:
        notices.post(uow, org_id, "li@example.org", "x", "y", key="late", now=clock.now())
    assert mail.send_waiting(store, clock, limit=3) == 1
    assert [got["To"] for got in postbox.got] == ["sun@example.org", "li@example.org"]


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:{port}", "smtp://u:p@127.0.0.1:{there}"])
def test_a_server_that_is_away_costs_no_mail_a_try(
    outbox: tuple[Store, str], postbox: Postbox, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """It cannot be reached, or lets nobody in; the first mail asks for it, and all go once it is back."""
    store, org_id = outbox
    right = os.environ["BANJIE_SMTP_URL"]
    clock = FixedClock(NOW)
    with store.begin() as uow:
        for number in range(3):
            notices.post(uow, org_id, f"{number}@example.org", "x", "y", key=f"{number}", now=NOW)
    monkeypatch.setenv("BANJIE_SMTP_URL", url.format(port=free_port(), there=urlsplit(right).port))
    for _ in range(notices.MOST_TRIES + 2):
        assert mail.send_waiting(store, clock) == 0
        clock.advance(minutes=30)
    with store.begin(write=False) as uow:
        (failed,) = notices.failed_mail(uow, org_id)
    assert failed["tries"] == 0 and failed["error"]
    monkeypatch.setenv("BANJIE_SMTP_URL", right)
    assert mail.send_waiting(store, clock) == 4 and len(postbox.got) == 4


def test_a_diagram_sends_a_mail(postbox: Postbox) -> None:
    assert registry.handlers["mail.send"].outside is True
    registry.handlers["mail.send"].call(job(to="li@example.org", subject="答复", body="已办结"))
    assert postbox.got[0]["Subject"] == "答复"


def test_a_diagram_cannot_send_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANJIE_SMTP_URL", raising=False)
    with refusal("mail.not_configured"):
        mail.send(job(to="li@example.org", subject="x", body="y"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, "smtp", None, None, "banjie@mail.example.org")),
        ("smtps://a%40b.cn:p%3Aw@m.cn", ("m.cn", 465, "smtps", "a@b.cn", "p:w", "a@b.cn")),
        ("smtp+starttls://u:p@m.cn:2587?from=x@y.cn", ("m.cn", 2587, "smtp+starttls", "u", "p", "x@y.cn")),
    ],
)
def test_addresses_of_servers(url: str, expected: tuple[Any, ...]) -> None:
    server = mail.Server.parse(url)
    assert (server.host, server.port, server.security, server.user, server.password, server.sender) == expected


@pytest.mark.parametrize("url", ["mail.example.org", "http://m.cn", "smtp://", "smtp://m.cn:port"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(BanjieError) as caught:
        mail.Server.parse(url)
    assert caught.value.code == "mail.bad_address"


def test_a_server_that_must_encrypt_but_cannot_gets_nothing(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    server = mail.Server.from_environment()
    assert server is not None
    strict = mail.Server.parse(f"smtp+starttls://127.0.0.1:{server.port}?from=x@y.cn")
    with pytest.raises(mail.ServerAway, match="SMTPNotSupportedError"):
        strict.send("sun@example.org", "x", "y", key="1")
    assert postbox.got == []
