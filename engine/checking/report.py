"""What the rules are given, and where they say what they have found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.definition import Body, Definition
from engine.elements.base import Node
from engine.findings import Finding

if TYPE_CHECKING:
    from engine.reading.definitions import Known
    from engine.reading.notes import Notes


class Report:
    """A definition under check."""

    def __init__(self, definition: Definition, known: Known, notes: Notes) -> None:
        self.definition = definition
        self.known = known
        self.notes = notes
        self.findings: list[Finding] = []

    @property
    def has_errors(self) -> bool:
        """Whether something was found that keeps the diagram from being deployed."""
        return any(finding.severity == "error" for finding in self.findings)

    def error(self, element_id: str, rule: str, zh: str, en: str) -> None:
        """Something that cannot run."""
        self.findings.append(Finding(element_id, rule, "error", zh, en, self.notes.file))

    def warn(self, element_id: str, rule: str, zh: str, en: str) -> None:
        """Something that runs, but is likely not meant."""
        self.findings.append(Finding(element_id, rule, "warning", zh, en, self.notes.file))

    def bodies(self) -> Iterator[Body]:
        """The insides of all processes and sub-processes."""
        ahead = list(self.definition.processes.values())
        for body in ahead:  # grows while it is read
            ahead += [node.inside for node in body.elements.values() if node.inside is not None]
        return iter(ahead)

    def nodes(self) -> Iterator[Node]:
        """All elements."""
        return iter(self.definition.elements.values())


def successors(node: Node) -> list[str]:
    """Where a token can come to next: along flows, out of boundary events, through a link."""
    found = [flow.target for flow in node.outgoing]
    for event in node.boundary_events:
        found.append(event.id)
        if event.handler is not None:
            found.append(event.handler)
    target = getattr(node, "link_target", None)
    return [*found, target] if target is not None else found
