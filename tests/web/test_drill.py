"""The drill of docs/operators.md, as an operator does it: back up at work, lose the machine, restore, verify, go on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.office import VISIT, fill
from tests.support.server import ROOT, Server
from tests.web.test_crash import Clerk


def banjie(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the database at `url`."""
    environment = {**os.environ, "BANJIE_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.timeout(300)
def test_the_drill(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Everything that was acknowledged before the backup began is in it; the other kind of database goes on with it."""
    fill(database_url)
    other = request.getfixturevalue("postgres_url" if database_url.startswith("sqlite") else "sqlite_url")
    file, done = tmp_path / "b.zip", threading.Event()
    acknowledged: list[str] = []

    with Server(database_url, log=tmp_path / "serve.log") as server:

        def work() -> None:
            clerk = Clerk(server, patience=100)
            while not done.is_set() and len(acknowledged) < 300:
                told = clerk.post("/starts/petition_main", {"answers": VISIT | {"matter": "演练"}})
                acknowledged.append(told["case_id"])

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        try:
            while len(acknowledged) < 6:
                done.wait(0.01)
            before = list(acknowledged)
            backed_up = banjie(database_url, "backup", str(file))
        finally:
            done.set()
            for worker in workers:
                worker.join(120)
        server.kill()
    assert backed_up.returncode == 0, backed_up.stderr
    assert len(acknowledged) > len(before), "people went on working meanwhile"

    restored = banjie(other, "restore", str(file))
    assert (restored.returncode, restored.stdout) == (0, "已恢复；请用 banjie verify 核对\n"), restored.stderr
    verified = banjie(other, "verify")
    assert (verified.returncode, verified.stdout) == (0, "核对完成，未发现异常\n"), verified.stdout + verified.stderr
    with Server(other, log=tmp_path / "again.log") as server:
        clerk = Clerk(server, patience=100)
        for case_id in before:
            assert clerk.get(f"/cases/{case_id}")["case"]["id"] == case_id
        clerk.post("/starts/petition_main", {"answers": VISIT | {"matter": "恢复以后"}})
