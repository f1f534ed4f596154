"""The heat map: where the matters of a regulation stand, on its diagram as it is in force."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from office import access, heat
from web.api.common import Program, Reading, Who

router = APIRouter(tags=["统计"])


@router.get("/heat/{key}", summary="流程热力图")
def shown(key: str, who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    steps = heat.heat(uow, viewer, [key], now=now)
    definition = banjie.engine.versions.current(uow, who.org_id, key)
    return {"key": key, "name": definition.name, "xml": definition.bpmn.decode("utf-8", "replace"), "steps": steps}


@router.get("/heat", summary="有热力图的制度")
def listed(who: Who, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    viewer = access.viewer_of(uow, who.org_id, who.user_id)
    if not (viewer.is_admin or viewer.is_leader):
        access.require_role(viewer, "supervisor", "petition_office")
    current = [one for _, one in banjie.engine.versions.all_current(uow, who.org_id)]
    return sorted(({"key": one.key, "name": one.name} for one in current), key=lambda one: one["name"])
