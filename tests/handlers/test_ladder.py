"""The escalation ladder: reminded, urged, supervised, referred or reported - never to the accused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from office import cases, deadline_book, people, supervision
from storage.clock import local
from storage.database import Store
from tests.handlers.desk import NOW, Desk, make_desk


@pytest.fixture
def ref(desk: Desk) -> str:
    """The running limit of three days (A27), with the number given."""
    desk.handle("petition.number")
    return desk.arm("R39.reply")


def step(desk: Desk, topic: str, ref: str, **inputs: Any) -> dict[str, Any]:
    found, _ = desk.handle(topic, actor=None, deadline_id=ref, deadline_code="R39.reply", **inputs)
    return dict(found)


def test_who_has_taken_the_task_is_reminded(desk: Desk, ref: str) -> None:
    desk.open_task("Reply", assignee="sun", groups=["handler@water"], deadline=ref)
    desk.open_task("Other", assignee="zhou")
    step(desk, "ladder.remind", ref)
    assert set(desk.told("reminder")) == {"sun"}
    assert "2026年11月30日23:59" in desk.told("reminder")["sun"]


def test_a_task_that_nobody_took_reminds_all_to_whom_it_is_offered(desk: Desk, ref: str) -> None:
    desk.open_task("Reply", groups=["handler@water", "unit_head@water"], deadline=ref)
    step(desk, "ladder.remind", ref)
    assert set(desk.told("reminder")) == {"sun", "qian"}


def test_a_limit_over_several_steps_reminds_who_has_a_step_of_the_instance(desk: Desk, ref: str) -> None:
    desk.open_task("Investigate", assignee="sun", deadline="a shorter one")
    step(desk, "ladder.remind", ref)
    assert set(desk.told("reminder")) == {"sun"}


def test_without_a_task_the_handler_of_the_case_is_reminded(desk: Desk, ref: str) -> None:
    cases.change_case(desk.uow, desk.org_id, desk.case_id, now=NOW, handler="zhou")
    step(desk, "ladder.remind", ref)
    assert set(desk.told("reminder")) == {"zhou"}


@pytest.mark.parametrize("topic", ["ladder.remind", "ladder.urge", "ladder.report_to_head"])
def test_nothing_happens_once_the_work_is_done(desk: Desk, ref: str, topic: str) -> None:
    desk.open_task("Reply", assignee="sun", deadline=ref)
    deadline_book.close(desk.uow, desk.org_id, ref, now=NOW)
    assert step(desk, topic, ref).get("urging_no") is None
    assert desk.told("reminder") == desk.told("urging") == desk.told("report_to_head") == {}
    assert desk.register("FM24") == []


def test_an_urging_is_numbered_entered_and_copied_to_the_superior(desk: Desk, ref: str) -> None:
    desk.open_task("Reply", assignee="sun", groups=["handler@water"], deadline=ref)
    desk.now = local(datetime(2026, 12, 1, 0, 0))
    assert step(desk, "ladder.urge", ref) == {"urging_no": 1}
    entered = supervision.urgings_of(desk.uow, desk.org_id, desk.case_id)[0]
    assert (entered["method"], entered["person_id"], entered["copied_to"], entered["unit_id"]) == (
        "system", "sun", "qian", "water")  # fmt: skip
    assert set(desk.told("urging")) == {"sun", "qian"}
    form = desk.register("FM24")[0]
    assert (form["number"], form["unit"], form["overdue_days"]) == (1, "农业服务中心", 1)


def test_without_a_superior_the_leader_gets_the_copy(desk: Desk, ref: str) -> None:
    people.change_unit(desk.uow, desk.org_id, "water", head_id="sun")
    desk.open_task("Reply", assignee="sun", deadline=ref)
    step(desk, "ladder.urge", ref)
    assert set(desk.told("urging_copy")) == {"zhao"}  # roles.leader of the service centre is its director


def test_the_limit_after_closing_is_urged_too(desk: Desk) -> None:
    for state in ("replied", "closed"):
        cases.set_state(desk.uow, desk.org_id, desk.case_id, state, now=NOW)
    ref = desk.arm("R63.follow_up")
    desk.open_task("FollowUp", groups=["petition_clerk"], deadline=ref)
    assert step(desk, "ladder.urge", ref) == {"urging_no": 1}
    assert set(desk.told("urging")) == {"wang", "zhao"}


def test_the_second_urging_of_the_case_is_number_two(desk: Desk, ref: str) -> None:
    supervision.urge(desk.uow, desk.org_id, desk.case_id, method="phone", text="请抓紧", now=NOW, by="wang",
                     person_id="sun")  # fmt: skip
    desk.open_task("Reply", assignee="sun", deadline=ref)
    assert step(desk, "ladder.urge", ref) == {"urging_no": 2}


def test_the_accused_are_told_nothing_and_named_nowhere(desk: Desk, ref: str) -> None:
    desk.open_task("Reply", assignee="sun", groups=["handler@water"], deadline=ref)
    desk.done("CompleteRegistration", accused_units=["water"])
    step(desk, "ladder.remind", ref)
    step(desk, "ladder.urge", ref)
    told = [user_id for kind in ("reminder", "urging", "urging_copy") for user_id in desk.told(kind)]
    assert {"sun", "qian"}.isdisjoint(told)
    assert step(desk, "ladder.supervise", ref)["supervised_unit"] is None


@pytest.mark.parametrize(
    ("assignee", "groups", "unit"),
    [
        ("sun", [], "water"),
        (None, ["handler@roads"], "roads"),
        ("zhou", ["handler@water"], "water"),
        (None, [], "hall"),
    ],
)
def test_the_unit_to_be_supervised(desk: Desk, ref: str, assignee: str | None, groups: list[str], unit: str) -> None:
    desk.open_task("Reply", assignee=assignee, groups=groups, deadline=ref)
    found = step(desk, "ladder.supervise", ref)
    assert found["supervised_unit"] == unit
    assert "三日内" in str(found["reason"]) and "逾期" in str(found["reason"])


@pytest.mark.parametrize(
    ("profile", "code", "basis", "target"),
    [
        ("service_centre_petition", "R39.reply", "R73", "R73"),
        ("service_centre_petition", "R01.handover", "R06", "R06"),
        ("property", "R90.small", "R73", "report_to_head"),
    ],
)
def test_the_referral_names_person_ground_and_organ(
    store: Store, profile: str, code: str, basis: str, target: str
) -> None:
    with store.begin() as uow:
        desk = make_desk(uow, profile)
        ref = desk.arm(code)
        desk.open_task("Reply", assignee="sun", deadline=ref)
        found = step(desk, "ladder.refer", ref)
        assert (found["supervised_unit"], found["responsible_person"]) == ("water", "sun")
        assert (found["basis"], found["e3_target"]) == (basis, target)


def test_a_task_that_nobody_took_accuses_nobody(desk: Desk, ref: str) -> None:
    desk.open_task("Reply", groups=["handler@water"], deadline=ref)
    assert step(desk, "ladder.refer", ref)["responsible_person"] is None


def test_the_head_of_the_organisation_is_told(desk: Desk, ref: str) -> None:
    step(desk, "ladder.report_to_head", ref, supervised_unit="water", reason="“三日内”逾期未办结。")
    told = desk.told("report_to_head")
    assert set(told) == {"kang"}
    assert "农业服务中心" in told["kang"]
