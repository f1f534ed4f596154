"""Documents as PDF by LibreOffice, where the server has it (`BANJIE_SOFFICE`, else `soffice` on the path).

One conversion at a time, in a process of its own that is ended after a minute. Only what Banjie itself wrote from a
template is converted, never a file that somebody handed in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from storage.errors import BanjieError

SECONDS = 60
_one_at_a_time = threading.Lock()


def available() -> bool:
    """Whether this server can make PDF."""
    return _program() is not None


@lru_cache(maxsize=32)
def convert(word: bytes) -> bytes:
    """The PDF of a Word document. Errors: `document.no_pdf` (501), `document.pdf_failed` (503)."""
    program = _program()
    if program is None:
        raise BanjieError(
            "document.no_pdf",
            "本服务器没有安装 LibreOffice，不能转成 PDF；可以预览后打印，或下载 Word 文件。",
            status=501,
        )
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="banjie-pdf-") as folder:
        source, made = Path(folder, "document.docx"), Path(folder, "document.pdf")
        source.write_bytes(word)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [
            program,
            "--headless",
            "--norestore",
            profile,
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            str(source),
        ]
        try:
            subprocess.run(command, check=True, timeout=SECONDS, capture_output=True, env=_environment(folder))
            return made.read_bytes()
        except (subprocess.SubprocessError, OSError):
            raise BanjieError(
                "document.pdf_failed", "转成 PDF 没有成功，请稍后再试，或下载 Word 文件。", status=503
            ) from None


def _program() -> str | None:
    return shutil.which(os.environ.get("BANJIE_SOFFICE", "soffice"))


def _environment(home: str) -> dict[str, str]:
    """What the program needs and no more: no keys, no addresses of databases."""
    return {"HOME": home, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"}
