"""A list of destruction carried out: the package first, then everything of the case, and what must remain."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from office import cases, documents
from office.case_rows import rows_of
from storage.clock import TZ
from storage.tables.engine import instance
from storage.tables.keeping import disposal
from storage.tables.office import attachment, document, party, party_word, register_entry
from tests.support.office import Office
from web import disposing
from web.verifying import verify

LATER = datetime(2037, 1, 4, 9, tzinfo=TZ)


def code(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANJIE_ARCHIVE", str(tmp_path / "archive"))
    return tmp_path / "archive"


def _ended(office: Office, **answers: Any) -> str:
    """A case that was cancelled and closed, with a document of its own."""
    case_id = office.accepted("linhai", **answers)
    with office.banjie.store.begin() as uow:
        for instance_id in _instances(uow, case_id):
            office.banjie.engine.cancel(uow, office.org_id, instance_id, reason="办结", actor=None)
        documents.make(uow, office.org_id, case_id, "FM23", {"request": case_id}, now=office.clock.now(), by=None)
        cases.set_state(uow, office.org_id, case_id, "closed", now=office.clock.now())
    return case_id


def _instances(uow: Any, case_id: str) -> list[str]:
    query = select(instance.c.id).where(instance.c.business_key == case_id, instance.c.state == "active")
    return list(uow.conn.execute(query).scalars())


def _left(office: Office, case_id: str) -> dict[str, int]:
    with office.banjie.store.begin(write=False) as uow:
        found = {
            table.name: len(uow.conn.execute(select(table).where(mine)).all())
            for table, mine in rows_of(office.org_id, case_id)
        }
    return {name: count for name, count in found.items() if count}


def _approved(office: Office, *case_ids: str) -> tuple[Office, str]:
    """Ten years later: a list with these cases that the archivist proposed and the mayor approved."""
    office.clock.set(LATER)
    office = Office(office.banjie, office.clock, office.org_id)  # everybody logs in again
    made = office.browser("xuwen").done("/retention/propose", {"case_ids": list(case_ids), "reason": "无继续保存价值"})
    office.browser("sunlihua").done("/retention/approve", {"list_no": made["list_no"]})
    return office, str(made["list_no"])


def test_a_case_is_packed_destroyed_and_remembered(office: Office, folder: Path) -> None:
    gone, kept = _ended(office), _ended(office, name="李小河", phone="13900000002", matter="路灯不亮")
    before = _left(office, gone)
    assert {"case_file", "history", "instance", "task", "document", "register_entry", "party", "deadline"} <= set(
        before
    )
    office, list_no = _approved(office, gone)
    assert office.browser("xuwen").done("/retention/carry-out", {"list_no": list_no}) == {"destroyed": 1, "kept": 0}

    left = _left(office, gone)
    assert set(left) == {"register_entry"} and left["register_entry"] == before["register_entry"]
    with office.banjie.store.begin(write=False) as uow:
        mine = register_entry.c.case_id == gone
        entries = uow.conn.execute(select(register_entry.c.fields).where(mine)).scalars().all()
        assert entries and all(fields == {"destroyed": list_no} for fields in entries)
        row = uow.conn.execute(select(disposal)).one()
        assert (row.state, row.number) == ("destroyed", "QSZ-2026-V-0001")
        assert row.chains and all(chain["rows"] > 0 and len(chain["hash"]) == 64 for chain in row.chains)
        assert len(uow.conn.execute(select(party.c.id)).all()) == 1, "the other petitioner stays"
        assert len(set(uow.conn.execute(select(party_word.c.party_id)).scalars())) == 1
        held = set(uow.conn.execute(select(attachment.c.sha256)).scalars())
        used = set(uow.conn.execute(select(document.c.sha256)).scalars())
        assert held == used
    assert verify(office.banjie) == []
    assert _left(office, kept)["case_file"] == 1

    package = folder / row.package
    assert hashlib.sha256(package.read_bytes()).hexdigest() == row.sha256
    assert package.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(package) as packed:
        packed.extractall(folder / "read")
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder / "read", check=True)
    page = (folder / "read" / "index.html").read_text("utf-8")
    assert "赵大山" in page and "村口水渠垮塌无人修" in page and "李小河" not in page
    history = json.loads((folder / "read" / "rows" / "history.json").read_text("utf-8"))
    assert {chain["hash"] for chain in row.chains} <= {one["hash"] for one in history}
    assert any((folder / "read" / "documents").iterdir()) and any((folder / "read" / "definitions").rglob("*.bpmn"))

    browser = office.browser("sunlihua")
    assert code(browser.get(f"/cases/{gone}")) == "case.unknown"
    (told,) = browser.told("/retention")["lists"]
    assert told["state"] == "destroyed" and told["items"][0]["sha256"] == row.sha256
    assert code(office.browser("xuwen").post("/retention/carry-out", {"list_no": list_no})) == "disposal.unknown"


def test_what_came_under_a_hold_meanwhile_is_kept(sqlite_office: Office, folder: Path) -> None:
    office = sqlite_office
    first, second = _ended(office), _ended(office, name="李小河", matter="路灯不亮")
    office, list_no = _approved(office, first, second)
    office.browser("sunlihua").done(f"/cases/{second}/hold", {"reason": "行政诉讼"})
    assert office.browser("xuwen").done("/retention/carry-out", {"list_no": list_no}) == {"destroyed": 1, "kept": 1}
    page = office.browser("sunlihua").told(f"/cases/{second}")
    assert page["holds"][0]["reason"] == "行政诉讼" and page["may"]["hold"] is False
    (told,) = office.browser("sunlihua").told("/retention")["lists"]
    states = {item["case_id"]: (item["state"], item["note"]) for item in told["items"]}
    assert states[second] == ("withdrawn", disposing.NOT_DUE) and states[first][0] == "destroyed"


def test_a_folder_that_cannot_be_written_destroys_nothing(
    sqlite_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("BANJIE_ARCHIVE", str(tmp_path / "file" / "archive"))
    case_id = _ended(sqlite_office)
    office, list_no = _approved(sqlite_office, case_id)
    answer = office.browser("xuwen").post("/retention/carry-out", {"list_no": list_no})
    assert (answer.status_code, code(answer)) == (503, "disposal.no_folder")
    assert _left(sqlite_office, case_id)["case_file"] == 1
    monkeypatch.setenv("BANJIE_ARCHIVE", str(tmp_path / "archive"))
    assert office.browser("xuwen").done("/retention/carry-out", {"list_no": list_no})["destroyed"] == 1


def test_who_sees_the_page(sqlite_office: Office) -> None:
    assert code(sqlite_office.browser("wangxiaohua").get("/retention")) == "access.role"
    told = sqlite_office.browser("sunlihua").told("/retention")
    assert told["may"] == {"propose": False, "approve": True}
