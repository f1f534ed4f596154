"""What comes in wrong is refused with a Chinese sentence and a stable code, and leaves nothing behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.engine.diagrams import boundary, chain, end, flow, process, script, service, start, timer, user
from tests.support.door import dump
from tests.support.office import REGISTRATION, VISIT, Office
from web import cli

GOOD = process(
    start(), user("A", name="受理", camunda__candidateGroups="petition_clerk"), end(), chain("start", "A", "end")
).decode()  # fmt: skip
XML = '<?xml version="1.0" encoding="UTF-8"?>'
DEEP = process(start(), *["<bpmn:extensionElements>" * 300, "</bpmn:extensionElements>" * 300], end()).decode()
BAD_DIAGRAMS: dict[str, tuple[str, str]] = {  # what is wrong: the file, the rule that says so
    "no start": (process(user("A"), end(), chain("A", "end")).decode(), "start.missing"),
    "unknown handler": (process(start(), service("A", "no.such"), end(), chain("start", "A", "end")).decode(), ""),
    "unknown deadline": (
        process(start(), user("A"), boundary("b", "A", timer("timeDate", '${deadline("R99.none")}')), end(),
                chain("start", "A", "end"), chain("b", "end")).decode(), ""),
    "unknown role": (
        process(start(), user("A", camunda__candidateGroups="emperor"), end(), chain("start", "A", "end")).decode(),
        ""),
    "import": (process(start(), script("A", "import os"), end(), chain("start", "A", "end")).decode(), ""),
    "call of a stranger": (
        process(start(), script("A", "x = __import__('os').system('id')"), end(), chain("start", "A", "end")).decode(),
        ""),
    "dunder": (
        process(start(), script("A", "x = ().__class__.__bases__"), end(), chain("start", "A", "end")).decode(), ""),
    "dangling flow": (process(start(), user("A"), end(), chain("start", "A", "end"), flow("A", "none")).decode(), ""),
    "doctype": (f'{XML}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "xml.doctype"),
    "laughs": (f'{XML}<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>', "xml.doctype"),
    "not xml": ("这不是流程图", "xml.not_xml"),
    "json": ("{}", "xml.not_xml"),
    "empty": ("", "xml.not_xml"),
    "cut off": (GOOD[: len(GOOD) // 2], "xml.not_xml"),
    "other xml": ("<svg/>", "process.key"),
    "other process": (GOOD.replace('id="p"', 'id="q"'), "process.key"),
    "deep": (DEEP, "xml.too_deep"),
    "too big": (GOOD + "<!--" + "x" * 5_300_000 + "-->", "xml.too_big"),
    "twice the same id": (GOOD.replace('id="end"', 'id="A"'), ""),
}  # fmt: skip


def chinese(text: str) -> bool:
    return bool(re.search(r"[一-鿿]", text))


def refused(answer: Response, *statuses: int) -> dict[str, Any]:
    """The error of an answer, which must be a proper one."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    error: dict[str, Any] = answer.json()["error"]
    assert re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", error["code"]), error["code"]
    assert chinese(error["message"]) and "Traceback" not in answer.text, error["message"]
    return error


@pytest.fixture
def unchanged(office: Office) -> Iterator[Office]:
    """The town, in which nothing may change from the first look on (but that people log in)."""
    office.browser("admin"), office.browser("wangxiaohua")
    before = dump(office.banjie.store)
    yield office
    assert dump(office.banjie.store) == before


# -- diagrams --------------------------------------------------------------------------------------------------------


def test_bad_diagrams_are_not_deployed(unchanged: Office) -> None:
    browser = unchanged.browser("admin")
    for what, (data, rule) in BAD_DIAGRAMS.items():
        error = refused(browser.post("/admin/deploy", {"key": "p", "bpmn": data}), 422)
        findings = error["details"]
        assert error["code"] == findings[0]["rule"] or rule == "" or error["code"] == rule, (what, error)
        assert all(chinese(finding["message_zh"]) and finding["message_en"] for finding in findings), what
        if rule:
            assert rule in {finding["rule"] for finding in findings}, (what, findings)
        linted = browser.post("/admin/lint", {"key": "p", "bpmn": data})
        assert linted.status_code == 200, (what, linted.text)
        assert "error" in {finding["severity"] for finding in linted.json()["findings"]}, what


def test_a_good_diagram_is(office: Office) -> None:
    """So that the refusals above mean something."""
    told = office.browser("admin").done("/admin/deploy", {"key": "p", "bpmn": GOOD, "base_version": 0})
    assert (told["version"], told["new"]) == (1, True)
    newer = office.browser("admin").post(
        "/admin/deploy", {"key": "p", "bpmn": GOOD.replace("受理", "办"), "base_version": 0}
    )
    assert refused(newer, 409)["code"] == "deploy.newer_version"
    files = office.browser("admin").told("/admin/definitions/p/files")
    assert files["bpmn"] == GOOD and files["version"] == 1


def test_bad_forms_and_tables_are_not_deployed(unchanged: Office) -> None:
    browser = unchanged.browser("admin")
    drafts: tuple[dict[str, Any], ...] = (
        {"forms": {"f": {"components": "none"}}}, {"forms": {"f": {"components": [{"type": "script", "key": "x"}]}}},
        {"forms": {"f": {"components": [{"type": "textfield", "key": "__class__"}]}}}, {"dmn": {"t": "<x/>"}},
        {"dmn": {"t": "no xml"}}, {"forms": {"f": []}}, {"forms": {"f": None}},
    )  # fmt: skip
    for more in drafts:
        refused(browser.post("/admin/deploy", {"key": "p", "bpmn": GOOD, **more}), 422)


def test_bad_drafts(unchanged: Office) -> None:
    browser = unchanged.browser("admin")
    for body in (
        {}, {"bpmn": 1}, {"key": "p"}, {"key": "../p", "bpmn": GOOD}, {"key": "P P", "bpmn": GOOD}, {"bpmn": GOOD},
        {"key": "p", "bpmn": GOOD, "base_version": "x"}, {"key": "p", "bpmn": GOOD, "dmn": {"t": 1}},
    ):  # fmt: skip
        refused(browser.post("/admin/deploy", body), 422)
    too_large = browser.client.post(
        "/api/admin/deploy", content=b"x" * 50_000_000, headers={"X-CSRF-Token": str(browser.csrf)}
    )
    assert refused(too_large, 413)["code"] == "request.too_large"


def test_lint_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p" / "p.bpmn"
    file.parent.mkdir()
    for what, (data, rule) in BAD_DIAGRAMS.items():
        file.write_text(data, "utf-8")
        assert cli.main(["lint", str(file)]) == 1, what
        told = capsys.readouterr()
        assert "错误" in told.out and rule in told.out, (what, told.out)
    assert cli.main(["lint", str(tmp_path / "none.bpmn")]) == 1
    assert "lint.no_file" in capsys.readouterr().err


def test_encodings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever XML allows is read; what is not what it says is refused."""
    file = tmp_path / "p" / "p.bpmn"
    file.parent.mkdir()
    for encoding in ("UTF-16", "GB18030", "UTF-8"):
        file.write_bytes((f'<?xml version="1.0" encoding="{encoding}"?>' + GOOD).encode(encoding))
        assert cli.main(["lint", "--json", str(file)]) == 0, capsys.readouterr().out
        assert not [f for f in json.loads(capsys.readouterr().out) if f["severity"] == "error"]
    file.write_bytes((XML + GOOD).encode("gb18030"))
    assert cli.main(["lint", str(file)]) == 1
    assert "xml.encoding" in capsys.readouterr().out


def test_deploy_at_the_command_line(
    unchanged: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANJIE_DATABASE_URL", unchanged.banjie.store.url.render_as_string(hide_password=False))
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "p.bpmn").write_text(BAD_DIAGRAMS["import"][0], "utf-8")
    assert cli.main(["deploy", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "制度“p”不能部署" in told and "[A]" in told
    for directory in (tmp_path / "none", tmp_path / "p" / "empty"):
        assert cli.main(["deploy", str(directory)]) == 1
        assert "deploy.no_d" in capsys.readouterr().err


# -- answers ---------------------------------------------------------------------------------------------------------

DEEP_JSON = '{"answers": {"matter": ' + "[" * 100_000 + "]" * 100_000 + "}}"
BAD_ANSWERS: dict[str, Any] = {
    "missing": {"matter": None},
    "empty": {"matter": "   "},
    "a number for words": {"matter": 7},
    "a list for words": {"matter": ["甲"]},
    "an object for words": {"matter": {"typename": "x"}},
    "unknown field": {"no_such_field": 1},
    "an owner": {"owner": "wangxiaohua"},
    "a state": {"state": "closed"},
    "dunder": {"__class__": "x"},
    "nested dunder": {"matter": {"__class__": {"__init__": {"__globals__": 1}}}},
    "typename": {"typename": "x"},
    "too long": {"matter": "长" * 4001},
    "nul": {"matter": "甲\x00乙"},
    "a lone surrogate": {"matter": "\ud800"},
    "words for a number": {"group_count": "三"},
    "no time": {"received_at": "昨天"},
    "not an option": {"channel": "X"},
    "options of a list": {"flags": ["no_such_flag"]},
}


def test_bad_answers_start_nothing(unchanged: Office) -> None:
    browser = unchanged.browser("wangxiaohua")
    for what, change in BAD_ANSWERS.items():
        answer = post_json(browser, "/starts/petition_main", {"answers": VISIT | change})
        error = refused(answer, 422)
        assert error["code"].startswith(("form.", "request.")), (what, error)


def test_bad_answers_complete_nothing(office: Office) -> None:
    case_id, browser = office.start(), office.browser("wangxiaohua")
    task = office.task(case_id, "CompleteRegistration")
    before = dump(office.banjie.store)
    changes = {k: v for k, v in BAD_ANSWERS.items() if not {"channel", "flags", "group_count"} & v.keys()}
    changes |= {"not a yes or no": {"confirmed": "也许"}, "below": {"age": -1}, "not whole": {"age": "x"},
                "option": {"gender": "other"}, "infinite": {"age": float("inf")}}  # fmt: skip
    for what, change in changes.items():
        answer = post_json(browser, f"/tasks/{task}/complete", {"answers": REGISTRATION | change})
        error = refused(answer, 422)
        assert error["code"].startswith(("form.", "request.", "registration.")), (what, error)
    assert dump(office.banjie.store) == before
    browser.done(f"/tasks/{task}/complete", {"answers": REGISTRATION})


def post_json(browser: Any, path: str, body: Any) -> Response:
    """POST what httpx2 itself would refuse to write."""
    answer: Response = browser.client.post(
        f"/api{path}", content=json.dumps(body),
        headers={"X-CSRF-Token": browser.csrf, "Content-Type": "application/json"},
    )  # fmt: skip
    return answer


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"answers": []}', '{"answers": "x"}', DEEP_JSON, "\ufeff{}"])
def test_bodies_that_are_no_answers(sqlite_office: Office, body: str) -> None:
    browser = sqlite_office.browser("wangxiaohua")
    before = dump(sqlite_office.banjie.store)
    headers = {"X-CSRF-Token": str(browser.csrf), "Content-Type": "application/json"}
    answer = browser.client.post("/api/starts/petition_main", content=body.encode(), headers=headers)
    refused(answer, 400, 422)
    assert dump(sqlite_office.banjie.store) == before


def test_ten_megabytes(unchanged: Office) -> None:
    browser = unchanged.browser("wangxiaohua")
    answer = browser.post("/starts/petition_main", {"answers": VISIT | {"matter": "长" * 3_500_000}})
    assert refused(answer, 413)["code"] == "request.too_large"


def test_odd_characters_in_a_search(unchanged: Office) -> None:
    browser = unchanged.browser("wangxiaohua")
    for text in ("%", "_", "'", "\\", "甲\x00乙", "🀄", "\u202e"):
        for path in ("/cases", "/inbox", "/registers/FM18a", "/people"):
            answer = browser.post(f"{path}/search", {"q": text})
            assert answer.status_code in (200, 422), f"{path} {text!r}: {answer.status_code} {answer.text[:100]}"
        answer = browser.post("/duplicates", {"name": text, "matter": text})
        assert answer.status_code in (200, 422), f"{text!r}: {answer.text[:100]}"
    for path in (
        "/cases/甲%00乙",
        "/tasks/%00",
        "/documents/%00",
        "/instances/%00/diagram",
        "/registers/%00",
        "/registers/FM99",
    ):
        answer = browser.get(path)
        assert answer.status_code in (404, 422), f"{path}: {answer.status_code} {answer.text[:100]}"


def test_numbers_that_no_column_holds(unchanged: Office) -> None:
    browser = unchanged.browser("wangxiaohua")
    for number in (2**31, 280440483441580310528, -1, 0):
        for path in (f"/registers/FM18a/{number}/sheet", f"/registers/FM18a/{number}/fields"):
            assert refused(browser.get(path), 422)["code"] == "request.invalid", path
        refused(browser.post(f"/registers/FM18a/{number}/correct", {"fields": {}, "reason": "改"}), 422)
        refused(browser.post(f"/cases/none/urgings/{number}/answer", {"answer": "已办"}), 422)
        refused(browser.post("/tasks/none/return/preview", {"target": number}), 422)
        refused(unchanged.browser("admin").get("/admin/definitions/petition_main/files", version=number), 422)
        wanted = {"from_version": number, "to_version": 1}
        refused(unchanged.browser("admin").post("/admin/definitions/petition_main/migration/preview", wanted), 422)


def test_a_person_keeps_a_name(office: Office) -> None:
    """What is told to be nothing stays where there must be something."""
    admin = office.browser("admin")
    admin.done("/admin/users/linhai", {"name": None, "active": None, "title": None})
    (told,) = (one for one in admin.done("/admin/users/search", {"q": "linhai"}) if one["id"] == "linhai")
    assert (told["name"], told["active"], told["title"]) == ("林海", True, None)
    assert refused(admin.post("/admin/users/linhai", {"name": " "}), 422)["code"] == "user.no_name"


def test_a_body_that_is_not_said_to_be_json(unchanged: Office) -> None:
    browser = unchanged.browser("wangxiaohua")
    body = json.dumps({"answers": VISIT}).encode()
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", None):
        headers = {"X-CSRF-Token": str(browser.csrf)} | ({"Content-Type": kind} if kind else {})
        refused(browser.client.post("/api/starts/petition_main", content=body, headers=headers), 422)


def test_odd_logins(office: Office) -> None:
    for login in ("甲\x00乙", "' or 1=1 --", "a" * 201, "\ud800"):
        answer = office.stranger().client.post(
            "/api/login",
            content=json.dumps({"login": login, "password": "x"}),
            headers={"Content-Type": "application/json"},
        )
        refused(answer, 401, 422)


def test_a_bad_calendar_changes_nothing(unchanged: Office) -> None:
    for text in ("", "{}", "[]", "no json", '{"year": 2026}', "日期,类型\n2026-13-45,休"):
        refused(unchanged.browser("admin").post("/admin/calendar", {"text": text}), 400, 422)


def test_bad_people_and_units(unchanged: Office) -> None:
    browser = unchanged.browser("admin")
    for body in ({"name": "", "login": "x1"}, {"name": "甲", "login": ""}, {"name": "甲", "login": "a b"},
                 {"name": "甲", "login": "x1", "roles": ["emperor"]},
                 {"name": "甲", "login": "x1", "unit_id": "none"}):  # fmt: skip
        refused(browser.post("/admin/users", body), 404, 422)
    assert refused(browser.post("/admin/users", {"name": "甲", "login": "linhai"}), 409)["code"] == "user.login_taken"
    assert refused(browser.post("/admin/users/admin", {"active": False}), 422)["code"] == "user.own_access"
    refused(browser.post("/admin/units", {"name": "甲", "parent_id": "none"}), 404, 422)
    refused(browser.post("/admin/instances/none/cancel", {"reason": "x"}), 404)
    refused(browser.post("/admin/instances/none/cancel", {"reason": ""}), 422)
    refused(browser.post("/admin/incidents/none/retry"), 404)
    refused(browser.get("/admin/incidents/none/inputs"), 404)
    refused(browser.post("/admin/incidents/none/skip", {"reason": "x"}), 404)
    refused(browser.post("/admin/incidents/none/skip", {"reason": " \n"}), 422)
    refused(browser.post("/admin/incidents/repair", {"ids": [], "act": "retry"}), 422)
    refused(browser.post("/admin/incidents/repair", {"ids": ["none"], "act": "drop"}), 422)
    told = refused(browser.post("/admin/incidents/repair", {"ids": ["none"], "act": "skip", "reason": " "}), 422)
    assert told["code"] == "incident.reason_missing"
