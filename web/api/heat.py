"""The heat map: where the matters of a regulation stand, on its diagram as it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from engine.definition import Definition
from engine.elements.containers.call_activity import CallActivity
from office import access, heat
from web.api.common import Program, Reading, Who

router = APIRouter(tags=["统计"])


def _calls(definition: Definition) -> dict[str, str]:
    """The call activities of a regulation with what each calls, where the diagram says so."""
    return {
        node.id: node.called.source
        for node in definition.elements.values()
        if isinstance(node, CallActivity) and node.called is not None and node.called.constant
    }


def _called_by(current: Mapping[str, Definition], key: str) -> set[str]:
    """A regulation and all that it calls, directly or not."""
    found, left = set(), [key]
    while left:
        one = left.pop()
        if one in current and one not in found:
            found.add(one)
            left.extend(_calls(current[one]).values())
    return found


def _places(current: Mapping[str, Definition], definition: Definition) -> dict[str, str]:
    """Where the steps are shown on a diagram: its own at themselves, those of a called regulation at the call."""
    places = {}
    for call, called in _calls(definition).items():
        for key in _called_by(current, called):
            places.update(dict.fromkeys(current[key].elements, call))
    return places | {element: element for element in definition.elements}


@router.get("/heat/{key}", summary="流程热力图")
def shown(key: str, who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    definition = banjie.engine.versions.current(uow, who.org_id, key)
    current = {one.key: one for _, one in banjie.engine.versions.all_current(uow, who.org_id)}
    begun = [root for root in current if key in _called_by(current, root)]
    steps = heat.heat(uow, viewer, begun, now=now, places=_places(current, definition))
    return {"key": key, "name": definition.name, "xml": definition.bpmn.decode("utf-8", "replace"), "steps": steps}


@router.get("/heat", summary="有热力图的制度")
def listed(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id)
    if not viewer.is_admin:
        access.require_overview(viewer)
    current = [one for _, one in banjie.engine.versions.all_current(uow, who.org_id)]
    return sorted(({"key": one.key, "name": one.name} for one in current), key=lambda one: one["name"])
