"""For administrators, one module a subject: definitions, migrations, instances, people, calendar, schedules."""

from fastapi import APIRouter

from web.api.admin import (
    calendar,
    channels,
    definitions,
    incidents,
    instances,
    mail,
    migrations,
    papers,
    people,
    posts,
    safety,
    schedules,
    settings,
    webhooks,
)

router = APIRouter(prefix="/admin", tags=["管理"])
for room in (
    definitions,
    migrations,
    instances,
    incidents,
    mail,
    channels,
    people,
    posts,
    calendar,
    schedules,
    settings,
    safety,
    papers,
    webhooks,
):
    router.include_router(room.router)
