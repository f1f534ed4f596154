"""Files handed in with a case: what they are is told by their content, never by their name, and nothing else is kept.

A command of the office may look at each file first: `BANJIE_SCAN_COMMAND` gets it on its standard input; exit code 0
means clean, 1 infected, anything else that the scan failed. Without it files are kept unscanned.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from office.documents import store
from storage.database import UnitOfWork
from storage.errors import BanjieError, Refusal

LARGEST = 20 * 1024 * 1024  # bytes of one file
SCAN_SECONDS = 60
_OFFICE = "application/vnd.openxmlformats-officedocument."
# kind of content: media type, endings that the name may have (the first is the usual one)
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pdf": ("application/pdf", ("pdf",)),
    "png": ("image/png", ("png",)),
    "jpeg": ("image/jpeg", ("jpg", "jpeg")),
    "gif": ("image/gif", ("gif",)),
    "webp": ("image/webp", ("webp",)),
    "docx": (f"{_OFFICE}wordprocessingml.document", ("docx",)),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", ("xlsx",)),
    "ofd": ("application/ofd", ("ofd",)),
    "ole": ("application/x-ole-storage", ("doc", "xls", "wps", "et")),
    "text": ("text/plain; charset=utf-8", ("txt",)),
}
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})  # a browser shows them
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}


def kind_of(content: bytes) -> str | None:
    """What a file is by its first bytes (for packed ones: by its parts); None if it is nothing that is kept."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    return "text" if _is_text(content) else None


def add(uow: UnitOfWork, org_id: str, case_id: str, name: str, content: bytes, *, now: datetime, by: str | None) -> str:
    """Keep a file with the case, after `check`; gives the document's id. Errors: those of `check`, `document.*`."""
    media_type = check(name, content)
    return store(uow, org_id, case_id, name, content, media_type, now=now, by=by)


def check(name: str, content: bytes) -> str:
    """The media type of a file that may be kept.

    Errors: `attachment.empty`, `attachment.too_large`, `attachment.kind`, `attachment.ending` (the name says something
    else than the content).
    """
    if not content:
        raise Refusal("attachment.empty", "文件是空的，请重新选择。", field="file")
    if len(content) > LARGEST:
        raise Refusal("attachment.too_large", f"文件超过{LARGEST // 1024 // 1024}MB，请压缩后再上传。", field="file")
    kind = kind_of(content)
    if kind is None:
        raise Refusal(
            "attachment.kind",
            "只能上传图片、PDF、Word、Excel、OFD和文本文件；这个文件的内容不是其中任何一种。",
            field="file",
        )
    media_type, endings = KINDS[kind]
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in endings:
        raise Refusal(
            "attachment.ending", f"文件名的后缀与内容不符，应为 .{endings[0]}，请核对文件后再上传。", field="file"
        )
    return media_type


def scan(content: bytes) -> None:
    """Have the office's command look at a file, if there is one. Takes up to a minute: not inside a transaction.

    Errors: `attachment.infected`, `attachment.scan_failed`.
    """
    command = os.environ.get("BANJIE_SCAN_COMMAND", "").strip()
    if not command:
        return
    try:
        done = subprocess.run(
            shlex.split(command), input=content, capture_output=True, timeout=SCAN_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise BanjieError(
            "attachment.scan_failed", "病毒扫描没有完成，文件没有保存，请联系管理员。", status=503
        ) from error
    if done.returncode == 1:
        raise Refusal("attachment.infected", "文件中发现病毒，没有保存。", field="file")
    if done.returncode != 0:
        raise BanjieError("attachment.scan_failed", "病毒扫描没有完成，文件没有保存，请联系管理员。", status=503)


def _packed(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None  # macros
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text) and not text.lstrip().startswith("<")
