"""Every scenario file beside the diagrams, on both databases; and which sequence flows they took together."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.coverage import flow_coverage
from web.paths import PROCESSES
from web.play import Outcome, play

FILES = sorted(PROCESSES.glob("*/scenarios/*.toml"))
# Flows that no scenario takes, with the reason. None is in a main path.
UNCOVERED: dict[str, dict[str, str]] = {
    "attendance_leave": {
        "Flow_lost": "between approval and entry the other of a post has left: tests/handlers/test_leave.py"
    }
}

_outcomes: list[Outcome] = []


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.parent.name}/{path.stem}" for path in FILES])
def test_scenario(path: Path, tables_url: str) -> None:
    outcome = play(path, tables_url)
    _outcomes.append(outcome)
    assert not outcome.differences, "\n".join(outcome.differences)


def test_every_sequence_flow_is_taken() -> None:
    assert len({outcome.scenario.path for outcome in _outcomes}) == len(FILES), "run the whole module"
    missing = {
        key: sorted(flows) for key, (_, flows) in flow_coverage([outcome.flows for outcome in _outcomes]).items()
    }
    assert {key: flows for key, flows in missing.items() if flows} == {
        key: sorted(flows) for key, flows in UNCOVERED.items()
    }
