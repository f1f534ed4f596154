"""For administrators: definitions, the modeler's checks and deployment, instances and incidents, people, calendar."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from engine import incidents
from engine.expressions import BUILTIN_FUNCTIONS
from engine.registry import registry
from handlers.host import FUNCTION_NAMES
from office import access, accounts, organisations, people
from office.roles import ROLES
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables import engine as tables
from storage.tables import office as office_tables
from storage.tables.people import user_role
from web import acts, deploying
from web.acts import Actor
from web.api.common import Program, Reading, Who
from web.api.labels import Labels
from web.paths import STATIC


def the_admin(who: Who, banjie: Program) -> Actor:
    """The actor, who must be an administrator."""
    with banjie.store.begin(write=False) as uow:
        access.require_role(access.viewer_of(uow, who.org_id, who.user_id), access.ADMIN)
    return who


Admin = Annotated[Actor, Depends(the_admin)]
router = APIRouter(prefix="/admin", tags=["管理"])


# -- definitions -----------------------------------------------------------------------------------------------------


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
        tables.instance.c.org_id == who.org_id, tables.instance.c.state == "active"
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
    return [_version(row, names) for row in rows]


@router.get("/definitions/{key}/files", summary="一个版本的流程图、表单和决策表")
def files(key: str, who: Admin, uow: Reading, banjie: Program, version: int | None = None) -> dict[str, Any]:
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


# -- instances and incidents -------------------------------------------------------------------------------------------


@router.get("/instances", summary="流程实例")
def instances(
    who: Admin,
    uow: Reading,
    state: str = "active",
    key: str | None = None,
    q: str | None = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Where instances stand. Shows numbers, never the matter or the person: an administrator is not a case worker."""
    table, case = tables.instance, office_tables.case_file
    query = (
        select(table, case.c.number)
        .outerjoin(case, (case.c.org_id == table.c.org_id) & (case.c.id == table.c.business_key))
        .where(table.c.org_id == who.org_id, _not_against_me(uow, who, table.c.business_key))
    )
    if state != "all":
        query = query.where(table.c.state == state)
    if key:
        query = query.where(table.c.process_key == key)
    if q:
        query = query.where(case.c.number.contains(q, autoescape=True))
    total = uow.conn.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = uow.conn.execute(query.order_by(table.c.started_at.desc(), table.c.id).limit(size).offset((page - 1) * size))
    broken = select(tables.incident.c.instance_id, func.count()).where(
        tables.incident.c.org_id == who.org_id, tables.incident.c.resolved_at.is_(None)
    )
    broken = broken.group_by(tables.incident.c.instance_id)
    counts: dict[str, int] = {instance_id: count for instance_id, count in uow.conn.execute(broken)}
    items = [
        {
            "id": row.id,
            "process_key": row.process_key,
            "number": row.number,
            "case_id": row.business_key,
            "state": row.state,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "incidents": counts.get(row.id, 0),
        }
        for row in rows
    ]
    return {"total": total, "items": items}


class Reason(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=500)


@router.post("/instances/{instance_id}/cancel", summary="终止流程实例")
def cancel(instance_id: str, body: Reason, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        _require_not_against_me(uow, who, tables.instance, instance_id)
        banjie.engine.cancel(uow, who.org_id, instance_id, body.reason, actor=who.user_id)
    return {"ok": True}


@router.get("/incidents", summary="异常")
def open_incidents(who: Admin, uow: Reading, banjie: Program) -> list[dict[str, Any]]:
    table = tables.incident
    mine = select(table.c.id).where(table.c.org_id == who.org_id, _not_against_me(uow, who, table.c.business_key))
    shown = set(uow.conn.execute(mine).scalars())
    found = [row for row in incidents.open_incidents(uow, who.org_id) if row["id"] in shown]
    case = office_tables.case_file
    ids = {row["business_key"] for row in found if row["business_key"]}
    query = select(case.c.id, case.c.number).where(case.c.org_id == who.org_id, case.c.id.in_(ids))
    numbers = {case_id: number for case_id, number in uow.conn.execute(query)}
    names = _element_names(banjie, uow, who.org_id, found)
    return [
        {**row, "element_name": name, "case_id": row["business_key"], "number": numbers.get(row["business_key"])}
        for row, name in zip(found, names, strict=True)
    ]


@router.post("/incidents/{incident_id}/retry", summary="重试")
def retry(incident_id: str, who: Admin, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        _require_not_against_me(uow, who, tables.incident, incident_id)
        incidents.retry(banjie.engine, uow, who.org_id, incident_id, actor=who.user_id)
    return {"ok": True}


def _element_names(banjie: Program, uow: UnitOfWork, org_id: str, found: list[dict[str, Any]]) -> list[str]:
    """What the elements of incidents are called, in the versions that their instances run by."""
    table = tables.instance
    ids = {row["instance_id"] for row in found}
    query = select(table.c.id, table.c.definition_hash).where(table.c.org_id == org_id, table.c.id.in_(ids))
    hashes: dict[str, str] = {row.id: row.definition_hash for row in uow.conn.execute(query)}
    labels, versions = Labels(banjie.engine, uow, org_id), banjie.engine.versions
    return [labels.element_name(versions.by_hash(uow, hashes[row["instance_id"]]), row["element_id"]) for row in found]


def _not_against_me(uow: UnitOfWork, who: Actor, case_id: Any) -> Any:
    """True where the administrator is not accused in the case (R65 knows no exception for administrators)."""
    return access.not_accused(access.viewer_of(uow, who.org_id, who.user_id), case_id)


def _require_not_against_me(uow: UnitOfWork, who: Actor, table: Any, row_id: str) -> None:
    mine = _not_against_me(uow, who, table.c.business_key)
    query = select(table.c.id).where(table.c.org_id == who.org_id, table.c.id == row_id, mine)
    if uow.conn.execute(query).first() is None:
        raise NotFound("instance.unknown", "没有这个流程实例或异常。")


# -- people ------------------------------------------------------------------------------------------------------------


class NewUser(BaseModel):
    """A person to be given access."""

    name: str = Field(max_length=50)
    login: str = Field(max_length=64)
    title: str | None = Field(default=None, max_length=50)
    unit_id: str | None = None
    phone: str | None = Field(default=None, max_length=30)
    email: str | None = Field(default=None, max_length=200)
    roles: list[str] = []


class ChangedUser(BaseModel):
    """What changes of a person; what is left out stays."""

    name: str | None = Field(default=None, max_length=50)
    title: str | None = None
    unit_id: str | None = None
    phone: str | None = None
    email: str | None = None
    active: bool | None = None
    roles: list[str] | None = None
    reset_password: bool = False


class NewUnit(BaseModel):
    """A unit to be made."""

    id: str | None = Field(default=None, max_length=50, pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(max_length=100)
    parent_id: str | None = None
    outside: bool = False
    head_id: str | None = None


@router.get("/users", summary="用户")
def users(who: Admin, uow: Reading, q: str | None = None) -> list[dict[str, Any]]:
    found = people.users(uow, who.org_id, query=q or "", inactive=True)
    units = {unit.id: unit.name for unit in people.units(uow, who.org_id, inactive=True)}
    roles: dict[str, list[str]] = {}
    held = select(user_role).where(user_role.c.org_id == who.org_id).order_by(user_role.c.role)
    for row in uow.conn.execute(held):
        roles.setdefault(row.user_id, []).append(f"{row.role}@{row.unit_id}" if row.unit_id else row.role)
    return [
        {
            "id": user.id,
            "name": user.name,
            "login": user.login,
            "title": user.title,
            "unit_id": user.unit_id,
            "unit": units.get(user.unit_id or ""),
            "phone": user.phone,
            "email": user.email,
            "active": user.active,
            "roles": roles.get(user.id, []),
        }
        for user in found
    ]


@router.post("/users", summary="新增用户")
def add_user(body: NewUser, who: Admin, banjie: Program) -> dict[str, str]:
    _check_roles(body.roles)
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        user_id = people.add_user(uow, who.org_id, now=now, **body.model_dump())
        password = accounts.set_one_time_password(uow, who.org_id, user_id, now=now)
    return {"id": user_id, "one_time_password": password}


@router.post("/users/{user_id}", summary="修改用户")
def change_user(user_id: str, body: ChangedUser, who: Admin, banjie: Program) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": True}
    changes = body.model_dump(exclude_unset=True, exclude={"roles", "reset_password"})
    if user_id == who.user_id and (body.active is False or (body.roles is not None and access.ADMIN not in body.roles)):
        raise Refusal("user.own_access", "不能停用自己或取消自己的管理员权限。")
    with banjie.store.begin() as uow:
        people.change_user(uow, who.org_id, user_id, **changes)
        if body.roles is not None:
            _check_roles(body.roles)
            for role, unit_id in people.roles_of(uow, who.org_id, user_id):
                people.revoke(uow, who.org_id, user_id, role, unit_id)
            for role in body.roles:
                name, _, unit_id = role.partition("@")
                people.grant(uow, who.org_id, user_id, name, unit_id or None)
        if body.reset_password:
            told["one_time_password"] = accounts.set_one_time_password(uow, who.org_id, user_id, now=banjie.clock.now())
        if body.active is False:
            accounts.log_out_everywhere(uow, who.org_id, user_id)
    return told


@router.get("/units", summary="机构")
def units(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return [
        {"id": unit.id, "name": unit.name, "parent_id": unit.parent_id, "outside": unit.outside,
         "head_id": unit.head_id, "active": unit.active}
        for unit in people.units(uow, who.org_id, inactive=True)
    ]  # fmt: skip


@router.post("/units", summary="新增机构")
def add_unit(body: NewUnit, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        unit_id = people.add_unit(
            uow, who.org_id, body.name, unit_id=body.id, parent_id=body.parent_id, outside=body.outside,
            head_id=body.head_id,
        )  # fmt: skip
    return {"id": unit_id}


@router.get("/roles", summary="岗位角色")
def roles(_who: Admin) -> list[dict[str, str]]:
    return [{"value": role, "label": name} for role, name in ROLES.items()]


def _check_roles(roles: list[str]) -> None:
    for role in roles:
        if role.partition("@")[0] not in ROLES:
            raise Refusal("user.role_unknown", f"没有“{role}”这个角色。", field="roles")


# -- calendar ----------------------------------------------------------------------------------------------------------


class YearText(BaseModel):
    """A year's table as JSON or CSV text."""

    text: str = Field(max_length=200_000)


@router.get("/calendar", summary="年度日历")
def calendar(year: Annotated[int, Query(ge=2004, le=2100)], who: Admin, uow: Reading) -> dict[str, Any]:
    return organisations.describe_year(uow, who.org_id, year)


@router.post("/calendar", summary="装入年度日历")
def load_calendar(body: YearText, who: Admin, banjie: Program) -> dict[str, Any]:
    return {"changes": acts.load_calendar(banjie, who, body.text)}
