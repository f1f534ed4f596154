"""Whether an element always comes before another: for variables that are read before anything can have set them.

Every way that a token could possibly go is drawn, rather too many than too few: into sub-processes and past them, out
of boundary events, into event sub-processes at any time. What all ways to an element lead through has happened before.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.checking.report import Report, successors
from engine.definition import Body
from engine.elements.base import Node


class Order:
    """The ways through all processes of a definition."""

    def __init__(self, report: Report) -> None:
        self.steps: dict[str, list[str]] = {}
        self.beginnings: list[str] = []
        for body in report.bodies():
            for node in body.elements.values():
                self.steps.setdefault(node.id, []).extend(successors(node))
            if body.node is None:
                self.beginnings += _first(body)
            else:
                self._inside(body, body.node)

    def _inside(self, body: Body, container: Node) -> None:
        self.steps.setdefault(container.id, []).extend(_first(body))
        for node in body.elements.values():
            if not node.outgoing:
                self.steps.setdefault(node.id, []).extend(successors(container))

    def always_before(self, element: str, others: Iterable[str]) -> bool:
        """Whether no way comes to any of `others` without having come to `element`."""
        wanted = set(others)
        if element in wanted:
            return False
        found, ahead = {element}, list(self.beginnings)
        while ahead:
            one = ahead.pop()
            if one in wanted:
                return False
            if one not in found:
                found.add(one)
                ahead += self.steps.get(one, [])
        return True


def _first(body: Body) -> list[str]:
    """What a body may begin with, and its event sub-processes, which may begin at any time."""
    begin = [node.id for node in (*body.starts, *body.openings, *body.event_sub_processes)]
    return begin + [node.id for node in body.elements.values() if getattr(node, "instantiate", False)]
