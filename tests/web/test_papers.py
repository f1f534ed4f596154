"""Documents made by hand, looked at before, served; by the service the time to ask for a review runs (L14)."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest

from office import documents, registers
from office.register_catalogue import REGISTERS
from tests.support.office import Office
from web import pdf

WORD = documents.WORD


def words(content: bytes) -> str:
    doc = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])


def code(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def made(office: Office, case_id: str, form: str, **fields: Any) -> str:
    """A document that a step of the process made."""
    with office.banjie.store.begin() as uow:
        return documents.make(uow, office.org_id, case_id, form, fields, now=office.clock.now(), by="wangxiaohua")


def test_a_letter_is_looked_at_then_issued_with_its_number(office: Office) -> None:
    case_id, browser = office.accepted(), office.browser("wangxiaohua")
    offer = browser.told(f"/cases/{case_id}/papers")
    assert {"FM23"} <= {one["form"] for one in offer["papers"]}
    assert not {"FM26", "FM24", "FM27", "FM42", "L12"} & {one["form"] for one in offer["papers"]}, (
        "nothing to make them from"
    )
    path, filled = f"/cases/{case_id}/papers/FM23", {"blanks": {"to_unit": "县水利局", "request": "请核查\n并回复"}}
    for _ in range(2):  # looking takes no number
        draft = browser.post(f"{path}/draft", filled)
        assert draft.headers["content-type"] == WORD
        assert "（预览，未编号）" in words(draft.content) and "县水利局：" in words(draft.content)
    assert code(browser.post(path, {"blanks": {"request": "请核查"}})) == "paper.blank_missing"
    assert code(browser.post(path, {"blanks": {"to_unit": "甲", "number": "9"}})) == "paper.unknown_blank"
    assert code(browser.post(path, {"blanks": {"to_unit": "甲" * 4001}})) == "paper.too_long"
    document_id = browser.done(path, filled)["id"]
    text = words(browser.get(f"/documents/{document_id}").content)
    assert "信函〔2026〕1号" in text and "请核查" in text and "青石镇人民政府" in text
    (row,) = [one for one in browser.told(f"/cases/{case_id}")["documents"] if one["id"] == document_id]
    assert (row["form"], row["number"], row["serves"], row["served"]) == ("FM23", "信函〔2026〕1号", True, None)
    assert browser.get(f"/documents/{document_id}/preview").headers["content-type"] == WORD


def test_a_document_is_made_from_the_register_in_words(office: Office) -> None:
    case_id, browser = office.accepted(), office.browser("linhai")
    entry = {
        "number": 3,
        "unit": "water_station",
        "petition": "QSZ-2026-V-0001",
        "due": "2026-11-20T23:59:59+08:00",
        "overdue_days": 6,
    }
    with office.banjie.store.begin() as uow:
        registers.add_entry(uow, office.org_id, "FM24", entry, case_id=case_id, at=office.clock.now(), by=None)
    (offer,) = [one for one in browser.told(f"/cases/{case_id}/papers")["papers"] if one["form"] == "FM24"]
    assert [blank["key"] for blank in offer["blanks"]] == ["to_unit", "urge_text"]
    document_id = browser.done(f"/cases/{case_id}/papers/FM24", {"blanks": {"to_unit": "水利站"}})["id"]
    text = words(browser.get(f"/documents/{document_id}").content)
    assert "水利站：" in text and "2026年11月20日前" in text and "逾期6日" in text and "催办〔2026〕1号" in text


def test_what_is_not_decided_is_not_told(sqlite_office: Office) -> None:
    """No notice of accountability before its decision, no report upward before a leader's consent (R61, R73)."""
    office, now = sqlite_office, sqlite_office.clock.now()
    case_id, browser = office.accepted(), office.browser("linhai")
    for form, first, then in (
        ("FM42", {"facts": "超期", "severity": "minor"}, {"measure": "circulated_criticism", "decision": "通报"}),
        ("FM27", {"signed_opinion": "已修复"}, {"consenting_leader": "郑国栋"}),
    ):
        with office.banjie.store.begin() as uow:
            registers.add_entry(uow, office.org_id, form, first, case_id=case_id, at=now, by=None)
        assert form not in {one["form"] for one in browser.told(f"/cases/{case_id}/papers")["papers"]}
        assert code(browser.post(f"/cases/{case_id}/papers/{form}", {})) == "paper.not_offered"
        with office.banjie.store.begin() as uow:
            registers.continue_entry(uow, office.org_id, form, then, case_id=case_id, at=now, by=None)
        made = browser.done(f"/cases/{case_id}/papers/{form}", {})["id"]
        assert next(iter(first.values())) in words(browser.get(f"/documents/{made}").content)


def test_who_may_make_documents(office: Office) -> None:
    case_id = office.start("linhai", kind="accusation", name="钱密告", matter="检举窗口人员收受土特产")
    for login in ("wangxiaohua", "dingyi"):
        answer = office.browser(login).post(f"/cases/{case_id}/papers/FM23", {"blanks": {"to_unit": "甲"}})
        assert code(answer) in ("case.unknown", "case.confidential")
        assert code(office.browser(login).get(f"/cases/{case_id}/papers")) == "case.unknown"
    open_case = office.accepted()
    answer = office.browser("sunlihua").post(f"/cases/{open_case}/papers/FM23", {"blanks": {"to_unit": "甲"}})
    assert office.browser("sunlihua").told(f"/cases/{open_case}/papers")["papers"] == []
    assert code(answer) == "paper.not_yours"  # the mayor reads it, but writes no letters
    assert code(office.browser("linhai").post(f"/cases/{open_case}/papers/FM26", {})) == "paper.not_offered"


def test_by_the_service_of_the_opinion_the_thirty_days_run(office: Office) -> None:
    case_id, browser = office.accepted(), office.browser("linhai")
    document_id = made(office, case_id, "FM26", facts="经查属实", opinion="年底前修复")
    receipt = words(browser.get(f"/documents/{document_id}/receipt").content)
    assert "信访事项处理意见书" in receipt and "赵大山" in receipt and "信访处〔2026〕1号" in receipt
    path = f"/documents/{document_id}/served"
    good = {"served_on": "2026-11-26", "way": "direct", "receiver": "赵大山"}
    for wrong, told in (
        ({"served_on": "2026-11-25"}, "serving.before_made"),
        ({"served_on": "2026-11-27"}, "serving.in_future"),
        ({"way": "pigeon"}, "serving.bad_way"),
        ({"receiver": " "}, "serving.no_receiver"),
    ):
        assert code(browser.post(path, good | wrong)) == told
    done = browser.done(path, good)
    assert done["seq"] == 1
    assert code(browser.post(path, good)) == "serving.already"
    (row,) = [one for one in browser.told(f"/cases/{case_id}")["documents"] if one["id"] == document_id]
    assert row["served"] == {"served_on": "2026-11-26", "served_way": "直接送达", "receiver": "赵大山", "remarks": None}
    page = browser.told(f"/cases/{done['review']}")
    assert [task["element_id"] for task in page["tasks"]] == ["AwaitRequest"]
    assert page["case"]["number"] == "QSZ-2026-S-0001"
    assert (
        page["case"]["fields"]
        and {"key": "request_until", "label": "请求期限至", "value": "2026-12-28"} in page["case"]["fields"]
    )
    second = made(office, case_id, "FM26", facts="补充", opinion="同前")
    assert browser.done(f"/documents/{second}/served", good)["review"] is None, "one wait for one matter"
    shown = browser.told("/registers/document_service")
    assert [column["label"] for column in shown["columns"]][:3] == ["送达文书", "文书编号", "受送达人"]
    other = made(office, case_id, "FM22")
    assert code(browser.post(f"/documents/{other}/served", good)) == "serving.not_served"


def test_a_sheet_of_any_register(office: Office) -> None:
    case_id, browser = office.accepted(), office.browser("linhai")
    text = words(browser.get("/registers/FM18a/1/sheet").content)
    for told in (REGISTERS["FM18a"].name, "QSZ-2026-V-0001", "村口水渠垮塌无人修", "农民", "男", "王小华"):
        assert told in text, told
    assert "群众" not in text, "sensitive columns are not printed"
    assert code(browser.get("/registers/FM18a/9/sheet")) == "register.no_entry"
    secret = office.start("linhai", kind="accusation", name="钱密告", matter="检举")
    with office.banjie.store.begin() as uow:
        seq = registers.add_entry(
            uow, office.org_id, "FM28", {"summary": "检举"}, case_id=secret, at=office.clock.now(), by=None
        )
    assert code(office.browser("wangxiaohua").get(f"/registers/FM28/{seq}/sheet")) == "register.no_entry"
    assert case_id


def test_a_document_as_pdf(sqlite_office: Office) -> None:
    office = sqlite_office
    case_id, browser = office.accepted(), office.browser("linhai")
    assert browser.told(f"/cases/{case_id}/papers")["pdf"] is True
    document_id = made(office, case_id, "FM26", facts="经查属实")
    answer = browser.get(f"/documents/{document_id}/pdf")
    assert answer.headers["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    with office.banjie.store.begin() as uow:
        handed_in = documents.store(
            uow, office.org_id, case_id, "来.docx", b"PK", WORD, now=office.clock.now(), by=None
        )
    assert code(browser.get(f"/documents/{handed_in}/pdf")) == "document.not_made_here"


def test_a_server_without_libreoffice_says_so(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANJIE_SOFFICE", "/nowhere/soffice")
    case_id, browser = sqlite_office.accepted(), sqlite_office.browser("linhai")
    assert browser.told(f"/cases/{case_id}/papers")["pdf"] is False
    document_id = made(sqlite_office, case_id, "FM26")
    answer = browser.get(f"/documents/{document_id}/pdf")
    assert (answer.status_code, code(answer)) == (501, "document.no_pdf")
    monkeypatch.setenv("BANJIE_SOFFICE", "/bin/false")
    pdf.convert.cache_clear()
    answer = browser.get(f"/documents/{document_id}/pdf")
    assert (answer.status_code, code(answer)) == (503, "document.pdf_failed")


def test_an_administrator_replaces_a_template(sqlite_office: Office) -> None:
    admin = sqlite_office.browser("admin")
    assert code(sqlite_office.browser("linhai").get("/admin/papers")) == "access.role"
    listed = admin.told("/admin/papers")
    letter = next(one for one in listed["papers"] if one["form"] == "FM23")
    assert letter["own"] is False and {"name": "to_unit", "label": "主送"} in letter["names"]
    assert all(name["label"] for one in listed["papers"] for name in one["names"]), "every name has its Chinese word"
    template = admin.get("/admin/papers/FM23").content
    headers = {"X-CSRF-Token": admin.csrf or ""}

    def put(content: bytes, reason: str) -> Any:
        return admin.client.post(
            "/api/admin/papers/FM23", files={"file": ("便函.docx", content)}, data={"reason": reason}, headers=headers
        )

    assert code(put(template, "")) == "template.no_reason"
    assert code(put(b"x", "换")) == "template.not_word"
    assert put(template, "换抬头").json() == {"version": 1}
    assert admin.told("/admin/papers")["versions"][0]["reason"] == "换抬头"
    assert "〔主送〕" in words(admin.get("/admin/papers/FM23/sample").content)
