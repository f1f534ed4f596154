"""The Word templates of documents: download, replace, restore, look at one with sample values."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Response, UploadFile

from office import documents, paper_templates
from office.field_words import LABELS
from office.paper_forms import COMMON, MEANINGS, PAPERS, Paper
from office.register_catalogue import REGISTERS
from storage.errors import Refusal
from web.api.answers import files
from web.api.common import Admin, Program, Reading

router = APIRouter()


@router.get("/papers", summary="文书模板")
def listed(who: Admin, uow: Reading) -> dict[str, Any]:
    versions = paper_templates.versions(uow, who.org_id)
    newest = {one["form"]: one for one in reversed(versions)}
    return {
        "papers": [
            {
                "form": paper.code,
                "name": paper.name,
                "word": paper.word,
                "own": newest.get(paper.code, {}).get("own", False),
                "names": _names(paper),
            }
            for paper in PAPERS.values()
        ],
        "versions": [{**one, "paper": PAPERS[one["form"]].name} for one in versions if one["form"] in PAPERS],
    }


@router.get("/papers/{form}", summary="下载文书模板", response_class=Response, responses=files(documents.WORD))
def download(form: str, who: Admin, uow: Reading) -> Response:
    paper = paper_templates.get_paper(form)
    return _word(f"{paper.name}（模板）.docx", paper_templates.current(uow, who.org_id, form))


@router.get("/papers/{form}/sample", summary="试印文书模板", response_class=Response, responses=files(documents.WORD))
def sample(form: str, who: Admin, uow: Reading) -> Response:
    paper = paper_templates.get_paper(form)
    filled = paper_templates.fill(paper_templates.current(uow, who.org_id, form), paper_templates.sample(paper))
    return _word(f"{paper.name}（试印）.docx", filled)


@router.post("/papers/{form}", summary="更换文书模板")
def replace(
    form: str,
    who: Admin,
    banjie: Program,
    reason: Annotated[str, Form(max_length=500)] = "",
    file: UploadFile | None = None,
) -> dict[str, int]:
    if file is None:
        raise Refusal("template.not_word", "请选择模板文件。", field="file")
    content = file.file.read(paper_templates.LARGEST + 1)
    with banjie.store.begin() as uow:
        version = paper_templates.replace(
            uow, who.org_id, form, file.filename or "", content, reason=reason, now=banjie.clock.now(), by=who.user_id
        )
    return {"version": version}


@router.post("/papers/{form}/restore", summary="恢复自带的文书模板")
def restore(
    form: str, who: Admin, banjie: Program, reason: Annotated[str, Form(max_length=500)] = ""
) -> dict[str, int]:
    with banjie.store.begin() as uow:
        version = paper_templates.restore(uow, who.org_id, form, reason=reason, now=banjie.clock.now(), by=who.user_id)
    return {"version": version}


def _names(paper: Paper) -> list[dict[str, str]]:
    """What a template of the document may name, with the words for it."""
    labels = {**LABELS, **MEANINGS, **COMMON, **{blank.key: blank.label for blank in paper.blanks}}
    if paper.register:
        labels |= REGISTERS[paper.register].labels
    return [{"name": name, "label": labels.get(name, "")} for name in sorted(paper_templates.known_names(paper))]


def _word(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=documents.WORD, headers=headers)
