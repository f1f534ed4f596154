"""People and units."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Response, UploadFile
from pydantic import BaseModel, Field
from sqlalchemy import select

from office import access, accounts, notices, office_log, people, people_sheet, second_factor
from office.excel import MEDIA_TYPE
from office.roles import ROLES
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.people import user_role
from web import handing_over, people_importing
from web.api.answers import files
from web.api.common import Admin, Program, Reading
from web.api.searches import Words

router = APIRouter()


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
    reset_second_factor: bool = False  # the telephone or the key is lost


Word = Annotated[str, Field(min_length=2, max_length=30)]  # says what a unit is for


class NewUnit(BaseModel):
    """A unit to be made."""

    id: str | None = Field(default=None, max_length=50, pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(max_length=100)
    parent_id: str | None = None
    outside: bool = False
    head_id: str | None = None
    matters: list[Word] = Field(default=[], max_length=100)
    position: int = Field(default=0, ge=0, le=9999)


class ChangedUnit(BaseModel):
    """What changes of a unit; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    parent_id: str | None = None
    outside: bool | None = None
    head_id: str | None = None
    matters: list[Word] | None = Field(default=None, max_length=100)
    position: int | None = Field(default=None, ge=0, le=9999)
    active: bool | None = None


@router.get("/users", summary="用户")
def users(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return find_users(who, uow, Words())


@router.post("/users/search", summary="查找用户")
def find_users(who: Admin, uow: Reading, asked: Words) -> list[dict[str, Any]]:
    found = people.users(uow, who.org_id, query=asked.q, inactive=True)
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
        new = {"name": body.name, "unit_id": body.unit_id, "roles": sorted(body.roles)}
        office_log.note(uow, who.org_id, "user", "added", subject_id=user_id, old={}, new=new, now=now, by=who.user_id)
    return {"id": user_id, "one_time_password": password}


@router.post("/users/{user_id}", summary="修改用户")
def change_user(user_id: str, body: ChangedUser, who: Admin, banjie: Program) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": True}
    told_of = body.model_dump(exclude_unset=True, exclude={"roles", "reset_password", "reset_second_factor"})
    changes = {key: value for key, value in told_of.items() if value is not None or key not in ("name", "active")}
    if user_id == who.user_id and (body.active is False or (body.roles is not None and access.ADMIN not in body.roles)):
        raise Refusal("user.own_access", "不能停用自己或取消自己的管理员权限。")
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        before = _logged(uow, who.org_id, user_id)
        people.change_user(uow, who.org_id, user_id, **changes)
        if body.roles is not None:
            _check_roles(body.roles)
            for role, unit_id in people.roles_of(uow, who.org_id, user_id):
                people.revoke(uow, who.org_id, user_id, role, unit_id)
            for role in body.roles:
                name, _, unit_id = role.partition("@")
                people.grant(uow, who.org_id, user_id, name, unit_id or None)
        if body.reset_password:
            told["one_time_password"] = accounts.set_one_time_password(uow, who.org_id, user_id, now=now)
            notices.tell_of_account(uow, who.org_id, user_id, "管理员重设了您的登录密码", now=now)
        if body.reset_second_factor:
            second_factor.remove_all(uow, who.org_id, user_id)
            notices.tell_of_account(uow, who.org_id, user_id, "管理员关闭了您的动态口令和安全密钥", now=now)
            accounts.log_out_everywhere(uow, who.org_id, user_id)
        if body.active is False:
            accounts.log_out_everywhere(uow, who.org_id, user_id)
        after = _logged(uow, who.org_id, user_id) | {
            key: True for key in ("reset_password", "reset_second_factor") if getattr(body, key)
        }
        new = {key: value for key, value in after.items() if before.get(key) != value}
        if new:
            old = {key: before.get(key) for key in new}
            office_log.note(
                uow, who.org_id, "user", "changed", subject_id=user_id, old=old, new=new, now=now, by=who.user_id
            )
    return told


def _logged(uow: UnitOfWork, org_id: str, user_id: str) -> dict[str, Any]:
    """What the log of changes keeps of a person: not the telephone and the address."""
    person = people.get_user(uow, org_id, user_id)
    roles = sorted(f"{role}@{unit}" if unit else role for role, unit in people.roles_of(uow, org_id, user_id))
    return {"name": person.name, "unit_id": person.unit_id, "active": person.active, "roles": roles}


@router.get("/people/template", summary="人员导入模板", response_class=Response, responses=files(MEDIA_TYPE))
def people_template(who: Admin) -> Response:
    name = quote("人员导入模板.xlsx")
    disposition = f"attachment; filename*=UTF-8''{name}"
    return Response(people_sheet.template(), media_type=MEDIA_TYPE, headers={"Content-Disposition": disposition})


@router.post("/people/import", summary="从Excel导入人员")
def import_people(
    who: Admin, banjie: Program, file: UploadFile | None = None, write: Annotated[bool, Form()] = False
) -> dict[str, Any]:
    """What the file would do and what is wrong with it; with `write` it is done, all or nothing."""
    if file is None:
        raise Refusal("import.no_file", "请选择要导入的文件。", field="file")
    content = file.file.read(people_sheet.LARGEST + 1)
    act = people_importing.write if write else people_importing.look
    return act(banjie, who.org_id, content, by=who.user_id)


class HandOver(BaseModel):
    """To whom all open work of a person goes, and why."""

    to: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=2000)


@router.get("/users/{user_id}/work", summary="某人手上的工作")
def work(user_id: str, who: Admin, banjie: Program) -> list[dict[str, Any]]:
    return handing_over.preview(banjie, who, user_id)


@router.post("/users/{user_id}/hand-over", summary="移交工作")
def hand_over(user_id: str, body: HandOver, who: Admin, banjie: Program) -> list[dict[str, Any]]:
    return handing_over.hand_over(banjie, who, user_id, body.to, body.reason)


@router.get("/units", summary="机构")
def units(who: Admin, uow: Reading) -> list[dict[str, Any]]:
    return [
        {"id": unit.id, "name": unit.name, "parent_id": unit.parent_id, "outside": unit.outside,
         "head_id": unit.head_id, "active": unit.active, "matters": unit.matters, "position": unit.position}
        for unit in people.units(uow, who.org_id, inactive=True)
    ]  # fmt: skip


@router.post("/units", summary="新增机构")
def add_unit(body: NewUnit, who: Admin, banjie: Program) -> dict[str, str]:
    with banjie.store.begin() as uow:
        unit_id = people.add_unit(
            uow, who.org_id, body.name, unit_id=body.id, parent_id=body.parent_id, outside=body.outside,
            head_id=body.head_id, matters=body.matters, position=body.position,
        )  # fmt: skip
        new = {key: value for key, value in body.model_dump(exclude={"id"}).items() if value}
        office_log.note(
            uow,
            who.org_id,
            "unit",
            "added",
            subject_id=unit_id,
            old={},
            new=new,
            now=banjie.clock.now(),
            by=who.user_id,
        )
    return {"id": unit_id}


@router.post("/units/{unit_id}", summary="修改机构")
def change_unit(unit_id: str, body: ChangedUnit, who: Admin, banjie: Program) -> dict[str, bool]:
    told = body.model_dump(exclude_unset=True)
    changes = {key: value for key, value in told.items() if value is not None or key in ("parent_id", "head_id")}
    with banjie.store.begin() as uow:
        before = asdict(people.get_unit(uow, who.org_id, unit_id))
        before["matters"] = list(before["matters"])
        people.change_unit(uow, who.org_id, unit_id, **changes)
        old = {key: before[key] for key, value in changes.items() if before[key] != value}
        if old:
            office_log.note(
                uow, who.org_id, "unit", "changed", subject_id=unit_id, old=old, new={key: changes[key] for key in old},
                now=banjie.clock.now(), by=who.user_id,
            )  # fmt: skip
    return {"ok": True}


@router.get("/roles", summary="岗位角色")
def roles(_who: Admin) -> list[dict[str, str]]:
    return [{"value": role, "label": name} for role, name in ROLES.items()]


def _check_roles(roles: list[str]) -> None:
    for role in roles:
        if role.partition("@")[0] not in ROLES:
            raise Refusal("user.role_unknown", f"没有“{role}”这个角色。", field="roles")
