"""Which sequence flows of the shipped diagrams the scenarios have taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.xml import parse_xml
from web.deploying import regulation_folders
from web.paths import PROCESSES


def flow_coverage(
    runs: Iterable[Mapping[str, set[str]]], processes: Path = PROCESSES
) -> dict[str, tuple[int, set[str]]]:
    """For each shipped process: how many of its sequence flows some run took, and which were not.

    A run is {process key: flow ids}.
    """
    taken: dict[str, set[str]] = {}
    for run in runs:
        for key, flows in run.items():
            taken.setdefault(key, set()).update(flows)
    covered: dict[str, tuple[int, set[str]]] = {}
    for folder in regulation_folders(processes):
        flows = sequence_flows(folder / f"{folder.name}.bpmn")
        covered[folder.name] = (len(flows & taken.get(folder.name, set())), flows - taken.get(folder.name, set()))
    return covered


def sequence_flows(path: Path) -> set[str]:
    """The ids of all sequence flows of a diagram."""
    root = parse_xml(path.read_bytes(), path.name)
    return {str(node.get("id")) for node in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}sequenceFlow")}
