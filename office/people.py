"""The people of an organisation: units in a tree, users, their roles and the groups they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from office.unit_tree import UnitTree, unit_tree
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.people import login as login_table
from storage.tables.people import unit, user, user_role
from storage.types import new_id

UNIT_HEAD = "unit_head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit. `outside`: not of this organisation, matters are only transferred to it."""

    id: str
    name: str
    parent_id: str | None
    outside: bool
    head_id: str | None
    matters: tuple[str, ...]
    position: int  # among its neighbours
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who works here."""

    org_id: str
    id: str
    login: str
    name: str
    title: str | None
    unit_id: str | None
    superior_id: str | None
    phone: str | None
    email: str | None
    active: bool


# ------------------------------------------------------------------ units


def add_unit(
    uow: UnitOfWork,
    org_id: str,
    name: str,
    *,
    unit_id: str | None = None,
    parent_id: str | None = None,
    outside: bool = False,
    head_id: str | None = None,
    matters: Sequence[str] = (),
    position: int = 0,
) -> str:
    """Make a unit; gives its id.

    Errors: `unit.exists`, `unit.unknown` (the parent), `unit.no_name`, `user.unknown` (the head).
    """
    name = name.strip()
    if not name:
        raise Refusal("unit.no_name", "请填写单位名称。", field="name")
    unit_id = unit_id or new_id()
    if _unit_row(uow, org_id, unit_id) is not None:
        raise Conflict("unit.exists", f"单位编号“{unit_id}”已经存在，请换一个。", field="id")
    if parent_id is not None:
        get_unit(uow, org_id, parent_id)
    if head_id is not None:
        get_user(uow, org_id, head_id)
    values = dict(
        org_id=org_id,
        id=unit_id,
        name=name,
        parent_id=parent_id,
        outside=outside,
        head_id=head_id,
        matters=list(matters),
        position=position,
        active=True,
    )
    uow.conn.execute(insert(unit).values(values))
    return unit_id


def change_unit(uow: UnitOfWork, org_id: str, unit_id: str, **changes: Any) -> None:
    """Change name, parent_id, outside, head_id, matters, position or active.

    Errors: `unit.unknown`, `unit.circle`, `unit.no_name`, `user.unknown` (the head), `unit.in_use`: a unit with people
    or units in it stays in use.
    """
    known = {"name", "parent_id", "outside", "head_id", "matters", "position", "active"}
    if unknown := set(changes) - known:
        raise ValueError(f"expected columns of unit, but got {sorted(unknown)}")
    get_unit(uow, org_id, unit_id)
    parent_id = changes.get("parent_id")
    if parent_id is not None:
        get_unit(uow, org_id, parent_id)
        if parent_id in unit_tree(uow, org_id).below([unit_id]):
            raise Refusal("unit.circle", "上级单位不能是本单位或其下属单位。", field="parent_id")
    if "name" in changes:
        changes["name"] = str(changes["name"]).strip()
        if not changes["name"]:
            raise Refusal("unit.no_name", "请填写单位名称。", field="name")
    if changes.get("head_id") is not None:
        get_user(uow, org_id, changes["head_id"])
    if changes.get("active") is False:
        _require_empty(uow, org_id, unit_id)
    if changes:
        uow.conn.execute(update(unit).where(unit.c.org_id == org_id, unit.c.id == unit_id).values(changes))


def _require_empty(uow: UnitOfWork, org_id: str, unit_id: str) -> None:
    below = select(unit.c.name).where(unit.c.org_id == org_id, unit.c.parent_id == unit_id, unit.c.active)
    inside = select(user.c.name).where(user.c.org_id == org_id, user.c.unit_id == unit_id, user.c.active)
    found = [*uow.conn.execute(below.limit(3)).scalars(), *uow.conn.execute(inside.limit(3)).scalars()]
    if found:
        raise Refusal("unit.in_use", f"单位中还有{'、'.join(found)}等，请先调整后再停用。", field="active")


def get_unit(uow: UnitOfWork, org_id: str, unit_id: str) -> Unit:
    """A unit by its id. Errors: NotFound `unit.unknown`."""
    row = _unit_row(uow, org_id, unit_id)
    if row is None:
        raise NotFound("unit.unknown", f"没有编号为“{unit_id}”的单位。", field="unit_id")
    return _unit(row)


def units(uow: UnitOfWork, org_id: str, *, inactive: bool = False) -> list[Unit]:
    """All units in their order."""
    query = select(unit).where(unit.c.org_id == org_id).order_by(unit.c.position, unit.c.name)
    return [_unit(row) for row in uow.conn.execute(query) if inactive or row.active]


def head_of(uow: UnitOfWork, org_id: str, unit_id: str) -> str | None:
    """The head of a unit: as entered with the unit, else who has the role unit_head for it; None if nobody."""
    row = _unit_row(uow, org_id, unit_id)
    if row is None:
        return None
    if row.head_id is not None:
        return str(row.head_id)
    return next(iter(users_in_group(uow, org_id, f"{UNIT_HEAD}@{unit_id}")), None)


def superior_of(uow: UnitOfWork, org_id: str, user_id: str) -> str | None:
    """Whom a person reports to: as entered, else the head of the unit, else of the next unit above; None if nobody."""
    person = get_user(uow, org_id, user_id)
    if person.superior_id is not None:
        return person.superior_id
    for unit_id in unit_tree(uow, org_id).above(person.unit_id):
        head = head_of(uow, org_id, unit_id)
        if head is not None and head != user_id:
            return head
    return None


def _unit_row(uow: UnitOfWork, org_id: str, unit_id: str) -> Row[Any] | None:
    return uow.conn.execute(select(unit).where(unit.c.org_id == org_id, unit.c.id == unit_id)).one_or_none()


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        id=row.id,
        name=row.name,
        parent_id=row.parent_id,
        outside=row.outside,
        head_id=row.head_id,
        matters=tuple(row.matters),
        position=row.position,
        active=row.active,
    )


# ------------------------------------------------------------------ users


def add_user(
    uow: UnitOfWork,
    org_id: str,
    name: str,
    login: str,
    *,
    now: datetime,
    user_id: str | None = None,
    title: str | None = None,
    unit_id: str | None = None,
    superior_id: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    roles: Iterable[str] = (),
) -> str:
    """Make a user without password (see `accounts.set_password`); gives the id. A role may be written `role@unit`.

    Errors: `user.no_name`, `user.no_login`, `user.login_taken`, `unit.unknown`.
    """
    name, login = _name(name), login.strip().lower()
    if not login or any(letter.isspace() for letter in login) or len(login) > 64:
        raise Refusal("user.no_login", "请填写登录名：64个字符以内，不含空格。", field="login")
    if login_taken(uow, login):
        raise Conflict("user.login_taken", f"登录名“{login}”已被使用，请换一个。", field="login")
    if unit_id is not None:
        get_unit(uow, org_id, unit_id)
    user_id = user_id or new_id()
    uow.conn.execute(
        insert(user).values(
            org_id=org_id,
            id=user_id,
            login=login,
            name=name,
            title=title,
            unit_id=unit_id,
            superior_id=superior_id,
            phone=phone,
            email=email,
            active=True,
            created_at=now,
        )
    )
    for role in roles:
        role_name, _, role_unit = role.partition("@")
        grant(uow, org_id, user_id, role_name, role_unit or None)
    return user_id


def login_taken(uow: UnitOfWork, login: str) -> bool:
    """True if somebody in this installation has the login name."""
    here = select(user.c.id).where(user.c.login == login)
    elsewhere = select(login_table.c.user_id).where(login_table.c.login == login)
    return uow.conn.execute(here.union_all(elsewhere)).first() is not None


def change_user(uow: UnitOfWork, org_id: str, user_id: str, **changes: Any) -> None:
    """Change name, title, unit_id, superior_id, phone, email or active.

    Errors: `user.unknown`, `user.no_name`, `unit.unknown`.
    """
    known = {"name", "title", "unit_id", "superior_id", "phone", "email", "active"}
    if unknown := set(changes) - known:
        raise ValueError(f"expected columns of user, but got {sorted(unknown)}")
    get_user(uow, org_id, user_id)
    if "name" in changes:
        changes["name"] = _name(changes["name"])
    if changes.get("unit_id") is not None:
        get_unit(uow, org_id, changes["unit_id"])
    if changes:
        uow.conn.execute(update(user).where(user.c.org_id == org_id, user.c.id == user_id).values(changes))


def _name(name: str) -> str:
    if not (name := name.strip()):
        raise Refusal("user.no_name", "请填写姓名。", field="name")
    return name


def get_user(uow: UnitOfWork, org_id: str, user_id: str) -> User:
    """A user by id, active or not. Errors: NotFound `user.unknown`."""
    row = uow.conn.execute(select(user).where(user.c.org_id == org_id, user.c.id == user_id)).one_or_none()
    if row is None:
        raise NotFound("user.unknown", "没有这个人员，可能已被删除。", field="user_id")
    return _user(row)


def users(
    uow: UnitOfWork,
    org_id: str,
    *,
    query: str = "",
    role: str | None = None,
    unit_id: str | None = None,
    inactive: bool = False,
    limit: int = 200,
) -> list[User]:
    """Users whose name, login or title contains `query`, with the role and of the unit, by name."""
    found = select(user).where(user.c.org_id == org_id).order_by(user.c.name, user.c.id).limit(limit)
    if not inactive:
        found = found.where(user.c.active)
    if query := query.strip():
        found = found.where(
            or_(*(column.contains(query, autoescape=True) for column in (user.c.name, user.c.login, user.c.title)))
        )
    if role:
        holders = select(user_role.c.user_id).where(user_role.c.org_id == org_id, user_role.c.role == role)
        found = found.where(user.c.id.in_(holders))
    if unit_id:
        found = found.where(user.c.unit_id == unit_id)
    return [_user(row) for row in uow.conn.execute(found)]


def names_of(uow: UnitOfWork, org_id: str, user_ids: Iterable[str | None]) -> dict[str, str]:
    """Names by user id; unknown ids are left out."""
    wanted = {user_id for user_id in user_ids if user_id}
    if not wanted:
        return {}
    query = select(user.c.id, user.c.name).where(user.c.org_id == org_id, user.c.id.in_(wanted))
    return {row.id: row.name for row in uow.conn.execute(query)}


def _user(row: Row[Any]) -> User:
    return User(
        org_id=row.org_id,
        id=row.id,
        login=row.login,
        name=row.name,
        title=row.title,
        unit_id=row.unit_id,
        superior_id=row.superior_id,
        phone=row.phone,
        email=row.email,
        active=row.active,
    )


# ------------------------------------------------------------------ roles and groups


def grant(uow: UnitOfWork, org_id: str, user_id: str, role: str, unit_id: str | None = None) -> None:
    """Give a user a role, in the whole organisation or for one unit only. Given twice is given once."""
    make: Any = postgresql.insert if uow.dialect == "postgresql" else sqlite.insert
    given = make(user_role).values(org_id=org_id, user_id=user_id, role=role, unit_id=unit_id or "")
    uow.conn.execute(given.on_conflict_do_nothing())


def revoke(uow: UnitOfWork, org_id: str, user_id: str, role: str, unit_id: str | None = None) -> None:
    """Take a role away."""
    uow.conn.execute(
        delete(user_role).where(
            user_role.c.org_id == org_id,
            user_role.c.user_id == user_id,
            user_role.c.role == role,
            user_role.c.unit_id == (unit_id or ""),
        )
    )


def roles_of(uow: UnitOfWork, org_id: str, user_id: str) -> list[tuple[str, str | None]]:
    """The user's roles, each with its unit (None: whole organisation)."""
    query = (
        select(user_role.c.role, user_role.c.unit_id)
        .where(user_role.c.org_id == org_id, user_role.c.user_id == user_id)
        .order_by(user_role.c.role, user_role.c.unit_id)
    )
    return [(row.role, row.unit_id or None) for row in uow.conn.execute(query)]


def groups_of(uow: UnitOfWork, org_id: str, user_id: str) -> frozenset[str]:
    """The groups by which a task is offered to the user; empty for somebody who has left. Errors: `user.unknown`."""
    person = get_user(uow, org_id, user_id)
    return groups_from(person, roles_of(uow, org_id, user_id), unit_tree(uow, org_id))


def groups_from(person: User, roles: Iterable[tuple[str, str | None]], tree: UnitTree) -> frozenset[str]:
    """As `groups_of`, of what has been read: the roles of `roles_of`.

    `role` and, for the user's own unit, `role@unit` for a role of the whole organisation; `role@unit` alone for a role
    of one unit; `unit_head@unit` for the head of a unit; `unit:<id>`; `user:<id>`.
    """
    if not person.active:
        return frozenset()
    groups = {f"user:{person.id}", *(f"{UNIT_HEAD}@{headed}" for headed in tree.headed_by(person.id))}
    if person.unit_id:
        groups.add(f"unit:{person.unit_id}")
    for role, unit_id in roles:
        if unit_id is not None:
            groups.add(f"{role}@{unit_id}")
            continue
        groups.add(role)
        if person.unit_id:
            groups.add(f"{role}@{person.unit_id}")
    return frozenset(groups)


def users_in_group(uow: UnitOfWork, org_id: str, group: str) -> list[str]:
    """The active users of a group, as `groups_of` names them, by id."""
    query = select(user.c.id).where(user.c.org_id == org_id, user.c.active).order_by(user.c.id)
    if group.startswith("user:"):
        query = query.where(user.c.id == group.removeprefix("user:"))
    elif group.startswith("unit:"):
        query = query.where(user.c.unit_id == group.removeprefix("unit:"))
    else:
        role, _, unit_id = group.partition("@")
        held = select(user_role.c.user_id).where(user_role.c.org_id == org_id, user_role.c.role == role)
        everywhere = user.c.id.in_(held.where(user_role.c.unit_id == ""))
        if not unit_id:
            query = query.where(everywhere)
        else:
            ways = [user.c.id.in_(held.where(user_role.c.unit_id == unit_id)), everywhere & (user.c.unit_id == unit_id)]
            if role == UNIT_HEAD:
                heads = select(unit.c.head_id).where(unit.c.org_id == org_id, unit.c.id == unit_id, unit.c.active)
                ways.append(user.c.id.in_(heads))
            query = query.where(or_(*ways))
    return [row.id for row in uow.conn.execute(query)]
