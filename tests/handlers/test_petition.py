"""The life of a petition: number, repetition, limits by profile, closing, dossier, reopening, remaining demand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from office import access, cases, duplicates, numbers, people
from storage.database import Store
from storage.tables.office import case_link
from tests.handlers.desk import NOW, Desk, make_desk

ISO = NOW.isoformat()


def links(desk: Desk, case_id: str) -> set[tuple[str, str]]:
    query = select(case_link.c.other_id, case_link.c.kind).where(
        case_link.c.org_id == desk.org_id, case_link.c.case_id == case_id
    )
    return {(row.other_id, row.kind) for row in desk.uow.conn.execute(query)}


# ---------------------------------------------------------------- number


def test_a_petition_is_numbered_and_seen_for_what_it_is(desk: Desk) -> None:
    found, _ = desk.handle("petition.number")
    assert found == {
        "number": "FWZX-2026-V-0001",
        "received_at": ISO,
        "registered_at": ISO,
        "anonymous": False,
        "repeat": False,
        "notice_due": True,
        "handling_unit": "hall",
        "group": False,
        "urgent": False,
    }
    assert (desk.case["number"], desk.case["handling_unit"]) == ("FWZX-2026-V-0001", "hall")
    assert desk.case["first_contact_officer"] == "wang"


def test_numbered_twice_is_numbered_once(desk: Desk) -> None:
    first, _ = desk.handle("petition.number")
    again, _ = desk.handle("petition.number")
    assert again["number"] == first["number"]


def test_the_number_of_a_first_inquiry_is_replaced_and_kept(desk: Desk) -> None:
    number = numbers.series_number(desk.uow, desk.org_id, "F", NOW)
    cases.set_number(desk.uow, desk.org_id, desk.case_id, number, now=NOW)
    found, _ = desk.handle("petition.number")
    assert found["number"] == "FWZX-2026-V-0001"
    assert desk.case["fields"]["first_inquiry_number"] == "FWZX-2026-F-0001"


def test_without_a_name_it_is_anonymous_and_no_notice_is_owed(desk: Desk) -> None:
    desk.case_id = cases.open_case(
        desk.uow, desk.org_id, "petition_main", {"channel": "L", "matter": "路灯不亮", "address": "东街"}, actor="wang",
        now=NOW,
    )  # fmt: skip
    found, _ = desk.handle("petition.number")
    assert (found["anonymous"], found["notice_due"], desk.case["anonymous"]) == (True, False, True)


def test_without_the_statute_no_written_notice_is_owed(store: Store) -> None:
    with store.begin() as uow:
        assert make_desk(uow, overlay=False).handle("petition.number")[0]["notice_due"] is False


@pytest.mark.parametrize(("count", "flags", "group"), [(4, [], False), (5, [], True), (2, ["group"], True)])
def test_five_make_a_group(desk: Desk, count: int, flags: list[str], group: bool) -> None:
    desk.case_id = desk.open_case(group_count=count, flags=flags)
    found, _ = desk.handle("petition.number")
    assert found["group"] is group
    assert ("group" in desk.case["flags"]) is group


def test_an_accusation_and_who_asks_for_secrecy_are_confidential_and_an_urgent_matter_urgent(desk: Desk) -> None:
    desk.case_id = desk.open_case(kind="accusation", flags=["urgent"])
    assert desk.handle("petition.number")[0]["urgent"] is True
    assert desk.case["confidential"] is True
    desk.case_id = desk.open_case(flags=["confidential"])
    desk.handle("petition.number")
    assert desk.case["confidential"] is True


def test_the_same_person_with_the_same_matter_is_linked_with_the_first(desk: Desk) -> None:
    desk.handle("petition.number")
    first = desk.case_id
    desk.case_id = desk.open_case(matter="门前排水沟堵塞，一直无人清理")
    found, _ = desk.handle("petition.number")
    assert found["repeat"] is True
    assert (desk.case["repeat_of"], desk.case["repeat_count"]) == (first, 1)
    assert cases.get_case(desk.uow, desk.org_id, first)["repeat_count"] == 1
    assert links(desk, desk.case_id) == {(first, "repeat")}


@pytest.mark.parametrize(
    "other",
    [
        {"matter": "申请低保待遇没有答复"},
        {"name": "张三", "phone": "13900000002"},
        {"phone": "13900000002"},  # the same name, but somebody else
    ],
)
def test_another_matter_or_person_is_no_repetition(desk: Desk, other: dict[str, Any]) -> None:
    desk.handle("petition.number")
    desk.case_id = desk.open_case(**other)
    assert desk.handle("petition.number")[0]["repeat"] is False
    assert links(desk, desk.case_id) == set()


def test_the_clerk_names_the_earlier_petition_by_number(desk: Desk) -> None:
    desk.handle("petition.number")
    first = desk.case_id
    desk.case_id = desk.open_case(name="张三", phone=None, repeat_of="FWZX-2026-V-0001")
    assert desk.handle("petition.number")[0]["repeat"] is True
    assert desk.case["repeat_of"] == first


def test_a_confidential_earlier_petition_of_others_is_not_given_away(desk: Desk) -> None:
    desk.case_id = cases.open_case(
        desk.uow, desk.org_id, "petition_main", {"channel": "V", "name": "李大明", "phone": "13800000001",
        "matter": "门前排水沟堵塞无人清理", "flags": ["confidential"], "confidential": True}, actor="zhao", now=NOW,
    )  # fmt: skip
    desk.handle("petition.number", actor="zhao")
    desk.case_id = desk.open_case()
    assert desk.handle("petition.number")[0]["repeat"] is False


def test_merging_links_and_tells_those_of_the_first(desk: Desk) -> None:
    desk.handle("petition.number")
    first = desk.case_id
    cases.add_participant(desk.uow, desk.org_id, first, "sun", "handler", now=NOW)
    desk.case_id = desk.open_case()
    desk.handle("petition.number")
    desk.handle("petition.merge")
    assert (first, "merged") in links(desk, desk.case_id)
    assert desk.case["acceptance"] is None
    told = desk.told("merged")
    assert set(told) == {"wang", "sun"}
    assert "FWZX-2026-V-0002" in told["sun"]


# ---------------------------------------------------------------- limits


def limits(desk: Desk, **inputs: Any) -> dict[str, Any]:
    """The limits that were set, without the empty ones."""
    found, _ = desk.handle("petition.deadlines", **inputs)
    return {key: value for key, value in found.items() if value is not None}


ALWAYS = {"accepted_at": ISO, "return_count": 0, "objection_count": 0}
L1 = {"transfer_code": "L1", "transfer_start": ISO}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("service_centre_petition", {"reply_code": "R39.reply", "reply_start": ISO} | L1),
        ("civil_affairs", {"handle_code": "R40.handle", "handle_start": ISO, "after_code": "R40.reply"} | L1),
        ("resettlement_bureau", {"reply_code": "R45.reply", "reply_start": ISO} | L1),
        (
            "cppcc",
            {
                "reply_code": "R47.reply",
                "reply_start": ISO,
                "handle_code": "R47.handle",
                "handle_start": ISO,
                "transfer_code": "R47.transfer",
            },
        ),
        (
            "association",
            {
                "after_code": "R37.tell",
                "propose_code": "R38.close_same_day",
                "reply_code": "L12",
                "reply_start": ISO,
            }
            | L1,
        ),
        ("office_letters", {"after_code": "R36.reply", "reply_code": "L12", "reply_start": ISO} | L1),
        ("town_room", {"reply_code": "L12", "reply_start": ISO} | L1),
        ("petition_manual", {"reply_code": "L12", "reply_start": ISO} | L1),
    ],
)
def test_the_limits_of_each_profile_for_a_claim(store: Store, profile: str, expected: dict[str, Any]) -> None:
    with store.begin() as uow:
        assert limits(make_desk(uow, profile)) == expected | ALWAYS


def test_without_the_statute_only_the_regulations_own_limits(store: Store) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, "town_room", overlay=False)
        assert limits(desk) == {"transfer_code": "R48.transfer", "transfer_start": ISO} | ALWAYS


@pytest.mark.parametrize(
    ("profile", "code"), [("petition_manual", "R50.agreed"), ("village", "R88.agreed"), ("property", "R92.promise")]
)
def test_an_agreed_date_is_the_limit(store: Store, profile: str, code: str) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, profile)
        desk.variables = {"agreed_date": "2026-12-10"}
        found = limits(desk)
        assert (found["reply_code"], found["reply_date"], found["reply_start"]) == (code, "2026-12-10", ISO)


def test_an_important_letter_has_no_week(store: Store) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, "cppcc")
        cases.change_case(uow, desk.org_id, desk.case_id, now=NOW, weight="important")
        found = limits(desk)
        assert "handle_code" not in found
        assert found["reply_code"] == "R47.reply"


@pytest.mark.parametrize(("profile", "code"), [("cppcc", "R47.superior"), ("town_room", "R61.report")])
def test_the_date_of_the_superior(store: Store, profile: str, code: str) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, profile)
        desk.done("CompleteRegistration", superior_due="2026-12-12")
        assert (limits(desk)["superior_code"], limits(desk)["superior_due"]) == (code, "2026-12-12")


def test_acceptance_is_noted_once_and_a_reopened_petition_counts_anew(desk: Desk) -> None:
    limits(desk)
    assert (desk.case["acceptance"], desk.case["state"], desk.case["accepted_at"]) == ("accepted", "accepted", NOW)
    for state in ("replied", "closed", "reopened"):
        cases.set_state(desk.uow, desk.org_id, desk.case_id, state, now=NOW)
    desk.later(days=10)
    again = desk.now.isoformat()
    found = limits(desk, start=again)
    assert (found["reply_start"], found["accepted_at"]) == (again, ISO)
    assert desk.case["state"] == "reopened"


# ---------------------------------------------------------------- closing and after


def test_closing_and_the_dossier(desk: Desk) -> None:
    desk.handle("petition.number")
    cases.set_state(desk.uow, desk.org_id, desk.case_id, "replied", now=NOW, result="resolved")
    desk.later(days=1)
    desk.done("FileDossier", items="来信原件\n照片", pages=12)
    assert desk.handle("petition.close")[0] == {"closed_at": desk.now.isoformat()}
    assert (desk.case["state"], desk.case["closed_at"], desk.case["result"]) == ("closed", desk.now, "resolved")
    assert desk.handle("petition.dossier")[0] == {"dossier_no": "0001/2026/1"}
    entry = desk.register("FM29")[0]
    assert (entry["account"], entry["seq"], entry["volume"]) == ("0001", "0001/2026/1", 2026)
    assert (entry["paper_items"], entry["pages"]) == (["来信原件", "照片"], 12)
    assert entry["items"][0] == "1. 2026-11-26 10:00 登记（王小华）"


def test_one_account_a_petitioner_one_number_a_dossier(desk: Desk) -> None:
    desk.handle("petition.dossier")
    assert desk.handle("petition.dossier")[0] == {"dossier_no": "0001/2026/1"}  # closed again after reopening
    assert len(desk.register("FM29")) == 1
    desk.case_id = desk.open_case(matter="另一件事")
    assert desk.handle("petition.dossier")[0] == {"dossier_no": "0001/2026/2"}
    desk.case_id = desk.open_case(name="张三", phone="13900000002")
    assert desk.handle("petition.dossier")[0] == {"dossier_no": "0002/2026/1"}
    desk.case_id = cases.open_case(desk.uow, desk.org_id, "petition_main", {"matter": "路灯"}, actor="wang", now=NOW)
    assert desk.handle("petition.dossier")[0] == {"dossier_no": "0000/2026/1"}


def test_reopening_counts_as_a_repetition_and_keeps_the_acceptance(desk: Desk) -> None:
    limits(desk)
    for state in ("replied", "closed", "archived"):
        cases.set_state(desk.uow, desk.org_id, desk.case_id, state, now=NOW)
    found, _ = desk.handle("petition.reopen")
    assert found == {"reopened_at": ISO, "return_count": 0, "objection_count": 0}
    case = desk.case
    assert (case["state"], case["repeat_count"], case["closed_at"], case["acceptance"]) == (
        "reopened", 1, None, "accepted")  # fmt: skip


def test_a_remaining_demand_becomes_a_petition_of_the_same_person(desk: Desk) -> None:
    desk.handle("petition.number")
    desk.done("CompleteRegistration", accused_units=["roads"])
    desk.done("FollowUp", outcome="remaining", remaining="还要求修复被淹的院墙")
    old = desk.case
    found, context = desk.handle("petition.remaining")
    new = cases.get_case(desk.uow, desk.org_id, found["linked_case_id"])
    assert (found["linked_number"], new["number"]) == ("FWZX-2026-V-0002", "FWZX-2026-V-0002")
    assert (new["matter"], new["petitioner_id"], new["first_contact_officer"]) == (
        "还要求修复被淹的院墙", old["petitioner_id"], "wang")  # fmt: skip
    assert links(desk, new["id"]) == {(desk.case_id, "remaining")}
    assert cases.case_data(desk.uow, desk.org_id, new["id"])["accused"] == ["roads"]
    message, correlation, payload = context.outbox[0]
    assert (message, correlation, payload["name"]) == ("petition.received", new["id"], "李大明")
    assert (payload["channel"], payload["first_contact_officer"], payload["received_at"]) == ("V", "wang", ISO)
    desk.case_id = new["id"]  # the petition that begins with the message
    numbered, _ = desk.handle("petition.number")
    assert (numbered["number"], numbered["repeat"]) == ("FWZX-2026-V-0002", False)


def test_the_remaining_demand_of_somebody_without_telephone_stays_with_the_same_person(desk: Desk) -> None:
    desk.case_id = desk.open_case(name="王五", phone=None)
    desk.done("FollowUp", remaining="还没有全部解决")
    new = cases.get_case(desk.uow, desk.org_id, desk.handle("petition.remaining")[0]["linked_case_id"])
    assert new["petitioner_id"] == desk.case["petitioner_id"]


def test_the_hints_of_repetition_never_reach_beyond_what_the_clerk_may_read(desk: Desk) -> None:
    desk.handle("petition.number")
    seen = access.viewer_of(desk.uow, desk.org_id, "zhou")
    assert duplicates.duplicates(desk.uow, seen, name="李大明", matter="门前排水沟堵塞无人清理") == []
    assert people.get_user(desk.uow, desk.org_id, "zhou").unit_id == "roads"


def test_a_day_later_the_receipt_is_still_that_of_the_form(desk: Desk) -> None:
    desk.later(days=1)
    found, _ = desk.handle("petition.number")
    assert (found["received_at"], found["registered_at"]) == (ISO, (NOW + timedelta(days=1)).isoformat())
