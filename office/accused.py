"""The accused of a case (R65): they never see it and are never given it.

Accused may be a unit, a user, or a name that is neither. With a unit go the units below it and all their people; with
the head of a unit goes the unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, not_, or_, select

from office import joint_book
from office.people import UNIT_HEAD
from office.unit_tree import unit_tree
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.sealing import key_ring
from storage.tables.office import case_accused
from storage.tables.people import unit, user, user_role


@dataclass(frozen=True, slots=True, kw_only=True)
class Accused:
    """Whom a case must be kept from."""

    units: frozenset[str]  # with the units below them, and those that an accused person heads
    users: frozenset[str]  # named themselves, and heads of the units
    names: frozenset[str]  # neither unit nor user of this organisation


def add_accused(
    uow: UnitOfWork, org_id: str, case_id: str, values: Iterable[str], *, now: datetime, by: str | None
) -> None:
    """Enter accused or involved units and persons, each by id or name. What is entered stays.

    A name that is borne by a unit or by users of the organisation stands for them; more than one user of the name: all.
    """
    known = {
        (row.kind, row.value)
        for row in uow.conn.execute(
            select(case_accused.c.kind, case_accused.c.value).where(
                case_accused.c.org_id == org_id, case_accused.c.case_id == case_id
            )
        )
    }
    for value in values:
        for kind, found in _resolve(uow, org_id, value.strip()):
            if (kind, found) not in known:
                known.add((kind, found))
                kept = key_ring().seal(found) if kind == "name" else found
                uow.conn.execute(
                    insert(case_accused).values(org_id=org_id, case_id=case_id, kind=kind, value=kept, at=now, by=by)
                )


def accused_of(uow: UnitOfWork, org_id: str, case_id: str) -> Accused:
    """The accused of a case and of those merged into it, with everything that goes with them: they are answered as
    one, so that who is accused in one of them can answer none."""
    entered: dict[str, set[str]] = {"unit": set(), "user": set(), "name": set()}
    merged = [row.case_id for row in joint_book.led_by(uow, org_id, case_id)]
    query = select(case_accused).where(case_accused.c.org_id == org_id, case_accused.c.case_id.in_([case_id, *merged]))
    for row in uow.conn.execute(query):
        entered[row.kind].add(row.value)
    units, users = set(entered["unit"]), set(entered["user"])
    if users:
        headed = select(unit.c.id).where(unit.c.org_id == org_id, unit.c.head_id.in_(users))
        units |= {row.id for row in uow.conn.execute(headed)}
        scoped = (
            select(user_role.c.unit_id, user.c.unit_id.label("own"))
            .join(user, and_(user.c.org_id == user_role.c.org_id, user.c.id == user_role.c.user_id))
            .where(user_role.c.org_id == org_id, user_role.c.role == UNIT_HEAD, user_role.c.user_id.in_(users))
        )
        units |= {row.unit_id or row.own for row in uow.conn.execute(scoped)} - {None}
    below = unit_tree(uow, org_id).below(units) if units else frozenset()
    users |= heads_of_units(uow, org_id, below)
    return Accused(units=below, users=frozenset(users), names=frozenset(entered["name"]))


def heads_of_units(uow: UnitOfWork, org_id: str, unit_ids: Iterable[str]) -> set[str]:
    """All heads of the units: entered with the unit, or by the role unit_head."""
    wanted = set(unit_ids)
    if not wanted:
        return set()
    entered = select(unit.c.head_id).where(unit.c.org_id == org_id, unit.c.id.in_(wanted), unit.c.head_id.is_not(None))
    by_role = (
        select(user_role.c.user_id)
        .join(user, and_(user.c.org_id == user_role.c.org_id, user.c.id == user_role.c.user_id))
        .where(
            user_role.c.org_id == org_id,
            user_role.c.role == UNIT_HEAD,
            or_(user_role.c.unit_id.in_(wanted), and_(user_role.c.unit_id == "", user.c.unit_id.in_(wanted))),
        )
    )
    return {row[0] for row in uow.conn.execute(entered.union(by_role))}


def excluded_users(accused: Accused, org_id: str) -> ColumnElement[bool]:
    """A condition over the users: True for those who must not see or be given the case."""
    scoped = select(user_role.c.user_id).where(user_role.c.org_id == org_id, user_role.c.unit_id.in_(accused.units))
    return and_(
        user.c.org_id == org_id,
        or_(
            user.c.id.in_(accused.users),
            and_(user.c.unit_id.is_not(None), user.c.unit_id.in_(accused.units)),
            user.c.id.in_(scoped),
        ),
    )


def barred(
    uow: UnitOfWork, org_id: str, accused: Accused, *, user_id: str | None = None, unit_id: str | None = None
) -> bool:
    """True if the user or the unit must not see or be given the case."""
    if unit_id is not None and unit_id in accused.units:
        return True
    if user_id is None or not (accused.units or accused.users):
        return False
    query = select(user.c.id).where(user.c.id == user_id, excluded_users(accused, org_id))
    return uow.conn.execute(query).first() is not None


def may_be_given(
    uow: UnitOfWork, org_id: str, case_id: str, *, user_id: str | None = None, unit_id: str | None = None
) -> bool:
    """True if the case may be transferred or assigned to the unit and the user."""
    return not barred(uow, org_id, accused_of(uow, org_id, case_id), user_id=user_id, unit_id=unit_id)


def require_may_be_given(
    uow: UnitOfWork,
    org_id: str,
    case_id: str,
    *,
    user_id: str | None = None,
    unit_id: str | None = None,
    field: str | None = None,
) -> None:
    """Refuse an accused unit or person. Errors: Refusal `transfer.accused`."""
    if not may_be_given(uow, org_id, case_id, user_id=user_id, unit_id=unit_id):
        raise Refusal("transfer.accused", "被反映或涉及的单位和个人不能办理本件，请选择其他单位或人员。", field=field)


def free_users(uow: UnitOfWork, org_id: str, case_id: str | None, user_ids: Iterable[str]) -> list[str]:
    """Those of the users who are active and may be given the case (None: work of no case), in the order given."""
    wanted = list(user_ids)
    query = select(user.c.id).where(user.c.org_id == org_id, user.c.id.in_(wanted), user.c.active)
    if case_id is not None:
        query = query.where(not_(excluded_users(accused_of(uow, org_id, case_id), org_id)))
    free = {row.id for row in uow.conn.execute(query)}
    return [user_id for user_id in wanted if user_id in free]


def _resolve(uow: UnitOfWork, org_id: str, value: str) -> list[tuple[str, str]]:
    if not value:
        return []
    found_unit = select(unit.c.id).where(unit.c.org_id == org_id, or_(unit.c.id == value, unit.c.name == value))
    found_user = select(user.c.id).where(user.c.org_id == org_id, or_(user.c.id == value, user.c.name == value))
    found = [("unit", row.id) for row in uow.conn.execute(found_unit)]
    found += [("user", row.id) for row in uow.conn.execute(found_user)]
    return found or [("name", value)]
