"""Sample offices of other profiles than the sample town's: `processes/samples/<profile>.toml` (invented people)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from office import accounts, people
from office.access import ADMIN
from office.organisations import create_organisation
from storage.database import UnitOfWork
from storage.errors import NotFound


@dataclass(frozen=True, slots=True)
class SampleOffice:
    """An office to try: who works there, and what happened there in the last month."""

    profile: str
    name: str
    code: str
    units: tuple[Mapping[str, Any], ...]  # key, name
    people: tuple[Mapping[str, Any], ...]  # login, name, title, unit, roles, head
    matters: tuple[Mapping[str, Any], ...]  # process, steps: days, at, who, task, answers
    sessions: tuple[Mapping[str, Any], ...]  # schedules, back, steps: after, at, who, task, about, due_in, answers


def sample_profiles(directory: Path) -> tuple[str, ...]:
    """The profiles that have a sample office."""
    return tuple(sorted(path.stem for path in directory.glob("*.toml")))


def read_sample(profile: str, directory: Path) -> SampleOffice:
    """The sample office of a profile. Errors: `sample.no_office`."""
    path = directory / f"{profile}.toml"
    if profile not in sample_profiles(directory):
        known = "、".join(sample_profiles(directory))
        raise NotFound("sample.no_office", f"配置“{profile}”没有示例单位；有示例的：{known}。", field="profile")
    data = tomllib.loads(path.read_text("utf-8"))
    lists = (tuple(data.get(key, ())) for key in ("units", "people", "matters", "sessions"))
    return SampleOffice(profile, data["name"], data["code"], *lists)


def create_sample(uow: UnitOfWork, sample: SampleOffice, *, now: datetime, password: str) -> str:
    """Make the office with its units and people, all with the same password; gives its id."""
    org_id = create_organisation(uow, sample.code, sample.name, sample.profile, now=now)
    for position, unit in enumerate(sample.units, start=1):
        people.add_unit(uow, org_id, unit["name"], unit_id=unit["key"], position=position)
    admin = {"login": f"{sample.code.lower()}-admin", "name": "系统管理员", "title": "管理员", "roles": [ADMIN]}
    for person in (*sample.people, admin):
        people.add_user(
            uow, org_id, person["name"], person["login"], now=now, user_id=person["login"], title=person["title"],
            unit_id=person.get("unit"), roles=tuple(person["roles"]),
        )  # fmt: skip
        if person.get("head"):
            people.change_unit(uow, org_id, person["unit"], head_id=person["login"])
    logins = [person["login"] for person in (*sample.people, admin)]
    accounts.set_same_password(uow, org_id, logins, password, now=now)
    return org_id
