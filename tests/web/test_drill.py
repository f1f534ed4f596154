"""The drill of docs/operators.md, as an operator does it: back up at work, lose the machine, restore, verify, go on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.sealing import key_file
from tests.chaos import databases
from tests.support import postgres
from tests.support.office import VISIT, fill
from tests.support.server import ROOT, Server
from tests.web.test_crash import Clerk

PHOTO = b"\x89PNG\r\n\x1a\n" + os.urandom(40_000)
WELL = "核对完成，未发现异常\n"


def banjie(url: str, *arguments: str, keys: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command on the database at `url`, with the key file that a machine has."""
    environment = {**os.environ, "BANJIE_DATABASE_URL": url, "BANJIE_KEYS": str(keys or key_file())}
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@contextmanager
def empty(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same kind as `url`."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/again.db"
    else:
        with postgres.database(request.getfixturevalue("postgres_server")) as made:
            yield made


@pytest.mark.timeout(300)
def test_the_drill(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that was acknowledged before the backup began is in it, with its files, and another machine that has
    the key goes on with it: the other kind of database, or the same from the database's own copy."""
    monkeypatch.setenv("PATH", f"{postgres.PACKAGES / postgres.BINARIES}{os.pathsep}{os.environ['PATH']}")
    fill(database_url)
    other = request.getfixturevalue("postgres_url" if database_url.startswith("sqlite") else "sqlite_url")
    file, native, done = tmp_path / "b.zip", tmp_path / "native.zip", threading.Event()
    acknowledged: list[str] = []

    with Server(database_url, log=tmp_path / "serve.log") as server:
        clerk = Clerk(server, patience=100)
        photographed = clerk.post("/starts/petition_main", {"answers": VISIT})["case_id"]
        sent = clerk.client.post(f"/api/cases/{photographed}/attachments", files={"file": ("现场.png", PHOTO)})
        photo = sent.json()["id"]

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
            backed_up = [
                banjie(database_url, "backup", str(file)),
                banjie(database_url, "backup", "--native", str(native)),
            ]
        finally:
            done.set()
            for worker in workers:
                worker.join(120)
        server.kill()
    assert [one.returncode for one in backed_up] == [0, 0], [one.stderr for one in backed_up]
    assert len(acknowledged) > len(before), "people went on working meanwhile"

    keys = tmp_path / "from the safe" / "keys"
    with empty(database_url, request, tmp_path) as again:
        refused = banjie(again, "restore", str(native), keys=keys)
        assert refused.returncode == 1 and "错误 keys.missing" in refused.stderr, (
            "a backup without its keys tells nothing"
        )
        keys.parent.mkdir(exist_ok=True)
        shutil.copy(key_file(), keys)
        verified = banjie(again, "verify", keys=keys)
        assert (verified.returncode, verified.stdout) == (0, WELL), verified.stdout + verified.stderr
        assert set(before) <= {row.id for row in databases.query(again, "select id from case_file")}
    restored = banjie(other, "restore", str(file), keys=keys)
    assert (restored.returncode, restored.stdout) == (0, "已恢复；请用 banjie verify 核对\n"), restored.stderr
    verified = banjie(other, "verify", keys=keys)
    assert (verified.returncode, verified.stdout) == (0, WELL), verified.stdout + verified.stderr
    _goes_on(other, keys, tmp_path, before, photo, monkeypatch)


def _goes_on(
    url: str, keys: Path, tmp_path: Path, cases: list[str], photo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clerk finds the matters and the file again, and registers another one."""
    monkeypatch.setenv("BANJIE_KEYS", str(keys))
    with Server(url, log=tmp_path / "again.log") as server:
        clerk = Clerk(server, patience=100)
        for case_id in cases:
            assert VISIT["name"] in json.dumps(clerk.get(f"/cases/{case_id}"), ensure_ascii=False)
        assert clerk.client.get(f"/api/documents/{photo}").content == PHOTO
        clerk.post("/starts/petition_main", {"answers": VISIT | {"matter": "恢复以后"}})
