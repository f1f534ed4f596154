"""Files are what their content says; what is nothing known, or named otherwise, or infected, is not kept."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest

from office import attachments, comments, documents, notices
from office.access import viewer_of
from storage.errors import BanjieError, Refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("照片.png", PNG, "image/png"),
        ("照片.JPG", b"\xff\xd8\xff\xe0" + b"\0" * 9, "image/jpeg"),
        ("信.pdf", PDF, "application/pdf"),
        ("公文.ofd", _zip("OFD.xml"), "application/ofd"),
        ("答复.docx", _zip("word/document.xml"), attachments.KINDS["docx"][0]),
        ("台账.xlsx", _zip("xl/workbook.xml"), attachments.KINDS["xlsx"][0]),
        ("旧文.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 9, "application/x-ole-storage"),
        ("说明.txt", "情况说明\n属实".encode(), "text/plain; charset=utf-8"),
    ],
)
def test_what_is_kept(name, content, media_type):
    assert attachments.check(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.txt", b"", "attachment.empty"),
        ("大.txt", b"a" * (attachments.LARGEST + 1), "attachment.too_large"),
        ("程序.exe", b"MZ\x90\x00", "attachment.kind"),
        ("程序.pdf", b"MZ\x90\x00", "attachment.kind"),
        ("页面.txt", b"<html><script>alert(1)</script>", "attachment.kind"),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "attachment.kind"),
        ("脚本.txt", b"a\x00b", "attachment.kind"),
        ("宏.docx", _zip("word/document.xml", "word/vbaProject.bin"), "attachment.kind"),
        ("包.docx", _zip("a.txt"), "attachment.kind"),
        ("照片.pdf", PNG, "attachment.ending"),
        ("照片.png.html", PNG, "attachment.ending"),
        ("没有后缀", PDF, "attachment.ending"),
    ],
)
def test_what_is_not_kept(name, content, code):
    with pytest.raises(Refusal) as refused:
        attachments.check(name, content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import sys; sys.exit(1 if b'EICAR' in sys.stdin.buffer.read() else 0)", "attachment.infected"),
        ("import sys; sys.exit(2)", "attachment.scan_failed"),
    ],
)
def test_the_offices_command_looks_first(monkeypatch, script, code):
    monkeypatch.setenv("BANJIE_SCAN_COMMAND", f'{sys.executable} -c "{script}"')
    with pytest.raises(BanjieError) as refused:
        attachments.scan(b"EICAR")
    assert refused.value.code == code
    if code == "attachment.infected":
        attachments.scan(b"harmless")


def test_a_command_that_is_not_there_keeps_nothing(monkeypatch):
    monkeypatch.setenv("BANJIE_SCAN_COMMAND", "/nowhere/scanner")
    with pytest.raises(BanjieError) as refused:
        attachments.scan(b"x")
    assert refused.value.code == "attachment.scan_failed"
    monkeypatch.delenv("BANJIE_SCAN_COMMAND")
    attachments.scan(b"x")


def test_a_file_is_kept_with_the_case(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        attachments.add(uow, desk.org, case_id, "../../现场.png", PNG, now=desk.now, by="wang")
        (row,) = documents.documents_of(uow, desk.org, case_id)
        assert (row["name"], row["form"], row["media_type"], row["by_name"]) == (
            "现场.png",
            None,
            "image/png",
            "王小华",
        )


def test_comments_are_numbered_and_tell_whom_they_mention(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        wang = viewer_of(uow, desk.org, "wang", now=desk.now)
        assert comments.add(uow, wang, case_id, "请看一下 @陈静", ["chen", "chen"], now=desk.now) == 1
        assert comments.add(uow, wang, case_id, "已电话联系", now=desk.now) == 2
        told = comments.comments_of(uow, desk.org, case_id)
        assert [(one["seq"], one["by_name"], one["mentions"]) for one in told] == [
            (1, "王小华", ["陈静"]),
            (2, "王小华", []),
        ]
        (notice,) = notices.notices_of(uow, viewer_of(uow, desk.org, "chen"))
        assert "王小华在" in notice["text"] and "请看一下" not in notice["text"]


@pytest.mark.parametrize(
    ("text", "mentions", "code"),
    [
        ("  ", [], "comment.empty"),
        ("长" * 2001, [], "comment.too_long"),
        ("@康明", ["kang"], "comment.cannot_see"),
        ("大家", [f"u{n}" for n in range(21)], "comment.too_many"),
    ],
)
def test_what_cannot_be_said(desk, text, mentions, code):
    """Who may not open the case is not told of it, not even by a colleague (R65)."""
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation")
        with pytest.raises(BanjieError) as refused:
            comments.add(uow, viewer_of(uow, desk.org, "wang", now=desk.now), case_id, text, mentions, now=desk.now)
        assert refused.value.code == code
        assert comments.comments_of(uow, desk.org, case_id) == []
        assert notices.unread(uow, viewer_of(uow, desk.org, "kang")) == 0
