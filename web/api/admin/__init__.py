"""For administrators, one module a subject: definitions, instances and incidents, people, calendar."""

from fastapi import APIRouter

from web.api.admin import calendar, definitions, instances, people, posts

router = APIRouter(prefix="/admin", tags=["管理"])
for room in (definitions, instances, people, posts, calendar):
    router.include_router(room.router)
