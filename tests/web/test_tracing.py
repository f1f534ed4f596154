"""Every clause of the systems is carried and proven; the pages of docs/systems say what the folders hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.errors import BanjieError
from web import system_pages
from web.cli import main
from web.paths import PROCESSES
from web.tracing import chosen, parse_systems, trace

DOCS = Path(__file__).parents[2] / "docs"
SYSTEMS = "R36-R38,R40-R47,L14-L17"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the regulations that a test may spoil."""
    return Path(shutil.copytree(PROCESSES, tmp_path / "processes"))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_no_clause_of_these_systems_is_without_carrier_or_proof(capsys: pytest.CaptureFixture[str]) -> None:
    found, missing = chosen(trace(), parse_systems(SYSTEMS))
    assert missing == []
    assert {clause.id: clause.gaps for clause in found if clause.gaps} == {}
    assert len(found) > 80
    assert main(["trace", "--systems", SYSTEMS]) == 0
    assert "R42.7\t局长审批" in capsys.readouterr().out


def test_a_clause_that_nothing_carries_is_named(copy: Path) -> None:
    replace(copy / "resettlement_superior" / "resettlement_superior.bpmn", "R42.8", "R42")
    assert trace(copy)["R42.8"].gaps == ["没有承载"]


def test_a_clause_that_nothing_proves_is_named(copy: Path) -> None:
    replace(copy / "resettlement_city" / "scenarios" / "a37_section_first.toml", ', "R43.5"', "")
    assert trace(copy)["R43.5"].gaps == ["没有情景证明"]


def test_a_scenario_cannot_prove_what_no_regulation_says(copy: Path) -> None:
    replace(copy / "resettlement_city" / "scenarios" / "a37_section_first.toml", '"R43.5"', '"R43.95"')
    with pytest.raises(BanjieError, match=r"R43\.95"):
        trace(copy)


def test_a_row_of_a_table_and_a_norm_carry_too() -> None:
    clauses = trace()
    assert any(one.startswith("决策表 approval_steps") for one in clauses["R42.6"].carriers)
    assert any(one.startswith("办理提示") for one in clauses["R46.2"].carriers)


@pytest.mark.parametrize(
    ("text", "found"),
    [("R36,R40-R42", ["R36", "R40", "R41", "R42"]), ("L14-L15, R36,R36", ["L14", "L15", "R36"]), ("", [])],
)
def test_systems_are_given_one_by_one_or_as_a_range(text: str, found: list[str]) -> None:
    assert parse_systems(text) == found


@pytest.mark.parametrize("text", ["R", "40-42", "R1-L3", "R36;R37"])
def test_what_is_no_system_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--systems", text]) == 1
    assert "trace.bad_systems" in capsys.readouterr().err


def test_a_system_without_clauses_is_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "--systems", "R42,R99"]) == 1
    assert "R99：没有列出条款" in capsys.readouterr().err


@pytest.mark.parametrize("system", sorted(system_pages.systems()))
def test_the_page_of_a_system_is_up_to_date(system: str) -> None:
    """Otherwise: run scripts/system_pages.py."""
    assert (DOCS / "systems" / f"{system}.md").read_text("utf-8") == system_pages.page(system)


def test_the_pages_show_the_diagrams_as_they_are() -> None:
    folders = {PROCESSES / key for key in system_pages.systems().values()}
    pictures = {path.name for path in (DOCS / "images" / "systems").glob("*.png")}
    assert pictures == {system_pages.picture_name(folder) for folder in folders}, "run scripts/system_pages.py"
    assert (DOCS / "systems" / "README.md").read_text("utf-8") == system_pages.index()
    assert {path.stem for path in (DOCS / "systems").glob("*.md")} == {*system_pages.systems(), "README"}
