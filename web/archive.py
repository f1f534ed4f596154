"""A case as one package that can be read without Banjie: a zip with a page to read, all its rows, documents, diagrams.

`index.html` opens in any browser; `rows/` has every row of the case as JSON, the history with its chain of hashes;
`documents/` the files; `definitions/` the diagrams, forms and tables by which it ran. `manifest.json` and `SHA256SUMS`
name each file's SHA-256 (`sha256sum -c SHA256SUMS`). What is sealed in the database is plain here.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from sqlalchemy import ColumnElement, Table, select

from office import access, documents, timeline
from office.access import Viewer
from office.case_rows import rows_of
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Forbidden
from storage.tables import engine as tables
from storage.tables import office as office_tables
from web.acts import Actor
from web.api.labels import Labels
from web.banjie import Banjie

FORMAT = 1
ROLES = frozenset({"archivist", "petition_office", "petition_office_head"})
# Who read the case and what its people were told is about the case, but no part of it; notes of health and order are
# for those who handle it alone.
_NOT_OF_THE_CASE = frozenset({"access_log", "notice", "mail", "case_note"})
_FACTS = (
    ("number", "编号"), ("title", "标题"), ("state_text", "状态"), ("result_text", "结果"), ("matter", "事项"),
    ("demand", "诉求"), ("restated_demand", "确认的诉求"), ("channel_text", "渠道"), ("kind_text", "类别"),
    ("received_at", "收到"), ("registered_at", "登记"), ("accepted_at", "受理"), ("closed_at", "办结"),
    ("handling_unit_name", "承办单位"), ("handler_name", "承办人"), ("owner_name", "包案人"),
)  # fmt: skip
_PERSON = (("name", "姓名"), ("gender_text", "性别"), ("age", "年龄"), ("phone", "电话"), ("address", "住址"))
_STYLE = (
    "body{font:15px/1.7 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}h1{font-size:1.5em}"
    "h2{font-size:1.15em;border-bottom:1px solid #ccc;margin-top:2em}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top}th{background:#f4f6f8}"
    "dl{display:grid;grid-template-columns:9em 1fr;gap:2px 1em;margin:0}dt{color:#666}dd{margin:0}.small{color:#666}"
)


def may_archive(uow: UnitOfWork, viewer: Viewer, case_id: str) -> bool:
    """Archivists, the petition office and leaders who take part in the case: the package holds every answer."""
    if not (viewer.is_leader or viewer.roles & ROLES):
        return False
    case = office_tables.case_file
    query = select(case.c.id).where(case.c.org_id == viewer.org_id, case.c.id == case_id)
    return uow.conn.execute(query.where(access.readable_cases(viewer), access.takes_part(viewer))).first() is not None


def package(banjie: Banjie, uow: UnitOfWork, who: Actor, case_id: str) -> tuple[str, bytes]:
    """File name and content of the package; who made it is logged.

    Errors: `archive.role`, and those of `access.require_may_see` (R65: never for the accused).
    """
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    access.require_may_see(uow, viewer, case_id, now=now, act="archive", source=who.source)
    if not may_archive(uow, viewer, case_id):
        raise Forbidden("archive.role", "只有经办过这件事项的档案管理员、信访办人员和领导可以导出归档包。")
    return whole(banjie, uow, who, case_id)


def whole(banjie: Banjie, uow: UnitOfWork, who: Actor, case_id: str) -> tuple[str, bytes]:
    """File name and content of the package of any case, for the program's own use: rights are not asked."""
    now = banjie.clock.now()
    viewer = access.viewer_of(uow, who.org_id, who.user_id, now=now)
    told = timeline.case_page(uow, viewer, case_id, now=now, whole=True)
    Labels(banjie.engine, uow, who.org_id, case_id).case_page(told)
    files: dict[str, bytes] = {}
    for document in told["documents"]:
        content = documents.get_document(uow, who.org_id, document["id"]).content
        files[f"documents/{document['id']}-{_safe(document['name'])}"] = content
    for name, rows in _rows(uow, who.org_id, case_id):
        files[f"rows/{name}.json"] = _json(rows)
    for path, content in _definitions(banjie, uow, who.org_id, case_id):
        files[f"definitions/{path}"] = content
    files["index.html"] = _page(told, [name for name in files if name.startswith("documents/")], now).encode()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {
        "format": FORMAT, "case_id": case_id, "number": told["case"].get("number"), "made_at": now.isoformat(),
        "files": {name: {"sha256": digest, "size": len(files[name])} for name, digest in sums.items()},
    }  # fmt: skip
    files["manifest.json"] = _json(manifest)
    sums["manifest.json"] = hashlib.sha256(files["manifest.json"]).hexdigest()
    files["SHA256SUMS"] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return f"{_safe(told['case'].get('number') or case_id)}.zip", target.getvalue()


def _rows(uow: UnitOfWork, org_id: str, case_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every table that has something of the case, with its rows in the order of their keys."""
    for table, mine in rows_of(org_id, case_id):
        if table.name in _NOT_OF_THE_CASE:
            continue
        rows = _of(uow, table, mine)
        if rows:
            yield table.name, rows


def _of(uow: UnitOfWork, table: Table, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in ("blob", "content")]
    query = select(*columns).where(mine).order_by(*table.primary_key.columns)
    return [dict(row) for row in uow.conn.execute(query).mappings()]


def _definitions(banjie: Banjie, uow: UnitOfWork, org_id: str, case_id: str) -> Iterator[tuple[str, bytes]]:
    """The files of each version of a regulation by which the case ran."""
    instance, definition = tables.instance, tables.definition
    used = select(instance.c.definition_hash).where(instance.c.org_id == org_id, instance.c.business_key == case_id)
    query = select(definition.c.hash, definition.c.key, definition.c.files).where(definition.c.hash.in_(used))
    for row in uow.conn.execute(query.order_by(definition.c.key, definition.c.hash)):
        for path, text in row.files.items():
            yield f"{row.key}-{row.hash[:12]}/{path}", text.encode()


def _page(told: Mapping[str, Any], files: list[str], now: datetime) -> str:
    case = told["case"]
    steps = [
        [_told(step.get("at")), step.get("name"), f"{step.get('actor_name') or '系统'} {step.get('role') or ''}",
         "\n".join([*filter(None, [step.get("outcome_text"), step.get("remarks")]), *_pairs(step.get("data"))])]
        for step in told["steps"]
    ]  # fmt: skip
    limits = [[one.get("name"), _told(one.get("due_at")), _told(one.get("closed_at"))] for one in told["deadlines"]]
    entries = [
        [f"{one.get('register')} {one.get('name') or ''}", one.get("seq"), _told(one.get("at")),
         "\n".join(_pairs(one.get("fields")))]
        for one in told["registers"]
    ]  # fmt: skip
    links = "".join(f'<li><a href="{escape(name)}">{escape(name.split("-", 1)[-1])}</a></li>' for name in files)
    number, title = escape(str(case.get("number") or "归档")), escape(str(case.get("title") or ""))
    lead = "各文件的 SHA-256 见 SHA256SUMS；全部原始记录在 rows/，流程图在 definitions/。"
    return "".join((
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{number}</title><style>{_STYLE}</style>',
        f'<h1>{number} {title}</h1><p class="small">归档包，{_told(now)} 由“办结”导出。{lead}</p>',
        "<h2>基本情况</h2>", _list(case, _FACTS), "<h2>信访人</h2>", _list(told.get("party") or {}, _PERSON),
        "<h2>办理过程</h2>", _table(("时间", "环节", "办理人", "内容"), steps),
        "<h2>时限</h2>", _table(("时限", "到期", "办结"), limits),
        "<h2>登记簿</h2>", _table(("登记簿", "序号", "时间", "内容"), entries),
        "<h2>文书与附件</h2>", f"<ul>{links}</ul>" if links else "<p>无</p>", "</html>\n",
    ))  # fmt: skip


def _list(row: Mapping[str, Any], asked: tuple[tuple[str, str], ...]) -> str:
    told = [(label, row.get(key)) for key, label in asked if row.get(key) not in (None, "")]
    if not told:
        return "<p>无</p>"
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{escape(_told(value))}</dd>" for label, value in told) + "</dl>"


def _table(heads: tuple[str, ...], rows: list[list[Any]]) -> str:
    if not rows:
        return "<p>无</p>"
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_told(cell)).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _pairs(labelled: Any) -> list[str]:
    """Answers with their labels, one a line."""
    return [f"{one.get('label')}：{_told(one.get('value'))}" for one in labelled or [] if one.get("value") is not None]


def _told(value: Any) -> str:
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "、".join(_told(one) for one in value)
    return "" if value is None else str(value)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    return local(value).isoformat() if isinstance(value, datetime) else str(value)


def _safe(name: str) -> str:
    return "".join("_" if char in '/\\:*?"<>|' or ord(char) < 32 else char for char in name)[:150]
