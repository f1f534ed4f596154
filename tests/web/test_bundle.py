"""What the browser must load before the inbox shows: small enough for an office line."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from web.paths import STATIC

MOST = 120 * 1024  # bytes, as a server sends them compressed
STATIC_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\./[^"']+)["']""")


def _closure(entries: list[Path]) -> set[Path]:
    """The files and all that they import before they run; what is imported later is not needed for the inbox."""
    found: set[Path] = set()
    waiting = list(entries)
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if file.suffix == ".js":
            waiting += [(file.parent / name).resolve() for name in STATIC_IMPORT.findall(file.read_text("utf-8"))]
    return found


def test_the_inbox_loads_at_most_120_kb() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    named = re.findall(r"""(?:src|href)=["']/(assets/[^"']+\.(?:js|css))["']""", page)
    files = _closure([STATIC / name for name in named])
    assert any("我的待办" in file.read_text("utf-8") for file in files if file.suffix == ".js")  # the inbox is in it
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in files}
    assert sum(sizes.values()) <= MOST, sizes
