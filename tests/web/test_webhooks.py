"""Events told to other systems: signed, without a person, to the checked address; tried again, stopped, sent again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import jobs
from engine.scheduler import run_all
from office import cases, people, webhooks
from storage.tables.telling import delivery
from tests.support.door import dump
from tests.support.office import Office
from tests.support.receiver import Receiver, Request, certificate, rebinding, receiving

PERSON, PHONE, MATTER = "赵大山", "13800000001", "村口水渠垮塌无人修"  # of a visit


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver on this machine, which the operator lets be called."""
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("BANJIE_OUTGOING_HTTP", "yes")
    with receiving() as found:
        yield found


def _subscribe(office: Office, receiver: Receiver, *events: str, **more: Any) -> tuple[str, str]:
    wanted = {"name": "县平台", "address": f"http://127.0.0.1:{receiver.port}/hook?t=tok3n", "events": events, **more}
    told = office.browser("admin").done("/admin/webhooks", wanted)
    return told["id"], told["secret"]


def _run(office: Office) -> int:
    return jobs.run_due(office.banjie.engine)


def _log(office: Office) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.browser("admin").told("/admin/deliveries", of="webhooks")
    return found


def _newly(office: Office) -> Office:
    """The office, everybody newly logged in."""
    return Office(office.banjie, office.clock, office.org_id)


def verified(request: Request, secret: str, now: datetime) -> dict[str, Any]:
    """What a receiver does, in its own words: see docs/webhooks.md."""
    message, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert abs(now.timestamp() - int(stamp)) <= 300
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message}.{stamp}.".encode() + request.body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.split(",", 1)[1] for one in request.headers["webhook-signature"].split(" ") if one.startswith("v1,")]
    assert any(hmac.compare_digest(one, right) for one in given), "the signature is not ours"
    found: dict[str, Any] = json.loads(request.body)
    return found


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = '{"test": 2432232314}'
    told = webhooks.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_matter_is_told_step_by_step_without_a_person(office: Office, receiver: Receiver) -> None:
    _, secret = _subscribe(office, receiver, "case.opened", "case.registered", "case.accepted", "step.done")
    case_id = office.accepted("linhai")
    _run(office)
    told = [verified(one, secret, office.clock.now()) for one in receiver.got]
    assert {one["type"] for one in told} == {"case.opened", "case.registered", "case.accepted", "step.done"}
    assert all(one["data"]["case_id"] == case_id and one["data"]["organisation"] for one in told)
    with office.banjie.store.begin(write=False) as uow:
        case = cases.get_case(uow, office.org_id, case_id)
    last = next(one for one in told if one["type"] == "case.accepted")["data"]
    assert (last["number"], last["process"], last["state"]) == (case["number"], "petition_main", "accepted")
    steps = [one["data"]["step"] for one in told if one["type"] == "step.done"]
    assert {"id": "Classify", "name": "归类"} in [{**one, "name": one["name"][:2]} for one in steps]
    everything = b"".join(one.body for one in receiver.got).decode()
    assert not [word for word in (PERSON, PHONE, MATTER, "上青村", "林海", "linhai") if word in everything]
    assert len({one.headers["webhook-id"] for one in receiver.got}) == len(receiver.got)
    assert {one["state"] for one in _log(office)} == {"sent"} and dump(office.banjie.store)["job"] == []


def test_a_missed_limit_is_told_once(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    _subscribe(office, receiver, "limit.missed")
    office.accepted("linhai")
    for _ in range(10):
        office.clock.advance(days=4)
        while run_all(office.banjie.engine):
            pass
    told = [one.json for one in receiver.got]
    assert told and {one["type"] for one in told} == {"limit.missed"}
    limits = [json.dumps(one["data"]["limit"]) + one["data"]["case_id"] for one in told]
    assert len(limits) == len(set(limits)), "each limit once, however high its ladder"
    assert all(one["data"]["limit"]["due_at"] <= one["timestamp"] for one in told)


def test_nothing_is_told_of_what_is_or_becomes_confidential(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    _subscribe(office, receiver, *webhooks.EVENTS)
    office.start("linhai", kind="accusation", name="钱密告", matter="检举窗口人员")
    assert _run(office) == 0 and _log(office) == []
    case_id = office.start("linhai")
    with office.banjie.store.begin() as uow:
        people.grant(uow, office.org_id, "jiangbo", "admin")
        told = {"kind": "accusation", "accused_units": ["agriculture_centre"]}
        cases.apply_answers(uow, office.org_id, case_id, told, actor="linhai", now=office.clock.now(), name="补充")
    _run(office)
    assert receiver.got == []
    log = _log(office)
    assert log and {(one["state"], one["result"]) for one in log} == {("dropped", "事项已列为保密")}
    assert office.browser("jiangbo").told("/admin/deliveries", of="webhooks") == [], "nor that anything was to be told"
    assert office.browser("jiangbo").post(f"/admin/deliveries/{log[0]['id']}/again").status_code == 404


def test_a_new_secret_signs_beside_the_old_one_for_a_while(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made, first = _subscribe(office, receiver, "case.closed")
    second = office.browser("admin").done(f"/admin/webhooks/{made}/rotate")["secret"]
    assert first != second and second.startswith("whsec_") and len(base64.b64decode(second[6:])) == 32
    office.browser("admin").done(f"/admin/webhooks/{made}/test")
    _run(office)
    for secret in (first, second):
        assert verified(receiver.got[0], secret, office.clock.now())["type"] == "webhook.test"
    office.clock.advance(days=7)
    office = _newly(office)
    office.browser("admin").done(f"/admin/webhooks/{made}/test")
    _run(office)
    verified(receiver.got[1], second, office.clock.now())
    with pytest.raises(AssertionError, match="not ours"):
        verified(receiver.got[1], first, office.clock.now())


def test_secret_and_address_are_sealed_and_never_shown_again(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made, first = _subscribe(office, receiver, "case.closed")
    second = office.browser("admin").done(f"/admin/webhooks/{made}/rotate")["secret"]
    office.browser("admin").done(f"/admin/webhooks/{made}/test")
    admin = office.browser("admin")
    told = "".join(
        admin.get(path).text for path in ("/admin/webhooks", "/admin/deliveries?of=webhooks", "/admin/office-log")
    )
    with office.banjie.store.engine.connect() as conn:
        raw = "".join(
            str(conn.exec_driver_sql(f"select * from {table}").all())
            for table in ("webhook", "delivery", "job", "office_log")
        )
    for secret in (first[6:], second[6:], "tok3n"):
        assert secret not in told and secret not in raw
    assert office.browser("linhai").get("/admin/webhooks").status_code == 403


def test_it_is_tried_for_a_day_then_can_be_sent_again_with_the_same_id(
    sqlite_office: Office, receiver: Receiver
) -> None:
    office = sqlite_office
    made, secret = _subscribe(office, receiver, "case.closed")
    receiver.answers = [(500, {}, {}), (301, {"location": f"http://127.0.0.1:{receiver.port}/else"}, {}), (500, {}, {})]
    office.browser("admin").done(f"/admin/webhooks/{made}/test")
    began = office.clock.now()
    while _run(office):
        (row,) = _deliveries(office)
        office.clock.set(row["again_at"] or office.clock.now())
    assert len(receiver.got) == 30 and timedelta(hours=16) < office.clock.now() - began < timedelta(hours=30)
    assert {one.path for one in receiver.got} == {"/hook?t=tok3n"}, "a redirect is not followed"
    office = _newly(office)
    (one,) = _log(office)
    assert (one["state"], one["tries"], one["result"]) == ("failed", 30, "对方没有接收（HTTP 500）")
    assert office.browser("admin").told("/admin/incidents") == [], "one event is no incident"
    assert office.browser("admin").told("/admin/webhooks")["webhooks"][0]["failing_since"] is not None
    receiver.answers = [(204, {}, {})]
    office.browser("admin").done(f"/admin/deliveries/{one['id']}/again")
    _run(office)
    verified(receiver.got[-1], secret, office.clock.now())
    assert receiver.got[-1].headers["webhook-id"] == receiver.got[0].headers["webhook-id"] == one["id"]
    assert office.browser("admin").told("/admin/webhooks")["webhooks"][0]["failing_since"] is None


def _deliveries(office: Office) -> list[Any]:
    with office.banjie.store.begin(write=False) as uow:
        return [dict(row) for row in uow.conn.execute(select(delivery)).mappings()]


def test_after_days_of_failure_it_is_stopped_with_one_incident(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made, _ = _subscribe(office, receiver, "case.opened", stop_after=2)
    receiver.answers = [(500, {}, {})]
    for _ in range(3):
        office = _newly(office)
        office.browser("admin").done(f"/admin/webhooks/{made}/test")
        office.browser("admin").done(f"/admin/webhooks/{made}/test")
        _run(office)
        office.clock.advance(days=1)
    while _run(office):
        office.clock.advance(hours=2)
    office = _newly(office)
    (incident,) = office.browser("admin").told("/admin/incidents")
    assert incident["message"].startswith("事件推送“县平台”从2026-11-26 09:00起一直没有推送成功，已自动停用。")
    assert (incident["element_name"], incident["kind"]) == ("推送事件", "job")
    (hook,) = office.browser("admin").told("/admin/webhooks")["webhooks"]
    assert (hook["active"], hook["stopped_at"] is not None) == (False, True)
    assert {one["result"] for one in _log(office) if one["state"] == "dropped"} == {"推送已停用"}
    before = len(receiver.got)
    office.start("linhai")
    assert _run(office) == 0 and len(receiver.got) == before, "nothing is even written for who is stopped"
    wanted = {"name": "县平台", "events": ["case.opened"], "active": True, "stop_after": 2}
    office.browser("admin").done(f"/admin/webhooks/{made}", wanted)
    receiver.answers = [(200, {}, {})]
    office.browser("admin").done(f"/admin/incidents/{incident['id']}/retry")
    _run(office)
    assert len(receiver.got) == before + 1 and office.browser("admin").told("/admin/incidents") == []


def test_who_is_gone_is_stopped_at_once(sqlite_office: Office, receiver: Receiver) -> None:
    office = sqlite_office
    made, _ = _subscribe(office, receiver, "case.opened")
    receiver.answers = [(410, {}, {})]
    office.browser("admin").done(f"/admin/webhooks/{made}/test")
    _run(office)
    assert "对方已停止接收" in office.browser("admin").told("/admin/incidents")[0]["message"]
    assert office.browser("admin").told("/admin/webhooks")["webhooks"][0]["active"] is False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"address": "https://127.0.0.1/hook"}, "outgoing.private"),
        ({"address": "https://[::ffff:10.1.2.3]/hook"}, "outgoing.private"),
        ({"address": "https://169.254.169.254/latest"}, "outgoing.private"),
        ({"address": "http://1.2.4.8/hook"}, "outgoing.plain_http"),
        ({"address": "ftp://1.2.4.8/hook"}, "outgoing.bad_address"),
        ({"address": "https://user:pw@1.2.4.8/hook"}, "webhook.bad_address"),
        ({"address": "https://no-such-host.invalid/hook"}, "webhook.unknown_host"),
        ({"events": []}, "webhook.events"),
        ({"events": ["case.stolen"]}, "webhook.events"),
        ({"name": " "}, "webhook.no_name"),
    ],
)
def test_subscriptions_that_cannot_be(
    sqlite_office: Office, change: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BANJIE_OUTGOING_ALLOW", "BANJIE_OUTGOING_HTTP"):
        monkeypatch.delenv(name, raising=False)
    wanted = {"name": "县平台", "address": "https://1.2.4.8/hook", "events": ["case.closed"], **change}
    answer = sqlite_office.browser("admin").post("/admin/webhooks", wanted)
    assert answer.json()["error"]["code"] == code and 400 <= answer.status_code < 500


# ---------------------------------------------------------------- the address that was checked is called


def test_the_name_is_asked_once_and_its_certificate_must_fit(
    sqlite_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that first gives an allowed address and then another one (DNS rebinding) wins nothing."""
    office = sqlite_office
    public, context = certificate(tmp_path, "hook.example.cn")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    monkeypatch.setenv("BANJIE_OUTGOING_ALLOW", "127.0.0.1")
    asked = rebinding(monkeypatch)
    with receiving(context) as receiver:
        wanted = {"name": "县平台", "address": f"https://hook.example.cn:{receiver.port}/in", "events": ["case.closed"]}
        made = office.browser("admin").done("/admin/webhooks", wanted)
        asked.clear()
        office.browser("admin").done(f"/admin/webhooks/{made['id']}/test")
        _run(office)
        assert (_log(office)[0]["result"], asked) == ("HTTP 200", ["hook.example.cn"])
        assert receiver.got[0].headers["host"] == f"hook.example.cn:{receiver.port}"
        verified(receiver.got[0], made["secret"], office.clock.now())
        change = {
            "name": "县平台",
            "address": f"https://other.example.cn:{receiver.port}/in",
            "events": ["case.closed"],
        }
        asked.clear()
        office.browser("admin").done(f"/admin/webhooks/{made['id']}", {**change, "active": True})
        asked.clear()
        office.browser("admin").done(f"/admin/webhooks/{made['id']}/test")
        _run(office)
        assert _log(office)[0]["result"] == "连不上对方（ConnectError）" and len(receiver.got) == 1
        _run(office)
        office.clock.advance(minutes=1)
        _run(office)
        assert "内网或本机" in _log(office)[0]["result"], "the second answer of the name server is refused"


def test_a_deleted_webhook_is_told_nothing_and_its_record_stays(office: Office, receiver: Receiver) -> None:
    hook, _ = _subscribe(office, receiver, "case.opened")
    admin = office.browser("admin")
    office.start("linhai", matter=MATTER)
    _run(office)
    office.start("linhai", matter=MATTER)
    admin.done(f"/admin/webhooks/{hook}/remove")
    assert admin.post(f"/admin/webhooks/{hook}/remove").json()["error"]["code"] == "webhook.unknown"
    assert admin.told("/admin/webhooks")["webhooks"] == dump(office.banjie.store)["webhook"] == []
    office.start("linhai", matter=MATTER)
    _run(office)
    assert len(receiver.got) == 1 and dump(office.banjie.store)["job"] == []
    told = [(one["state"], one["result"], one["target"], one["deleted"]) for one in _log(office)]
    assert sorted(told) == [("dropped", "推送已删除", "县平台", True), ("sent", "HTTP 200", "县平台", True)]
