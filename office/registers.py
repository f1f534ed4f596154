"""The registers: append-only entries, numbered without gaps; a correction is a new entry that names the old one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Text, func, insert, or_, select, type_coerce

from office.access import MASK, Viewer, masked, readable_cases, require_role, visible_cases
from office.case_answers import SECRET_KEYS
from office.counting import counted
from office.numbers import next_number
from office.parties import known_as
from office.people import names_of
from office.register_catalogue import REGISTERS
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import case_file, register_entry

SIGNED = "FM09"  # 签到册: its entries are signed in person
KEEPERS = ("archivist", "petition_office_head", "centre_director", "office_director")  # may correct others' entries


def add_entry(
    uow: UnitOfWork,
    org_id: str,
    register: str,
    fields: Mapping[str, Any],
    *,
    case_id: str | None,
    at: datetime,
    by: str | None,
) -> int:
    """Add an entry; gives its number in the register. Errors: `register.unknown`."""
    require_register(register)
    seq = next_number(uow, org_id, f"register/{register}")
    _insert(uow, org_id, register, seq, 0, fields, case_id=case_id, at=at, by=by)
    return seq


def continue_entry(
    uow: UnitOfWork,
    org_id: str,
    register: str,
    fields: Mapping[str, Any],
    *,
    case_id: str,
    at: datetime,
    by: str | None,
    where: Mapping[str, Any] | None = None,
) -> int:
    """Add what a later step knows to the case's latest entry in the register, or begin one; gives the entry's number.

    `where`: the latest entry with these fields (a card's number). The entry as it then stands becomes its next part;
    the parts before stay. Errors: `register.unknown`.
    """
    require_register(register)
    query = (
        select(register_entry.c.seq, register_entry.c.fields)
        .where(
            register_entry.c.org_id == org_id,
            register_entry.c.register == register,
            register_entry.c.case_id == case_id,
            register_entry.c.part == 0,
        )
        .order_by(register_entry.c.seq.desc())
    )
    wanted = dict(where or {})
    rows = uow.conn.execute(query).all()
    seq = next((row.seq for row in rows if all(row.fields.get(key) == wanted[key] for key in wanted)), None)
    if seq is None:
        return add_entry(uow, org_id, register, fields, case_id=case_id, at=at, by=by)
    add_part(uow, org_id, register, seq, fields, at=at, by=by)
    return int(seq)


def add_part(
    uow: UnitOfWork, org_id: str, register: str, seq: int, fields: Mapping[str, Any], *, at: datetime, by: str | None
) -> None:
    """Add what became known to an entry that exists: it becomes the entry's next part."""
    parts = _parts(uow, org_id, register, seq)
    whole, case_id = _joined(parts[-1].fields, fields), parts[0].case_id
    _insert(uow, org_id, register, seq, len(parts), whole, case_id=case_id, at=at, by=by)


def correct(
    uow: UnitOfWork,
    org_id: str,
    register: str,
    seq: int,
    fields: Mapping[str, Any],
    *,
    reason: str,
    at: datetime,
    by: str,
) -> int:
    """Correct an entry by a new one that holds all its fields with the new values; gives the new number (§0.7).

    Errors: `register.unknown`, `register.no_entry`, `register.no_reason`, `register.corrected` (correct the latest).
    """
    require_register(register)
    if not reason.strip():
        raise Refusal("register.no_reason", "更正登记必须说明理由。", field="reason")
    parts = _parts(uow, org_id, register, seq)
    if not parts:
        raise NotFound("register.no_entry", f"登记簿中没有第{seq}条。")
    newer = select(register_entry.c.seq).where(
        register_entry.c.org_id == org_id, register_entry.c.register == register, register_entry.c.corrects == seq
    )
    found = uow.conn.execute(newer).scalar()
    if found is not None:
        raise Refusal("register.corrected", f"第{seq}条已由第{found}条更正，请在第{found}条上更正。", field="seq")
    merged = {**parts[-1].fields, **fields}
    new = next_number(uow, org_id, f"register/{register}")
    _insert(
        uow,
        org_id,
        register,
        new,
        0,
        merged,
        case_id=parts[0].case_id,
        at=at,
        by=by,
        corrects=seq,
        reason=reason.strip(),
    )
    return new


def correctable(uow: UnitOfWork, viewer: Viewer, register: str, seq: int) -> dict[str, Any]:
    """The fields of an entry as they were given, for one who may correct it; sensitive ones are left out.

    That is who entered it (but not what one signs in person), and the heads and keepers of registers, for cases that
    are not masked for them.
    Errors: `register.unknown`, `register.no_entry`, also for one that the viewer must not see; Forbidden `access.role`.
    """
    parts = _readable(uow, viewer, register, seq)
    if register == SIGNED or viewer.user_id not in {part.by for part in parts}:
        require_role(viewer, *KEEPERS)
    return {key: value for key, value in parts[-1].fields.items() if key not in SECRET_KEYS}


def entry(uow: UnitOfWork, viewer: Viewer, register: str, seq: int) -> dict[str, Any]:
    """One entry of a case that the viewer may read, or of none; sensitive fields are left out.

    Errors: `register.unknown`, `register.no_entry`, also for one that the viewer must not see.
    """
    (found,) = _entries(uow, viewer.org_id, _readable(uow, viewer, register, seq))
    return {**found, "fields": {key: value for key, value in found["fields"].items() if key not in SECRET_KEYS}}


def _readable(uow: UnitOfWork, viewer: Viewer, register: str, seq: int) -> list[Row[Any]]:
    """The parts of an entry. Errors: `register.unknown`, `register.no_entry`."""
    require_register(register)
    seen = or_(register_entry.c.case_id.is_(None), readable_cases(viewer))
    query = (
        select(register_entry, case_file.c.number)
        .outerjoin(
            case_file, (case_file.c.org_id == register_entry.c.org_id) & (case_file.c.id == register_entry.c.case_id)
        )
        .where(
            register_entry.c.org_id == viewer.org_id,
            register_entry.c.register == register,
            register_entry.c.seq == seq,
            seen,
        )
    )
    parts = list(uow.conn.execute(query.order_by(register_entry.c.part)))
    if not parts:
        raise NotFound("register.no_entry", f"登记簿中没有第{seq}条。")
    return parts


def entries_of_case(uow: UnitOfWork, org_id: str, case_id: str, register: str | None = None) -> list[dict[str, Any]]:
    """The entries of a case, in one register or in all, with all their fields, for the case's own page; by time."""
    query = (
        select(register_entry)
        .where(register_entry.c.org_id == org_id, register_entry.c.case_id == case_id)
        .order_by(register_entry.c.register, register_entry.c.seq, register_entry.c.part)
    )
    if register is not None:
        query = query.where(register_entry.c.register == register)
    return sorted(
        _entries(uow, org_id, uow.conn.execute(query).all()), key=lambda entry: (entry["at"], entry["register"])
    )


def entries(
    uow: UnitOfWork, viewer: Viewer, register: str, *, query: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, list[dict[str, Any]]]:
    """One page of a register, newest first, and how many entries there are (`counting.counted`).

    Only entries of cases that the viewer's lists show, and those of no case; sensitive fields are left out, and all
    fields where the case is masked for the viewer. Errors: `register.unknown`.
    """
    require_register(register)
    mine = (register_entry.c.org_id == viewer.org_id) & (register_entry.c.register == register)
    seen = or_(register_entry.c.case_id.is_(None), visible_cases(viewer))
    base: Select[Any] = (
        select(register_entry.c.seq)
        .outerjoin(
            case_file, (case_file.c.org_id == register_entry.c.org_id) & (case_file.c.id == register_entry.c.case_id)
        )
        .where(mine, seen)
    )
    if query := query.strip():
        open_text = or_(register_entry.c.case_id.is_(None), ~masked(viewer))
        text = type_coerce(register_entry.c.fields, Text)  # of which persons are sealed
        said = text.contains(query, autoescape=True) | known_as(viewer.org_id, case_file.c.petitioner_id, "part", query)
        base = base.where(or_(case_file.c.number.contains(query, autoescape=True), open_text & said)).distinct()
    else:
        base = base.where(register_entry.c.part == 0)  # every entry has one
    total = counted(uow, base)
    page = [row.seq for row in uow.conn.execute(base.order_by(register_entry.c.seq.desc()).offset(offset).limit(limit))]
    rows = uow.conn.execute(
        select(register_entry, case_file.c.number, masked(viewer).label("masked"))
        .outerjoin(
            case_file, (case_file.c.org_id == register_entry.c.org_id) & (case_file.c.id == register_entry.c.case_id)
        )
        .where(mine, register_entry.c.seq.in_(page))
        .order_by(register_entry.c.seq.desc(), register_entry.c.part)
    ).all()
    hidden = {row.seq for row in rows if row.case_id is not None and row.masked}
    shown = _entries(uow, viewer.org_id, rows)
    for entry in shown:
        fields = {key: value for key, value in entry["fields"].items() if key not in SECRET_KEYS}
        entry["fields"] = dict.fromkeys(fields, MASK) if entry["seq"] in hidden else fields
    return total, shown


def counts(uow: UnitOfWork, viewer: Viewer) -> dict[str, int]:
    """How many entries of each register the viewer's lists show, corrections included."""
    query = (
        select(register_entry.c.register, func.count())
        .outerjoin(
            case_file, (case_file.c.org_id == register_entry.c.org_id) & (case_file.c.id == register_entry.c.case_id)
        )
        .where(
            register_entry.c.org_id == viewer.org_id,
            register_entry.c.part == 0,
            or_(register_entry.c.case_id.is_(None), visible_cases(viewer)),
        )
        .group_by(register_entry.c.register)
    )
    return {row[0]: int(row[1]) for row in uow.conn.execute(query)}


def require_register(register: str) -> None:
    """Refuse a register that is not in the catalogue. Errors: NotFound `register.unknown`."""
    if register not in REGISTERS:
        raise NotFound("register.unknown", f"没有编号为“{register}”的登记簿。", field="register")


def _insert(
    uow: UnitOfWork,
    org_id: str,
    register: str,
    seq: int,
    part: int,
    fields: Mapping[str, Any],
    *,
    case_id: str | None,
    at: datetime,
    by: str | None,
    corrects: int | None = None,
    reason: str | None = None,
) -> None:
    uow.conn.execute(
        insert(register_entry).values(
            org_id=org_id,
            register=register,
            seq=seq,
            part=part,
            case_id=case_id,
            at=at,
            by=by,
            fields=dict(fields),
            corrects=corrects,
            reason=reason,
        )
    )


def _parts(uow: UnitOfWork, org_id: str, register: str, seq: int) -> list[Row[Any]]:
    query = (
        select(register_entry)
        .where(register_entry.c.org_id == org_id, register_entry.c.register == register, register_entry.c.seq == seq)
        .order_by(register_entry.c.part)
    )
    return list(uow.conn.execute(query))


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Old and new fields; an empty answer does not wipe out what was known."""
    return {**old, **{key: value for key, value in new.items() if value not in (None, "") or key not in old}}


def _entries(uow: UnitOfWork, org_id: str, rows: Any) -> list[dict[str, Any]]:
    """Entries from the rows of their parts, in the order in which the rows come."""
    grouped: dict[tuple[str, int], list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault((row.register, row.seq), []).append(row)
    names = names_of(uow, org_id, [row.by for row in rows])
    return [
        {
            "register": register,
            "name": REGISTERS[register].name,
            "seq": seq,
            "case_id": parts[0].case_id,
            "number": getattr(parts[0], "number", None),
            "at": parts[0].at,
            "by": parts[0].by,
            "by_name": names.get(parts[0].by),
            "fields": dict(parts[-1].fields),
            "corrects": parts[0].corrects,
            "reason": parts[0].reason,
            "changed_at": parts[-1].at,
        }
        for (register, seq), parts in grouped.items()
    ]
