"""What the OpenAPI document says of answers that are no plain JSON of a route: refusals, and files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Told(BaseModel):
    """Why something was refused: a stable code, a Chinese sentence, where it was wrong."""

    code: str
    message: str
    field: str | None = None
    element: str | None = None
    details: Any = None


class Refused(BaseModel):
    """Every answer from 400 on."""

    error: Told


REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refused, "description": "未能办理：原因见编号和说明"},
    "5XX": {"model": Refused, "description": "系统暂时不能办理"},
}


def files(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route that answers with a file of one of these types."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "文件", "content": dict.fromkeys(media_types, schema)}}
