"""Organisations: who they are, the profile they live by, the calendar they work by."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Row, delete, insert, select, update

from office import office_log
from office.calendar import Calendar
from office.calendar_table import YearTable, parse_json, to_json
from office.profiles import Profile, load_profile
from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.office import calendar_override, calendar_year
from storage.tables.people import organisation
from storage.types import new_id

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_UNSET: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation. None in `overlay`, `roll`, `day_end`: as the profile says."""

    id: str
    code: str
    name: str
    parent_id: str | None
    profile: str
    overlay: bool | None
    parameters: Mapping[str, Any]
    roll: bool | None
    day_end: str | None
    version: str


class _Kept:
    """Profiles and calendars of one database, by the version of the organisation's row."""

    def __init__(self) -> None:
        self.profiles: dict[tuple[str, str], Profile] = {}
        self.calendars: dict[tuple[str, str], Calendar] = {}


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
_MOST_KEPT = 512


def processes_folder() -> Path:
    """Where the regulations, profiles and document templates are: `BANJIE_PROCESSES`, else `processes/` beside us."""
    return Path(os.environ.get("BANJIE_PROCESSES") or Path(__file__).resolve().parents[1] / "processes")


def create_organisation(
    uow: UnitOfWork,
    code: str,
    name: str,
    profile: str,
    *,
    now: datetime,
    org_id: str | None = None,
    parent_id: str | None = None,
    overlay: bool | None = None,
    parameters: Mapping[str, Any] | None = None,
    roll: bool | None = None,
    day_end: str | None = None,
) -> str:
    """Make an organisation; gives its id. `parameters`: own values over those of the profile.

    Errors: `organisation.bad_code`, `organisation.code_taken`, `organisation.no_name`, and those of `load_profile`.
    """
    if not _CODE.fullmatch(code):
        raise Refusal("organisation.bad_code", "机构代码应为2至12位大写字母或数字，以字母开头。", field="code")
    if not name.strip():
        raise Refusal("organisation.no_name", "请填写机构名称。", field="name")
    if uow.conn.execute(select(organisation.c.id).where(organisation.c.code == code)).first() is not None:
        raise Conflict("organisation.code_taken", f"机构代码“{code}”已被使用，请换一个。", field="code")
    own = dict(parameters or {})
    _load(profile, overlay, own, roll, day_end)
    org_id = org_id or new_id()
    uow.conn.execute(
        insert(organisation).values(
            id=org_id,
            code=code,
            name=name.strip(),
            parent_id=parent_id,
            profile=profile,
            overlay=overlay,
            parameters=own,
            roll=roll,
            day_end=day_end,
            version=new_id(),
            created_at=now,
        )
    )
    return org_id


def change_organisation(
    uow: UnitOfWork,
    org_id: str,
    *,
    name: str = _UNSET,
    profile: str = _UNSET,
    overlay: bool | None = _UNSET,
    parameters: Mapping[str, Any] = _UNSET,
    roll: bool | None = _UNSET,
    day_end: str | None = _UNSET,
) -> None:
    """Change what is given. Open deadlines stay as they are until recomputed. Errors: those of `load_profile`."""
    given = dict(name=name, profile=profile, overlay=overlay, parameters=parameters, roll=roll, day_end=day_end)
    changes = {key: value for key, value in given.items() if value is not _UNSET}
    old = get_organisation(uow, org_id)
    wanted = {
        key: changes.get(key, getattr(old, key)) for key in ("profile", "overlay", "parameters", "roll", "day_end")
    }
    _load(**wanted)
    uow.conn.execute(update(organisation).where(organisation.c.id == org_id).values(**changes, version=new_id()))


def get_organisation(uow: UnitOfWork, org_id: str) -> Organisation:
    """An organisation by id. Errors: NotFound `organisation.unknown`."""
    row = uow.conn.execute(select(organisation).where(organisation.c.id == org_id)).one_or_none()
    if row is None:
        raise NotFound("organisation.unknown", "没有这个机构。")
    return _organisation(row)


def organisations(uow: UnitOfWork) -> list[Organisation]:
    """All organisations of this installation, by code."""
    return [_organisation(row) for row in uow.conn.execute(select(organisation).order_by(organisation.c.code))]


def organisation_by_code(uow: UnitOfWork, code: str) -> Organisation | None:
    """The organisation with this code, or None."""
    row = uow.conn.execute(select(organisation).where(organisation.c.code == code)).one_or_none()
    return None if row is None else _organisation(row)


def profile_of(uow: UnitOfWork, org_id: str) -> Profile:
    """The organisation's profile with its own values. Errors: `organisation.unknown`, those of `load_profile`."""
    org = get_organisation(uow, org_id)
    kept, key = _kept_of(uow).profiles, (org_id, org.version)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = _load(org.profile, org.overlay, org.parameters, org.roll, org.day_end)
    return kept[key]


def calendar_of(uow: UnitOfWork, org_id: str) -> Calendar:
    """The organisation's calendar: its overrides, the tables that were uploaded, else the announced ones."""
    org = get_organisation(uow, org_id)
    kept, key = _kept_of(uow).calendars, (org_id, org.version)
    if key not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        days = uow.conn.execute(select(calendar_override).where(calendar_override.c.org_id == org_id))
        years = uow.conn.execute(select(calendar_year).where(calendar_year.c.org_id == org_id))
        kept[key] = Calendar(
            {row.day: row.working for row in days}, {row.year: parse_json(row.content) for row in years}
        )
    return kept[key]


def save_year(uow: UnitOfWork, org_id: str, table: YearTable, *, now: datetime, by: str | None) -> None:
    """Put a year's table in place of what there was. Use `deadline_book.load_year` to recompute as well."""
    mine = (calendar_year.c.org_id == org_id) & (calendar_year.c.year == table.year)
    uow.conn.execute(delete(calendar_year).where(mine))
    uow.conn.execute(
        insert(calendar_year).values(
            org_id=org_id, year=table.year, content=to_json(table), loaded_at=now, loaded_by=by
        )
    )
    office_log.note(uow, org_id, "calendar", "year_loaded", subject_id=str(table.year), now=now, by=by)
    _renew(uow, org_id)


def save_override(
    uow: UnitOfWork, org_id: str, day: date, working: bool | None, reason: str, *, now: datetime, by: str | None
) -> None:
    """Say that the organisation works, or not, on a day; `working=None` takes the override back.

    Errors: `calendar.no_reason`.
    """
    if not reason.strip():
        raise Refusal("calendar.no_reason", "请填写调整原因。", field="reason")
    mine = (calendar_override.c.org_id == org_id) & (calendar_override.c.day == day)
    old = uow.conn.execute(select(calendar_override.c.working).where(mine)).scalar()
    uow.conn.execute(delete(calendar_override).where(mine))
    if working is not None:
        uow.conn.execute(
            insert(calendar_override).values(
                org_id=org_id, day=day, working=working, reason=reason.strip(), set_at=now, set_by=by
            )
        )
    office_log.note(
        uow, org_id, "calendar", "day_set", subject_id=day.isoformat(), old={"working": old}, new={"working": working},
        reason=reason.strip(), now=now, by=by,
    )  # fmt: skip
    _renew(uow, org_id)


def overrides_of(uow: UnitOfWork, org_id: str, year: int) -> list[dict[str, Any]]:
    """The organisation's own days of a year: day, working, reason."""
    query = (
        select(calendar_override)
        .where(
            calendar_override.c.org_id == org_id, calendar_override.c.day.between(date(year, 1, 1), date(year, 12, 31))
        )
        .order_by(calendar_override.c.day)
    )
    return [{"day": row.day, "working": row.working, "reason": row.reason} for row in uow.conn.execute(query)]


def describe_year(uow: UnitOfWork, org_id: str, year: int) -> dict[str, Any]:
    """A year of the organisation's calendar as the administrator sees it: which table, its days, own changes."""
    calendar = calendar_of(uow, org_id)
    source = calendar.source_of_year(year)
    told: dict[str, Any] = json.loads(to_json(calendar.year_table(year)))
    loaded = uow.conn.execute(
        select(calendar_year.c.loaded_at, calendar_year.c.loaded_by).where(
            calendar_year.c.org_id == org_id, calendar_year.c.year == year
        )
    ).one_or_none()
    return {
        **told,
        "origin": source,
        "provisional": source == "fallback",
        "overrides": overrides_of(uow, org_id, year),
        "loaded_at": loaded.loaded_at if loaded else None,
        "loaded_by": loaded.loaded_by if loaded else None,
    }


def _renew(uow: UnitOfWork, org_id: str) -> None:
    uow.conn.execute(update(organisation).where(organisation.c.id == org_id).values(version=new_id()))


def _load(
    profile: str, overlay: bool | None, parameters: Mapping[str, Any], roll: bool | None, day_end: str | None
) -> Profile:
    own = dict(parameters)
    if overlay is not None:
        own["legal_overlay"] = overlay
    if roll is not None:
        own["day_mode"] = "calendar_roll" if roll else "calendar"
    if day_end is not None:
        own["day_end"] = day_end
    return load_profile(profile, processes_folder() / "profiles", own)


def _kept_of(uow: UnitOfWork) -> _Kept:
    return _kept.setdefault(uow.conn.engine, _Kept())


def _organisation(row: Row[Any]) -> Organisation:
    return Organisation(
        id=row.id,
        code=row.code,
        name=row.name,
        parent_id=row.parent_id,
        profile=row.profile,
        overlay=row.overlay,
        parameters=row.parameters,
        roll=row.roll,
        day_end=row.day_end,
        version=row.version,
    )
