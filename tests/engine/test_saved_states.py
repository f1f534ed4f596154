"""Every format in which an instance was ever stored still loads and finishes as it would have then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.state import FORMAT, decode
from storage.errors import BanjieError
from tests.engine.saved_states import FOLDER, replay

CASES = sorted(FOLDER.glob("*/*"), key=lambda path: (int(path.parent.name), path.name))


@pytest.mark.parametrize("folder", CASES, ids=[f"{path.parent.name}-{path.name}" for path in CASES])
def test_loads_and_finishes(folder: Path) -> None:
    assert json.loads((folder / "state.json").read_bytes())["format"] == int(folder.parent.name)
    replay(folder)


def test_every_format_is_kept() -> None:
    """Whoever changes the format adds its saved instances (`python -m tests.engine.saved_states`)."""
    assert {int(path.name) for path in FOLDER.iterdir()} == set(range(1, FORMAT + 1))
    for number in range(1, FORMAT + 1):
        assert len([path for path in CASES if path.parent.name == str(number)]) >= 30


def test_a_newer_format_is_refused_by_name() -> None:
    with pytest.raises(BanjieError, match=r"^state\.format:"):
        decode(json.dumps({"format": FORMAT + 1}).encode())
