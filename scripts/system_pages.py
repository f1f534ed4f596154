"""Write docs/systems from the folders of processes/, and draw the pictures of diagrams that changed.

    .venv/bin/python scripts/system_pages.py

Needs Chromium for the pictures, as `scripts/draw_bpmn.py` does. Pictures that no page shows any more are removed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import draw_bpmn  # noqa: E402

from web import system_pages  # noqa: E402
from web.paths import PROCESSES  # noqa: E402

PAGES, PICTURES = ROOT / "docs" / "systems", ROOT / "docs" / "images" / "systems"


def main() -> int:
    """Write all pages; gives the exit code of the drawing."""
    PAGES.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    folders = [PROCESSES / key for key in dict.fromkeys(system_pages.systems().values())]
    wanted = {system_pages.picture_name(folder): folder for folder in folders}
    for old in PICTURES.glob("*.png"):
        if old.name not in wanted:
            old.unlink()
    missing = {name: folder for name, folder in wanted.items() if not (PICTURES / name).exists()}
    code = 0
    if missing:
        with tempfile.TemporaryDirectory() as drawn:
            files = [str(folder / f"{folder.name}.bpmn") for folder in missing.values()]
            code = draw_bpmn.main([*files, "--out", drawn, "--scale", "1"])
            for name, folder in missing.items():
                (PICTURES / name).write_bytes((Path(drawn) / f"{folder.name}.png").read_bytes())
    for system in system_pages.systems():
        (PAGES / f"{system}.md").write_text(system_pages.page(system), "utf-8")
    (PAGES / "README.md").write_text(system_pages.index(), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
