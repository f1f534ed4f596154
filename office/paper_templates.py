"""Word templates of documents: as shipped in processes/documents, or the office's own in their place.

A template is a .docx whose places are written `{{ name }}` (docxtpl). It may print values and loop over them, nothing
else: it runs in Jinja's sandbox, names that a document does not know are refused when it is put in place, and so are
macros and parts that are fetched from elsewhere.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Environment, TemplateError, Undefined
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree
from sqlalchemy import insert, select

from office.organisations import processes_folder
from office.paper_forms import COMMON, MEANINGS, PAPERS, Paper
from office.people import names_of
from office.register_catalogue import REGISTERS
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import paper_template

LARGEST = 2 * 1024 * 1024  # bytes of a template
UNPACKED = 20 * 1024 * 1024  # bytes of its parts
_LISTS = frozenset(("required_materials", "missing_items", "formalities", "requirements", "procedure"))
_EXTERNAL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_SAFE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def known_names(paper: Paper) -> frozenset[str]:
    """The names that a template of this document may use."""
    labels = REGISTERS[paper.register].labels if paper.register else {}
    return frozenset(COMMON) | set(paper.keys) | {blank.key for blank in paper.blanks} | set(labels)


def get_paper(form: str) -> Paper:
    """A kind of document. Errors: NotFound `document.no_template`."""
    if form not in PAPERS:
        raise NotFound("document.no_template", f"没有“{form}”的文书模板。", field="form")
    return PAPERS[form]


def current(uow: UnitOfWork, org_id: str, form: str, processes: Path | None = None) -> bytes:
    """The template in force: the office's own, else the shipped one. Errors: NotFound `document.no_template`."""
    row = _newest(uow, org_id, form)
    if row is not None and row.content is not None:
        return bytes(row.content)
    return shipped(form, processes)


def shipped(form: str, processes: Path | None = None) -> bytes:
    """The template as shipped. Errors: NotFound `document.no_template`."""
    path = (processes or processes_folder()) / "documents" / f"{form}.docx"
    if form not in PAPERS or not path.is_file():
        raise NotFound("document.no_template", f"没有“{form}”的文书模板，请联系管理员。", field="form")
    return _bytes(path, path.stat().st_mtime_ns)


def replace(
    uow: UnitOfWork, org_id: str, form: str, name: str, content: bytes, *, reason: str, now: datetime, by: str
) -> int:
    """Put an own template in force; gives its version. Earlier ones are kept.

    Errors: `document.no_template`, `template.no_reason`, and those of `check`.
    """
    check(get_paper(form), content)
    return _add(uow, org_id, form, name, content, reason=reason, now=now, by=by)


def restore(uow: UnitOfWork, org_id: str, form: str, *, reason: str, now: datetime, by: str) -> int:
    """Back to the shipped template. Errors: `document.no_template`, `template.no_reason`, `template.is_shipped`."""
    get_paper(form)
    row = _newest(uow, org_id, form)
    if row is None or row.content is None:
        raise Refusal("template.is_shipped", "现在用的就是系统自带的模板。", field="form")
    return _add(uow, org_id, form, "", None, reason=reason, now=now, by=by)


def versions(uow: UnitOfWork, org_id: str) -> list[dict[str, Any]]:
    """What was put in place of the shipped templates, newest first; `own` false: back to the shipped one."""
    table = paper_template.c
    query = select(table.form, table.version, table.name, table.at, table.by, table.reason, table.content.is_not(None))
    rows = uow.conn.execute(query.where(table.org_id == org_id).order_by(table.at.desc(), table.version.desc())).all()
    names = names_of(uow, org_id, [row.by for row in rows])
    return [
        {
            "form": row.form,
            "version": row.version,
            "name": row.name,
            "at": row.at,
            "by_name": names.get(row.by),
            "reason": row.reason,
            "own": bool(row[6]),
        }
        for row in rows
    ]


def check(paper: Paper, content: bytes) -> None:
    """Refuse what cannot be a template of the document.

    Errors: `template.too_large`, `template.not_word`, `template.macros`, `template.external`, `template.unknown_name`
    (with the names in `details`), `template.broken`.
    """
    if len(content) > LARGEST:
        raise Refusal("template.too_large", f"模板超过{LARGEST // 1024 // 1024}MB。", field="file")
    _check_parts(content)
    try:
        names = DocxTemplate(io.BytesIO(content)).get_undeclared_template_variables(environment())
    except (TemplateError, ValueError, KeyError) as problem:
        raise Refusal("template.broken", f"模板写法有误：{problem}", field="file") from None
    strange = sorted(names - known_names(paper))
    if strange:
        words = "、".join(strange)
        raise Refusal(
            "template.unknown_name", f"模板中有“{paper.name}”没有的栏目：{words}。", field="file", details=strange
        )
    try:
        fill(content, sample(paper))
    except Exception as problem:  # whatever a template can do wrong, its writer is told
        raise Refusal("template.broken", f"模板试印失败：{problem}", field="file") from None


def fill(template: bytes, values: dict[str, Any]) -> bytes:
    """The Word file of a template with these values; what is missing stays blank."""
    filled = DocxTemplate(io.BytesIO(template))
    filled.render(values, jinja_env=environment())
    out = io.BytesIO()
    filled.save(out)
    return out.getvalue()


def sample(paper: Paper) -> dict[str, Any]:
    """A value for each name, to look at a template."""
    labels = {**MEANINGS, **COMMON, **{blank.key: blank.label for blank in paper.blanks}}
    if paper.register:
        labels |= REGISTERS[paper.register].labels
    values: dict[str, Any] = {name: f"〔{labels.get(name, name)}〕" for name in known_names(paper)}
    values |= {name: ["示例一", "示例二"] for name in _LISTS & known_names(paper)}
    if "rows" in paper.keys:
        values["rows"] = [{"label": "栏目一", "value": "内容一"}, {"label": "栏目二", "value": "内容二"}]
    return values


def environment() -> Environment:
    """Templates may print values and loop over them, nothing else; a name that is not given prints nothing."""
    return SandboxedEnvironment(autoescape=True, undefined=Undefined)


def _check_parts(content: bytes) -> None:
    not_word = Refusal("template.not_word", "不是 Word 文档（.docx），请用 Word 或 WPS 另存为 .docx。", field="file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if "word/document.xml" not in packed.namelist() or sum(one.file_size for one in parts) > UNPACKED:
                raise not_word
            if any("vbaProject" in one.filename for one in parts):
                raise Refusal("template.macros", "模板中有宏，请另存为不含宏的 .docx。", field="file")
            for one in parts:
                if one.filename.endswith((".xml", ".rels")):
                    _check_part(packed.read(one), one.filename)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, NotImplementedError, RuntimeError):
        raise not_word from None


def _check_part(content: bytes, name: str) -> None:
    root = etree.fromstring(content, _SAFE)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refusal("template.not_word", "文档中有不允许的声明（DOCTYPE）。", field="file")
    if name.endswith(".rels"):
        for one in root.iter(_EXTERNAL):
            if one.get("TargetMode") == "External" and not str(one.get("Type")).endswith("/hyperlink"):
                raise Refusal("template.external", "模板引用了外部的文件，请把图片等嵌入文档。", field="file")


def _add(
    uow: UnitOfWork, org_id: str, form: str, name: str, content: bytes | None, *, reason: str, now: datetime, by: str
) -> int:
    if not reason.strip():
        raise Refusal("template.no_reason", "请写明更换模板的理由。", field="reason")
    row = _newest(uow, org_id, form)
    version = 1 if row is None else int(row.version) + 1
    uow.conn.execute(
        insert(paper_template).values(
            org_id=org_id, form=form, version=version, name=Path(name).name, content=content, at=now, by=by,
            reason=reason.strip(),
        )
    )  # fmt: skip
    return version


def _newest(uow: UnitOfWork, org_id: str, form: str) -> Any:
    mine = (paper_template.c.org_id == org_id) & (paper_template.c.form == form)
    query = select(paper_template.c.version, paper_template.c.content).where(mine)
    return uow.conn.execute(query.order_by(paper_template.c.version.desc()).limit(1)).one_or_none()


@lru_cache(maxsize=64)
def _bytes(path: Path, _mtime: int) -> bytes:
    return path.read_bytes()
