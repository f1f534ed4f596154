"""Backups: one moment of a database at work, restored into the other kind, and never from a damaged file."""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError
from storage.tables import engine as tables
from tests.support import postgres
from tests.support.door import dump
from tests.support.office import NOW, VISIT, Office
from web import acts, native_backup
from web.backup import backup, restore
from web.banjie import Banjie
from web.verifying import verify


def the_other(request: pytest.FixtureRequest, office: Office) -> str:
    """An empty database of the other kind."""
    name = "postgres_url" if office.banjie.store.dialect == "sqlite" else "sqlite_url"
    url: str = request.getfixturevalue(name)
    return url


def test_it_comes_back_in_the_other_kind_of_database(
    office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Everything is the same, and the case goes on where it stood."""
    case_id = office.accepted(matter="“引号”、换行\n与🀄")
    file = backup(office.banjie.store, tmp_path / "new" / "b.zip")
    url = the_other(request, office)
    restore(file, url)
    there = Banjie(url, clock=FixedClock(NOW))
    try:
        assert dump(there.store) == dump(office.banjie.store)
        assert verify(there) == []
        task = office.task(case_id, "ProposeWay")
        answers = {"weight": "ordinary", "proposed_opinion": "建议办理", "proposed_way": "filed_assignment"}
        acts.complete(there, acts.Actor(office.org_id, "wangxiaohua"), task, answers)
        started = acts.start(there, acts.Actor(office.org_id, "wangxiaohua"), "petition_main", VISIT)
        with there.store.begin(write=False) as uow:
            from office.cases import get_case

            assert get_case(uow, office.org_id, started.case_id)["number"] == "QSZ-2026-V-0002"
        assert verify(there) == []
    finally:
        there.close()


def test_people_go_on_working_meanwhile(office: Office, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The backup holds one moment: every case in it is whole, though more were registered while it ran."""
    office.start()
    working, done = threading.Event(), threading.Event()
    registered: list[str] = []

    def work() -> None:
        while not done.is_set() and len(registered) < 200:
            started = acts.start(
                office.banjie, acts.Actor(office.org_id, "wangxiaohua"), "petition_main", VISIT | {"matter": "忙"}
            )
            registered.append(started.case_id)
            working.set()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert working.wait(60)
        files = [backup(office.banjie.store, tmp_path / f"{n}.zip") for n in range(3)]
    finally:
        done.set()
        worker.join(60)
    assert not worker.is_alive()
    url = the_other(request, office)
    restore(files[-1], url)
    there = Banjie(url, clock=FixedClock(NOW))
    try:
        assert verify(there) == []
        told = dump(there.store)
        assert 2 <= len(told["case_file"]) <= len(registered) + 1
        assert len(told["case_file"]) == len([row for row in told["instance"] if "petition_main" in row])
    finally:
        there.close()


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the test's own PostgreSQL on PATH, before any other."""
    monkeypatch.setenv("PATH", f"{postgres.PACKAGES / postgres.BINARIES}{os.pathsep}{os.environ['PATH']}")


def another(request: pytest.FixtureRequest, office: Office, tmp_path: Path) -> Iterator[str]:
    """An empty database of the same kind."""
    if office.banjie.store.dialect == "sqlite":
        yield f"sqlite:///{tmp_path}/another.db"
    else:
        with postgres.database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.mark.usefixtures("clients")
def test_natively_people_go_on_working_too(office: Office, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """SQLite's online backup, pg_dump: one moment, whole, while others write; then it is used further."""
    first = office.start()
    done, registered = threading.Event(), [first]

    def work() -> None:
        while not done.is_set() and len(registered) < 200:
            who = acts.Actor(office.org_id, "wangxiaohua")
            registered.append(acts.start(office.banjie, who, "petition_main", VISIT | {"matter": "忙"}).case_id)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for n in range(30):  # SQLite copies itself in less time than a registration takes
            before = len(registered)
            file = backup(office.banjie.store, tmp_path / f"{n}.zip", native=True)
            if during := len(registered) - before:
                break
    finally:
        done.set()
        for worker in workers:
            worker.join(60)
    assert during > 0, "nobody had to wait for it"
    for url in another(request, office, tmp_path):
        restore(file, url)
        there = Banjie(url, clock=FixedClock(NOW))
        try:
            assert verify(there) == []
            told = dump(there.store)
            assert before <= len(told["case_file"]) <= len(registered)
            acts.start(there, acts.Actor(office.org_id, "wangxiaohua"), "petition_main", VISIT)
            assert verify(there) == []
        finally:
            there.close()
    assert sorted(path.name for path in tmp_path.iterdir() if "banjie-" in path.name) == [], "nothing is left lying"


@pytest.mark.usefixtures("clients")
def test_a_native_backup_is_checked_before_anything_is_written(
    office: Office, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    good = backup(office.banjie.store, tmp_path / "b.zip", native=True)
    member = "database.db" if office.banjie.store.dialect == "sqlite" else "database.dump"
    with zipfile.ZipFile(good) as archive:
        inside, manifest = archive.read(member), json.loads(archive.read("manifest.json"))
    spoilt = inside[:5000] + bytes([inside[5000] ^ 1]) + inside[5001:]
    url = next(urls := another(request, office, tmp_path))
    for number, (code, change) in enumerate((
        ("backup.damaged", {member: spoilt}),
        ("backup.damaged", {member: None}),
        ("backup.damaged", {"manifest.json": json.dumps({"format": 3, "tables": {}}).encode()}),
        ("database.newer", {"manifest.json": json.dumps(manifest | {"schema": "9999"}).encode()}),
    )):  # fmt: skip
        with pytest.raises(BanjieError, match=f"^{code}:"):
            restore(rewritten(good, tmp_path / f"{number}.zip", change), url)  # type: ignore[arg-type]
    with pytest.raises(BanjieError, match=r"^restore\.other_kind:"):
        restore(good, the_other(request, office))
    with pytest.raises(BanjieError, match=r"^restore\.not_empty:"):
        restore(good, office.banjie.store.url.render_as_string(hide_password=False))
    store = Store(url)
    assert inspect(store.engine).get_table_names() == []
    store.close()
    assert list(urls) == []


def test_without_a_matching_pg_dump_it_says_what_to_install(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    store = Store(postgres_url)
    monkeypatch.setattr(native_backup, "_DEBIAN", tmp_path)
    for path, told in ((old.parent, "现有的是 9"), (tmp_path, "没有找到 PostgreSQL 18 以上的 pg_dump。")):
        monkeypatch.setenv("PATH", str(path))
        with pytest.raises(BanjieError, match=r"^backup\.pg_dump:") as error:
            backup(store, tmp_path / "b.zip", native=True)
        assert told in error.value.message
    store.close()
    assert not list(tmp_path.glob("b.zip*"))


def test_an_existing_file_is_not_overwritten(sqlite_office: Office, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.write_bytes(b"mine")
    with pytest.raises(BanjieError, match=r"^backup\.exists:"):
        backup(sqlite_office.banjie.store, file)
    assert file.read_bytes() == b"mine"


def test_a_full_database_is_not_written_over(office: Office, tmp_path: Path) -> None:
    file = backup(office.banjie.store, tmp_path / "b.zip")
    before = dump(office.banjie.store)
    with pytest.raises(BanjieError, match=r"^restore\.not_empty:"):
        restore(file, office.banjie.store.url.render_as_string(hide_password=False))
    assert dump(office.banjie.store) == before


def test_a_damaged_file_is_refused_before_anything_is_written(sqlite_office: Office, tmp_path: Path) -> None:
    good = backup(sqlite_office.banjie.store, tmp_path / "b.zip").read_bytes()
    bad, url = tmp_path / "bad.zip", f"sqlite:///{tmp_path}/empty.db"
    damaged = [b"", b"PK", good[: len(good) // 2], good[:-30], b"x" * len(good)]
    for place in range(40, len(good) - 200, len(good) // 25):  # a byte turned over, here and there
        damaged.append(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
    refusals = 0
    for data in damaged:
        bad.write_bytes(data)
        try:
            restore(bad, url)
        except BanjieError as error:
            assert error.code == "backup.damaged", error
            refusals += 1
        else:  # the byte did not matter (a name in a local header): then nothing may be missing
            store = Store(url)
            assert dump(store) == dump(sqlite_office.banjie.store)
            store.close()
            for path in tmp_path.glob("empty.db*"):
                path.unlink()
        if (tmp_path / "empty.db").exists():
            store = Store(url)
            assert not any(dump(store).values())
            store.close()
    assert refusals >= len(damaged) - 3


def rewritten(source: Path, target: Path, change: dict[str, bytes | None]) -> Path:
    """A copy of a backup with some of its files changed or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def test_a_file_that_was_tampered_with_is_refused(sqlite_office: Office, tmp_path: Path) -> None:
    sqlite_office.start()
    good, url = backup(sqlite_office.banjie.store, tmp_path / "b.zip"), f"sqlite:///{tmp_path}/empty.db"
    with zipfile.ZipFile(good) as archive:
        history, manifest = archive.read("history.jsonl"), json.loads(archive.read("manifest.json"))
    for number, (code, change) in enumerate((
        ("backup.damaged", {"history.jsonl": history.replace(b"wangxiaohua", b"linhai")}),
        ("backup.damaged", {"history.jsonl": b"\n".join(history.split(b"\n")[:-2]) + b"\n"}),
        ("backup.damaged", {"history.jsonl": None}),
        ("backup.damaged", {"manifest.json": None}),
        ("backup.damaged", {"manifest.json": b"{}"}),
        ("backup.damaged", {"manifest.json": b"[]"}),
        ("backup.damaged", {"manifest.json": b"no json"}),
        ("backup.format", {"manifest.json": json.dumps(manifest | {"format": 99}).encode()}),
    )):  # fmt: skip
        bad = rewritten(good, tmp_path / f"{number}.zip", change)  # type: ignore[arg-type]
        with pytest.raises(BanjieError) as told:
            restore(bad, url)
        assert told.value.code in (code, "backup.format"), (change, told.value)
    assert tables.history.name == "history" and not (tmp_path / "empty.db").exists()
