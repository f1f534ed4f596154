"""Norms of conduct (kind N): shown beside a task, never blocking (requirements §0.2; R21-R25, R28-R30, R97)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from office.organisations import processes_folder


def norms(profile: str, process_key: str) -> list[dict[str, str]]:
    """The norms for a task of a regulation in an organisation with this profile: text and source."""
    return [
        {"text": norm["text"], "source": norm["source"]}
        for norm in _all()
        if (not norm.get("processes") or process_key in norm["processes"])
        and (not norm.get("profiles") or profile in norm["profiles"])
    ]


@lru_cache(maxsize=1)
def _all() -> list[dict[str, Any]]:
    path = processes_folder() / "guidance.toml"
    found: list[dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))["norm"]
    return found
