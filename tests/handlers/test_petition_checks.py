"""What may not be submitted in a petition: each refusal by its code, and what is allowed beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from office import cases, people, registers
from storage.clock import local
from storage.database import Store
from tests.handlers.desk import NOW, Desk, make_desk, refusal

ALL_FIELDS: dict[str, Any] = {"gender": "男", "age": 52, "occupation": "农民", "political_status": "群众"}


@pytest.mark.parametrize(
    "answers",
    [
        {"handling_unit": "water"},
        {"target_unit": "water"},
        {"lead_unit": "roads", "assisting_units": ["water"]},
        {"handler": "qian"},
        {"handler": "sun"},
    ],
)
def test_the_accused_are_never_given_the_matter(desk: Desk, answers: dict[str, Any]) -> None:
    desk.check("petition.not_accused", **answers)
    desk.done("CompleteRegistration", accused_units=["water"])
    with refusal("transfer.accused"):
        desk.check("petition.not_accused", **answers)
    desk.check("petition.not_accused", handling_unit="roads")


def test_the_unit_of_an_accused_head_is_accused(desk: Desk) -> None:
    desk.done("CompleteRegistration", accused_persons="钱站长\n外乡人")
    with refusal("transfer.accused"):
        desk.check("petition.not_accused", handling_unit="water")
    desk.check("petition.not_accused", handling_unit="roads")


def test_nothing_is_received_in_the_future(desk: Desk) -> None:
    desk.check("petition.received_at", received_at=NOW.isoformat())
    with refusal("registration.received_at"):
        desk.check("petition.received_at", received_at="2026-11-26T10:00:01")


def test_a40_two_receive_a_visit(store: Store) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, "resettlement_bureau")
        for names in (None, "王小华", "王小华\n王小华"):
            with refusal("registration.receivers"):
                desk.check("petition.receivers", receivers=names)
        desk.check("petition.receivers", receivers="王小华\n赵主任")
        desk.case_id = desk.open_case(channel="L")
        desk.check("petition.receivers", receivers=None)


def test_one_is_enough_elsewhere(desk: Desk) -> None:
    desk.check("petition.receivers", receivers="王小华")


def test_a27_all_fields_of_the_form_or_undisclosed(desk: Desk) -> None:
    desk.check("petition.registration_fields", **ALL_FIELDS)
    desk.check("petition.registration_fields", **{f"petitioner_{key}": value for key, value in ALL_FIELDS.items()})
    with refusal("registration.incomplete") as caught:
        desk.check("petition.registration_fields", **{**ALL_FIELDS, "age": None, "occupation": ""})
    assert caught.value.details == ["petitioner_age", "petitioner_occupation"]
    desk.check("petition.registration_fields", undisclosed=True)


def test_of_an_anonymous_petition_nothing_is_asked(desk: Desk) -> None:
    desk.case_id = cases.open_case(
        desk.uow, desk.org_id, "petition_main", {"channel": "L", "matter": "路灯不亮"}, actor="wang", now=NOW
    )
    desk.handle("petition.number")
    desk.check("petition.registration_fields")


def test_an_accusation_names_the_accused(desk: Desk) -> None:
    desk.check("petition.accused_named", kind="appeal_claim")
    desk.check("petition.accused_named", kind="accusation", accused_persons="某某")
    with refusal("registration.accused_missing"):
        desk.check("petition.accused_named", kind="accusation", accused_units=[])


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"decision": "not_accepted"}, "acceptance.reason_missing"),
        ({"decision": "concluded", "reason": ""}, "acceptance.reason_missing"),
        ({"decision": "legal_channel", "reason": "x", "legal_channel": "诉讼"}, "acceptance.channel_missing"),
        ({"decision": "legal_channel", "reason": "x", "channel_organ": "法院"}, "acceptance.channel_missing"),
        ({"decision": "merged"}, "acceptance.no_former_case"),
    ],
)
def test_what_the_petitioner_is_told_is_complete(desk: Desk, answers: dict[str, Any], code: str) -> None:
    with refusal(code):
        desk.check("petition.informed", **answers)


def test_a_matter_under_way_is_not_accepted_again(desk: Desk) -> None:
    desk.handle("petition.number")
    first = desk.case_id
    desk.check("petition.informed", decision="accepted")
    desk.case_id = desk.open_case()
    desk.handle("petition.number")
    with refusal("acceptance.repeat"):
        desk.check("petition.informed", decision="accepted")
    desk.check("petition.informed", decision="merged")
    for state in ("replied", "closed"):
        cases.set_state(desk.uow, desk.org_id, first, state, now=NOW)
    desk.check("petition.informed", decision="accepted")


def test_an_answer_on_the_spot_is_written_down(desk: Desk) -> None:
    desk.check("petition.answered", result="resolved", answer="已清理")
    with refusal("answer.missing"):
        desk.check("petition.answered", result="resolved")
    with refusal("answer.explanation_missing"):
        desk.check("petition.answered", result="explained", answer="已答复")


def test_an_assignment_names_its_limit(desk: Desk) -> None:
    desk.check("petition.assignment_limit", transfer_kind="transfer")
    desk.check("petition.assignment_limit", transfer_kind="assignment", assign_days=5)
    desk.check("petition.assignment_limit", transfer_kind="assignment", assign_due="2026-11-26")
    with refusal("assignment.limit_missing"):
        desk.check("petition.assignment_limit", transfer_kind="assignment", assign_days=None)
    with refusal("assignment.limit_past"):
        desk.check("petition.assignment_limit", transfer_kind="assignment", assign_due="2026-11-25")


def test_an_objection_has_reasons_and_comes_within_five_working_days(desk: Desk) -> None:
    desk.variables = {"unit_received_at": NOW.isoformat()}
    desk.check("petition.objection", outcome="submit")
    with refusal("objection.reasons_missing"):
        desk.check("petition.objection", outcome="object")
    desk.now = local(datetime(2026, 12, 3, 23, 59, 59))
    desk.check("petition.objection", outcome="object", objection_reasons="不属本单位职责")
    desk.now = local(datetime(2026, 12, 4))
    with refusal("objection.late"):
        desk.check("petition.objection", outcome="object", objection_reasons="不属本单位职责")
    desk.variables = {"unit_received_at": desk.now.isoformat(), "confirmed": True}
    with refusal("objection.confirmed"):
        desk.check("petition.objection", outcome="object", objection_reasons="不属本单位职责")


@pytest.mark.parametrize("missing", ["result_kind", "result", "facts", "conclusion"])
def test_a_result_is_complete(desk: Desk, missing: str) -> None:
    whole = {"result_kind": "substantive", "result": "resolved", "facts": "属实", "conclusion": "已清理"}
    desk.check("petition.result_complete", outcome="submit", **whole)
    with refusal("result.incomplete"):
        desk.check("petition.result_complete", outcome="submit", **{**whole, missing: ""})
    desk.check("petition.result_complete", outcome="object")


@pytest.mark.parametrize(
    ("drafted", "reviewed"),
    [("HandleMatter", "Examine"), ("HandleMatter", "ApproveExtension"), ("HandleMatter", "SignResult"),
     ("PrepareReport", "SignResult"), ("PrepareReport", "ConsentReport")],
)  # fmt: skip
def test_the_drafter_does_not_review(desk: Desk, drafted: str, reviewed: str) -> None:
    desk.done(drafted, actor="sun")
    desk.check("petition.other_person", actor="zhao", element_id=reviewed)
    with refusal("person.same"):
        desk.check("petition.other_person", actor="sun", element_id=reviewed)


def test_a_return_has_reasons_and_a_limit_and_a_procedural_result_is_not_approved(desk: Desk) -> None:
    desk.check("petition.examined", outcome="return", return_reasons="事实不清", return_days=7)
    with refusal("return.reasons_missing"):
        desk.check("petition.examined", outcome="return", return_days=7)
    with refusal("return.limit_missing"):
        desk.check("petition.examined", outcome="return", return_reasons="事实不清")
    desk.variables = {"result_kind": "procedural"}
    with refusal("result.procedural"):
        desk.check("petition.examined", outcome="approve")
    desk.variables = {"result_kind": "substantive"}
    desk.check("petition.examined", outcome="approve")


def test_closing_needs_a_result(desk: Desk) -> None:
    with refusal("result.procedural"):
        desk.check("petition.closable", outcome="close")
    cases.set_result(desk.uow, desk.org_id, desk.case_id, "resolved", now=NOW)
    desk.check("petition.closable", outcome="close", attitude="satisfied")
    desk.variables = {"result_kind": "procedural"}
    with refusal("result.procedural"):
        desk.check("petition.closable", outcome="close", attitude="satisfied")


def test_who_is_not_convinced_is_visited_after_the_result(desk: Desk) -> None:
    def visit() -> None:
        registers.add_entry(desk.uow, desk.org_id, "FM30", {}, case_id=desk.case_id, at=desk.now, by="wang")

    visit()  # before there was a result
    desk.later(hours=1)
    desk.done("Reply", actor="sun", result="explained")
    with refusal("closing.visit_required"):
        desk.check("petition.closable", outcome="close", attitude="unconvinced")
    desk.check("petition.closable", outcome="visit", attitude="unconvinced")
    visit()
    desk.check("petition.closable", outcome="close", attitude="unconvinced")


def test_the_visitor_is_not_accused_and_not_the_handler_alone(desk: Desk) -> None:
    desk.done("HandleMatter", actor="sun")
    desk.done("CompleteRegistration", accused_persons="吴站长\n外乡人")
    desk.check("petition.follow_up_visitor", visitor="wang")
    desk.check("petition.follow_up_visitor", visitor="sun\n王小华")
    desk.check("petition.follow_up_visitor", visitor="孙伟\n驻村律师")
    desk.check("petition.follow_up_visitor", visitor=None, actor="wang")
    for visitor, actor in (
        ("wu", "wang"),
        ("吴站长", "wang"),
        ("zhou", "wang"),
        ("外乡人", "wang"),
        ("sun", "wang"),
        ("孙伟", "wang"),
        (None, "sun"),
    ):
        with refusal("follow_up.visitor"):
            desk.check("petition.follow_up_visitor", visitor=visitor, actor=actor)


def test_a_group_sends_five(desk: Desk) -> None:
    desk.check("petition.representatives", representatives="甲\n乙\n丙\n丁\n戊")
    for six in ("甲\n乙\n丙\n丁\n戊\n己", "甲、乙、丙，丁,戊；己"):
        with refusal("group.representatives"):
            desk.check("petition.representatives", representatives=six)


def test_what_goes_up_is_signed(desk: Desk) -> None:
    desk.check("petition.report_ready", signed_opinion="同意上报", signer="赵主任")
    for answers in ({"signer": "赵主任"}, {"signed_opinion": "同意上报"}):
        with refusal("report.opinion_missing"):
            desk.check("petition.report_ready", **answers)


def test_people_leave_but_what_they_drafted_stays_theirs(desk: Desk) -> None:
    desk.done("HandleMatter", actor="sun")
    people.change_user(desk.uow, desk.org_id, "sun", unit_id="roads")
    with refusal("person.same"):
        desk.check("petition.other_person", actor="sun", element_id="Examine")
