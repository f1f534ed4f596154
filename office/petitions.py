"""What only petitions need of a case: the petition's number, the earlier one of the same person, a new linked one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from office import case_links, cases, duplicates, numbers
from office.access import Viewer
from office.parties import get_party
from storage.database import UnitOfWork
from storage.errors import Refusal
from storage.tables.office import case_file

_COPIED = ("channel", "kind", "matter_classes", "weight", "confidential", "anonymous", "group_count")


def is_petition_number(number: str | None) -> bool:
    """True for `<org>-<yyyy>-<channel>-<nnnn>` with a channel of petitions; other matters have other letters."""
    parts = (number or "").rsplit("-", 2)
    return len(parts) == 3 and parts[1] in numbers.CHANNELS


def give_number(uow: UnitOfWork, org_id: str, case_id: str, *, now: datetime) -> str:
    """The petition's number (R35): given once; the number of a first inquiry is replaced, and kept in the fields.

    Errors: `number.no_channel`, `case.unknown`.
    """
    case = cases.get_case(uow, org_id, case_id)
    earlier = case["number"]
    if is_petition_number(earlier):
        return str(earlier)
    if case["channel"] is None:
        raise Refusal("number.no_channel", "请先选择来信、来访、来电等渠道，再编号。", field="channel")
    number = numbers.petition_number(uow, org_id, case["channel"], now)
    values: dict[str, Any] = {"number": number, "updated_at": now}
    if earlier:
        values["fields"] = {**case["fields"], "first_inquiry_number": earlier}
    _update(uow, org_id, case_id, values)
    return number


def earlier_petition(uow: UnitOfWork, viewer: Viewer, case: dict[str, Any]) -> str | None:
    """The id of an earlier petition of the same person in the same matter that the viewer may read (R68).

    What the clerk entered as `repeat_of` (id or number) goes first. The same person: the same party, or the same name
    with no other telephone. The remaining demand of a followed-up petition is a petition of its own (R63).
    """
    named = case["repeat_of"] or case["fields"].get("repeat_of")
    if named and (found := _by_id_or_number(uow, viewer.org_id, str(named))) is not None:
        return found
    person = get_party(uow, viewer.org_id, case["petitioner_id"])
    if person is None or case["fields"].get("remaining_of"):
        return None
    hints = duplicates.duplicates(
        uow,
        viewer,
        name=person["name"] or "",
        matter=case["matter"] or case["title"],
        phone=person["phone"] or "",
        but=case["id"],
        limit=20,
    )
    for hint in hints:
        if hint["same_matter"] and is_petition_number(hint["number"]):
            other = cases.get_case(uow, viewer.org_id, hint["case_id"])
            if _same_person(person, get_party(uow, viewer.org_id, other["petitioner_id"]) or {}):
                return str(other["id"])
    return None


def open_remaining(
    uow: UnitOfWork, org_id: str, case_id: str, demand: str, *, actor: str | None, now: datetime
) -> dict[str, Any]:
    """Open a petition for what the petitioner still asks (R63): same person, number of its own, linked `remaining`.

    Whom the old petition accuses is accused in the new one too (R65). Gives the new case.
    """
    old = cases.get_case(uow, org_id, case_id)
    answers = {key: old[key] for key in _COPIED if old[key] is not None and old[key] != []}
    answers |= {"matter": demand, "demand": demand, "remaining_of": case_id}
    answers["accused"] = cases.case_data(uow, org_id, case_id)["accused"]
    new_id = cases.open_case(uow, org_id, "petition_main", answers, actor=actor, now=now, name="遗留诉求")
    _update(uow, org_id, new_id, {"petitioner_id": old["petitioner_id"]})
    give_number(uow, org_id, new_id, now=now)
    case_links.link_cases(uow, org_id, new_id, case_id, "remaining", now=now, by=actor)
    return cases.get_case(uow, org_id, new_id)


def _same_person(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one.get("id") == other.get("id"):
        return True
    if one.get("id_no") and other.get("id_no"):
        return bool(one["id_no"] == other["id_no"])
    known = [person["phone"] for person in (one, other) if person.get("phone")]
    return bool(one.get("name")) and one.get("name") == other.get("name") and len(set(known)) < 2


def _by_id_or_number(uow: UnitOfWork, org_id: str, named: str) -> str | None:
    query = select(case_file.c.id).where(
        case_file.c.org_id == org_id, or_(case_file.c.id == named, case_file.c.number == named)
    )
    found = uow.conn.execute(query).scalar()
    return None if found is None else str(found)


def _update(uow: UnitOfWork, org_id: str, case_id: str, values: dict[str, Any]) -> None:
    uow.conn.execute(update(case_file).where(case_file.c.org_id == org_id, case_file.c.id == case_id).values(values))
