"""Documents made by hand, on paper and as PDF; serving them; an entry of a register as a sheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from office import access, documents
from office.paper_forms import PAPERS
from storage.errors import Refusal
from web import papers, pdf
from web.api.answers import files
from web.api.common import Program, Reading, Who, Whole

router = APIRouter(tags=["文书"])
PDF = "application/pdf"
WORD = files(documents.WORD)


class Filled(BaseModel):
    """What is filled in by hand: texts by place."""

    blanks: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=10_000)]] = {}


class Service(BaseModel):
    """When, how and to whom a document was served."""

    served_on: date
    way: str = Field(max_length=20)
    receiver: str = Field(max_length=100)
    remarks: str = Field(default="", max_length=500)


@router.get("/cases/{case_id}/papers", summary="可出具的文书")
def offered(case_id: str, who: Who, uow: Reading, banjie: Program) -> dict[str, Any]:
    return {"papers": papers.offered(uow, banjie, who, case_id), "ways": papers.ways(), "pdf": pdf.available()}


@router.post("/cases/{case_id}/papers/{form}/draft", summary="预览文书", response_class=Response, responses=WORD)
def draft(case_id: str, form: str, body: Filled, who: Who, banjie: Program) -> Response:
    return _word(papers.draft(banjie, who, case_id, form, body.blanks))


@router.post("/cases/{case_id}/papers/{form}", summary="出具文书")
def make(case_id: str, form: str, body: Filled, who: Who, banjie: Program) -> dict[str, str]:
    return {"id": papers.make(banjie, who, case_id, form, body.blanks)}


@router.post("/documents/{document_id}/served", summary="登记送达")
def served(document_id: str, body: Service, who: Who, banjie: Program) -> dict[str, Any]:
    done = papers.serve(
        banjie, who, document_id, served_on=body.served_on, way=body.way, receiver=body.receiver, remarks=body.remarks
    )
    return {"seq": done.seq, "review": done.review}


@router.get("/documents/{document_id}/receipt", summary="送达回证", response_class=Response, responses=WORD)
def receipt(document_id: str, who: Who, banjie: Program) -> Response:
    return _word(papers.receipt(banjie, who, document_id))


@router.get("/documents/{document_id}/pdf", summary="文书的PDF", response_class=Response, responses=files(PDF))
def as_pdf(document_id: str, who: Who, banjie: Program) -> Response:
    with banjie.store.begin() as uow:  # reads of confidential cases are logged
        viewer = access.viewer_of(uow, who.org_id, who.user_id, now=banjie.clock.now())
        found = documents.read(uow, viewer, document_id, now=banjie.clock.now(), source=who.source, act="preview")
        form = documents.row_of(uow, who.org_id, document_id)["form"]
    if form not in PAPERS:
        raise Refusal("document.not_made_here", "只有系统出具的文书可以转成 PDF。", field="document_id")
    name = found.name.removesuffix(".docx") + ".pdf"
    return _file(name, pdf.convert(found.content), PDF, shown=True)


@router.get("/registers/{register}/{seq}/sheet", summary="打印登记表", response_class=Response, responses=WORD)
def sheet(register: str, seq: Whole, who: Who, banjie: Program) -> Response:
    return _word(papers.sheet(banjie, who, register, seq))


def _word(printed: documents.Printed) -> Response:
    return _file(printed.name, printed.content, documents.WORD)


def _file(name: str, content: bytes, media_type: str, *, shown: bool = False) -> Response:
    place = "inline" if shown else "attachment"
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f"{place}; filename*=UTF-8''{quote(name)}"}
    )
