"""Killed at any moment, started again: every acknowledged act is there exactly once, and nothing else.

The real program runs as a process of its own; `kill -9` gives it no chance to tidy up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from sqlalchemy.exc import InternalError, OperationalError, TimeoutError

from office import inbox, town
from storage.clock import FixedClock, SystemClock
from storage.database import Store
from storage.tables import engine as tables
from storage.tables.office import case_entry, case_file, register_entry
from tests.support.office import ACCEPTED, CLASSES, REGISTRATION, VISIT, Office, fill, open_office
from tests.support.ports import free_port
from tests.support.server import ROOT, Server
from web.banjie import Banjie
from web.http import create_app

PATIENCE = 30.0  # seconds until a started server must have caught up


class Clerk:
    """A clerk at a browser who counts what was acknowledged."""

    def __init__(self, server: Server, login: str = "wangxiaohua", *, patience: float = 20) -> None:
        self.server, self.login = server, login
        self.client = httpx2.Client(base_url=server.url, timeout=patience)
        self.sign_in()

    def sign_in(self) -> None:
        told = self.client.post("/api/login", json={"login": self.login, "password": town.DEMO_PASSWORD}).json()
        self.client.headers["X-CSRF-Token"] = told["csrf"]

    def post(self, path: str, body: Any) -> Any:
        answer = self.client.post(f"/api{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/api{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """The program on the town's database."""
    fill(database_url)
    running = Server(database_url, log=tmp_path / "serve.log")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The database, looked at from outside."""
    opened = Store(database_url)
    yield opened
    opened.close()


def rows(store: Store, table: Any, **wanted: Any) -> list[Any]:
    query = select(table).where(*(table.c[name] == value for name, value in wanted.items()))
    with store.begin(write=False) as uow:
        return list(uow.conn.execute(query.order_by(*table.primary_key.columns)).all())


def open_tasks(store: Store, case_id: str) -> list[str]:
    return sorted(row.element_id for row in rows(store, tables.task, business_key=case_id, state="open"))


def eventually(what: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def verified(url: str) -> str:
    """What `banjie verify` says, which must be that all is well."""
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "verify"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "BANJIE_DATABASE_URL": url},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_killed_after_each_act(server: Server, store: Store, database_url: str) -> None:
    """A petition from registration to acceptance, with the power cut after each step."""
    clerk = Clerk(server)
    body = {"answers": VISIT, "request_id": "paper-1"}
    told = clerk.post("/starts/petition_main", body)
    case_id = told["case_id"]
    server.kill()
    server.start()
    assert clerk.post("/starts/petition_main", body)["case_id"] == case_id, "sent again, because no answer was seen"
    assert len(rows(store, case_file)) == 1
    for element, answers, after in (
        ("CompleteRegistration", REGISTRATION, ["Classify"]),
        ("Classify", CLASSES, ["Inform"]),
        ("Inform", ACCEPTED, ["ProposeWay"]),
    ):
        (task,) = rows(store, tables.task, business_key=case_id, state="open")
        assert task.element_id == element
        clerk.post(f"/tasks/{task.id}/complete", {"answers": answers})
        seen = open_tasks(store, case_id)
        server.kill()
        assert open_tasks(store, case_id) == seen == after
        server.start()
        assert open_tasks(store, case_id) == after, "the start changes nothing"
        again = clerk.client.post(f"/api/tasks/{task.id}/complete", json={"answers": answers})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "task.already_done")
    entries = [row.element_id for row in rows(store, case_entry, case_id=case_id)]
    assert [entries.count(e) for e in ("CompleteRegistration", "Classify", "Inform")] == [1, 1, 1]
    assert len(rows(store, register_entry, case_id=case_id, register="FM18a")) == 1
    (case,) = rows(store, case_file)
    assert (case.number[-4:], case.state) == ("0001", "accepted")
    assert clerk.get(f"/cases/{case_id}")["case"]["number"] == case.number
    assert "未发现异常" in verified(database_url)


def test_killed_in_the_middle_of_a_burst(server: Server, store: Store, database_url: str) -> None:
    """Six register at once when the power goes: what was acknowledged is there once, the rest whole or not at all."""
    clerks = [Clerk(server, login) for login in ("wangxiaohua", "linhai", "chenjing")]
    acknowledged: dict[str, str] = {}  # request id -> case id
    enough, sent = threading.Event(), 12

    def register(clerk: Clerk, number: int) -> None:
        for n in range(sent):
            request = f"burst-{number}-{n}"
            try:
                told = clerk.post(
                    "/starts/petition_main", {"answers": VISIT | {"matter": request}, "request_id": request}
                )
            except (httpx2.HTTPError, AssertionError):
                return
            acknowledged[request] = told["case_id"]
            if len(acknowledged) >= 8:
                enough.set()

    threads = [threading.Thread(target=register, args=(clerks[n % 3], n)) for n in range(6)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    server.kill()
    for thread in threads:
        thread.join(60)
    assert 8 <= len(acknowledged) < 6 * sent, "it was killed in the middle"
    server.start()
    eventually(lambda: not rows(store, tables.job, state="ready"))
    cases = rows(store, case_file)
    by_matter = {case.matter: case.id for case in cases}
    assert len(by_matter) == len(cases), "nothing is there twice"
    assert acknowledged.items() <= by_matter.items()
    for case in cases:
        assert open_tasks(store, case.id) == ["CompleteRegistration"], case.number
    assert sorted(int(case.number[-4:]) for case in cases) == list(range(1, len(cases) + 1)), "no gap, none twice"
    told = clerks[0].post("/starts/petition_main", {"answers": VISIT | {"matter": "后来"}})
    assert int(told["number"][-4:]) == len(cases) + 1
    for request, case_id in list(acknowledged.items())[:3]:
        n = int(request.split("-")[1]) % 3
        again = clerks[n].post("/starts/petition_main", {"answers": VISIT, "request_id": request})
        assert again["case_id"] == case_id
    verified(database_url)


def test_what_fell_due_while_it_was_off(database_url: str, store: Store, tmp_path: Path) -> None:
    """A petition was accepted forty days ago, then the machine was off; each step of the ladder is made up for once."""
    before = open_office(database_url, FixedClock(SystemClock().now() - timedelta(days=40)))
    case_id = before.accepted()
    before.banjie.close()
    (armed,) = {row.ref for row in rows(store, tables.timer) if row.instance_id is not None}
    tasks = open_tasks(store, case_id)
    with Server(database_url, log=tmp_path / "serve.log") as server:
        eventually(lambda: caught_up(store))
        fired = [row.data for row in rows(store, tables.history, business_key=case_id, kind="timer_fired")]
        assert [data["timer_step"] for data in fired if data["ref"] == armed] == ["E0", "E1", "E2", "E3"]
        assert set(tasks) <= set(open_tasks(store, case_id)), "the case itself stands where it stood"
        server.kill()
        server.start()
        eventually(lambda: caught_up(store))
        again = [row.data for row in rows(store, tables.history, business_key=case_id, kind="timer_fired")]
        assert [data["timer_step"] for data in again if data["ref"] == armed] == ["E0", "E1", "E2", "E3"]
    assert rows(store, tables.incident) == []
    assert "未发现异常" in verified(database_url)


def caught_up(store: Store) -> bool:
    """Nothing is due any more."""
    now = SystemClock().now()
    waiting = [*rows(store, tables.timer), *rows(store, tables.job)]
    return not [row for row in waiting if row.due_at <= now]


def test_a_node_starts_before_its_database_and_says_so() -> None:
    """After a power cut the database may come back last: the node waits for it and needs no hand."""
    banjie = Banjie(f"postgresql://postgres@127.0.0.1:{free_port()}/none")
    with TestClient(create_app(banjie), raise_server_exceptions=False) as browser:
        answer = browser.post("/api/login", json={"login": "linhai", "password": "x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "server.database")
    banjie.close()


@pytest.mark.parametrize(
    "trouble",
    [InternalError("select 1", {}, Exception("current transaction is aborted")), TimeoutError("no connection is free")],
)
def test_what_the_database_calls_broken_is_no_fault_of_the_program(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """A transaction that PostgreSQL has given up, say: the person is told to try again, as when it is gone."""

    def broken(*_: object, **__: object) -> None:
        raise trouble

    browser = sqlite_office.browser("linhai")
    monkeypatch.setattr(inbox, "page", broken)
    answer = browser.get("/inbox")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "server.database")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_connection_that_goes_once_all_is_read_is_no_error(
    sqlite_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer has been given when the reading transaction ends."""
    browser, gone = sqlite_office.browser("linhai"), OperationalError("commit", {}, Exception("gone"))
    ends: list[int] = []

    def end(_conn: object) -> None:
        ends.append(1)
        if len(ends) == 2:  # the first is that of who asks
            raise gone

    event.listen(sqlite_office.banjie.store.engine, "commit", end)
    answer = browser.get("/inbox")
    assert (answer.status_code, len(ends)) == (200, 2)
    assert not [one for one in caplog.records if one.levelname == "ERROR"]
