"""The list of what Banjie is made of says what the locks say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_locked_package_is_listed_with_its_version_and_hashes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "scripts/sbom.py", str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    python = json.loads((tmp_path / "python.json").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert (python["bomFormat"], python["specVersion"]) == ("CycloneDX", "1.5")
    listed = {f"{one['name']}=={one['version']}" for one in python["components"]}
    assert listed == set(re.findall(r"^([\w.-]+==[\w.]+)", lock, re.MULTILINE)) and len(listed) > 50
    hashes = {found["content"] for one in python["components"] for found in one["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:(\w+)", lock))

    web = json.loads((tmp_path / "web.json").read_text("utf-8"))
    wanted = json.loads((ROOT / "web/app/package.json").read_text("utf-8"))["dependencies"]
    assert set(wanted) <= {one["name"] for one in web["components"]}
