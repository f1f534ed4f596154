"""Regulations as the administrator keeps them: the list, versions, the modeler's checks and deployment."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, func, or_, select

from engine.expressions import BUILTIN_FUNCTIONS
from engine.registry import registry
from handlers.host import FUNCTION_NAMES
from office import access, people
from office.roles import ROLES
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables import engine as tables
from web import deploying
from web.acts import Actor, viewer
from web.api.common import Admin, Program, Reading, Whole
from web.paths import STATIC

router = APIRouter()


@router.get("/definitions", summary="制度清单")
def definitions(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    table = tables.deployment
    newest = (
        select(table.c.key, func.max(table.c.version).label("version"))
        .where(table.c.org_id == who.org_id)
        .group_by(table.c.key)
        .subquery()
    )
    query = select(table).join(newest, (newest.c.key == table.c.key) & (newest.c.version == table.c.version))
    rows = uow.conn.execute(query.where(table.c.org_id == who.org_id).order_by(table.c.key)).all()
    running = select(tables.instance.c.process_key, func.count()).where(
        tables.instance.c.org_id == who.org_id, tables.instance.c.state == "active", _not_accused(uow, who)
    )
    running = running.group_by(tables.instance.c.process_key)
    counts: dict[str, int] = {key: count for key, count in uow.conn.execute(running)}
    names = people.names_of(uow, who.org_id, [row.deployed_by for row in rows])
    return [{**_version(row, names), "instances_open": counts.get(row.key, 0)} for row in rows]


@router.get("/definitions/{key}/versions", summary="一个制度的各版本")
def versions(key: str, who: Admin, uow: Reading) -> list[dict[str, Any]]:
    table = tables.deployment
    query = select(table).where(table.c.org_id == who.org_id, table.c.key == key).order_by(table.c.version.desc())
    rows = uow.conn.execute(query).all()
    names = people.names_of(uow, who.org_id, [row.deployed_by for row in rows])
    instance = tables.instance
    running = select(instance.c.definition_hash, func.count()).where(
        instance.c.org_id == who.org_id,
        instance.c.state == "active",
        instance.c.process_key == key,
        _not_accused(uow, who),
    )
    counts: dict[str, int] = {
        digest: count for digest, count in uow.conn.execute(running.group_by(instance.c.definition_hash))
    }
    return [{**_version(row, names), "instances_open": counts.get(row.hash, 0)} for row in rows]


@router.get("/definitions/{key}/files", summary="一个版本的流程图、表单和决策表")
def files(key: str, who: Admin, uow: Reading, banjie: Program, version: Whole | None = None) -> dict[str, Any]:
    table = tables.deployment
    query = select(table).where(table.c.org_id == who.org_id, table.c.key == key)
    query = query.where(table.c.version == version) if version is not None else query.order_by(table.c.version.desc())
    row = uow.conn.execute(query.limit(1)).first()
    if row is None:
        raise NotFound("process.unknown", f"没有制度“{key}”的这个版本。")
    kept = banjie.engine.versions.files(uow, row.hash)
    diagrams = [data for path, data in kept.items() if path.endswith(".bpmn")]
    return {
        "key": key,
        "version": row.version,
        "bpmn": _text(diagrams[0]),
        "forms": {p.removesuffix(".form"): json.loads(d) for p, d in kept.items() if p.endswith(".form")},
        "dmn": {p.removesuffix(".dmn"): _text(d) for p, d in kept.items() if p.endswith(".dmn")},
    }


class Draft(BaseModel):
    """A regulation as the modeler holds it. `forms` and `dmn` left out: those in force."""

    key: str | None = Field(default=None, max_length=100, pattern=r"^[a-z][a-z0-9_]*$")
    bpmn: str
    forms: dict[str, Any] | None = None
    dmn: dict[str, str] | None = None
    base_version: int | None = None


@router.post("/lint", summary="检查流程图")
def lint(draft: Draft, who: Admin, banjie: Program) -> dict[str, Any]:
    key, kept = _draft_files(draft, who, banjie)
    findings = deploying.lint_files(key, kept, _known(who, banjie, key))
    return {"findings": [finding.to_json() for finding in findings]}


@router.post("/deploy", summary="部署流程图")
def deploy(draft: Draft, who: Admin, banjie: Program) -> dict[str, Any]:
    if draft.key is None:
        raise Refusal("deploy.key_missing", "请填写制度的编号（英文小写）。", field="key")
    key, kept = _draft_files(draft, who, banjie)
    deployed = deploying.deploy_files(
        banjie, who.org_id, key, kept, _known(who, banjie, key), actor=who.user_id, base_version=draft.base_version
    )
    told = [finding.to_json() for finding in deployed.findings]
    return {"key": key, "version": deployed.version, "new": deployed.new, "findings": told}


@router.get("/templates", summary="元素模板")
def templates(_who: Admin) -> Any:
    path = STATIC / "element-templates" / "banjie.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


@router.get("/vocabulary", summary="流程图中可用的名称")
def vocabulary(who: Admin, banjie: Program) -> dict[str, Any]:
    allowed = _known(who, banjie, None)
    return {
        "handlers": sorted(registry.handlers),
        "checks": sorted(registry.checks),
        "functions": sorted({*FUNCTION_NAMES, *BUILTIN_FUNCTIONS}),
        "roles": [{"value": role, "label": name} for role, name in ROLES.items()],
        "deadlines": sorted(allowed.deadlines or ()),
        "processes": sorted(allowed.processes or ()),
    }


def _draft_files(draft: Draft, who: Actor, banjie: Program) -> tuple[str, dict[str, bytes]]:
    key = draft.key or "draft"
    kept: dict[str, bytes] = {}
    with banjie.store.begin(write=False) as uow:
        table = tables.deployment
        query = select(table.c.hash).where(table.c.org_id == who.org_id, table.c.key == key)
        digest = uow.conn.execute(query.order_by(table.c.version.desc()).limit(1)).scalar()
        if digest is not None:
            kept = banjie.engine.versions.files(uow, digest)
    if draft.forms is not None:
        kept = {path: data for path, data in kept.items() if not path.endswith(".form")}
        kept |= {f"{name}.form": json.dumps(form, ensure_ascii=False).encode() for name, form in draft.forms.items()}
    if draft.dmn is not None:
        kept = {path: data for path, data in kept.items() if not path.endswith(".dmn")}
        kept |= {f"{name}.dmn": text.encode() for name, text in draft.dmn.items()}
    kept = {path: data for path, data in kept.items() if not path.endswith(".bpmn")}
    kept[f"{key}.bpmn"] = draft.bpmn.encode()
    return key, kept


def _known(who: Actor, banjie: Program, key: str | None) -> Any:
    with banjie.store.begin(write=False) as uow:
        table = tables.deployment
        keys = set(uow.conn.execute(select(table.c.key).where(table.c.org_id == who.org_id)).scalars())
    return deploying.known(banjie.processes, keys | ({key} if key else set()))


def _not_accused(uow: UnitOfWork, who: Actor) -> ColumnElement[bool]:
    """True for the instances that may be counted for the administrator (R65)."""
    key = tables.instance.c.business_key
    return or_(key.is_(None), access.not_accused(viewer(uow, who), key))


def _version(row: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "hash": row.hash,
        "deployed_at": row.deployed_at,
        "by": names.get(row.deployed_by, row.deployed_by),
    }


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
