"""The archive package: whole, checksummed, readable by itself, and never for those whom the case is about."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from engine.history import GENESIS, row_hash
from office import documents
from storage.clock import local
from tests.support.office import VISIT, Office
from tests.support.reading import accesses
from tests.web.test_api_hidden import Secret, secret  # noqa: F401  (a fixture)


def fetched(office: Office, login: str, case_id: str) -> zipfile.ZipFile:
    answer = office.browser(login).get(f"/cases/{case_id}/archive")
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_it_is_whole_and_reads_by_itself(office: Office, tmp_path: Path) -> None:
    case_id = office.accepted("linhai", matter="水渠<垮>塌")
    with office.banjie.store.begin() as uow:
        now = office.clock.now()
        documents.store(uow, office.org_id, case_id, "照片 1.txt", b"abc", "text/plain", now=now, by="linhai")
    package = fetched(office, "linhai", case_id)
    names = package.namelist()
    assert len(names) == len(set(names))
    package.extractall(tmp_path)
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    listed = {line.split("  ", 1)[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert listed == set(names) - {"SHA256SUMS"}
    manifest = json.loads(package.read("manifest.json"))
    for name, told in manifest["files"].items():
        assert told == {"sha256": hashlib.sha256(package.read(name)).hexdigest(), "size": len(package.read(name))}

    page = package.read("index.html").decode()
    for word in (manifest["number"], VISIT["name"], "水渠&lt;垮&gt;塌", "完善登记", "办理过程", "照片 1.txt"):
        assert word in page, word
    assert "<垮>" not in page and "<script" not in page and "http" not in page, "nothing is fetched, nothing runs"
    assert b"abc" in [package.read(name) for name in names if name.endswith("照片 1.txt")]
    assert any(name.startswith("definitions/petition_main-") and name.endswith(".bpmn") for name in names)
    whole(json.loads(package.read("rows/history.json")))
    rows = {
        name: json.loads(package.read(f"rows/{name}.json")) for name in ("case_file", "party", "case_entry", "task")
    }
    assert rows["case_file"][0]["id"] == case_id and rows["party"][0]["name"] == VISIT["name"]
    assert "rows/access_log.json" not in names and "rows/case_note.json" not in names


def whole(history: list[dict[str, Any]]) -> None:
    """The chains of hashes can be followed with what is in the package."""
    from datetime import datetime

    tips: dict[str, str] = {}
    for row in history:
        assert row["prev_hash"] == tips.get(row["instance_id"], GENESIS)
        assert row_hash(row | {"at": local(datetime.fromisoformat(row["at"]))}) == row["hash"]
        tips[row["instance_id"]] = row["hash"]
    assert tips


def test_who_may_have_it(sqlite_office: Office) -> None:
    office = sqlite_office
    case_id = office.accepted("linhai")
    other = office.accepted(name="钱二", matter="另一件")
    entries = json.loads(fetched(office, "linhai", case_id).read("rows/case_entry.json"))
    assert {one["case_id"] for one in entries} == {case_id}, "and nothing of another case"
    assert office.browser("weina").get(f"/cases/{case_id}/archive").status_code in (403, 404)
    aside = office.browser("linhai").get(f"/cases/{other}/archive")
    assert (aside.status_code, aside.json()["error"]["code"]) == (403, "archive.role"), "takes no part in it"
    told = office.browser("linhai").told(f"/cases/{case_id}")
    assert told["may"]["archive"] is True
    assert office.stranger().get(f"/cases/{case_id}/archive").status_code == 401


@pytest.mark.parametrize("login", ["jiangbo", "admin", "wangxiaohua"])
def test_a_confidential_one_goes_to_those_who_handle_it_alone(secret: Secret, login: str) -> None:  # noqa: F811
    office = secret.office
    assert office.browser(login).get(f"/cases/{secret.case_id}/archive").status_code in (403, 404)
    fetched(office, "linhai", secret.case_id)
    with office.banjie.store.begin(write=False) as uow:
        log = accesses(uow, secret.case_id)
    assert [row["user_id"] for row in log if row["act"] == "archive"] == ["linhai"]
