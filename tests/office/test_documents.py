"""Documents: the templates as shipped, made from a case, kept once, read by those who may."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from office import access, accused, documents
from office.paper_forms import PAPERS
from office.paper_templates import shipped
from storage.errors import Forbidden, NotFound, Refusal
from tests.support.reading import accesses


def _words(content: bytes) -> str:
    doc = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])


def _make(uow, desk, case_id, form, **fields):
    made = documents.make(uow, desk.org, case_id, form, fields, now=desk.now, by="wang")
    return documents.get_document(uow, desk.org, made)


def test_a_one_time_notice_names_every_material(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        made = _make(
            uow, desk, case_id, "FM02",
            required_materials="身份证\n户口簿\n", missing_items=["户口簿"], notice_way=["written"],
            next_window="3号窗口",
        )  # fmt: skip
        words = _words(made.content)
        for told in (
            "告知〔2026〕1号",
            "赵大山",
            "1. 身份证",
            "2. 户口簿",
            "书面告知",
            "3号窗口",
            "2026年11月26日",
            "便民服务中心（盖章）",
            "王小华",
        ):
            assert told in words, told
        assert "不予受理原因" not in words  # rows without content are left out
        assert made.name == "一次性告知书（FWZX-2026-V-0001）.docx"
        assert _make(uow, desk, case_id, "FM02").name == made.name
        assert [item["number"] for item in documents.documents_of(uow, desk.org, case_id)] == [
            "告知〔2026〕1号",
            "告知〔2026〕2号",
        ]


def test_a_handling_opinion_holds_what_the_law_demands(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, demand="修复水渠")
        words = _words(
            _make(
                uow, desk, case_id, "FM26", facts="经查\n属实", opinion="年底前修复", legal_basis="《水法》第二十五条"
            ).content
        )
        for told in ("修复水渠", "经查", "属实", "年底前修复", "《水法》第二十五条", "30日内", "信访处〔2026〕1号"):
            assert told in words, told


def test_the_words_of_the_petition_office(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, matter_classes=["1"])
        told = {
            "decision": "legal_channel",
            "legal_channel": "labour_arbitration",
            "channel_organ": "仲裁委",
            "reason": "已立案",
        }
        words = _words(_make(uow, desk, case_id, "FM02", **told).content)
        for part in ("您反映的", "请通过法定途径解决", "劳动仲裁", "仲裁委", "已立案", "涉及法律方面的"):
            assert part in words, part
        letter = _make(uow, desk, case_id, "FM23", number="青信函〔2026〕8号", referral_unit="unit_c")
        assert "青信函〔2026〕8号" in _words(letter.content)
        assert "丙局：" in _words(letter.content)
        assert "FWZX-2026-V-0001" in _words(letter.content)


def test_what_people_write_is_text_and_never_code(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, matter="<b>&{{ 7*7 }}{% raw %}")
        words = _words(_make(uow, desk, case_id, "FM23", to_unit="unit_b", request="{{ org }}").content)
        assert "<b>&{{ 7*7 }}{% raw %}" in words
        assert "{{ org }}" in words
        assert "乙局：" in words
        assert "49" not in words


@pytest.mark.parametrize("form", PAPERS)
def test_every_template_prints_without_any_value(form):
    words = _words(documents.print_values(shipped(form), {}))
    assert "{{" not in words and "{%" not in words
    assert "None" not in words and "Undefined" not in words


@pytest.mark.parametrize("form", PAPERS)
def test_every_template_has_the_official_page(form):
    doc = docx.Document(io.BytesIO(shipped(form)))
    section = doc.sections[0]
    millimetres = [
        round(length.mm) if length else None
        for length in (section.page_width, section.page_height, section.top_margin, section.bottom_margin,
                       section.left_margin, section.right_margin)
    ]  # fmt: skip
    assert millimetres == [210, 297, 37, 35, 28, 26]
    assert "PAGE" in section.footer._element.xml  # pages are numbered


def test_equal_bytes_are_kept_once(desk):
    from sqlalchemy import func, select

    from storage.tables.office import attachment

    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        for name in ("照片.jpg", "../../etc/照片2.jpg"):
            documents.store(uow, desk.org, case_id, name, b"\xff\xd8", "image/jpeg", now=desk.now, by="wang")
        assert uow.conn.execute(select(func.count()).select_from(attachment)).scalar() == 1
        listed = documents.documents_of(uow, desk.org, case_id)
        assert sorted(item["name"] for item in listed) == ["照片.jpg", "照片2.jpg"]
        assert all("content" not in item for item in listed)
        for content, code in ((b"", "document.empty"), (b"x" * (documents.LARGEST + 1), "document.too_large")):
            with pytest.raises(Refusal) as refused:
                documents.store(uow, desk.org, case_id, "x", content, "text/plain", now=desk.now, by="wang")
            assert refused.value.code == code
        with pytest.raises(NotFound):
            _make(uow, desk, case_id, "FM99")


def test_reading_a_document_follows_the_case(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation")
        accused.add_accused(uow, desk.org, case_id, ["unit_b"], now=desk.now, by="wang")
        made = documents.make(uow, desk.org, case_id, "FM23", {}, now=desk.now, by="wang")
        wang, lin, li = (access.viewer_of(uow, desk.org, user) for user in ("wang", "lin", "li"))
        with pytest.raises(NotFound):
            documents.read(uow, li, made, now=desk.now)
        with pytest.raises(Forbidden):
            documents.read(uow, lin, made, now=desk.now)
        found = documents.read(uow, wang, made, now=desk.now, source="10.0.0.8")
        assert zipfile.is_zipfile(io.BytesIO(found.content))
        assert [(row["user_id"], row["act"]) for row in accesses(uow, case_id)] == [("wang", "download")]
