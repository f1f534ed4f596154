"""Documents: Word files made from the templates in processes/documents, and files that were handed in.

The bytes are kept once for equal content, by their SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite

from office.access import Viewer, require_may_see
from office.cases import case_data
from office.classes import class_names
from office.numbers import document_number
from office.organisations import get_organisation
from office.paper_templates import current, fill, get_paper
from office.people import names_of, units
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import attachment, document
from storage.types import new_id

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LARGEST = 20 * 1024 * 1024  # bytes of one file
_WAYS = {"oral": "口头告知", "written": "书面告知", "public": "公示告知"}
_ACCEPTANCE = {
    "accepted": "予以受理",
    "answer_now": "当场答复",
    "suggestion": "转有关部门阅处",
    "merged": "并入前件一并办理",
    "legal_channel": "请通过法定途径解决",
    "not_accepted": "不予受理",
    "concluded": "已经终结，不再受理",
}
_CHANNELS = {
    "litigation": "诉讼",
    "arbitration": "仲裁",
    "labour_arbitration": "劳动仲裁",
    "reconsideration": "行政复议",
    "discipline": "纪检监察",
    "political_legal": "政法机关",
    "administrative": "行政途径",
}
_LISTS = ("required_materials", "missing_items", "formalities", "requirements", "procedure")


def make(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    form: str,
    fields: Mapping[str, Any],
    *,
    now: datetime,
    by: str | None,
    task_id: str | None = None,
    processes: Path | None = None,
) -> str:
    """Make a document of the case from the form's template; gives the document's id.

    The template sees the case's data, the `fields` over them, and org, number, today, maker. Its number is the one
    given, else the next of the form and year. Errors: `document.no_template`, `case.unknown`.
    """
    paper = get_paper(form)
    number = fields.get("number") or fields.get("card_no")
    if paper.word and not number:
        number = document_number(uow, org_id, form, paper.word, now)
    printed = draft(uow, org_id, case_id, form, {**fields, "number": number or ""}, now=now, by=by, processes=processes)
    return store(
        uow, org_id, case_id, printed.name, printed.content, WORD, form=form, number=number, now=now, by=by,
        task_id=task_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as a file, not kept."""

    name: str
    content: bytes


def draft(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    form: str,
    fields: Mapping[str, Any],
    *,
    now: datetime,
    by: str | None,
    processes: Path | None = None,
) -> Printed:
    """The document as it would be made now, with the number in `fields`; nothing is kept and no number taken."""
    values = _values(uow, org_id, case_id, fields, now=now, by=by)
    values["number"] = fields.get("number") or ""
    content = print_values(current(uow, org_id, form, processes), values)
    told = values["case_number"] or values["number"]
    return Printed(f"{get_paper(form).name}{f'（{told}）' if told else ''}.docx", content)


def print_values(template: bytes, values: Mapping[str, Any]) -> bytes:
    """The Word file of a template with these values, each written as offices write it; what is missing stays blank."""
    return fill(template, {key: _printed(key, value) for key, value in values.items()})


def store(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    name: str,
    content: bytes,
    media_type: str,
    *,
    now: datetime,
    by: str | None,
    form: str | None = None,
    number: str | None = None,
    task_id: str | None = None,
) -> str:
    """Keep a file of the case; gives the document's id. Errors: `document.empty`, `document.too_large`."""
    if not content:
        raise Refusal("document.empty", "文件是空的，请重新选择。", field="file")
    if len(content) > LARGEST:
        raise Refusal("document.too_large", f"文件超过{LARGEST // 1024 // 1024}MB，请压缩后再上传。", field="file")
    sha256 = hashlib.sha256(content).hexdigest()
    put: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    kept = put(attachment).values(org_id=org_id, sha256=sha256, size=len(content), content=content)
    uow.conn.execute(kept.on_conflict_do_nothing())
    document_id = new_id()
    uow.conn.execute(
        insert(document).values(
            org_id=org_id,
            id=document_id,
            case_id=case_id,
            form=form,
            number=number,
            name=Path(name).name or "文件",
            media_type=media_type,
            sha256=sha256,
            size=len(content),
            task_id=task_id,
            at=now,
            by=by,
        )
    )
    return document_id


def documents_of(uow: UnitOfWork, org_id: str, case_id: str) -> list[dict[str, Any]]:
    """The documents of a case without their bytes, in the order of making."""
    query = select(document).where(document.c.org_id == org_id, document.c.case_id == case_id)
    rows = uow.conn.execute(query.order_by(document.c.at, document.c.id)).all()
    names = names_of(uow, org_id, [row.by for row in rows])
    return [{**row._mapping, "by_name": names.get(row.by)} for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A document with its bytes."""

    id: str
    case_id: str
    name: str
    media_type: str
    content: bytes
    sha256: str


def read(
    uow: UnitOfWork,
    viewer: Viewer,
    document_id: str,
    *,
    now: datetime,
    source: str | None = None,
    act: str = "download",
) -> File:
    """A document for one who may read its case; logged if the case is confidential.

    Errors: NotFound `document.unknown`, also for a case that the viewer must not know of; `case.confidential`.
    """
    found = _file(uow, viewer.org_id, document_id)
    try:
        require_may_see(uow, viewer, found.case_id, now=now, act=act, source=source)
    except NotFound:
        raise _unknown() from None
    return found


def get_document(uow: UnitOfWork, org_id: str, document_id: str) -> File:
    """A document with its bytes, for the program's own use. Errors: NotFound `document.unknown`."""
    return _file(uow, org_id, document_id)


def row_of(uow: UnitOfWork, org_id: str, document_id: str) -> dict[str, Any]:
    """What is known of a document, without its bytes. Errors: NotFound `document.unknown`."""
    query = select(document).where(document.c.org_id == org_id, document.c.id == document_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise _unknown()
    return dict(row._mapping)


def _file(uow: UnitOfWork, org_id: str, document_id: str) -> File:
    query = (
        select(document, attachment.c.content)
        .join(attachment, (attachment.c.org_id == document.c.org_id) & (attachment.c.sha256 == document.c.sha256))
        .where(document.c.org_id == org_id, document.c.id == document_id)
    )
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise _unknown()
    return File(
        id=row.id,
        case_id=row.case_id,
        name=row.name,
        media_type=row.media_type,
        content=bytes(row.content),
        sha256=row.sha256,
    )


def _unknown() -> NotFound:
    return NotFound("document.unknown", "没有这个文件，或者您无权查看。")


def chinese_date(day: date | datetime) -> str:
    """2026年11月26日"""
    return f"{day.year}年{day.month}月{day.day}日"


def _values(
    uow: UnitOfWork, org_id: str, case_id: str, fields: Mapping[str, Any], *, now: datetime, by: str | None
) -> dict[str, Any]:
    data = case_data(uow, org_id, case_id)
    values: dict[str, Any] = {
        **data,
        "case_number": data["number"] or "",
        **{key: value for key, value in fields.items() if value not in (None, "")},
    }
    unit_names = {unit.id: unit.name for unit in units(uow, org_id, inactive=True)}
    for key in ("handling_unit", "to_unit", "lead_unit", "contact_unit", "unit_to_go", "reply_unit", "referral_unit"):
        if values.get(key) in unit_names:
            values[key] = unit_names[values[key]]
    names = names_of(uow, org_id, [by, data.get("handler"), data.get("owner")])
    values["handler"] = names.get(data.get("handler") or "", values.get("handler"))
    values["petitioner"] = "匿名" if data["anonymous"] else data.get("petitioner_name")
    accepted = values.get("decision") or data.get("acceptance")
    values["acceptance_text"] = _ACCEPTANCE.get(str(accepted or ""), "")
    values["class_names"] = "、".join(class_names(data["matter_classes"]))
    values["org"] = get_organisation(uow, org_id).name
    values["today"] = chinese_date(local(now))
    values["maker"] = names.get(by or "", "")
    return values


def _printed(key: str, value: Any) -> Any:
    """A value as the template prints it."""
    if key == "notice_way":
        ways = value if isinstance(value, list) else [value]
        return "、".join(_WAYS.get(str(way), str(way)) for way in ways if way and way != "none")
    if key == "legal_channel":
        return _CHANNELS.get(str(value), value or "")
    if key in _LISTS:
        return _lines(value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{chinese_date(local(value))} {local(value):%H:%M}"
    if isinstance(value, date):
        return chinese_date(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        if value and isinstance(value[0], Mapping):  # rows of a table
            return value
        return "、".join(str(item) for item in value)
    return value


def _lines(value: Any) -> list[str]:
    items = value.splitlines() if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return [str(item).strip() for item in items if str(item).strip()]


def _text(value: str) -> Any:
    """Dates written as 2026-11-26 in Chinese; line breaks kept."""
    try:
        moment = datetime.fromisoformat(value) if len(value) >= 10 and value[4:5] == "-" else None
    except ValueError:
        moment = None
    if moment is not None:
        clock = f" {local(moment):%H:%M}" if "T" in value else ""
        return chinese_date(local(moment) if moment.tzinfo else moment) + clock
    return value
