"""The same person with the same matter again (R35, R68): hints while registering, links afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true, update

from office.access import Viewer, readable_cases
from office.case_links import link_cases
from office.case_states import CLOSED_STATES, STATES
from office.cases import get_case
from office.parties import found_by
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import case_file, case_link, party

_CANDIDATES = 200
_LIKELY = 0.35  # share of common pairs of characters from which two matters are called alike


def duplicates(
    uow: UnitOfWork,
    viewer: Viewer,
    *,
    name: str = "",
    matter: str = "",
    phone: str = "",
    but: str | None = None,
    limit: int = 5,
) -> list[dict[str, Any]]:
    """Earlier cases of the same person that the viewer may read, the most alike first.

    A person is the same by name or telephone. Each hint: case_id, number, title, matter, state, received_at,
    closed, likeness (0-1 of the matter), same_matter.
    """
    people = found_by(uow, viewer.org_id, {"name": name, "phone": phone})  # first, so that no case is read in vain
    if not people:
        return []
    query = (
        select(case_file, party.c.phone)
        .join(party, (party.c.org_id == case_file.c.org_id) & (party.c.id == case_file.c.petitioner_id))
        .where(readable_cases(viewer), case_file.c.petitioner_id.in_(people), case_file.c.state != "merged")
        .order_by(case_file.c.received_at.desc())
        .limit(_CANDIDATES)
    )
    if but is not None:
        query = query.where(case_file.c.id != but)
    hints = []
    for row in uow.conn.execute(query):
        alike = likeness(matter, row.matter or row.title)
        hints.append(
            {
                "case_id": row.id,
                "number": row.number,
                "title": row.title,
                "matter": row.matter,
                "state": row.state,
                "state_text": STATES[row.state],
                "received_at": row.received_at,
                "closed": row.state in CLOSED_STATES,
                "same_phone": bool(phone) and row.phone == phone.strip(),
                "likeness": round(alike, 2),
                "same_matter": alike >= _LIKELY,
            }
        )
    hints.sort(key=lambda hint: -hint["likeness"])  # stable: newer first among equals
    return hints[:limit]


def likeness(one: str, other: str) -> float:
    """How alike two texts are: common pairs of characters over all pairs (Dice), 0 to 1."""
    pairs = [_pairs(one), _pairs(other)]
    total = len(pairs[0]) + len(pairs[1])
    return 2 * len(pairs[0] & pairs[1]) / total if total else 0.0


def link_repeat(uow: UnitOfWork, org_id: str, case_id: str, earlier_id: str, *, now: datetime, by: str | None) -> int:
    """Link a case to the first one of the same person and matter; gives how often it came again.

    Both the first and the new case carry the count (A49: 1 at the first repetition). Linked twice is linked once.
    Errors: `link.itself`, `case.unknown`.
    """
    first = get_case(uow, org_id, earlier_id)
    first_id = str(first["repeat_of"] or first["id"])
    case = get_case(uow, org_id, case_id)
    if first_id == case_id:
        raise Refusal("link.itself", "不能与本件自身关联，请选择更早的一件。", field="repeat_of")
    if case["repeat_of"] == first_id:
        return int(case["repeat_count"])
    first = dict(
        uow.conn.execute(
            select(case_file).where(case_file.c.org_id == org_id, case_file.c.id == first_id).with_for_update()
        )
        .one()
        ._mapping
    )
    count = int(first["repeat_count"]) + 1
    mine = case_file.c.org_id == org_id
    uow.conn.execute(update(case_file).where(mine, case_file.c.id == first_id).values(repeat_count=count))
    uow.conn.execute(
        update(case_file)
        .where(mine, case_file.c.id == case_id)
        .values(repeat_count=count, repeat_of=first_id, updated_at=now)
    )
    link_cases(uow, org_id, case_id, first_id, "repeat", now=now, by=by)
    return count


def links_of(uow: UnitOfWork, viewer: Viewer, case_id: str) -> list[dict[str, Any]]:
    """The cases linked with a case, either way round, that the viewer may read."""
    found = []
    for mine, theirs, direction in (
        (case_link.c.case_id, case_link.c.other_id, "to"),
        (case_link.c.other_id, case_link.c.case_id, "from"),
    ):
        query = (
            select(
                case_link.c.kind,
                case_link.c.at,
                case_file.c.id,
                case_file.c.number,
                case_file.c.title,
                case_file.c.state,
                case_file.c.received_at,
            )
            .join(case_file, (case_file.c.org_id == case_link.c.org_id) & (case_file.c.id == theirs))
            .where(case_link.c.org_id == viewer.org_id, mine == case_id, readable_cases(viewer))
            .order_by(case_file.c.received_at)
        )
        found += [
            {
                "kind": row.kind,
                "direction": direction,
                "case_id": row.id,
                "number": row.number,
                "title": row.title,
                "state": row.state,
                "state_text": STATES[row.state],
                "received_at": row.received_at,
                "at": row.at,
            }
            for row in uow.conn.execute(query)
        ]
    return found


def repetition(
    uow: UnitOfWork, org_id: str, case: Mapping[str, Any], *, shown: ColumnElement[bool] | None = None
) -> dict[str, Any]:
    """R68's data of a case: repeat_of, repeat_count, earlier case ids, first_date (date of the first receipt).

    `shown`: the cases that may be told of; the others are as if they were not (R65).
    """
    told = true() if shown is None else shown
    first_id = case["repeat_of"] or case["id"]
    query = (
        select(case_file.c.id, case_file.c.received_at)
        .where(
            case_file.c.org_id == org_id,
            or_(case_file.c.id == first_id, case_file.c.repeat_of == first_id),
            case_file.c.received_at <= case["received_at"],
            case_file.c.id != case["id"],
            told,
        )
        .order_by(case_file.c.received_at)
    )
    earlier = uow.conn.execute(query).all()
    mine = (case_file.c.org_id == org_id) & (case_file.c.id == first_id)
    first = uow.conn.execute(select(case_file.c.received_at).where(mine, told)).scalar()
    if first is None:  # it may not be told of
        began = min((row.received_at for row in earlier), default=case["received_at"])
        return {
            "repeat_of": None,
            "repeat_count": len(earlier),
            "earlier_ids": [row.id for row in earlier],
            "first_date": began.date(),
        }
    return {
        "repeat_of": case["repeat_of"],
        "repeat_count": case["repeat_count"],
        "earlier_ids": [row.id for row in earlier],
        "first_date": first.date(),
    }


def _pairs(text: str) -> set[str]:
    kept = [letter for letter in text if letter.isalnum()]
    return {first + second for first, second in pairwise(kept)}
