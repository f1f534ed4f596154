"""Notices by the channels of an office: what a real receiver gets, tries, incidents, secrets, who is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk

from engine import jobs
from handlers import outgoing
from office import cases, notice_settings, notices, people
from office.channels import SERVICES
from office.notice_settings import Wishes
from storage.clock import TZ
from storage.errors import BanjieError
from tests.support.door import dump
from tests.support.office import Office
from tests.support.receiver import Receiver, certificate, rebinding, receiving

KEY = "3f9a51c0de77"  # a secret in an address
DUE = datetime(2026, 12, 1, 17, 30, tzinfo=TZ)
MATTER = "反映农业服务中心截留青苗补偿款"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver on this machine, which the operator lets be called."""
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("BANJIE_OUTGOING_HTTP", "yes")
    with receiving() as found:
        yield found


def _channel(office: Office, address: str, name: str = "值班群", wishes: bool = True) -> str:
    made: str = office.browser("admin").done("/admin/channels", {"name": name, "address": address})["id"]
    if wishes:
        with office.banjie.store.begin() as uow:
            wanted = Wishes(channels={"limit": [made], "talk": [made]})
            notice_settings.save(uow, office.org_id, "pengfei", wanted, now=office.clock.now(), known=[made])
    return made


def _tell(office: Office, key: str = "k", *, kind: str = "urging", case_id: str | None = None) -> None:
    with office.banjie.store.begin() as uow:
        text = f"催办：《{MATTER}》赵大山"
        assert notices.tell(
            uow, office.org_id, "pengfei", text, kind=kind, key=key, now=office.clock.now(), case_id=case_id,
            step="提出办理意见", due_at=DUE,
        )  # fmt: skip


def _run(office: Office) -> int:
    return jobs.run_due(office.banjie.engine)


def _log(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.browser("admin").told("/admin/deliveries")
    return found


def test_an_endpoint_gets_number_step_and_due_date_with_a_lasting_id(office: Office, receiver: Receiver) -> None:
    """It is out of order at first: the same comes again, with the same id."""
    case_id = office.start("linhai", matter=MATTER)
    _channel(office, f"json://:{KEY}@127.0.0.1:{receiver.port}/in")
    receiver.answers = [(503, {}, {}), (200, {}, {})]
    _tell(office, case_id=case_id)
    assert _run(office) == 1 and _run(office) == 0
    (waiting,) = _log(office)
    assert (waiting["state"], waiting["tries"], waiting["result"]) == ("waiting", 1, "对方没有接收（HTTP 503）")
    office.clock.advance(seconds=30)
    assert _run(office) == 1
    first, second = receiver.got
    assert first.headers["x-banjie-delivery"] == second.headers["x-banjie-delivery"] == waiting["id"]
    with office.banjie.store.begin(write=False) as uow:
        number = cases.get_case(uow, office.org_id, case_id)["number"]
    assert first.json["title"] == "办结提醒：时限与催办"
    assert first.json["message"].startswith(
        f"时限与催办：{number or '您有一条新通知'}，步骤“提出办理意见”，2026-12-01 17:30到期。"
    )
    for secret in (MATTER, "赵大山"):
        assert secret not in first.body.decode() and secret not in str(first.json)
    (sent,) = _log(office)
    assert (sent["state"], sent["tries"], sent["result"]) == ("sent", 2, "HTTP 200")
    assert sent["ended_at"] is not None and dump(office.banjie.store)["job"] == []


def test_dingtalk_refuses_with_http_200_and_is_understood(
    sqlite_office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_office
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"http://127.0.0.1:{receiver.port}/robot?access_token={{token}}")
    _channel(office, f"dingtalk://{KEY}")
    receiver.answers = [(200, {}, {"errcode": 310000, "errmsg": "keywords not in content"}), (200, {}, {"errcode": 0})]
    _tell(office)
    _run(office)
    assert _log(office)[0]["result"] == "对方没有接收（errcode 310000）"
    office.clock.advance(minutes=1)
    _run(office)
    assert _log(office)[0]["state"] == "sent"
    assert receiver.got[1].json["text"]["content"].startswith("办结提醒：时限与催办\r\n时限与催办：")


def test_what_is_given_up_is_an_incident_in_plain_words_that_can_be_retried(
    sqlite_office: Office, receiver: Receiver
) -> None:
    office = sqlite_office
    _channel(office, f"json://:{KEY}@127.0.0.1:{receiver.port}/in")
    receiver.answers = [(500, {}, {})]
    _tell(office)
    for _ in range(8):
        assert _run(office) == 1
        office.clock.advance(hours=1)
    assert _run(office) == 0
    office = Office(office.banjie, office.clock, office.org_id)  # everybody newly logged in
    admin = office.browser("admin")
    (incident,) = admin.told("/admin/incidents")
    assert incident["message"] == (
        "渠道“值班群”从11-26 09:00起发不出通知：对方没有接收（HTTP 500）。没发出的都留着，恢复后自动补发；"
        "请检查渠道，修好后重试。"
    )
    assert (incident["element_name"], _log(office)[0]["state"]) == ("发送通知", "failed")
    answer = admin.post(f"/admin/deliveries/{_log(office)[0]['id']}/again")
    assert answer.json()["error"]["code"] == "delivery.incident"
    receiver.answers = [(200, {}, {})]
    admin.done(f"/admin/incidents/{incident['id']}/retry")
    assert _run(office) == 1
    assert _log(office)[0]["state"] == "sent" and admin.told("/admin/incidents") == []
    admin.done(f"/admin/deliveries/{_log(office)[0]['id']}/again")
    assert _run(office) == 1 and len(receiver.got) == 10


def test_a_channel_that_is_away_is_one_incident_and_loses_nothing(office: Office, receiver: Receiver) -> None:
    """For three hours; all that was to go out does once it is back, and nobody has to do anything."""
    admin = office.browser("admin")
    _channel(office, f"json://:{KEY}@127.0.0.1:{receiver.port}/in")
    _tell(office, "well")
    assert _run(office) == 1 and _log(office)[0]["state"] == "sent"
    receiver.answers = [(503, {}, {})]
    for number in range(12):
        office.clock.advance(minutes=1)
        _tell(office, f"early {number}")
        _run(office)
    for number in range(40):
        office.clock.advance(minutes=4)
        if number < 12:
            _tell(office, f"late {number}")
        while _run(office):
            pass
    admin = office.browser("admin")  # logged in anew
    (incident,) = admin.told("/admin/incidents")
    assert incident["message"].startswith("渠道“值班群”从11-26 09:0") and "恢复后自动补发" in incident["message"]
    states = [one["state"] for one in _log(office)]
    assert (states.count("waiting"), states.count("failed"), states.count("sent")) == (23, 1, 1)
    before = len(receiver.got)
    receiver.answers = [(200, {}, {})]
    office.clock.advance(minutes=80)  # until one of them is tried again
    while _run(office):
        pass
    assert [one["state"] for one in _log(office)] == ["sent"] * 25
    assert admin.told("/admin/incidents") == [] and dump(office.banjie.store)["job"] == []
    ids = [one.headers["x-banjie-delivery"] for one in receiver.got[before:]]
    assert len(ids) == len(set(ids)) == 24, "each once"


def test_one_that_alone_does_not_go_is_its_own_incident(office: Office, receiver: Receiver) -> None:
    """Others go by the same channel meanwhile: it is not away, and what goes does not try the bad one for ever."""
    made = _channel(office, f"json://127.0.0.1:{receiver.port}/{{address}}")
    for login, address in (("pengfei", "bad"), ("linhai", "good")):
        wanted = {"channels": {"limit": [made]}, "addresses": {made: address}}
        office.browser(login).done("/notice-settings", wanted)
    receiver.paths = {"/bad": (400, {}, {})}
    _tell(office)
    for number in range(12):
        with office.banjie.store.begin() as uow:
            key = f"good {number}"
            notices.tell(uow, office.org_id, "linhai", "催办", kind="urging", key=key, now=office.clock.now())
        _run(office)
        office.clock.advance(minutes=15)
    (incident,) = office.browser("admin").told("/admin/incidents")
    assert incident["message"] == (
        "通知没有发出去，渠道“值班群”：对方没有接收（HTTP 400）。请检查渠道后重试，或者跳过。"
    )
    assert sorted(one["state"] for one in _log(office)) == ["failed", *["sent"] * 12]
    assert sum(one.path == "/bad" for one in receiver.got) <= 10


def test_what_the_operator_does_not_allow_is_one_incident_too(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused at once and not tried again; an administrator retries the one, and all others follow."""
    _channel(office, f"json://127.0.0.1:{receiver.port}/in")
    monkeypatch.delenv("BANJIE_OUTGOING_HTTP")
    for number in range(3):
        office.clock.advance(minutes=1)
        _tell(office, f"{number}")
        _run(office)
    admin = office.browser("admin")
    (incident,) = admin.told("/admin/incidents")
    assert incident["code"] == "outgoing.plain_http"
    assert [one["state"] for one in _log(office)] == ["failed"] * 3
    monkeypatch.setenv("BANJIE_OUTGOING_HTTP", "yes")
    admin.done(f"/admin/incidents/{incident['id']}/retry")
    while _run(office):
        pass
    assert [one["state"] for one in _log(office)] == ["sent"] * 3 and len(receiver.got) == 3
    assert admin.told("/admin/incidents") == []


def test_what_was_skipped_is_not_sent_when_the_channel_is_back(
    sqlite_office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_office
    _channel(office, f"json://127.0.0.1:{receiver.port}/in")
    with monkeypatch.context() as strict:
        strict.delenv("BANJIE_OUTGOING_HTTP")
        _tell(office, "skipped")
        _run(office)
    admin = office.browser("admin")
    (incident,) = admin.told("/admin/incidents")
    admin.done(f"/admin/incidents/{incident['id']}/skip", {"reason": "已经电话通知"})
    office.clock.advance(minutes=1)
    _tell(office, "next")
    while _run(office):
        pass
    assert sorted(one["state"] for one in _log(office)) == ["failed", "sent"] and len(receiver.got) == 1


def test_an_incident_that_is_skipped_leaves_no_job(sqlite_office: Office) -> None:
    """The operator allows no address of this machine: that is refused at once, not tried again."""
    office = sqlite_office
    _channel(office, "json://127.0.0.1:9/in")
    _tell(office)
    _run(office)
    admin = office.browser("admin")
    (incident,) = admin.told("/admin/incidents")
    assert incident["code"] == "outgoing.plain_http"
    admin.done(f"/admin/incidents/{incident['id']}/skip", {"reason": "渠道不用了"})
    assert dump(office.banjie.store)["job"] == [] and admin.told("/admin/incidents") == []


def test_a_redirect_is_not_followed(sqlite_office: Office, receiver: Receiver) -> None:
    _channel(sqlite_office, f"json://127.0.0.1:{receiver.port}/in")
    receiver.answers = [(302, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"}, {})]
    _tell(sqlite_office)
    _run(sqlite_office)
    assert [one.path for one in receiver.got] == ["/in"]
    assert _log(sqlite_office)[0]["result"] == "对方没有接收（HTTP 302）"


def test_the_address_that_was_checked_is_called_and_its_certificate_must_fit(
    sqlite_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that first gives an allowed address and then another one (DNS rebinding) wins nothing."""
    office = sqlite_office
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "127.0.0.1")
    monkeypatch.setenv("BANJIE_OUTGOING_HTTP", "yes")
    asked = rebinding(monkeypatch)
    public, context = certificate(tmp_path, "hook.example.cn")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(public))
    with receiving() as plain, receiving(context) as sealed:
        _channel(office, f"json://hook.example.cn:{plain.port}/in")
        _tell(office, "plain")
        _run(office)
        assert asked == ["hook.example.cn"]
        asked.clear()
        made = _channel(office, f"jsons://:{KEY}@hook.example.cn:{sealed.port}/in", "加密")
        _tell(office, "sealed")
        _run(office)
        assert [one["result"] for one in _log(office)] == ["HTTP 200"] * 2 and len(asked) == 1
        assert plain.got[0].headers["host"] == f"hook.example.cn:{plain.port}"
        assert sealed.got[0].headers["host"] == f"hook.example.cn:{sealed.port}"
        wanted = {"name": "加密", "active": True, "address": f"jsons://other.example.cn:{sealed.port}/in"}
        office.browser("admin").done(f"/admin/channels/{made}", wanted)
        asked.clear()
        _tell(office, "other")
        _run(office)
        assert _log(office)[0]["result"] == "连不上对方" and len(sealed.got) == 1 and asked == ["other.example.cn"]


def test_an_address_is_sealed_and_never_shown(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made = _channel(office, f"json://:{KEY}@127.0.0.1:{receiver.port}/{{address}}")
    office.browser("pengfei").done(
        "/notice-settings", {"channels": {"limit": [made]}, "addresses": {made: "13987654321"}}
    )
    _tell(office)
    _run(office)
    assert receiver.got[0].path == "/13987654321"
    shown = office.browser("pengfei").get("/notice-settings").text
    assert "＊＊＊4321" in shown and "13987654321" not in shown
    admin = office.browser("admin")
    told = admin.get("/admin/channels").text + admin.get("/admin/deliveries").text + admin.get("/admin/office-log").text
    with office.banjie.store.engine.connect() as conn:
        raw = "".join(
            str(conn.exec_driver_sql(f"select * from {table}").all())
            for table in ("channel", "personal_address", "delivery", "job", "office_log")
        )
    for secret in (KEY, "13987654321"):
        assert secret not in told and secret not in raw


def test_who_has_no_address_is_recorded_and_not_tried(sqlite_office: Office, receiver: Receiver) -> None:
    _channel(sqlite_office, f"json://127.0.0.1:{receiver.port}/{{address}}")
    _tell(sqlite_office)
    assert (_run(sqlite_office), _run(sqlite_office), receiver.got) == (1, 0, [])
    (one,) = _log(sqlite_office)
    assert (one["state"], one["result"]) == ("dropped", "收件人没有填写这个渠道的个人地址")


def test_who_is_accused_meanwhile_gets_nothing_and_does_not_see_that_it_went(
    sqlite_office: Office, receiver: Receiver
) -> None:
    office = sqlite_office
    made = _channel(office, f"json://127.0.0.1:{receiver.port}/in")
    case_id = office.start("linhai")
    with office.banjie.store.begin() as uow:
        wanted = Wishes(channels={"talk": [made]}, quiet_from="08:00", quiet_to="12:00")
        notice_settings.save(uow, office.org_id, "pengfei", wanted, now=office.clock.now(), known=[made])
        people.grant(uow, office.org_id, "pengfei", "admin")
    _tell(office, kind="comment", case_id=case_id)
    with office.banjie.store.begin() as uow:
        told = {"accused_units": ["agriculture_centre"]}
        cases.apply_answers(uow, office.org_id, case_id, told, actor="linhai", now=office.clock.now(), name="补充")
    assert _run(office) == 0, "quiet hours"
    office.clock.set(office.clock.now() + timedelta(hours=3))
    _run(office)
    (one,) = _log(office)
    assert (one["state"], one["result"], receiver.got) == ("dropped", "收件人应当回避", [])
    accused = office.browser("pengfei")
    assert accused.told("/admin/deliveries") == []
    assert accused.post(f"/admin/deliveries/{one['id']}/again").status_code == 404


def test_a_stopped_channel_sends_nothing(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made = _channel(office, f"json://127.0.0.1:{receiver.port}/in")
    _tell(office)
    office.browser("admin").done(f"/admin/channels/{made}", {"name": "值班群", "active": False})
    _run(office)
    assert (_log(office)[0]["result"], receiver.got) == ("渠道已停用", [])
    assert all(one["key"] != made for one in office.browser("pengfei").told("/notice-settings")["channels"])


def test_a_deleted_channel_is_gone_and_its_record_stays(sqlite_office: Office, receiver: Receiver) -> None:
    office, admin = sqlite_office, sqlite_office.browser("admin")
    made = _channel(office, f"json://:{KEY}@127.0.0.1:{receiver.port}/{{address}}")
    wished = {"channels": {"limit": ["mail", made]}, "addresses": {made: "13987654321"}, "digest": True}
    office.browser("pengfei").done("/notice-settings", wished)
    _tell(office, "before", kind="comment")  # not by this channel
    _tell(office)
    _run(office)
    _tell(office, "waits")
    (waits,) = [one for one in _log(office) if one["state"] == "waiting"]
    admin.done(f"/admin/channels/{made}/remove")
    assert admin.told("/admin/channels")["channels"] == []
    assert admin.post(f"/admin/channels/{made}/remove").json()["error"]["code"] == "channel.unknown"
    went = {one["id"]: one for one in _log(office)}
    assert {(one["target"], one["deleted"]) for one in went.values()} == {("值班群", True)}
    assert sorted(one["state"] for one in went.values()) == ["dropped", "sent"]
    assert (went[waits["id"]]["state"], went[waits["id"]]["result"]) == ("dropped", "渠道已删除")
    _run(office)
    assert len(receiver.got) == 1 and dump(office.banjie.store)["job"] == []
    # sent again, it is not tried either; what people wished and entered for it is gone
    admin.done(f"/admin/deliveries/{waits['id']}/again")
    _run(office)
    assert len(receiver.got) == 1 and _log(office)[0]["result"] == "渠道已删除"
    told = office.browser("pengfei").told("/notice-settings")
    assert made not in str(told) and office.browser("pengfei").done("/notice-settings", {"channels": {}}) is not None
    rows = dump(office.banjie.store)
    assert rows["channel"] == rows["personal_address"] == []
    assert any(one["act"] == "deleted" and one["told"] for one in admin.told("/admin/office-log"))
    _tell(office, "after")
    assert len(_log(office)) == 2


@pytest.mark.parametrize(
    ("name", "address", "code"),
    [
        ("群", "telegraph://x", "channel.service"),
        ("群", "file:///etc/passwd", "channel.service"),
        ("群", "syslog://", "channel.service"),
        ("群", "dingtalk://", "channel.bad_address"),
        (" ", f"dingtalk://{KEY}", "channel.no_name"),
        ("值班群", f"dingtalk://{KEY}", "channel.name_taken"),
    ],
)
def test_channels_that_cannot_be(sqlite_office: Office, name: str, address: str, code: str) -> None:
    _channel(sqlite_office, f"dingtalk://{KEY}", wishes=False)
    answer = sqlite_office.browser("admin").post("/admin/channels", {"name": name, "address": address})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert KEY not in answer.text


VALUES = {
    "CORPID": "ww1234567890abcdef", "ACCESS_TOKEN": "a1b2c3d4", "APP_TOKEN": "AT_abcdefgh12345678", "AGENTID": "1000",
    "SECRET": "abcdefgh1234567890", "HOST": "sms.example.cn", "PATH": "in", "ACCOUNT": f"AC{'a1' * 16}",
    "FROM": "13900000000", "TOKEN": "a1b2c3d4" * 4, "KEY": "12345678", "{address}": "13800000000",
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_the_form_that_a_service_shows_is_one_that_it_takes(service: str) -> None:
    address = SERVICES[service].example
    for name, value in VALUES.items():
        address = address.replace(name, value)
    assert Apprise.instantiate(address) is not None, address


# ---------------------------------------------------------------- which addresses may be called


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.3.7", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANJIE_OUTGOING_ALLOW", raising=False)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(BanjieError) as caught:
        outgoing.checked(f"https://{host}/in")
    assert caught.value.code == "outgoing.private"


def test_what_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANJIE_OUTGOING_ALLOW", raising=False)
    assert outgoing.checked("https://1.2.4.8:8443/in") == ("1.2.4.8", 8443, "1.2.4.8")
    assert outgoing.checked("https://[2400:3200::1]/in") == ("2400:3200::1", 443, "2400:3200::1")
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "10.1.0.0/16, fd00::/8")
    assert outgoing.checked("https://10.1.2.3/in")[2] == "10.1.2.3"
    assert outgoing.checked("https://[fd00::7]/in")[2] == "fd00::7"
    with pytest.raises(BanjieError):
        outgoing.checked("https://10.2.0.1/in")
    for url, code in (
        ("http://1.2.4.8/in", "outgoing.plain_http"),
        ("ftp://1.2.4.8/in", "outgoing.bad_address"),
        ("https:///in", "outgoing.bad_address"),
        ("https://1.2.4.8:x/in", "outgoing.bad_address"),
    ):
        with pytest.raises(BanjieError) as caught:
            outgoing.checked(url)
        assert caught.value.code == code
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "10.1")
    with pytest.raises(BanjieError, match="bad_setting"):
        outgoing.checked("https://10.1.2.3/in")
