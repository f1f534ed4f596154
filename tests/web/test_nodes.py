"""Several processes and hosts on one PostgreSQL, many people at once on one SQLite: nobody is in another's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from storage.database import Store
from storage.tables import engine as tables
from tests.support.office import ACCEPTED, CLASSES, REGISTRATION, VISIT, fill
from tests.support.server import ROOT, Server
from tests.web.test_crash import Clerk

PATIENCE = 60.0  # seconds


def eventually(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def workers(server: Server) -> list[int]:
    """The processes that a server has begun."""
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]


def test_workers_share_the_port_and_are_replaced(postgres_url: str, tmp_path: Path) -> None:
    fill(postgres_url)
    with Server(postgres_url, log=tmp_path / "serve.log", arguments=("serve", "--workers", "2")) as server:
        clerk = Clerk(server)
        case_id = clerk.post("/starts/petition_main", {"answers": VISIT})["case_id"]
        first = workers(server)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        eventually(lambda: len(workers(server)) == 2 and first[0] not in workers(server))
        eventually(lambda: _answers(server))
        assert clerk.get(f"/cases/{case_id}")["case"]["id"] == case_id, "the session is in the database"
        last = workers(server)
        server.stop()
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in last))
    assert "Traceback" not in server.words()


def test_workers_end_with_their_supervisor(postgres_url: str, tmp_path: Path) -> None:
    """Even if that is killed: none is left behind to hold the port."""
    fill(postgres_url)
    server = Server(postgres_url, log=tmp_path / "serve.log", arguments=("serve", "--workers", "2"))
    server.start()
    left = workers(server)
    server.kill()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def _answers(server: Server) -> bool:
    try:
        return httpx2.get(f"{server.url}/healthz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def test_sqlite_has_one_process(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "serve", "--workers", "2", "--port", "0"],
        cwd=ROOT, env={**os.environ, "BANJIE_DATABASE_URL": sqlite_url}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "错误 server.workers：SQLite 只能由一个进程使用" in done.stderr


def test_two_hosts_share_the_cases(postgres_url: str, tmp_path: Path) -> None:
    """Two servers on one database: a case is begun at one and continued at the other, and its work done once."""
    fill(postgres_url)
    with (
        Server(postgres_url, log=tmp_path / "a.log") as a,
        Server(postgres_url, log=tmp_path / "b.log") as b,
    ):
        here, there = Clerk(a), Clerk(b)
        case_id = here.post("/starts/petition_main", {"answers": VISIT})["case_id"]
        store = Store(postgres_url)
        try:
            for element, answers, clerk in (
                ("CompleteRegistration", REGISTRATION, there), ("Classify", CLASSES, here), ("Inform", ACCEPTED, there),
            ):  # fmt: skip
                clerk.post(f"/tasks/{_task(store, case_id, element)}/complete", {"answers": answers})
            told = here.get(f"/cases/{case_id}")
            assert told["case"]["state"] == there.get(f"/cases/{case_id}")["case"]["state"]
            task = _task(store, case_id, "ProposeWay")
            answers = {"weight": "ordinary", "proposed_opinion": "建议办理", "proposed_way": "filed_assignment"}
            codes = _at_once(lambda clerk: clerk.client.post(f"/api/tasks/{task}/complete", json={"answers": answers}),
                             [here, there])  # fmt: skip
            assert sorted(codes) == [200, 409], "one wins, the other is told"
        finally:
            store.close()


def _at_once(act: Callable[[Clerk], httpx2.Response], clerks: list[Clerk]) -> list[int]:
    barrier, codes = threading.Barrier(len(clerks)), []

    def one(clerk: Clerk) -> None:
        barrier.wait()
        codes.append(act(clerk).status_code)

    threads = [threading.Thread(target=one, args=(clerk,)) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return codes


def _task(store: Store, case_id: str, element: str) -> str:
    table = tables.task
    query = select(table.c.id).where(
        table.c.business_key == case_id, table.c.state == "open", table.c.element_id == element
    )
    with store.begin(write=False) as uow:
        return str(uow.conn.execute(query).scalar_one())


@pytest.mark.timeout(300)
def test_twenty_tabs_and_the_scheduler_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    """Log in, register, look, list, complete - all at once, the scheduler between them: no request fails."""
    fill(sqlite_url)
    store = Store(sqlite_url)
    failures: list[str] = []

    def tab(server: Server, number: int) -> None:
        try:
            clerk = Clerk(server, patience=200)
            for _ in range(2):
                answers = VISIT | {"matter": f"第{number}件"}
                case_id = clerk.post("/starts/petition_main", {"answers": answers})["case_id"]
                clerk.get("/inbox")
                clerk.get(f"/cases/{case_id}")
                task = _task(store, case_id, "CompleteRegistration")
                clerk.post(f"/tasks/{task}/complete", {"answers": REGISTRATION})
                clerk.post("/cases/search", {"q": "第"})
        except Exception as error:
            failures.append(f"{number}: {error!r}")

    with Server(sqlite_url, log=tmp_path / "serve.log") as server:
        tabs = [threading.Thread(target=tab, args=(server, number)) for number in range(20)]
        for thread in tabs:
            thread.start()
        for thread in tabs:
            thread.join(240)
        said = server.words()
    assert failures == []
    assert "locked" not in said and "Traceback" not in said
    with store.begin(write=False) as uow:
        query = (
            select(func.count()).select_from(tables.instance).where(tables.instance.c.process_key == "petition_main")
        )
        assert uow.conn.execute(query).scalar_one() == 40
        assert uow.conn.execute(select(func.count()).select_from(tables.incident)).scalar_one() == 0
    store.close()
