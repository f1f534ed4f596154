"""The scenarios of seven organisations once more, each act over HTTP as the inbox's page does it, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.paths import PROCESSES
from web.play import play
from web.scenario import read_scenario

NAMED = {f"A{number:02}" for number in (7, 8, 9, *range(30, 45), 65, 66, 67, 70, 78, 79, 80)}
SOURCES = {path: set(read_scenario(path).source) for path in sorted(PROCESSES.glob("*/scenarios/*.toml"))}
FILES = [path for path, source in SOURCES.items() if source & NAMED]


def test_each_named_scenario_has_a_file() -> None:
    assert set().union(*SOURCES.values()) >= NAMED


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.parent.name}/{path.stem}" for path in FILES])
def test_scenario_over_http(path: Path, tables_url: str) -> None:
    outcome = play(path, tables_url, http=True)
    assert not outcome.differences, "\n".join(outcome.differences)
