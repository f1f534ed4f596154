"""Running matters go over to another version of their regulation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from engine.migration.batch import Wish
from web import migrating
from web.api.common import Admin, Program, Reading, Whole

router = APIRouter()


class Wanted(BaseModel):
    """From which version to which; `mapping`: old element to new one, where the ids differ."""

    from_version: Whole
    to_version: Whole
    mapping: dict[str, str] = Field(default_factory=dict, max_length=1000)
    keep_timers: bool = False

    def wish(self, key: str) -> Wish:
        return Wish(
            process_key=key, from_version=self.from_version, to_version=self.to_version, mapping=self.mapping,
            keep_timers=self.keep_timers,
        )  # fmt: skip


class Chosen(Wanted):
    """Which instances, and why. `instances` left out: all of the version."""

    instances: list[str] | None = Field(default=None, max_length=10_000)
    reason: str = Field(min_length=1, max_length=500)


@router.post("/definitions/{key}/migration/preview", summary="迁移在办事项：预览")
def preview(key: str, body: Wanted, who: Admin, uow: Reading, banjie: Program) -> dict[str, Any]:
    return migrating.preview(banjie, uow, who.org_id, body.wish(key), by=who.user_id)


@router.post("/definitions/{key}/migration", summary="迁移在办事项")
def migrate(key: str, body: Chosen, who: Admin, banjie: Program) -> dict[str, Any]:
    return migrating.migrate(banjie, who.org_id, body.wish(key), body.instances, reason=body.reason, by=who.user_id)


@router.get("/definitions/{key}/migrations", summary="迁移记录")
def migrations(key: str, who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return migrating.history(uow, who.org_id, key)


@router.post("/migrations/{batch_id}/undo", summary="撤销迁移")
def undo(batch_id: str, who: Admin, banjie: Program) -> list[dict[str, Any]]:
    return migrating.undo(banjie, who.org_id, batch_id, by=who.user_id)
