"""Units, people and posts from a workbook: first what it would do and what is wrong with it, then all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from office import accounts, office_log, people, posts
from office.access import ADMIN
from office.people_sheet import PEOPLE, POSTS, UNITS, Fault, Line
from office.roles import ROLES
from storage.database import UnitOfWork
from storage.errors import Refusal

MOST_NEW = 500  # people who get a password by one file
_CODES = {name: role for role, name in ROLES.items()}
_YES_NO = {"是": True, "否": False}


@dataclass
class Plan:
    """What a workbook comes to. `changes`: sheet, row, name, act (add, change, same). Nothing is done with `faults`."""

    faults: list[Fault]
    changes: list[dict[str, Any]] = field(default_factory=list)
    new_people: int = 0


@dataclass
class _Known:
    """The office as it is, and as the workbook has it."""

    units: dict[str, list[str]]  # ids by name
    users: dict[str, people.User]  # by login
    posts: dict[tuple[str, str], posts.Post]
    told_units: dict[str, Line]
    told_users: dict[str, Line]

    def has_unit(self, name: str) -> bool:
        return name in self.told_units or len(self.units.get(name, ())) == 1

    def has_user(self, login: str) -> bool:
        known = self.users.get(login)
        return login in self.told_users or (known is not None and known.active)


def plan(uow: UnitOfWork, org_id: str, lines: Sequence[Line], faults: Iterable[Fault], *, by: str | None) -> Plan:
    """What the rows would add and change, and every fault of a row. `by`: who imports, and stays administrator."""
    found = Plan(list(faults))
    known = _known(uow, org_id, lines, found.faults)
    for line in lines:
        if line.sheet == UNITS:
            _plan_unit(line, known, found)
        elif line.sheet == PEOPLE:
            _plan_person(uow, org_id, line, known, found, by)
        else:
            _plan_post(line, known, found)
    if not lines and not found.faults:
        raise Refusal("import.empty", "文件里没有填写任何一行。")
    if found.new_people > MOST_NEW:
        raise Refusal("import.too_many", f"一次最多新增 {MOST_NEW} 人，请分几次导入。")
    found.faults.sort(key=lambda one: ((UNITS, PEOPLE, POSTS).index(one.sheet), one.row))
    return found


def carry_out(
    uow: UnitOfWork, org_id: str, lines: Sequence[Line], passwords: Iterable[accounts.OneTime], *, now: datetime,
    by: str | None,
) -> list[dict[str, str]]:  # fmt: skip
    """Do what a plan without faults says, in this transaction; gives name, login and one-time password of who is new.

    The plan was made in the same transaction. Each change is in the log of the office.
    """
    units = {unit.name: unit.id for unit in people.units(uow, org_id)}
    users = {user.login: user.id for user in people.users(uow, org_id, inactive=True, limit=1_000_000)}
    of = {sheet: [line for line in lines if line.sheet == sheet] for sheet in (UNITS, PEOPLE, POSTS)}
    for line in of[UNITS]:
        if (name := line.values["name"]) not in units:
            units[name] = people.add_unit(uow, org_id, name)
            office_log.note(uow, org_id, "unit", "added", subject_id=units[name], new={"name": name}, now=now, by=by)
    given = iter(passwords)
    handed: list[dict[str, str]] = []
    for line in of[PEOPLE]:
        if (login := line.values["login"].lower()) not in users:
            users[login] = people.add_user(uow, org_id, line.values["name"], login, now=now)
            one = next(given)
            accounts.store_one_time(uow, org_id, users[login], one, now=now)
            handed.append({"login": login, "name": line.values["name"], "password": one.password})
            office_log.note(uow, org_id, "user", "added", subject_id=users[login], new={}, now=now, by=by)
    for line in of[UNITS]:
        _change_unit(uow, org_id, line.values, units, users, now, by)
    for line in of[PEOPLE]:
        _change_person(uow, org_id, line.values, units, users, now, by)
    held = {(one.unit_id, one.name): one for one in posts.posts(uow, org_id)}
    for line in of[POSTS]:
        told = line.values
        wanted = {"unit_id": units[told["unit"]], "name": told["name"]}
        wanted |= {"a_id": users[told["a"].lower()], "b_id": users[told["b"].lower()]}
        old = held.get((wanted["unit_id"], wanted["name"]))
        if old is None:
            posts.add_post(uow, org_id, now=now, by=by, **wanted)
        else:
            posts.change_post(uow, org_id, old.id, now=now, by=by, **wanted)
    return handed


# ------------------------------------------------------------------ what is wrong


def _known(uow: UnitOfWork, org_id: str, lines: Sequence[Line], faults: list[Fault]) -> _Known:
    units: dict[str, list[str]] = {}
    for unit in people.units(uow, org_id):
        units.setdefault(unit.name, []).append(unit.id)
    told_units: dict[str, Line] = {}
    told_users: dict[str, Line] = {}
    told_posts: dict[tuple[str, str], Line] = {}
    for line in lines:
        values = line.values
        if line.sheet == UNITS:
            _once(told_units, values.get("name", ""), line, "name", faults)
        elif line.sheet == PEOPLE:
            _once(told_users, values.get("login", "").lower(), line, "login", faults)
        else:
            _once(told_posts, (values.get("unit", ""), values.get("name", "")), line, "name", faults)
    return _Known(
        units=units,
        users={user.login: user for user in people.users(uow, org_id, inactive=True, limit=1_000_000)},
        posts={(one.unit_id, one.name): one for one in posts.posts(uow, org_id)},
        told_units=told_units,
        told_users=told_users,
    )


def _once(told: dict[Any, Line], key: Any, line: Line, column: str, faults: list[Fault]) -> None:
    if key in told:
        faults.append(line.fault(column, "import.twice", f"与第 {told[key].row} 行重复。"))
    elif key:
        told[key] = line


def _plan_unit(line: Line, known: _Known, found: Plan) -> None:
    told, name = line.values, line.values.get("name", "")
    if len(known.units.get(name, ())) > 1:
        found.faults.append(line.fault("name", "import.ambiguous", f"有几个机构都叫“{name}”，请在页面上修改。"))
    if parent := told.get("parent"):
        if not known.has_unit(parent):
            found.faults.append(line.fault("parent", "unit.unknown", f"没有“{parent}”这个机构。"))
        elif _circle(name, known):
            found.faults.append(line.fault("parent", "unit.circle", "上级机构绕成了圈。"))
    _is_user(line, "head", known, found)
    if told.get("outside", "否") not in _YES_NO:
        found.faults.append(line.fault("outside", "import.yes_no", "请填“是”或“否”。"))
    found.changes.append(_change(line, name, name in known.units))


def _circle(name: str, known: _Known) -> bool:
    """True if the unit is above itself by what the workbook says."""
    seen: set[str] = set()
    while name in known.told_units and name not in seen:
        seen.add(name)
        name = known.told_units[name].values.get("parent", "")
    return name in seen


def _plan_person(uow: UnitOfWork, org_id: str, line: Line, known: _Known, found: Plan, by: str | None) -> None:
    told = line.values
    login = told.get("login", "").lower()
    old = known.users.get(login)
    if any(letter.isspace() for letter in login) or len(login) > 64:
        found.faults.append(line.fault("login", "user.no_login", "登录名：64个字符以内，不含空格。"))
    elif old is None and login and people.login_taken(uow, login):
        found.faults.append(line.fault("login", "user.login_taken", f"登录名“{login}”已被使用，请换一个。"))
    elif old is not None and not old.active:
        found.faults.append(line.fault("login", "import.left", f"“{login}”已停用，请先在页面上启用。"))
    if (unit := told.get("unit")) and not known.has_unit(unit):
        found.faults.append(line.fault("unit", "unit.unknown", f"没有“{unit}”这个机构。"))
    _is_user(line, "superior", known, found)
    if told.get("superior", "").lower() == login and login:
        found.faults.append(line.fault("superior", "import.own_superior", "上级不能是本人。"))
    if (email := told.get("email")) and ("@" not in email or " " in email):
        found.faults.append(line.fault("email", "import.email", "邮箱写法不对。"))
    roles = _roles_told(told.get("roles", ""))
    for role, unit in roles:
        if role is None:
            found.faults.append(line.fault("roles", "user.role_unknown", f"没有“{unit}”这个角色，见“角色对照”。"))
        elif unit and not known.has_unit(unit):
            found.faults.append(line.fault("roles", "unit.unknown", f"没有“{unit}”这个机构。"))
    if old is not None and old.id == by and roles and (ADMIN, None) not in roles:
        found.faults.append(line.fault("roles", "user.own_access", "不能取消自己的管理员权限。"))
    if old is None:
        found.new_people += 1
    found.changes.append(_change(line, told.get("name", login), old is not None))


def _plan_post(line: Line, known: _Known, found: Plan) -> None:
    told = line.values
    unit = told.get("unit", "")
    if unit and not known.has_unit(unit):
        found.faults.append(line.fault("unit", "unit.unknown", f"没有“{unit}”这个机构。"))
    _is_user(line, "a", known, found)
    _is_user(line, "b", known, found)
    if told.get("a", "").lower() == told.get("b", "").lower() and told.get("a"):
        found.faults.append(line.fault("b", "post.same_person", "A岗和B岗必须是两个人。"))
    ids = known.units.get(unit, [])
    found.changes.append(
        _change(line, told.get("name", ""), any((one, told.get("name")) in known.posts for one in ids))
    )


def _is_user(line: Line, key: str, known: _Known, found: Plan) -> None:
    login = line.values.get(key, "").lower()
    if login and not known.has_user(login):
        found.faults.append(line.fault(key, "user.unknown", f"没有登录名为“{login}”的在岗人员。"))


def _change(line: Line, name: str, there: bool) -> dict[str, Any]:
    return {"sheet": line.sheet, "row": line.row, "name": name, "act": "change" if there else "add"}


def _roles_told(text: str) -> list[tuple[str | None, str | None]]:
    """Each role with its unit's name; an unknown role as (None, what was written)."""
    found: list[tuple[str | None, str | None]] = []
    for one in filter(None, (part.strip() for part in text.replace("，", "、").replace(",", "、").split("、"))):
        name, _, unit = one.partition("@")
        role = name if name in ROLES else _CODES.get(name)
        found.append((role, unit or None) if role else (None, one))
    return found


# ------------------------------------------------------------------ doing it


def _change_unit(
    uow: UnitOfWork, org_id: str, told: Mapping[str, str], units: Mapping[str, str], users: Mapping[str, str],
    now: datetime, by: str | None,
) -> None:  # fmt: skip
    unit_id = units[told["name"]]
    old = people.get_unit(uow, org_id, unit_id)
    wanted: dict[str, Any] = {}
    if "parent" in told:
        wanted["parent_id"] = units[told["parent"]]
    if "head" in told:
        wanted["head_id"] = users[told["head"].lower()]
    if "outside" in told:
        wanted["outside"] = _YES_NO[told["outside"]]
    changed = {key: value for key, value in wanted.items() if getattr(old, key) != value}
    if changed:
        people.change_unit(uow, org_id, unit_id, **changed)
        before = {key: getattr(old, key) for key in changed}
        office_log.note(uow, org_id, "unit", "changed", subject_id=unit_id, old=before, new=changed, now=now, by=by)


def _change_person(
    uow: UnitOfWork, org_id: str, told: Mapping[str, str], units: Mapping[str, str], users: Mapping[str, str],
    now: datetime, by: str | None,
) -> None:  # fmt: skip
    user_id = users[told["login"].lower()]
    old = people.get_user(uow, org_id, user_id)
    wanted: dict[str, Any] = {key: told[key] for key in ("name", "title", "phone", "email") if key in told}
    if "unit" in told:
        wanted["unit_id"] = units[told["unit"]]
    if "superior" in told:
        wanted["superior_id"] = users[told["superior"].lower()]
    changed = {key: value for key, value in wanted.items() if getattr(old, key) != value}
    people.change_user(uow, org_id, user_id, **changed)
    before = {key: getattr(old, key) for key in changed}
    if roles := _roles_told(told.get("roles", "")):
        held = set(people.roles_of(uow, org_id, user_id))
        asked = {(str(role), units[unit] if unit else None) for role, unit in roles}
        for role, unit_id in held - asked:
            people.revoke(uow, org_id, user_id, role, unit_id)
        for role, unit_id in asked - held:
            people.grant(uow, org_id, user_id, role, unit_id)
        if held != asked:
            before["roles"], changed["roles"] = _named(held), _named(asked)
    for secret in ("phone", "email"):  # the log keeps neither
        before.pop(secret, None)
        changed.pop(secret, None)
    if changed:
        office_log.note(uow, org_id, "user", "changed", subject_id=user_id, old=before, new=changed, now=now, by=by)


def _named(roles: Iterable[tuple[str, str | None]]) -> list[str]:
    return sorted(f"{role}@{unit}" if unit else role for role, unit in roles)
