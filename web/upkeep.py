"""Upkeep from the command line: calendars, users, archives of cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from office import accounts, deadline_book, organisations, people
from office.calendar_table import parse_year_table
from office.roles import ROLES
from storage.errors import BanjieError, NotFound, Refusal
from storage.tables.office import case_file
from storage.tables.people import login as login_table
from web import archive
from web.acts import Actor, apply_calendar, rearm
from web.banjie import Banjie


def load_calendar(banjie: Banjie, org_id: str, text: str, *, actor: str | None) -> list[dict[str, Any]]:
    """Put a year's table (JSON or CSV text) in force; gives what moved, old and new instants as text."""
    table = parse_year_table(text)
    with banjie.store.begin() as uow:
        return _told(apply_calendar(banjie, uow, org_id, table, by=actor))


def set_day(banjie: Banjie, org_id: str, day: date, working: bool | None, reason: str) -> list[dict[str, Any]]:
    """Say that the office works on a day, or not, or (None) that the table decides; gives what moved, as above.

    Errors: `calendar.no_reason`.
    """
    with banjie.store.begin() as uow:
        changes = deadline_book.set_day(uow, org_id, day, working, reason, now=banjie.clock.now(), by=None)
        return _told(rearm(banjie, uow, org_id, changes, by=None))


def _told(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"code": change["code"], "old": change["old"]["due_at"], "new": change["new"]["due_at"]} for change in changes
    ]


def show_calendar(banjie: Banjie, org_id: str, year: int) -> dict[str, Any]:
    """The days of a year that are not what their weekday says, and where they come from."""
    with banjie.store.begin(write=False) as uow:
        return organisations.describe_year(uow, org_id, year)


def list_users(banjie: Banjie, org_id: str) -> list[dict[str, Any]]:
    """Login name, name, unit and roles of everybody."""
    with banjie.store.begin(write=False) as uow:
        units = {unit.id: unit.name for unit in people.units(uow, org_id, inactive=True)}
        return [
            {
                "login": user.login,
                "name": user.name,
                "unit": units.get(user.unit_id or ""),
                "roles": [f"{role}@{unit}" if unit else role for role, unit in people.roles_of(uow, org_id, user.id)],
            }
            for user in people.users(uow, org_id, inactive=True)
        ]


def add_user(banjie: Banjie, org_id: str, *, login: str, name: str | None, unit: str | None, roles: list[str]) -> str:
    """Make a user; gives the one-time password. Errors: `user.*`, `unit.unknown`."""
    for role in roles:
        if role.partition("@")[0] not in ROLES:
            raise Refusal("user.role_unknown", f"没有“{role}”这个角色。", field="role")
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        user_id = people.add_user(uow, org_id, name or login, login, now=now, unit_id=unit, roles=roles)
        return accounts.set_one_time_password(uow, org_id, user_id, now=now)


def reset_password(banjie: Banjie, login: str) -> str:
    """Give a user a new one-time password and end all sessions. Errors: `user.unknown`."""
    with banjie.store.begin() as uow:
        found = uow.conn.execute(select(login_table).where(login_table.c.login == login.strip().lower())).first()
        if found is None:
            raise NotFound("user.unknown", f"没有登录名“{login}”。", field="login")
        return accounts.set_one_time_password(uow, found.org_id, found.user_id, now=banjie.clock.now())


def archive_case(banjie: Banjie, number: str, target: Path, *, login: str) -> Path:
    """Write the package of a case to a new file, in the name of a user. Errors: `user.unknown`, `case.unknown`,
    `backup.exists`, `archive.role`."""
    if target.exists():
        raise BanjieError("backup.exists", f"{target} 已经存在，请换一个文件名。")
    with banjie.store.begin() as uow:
        found = uow.conn.execute(select(login_table).where(login_table.c.login == login.strip().lower())).first()
        if found is None:
            raise NotFound("user.unknown", f"没有登录名“{login}”。", field="login")
        mine = case_file.c.org_id == found.org_id, case_file.c.number == number
        case_id = uow.conn.execute(select(case_file.c.id).where(*mine)).scalar()
        if case_id is None:
            raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
        _, content = archive.package(banjie, uow, Actor(found.org_id, found.user_id), case_id)
    target.write_bytes(content)
    return target
