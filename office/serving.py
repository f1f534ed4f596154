"""送达: that a document was handed over, when and how, entered in the register of serving; clocks begin by it (L14)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from office import registers
from office.cases import get_case
from office.organisations import profile_of
from office.paper_forms import PAPERS, SERVED_WAYS
from office.parties import get_party
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import NotFound, Refusal
from storage.tables.office import case_file, case_link, document

REGISTER = "document_service"
REVIEW = "petition_review"  # the regulation by which a review is waited for
_OPINION = "FM26"


def record(
    uow: UnitOfWork,
    org_id: str,
    document_id: str,
    *,
    served_on: date,
    way: str,
    receiver: str,
    remarks: str = "",
    now: datetime,
    by: str,
) -> int:
    """Enter that a document was served; gives the entry's number.

    Errors: NotFound `document.unknown`; Refusal `serving.not_served` (a document that nobody signs for),
    `serving.already`, `serving.bad_way`, `serving.no_receiver`, `serving.before_made`, `serving.in_future`.
    """
    mine = (document.c.org_id == org_id) & (document.c.id == document_id)
    row = uow.conn.execute(select(document).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("document.unknown", "没有这个文件，或者您无权查看。")
    if row.form not in PAPERS or not PAPERS[row.form].served:
        raise Refusal("serving.not_served", "这种文件不用送达签收。", field="document_id")
    if document_id in served_of(uow, org_id, row.case_id):
        raise Refusal("serving.already", "这份文书已经登记送达；登记有误的，请在送达登记中更正。", field="document_id")
    if way not in SERVED_WAYS:
        raise Refusal("serving.bad_way", "请选择送达方式。", field="way")
    if not receiver.strip():
        raise Refusal("serving.no_receiver", "请填写受送达人。", field="receiver")
    if served_on < local(row.at).date():
        raise Refusal("serving.before_made", "送达日期早于文书的日期，请核对。", field="served_on")
    if served_on > local(now).date():
        raise Refusal("serving.in_future", "送达日期不能晚于今天。", field="served_on")
    fields = {
        "document_id": document_id,
        "document_form": row.form,
        "document_number": row.number,
        "document_name": PAPERS[row.form].name,
        "served_on": served_on.isoformat(),
        "served_way": SERVED_WAYS[way],
        "receiver": receiver.strip(),
        "remarks": remarks.strip() or None,
    }
    return registers.add_entry(uow, org_id, REGISTER, fields, case_id=row.case_id, at=now, by=by)


def served_of(uow: UnitOfWork, org_id: str, case_id: str) -> dict[str, dict[str, Any]]:
    """By document of the case: when, how and to whom it was served, as last corrected."""
    return {
        entry["fields"]["document_id"]: {
            key: entry["fields"].get(key) for key in ("served_on", "served_way", "receiver", "remarks")
        }
        for entry in registers.entries_of_case(uow, org_id, case_id, REGISTER)
        if "document_id" in entry["fields"]
    }


def review_begun_by(uow: UnitOfWork, org_id: str, document_id: str, served_on: date) -> dict[str, Any] | None:
    """What is registered to wait for a request for review, by the service of a handling opinion (L14).

    None for another document, for an anonymous or unnumbered case, where the statute does not bind, or where a review
    of the case was begun before.
    """
    mine = (document.c.org_id == org_id) & (document.c.id == document_id)
    row = uow.conn.execute(select(document.c.form, document.c.case_id).where(mine)).one()
    case = get_case(uow, org_id, row.case_id)
    if row.form != _OPINION or case["anonymous"] or not case["number"] or not profile_of(uow, org_id).overlay:
        return None
    before = (
        select(case_file.c.id)
        .join(case_link, (case_link.c.org_id == case_file.c.org_id) & (case_link.c.case_id == case_file.c.id))
        .where(case_file.c.org_id == org_id, case_file.c.process_key == REVIEW, case_link.c.other_id == row.case_id)
    )
    if uow.conn.execute(before).first() is not None:
        return None
    person = get_party(uow, org_id, case["petitioner_id"]) or {}
    return {
        "original_number": case["number"],
        "level": "review",
        "reply_received_on": served_on.isoformat(),
        "asks_now": "no",
        "name": person.get("name") or "信访人",
        "matter": case["matter"] or case["title"],
    }
