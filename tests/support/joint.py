"""Petitions of one matter by several people, brought as far as a test of 并案 needs them."""

from __future__ import annotations

from typing import Any

from tests.support.office import ACCEPTED, CLASSES, PROPOSAL, REGISTRATION, Office

SECOND = {"name": "钱小河", "phone": "13800000002", "demand": "重修水渠并赔偿"}
CALLED = {
    "phone_unit": "construction_centre", "phone_person": "丁毅", "called_at": "2026-11-26T10:30:00+08:00",
    "promise": "三日内清淤", "promised_date": "2026-11-29",
}  # fmt: skip
KEPT = {"outcome": "kept", "promise_result": "已修复", "result": "resolved", "result_kind": "substantive"}
REPLY = {
    "reply_way": "written", "claim": "赵大山请求修复水渠", "facts": "经查属实", "opinion": "年底前修复水渠",
    "result": "resolved",
    "remedies": "三十日内可请求复查。", "remedies_told": True, "attitude": "convinced",
}  # fmt: skip


def two(office: Office) -> tuple[str, str]:
    """Two accepted petitions of two people about the same canal: the lead-to-be, and another."""
    return office.accepted(), second(office)


def second(office: Office) -> str:
    """The petition of 钱小河, who has a demand of his own."""
    case_id = office.start("wangxiaohua", **SECOND)
    told = REGISTRATION | SECOND | {"restated_demand": SECOND["demand"]}
    office.complete("wangxiaohua", case_id, "CompleteRegistration", told)
    office.complete("wangxiaohua", case_id, "Classify", CLASSES)
    office.complete("wangxiaohua", case_id, "Inform", ACCEPTED)
    return case_id


def merge(office: Office, lead: str, *others: str, login: str = "linhai", **more: Any) -> None:
    """Merge cases into a lead."""
    body = {"case_ids": list(others), "opinion": "同一条水渠，一并办理"} | more
    office.browser(login).done(f"/cases/{lead}/merge", body)


def to_reply(office: Office, case_id: str) -> None:
    """The lead's work up to the step at which the petitioner is answered."""
    office.complete("linhai", case_id, "ProposeWay", PROPOSAL | {"proposed_way": "phone_contact"})
    office.complete("chenjing", case_id, "DecideWay", {"way": "phone_contact", "add_digest": False})
    office.complete("linhai", case_id, "CallUnit", CALLED)
    office.complete("linhai", case_id, "FollowPromise", KEPT)


def close(office: Office, case_id: str) -> None:
    """The lead is closed by the petition office."""
    told = {"outcome": "close", "result": "resolved", "attitude": "convinced"}
    office.complete("chenjing", case_id, "Close", told)


def answer(office: Office, case_id: str) -> None:
    """The lead is answered."""
    office.complete("linhai", case_id, "Reply", REPLY)
