"""Petitions at the handling units: transfer, objection, return for re-examination, extension."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from office import cases, deadline_book
from storage.clock import local
from storage.database import Store
from tests.handlers.desk import NOW, Desk, make_desk, refusal

ISO = NOW.isoformat()


def test_a_transfer_gives_the_petition_to_the_unit_and_tells_it(desk: Desk) -> None:
    desk.variables = {"handling_unit": "water", "transfer_kind": "transfer"}
    found, _ = desk.handle("petition.transfer")
    assert found == {
        "handling_unit": "water",
        "unit_received_at": ISO,
        "assigned_at": ISO,
        "assignment_code": None,
    }
    assert desk.case["handling_unit"] == "water"
    assert set(desk.told("transfer")) == {"sun", "qian"}
    assert "qian" in cases.participants(desk.uow, desk.org_id, desk.case_id)


@pytest.mark.parametrize(
    "given",
    [
        {"transfer_kind": "assignment", "assign_days": 10},
        {"transfer_kind": "transfer", "assign_days": 10},
        {"transfer_kind": "assignment", "assign_due": "2026-12-07"},
    ],
)
def test_an_assignment_has_a_limit(desk: Desk, given: dict[str, Any]) -> None:
    desk.variables = {"handling_unit": "water", **given}
    assert desk.handle("petition.transfer")[0]["assignment_code"] == "R58.assignment"
    assert "2026-12-07" in desk.told("transfer")["sun"]  # 6 December is a Sunday


def test_an_earlier_date_of_the_first_assignment_stays(desk: Desk) -> None:
    desk.variables = {"handling_unit": "water", "transfer_kind": "assignment", "assign_due": "2026-12-07"}
    desk.handle("petition.transfer")
    desk.later(days=2)
    desk.variables = {"handling_unit": "roads", "transfer_kind": "assignment", "assign_due": "2026-12-20"}
    found, _ = desk.handle("petition.transfer")
    assert found["assign_due"] == "2026-12-07"
    desk.variables = {"handling_unit": "roads", "transfer_kind": "assignment", "assign_due": "2026-12-03"}
    assert "assign_due" not in desk.handle("petition.transfer")[0]


def test_an_accused_unit_is_given_nothing_and_told_nothing(desk: Desk) -> None:
    desk.done("CompleteRegistration", accused_units=["water"])
    desk.variables = {"handling_unit": "water", "transfer_kind": "transfer"}
    with refusal("transfer.accused"):
        desk.handle("petition.transfer")
    assert desk.told("transfer") == {}


def test_the_office_handles_a_petition_itself(desk: Desk) -> None:
    desk.variables = {"handling_unit": "water"}
    assert desk.handle("petition.transfer", actor="zhao", own=True)[0]["handling_unit"] == "hall"
    desk.variables = {}
    assert desk.handle("petition.transfer", actor="zhao")[0]["handling_unit"] == "hall"
    with refusal("transfer.no_unit"):
        desk.handle("petition.transfer", actor=None)


def test_all_units_of_a_joint_case_are_told_and_none_is_accused(desk: Desk) -> None:
    desk.variables = {"handling_unit": "water"}
    desk.handle("petition.transfer", assisting_units=["roads"])
    assert desk.case["handling_unit"] == "water"
    assert set(desk.told("transfer")) == {"sun", "qian", "zhou", "wu"}
    assert "牵头" in desk.told("transfer")["zhou"]
    desk.done("CompleteRegistration", accused_units=["roads"])
    with refusal("transfer.accused"):
        desk.handle("petition.transfer", assisting_units=["roads"])


def test_an_objection_is_counted_and_told_to_the_sender(desk: Desk) -> None:
    desk.done("Transfer", actor="zhao", handling_unit="water")
    desk.variables = {"objection_count": 1}
    assert desk.handle("petition.objection", actor="sun")[0] == {"objection_count": 2}
    assert set(desk.told("objection")) == {"zhao"}
    assert "农业服务中心" in desk.told("objection")["zhao"]
    assert cases.entries(desk.uow, desk.org_id, desk.case_id)[-1]["name"] == "退件"


def test_a_return_has_a_new_limit_and_keeps_the_former_result(desk: Desk) -> None:
    desk.done("HandleMatter", actor="sun", result="explained", facts="查无此事")
    cases.change_case(desk.uow, desk.org_id, desk.case_id, now=NOW, handling_unit="water")
    desk.variables = {"return_days": 7, "return_due": None, "return_reasons": "事实不清", "return_count": 0}
    found, _ = desk.handle("petition.return_result", actor="zhao")
    assert found == {
        "assignment_code": "R59.return",
        "assigned_at": ISO,
        "assign_days": 7,
        "assign_due": None,
        "return_count": 1,
    }
    assert desk.case["fields"]["return_count"] == 1
    told = desk.told("return")
    assert set(told) == {"sun", "qian"}
    assert "事实不清" in told["sun"] and "2026-12-03" in told["sun"]
    assert any(entry["answers"].get("facts") == "查无此事"
               for entry in cases.entries(desk.uow, desk.org_id, desk.case_id))  # fmt: skip


def test_the_reasons_are_those_of_the_examination(desk: Desk) -> None:
    cases.change_case(desk.uow, desk.org_id, desk.case_id, now=NOW, handling_unit="water")
    desk.done("Examine", actor="zhao", outcome="return", return_reasons="补充测绘", return_days=7)
    desk.handle("petition.return_result", actor="zhao")
    assert "补充测绘" in desk.told("return")["sun"]


def test_the_reasons_of_a_confidential_return_stay_in_the_case(desk: Desk) -> None:
    desk.done("CompleteRegistration", confidential=True)
    cases.change_case(desk.uow, desk.org_id, desk.case_id, now=NOW, handling_unit="water")
    desk.variables = {"return_due": "2026-12-03", "return_reasons": "举报人所述未核实"}
    desk.handle("petition.return_result")
    assert "举报" not in desk.told("return")["sun"]


# ---------------------------------------------------------------- extension


@pytest.fixture
def bureau(store: Store) -> Any:
    """A petition at the resettlement bureau (R45), received on 7 September 2026 (A39)."""
    with store.begin() as uow:
        desk = make_desk(uow, "resettlement_bureau", overlay=False)
        desk.variables = {"reply_code": "R45.reply", "extension_days": 30, "extension_reason": "情况复杂"}
        desk.now = local(datetime(2026, 9, 7, 9, 20))
        yield desk


def test_a39_an_extension_moves_the_deadline_and_its_timers(bureau: Desk) -> None:
    ref = bureau.arm("R45.reply")
    bureau.now = local(datetime(2026, 9, 30, 9, 0))
    bureau.done("HandleMatter", actor="sun", outcome="request_extension")
    bureau.done("ApproveExtension", actor="zhao", outcome="approve")
    found, context = bureau.handle("petition.extend", days=30, reason="情况复杂")
    assert found == {"extended": True, "extended_until": "2026-11-06T23:59:59+08:00"}
    plan = context.reschedules[0]
    assert (plan.ref, plan.due_at.date().isoformat()) == (ref, "2026-11-06")
    assert plan.locals == {"deadline_id": ref, "deadline_code": "R45.max", "deadline_due": "2026-11-06T23:59:59+08:00"}
    assert deadline_book.get_deadline(bureau.uow, bureau.org_id, ref).extension_days == 30
    fields = bureau.case["fields"]
    assert (fields["extension_reason"], fields["extension_approved_by"]) == ("情况复杂", "赵主任")


def test_an_extension_approved_in_time_counts_although_the_job_runs_late(bureau: Desk) -> None:
    bureau.arm("R45.reply")
    bureau.now = local(datetime(2026, 10, 8, 23, 59, 50))
    bureau.done("HandleMatter", actor="sun", outcome="request_extension")
    bureau.done("ApproveExtension", actor="zhao", outcome="approve")
    bureau.later(seconds=30)
    assert bureau.handle("petition.extend", days=30, reason="情况复杂")[0]["extended"] is True


def test_the_ceiling_of_every_running_limit_becomes_sixty_and_the_days(store: Store) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, "civil_affairs")
        first = desk.arm("R40.handle", appeal_claim=True, accepted_at=NOW)
        second = desk.arm("R58.assignment", n=80, appeal_claim=True, accepted_at=NOW)
        other = desk.arm("R58.assignment", n=5, appeal_claim=True, accepted_at=NOW)
        _, context = desk.handle("petition.extend", days=10, reason="情况复杂")
        assert [plan.ref for plan in context.reschedules] == [first, second]
        assert deadline_book.get_deadline(uow, desk.org_id, other).extension_days == 0


def ask(desk: Desk, **answers: Any) -> None:
    """Ask for an extension."""
    given = {"outcome": "request_extension", "extension_days": 30, "extension_reason": "情况复杂", **answers}
    desk.check("petition.extension_request", element_id="HandleMatter", **given)


def test_what_an_extension_may_not_be(bureau: Desk) -> None:
    with refusal("extension.not_allowed"):
        ask(bureau)
    ref = bureau.arm("R45.reply")
    ask(bureau)
    ask(bureau, outcome="submit", extension_reason=None)
    for answers, code in (
        ({"extension_reason": " "}, "extension.reason_missing"),
        ({"extension_reason": None}, "extension.reason_missing"),
        ({"extension_days": 31}, "extension.too_long"),
        ({"extension_days": 0}, "extension.bad_days"),
    ):
        with refusal(code):
            ask(bureau, **answers)
    bureau.now = local(datetime(2026, 10, 9, 0, 0))
    with refusal("extension.late"):
        ask(bureau)
    bureau.now = local(datetime(2026, 9, 30, 9, 0))
    deadline_book.extend(bureau.uow, bureau.org_id, ref, 20, reason="x", now=bureau.now, by="zhao")
    with refusal("extension.used"):
        ask(bureau)


def test_three_days_are_not_extended_by_the_statute(desk: Desk) -> None:
    desk.arm("R39.reply", appeal_claim=True, accepted_at=NOW)
    with refusal("extension.not_allowed"):
        desk.check(
            "petition.extension_request", outcome="request_extension", extension_days=30, extension_reason="情况复杂"
        )
