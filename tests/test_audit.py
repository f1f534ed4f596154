"""`make audit`: known advisories fail it, and so does not being able to ask for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What the two programs say (pip-audit 2.10, npm 10), with their exit codes.
PIP = {
    "clean": (0, "No known vulnerabilities found"),
    "found": (1, "Found 2 known vulnerabilities in 1 package"),
    "away": (1, "requests.exceptions.ConnectionError: Max retries exceeded with url: /v1/query"),
}
NPM = {
    "clean": (0, "found 0 vulnerabilities"),
    "found": (1, "3 vulnerabilities (1 moderate, 2 high)"),
    "one": (1, "1 high severity vulnerability"),
    "away": (1, "npm error audit endpoint returned an error"),
}


def _says(folder: Path, name: str, told: tuple[int, str]) -> str:
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{told[1]}'\nexit {told[0]}\n", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("pip", "npm", "code"),
    [
        ("clean", "clean", 0), ("found", "clean", 1), ("clean", "found", 1), ("clean", "one", 1), ("away", "clean", 2),
        ("clean", "away", 2), ("found", "away", 2), ("away", "found", 2),
    ],
)  # fmt: skip
def test_only_a_clean_answer_passes(tmp_path: Path, pip: str, npm: str, code: int) -> None:
    programs = {
        "BANJIE_PIP_AUDIT": _says(tmp_path, "pip-audit", PIP[pip]), "BANJIE_NPM": _says(tmp_path, "npm", NPM[npm]),
    }  # fmt: skip
    done = subprocess.run(["scripts/audit"], cwd=ROOT, env=os.environ | programs, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("不能说没有漏洞" in done.stderr) is ("away" in (pip, npm))
    assert ("有已知漏洞" in done.stderr) is bool({"found", "one"} & {pip, npm})


def test_without_a_net_it_says_so() -> None:
    """The real programs, with a proxy that is not there."""
    closed = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://127.0.0.1:1")
    closed |= {
        "npm_config_fetch_retries": "0",
        "npm_config_proxy": "http://127.0.0.1:1",
        "NO_PROXY": "",
        "no_proxy": "",
    }
    closed |= {"npm_config_https_proxy": "http://127.0.0.1:1", "no_proxy": ""}
    done = subprocess.run(["scripts/audit"], cwd=ROOT, env=os.environ | closed, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("不能说没有漏洞") == 3
