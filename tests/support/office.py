"""The sample town with all regulations deployed, on either database, and people at their browsers.

The town is made once a run; each test gets a copy of it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from engine.versions import Versions
from office import organisations, town
from storage import schema
from storage.clock import FixedClock
from storage.tables import engine as tables
from tests.support import run
from web.backup import backup, restore
from web.banjie import Banjie
from web.deploying import deploy_directory
from web.http import create_app

VISIT = {
    "channel": "V",
    "kind": "appeal_claim",
    "name": "赵大山",
    "phone": "13800000001",
    "address": "上青村三组",
    "matter": "村口水渠垮塌无人修",
    "demand": "修复水渠",
}
REGISTRATION = {
    "name": "赵大山", "phone": "13800000001", "address": "上青村三组", "matter": "村口水渠垮塌无人修",
    "demand": "修复水渠", "gender": "male", "age": 56, "occupation": "农民", "political_status": "masses",
    "undisclosed": False, "restated_demand": "修复水渠", "confirmed": True, "receivers": "王小华",
}  # fmt: skip
CLASSES = {"matter_classes": ["3"], "told_class": True}
ACCEPTED = {"decision": "accepted", "notice_way": "written"}
PROPOSAL = {"weight": "ordinary", "proposed_opinion": "建议办理", "proposed_way": "filed_assignment"}
NOW = datetime(2026, 11, 26, 9, 0)

_versions = Versions()  # compiled definitions, for all tests of a worker


def template() -> tuple[Path, Path]:
    """The town as a SQLite file and as a backup."""

    def make() -> str:
        folder = run.directory() / "town-files"
        folder.mkdir()
        banjie = Banjie(f"sqlite:///{folder}/town.db", clock=FixedClock(NOW))
        schema.upgrade(banjie.store)
        with banjie.store.begin() as uow:
            org_id = town.create_town(uow, now=banjie.clock.now())
        for _ in deploy_directory(banjie, org_id, banjie.processes):
            pass
        backup(banjie.store, folder / "town.zip")
        with banjie.store.engine.connect() as conn:
            conn.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        banjie.close()
        return str(folder)

    folder = Path(run.once("town", make))
    return folder / "town.db", folder / "town.zip"


def fill(url: str) -> None:
    """Put the town into the empty database at `url`."""
    file, archive = template()
    if url.startswith("sqlite:///"):
        shutil.copy(file, url.removeprefix("sqlite:///"))
    else:
        restore(archive, url)


class Browser:
    """One person's browser: keeps the cookie, sends the CSRF token."""

    def __init__(self, app: FastAPI, login: str | None, password: str = town.DEMO_PASSWORD) -> None:
        self.client = TestClient(app, raise_server_exceptions=False)
        self.csrf: str | None = None
        if login is not None:
            answer = self.log_in(login, password)
            assert answer.status_code == 200, answer.text

    def log_in(self, login: str, password: str) -> Response:
        """Log in; from then on the browser is that person's."""
        answer = self.client.post("/api/login", json={"login": login, "password": password})
        self.csrf = answer.json().get("csrf")
        return answer

    def get(self, path: str, **query: Any) -> Response:
        """GET below `/api`."""
        return self.client.get(f"/api{path}", params=query)

    def post(self, path: str, body: Any = None, **more: Any) -> Response:
        """POST below `/api`."""
        headers = {} if self.csrf is None else {"X-CSRF-Token": self.csrf}
        return self.client.post(f"/api{path}", json={} if body is None else body, headers=headers, **more)

    def told(self, path: str, **query: Any) -> Any:
        """What a GET tells, which must succeed."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def done(self, path: str, body: Any = None) -> Any:
        """What a POST tells, which must succeed."""
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Office:
    """The town, running without anything in the background."""

    banjie: Banjie
    clock: FixedClock
    org_id: str
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(self.banjie, background=False)
        self._browsers: dict[str, Browser] = {}

    def browser(self, login: str) -> Browser:
        """The browser of somebody who is logged in."""
        if login not in self._browsers:
            self._browsers[login] = Browser(self.app, login)
        return self._browsers[login]

    def stranger(self) -> Browser:
        """A browser in which nobody is logged in."""
        return Browser(self.app, None)

    def start(self, login: str = "wangxiaohua", process_key: str = "petition_main", **answers: Any) -> str:
        """Register a petition; gives the case's id."""
        told = VISIT | answers if process_key == "petition_main" else answers
        return str(self.browser(login).done(f"/starts/{process_key}", {"answers": told})["case_id"])

    def complete(self, login: str, case_id: str, element: str, answers: dict[str, Any]) -> None:
        """Do a step of a case."""
        self.browser(login).done(f"/tasks/{self.task(case_id, element)}/complete", {"answers": answers})

    def task(self, case_id: str, element: str) -> str:
        """The id of the one open task of an element."""
        table = tables.task
        query = select(table.c.id, table.c.element_id).where(table.c.business_key == case_id, table.c.state == "open")
        with self.banjie.store.begin(write=False) as uow:
            rows = uow.conn.execute(query).all()
        found = [str(row.id) for row in rows if row.element_id == element]
        assert len(found) == 1, f"{element} is not open, but {[row.element_id for row in rows]}"
        return found[0]

    def accepted(self, login: str = "wangxiaohua", **answers: Any) -> str:
        """A petition that was registered, classified and accepted; gives the case's id."""
        case_id = self.start(login, **answers)
        told = {key: value for key, value in answers.items() if key in REGISTRATION}
        self.complete(login, case_id, "CompleteRegistration", REGISTRATION | told)
        self.complete(login, case_id, "Classify", CLASSES)
        self.complete(login, case_id, "Inform", ACCEPTED)
        return case_id


def open_office(url: str, clock: FixedClock | None = None) -> Office:
    """The town in the empty database at `url`."""
    fill(url)
    clock = clock or FixedClock(NOW)
    banjie = Banjie(url, clock=clock)
    banjie.engine.versions = _versions
    with banjie.store.begin(write=False) as uow:
        org = organisations.organisation_by_code(uow, town.TOWN_CODE)
    assert org is not None
    return Office(banjie, clock, org.id)
