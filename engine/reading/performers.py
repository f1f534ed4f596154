"""Who does a user task, in pure BPMN: potential owners and performers (formal/2011-01-03, 10.2.1, 10.2.4).

A potential owner is `group(leaders)`, `user(wang)` or a bare name, which is a group; several with commas between. With
a `resourceRef` it is the group that bears the resource's name. A human performer or performer is the assignee.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.reading.extensions import child, child_text, children, formal

if TYPE_CHECKING:
    from engine.reading.parser import DiagramParser

Xml = Any  # an lxml element

WRAPPED = re.compile(r"(user|group)\s*\((.*)\)", re.DOTALL)


def read_performers(node: Any, xml: Xml, parser: DiagramParser) -> None:
    """Fill assignee and candidates of a user task."""
    users: list[str] = []
    groups: list[str] = []
    for owner in children(xml, "potentialOwner"):
        for part in _said(owner, node.id, parser).split(","):
            wrapped = WRAPPED.fullmatch(part.strip())
            kind, name = wrapped.groups() if wrapped is not None else ("group", part)
            if name.strip():
                (users if kind == "user" else groups).append(name.strip())
    node.candidate_users = parser.notes.template(",".join(users), node.id, "candidate users")
    node.candidate_groups = parser.notes.template(",".join(groups), node.id, "candidate groups")
    for kind in ("humanPerformer", "performer"):
        performer = child(xml, kind)
        if performer is not None and node.assignee is None:
            said = _said(performer, node.id, parser)
            wrapped = WRAPPED.fullmatch(said)
            name = wrapped.group(2).strip() if wrapped is not None else said
            node.assignee = parser.notes.template(name, node.id, "assignee")


def _said(role: Xml, element_id: str, parser: DiagramParser) -> str:
    assignment = child(role, "resourceAssignmentExpression")
    if assignment is not None:
        for name in ("formalExpression", "expression"):
            text = formal(assignment, name, element_id, parser.notes)
            if text is not None:
                return text
    ref = child_text(role, "resourceRef")
    resource = parser.by_id("resource", ref) if ref else None
    return "" if resource is None else (resource.get("name") or resource.get("id") or "")
