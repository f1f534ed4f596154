"""What people add to a case beside its steps: comments and files."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Response, UploadFile
from pydantic import BaseModel, Field

from office import access, attachments, comments, documents, safety
from storage.errors import NotFound, Refusal
from web.api.answers import files
from web.api.common import Program, Who

router = APIRouter(tags=["讨论与附件"])
SHOWN = sorted(attachments.SHOWN | {documents.WORD})


class Comment(BaseModel):
    """What is said, and who is to be told of it (user ids)."""

    text: str = Field(max_length=5000)
    mentions: list[Annotated[str, Field(max_length=100)]] = []


@router.post("/cases/{case_id}/comments", summary="发表讨论")
def say(case_id: str, body: Comment, who: Who, banjie: Program) -> dict[str, int]:
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
        if not access.may_see_case(uow, viewer, case_id):
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
        return {"seq": comments.add(uow, viewer, case_id, body.text, body.mentions, now=now)}


@router.post("/cases/{case_id}/attachments", summary="上传附件")
def attach(case_id: str, who: Who, banjie: Program, file: UploadFile | None = None) -> dict[str, str]:
    now = banjie.clock.now()
    with banjie.store.begin(write=False) as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
        if not access.may_see_case(uow, viewer, case_id):
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if file is None:
        raise Refusal("attachment.empty", "请选择要上传的文件。", field="file")
    content = file.file.read(attachments.LARGEST + 1)
    attachments.check(file.filename or "", content)
    with banjie.store.begin(write=False) as uow:
        safety.check_room(uow, who.org_id, case_id, len(content), now=now, by=who.user_id)
    attachments.scan(content)
    with banjie.store.begin() as uow:
        safety.check_room(uow, who.org_id, case_id, len(content), now=now, by=who.user_id)
        added = attachments.add(uow, who.org_id, case_id, file.filename or "", content, now=now, by=who.user_id)
    return {"id": added}


@router.get(
    "/documents/{document_id}/preview",
    summary="预览图片、PDF和Word文书",
    response_class=Response,
    responses=files(*SHOWN),
)
def preview(document_id: str, who: Who, banjie: Program) -> Response:
    with banjie.store.begin() as uow:  # reads of confidential cases are logged
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        found = documents.read(uow, viewer, document_id, now=banjie.clock.now(), source=who.source, act="preview")
    if found.media_type not in SHOWN:
        raise Refusal("document.no_preview", "这种文件不能预览，请下载后查看。")
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(found.name)}"}
    return Response(found.content, media_type=found.media_type, headers=headers)
