"""What operators watch: liveness, readiness, metrics, logs - with nobody's name in them."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.support.office import VISIT, Office
from tests.web.test_incidents import stopped
from web.logs import JsonLines


def scrape(office: Office) -> tuple[str, dict[str, float]]:
    """The metrics as this machine reads them: their text, and the value of each line."""
    answer = TestClient(office.app, client=("127.0.0.1", 50000)).get("/metrics")
    assert answer.status_code == 200, answer.text
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
    return answer.text, {name: float(value) for name, value in lines}


def test_the_numbers_are_those_of_the_office(office: Office) -> None:
    _, before = scrape(office)
    case_id = office.accepted()
    stopped(office, 2)
    office.clock.advance(days=400)
    told, now = scrape(office)
    assert now["banjie_incidents_open"] == 2 and now['banjie_jobs{state="failed"}'] == 2
    assert now["banjie_timers_due"] >= 1 and now["banjie_timer_lag_seconds"] > timedelta(days=300).total_seconds()
    assert now['banjie_deadlines_open{light="red"}'] >= 1
    step = 'banjie_steps_total{command="Complete"}'
    assert now[step] - before.get(step, 0) == 3
    posts = 'banjie_requests_total{method="POST",status="200"}'
    assert now[posts] - before.get(posts, 0) >= 4
    for mark in (VISIT["name"], VISIT["phone"], case_id, "QSZ", "wangxiaohua"):
        assert mark not in told


def test_an_act_that_lost_is_counted(sqlite_office: Office) -> None:
    office = sqlite_office
    case_id = office.start()
    task = office.task(case_id, "CompleteRegistration")
    _, before = scrape(office)
    browser = office.browser("wangxiaohua")
    from tests.support.office import REGISTRATION

    browser.done(f"/tasks/{task}/complete", {"answers": REGISTRATION})
    assert browser.post(f"/tasks/{task}/complete", {"answers": REGISTRATION}).status_code == 409
    _, now = scrape(office)
    assert now["banjie_conflicts_total"] - before["banjie_conflicts_total"] == 1


def test_who_may_read_the_metrics(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    far = TestClient(sqlite_office.app, client=("10.0.0.7", 50000))
    near = TestClient(sqlite_office.app, client=("::1", 50000))
    assert near.get("/metrics").status_code == 200
    told = far.get("/metrics")
    assert (told.status_code, told.json()["error"]["code"]) == (403, "metrics.forbidden")
    assert near.get("/metrics", headers={"x-forwarded-for": "10.0.0.7"}).status_code == 403, "through a proxy"
    assert far.get("/metrics", headers={"authorization": "Bearer "}).status_code == 403
    monkeypatch.setenv("BANJIE_METRICS_TOKEN", "s3cret")
    assert far.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 403
    assert far.get("/metrics", headers={"authorization": "Bearer s3cret"}).status_code == 200


def test_ready_only_with_the_right_tables(office: Office) -> None:
    client = TestClient(office.app)
    assert client.get("/readyz").json() == {
        "status": "ok", "checks": {"database": True, "schema": True, "scheduler": True},
    }  # fmt: skip
    with office.banjie.store.begin() as uow:
        uow.conn.execute(text("update alembic_version set version_num = '9999'"))
    told = client.get("/readyz")
    assert (told.status_code, told.json()["checks"]["schema"]) == (503, False)
    assert client.get("/healthz").status_code == 200, "nothing that a restart would mend"


def test_ready_only_while_the_scheduler_looks(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from web.http import create_app

    with TestClient(create_app(sqlite_office.banjie)) as client:
        assert client.get("/readyz").status_code == 200
        monkeypatch.setattr(sqlite_office.banjie.scheduler, "_looked", -1e9)
        monkeypatch.setattr(sqlite_office.banjie.scheduler, "_next", lambda: sqlite_office.clock.now())
        told = client.get("/readyz")
        assert (told.status_code, told.json()["checks"]["scheduler"]) == (503, False)


def test_a_request_is_logged_by_its_case_and_nobody_is_named(
    sqlite_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    case_id = sqlite_office.start()
    sqlite_office.browser("linhai").post(f"/cases/{case_id}/urge", {"text": "赵大山的事请抓紧"})
    sqlite_office.browser("linhai").post("/cases/search", {"q": "赵大山"})
    sqlite_office.browser("linhai").post("/cases/赵大山/urge", {"text": "抓紧"})
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "banjie.request"]
    urged, typed = [line for line in lines if line["route"].endswith("/urge")]
    assert "case_id" not in typed
    assert urged["case_id"] == case_id and urged["method"] == "POST" and re.fullmatch(r"\w{26}", urged["request"])
    assert urged["ms"] >= 0 and f"case_id={case_id}" in urged["message"]
    assert not any(line["method"] == "GET" for line in lines)
    for mark in ("赵大山", "linhai", VISIT["phone"]):
        assert mark not in json.dumps(lines, ensure_ascii=False)


def test_what_is_refused_is_logged_also_when_it_only_asked(
    sqlite_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert sqlite_office.browser("linhai").client.get("/api/admin/users").status_code == 403
    assert sqlite_office.stranger().client.get("/api/inbox").status_code == 401
    lines = [record.getMessage() for record in caplog.records if record.name == "banjie.request"]
    told = [line.rpartition(" ")[0] for line in lines if line.startswith("GET")]
    assert told == ["GET /api/admin/users 403", "GET /api/inbox 401"]


def test_an_error_is_told_without_its_words() -> None:
    """They may quote what somebody wrote."""

    def fails() -> None:
        raise ValueError("赵大山 13800000001")

    try:
        fails()
    except ValueError:
        record = logging.LogRecord("banjie.jobs", logging.ERROR, __file__, 1, "job %s failed", ("j1",), sys.exc_info())
    told: dict[str, Any] = json.loads(JsonLines().format(record))
    assert told["error"] == "ValueError" and told["message"] == "job j1 failed" and "赵大山" not in str(told)
    assert any(place.endswith(" fails") for place in told["stack"])


def test_the_database_quotes_no_values(store: Any) -> None:
    with pytest.raises(Exception) as told, store.begin() as uow:
        uow.conn.execute(text("select * from nowhere where name = :name"), {"name": "赵大山"})
    assert "赵大山" not in str(told.value)
